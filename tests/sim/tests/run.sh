#!/bin/bash
# Checks the simulator from outside with Net-SNMP's tools: run.sh SIM SELFTEST FLOOR.
# Says what failed and ends with 1 when anything did.
set -u
sim=$1
selftest=$2
floor=$3
port=${SIM_TEST_PORT:-21161}
work=$(mktemp -d)
failed=0
count=0
pid=

# the tools' own configuration and their cache of engines must not get in the way
export HOME=$work SNMPCONFPATH=$work SNMP_PERSISTENT_DIR=$work MIBS=

stop() {
    if [ -n "$pid" ]; then
        kill "$pid" 2>/dev/null
        wait "$pid"
        status=$?
        pid=
        return $status
    fi
    return 0
}
trap 'stop; rm -rf "$work"' EXIT

start() {
    "$sim" --port "$port" --control "$work/ctl" --seed 7 "$@" >"$work/out" 2>"$work/err" &
    pid=$!
    for _ in $(seq 100); do
        if grep -q '^ready ' "$work/out"; then
            return 0
        fi
        sleep 0.05
    done
    echo "FAIL the simulator did not come up: $*"
    cat "$work/err"
    exit 1
}

ctl() { "$sim" --ctl "$work/ctl" "$@" 2>&1; }

# expect NAME PATTERN OUTPUT
expect() {
    count=$((count + 1))
    if ! grep -Eq -- "$2" <<<"$3"; then
        failed=$((failed + 1))
        printf 'FAIL %s\n  wanted: %s\n  found:  %s\n' "$1" "$2" "$(head -c 600 <<<"$3")"
    fi
}

refuse() {
    count=$((count + 1))
    if grep -Eq -- "$2" <<<"$3"; then
        failed=$((failed + 1))
        printf 'FAIL %s\n  not wanted: %s\n  found:  %s\n' "$1" "$2" "$(head -c 600 <<<"$3")"
    fi
}

same() {
    count=$((count + 1))
    if [ "$2" != "$3" ]; then
        failed=$((failed + 1))
        printf 'FAIL %s: wanted %s, found %s\n' "$1" "$2" "$3"
    fi
}

at() { echo "udp:127.10.0.$1:$port"; }
opt=(-On -t 1 -r 0)
get() { snmpget -v2c -c public "${opt[@]}" "$@" 2>&1; }
next() { snmpgetnext -v2c -c public "${opt[@]}" "$@" 2>&1; }
bulk() { snmpbulkwalk -v2c -c public "${opt[@]}" "$@" 2>&1; }
set2() { snmpset -v2c -c private "${opt[@]}" "$@" 2>&1; }
# profile NAME: host number of the first device of that model
host_of() {
    ctl info "profile=$1" | head -1 | sed -E 's/.*"address":"127\.10\.0\.([0-9]+)".*/\1/'
}

name=1.3.6.1.2.1.1.5.0
descr=1.3.6.1.2.1.1.1.0
serial=1.3.6.1.2.1.43.5.1.1.17.1
reset=1.3.6.1.2.1.43.5.1.1.3.1
supplies=1.3.6.1.2.1.43.11.1.1

# --- self test and floor ---
out=$("$selftest" "${SIM_FUZZ_ROUNDS:-200000}" 2>&1) || {
    failed=$((failed + 1))
    echo "FAIL self test: $(tail -5 <<<"$out")"
}
expect 'self test' 'failures=0' "$out"
expect 'floor' 'round_trips_per_second=[1-9]' "$("$floor" 0.3)"

# --- versions 1 and 2c ---
start --devices 40 --decoys 3 --still --alert-percent 0 --reset-seconds 2
same 'the ready line' "ready devices=43 port=$port base=127.10.0.0" "$(cat "$work/out")"
h=$(host_of hp-color-laser)
expect 'get of three' 'NPI[0-9A-F]{6}' "$(get "$(at "$h")" $name $serial $descr)"
expect 'v1 get' 'NPI' "$(snmpget -v1 -c public "${opt[@]}" "$(at "$h")" $name 2>&1)"
expect 'no such object' 'No Such Object' "$(get "$(at "$h")" 1.3.6.1.2.1.99.1.0)"
expect 'no such instance' 'No Such Instance' "$(get "$(at "$h")" 1.3.6.1.2.1.1.5.9)"
expect 'end of view' 'No more variables' "$(next "$(at "$h")" 1.3.6.1.4.1.99999)"
expect 'v1 no such name' 'noSuchName' \
    "$(snmpget -v1 -c public "${opt[@]}" "$(at "$h")" 1.3.6.1.2.1.99.1.0 2>&1)"
