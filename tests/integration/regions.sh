#!/bin/bash
# Two regions with people of each, through the real daemon: nothing of the other region reaches them
# by lists, streams, counts, events, single devices, groups, tasks or runs (ACC-69 to ACC-93).
# Usage: regions.sh BUILD_FOLDER [sqlite|postgres]
BUILD=$1
. "$(dirname "$0")/lib.sh"
store=()
if [ "${2:-sqlite}" = postgres ]; then
    POSTGRES_DIR=$WORK/postgres
    store=(--set "store.url=$("$HERE/postgres.sh" start "$POSTGRES_DIR")")
fi

start_fleet 30
start_platend "${store[@]+"${store[@]}"}"
first_administrator
SYSTEM=$TOKEN

want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/24\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
FIND=$(jq -r .run <<<"$ANSWER")
wait_run "$FIND" 120
want 200 GET '/devices?size=200&sort=address'
is devices "$(jq -r .total <<<"$ANSWER")" 30
is "devices of a region" "$(jq '[.items[] | select(.region != null)] | length' <<<"$ANSWER")" 0

# --- regions: what cannot be is refused at its entry (ACC-72 to ACC-78) ---
want 422 POST /regions '{"name":"North","timezone":"Mars/Olympus","addresses":["10.0.0.0/33"],"suffixes":[".x"]}'
is "what is wrong" "$(jq -c '[.errors[] | .pointer + " " + .code] | sort' <<<"$ANSWER")" \
    '["/addresses/0 range","/suffixes/0 format","/timezone timezone"]'
# Ten devices each, those that were found before too.
address() { jq -r ".items[$1].address" <<<"$DEVICES"; }
DEVICES=$ANSWER
want 200 GET '/devices?size=200&sort=address'
DEVICES=$ANSWER
want 201 POST /regions "{\"name\":\"North\",\"timezone\":\"Europe/Oslo\",\"addresses\":[\"$(address 0)-$(address 9)\"]}"
NORTH=$(jq -r .id <<<"$ANSWER")
is "devices of the new region" "$(jq -r .devices <<<"$ANSWER")" 10
want 201 POST /regions "{\"name\":\"South\",\"timezone\":\"Europe/Rome\",\"addresses\":[\"$(address 10)-$(address 19)\"],\"suffixes\":[\"south.example.org\"]}"
SOUTH=$(jq -r .id <<<"$ANSWER")
want 422 POST /regions "{\"name\":\"Third\",\"timezone\":\"UTC\",\"addresses\":[\"$(address 19)\"]}"
is "the overlap" "$(jq -c '.errors[0] | [.pointer, .code]' <<<"$ANSWER")" '["/addresses/0","overlap"]'
jq -r '.errors[0].detail' <<<"$ANSWER" | grep -q "'South'" || fail "the overlap does not name the region: $ANSWER"
want 200 GET '/devices?size=200&sort=address'
DEVICES=$ANSWER
is "regions by address" "$(jq -c '[.items[] | .region.name] | group_by(.) | map([.[0], length])' <<<"$DEVICES")" \
    '[[null,10],["North",10],["South",10]]'
ids() { jq -r ".items[] | select((.region.name // \"null\") == \"$1\") | .id" <<<"$DEVICES"; }

# person NAME BODY: an account, and a token of its own in $MADE
person() {
    TOKEN=$SYSTEM want 201 POST /users "$(jq -c --arg n "$1" '. + {name: $n, password: "Battery-staple-8"}' <<<"$2")"
    MADE_ID=$(jq -r .id <<<"$ANSWER")
    TOKEN='' want 200 POST /login "{\"user\":\"$1\",\"password\":\"Battery-staple-8\"}" -c "$WORK/jar-$1"
    TOKEN='' want 201 POST /tokens "$(jq -c '{name: "t", role}' <<<"$2")" -b "$WORK/jar-$1" \
        -H "X-CSRF-Token: $(jq -r .csrf <<<"$ANSWER")"
    MADE=$(jq -r .token <<<"$ANSWER")
}
manager() { person "$1" "{\"role\":\"device-manager\",\"functions\":[\"devices\",\"groups\",\"communication\",\"batch\",\"discovery\",\"tasks\",\"data\",\"reports\"],\"all_regions\":false,\"regions\":$2}"; }
manager nora "[\"$NORTH\"]"
NORA=$MADE
NORA_ID=$MADE_ID
manager sofia "[\"$SOUTH\"]"
SOFIA=$MADE
manager bo "[\"$NORTH\",\"$SOUTH\"]"
BO=$MADE
manager nemo '[]'
NEMO=$MADE
person vera "{\"role\":\"user\",\"all_regions\":false,\"regions\":[\"$NORTH\"]}"
VERA=$MADE

