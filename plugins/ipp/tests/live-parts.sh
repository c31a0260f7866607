# Shared by live.sh and the integration tests: IPP printers that are not ours, and the D-Bus and
# Avahi that they wait for. Source it; it keeps all in $live_folder and the started processes in the
# array live_started, which the script that sources it ends.
live_started=()

# live_enter SCRIPT ARGUMENTS...: says why on standard output and fails where the printers cannot be
# had. Avahi's run-time folder belongs to root and to the one Avahi of the machine, and two of them
# quarrel about names: we go on in namespaces of our own, as many as are allowed, which
# $IPP_LIVE_INSIDE tells: m mounts, n network, r we are no root outside.
live_enter() {
    local tool kinds
    for tool in ippeveprinter avahi-daemon dbus-daemon; do
        command -v $tool >/dev/null || { echo "skipped: there is no $tool"; return 1; }
    done
    if [ -n "${IPP_LIVE_INSIDE:-}" ]; then
        [[ $IPP_LIVE_INSIDE != *n* ]] || ip link set lo up
        return
    fi
    for kinds in mn rmn m rm; do
        if unshare "-$kinds" true 2>/dev/null; then
            IPP_LIVE_INSIDE=$kinds exec unshare "-$kinds" "$@"
        fi
    done
    if [ "$(id -u)" != 0 ] && ! pgrep -x avahi-daemon >/dev/null; then
        echo "skipped: avahi-daemon does not run and can only be started as root"
        return 1
    fi
}

# live_wait SECONDS COMMAND...: until it succeeds
live_wait() {
    local tries=$(($1 * 10))
    shift
    while [ $tries -gt 0 ]; do
        "$@" 2>/dev/null && return 0
        sleep 0.1
        tries=$((tries - 1))
    done
    return 1
}

# live_listens ADDRESS PORT
live_listens() { (exec 3<>"/dev/tcp/$1/$2"); }

live_give_up() {
    echo "FAILED: $1"
    tail -n 5 "$live_folder"/*.log
    exit 1
}

# live_start NAME COMMAND...: its output is in NAME.log
live_start() {
    local name=$1
    shift
    "$@" >"$live_folder/$name.log" 2>&1 &
    live_started+=($!)
}

# live_bus: a D-Bus and an Avahi of our own, on the loopback interface only
live_bus() {
    if [ -z "${IPP_LIVE_INSIDE:-}" ] && pgrep -x avahi-daemon >/dev/null; then
        return
    fi
    cat >"$live_folder/bus.conf" <<CONF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=$live_folder/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="*"/>
<allow send_destination="*"/><allow receive_type="*"/></policy></busconfig>
CONF
    live_start bus dbus-daemon --config-file="$live_folder/bus.conf" --nofork --nopidfile
    export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$live_folder/bus
    live_wait 10 test -S "$live_folder/bus" || live_give_up "dbus-daemon did not start"
    [ -z "${IPP_LIVE_INSIDE:-}" ] || mount -t tmpfs none /run
    if [[ ${IPP_LIVE_INSIDE:-} = r* ]]; then # there is no user but root: avahi is he
        sed 's/^avahi:\([^:]*\):[0-9]*:[0-9]*:/avahi:\1:0:0:/' /etc/passwd >"$live_folder/passwd"
        sed 's/^avahi:\([^:]*\):[0-9]*:/avahi:\1:0:/' /etc/group >"$live_folder/group"
        mount --bind "$live_folder/passwd" /etc/passwd
        mount --bind "$live_folder/group" /etc/group
    fi
    printf '[server]\nuse-ipv6=no\nallow-interfaces=lo\nenable-dbus=yes\n' >"$live_folder/avahi.conf"
    live_start avahi avahi-daemon --no-drop-root --no-chroot --no-rlimits --no-proc-title \
        -f "$live_folder/avahi.conf"
    live_wait 20 grep -q 'startup complete' "$live_folder/avahi.log" ||
        live_give_up "avahi-daemon did not start"
}

# live_ippeveprinter NAME ADDRESS PORT TITLE [options]: CUPS's example printer
live_ippeveprinter() {
    local name=$1 address=$2 port=$3 title=$4
    shift 4
    mkdir -p "$live_folder/$name" "$live_folder/keys"
    live_start "$name" ippeveprinter -p "$port" -d "$live_folder/$name" -K "$live_folder/keys" \
        -n "$address" "$@" "$title"
    live_wait 20 live_listens "$address" "$port" || live_give_up "no printer on $address:$port"
}

# live_pappl NAME ADDRESS PORT PROGRAM: a PAPPL printer application
live_pappl() {
    local name=$1 address=$2 port=$3 program=$4
    mkdir -p "$live_folder/$name"
    HOME=$live_folder/$name live_start "$name" "$program" "$port" "$live_folder/$name" "$address"
    live_wait 20 live_listens "$address" "$port" || live_give_up "no printer on $address:$port"
}
