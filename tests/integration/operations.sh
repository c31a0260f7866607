#!/bin/bash
# A feature's operations through the daemon: by REST, by the command line, in a flow that is killed in
# its middle; its table, its files, its events, its entries in the audit log; a backup takes its table
# along. Usage: operations.sh BUILD_FOLDER [sqlite|postgres]
BUILD=$1
. "$(dirname "$0")/lib.sh"
DATABASE=
store=()
if [ "${2:-sqlite}" = postgres ]; then
    POSTGRES_DIR=$WORK/postgres
    DATABASE=$("$HERE/postgres.sh" start "$POSTGRES_DIR")
    store=(--set "store.url=$DATABASE")
fi
mkdir -m 755 "$WORK/plugins"
cp -r "$BUILD"/plugins/. "$WORK/plugins"
cp "$BUILD"/feature-plugins/greeter.so "$WORK/plugins"

# rows STATEMENT: what is in the database
rows() {
    if [ -n "$DATABASE" ]; then
        psql -Atqc "$1" "$DATABASE"
    else
        sqlite3 "$DATA/platen.db" "$1"
    fi
}

start_manager() {
    : >"$WORK/platend.out"
    start_platend --set "plugins.folder=$WORK/plugins" --set 'plugins.enabled=printer-mib greeter' \
        "${store[@]+"${store[@]}"}"
}

start_fleet 12 --still
start_manager
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/28\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120
want 200 GET '/devices?size=200'
count=$(jq -r .total <<<"$ANSWER")
[ "$count" -ge 10 ] || fail "only $count devices were found"
first=$(jq -r '.items[0].id' <<<"$ANSWER")
name=$(jq -r '.items[0].name' <<<"$ANSWER")

# By REST: what there is, what is refused, what is done
want 200 GET /operations
is operations "$(jq -r '[.items[].id | select(startswith("greeter."))] | join(" ")' <<<"$ANSWER")" "greeter.greet greeter.count"
want 422 POST /operations/greeter.greet '{"device":"x"}'
is "where the fault is" "$(jq -r '.errors[0].pointer' <<<"$ANSWER")" /device
want 422 POST /operations/greeter.greet '{"device":999999}'
want 200 POST /operations/greeter.greet "{\"device\":$first}"
digest=$(jq -r .digest <<<"$ANSWER")
is "the file" "$(cat "$DATA/blobs/greeter/${digest:0:2}/${digest:2}")" "Dear $name"
is "the row" "$(rows "SELECT device_id || ' ' || digest FROM greeter_greeting")" "$first $digest"
want 200 GET '/audit-log?f=category:eq:operations&size=10'
is "entries of what was done" "$(jq '[.items[] | select(.object == "greeter.greet" and .result == "success")] | length' <<<"$ANSWER")" 1
want 200 POST /operations/greeter.count
is "greetings" "$ANSWER" 1
want 200 GET '/audit-log?f=category:eq:operations&size=10'
is "entries of what was read" "$(jq '[.items[] | select(.object == "greeter.count")] | length' <<<"$ANSWER")" 0

# By the command line
client() { PLATEN_URL=$URL PLATEN_TOKEN=$TOKEN PLATEN_CA=$DATA/certs/ca.pem "$BUILD/platen" "$@"; }
client operation list | grep -q 'greeter.greet' || fail "the command line lists no operations"
client operation run greeter.greet "device=$first" | grep -q "$digest" || fail "the command line does not greet"
is "the command line's count" "$(client operation run greeter.count)" 2
! client operation run greeter.greet device=zero 2>/dev/null || fail "text was taken for a number"

# A webhook may ask for its event
want 200 GET /webhooks/events
jq -e 'any(.items[]; .id == "greeter.greeted" and .plugin == "greeter")' <<<"$ANSWER" >/dev/null || fail "no event: $ANSWER"

# In a flow: each device is greeted once, with the manager killed in between
text='return platen.flow{name = "greet", run = function(ctx, device)
  local answer, err = platen.operation("greeter.greet", {device = device.id})
  if err then return ctx:fail(err.message) end
  ctx:sleep(3)
  ctx:subtask("device.monitor", device)
  return answer.digest
end}'
want 201 POST /scripts "$(jq -n --arg t "$text" '{name:"greet",kind:"flow",text:$t}')"
want 201 POST /tasks '{"kind":"flow.greet","name":"greet","schedule":{"when":"now"}}'
run=$(jq -r .run <<<"$ANSWER")
for _ in $(seq 100); do
    [ "$(rows "SELECT count(*) FROM flow_call WHERE call = 'sleep'")" -ge "$count" ] && break
    sleep 0.1
done
kill -9 "$PLATEND"
wait "$PLATEND" 2>/dev/null || true
sleep 1
start_manager
wait_run "$run" 120
is "devices that are done" "$(jq -r '"\(.counts.success) \(.counts.error)"' <<<"$ANSWER")" "$count 0"
want 200 POST /operations/greeter.count
is "greetings after the flow" "$ANSWER" $((count + 2))

# A backup has the feature's table, whatever the database is
stop_platend
"$BUILD/platend" --data "$DATA" "${store[@]+"${store[@]}"}" admin backup "$WORK/backup.zip" \
    >/dev/null 2>"$WORK/said" || fail "no backup: $(cat "$WORK/said")"
mkdir "$WORK/backup"
(cd "$WORK/backup" && unzip -q "$WORK/backup.zip")
copy=$(find "$WORK/backup" -name '*.db' | head -n 1)
is "greetings in the backup" "$(sqlite3 "$copy" 'SELECT count(*) FROM greeter_greeting')" $((count + 2))
echo "operations.sh: done"
