#!/bin/bash
# A rough network: 3 % of the devices silent or slow, 0.5 % of the answers lost, 5 ms each way round.
# All are judged within tries x time-out + 2 s, and none that answers is called silent. The faulty
# devices are scattered over the fleet, and the first poll does not know yet which they are.
# Usage: rough.sh RELEASE_BUILD_FOLDER [DEVICES]
BUILD=$1
DEVICES=${2:-50000}
. "$(dirname "$0")/../../integration/lib.sh"

processor_s() { # PID
    awk -v hz="$(getconf CLK_TCK)" '{ printf "%.2f", ($14 + $15) / hz }' "/proc/$1/stat"
}
spent() { # of the simulator, the manager and its agent until now
    echo "$(processor_s "$SIM") $(processor_s "$PLATEND") $(processor_s "$AGENT")"
}
poll() { # NAME
    local before
    before=$(spent)
    want 202 POST "/built-in-tasks/$MONITOR/run"
    wait_run "$(jq -r .run <<<"$ANSWER")" 300
    echo "$1 $(jq -r '(.ended | sub("\\.[0-9]+Z"; "Z") | fromdate) as $e | (.ended | capture("\\.(?<f>[0-9]+)Z").f // "0" | tonumber) as $ef
        | (.created | sub("\\.[0-9]+Z"; "Z") | fromdate) as $c | (.created | capture("\\.(?<f>[0-9]+)Z").f // "0" | tonumber) as $cf
        | ($e - $c) + ($ef - $cf) / 1000' <<<"$ANSWER") s" \
        "$(awk '{ printf "processor_s sim %.2f manager %.2f agent %.2f", $4 - $1, $5 - $2, $6 - $3 }' <<<"$before $(spent)")" \
        "counts $(jq -c '.counts' <<<"$ANSWER")"
    want 200 GET /dashboard
    echo "  power $(jq -c .power <<<"$ANSWER")"
}

start_fleet "$DEVICES" --still
start_platend --set monitor.status_minutes=1440
AGENT=$(pgrep -P "$PLATEND" | head -n 1)
first_administrator
builtin_active setting-value.check false # it begins by itself when devices are found
want 200 PATCH /preferences '{"snmp":{"packets_per_second":0}}'
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/16\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 600
want 200 GET /built-in-tasks
MONITOR=$(jq -r '.items[] | select(.kind == "device.monitor") | .id' <<<"$ANSWER")
poll first_of_all
poll no_faults
ctl() { "$BUILD/platen-sim" --ctl "$WORK/sim.sock" "$@" | tail -n 1; }
ctl slow 3% 400
ctl silent 1.5%
ctl loss 0.5
ctl latency 5
poll first_after_fault
poll second
poll third
ctl clear all
ctl loss 0
poll all_answer_again
poll clean
