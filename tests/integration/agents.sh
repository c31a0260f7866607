#!/bin/bash
# Ten agents of one manager, on PostgreSQL: each searches its own ranges and watches its own devices, all at the
# same time; what one of them does not answer for goes on when it is back. SYS-17, SYS-28. Usage: agents.sh BUILD
BUILD=$1
. "$(dirname "$0")/lib.sh"
AGENTS=10
EACH=30
POSTGRES_DIR=$WORK/postgres
DATABASE=$("$HERE/postgres.sh" start "$POSTGRES_DIR")
declare -a IDS KEYS PROCESSES

# start_agent N: as on a host of its own, for all that the manager sees
start_agent() {
    "$BUILD/platend" --role agent --data "$WORK/agent-$1" --set "link.manager_url=$URL" \
        --set "link.activation_key=${KEYS[$1]}" >>"$WORK/agent.out" 2>>"$WORK/agent.log" &
    PROCESSES[$1]=$!
    PIDS+=("$!")
}

# all_agents STATUS COUNT: until so many are in that state
all_agents() {
    local got=
    for _ in $(seq 1200); do
        want 200 GET '/agents?size=200'
        got=$(jq --arg status "$1" '[.items[] | select(.status == $status)] | length' <<<"$ANSWER")
        [ "$got" != "$2" ] || return 0
        sleep 0.1
    done
    fail "$got agents are $1, not $2: $(jq -c '[.items[] | {name,status}]' <<<"$ANSWER")"
}

start_fleet $((AGENTS * EACH))
start_platend --set agent.local=no --set "store.url=$DATABASE"
first_administrator
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
for n in $(seq 0 $((AGENTS - 1))); do
    want 201 POST /agents "{\"name\":\"Agent $n\"}"
    IDS[$n]=$(jq -r .id <<<"$ANSWER")
    KEYS[$n]=$(jq -r .activation_key <<<"$ANSWER")
    first=$((n * EACH + 1)) last=$(((n + 1) * EACH))
    want 200 PATCH "/agents/${IDS[$n]}" \
        "{\"ranges\":[\"127.10.$((first / 256)).$((first % 256))-127.10.$((last / 256)).$((last % 256))\"],\"port\":{\"snmp\":$SNMP_PORT}}"
    start_agent "$n"
done
all_agents normal $AGENTS

# One search by all of them: each found what is its own, no device is there twice
want 201 POST /tasks "$(jq -nc '{kind:"device.discover",name:"find",schedule:{when:"now"},targets:{agents:$ARGS.positional}}' --args "${IDS[@]}")"
wait_run "$(jq -r .run <<<"$ANSWER")" 240
is "the search of all" "$(jq -c '[.state, .counts.success]' <<<"$ANSWER")" "[\"success\",$AGENTS]"
want 200 GET '/devices?size=1'
found=$(jq -r .total <<<"$ANSWER")
[ "$found" -ge $((AGENTS * EACH - 2)) ] || fail "$found devices were found, of $((AGENTS * EACH)) addresses"
for n in $(seq 0 $((AGENTS - 1))); do
    want 200 GET "/devices?f=agent:eq:${IDS[$n]}&size=200"
    count=$(jq -r .total <<<"$ANSWER")
    [ "$count" -ge $((EACH - 2)) ] && [ "$count" -le $EACH ] || fail "agent $n has $count devices, not $EACH"
done

# watched: a run of the built-in task that watches; its JSON in $ANSWER
watched() {
    want 200 GET /built-in-tasks
    want 202 POST "/built-in-tasks/$(jq -r '.items[] | select(.kind == "device.monitor") | .id' <<<"$ANSWER")/run"
    wait_run "$(jq -r .run <<<"$ANSWER")" 240
}
watched
is "all devices by all agents" "$(jq -c '[.state, .counts.success]' <<<"$ANSWER")" "[\"success\",$found]"

# One of them dies: the others do not notice, and it does its part when it is back
kill -9 "${PROCESSES[3]}"
wait "${PROCESSES[3]}" 2>/dev/null || true
want 200 GET "/devices?f=agent:eq:${IDS[4]}&size=200"
want 201 POST /tasks "$(jq -c '{kind:"device.monitor",name:"others",schedule:{when:"now"},targets:{devices:[.items[].id]}}' <<<"$ANSWER")"
wait_run "$(jq -r .run <<<"$ANSWER")" 120
is "the others" "$(jq -r .state <<<"$ANSWER")" success
start_agent 3
all_agents normal $AGENTS
watched
is "all of them again" "$(jq -c '[.state, .counts.success]' <<<"$ANSWER")" "[\"success\",$found]"
stop_platend
echo "agents: $found devices of $AGENTS agents, $SECONDS s"
