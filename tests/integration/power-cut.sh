#!/bin/bash
# The manager is killed with SIGKILL in installations, upgrades, roll-backs and removals: every other
# time at a random moment, else right before one of the calls that change what is on the disk, so
# that the short steps between two states of the journal have their turn, too. After each start it has the old version or the new one, whole: list, files, tables,
# steps and rows belong together. PRF-36, PRF-40, SYS-124.
# Usage: power-cut.sh BUILD_FOLDER [KILLS [SEED]]
BUILD=$1
KILLS=${2:-20}
SEED=${3:-$RANDOM}
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/function-lib.sh"
OPTIONS=(--set agent.local=no --set functions.trial_s=20)
echo "seed $SEED"
RANDOM=$SEED
SPAN=3000 # ms within which most installations end here; measured below
rows=0
steps=0
declare -A ends=()
declare -A killed=()

# column NAME: guest_note has it
column() {
    [ "$(sql "SELECT count(*) FROM pragma_table_info('guest_note') WHERE name = '$1'")" = 1 ]
}

# whole: what is installed belongs together; the version in $NOW
whole() {
    local steps files
    answers || fail "the manager does not answer"
    NOW=$(version guest)
    nothing_left
    is "the version in the list of packages" "$(jq -r '[.packages[] | select(.name == "guest") | .version][0] // ""' "$DATA/functions/active.json" 2>/dev/null || true)" "$NOW"
    is "the database" "$(sql 'PRAGMA integrity_check')" ok
    if [ -n "$NOW" ]; then
        is "its state" "$(jq -r '.items[] | select(.name == "guest") | .state' <<<"$ANSWER")" active
        [ -s "$DATA/functions/packages/guest/$NOW/guest.so" ] || fail "files of $NOW are not there"
        [ -s "$DATA/functions/packages/guest/$NOW.ppk" ] || fail "the package of $NOW is not there"
        steps=$(sql "SELECT count(*) FROM platen_migration WHERE component LIKE '%guest%'")
        is "rows" "$(sql 'SELECT count(*) FROM guest_note')" "$rows"
        if column place; then files=2; else files=1; fi
        is "steps beside columns" "$steps" "$files"
        [ "$NOW" != 1.1.0 ] || is "steps of 1.1.0" "$steps" 2
    elif has_table guest_note; then
        is "rows that were left" "$(sql 'SELECT count(*) FROM guest_note')" "$rows"
    fi
}

# forget: uploads of what did not come to be
forget() {
    local id
    want 200 GET /functions/uploads
    for id in $(jq -r '.items[].id' <<<"$ANSWER"); do want 204 DELETE "/functions/uploads/$id"; done
}

# prepare: the next thing to do, by what is installed; what it ends with in $WANTED
prepare() {
    case $NOW/$((RANDOM % 4)) in
    /*) ready first && WANTED=1.0.0 ;;
    1.0.0/0 | 1.0.0/1) ready second && WANTED=1.1.0 ;;
    1.1.0/0 | 1.1.0/1) WANTED=1.0.0 ;;
    1.0.0/2) ready bad && WANTED=1.0.0 ;; # fails when it is tried, and is put back
    *) WANTED= ;;
    esac
}

begin() {
    case $NOW/$WANTED in
    1.1.0/1.0.0) want 202 POST /functions/guest/rollback ;;
    ?*/) want 202 DELETE "/functions/guest?data=delete" ;;
    *) want 202 POST /functions/install "{\"uploads\":[\"$UPLOAD\"],\"accept_license\":true}" ;;
    esac
}

# How many of these calls an installation makes, in the order of guest/cut.c.
CALLS=(rename unlink mkdir fsync fdatasync)
MOST=(11 11 6 20 15)
export POWER_CUT=$WORK/cut
head -c 20 /dev/zero >"$POWER_CUT"

# aim: the process will be killed right before one of its calls to come
aim() {
    local n=$((RANDOM % ${#CALLS[@]}))
    STEP=$((1 + RANDOM % ${MOST[$n]}))
    CALL=${CALLS[$n]}
    printf "\\x$(printf %x "$STEP")" | dd of="$POWER_CUT" bs=1 seek=$((4 * n)) conv=notrunc status=none
}

# alive: the process is there, and no zombie
alive() {
    ! grep -Eqs '^State:[[:space:]]*Z' "/proc/$PLATEND/status" && kill -0 "$PLATEND" 2>/dev/null
}

# hit: until the process was killed there; where that call never comes it is killed at the end
hit() {
    HOW="at the end: no $CALL $STEP"
    for _ in $(seq 600); do
        alive && [ -e "$DATA/functions/journal.json" ] || break
        sleep 0.05
    done
    sleep 0.2
    if ! alive; then
        steps=$((steps + 1))
        HOW="before $CALL $STEP"
    fi
    kill -9 "$PLATEND" 2>/dev/null || true
    head -c 20 /dev/zero | dd of="$POWER_CUT" conv=notrunc status=none
}

# strike: the process is killed a random time after now
strike() {
    local ms=$((RANDOM % SPAN))
    sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
    kill -9 "$PLATEND"
}

# start: with what kills it on demand
start() {
    LD_PRELOAD=$BUILD/guest/cut.so ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 \
        start_platend "${OPTIONS[@]}"
}

# again: what the journal says, and the next start
again() {
    local state
    wait "$PLATEND" 2>/dev/null || true
    state=$(jq -r .state "$DATA/functions/journal.json" 2>/dev/null || echo none)
    killed[$state]=$((${killed[$state]:-0} + 1))
    [ -z "${POWER_CUT_TRACE:-}" ] || echo "$kill: ${NOW:-nothing} to ${WANTED:-nothing}, $HOW, the journal says $state"
    : >"$WORK/platend.out"
    sleep 0.1 # the kernel ends the child of one that was killed
    start
}

start
first_administrator
publisher
pack first guest 1.0.0
pack second guest 1.1.0 '{"downgrade":"1.0.0"}'
pack lacks-table guest 1.0.1
mv "$WORK/lacks-table.ppk" "$WORK/bad.ppk"
whole
ready first
start=$(date +%s%N)
install "$UPLOAD"
SPAN=$((($(date +%s%N) - start) * 5 / 4000000))
echo "an installation takes $((SPAN * 4 / 5)) ms; kills come within $SPAN ms"
whole
for kill in $(seq "$KILLS"); do
    from=$NOW
    if [ -n "$NOW" ]; then
        sql "INSERT INTO guest_note (text) VALUES ('$kill')"
        rows=$((rows + 1))
    fi
    prepare
    if [ $((kill % 2)) = 0 ]; then
        HOW="after a time"
        begin
        strike
    else
        aim
        (begin) 2>"$WORK/begin.err" || ! alive || fail "$(cat "$WORK/begin.err")"
        hit
    fi
    again
    settled
    [ "$(version guest)" = "" ] && [ -n "$from" ] && rows=0
    forget # one whose installation had not begun is ready still, unpacked, and listed
    whole
    case $NOW in
    "$from") ends[old]=$((${ends[old]:-0} + 1)) ;;
    "$WANTED") ends[new]=$((${ends[new]:-0} + 1)) ;;
    *) fail "kill $kill: '$from' was to become '$WANTED' and is '$NOW'" ;;
    esac
done
stop_platend
for state in "${!killed[@]}"; do echo "killed while the journal said $state: ${killed[$state]}"; done | sort
echo "power-cut: $KILLS kills, $steps of them before a call, ${ends[new]:-0} ended with the new version, ${ends[old]:-0} with the old one, $SECONDS s"
