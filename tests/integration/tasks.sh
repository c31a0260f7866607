#!/bin/bash
# Tasks through the daemon: schedules, changes, copies, recovery, what a stop has missed, history and
# its export. TSK-18 to TSK-32, TSK-38, TSK-42 to TSK-54, MON-09.
# Usage: tasks.sh BUILD_FOLDER [sqlite|postgres]
BUILD=$1
. "$(dirname "$0")/lib.sh"
store=()
if [ "${2:-sqlite}" = postgres ]; then
    POSTGRES_DIR=$WORK/postgres
    store=(--set "store.url=$("$HERE/postgres.sh" start "$POSTGRES_DIR")")
fi
start_fleet 10
start_platend "${store[@]+"${store[@]}"}"
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/28\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120
want 200 GET '/devices?size=200'
device=$(jq -r '.items[0].id' <<<"$ANSWER")
other=$(jq -r '.items[1].id' <<<"$ANSWER")

# wrong POINTER BODY: 422 that names what is wrong
wrong() {
    want 422 POST /tasks "$2"
    jq -e --arg p "$1" 'any(.errors[]; .pointer == $p)' <<<"$ANSWER" >/dev/null ||
        fail "nothing is said of $1: $ANSWER"
}
base='"kind":"device.counters","name":"x"'
wrong /kind '{"kind":"device.teleport","name":"x"}'
wrong /schedule/time "{$base,\"schedule\":{\"when\":\"every\",\"unit\":\"day\",\"step\":1}}"
wrong /schedule/zone "{$base,\"schedule\":{\"when\":\"once\",\"at\":\"2099-01-01T08:00\",\"zone\":\"Mars/North\"}}"
wrong /schedule/at "{$base,\"schedule\":{\"when\":\"once\",\"at\":\"2020-01-01T08:00\"}}"
wrong /schedule/end "{$base,\"schedule\":{\"when\":\"every\",\"unit\":\"day\",\"step\":1,\"time\":\"08:00\",\"start\":\"2030-01-02T00:00\",\"end\":\"2030-01-01T00:00\"}}"
wrong /mail/to "{$base,\"mail\":{\"condition\":\"always\"}}"
wrong /rollout "{$base,\"rollout\":{\"canary\":{\"count\":1}}}"
wrong /rollout/halt '{"kind":"device.edit","name":"x","rollout":{"halt":{"count":1,"percent":2}}}'
wrong /targets/agents "{$base,\"targets\":{\"agents\":[\"local\"]}}"
wrong /targets/devices/0 "{$base,\"targets\":{\"devices\":[\"999999\"]}}"
many=$(seq -s, 1 5001 | sed -E 's/([0-9]+)/"\1"/g') # TSK-38
wrong /targets/devices "{$base,\"targets\":{\"devices\":[$many]}}"

# TSK-19 to TSK-31: what a schedule means before anybody stores it
want 200 POST /schedules/next '{"schedule":{"when":"every","unit":"month","step":1,"nth":["last"],"weekdays":["fri"],"time":"17:00","zone":"Europe/Berlin","start":"2027-01-01T00:00"},"count":3}'
is "last Fridays" "$(jq -r '.times | join(" ")' <<<"$ANSWER")" \
    "2027-01-29T16:00:00.000Z 2027-02-26T16:00:00.000Z 2027-03-26T16:00:00.000Z"
want 422 POST /schedules/next '{"schedule":{"when":"every","unit":"week","step":1,"time":"08:00"}}'

# TSK-21, TSK-42, TSK-43: stored, changed, copied
want 201 POST /tasks "{$base,\"targets\":{\"devices\":[\"$device\",\"$other\"]},\"schedule\":{\"when\":\"every\",\"unit\":\"day\",\"step\":1,\"time\":\"03:00\",\"zone\":\"UTC\"}}"
task=$(jq -r .id <<<"$ANSWER")
is "run of a task that waits" "$(jq -r .run <<<"$ANSWER")" null
case $(jq -r .next <<<"$ANSWER") in *T03:00:00*Z) ;; *) fail "the next time is $ANSWER" ;; esac
want 200 PATCH "/tasks/$task" '{"name":"Nightly","schedule":{"when":"every","unit":"day","step":1,"time":"04:00","zone":"UTC"}}'
is revision "$(jq -r .revision <<<"$ANSWER")" 2
case $(jq -r .next <<<"$ANSWER") in *T04:00:00*Z) ;; *) fail "the next time is $ANSWER" ;; esac
want 201 POST "/tasks/$task/duplicate"
is "name of the copy" "$(jq -r .name <<<"$ANSWER")" "Nightly - Copy"
is "state of the copy" "$(jq -r .active <<<"$ANSWER")" false
copy=$(jq -r .id <<<"$ANSWER")
want 200 GET '/tasks?sort=name'
is tasks "$(jq -r .total <<<"$ANSWER")" 3
want 204 DELETE "/tasks/$copy"

