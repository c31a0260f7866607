#!/bin/bash
# Settings of Lexmark devices through manager, agent and an emulator of their settings bundle: found,
# checked, backed up, given back, in whatever way the device behaves. SET-37, SET-39, SET-50, SET-55,
# SET-56, SET-59, SET-76, SET-78, SET-79. SET-03, SET-42.
# The driver knows one port, that of HTTPS: whoever may not open it skips the test (77).
# Usage: lexmark.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"
DEVICES=3
# A network of its own, as the port is not: it changes from test to test.
NET=127.$((30 + PORT / 16 % 90)).$((PORT / 16 / 90 % 250))

# device N WORD...: asks or tells the Nth device of the emulator
device() {
    local n=$1
    shift
    curl -sk --max-time 20 "https://$NET.$n/_sim/$*"
}

rows() {
    sqlite3 "$DATA/platen.db" "$1"
}

# begin KIND SETTINGS [MORE]: a run; its id in $RUN
begin() {
    want 201 POST /tasks "{\"kind\":\"setting-value.$1\",\"name\":\"$1\",\"schedule\":{\"when\":\"now\"},\"settings\":$2${3:-}}"
    RUN=$(jq -r .run <<<"$ANSWER")
}

# ended STATE [WORDS]: the run on one device has; its result and log have the words
ended() {
    wait_run "$RUN" 120
    want 200 GET "/runs/$RUN/targets?size=1"
    local target
    target=$(jq -r '.items[0].id' <<<"$ANSWER")
    want 200 GET "/runs/$RUN/targets/$target"
    [ "$(jq -r .state <<<"$ANSWER")" = "$1" ] || fail "run $RUN is not '$1': $ANSWER"
    grep -qF -- "${2:-}" <<<"$ANSWER" || fail "run $RUN does not say '$2': $ANSWER"
}

start_emulator platen-sim-vcc "$NET.1" "$DEVICES" 443 admin:right
start_fleet "$DEVICES" --base "$NET.0" --still --only lexmark-mono-laser
start_platend
first_administrator
builtin_active setting-value.check false # which follows the search: it is begun by hand here
want 200 PATCH /agents/local "{\"ranges\":[\"$NET.0/29\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"private"}'
want 201 POST /device-credentials '{"kind":"user","user":"admin","password":"wrong"}'
credential=$(jq -r .id <<<"$ANSWER")
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 60
want 200 GET '/devices?size=200'
is devices "$(jq -r .total <<<"$ANSWER")" "$DEVICES"
one=$(jq -r '.items[] | select(.address == "'"$NET"'.1") | .id' <<<"$ANSWER")
only=",\"targets\":{\"devices\":[\"$one\"]}"
is "requests that write, in a search" "$(device 1 counts)" "gets=0 posts=0 posted=0"

# The check: a wrong login is an error, and once it is right the device is asked again (SET-42, SET-56)
begin check '{}' "$only"
ended error "refuses the user"
want 200 PATCH "/device-credentials/$credential" '{"password":"right"}'
sleep 1
begin check '{}'
wait_run "$RUN" 60
is "checked" "$(jq -r .counts.success <<<"$ANSWER")" "$DEVICES"
is "supporting devices" "$(rows "SELECT count(*) FROM setting_value_device WHERE support = 'yes' AND writes = 'yes' AND type = 'I'")" "$DEVICES"

# A backup, of a busy device, has what both drivers read: of type I what the bundle exports (SET-03)
device 1 mode/busy/2 >/dev/null
begin back-up '{}' "$only"
ended success "the device is busy"
backup=$(rows "SELECT max(id) FROM setting_value_backup")
want 200 POST /operations/setting-value.backup-items "{\"backup\":\"$backup\"}"
jq -e '.items | map(select(.path == "vcc/tray1.mediaType" and .value == "Plain <80 g> & more")) | length == 1' <<<"$ANSWER" >/dev/null ||
    fail "the backup has not what the device has: $ANSWER"
jq -e '.items | map(select(.path | startswith("mib/prtInputName/"))) | length > 0' <<<"$ANSWER" >/dev/null ||
    fail "the backup has nothing of the Printer MIB: $ANSWER"
want 200 POST /operations/setting-value.backup-to-data "{\"id\":\"$backup\",\"name\":\"as it was\",\"purpose\":\"distribution\"}"
data=$(jq -r .id <<<"$ANSWER")

# What is no bundle is no backup; nothing of it is believed
for mode in truncated bomb laughs external not-zip upward; do
    device 1 "mode/$mode" >/dev/null
    begin back-up '{}' "$only"
    ended error "bundle"
done
is "backups of them" "$(rows "SELECT max(id) FROM setting_value_backup")" "$backup"

# distributed STATE WORDS: somebody has changed the device; it is given back what it had
distributed() {
    device 1 put/tray1.mediaType/Glossy >/dev/null
    device 1 put/print.copies/7 >/dev/null
    begin distribute "{\"data\":\"$data\"}" "$only"
    ended "$1" "${2:-}"
}

device 1 mode/good >/dev/null
distributed success
is "the value" "$(device 1 value/tray1.mediaType)" "Plain <80 g> & more"
is "what was sent" "$(device 1 counts | sed 's/.*posted=//')" 2
posts=$(device 1 counts | sed 's/.*posts=\([0-9]*\).*/\1/')
begin distribute "{\"data\":\"$data\"}" "$only"
ended success
is "bundles that were not needed" "$(device 1 counts | sed 's/.*posts=\([0-9]*\).*/\1/')" "$posts"

device 1 mode/lose >/dev/null
distributed success
device 1 mode/reboot/7 >/dev/null
distributed success "starting anew"
is "after the restart" "$(device 1 value/print.copies)" 1
device 1 mode/refuse >/dev/null
distributed error "refused"
device 1 mode/round >/dev/null
distributed error "changed"
is "cut by the device" "$(device 1 value/tray1.mediaType)" "Plai"
echo "lexmark: checked, backed up and distributed"