# --- things of every reach, so that there is something to leak ---
north1=$(ids North | head -n 1)
south1=$(ids South | head -n 1)
none1=$(ids null | head -n 1)
want 201 POST /groups '{"name":"Whole fleet","type":"dynamic","filters":["severity:in:normal,warning,error,service"]}'
ANYGROUP=$(jq -r .id <<<"$ANSWER")
is "devices of the group of all" "$(jq -r .devices <<<"$ANSWER")" 30
want 201 POST /groups "{\"name\":\"Southerners\",\"type\":\"static\",\"regions\":[\"$SOUTH\"]}"
SOUTHGROUP=$(jq -r .id <<<"$ANSWER")
want 422 POST "/groups/$SOUTHGROUP/devices" "{\"add\":[\"$south1\",\"$north1\"]}"
is "the refused member" "$(jq -c '.errors[0] | [.pointer, .code]' <<<"$ANSWER")" '["/add/1","region"]'
want 200 POST "/groups/$SOUTHGROUP/devices" "{\"add\":[\"$south1\"]}"
want 201 POST /tasks "{\"kind\":\"device.counters\",\"name\":\"of all\",\"schedule\":{\"when\":\"now\"},\"targets\":{\"groups\":[\"$ANYGROUP\"]}}"
ANYTASK=$(jq -r .id <<<"$ANSWER")
ANYRUN=$(jq -r .run <<<"$ANSWER")
wait_run "$ANYRUN" 60
is "targets of the group" "$(jq -r .counts.total <<<"$ANSWER")" 30
want 201 POST /tasks "{\"kind\":\"device.counters\",\"name\":\"southern\",\"schedule\":{\"when\":\"now\"},\"targets\":{\"devices\":[]},\"regions\":[\"$SOUTH\"]}"
SOUTHTASK=$(jq -r .id <<<"$ANSWER")
SOUTHRUN=$(jq -r .run <<<"$ANSWER")
wait_run "$SOUTHRUN" 60
is "targets of the region's task" "$(jq -r .counts.total <<<"$ANSWER")" 10
want 422 POST /tasks "{\"kind\":\"device.counters\",\"name\":\"x\",\"targets\":{\"devices\":[\"$north1\"]},\"regions\":[\"$SOUTH\"]}"
is "a device of another region" "$(jq -c '.errors[0] | [.pointer, .code]' <<<"$ANSWER")" '["/targets/devices/0","region"]'
want 422 POST /tasks "{\"kind\":\"device.counters\",\"name\":\"x\",\"targets\":{\"groups\":[\"$ANYGROUP\"]},\"regions\":[\"$SOUTH\"]}"
is "a group of all regions" "$(jq -c '.errors[0] | [.pointer, .code]' <<<"$ANSWER")" '["/targets/groups/0","region"]'

# --- no list of anybody holds what marks a device of another region ---
# marks NAME: serial numbers, MACs and addresses of the devices outside of the regions, one a line
marks() {
    jq -r --argjson own "$1" '.items[] | select(.region.name as $r | $own | index($r) | not)
        | .serial, .mac, .address | select(. != null and . != "")' <<<"$DEVICES"
}
marks '["North"]' | sort -u >"$WORK/marks-nora"
cp "$WORK/marks-nora" "$WORK/marks-vera"
marks '["South"]' | sort -u >"$WORK/marks-sofia"
marks '["North","South"]' | sort -u >"$WORK/marks-bo"
marks '[]' | sort -u >"$WORK/marks-nemo"
[ "$(wc -l <"$WORK/marks-nemo")" -ge 60 ] || fail "the devices have too few marks"