expect 'wrong community is silence' 'Timeout' \
    "$(snmpget -v2c -c wrong "${opt[@]}" "$(at "$h")" $name 2>&1)"
expect 'no device, no answer' 'Timeout' "$(get "udp:127.10.9.9:$port" $name)"
walk1=$(snmpwalk -v1 -c public "${opt[@]}" "$(at "$h")" .1 2>&1 | wc -l)
walk2=$(bulk -Cr25 "$(at "$h")" .1 | wc -l)
same 'v1 and bulk walk are of one length' "$walk1" "$walk2"
for i in $(seq 1 43); do
    out=$(snmpbulkwalk -v2c -c public -On -t 1 -r 0 -Cr10 "$(at "$i")" .1 2>&1)
    [[ $(ctl info $((i - 1))) == *'"v1-only-laser"'* ]] && continue
    refuse "walk of device $i" 'Timeout|not increasing|Error' "$out"
done
same 'every model stands in a small fleet' \
    "$(ls "$(dirname "$0")/../profiles" | grep -cv '^decoy')" \
    "$(ctl info printers | grep -o '"profile":"[^"]*"' | sort -u | wc -l)"

# --- models ---
h=$(host_of v1-only-laser)
expect 'v1-only answers v1' 'old' "$(snmpget -v1 -c public "${opt[@]}" "$(at "$h")" $name 2>&1)"
expect 'v1-only drops v2c' 'Timeout' "$(get "$(at "$h")" $name)"
expect 'Counter64 is not said to v1' 'noSuchName|No more|End of MIB' \
    "$(snmpgetnext -v1 -c public "${opt[@]}" "$(at "$h")" 1.3.6.1.4.1.1602.1.98 2>&1)"
h=$(host_of small-message-laser)
expect 'small messages: tooBig' 'tooBig' \
    "$(snmpget -v2c -c public -Cf "${opt[@]}" "$(at "$h")" $descr $descr $descr $descr $descr $name 2>&1)"
expect 'small messages: bulk still works' 'Toner N1' "$(bulk "$(at "$h")" $supplies)"
h=$(host_of konica-finisher-mfp)
expect 'printer in row two' '43\.5\.1\.1\.17\.2 = STRING: "AA2M' \
    "$(bulk "$(at "$h")" 1.3.6.1.2.1.43.5.1.1.17)"
expect 'finisher group' '43\.30\.1\.1\.10\.2\.1 = STRING: "Stapler"' \
    "$(bulk "$(at "$h")" 1.3.6.1.2.1.43.30)"
expect 'finisher attributes' '43\.33\.1\.1\.4\.2\.1\.3\.1' "$(bulk "$(at "$h")" 1.3.6.1.2.1.43.33)"
h=$(host_of odd-levels-mfp)
expect 'level -3' "$supplies.9.1.1 = INTEGER: -3" "$(bulk "$(at "$h")" $supplies)"
expect 'capacity -2' "$supplies.8.1.3 = INTEGER: -2" "$(bulk "$(at "$h")" $supplies)"
h=$(host_of latin1-names-laser)
expect 'Latin-1 octets' '44 72 FC 63 6B 65 72' "$(get -Ox "$(at "$h")" $name)"
h=$(host_of utf8-names-mfp)
expect 'UTF-8 octets' 'E5 8D B0 E5 88 B7' "$(get -Ox "$(at "$h")" $name)"
h=$(host_of no-serial-laser)
expect 'no serial number' 'No Such' "$(get "$(at "$h")" $serial)"
h=$(host_of brother-mono-mfp)
expect 'Brother records' '00 01 04 ([0-9A-F]{2} ){4}01 01 04' \
    "$(get -Ox "$(at "$h")" 1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.10.0)"
h=$(host_of decoy-ups)
expect 'a decoy is no printer' 'No Such' "$(get "$(at "$h")" 1.3.6.1.2.1.43.5.1.1.16.1)"

# --- SET ---
h=$(host_of hp-mono-laser)
i=$((h - 1))
expect 'set of sysName' 'renamed' "$(set2 "$(at "$h")" $name s renamed)"
expect 'the name stays' 'renamed' "$(get "$(at "$h")" $name)"
expect 'a name made of sysName follows' 'renamed' "$(get "$(at "$h")" 1.3.6.1.2.1.43.5.1.1.16.1)"
expect 'set of two' 'Cellar' \
    "$(set2 "$(at "$h")" 1.3.6.1.2.1.1.6.0 s Cellar 1.3.6.1.2.1.43.8.2.1.13.1.2 s 'My tray')"
expect 'set with the read community' 'noAccess' \
    "$(snmpset -v2c -c public "${opt[@]}" "$(at "$h")" $name s x 2>&1)"
expect 'not writable' 'notWritable' "$(set2 "$(at "$h")" $descr s x)"
expect 'wrong type' 'wrongType' "$(set2 "$(at "$h")" $name i 1)"
expect 'wrong value' 'wrongValue' "$(set2 "$(at "$h")" $reset i 9)"
expect 'wrong length' 'wrongLength' "$(set2 "$(at "$h")" $name s "$(printf 'x%.0s' {1..300})")"
set2 "$(at "$h")" 1.3.6.1.2.1.1.6.0 s Attic $descr s x >/dev/null
expect 'a failed set changes nothing' 'Cellar' "$(get "$(at "$h")" 1.3.6.1.2.1.1.6.0)"
expect 'sets are counted' '"sets":2,' "$(ctl info $i)"
expect 'a model with SET switched off' 'notWritable' \
    "$(set2 "$(at "$(host_of small-message-laser)")" $name s x)"
expect 'restart is accepted' 'INTEGER: 4' "$(set2 "$(at "$h")" $reset i 4)"
expect 'then silence' 'Timeout' "$(get "$(at "$h")" $name)"
sleep 1.5
expect 'then a young uptime' 'Timeticks: \([0-9]{1,3}\)' "$(get "$(at "$h")" 1.3.6.1.2.1.1.3.0)"
expect 'the name outlives it' 'renamed' "$(get "$(at "$h")" $name)"
expect 'resets are counted' '"resets":1' "$(ctl info $i)"

# --- faults ---
h=$(host_of ricoh-color-mfp)
i=$((h - 1))
fault() { ctl "$1" "$i" ${2:+"$2"} >/dev/null; }
clear() { ctl clear "$i" >/dev/null; }
expect 'fault command' '^ok 1' "$(ctl silent $i)"
expect 'silent' 'Timeout' "$(get "$(at "$h")" $name)"
clear
fault slow 400
t0=$(date +%s%N)
get "$(at "$h")" $name >/dev/null
took=$((($(date +%s%N) - t0) / 1000000))
expect 'slow is slow' '^([4-9]|[1-9][0-9])[0-9][0-9]$' "$took"
clear
fault lossy 100
expect 'lossy' 'Timeout' "$(get "$(at "$h")" $name)"
clear
for f in garbage wrong-request-id; do
    fault $f
    refuse "$f gives no value" 'STRING' "$(get "$(at "$h")" $name)"
    clear
done
# Net-SNMP takes answers from anywhere; a connected socket does not
heard() {
    local octet=
    exec 5<>"/dev/udp/127.10.0.$h/$port"
    printf '\x30\x26\x02\x01\x01\x04\x06public\xa0\x19\x02\x01\x07\x02\x01\x00\x02\x01\x00' >"$work/packet"
    printf '\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x05\x00\x05\x00' >>"$work/packet"
    cat "$work/packet" >&5
    LC_ALL=C IFS= read -r -t 0.5 -N 1 octet <&5
    exec 5>&-
    printf '%s' "$octet"
}
same 'answers come from the asked address' 0 "$(heard)"
fault wrong-source
same 'wrong source' '' "$(heard)"
clear
fault huge
refuse 'huge gives no name' 'RNP' "$(get "$(at "$h")" $descr | grep RNP)"
clear
fault truncated
refuse 'truncated gives no value' 'STRING' "$(get "$(at "$h")" $name)"
clear
fault loop
expect 'loop' 'not increasing' "$(snmpwalk -v2c -c public "${opt[@]}" "$(at "$h")" $supplies.6 2>&1)"
clear
fault endless
out=$(timeout 1 snmpbulkwalk -v2c -c public "${opt[@]}" "$(at "$h")" $supplies.6 2>&1 | head -500 | wc -l)
same 'endless' 500 "$out"
clear
fault wrong-type
expect 'wrong type of a text' 'INTEGER: 42' "$(get "$(at "$h")" $name)"
clear
fault non-utf8
expect 'not UTF-8' 'C3 28 FF FE' "$(get -Ox "$(at "$h")" $name)"
clear
fault toobig 2
expect 'too big' 'tooBig' "$(snmpget -v2c -c public -Cf "${opt[@]}" "$(at "$h")" $name $name $name 2>&1)"
clear
location=1.3.6.1.2.1.1.6.0
put() { snmpset -v2c -c private "${opt[@]}" -r 0 "$(at "$h")" "$@" 2>&1; }
fault set-lost 1
expect 'a SET that is lost' 'Timeout' "$(put $location s lost)"
refuse 'it is not done' 'STRING: "?lost' "$(get "$(at "$h")" $location)"
expect 'the next one comes through' 'Cellar' "$(put $location s Cellar)"
fault set-unheard 1
expect 'a SET whose answer is lost' 'Timeout' "$(put $location s Attic)"
expect 'it is done' 'Attic' "$(get "$(at "$h")" $location)"
reset=1.3.6.1.2.1.43.5.1.1.3.1
fault no-power-cycle
expect 'no power cycle' 'wrongValue' "$(put $reset i 4)"
expect 'but a reset' 'INTEGER' "$(put $reset i 5)"
clear
sleep 4
fault never-back
put $reset i 4 >/dev/null
sleep 4
expect 'it does not come back' 'Timeout' "$(get "$(at "$h")" $name)"
clear
expect 'until it does' 'RNP' "$(get "$(at "$h")" $name)"
expect 'two resets were counted' '"resets":2' "$(ctl info "$i")"
expect 'all is well again' 'RNP' "$(get "$(at "$h")" $name)"
# --- settings that a device keeps ---
startup=1.3.6.1.2.1.43.5.1.1.14.1
tray=1.3.6.1.2.1.43.8.2.1.13.1.1
keep() { ctl keep "$i" "$@" >/dev/null; }
expect 'a setting' 'INTEGER: 3' "$(put $startup i 3)"
expect 'not a word of it' 'wrongValue' "$(put $startup i 9)"
keep $startup not-writable
expect 'an object that is kept' 'notWritable' "$(put $startup i 4)"
expect 'its neighbour is not' 'Upper' "$(put $tray s Upper)"
keep $startup inconsistent-once
expect 'inconsistent' 'inconsistentValue' "$(put $startup i 4)"
expect 'once' 'INTEGER: 4' "$(put $startup i 4)"
keep $tray silently
expect 'said to be done' 'Lower' "$(put $tray s Lower)"
expect 'and not done' 'Upper' "$(get "$(at "$h")" $tray)"
keep $tray rounded
put $tray s 'A very long name' >/dev/null
expect 'cut' '"A very l"' "$(get "$(at "$h")" $tray)"
keep $tray reboot
expect 'a restart instead of an answer' 'Timeout' "$(put $tray s Again)"
sleep 4
expect 'done all the same' 'Again' "$(get "$(at "$h")" $tray)"
expect 'no such way' '^error usage: keep' "$(ctl keep "$i" $tray melt)"
ctl unset "$i" >/dev/null
expect 'percent target' '^ok 20' "$(ctl lossy 50% 10)"
expect 'range target' '^ok 5' "$(ctl clear 3-7)"
expect 'all' '^ok 43' "$(ctl clear all)"
expect 'unknown command' '^error' "$(ctl nonsense)"

# --- alerts, values, moves ---
h=$(host_of xerox-color-mfp)
i=$((h - 1))
errors=1.3.6.1.2.1.25.3.5.1.2.1
expect 'no error' '00 00' "$(get -Ox "$(at "$h")" $errors)"
expect 'alert' '^ok 1' "$(ctl alert add $i jam)"
expect 'jam in the error state' '04 00' "$(get -Ox "$(at "$h")" $errors)"
expect 'jam in the alert table' '43\.18\.1\.1\.7\.1\.[0-9]+ = INTEGER: 8' \
    "$(bulk "$(at "$h")" 1.3.6.1.2.1.43.18)"
expect 'jam on the console' 'Paper jam' "$(bulk "$(at "$h")" 1.3.6.1.2.1.43.16)"
expect 'the device is down' 'INTEGER: 5' "$(get "$(at "$h")" 1.3.6.1.2.1.25.3.2.1.5.1)"
ctl alert add $i toner-low 4 >/dev/null
expect 'low toner is low' 'INTEGER: 4$' "$(get "$(at "$h")" $supplies.9.1.4)"
ctl alert clear $i >/dev/null
expect 'alerts cleared' '00 00' "$(get -Ox "$(at "$h")" $errors)"
ctl supply $i 2 37% >/dev/null
expect 'supply' 'INTEGER: 37' "$(get "$(at "$h")" $supplies.9.1.2)"
ctl pages $i 4242 >/dev/null
expect 'pages' 'Counter32: 4242' "$(get "$(at "$h")" 1.3.6.1.2.1.43.10.2.1.4.1.1)"
ctl set $i $descr str 'two words' >/dev/null
expect 'set by control' 'two words' "$(get "$(at "$h")" $descr)"
ctl hide $i $serial >/dev/null
expect 'hidden' 'No Such' "$(get "$(at "$h")" $serial)"
before=$(ctl info $i | grep -o '"serial":"[^"]*","mac":"[^"]*"')
expect 'move' '^ok 1' "$(ctl move $i 127.10.7.7)"
expect 'the old address is quiet' 'Timeout' "$(get "$(at "$h")" $name)"
expect 'the new one answers' 'XRX' "$(get "udp:127.10.7.7:$port" $name)"
expect 'taken addresses are refused' '^error' "$(ctl move $i 127.10.0.1)"
ctl move $i "127.10.0.$h" >/dev/null
ctl replace $i >/dev/null
after=$(ctl info $i | grep -o '"serial":"[^"]*","mac":"[^"]*"')
refuse 'replaced: another serial number' "^${before}\$" "$after"
expect 'restart by control' '^ok 1' "$(ctl reboot $i)"
expect 'statistics' '^set=' "$(ctl stats)"
stop
same 'clean end' 0 $?

# --- exactly P percent ---
start --devices 1000 --change-percent 3
pages() { ctl info printers | sed -E 's/.*"device":([0-9]+).*"pages":([0-9]+).*"supplies":(\[[^]]*\]).*/\1 \2 \3/'; }
pages >"$work/a"
expect 'tick' '^ok 30' "$(ctl tick)"
pages >"$work/b"
same '3 % of 1000 changed' 30 "$(diff "$work/a" "$work/b" | grep -c '^>')"
n=$(ctl info printers | grep -vc '"alerts":\[\]')
expect "about six percent show something (found $n of 1000)" '^([3-8][0-9])$' "$n"
same 'serial numbers differ' 1000 "$(ctl info printers | grep -o '"serial":"[^"]*","mac":"[^"]*"' | sort -u | wc -l)"
stop

# --- latency and loss for all ---
start --devices 3 --latency-ms 300
t0=$(date +%s%N)
get "$(at 1)" $name >/dev/null
took=$((($(date +%s%N) - t0) / 1000000))
expect 'latency' '^([3-9]|[1-9][0-9])[0-9][0-9]$' "$took"
ctl latency 0 >/dev/null
ctl loss 100 >/dev/null
expect 'loss' 'Timeout' "$(get "$(at 1)" $name)"
stop

# --- version 3 ---
auths='MD5 SHA SHA-224 SHA-256 SHA-384 SHA-512'
privs='DES AES AES-192 AES-256'
users=()
for a in $auths; do
    for p in $privs; do
        users+=(--v3-user "u_${a}_$p:$a:authpass-1:$p:privpass-1")
    done
done
users+=(--v3-user 'u_SHA_C192:SHA:authpass-1:AES-192-C:privpass-1')
users+=(--v3-user 'plain' --v3-user 'sign:SHA-256:authpass-1')
users+=(--v3-user 'ctx:SHA-256:authpass-1:AES:privpass-1:printing')
start --devices 4 --ipv6 --reset-seconds 1 "${users[@]}"
get3() { snmpget -v3 "${opt[@]}" "$@" 2>&1; }
for a in $auths; do
    for p in $privs; do
        expect "v3 $a $p" 'STRING' "$(get3 -u "u_${a}_$p" -l authPriv -a $a -A authpass-1 -x $p \
            -X privpass-1 "$(at 1)" $name)"
    done
done
expect 'v3 Reeder keys' 'STRING' "$(get3 -u u_SHA_C192 -l authPriv -a SHA -A authpass-1 -x AES-192-C \
    -X privpass-1 "$(at 1)" $name)"
expect 'v3 noAuthNoPriv' 'STRING' "$(get3 -u plain -l noAuthNoPriv "$(at 1)" $name)"
expect 'v3 authNoPriv' 'STRING' "$(get3 -u sign -l authNoPriv -a SHA-256 -A authpass-1 "$(at 1)" $name)"
expect 'v3 unknown user' 'Unknown user name' "$(get3 -u nobody -l noAuthNoPriv "$(at 1)" $name)"
expect 'v3 wrong password' 'Authentication failure' \
    "$(get3 -u sign -l authNoPriv -a SHA-256 -A wrong-pass-1 "$(at 1)" $name)"
expect 'v3 level not there' 'nsupported security level' \
    "$(get3 -u sign -l authPriv -a SHA-256 -A authpass-1 -x AES -X privpass-1 "$(at 1)" $name)"
expect 'v3 level too low' 'authorizationError' "$(get3 -u sign -l noAuthNoPriv "$(at 1)" $name)"
sec=(-u ctx -l authPriv -a SHA-256 -A authpass-1 -x AES -X privpass-1)
expect 'v3 context' 'STRING' "$(get3 "${sec[@]}" -n printing "$(at 1)" $name)"
expect 'v3 wrong context' 'nknown ?[Cc]ontext|context' "$(get3 "${sec[@]}" -n other "$(at 1)" $name)"
expect 'v3 bulk' 'STRING' "$(snmpbulkwalk -v3 "${opt[@]}" "${sec[@]}" -n printing "$(at 1)" $supplies.6 2>&1)"
expect 'v3 set' 'by v3' "$(snmpset -v3 "${opt[@]}" "${sec[@]}" -n printing "$(at 1)" $name s 'by v3' 2>&1)"
expect 'v3 time window' 'STRING' "$(get3 "${sec[@]}" -n printing -Z 1,1 "$(at 2)" $name)"
expect 'v3 restart' 'INTEGER: 4' \
    "$(snmpset -v3 "${opt[@]}" "${sec[@]}" -n printing "$(at 3)" $reset i 4 2>&1)"
expect 'IPv6' 'STRING' "$(get "udp6:[::1]:$port" $name)"
same 'engine IDs differ' 4 "$(for k in 1 2 3 4; do ctl info $((k - 1)); done |
    grep -o '"mac":"[^"]*"' | sort -u | wc -l)"
