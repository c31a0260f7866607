#!/bin/bash
# Recordings of real printers, replayed and scored (the folder is not part of the repository).
# Usage: recordings.sh BUILD_FOLDER; exit status 77 when there are no recordings.
BUILD=$1
. "$(dirname "$0")/lib.sh"
SHARED=${TEST_SHARED:-$HERE/../../../shared}
if [ ! -d "$SHARED/recordings" ] || [ ! -f "$SHARED/tools/oracle/replay.py" ]; then
    echo "skipped: there are no recordings in $SHARED"
    trap - EXIT
    exit 77
fi

python3 "$SHARED/tools/oracle/replay.py" --port "$SNMP_PORT" --map-out "$WORK/map.json" \
    "$SHARED/recordings" >"$WORK/replay.log" 2>&1 &
PIDS+=($!)
for _ in $(seq 100); do
    [ -s "$WORK/map.json" ] && break
    sleep 0.1
done
start_platend
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.20.0.0/24\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120
want 200 GET /built-in-tasks
for id in $(jq -r '.items[].id' <<<"$ANSWER"); do
    want 202 POST "/built-in-tasks/$id/run"
    wait_run "$(jq -r .run <<<"$ANSWER")" 60
done
want 200 GET '/devices?size=200'
jq '.items' <<<"$ANSWER" >"$WORK/devices.json"
[ -z "${TEST_KEEP:-}" ] || cp "$WORK/devices.json" "$TEST_KEEP"
python3 "$SHARED/tools/oracle/score.py" "$WORK/devices.json" \
    --expected "$SHARED/recordings/expected.json" --map "$WORK/map.json" \
    --recordings "$SHARED/recordings" || fail "the score is not full"
