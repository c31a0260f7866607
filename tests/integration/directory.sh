#!/bin/bash
# Logging in by a real directory (OpenLDAP) and by real tickets (MIT Kerberos), through the daemon.
# ACC-10, ACC-20..35, PRF-11..14, SYS-69, SYS-70
# Usage: directory.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"
LDAP=$((PORT + 2)) LDAPS=$((PORT + 3)) KDC=$((PORT + 4)) MUTE=$((PORT + 5))
SLAPD_DIR=$WORK/slapd KDC_DIR=$WORK/kdc
BASE=dc=example,dc=org
URL=https://localhost:$PORT # the name that tickets are for
stop_servers() {
    "$HERE/slapd.sh" stop "$SLAPD_DIR" || true
    "$HERE/kdc.sh" stop "$KDC_DIR" || true
}
trap 'status=$?; set +e; stop_servers; (exit $status); finish' EXIT

for script in slapd kdc; do # what is not installed skips the test
    case $script in
    slapd) "$HERE/slapd.sh" start "$SLAPD_DIR" $LDAP $LDAPS || exit $? ;;
    kdc) "$HERE/kdc.sh" start "$KDC_DIR" $KDC localhost || exit $? ;;
    esac
done
command -v faketime >/dev/null || exit 77
# A server that takes connections and says nothing.
python3 -c '
import socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen(64)
time.sleep(100000)' $MUTE &
PIDS+=($!)

# Of Kerberos the manager needs the keytab and nothing else: no krb5.conf.
export KRB5_CONFIG=$WORK/none
start_platend --set agent.local=no
first_administrator

# ---- setting it up ----

# prefer JSON: changes the directory's preferences
prefer() {
    want 200 PATCH /preferences "{\"directory\":$1}"
}

# steps BODY: of a test, as "step:ok" words
steps() {
    want 200 POST /preferences/directory/test "$1"
    jq -r '[.steps[] | "\(.step):\(.ok)"] | join(" ")' <<<"$ANSWER"
}

# step_text NAME: of the last test
step_text() {
    jq -r --arg step "$1" '.steps[] | select(.step == $step) | .text' "$WORK/answer"
}

# login USER PASSWORD: without the token; sets STATUS and ANSWER, and the cookie in $WORK/jar
login() {
    local token=$TOKEN
    TOKEN=
    rm -f "$WORK/jar"
    call POST /login "$(jq -nc --arg u "$1" --arg p "$2" '{user:$u,password:$p}')" -c "$WORK/jar" >/dev/null
    ANSWER=$(cat "$WORK/answer")
    TOKEN=$token
}

# enters USER PASSWORD ROLE, refused USER PASSWORD [STATUS]
enters() {
    login "$1" "$2"
    [ "$STATUS" = 200 ] || fail "$1 is not let in: $STATUS $ANSWER"
    is "role of $1" "$(jq -r .user.role <<<"$ANSWER")" "$3"
}
refused() {
    login "$1" "$2"
    is "answer for $1" "$STATUS" "${3:-401}"
    [ ! -s "$WORK/jar" ] || ! grep -q platen_session "$WORK/jar" || fail "$1 has a session"
}

# me FILTER: of the session in the jar
me() {
    curl -sS --max-time 30 --cacert "$DATA/certs/ca.pem" -b "$WORK/jar" "$URL/api/v1/me" | jq -c "$1"
}

# seconds COMMAND...: how long it takes, whole seconds
seconds() {
    local from=$SECONDS
    "$@"
    TOOK=$((SECONDS - from))
}

# Nobody comes in by a directory that is not set up.
want 200 GET /login
is "directory offered" "$(jq -c '[.directory, .kerberos]' <<<"$ANSWER")" '[false,false]'
refused 'EXAMPLE\alice' alice-Secret-7
call POST /login/kerberos >/dev/null
is "single sign-on while it is off" "$STATUS" 409

north=$(want 201 POST /regions '{"name":"North","timezone":"Europe/Oslo","addresses":["10.1.0.0/16"],"suffixes":[]}'; jq -r .id "$WORK/answer")
south=$(want 201 POST /regions '{"name":"South","timezone":"Europe/Rome","addresses":["10.2.0.0/16"],"suffixes":[]}'; jq -r .id "$WORK/answer")

# What cannot be is refused at its place.
want 422 PATCH /preferences '{"directory":{"ca":"no certificate"}}'
is "pointer" "$(jq -r '.errors[0].pointer' <<<"$ANSWER")" /directory/ca
want 422 PATCH /preferences '{"directory":{"base":"no dn"}}'
want 422 PATCH /preferences '{"directory":{"keytab":"AAAA"}}'
want 422 PATCH /preferences '{"directory":{"functions":["everything"]}}'
want 422 PATCH /preferences '{"directory":{"servers":[{"address":"a b"}]}}'
want 422 PATCH /preferences '{"directory":{"timeout_s":0}}'
want 422 PATCH /preferences '{"directory":{"regions":[{"region":"999","groups":["x"]}]}}'

