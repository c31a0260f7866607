#!/bin/bash
# The site's own certificate: what is refused, that a running manager takes it and gives it back
# without a restart, and that agents go on all the while.
# Usage: certificate.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"
C=$WORK/c
mkdir "$C"

admin() {
    "$BUILD/platend" --data "$DATA" "$@"
}

# bad NAME PATTERN [import options]
bad() {
    local name=$1 pattern=$2
    shift 2
    refused "$name" 1 "$pattern" --data "$DATA" --set http.site_address=printers.example.org \
        admin certificate import "$@"
    [ ! -e "$DATA/certs/site.pem" ] || fail "$name: something is in force"
}

# sign NAME SUBJECT ISSUER DAYS EXTENSIONS [key options]: a certificate NAME.pem with NAME.key
sign() {
    local name=$1 subject=$2 issuer=$3 days=$4 extensions=$5
    shift 5
    [ $# -gt 0 ] || set -- -algorithm EC -pkeyopt ec_paramgen_curve:P-256
    openssl genpkey "$@" -out "$C/$name.key" 2>/dev/null
    openssl req -new -key "$C/$name.key" -subj "$subject" -out "$C/$name.csr"
    local by=(-CA "$C/$issuer.pem" -CAkey "$C/$issuer.key" -CAcreateserial)
    [ "$issuer" != "$name" ] || by=(-signkey "$C/$name.key")
    openssl x509 -req -in "$C/$name.csr" "${by[@]}" -days "$days" ${DIGEST:+$DIGEST} \
        -extfile <(printf '%b' "$extensions") -out "$C/$name.pem" 2>/dev/null || fail "openssl cannot sign $name"
}

# shown [openssl options]: subject of the certificate that a browser sees
shown() {
    openssl s_client -connect "127.0.0.1:$PORT" "$@" </dev/null 2>/dev/null | openssl x509 -noout -subject
}

# until_shown PATTERN
until_shown() {
    for _ in $(seq 50); do
        grep -q "$1" < <(shown) && return
        sleep 0.1
    done
    fail "the manager does not show '$1' but '$(shown)'"
}

CA='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n'
SERVER='basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:printers.example.org,IP:127.0.0.1\n'
sign root '/CN=Example root' root 3650 "$CA"
sign middle '/CN=Example issuing' root 1000 "$CA"
sign other '/CN=Other root' other 1000 "$CA"
sign site '/CN=printers.example.org' middle 90 "$SERVER"
sign rsa '/CN=printers.example.org' middle 90 "$SERVER" -algorithm RSA -pkeyopt rsa_keygen_bits:3072
sign next '/CN=printers.example.org/O=next' middle 20 "$SERVER"
sign weak '/CN=printers.example.org' middle 90 "$SERVER" -algorithm RSA -pkeyopt rsa_keygen_bits:1024
sign client '/CN=client' middle 90 'extendedKeyUsage=clientAuth\nsubjectAltName=DNS:printers.example.org\n'
sign nameless '/CN=printers.example.org' middle 90 'extendedKeyUsage=serverAuth\n'
sign elsewhere '/CN=www.example.org' middle 90 'extendedKeyUsage=serverAuth\nsubjectAltName=DNS:www.example.org\n'
sign ended '/CN=printers.example.org' middle -1 "$SERVER" 2>/dev/null || true
DIGEST=-sha1 sign sha1 '/CN=printers.example.org' middle 90 "$SERVER"
openssl pkey -in "$C/site.key" -aes256 -passout pass:secret -out "$C/locked.key"
mkdir -m 700 "$DATA"

# ---- what is refused ----
bad "no certificate" 'no certificate in PEM' --cert "$C/site.key" --key "$C/site.key"
bad "no key" 'no private key' --cert "$C/site.pem" --key "$C/site.pem"
bad "an encrypted key" 'encrypted' --cert "$C/site.pem" --key "$C/locked.key"
bad "another key" 'not the one of the certificate' --cert "$C/site.pem" --key "$C/rsa.key"
bad "a weak key" 'bits of strength' --cert "$C/weak.pem" --key "$C/weak.key" --chain "$C/middle.pem"
bad "SHA-1" 'SHA-1' --cert "$C/sha1.pem" --key "$C/sha1.key" --chain "$C/middle.pem"
bad "a client's" 'not for servers' --cert "$C/client.pem" --key "$C/client.key"
bad "no names" 'no names' --cert "$C/nameless.pem" --key "$C/nameless.key"
bad "other names" "not for 'printers.example.org'" --cert "$C/elsewhere.pem" --key "$C/elsewhere.key"
bad "a CA" 'of a CA|not for servers' --cert "$C/middle.pem" --key "$C/middle.key"
bad "a stranger in the chain" 'Other root' --cert "$C/site.pem" --key "$C/site.key" --chain "$C/other.pem"
bad "a file that is not there" 'cannot open' --cert "$C/none.pem" --key "$C/site.key"
[ ! -s "$C/ended.pem" ] || bad "an old one" 'has ended' --cert "$C/ended.pem" --key "$C/ended.key"
head -c 100000 /dev/urandom >"$C/noise"
bad "noise" 'no certificate' --cert "$C/noise" --key "$C/noise"

# ---- a manager that runs ----
start_fleet 10
start_platend
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/28\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
until_shown 'Platen manager'
want 200 GET /system
is "source" "$(jq -r .certificate.source <<<"$ANSWER")" own
cat "$C/root.pem" "$C/middle.pem" >"$C/chain.pem" # in the wrong order
admin admin certificate import --cert "$C/site.pem" --key "$C/site.key" --chain "$C/chain.pem" >"$WORK/said" ||
    fail "import: $(cat "$WORK/said")"
grep -q '^names  *printers.example.org 127.0.0.1$' "$WORK/said" || fail "it shows: $(cat "$WORK/said")"
until_shown 'printers.example.org'
is "mode of the key's file" "$(stat -c %a "$DATA/certs/site.pem")" 600
curl -sS --cacert "$C/root.pem" "$URL/api/v1/setup" >/dev/null || fail "the chain is not whole"
curl -sS --cacert "$C/root.pem" --tls-max 1.2 "$URL/api/v1/setup" >/dev/null || fail "TLS 1.2"
own_ca=$DATA/certs/ca.pem
cp "$own_ca" "$WORK/own.pem"
system=$(curl -sS --cacert "$C/root.pem" -H "Authorization: Bearer $TOKEN" "$URL/api/v1/system")
is "source" "$(jq -r .certificate.source <<<"$system")" imported
is "names" "$(jq -r '.certificate.names | join(",")' <<<"$system")" printers.example.org,127.0.0.1
curl -sS --cacert "$C/root.pem" "$URL/api/v1/healthz" | jq -e '.parts.certificate.ok' >/dev/null || fail "health"

log=$(curl -sS --cacert "$C/root.pem" -H "Authorization: Bearer $TOKEN" "$URL/api/v1/audit-log?f=action:eq:system.certificate")
is "entries of the audit log" "$(jq -r '[.items[].after.source] | join(",")' <<<"$log")" imported

# Agents see the own CA, also one that is activated now.
kill "$(pgrep -P "$PLATEND" | head -n 1)"
sleep 1
cacert=$C/root.pem
task() {
    curl -sS --cacert "$cacert" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
        --data '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}' \
        "$URL/api/v1/tasks" | jq -r .run
}
ended() {
    for _ in $(seq 120); do
        state=$(curl -sS --cacert "$cacert" -H "Authorization: Bearer $TOKEN" "$URL/api/v1/runs/$1" | jq -r .state)
        case $state in waiting | running) sleep 0.5 ;; *) break ;; esac
    done
    is "state of the run" "$state" success
}
ended "$(task)"
stop_platend
rm -rf "$DATA/agent"
start_platend
until_shown 'printers.example.org'
ended "$(task)"
rm -f "$DATA/certs/server.pem" # the own one is renewed under the imported one
kill -HUP "$PLATEND"
for _ in $(seq 50); do [ -f "$DATA/certs/server.pem" ] && break || sleep 0.1; done
ended "$(task)"

