#!/bin/bash
# Setting values from the check to monitoring, on simulated devices whose Printer MIB can be written:
# with manager and agent killed in the middle, nothing is done twice or forgotten. SET-50, SET-54,
# SET-58, SET-59, SET-76, SET-79, SET-100, SET-102, SET-106, SET-107.
# SET-05, SET-51, SET-52, SET-57, DEV-140.
# Usage: setting-values.sh BUILD_FOLDER [sqlite|postgres]
BUILD=$1
. "$(dirname "$0")/lib.sh"
DATABASE=
store=()
if [ "${2:-sqlite}" = postgres ]; then
    POSTGRES_DIR=$WORK/postgres
    DATABASE=$("$HERE/postgres.sh" start "$POSTGRES_DIR")
    store=(--set "store.url=$DATABASE")
fi
DEVICES=30
NAME=1.3.6.1.2.1.43.5.1.1.5.1 # prtGeneralServicePerson: of any model

sim() {
    "$BUILD/platen-sim" --ctl "$WORK/sim.sock" "$*" >/dev/null || fail "the simulator does not do '$*'"
}

rows() {
    if [ -n "$DATABASE" ]; then
        psql -Atqc "$1" "$DATABASE"
    else
        sqlite3 "$DATA/platen.db" "$1"
    fi
}

start_manager() {
    : >"$WORK/platend.out"
    start_platend "${store[@]+"${store[@]}"}" --set agent.local=no
}

start_agent() {
    "$BUILD/platend" --role agent --data "$WORK/agent" --set "link.manager_url=$URL" \
        --set "link.activation_key=$KEY" --set snmp.timeout_ms=500 >>"$WORK/agent.out" 2>>"$WORK/agent.log" &
    AGENT=$!
    PIDS+=("$AGENT")
}

# begin KIND SETTINGS [MORE]: a run; its id in $RUN
begin() {
    want 201 POST /tasks "{\"kind\":\"setting-value.$1\",\"name\":\"$1\",\"schedule\":{\"when\":\"now\"},\"settings\":$2${3:-}}"
    RUN=$(jq -r .run <<<"$ANSWER")
}

# ended SUCCESS WARNING ERROR SKIPPED: the run has, so
ended() {
    wait_run "$RUN" 180
    local got
    got=$(jq -r '"\(.counts.success) \(.counts.warning) \(.counts.error) \(.counts.skipped)"' <<<"$ANSWER")
    [ "$got" = "$*" ] || {
        call GET "/runs/$RUN/targets?size=200" | jq -c '.items[] | [.state, .code, .text]' | sort | uniq -c >&2
        fail "run $RUN has '$got', not '$*'"
    }
}

# operation WORD ARGUMENTS
operation() {
    want 200 POST "/operations/setting-value.$1" "$2"
}

# slay PID...: all at once, as when the power fails
slay() {
    kill -9 "$@"
    wait "$@" 2>/dev/null || true
}

discover() {
    want 201 POST /tasks "{\"kind\":\"device.discover\",\"name\":\"find\",\"schedule\":{\"when\":\"now\"},\"targets\":{\"agents\":[\"$agent\"]}}"
    wait_run "$(jq -r .run <<<"$ANSWER")" 60
}

start_fleet "$DEVICES" --still
start_manager
first_administrator
want 201 POST /agents '{"name":"far"}'
agent=$(jq -r .id <<<"$ANSWER")
KEY=$(jq -r .activation_key <<<"$ANSWER")
want 200 PATCH "/agents/$agent" "{\"ranges\":[\"127.10.0.0/27\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"private"}'
start_agent
builtin_active setting-value.check false
discover
is "checks while it is switched off" "$(rows "SELECT count(*) FROM run WHERE kind = 'setting-value.check'")" 0

# SET-58: before the check nobody is a target
begin back-up '{}'
ended 0 0 0 "$DEVICES"

# SET-50, SET-51, SET-54: at once, though the built-in one is switched off
begin check '{}'
ended "$DEVICES" 0 0 0
is "supporting devices" "$(rows "SELECT count(*) FROM setting_value_device WHERE support = 'yes' AND writes <> 'no' AND type = 'IV'")" "$DEVICES"
begin check '{}'
ended 0 0 0 "$DEVICES"

# SET-57: it is the newest in the history, with what was found of each device
want 200 GET '/runs?f=kind:eq:setting-value.check&sort=-ended&size=1'
is "the newest check" "$(jq -r '.items[0].id' <<<"$ANSWER")" "$RUN"
want 200 GET "/runs/$RUN/targets?f=code:eq:supported"
is "targets that need no check" "$(jq -r .total <<<"$ANSWER")" "$DEVICES"

