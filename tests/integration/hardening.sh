#!/bin/bash
# What a scanner of web servers looks for, tried on the daemon: headers on every kind of answer,
# methods, files that must not be there, ways out of the folder, bodies and headers that are too
# large or too slow, cookies, pages of other sites, hostile names.
# Usage: hardening.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"
HTTP_PORT=$((PORT + 2))
mkdir -p "$WORK/web/assets"
echo '<!doctype html><title>Platen</title><p>the page</p>' >"$WORK/web/index.html"
echo 'console.log(1)' >"$WORK/web/assets/app-5KQH2C7A.js"
echo 'secret of the folder above' >"$WORK/secret.txt"
ln -s "$WORK/secret.txt" "$WORK/web/link.txt"
start_fleet 1
start_platend --set "http.http_port=$HTTP_PORT" --set "web.folder=$WORK/web"
first_administrator

# raw TEXT: sends it as it stands over TLS, the answer's beginning on standard output
raw() {
    printf "$1" | timeout 10 openssl s_client -quiet -connect "127.0.0.1:$PORT" 2>/dev/null | head -c 4000 || true
}

status_of() {
    sed -n '1s/^HTTP\/1.1 \([0-9]*\).*/\1/p' <<<"$1"
}

# headers URL [curl options]: status and headers, without the body
headers() {
    local url=$1
    shift
    curl -sS -k --max-time 20 -D - -o /dev/null "$@" "$url" | tr -d '\r'
}

# ---- headers ----

guarded() {
    local name=$1 text=$2 policy=$3
    for wanted in 'X-Content-Type-Options: nosniff' 'X-Frame-Options: DENY' 'Referrer-Policy: no-referrer' \
        'Cross-Origin-Resource-Policy: same-origin' 'Cross-Origin-Opener-Policy: same-origin' "$policy"; do
        grep -qF "$wanted" <<<"$text" || fail "$name has no '$wanted': $text"
    done
    is "policies of $name" "$(grep -c '^Content-Security-Policy:' <<<"$text")" 1
    ! grep -qiE '^(Server|X-Powered-By|Via|Access-Control-Allow-Origin):' <<<"$text" || fail "$name says too much: $text"
}
DATA_POLICY="Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox"
PAGE_POLICY="Content-Security-Policy: default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
AUTH="Authorization: Bearer $TOKEN"
guarded "the page" "$(headers "$URL/")" "$PAGE_POLICY"
guarded "a page of the application" "$(headers "$URL/devices/7")" "$PAGE_POLICY"
guarded "a script" "$(headers "$URL/assets/app-5KQH2C7A.js")" "$DATA_POLICY"
guarded "an answer" "$(headers "$URL/api/v1/devices" -H "$AUTH")" "$DATA_POLICY"
guarded "a stream" "$(headers "$URL/api/v1/devices" -H "$AUTH" -H 'Accept: application/x-ndjson')" "$DATA_POLICY"
guarded "401" "$(headers "$URL/api/v1/devices")" "$DATA_POLICY"
guarded "404" "$(headers "$URL/api/v1/nothing" -H "$AUTH")" "$DATA_POLICY"
guarded "405" "$(headers "$URL/api/v1/devices" -H "$AUTH" -X PUT)" "$DATA_POLICY"
guarded "422" "$(headers "$URL/api/v1/devices?size=0" -H "$AUTH")" "$DATA_POLICY"
guarded "a request that does not parse" "$(raw 'NONSENSE\r\n\r\n' | tr -d '\r')" "$DATA_POLICY"
guarded "the redirect" "$(headers "http://localhost:$HTTP_PORT/")" "$DATA_POLICY"
for path in /api/v1/devices /api/v1/me /api/v1/nothing /openapi.json /metrics; do
    headers "$URL$path" -H "$AUTH" | grep -qx 'Cache-Control: no-store' || fail "$path may be kept"
done
headers "$URL/" | grep -qx 'Cache-Control: no-cache' || fail "the page may be kept without asking"
headers "$URL/" -H 'Host: printers.example' | grep -qx 'Strict-Transport-Security: max-age=31536000' || fail "no HSTS"
! headers "http://localhost:$HTTP_PORT/" | grep -qi '^Strict-Transport' || fail "HSTS without TLS (RFC 6797, 7.2)"

# ---- methods ----

for method in TRACE TRACK CONNECT OPTIONS PROPFIND MKCOL MOVE COPY LOCK SEARCH DEBUG BREW PUT DELETE POST; do
    for path in / /api/v1/healthz; do
        answer=$(raw "$method $path HTTP/1.1\r\nHost: localhost\r\nX-Probe: canary-77\r\nConnection: close\r\n\r\n")
        case $(status_of "$answer") in
        400 | 401 | 403 | 405) ;;
        *) fail "$method $path: $answer" ;;
        esac
        ! grep -q canary-77 <<<"$answer" || fail "$method $path sends the request back"
    done
done
headers "$URL/api/v1/devices" -X PUT -H "$AUTH" | grep -qx 'Allow: GET, HEAD, POST' || fail "405 without Allow"

