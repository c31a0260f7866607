#!/bin/bash
# Devices that are not ours: Net-SNMP's snmpd with v3 users of several kinds, made to look like a
# printer; CUPS's ippeveprinter; a PAPPL printer application. And what is no printer is left out.
# All in a network namespace, because ippeveprinter wants an IPv6 address of its own for each.
# Usage: real-devices.sh BUILD_FOLDER; exit status 77: what it needs is not installed.
BUILD=$1
parts=$(cd "$(dirname "$0")/../../plugins/ipp/tests" && pwd)
. "$parts/live-parts.sh"
pappl=$BUILD/plugins/ipp/tests/pappl-printer
command -v snmpd >/dev/null || { echo "skipped: there is no snmpd"; exit 77; }
[ -x "$pappl" ] || { echo "skipped: built without libpappl"; exit 77; }
live_enter "$0" "$@" || exit 77
[[ ${IPP_LIVE_INSIDE:-} = *n* ]] || { echo "skipped: no namespaces here"; exit 77; }

. "$(dirname "$0")/lib.sh"
. "$HERE/snmpd.sh"
live_folder=$WORK/live
mkdir "$live_folder"
live_give_up() {
    tail -n 5 "$live_folder"/*.log >&2
    PIDS+=("${live_started[@]}")
    fail "$1"
}
IPP_PORT=$((PORT + 2))
DECOY_PORT=$((PORT + 3))

cp /etc/hosts "$WORK/hosts"
for n in 21 22; do
    ip address add "fd30::$n/128" dev lo nodad
    printf '127.30.0.%s printer%s\nfd30::%s printer%s\n' $n $n $n $n >>"$WORK/hosts"
done
mount --bind "$WORK/hosts" /etc/hosts

# Four printers behind SNMPv3; the first would take a community as well.
readarray -t objects < <(printer_objects "ACME Laser 1" SN-0001 one 42)
start_snmpd one 127.30.0.1 'createUser strong SHA-256 strong-auth AES-256 strong-priv' \
    'rouser strong priv' 'rocommunity public' "${objects[@]}"
readarray -t objects < <(printer_objects "ACME Laser 2" SN-0002 two 7)
start_snmpd two 127.30.0.2 'createUser long SHA-512 long-auth AES long-priv' 'rouser long priv' \
    "${objects[@]}"
readarray -t objects < <(printer_objects "ACME Laser 3" SN-0003 three 100)
start_snmpd three 127.30.0.3 'createUser plain SHA plain-auth' 'rouser plain auth' "${objects[@]}"
# The fourth shows its printer in a context only.
readarray -t objects < <(printer_objects "ACME Laser 4" SN-0004 four 0)
start_snmpd inner 127.31.0.4 'rocommunity inside' "${objects[@]}"
start_snmpd four 127.30.0.4 'createUser inside SHA-256 inside-auth AES inside-priv' \
    'view all included .1' 'rouser inside priv -V all *' 'sysDescr a print server' \
    "proxy -Cn printer -v 2c -c inside 127.31.0.4:$SNMP_PORT .1.3.6.1.2.1"
# A computer, and other devices: no printers. The simulator takes its port on all addresses, so
# that its devices have another one.
start_snmpd computer 127.30.0.5 'createUser strong SHA-256 strong-auth AES-256 strong-priv' \
    'rouser strong priv' 'sysDescr a computer'
"$BUILD/platen-sim" --devices 0 --decoys 6 --base 127.30.0.0 --prefix 24 --first-host 32 \
    --port "$DECOY_PORT" --quiet --v3-user strong:SHA-256:strong-auth:AES-256:strong-priv \
    >"$WORK/sim.log" 2>&1 &
PIDS+=($!)
live_wait 10 grep -q ^ready "$WORK/sim.log" || fail "the decoys do not start: $(cat "$WORK/sim.log")"

live_bus
PIDS+=("${live_started[@]}")
live_ippeveprinter plain 127.30.0.21 "$IPP_PORT" "Plain printer" -n printer21
live_ippeveprinter rich 127.30.0.22 "$IPP_PORT" "Rich printer" -n printer22 -a "$parts/rich.conf"
live_pappl pappl 127.30.0.23 "$IPP_PORT" "$pappl"
PIDS+=("${live_started[@]}")

start_platend
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.30.0.1-127.30.0.20\",\"127.30.0.22-127.30.0.30\"],
    \"hosts\":[\"printer21\"],\"port\":{\"snmp\":$SNMP_PORT,\"ipp\":$IPP_PORT}}"

# credential JSON: adds one, its id in $ID
credential() {
    want 201 POST /device-credentials "$1"
    ID=$(jq -r .id <<<"$ANSWER")
    grep -q 'auth-password\|-auth"\|-priv"' <<<"$ANSWER" && fail "a password is shown: $ANSWER"
    return 0
}
credential '{"kind":"snmpv3","user":"strong","auth":"sha256","auth_password":"strong-auth","priv":"aes256","priv_password":"strong-priv"}'
strong=$ID
credential '{"kind":"snmpv3","user":"long","auth":"sha512","auth_password":"long-auth","priv":"aes128","priv_password":"long-priv"}'
long=$ID
credential '{"kind":"snmpv3","user":"plain","auth":"sha1","auth_password":"plain-auth"}'
plain=$ID
credential '{"kind":"snmpv3","user":"inside","auth":"sha256","auth_password":"inside-auth","priv":"aes128","priv_password":"inside-priv","context":"printer"}'
inside=$ID

# discover [SETTINGS]: a run over the agent's ranges, or as the settings say
discover() {
    want 201 POST /tasks "{\"kind\":\"device.discover\",\"name\":\"find\",\"schedule\":{\"when\":\"now\"},\"targets\":{\"agents\":[\"local\"]},\"settings\":${1:-{\}}}"
    wait_run "$(jq -r .run <<<"$ANSWER")" 120
    is "state of the run" "$(jq -r .state <<<"$ANSWER")" success
}
# verdict ADDRESS JQ WANTED: the newest one on the address
verdict() {
    want 200 GET '/agents/local/verdicts?size=200'
    local item
    item=$(jq -c "[.items[] | select(.address == \"$1\")] | max_by(.at)" <<<"$ANSWER")
    [ "$(jq -r "$2" <<<"$item")" = "$3" ] || fail "$2 of the verdict on $1 is not '$3': $item"
}
# device_at ADDRESS: its JSON in $ANSWER
device_at() {
    want 200 GET "/devices?f=address:eq:$1"
    is "devices at $1" "$(jq -r .total <<<"$ANSWER")" 1
    want 200 GET "/devices/$(jq -r '.items[0].id' <<<"$ANSWER")/status"
}
discover

# DEV-06, DEV-07: SNMPv3 with encryption, with SHA-2, and in a context
for pair in "127.30.0.1 $strong" "127.30.0.2 $long" "127.30.0.3 $plain" "127.30.0.4 $inside"; do
    read -r address id <<<"$pair"
    verdict "$address" .decision accepted
    verdict "$address" .protocol snmpv3
    verdict "$address" .credential "$id"
    verdict "$address" .driver printer-mib
    device_at "$address"
    n=${address##*.}
    is "serial at $address" "$(jq -r .serial <<<"$ANSWER")" "SN-000$n"
    jq -e ".model | endswith(\"Laser $n\")" >/dev/null <<<"$ANSWER" || fail "model at $address: $ANSWER"
    is "location at $address" "$(jq -r .location <<<"$ANSWER")" "Second floor"
    is "contact at $address" "$(jq -r .contact <<<"$ANSWER")" "Print desk"
    is "power at $address" "$(jq -r .power <<<"$ANSWER")" on
    is "pages at $address" "$(jq -r .page_count <<<"$ANSWER")" 98765
    is "supplies at $address" "$(jq -r '.supplies | length' <<<"$ANSWER")" 2
    is "state of the waste box at $address" \
        "$(jq -r '.supplies[] | select(.description == "Waste toner") | .state' <<<"$ANSWER")" some
done
device_at 127.30.0.1
is "toner" "$(jq -r '.supplies[] | select(.description == "Black toner") | .percent' <<<"$ANSWER")" 42
device_at 127.30.0.4
is "toner" "$(jq -r '.supplies[] | select(.description == "Black toner") | .percent' <<<"$ANSWER")" 0

# The same over IPP
for address in 127.30.0.21 127.30.0.22 127.30.0.23; do
    verdict "$address" '.decision | test("accepted|known")' true
    verdict "$address" .protocol ipp
    verdict "$address" .driver ipp
    verdict "$address" '.answered | join(",")' ipp
done
# SET-52: the check of a feature that the discovery starts asks by protocols that these do not
# speak; that says nothing of whether they are on.
for _ in $(seq 120); do
    want 200 GET '/runs?f=kind:eq:setting-value.check'
    [ "$(jq -r '.items[0].state' <<<"$ANSWER")" = success ] && break
    sleep 0.5
done
is "the check" "$(jq -r '.items[0].state' <<<"$ANSWER")" success
device_at 127.30.0.21
is "name" "$(jq -r .name <<<"$ANSWER")" "Plain printer"
is "power" "$(jq -r .power <<<"$ANSWER")" on
[ "$(jq '.supplies | length' <<<"$ANSWER")" -gt 0 ] || fail "no supplies: $ANSWER"
# Its host name has an IPv6 address as well: whichever comes first, it is one device with both.
verdict fd30::21 .device "$(jq -r .id <<<"$ANSWER")"
device_at 127.30.0.21
is "IPv6 address" "$(jq -r .address6 <<<"$ANSWER")" fd30::21
is "host name" "$(jq -r .hostname <<<"$ANSWER")" printer21
device_at 127.30.0.22
is "manufacturer" "$(jq -r .manufacturer <<<"$ANSWER")" ACME
is "model" "$(jq -r .model <<<"$ANSWER")" "Office 7"
is "serial" "$(jq -r .serial <<<"$ANSWER")" EVE-42
is "location" "$(jq -r .location <<<"$ANSWER")" "Second floor"
is "pages" "$(jq -r .page_count <<<"$ANSWER")" 98765
is "cyan" "$(jq -r '.supplies[] | select(.color == "cyan") | .percent' <<<"$ANSWER")" 25
device_at 127.30.0.23
is "model" "$(jq -r .model <<<"$ANSWER")" "Laser 9000"
is "serial" "$(jq -r .serial <<<"$ANSWER")" PAPPL-0001
is "severity" "$(jq -r .severity <<<"$ANSWER")" service # a critical alert for trained hands
jq -e '.alerts[] | select(.text == "Paper jam at the fuser")' >/dev/null <<<"$ANSWER" ||
    fail "no alert of the jam: $ANSWER"

# What is no printer is no device, and its verdict says why.
want 200 PATCH /agents/local "{\"port\":{\"snmp\":$DECOY_PORT,\"ipp\":$IPP_PORT}}"
discover '{"addresses":["127.30.0.32-127.30.0.37"]}'
want 200 PATCH /agents/local "{\"port\":{\"snmp\":$SNMP_PORT,\"ipp\":$IPP_PORT}}"
for address in 127.30.0.5 127.30.0.32 127.30.0.33 127.30.0.34 127.30.0.35 127.30.0.36 127.30.0.37; do
    verdict "$address" .decision rejected
    verdict "$address" .code not-a-printer
    verdict "$address" '.text | length > 0' true
done
verdict 127.30.0.5 .evidence 'a computer'
want 200 GET '/devices?size=1'
is "devices" "$(jq -r .total <<<"$ANSWER")" 7

# All are watched, each its own way.
want 200 GET /built-in-tasks
monitor=$(jq -r '.items[] | select(.kind == "device.monitor") | .id' <<<"$ANSWER")
watch() {
    want 202 POST "/built-in-tasks/$monitor/run"
    wait_run "$(jq -r .run <<<"$ANSWER")" 90
}
watch
is "devices watched" "$(jq -r .counts.success <<<"$ANSWER")" 7

# A wrong password is told as that. The first printer would answer the community that there is now,
# but it was known by SNMPv3: nobody is led to talk to it in the clear.
credential '{"kind":"snmpv1","community":"public"}'
want 200 PATCH "/device-credentials/$strong" '{"auth_password":"wrong-auth"}'
discover
verdict 127.30.0.1 .decision rejected
verdict 127.30.0.1 .code wrong-credential
verdict 127.30.0.1 '.text | test("public|wrong-auth")' false
watch
is "devices watched with a wrong password" "$(jq -r .counts.success <<<"$ANSWER")" 6
device_at 127.30.0.1
is "power with a wrong password" "$(jq -r .power <<<"$ANSWER")" no-response # DEV-89
want 200 PATCH "/device-credentials/$strong" '{"auth_password":"strong-auth"}'
discover '{"addresses":["127.30.0.1"]}'
verdict 127.30.0.1 .protocol snmpv3
watch
is "devices watched with the right password" "$(jq -r .counts.success <<<"$ANSWER")" 7
want 200 GET '/devices?size=1'
is "devices in the end" "$(jq -r .total <<<"$ANSWER")" 7
echo "real devices: four over SNMPv3, three over IPP, seven that are no printers"
