#!/bin/bash
# The whole way of 50,000 devices: found, polled, normalised, sent, committed, listed.
# Usage: run.sh RELEASE_BUILD_FOLDER [DEVICES]; figures on standard output, a line each.
BUILD=$1
DEVICES=${2:-50000}
. "$(dirname "$0")/fleet.sh"

seconds() { # START END (ms)
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b - a) / 1000 }'
}
now() { date +%s%3N; }
rss() { awk '/^VmRSS/ { printf "%d", $2 / 1024 }' "/proc/$1/status"; }
agent_pid() { pgrep -P "$PLATEND" | head -n 1; }

found --change-percent 2
echo "search_s $(took)"
want 200 GET '/devices?size=1'
echo "devices_found $(jq -r .total <<<"$ANSWER")"

watch() { # NAME
    polled
    echo "$1 $(took) counts $(jq -c .counts <<<"$ANSWER")"
}
watch poll_first_s
"$BUILD/platen-sim" --ctl "$WORK/sim.sock" tick >/dev/null
watch poll_2_percent_changed_s
"$BUILD/platen-sim" --ctl "$WORK/sim.sock" tick >/dev/null
watch poll_2_percent_changed_again_s

echo "manager_rss_mb $(rss "$PLATEND")"
echo "agent_rss_mb $(rss "$(agent_pid)")"

auth=(-sS --cacert "$DATA/certs/ca.pem" -H "Authorization: Bearer $TOKEN")
start=$(now)
lines=$(curl "${auth[@]}" -H 'Accept: application/x-ndjson' "$URL/api/v1/devices" | wc -l)
echo "ndjson_s $(seconds "$start" "$(now)") lines $lines"
for query in 'size=50' 'size=50&sort=-page_count' 'size=50&sort=last_seen' 'size=50&f=model:contains:Laser&sort=-supply_lowest' \
    'size=50&f=name:contains:77&sort=location' 'size=50&f=severity:eq:error&sort=name&page=3' 'size=50&q=12&sort=serial'; do
    for _ in 1 2 3 4 5 6 7; do
        curl "${auth[@]}" -o /dev/null -w '%{time_starttransfer} %{time_appconnect}\n' "$URL/api/v1/devices?$query&fields=name,address,model,power,severity,page_count"
    done | awk '{ print ($1 - $2) * 1000 }' | sort -n | awk -v q="$query" '{ v[NR] = $1 } END { printf "list_ms %.1f (median of %d) %s\n", v[int((NR + 1) / 2)], NR, q }'
done

kill -TERM "$PLATEND"
wait "$PLATEND" || true
: >"$WORK/platend.out"
start=$(now)
start_platend
until curl -sS --cacert "$DATA/certs/ca.pem" "$URL/healthz" >/dev/null 2>&1; do sleep 0.02; done
echo "start_s $(seconds "$start" "$(now)")"
du -m "$DATA/platen.db" | awk '{ print "database_mb " $1 }'
