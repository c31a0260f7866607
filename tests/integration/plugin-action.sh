#!/bin/bash
# An action that a plugin of somebody else brings is a task kind: over REST, in a flow, in a batch, after
# a restart of the manager. Usage: plugin-action.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"
mkdir -m 755 "$WORK/plugins"
cp -r "$BUILD"/plugins/. "$WORK/plugins"
cp "$BUILD/abi/acme/acme.so" "$WORK/plugins"
plugins=(--set "plugins.folder=$WORK/plugins" --set 'plugins.enabled=printer-mib acme')
start_fleet 3
start_platend "${plugins[@]}"
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/29\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120
want 200 GET '/devices?size=200'
count=$(jq -r .total <<<"$ANSWER")
[ "$count" -ge 3 ] || fail "only $count devices were found"

kind() {
    want 200 GET /task-kinds
    jq -r '.items[] | select(.id == "acme.blink") | "\(.title) \(.group) \(.targets) \(.writes) \(.verify) \(.batch)"' <<<"$ANSWER"
}
is "the kind" "$(kind)" "[Acme] Blink Acme devices true false true"

# run_all TASK: makes it; its run ends as success on every device, its id is in $run
run_all() {
    want 201 POST /tasks "$1"
    run=$(jq -r .run <<<"$ANSWER")
    wait_run "$run" 60
    is "state of the run" "$(jq -r .state <<<"$ANSWER")" success
    is "devices that are done" "$(jq -r .counts.success <<<"$ANSWER")" "$count"
}
run_all '{"kind":"acme.blink","name":"blink","settings":{"times":3},"schedule":{"when":"now"}}'
want 200 GET "/runs/$run/targets?size=200"
for target in $(jq -r '.items[].id' <<<"$ANSWER"); do
    want 200 GET "/runs/$run/targets/$target"
    is "the change" "$(jq -c '[.changes[] | [.path, .from, .to]]' <<<"$ANSWER")" '[["blinked","0","3"]]'
    is "the log" "$(jq -r '[.log[].text] | join(", ")' <<<"$ANSWER")" "blinks 3 times"
done

# A preview tells and does not do
want 202 POST /tasks/preview '{"kind":"acme.blink","name":"blink","settings":{"times":3}}'
run=$(jq -r .run <<<"$ANSWER")
wait_run "$run" 60
want 200 GET "/runs/$run/targets?size=1"
want 200 GET "/runs/$run/targets/$(jq -r '.items[0].id' <<<"$ANSWER")"
is "the log of a preview" "$(jq -r '[.log[].text] | join(", ")' <<<"$ANSWER")" "would blink 3 times"

# Settings that do not fit are told where they do not
for settings in '{}' '{"times":10}' '{"times":"3"}' '{"times":3,"loud":true}'; do
    want 422 POST /tasks "{\"kind\":\"acme.blink\",\"name\":\"no\",\"settings\":$settings}"
done
is "pointer" "$(jq -r '.errors[0].pointer' <<<"$ANSWER")" /settings/loud

# Lua and batches
text='return platen.flow{name = "lights", run = function(ctx, device)
  local done, err = ctx:subtask("acme.blink", device, {times = 2})
  if not done then return nil, err end
  local _, why = ctx:subtask("acme.blink", device, {times = 99})
  ctx:log(done.changes[1].to .. " " .. why.code)
  return done
end}'
want 201 POST /scripts "$(jq -n --arg t "$text" '{name:"lights",kind:"flow",text:$t}')"
run_all '{"kind":"flow.lights","name":"lights","schedule":{"when":"now"}}'
want 200 GET "/runs/$run/targets?size=1"
want 200 GET "/runs/$run/targets/$(jq -r '.items[0].id' <<<"$ANSWER")"
is "what the flow saw" "$(jq -r '[.log[].text] | join(", ")' <<<"$ANSWER")" "2 inval"
run_all '{"kind":"flow.batch","name":"batch","schedule":{"when":"now"},"settings":{"steps":[{"do":"subtask","name":"a","kind":"acme.blink","settings":{"times":1}}]}}'

# A manager without any agent knows the kind all the same; without the plugin it goes
stop_platend
start_platend "${plugins[@]}" --set agent.local=no
is "the kind before an agent calls" "$(kind)" "[Acme] Blink Acme devices true false true"
stop_platend
start_platend --set "plugins.folder=$WORK/plugins" --set plugins.enabled=printer-mib
for _ in $(seq 100); do
    [ -z "$(kind)" ] && break
    sleep 0.2
done
is "the kind without its plugin" "$(kind)" ""
stop_platend
echo "plugin-action: well"
