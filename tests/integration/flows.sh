#!/bin/bash
# Scripts and durable flows through the daemon: a flow of three subtasks goes on after the manager was
# killed in its middle; scripts over REST, by the command line and from files. TSK-09, TSK-55, TSK-63.
# Usage: flows.sh BUILD_FOLDER [sqlite|postgres]
BUILD=$1
. "$(dirname "$0")/lib.sh"
store=()
if [ "${2:-sqlite}" = postgres ]; then
    POSTGRES_DIR=$WORK/postgres
    store=(--set "store.url=$("$HERE/postgres.sh" start "$POSTGRES_DIR")")
fi
start_fleet 12
start_platend "${store[@]+"${store[@]}"}"
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/28\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120
want 200 GET '/devices?size=200'
count=$(jq -r .total <<<"$ANSWER")
[ "$count" -ge 10 ] || fail "only $count devices were found"

# What comes with Platen is there, and its kinds are
want 200 GET '/scripts?size=200'
is "broken scripts" "$(jq '[.items[] | select(.state != "ok")] | length' <<<"$ANSWER")" 0
want 200 GET /task-kinds
is "kind of batches" "$(jq -r '.items[] | select(.id == "flow.batch") | .title' <<<"$ANSWER")" "[System] Batch Task"

# A script of three subtasks, checked, added, changed, brought back
text='return platen.flow{name = "three", run = function(ctx, device)
  local a = ctx:subtask("device.monitor", device)
  ctx:log("first: " .. a.state)
  ctx:sleep(4)
  ctx:subtask("device.information", device)
  ctx:log("second")
  return ctx:subtask("device.counters", device)
end}'
body() { jq -n --arg t "$1" "$2"; }
want 200 POST /scripts/check "$(body "$text" '{kind:"flow",text:$t}')"
is "dry run" "$(jq -r '.dry_run | .state + " " + ([.calls[].call] | join(" "))' <<<"$ANSWER")" \
    "success subtask sleep subtask subtask"
want 200 POST /scripts/check "$(body $'return\nplaten.flow{' '{kind:"flow",text:$t}')"
is "line of the fault" "$(jq -r '.errors[0].line' <<<"$ANSWER")" 2
want 201 POST /scripts "$(body "$text" '{name:"three",kind:"flow",text:$t}')"
script=$(jq -r .id <<<"$ANSWER")
want 409 POST /scripts "$(body "$text" '{name:"three",kind:"flow",text:$t}')"
want 422 POST /scripts "$(body "$text" '{name:"Three!",kind:"flow",text:$t}')"

# Killed in its middle: the run goes on where it was
want 201 POST /tasks '{"kind":"flow.three","name":"three","schedule":{"when":"now"}}'
run=$(jq -r .run <<<"$ANSWER")
sleep 2.5
kill -9 "$PLATEND"
wait "$PLATEND" 2>/dev/null || true
sleep 1
: >"$WORK/platend.out"
start_platend "${store[@]+"${store[@]}"}"
wait_run "$run" 180
is "state of the run" "$(jq -r .state <<<"$ANSWER")" success
is "devices that are done" "$(jq -r .counts.success <<<"$ANSWER")" "$count"
want 200 GET "/runs/$run/targets?size=1"
want 200 GET "/runs/$run/targets/$(jq -r '.items[0].id' <<<"$ANSWER")"
is "lines of the log" "$(jq -r '[.log[].text] | join(", ")' <<<"$ANSWER")" "first: success, second"

# Versions, and a wrong one that takes no place
want 200 PATCH "/scripts/$script" '{"text":"return platen.flow{"}'
is "state" "$(jq -r .state <<<"$ANSWER")" error
want 200 PATCH "/scripts/$script" '{"version":1}'
is "version" "$(jq -r '"\(.version) \(.state)"' <<<"$ANSWER")" "3 ok"
want 200 GET "/scripts/$script/versions"
is "versions" "$(jq -r .total <<<"$ANSWER")" 3
want 409 DELETE "/scripts/$script" # a task has its kind

# A batch: the error branch of a subtask that a flow cannot use
want 201 POST /tasks '{"kind":"flow.batch","name":"batch","schedule":{"when":"now"},"settings":{"steps":[{"do":"subtask","name":"a","kind":"device.monitor","success":[{"do":"subtask","name":"b","kind":"no.such","error":[{"do":"subtask","name":"c","kind":"device.counters"}]}]}]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 60
is "state of the batch" "$(jq -r .state <<<"$ANSWER")" success

# The batch as a flow of its own, which does the same
call GET "/tasks/$(jq -r .task <<<"$ANSWER")/lua" '' >"$WORK/batch.lua"
is "answer with Lua" "$STATUS" 200
want 200 POST /scripts/check "$(jq -n --rawfile t "$WORK/batch.lua" '{kind:"flow",text:$t,results:{"no.such":{state:"error"}}}')"
is "the batch as Lua" "$(jq -r '.dry_run | .state + " " + ([.calls[].arguments.kind] | join(" "))' <<<"$ANSWER")" \
    "success device.monitor no.such device.counters"

# The command line
cat >"$WORK/hello.lua" <<'END'
return platen.task {
  name = "hello",
  run = function(ctx, device)
    ctx:log("hello " .. device.name)
  end,
}
END
platen() { PLATEN_URL=$URL PLATEN_TOKEN=$TOKEN PLATEN_CA=$DATA/certs/ca.pem "$BUILD/platen" "$@"; }
platen script check "$WORK/hello.lua" --kind task | grep -q 'ends as success' || fail "check of hello"
echo 'return platen.task{' >"$WORK/bad.lua"
platen script check "$WORK/bad.lua" --kind task >"$WORK/bad.out" && fail "a bad script is well"
grep -q "bad.lua:[0-9]*:1: syntax:" "$WORK/bad.out" || fail "$(cat "$WORK/bad.out")"
platen script add "$WORK/hello.lua" --kind task >/dev/null
platen script list | grep -q hello || fail "hello is not in the list"
platen script disable hello >/dev/null
want 200 GET /task-kinds
is "a disabled kind" "$(jq '[.items[] | select(.id == "script.hello")] | length' <<<"$ANSWER")" 0
platen script enable hello >/dev/null
platen script versions hello | grep -q Administrator || fail "no author"
platen script remove hello >/dev/null

# The user folder, at SIGHUP; one that others can write to is refused
mkdir -p "$DATA/scripts/flows"
chmod 700 "$DATA/scripts" "$DATA/scripts/flows"
sed 's/hello/filed/; s/platen.task/platen.flow/' "$WORK/hello.lua" >"$DATA/scripts/flows/filed.lua"
chmod 600 "$DATA/scripts/flows/filed.lua"
kill -HUP "$PLATEND"
for _ in $(seq 50); do
    want 200 GET '/scripts?f=name:eq:filed'
    [ "$(jq -r .total <<<"$ANSWER")" = 1 ] && break
    sleep 0.2
done
is "source" "$(jq -r '.items[0].source' <<<"$ANSWER")" folder
chmod 777 "$DATA/scripts"
kill -HUP "$PLATEND"
for _ in $(seq 50); do
    grep -q 'can be written to by others' "$WORK/platend.log" && break
    sleep 0.2
done
grep -q 'can be written to by others' "$WORK/platend.log" || fail "an open folder is taken"
stop_platend
echo "flows: well"
