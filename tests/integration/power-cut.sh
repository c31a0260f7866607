#!/bin/bash
# The manager is killed with SIGKILL at random moments of installations, upgrades, roll-backs and
# removals. After each start it has the old version or the new one, whole: list, files, tables,
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

# begin: the next thing to do, by what is installed; what it ends with in $WANTED
begin() {
    case $NOW/$((RANDOM % 3)) in
    /*) ready first && WANTED=1.0.0 ;;
    1.0.0/0 | 1.0.0/1) ready second && WANTED=1.1.0 ;;
    1.1.0/0 | 1.1.0/1) WANTED=1.0.0 ;;
    *) WANTED= ;;
    esac
    case $NOW/$WANTED in
    1.1.0/1.0.0) want 202 POST /functions/guest/rollback ;;
    ?*/) want 202 DELETE "/functions/guest?data=delete" ;;
    *) want 202 POST /functions/install "{\"uploads\":[\"$UPLOAD\"],\"accept_license\":true}" ;;
    esac
}

# strike: the process is killed a random time after now
strike() {
    local ms=$((RANDOM % SPAN)) state
    sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
    state=$(jq -r .state "$DATA/functions/journal.json" 2>/dev/null || echo none)
    kill -9 "$PLATEND"
    wait "$PLATEND" 2>/dev/null || true
    killed[$state]=$((${killed[$state]:-0} + 1))
    : >"$WORK/platend.out"
    sleep 0.1 # the kernel ends the child of one that was killed
    start_platend "${OPTIONS[@]}"
}

start_platend "${OPTIONS[@]}"
first_administrator
publisher
pack first guest 1.0.0
pack second guest 1.1.0 '{"downgrade":"1.0.0"}'
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
    begin
    strike
    settled
    [ "$(version guest)" = "" ] && [ -n "$from" ] && rows=0
    whole
    case $NOW in
    "$WANTED") ends[new]=$((${ends[new]:-0} + 1)) ;;
    "$from") ends[old]=$((${ends[old]:-0} + 1)) ;;
    *) fail "kill $kill: '$from' was to become '$WANTED' and is '$NOW'" ;;
    esac
    forget
done
stop_platend
for state in "${!killed[@]}"; do echo "killed while the journal said $state: ${killed[$state]}"; done | sort
echo "power-cut: $KILLS kills, ${ends[new]:-0} ended with the new version, ${ends[old]:-0} with the old one, $SECONDS s"
