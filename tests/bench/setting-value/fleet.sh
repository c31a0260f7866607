# What the benches of setting values share: a fleet of simulated PJL devices, and runs with what they
# cost. After tests/integration/lib.sh, with DEVICES set.
RAW_PORT=$((PORT + 2))

seconds() { # START END (ms)
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b - a) / 1000 }'
}
now() { date +%s%3N; }
ctl() { "$BUILD/platen-sim" --ctl "$WORK/sim.sock" "$@" >/dev/null; }
agent_pid() { pgrep -P "$PLATEND" | head -n 1; }
peak() { awk '/^VmHWM/ { printf "%d", $2 / 1024 }' "/proc/$1/status"; }
processor() { awk '{ printf "%.1f", ($14 + $15) / 100 }' "/proc/$1/stat"; }
# run NAME KIND SETTINGS [TARGETS]: how long a task takes, and what it costs the two processes
run() {
    local start manager agent
    start=$(now)
    manager=$(processor "$PLATEND")
    agent=$(processor "$(agent_pid)")
    echo 5 >"/proc/$(agent_pid)/clear_refs" # the peak of this run alone
    want 201 POST /tasks "{\"kind\":\"$2\",\"name\":\"$1\",\"schedule\":{\"when\":\"now\"},\"settings\":$3${4:+,\"targets\":$4}}"
    wait_run "$(jq -r .run <<<"$ANSWER")" 900
    echo "$1_s $(seconds "$start" "$(now)") counts $(jq -r '"\(.counts.success)/\(.counts.warning)/\(.counts.error)/\(.counts.skipped)"' <<<"$ANSWER")" \
        "manager_cpu_s $(awk -v a="$manager" -v b="$(processor "$PLATEND")" 'BEGIN { print b - a }')" \
        "agent_cpu_s $(awk -v a="$agent" -v b="$(processor "$(agent_pid)")" 'BEGIN { print b - a }')" \
        "agent_peak_mb $(peak "$(agent_pid)")"
}

# find_devices: begins the fleet and searches it; one of the devices in $FIRST_DEVICE, targets of a
# task that takes all of them in $ALL_DEVICES
find_devices() {
    start_fleet "$DEVICES" --still --only hp-color-laser --pjl-port "$RAW_PORT" --pjl office
    want 200 PATCH /preferences '{"snmp":{"packets_per_second":0}}'
    want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/16\"],\"port\":{\"snmp\":$SNMP_PORT,\"pjl\":$RAW_PORT}}"
    want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
    want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
    wait_run "$(jq -r .run <<<"$ANSWER")" 600
    want 200 GET '/devices?size=2&sort=address'
    echo "devices_found $(jq -r .total <<<"$ANSWER") agent_peak_mb $(peak "$(agent_pid)")"
    FIRST_DEVICE=$(jq -r '[.items[] | select(.address == "127.10.0.2")][0].id' <<<"$ANSWER")
    want 201 POST /groups '{"name":"all","type":"dynamic","filters":["address:begins:127."]}'
    ALL_DEVICES="{\"groups\":[\"$(jq -r .id <<<"$ANSWER")\"]}"
}

ulimit -n "$(ulimit -Hn)"