# The next one, put there as a file: nobody needs to tell the manager.
cat "$C/next.pem" "$C/middle.pem" "$C/next.key" >"$DATA/certs/site.new"
mv "$DATA/certs/site.new" "$DATA/certs/site.pem"
until_shown 'O = next'
grep -q 'the imported certificate ends in' "$WORK/platend.log" || fail "nobody warns that it ends soon"
# One that is no use is not taken.
cat "$C/site.pem" "$C/rsa.key" >"$DATA/certs/site.new"
mv "$DATA/certs/site.new" "$DATA/certs/site.pem"
for _ in $(seq 50); do grep -q 'the old one stays' "$WORK/platend.log" && break || sleep 0.1; done
grep -q 'the old one stays' "$WORK/platend.log" || fail "a wrong file is not told"
until_shown 'O = next'
stop_platend
start_platend # and the manager starts all the same
until_shown 'Platen manager'

# ---- back to the own CA ----
admin admin certificate self --name a.example.org --name 192.0.2.7 >/dev/null || fail "self"
for _ in $(seq 50); do
    grep -q 'a.example.org' < <(openssl s_client -connect "127.0.0.1:$PORT" </dev/null 2>/dev/null |
        openssl x509 -noout -ext subjectAltName) && break || sleep 0.1
done
grep -q '^names .* a.example.org 192.0.2.7$' < <(admin admin certificate show) || fail "$(admin admin certificate show)"
refused "a name that is none" 1 'no host name' --data "$DATA" admin certificate self --name 'a b'
refused "an unknown verb" 2 'show, import' --data "$DATA" admin certificate fetch
admin admin certificate ca --out "$WORK/ca.pem"
cmp "$WORK/ca.pem" "$WORK/own.pem" || fail "the CA is another one"
want 200 GET /system
is "source" "$(jq -r .certificate.source <<<"$ANSWER")" own
cacert=$DATA/certs/ca.pem
ended "$(task)"
stop_platend
