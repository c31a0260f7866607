#!/bin/bash
# Setting values end to end: simulated devices of 200 PJL variables, whose commands take 20 ms each,
# are found, checked, backed up, changed on one of a hundred, backed up again, and compared with a
# standard. Usage: back-up.sh RELEASE_BUILD_FOLDER [DEVICES]; figures on standard output, a line each.
BUILD=$1
DEVICES=${2:-10000}
. "$(dirname "$0")/../../integration/lib.sh"
. "$(dirname "$0")/fleet.sh"

database_kb() { # what is in use, with nothing left in the log
    sqlite3 "$DATA/platen.db" 'PRAGMA wal_checkpoint' 'PRAGMA page_count' 'PRAGMA freelist_count' 'PRAGMA page_size' |
        awk -F'|' 'NR == 2 { p = $1 } NR == 3 { p -= $1 } NR == 4 { printf "%d", p * $1 / 1024 }'
}

start_platend --set monitor.status_minutes=1440
first_administrator
find_devices

run check setting-value.check '{}'
run back_up setting-value.back-up '{}' "$ALL_DEVICES"
before=$(database_kb)
run back_up_same setting-value.back-up '{}' "$ALL_DEVICES"
same=$(database_kb)
for ((i = 0; i < DEVICES; i += 100)); do
    ctl pjl-set "$i" COPIES "$((i / 100 + 2))" # each a value of its own
done
run back_up_1_percent setting-value.back-up '{}' "$ALL_DEVICES"
after=$(database_kb)
echo "database_kb $before same +$((same - before)) one_percent_changed +$((after - same))"
want 200 POST /operations/setting-value.data-from-device "{\"device\":\"$FIRST_DEVICE\",\"name\":\"standard\",\"purpose\":\"monitoring\"}"
standard=$(jq -r .id <<<"$ANSWER")
run monitor setting-value.monitor "{\"standard\":\"$standard\",\"on_difference\":\"record\"}" "$ALL_DEVICES"
start=$(now)
want 200 GET '/setting-value/drift?size=50'
echo "drift_ms $(($(now) - start)) settings $(jq -r .total <<<"$ANSWER")"
echo "manager_peak_mb $(peak "$PLATEND")"
