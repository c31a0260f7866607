#!/bin/bash
# The whole way of 50,000 devices: found, polled, normalised, sent, committed, listed.
# Usage: run.sh RELEASE_BUILD_FOLDER [DEVICES]; figures on standard output, a line each.
BUILD=$1
DEVICES=${2:-50000}
. "$(dirname "$0")/../../integration/lib.sh"

seconds() { # START END (ms)
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b - a) / 1000 }'
}
now() { date +%s%3N; }
rss() { awk '/^VmRSS/ { printf "%d", $2 / 1024 }' "/proc/$1/status"; }
agent_pid() { pgrep -P "$PLATEND" | head -n 1; }

start_fleet "$DEVICES" --change-percent 2
start_platend --set monitor.status_minutes=1440
first_administrator
builtin_active setting-value.check false # it begins by itself when devices are found
want 200 PATCH /preferences '{"snmp":{"packets_per_second":0}}'
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/16\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'

start=$(now)
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 600
echo "search_s $(seconds "$start" "$(now)")"
want 200 GET '/devices?size=1'
echo "devices_found $(jq -r .total <<<"$ANSWER")"

want 200 GET /built-in-tasks
monitor=$(jq -r '.items[] | select(.kind == "device.monitor") | .id' <<<"$ANSWER")
watch() { # NAME
    local start
    start=$(now)
    want 202 POST "/built-in-tasks/$monitor/run"
    wait_run "$(jq -r .run <<<"$ANSWER")" 300
    echo "$1 $(seconds "$start" "$(now)") counts $(jq -c .counts <<<"$ANSWER")"
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
