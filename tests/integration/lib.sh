# Shared by the integration tests: a manager with its local agent, a simulated fleet, REST calls.
# Source it with BUILD set to the build folder. Everything lives in $WORK and ends with the script.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/platen-test.XXXXXX")
DATA=$WORK/data
# Sixteen of its own, below those that the system gives to outgoing connections.
PORT=${TEST_PORT:-$((12000 + $$ % 1250 * 16))}
SNMP_PORT=$((PORT + 1))
URL=https://127.0.0.1:$PORT
TOKEN=
PIDS=()

fail() {
    echo "FAILED: $*" >&2
    [ -f "$WORK/platend.log" ] && tail -n 30 "$WORK/platend.log" >&2
    [ -f "$WORK/agent.log" ] && tail -n 10 "$WORK/agent.log" >&2
    exit 1
}

# mine PID: it is still a child of this script. The number of one that has ended may be another
# test's daemon by now.
mine() {
    [ "$(sed -E 's/.*\) . ([0-9]+) .*/\1/' "/proc/$1/stat" 2>/dev/null)" = $$ ]
}

finish() {
    local status=$?
    for pid in "${PIDS[@]+"${PIDS[@]}"}"; do ! mine "$pid" || kill "$pid" 2>/dev/null || true; done
    for pid in "${PIDS[@]+"${PIDS[@]}"}"; do
        for _ in $(seq 150); do mine "$pid" || break; sleep 0.1; done
        ! mine "$pid" || kill -9 "$pid" 2>/dev/null || true
    done
    [ -n "${POSTGRES_DIR:-}" ] && "$HERE/postgres.sh" stop "$POSTGRES_DIR" >/dev/null 2>&1 || true
    [ $status = 0 ] || cp "$WORK/platend.log" /tmp/platen-last-failure.log 2>/dev/null || true
    rm -rf "$WORK"
    exit $status
}
trap finish EXIT

# start_emulator PROGRAM [arguments]: one of tests/sim; a test that may not open its port is skipped (77)
start_emulator() {
    "$BUILD/tests/sim/$1" "${@:2}" >"$WORK/emulator.log" 2>&1 &
    PIDS+=("$!")
    for _ in $(seq 50); do
        grep -qs '^ready' "$WORK/emulator.log" && return
        sleep 0.1
    done
    ! grep -q 'Permission denied' "$WORK/emulator.log" || exit 77
    fail "the emulator does not start: $(cat "$WORK/emulator.log")"
}

# start_fleet N [simulator options]
start_fleet() {
    local count=$1
    shift
    "$BUILD/platen-sim" --devices "$count" --base 127.10.0.0 --prefix 16 --port "$SNMP_PORT" \
        --control "$WORK/sim.sock" --quiet "$@" >"$WORK/sim.log" 2>&1 &
    SIM=$!
    PIDS+=("$SIM")
    for _ in $(seq 100); do
        grep -q '^ready' "$WORK/sim.log" && return
        kill -0 "$SIM" 2>/dev/null || break
        sleep 0.1
    done
    cat "$WORK/sim.log" >&2
    fail "the simulator does not start"
}

# start_platend [platend options]: waits for the line that says what to open
start_platend() {
    "$BUILD/platend" --data "$DATA" --set "http.https_port=$PORT" --set http.http_port=0 \
        "$@" >>"$WORK/platend.out" 2>>"$WORK/platend.log" &
    PLATEND=$!
    PIDS+=("$PLATEND")
    for _ in $(seq 300); do
        grep -q '^Open ' "$WORK/platend.out" && return
        kill -0 "$PLATEND" 2>/dev/null || fail "platend does not start"
        sleep 0.1
    done
    fail "platend does not become ready"
}

stop_platend() {
    kill "$PLATEND"
    wait "$PLATEND" || fail "platend ends with $? when it is asked to"
    : >"$WORK/platend.out"
}

# refused NAME STATUS|any PATTERN [platend arguments]: it ends by itself, not with 0, and says why
refused() {
    local name=$1 status=$2 pattern=$3 got=0
    shift 3
    timeout -k 5 60 "$BUILD/platend" "$@" >"$WORK/refused.out" 2>"$WORK/refused.log" || got=$?
    cat "$WORK/refused.out" >>"$WORK/refused.log"
    if [ "$got" = 0 ] || [ "$got" -ge 124 ] || { [ "$status" != any ] && [ "$got" != "$status" ]; }; then
        tail -n 20 "$WORK/refused.log" >&2
        fail "$name: platend ends with $got"
    fi
    grep -Eiq -- "$pattern" "$WORK/refused.log" || {
        tail -n 20 "$WORK/refused.log" >&2
        fail "$name: the message does not hold '$pattern'"
    }
    ! grep -q '^Open ' "$WORK/refused.log" || fail "$name: platend says it is ready"
}

# call METHOD PATH [BODY] [curl options]: the body on standard output, the status in $STATUS
call() {
    local method=$1 path=$2 body=${3:-}
    shift $(($# > 2 ? 3 : 2))
    local options=(-sS --max-time 60 --cacert "$DATA/certs/ca.pem" -X "$method" -o "$WORK/answer"
        -w '%{http_code}')
    [ -n "$TOKEN" ] && options+=(-H "Authorization: Bearer $TOKEN")
    [ -n "$body" ] && options+=(-H 'Content-Type: application/json' --data "$body")
    STATUS=$(curl "${options[@]}" "$@" "$URL/api/v1$path") || fail "$method $path: no answer"
    cat "$WORK/answer"
}

# want STATUS METHOD PATH [BODY]...: fails on another status; the body is in $ANSWER
want() {
    local status=$1
    shift
    call "$@" >/dev/null
    ANSWER=$(cat "$WORK/answer")
    [ "$STATUS" = "$status" ] || fail "$1 $2 answers $STATUS, not $status: $ANSWER"
}

# is NAME GOT WANTED
is() {
    [ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"
}

# builtin_active KIND true|false: its built-in task
builtin_active() {
    want 200 GET /built-in-tasks
    want 200 PATCH "/built-in-tasks/$(jq -r --arg kind "$1" '.items[] | select(.kind == $kind) | .id' <<<"$ANSWER")" "{\"active\":$2}"
}

# wait_run ID [SECONDS]: until the run is over; its JSON in $ANSWER
wait_run() {
    local id=$1 seconds=${2:-120}
    for _ in $(seq $((seconds * 4))); do
        want 200 GET "/runs/$id"
        case $(jq -r .state <<<"$ANSWER") in
        waiting | running) sleep 0.25 ;;
        *) return ;;
        esac
    done
    fail "run $id is not over after $seconds s: $ANSWER"
}

# first_administrator: setup, login, token; leaves $TOKEN set
first_administrator() {
    local setup
    setup=$(sed -nE 's/^Open .*token=([^ ]+)$/\1/p' "$WORK/platend.out" | tail -n 1)
    [ -n "$setup" ] || fail "platend prints no setup token"
    want 201 POST /setup "{\"token\":\"$setup\",\"password\":\"Correct-horse-7\",\"email\":\"admin@example.com\"}"
    want 200 POST /login '{"user":"Administrator","password":"Correct-horse-7"}' -c "$WORK/cookies"
    CSRF=$(jq -r .csrf <<<"$ANSWER")
    want 201 POST /tokens '{"name":"test","role":"system-manager","expires":null}' \
        -b "$WORK/cookies" -H "X-CSRF-Token: $CSRF"
    TOKEN=$(jq -r .token <<<"$ANSWER")
}