# SET-52: a device that a discovery registers is checked, whoever is killed when that is over
want 200 GET '/devices?size=200'
want 204 DELETE "/devices/$(jq -r '.items[0].id' <<<"$ANSWER")"
builtin_active setting-value.check true
discover
slay "$PLATEND"
start_manager
for ((i = 0; i < 600; i++)); do
    [ "$(rows "SELECT count(*) FROM setting_value_device WHERE support = 'yes'")" = "$DEVICES" ] && break
    sleep 0.2
done
is "checks that the discovery started" "$(rows "SELECT count(*) FROM run WHERE kind = 'setting-value.check' AND builtin = 1")" 1
RUN=$(rows "SELECT id FROM run WHERE kind = 'setting-value.check' AND builtin = 1")
ended 1 0 0 $((DEVICES - 1))
discover # nothing new
builtin_active setting-value.check false
is "checks after a discovery without new devices" "$(rows "SELECT count(*) FROM run WHERE kind = 'setting-value.check' AND builtin = 1")" 1
want 200 GET '/devices?size=200'
is devices "$(jq -r .total <<<"$ANSWER")" "$DEVICES"
mapfile -t ids < <(jq -r '.items | sort_by(.id | tonumber) | .[].id' <<<"$ANSWER")
mapfile -t addresses < <(jq -r '.items | sort_by(.id | tonumber) | .[].address' <<<"$ANSWER")

# SET-59: once a device, whoever is killed
for victim in none manager agent; do
    begin back-up '{}'
    sleep 0.4
    case $victim in
    manager)
        slay "$PLATEND"
        start_manager
        ;;
    agent)
        slay "$AGENT"
        start_agent
        ;;
    esac
    ended "$DEVICES" 0 0 0
    is "backups of run $RUN" "$(rows "SELECT count(*) || ' ' || count(DISTINCT device_id) FROM setting_value_backup WHERE run = $RUN")" "$DEVICES $DEVICES"
    echo "setting-values: backed up ($victim was killed)"
done
is "backups that are equal share what they hold" "$(rows "SELECT count(DISTINCT manifest_id) <= $DEVICES FROM setting_value_backup" | tr tf 10)" 1

# A golden device: its backup becomes data, the others get what is for any model (SET-34, SET-76)
sim set "${addresses[0]}" "$NAME" str "Ada of the night shift"
begin back-up '{}' ",\"targets\":{\"devices\":[\"${ids[0]}\"]}"
ended 1 0 0 0
golden=${ids[0]}
backup=$(rows "SELECT max(id) FROM setting_value_backup")
operation backup-items "{\"backup\":\"$backup\"}"
jq -e '.items[] | select(.path | startswith("mib/prtGeneralServicePerson")) | .value == "Ada of the night shift"' <<<"$ANSWER" >/dev/null ||
    fail "the backup has not what the device has: $ANSWER"
! grep -rqF "night shift" "$WORK/agent" || fail "the agent keeps what it has read" # SET-05
operation backup-to-data "{\"id\":\"$backup\",\"name\":\"golden\",\"purpose\":\"distribution\"}"
data=$(jq -r .id <<<"$ANSWER")
operation backup-to-data "{\"id\":\"$backup\",\"name\":\"standard\",\"purpose\":\"monitoring\"}"
standard=$(jq -r .id <<<"$ANSWER")

# A preview changes nothing
want 202 POST /tasks/preview "{\"kind\":\"setting-value.distribute\",\"name\":\"x\",\"settings\":{\"data\":\"$data\"}}"
RUN=$(jq -r .run <<<"$ANSWER")
wait_run "$RUN" 60
is "rows of a preview" "$(rows "SELECT count(*) FROM setting_value_distribution")" 0

# SET-100, SET-106: before it is distributed all others differ, the golden one does not
begin monitor "{\"standard\":\"$standard\",\"on_difference\":\"record\"}"
wait_run "$RUN" 120
operation difference-devices '{"path":"mib/prtGeneralServicePerson/1"}'
is "devices that differ" "$(jq '.items | length' <<<"$ANSWER")" $((DEVICES - 1))
is "the golden one" "$(rows "SELECT state FROM setting_value_log WHERE device_id = ${ids[0]}")" match

# SET-76, SET-79: the device has it afterwards, whoever is killed meanwhile
begin distribute "{\"data\":\"$data\"}"
sleep 0.4
slay "$PLATEND" "$AGENT"
start_manager
start_agent
wait_run "$RUN" 180
is "distributions" "$(rows "SELECT count(*) || ' ' || count(DISTINCT device_id) FROM setting_value_distribution WHERE run = $RUN")" "$DEVICES $DEVICES"
is "results of the category" "$(rows "SELECT count(DISTINCT device_id) FROM setting_value_result WHERE category = 'basic'")" "$DEVICES"
# Some models of the simulator refuse it, some have no such setting; the run says so for each.
others=$(rows "SELECT count(*) FROM setting_value_result WHERE category = 'basic' AND state <> 'success'")
[ "$others" -lt $((DEVICES / 2)) ] || fail "$others devices did not take it"
distributed=$RUN

