#!/bin/bash
# Task kinds of a feature: settings of its own for each device, data that comes back into the feature's
# table, with manager and agent killed in the middle; preview, waves, a flow, a batch, work of the
# manager, a built-in task, a word that is granted. TSK-05, TSK-07, TSK-10, ACC-47.
# Usage: feature-task.sh BUILD_FOLDER [sqlite|postgres]
BUILD=$1
. "$(dirname "$0")/lib.sh"
DATABASE=
store=()
if [ "${2:-sqlite}" = postgres ]; then
    POSTGRES_DIR=$WORK/postgres
    DATABASE=$("$HERE/postgres.sh" start "$POSTGRES_DIR")
    store=(--set "store.url=$DATABASE")
fi
mkdir -m 755 "$WORK/plugins"
cp -r "$BUILD"/plugins/. "$WORK/plugins"
cp "$BUILD"/feature-plugins/{collector,teller}.so "$WORK/plugins"
plugins=(--set "plugins.folder=$WORK/plugins" --set 'plugins.enabled=printer-mib teller collector')
DEVICES=60

# rows STATEMENT: what the feature has in the database
rows() {
    if [ -n "$DATABASE" ]; then
        psql -Atqc "$1" "$DATABASE"
    else
        sqlite3 "$DATA/platen.db" "$1"
    fi
}

start_manager() {
    : >"$WORK/platend.out"
    start_platend "${plugins[@]}" "${store[@]+"${store[@]}"}" --set agent.local=no
}

start_agent() { # [platend options]
    "$BUILD/platend" --role agent --data "$WORK/agent" --set "link.manager_url=$URL" \
        --set "link.activation_key=$KEY" --set snmp.timeout_ms=500 "${plugins[@]}" "$@" \
        >>"$WORK/agent.out" 2>>"$WORK/agent.log" &
    AGENT=$!
    PIDS+=("$AGENT")
}

# begin KIND SETTINGS [MORE]: a run on all devices; its id in $RUN
begin() {
    want 201 POST /tasks "{\"kind\":\"$1\",\"name\":\"$1\",\"schedule\":{\"when\":\"now\"},\"settings\":$2${3:-}}"
    RUN=$(jq -r .run <<<"$ANSWER")
}

# collected RUN SUCCESS SKIPPED: it has ended so, and what it read is there, once and of the device
collected() {
    wait_run "$1" 180
    is "devices that are done" "$(jq -r '"\(.counts.success) \(.counts.skipped) \(.counts.error)"' <<<"$ANSWER")" "$2 $3 0"
    is "what was read" "$(rows "SELECT count(*) FROM collector_value WHERE run_id = $1")" "$2"
    is "what is of another device" "$(rows "SELECT count(*) FROM collector_value WHERE run_id = $1 AND text NOT LIKE '{\"number\":' || (7 * device_id) || ',%'")" 0
}

start_fleet "$DEVICES" --still
start_manager
first_administrator
want 201 POST /agents '{"name":"far"}'
agent=$(jq -r .id <<<"$ANSWER")
KEY=$(jq -r .activation_key <<<"$ANSWER")
want 200 PATCH "/agents/$agent" "{\"ranges\":[\"127.10.0.0/26\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
start_agent
want 201 POST /tasks "{\"kind\":\"device.discover\",\"name\":\"find\",\"schedule\":{\"when\":\"now\"},\"targets\":{\"agents\":[\"$agent\"]}}"
wait_run "$(jq -r .run <<<"$ANSWER")" 60
want 200 GET '/devices?size=200'
is devices "$(jq -r .total <<<"$ANSWER")" "$DEVICES"
tenth=$((DEVICES - $(jq -r '[.items[] | select((.id | tonumber) % 10 == 0)] | length' <<<"$ANSWER")))
first=$(jq -r '.items[0].id' <<<"$ANSWER")

# It is a kind among the others
want 200 GET /task-kinds
is "the kind" "$(jq -r '.items[] | select(.id == "collector.collect") | "\(.title) \(.group) \(.targets) \(.writes) \(.batch)"' <<<"$ANSWER")" \
    "[Collector] Collect Collector devices true true"
is "the manager's" "$(jq -r '.items[] | select(.id == "collector.count") | "\(.targets) \(.writes)"' <<<"$ANSWER")" "none false"
want 200 GET '/built-in-tasks?size=50'
jq -e 'any(.items[]; .kind == "collector.collect" and .name == "Collect")' <<<"$ANSWER" >/dev/null || fail "no built-in task: $ANSWER"
want 200 GET /roles
jq -e 'any(.items[].functions[]; .id == "collector" and .menu == "data")' <<<"$ANSWER" >/dev/null || fail "no word to grant: $ANSWER"
want 422 POST /tasks '{"kind":"collector.collect","name":"no","settings":{"values":-1}}'
is pointer "$(jq -r '.errors[0].pointer' <<<"$ANSWER")" /settings/values

