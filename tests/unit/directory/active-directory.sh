#!/bin/bash
# active-directory.sh TEST: a domain controller (Samba) in a network of its own, people and groups in
# it, then the test program. It needs the ports that domains have, hence the namespace. Exit status
# 77: Samba is not installed, or this host allows no namespaces.
set -euo pipefail
test=$1

if [ "${2:-}" != inside ]; then
    command -v samba samba-tool >/dev/null || {
        echo "Samba is not installed (Debian packages samba-ad-dc, samba-ad-provision)" >&2
        exit 77
    }
    options=(--net --mount --pid --fork --mount-proc --kill-child)
    [ "$(id -u)" = 0 ] || options+=(--map-root-user)
    unshare "${options[@]}" true 2>/dev/null || {
        echo "no namespace of its own for the domain controller" >&2
        exit 77
    }
    folder=$(mktemp -d "${TMPDIR:-/tmp}/platen-ad.XXXXXX")
    trap 'rm -rf "$folder"' EXIT
    unshare "${options[@]}" "$0" "$test" inside "$folder"
    exit
fi

folder=$3
export PYTHONDONTWRITEBYTECODE=1
ip link set lo up
mkdir "$folder/run"
for path in /run/samba /var/lib/samba /var/log/samba /var/cache/samba; do # what has no option
    [ ! -d "$path" ] || mount -t tmpfs none "$path"
done

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$folder/dc.key" -out "$folder/dc.pem" -days 30 \
    -subj /CN=dc1.ad.example.org -addext "subjectAltName=IP:127.0.0.1,DNS:dc1.ad.example.org" 2>/dev/null
chmod 600 "$folder/dc.key"
samba-tool domain provision --targetdir="$folder/ad" --realm=AD.EXAMPLE.ORG --domain=EXAMPLE \
    --adminpass=Admin-Secret-7 --server-role=dc --dns-backend=NONE --host-name=dc1 \
    --host-ip=127.0.0.1 --option="interfaces=127.0.0.1" --option="bind interfaces only=yes" \
    --option="posix:eadb=$folder/eadb.tdb" --option="tls certfile=$folder/dc.pem" \
    --option="tls keyfile=$folder/dc.key" --option="tls cafile=$folder/dc.pem" \
    --option="pid directory=$folder/run" --option="server services=ldap,kdc" \
    --option="log file=$folder/log" >"$folder/provision.log" 2>&1 || {
    cat "$folder/provision.log" >&2
    exit 1
}

# People and groups, before the server runs.
/usr/bin/python3 - "$folder/ad/etc/smb.conf" <<'PEOPLE'
import sys
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

lp = LoadParm()
lp.load(sys.argv[1])
db = SamDB(lp=lp, session_info=system_session())
users = "CN=Users," + db.domain_dn()

for name in ("alice", "bob", "dave", "many", "search"):
    db.newuser(name, name.capitalize() + "-Secret-7", givenname=name.capitalize(), surname="Person",
               mailaddress=name + "@example.org", useusernameascn=None)
db.modify_ldif("dn: CN=Alice Person,%s\nchangetype: modify\nreplace: userPrincipalName\n"
               "userPrincipalName: alice.long@example.org\n" % users)

def group(name, members, account=None):
    db.add_ldif("dn: CN=%s,%s\nobjectClass: group\nsAMAccountName: %s\n%s" % (
        name, users, account or name, "".join("member: CN=%s,%s\n" % (m, users) for m in members)))

group("Keepers", ["Alice Person"])
group("Print Staff", ["Keepers"], "PrintStaff")
group("Everybody Here", ["Domain Users"])
for i in range(600):
    group("many-%d" % i, ["Many Person"])
db.disable_account("(sAMAccountName=dave)")

# The service of single sign-on: an account with the name that browsers ask for.
db.newuser("svc-platen", "Svc-Secret-7")
db.modify_ldif("dn: CN=svc-platen,%s\nchangetype: modify\nadd: servicePrincipalName\n"
               "servicePrincipalName: HTTP/localhost\n" % users)
PEOPLE

samba-tool domain exportkeytab "$folder/service.keytab" --principal=HTTP/localhost \
    --configfile="$folder/ad/etc/smb.conf" >"$folder/keytab.log" 2>&1
samba --configfile="$folder/ad/etc/smb.conf" --foreground --debug-stdout >"$folder/samba.log" 2>&1 &
for port in 389 636 88; do
    for _ in $(seq 300); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
        kill -0 $! 2>/dev/null || { cat "$folder/samba.log" >&2; exit 1; }
        sleep 0.1
    done
done
cat >"$folder/krb5.conf" <<CONF
[libdefaults]
    default_realm = AD.EXAMPLE.ORG
    dns_lookup_kdc = false
    dns_canonicalize_hostname = false
    qualify_shortname = ""
    rdns = false
[realms]
    AD.EXAMPLE.ORG = {
        kdc = 127.0.0.1:88
    }
[domain_realm]
    localhost = AD.EXAMPLE.ORG
CONF
export KRB5_CONFIG=$folder/krb5.conf KRB5CCNAME=FILE:$folder/tickets
status=0
"$test" "$folder" || status=$?
kill $! 2>/dev/null || true
[ $status = 0 ] || tail -n 20 "$folder/samba.log" >&2
exit $status
