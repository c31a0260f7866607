#!/bin/bash
# The first walk through the product, as docs/rest.md and the README show it.
# Usage: first-light.sh BUILD_FOLDER [sqlite|postgres]
BUILD=$1
. "$(dirname "$0")/lib.sh"
store=()
if [ "${2:-sqlite}" = postgres ]; then
    POSTGRES_DIR=$WORK/postgres
    store=(--set "store.url=$("$HERE/postgres.sh" start "$POSTGRES_DIR")")
fi

start_fleet 50
start_platend "${store[@]+"${store[@]}"}"

# Nobody gets in before there is an administrator, and nobody becomes one without the token.
want 200 GET /setup
is "setup needed" "$(jq -r .needed <<<"$ANSWER")" true
want 401 GET /devices
call POST /setup '{"token":"wrong","password":"Correct-horse-7","email":"a@example.com"}' >/dev/null
case $STATUS in 401 | 403) ;; *) fail "a wrong setup token is answered with $STATUS" ;; esac

first_administrator
want 200 GET /setup
is "setup needed" "$(jq -r .needed <<<"$ANSWER")" false

# Where to search, and how devices let us in.
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/24\"],\"port\":{\"snmp\":$SNMP_PORT}}"
is range "$(jq -r '.ranges[0]' <<<"$ANSWER")" 127.10.0.0/24
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
is "community shown" "$(jq -r '.community // "hidden"' <<<"$ANSWER")" hidden

want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
run=$(jq -r .run <<<"$ANSWER")
wait_run "$run" 120
is "state of the run" "$(jq -r .state <<<"$ANSWER")" success
want 200 GET "/runs/$run/targets"
is "targets of the run" "$(jq -r .total <<<"$ANSWER")" 1

want 200 GET '/agents/local/verdicts?size=200'
is "verdicts" "$(jq '[.items[] | select(.decision == "accepted")] | length' <<<"$ANSWER")" 50

want 200 GET '/devices?size=200'
is "devices" "$(jq -r .total <<<"$ANSWER")" 50
is "devices without an address" "$(jq '[.items[] | select(.address == "")] | length' <<<"$ANSWER")" 0
is "devices without a model" "$(jq '[.items[] | select(.model == "")] | length' <<<"$ANSWER")" 0
is "devices that are not on" "$(jq '[.items[] | select(.power != "on")] | length' <<<"$ANSWER")" 0
[ "$(jq '[.items[].supplies[]] | length' <<<"$ANSWER")" -gt 50 ] || fail "there are hardly any supplies"
id=$(jq -r '.items[0].id' <<<"$ANSWER")
want 200 GET "/devices/$id"
is "id" "$(jq -r .id <<<"$ANSWER")" "$id"
want 200 GET "/devices/$id/status"
want 200 GET '/devices?f=severity:eq:error&sort=-page_count'
want 200 GET '/devices?f=model:contains:e&sort=-page_count,name&size=10'
want 422 GET '/devices?f=color_of_hair:eq:red'
want 422 GET '/devices?size=100000'
want 404 GET /devices/999999

lines=$(curl -sS --max-time 60 --cacert "$DATA/certs/ca.pem" -H "Authorization: Bearer $TOKEN" \
    -H 'Accept: application/x-ndjson' "$URL/api/v1/devices" | jq -c .id | wc -l)
is "ndjson lines" "$lines" 50

# Watching: a run over all devices, then the same again changes nothing but counters.
want 200 GET /built-in-tasks
monitor=$(jq -r '.items[] | select(.kind == "device.monitor") | .id' <<<"$ANSWER")
want 202 POST "/built-in-tasks/$monitor/run"
wait_run "$(jq -r .run <<<"$ANSWER")" 60
is "state of the watch" "$(jq -r .state <<<"$ANSWER")" success
is "devices watched" "$(jq -r .counts.success <<<"$ANSWER")" 50

# A device that falls silent is said to give no response, and comes back.
"$BUILD/platen-sim" --ctl "$WORK/sim.sock" 'silent 127.10.0.7' >/dev/null
want 202 POST "/built-in-tasks/$monitor/run"
wait_run "$(jq -r .run <<<"$ANSWER")" 60
is "state with a silent device" "$(jq -r .state <<<"$ANSWER")" timeout
want 200 GET '/devices?f=address:eq:127.10.0.7'
is "power of the silent device" "$(jq -r '.items[0].power' <<<"$ANSWER")" no-response
"$BUILD/platen-sim" --ctl "$WORK/sim.sock" 'clear 127.10.0.7' >/dev/null
want 202 POST "/built-in-tasks/$monitor/run"
wait_run "$(jq -r .run <<<"$ANSWER")" 60
want 200 GET '/devices?f=address:eq:127.10.0.7'
is "power of the device that is back" "$(jq -r '.items[0].power' <<<"$ANSWER")" on

want 200 GET /dashboard
is "devices on the dashboard" "$(jq -r .devices <<<"$ANSWER")" 50

# The second search finds the same devices.
want 201 POST /tasks '{"kind":"device.discover","name":"again","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120
want 200 GET '/devices?size=1'
is "devices after the second search" "$(jq -r .total <<<"$ANSWER")" 50
want 200 GET '/agents/local/verdicts?f=decision:eq:known&size=1'
is "known devices" "$(jq -r .total <<<"$ANSWER")" 50

# kill -9 of everything: what was acknowledged is there.
kill -9 "$PLATEND"
sleep 0.5
: >"$WORK/platend.out"
start_platend "${store[@]+"${store[@]}"}"
want 200 GET '/devices?size=1'
is "devices after kill -9" "$(jq -r .total <<<"$ANSWER")" 50
want 202 POST "/built-in-tasks/$monitor/run"
wait_run "$(jq -r .run <<<"$ANSWER")" 90
is "devices watched after kill -9" "$(jq -r .counts.success <<<"$ANSWER")" 50

want 200 GET /openapi.json
jq -e '.paths["/devices"]' >/dev/null <<<"$ANSWER" || fail "openapi.json has no /devices"
curl -sS --max-time 20 --cacert "$DATA/certs/ca.pem" "$URL/healthz" | jq -e '.status' >/dev/null || fail "no health"
echo "first light: 50 devices found, watched, lost, found again"
