#!/bin/bash
# Functions are installed, upgraded, downgraded, rolled back and removed; what is wrong is refused or
# put back with the reason. PRF-36 to PRF-51, SYS-124 to SYS-132. Usage: functions.sh BUILD [postgres]
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/function-lib.sh"
OPTIONS=(--set agent.local=no --set functions.trial_s=10)

if [ "${2:-sqlite}" = postgres ]; then
    POSTGRES_DIR=$WORK/postgres
    DATABASE=$("$HERE/postgres.sh" start "$POSTGRES_DIR")
    OPTIONS+=(--set "store.url=$DATABASE")
fi

# item NAME MEMBER: of the list of functions
item() {
    answers || fail "the manager does not answer"
    jq -r --arg name "$1" ".items[] | select(.name == \$name) | .$2" <<<"$ANSWER"
}
client() { PLATEN_URL=$URL PLATEN_TOKEN=$TOKEN PLATEN_CA=$DATA/certs/ca.pem "$BUILD/platen" "$@"; }

start_platend "${OPTIONS[@]}"
first_administrator
want 200 GET /functions # PRF-37
is "the first function" "$(jq -r '.items[0] | .name + " " + .kind + " " + (.deletable | tostring)' <<<"$ANSWER")" "platen core false"
is "a driver that came with Platen" "$(item printer-mib builtin)" true

want 200 GET /system # PRF-39, SYS-172
is "the ports in the diagnosis" "$(jq -c '.diagnosis.http' <<<"$ANSWER")" "{\"ok\":true,\"text\":\"port $PORT\"}"
is "what else is looked at" "$(jq -c '[.diagnosis | to_entries[] | select(.value.ok) | .key] | sort' <<<"$ANSWER")" \
    '["audit","certificate","database","disk","http","notify","store"]'

# ---- whose packages are taken: PRF-43 ----
openssl genpkey -algorithm ed25519 -out "$WORK/key.pem" 2>/dev/null
pack first guest 1.0.0
refused_as first unknown-publisher 'publisher|key'
publisher
want 200 GET /publishers
is "publishers" "$(jq -r '.items[0].name' <<<"$ANSWER")" "Test works"
pack first guest 1.0.0 '{}' unsigned
refused_as first unsigned 'sign'

# ---- packages that are refused, and why ----
pack first guest 1.0.0
head -c 3000 "$WORK/first.ppk" >"$WORK/cut.ppk"
upload "$WORK/cut.ppk"
looked_at refused
want 204 DELETE "/functions/uploads/$UPLOAD"
upload "$WORK/first.ppk" "$(printf '%064d' 0)"
looked_at refused
is "a wrong sum" "$(jq -r .code <<<"$ANSWER")" digest
want 204 DELETE "/functions/uploads/$UPLOAD"
pack first guest 9.9.9
refused_as first manifest '9\.9\.9.*1\.0\.0'
while read -r case code pattern; do
    pack "$case" guest 1.4.0
    refused_as "$case" "$code" "$pattern"
done <<'CASES'
crashes self-test-crash SIGSEGV
hangs self-test-timeout 10
forks self-test-process process
prints self-test-prints hello
handles self-test-signals handler
exits self-test-exit status
fails self-test-load mind
writes self-test-load write
calls-out self-test-load network
CASES
[ ! -e /tmp/guest-was-here ] || fail "a plugin wrote a file in its self-test"
want 200 GET /functions/history
[ "$(jq '[.items[] | select(.event == "refused")] | length' <<<"$ANSWER")" -ge 12 ] || fail "the history does not have the refused ones"
is "functions after all of that" "$(version guest)" ""

