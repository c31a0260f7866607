#!/bin/bash
# What people do to devices: names, locations and contacts changed, devices restarted; previews,
# refusals, lost answers, devices that are down. TSK-07, MON-47..50, ERR-15, ERR-50, ERR-55.
# Usage: actions.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"

ctl() {
    "$BUILD/platen-sim" --ctl "$WORK/sim.sock" "$*"
}

# sim I MEMBER: what the simulator knows of device I
sim() {
    ctl "info $1" | grep '^{' | jq -r ".$2"
}

# run_task KIND SETTINGS IDS [MORE MEMBERS]: waits; the run in $RUN
run_task() {
    want 201 POST /tasks "{\"kind\":\"$1\",\"name\":\"$1\",\"schedule\":{\"when\":\"now\"},\"settings\":$2,\"targets\":{\"devices\":$3}${4:-}}"
    RUN=$(jq -r .run <<<"$ANSWER")
    wait_run "$RUN" 180
}

# preview KIND SETTINGS IDS
preview() {
    want 202 POST /tasks/preview "{\"kind\":\"$1\",\"name\":\"$1\",\"schedule\":{\"when\":\"now\"},\"settings\":$2,\"targets\":{\"devices\":$3}}"
    RUN=$(jq -r .run <<<"$ANSWER")
    wait_run "$RUN" 60
}

# target ID: its result of $RUN in $ANSWER
target() {
    want 200 GET "/runs/$RUN/targets?size=200"
    ANSWER=$(jq -c --arg id "$1" '.items[] | select(.device == $id)' <<<"$ANSWER")
    want 200 GET "/runs/$RUN/targets/$(jq -r .id <<<"$ANSWER")"
}

# result ID STATE CODE: of $RUN
result() {
    target "$1"
    is "state of device $1" "$(jq -r .state <<<"$ANSWER")" "$2"
    is "code of device $1" "$(jq -r .code <<<"$ANSWER")" "$3"
}

device() {
    want 200 GET "/devices/$1"
    jq -r ".$2" <<<"$ANSWER"
}

start_fleet 20 --only hp-color-laser --still --reset-seconds 1
start_platend
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/27\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
reader=$(jq -r .id <<<"$ANSWER")
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120
want 200 GET '/devices?size=200&sort=address'
is devices "$(jq -r .total <<<"$ANSWER")" 20
mapfile -t ids < <(jq -r '.items | sort_by(.address | split(".") | map(tonumber)) | .[].id' <<<"$ANSWER")
all=$(jq -c '[.items[].id]' <<<"$ANSWER")

# A credential that may only read: an error that says which one it is and what helps, no secret.
run_task device.edit '{"location":"Cellar"}' "[\"${ids[0]}\"]"
is "state without write access" "$(jq -r .state <<<"$ANSWER")" error
result "${ids[0]}" error auth
jq -e --arg id "$reader" '.text | contains("credential " + $id + " (SNMP community)")' <<<"$ANSWER" >/dev/null ||
    fail "it does not say which credential: $ANSWER"
! jq -r .text <<<"$ANSWER" | grep -q public || fail "the community is shown: $ANSWER"
is "SETs done" "$(sim 0 sets)" 0

# One that may write is registered, too: it is found where the other is refused (DEV-05).
want 201 POST /device-credentials '{"kind":"snmpv1","community":"private"}'

# A preview tells the difference of each device and sends nothing.
old=$(sim 0 name)
preview device.edit '{"name":"lp-one","location":"Attic"}' "[\"${ids[0]}\"]"
is "mode" "$(jq -r .mode <<<"$ANSWER")" preview
is "changed in a preview" "$(jq -r .changed <<<"$ANSWER")" 1
result "${ids[0]}" success ok
is "changes of a preview" "$(jq -c '[.changes[] | .path + "=" + .to] | sort' <<<"$ANSWER")" '["location=Attic","name=lp-one"]'
is "SETs done in a preview" "$(sim 0 sets)" 0
preview device.restart '{"action":"restart"}' "$all"
is "restarts in a preview" "$(ctl 'info all' | grep '^{' | jq -s 'map(.resets) | add')" 0

# The change itself: only what differs, and the list shows it.
run_task device.edit '{"name":"lp-one","location":"Attic"}' "[\"${ids[0]}\"]"
result "${ids[0]}" success ok
is "from" "$(jq -r '.changes[] | select(.path == "name") | .from' <<<"$ANSWER")" "$old"
jq -e '.log | length >= 2' <<<"$ANSWER" >/dev/null || fail "no step log: $ANSWER"
is "started" "$(jq -r '.started != null' <<<"$ANSWER")" true
is "name on the device" "$(sim 0 name)" lp-one
is "name in the list" "$(device "${ids[0]}" name)" lp-one
is "location in the list" "$(device "${ids[0]}" location)" Attic
run_task device.edit '{"name":"lp-one","location":"Attic"}' "[\"${ids[0]}\"]"
result "${ids[0]}" success ok
is "SETs done where nothing differs" "$(sim 0 sets)" 1

# Answers that are lost, a device that is off, and one that is deleted while others are at work.
ctl 'set-unheard 1 1' >/dev/null
ctl 'set-lost 2 1' >/dev/null
ctl 'set-lost 3' >/dev/null
ctl 'silent 4' >/dev/null
run_task device.edit '{"contact":"Help desk"}' "[\"${ids[1]}\",\"${ids[2]}\",\"${ids[3]}\",\"${ids[4]}\"]"
result "${ids[1]}" success ok
is "SETs of which the answer was lost" "$(sim 1 sets)" 1
result "${ids[2]}" success ok
is "SETs after a lost one" "$(sim 2 sets)" 1
result "${ids[3]}" timeout timeout
result "${ids[4]}" timeout timeout
ctl 'clear 1-4' >/dev/null

# Restart: once each, however the answers go; the last of them by the other reset.
ctl 'set-unheard 5 1' >/dev/null
ctl 'set-lost 6 1' >/dev/null
ctl 'no-power-cycle 7' >/dev/null
ctl 'power-cut 8' >/dev/null
before=$(sim 9 uptime)
run_task device.restart '{"action":"restart"}' "$all"
is "state of the restarts" "$(jq -r .state <<<"$ANSWER")" success
is "restarted" "$(jq -r .counts.success <<<"$ANSWER")" 20
is "changed" "$(jq -r .changed <<<"$ANSWER")" 20
is "restarts of each device" "$(ctl 'info all' | grep '^{' | jq -s -c 'map(.resets) | unique')" '[1]'
[ "$(sim 9 uptime)" -lt "$before" ] || fail "device 9 has not restarted"
target "${ids[7]}"
is "reset of a device without power cycle" "$(jq -r '.changes[0].to' <<<"$ANSWER")" resetToNVRAM

# MON-48: what cannot be done is skipped, with the reason.
run_task device.restart '{"action":"shutdown"}' "[\"${ids[0]}\"]"
result "${ids[0]}" skipped unsupported
is "restarts by a shutdown" "$(sim 0 resets)" 1
echo "actions: 20 devices changed and restarted, each once"