# silent NAME WHAT: $WORK/answer holds no mark that is not for NAME
silent() {
    if grep -Fwf "$WORK/marks-$1" "$WORK/answer" >"$WORK/leak"; then
        fail "$2 tells $1 of another region: $(head -c 400 "$WORK/leak")"
    fi
}
# walk NAME TOKEN PATH...: every answer is 200 and without foreign marks, as JSON and as a stream
walk() {
    local name=$1 token=$2 path
    shift 2
    for path in "$@"; do
        TOKEN=$token want 200 GET "$path"
        silent "$name" "$path"
        TOKEN=$token want 200 GET "$path" '' -H 'Accept: application/x-ndjson'
        silent "$name" "$path as a stream"
    done
}
# Reports are of the own devices; of one region when it is an own one. ACC-57, ACC-94
for report in devices firmware consumables counters status; do
    TOKEN=$NORA want 200 GET "/reports/$report"
    silent nora "the report $report"
    TOKEN=$VERA want 200 GET "/reports/$report?group=$ANYGROUP"
    silent vera "the report $report of a group"
    TOKEN=$BO want 200 GET "/reports/$report?region=$NORTH"
    silent nora "the report $report of the North"
done
is "devices in the report of the North" "$(TOKEN=$BO want 200 GET "/reports/devices?region=$NORTH" && tail -n +2 "$WORK/answer" | grep -c .)" 10
TOKEN=$NORA want 422 GET "/reports/devices?region=$SOUTH"
TOKEN=$VERA want 403 GET /reports/audit-log
lists=('/devices?size=200' '/devices?size=200&sort=-address' '/devices?sort=severity,-name&fields=name,address,serial'
    '/devices?q=127.10&size=200' '/devices?f=managed:eq:true&size=200' '/devices?f=severity:ne:service&size=200'
    "/devices?f=region:empty:true" "/devices?f=group:eq:$ANYGROUP" '/alerts?size=200' '/regions' /dashboard)
more=('/agents/local/verdicts?size=200' '/groups' '/tasks' '/runs?size=200')
walk nora "$NORA" "${lists[@]}" "${more[@]}"
walk sofia "$SOFIA" "${lists[@]}" "${more[@]}" "/groups/$SOUTHGROUP/devices" "/runs/$SOUTHRUN/targets"
walk bo "$BO" "${lists[@]}" "${more[@]}"
walk nemo "$NEMO" "${lists[@]}" "${more[@]}"
walk vera "$VERA" "${lists[@]}"

# count TOKEN PATH: the total
count() {
    TOKEN=$1 want 200 GET "$2"
    jq -r .total <<<"$ANSWER"
}
for path in /devices '/agents/local/verdicts' '/devices?q=127.10' '/devices?f=managed:eq:true'; do
    is "$path of nora" "$(count "$NORA" "$path")" 10
    is "$path of bo" "$(count "$BO" "$path")" 20
    is "$path of nemo" "$(count "$NEMO" "$path")" 0
    is "$path of all" "$(count "$SYSTEM" "$path")" 30
done
# Asking for one by its mark finds nothing, and the number of those that match is no hint.
serial=$(jq -r ".items[] | select(.id == \"$south1\") | .serial" <<<"$DEVICES")
for path in "f=serial:eq:$serial" "q=$serial" "f=id:eq:$south1" "f=region:eq:$SOUTH" "f=address:eq:$(address 10)" \
    "f=group:eq:$SOUTHGROUP"; do
    is "devices?$path of nora" "$(count "$NORA" "/devices?$path")" 0
done
is "sofia finds it" "$(count "$SOFIA" "/devices?q=$serial")" 1
TOKEN=$NORA want 200 GET /dashboard
is "devices on nora's dashboard" "$(jq -r .devices <<<"$ANSWER")" 10
is "its parts" "$(jq -c '[([.severity[]] | add), ([.power[]] | add)]' <<<"$ANSWER")" '[10,10]'
TOKEN=$NORA want 200 GET /regions
is "nora's regions" "$(jq -c '[.items[].name]' <<<"$ANSWER")" '["North"]'

# --- single devices: there is no device of another region, and nothing changes it ---
for id in "$south1" "$none1"; do
    for below in '' /status /history /spells /supplies /counters; do
        TOKEN=$NORA want 404 GET "/devices/$id$below"
        TOKEN=$NORA want 200 GET "/devices/$north1$below"
    done
    nobody=$(TOKEN=$NORA call GET /devices/999999 | jq -r .detail | tr -d 0-9)
    is "the words for a foreign device" "$(TOKEN=$NORA call GET "/devices/$id" | jq -r .detail | tr -d 0-9)" "$nobody"
    TOKEN=$NORA want 404 PATCH "/devices/$id" '{"comment":"mine now"}'
    TOKEN=$NORA want 404 DELETE "/devices/$id"
    want 200 GET "/devices/$id"
    is "its comment" "$(jq -r .comment <<<"$ANSWER")" ""
