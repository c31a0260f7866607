#!/bin/bash
# Manager and agent are killed with SIGKILL, at random moments, while they change and restart 1,000
# simulated devices, which count what is done to them. Then every target has a final result, no
# device was restarted twice by a run, and no result is lost. MON-47, MON-50, ERR-15.
# Usage: crash.sh BUILD_FOLDER [KILLS [SEED]]
BUILD=$1
KILLS=${2:-40}
SEED=${3:-$RANDOM}
. "$(dirname "$0")/lib.sh"
RANDOM=$SEED
DEVICES=1000
CHUNK=100 # devices of one run of restarts
A_ROUND=$((DEVICES / CHUNK))

AGENT=
declare -A killed=([manager]=0 [agent]=0 [both]=0)
double=0  # restarts beyond the one that a run ordered
lost=0    # targets without a result, or with two
untrue=0  # successes that the device knows nothing of
results=0 rounds=0
declare -A states=()

info() {
    "$BUILD/platen-sim" --ctl "$WORK/sim.sock" 'info all' | grep '^{'
}

start_agent() {
    "$BUILD/platend" --role agent --data "$WORK/agent" --set "link.manager_url=$URL" \
        --set "link.activation_key=$KEY" --set snmp.timeout_ms=500 \
        >>"$WORK/agent.out" 2>>"$WORK/agent.log" &
    AGENT=$!
    PIDS+=("$AGENT")
}

# slay PID...: all at once, as when the power fails
slay() {
    kill -9 "$@"
    wait "$@" 2>/dev/null || true
}

start_manager() {
    : >"$WORK/platend.out"
    start_platend --set agent.local=no
}

# strike: one of them, or both, a random time after now. Every second time the agent lives on: a job
# that has lost five agents is given up.
strike() {
    local ms=$((RANDOM % 1500))
    sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
    case $((RANDOM % 4)) in
    0 | 1)
        killed[manager]=$((killed[manager] + 1))
        slay "$PLATEND"
        start_manager
        ;;
    2)
        killed[agent]=$((killed[agent] + 1))
        slay "$AGENT"
        start_agent
        ;;
    3)
        killed[both]=$((killed[both] + 1))
        slay "$PLATEND" "$AGENT"
        start_manager
        start_agent
        ;;
    esac
}

# begin KIND SETTINGS FIRST COUNT: a run on that many devices; its id in $RUN
begin() {
    want 201 POST /tasks "{\"kind\":\"$1\",\"name\":\"$1\",\"schedule\":{\"when\":\"now\"},\"settings\":$2,\"targets\":{\"devices\":$(jq -c ".[$3:$(($3 + $4))]" "$WORK/ids")}}"
    RUN=$(jq -r .run <<<"$ANSWER")
}

# results_of RUN: "address state" of every target, sorted by address
results_of() {
    local page=0 got=200
    while [ "$got" = 200 ]; do
        page=$((page + 1))
        want 200 GET "/runs/$1/targets?size=200&page=$page"
        got=$(jq '.items | length' <<<"$ANSWER")
        jq -r '.items[] | .address + " " + .state + " " + .code' <<<"$ANSWER"
    done | LC_ALL=C sort
}

# check_run RUN COUNT: it has ended with one result for each of its targets
check_run() {
    local has twice
    wait_run "$1" 180
    results_of "$1" >"$WORK/results"
    has=$(wc -l <"$WORK/results")
    twice=$(cut -d' ' -f1 "$WORK/results" | uniq -d | wc -l)
    results=$((results + has))
    lost=$((lost + $2 - has + twice))
    while read -r count state code; do
        states[$state/$code]=$((${states[$state/$code]:-0} + count))
    done < <(cut -d' ' -f2,3 "$WORK/results" | sort | uniq -c)
}

# Restarts of each device since the round began, beside what the run says of it.
check_restarts() {
    info | jq -r '.address + " " + (.resets | tostring)' | LC_ALL=C sort >"$WORK/after"
    join "$WORK/before" "$WORK/after" | awk '{print $1, $3 - $2}' >"$WORK/done"
    local over claimed
    over=$(awk '$2 > 1' "$WORK/done" | wc -l)
    claimed=$(join "$WORK/all-results" "$WORK/done" | awk '$2 == "success" && $4 != 1' | wc -l)
    double=$((double + over))
    untrue=$((untrue + claimed))
    awk '$2 > 1 && n++ < 5' "$WORK/done" >&2
}

# Every device that a run says it has changed has the value.
check_edits() {
    info | jq -r --arg want "$1" '.address + " " + (if .location == $want then "yes" else "no" end)' |
        LC_ALL=C sort >"$WORK/places"
    untrue=$((untrue + $(join "$WORK/results" "$WORK/places" | awk '$2 == "success" && $4 != "yes"' | wc -l)))
}

# round STRIKES: names of all devices are changed, and all are restarted, a part before each strike
round() {
    local edit runs=() place i
    rounds=$((rounds + 1))
    place="Room $rounds"
    info | jq -r '.address + " " + (.resets | tostring)' | LC_ALL=C sort >"$WORK/before"
    begin device.edit "{\"location\":\"$place\"}" 0 "$DEVICES"
    edit=$RUN
    for i in $(seq 0 $((A_ROUND - 1))); do
        begin device.restart '{"action":"restart"}' $((i * CHUNK)) "$CHUNK"
        runs+=("$RUN")
        [ "$i" -ge "$1" ] || strike
    done
    : >"$WORK/all-results"
    for i in "${runs[@]}"; do
        check_run "$i" "$CHUNK"
        cat "$WORK/results" >>"$WORK/all-results"
    done
    LC_ALL=C sort -o "$WORK/all-results" "$WORK/all-results"
    check_restarts
    check_run "$edit" "$DEVICES"
    check_edits "$place"
}

echo "seed $SEED"
start_fleet "$DEVICES" --still --reset-seconds 1
start_manager
first_administrator
want 201 POST /agents '{"name":"far"}'
agent=$(jq -r .id <<<"$ANSWER")
KEY=$(jq -r .activation_key <<<"$ANSWER")
want 200 PATCH "/agents/$agent" "{\"ranges\":[\"127.10.0.0/21\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"private"}'
start_agent
want 201 POST /tasks "{\"kind\":\"device.discover\",\"name\":\"find\",\"schedule\":{\"when\":\"now\"},\"targets\":{\"agents\":[\"$agent\"]}}"
wait_run "$(jq -r .run <<<"$ANSWER")" 60
page=0
while page=$((page + 1)) && want 200 GET "/devices?size=200&page=$page" && [ "$(jq '.items | length' <<<"$ANSWER")" != 0 ]; do
    jq -c '.items[].id' <<<"$ANSWER"
done | jq -s -c . >"$WORK/ids"
is devices "$(jq length "$WORK/ids")" "$DEVICES"
echo "$DEVICES devices found in $SECONDS s"

left=$KILLS
while [ "$left" -gt 0 ]; do
    round "$left"
    left=$((left > A_ROUND ? left - A_ROUND : 0))
    echo "round $rounds: $((KILLS - left)) kills, $results results, $lost lost, $double done twice, $untrue untrue, $SECONDS s"
done
for state in "${!states[@]}"; do echo "results $state: ${states[$state]}"; done | sort
echo "kills: manager ${killed[manager]}, agent ${killed[agent]}, both ${killed[both]}"
is "results lost" "$lost" 0
is "restarts done twice" "$double" 0
is "results that are not true" "$untrue" 0
echo "crash: $KILLS kills, $results results of $rounds rounds, 0 lost, 0 done twice"