settings=$(jq -nc --arg ca "$(cat "$SLAPD_DIR/ca.pem")" --argjson port $LDAPS --arg base $BASE \
    --arg north "$north" --arg south "$south" '{
    enabled: true, servers: [{address: "127.0.0.1", port: $port}], security: "tls", ca: $ca,
    base: $base, domain: "EXAMPLE, example.org", bind_user: "cn=search,\($base)",
    bind_password: "search-Secret-7", timeout_s: 4,
    roles: {"system-manager": ["Printer Admins"], "device-manager": ["staff"], "user": ["posix-readers"]},
    functions: ["devices", "tasks"], regions_by_group: true,
    regions: [{region: $north, groups: ["North"]}, {region: $south, groups: ["Nobody here"]}]}')
prefer "$settings"
is "secrets" "$(jq -c '.directory | [.bind_password, .bind_password_set, .keytab, .keytab_set]' <<<"$ANSWER")" '[null,true,null,false]'
want 200 GET /audit-log?size=200
! grep -q search-Secret-7 "$WORK/answer" || fail "the audit log has the password"

is "steps" "$(steps '{"user":"EXAMPLE\\alice","password":"alice-Secret-7"}')" \
    "connect:true search:true base:true user:true password:true groups:true role:true regions:true"
is "role's step" "$(step_text role)" "device-manager by staff"
is "regions' step" "$(step_text regions)" "1 by groups"
is "steps" "$(steps '{"user":"alice","password":"wrong"}')" \
    "connect:true search:true base:true user:true password:false"
prefer '{"base":"dc=elsewhere"}'
is "wrong base" "$(steps '{}')" "connect:true search:true base:false"
prefer "{\"base\":\"$BASE\",\"bind_password\":\"wrong\"}"
is "wrong password" "$(steps '{}')" "connect:true search:false"
prefer "{\"bind_password\":\"search-Secret-7\"}"

# ---- passwords ----

enters 'EXAMPLE\alice' alice-Secret-7 device-manager
is "kind" "$(me .kind)" '"directory"'
is "name" "$(me .name)" '"EXAMPLE\\alice"'
is "mail" "$(me .email)" '"alice@example.org"'
is "functions" "$(me .functions)" '["devices","tasks"]'
is "regions" "$(me '[.all_regions, .regions]')" "[false,[\"$north\"]]"
alice=$(me .id)
enters 'example\ALICE' alice-Secret-7 device-manager
is "the same account" "$(me .id)" "$alice"
enters alice@example.org alice-Secret-7 device-manager
is "the same account" "$(me .id)" "$alice"
enters 'EXAMPLE\bob' bob-Secret-7 system-manager
is "all regions" "$(me .all_regions)" true
enters 'EXAMPLE\carol' carol-Secret-7 user
is "no regions" "$(me '[.all_regions, .regions]')" '[false,[]]' # ACC-33

refused 'EXAMPLE\alice' wrong
refused 'OTHER\alice' alice-Secret-7
refused 'alice@other.org' alice-Secret-7
refused 'EXAMPLE\nobody' alice-Secret-7
refused 'EXAMPLE\*' alice-Secret-7
login 'EXAMPLE\alice' ''
case $STATUS in 401 | 422) ;; *) fail "an empty password is answered with $STATUS" ;; esac

# No group with a role: no login, and the log says which groups were seen (ACC-24, ACC-30).
refused 'EXAMPLE\dave' dave-Secret-7
grep -q 'login refused user=dave.*seen: none' "$WORK/platend.log" || fail "the log does not tell of dave"
is "account for dave" "$(want 200 GET /users?size=200; jq '[.items[] | select(.name | test("dave"))] | length' "$WORK/answer")" 0

# A local user of the same name stays what it is.
want 201 POST /users '{"name":"alice","password":"Local-horse-7","email":"a@example.com","role":"user"}'
enters alice Local-horse-7 user
is "kind" "$(me .kind)" '"local"'
refused alice alice-Secret-7
enters 'EXAMPLE\alice' alice-Secret-7 device-manager
is "kind" "$(me .kind)" '"directory"'

# What the groups give now holds from the next login on.
prefer '{"roles":{"system-manager":[],"device-manager":[],"user":["Keepers"]}}'
enters 'EXAMPLE\alice' alice-Secret-7 user
prefer '{"roles":{"system-manager":[],"device-manager":[],"user":["Cooks"]}}'
refused 'EXAMPLE\alice' alice-Secret-7
grep -q 'login refused user=alice.*seen: .*Keepers' "$WORK/platend.log" || fail "the log does not tell alice's groups"
prefer "$settings"

# ---- servers that fail ----

