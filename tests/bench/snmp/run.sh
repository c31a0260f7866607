#!/bin/bash
# The SNMP engine's bench: medians of three runs against the simulator, beside the floor (an echo over
# UDP on loopback) and stock net-snmp in the same minutes. The build should be a Release build.
# usage: run.sh <build-folder> [runs]
set -eu
build=$1
runs=${2:-3}
here=$(dirname "$0")
find_program() { find "$build" -name "$1" -type f -perm -u+x | head -n 1; }
simulator=$(find_program platen-sim)
floor=$(find_program platen-sim-floor)
engine=$(find_program bench_engine)
stock=$(find_program bench_netsnmp)
folder=$(mktemp -d)
export SNMP_BENCH_PORT=${SNMP_BENCH_PORT:-10161}
pid=
stop() {
    if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
    pid=
}
trap 'stop; rm -rf "$folder"' EXIT

start() {
    stop
    "$simulator" --devices 50000 --port "$SNMP_BENCH_PORT" --quiet "$@" > "$folder/sim" 2>&1 &
    pid=$!
    for _ in $(seq 100); do
        if grep -q '^ready' "$folder/sim"; then return; fi
        sleep 0.1
    done
    cat "$folder/sim"
    exit 1
}
# median <file> <name>: of that figure in the file's lines
median() {
    grep -o "\b$2=[0-9.]*" "$1" | cut -d= -f2 | sort -n | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }

# Those models that speak nothing but v1 are left out of the poll: net-snmp would wait for them.
models=$(cd "$here/../../sim/profiles" && grep -LE '"kind": *"decoy"|"versions": *"1"' ./*.json |
    sed 's|^./||; s|.json$||' | paste -sd,)

start
for _ in $(seq "$runs"); do
    "$floor" 2 64 >> "$folder/floor"
    "$engine" sweep | tee -a "$folder/sweep"
done
start --only "$models"
for _ in $(seq "$runs"); do
    "$engine" poll | tee -a "$folder/poll"
    "$stock" 10000 | tee -a "$folder/stock"
    "$floor" 2 64 >> "$folder/floor"
done

base=$(median "$folder/floor" round_trips_per_second)
sending=$(median "$folder/sweep" addresses_per_second_while_sending)
alone=$(median "$folder/poll" round_trips_per_cpu_second)
both=$(median "$folder/poll" round_trips_per_second)
echo "result floor_round_trips_per_second=$base"
echo "result sweep_found=$(median "$folder/sweep" found) cpu_seconds_per_1000_addresses=$(
    median "$folder/sweep" cpu_seconds_per_1000_addresses) sending_to_floor=$(ratio "$sending" "$base")"
echo "result poll_devices_per_second=$(median "$folder/poll" devices_per_second) packets_per_second=$(
    median "$folder/poll" packets_per_second)"
echo "result poll_engine_alone_to_floor=$(ratio "$alone" "$base") poll_with_simulator_to_floor=$(
    ratio "$both" "$base")"
echo "result poll_to_netsnmp=$(ratio "$(median "$folder/poll" devices_per_second)" \
    "$(median "$folder/stock" devices_per_second)") poll_to_netsnmp_by_cpu=$(
    ratio "$alone" "$(median "$folder/stock" round_trips_per_cpu_second)")"
