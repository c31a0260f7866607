#!/bin/bash
# A private Kerberos server (MIT) for tests: realm EXAMPLE.ORG on ports of the loopback.
#   kdc.sh start DIR PORT HOST [FAKETIME]
#       makes it on the first call and starts it; FAKETIME ("+1h") is the clock that it believes in
#   kdc.sh stop DIR
# DIR/krb5.conf is for KRB5_CONFIG, DIR/service.keytab holds HTTP/HOST, DIR/stranger.keytab another
# key of the same name, DIR/wrong.keytab a key of another service. alice, bob, dave and the stranger
# "nobody" have the password <name>-Secret-7. Exit status 77: not installed.
set -euo pipefail

usage() {
    echo "usage: kdc.sh start DIR PORT HOST [FAKETIME] | stop DIR" >&2
    exit 2
}
[ $# -ge 2 ] || usage
what=$1
dir=$2
realm=EXAMPLE.ORG
PATH=$PATH:/usr/sbin:/sbin

admin() {
    kadmin.local -r $realm -q "$1" >>"$dir/kadmin.log" 2>&1
}

configure() { # PORT
    cat >"$dir/krb5.conf" <<CONF
[libdefaults]
    default_realm = $realm
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    qualify_shortname = ""
    rdns = false
    udp_preference_limit = 1
[realms]
    $realm = {
        kdc = 127.0.0.1:$1
    }
[domain_realm]
    .example.org = $realm
    localhost = $realm
CONF
    cat >"$dir/kdc.conf" <<CONF
[kdcdefaults]
    kdc_listen = 127.0.0.1:$1
    kdc_tcp_listen = 127.0.0.1:$1
[realms]
    $realm = {
        database_name = $dir/principal
        key_stash_file = $dir/stash
        acl_file = $dir/acl
        max_life = 10h
    }
[logging]
    kdc = FILE:$dir/kdc.log
CONF
}

make() { # HOST
    kdb5_util -r $realm -P master-Secret-7 create -s >"$dir/kdb5.log" 2>&1 || {
        cat "$dir/kdb5.log" >&2
        exit 1
    }
    local name
    for name in alice bob dave nobody; do
        admin "addprinc -pw $name-Secret-7 $name"
    done
    admin "addprinc -randkey HTTP/$1"
    admin "addprinc -randkey host/$1"
    admin "addprinc -pw alice-Secret-7 alice/admin"
    # Its key changes when the right one is written: what was written first is a stranger's then.
    admin "ktadd -k $dir/stranger.keytab HTTP/$1"
    admin "ktadd -k $dir/service.keytab HTTP/$1"
    admin "ktadd -k $dir/wrong.keytab host/$1"
}

start() {
    command -v krb5kdc kadmin.local kinit >/dev/null || {
        echo "MIT Kerberos is not installed (Debian packages krb5-kdc, krb5-admin-server, krb5-user)" >&2
        exit 77
    }
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    configure "$1"
    export KRB5_CONFIG=$dir/krb5.conf KRB5_KDC_PROFILE=$dir/kdc.conf
    [ -f "$dir/principal" ] || make "$2"
    local clock=()
    [ $# -lt 3 ] || clock=(faketime -f "$3")
    "${clock[@]}" krb5kdc -n -r $realm >"$dir/kdc.out" 2>&1 &
    echo $! >"$dir/pid"
    for _ in $(seq 100); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && exit 0
        kill -0 "$(cat "$dir/pid")" 2>/dev/null || break
        sleep 0.05
    done
    cat "$dir/kdc.out" >&2
    exit 1
}

stop() {
    [ -s "$dir/pid" ] || exit 0
    local pid
    pid=$(cat "$dir/pid")
    kill "$pid" 2>/dev/null || true
    rm -f "$dir/pid"
}

case $what in
start)
    [ $# -ge 4 ] || usage
    shift 2
    start "$@"
    ;;
stop) stop ;;
*) usage ;;
esac