# ---- an upload in pieces, and what is wrong with them ----
pack first guest 1.0.0
size=$(stat -c %s "$WORK/first.ppk")
want 201 POST /functions/uploads "{\"file_name\":\"first.ppk\",\"size\":$size}"
UPLOAD=$(jq -r .id <<<"$ANSWER")
octets=(-H 'Content-Type: application/octet-stream' --data-binary @"$WORK/first.ppk")
want 409 PUT "/functions/uploads/$UPLOAD?offset=5" "" "${octets[@]}"
want 422 PUT "/functions/uploads/$UPLOAD" "" "${octets[@]}"
want 415 PUT "/functions/uploads/$UPLOAD?offset=0" "" -H 'Content-Type: text/plain' --data-binary x
want 404 PUT "/functions/uploads/$(printf '%032d' 0)?offset=0" "" "${octets[@]}"
want 404 PUT "/functions/uploads/..%2F..%2Fplaten?offset=0" "" "${octets[@]}"
want 409 POST /functions/install "{\"uploads\":[\"$UPLOAD\"],\"accept_license\":true}"
is "why it is not installed" "$(jq -r '.errors[0].code' <<<"$ANSWER")" not-ready
want 200 PUT "/functions/uploads/$UPLOAD?offset=0" "" "${octets[@]}"
is "received" "$(jq -r .received <<<"$ANSWER")" "$size"
looked_at ready
is "the licence" "$(jq -r .license <<<"$ANSWER")" "All rights reserved."
is "what changes" "$(jq -c '.changes | [.from, .to, .tables, .restart, .migrations]' <<<"$ANSWER")" \
    '[null,"1.0.0",["guest_note"],true,[{"number":1,"name":"notes"}]]'
want 204 DELETE "/functions/uploads/$UPLOAD"
# And by the client, which goes on with what broke off: the same file, not one of the same name and size
want 201 POST /functions/uploads "{\"file_name\":\"first.ppk\",\"size\":$size,\"sha256\":\"$(printf '%064d' 0)\"}"
other=$(jq -r .id <<<"$ANSWER")
want 201 POST /functions/uploads "{\"file_name\":\"first.ppk\",\"size\":$size,\"sha256\":\"$(sha256sum <"$WORK/first.ppk" | cut -d' ' -f1)\"}"
begun=$(jq -r .id <<<"$ANSWER")
head -c 2000 "$WORK/first.ppk" >"$WORK/piece"
want 200 PUT "/functions/uploads/$begun?offset=0" "" -H 'Content-Type: application/octet-stream' --data-binary "@$WORK/piece"
client function upload "$WORK/first.ppk" >"$WORK/said"
is "the upload that the client goes on with" "$(sed -n 's/^Id  *//p' "$WORK/said")" "$begun"
want 200 GET "/functions/uploads/$other"
is "the one of another file" "$(jq -r '.state + " " + (.received | tostring)' <<<"$ANSWER")" "uploading 0"
want 204 DELETE "/functions/uploads/$other"
sed '1,/^What will change/d' "$WORK/said" | tr -s ' ' | tr '\n' '|' | grep -qi '^To 1.0.0|Tables guest_note|Restart yes|Agents no|.*1 notes|' || fail "the client says $(cat "$WORK/said")"
UPLOAD=$(sed -n 's/^Id  *//p' "$WORK/said")
want 204 DELETE "/functions/uploads/$UPLOAD"

# ---- a new version whose table is not what it says: put back, and nothing of it stays ----
pack lacks-table guest 1.0.1
ready lacks-table
install "$UPLOAD"
is "the version after a trial that failed" "$(version guest)" ""
is "its event" "$(newest guest event)" rolled-back
is "its code" "$(newest guest code)" trial-plugin
! has_table guest_other || fail "a table of the version that was put back is there"
want 200 GET "/functions/uploads/$UPLOAD"
is "the upload" "$(jq -r '.state + " " + .code' <<<"$ANSWER")" "refused trial-plugin"
want 204 DELETE "/functions/uploads/$UPLOAD"

