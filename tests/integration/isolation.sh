#!/bin/bash
# Drivers of third parties run in worker processes (SYS-141, PRF-36): one that crashes, hangs, leaks, floods
# or ends takes down itself alone; the agent, the other drivers and their works go on; who dies too often is
# quarantined, and released by hand. Usage: isolation.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"
mkdir -m 755 "$WORK/plugins"
cp -r "$BUILD"/plugins/. "$WORK/plugins"
cp "$BUILD/abi/unruly/unruly.so" "$WORK/plugins"
cp -r "$BUILD"/abi/intruder/. "$WORK/plugins"
options=(--set "plugins.folder=$WORK/plugins" --set 'plugins.enabled=printer-mib unruly'
    --set 'agent.trusted=printer-mib' --set agent.worker_memory=500)
start_fleet 3
start_platend "${options[@]}" --set agent.crashes=16
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/29\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120
want 200 GET '/devices?size=200'
count=$(jq -r .total <<<"$ANSWER")
[ "$count" -ge 3 ] || fail "only $count devices were found"
device=$(jq -r '.items[0].id' <<<"$ANSWER")

# told MEMBER [DRIVER]: what the agent says of the driver
told() {
    want 200 GET /agents/local
    jq -r --arg name "${2:-unruly}" ".functions[] | select(.name == \$name) | .$1" <<<"$ANSWER"
}
# wait_told STATE [DRIVER]
wait_told() {
    for _ in $(seq 300); do
        [ "$(told state "${2:-unruly}")" != "$1" ] || return 0
        sleep 0.2
    done
    fail "the driver is $(told state "${2:-unruly}"), not $1"
}
# find_agent: the process of the local agent, in $agent
find_agent() {
    for _ in $(seq 100); do
        agent=$(pgrep -P "$PLATEND" | head -1) && return 0
        sleep 0.1
    done
    fail "there is no local agent"
}
# worker: the process of its worker
worker() {
    for _ in $(seq 300); do
        pgrep -P "$agent" | head -1 && return 0
        sleep 0.1
    done
    fail "there is no worker"
}

# wait_deaths N: so many deaths are told
wait_deaths() {
    for _ in $(seq 300); do
        [ "$(told crashes)" != "$1" ] || return 0
        sleep 0.1
    done
    fail "the driver died $(told crashes) times, not $1"
}

# do_it KIND HOW: a run on one device; its end is in $ANSWER
do_it() {
    want 201 POST /tasks "{\"kind\":\"$1\",\"name\":\"$1 $2 $RANDOM\",\"schedule\":{\"when\":\"now\"},\"targets\":{\"devices\":[\"$device\"]},\"settings\":{\"how\":\"$2\"}}"
    local run
    run=$(jq -r .run <<<"$ANSWER")
    wait_run "$run" 90
    want 200 GET "/runs/$run/targets?size=1"
    want 200 GET "/runs/$run/targets/$(jq -r '.items[0].id' <<<"$ANSWER")"
}

# anew: manager and agent, which has forgotten the deaths
anew() {
    stop_platend
    start_platend "${options[@]}" --set agent.crashes=16
    find_agent
    wait_told active
    wait_deaths 0 # the agent of before may have told the rest
    deaths=0
}

find_agent
# Only what is not trusted is somewhere else, and it has nothing of the agent's
is "where printer-mib runs" "$(want 200 GET /agents/local; jq -r '.functions[] | select(.name == "printer-mib") | .isolated // false' <<<"$ANSWER")" false
is "where unruly runs" "$(told isolated)" true
is "version" "$(told version)" 1.0.0
pid=$(worker)
is "descriptors of the worker" "$(ls "/proc/$pid/fd" | sort -n | paste -sd' ')" "0 1 2 3"
is "environment of the worker" "$(tr '\0' '\n' <"/proc/$pid/environ" | grep -vcE '^(A|UB|L|T)SAN_OPTIONS=')" 0
grep -q '^NoNewPrivs:[[:space:]]*1' "/proc/$pid/status" || fail "the worker may gain privileges"
do_it unruly.do well
is "a good action" "$(jq -r .state <<<"$ANSWER")" success
do_it unruly.do tell
is "what it sees" "$(jq -r '[.changes[] | .to] | .[3]' <<<"$ANSWER")" none

