#!/bin/bash
# Mails and webhooks through the real daemon: a mail server with TLS and AUTH, an HTTPS receiver, both
# good and bad, a proxy in the environment that must not be used, kill -9 with messages waiting.
# Usage: mail.sh BUILD_FOLDER sqlite|postgres
BUILD=$1
KIND=${2:-sqlite}
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || {
    echo "python3-aiosmtpd is not installed"
    exit 77
}
SERVERS=$HERE/../servers
STORE=()
if [ "$KIND" = postgres ]; then
    POSTGRES_DIR=$WORK/postgres
    STORE=(--set "store.url=$("$HERE/postgres.sh" start "$POSTGRES_DIR")")
fi

# make_ca NAME: a CA and a certificate of it for localhost, in $WORK/NAME.*
make_ca() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1 CA" \
        -keyout "$WORK/$1.ca.key" -out "$WORK/$1.ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
        -keyout "$WORK/$1.key" -out "$WORK/$1.csr" 2>/dev/null
    openssl x509 -req -in "$WORK/$1.csr" -CA "$WORK/$1.ca.pem" -CAkey "$WORK/$1.ca.key" -days 2 \
        -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out "$WORK/$1.pem" 2>/dev/null
}

# serve PROGRAM FOLDER PORT [arguments]: starts a server; its number in $SERVER
serve() {
    local program=$1 folder=$WORK/$2 port=$3
    shift 3
    mkdir -p "$folder"
    "$SERVERS/$program" "$folder" --port "$port" "$@" >"$folder/out" 2>>"$folder/err" &
    SERVER=$!
    PIDS+=("$SERVER")
    for _ in $(seq 100); do
        grep -q '^port' "$folder/out" && return
        kill -0 "$SERVER" 2>/dev/null || break
        sleep 0.1
    done
    cat "$folder/err" >&2
    fail "$program does not start"
}

mail_server() {
    serve smtp-server.py smtp "$SMTP" --tls starttls --cert "$WORK/good.pem" --key "$WORK/good.key" \
        --user printers --password 'p@ss word'
    MAILER=$SERVER
}

behave() {
    printf '%s\n' "$2" >"$WORK/$1/behaviour"
}

# lines FOLDER/FILE: how many there are
lines() {
    wc -l <"$WORK/$1" 2>/dev/null || echo 0
}

# wait_for WHAT SECONDS COMMAND...: until it says "true"
wait_for() {
    local what=$1 seconds=$2
    shift 2
    for _ in $(seq $((seconds * 5))); do
        [ "$("$@" 2>/dev/null)" = true ] && return
        sleep 0.2
    done
    fail "$what: not within $seconds s"
}

# hooks FILTER: jq over the bodies of all requests, as an array
hooks() {
    [ -f "$WORK/hook/hooks" ] || echo '{"body":"{}"}' >"$WORK/hook/hooks"
    jq -s "map(.body|fromjson)|$1" "$WORK/hook/hooks"
}

mails() {
    jq -s "$1" "$WORK/smtp/mails"
}

# outbox FILTER: jq over the items of /outbox
outbox() {
    want 200 GET '/outbox?size=200'
    jq "$1" <<<"$ANSWER"
}

restart() {
    : >"$WORK/platend.out"
    start_platend "${OPTIONS[@]}"
}

SMTP=$((PORT + 5))
HOOK=$((PORT + 6))
make_ca good
make_ca other
mail_server
serve hook-server.py hook "$HOOK" --cert "$WORK/good.pem" --key "$WORK/good.key"
export http_proxy=http://127.0.0.1:1 https_proxy=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1
export no_proxy=
OPTIONS=("${STORE[@]+"${STORE[@]}"}" --set "notify.ca_file=$WORK/good.ca.pem"
    --set http.site_address=platen.example)
start_fleet 20 --still --alert-percent 0
start_platend "${OPTIONS[@]}"
curl() { command curl --noproxy '*' "$@"; }
first_administrator

# ---- the mail server: PRF-04 to PRF-10 ----

want 409 POST /preferences/mail/test # ACC-19: none is set
want 200 GET /login
is "reset by mail without a server" "$(jq .reset <<<"$ANSWER")" false
want 200 PATCH /preferences "{\"mail\":{\"sender\":\"platen@example.com\",\"host\":\"localhost\",\"port\":$SMTP,
    \"security\":\"starttls\",\"authentication\":true,\"user\":\"printers\",\"password\":\"p@ss word\"}}"
