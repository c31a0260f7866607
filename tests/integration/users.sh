#!/bin/bash
# Accounts through the real daemon: brute force, lockout over a restart, stolen cookies, tokens whose
# owner has less, reset keys, second factor, automatic logout.
# Usage: users.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"

# login NAME PASSWORD [CODE] [curl options]: the cookie in $JAR-NAME, the CSRF token in $CSRF
JAR=$WORK/jar
login() {
    local name=$1 password=$2 code=${3:-}
    shift $(($# > 2 ? 3 : 2))
    local body
    body=$(jq -cn --arg u "$name" --arg p "$password" --arg c "$code" \
        '{user: $u, password: $p} + (if $c == "" then {} else {code: $c} end)')
    TOKEN='' call POST /login "$body" -c "$JAR-$name" "$@" >/dev/null
    ANSWER=$(cat "$WORK/answer")
    CSRF=$(jq -r '.csrf // empty' <<<"$ANSWER")
}

# as NAME METHOD PATH [BODY]: with the cookie of NAME; the status in $STATUS
as() {
    local name=$1
    shift
    TOKEN='' call "$1" "$2" "${3:-}" -b "$JAR-$name" -H "X-CSRF-Token: $CSRF" "${@:4}" >/dev/null
    ANSWER=$(cat "$WORK/answer")
}

# expect STATUS WHAT
expect() {
    [ "$STATUS" = "$1" ] || fail "$2: $STATUS, not $1: $(cat "$WORK/answer")"
}

restart() {
    kill "$PLATEND"
    wait "$PLATEND" 2>/dev/null || true
    : >"$WORK/platend.out"
    start_platend
}

start_platend
first_administrator
ADMIN=$TOKEN

# --- accounts (ACC-61 to ACC-66) ---
want 201 POST /users '{"name":"anna","password":"Battery-staple-8","email":"anna@example.com","role":"device-manager","functions":["devices","tasks"]}'
ANNA=$(jq -r .id <<<"$ANSWER")
want 200 GET '/users?f=name:eq:anna'
is "users found" "$(jq -r .total <<<"$ANSWER")" 1
want 409 POST /users '{"name":"Anna","password":"Battery-staple-8","role":"user"}'

# --- ACC-38, ACC-39, ACC-41: guessing locks, also over kill -9; a right password does not open ---
for _ in 1 2 3 4 5; do
    login anna Wrong-pass-1
    expect 401 "a wrong password"
done
is "its code" "$(jq -r .code <<<"$ANSWER")" unauthenticated
nobody=$(TOKEN='' call POST /login '{"user":"nobody","password":"Wrong-pass-1"}' | jq -r .detail)
is "the text for nobody and for a wrong password" "$nobody" "$(jq -r .detail <<<"$ANSWER")"
kill -9 "$PLATEND"
wait "$PLATEND" 2>/dev/null || true
: >"$WORK/platend.out"
start_platend
login anna Battery-staple-8
expect 401 "a locked account after kill -9"
want 200 GET "/users/$ANNA"
[ "$(jq -r .locked_until <<<"$ANSWER")" != null ] || fail "the account is not shown as locked"
want 204 POST "/users/$ANNA/unlock"
login anna Battery-staple-8
expect 200 "an unlocked account"

# --- a stolen cookie is worthless after logout; a login makes a new one ---
cp "$JAR-anna" "$JAR-stolen"
before=$(awk '/platen_session/ { print $7 }' "$JAR-anna")
login anna Battery-staple-8 '' -b "$JAR-anna"
[ "$(awk '/platen_session/ { print $7 }' "$JAR-anna")" != "$before" ] || fail "the login kept the cookie"
as stolen GET /me
expect 401 "the cookie of before the login"
cp "$JAR-anna" "$JAR-stolen"
as anna GET /me
expect 200 "the own data"
as anna POST /logout
expect 204 "logout"
as stolen GET /me
expect 401 "the cookie of before the logout"

# --- changes need the CSRF token; other sites are refused ---
login anna Battery-staple-8
TOKEN='' call PATCH /me '{"preferences":{"x":1}}' -b "$JAR-anna" >/dev/null
expect 403 "a change without the CSRF token"
as anna PATCH /me '{"preferences":{"x":1}}' -H 'Sec-Fetch-Site: cross-site'
expect 403 "a change from another site"

# --- a token never has more than its owner has at the moment ---
as anna POST /tokens '{"name":"up","role":"system-manager"}'
expect 403 "a token with more"
as anna POST /tokens '{"name":"t","role":"device-manager","functions":["devices"]}'
expect 201 "a token"
NARROW=$(jq -r .token <<<"$ANSWER")
TOKEN=$NARROW call GET /devices >/dev/null
expect 200 "devices with the token"
TOKEN=$NARROW call GET /tasks >/dev/null
expect 403 "tasks with a token for devices"
want 200 PATCH "/users/$ANNA" '{"functions":["tasks"]}'
TOKEN=$NARROW call GET /devices >/dev/null
expect 403 "devices when the owner has lost them"
as anna GET /devices
expect 403 "devices in the session when they are lost"
want 200 PATCH "/users/$ANNA" '{"role":"user"}'
TOKEN=$NARROW call GET /me >/dev/null
is "the token's role" "$(jq -r .role "$WORK/answer")" user

# --- sessions are listed and ended ---
login anna Battery-staple-8
as anna GET /me/sessions
other=$(jq -r '[.items[] | select(.current | not)][0].id' <<<"$ANSWER")
as anna DELETE "/me/sessions/$other"
expect 204 "ending another session"
want 200 GET "/users/$ANNA/sessions"
want 204 DELETE "/users/$ANNA/sessions"
as anna GET /me
expect 401 "a session that was ended by a system manager"

# --- the second factor ---
login anna Battery-staple-8
as anna POST /me/second-factor '{"password":"Battery-staple-8"}'
expect 200 "a new secret"
SECRET=$(jq -r .secret <<<"$ANSWER")
URI=$(jq -r .uri <<<"$ANSWER")
jq -r .qr <<<"$ANSWER" >"$WORK/qr.svg"
# The picture, drawn by what its path says, read by somebody else's eyes.
python3 - "$WORK/qr.svg" "$WORK/qr.pgm" <<'PYTHON'
import re, sys
svg = open(sys.argv[1], encoding="utf-8").read()
size, scale = int(re.search(r'viewBox="0 0 (\d+)', svg).group(1)), 6
rows = [[255] * size for _ in range(size)]
for x, y, w in re.findall(r'M(\d+) (\d+)h(\d+)v1', svg.split('fill="#000"')[1]):
    rows[int(y)][int(x):int(x) + int(w)] = [0] * int(w)
with open(sys.argv[2], "wb") as out:
    out.write(b"P5 %d %d 255\n" % (size * scale, size * scale))
    for row in rows:
        out.write(bytes(value for value in row for _ in range(scale)) * scale)
PYTHON
is "what the picture says" "$(zbarimg -q --raw "$WORK/qr.pgm" 2>/dev/null)" "$URI"
code() { oathtool --totp --base32 "$SECRET" --now "$(date -d "$1" --iso-8601=seconds)"; }
fresh_step() { while [ $(($(date +%s) % 30)) -gt 15 ]; do sleep 1; done; }
fresh_step
as anna PUT /me/second-factor "{\"code\":\"$(code -60sec | tr 0-9 1-90)\"}"
expect 422 "a wrong code"
as anna PUT /me/second-factor "{\"code\":\"$(code -30sec)\"}"
expect 200 "the code of the step before"
RECOVERY=$(jq -r '.recovery_codes[0]' <<<"$ANSWER")
is "recovery codes" "$(jq '.recovery_codes | length' <<<"$ANSWER")" 10
login anna Battery-staple-8
expect 401 "a login without the code"
is "its code" "$(jq -r .code <<<"$ANSWER")" second-factor-required
now=$(code now)
login anna Battery-staple-8 "$now"
expect 200 "a login with the code"
login anna Battery-staple-8 "$now"
expect 401 "the same code again"
login anna Battery-staple-8 "$RECOVERY"
expect 200 "a recovery code"
login anna Battery-staple-8 "$RECOVERY"
expect 401 "the same recovery code again"
grep -q "$SECRET" "$DATA/platen.db" && fail "the secret stands in the database"
restart
login anna Battery-staple-8
is "the second factor after a restart" "$(jq -r .code <<<"$ANSWER")" second-factor-required
want 204 DELETE "/users/$ANNA/second-factor"
login anna Battery-staple-8
expect 200 "a login without the second factor"

# --- ACC-15 to ACC-19: a forgotten password; the key comes by mail and works once ---
want 200 GET /login
is "reset offered without a mail server" "$(jq -r .reset <<<"$ANSWER")" false
mkdir "$WORK/smtp"
/usr/bin/python3 "$HERE/../servers/smtp-server.py" "$WORK/smtp" >"$WORK/smtp/out" 2>&1 &
PIDS+=("$!")
for _ in $(seq 100); do
    grep -q '^port' "$WORK/smtp/out" && break
    sleep 0.1
done
smtp=$(awk '/^port/ { print $2 }' "$WORK/smtp/out")
want 200 PATCH /preferences "{\"mail\":{\"host\":\"127.0.0.1\",\"port\":$smtp,\"security\":\"none\",\"sender\":\"platen@example.com\"}}"
want 200 GET /login
is "reset offered with a mail server" "$(jq -r .reset <<<"$ANSWER")" true
TOKEN='' want 202 POST /login/reset '{"user":"nobody"}'
TOKEN='' want 202 POST /login/reset '{"user":"anna"}'
TOKEN='' want 202 POST /login/reset '{"user":"anna"}' # one a minute
for _ in $(seq 100); do
    [ -s "$WORK/smtp/mails" ] && break
    sleep 0.2
done
is "mails" "$(wc -l <"$WORK/smtp/mails")" 1
is "to" "$(jq -r '.to[0]' "$WORK/smtp/mails")" anna@example.com
mail=$(jq -r .data "$WORK/smtp/mails" | python3 -c 'import email, sys; from email import policy
print(email.message_from_string(sys.stdin.read(), policy=policy.default).get_body(("plain",)).get_content())')
grep -q '/reset?user=anna' <<<"$mail" || fail "the mail has no link: $mail"
KEY=$(grep -oE '[a-z0-9]{4}(-[a-z0-9]{4}){4}' <<<"$mail" | head -n 1)
[ -n "$KEY" ] || fail "the mail has no key: $mail"
TOKEN='' want 422 POST /login/reset/confirm "{\"user\":\"nobody\",\"key\":\"$KEY\",\"password\":\"Battery-staple-7\"}"
TOKEN='' want 422 POST /login/reset/confirm "{\"user\":\"anna\",\"key\":\"$KEY\",\"password\":\"weak\"}"
is "where" "$(jq -r '.errors[0].pointer' <<<"$ANSWER")" /password
login anna Battery-staple-8
TOKEN='' want 204 POST /login/reset/confirm "{\"user\":\"anna\",\"key\":\"$KEY\",\"password\":\"Battery-staple-7\"}"
as anna GET /me
expect 401 "a session of before the new password"
TOKEN='' want 422 POST /login/reset/confirm "{\"user\":\"anna\",\"key\":\"$KEY\",\"password\":\"Battery-staple-6\"}"
is "where" "$(jq -r '.errors[0].pointer' <<<"$ANSWER")" /key
login anna Battery-staple-7
expect 200 "the new password"
as anna PUT /me/password '{"current":"Battery-staple-7","password":"Battery-staple-8"}'
expect 204 "the own password back"

# --- account policy (PRF-15, PRF-17): for passwords from now on ---
want 200 PATCH /preferences '{"account_policy":{"min_length":20,"history":2}}'
login anna Battery-staple-8
expect 200 "a password of before"
as anna PUT /me/password '{"current":"Battery-staple-8","password":"Battery-staple-9"}'
expect 422 "a short password"
is "where" "$(jq -r '.errors[0].pointer' <<<"$ANSWER")" /password
as anna PUT /me/password '{"current":"Battery-staple-8","password":"Battery-staple-horse-8"}'
expect 204 "a long password"
as anna PUT /me/password '{"current":"Battery-staple-horse-8","password":"Battery-staple-horse-8"}'
expect 422 "the same again"
want 200 PATCH /preferences '{"account_policy":{"min_length":8,"history":0}}'

# --- a huge body is refused before it is read, and the daemon goes on ---
head -c 1048576 /dev/zero | tr '\0' x >"$WORK/huge"
STATUS=$(curl -sS --max-time 20 --cacert "$DATA/certs/ca.pem" -o /dev/null -w '%{http_code}' \
    -H 'Content-Type: application/json' --data-binary "@$WORK/huge" "$URL/api/v1/login" || true)
case $STATUS in 413 | 000) ;; *) fail "a password of 1 MiB is answered with $STATUS" ;; esac

# --- ACC-42, ACC-43: automatic logout; background requests do not count ---
want 200 PATCH /preferences '{"logout":{"enabled":true,"minutes":1}}'
login anna Battery-staple-horse-8
expect 200 "a login"
as anna GET /me
is "minutes until the logout" "$(jq -r .logout_minutes <<<"$ANSWER")" 1
for _ in $(seq 13); do
    sleep 5
    as anna GET /me '' -H 'X-Platen-Background: 1'
done
expect 401 "a session unused for 65 s, whatever the page asked"
login anna Battery-staple-horse-8
for _ in $(seq 7); do
    sleep 10
    as anna GET /me
done
expect 200 "a session in use for 70 s"

# --- brute force from one address is slowed down ---
limited=0
for _ in $(seq 30); do
    TOKEN='' call POST /login '{"user":"nobody","password":"Wrong-pass-1"}' -D "$WORK/head" >/dev/null
    if [ "$STATUS" = 429 ]; then
        limited=1
        break
    fi
done
is "slowed down" "$limited" 1
grep -qi '^retry-after: [1-9]' "$WORK/head" || fail "no Retry-After"

# --- nothing of it stands in the log ---
for secret in Battery-staple Wrong-pass "$SECRET" "$RECOVERY" "$KEY" "$ADMIN" "$NARROW"; do
    grep -qF "$secret" "$WORK/platend.log" && fail "the log holds a secret"
done
echo "users: locked, unlocked, stolen, reduced, second factor, idle: as it should be"
