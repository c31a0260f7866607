#!/bin/bash
# A new version of Platen itself, by the same way as any function: tried, kept, found again after a
# restart, rolled back; one that does not start is put back. PRF-48, SYS-124 to SYS-132.
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/function-lib.sh"
OPTIONS=(--set agent.local=no --set functions.trial_s=30)

# runs VERSION FOLDER: the manager is that one, and its program is below the folder
runs() {
    want 200 GET /system
    is "the version that runs" "$(jq -r .version <<<"$ANSWER")" "$1"
    case $(readlink "/proc/$PLATEND/exe") in
    "$2"/*) ;;
    *) fail "the program is $(readlink "/proc/$PLATEND/exe"), not in $2" ;;
    esac
    answers || fail "the manager does not answer"
    is "a driver" "$(jq -r '.items[] | select(.name == "printer-mib") | .state' <<<"$ANSWER")" active
}

# start_agent: as a service does that starts it again; its process is the child of this one
start_agent() {
    while :; do
        "$BUILD/platend" --role agent --data "$WORK/agent" --set "link.manager_url=$URL" \
            --set "link.activation_key=$KEY" >>"$WORK/agent.out" 2>>"$WORK/agent.log" || true
        sleep 0.5
    done &
    AGENT=$!
    PIDS+=("$AGENT")
}

# agent_runs VERSION: the agent says so, and works
agent_runs() {
    for _ in $(seq 600); do
        answers && want 200 GET "/agents/$AGENT_ID"
        [ "$(jq -r '.version + " " + .status' <<<"$ANSWER")" != "$1 normal" ] || return 0
        sleep 0.1
    done
    tail -n 30 "$WORK/agent.log" >&2
    fail "the agent is '$(jq -c '{version,status,functions}' <<<"$ANSWER")', not version $1"
}

start_platend "${OPTIONS[@]}"
first_administrator
publisher
want 201 POST /agents '{"name":"Remote"}'
AGENT_ID=$(jq -r .id <<<"$ANSWER")
KEY=$(jq -r .activation_key <<<"$ANSWER")
start_agent
OWN=$(jq -r .version <<<"$(call GET /system)")
product next 0.2.0 "{\"downgrade\":\"$OWN\"}"
product broken 0.3.0 '{}'
runs "$OWN" "$BUILD"
agent_runs "$OWN"
# The package as the build makes it: signed, and of the version that runs already
cmake -DBUILD="$BUILD" -DSOURCE="$HERE/../.." -DVERSION="$OWN" -DKEY="$WORK/key.pem" \
    -P "$HERE/../../core/build/product-package.cmake" >"$WORK/package.out" 2>&1 || fail "$(cat "$WORK/package.out")"
mv "$BUILD/platen-$OWN.ppk" "$WORK/own.ppk"
refused_as own same-version "$OWN"
ready next
install "$UPLOAD"
runs 0.2.0 "$DATA/functions/packages/platen/0.2.0"
is "the list" "$(jq -r '.items[] | select(.name == "platen") | .kind + " " + .previous + " " + (.deletable | tostring)' <<<"$ANSWER")" "product $OWN false"
nothing_left
# SYS-128: the agent becomes the manager's version by itself
agent_runs 0.2.0
[ ! -e "$WORK/agent/functions/starting.json" ] || sleep 1
[ ! -e "$WORK/agent/functions/starting.json" ] || fail "the agent counts its starts still"
stop_platend
start_platend "${OPTIONS[@]}"
runs 0.2.0 "$DATA/functions/packages/platen/0.2.0"
ready broken
install "$UPLOAD"
runs 0.2.0 "$DATA/functions/packages/platen/0.2.0"
is "why the other one is not kept" "$(newest platen code)" trial-start
[ ! -e "$DATA/functions/packages/platen/0.3.0" ] || fail "its files are still there"
want 409 DELETE /functions/platen
want 202 POST /functions/platen/rollback
settled
runs "$OWN" "$BUILD"
agent_runs "$OWN"
stop_platend
start_platend "${OPTIONS[@]}"
runs "$OWN" "$BUILD"
stop_platend
echo "function-product: done in $SECONDS s"