# ---- files that must not be there, ways out ----

page=$(curl -sS -k "$URL/")
for path in /.git/config /.env /.htaccess /.svn/entries /.DS_Store /backup.zip /backup.tar.gz /db.sqlite \
    /platen.db /platen.key /data/platen.key /server-status.html /phpinfo.php /wp-login.php /cgi-bin/test.cgi \
    /web.config /config.json /id_rsa.pem /crossdomain.xml /clientaccesspolicy.xml /assets/../../secret.txt \
    /../secret.txt /assets/%2e%2e/%2e%2e/secret.txt /%2e%2e%2fsecret.txt '/..%5csecret.txt' '/..;/secret.txt' \
    /assets//../../secret.txt /link.txt '/index.html%00.txt' '/%c0%ae%c0%ae/secret.txt' //etc/passwd.txt \
    /./secret.txt /../etc/passwd '/%2e%2e/%2e%2e/etc/passwd' '/x%0d%0aSet-Cookie:%20a=b' '/<script>alert(1)</script>' //etc/passwd \
    '/assets/app-5KQH2C7A.js/../../../secret.txt' '/index.html~' /index.html.bak; do
    answer=$(curl -sS -k --path-as-is --max-time 20 -D "$WORK/head" -w '\n%{http_code}' "$URL$path")
    is "status of $path" "$(tail -n 1 <<<"$answer")" 404
    ! grep -qi '^set-cookie' "$WORK/head" || fail "$path sets a cookie"
    ! grep -q 'secret of the folder' <<<"$answer" || fail "$path leads out of the folder"
done
# Names of letters and digits are places in the application: always the same page.
for path in /admin /etc/passwd /devices/7 /assets/; do
    is "page of $path" "$(curl -sS -k --path-as-is --max-time 20 "$URL$path")" "$page"
done
for path in '/api/v1/devices/..%2f..%2fsecret' '/api/v1/../../secret.txt' '/api/v1/devices/%00' '/api/v1/devices/%zz' '/api/v1//devices'; do
    code=$(curl -sS -k --path-as-is --max-time 20 -H "$AUTH" -o "$WORK/answer" -w '%{http_code}' "$URL$path")
    case $code in 400 | 404) ;; *) fail "$path: $code $(cat "$WORK/answer")" ;; esac
done

# ---- the redirect ----

head=$(headers "http://localhost:$HTTP_PORT//evil.example/%0d%0aX: y?next=//evil.example" --path-as-is 2>/dev/null || true)
! grep -qiE '^Location: https?://evil|^X: y' <<<"$head" || fail "the redirect leads away: $head"
for host in evil.example evil.example:443 'localhost.evil.example' 203.0.113.9 'a b' 'x@evil.example'; do
    head=$(headers "http://127.0.0.1:$HTTP_PORT/x" -H "Host: $host")
    ! grep -qi '^Location' <<<"$head" || fail "Host '$host' is redirected: $head"
done
headers "http://localhost:$HTTP_PORT/devices?x=1" | grep -qx "Location: https://localhost:$PORT/devices?x=1" || fail "no redirect"

# ---- too large, too slow ----

slow_started=$SECONDS
{
    (printf 'GET / HTTP/1.1\r\nHost: localhost\r\nX-A: '; for _ in $(seq 90); do sleep 1; printf 'a' || break; done) 2>/dev/null |
        timeout 120 openssl s_client -quiet -connect "127.0.0.1:$PORT" >"$WORK/slow" 2>/dev/null || true
    echo "$SECONDS" >"$WORK/slow.ended"
} &
slow=$!
PIDS+=("$slow")

answer=$(raw "POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\n$AUTH\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n")
is "a body of 100 MB that was only announced" "$(status_of "$answer")" 413
answer=$(raw "POST /api/v1/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")
is "a login of 1 MB that was only announced" "$(status_of "$answer")" 413
answer=$(raw "POST /api/v1/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n")
is "a body of two lengths" "$(status_of "$answer")" 411
answer=$(raw "GET / HTTP/1.1\r\nHost: localhost\r\nX-Big: $(head -c 90000 /dev/zero | tr '\0' a)\r\n\r\n")
case $(status_of "$answer") in "" | 400 | 413 | 431) ;; *) fail "a header of 90 KB: $answer" ;; esac
answer=$(raw "GET /$(head -c 60000 /dev/zero | tr '\0' a) HTTP/1.1\r\nHost: localhost\r\n\r\n")
case $(status_of "$answer") in "" | 400 | 413 | 414) ;; *) fail "a path of 60 KB: $answer" ;; esac
answer=$(raw "GET /api/v1/healthz HTTP/1.1\r\nHost: localhost\r\n$(for i in $(seq 500); do printf 'X-%d: a\\r\\n' "$i"; done)\r\n")
case $(status_of "$answer") in "" | 200 | 400 | 413 | 431) ;; *) fail "500 headers: $answer" ;; esac
bomb=$(head -c 30000000 /dev/zero | gzip -9 | wc -c)
code=$(head -c 30000000 /dev/zero | gzip -9 | curl -sS -k --max-time 30 -X POST -H "$AUTH" -H 'Content-Type: application/json' \
    -H 'Content-Encoding: gzip' --data-binary @- -o /dev/null -w '%{http_code}' "$URL/api/v1/tasks")
