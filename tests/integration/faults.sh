#!/bin/bash
# What goes wrong outside the program: taken ports and data, damaged files, wrong configuration, bad
# requests, and kill -9 of the manager and its agent in the middle of runs.
# Usage: faults.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"

# on DATA HTTPS_PORT: the arguments of a manager, in $ON
on() {
    ON=(--data "$1" --set "http.https_port=$2" --set http.http_port=0)
}

# problem STATUS POINTER METHOD PATH BODY [curl options]: POINTER - means none is looked at
problem() {
    local status=$1 pointer=$2
    shift 2
    want "$status" "$@"
    is "status in the body of $1 $2" "$(jq -r .status <<<"$ANSWER")" "$status"
    jq -e '.code != "" and .detail != ""' >/dev/null <<<"$ANSWER" || fail "$1 $2 does not say what is wrong: $ANSWER"
    [ "$pointer" = - ] || is "pointer of $1 $2" "$(jq -r '.errors[0].pointer' <<<"$ANSWER")" "$pointer"
}

devices() {
    want 200 GET '/devices?size=1'
    jq -r .total <<<"$ANSWER"
}

pause() {
    sleep "$((RANDOM % $1)).$((RANDOM % 10))"
}

agent_of() {
    pgrep -P "$1" 2>/dev/null | head -n 1 || true
}

# ---- configuration ----

printf '[general]\nlog_level = info\n[http]\nhttps_prot = 1\n' >"$WORK/platen.conf"
refused "unknown key" 2 'platen\.conf:4.*https_prot' --config "$WORK/platen.conf"
refused "unknown key of --set" 2 'https_prot' --set http.https_prot=1
refused "value that does not fit" 2 'https_port' --set http.https_port=seventy

# ---- one manager for one data folder, one program for one port ----

start_fleet 300
start_platend
first_administrator
on "$DATA" $((PORT + 2))
refused "second manager" any "platen\.db.*(another|other|lock|use)" "${ON[@]}"
want 200 GET /devices
on "$WORK/other" "$PORT"
refused "taken port" any "$PORT" "${ON[@]}"
want 200 GET /devices
kill -0 "$PLATEND" || fail "the first manager is gone"

# ---- requests that make no sense ----

problem 400 - POST /tasks '{"kind":'
problem 400 - POST /tasks '[1,2'
problem 422 /rnages PATCH /agents/local '{"rnages":[]}'
problem 422 /ranges PATCH /agents/local '{"ranges":5}'
problem 422 /ranges/0 PATCH /agents/local '{"ranges":["10.0.0.0/99"]}'
problem 422 /ranges/1 PATCH /agents/local '{"ranges":["10.0.0.0/24","10.0.0.9-10.0.0.1"]}'
problem 422 - POST /tasks '{"kind":"device.none","name":"x","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
problem 404 - GET /devices/999999 ''
problem 404 - GET /devices/abc ''
problem 404 - GET /devices/99999999999999999999999 ''
problem 404 - GET /runs/999999 ''
problem 404 - GET /nothing ''
problem 405 - DELETE /devices ''
problem 405 - PUT /tasks '{}'
problem 415 - POST /tasks '' -H 'Content-Type: text/plain' --data '{"kind":"device.discover"}'
head -c 2000000 /dev/zero | tr '\0' ' ' >"$WORK/big"
problem 413 - POST /tasks '' -H 'Content-Type: application/json' -H 'Expect:' --data-binary "@$WORK/big"
# DEV-07
problem 422 /auth POST /device-credentials \
    '{"kind":"snmpv3","user":"u","auth":"sha224","auth_password":"abcdefgh1","priv":"aes128","priv_password":"abcdefgh1"}'
jq -r '.errors[0].detail' <<<"$ANSWER" | grep -q 'except 224 bit, which Platen does not support' ||
    fail "SHA-224 is refused in other words: $ANSWER"
