#!/bin/bash
# Runs a real snmpd with users of every kind on a loopback port of its own, and the driver on it.
# usage: snmpd.sh <snmpd> <driver>
set -eu
snmpd=$1
driver=$2
folder=$(mktemp -d)
pid=
finish() {
    if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
    rm -rf "$folder"
}
trap finish EXIT

# A context of its own: requests in it are handed on to the agent itself.
write_configuration() {
    for auth in MD5 SHA SHA-256 SHA-384 SHA-512; do
        for priv in DES AES AES-192 AES-256 AES-192-C AES-256-C; do
            name="u-$auth-$priv"
            echo "createUser $name $auth auth-password $priv priv-password"
            echo "rouser $name auth"
        done
    done
    echo 'createUser nobody'
    echo 'rouser nobody noauth'
    echo 'createUser strict SHA auth-password AES priv-password'
    echo 'rouser strict priv'
    echo 'createUser incontext SHA auth-password AES priv-password'
    echo 'view all included .1'
    echo 'rouser incontext priv -V all *'
    echo 'rocommunity public'
    echo 'rwcommunity private'
    echo 'createUser writer SHA-256 auth-password AES priv-password'
    echo 'rwuser writer priv'
    echo 'override -rw .1.3.6.1.2.1.43.5.1.1.3.1 integer 3'
    echo 'sysName platen-test'
    echo 'sysDescr a real agent'
    echo 'sysContact nobody'
    echo "proxy -Cn elsewhere -v 2c -c public 127.0.0.1:$1 .1.3.6.1.2.1.1"
    echo 'dontLogTCPWrappersConnects yes'
}
export MIBS=
export SNMP_PERSISTENT_DIR="$folder/state"
mkdir "$SNMP_PERSISTENT_DIR"

for attempt in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 20000))
    write_configuration "$port" > "$folder/snmpd.conf"
    "$snmpd" -f -Lf "$folder/log" -C -c "$folder/snmpd.conf" -I -smux "udp:127.0.0.1:$port" &
    pid=$!
    for _ in $(seq 50); do
        sleep 0.1
        kill -0 "$pid" 2>/dev/null || break
        if grep -q 'NET-SNMP version' "$folder/log" 2>/dev/null; then break 2; fi
    done
    pid=
done
if [ -z "$pid" ]; then cat "$folder/log"; exit 1; fi
if ! "$driver" "$port"; then
    cat "$folder/log"
    exit 1
fi