prefer '{"ca":""}'
refused 'EXAMPLE\alice' alice-Secret-7 503
grep -q 'the certificate of 127.0.0.1:[0-9]* is refused' "$WORK/platend.log" || fail "the log does not tell of the certificate"
prefer "$settings"
prefer "{\"servers\":[{\"address\":\"127.0.0.1\",\"port\":$MUTE}]}"
seconds refused 'EXAMPLE\alice' alice-Secret-7 503
[ $TOOK -le 5 ] || fail "a server that says nothing holds a login for $TOOK s"
prefer "{\"servers\":[{\"address\":\"127.0.0.1\",\"port\":$MUTE},{\"address\":\"127.0.0.1\",\"port\":$LDAPS}]}"
seconds enters 'EXAMPLE\alice' alice-Secret-7 device-manager
[ $TOOK -le 4 ] || fail "the second server takes over after $TOOK s"
prefer "$settings"
"$HERE/slapd.sh" stop "$SLAPD_DIR"
refused 'EXAMPLE\alice' alice-Secret-7 503
enters alice Local-horse-7 user # local users do not need it
is "steps" "$(steps '{}')" "connect:false"
"$HERE/slapd.sh" start "$SLAPD_DIR" $LDAP $LDAPS
enters 'EXAMPLE\alice' alice-Secret-7 device-manager
prefer "{\"security\":\"starttls\",\"servers\":[{\"address\":\"127.0.0.1\",\"port\":$LDAP}]}"
enters 'EXAMPLE\alice' alice-Secret-7 device-manager
prefer "$settings"

# Somebody in ten thousand groups, with sanitizers in a few seconds.
prefer '{"timeout_s":60,"roles":{"system-manager":[],"device-manager":[],"user":["many-9999"]}}'
enters 'EXAMPLE\many' many-Secret-7 user
prefer "$settings"

# ---- tickets ----

export KRB5_CONFIG=$KDC_DIR/krb5.conf KRB5CCNAME=FILE:$WORK/tickets
TICKETS=$URL/api/v1/login/kerberos

# ticket_login [CURL OPTIONS]: as a browser does it; STATUS, ANSWER, the jar
ticket_login() {
    rm -f "$WORK/jar"
    STATUS=$(curl -sS --max-time 30 --cacert "$DATA/certs/ca.pem" -X POST -o "$WORK/answer" -D "$WORK/headers" \
        -w '%{http_code}' -c "$WORK/jar" "$@" "$TICKETS") || fail "no answer to a ticket"
    ANSWER=$(cat "$WORK/answer")
}

prefer "$(jq -nc --arg keytab "$(base64 "$KDC_DIR/service.keytab")" \
    '{kerberos: true, service_principal: "HTTP/localhost", keytab: $keytab}')"
is "keytab" "$(jq -c '.directory | [.keytab, .keytab_set]' <<<"$ANSWER")" '[null,true]'
want 200 GET /login
is "what is offered" "$(jq -c '[.directory, .kerberos]' <<<"$ANSWER")" '[true,true]'
is "steps" "$(steps '{}')" "connect:true search:true base:true keytab:true"
is "keytab's step" "$(step_text keytab)" HTTP/localhost@EXAMPLE.ORG

ticket_login
is "without a ticket" "$STATUS" 401
grep -qi '^WWW-Authenticate: Negotiate' "$WORK/headers" || fail "no ticket is asked for"

kinit alice <<<alice-Secret-7 >/dev/null
ticket_login --negotiate -u :
is "with a ticket" "$STATUS" 200
grep -qiE '^WWW-Authenticate: Negotiate [A-Za-z0-9+/=]{20,}' "$WORK/headers" || fail "the server does not prove itself"
is "account" "$(me .id)" "$alice"
is "role" "$(me .role)" '"device-manager"'
is "regions" "$(me .regions)" "[\"$north\"]"

# The same ticket again, taken from the wire.
ticket_login --negotiate -u : -v 2>"$WORK/wire"
is "with a ticket" "$STATUS" 200
sent=$(sed -nE 's/^> Authorization: (Negotiate [^ \r]+).*/\1/p' "$WORK/wire" | tail -n 1)
[ -n "$sent" ] || fail "curl shows no ticket"
ticket_login -H "Authorization: $sent"
is "the same ticket again" "$STATUS" 401
grep -qi replay "$WORK/answer" || fail "the answer does not tell of a replay: $ANSWER"
! grep -qi '^WWW-Authenticate: Negotiate' "$WORK/headers" || fail "a refused ticket is asked for again"

# A clock that is wrong.
ticket_login_late() {
    STATUS=$(faketime -f +20m curl -sS --max-time 30 --cacert "$DATA/certs/ca.pem" -X POST -o "$WORK/answer" \
        -w '%{http_code}' --negotiate -u : "$TICKETS") || fail "no answer to a late ticket"
}
ticket_login_late
is "a ticket of another time" "$STATUS" 401
grep -qi 'clock skew' "$WORK/answer" || fail "the answer does not tell of the clock: $(cat "$WORK/answer")"