is "30 MB packed into $bomb bytes" "$code" 413
code=$(printf '%.0s[' $(seq 5000) | curl -sS -k --max-time 30 -X POST -H "$AUTH" -H 'Content-Type: application/json' \
    --data-binary @- -o /dev/null -w '%{http_code}' "$URL/api/v1/tasks")
is "5,000 brackets" "$code" 400

# ---- cookies, other sites ----

saved=$TOKEN TOKEN=
want 200 POST /login '{"user":"Administrator","password":"Correct-horse-7"}' -D "$WORK/head" -c "$WORK/cookies"
csrf=$(jq -r .csrf <<<"$ANSWER")
cookie=$(tr -d '\r' <"$WORK/head" | sed -n 's/^[Ss]et-[Cc]ookie: //p')
for wanted in HttpOnly Secure SameSite=Strict 'Path=/'; do
    grep -q "; $wanted" <<<"$cookie" || fail "the cookie has no $wanted: $cookie"
done
! grep -qi 'domain=' <<<"$cookie" || fail "the cookie goes to other hosts: $cookie"
want 403 PATCH /me '{"preferences":{"a":1}}' -b "$WORK/cookies"
want 403 PATCH /me '{"preferences":{"a":1}}' -b "$WORK/cookies" -H 'X-CSRF-Token: wrong'
for site in cross-site same-site; do
    want 403 PATCH /me '{"preferences":{"a":1}}' -b "$WORK/cookies" -H "X-CSRF-Token: $csrf" -H "Sec-Fetch-Site: $site"
    want 403 POST /login '{"user":"Administrator","password":"Correct-horse-7"}' -H "Sec-Fetch-Site: $site"
done
want 200 PATCH /me '{"preferences":{"a":1}}' -b "$WORK/cookies" -H "X-CSRF-Token: $csrf" -H 'Sec-Fetch-Site: same-origin'
for type in text/plain application/x-www-form-urlencoded multipart/form-data; do
    want 415 POST /login '' -H "Content-Type: $type" --data '{"user":"Administrator","password":"Correct-horse-7"}'
done
head=$(headers "$URL/api/v1/login" -X OPTIONS -H 'Origin: https://evil.example' -H 'Access-Control-Request-Method: POST')
grep -q '^HTTP/1.1 405' <<<"$head" || fail "a preflight is answered: $head"
! grep -qi '^access-control' <<<"$head" || fail "other origins are let in: $head"

# Nobody learns from a refusal who there is; and not often.
want 401 POST /login '{"user":"Administrator","password":"wrong-Horse-7"}'
somebody=$(jq -c 'del(.request)' <<<"$ANSWER")
want 401 POST /login '{"user":"Nobody","password":"wrong-Horse-7"}'
is "the refusal of nobody" "$(jq -c 'del(.request)' <<<"$ANSWER")" "$somebody"
for _ in $(seq 40); do
    call POST /login '{"user":"Nobody","password":"wrong-Horse-7"}' -D "$WORK/head" >/dev/null
    [ "$STATUS" != 429 ] || break
done
is "the 40th guess" "$STATUS" 429
grep -qi '^retry-after: [0-9]' "$WORK/head" || fail "429 does not say when again"
TOKEN=$saved

# ---- hostile names ----

want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/30\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 60
want 200 GET /devices
id=$(jq -r '.items[0].id' <<<"$ANSWER")
evil='<script>alert(1)</script>\r\nSet-Cookie: a=b\u2028\u202e"'
want 200 PATCH "/devices/$id" "{\"name\":\"${evil//\"/\\\"}\",\"comment\":\"=cmd|'/c calc'!A1\"}"
for path in "/devices/$id" /devices "/audit-log?size=1" "/devices?q=script"; do
    head=$(headers "$URL/api/v1$path" -H "$AUTH")
    grep -qx 'Content-Type: application/json' <<<"$head" || fail "$path is no JSON: $head"
    ! grep -qi '^set-cookie' <<<"$head" || fail "$path sets a cookie"
done
! grep -q "^Set-Cookie" "$WORK/platend.log" || fail "a name has made a line of the log"
want 422 GET '/devices?f=%3Cscript%3E:eq:1'
jq -e '.errors | length > 0' >/dev/null <<<"$ANSWER" || fail "the refusal of a hostile filter is no JSON: $ANSWER"

# ---- the slow one ----

wait "$slow" 2>/dev/null || true
took=$(($(cat "$WORK/slow.ended") - slow_started))
[ $took -lt 60 ] || fail "a request that never ends is kept for $took s"
echo "hardening: all as it should be; a request of one byte a second was ended after $took s or less"
