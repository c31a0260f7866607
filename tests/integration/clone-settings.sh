#!/bin/bash
# The flow clone-settings on devices of the simulator: a golden device, ten more of its model, three of
# another one, and one that is away. Each has a result of its own; what is for the very device or its
# model stays there. SET-32, SET-33, SET-34, SET-76, TSK-09.
# Usage: clone-settings.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"
RAW_PORT=$((PORT + 2))

ctl() { "$BUILD/platen-sim" --ctl "$WORK/sim.sock" "$@" >/dev/null || fail "the simulator does not do '$*'"; }
value_of() { "$BUILD/platen-sim" --ctl "$WORK/sim.sock" pjl-show "$1" | sed -nE "s/^$2=//p"; }
name_of() { "$BUILD/platen-sim" --ctl "$WORK/sim.sock" "info $1" | grep '^{' | jq -r .name; }

start_fleet 12 --still --only hp-color-laser --write-community public --pjl-port "$RAW_PORT" \
    --address 127.10.1.1=hp-mono-laser --address 127.10.1.2=hp-mono-laser --address 127.10.1.3=hp-mono-laser
start_platend
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/23\"],\"port\":{\"snmp\":$SNMP_PORT,\"pjl\":$RAW_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120
want 200 GET '/devices?size=200'
is devices "$(jq -r .total <<<"$ANSWER")" 15
id_of() { jq -r ".items[] | select(.address == \"$1\") | .id" "$WORK/devices"; }
cp "$WORK/answer" "$WORK/devices"
want 201 POST /tasks '{"kind":"setting-value.check","name":"check","schedule":{"when":"now"}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120
for _ in $(seq 120); do # a discovery may have begun one before
    want 200 GET '/setting-value/devices?size=200'
    [ "$(jq '[.items[] | select(.support == "yes")] | length' <<<"$ANSWER")" != 15 ] || break
    sleep 0.5
done

golden=$(id_of 127.10.0.1)
away=$(id_of 127.10.0.12)
ctl pjl-set 0 COPIES 5
ctl pjl-set 0 DUPLEX ON
ctl pjl-set 0 LPARM:PCL+PITCH 12.50
ctl silent 11
ctl pjl 11 off
before=$(name_of 3)

want 200 POST /operations/setting-value.key-add '{"name":"office","password":"a long password 1"}'
key=$(jq -r .id <<<"$ANSWER")
want 201 POST /tasks "{\"kind\":\"flow.clone-settings\",\"name\":\"clone\",\"schedule\":{\"when\":\"now\"},
    \"settings\":{\"source\":\"$golden\",\"key\":\"$key\"},\"targets\":{\"devices\":$(jq -c '[.items[].id]' "$WORK/devices")}}"
run=$(jq -r .run <<<"$ANSWER")
wait_run "$run" 300
call GET "/runs/$run/targets?size=200" | jq -r '.items[] | [.address, .state, .code, .text] | @tsv' | sort >"$WORK/results"
is "results" "$(wc -l <"$WORK/results")" 15
for i in $(seq 0 10); do
    is "result of device $i" "$(awk -F'\t' -v a="127.10.0.$((i + 1))" '$1 == a { print $2 }' "$WORK/results")" success
    is "values of device $i" "$(value_of "$i" COPIES) $(value_of "$i" DUPLEX) $(value_of "$i" 'LPARM:PCL PITCH')" "5 ON 12.50"
done
for i in 12 13 14; do # another model: what is for any model
    grep -qE "^127.10.1.$((i - 11))	(success|warning)	" "$WORK/results" || fail "$(cat "$WORK/results")"
    is "values of device $i" "$(value_of "$i" COPIES) $(value_of "$i" DUPLEX)" "5 ON"
done
grep -qE "^127.10.0.12	(error|timeout)	" "$WORK/results" || fail "device $away is away: $(cat "$WORK/results")"
is "COPIES of what is away" "$(value_of 11 COPIES)" 1
is "name of device 3" "$(name_of 3)" "$before"
stop_platend
echo "clone-settings: well"