# DEV-24 to DEV-28: each kind has its members and no others
problem 422 /pin POST /device-credentials '{"kind":"system-manager","manager":"7654321"}'
problem 422 /community POST /device-credentials '{"kind":"password","password":"p","community":"c"}'
problem 422 /domain POST /device-credentials '{"kind":"domain","user":"u","password":"p"}'
problem 422 /kind POST /device-credentials '{"kind":"card","password":"p"}'
want 200 GET /device-credentials
is "credentials after refusals" "$(jq -r .total <<<"$ANSWER")" 0
for body in '{"kind":"system-manager","manager":"7654321","pin":"24680"}' '{"kind":"password","password":"only-this"}' \
    '{"kind":"domain","domain":"EXAMPLE","user":"anna","password":"of-anna"}' \
    '{"kind":"service-management","password":"of-service","agents":["local"]}'; do
    want 201 POST /device-credentials "$body"
    ! grep -qE '24680|only-this|of-anna|of-service' <<<"$ANSWER" || fail "a secret is shown: $ANSWER"
    want 204 DELETE "/device-credentials/$(jq -r .id <<<"$ANSWER")"
done
want 200 GET /agents/local
is "ranges after refusals" "$(jq -c .ranges <<<"$ANSWER")" "[]"

# ---- kill -9 of the manager while it searches ----

want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/22\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
count=0
for round in 1 2 3 4 5; do
    want 201 POST /tasks "{\"kind\":\"device.discover\",\"name\":\"find $round\",\"schedule\":{\"when\":\"now\"},\"targets\":{\"agents\":[\"local\"]}}"
    run=$(jq -r .run <<<"$ANSWER")
    pause 2
    before=$(devices)
    [ "$before" -ge "$count" ] || fail "round $round: $before devices, $count before"
    kill -9 "$PLATEND"
    wait "$PLATEND" 2>/dev/null || true
    : >"$WORK/platend.out"
    start_platend
    count=$(devices)
    [ "$count" -ge "$before" ] || fail "round $round: $count devices after kill -9, $before were acknowledged"
    wait_run "$run" 90
    echo "search $round: $before devices at kill -9, $count after it, run ends as $(jq -r .state <<<"$ANSWER")"
    count=$(devices)
done
is "devices at the end" "$count" 300

# ---- kill -9 of the agent while it watches ----

want 200 GET /built-in-tasks
monitor=$(jq -r '.items[] | select(.kind == "device.monitor") | .id' <<<"$ANSWER")
for round in 1 2 3 4 5; do
    want 202 POST "/built-in-tasks/$monitor/run"
    run=$(jq -r .run <<<"$ANSWER")
    sleep "0.$((RANDOM % 10))"
    agent=
    for _ in $(seq 400); do
        agent=$(agent_of "$PLATEND")
        [ -z "$agent" ] || break
        sleep 0.1
    done
    [ -n "$agent" ] || fail "round $round: the manager has no agent"
    kill -9 "$agent"
    wait_run "$run" 90
    again=$(agent_of "$PLATEND")
    state=$(jq -r .state <<<"$ANSWER")
    finished=$(jq -r '.counts | .success + .warning + .error + .timeout + .cancelled + .skipped' <<<"$ANSWER")
    is "targets that ended" "$finished" 300
    echo "watch $round: run ends as $state, agent $agent, now ${again:-none}"
    [ "$(devices)" -ge "$count" ] || fail "round $round: devices are lost"
done
for _ in $(seq 400); do
    again=$(agent_of "$PLATEND")
    [ -z "$again" ] || [ "$again" = "$agent" ] || break
    sleep 0.1
done
[ -n "$again" ] && [ "$again" != "$agent" ] || fail "the agent is not started again"
want 202 POST "/built-in-tasks/$monitor/run"
wait_run "$(jq -r .run <<<"$ANSWER")" 90
is "watch with the new agent" "$(jq -r .state <<<"$ANSWER")" success

# ---- damaged data: each on a copy of a folder that was in use ----

stop_platend
on "$WORK/damaged" "$PORT"
fresh() {
    rm -rf "$WORK/damaged"
    cp -a "$DATA" "$WORK/damaged"
}

