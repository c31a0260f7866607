#!/bin/bash
# Settings that devices fetch by themselves, through manager, agent and an emulator of the import setting
# (server) of Ricoh devices: checked, offered, fetched in whatever manner a device has, over the death of the
# agent; and that nobody says more than is known. SET-33, SET-50, SET-55, SET-69, SET-72, SET-76, SET-79, SET-42.
# SYS-94. The driver knows one port, that of HTTP: whoever may not open it skips the test (77).
# Usage: ricoh.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"
MANNERS=(good never wrong twice break path elsewhere)
DEVICES=${#MANNERS[@]}
PASSWORD=Tr0ub4dor-3
# A network of its own, as the port is not: it changes from test to test.
NET=127.$((120 + PORT / 16 % 90)).$((PORT / 16 / 90 % 250))

# device N WORD...: asks or tells the Nth device of the emulator
device() {
    local n=$1
    shift
    curl -s --path-as-is --max-time 20 "http://$NET.$n/_sim/$*"
}

rows() {
    sqlite3 "$DATA/platen.db" "$1"
}

# until_is SECONDS VALUE COMMAND...: it says so, sooner or later
until_is() {
    local seconds=$1 value=$2
    shift 2
    for _ in $(seq $((seconds * 5))); do
        [ "$("$@")" != "$value" ] || return 0
        sleep 0.2
    done
    fail "'$*' does not say '$value': $("$@")"
}

# upload NAME FILE MODEL [STATUS]: its id in $DATA_ID
upload() {
    want "${4:-200}" POST /operations/setting-value.data-upload \
        "{\"name\":\"$1\",\"purpose\":\"distribution\",\"form\":\"ricoh\",\"model\":\"$3\",\"file\":\"$(base64 -w0 "$2")\",\"file_name\":\"$1.csv\"}"
    DATA_ID=$(jq -r '.id // empty' <<<"$ANSWER")
}

# begin KIND SETTINGS IDS: a run; its id in $RUN
begin() {
    want 201 POST /tasks "{\"kind\":\"setting-value.$1\",\"name\":\"$1\",\"schedule\":{\"when\":\"now\"},\"settings\":$2,\"targets\":{\"devices\":[$3]}}"
    RUN=$(jq -r .run <<<"$ANSWER")
}

# target N: what became of the Nth device in the run, with its log
target() {
    want 200 GET "/runs/$RUN/targets?size=50"
    want 200 GET "/runs/$RUN/targets/$(jq -r --arg id "${IDS[$1]}" '.items[] | select((.device.id? // .device) == $id) | .id' <<<"$ANSWER")"
}

# told N STATE CODE WORDS
told() {
    target "$1"
    [ "$(jq -r '"\(.state) \(.code)"' <<<"$ANSWER")" = "$2 $3" ] || fail "device $1 (${MANNERS[$1 - 1]}) is not '$2 $3': $ANSWER"
    grep -qF -- "$4" <<<"$ANSWER" || fail "device $1 (${MANNERS[$1 - 1]}) does not say '$4': $ANSWER"
}

bodies() {
    find "$DATA/agent/download" -name 'body-*' | wc -l
}

start_emulator platen-sim-pull "$NET.1" "$DEVICES" 80 'RICOH IM C3010'
start_fleet "$DEVICES" --base "$NET.0" --still --only ricoh-color-mfp
start_platend --set "download.https_port=$((PORT + 2))" --set ricoh.wait_seconds=12
first_administrator
builtin_active setting-value.check false # which follows the search: it is begun by hand here
want 200 PATCH /agents/local "{\"ranges\":[\"$NET.0/28\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"private"}'
want 201 POST /device-credentials "{\"kind\":\"user\",\"user\":\"admin\",\"password\":\"$PASSWORD\"}"
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 60
want 200 GET '/devices?size=200'
is devices "$(jq -r .total <<<"$ANSWER")" "$DEVICES"
IDS=(0)
for n in $(seq "$DEVICES"); do
    IDS+=("$(jq -r --arg a "$NET.$n" '.items[] | select(.address == $a) | .id' <<<"$ANSWER")")
done
model=$(jq -r '.items[0].model' <<<"$ANSWER")
all=$(printf '"%s",' "${IDS[@]:1}")
all=${all%,}

# The check says the URL of each device, before anything is there, and opens no port (SET-50, SET-55)
begin check '{}' "$all"
wait_run "$RUN" 60
is checked "$(jq -r .counts.success <<<"$ANSWER")" "$DEVICES"
is "devices that take settings" "$(rows "SELECT count(*) FROM setting_value_device WHERE support = 'yes' AND writes = 'yes'")" "$DEVICES"
! curl -sk --max-time 5 "https://127.0.0.1:$((PORT + 2))/" >/dev/null || fail "the download port is open though nothing is published"
for n in $(seq "$DEVICES"); do
    url=$(rows "SELECT json_extract(drivers, '\$.ricoh.why') FROM setting_value_device WHERE device_id = ${IDS[$n]}" | grep -oE 'https://[^, ]+')
    is "the URL of device $n" "$(grep -cE "^https://127[0-9.]+:$((PORT + 2))/[A-Za-z0-9_-]{43}\$" <<<"$url")" 1
    device "$n" "mode/${MANNERS[$n - 1]}" >/dev/null
    device "$n" "import/admin/$PASSWORD/$url" >/dev/null
done

# A file of another kind is none; one of a device is (SET-69, SET-72)
printf '# Function Name: User Data Preference\r\n"a","b"\r\n' >"$WORK/book.csv"
upload book "$WORK/book.csv" "" 422
device 1 put/0/7 >/dev/null
device 1 export >"$WORK/one.csv"
device 1 put/0/99 >/dev/null
upload one "$WORK/one.csv" "$model"
first=$DATA_ID
upload elsewhere "$WORK/one.csv" "Another model"
other=$DATA_ID

# To all, each in its manner (SET-76, SET-79, SYS-94)
for n in $(seq "$DEVICES"); do device "$n" every/1 >/dev/null; done
device 3 every/4 >/dev/null # five wrong passwords would lock it out
begin distribute "{\"data\":\"$first\"}" "$all"
wait_run "$RUN" 60
told 1 warning not-confirmed "what came of it stands in the device's own log"
told 2 warning not-fetched "not fetched yet, offered until"
told 3 warning not-fetched "wrong user or password"
told 4 warning not-confirmed "fetched at"
told 6 warning not-fetched "not fetched yet, offered until"
told 7 warning not-fetched "another address than the device's"
is "results that say success" "$(rows "SELECT count(*) FROM setting_value_result WHERE state = 'success'")" 0
until_is 20 "$(cat "$WORK/one.csv")" device 1 export
until_is 20 "$(cat "$WORK/one.csv")" device 5 export
for n in 2 3 6 7; do is "files that device $n has" "$(device "$n" applied)" 0; done
for n in $(seq "$DEVICES"); do device "$n" every/0 >/dev/null; done

# Of another model by what was said of it: no target (SET-33); by what is in it: the device refuses, and nobody here says success
begin distribute "{\"data\":\"$other\"}" "\"${IDS[1]}\""
wait_run "$RUN" 60
told 1 skipped nothing-to-do "another model"
sed 's/RICOH IM C3010/RICOH IM 430/' "$WORK/one.csv" >"$WORK/other.csv"
upload other "$WORK/other.csv" ""
device 1 log >/dev/null
device 1 every/1 >/dev/null
begin distribute "{\"data\":\"$DATA_ID\"}" "\"${IDS[1]}\""
wait_run "$RUN" 60
told 1 warning not-confirmed "fetched at"
until_is 20 1 sh -c "curl -s http://$NET.1/_sim/log | grep -c 'the file is of model RICOH IM 430' | sed 's/^[2-9].*/1/'"

# A later fetch shows in the preview of the same task (device 6 found the right path)
device 6 mode/good >/dev/null
device 6 now >/dev/null
until_is 20 1 device 6 applied
want 202 POST /tasks/preview "{\"kind\":\"setting-value.distribute\",\"name\":\"p\",\"schedule\":{\"when\":\"now\"},\"settings\":{\"data\":\"$first\"},\"targets\":{\"devices\":[\"${IDS[6]}\"]}}"
RUN=$(jq -r .run <<<"$ANSWER")
wait_run "$RUN" 60
target 6
grep -q "fetched at" <<<"$ANSWER" || fail "the preview does not tell the later fetch: $ANSWER"

# The agent dies between the offer and the fetch: its successor serves, and the run ends with it
device 2 put/1/Tray-2 >/dev/null
device 2 export >"$WORK/two.csv"
device 2 put/1/Tray-1 >/dev/null
DATA_ID=$(PLATEN_URL=$URL PLATEN_TOKEN=$TOKEN PLATEN_CA=$DATA/certs/ca.pem "$BUILD/platen" setting-value data-upload \
    --name two --purpose distribution --form ricoh --model "$model" --file "$WORK/two.csv" --json | jq -r .id)
had=$(bodies)
begin distribute "{\"data\":\"$DATA_ID\"}" "\"${IDS[2]}\""
for _ in $(seq 100); do [ "$(bodies)" = "$had" ] || break; sleep 0.1; done
[ "$(bodies)" != "$had" ] || fail "nothing was offered"
agent=$(pgrep -P "$PLATEND" | head -n 1)
kill -9 "$agent"
device 2 mode/good >/dev/null
device 2 every/1 >/dev/null
wait_run "$RUN" 90
told 2 warning not-confirmed "fetched at"
until_is 20 "$(cat "$WORK/two.csv")" device 2 export

# Nothing on the disk and in the log says a password, or what was published
! grep -rqF "$PASSWORD" "$DATA/agent" "$WORK/platend.log" || fail "the password is readable"
! grep -rqF "Tray priority" "$DATA/agent" || fail "what is published is readable"
grep -q "was fetched by its device" "$WORK/platend.log" || fail "the log does not tell of a fetch"
echo "ricoh: checked, offered and fetched"
