#!/bin/bash
# Each libFuzzer target for a few seconds, from its corpus. Usage: fuzz.sh SECONDS
set -eu
seconds=$1
cd "$(dirname "$0")/../.."
if [ ! -f build-fuzz/build.ninja ]; then
    mkdir -p build-fuzz
    cmake --preset fuzz >build-fuzz/configure.log 2>&1 || { tail -n 20 build-fuzz/configure.log; exit 1; }
fi
targets=(fuzz_conf fuzz_container fuzz_directory fuzz_flow fuzz_request fuzz_report fuzz_ppk fuzz_ipp_answer fuzz_ipp_pairs
    fuzz_lexmark fuzz_pjl fuzz_ricoh fuzz_snmp_community fuzz_snmp_v3 fuzz_worker)
ninja -C build-fuzz "${targets[@]}" >build-fuzz/build.log 2>&1 || { tail -n 30 build-fuzz/build.log; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run TARGET: from its corpus, what it prints in $work/TARGET.log
run() {
    local target=$1 program name=${1#fuzz_} corpus= folder
    program=$(find build-fuzz/tests/fuzz -name "$target" -type f)
    for folder in "tests/fuzz/$name/corpus" "tests/fuzz/${name%%_*}/corpus/${name#*_}" tests/fuzz/http/corpus; do
        [ -d "$folder" ] && corpus=$folder && break
    done
    mkdir -p "$work/$target"
    "$program" -max_total_time="$seconds" -max_len=8192 -rss_limit_mb=4096 -artifact_prefix="$work/" \
        "$work/$target" "$corpus" >"$work/$target.log" 2>&1
}

# try TARGET: what it says is in $work/TARGET.out; $work/TARGET.bad is there when it failed. Where the
# leak checker itself crashed (it does, seldom, when a thread ends beside it) nothing is known yet.
try() {
    local target=$1 good=yes
    run "$target" || good=no
    if [ $good = no ] && grep -q 'LeakSanitizer has encountered a fatal error' "$work/$target.log"; then
        echo "$target: the leak checker crashed; once more" >"$work/$target.first"
        good=yes
        run "$target" || good=no
    fi
    if [ $good = yes ]; then
        echo "$target: $(grep -E '^Done|runs in' "$work/$target.log" | tail -n 1)" >"$work/$target.out"
    else
        { echo "$target failed" && tail -n 40 "$work/$target.log"; } >"$work/$target.out"
        touch "$work/$target.bad"
    fi
}

# Two at a time: each keeps a processor busy.
for target in "${targets[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
    try "$target" &
done
wait
for target in "${targets[@]}"; do cat "$work/$target".{first,out} 2>/dev/null || true; done
! ls "$work"/*.bad >/dev/null 2>&1
