#!/bin/bash
# A rough network: 3 % of the devices silent or slow, 0.5 % of the answers lost, 5 ms each way round.
# All are judged within tries x time-out + 2 s, and none that answers is called silent.
# Usage: rough.sh RELEASE_BUILD_FOLDER [DEVICES]
BUILD=$1
DEVICES=${2:-50000}
. "$(dirname "$0")/../../integration/lib.sh"
now() { date +%s%3N; }

start_fleet "$DEVICES" --still
start_platend --set monitor.status_minutes=1440
first_administrator
want 200 PATCH /preferences '{"snmp":{"packets_per_second":0}}'
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/16\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 600
want 200 GET /built-in-tasks
monitor=$(jq -r '.items[] | select(.kind == "device.monitor") | .id' <<<"$ANSWER")
ctl() { "$BUILD/platen-sim" --ctl "$WORK/sim.sock" "$@" | tail -n 1; }
silent=$((DEVICES * 3 / 200))
ctl silent "0-$((silent - 1))"
ctl slow "$silent-$((2 * silent - 1))" 400
ctl loss 0.5 || true
ctl latency 5
want 202 POST "/built-in-tasks/$monitor/run"
start=$(now)
wait_run "$(jq -r .run <<<"$ANSWER")" 300
echo "rough_poll_s $(awk -v a="$start" -v b="$(now)" 'BEGIN { printf "%.2f", (b - a) / 1000 }') counts $(jq -c .counts <<<"$ANSWER")"
want 200 GET /dashboard
echo "power $(jq -c .power <<<"$ANSWER") silent devices $silent"