# ---- installing: PRF-40, PRF-42, PRF-45, PRF-46 ----
ready first
want 422 POST /functions/install "{\"uploads\":[\"$UPLOAD\"],\"accept_license\":false}" # PRF-48
before=$PLATEND
install "$UPLOAD"
is "the installed version" "$(version guest)" 1.0.0
is "its state" "$(item guest state)" active
is "deletable" "$(item guest deletable)" true
is "its event" "$(newest guest event)" installed
is "by whom" "$(newest guest by)" Administrator
kill -0 "$before" || fail "the process is another one"
has_table guest_note || fail "its table is not there"
nothing_left
want 200 GET /functions/uploads
is "uploads that are left" "$(jq .total <<<"$ANSWER")" 0
refused_as first same-version installed

# ---- a migration that fails on the data that is there ----
sql "INSERT INTO guest_note (text) VALUES ('twice'), ('twice')"
pack migrates-wrongly guest 1.2.0
ready migrates-wrongly
install "$UPLOAD"
is "the version behind a failing migration" "$(version guest)" 1.0.0
is "its code" "$(newest guest code)" trial-plugin
newest guest text | grep -iq unique || fail "the history says '$(newest guest text)'"
is "rows" "$(sql "SELECT count(*) FROM guest_note")" 2
is "steps" "$(sql "SELECT count(*) FROM platen_migration WHERE component LIKE '%guest%'")" 1
is "tables of Platen" "$(sql "SELECT count(*) FROM user_account WHERE name = 'Administrator'")" 1
nothing_left

# ---- an upgrade, and back: PRF-50, SYS-124 ----
pack second guest 1.1.0 '{"downgrade":"1.0.0"}'
ready second
is "what changes with it" "$(jq -c '.changes | [.from, .migrations]' <<<"$ANSWER")" '["1.0.0",[{"number":2,"name":"places"}]]'
install "$UPLOAD"
is "the upgraded version" "$(version guest)" 1.1.0
is "the one before" "$(item guest previous)" 1.0.0
sql "INSERT INTO guest_note (text, place) VALUES ('new', 'here')"
want 202 POST /functions/guest/rollback
settled
is "the version that was rolled back to" "$(version guest)" 1.0.0
is "its state with newer data" "$(item guest state)" active
is "rows, with the new one" "$(sql "SELECT count(*) FROM guest_note")" 3
want 409 POST /functions/guest/rollback
is "why not further" "$(jq -r '.errors[0].code' <<<"$ANSWER")" no-previous

# ---- a version that hangs only where it counts; the process is killed in the middle of it ----
pack hangs-later guest 1.3.0
ready hangs-later
want 202 POST /functions/install "{\"uploads\":[\"$UPLOAD\"],\"accept_license\":true}"
for _ in $(seq 100); do
    grep -q '"checking"' "$DATA/functions/journal.json" 2>/dev/null && break
    sleep 0.1
done
kill -9 "$PLATEND"
wait "$PLATEND" 2>/dev/null || true
: >"$WORK/platend.out"
start_platend "${OPTIONS[@]}"
settled
is "the version behind one that hangs" "$(version guest)" 1.0.0
is "its code" "$(newest guest code)" trial-timeout
want 200 GET /functions/history
is "lines of it in the history" "$(jq '[.items[] | select(.name == "guest" and .to == "1.3.0" and .event == "rolled-back")] | length' <<<"$ANSWER")" 1
nothing_left

# ---- no way back: downgrades that the data does not allow ----
pack third guest 2.0.0
ready third
install "$UPLOAD"
is "the newest version" "$(version guest)" 2.0.0
want 409 POST /functions/guest/rollback
is "why not" "$(jq -r '.errors[0].code' <<<"$ANSWER")" downgrade
refused_as second downgrade 2.0.0

