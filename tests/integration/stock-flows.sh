#!/bin/bash
# The flows that come with Platen, each on devices of the simulator: what it does to them, what it
# leaves alone, and that its preview does nothing. TSK-09, TSK-10.
# Usage: stock-flows.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"

ctl() {
    "$BUILD/platen-sim" --ctl "$WORK/sim.sock" "$*"
}
# sim I MEMBER: what the simulator knows of device I
sim() {
    ctl "info $1" | grep '^{' | jq -r ".$2"
}
# flow NAME SETTINGS IDS [MORE MEMBERS]: waits for the run, which is in $RUN and $ANSWER
flow() {
    want 201 POST /tasks "{\"kind\":\"flow.$1\",\"name\":\"$1\",\"schedule\":{\"when\":\"now\"},\"settings\":$2,\"targets\":{\"devices\":$3}${4:-}}"
    RUN=$(jq -r .run <<<"$ANSWER")
    wait_run "$RUN" 180
}
counts() {
    jq -c '.counts | [.success, .warning, .error, .timeout, .skipped]' <<<"$ANSWER"
}

start_fleet 10 --only hp-color-laser --still --reset-seconds 1
start_platend
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/28\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /device-credentials '{"kind":"snmpv1","community":"private"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120
want 200 GET '/devices?size=200&sort=address'
is devices "$(jq -r .total <<<"$ANSWER")" 10
mapfile -t ids < <(jq -r '.items | sort_by(.address | split(".") | map(tonumber)) | .[].id' <<<"$ANSWER")
all=$(jq -c '[.items[].id]' <<<"$ANSWER")

# quarterly-refresh: a preview shows and does nothing; the flow changes and reads back
want 202 POST /tasks/preview "{\"kind\":\"flow.quarterly-refresh\",\"name\":\"p\",\"schedule\":{\"when\":\"now\"},\"settings\":{\"location\":\"Room 9\"},\"targets\":{\"devices\":$all}}"
wait_run "$(jq -r .run <<<"$ANSWER")" 60
is "preview of the refresh" "$(jq -r '.changed' <<<"$ANSWER")" 10
is "SETs of a preview" "$(sim 0 sets)" 0
flow quarterly-refresh '{"location":"Room 9"}' "$all"
is "the refresh" "$(counts)" '[10,0,0,0,0]'
want 200 GET "/runs/$RUN/targets?size=1"
is "its change" "$(jq -c '.items[0].changes[0] | [.path, .to]' <<<"$ANSWER")" '["location","Room 9"]'
is "location on the device" "$(sim 3 location)" "Room 9"

# rolling-restart: a canary, then the rest; each once, and each is back
flow rolling-restart '{"online_s":60}' "$all" ',"rollout":{"canary":{"count":2},"batch":{"count":5},"halt":{"count":1}}'
is "the restart" "$(counts)" '[10,0,0,0,0]'
is "waves" "$(jq -r .waves <<<"$ANSWER")" 3
for i in $(seq 0 9); do
    is "restarts of device $i" "$(sim "$i" resets)" 1
done

# restart-if-stuck: leaves alone what reports no error
flow restart-if-stuck '{"wait_s":0,"online_s":60}' "[\"${ids[0]}\"]"
is "a device without an error" "$(counts)" '[0,0,0,0,1]'
is "its restarts" "$(sim 0 resets)" 1
ctl 'alert add 1 jam' >/dev/null
flow restart-if-stuck '{"wait_s":0,"online_s":60}' "[\"${ids[1]}\"]"
is "a device that nobody has looked at since" "$(counts)" '[0,0,0,0,1]'
want 201 POST /tasks "{\"kind\":\"device.monitor\",\"name\":\"look\",\"schedule\":{\"when\":\"now\"},\"targets\":{\"devices\":[\"${ids[1]}\"]}}"
wait_run "$(jq -r .run <<<"$ANSWER")" 60
flow restart-if-stuck '{"wait_s":0,"online_s":60}' "[\"${ids[1]}\"]"
is "restarts of the stuck one" "$(sim 1 resets)" 2

# night-window: inside the window at once, outside of it later
now=$(date -u +%H:%M)
flow night-window "{\"from\":\"$(date -u -d '-1 hour' +%H:%M)\",\"till\":\"$(date -u -d '+1 hour' +%H:%M)\",\"kind\":\"device.monitor\"}" "[\"${ids[2]}\"]"
is "inside of the window" "$(counts)" '[1,0,0,0,0]'
want 201 POST /tasks "{\"kind\":\"flow.night-window\",\"name\":\"later\",\"schedule\":{\"when\":\"now\"},\"settings\":{\"from\":\"$(date -u -d '+1 hour' +%H:%M)\",\"till\":\"$(date -u -d '+2 hours' +%H:%M)\",\"kind\":\"device.monitor\"},\"targets\":{\"devices\":[\"${ids[2]}\"]}}"
RUN=$(jq -r .run <<<"$ANSWER")
sleep 2
want 200 GET "/runs/$RUN"
is "outside of the window ($now)" "$(jq -r .state <<<"$ANSWER")" running
want 202 POST "/runs/$RUN/cancel"
wait_run "$RUN" 30
is "a night that was cancelled" "$(jq -r .state <<<"$ANSWER")" cancelled

# retire-device: says so on the device, and is managed no more
flow retire-device '{"location":"Retired"}' "[\"${ids[4]}\"]"
is "the retirement" "$(counts)" '[1,0,0,0,0]'
is "what the device says" "$(sim 4 location)" Retired
want 200 GET "/devices/${ids[4]}"
is "managed" "$(jq -r .managed <<<"$ANSWER")" false
stop_platend
echo "stock flows: each does what it says"
