#!/bin/bash
# A private OpenLDAP server for tests, on ports of the loopback, with an authority of its own.
#   slapd.sh start DIR LDAP_PORT LDAPS_PORT [CERTIFICATE]
#       makes it on the first call and starts it; CERTIFICATE is good (preset), expired or other
#   slapd.sh stop DIR     stops it; what it holds stays
# Exit status 77: slapd is not installed. The authority is DIR/ca.pem, the base dc=example,dc=org.
# Whoever is in it has the password <name>-Secret-7; the searching user is cn=search,dc=example,dc=org.
set -euo pipefail

usage() {
    echo "usage: slapd.sh start DIR LDAP_PORT LDAPS_PORT [good|expired|other] | stop DIR" >&2
    exit 2
}
[ $# -ge 2 ] || usage
what=$1
dir=$2
base=dc=example,dc=org
many=${SLAPD_GROUPS:-10000}

# certificate NAME SUBJECT_ALT_NAME DAYS: signed by the authority
certificate() {
    openssl req -newkey rsa:2048 -nodes -keyout "$dir/$1.key" -out "$dir/$1.csr" \
        -subj "/CN=$1" 2>/dev/null
    openssl x509 -req -in "$dir/$1.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial \
        -out "$dir/$1.pem" -days "$3" -extfile <(echo "subjectAltName=$2") 2>/dev/null
}

certificates() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/ca.key" -out "$dir/ca.pem" -days 30 \
        -subj "/CN=Directory Test CA" 2>/dev/null
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/stranger.key" -out "$dir/stranger.pem" \
        -days 30 -subj "/CN=A Stranger" 2>/dev/null
    certificate good DNS:localhost,IP:127.0.0.1 30
    certificate other DNS:elsewhere.example.org 30
    # The oldest way that all versions know: a day that has passed.
    certificate expired DNS:localhost,IP:127.0.0.1 -1
}

# person NAME GID [LINES] [BRANCH]
person() {
    printf 'dn: uid=%s,ou=%s,%s\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\n' \
        "$1" "${4:-People}" $base
    printf 'uid: %s\ncn: %s Person\nsn: Person\nuidNumber: %s\ngidNumber: %s\nhomeDirectory: /\n' \
        "$1" "${1^}" "$((1000 + ${#1}))" "$2"
    printf 'userPassword: %s-Secret-7\n' "$1"
    [ -z "${3:-}" ] || printf '%b\n' "$3"
    echo
}

# group NAME MEMBER_DN...
group() {
    local name=$1
    shift
    printf 'dn: cn=%s,ou=Groups,%s\nobjectClass: groupOfNames\ncn: %s\n' "$name" $base "$name"
    printf 'member: %s\n' "$@"
    echo
}

entries() {
    cat <<ENTRIES
dn: $base
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: cn=search,$base
objectClass: person
cn: search
sn: search
userPassword: search-Secret-7

dn: ou=People,$base
objectClass: organizationalUnit
ou: People

dn: ou=Groups,$base
objectClass: organizationalUnit
ou: Groups

dn: ou=Open,$base
objectClass: organizationalUnit
ou: Open

ENTRIES
    person alice 5000 "displayName: Alice Ärmel\nmail: alice@example.org"
    person bob 5001 "mail: bob@example.org"
    person carol 5001
    person dave 5001
    person many 5001
    person "star*(x)" 5001
    person twin 5001
    person twin 5001 "" Open # a branch that nobody needs to log in for to read
    # alice is in Keepers, which is in Staff, which is in Everybody; Everybody is in Staff: a ring.
    group Keepers "uid=alice,ou=People,$base"
    group Staff "cn=Keepers,ou=Groups,$base" "cn=Everybody,ou=Groups,$base"
    group Everybody "cn=Staff,ou=Groups,$base"
    group "Printer Admins" "uid=bob,ou=People,$base"
    cat <<ENTRIES
dn: cn=North,ou=Groups,$base
objectClass: groupOfUniqueNames
cn: North
uniqueMember: uid=alice,ou=People,$base

dn: cn=posix-readers,ou=Groups,$base
objectClass: posixGroup
cn: posix-readers
gidNumber: 6000
memberUid: alice
memberUid: carol

dn: cn=posix-main,ou=Groups,$base
objectClass: posixGroup
cn: posix-main
gidNumber: 5000

ENTRIES
    # Somebody in as many groups as a directory may have, the last of which is nested deeply.
    awk -v n="$many" -v base=$base 'BEGIN {
        for (i = 1; i <= n; i++) {
            printf "dn: cn=many-%d,ou=Groups,%s\nobjectClass: groupOfNames\ncn: many-%d\n", i, base, i
            printf "member: uid=many,ou=People,%s\n\n", base
        }
    }'
}

make() {
    mkdir -p "$dir/db"
    certificates
    cp /usr/sbin/slapd "$dir/slapd" # profiles of the system are for the one in its place
    ln -sf slapd "$dir/slapadd"
    cat >"$dir/slapd.conf" <<CONF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile $dir/pid
sizelimit size.soft=500 size.hard=500 size.pr=500 size.prtotal=unlimited
TLSCACertificateFile $dir/ca.pem
TLSCertificateFile $dir/server.pem
TLSCertificateKeyFile $dir/server.key
TLSVerifyClient never
database mdb
suffix $base
directory $dir/db
maxsize 268435456
dbnosync
rootdn cn=root,$base
rootpw root-Secret-7
index objectClass,uid,member,uniqueMember,memberUid,gidNumber eq
access to attrs=userPassword by anonymous auth by * none
access to dn.subtree="ou=Open,$base" by * read
access to * by users read by * none
CONF
    cp "$dir/good.pem" "$dir/server.pem"
    cp "$dir/good.key" "$dir/server.key"
    entries >"$dir/entries.ldif"
    "$dir/slapadd" -q -f "$dir/slapd.conf" -l "$dir/entries.ldif" >"$dir/slapadd.log" 2>&1 || {
        cat "$dir/slapadd.log" >&2
        exit 1
    }
}

start() {
    [ -x /usr/sbin/slapd ] || {
        echo "OpenLDAP's server is not installed (Debian package slapd)" >&2
        exit 77
    }
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    [ -f "$dir/entries.ldif" ] || make
    cp "$dir/${3:-good}.pem" "$dir/server.pem"
    cp "$dir/${3:-good}.key" "$dir/server.key"
    "$dir/slapd" -f "$dir/slapd.conf" -h "ldap://127.0.0.1:$1 ldaps://127.0.0.1:$2" \
        >"$dir/slapd.log" 2>&1 || {
        cat "$dir/slapd.log" >&2
        exit 1
    }
    for _ in $(seq 100); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && exit 0
        sleep 0.1
    done
    echo "slapd does not listen" >&2
    exit 1
}

stop() {
    [ -s "$dir/pid" ] || exit 0
    local pid
    pid=$(cat "$dir/pid")
    kill -9 "$pid" 2>/dev/null || true # its own end takes seconds, and it only reads
    # Until it is gone, or dead and nobody has asked for its status yet.
    while kill -0 "$pid" 2>/dev/null && ! grep -q ') Z' "/proc/$pid/stat" 2>/dev/null; do
        sleep 0.02
    done
    rm -f "$dir/pid"
}

case $what in
start)
    [ $# -ge 4 ] || usage
    start "$3" "$4" "${5:-good}"
    ;;
stop) stop ;;
*) usage ;;
esac
