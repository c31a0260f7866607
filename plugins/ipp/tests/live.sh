#!/bin/bash
# The driver against two printers that are not ours: ippeveprinter (cups-ipp-utils) and a PAPPL
# printer application. Starts and stops all that they need: D-Bus and Avahi too where none runs.
# Usage: live.sh PLUGIN IPP-READ PAPPL-PRINTER|- ; exit status 77: the packages are not installed.
set -u
plugin=$1
read=$2
pappl=$3
here=$(cd "$(dirname "$0")" && pwd)

. "$here/live-parts.sh"

[ "$pappl" != - ] || { echo "skipped: built without libpappl"; exit 77; }
live_enter "$0" "$@" || exit 77

folder=$(mktemp -d)
live_folder=$folder
stop() {
    for pid in "${live_started[@]}"; do kill "$pid" 2>/dev/null; done
    for pid in "${live_started[@]}"; do wait "$pid" 2>/dev/null; done
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 1' INT TERM
failures=0

free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)) && live_listens 127.0.0.1 $port 2>/dev/null; do :; done
    echo $port
}

# expect LINE...: lines of the last work (a final * is "begins with")
expect() {
    local line
    for line in "$@"; do
        case $line in
        *'*') grep -qF -- "${line%\*}" "$folder/said" ;;
        *) grep -qxF -- "$line" "$folder/said" ;;
        esac || {
            echo "FAILED: $what: no line '$line' in"
            sed 's/^/  /' "$folder/said"
            failures=$((failures + 1))
        }
    done
}
# work KIND PORT [MEMO]
work() {
    what="$1 on port $2"
    timeout 60 "$read" "$plugin" "$1" 127.0.0.1 "$2" 20 "${3:-}" >"$folder/said" 2>&1 || {
        echo "FAILED: $what"
        cat "$folder/said"
        failures=$((failures + 1))
    }
}

live_bus
plain=$(free_port)
live_ippeveprinter plain localhost "$plain" "Plain printer"
rich=$(free_port)
live_ippeveprinter rich localhost "$rich" "Rich printer" -a "$here/rich.conf"
app=$(free_port)
live_pappl pappl localhost "$app" "$pappl"

work probe "$plain"
expect 'sure 90 *' 'memo 1 tls 2.0 /ipp/print' # TLS from the first byte
work information "$plain" '1 tls 2.0 /ipp/print'
expect 'text name=Plain printer' 'text model=Printer' 'text uuid=*' 'text link=https://127.0.0.1:*' \
    'integer color=0' 'part 1 1.2 type=sheetFeedAutoRemovableTray media= unit= state=ok capacity=250*'
work status "$plain"
expect 'text state=idle' \
    'supply marker.1.2 class=1 type=toner color=black unit=percent capacity=100 level=75 percent=75*'
work status "$plain" '1 clear 1.1 /ipp/print' # what is remembered is used
expect 'memo 1 clear 1.1 /ipp/print' 'text state=idle'

work information "$rich"
expect 'text manufacturer=ACME' 'text model=Office 7' 'text serial=EVE-42' \
    'text location=Second floor' 'text firmware=7.1' 'firmware fax=2.0' 'integer color=1'
work status "$rich"
expect \
    'supply marker.1.2 class=1 type=toner color=cyan unit=tenthsOfGrams capacity=4000 level=1000 percent=25*' \
    'supply marker.1.1 class=2 type=wasteToner color= unit=percent capacity=100 level=-3 percent=-3*'
work counters "$rich"
expect 'counter total impressions ipp 98765' 'integer page_count=98765'

work probe "$app"
expect 'sure 90 *' 'memo 1 *'
work information "$app"
expect 'text manufacturer=ACME' 'text model=Laser 9000' 'text serial=PAPPL-0001' \
    'text location=Room 1' 'text contact=Print Desk*' 'text firmware=1.2.3' \
    'firmware acme firmware=1.2.3' 'firmware acme firmware patches=p7'
work status "$app"
expect 'alert severity=3 training=4 group=13 index=2 code=8 location=1 uptime=5000 source=ipp text=Paper jam at the fuser' \
    'alert severity=4 training=2 group=8 index=-1 code=807 location=-1 uptime=-1 source=ipp text=Tray 1 is low' \
    'alert severity=3 training=2 group=6 index=-1 code=3 *' \
    'alert severity=4 training=2 group=11 index=-1 code=1104 *' \
    'supply marker.1.1 class=1 type=toner color=black *' \
    'supply marker.1.2 class=2 type=wasteToner *'
work counters "$app"
expect 'counter total impressions ipp 1234' 'text page_unit=impressions'

# Nothing of CUPS's own settings is read: no client.conf, nobody's home folder.
if command -v strace >/dev/null && strace -f -o /dev/null true 2>/dev/null; then
    mkdir -p "$folder/home/.cups"
    echo 'ServerName 192.0.2.1' >"$folder/home/.cups/client.conf"
    HOME=$folder/home ASAN_OPTIONS=detect_leaks=0 timeout 60 strace -f -e trace=file,connect \
        -o "$folder/trace" "$read" "$plugin" status 127.0.0.1 "$plain" 20 >"$folder/said" 2>&1
    if grep -E 'client\.conf|\.cups|cups\.sock' "$folder/trace"; then
        echo "FAILED: the driver looked at CUPS's settings"
        failures=$((failures + 1))
    fi
fi

[ $failures = 0 ] || exit 1
echo "all as expected"