done
TOKEN=$NORA want 200 PATCH "/devices/$north1" '{"comment":"by nora"}'
TOKEN=$VERA want 403 PATCH "/devices/$north1" '{"comment":"by vera"}'
TOKEN=$NORA want 422 POST /devices "{\"address\":\"$(address 10)\"}"
is "a foreign address" "$(jq -r '.errors[0].code' <<<"$ANSWER")" region
TOKEN=$NORA want 422 POST /devices '{"address":"printer7.south.example.org"}'
TOKEN=$NORA want 202 POST /devices "{\"address\":\"$(address 0)\"}"
FOUND=$(jq -r .run <<<"$ANSWER")
TOKEN=$NORA wait_run "$FOUND" 60
TOKEN=$NORA want 200 GET "/runs/$FOUND/targets"
is "the target of nora's search" "$(jq -r .total <<<"$ANSWER")" 1
TOKEN=$SOFIA want 403 GET "/runs/$FOUND"

# --- tasks and runs (ACC-84 to ACC-87, ACC-93) ---
for id in "$ANYTASK" "$SOUTHTASK"; do
    TOKEN=$NORA want 404 GET "/tasks/$id"
    TOKEN=$NORA want 404 PATCH "/tasks/$id" '{"active":false}'
    TOKEN=$NORA want 404 DELETE "/tasks/$id"
done
TOKEN=$SOFIA want 200 GET "/tasks/$SOUTHTASK"
TOKEN=$SOFIA want 404 GET "/tasks/$ANYTASK"
TOKEN=$NORA want 200 GET '/runs?f=builtin:eq:false'
is "runs that nora sees" "$(jq -r '[.items[].id] | sort' <<<"$ANSWER")" \
    "$(want 200 GET '/runs?f=builtin:eq:false' && jq -r '[.items[].id] | sort' <<<"$ANSWER")"
for id in "$FIND" "$ANYRUN" "$SOUTHRUN"; do
    TOKEN=$NORA want 403 GET "/runs/$id"
    TOKEN=$NORA want 403 GET "/runs/$id/targets"
    TOKEN=$NORA want 403 POST "/runs/$id/cancel"
done
TOKEN=$NORA want 403 POST /tasks '{"kind":"device.discover","name":"x","targets":{"agents":["local"]}}'
TOKEN=$NORA want 422 POST /tasks "{\"kind\":\"device.counters\",\"name\":\"x\",\"regions\":[\"$SOUTH\"]}"
is "a foreign region" "$(jq -c '.errors[0] | [.pointer, .code]' <<<"$ANSWER")" '["/regions/0","not-found"]'
TOKEN=$NORA want 422 POST /tasks '{"kind":"device.counters","name":"x","regions":[]}'
TOKEN=$NORA want 422 POST /tasks "{\"kind\":\"device.counters\",\"name\":\"x\",\"targets\":{\"devices\":[\"$south1\"]}}"
is "a foreign target" "$(jq -r '.errors[0].code' <<<"$ANSWER")" not-found
TOKEN=$NORA want 422 POST /tasks "{\"kind\":\"device.counters\",\"name\":\"x\",\"targets\":{\"groups\":[\"$ANYGROUP\"]}}"
is "a foreign group" "$(jq -r '.errors[0].code' <<<"$ANSWER")" not-found
TOKEN=$NORA want 201 POST /tasks '{"kind":"device.counters","name":"nora'"'"'s","schedule":{"when":"now"},"targets":{}}'
is "regions of nora's task" "$(jq -c .regions <<<"$ANSWER")" "[\"$NORTH\"]"
NORATASK=$(jq -r .id <<<"$ANSWER")
NORARUN=$(jq -r .run <<<"$ANSWER")
TOKEN=$NORA wait_run "$NORARUN" 60
is "its devices" "$(jq -r .counts.success <<<"$ANSWER")" 10
walk nora "$NORA" "/runs/$NORARUN/targets?size=200" "/tasks/$NORATASK"
TOKEN=$NORA want 403 PATCH /built-in-tasks/1 '{"active":false}'

