#!/bin/bash
# Runs the device simulator on a port of its own, and the driver on it.
# usage: sim.sh <platen-sim> <driver>
set -eu
simulator=$1
driver=$2
folder=$(mktemp -d)
pid=
finish() {
    if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
    rm -rf "$folder"
}
trap finish EXIT

for attempt in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 20000))
    "$simulator" --devices 600 --base 127.11.0.0 --port "$port" --control "$folder/control" \
        --only hp-color-laser --address 127.12.0.1=v1-only-laser --still --alert-percent 0 \
        --v3-user 'op:SHA-256:auth-password:AES:priv-password' \
        --v3-user 'here:SHA:auth-password:AES:priv-password:printers' > "$folder/out" 2>&1 &
    pid=$!
    for _ in $(seq 100); do
        sleep 0.1
        if grep -q '^ready' "$folder/out"; then break 2; fi
        kill -0 "$pid" 2>/dev/null || break
    done
    pid=
done
if [ -z "$pid" ]; then cat "$folder/out"; exit 1; fi
"$driver" "$port" "$folder/control"