stop

# --- recordings ---
mkdir "$work/rec"
cat >"$work/rec/one.snmprec" <<'END'
1.3.6.1.2.1.1.1.0|4|Recorded device
1.3.6.1.2.1.1.5.0|4x|e58db0
this line is damaged
1.3.6.1.2.1.1.3.0|67|12345
1.3.6.1.2.1.2.2.1.6.1|4x|001122334455
1.3.6.1.2.1.43.11.1.1.9.1.1|2|-3
1.3.6.1.2.1.1.1.0|4|second
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
END
start --snmprec "$work/rec"
expect 'a damaged line is told' 'one.snmprec:3' "$(cat "$work/err")"
rec="udp:127.20.0.1:$port"
expect 'recording' 'Recorded device' "$(get "$rec" $descr)"
expect 'recording, hex' 'E5 8D B0' "$(get -Ox "$rec" $name)"
expect 'recording, Counter64' '18446744073709551615' "$(get "$rec" 1.3.6.1.2.1.31.1.1.1.6.1)"
same 'recording, walk' 6 "$(bulk "$rec" .1 | grep -vc 'No more')"
stop

# --- raw ports: PJL ---
raw=$((port + 1))
# pjl HOST COMMAND...: sends one job, then ECHO; prints what comes back within a second
pjl() {
    local host=$1 line job=$'\e%-12345X@PJL\r\n'
    shift
    for line in "$@" 'ECHO end'; do
        job+="@PJL $line"$'\r\n'
    done
    job+=$'\e%-12345X'
    exec 3<>"/dev/tcp/127.10.0.$host/$raw" || return
    printf '%s' "$job" >&3
    timeout 1 sed '/@PJL ECHO end/q' <&3 | tr -d '\r\f'
    exec 3>&-
}
shown() { ctl pjl-show "$1" | tr '\n' ' '; }
start --devices 12 --pjl-port "$raw" --still
expect 'pjl info id' '^"' "$(pjl 1 'INFO ID')"
out=$(pjl 1 'INFO VARIABLES')
expect 'pjl variables' '^COPIES=1 \[2 RANGE\]' "$out"
expect 'pjl read-only' '^MPTRAY=FIRST \[2 ENUMERATED READONLY\]' "$out"
expect 'pjl languages' '^LPARM:PCL PITCH=10.00 ' "$out"
expect 'pjl default' '^7$' "$(pjl 1 'DEFAULT COPIES=7' 'DINQUIRE COPIES')"
expect 'pjl keeps it' 'COPIES=7 .*PITCH' "$(shown 0)"
pjl 1 'DEFAULT COPIES=1000' 'DEFAULT PAPER=NONE' 'DEFAULT MPTRAY=CASSETTE' >/dev/null
expect 'pjl keeps to its values' 'COPIES=7 PAPER=LETTER .*MPTRAY=FIRST' "$(shown 0)"
expect 'pjl unknown' '^"\?"$' "$(pjl 1 'DINQUIRE NONE')"
expect 'pjl prints nothing' 'defaults=4 printed=0 ' "$(shown 0)"
exec 3<>"/dev/tcp/127.10.0.1/$raw"
printf 'no PJL\n' >&3
exec 3>&-
sleep 0.2
expect 'pjl prints what is none' 'printed=7 ' "$(shown 0)"
for mode in one-way garbage; do
    ctl pjl 1 $mode >/dev/null
    refuse "pjl $mode" '@PJL ECHO end' "$(pjl 2 'INFO ID' 2>&1)"