fresh
head -c 31 /dev/urandom >"$WORK/damaged/platen.key"
cp "$WORK/damaged/platen.key" "$WORK/before"
refused "short key file" any 'platen\.key' "${ON[@]}"
cmp "$WORK/before" "$WORK/damaged/platen.key" || fail "the damaged key file was written"

fresh
head -c 32 /dev/urandom >"$WORK/damaged/platen.key"
refused "key file of another database" any 'not the one of this database' "${ON[@]}"

fresh
chmod 0644 "$WORK/damaged/platen.key"
refused "key file that all may read" any 'platen\.key.*0644' "${ON[@]}"
is "mode of the key file" "$(stat -c %a "$WORK/damaged/platen.key")" 644

fresh
rm -f "$WORK/damaged"/platen.db-*
head -c 100000 /dev/urandom >"$WORK/damaged/platen.db"
cp "$WORK/damaged/platen.db" "$WORK/before"
refused "garbage for a database" any 'platen\.db' "${ON[@]}"
cmp "$WORK/before" "$WORK/damaged/platen.db" || fail "the file that is no database was written"

fresh
sqlite3 "$WORK/damaged/platen.db" \
    "INSERT INTO platen_migration SELECT component, 4711, 'from-the-future', checksum, applied_at
     FROM platen_migration WHERE component = 'core' LIMIT 1; PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
cp "$WORK/damaged/platen.db" "$WORK/before"
refused "newer schema" any '4711|newer' "${ON[@]}"
is "rows after the newer schema" "$(sqlite3 "$WORK/damaged/platen.db" 'SELECT count(*) FROM device')" 300

fresh
rm -f "$WORK/damaged"/platen.db-*
chmod 0500 "$WORK/damaged"
if touch "$WORK/damaged/probe" 2>/dev/null; then
    echo "skipped: nobody can deny this user a folder"
else
    refused "read-only folder" any 'damaged' "${ON[@]}"
fi
chmod 0700 "$WORK/damaged"

# ---- full and read-only disks: a small file system in a namespace of its own, seen by nobody else ----

if [ "$(id -u)" = 0 ] && unshare -m mount -t tmpfs none "$WORK/damaged" 2>/dev/null; then
    mkdir "$WORK/disk" "$WORK/there"
    # Stands where platend does: runs it on that disk, then looks at what is on it.
    cat >"$WORK/there/platend" <<EOF
#!/bin/bash
[ -n "\${PLACED:-}" ] || PLACED=yes exec unshare -m "\$0" "\$@"
mount -t tmpfs -o size=12m none "$WORK/disk"
[ \$DISK = new ] || cp -a "$DATA" "$WORK/disk/data"
mkdir -p -m 700 "$WORK/disk/data"
if [ \$DISK = read-only ]; then
    mount -o remount,ro "$WORK/disk"
else
    cat /dev/zero >"$WORK/disk/ballast" 2>/dev/null
    [ \$DISK != new ] || truncate -s -100000 "$WORK/disk/ballast"
fi
"$BUILD/platend" "\$@"
status=\$?
rm -f "$WORK/disk/ballast"
[ \$DISK = new ] || sqlite3 -readonly "file:$WORK/disk/data/platen.db?immutable=\$([ \$DISK = full ]; echo \$?)" \
    'SELECT count(*) FROM device; PRAGMA integrity_check' >"$WORK/rows"
exit \$status
EOF
    chmod +x "$WORK/there/platend"
    on "$WORK/disk/data" "$PORT"
    export DISK
    for DISK in new full read-only; do
        BUILD=$WORK/there refused "$DISK disk" any "platend: .*platen\.db.*(no space|is full|read-only)" "${ON[@]}"
        [ $DISK = new ] || is "what is on the $DISK disk" "$(paste -sd' ' "$WORK/rows")" "300 ok"
    done
else
    echo "skipped: no file systems of one's own here"
fi

# The folder that all of this was copied from is as good as before.
start_platend
is "devices after all" "$(devices)" 300
echo "faults: all refused in words, nothing hangs, nothing acknowledged is lost"