# Settings of each device, its data in the table; a tenth is left out
begin collector.collect '{"values":200,"skip":10}'
collected "$RUN" "$tenth" $((DEVICES - tenth))
is "bytes that were counted" "$(rows "SELECT count(*) FROM collector_value WHERE bytes <> length(text) OR bytes < 9000")" 0
want 200 GET "/runs/$RUN/targets?size=200"
is "why it was left out" "$(jq -r '[.items[] | select(.state == "skipped") | .code + " " + .text] | unique | join(",")' <<<"$ANSWER")" "not-wanted it is left out"

# What cannot be taken in is an error of that device alone, and nothing of it stays
begin collector.collect "{\"values\":5,\"spoil\":$first}"
wait_run "$RUN" 60
is "a spoiled one" "$(jq -r '"\(.counts.success) \(.counts.error)"' <<<"$ANSWER")" "$((DEVICES - 1)) 1"
want 200 GET "/runs/$RUN/targets?size=200"
is "its code" "$(jq -r '.items[] | select(.state == "error") | .code' <<<"$ANSWER")" malformed
is "rows without it" "$(rows "SELECT count(*) FROM collector_value WHERE run_id = $RUN")" $((DEVICES - 1))

# A preview plans, tells and keeps nothing
want 202 POST /tasks/preview '{"kind":"collector.collect","name":"x","settings":{"values":3}}'
RUN=$(jq -r .run <<<"$ANSWER")
wait_run "$RUN" 60
want 200 GET "/runs/$RUN/targets?size=1"
target=$(jq -r '.items[0].id' <<<"$ANSWER")
want 200 GET "/runs/$RUN/targets/$target"
jq -e '.log[0].text | contains("\"preview\":true") and contains("\"values\":3")' <<<"$ANSWER" >/dev/null || fail "no plan in the preview: $ANSWER"
is "rows of a preview" "$(rows "SELECT count(*) FROM collector_value WHERE run_id = $RUN")" 0

# Waves, a flow, a batch
begin collector.collect '{"values":5}' ',"rollout":{"canary":{"count":3},"batch":{"count":30}}'
collected "$RUN" "$DEVICES" 0
text='return platen.flow{name = "gather", run = function(ctx, device)
  local done, err = ctx:subtask("collector.collect", device, {values = 2})
  if not done then return nil, err end
  return done
end}'
want 201 POST /scripts "$(jq -n --arg t "$text" '{name:"gather",kind:"flow",text:$t}')"
begin flow.gather '{}'
collected "$RUN" "$DEVICES" 0
begin flow.batch '{"steps":[{"do":"subtask","name":"a","kind":"collector.collect","settings":{"values":1}}]}'
collected "$RUN" "$DEVICES" 0

# The manager's own
amount=$(rows "SELECT count(*) FROM collector_value")
begin collector.count '{}'
wait_run "$RUN" 30
is "state of the count" "$(jq -r .state <<<"$ANSWER")" success
is "what was counted" "$(rows "SELECT amount FROM collector_count WHERE run_id = $RUN")" "$amount"

# slay PID...: all at once, as when the power fails
slay() {
    kill -9 "$@"
    wait "$@" 2>/dev/null || true
}
for victim in manager agent both; do
    begin collector.collect '{"values":200,"wait":1500}'
    sleep 1.4
    case $victim in
    manager)
        slay "$PLATEND"
        start_manager
        ;;
    agent)
        slay "$AGENT"
        start_agent
        ;;
    both)
        slay "$PLATEND" "$AGENT"
        start_manager
        start_agent
        ;;
    esac
    collected "$RUN" "$DEVICES" 0
    echo "feature-task: $victim was killed, $DEVICES devices of run $RUN are done once"
done

# 4 MiB of each device, more than the agent keeps in memory at a time
begin collector.collect '{"values":50000}'
collected "$RUN" "$DEVICES" 0
begin collector.collect '{"values":50000,"wait":3000}'
want 202 POST "/runs/$RUN/cancel"
wait_run "$RUN" 120

# The same from drivers that run in processes of their own
kill "$AGENT"
wait "$AGENT" || fail "the agent ends with $? when it is asked to"
start_agent --set agent.isolation=all
begin collector.collect '{"values":200,"skip":10}'
collected "$RUN" "$tenth" $((DEVICES - tenth))
stop_platend
echo "feature-task: well"
