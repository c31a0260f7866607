#!/bin/bash
# A fleet that speaks SNMPv3 only: users of four kinds, found one after the other, watched, and
# after a restart, when a device's engine has another time and number of boots, watched all the same.
# Usage: snmpv3.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"

kinds=(sha1: sha256:aes128 sha512:aes256 md5:des)
sim_words=(SHA: SHA-256:AES SHA-512:AES-256 MD5:DES)
users=()
for i in "${!kinds[@]}"; do
    IFS=: read -r auth priv <<<"${sim_words[$i]}"
    users+=(--v3-user "user$i:$auth:auth-password-$i${priv:+:$priv:priv-password-$i}")
done
start_fleet 40 --versions 3 --only hp-color-laser,ricoh-color-mfp,index-gaps-mfp,kyocera-color-mfp \
    --reset-seconds 1 "${users[@]}"
start_platend
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.1-127.10.0.40\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 200 GET /built-in-tasks
monitor=$(jq -r '.items[] | select(.kind == "device.monitor") | .id' <<<"$ANSWER")

discover() {
    want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
    wait_run "$(jq -r .run <<<"$ANSWER")" 120
    is "state of the run" "$(jq -r .state <<<"$ANSWER")" success
}
# watched N: a run of the built-in watch in which N devices are a success
watched() {
    want 202 POST "/built-in-tasks/$monitor/run"
    wait_run "$(jq -r .run <<<"$ANSWER")" 90
    is "devices watched" "$(jq -r .counts.success <<<"$ANSWER")" "$1"
}
# verdicts CONDITION: how many addresses' newest verdict meets it
verdicts() {
    want 200 GET '/agents/local/verdicts?size=200'
    jq "[.items | group_by(.address)[] | max_by(.at) | select($1)] | length" <<<"$ANSWER"
}

# A community is no way in, and nobody is there for it.
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
community=$(jq -r .id <<<"$ANSWER")
discover
want 200 GET '/devices?size=1'
is "devices found by a community" "$(jq -r .total <<<"$ANSWER")" 0
want 204 DELETE "/device-credentials/$community"

# DEV-06, DEV-07: each kind of user alone finds all of them, the last one's devices again.
last=
for i in "${!kinds[@]}"; do
    IFS=: read -r auth priv <<<"${kinds[$i]}"
    body="{\"kind\":\"snmpv3\",\"user\":\"user$i\",\"auth\":\"$auth\",\"auth_password\":\"auth-password-$i\""
    [ -z "$priv" ] || body+=",\"priv\":\"$priv\",\"priv_password\":\"priv-password-$i\""
    want 201 POST /device-credentials "$body}"
    id=$(jq -r .id <<<"$ANSWER")
    grep -q password- <<<"$ANSWER" && fail "a password is shown: $ANSWER"
    is "kept secrets" "$(jq -c '[.set.auth_password, .set.priv_password // false]' <<<"$ANSWER")" \
        "[true,$([ -n "$priv" ] && echo true || echo false)]"
    [ -z "$last" ] || want 204 DELETE "/device-credentials/$last"
    last=$id
    discover
    want 200 GET '/devices?size=1'
    is "devices with ${kinds[$i]}" "$(jq -r .total <<<"$ANSWER")" 40
    is "found with ${kinds[$i]}" \
        "$(verdicts ".protocol == \"snmpv3\" and .credential == \"$id\"")" 40
    watched 40
done
want 200 GET '/devices?size=200'
is "devices without a serial number" "$(jq '[.items[] | select(.serial == "")] | length' <<<"$ANSWER")" 0
is "devices that are not on" "$(jq '[.items[] | select(.power != "on")] | length' <<<"$ANSWER")" 0

# Engine boots go up and engine time begins anew (RFC 3414, 3.2 7): the agent follows.
"$BUILD/platen-sim" --ctl "$WORK/sim.sock" 'reboot 0-19' >/dev/null
sleep 2
watched 40
"$BUILD/platen-sim" --ctl "$WORK/sim.sock" 'reboot all' >/dev/null
sleep 2
watched 40
watched 40

# So it does when it begins itself, without a memory of their engines.
kill "$PLATEND"
for _ in $(seq 150); do kill -0 "$PLATEND" 2>/dev/null || break; sleep 0.1; done
: >"$WORK/platend.out"
start_platend
watched 40

# Another device at an address has another engine: its answers count, and it is not the old one.
"$BUILD/platen-sim" --ctl "$WORK/sim.sock" 'replace 127.10.0.7' >/dev/null
discover
want 200 GET '/devices?size=1'
is "devices after one was replaced" "$(jq -r .total <<<"$ANSWER")" 41

# A wrong password is told as such.
want 200 PATCH "/device-credentials/$last" '{"auth_password":"wrong-password"}'
discover
want 200 GET '/devices?size=1'
is "devices in the end" "$(jq -r .total <<<"$ANSWER")" 41
is "wrong credential" "$(verdicts '.code == "wrong-credential"')" 40
echo "snmpv3: 40 devices with ${kinds[*]}, through restarts"
