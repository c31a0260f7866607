#!/bin/bash
# Agents follow the functions of their manager: a driver in a package is fetched, verified, tried and loaded
# at a quiet moment, in a worker process; profiles are taken over without a restart; what cannot be taken
# over is told, and the agent goes on as before. PRF-36, SYS-141. Usage: agent-functions.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/function-lib.sh"
OPTIONS=(--set functions.trial_s=20)

# agent NAME MEMBER: of what the local agent says of a function
agent() {
    want 200 GET /agents/local
    jq -r --arg name "$1" "[.functions[] | select(.name == \$name)][0].$2" <<<"$ANSWER"
}
# wait_agent NAME MEMBER VALUE
wait_agent() {
    for _ in $(seq 600); do
        [ "$(agent "$1" "$2")" != "$3" ] || return 0
        sleep 0.1
    done
    fail "$2 of '$1' is '$(agent "$1" "$2")', not '$3': $(agent "$1" error)"
}
# package FILE NAME VERSION MEMBERS: of the folder $WORK/pack
package() {
    echo "All rights reserved." >"$WORK/pack/LICENSE"
    echo "# Changes" >"$WORK/pack/CHANGELOG.md"
    python3 "$HERE/../servers/ppk.py" "$WORK/$1.ppk" "$WORK/pack" "$(jq -nc --arg name "$2" --arg version "$3" --argjson more "$4" \
        '{format:1,name:$name,version:$version,title:$name,publisher:"Test works",platen:"0.1.0",
          needs:[],tables:[],functions:[]} + $more')" "$WORK/key.pem"
}
# put FILE: it is good and gets installed
put() {
    ready "$1"
    install "$UPLOAD"
}
# profiles VERSION OID: a package of vendor profiles
profiles() {
    rm -rf "$WORK/pack"
    mkdir -p "$WORK/pack/share/profiles"
    printf '{\n  "profile": "acme",\n  "manufacturer": "Acme",\n  "match": {"enterprises": [99999]},\n  "model": [{"oid": "%s"}]\n}\n' \
        "$2" >"$WORK/pack/share/profiles/acme.json"
    package "profiles-$1" acme-profiles "$1" \
        '{"kind":"profiles","roles":["agent"],"needs":[{"name":"printer-mib","version":"1.0.0"}],"arch":[]}'
}

start_platend "${OPTIONS[@]}"
first_administrator
publisher
wait_agent printer-mib state active
# What is of the manager alone is none of an agent's functions (SYS-141)
is "the manager's own on an agent" "$(agent setting-value state)" null
want 200 GET /functions
is "its agents" "$(jq -c '.items[] | select(.name == "setting-value") | [.state, .agents]' <<<"$ANSWER")" '["active",null]'
is "agents of what has halves on both" "$(jq -c '.items[] | select(.name == "printer-mib") | .agents.ok' <<<"$ANSWER")" 1

# A driver in a package
mkdir -p "$WORK/pack/lib/$ARCH"
cp "$BUILD/abi/unruly/unruly.so" "$WORK/pack/lib/$ARCH/unruly.so"
package driver unruly 1.0.0 "{\"kind\":\"plugin\",\"api\":\"1.2\",\"roles\":[\"agent\"],\"arch\":[\"$ARCH\"]}"
put driver
wait_agent unruly state active
is "version" "$(agent unruly version)" 1.0.0
is "a package's driver is isolated" "$(agent unruly isolated)" true
is "what came with Platen is not" "$(agent printer-mib isolated)" null

# Profiles; those that cannot be read change nothing
profiles 1.0.0 1.3.6.1.4.1.99999.1
put profiles-1.0.0
wait_agent acme-profiles state active
profiles 1.1.0 1.3.6.1.4.1.99999.2
put profiles-1.1.0
wait_agent acme-profiles version 1.1.0
profiles 1.2.0 not.an.oid
put profiles-1.2.0
for _ in $(seq 600); do
    case $(agent acme-profiles error) in *"acme.json, line 5"*"/model/0/oid"*) break ;; esac
    sleep 0.1
done
case $(agent acme-profiles error) in *"acme.json, line 5"*) ;; *) fail "the bad profiles: $(agent acme-profiles error)" ;; esac
is "profiles in force" "$(agent acme-profiles version)" 1.1.0

# What the list of functions says of the agents (PRF-49)
want 200 GET /functions
is "agents of a driver" "$(jq -c '.items[] | select(.name == "unruly") | .agents' <<<"$ANSWER")" '{"ok":1,"waiting":0,"failed":0,"unconfined":0}'
is "agents of bad profiles" "$(jq -c '.items[] | select(.name == "acme-profiles") | .agents' <<<"$ANSWER")" '{"ok":0,"waiting":0,"failed":1,"unconfined":0}'

