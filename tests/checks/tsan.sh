#!/bin/bash
# The threaded rooms and the first walk under the thread sanitizer.
set -eu
cd "$(dirname "$0")/../.."
if [ ! -f build-tsan/build.ninja ]; then
    mkdir -p build-tsan
    cmake --preset tsan >build-tsan/configure.log 2>&1 || { tail -n 20 build-tsan/configure.log; exit 1; }
fi
ninja -C build-tsan >build-tsan/build.log 2>&1 || { tail -n 30 build-tsan/build.log; exit 1; }
# civetweb stops its threads by a flag that it reads without a lock: its own business
cat >build-tsan/suppressions <<'EOT'
race:mg_
race:worker_thread
race:master_thread
race:consume_socket
called_from_lib:libnetsnmp
EOT
export TSAN_OPTIONS="suppressions=$PWD/build-tsan/suppressions halt_on_error=1 second_deadlock_stack=1"
ctest --test-dir build-tsan --output-on-failure -j 2 \
    -R '^unit\.(base|store$|store_writer|snmp_engine|snmp_sender|agent|directory_login|link|run|here|task|flows|rest_access|rest_crier|rest_target_news|serve$|notify$)|^integration\.first-light\.sqlite'