is "the password is shown" "$(jq '.mail|has("password")' <<<"$ANSWER")" false
want 200 POST /preferences/mail/test # PRF-09
is "address of the test mail" "$(jq -r .to <<<"$ANSWER")" admin@example.com
is "the test mail" "$(mails '.[0]|[.from,.to[0],.tls,.user]|join(" ")')" '"platen@example.com admin@example.com true printers"'
want 200 PATCH /preferences '{"mail":{"password":"wrong"}}'
want 502 POST /preferences/mail/test # PRF-08
is "code with a wrong password" "$(jq -r .code <<<"$ANSWER")" auth
jq -r .detail <<<"$ANSWER" | grep -q '535' || fail "the server's words are not told: $ANSWER"
want 200 PATCH /preferences '{"mail":{"password":"p@ss word"}}'
serve smtp-server.py wrong $((PORT + 7)) --tls tls --cert "$WORK/other.pem" --key "$WORK/other.key"
want 200 PATCH /preferences "{\"mail\":{\"port\":$((PORT + 7)),\"security\":\"tls\"}}"
want 502 POST /preferences/mail/test # PRF-07
is "code with a wrong certificate" "$(jq -r .code <<<"$ANSWER")" protocol
want 200 PATCH /preferences "{\"mail\":{\"port\":$((PORT + 8))}}"
want 502 POST /preferences/mail/test
is "code without a server" "$(jq -r .code <<<"$ANSWER")" unreachable
want 200 PATCH /preferences "{\"mail\":{\"port\":$SMTP,\"security\":\"starttls\"}}"
echo "mail server: ok"

# ---- reset key and lockout: ACC-15 to ACC-17 ----

is "mails before" "$(lines smtp/mails)" 1
want 202 POST /login/reset '{"user":"Administrator"}'
wait_for "the reset mail" 20 mails 'length==2'
TEXT=$(mails '.[1].data' | jq -r . | sed -e ':a' -e '/=\r*$/{N;s/=\r*\n//;ba}' | tr -d '\r' | sed 's/=3D/=/g')
grep -qF "https://platen.example:$PORT/reset?user=Administrator" <<<"$TEXT" || fail "the mail has no link: $TEXT"
KEY=$(grep -A2 'enter this reset key' <<<"$TEXT" | tail -n 1)
! grep -qaF "$KEY" "$DATA"/platen.db* 2>/dev/null || fail "the key stands in the database"
want 204 POST /login/reset/confirm "{\"user\":\"Administrator\",\"key\":\"$KEY\",\"password\":\"Another-horse-8\"}"
want 202 POST /login/reset '{"user":"Nobody"}'
echo "reset by mail: ok"

# ---- webhooks: PRF-19 to PRF-26, MON-38 to MON-40 ----