begin monitor "{\"standard\":\"$standard\",\"on_difference\":\"record\"}"
wait_run "$RUN" 120
operation difference-devices '{"path":"mib/prtGeneralServicePerson/1"}'
is "devices that differ afterwards" "$(jq '.items | length' <<<"$ANSWER")" "$others"
# Three that took it, for what follows; of one that was written when its agent was killed nobody knows
# what was there before.
took="FROM device d JOIN setting_value_distribution x ON x.device_id = d.id JOIN setting_value_result r ON r.distribution_id = x.id WHERE x.run = $distributed AND x.undo_id IS NOT NULL AND r.category = 'basic' AND r.state = 'success' AND d.id <> $golden ORDER BY d.id LIMIT 3"
mapfile -t ids < <(rows "SELECT d.id $took")
mapfile -t addresses < <(rows "SELECT d.address $took")

# SET-102: somebody changes a device, it gets the standard back
sim set "${addresses[1]}" "$NAME" str "Somebody else"
begin monitor "{\"standard\":\"$standard\",\"on_difference\":\"overwrite\"}" ",\"targets\":{\"devices\":[\"${ids[1]}\"]}"
wait_run "$RUN" 60
is "the result" "$(rows "SELECT state FROM setting_value_log WHERE run = $RUN")" overwritten
begin monitor "{\"standard\":\"$standard\",\"on_difference\":\"record\"}" ",\"targets\":{\"devices\":[\"${ids[1]}\"]}"
wait_run "$RUN" 60
operation item-history "{\"device\":\"${ids[1]}\",\"path\":\"mib/prtGeneralServicePerson/1\"}"
jq -e '[.items[].found] | index("Somebody else") != null' <<<"$ANSWER" >/dev/null || fail "its history has it not: $ANSWER"

# What was there before comes back
begin distribute "{\"undo\":\"$distributed\"}" ",\"targets\":{\"devices\":[\"${ids[2]}\"]}"
ended 1 0 0 0
begin monitor "{\"standard\":\"$standard\",\"on_difference\":\"record\"}" ",\"targets\":{\"devices\":[\"${ids[2]}\"]}"
wait_run "$RUN" 60
operation difference-devices '{"path":"mib/prtGeneralServicePerson/1"}'
jq -e --arg id "${ids[2]}" '[.items[].device] | index($id) != null' <<<"$ANSWER" >/dev/null || fail "it does not differ again: $ANSWER"

# A device that says yes and does no
sim keep "${addresses[2]}" "$NAME" silently
begin distribute "{\"data\":\"$data\"}" ",\"targets\":{\"devices\":[\"${ids[2]}\"]}"
wait_run "$RUN" 60
is "its state" "$(jq -r .counts.error <<<"$ANSWER")" 1
is "the category's" "$(rows "SELECT r.state FROM setting_value_result r JOIN setting_value_distribution d ON d.id = r.distribution_id WHERE d.run = $RUN AND r.category = 'basic'")" failure

# DEV-140: what was held for a device goes with it, what others need stays
spare="SELECT (SELECT CAST(sum(uses) AS BIGINT) FROM setting_value_content) - (SELECT count(*) FROM setting_value_part) - (SELECT count(*) FROM setting_value_data) - (SELECT count(undo_id) FROM setting_value_distribution)"
is "users of contents that there are not" "$(rows "$spare")" 0
lists=$(rows "SELECT count(*) FROM setting_value_manifest WHERE uses <> (SELECT count(*) FROM setting_value_backup WHERE manifest_id = setting_value_manifest.id)")
is "lists that are counted wrong" "$lists" 0
undo=$(rows "SELECT count(*) FROM setting_value_distribution WHERE device_id = ${ids[2]} AND undo_id IS NOT NULL")
[ "$undo" -gt 0 ] || fail "the device has no undo data"
uses="SELECT CAST(sum(uses) AS BIGINT) FROM setting_value_content"
before=$(rows "$uses")
want 204 DELETE "/devices/${ids[2]}"
for table in device backup log difference distribution result; do
    is "rows of the deleted device in $table" "$(rows "SELECT count(*) FROM setting_value_$table WHERE device_id = ${ids[2]}")" 0
done
# A run that has just ended may sweep already; that of this one comes afterwards for certain.
begin check '{}'
wait_run "$RUN" 60
for ((i = 0; i < 300; i++)); do
    [ "$(rows "$spare")" = 0 ] && break
    sleep 0.2
done
is "users of contents after the sweep" "$(rows "$spare")" 0
[ "$(rows "$uses")" -lt "$before" ] || fail "nothing was given free"
operation backup-items "{\"backup\":\"$backup\"}"
jq -e '.items | length > 0' <<<"$ANSWER" >/dev/null || fail "a backup of another device is gone: $ANSWER"

stop_platend
echo "setting-values: well"
