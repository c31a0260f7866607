#!/bin/bash
# Setting values end to end: simulated devices of 200 PJL variables, whose commands take 20 ms each,
# are found, checked, backed up, changed on one of a hundred, backed up again, and compared with a
# standard. Usage: back-up.sh RELEASE_BUILD_FOLDER [DEVICES]; figures on standard output, a line each.
BUILD=$1
DEVICES=${2:-10000}
. "$(dirname "$0")/../../integration/lib.sh"
RAW_PORT=$((PORT + 2))

seconds() { # START END (ms)
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b - a) / 1000 }'
}
now() { date +%s%3N; }
ctl() { "$BUILD/platen-sim" --ctl "$WORK/sim.sock" "$@" >/dev/null; }
agent_pid() { pgrep -P "$PLATEND" | head -n 1; }
peak() { awk '/^VmHWM/ { printf "%d", $2 / 1024 }' "/proc/$1/status"; }
processor() { awk '{ printf "%.1f", ($14 + $15) / 100 }' "/proc/$1/stat"; }
database_kb() { # what is in use, with nothing left in the log
    sqlite3 "$DATA/platen.db" 'PRAGMA wal_checkpoint' 'PRAGMA page_count' 'PRAGMA freelist_count' 'PRAGMA page_size' |
        awk -F'|' 'NR == 2 { p = $1 } NR == 3 { p -= $1 } NR == 4 { printf "%d", p * $1 / 1024 }'
}
# run NAME KIND SETTINGS [TARGETS]: how long a task takes, and what it costs the two processes
run() {
    local start manager agent
    start=$(now)
    manager=$(processor "$PLATEND")
    agent=$(processor "$(agent_pid)")
    echo 5 >"/proc/$(agent_pid)/clear_refs" # the peak of this run alone
    want 201 POST /tasks "{\"kind\":\"$2\",\"name\":\"$1\",\"schedule\":{\"when\":\"now\"},\"settings\":$3${4:+,\"targets\":$4}}"
    wait_run "$(jq -r .run <<<"$ANSWER")" 900
    echo "$1_s $(seconds "$start" "$(now)") counts $(jq -r '"\(.counts.success)/\(.counts.warning)/\(.counts.error)/\(.counts.skipped)"' <<<"$ANSWER")" \
        "manager_cpu_s $(awk -v a="$manager" -v b="$(processor "$PLATEND")" 'BEGIN { print b - a }')" \
        "agent_cpu_s $(awk -v a="$agent" -v b="$(processor "$(agent_pid)")" 'BEGIN { print b - a }')" \
        "agent_peak_mb $(peak "$(agent_pid)")"
}

ulimit -n "$(ulimit -Hn)"
start_fleet "$DEVICES" --still --only hp-color-laser --pjl-port "$RAW_PORT" --pjl office
start_platend --set monitor.status_minutes=1440
first_administrator
want 200 PATCH /preferences '{"snmp":{"packets_per_second":0}}'
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/16\"],\"port\":{\"snmp\":$SNMP_PORT,\"pjl\":$RAW_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 600
want 200 GET '/devices?size=2&sort=address'
echo "devices_found $(jq -r .total <<<"$ANSWER") agent_peak_mb $(peak "$(agent_pid)")"
one=$(jq -r '[.items[] | select(.address == "127.10.0.2")][0].id' <<<"$ANSWER")
want 201 POST /groups '{"name":"all","type":"dynamic","filters":["address:begins:127."]}'
all="{\"groups\":[\"$(jq -r .id <<<"$ANSWER")\"]}"

run check setting-value.check '{}'
run back_up setting-value.back-up '{}' "$all"
before=$(database_kb)
run back_up_same setting-value.back-up '{}' "$all"
same=$(database_kb)
for ((i = 0; i < DEVICES; i += 100)); do
    ctl pjl-set "$i" COPIES "$((i / 100 + 2))" # each a value of its own
done
run back_up_1_percent setting-value.back-up '{}' "$all"
after=$(database_kb)
echo "database_kb $before same +$((same - before)) one_percent_changed +$((after - same))"
want 200 POST /operations/setting-value.data-from-device "{\"device\":\"$one\",\"name\":\"standard\",\"purpose\":\"monitoring\"}"
standard=$(jq -r .id <<<"$ANSWER")
run monitor setting-value.monitor "{\"standard\":\"$standard\",\"on_difference\":\"record\"}" "$all"
start=$(now)
want 200 GET '/setting-value/drift?size=50'
echo "drift_ms $(($(now) - start)) settings $(jq -r .total <<<"$ANSWER")"
echo "manager_peak_mb $(peak "$PLATEND")"
