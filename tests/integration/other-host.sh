#!/bin/bash
# An agent on another host: a network of its own, reached over one link, a data folder and a user of its own.
# It finds devices that the manager cannot reach, follows the manager's functions and its version of Platen, and
# goes on by itself when the link was down. Where no network namespace can be made, another address of this host
# stands for it; root makes one. SYS-128, SYS-141, PRF-36. Usage: other-host.sh BUILD_FOLDER
if [ -z "${OTHER_HOST:-}" ]; then
    if [ "$(id -u)" = 0 ] && unshare -n ip link set lo up 2>/dev/null; then
        exec env OTHER_HOST=namespace unshare -n "$0" "$@"
    fi
    exec env OTHER_HOST=address "$0" "$@"
fi
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/function-lib.sh"
OPTIONS=(--set agent.local=no --set functions.trial_s=30)
AS=(setpriv --pdeathsig TERM) THERE=()
MANAGER=127.0.0.2

# make_host: the namespace of a process that sleeps, a link to it, and an ordinary user
make_host() {
    ip link set lo up
    unshare -n sleep 3600 &
    HOST=$!
    PIDS+=("$HOST")
    for _ in $(seq 50); do
        [ "$(readlink "/proc/$HOST/ns/net")" = "$(readlink /proc/$$/ns/net)" ] || break
        sleep 0.1
    done
    THERE=(nsenter -t "$HOST" -n)
    ip link add platen-here type veth peer name platen-there netns "$HOST"
    ip address add 10.213.0.1/24 dev platen-here
    ip link set platen-here up
    "${THERE[@]}" ip address add 10.213.0.2/24 dev platen-there
    "${THERE[@]}" ip link set platen-there up
    "${THERE[@]}" ip link set lo up
    MANAGER=10.213.0.1
    AS=(setpriv --pdeathsig TERM --reuid 65534 --regid 65534 --clear-groups)
    chmod 711 "$WORK"
    chown 65534:65534 "$WORK/there"
}

# start_agent: as a service does that starts it again; its process is the child of this one
start_agent() {
    while :; do
        "${THERE[@]}" "${AS[@]}" "$BUILD/platend" --role agent --data "$WORK/there/agent" --set "link.manager_url=https://$MANAGER:$PORT" \
            --set "link.activation_key=$KEY" >>"$WORK/there.out" 2>>"$WORK/there.log" || true
        sleep 0.5
    done &
    AGENT=$!
    PIDS+=("$AGENT")
}

# agent_says PATTERN JQ: until what the manager knows of the agent is that
agent_says() {
    local got=
    for _ in $(seq 900); do
        if answers; then
            want 200 GET "/agents/$AGENT_ID"
            got=$(jq -r "$2" <<<"$ANSWER")
            [ "$got" != "$1" ] || return 0
        fi
        sleep 0.1
    done
    tail -n 30 "$WORK/there.log" >&2
    fail "the agent says '$got', not '$1'"
}

mkdir "$WORK/there"
[ "$OTHER_HOST" = address ] || make_host
OPTIONS+=(--set "http.site_address=$MANAGER") # a name of its certificate
"${THERE[@]}" "$BUILD/platen-sim" --devices 3 --base 127.10.0.0 --prefix 16 --port "$SNMP_PORT" --quiet >"$WORK/sim.log" 2>&1 &
PIDS+=("$!")
start_platend "${OPTIONS[@]}"
first_administrator
publisher
want 201 POST /agents '{"name":"Elsewhere"}'
AGENT_ID=$(jq -r .id <<<"$ANSWER")
KEY=$(jq -r .activation_key <<<"$ANSWER")
OWN=$(jq -r .version <<<"$(call GET /system)")
start_agent
agent_says "$OWN normal" '.version + " " + .status'
[ "$OTHER_HOST" = address ] || agent_says 10.213.0.2 .address

# Devices of its own network
want 200 PATCH "/agents/$AGENT_ID" "{\"ranges\":[\"127.10.0.0/29\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks "{\"kind\":\"device.discover\",\"name\":\"find\",\"schedule\":{\"when\":\"now\"},\"targets\":{\"agents\":[\"$AGENT_ID\"]}}"
wait_run "$(jq -r .run <<<"$ANSWER")" 120
want 200 GET /devices
is "devices that are there" "$(jq -r .total <<<"$ANSWER")" 3

# A driver of the manager's, in a worker process there
mkdir -p "$WORK/pack/lib/$ARCH"
cp "$BUILD/abi/unruly/unruly.so" "$WORK/pack/lib/$ARCH/unruly.so"
echo "All rights reserved." >"$WORK/pack/LICENSE"
echo "# Changes" >"$WORK/pack/CHANGELOG.md"
python3 "$HERE/../servers/ppk.py" "$WORK/driver.ppk" "$WORK/pack" "$(jq -nc --arg arch "$ARCH" \
    '{format:1,kind:"plugin",name:"unruly",version:"1.0.0",title:"Unruly",publisher:"Test works",platen:"0.1.0",
      api:"1.2",roles:["agent"],needs:[],tables:[],functions:[],arch:[$arch]}')" "$WORK/key.pem"
ready driver
install "$UPLOAD"
agent_says "active 1.0.0 full" '.functions[] | select(.name == "unruly") | .state + " " + .version + " " + .confined'

# Platen itself, across a link that is down for a while
product next 0.2.0 "{\"downgrade\":\"$OWN\"}"
ready next
[ "$OTHER_HOST" = address ] || ip link set platen-here down
install "$UPLOAD"
[ "$OTHER_HOST" = address ] || ip link set platen-here up
agent_says "0.2.0 normal" '.version + " " + .status'
agent_says "active 1.0.0 full" '.functions[] | select(.name == "unruly") | .state + " " + .version + " " + .confined'
want 202 POST /functions/platen/rollback
settled
agent_says "$OWN normal" '.version + " " + .status'
stop_platend
echo "other-host: done in $SECONDS s ($OTHER_HOST)"
