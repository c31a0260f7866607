# What the benches of a fleet share: sourced, with BUILD and DEVICES set.
. "$(dirname "${BASH_SOURCE[0]}")/../../integration/lib.sh"

# found [OPTIONS OF THE SIMULATOR]: a manager that has found DEVICES simulated devices; the run that found
# them in $ANSWER, its task *Monitor devices* in $MONITOR
found() {
    start_fleet "$DEVICES" "$@"
    start_platend --set monitor.status_minutes=1440
    first_administrator
    builtin_active setting-value.check false # it begins by itself when devices are found
    want 200 PATCH /preferences '{"snmp":{"packets_per_second":0}}'
    want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/16\"],\"port\":{\"snmp\":$SNMP_PORT}}"
    want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
    want 200 GET /built-in-tasks
    MONITOR=$(jq -r '.items[] | select(.kind == "device.monitor") | .id' <<<"$ANSWER")
    want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
    wait_run "$(jq -r .run <<<"$ANSWER")" 600
}

# polled: *Monitor devices* has run; the run in $ANSWER
polled() {
    want 202 POST "/built-in-tasks/$MONITOR/run"
    wait_run "$(jq -r .run <<<"$ANSWER")" 300
}

# took: seconds of the run in $ANSWER, from its request until all of it was committed
took() {
    jq -r 'def s: (sub("\\.[0-9]+Z"; "Z") | fromdate) + ((capture("\\.(?<f>[0-9]+)Z").f // "0") | tonumber) / 1000;
        ((.ended | s) - (.created | s)) * 100 | round / 100' <<<"$ANSWER"
}