# Profiles reach a driver in a process of its own, too: it begins anew with them, or with those of before
stop_platend
start_platend "${OPTIONS[@]}" --set agent.isolation=all
wait_agent printer-mib isolated true
wait_agent printer-mib state active
profiles 1.3.0 1.3.6.1.4.1.99999.3
put profiles-1.3.0
wait_agent acme-profiles version 1.3.0
profiles 1.4.0 not.an.oid
put profiles-1.4.0
for _ in $(seq 600); do
    case $(agent acme-profiles error) in *"acme.json, line 5"*) break ;; esac
    sleep 0.1
done
case $(agent acme-profiles error) in *"acme.json, line 5"*) ;; *) fail "bad profiles for a process: $(agent acme-profiles error)" ;; esac
is "profiles in force there" "$(agent acme-profiles version)" 1.3.0
wait_agent printer-mib state active
is "beginning anew is no crash" "$(agent printer-mib crashes)" 0

# A version that passes the self-test and fails behind it gives way to the one before, with the reason
# fickle CASE VERSION: a package with that driver is installed
fickle() {
    rm -rf "$WORK/pack"
    mkdir -p "$WORK/pack/lib/$ARCH"
    cp "$BUILD/guest/fickle-$1/fickle.so" "$WORK/pack/lib/$ARCH/fickle.so"
    package "fickle-$1" fickle "$2" "{\"kind\":\"plugin\",\"api\":\"1.2\",\"roles\":[\"agent\"],\"arch\":[\"$ARCH\"]}"
    put "fickle-$1"
}
# gone_back VERSION PATTERN BEFORE: the agent says why that version is not there, and has the one before
gone_back() {
    for _ in $(seq 900); do
        case "$(agent fickle error)" in *"version $1 is not taken over: "*$2*) break ;; esac
        sleep 0.1
    done
    case "$(agent fickle error)" in *"version $1 is not taken over: "*$2*) ;; *) fail "no word of '$2': $(agent fickle error)" ;; esac
    wait_agent fickle version "$3"
    wait_agent fickle state active
}
stop_platend
start_platend "${OPTIONS[@]}" --set agent.crashes=2
fickle good 1.0.0
wait_agent fickle version 1.0.0
fickle refuses 1.1.0
gone_back 1.1.0 "it does not like this agent" 1.0.0
fickle crashes 1.2.0
gone_back 1.2.0 "died too often; it crashed: signal 6" 1.0.0
fickle better 1.3.0 # what comes after it is taken, and the failure is over
wait_agent fickle version 1.3.0
wait_agent fickle 'error // ""' ""
# The same where the driver is trusted and takes the agent down with it
stop_platend
start_platend "${OPTIONS[@]}" --set agent.trusted='printer-mib fickle'
wait_agent fickle isolated null
fickle crashes-here 1.4.0
gone_back 1.4.0 "never stayed alive" 1.3.0
is "what came before it" "$(agent unruly state) $(agent unruly error)" "active "

# A transfer that broke off goes on where it was, and what has arrived is checked as a whole
stop_platend
rm -rf "$WORK/pack"
mkdir -p "$WORK/pack/lib/$ARCH" "$WORK/pack/share/docs"
cp "$BUILD/guest/fickle-better/fickle.so" "$WORK/pack/lib/$ARCH/fickle.so"
head -c 3000000 /dev/urandom >"$WORK/pack/share/docs/ballast"
sed -i 's/1\.3\.0/1.5.0/' "$WORK/pack/lib/$ARCH/fickle.so"
package big fickle 1.5.0 "{\"kind\":\"plugin\",\"api\":\"1.2\",\"roles\":[\"agent\"],\"arch\":[\"$ARCH\"]}"
part=$DATA/agent/functions/packages/fickle/1.5.0.ppk.part
# begun BYTES [wrong]: the first bytes have arrived already, the first of them wrong
begun() {
    head -c "$1" "$WORK/big.ppk" >"$part"
    [ -z "${2:-}" ] || printf 'x' | dd of="$part" conv=notrunc status=none
}
start_platend "${OPTIONS[@]}"
begun 2500000 wrong # were it begun anew, nothing would be wrong with it
put big
for _ in $(seq 300); do
    ! grep -q "version 1.5.0 is tried again: the package has another digest" "$WORK/platend.log" || break
    sleep 0.1
done
grep -q "version 1.5.0 is tried again: the package has another digest" "$WORK/platend.log" ||
    fail "wrong bytes were not noticed, or a transfer begins anew"
[ ! -e "$part" ] || [ "$(head -c 2 "$part")" = PK ] || fail "the wrong bytes are still there"
wait_agent fickle version 1.5.0 # half a minute later, from the beginning

# What the manager removes goes here, too
want 202 DELETE '/functions/unruly?data=delete'
settled
wait_agent unruly state null
stop_platend
echo "agent-functions: well"