# Who is in no group with a role, whom the directory does not know, who is no person.
kinit dave <<<dave-Secret-7 >/dev/null
ticket_login --negotiate -u :
is "dave's ticket" "$STATUS" 401
kinit nobody <<<nobody-Secret-7 >/dev/null
ticket_login --negotiate -u :
is "a ticket of somebody whom the directory does not know" "$STATUS" 401
kinit alice/admin <<<alice-Secret-7 >/dev/null
ticket_login --negotiate -u :
is "a ticket of no person" "$STATUS" 401

# A real browser, where the build has pages: it gives tickets to the addresses that it is told.
if [ -f "$BUILD/web/index.html" ] && [ -d "$HERE/../browser/node_modules" ]; then
    kinit alice <<<alice-Secret-7 >/dev/null
    node "$HERE/../browser/single-sign-on.mjs" "https://localhost:$PORT" 'EXAMPLE\alice' || fail "single sign-on in a browser"
fi

# Another key, other ways, a ticket of the size that domains give, and rubbish.
kinit alice <<<alice-Secret-7 >/dev/null
prefer "$(jq -nc --arg keytab "$(base64 "$KDC_DIR/stranger.keytab")" '{keytab: $keytab}')"
ticket_login --negotiate -u :
is "a ticket for another key" "$STATUS" 401
prefer "$(jq -nc --arg keytab "$(base64 "$KDC_DIR/wrong.keytab")" '{keytab: $keytab}')"
ticket_login --negotiate -u :
is "a keytab of another service" "$STATUS" 503
is "steps" "$(steps '{}')" "connect:true search:true base:true keytab:false"
prefer "$(jq -nc --arg keytab "$(base64 "$KDC_DIR/service.keytab")" '{keytab: $keytab}')"
ticket_login -H "Authorization: Negotiate $(printf 'NTLMSSP\0\1' | base64)"
is "NTLM" "$STATUS" 401
grep -q NTLM "$WORK/answer" || fail "the answer does not tell of NTLM: $ANSWER"
printf 'Authorization: Negotiate %s' "$(head -c 48000 /dev/urandom | base64 -w 0)" >"$WORK/big"
ticket_login -H "@$WORK/big"
is "48,000 bytes of rubbish" "$STATUS" 401
ticket_login -H 'Authorization: Negotiate ???'
is "no base64" "$STATUS" 401
ticket_login --negotiate -u : -H 'Sec-Fetch-Site: cross-site'
is "from another site" "$STATUS" 403
ticket_login --negotiate -u :
is "with a ticket" "$STATUS" 200

# A replay is one after a restart, too; the keytab is nowhere on the disk.
ticket_login --negotiate -u : -v 2>"$WORK/wire"
sent=$(sed -nE 's/^> Authorization: (Negotiate [^ \r]+).*/\1/p' "$WORK/wire" | tail -n 1)
kill "$PLATEND"
wait "$PLATEND" || fail "platend ends with $?"
: >"$WORK/platend.out"
KRB5_CONFIG=$WORK/none start_platend --set agent.local=no
ticket_login -H "Authorization: $sent"
is "the same ticket after a restart" "$STATUS" 401
is "mode of the replay cache" "$(stat -c %a "$DATA/kerberos.replay")" 600
python3 - "$KDC_DIR/service.keytab" "$DATA" <<'SEARCH' || fail "the keytab is in the data folder"
import base64, pathlib, sys
keytab = pathlib.Path(sys.argv[1]).read_bytes()
signs = [keytab[-40:-8], base64.b64encode(keytab)[30:60]]
for path in pathlib.Path(sys.argv[2]).rglob("*"):
    if path.is_file() and any(sign in path.read_bytes() for sign in signs):
        sys.exit(str(path))
SEARCH
! grep -q 'Secret-7' "$WORK/platend.log" || fail "the log has a password"

# Stopping does not wait for a directory that says nothing.
prefer "{\"timeout_s\":60,\"servers\":[{\"address\":\"127.0.0.1\",\"port\":$MUTE}]}"
(curl -sS --max-time 60 --cacert "$DATA/certs/ca.pem" -H 'Content-Type: application/json' -o /dev/null \
    --data '{"user":"EXAMPLE\\alice","password":"x"}' "$URL/api/v1/login" 2>/dev/null || true) &
sleep 1
from=$SECONDS
kill "$PLATEND"
wait "$PLATEND" || fail "platend ends with $?"
[ $((SECONDS - from)) -le 15 ] || fail "stopping takes $((SECONDS - from)) s"
echo "directory: passwords, tickets, servers that fail"