EVENTS='["device-added","device-changed","device-removed","alert-raised","alert-cleared","run-started","run-ended","agent-up","agent-down","login-locked"]'
want 201 POST /webhooks "{\"name\":\"All\",\"url\":\"https://localhost:$HOOK/all\",\"token\":\"s3cret\",\"events\":$EVENTS}"
ALL=$(jq -r .id <<<"$ANSWER")
want 200 POST "/webhooks/$ALL/test"
is "last of the test" "$(jq .last.status <<<"$ANSWER")" 204
want 201 POST /webhooks "{\"name\":\"Elsewhere\",\"url\":\"https://localhost:$HOOK/redirect\",\"events\":[]}"
want 502 POST "/webhooks/$(jq -r .id <<<"$ANSWER")/test"
jq -r .detail <<<"$ANSWER" | grep -q 'redirects are not followed' || fail "a redirect is followed: $ANSWER"
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/24\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
RUN=$(jq -r .run <<<"$ANSWER")
wait_run "$RUN"
wait_for "20 devices added" 30 hooks '[.[]|select(.event=="device-added").data.devices[].id]|unique|length==20'
wait_for "the run's beginning" 20 hooks "[.[]|select(.event==\"run-started\" and .data.run.id==\"$RUN\")]|length==1"
wait_for "the run's end" 20 hooks "[.[]|select(.event==\"run-ended\" and .data.run.id==\"$RUN\" and .data.run.state==\"success\")]|length==1"
# The signature, checked by somebody else's HMAC.
while read -r line; do
    signature=$(jq -r '.headers["x-platen-signature"]//""' <<<"$line")
    [ "$(jq -r .path <<<"$line")" = /all ] || continue
    stamp=${signature#t=}
    stamp=${stamp%%,*}
    mac=$(jq -j .body <<<"$line" | { printf '%s.' "$stamp"; cat; } | openssl dgst -sha256 -hmac s3cret | sed 's/.*= //')
    is "signature" "${signature#*,v1=}" "$mac"
    is "token" "$(jq -r '.headers["x-platen-token"]' <<<"$line")" s3cret # MON-39
done < <(head -n 5 "$WORK/hook/hooks")
want 200 GET '/devices?f=address:eq:127.10.0.5'
DEVICE=$(jq -r '.items[0].id' <<<"$ANSWER")
want 200 PATCH "/devices/$DEVICE" '{"comment":"here"}'
wait_for "a change by hand" 20 hooks "[.[]|select(.event==\"device-changed\").data.devices[]|select(.id==\"$DEVICE\")]|length>0"
want 204 DELETE "/devices/$DEVICE"
wait_for "a removal" 20 hooks "[.[]|select(.event==\"device-removed\").data.devices[].address]==[\"127.10.0.5\"]"
"$BUILD/platen-sim" --ctl "$WORK/sim.sock" 'alert add 127.10.0.1 jam' >/dev/null
MONITOR=$(want 200 GET /built-in-tasks && jq -r '.items[]|select(.kind=="device.monitor").id' <<<"$ANSWER")
look() {
    want 202 POST "/built-in-tasks/$MONITOR/run"
    wait_run "$(jq -r .run <<<"$ANSWER")"
}
look
wait_for "an alert" 20 hooks '[.[]|select(.event=="alert-raised").data.devices[]|select(.address=="127.10.0.1" and .severity!="normal")]|length>0'
"$BUILD/platen-sim" --ctl "$WORK/sim.sock" 'alert clear 127.10.0.1' >/dev/null
look
wait_for "its end" 20 hooks '[.[]|select(.event=="alert-cleared").data.devices[]|select(.address=="127.10.0.1")]|length>0'
echo "webhooks: ok"

# ---- a lockout tells its owner and the webhook; greylisting ----

behave smtp greylist
for _ in $(seq 5); do
    call POST /login '{"user":"Administrator","password":"Wrong-horse-9"}' >/dev/null
done
wait_for "the event of a lockout" 20 hooks '[.[]|select(.event=="login-locked").data.name]==["Administrator"]'
wait_for "a greylisted mail waits" 20 outbox '[.items[]|select(.kind=="mail" and .state=="waiting" and .tries==1 and (.text|test("450")))]|length==1'
behave smtp ''
want 202 POST "/outbox/$(jq -r '.items[]|select(.kind=="mail").id' <<<"$(outbox .)")/retry"
wait_for "the mail about a lockout" 30 mails '[.[]|select(.data|test("account is locked"))]|length==1'
echo "lockout: ok"

want 201 POST /users '{"name":"Ada","password":"Correct-horse-7","email":"ada@example.com","role":"user","functions":[],"all_regions":true,"regions":[]}'

# ---- nobody takes anything, and the manager is killed: nothing is lost ----

behave hook /status/503
kill "$MAILER"
wait "$MAILER" 2>/dev/null || true
want 200 GET '/devices?size=8'
for id in $(jq -r '.items[].id' <<<"$ANSWER"); do
    want 200 PATCH "/devices/$id" '{"comment":"killed"}'
    sleep 0.5
done
want 202 POST /login/reset '{"user":"Ada"}'
sleep 2
WAITING=$(outbox '[.items[]|select(.state=="waiting")]|length')
[ "$WAITING" -ge 2 ] || fail "only $WAITING messages wait: $ANSWER"
IDS=$(jq -r '[.items[]|select(.kind=="webhook").id]|sort|join(" ")' <<<"$ANSWER")
want 200 GET /healthz
is "health while others are down" "$(jq .parts.notify.ok <<<"$ANSWER")" true
kill -9 "$PLATEND"
wait "$PLATEND" 2>/dev/null || true
BEFORE=$(lines hook/hooks)
RESETS=$(mails '[.[]|select(.data|test("reset key"))]|length')
restart
AFTER=$(outbox '[.items[].id]|join(" ")')
for id in $IDS; do
    grep -qw -- "$id" <<<"$AFTER" || fail "message $id is gone after kill -9: $AFTER"
done
mail_server
behave hook /status/200
wait_for "an empty outbox" 90 outbox '.total==0'
is "the reset mail that waited" "$(mails '[.[]|select(.data|test("reset key"))]|length')" $((RESETS + 1))
[ "$(lines hook/hooks)" -gt "$BEFORE" ] || fail "what waited was not sent"
want 200 GET /metrics
METRICS=$(cat "$WORK/answer")
grep -q '^platen_notify_waiting{kind="webhook"} 0$' <<<"$METRICS" || fail "metrics: $METRICS"
grep -Eq '^platen_notify_sent_total\{kind="mail"\} [1-9]' <<<"$METRICS" || fail "metrics: $METRICS"
echo "kill -9: ok"

# ---- an agent that falls silent ----

AGENT=$(pgrep -P "$PLATEND" | head -n 1)
kill -STOP "$AGENT"
wait_for "an agent down" 100 hooks '[.[]|select(.event=="agent-down").data.agent.id]==["local"]'
kill -CONT "$AGENT"
wait_for "the agent up" 60 hooks '[.[]|select(.event=="agent-up").data.agent.id]==["local"]'
echo "agents: ok"

# ---- no secret in the log ----

! grep -qF -e 's3cret' -e 'p@ss word' -e "$KEY" "$WORK/platend.log" || fail "a secret is in the log"
stop_platend
echo "mail: ok ($KIND)"