# --- groups of people with regions ---
TOKEN=$NORA want 201 POST /groups '{"name":"Nora'"'"'s","type":"dynamic","filters":["severity:in:normal,warning,error,service"]}'
NORAGROUP=$(jq -r .id <<<"$ANSWER")
is "its regions" "$(jq -c .regions <<<"$ANSWER")" "[\"$NORTH\"]"
is "its devices" "$(jq -r .devices <<<"$ANSWER")" 10
walk nora "$NORA" "/groups/$NORAGROUP/devices?size=200" "/devices?f=group:eq:$NORAGROUP&size=200"
TOKEN=$NORA want 201 POST /tasks "{\"kind\":\"device.counters\",\"name\":\"g\",\"schedule\":{\"when\":\"now\"},\"targets\":{\"groups\":[\"$NORAGROUP\"]}}"
TOKEN=$NORA wait_run "$(jq -r .run <<<"$ANSWER")" 60
is "devices of its group" "$(jq -r .counts.success <<<"$ANSWER")" 10
for id in "$ANYGROUP" "$SOUTHGROUP"; do
    TOKEN=$NORA want 404 GET "/groups/$id"
    TOKEN=$NORA want 404 GET "/groups/$id/devices"
    TOKEN=$NORA want 404 PATCH "/groups/$id" '{"comment":"x"}'
    TOKEN=$NORA want 404 DELETE "/groups/$id"
done
TOKEN=$NORA want 404 POST "/groups/$SOUTHGROUP/devices" "{\"add\":[\"$north1\"]}"
TOKEN=$NORA want 200 GET "/devices/$north1"
is "groups that nora sees of it" "$(jq -c '[.groups[].name]' <<<"$ANSWER")" "[\"Nora's\"]"
want 200 GET "/devices/$north1"
is "groups that all see of it" "$(jq -c '[.groups[].name]' <<<"$ANSWER")" "[\"Whole fleet\",\"Nora's\"]"

# --- events: each stream has its own devices and counts only ---
# listen NAME TOKEN: server-sent events into $WORK/events-NAME
listen() {
    curl -sSN --max-time 300 --cacert "$DATA/certs/ca.pem" -H "Authorization: Bearer $2" \
        "$URL/api/v1/events" >"$WORK/events-$1" 2>/dev/null &
    PIDS+=("$!")
    for _ in $(seq 100); do
        grep -q '^retry' "$WORK/events-$1" && return
        sleep 0.1
    done
    fail "the event stream of $1 does not begin"
}
listen nora "$NORA"
listen sofia "$SOFIA"
listen bo "$BO"
listen vera "$VERA"
listen all "$SYSTEM"
is "streams that are open" "$(grep -l '^retry' "$WORK"/events-* | wc -l)" 5
for index in 1 12 25; do
    "$BUILD/platen-sim" --ctl "$WORK/sim.sock" "silent $(address "$index")" >/dev/null
done
want 200 GET /built-in-tasks
monitor=$(jq -r '.items[] | select(.kind == "device.monitor") | .id' <<<"$ANSWER")
want 202 POST "/built-in-tasks/$monitor/run"
wait_run "$(jq -r .run <<<"$ANSWER")" 60
# data NAME EVENT: the data of its events, one a line
data() { awk -v want="$2" '/^event: /{ on = $2 == want } /^data: / && on { print substr($0, 7) }' "$WORK/events-$1"; }
lost=$(jq -r '.items[1].id, .items[12].id, .items[25].id' <<<"$DEVICES" | paste -sd ' ')
read -r lost_north lost_south lost_none <<<"$lost"
for _ in $(seq 100); do
    [ "$(data all alert | jq -r .device | sort -u | wc -l)" = 3 ] &&
        [ "$(data all summary | tail -n 1 | jq -r '.power["no-response"]')" = 3 ] && break
    sleep 0.1
done
sleep 1 # all have been told by now
is "alerts of all" "$(data all alert | jq -r .device | sort -un | paste -sd ' ')" \
    "$(tr ' ' '\n' <<<"$lost" | sort -n | paste -sd ' ')"
is "alerts of nora" "$(data nora alert | jq -r .device | sort -u)" "$lost_north"
is "alerts of vera" "$(data vera alert | jq -r .device | sort -u)" "$lost_north"
is "alerts of sofia" "$(data sofia alert | jq -r .device | sort -u)" "$lost_south"
is "alerts of bo" "$(data bo alert | jq -r .device | sort -un | paste -sd ' ')" \
    "$(printf '%s\n%s\n' "$lost_north" "$lost_south" | sort -n | paste -sd ' ')"