# ---- several at once, in the order of what needs what; what is needed stays ----
want 202 DELETE "/functions/guest?data=delete"
settled
is "the removed function" "$(version guest)" "" # PRF-51
! has_table guest_note || fail "its table is still there"
is "its steps" "$(sql "SELECT count(*) FROM platen_migration WHERE component LIKE '%guest%'")" 0
is "its event" "$(newest guest event)" removed
[ ! -e "$DATA/functions/packages/guest" ] || fail "its files are still there"
pack first guest 1.0.0
pack friend friend 1.0.0 '{"tables":["friend_note"],"needs":[{"name":"guest","version":"1.0.0"}]}'
ready friend
friend=$UPLOAD
want 409 POST /functions/install "{\"uploads\":[\"$friend\"],\"accept_license\":true}"
is "why not alone" "$(jq -r '.errors[0].code' <<<"$ANSWER")" needs
ready first
install "$friend" "$UPLOAD"
is "both" "$(version guest) $(version friend)" "1.0.0 1.0.0"
is "their order" "$(jq -r '[.packages[].name] | join(" ")' "$DATA/functions/active.json")" "guest friend"
want 409 DELETE /functions/guest
is "why it stays" "$(jq -r '.errors[0].code' <<<"$ANSWER")" needs
stop_platend # the same answer where no manager runs
if "$BUILD/platend" --data "$DATA" "${OPTIONS[@]}" admin function remove guest >"$WORK/said" 2>&1; then
    fail "platend admin removes what another function needs"
fi
grep -q "'friend' 1.0.0 needs 'guest' 1.0.0" "$WORK/said" || fail "platend admin says '$(cat "$WORK/said")'"
[ ! -e "$DATA/functions/journal.json" ] || fail "platend admin has written a journal"
start_platend "${OPTIONS[@]}"
want 404 DELETE /functions/platen # it is no package here
want 404 DELETE /functions/nobody
sql "INSERT INTO friend_note (text) VALUES ('kept')"
want 202 DELETE /functions/friend
settled
is "data of a removed function" "$(sql "SELECT text FROM friend_note")" kept

# ---- tasks that are under way: PRF-47, SYS-125 ----
# An agent that has taken a job and is not heard of: its lease is what counts.
want 201 POST /agents '{"name":"far"}'
agent=$(jq -r .id <<<"$ANSWER")
want 201 POST /tasks "{\"kind\":\"device.discover\",\"name\":\"long search\",\"schedule\":{\"when\":\"now\"},\"targets\":{\"agents\":[\"$agent\"]}}"
run=$(jq -r .run <<<"$ANSWER")
sql "UPDATE job SET state = 'leased', lease_until = $((($(date +%s) + 600) * 1000)) WHERE run_id = $run"
pack friend friend 1.0.0 '{"tables":["friend_note"]}'
ready friend
want 409 POST /functions/install "{\"uploads\":[\"$UPLOAD\"],\"accept_license\":true}"
is "what is under way" "$(jq -r '.errors[0] | .code + " " + .pointer + " " + .detail' <<<"$ANSWER")" "busy /runs/$run long search"
want 202 POST /functions/install "{\"uploads\":[\"$UPLOAD\"],\"accept_license\":true,\"when_busy\":\"wait\"}"
is "the state of one that waits" "$(jq -r .installation.state <<<"$ANSWER")" waiting
want 409 DELETE /functions/guest
is "two at once" "$(jq -r '.errors[0].code' <<<"$ANSWER")" under-way
# Cancelled, after a restart of the manager while it waits
stop_platend
start_platend "${OPTIONS[@]}"
want 200 GET /functions
is "the state of one that waits, after a restart" "$(jq -r '.installation | .state + " " + (.functions | join(" "))' <<<"$ANSWER")" "waiting friend"
want 200 GET "/functions/uploads/$UPLOAD"
is "its upload" "$(jq -r .state <<<"$ANSWER")" installing
want 204 POST /functions/cancel
want 200 GET /functions
is "the installation behind the cancel" "$(jq -r .installation <<<"$ANSWER")" null
want 200 GET "/functions/uploads/$UPLOAD"
is "the upload behind the cancel" "$(jq -r .state <<<"$ANSWER")" ready
is "its event" "$(newest friend event)" cancelled
is "by whom" "$(newest friend by)" Administrator
[ ! -e "$DATA/functions/journal.json" ] || fail "the journal is still there"
want 409 POST /functions/cancel
is "a second time" "$(jq -r '.errors[0].code' <<<"$ANSWER")" not-waiting
# By the client, which hears of a cancel, too
client function install "$UPLOAD" --accept-license --when-busy-wait >"$WORK/said" 2>&1 &
waiter=$!
for _ in $(seq 300); do
    answers && [ "$(jq -r .installation.state <<<"$ANSWER")" != waiting ] || break
    sleep 0.1