done
ctl pjl 2 lying >/dev/null
expect 'pjl lying' '^42$' "$(pjl 3 'DEFAULT COPIES=7' 'DINQUIRE COPIES')"
ctl pjl 3 deaf >/dev/null
expect 'pjl deaf' '^1$' "$(pjl 4 'DEFAULT COPIES=7' 'DINQUIRE COPIES')"
ctl pjl 4 locked >/dev/null
expect 'pjl locked' '^1$' "$(pjl 5 'DEFAULT COPIES=7' 'DINQUIRE COPIES')"
expect 'pjl says so' '^ENABLED$' "$(pjl 5 'DINQUIRE PASSWORD')"
expect 'pjl unlocked' '^7$' "$(pjl 5 'JOB PASSWORD=4711' 'DEFAULT COPIES=7' 'EOJ' 'DINQUIRE COPIES')"
ctl pjl 5 refusing >/dev/null
refuse 'pjl refusing' 'ECHO' "$(pjl 6 'INFO ID' 2>&1)"
ctl pjl 6 restart >/dev/null
refuse 'pjl restart' 'ECHO' "$(pjl 7 'DEFAULT COPIES=7' 2>&1)"
sleep 2.5
expect 'pjl is back' 'ECHO end' "$(pjl 7 'INFO ID')"
ctl pjl 7 values >/dev/null
expect 'pjl 5,000 values' '^5000$' "$(pjl 8 'INFO VARIABLES' | grep -c '^.FONT[0-9]')"
ctl pjl 8 variables >/dev/null
expect 'pjl 200 variables' '^200$' "$(pjl 9 'INFO VARIABLES' | grep -c '^VARIABLE')"
ctl pjl 9 reordered >/dev/null
expect 'pjl reordered' 'DINQUIRE PAPER.*DINQUIRE COPIES' "$(pjl 10 'DINQUIRE COPIES' 'DINQUIRE PAPER' | tr '\n' ' ')"
ctl pjl 10 truncated >/dev/null
refuse 'pjl truncated' 'ECHO' "$(pjl 11 'INFO VARIABLES')"
expect 'pjl no such mode' 'error no such mode' "$(ctl pjl all nothing)"
stop

echo "sim tests: $count checks, $failed failed"
[ "$failed" -eq 0 ]