# Whatever it does, it does to itself
deaths=0
for case in 'unruly.do crash worker process' 'unruly.slow abort worker process' 'unruly.do exit status 3' \
    'unruly.slow leak MiB of memory' 'unruly.do spin did not answer' 'unruly.do garbage broke the protocol' \
    'unruly.do die-waiting worker process'; do
    read -r kind how words <<<"$case"
    do_it "$kind" "$how"
    is "state of $kind $how" "$(jq -r .state <<<"$ANSWER")" error
    is "code of $kind $how" "$(jq -r .code <<<"$ANSWER")" unavailable
    text=$(jq -r .text <<<"$ANSWER")
    case $text in "unruly"*"plugin 'unruly'"*"$words"*) ;; *) fail "$kind $how: '$text' has no '$words'" ;; esac
    deaths=$((deaths + 1))
    wait_deaths $deaths # what is told before the next hello is older
    wait_told active
    want 201 POST /tasks '{"kind":"device.information","name":"others '"$RANDOM"'","schedule":{"when":"now"}}'
    wait_run "$(jq -r .run <<<"$ANSWER")" 60
    is "the others after $how" "$(jq -r '.counts.error' <<<"$ANSWER")" 0
    [ $deaths != 4 ] || anew # each death doubles the pause before the next start
done
do_it unruly.slow flood
is "a flood" "$(jq -r .state <<<"$ANSWER")" success
do_it unruly.do twice
is "an end that comes twice" "$(jq -r .state <<<"$ANSWER")" success
is "the agent" "$(pgrep -P "$PLATEND" | grep -cx "$agent")" 1

anew

# Killed from outside it comes back; without its agent it does not live on
kill -9 "$(worker)"
wait_deaths $((deaths + 1))
case $(told died) in *"signal 9"*) ;; *) fail "it died of '$(told died)'" ;; esac
wait_told active
do_it unruly.do well
is "after a kill" "$(jq -r .state <<<"$ANSWER")" success
pid=$(worker)
kill -9 "$agent"
for _ in $(seq 100); do
    [ -d "/proc/$pid" ] || break
    sleep 0.1
done
[ ! -d "/proc/$pid" ] || fail "the worker has outlived its agent"
stop_platend

# Twice is once too often: quarantine, which ends by hand
start_platend "${options[@]}" --set agent.crashes=2
find_agent
wait_told active
do_it unruly.do exit
wait_deaths 1
wait_told active
do_it unruly.do exit
wait_told quarantined
until_time=$(told quarantined_until)
[ "$(date -d "$until_time" +%s)" -gt "$(date +%s)" ] || fail "the quarantine ends at '$until_time'"
do_it unruly.do well
case $(jq -r .text <<<"$ANSWER") in *"is not running"*"status 3"*) ;; *) fail "in quarantine: $ANSWER" ;; esac
want 404 POST /agents/local/functions/nobody/release
want 202 POST /agents/local/functions/unruly/release
wait_told active
do_it unruly.do well
is "after the quarantine" "$(jq -r .state <<<"$ANSWER")" success
stop_platend

# By default what lies in the folder of plugins is trusted
start_platend "${options[@]}" --set agent.trusted=
for _ in $(seq 100); do [ "$(told isolated)" != true ] && break; sleep 0.1; done
is "isolation of the folder's own" "$(told isolated)" null
stop_platend

# A driver that wants more than devices: what drivers need works, all else is refused and told
start_platend "${options[@]}" --set 'plugins.enabled=printer-mib intruder' --set "intruder.data=$DATA/agent" \
    --set "intruder.key=$DATA/platen.key" --set "intruder.database=$DATA/platen.db"
for file in "$DATA/agent/agent.key" "$DATA/agent/agent.crt" "$DATA/platen.key" "$DATA/platen.db"; do
    [ -s "$file" ] || fail "there is no $file to be read"
done
find_agent
wait_told active intruder
want 201 POST /tasks '{"kind":"device.discover","name":"find again","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120 # which drivers a device has was not known of this one
do_it intruder.try -
is "the intruder's work" "$(jq -r .state <<<"$ANSWER")" success
is "how many tries" "$(jq '.changes | length' <<<"$ANSWER")" 44
wrong=$(jq -c '[.changes[] | select(.to != (if (.path | startswith("good: ")) then "done" else "EACCES" end)) | [.path, .to]]' <<<"$ANSWER")
is "tries that went otherwise" "$wrong" "[]"
[ ! -e "$DATA/agent/intruder" ] || fail "it has written into the data folder"
kill -0 "$agent" || fail "it has killed its agent"
for _ in $(seq 100); do
    [ "$(told refused intruder)" != bind ] || break
    sleep 0.1
done
is "the last call that was refused" "$(told refused intruder)" bind
is "what its process is kept from" "$(told confined intruder)" full
is "how often it died" "$(told crashes intruder)" 0
grep -q "plugin 'intruder' tried what drivers must not, and was refused: execve" "$WORK/platend.log" ||
    fail "the log does not tell of it"
want 200 GET /functions
is "agents that cannot confine it" "$(jq -r '.items[] | select(.name == "intruder") | .agents.unconfined' <<<"$ANSWER")" 0
stop_platend
echo "isolation: well"