done
client function cancel
! wait "$waiter" || fail "the client that waited says '$(cat "$WORK/said")'"
grep -q "'Administrator' has cancelled it" "$WORK/said" || fail "the client that waited says '$(cat "$WORK/said")'"
! client function cancel 2>"$WORK/said" || fail "a cancel of nothing is taken"
grep -q "no installation waits" "$WORK/said" || fail "a cancel of nothing says '$(cat "$WORK/said")'"
# Behind that what waits begins
want 202 POST /functions/install "{\"uploads\":[\"$UPLOAD\"],\"accept_license\":true,\"when_busy\":\"wait\"}"
sql "UPDATE job SET state = 'done' WHERE run_id = $run"
settled 120
is "installed behind the search" "$(version friend)" 1.0.0
is "its data from before" "$(sql "SELECT text FROM friend_note")" kept

# ---- a revoked publisher ----
want 204 DELETE "/publishers/$PUBLISHER"
want 200 GET /publishers
is "its state" "$(jq -r '.items[] | select(.name == "Test works") | .state' <<<"$ANSWER")" revoked
pack second guest 1.1.0
refused_as second publisher-revoked revoked

# ---- a publisher whose time ends ----
openssl genpkey -algorithm ed25519 -out "$WORK/key.pem" 2>/dev/null
openssl pkey -in "$WORK/key.pem" -pubout -out "$WORK/public.pem"
# trusted_until SECONDS: the body of a publisher whose time ends so long from now
trusted_until() {
    jq -nc --rawfile key "$WORK/public.pem" --arg until "$(date -u -d "$1 seconds" +%FT%TZ)" '{name:"Short works",key:$key,expires:$until}'
}
want 422 POST /publishers "$(trusted_until -5)"
is "a time that has passed" "$(jq -r '.errors[0] | .pointer + " " + .code' <<<"$ANSWER")" "/expires range"
want 201 POST /publishers "$(trusted_until 8)"
is "the state of a new one" "$(jq -r .state <<<"$ANSWER")" trusted
until=$(jq -r .expires <<<"$ANSWER")
pack second guest 1.1.0
for _ in $(seq 300); do
    want 200 GET /publishers
    [ "$(jq -r '.items[] | select(.name == "Short works") | .state' <<<"$ANSWER")" = trusted ] || break
    sleep 0.1
done
refused_as second publisher-expired "ended at $until, now it is 20"
is "what was installed" "$(version guest) $(version friend)" "1.0.0 1.0.0"

# ---- packages without a signature, where the configuration file says so; a signature counts all the same ----
stop_platend
start_platend "${OPTIONS[@]}" --set functions.allow_unsigned=yes
pack second guest 1.1.0
refused_as second publisher-expired ended
pack second guest 1.1.0 '{"downgrade":"1.0.0"}' unsigned
ready second
is "whether it is signed" "$(jq -r .signed <<<"$ANSWER")" false
install "$UPLOAD"
is "the version without a signature" "$(version guest)" 1.1.0
stop_platend
start_platend "${OPTIONS[@]}"

# ---- who added and who revoked ----
want 200 GET '/audit-log?f=category:eq:publishers'
is "entries of publishers" "$(jq -c '[.items[] | .action + " " + .object_name + " " + .user_name + " " + .result]' <<<"$ANSWER")" \
    '["publishers.create Short works Administrator success","publishers.create Short works Administrator inval","publishers.delete Test works Administrator success","publishers.create Test works Administrator success"]'
stop_platend
echo "functions: done in $SECONDS s"