for name in nora vera; do
    is "devices that $name hears of" "$(data "$name" device | jq -r '.ids[]' | grep -vxFf <(ids North) | wc -l)" 0
    data "$name" device | jq -r '.ids[]' | grep -qx "$lost_north" || fail "$name does not hear of device $lost_north"
    is "counts of $name" "$(data "$name" summary | tail -n 1 | jq -c '[.devices, .power["no-response"]]')" '[10,1]'
    is "most devices that $name is told of" "$(data "$name" device | jq -r .count | sort -n | tail -n 1 | awk '{ print ($1 <= 10) }')" 1
done
is "counts of bo" "$(data bo summary | tail -n 1 | jq -c '[.devices, .power["no-response"]]')" '[20,2]'
is "counts of all" "$(data all summary | tail -n 1 | jq -c '[.devices, .power["no-response"]]')" '[30,3]'
[ "$(data nora run | wc -l)" -gt 0 ] || fail "nora does not hear of runs"
is "runs that a user hears of" "$(data vera run | wc -l)" 0
for name in nora sofia bo vera; do
    cp "$WORK/events-$name" "$WORK/answer"
    silent "$name" "the event stream"
done

# --- a change of regions: devices move at once, and with them what people see ---
want 200 PATCH "/regions/$NORTH" "{\"addresses\":[\"$(address 0)-$(address 4)\"]}"
want 200 PATCH "/regions/$SOUTH" "{\"addresses\":[\"$(address 5)-$(address 19)\"]}"
is "devices of nora" "$(count "$NORA" /devices)" 5
is "devices of sofia" "$(count "$SOFIA" /devices)" 15
is "verdicts of sofia" "$(count "$SOFIA" /agents/local/verdicts)" 15
moved=$(jq -r '.items[5].id' <<<"$DEVICES")
TOKEN=$NORA want 404 GET "/devices/$moved"
TOKEN=$SOFIA want 200 GET "/devices/$moved"
for _ in $(seq 50); do
    data nora device | jq -r '.ids[]' | grep -qx "$moved" && break
    sleep 0.1
done
data nora device | jq -r '.ids[]' | grep -qx "$moved" || fail "nora does not hear that device $moved has left"
# A run of a task of the region skips whom it has chosen and who has left.
TOKEN=$NORA want 200 GET "/groups/$NORAGROUP"
is "devices of nora's group now" "$(jq -r .devices <<<"$ANSWER")" 5
TOKEN=$SOFIA want 200 GET "/runs/$SOUTHRUN/targets"
is "targets of the southern run that sofia sees" "$(jq -r .total <<<"$ANSWER")" 10
TOKEN=$NORA want 200 GET "/runs/$NORARUN/targets?size=200"
is "targets that nora still sees" "$(jq -r .total <<<"$ANSWER")" 5

# --- a change of rights: the stream ends, the lists follow ---
want 200 PATCH "/users/$NORA_ID" "{\"regions\":[\"$SOUTH\"]}"
TOKEN=$NORA want 404 GET "/devices/$north1"
is "devices of nora with other regions" "$(count "$NORA" /devices)" 15
TOKEN=$NORA want 404 GET "/tasks/$NORATASK"

# --- what is in use stays ---
want 409 DELETE "/regions/$SOUTH"
for name in "user 'sofia'" "group 'Southerners'" "task 'southern'"; do
    jq -r .detail <<<"$ANSWER" | grep -qF "$name" || fail "the region's deletion does not name $name: $ANSWER"
done
want 201 POST /regions '{"name":"Unused","timezone":"UTC"}'
want 204 DELETE "/regions/$(jq -r .id <<<"$ANSWER")"

# --- over a restart ---
stop_platend
start_platend "${store[@]+"${store[@]}"}"
is "devices of sofia after a restart" "$(count "$SOFIA" /devices)" 15
want 202 POST /devices "{\"address\":\"$(address 19)\"}"
wait_run "$(jq -r .run <<<"$ANSWER")" 60
want 200 GET "/devices?f=address:eq:$(address 19)"
is "its region" "$(jq -r '.items[0].region.name' <<<"$ANSWER")" South
echo "regions: nothing of another region reaches anybody, $(basename "${2:-sqlite}")"
