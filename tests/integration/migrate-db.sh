#!/bin/bash
# From SQLite to PostgreSQL and back: everything goes along, the source is left as it was.
# Usage: migrate-db.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"
POSTGRES_DIR=$WORK/postgres
DATABASE=$("$HERE/postgres.sh" start "$POSTGRES_DIR")
CONF=$WORK/platend.conf
printf '# ours\n[http]\n[store]\n# nothing here yet\n[snmp]\n' >"$CONF"
chmod 640 "$CONF"

admin() {
    "$BUILD/platend" --config "$CONF" --data "$DATA" admin "$@"
}

admin_refused() {
    local name=$1 pattern=$2
    shift 2
    refused "$name" 1 "$pattern" --config "$CONF" --data "$DATA" admin "$@"
}

devices() {
    want 200 GET '/devices?size=1'
    jq -r .total <<<"$ANSWER"
}

search() {
    want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
    wait_run "$(jq -r .run <<<"$ANSWER")"
    is "state of the search" "$(jq -r .state <<<"$ANSWER")" success
}

dump() {
    sqlite3 "$1" .dump | sha256sum
}

empty_server() {
    psql -qc 'DROP SCHEMA public CASCADE; CREATE SCHEMA public' "$DATABASE" 2>/dev/null
}

start_fleet 60
admin_refused "a source that is not there" 'no database' migrate-db "$DATABASE"
start_platend --config "$CONF"
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/26\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
search
is "devices found" "$(devices)" 60
want 201 POST /device-credentials '{"kind":"snmpv1","community":"other"}'
last=$(jq -r .id <<<"$ANSWER")
want 204 DELETE "/device-credentials/$last"
admin_refused "beside a manager" 'in use by another platend' migrate-db "$DATABASE"
stop_platend

# ---- kill -9 in the middle: the next attempt begins anew ----
before=$(dump "$DATA/platen.db")
for i in $(seq 8); do
    "$BUILD/platend" --config "$CONF" --data "$DATA" admin migrate-db "$DATABASE" >/dev/null 2>&1 &
    pid=$!
    sleep "0.$((RANDOM % 7))$((RANDOM % 10))"
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    if grep -q '^url' "$CONF"; then
        echo "attempt $i was faster than its kill"
        sed -i '/^url/d' "$CONF"
        sleep 0.5
        empty_server
    fi
done
is "the source after kills" "$(dump "$DATA/platen.db")" "$before"
sleep 1
empty_server

# ---- to PostgreSQL ---- # SYS-191, SYS-192, SYS-193
printf '%s\n' "$DATABASE" | admin migrate-db - >"$WORK/said" || fail "migrate-db"
grep -q '^copied [0-9]* rows of [0-9]* tables, and compared' "$WORK/said" || fail "it says: $(cat "$WORK/said")"
is "the source" "$(dump "$DATA/platen.db")" "$before"
grep -qxF "url = $DATABASE" "$CONF" || fail "the configuration does not name the database: $(cat "$CONF")"
grep -q '^# nothing here yet' "$CONF" || fail "the rest of the configuration is gone"
! grep -q '^url' "$CONF.sqlite" || fail "the old configuration is not the old one"
is "mode of the configuration" "$(stat -c %a "$CONF")" 640
start_platend --config "$CONF"
want 200 GET /system
is database "$(jq -r .database <<<"$ANSWER")" postgresql
is "devices in PostgreSQL" "$(devices)" 60
search
want 201 POST /device-credentials '{"kind":"snmpv1","community":"third"}'
[ "$(jq -r .id <<<"$ANSWER")" -gt "$last" ] || fail "an id is given twice: $ANSWER"
third=$(jq -r .id <<<"$ANSWER")
stop_platend

# ---- and back ----
admin_refused "a database that is used" 'holds an installation' migrate-db "sqlite:$DATA/platen.db"
admin migrate-db "sqlite:$WORK/back.db" >/dev/null || fail "back to SQLite"
grep -qxF "url = sqlite:$WORK/back.db" "$CONF" || fail "the configuration: $(cat "$CONF")"
[ -f "$CONF.postgresql" ] || fail "the configuration before is not kept"
start_platend --config "$CONF"
is "devices back in SQLite" "$(devices)" 60
search
want 201 POST /device-credentials '{"kind":"snmpv1","community":"fourth"}'
[ "$(jq -r .id <<<"$ANSWER")" -gt "$third" ] || fail "an id is given twice: $ANSWER"
stop_platend

# ---- SYS-194: the old configuration leads back ----
cp "$CONF.sqlite" "$CONF"
start_platend --config "$CONF"
is "devices of the first database" "$(devices)" 60
stop_platend
