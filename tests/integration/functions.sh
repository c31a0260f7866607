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

start_platend "${OPTIONS[@]}"
first_administrator
want 200 GET /functions # PRF-37
is "the first function" "$(jq -r '.items[0] | .name + " " + .kind + " " + (.deletable | tostring)' <<<"$ANSWER")" "platen core false"
is "a driver that came with Platen" "$(item printer-mib builtin)" true

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
upload "$WORK/first.ppk" "$(printf '%064d' 0)"
looked_at refused
is "a wrong sum" "$(jq -r .code <<<"$ANSWER")" digest
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
CASES
[ ! -e /tmp/guest-was-here ] || fail "a plugin wrote a file in its self-test"
want 200 GET /functions/history
[ "$(jq '[.items[] | select(.event == "refused")] | length' <<<"$ANSWER")" -ge 11 ] || fail "the history does not have the refused ones"
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
is "what changes" "$(jq -c '.changes | [.from, .to, .tables, .restart]' <<<"$ANSWER")" '[null,"1.0.0",["guest_note"],true]'

# ---- installing: PRF-40, PRF-42, PRF-45, PRF-46 ----
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

echo "functions: done in $SECONDS s"
