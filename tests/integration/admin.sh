#!/bin/bash
# Backup, restore and the key: on SQLite or PostgreSQL, with a manager that works, on another
# machine (another data folder), with the wrong key, damaged files, and kill -9 in the middle.
# Usage: admin.sh BUILD_FOLDER [sqlite|postgres]
BUILD=$1
. "$(dirname "$0")/lib.sh"
store=()
if [ "${2:-sqlite}" = postgres ]; then
    POSTGRES_DIR=$WORK/postgres
    DATABASE=$("$HERE/postgres.sh" start "$POSTGRES_DIR")
    store=(--set "store.url=$DATABASE")
fi

admin() {
    "$BUILD/platend" --data "$DATA" "${store[@]+"${store[@]}"}" admin "$@"
}

# admin_refused NAME PATTERN VERB...
admin_refused() {
    local name=$1 pattern=$2
    shift 2
    refused "$name" 1 "$pattern" --data "$DATA" "${store[@]+"${store[@]}"}" admin "$@"
}

rows() {
    if [ ${#store[@]} -gt 0 ]; then
        psql -Atqc "SELECT count(*) FROM $1" "$DATABASE"
    else
        sqlite3 "$DATA/platen.db" "SELECT count(*) FROM $1"
    fi
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

start() {
    start_platend "${store[@]+"${store[@]}"}"
}

# line WORD WHAT PATTERN: what diagnose says in $WORK/said
line() {
    grep -Eq "^$1 +$2 +.*$3" "$WORK/said" || fail "diagnose does not say '$1 $2 $3': $(cat "$WORK/said")"
}

start_fleet 40
admin diagnose >"$WORK/said" || fail "diagnose of nothing: $(cat "$WORK/said")"
line note key 'cannot open'
start
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/26\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
# Secrets of other kinds, so that a new key has to find them.
want 201 POST /webhooks '{"name":"hook","url":"https://127.0.0.1:9/hook","token":"a-token-of-a-webhook","events":["device-added"],"active":false}'
want 200 PATCH /preferences '{"mail":{"password":"a password for mail"}}'
search
is "devices found" "$(devices)" 40

# ---- diagnosis beside a manager ---- # SYS-172
diagnose() {
    "$BUILD/platend" --data "$DATA" "${store[@]+"${store[@]}"}" --set "http.https_port=$PORT" \
        --set http.http_port=0 admin diagnose >"$WORK/said"
}
diagnose || fail "diagnose: $(cat "$WORK/said")"
line ok database 'a manager works on it'
line ok devices 40
line ok key 'secrets open'
line ok port "$PORT answers"
line ok agent 'Local agent: active'
line ok certificate 'of the own CA'
[ -z "$(ls -d "$DATA"/diagnose.* 2>/dev/null)" ] || fail "diagnose leaves a copy behind"

# ---- a backup while the manager works ---- # SYS-164, SYS-165
for _ in 1 2 3; do search; done &
searches=$!
admin backup "$WORK/a.zip" >/dev/null 2>"$WORK/said" || fail "backup of a running manager: $(cat "$WORK/said")"
grep -q 'no use without the key' "$WORK/said" || fail "nobody says that the key is not in the backup"
admin backup "$WORK/key.zip" --with-key >/dev/null 2>"$WORK/said"
grep -q 'holds the key' "$WORK/said" || fail "nobody says that the key is in the backup"
wait "$searches" || fail "the manager did not work while a backup was made"
is "mode of a backup" "$(stat -c %a "$WORK/a.zip")" 600
admin_refused "a second backup of the name" 'is there already' backup "$WORK/a.zip"
unzip -p "$WORK/a.zip" manifest.json | jq -e '.rows.device == 40 and (.key | not)' >/dev/null ||
    fail "the manifest: $(unzip -p "$WORK/a.zip" manifest.json)"
grep -q 'platen.key' < <(unzip -l "$WORK/a.zip") && fail "the key is in the backup"
grep -q 'PRIVATE KEY' < <(unzip -p "$WORK/a.zip" certs/ca.key.sealed) && fail "the CA's key is in clear"
grep -q 'platen.key' < <(unzip -l "$WORK/key.zip") || fail "the key is not in the backup"
[ ! -e "$DATA/backup.work" ] || fail "the backup leaves its work behind"

# ---- nothing happens beside a running manager ---- # SYS-167
admin_refused "restore beside a manager" 'in use by another platend' restore "$WORK/a.zip"
admin_refused "a new key beside a manager" 'in use by another platend' rotate-key
is "devices" "$(devices)" 40

# ---- back to the backup ----
cp "$DATA/platen.key" "$WORK/first.key"
ca=$(sha256sum <"$DATA/certs/ca.pem")
want 200 GET '/devices?size=200'
for id in $(jq -r '.items[0:15][].id' <<<"$ANSWER"); do want 204 DELETE "/devices/$id"; done
is "devices after some were deleted" "$(devices)" 25
stop_platend
diagnose || fail "diagnose: $(cat "$WORK/said")"
line ok database 'no manager runs'
line ok port "$PORT is free"
mv "$DATA/platen.key" "$DATA/away"
head -c 32 /dev/urandom >"$DATA/platen.key"
chmod 600 "$DATA/platen.key"
diagnose && fail "diagnose does not mind another key"
line BAD key 'not the one of this database'
mv "$DATA/away" "$DATA/platen.key"
admin restore "$WORK/a.zip" >"$WORK/said" || fail "restore"
grep -q '^restored [0-9]* rows' "$WORK/said" || fail "restore says: $(cat "$WORK/said")"
aside=$(sed -n 's/^what was there before is in //p' "$WORK/said")
[ -d "$aside" ] || fail "the old installation is not there: $(cat "$WORK/said")"
is "sessions" "$(rows user_session)" 0
admin verify-audit >"$WORK/said" || fail "the audit log after a restore: $(cat "$WORK/said")"
start
is "devices after the restore" "$(devices)" 40
search # the agent is activated anew, and credentials open
is "devices after a search" "$(devices)" 40
stop_platend

# ---- another key ----
admin rotate-key >"$WORK/said" || fail "a new key"
count=$(sed -nE 's/^([0-9]+) secrets are sealed.*/\1/p' "$WORK/said")
# the word of the key, the head of the audit log, a community, a webhook's token, a password
[ "${count:-0}" -ge 5 ] || fail "rotate-key says: $(cat "$WORK/said")"
cmp -s "$DATA/platen.key" "$WORK/first.key" && fail "the key is the old one"
[ ! -e "$DATA/platen.key.pending" ] || fail "a pending key is left"
admin verify-audit >"$WORK/said" || fail "the audit log under a new key: $(cat "$WORK/said")"
start
want 200 GET '/audit-log?f=way:eq:console'
is "what the console did" "$(jq -r '[.items[].action] | sort | join(" ")' <<<"$ANSWER")" 'key.rotate system.restore'
search
stop_platend
cp "$DATA/platen.key" "$WORK/second.key"
before=$(rows device)
admin_refused "restore with another key" 'not the one that the backup was made with' restore "$WORK/a.zip"
cmp "$DATA/platen.key" "$WORK/second.key" || fail "the key was changed"
is "rows" "$(rows device)" "$before"
[ ! -e "$DATA/restore.new" ] || fail "a refused restore is left behind"
admin restore "$WORK/key.zip" >/dev/null || fail "restore of a backup with its key"
cmp "$DATA/platen.key" "$WORK/first.key" || fail "the key of the backup is not in force"
start
search
stop_platend

# ---- damaged backups: refused, or whole ----
size=$(stat -c %s "$WORK/a.zip")
for part in 0 1 100 1000 $((size / 2)) $((size - 100)) $((size - 1)); do
    head -c "$part" "$WORK/a.zip" >"$WORK/cut.zip"
    admin_refused "a backup of $part bytes" 'damaged|no backup' restore "$WORK/cut.zip"
done
is "rows" "$(rows device)" "$before"
accepted=0
for ((i = 0; i < 60; i++)); do
    cp "$WORK/a.zip" "$WORK/flip.zip"
    at=$((RANDOM * 32768 + RANDOM))
    # half of them among the few bytes of names and tables, the rest anywhere
    at=$((i % 2 ? at % size : (i % 4 ? at % 300 : size - 1 - at % 900)))
    byte=$(od -An -tu1 -j $at -N 1 "$WORK/flip.zip")
    printf "\\x$(printf %02x $((byte ^ (1 << (i % 8)))))" |
        dd of="$WORK/flip.zip" bs=1 seek=$at conv=notrunc status=none
    if admin restore "$WORK/flip.zip" >"$WORK/said" 2>&1; then
        accepted=$((accepted + 1)) # a bit of a date or an attribute that nobody reads
        is "rows after byte $at was changed" "$(rows device)" 40
    else
        grep -q '^platend: ' "$WORK/said" || fail "byte $at: $(cat "$WORK/said")"
    fi
done
echo "60 backups with one wrong bit: $((60 - accepted)) refused, $accepted whole all the same"
head -c 5000 /dev/urandom >"$WORK/noise.zip"
admin_refused "noise" 'damaged or no backup' restore "$WORK/noise.zip"
unzip -q -o "$WORK/a.zip" manifest.json -d "$WORK/parts"
sed -i 's/"format":1/"format":2/' "$WORK/parts/manifest.json"
cp "$WORK/a.zip" "$WORK/newer.zip"
(cd "$WORK/parts" && zip -q "$WORK/newer.zip" manifest.json)
admin_refused "a newer format" 'newer version' restore "$WORK/newer.zip"
sed -i 's/"format":2/"format":1/; s/"name":"core","steps":[0-9]*/"name":"core","steps":999/' "$WORK/parts/manifest.json"
(cd "$WORK/parts" && zip -q "$WORK/newer.zip" manifest.json)
admin_refused "a newer schema" 'newer version' restore "$WORK/newer.zip"
sed -i 's/"steps":999/"steps":1/; s/"version":"[^"]*"/"version":"9.9.9"/' "$WORK/parts/manifest.json"
(cd "$WORK/parts" && zip -q "$WORK/newer.zip" manifest.json)
admin_refused "a changed manifest" 'or the backup was changed' restore "$WORK/newer.zip"

# ---- kill -9 in the middle of a new key ----
# killed SECONDS VERB...: starts it and kills it after a random part of that time
killed() {
    local most=$1
    shift
    "$BUILD/platend" --data "$DATA" "${store[@]+"${store[@]}"}" admin "$@" >/dev/null 2>&1 &
    local pid=$!
    sleep "$(awk -v most="$most" -v r=$RANDOM 'BEGIN { printf "%.3f", most * r / 32768 }')"
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

# seconds VERB...: how long it takes
seconds() {
    local begin
    begin=$(date +%s.%N)
    admin "$@" >/dev/null 2>&1 || fail "$*"
    awk -v a="$begin" -v b="$(date +%s.%N)" 'BEGIN { printf "%.3f", (b - a) * 1.1 }'
}

# whole: a manager would start on it, and every secret opens: another new key needs both
whole() {
    for _ in $(seq 50); do # the server notices a killed client with a delay
        admin rotate-key >/dev/null 2>"$WORK/said" && return
        grep -q 'in use by another' "$WORK/said" || fail "$1: $(cat "$WORK/said")"
        sleep 0.1
    done
    fail "$1: $(cat "$WORK/said")"
}

most=$(seconds rotate-key)
changed=0
for i in $(seq 25); do
    sum=$(sha256sum <"$DATA/platen.key")
    killed "$most" rotate-key
    [ "$sum" = "$(sha256sum <"$DATA/platen.key")" ] || changed=$((changed + 1))
    whole "after kill $i of rotate-key"
done
echo "25 kills in the middle of rotate-key: $changed behind the switch"

# ---- kill -9 in the middle of a restore ----
admin backup "$WORK/now.zip" --with-key >/dev/null 2>&1
start
want 200 GET '/devices?size=200'
for id in $(jq -r '.items[0:30][].id' <<<"$ANSWER"); do want 204 DELETE "/devices/$id"; done
stop_platend
few=$(rows device) # what was still running has found some again
[ "$few" -lt 40 ] || fail "no device was deleted"
admin backup "$WORK/few.zip" --with-key >/dev/null 2>&1
most=$(seconds restore "$WORK/now.zip")
done_count=0
for i in $(seq 25); do
    had=$(rows device)
    if [ "$had" = 40 ]; then next=few; else next=now; fi
    killed "$most" restore "$WORK/$next.zip"
    whole "after kill $i of restore"
    has=$(rows device)
    case $has in
    "$had") ;;
    "$few" | 40) done_count=$((done_count + 1)) ;;
    *) fail "after kill $i of restore there are $has devices" ;;
    esac
    [ ! -e "$DATA/restore.ready" ] && [ ! -e "$DATA/restore.new" ] || fail "kill $i leaves its restore behind"
    rm -rf "$DATA"/before-restore-*
done
echo "25 kills in the middle of restore: $done_count finished"
admin restore "$WORK/now.zip" >/dev/null
start
is "devices" "$(devices)" 40
search
stop_platend

# ---- another machine ----
DATA=$WORK/elsewhere
mkdir -m 700 "$DATA"
if [ ${#store[@]} -gt 0 ]; then
    psql -qc 'DROP SCHEMA public CASCADE; CREATE SCHEMA public' "$DATABASE" 2>/dev/null
fi
admin_refused "restore without a key" 'holds no key' restore "$WORK/a.zip"
install -m 600 "$WORK/second.key" "$DATA/platen.key"
admin_refused "restore with the wrong key" 'not the one that the backup was made with' restore "$WORK/a.zip"
install -m 600 "$WORK/first.key" "$DATA/platen.key"
admin restore "$WORK/a.zip" >"$WORK/said" || fail "restore on another machine"
grep -q 'what was there before' "$WORK/said" && fail "nothing was there before"
start
is "devices" "$(devices)" 40
is "the CA" "$(sha256sum <"$DATA/certs/ca.pem")" "$ca"
search
want 200 GET /audit-log/verify
is "the audit log" "$(jq -r .whole <<<"$ANSWER")" true
is "devices" "$(devices)" 40
stop_platend