# MON-09
want 200 GET /built-in-tasks
counters=$(jq -r '.items[] | select(.kind == "device.counters") | .id' <<<"$ANSWER")
want 422 PATCH "/built-in-tasks/$counters" '{"schedule":{"when":"now"}}'
want 200 PATCH "/built-in-tasks/$counters" '{"schedule":{"when":"every","unit":"week","step":1,"weekdays":["sun"],"time":"02:00","zone":"UTC"}}'
is "unit" "$(jq -r .schedule.unit <<<"$ANSWER")" week

# TSK-52 to TSK-54: a device fails, and the recovery has it alone
want 202 POST "/tasks/$task/run"
run=$(jq -r .run <<<"$ANSWER")
wait_run "$run" 60
is "state of a good run" "$(jq -r .state <<<"$ANSWER")" success
want 409 GET "/runs/$run/recovery"
kill "$SIM"
wait "$SIM" 2>/dev/null || true
want 202 POST "/tasks/$task/run"
failed=$(jq -r .run <<<"$ANSWER")
wait_run "$failed" 120
want 200 GET "/runs/$failed/recovery"
is "targets of the recovery" "$(jq -r '.targets.devices | length' <<<"$ANSWER")" 2
want 201 POST /tasks "$(jq -c '.name = "Again" | .active = false' <<<"$ANSWER")"

# The history: sorted, filtered, as files (TSK-45 to TSK-48)
want 200 GET '/runs?f=builtin:eq:false&sort=-ended'
is "newest run" "$(jq -r '.items[0].id' <<<"$ANSWER")" "$failed"
call GET '/runs?sort=id&f=builtin:eq:false' '' -H 'Accept: text/csv' >"$WORK/runs.csv"
is "status of the export" "$STATUS" 200
is "lines" "$(wc -l <"$WORK/runs.csv")" 4
grep -q 'counts.total' "$WORK/runs.csv" || fail "no columns: $(head -1 "$WORK/runs.csv")"
call GET '/runs?sort=id' '' \
    -H 'Accept: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' >/dev/null
python3 - "$WORK/answer" <<'P' || fail "the XLSX file is none"
import re, sys, zipfile
book = zipfile.ZipFile(sys.argv[1])
assert book.testzip() is None
page = book.read('xl/worksheets/sheet1.xml').decode()
assert 'Nightly' in page and len(re.findall('<row ', page)) > 3
P
call GET "/runs/$failed/targets" '' -H 'Accept: text/plain' >"$WORK/targets.txt"
is "lines of text" "$(wc -l <"$WORK/targets.txt")" 3
want 200 GET /devices '' -H 'Accept: text/html,text/plain'
jq -e .items <<<"$ANSWER" >/dev/null || fail "a browser gets no JSON"

# Missed while the manager did not work: late by a little it runs, by more it does not
want 200 PATCH /preferences '{"tasks":{"missed_hours":0}}'
soon=$(date -u -d '+1 minute 5 seconds' +%Y-%m-%dT%H:%M)
want 201 POST /tasks "{$base,\"schedule\":{\"when\":\"once\",\"at\":\"$soon\",\"zone\":\"UTC\"},\"targets\":{\"devices\":[\"$device\"]}}"
once=$(jq -r .id <<<"$ANSWER")
stop_platend
while [ "$(date -u +%Y-%m-%dT%H:%M)" \< "$soon" ]; do sleep 1; done
sleep 1
start_platend "${store[@]+"${store[@]}"}"
for _ in $(seq 40); do
    want 200 GET "/runs?f=task:eq:$once"
    [ "$(jq -r .total <<<"$ANSWER")" = 0 ] || break
    sleep 0.25
done
is "state of the missed run" "$(jq -r '.items[0].state' <<<"$ANSWER")" missed
want 200 GET "/tasks/$once"
is "next time" "$(jq -r .next <<<"$ANSWER")" null
echo "tasks: schedules, copies, recovery, missed runs, exports"
