#!/bin/bash
# Raw ports through the real daemon: a search gives printers the driver without sending an octet to
# their raw port; what speaks nothing but PJL is asked only where the administrator said so, and is a
# device then, with state and counters. Its settings are checked, backed up, distributed and read back.
# SET-02, SET-05, SET-50, SET-59, DEV-112.
# Usage: pjl.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"
RAW_PORT=$((PORT + 2))
DEVICES=12

ctl() { "$BUILD/platen-sim" --ctl "$WORK/sim.sock" "$@"; }
# shown DEVICE MEMBER: a number of pjl-show
shown() { ctl pjl-show "$1" | sed -nE "1s/.*$2=([0-9]+).*/\1/p"; }
# search RANGES PORTS: a run of discovery
search() {
    want 200 PATCH "/agents/$AGENT" "{\"ranges\":$1,\"port\":{\"snmp\":$SNMP_PORT$2}}"
    want 201 POST /tasks "{\"kind\":\"device.discover\",\"name\":\"find\",\"schedule\":{\"when\":\"now\"},\"targets\":{\"agents\":[\"$AGENT\"]}}"
    wait_run "$(jq -r .run <<<"$ANSWER")" 60
}

start_fleet "$DEVICES" --still --only hp-color-laser --pjl-port "$RAW_PORT"
start_platend --set 'plugins.enabled=printer-mib ipp pjl setting-value'
first_administrator
want 200 GET /agents
AGENT=$(jq -r '.items[0].id' <<<"$ANSWER")
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
# The check that follows a discovery is begun by hand here: first it is seen that a search sends nothing
builtin_active setting-value.check false

# A range, no word about PJL, and SNMP is silent: nothing is sent, nothing is found
ctl silent all >/dev/null
search '["127.10.0.0/28"]' ''
want 200 GET '/devices?size=1'
is "devices without SNMP" "$(jq -r .total <<<"$ANSWER")" 0

# With SNMP: printers, served by both drivers; their raw ports heard nothing
ctl clear all >/dev/null
ctl silent 10-11 >/dev/null
search '["127.10.0.1-127.10.0.10"]' ",\"pjl\":$RAW_PORT"
want 200 GET '/devices?size=50'
is devices "$(jq -r .total <<<"$ANSWER")" 10
device=$(jq -r '.items[0].id' <<<"$ANSWER")
want 200 GET "/devices/$device"
is drivers "$(jq -r '.drivers | sort | join(" ")' <<<"$ANSWER")" "pjl printer-mib"
for i in $(seq 0 9); do
    is "octets at the raw port of device $i" "$(shown "$i" octets)" 0
done

# Without SNMP, in a range that the port is named for: asked, and a device
search '["127.10.0.1-127.10.0.12"]' ",\"pjl\":$RAW_PORT"
want 200 GET '/devices?size=50'
is "devices with those of PJL alone" "$(jq -r .total <<<"$ANSWER")" 12
alone=$(jq -r '.items[] | select(.address == "127.10.0.11") | .id' <<<"$ANSWER")
want 200 GET "/devices/$alone"
is "its driver" "$(jq -r '.drivers | join(" ")' <<<"$ANSWER")" pjl
is "its model" "$(jq -r .model <<<"$ANSWER")" hp-color-laser
[ -n "$(jq -r '.serial // empty' <<<"$ANSWER")" ] || fail "no serial number: $ANSWER"
want 201 POST /tasks "{\"kind\":\"device.monitor\",\"name\":\"look\",\"schedule\":{\"when\":\"now\"},\"targets\":{\"devices\":[\"$alone\"]}}"
wait_run "$(jq -r .run <<<"$ANSWER")" 60
want 200 GET "/devices/$alone"
is "its power" "$(jq -r .power <<<"$ANSWER")" on

# The function check asks each of them what it can; nothing that was sent was printed
want 201 POST /tasks '{"kind":"setting-value.check","name":"check","schedule":{"when":"now"}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120
is "devices that were checked" "$(jq -r '"\(.counts.success) \(.counts.error)"' <<<"$ANSWER")" "12 0"

# run KIND SETTINGS DEVICES: a run of a task; how many succeeded and failed
run() {
    want 201 POST /tasks "{\"kind\":\"$1\",\"name\":\"$1\",\"schedule\":{\"when\":\"now\"},\"settings\":$2,\"targets\":{\"devices\":[$3]}}"
    wait_run "$(jq -r .run <<<"$ANSWER")" 120
    RESULT=$(jq -r '"\(.counts.success) \(.counts.warning) \(.counts.error)"' <<<"$ANSWER")
}
value_of() { ctl pjl-show "$1" | sed -nE "s/^$2=//p"; }

# Backed up; a file is distributed: written once, read back; what lies is told from what takes it
want 200 GET '/devices?size=50'
ids=$(jq -r '[.items[].id | "\"\(.)\""] | join(",")' <<<"$ANSWER")
run setting-value.back-up '{}' "$ids"
is "backups" "$RESULT" "12 0 0"
printf 'path,value\npjl/COPIES,7\npjl/PCL/PITCH,12.5\npjl/DUPLEX,ON\n' >"$WORK/data.csv"
want 200 POST /operations/setting-value.data-upload \
    "{\"name\":\"office\",\"purpose\":\"distribution\",\"file_name\":\"data.csv\",\"file\":\"$(base64 -w0 "$WORK/data.csv")\"}"
data=$(jq -r '.id // .answer.id' <<<"$ANSWER")
ctl pjl 11 lying >/dev/null
run setting-value.distribute "{\"data\":\"$data\"}" "$ids"
is "what took the values" "$RESULT" "11 0 1"
for i in $(seq 0 10); do
    is "values of device $i" "$(value_of "$i" COPIES) $(value_of "$i" 'LPARM:PCL PITCH') $(value_of "$i" DUPLEX)" "7 12.50 ON"
    is "DEFAULTs of device $i" "$(shown "$i" defaults)" 3
done
ctl pjl 11 good >/dev/null
run setting-value.distribute "{\"data\":\"$data\"}" "$ids"
is "what has the values" "$RESULT" "12 0 0"
is "DEFAULTs of a device that had them" "$(shown 3 defaults)" 3
is "COPIES of what lied" "$(value_of 11 COPIES)" 7
for i in $(seq 0 $((DEVICES - 1))); do
    [ "$(shown "$i" octets)" -gt 0 ] || fail "device $i was not asked"
    is "octets that device $i printed" "$(shown "$i" printed)" 0
done
stop_platend
echo "pjl: well"
