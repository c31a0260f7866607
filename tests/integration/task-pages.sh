#!/bin/bash
# The pages for tasks against a real daemon in a real Chromium: preview, changes of devices, schedules,
# waves, halt and resume, recovery, batches, scripts.
# Usage: task-pages.sh BUILD_FOLDER LANGUAGE [FOLDER_FOR_SCREENSHOTS]; the build has the pages.
BUILD=$1
language=$2
shots=${3:-}
. "$(dirname "$0")/lib.sh"
[ -f "$BUILD/web/index.html" ] || fail "there are no pages in $BUILD/web"

start_fleet 12 --only hp-color-laser --still --reset-seconds 1
start_platend
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/28\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"private"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120
want 201 POST /groups '{"name":"All","type":"dynamic","filters":["address:begins:127."]}'
node "$HERE/../browser/tasks.mjs" "$URL" Correct-horse-7 "$language" "${shots:-$WORK/shots}" ${TASKS_ONLY:+"--only=$TASKS_ONLY"} || fail "the walk through the pages"
