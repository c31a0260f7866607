#!/bin/bash
# The audit log and If-Match through the daemon: who, from where, before and after; nothing changes
# without an entry, not even with kill -9 in between; whatever is done to the log shows.
# ACC-96, ACC-97, ACC-98, ACC-99
# Usage: audit.sh BUILD_FOLDER [sqlite|postgres]
BUILD=$1
. "$(dirname "$0")/lib.sh"
store=()
URL_PG=
if [ "${2:-sqlite}" = postgres ]; then
    POSTGRES_DIR=$WORK/postgres
    URL_PG=$("$HERE/postgres.sh" start "$POSTGRES_DIR")
    store=(--set "store.url=$URL_PG")
fi
PASSWORD=Correct-horse-7

start() {
    start_platend --set agent.local=no "${store[@]+"${store[@]}"}" "$@"
}

stop_platend() {
    kill "$PLATEND"
    wait "$PLATEND" || fail "platend ends with $? when it is asked to"
    : >"$WORK/platend.out"
}

# sql STATEMENTS: on the database itself, past Platen; a value a line
sql() {
    if [ -n "$URL_PG" ]; then
        psql -qAt -v ON_ERROR_STOP=1 "$URL_PG" -c "$1"
    else
        python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=20)
for one in sys.argv[2].split(";"):
    for row in db.execute(one):
        print("|".join("" if v is None else str(v) for v in row))
db.commit()' "$DATA/platen.db" "$1"
    fi
}

# admin VERB: the exit status in $STATUS, what it says in $SAID
admin() {
    STATUS=0
    SAID=$("$BUILD/platend" --data "$DATA" "${store[@]+"${store[@]}"}" admin "$@" 2>&1) || STATUS=$?
}

# entry FILTER MEMBER: of the newest entry that fits, as jq prints it
entry() {
    want 200 GET "/audit-log?size=1&$1"
    jq -c ".items[0] | $2" <<<"$ANSWER"
}

whole() {
    want 200 GET /audit-log/verify
    is "whole" "$(jq -c '[.whole, .broken, .text]' <<<"$ANSWER")" '[true,null,""]'
}

# etag METHOD PATH
etag() {
    curl -sS --max-time 20 --cacert "$DATA/certs/ca.pem" -H "Authorization: Bearer $TOKEN" -X "$1" \
        $([ "$1" = HEAD ] && echo --head) -D - -o /dev/null "$URL/api/v1$2" |
        sed -n 's/^[Ee][Tt]ag: *\(.*\)\r$/\1/p'
}

start
first_administrator

# ---- who, from where, what ----

is "entry of the login" "$(entry f=action:eq:login '[.user_name, .way, .address, .result, .after.password]')" \
    '["Administrator","","127.0.0.1","success","***"]'
saved=$TOKEN TOKEN=
want 401 POST /login '{"user":"nobody","password":"Some-secret-11"}' -H 'X-Forwarded-For: 203.0.113.9'
TOKEN=$saved
is "entry of the wrong login" "$(entry f=action:eq:login '[.user_name, .address, .result]')" \
    '["nobody","127.0.0.1","unauthenticated"]'

want 201 POST /device-credentials '{"kind":"snmpv3","user":"reader","auth":"sha256","auth_password":"Device-secret-22","description":"<script>alert(1)</script>"}'
credential=$(jq -r .id <<<"$ANSWER")
is "entry of the new credential" \
    "$(entry f=category:eq:device-credentials '[.user_name, .way, .action, .object, .result, .before, .after.auth_password, .after.user]')" \
    "[\"Administrator\",\"token\",\"device-credentials.create\",\"$credential\",\"success\",null,\"***\",\"reader\"]"
want 200 PATCH "/device-credentials/$credential" '{"user":"other","auth_password":"Device-secret-33"}'
is "entry of the change" "$(entry f=action:eq:device-credentials.update '[.object, .before, .after]')" \
    "[\"$credential\",{\"user\":\"reader\"},{\"user\":\"other\",\"auth_password\":\"***\"}]"
want 200 PATCH /preferences '{"retention":{"audit_days":400}}'
is "entry of the preferences" "$(entry f=category:eq:preferences '[.before, .after]')" \
    '[{"retention":{"audit_days":365}},{"retention":{"audit_days":400}}]'
want 422 PATCH /preferences '{"retention":{"audit_days":29}}' # PRF-33: 30 to 3650
is "entry of the refusal" "$(entry f=category:eq:preferences .result)" '"inval"'
want 204 DELETE "/device-credentials/$credential"
is "entry of the end" "$(entry f=action:eq:device-credentials.delete '[.object, .before.user, .after]')" \
    "[\"$credential\",\"other\",null]"
want 404 DELETE "/device-credentials/$credential"
is "entry of what is not there" "$(entry f=action:eq:device-credentials.delete .result)" '"not-found"'

# Somebody who may not.
want 201 POST /tokens '{"name":"reader","role":"user","expires":null}'
saved=$TOKEN TOKEN=$(jq -r .token <<<"$ANSWER") reader=$TOKEN
want 403 GET /audit-log # ACC-97
want 403 PATCH /preferences '{"retention":{"audit_days":30}}'
TOKEN=$saved
is "entry of a refused change" "$(entry f=action:eq:preferences.update '[.way, .result, .before, .after]')" \
    '["token","forbidden",null,null]'
is "entry of a refused look" "$(entry f=action:eq:audit-log.read .result)" '"forbidden"'

# ACC-98, ACC-99: a category; the whole log as lines.
want 200 GET '/audit-log?f=category:eq:device-credentials'
is "entries of the category" "$(jq -r .total <<<"$ANSWER")" 4
curl -sS --max-time 30 --cacert "$DATA/certs/ca.pem" -H "Authorization: Bearer $TOKEN" \
    -H 'Accept: application/x-ndjson' "$URL/api/v1/audit-log" >"$WORK/log.ndjson"
want 200 GET /audit-log
is "lines of the export" "$(wc -l <"$WORK/log.ndjson")" "$(jq -r .total <<<"$ANSWER")"

# No secret is in the log of either kind.
for secret in "$PASSWORD" Some-secret-11 Device-secret-22 Device-secret-33 "$TOKEN" "$reader"; do
    ! grep -qF -- "$secret" "$WORK/log.ndjson" "$WORK/platend.log" || fail "a secret is in a log"
done

# A body's member that is secret says so in its schema.
want 200 GET /openapi.json
plain=$(jq -r '[.paths[][] | select(type == "object") | .requestBody.content."application/json".schema? // empty
    | .. | objects | .properties? // empty | to_entries[]
    | select(.key | test("password|secret|passphrase|keytab|community|private_key|^token$|_token$|^current$"))
    | select(.value.type != "boolean" and .value.writeOnly != true) | .key] | unique | join(" ")' <<<"$ANSWER")
is "secret members that are not writeOnly" "$plain" ""
whole

# ---- If-Match ----

path=/preferences
tag=$(etag GET $path)
[ -n "$tag" ] || fail "GET $path has no ETag"
is "ETag of HEAD" "$(etag HEAD $path)" "$tag"
want 200 PATCH $path '{"retention":{"run_days":91}}' -H "If-Match: $tag" -D "$WORK/headers"
fresh=$(sed -n 's/^[Ee][Tt]ag: *\(.*\)\r$/\1/p' "$WORK/headers")
is "ETag of the PATCH" "$fresh" "$(etag GET $path)"
[ "$fresh" != "$tag" ] || fail "the ETag does not change with the preferences"
want 412 PATCH $path '{"retention":{"run_days":92}}' -H "If-Match: $tag"
is "code of 412" "$(jq -r .code <<<"$ANSWER")" conflict
want 412 PATCH $path '{"retention":{"run_days":92}}' -H "If-Match: W/$fresh"
want 200 PATCH $path '{"retention":{"run_days":92}}' -H "If-Match: \"x\", $fresh"
is "entry of a conflict" "$(entry 'f=result:eq:conflict' '[.category, .before]')" '["preferences",null]'

# Of many at once with the same version one passes.
tag=$(etag GET $path)
for i in $(seq 20); do
    curl -sS --max-time 30 --cacert "$DATA/certs/ca.pem" -H "Authorization: Bearer $TOKEN" -X PATCH \
        -H "If-Match: $tag" -H 'Content-Type: application/json' -o /dev/null -w '%{http_code}\n' \
        --data "{\"retention\":{\"run_days\":$((100 + i))}}" "$URL/api/v1$path" >"$WORK/race.$i" &
    pids[i]=$!
done
wait "${pids[@]}"
is "who passed, who did not" "$(cat "$WORK"/race.* | sort | uniq -c | tr -s ' \n' ' ')" " 1 200 19 412 "

# ---- kill -9 ----

# Changes one after the other until the manager dies; what was answered is in $WORK/done.
writer() {
    local n=$1
    while n=$((n + 1)); do
        curl -sS --max-time 10 --cacert "$DATA/certs/ca.pem" -H "Authorization: Bearer $TOKEN" -X PATCH \
            -H 'Content-Type: application/json' -o /dev/null -f --data "{\"retention\":{\"counter_days\":$n}}" \
            "$URL/api/v1/preferences" 2>/dev/null || return 0
        echo "$n" >"$WORK/done.new" && mv "$WORK/done.new" "$WORK/done"
    done
}
echo 100 >"$WORK/done"
for round in 1 2 3 4 5; do
    # What was in flight may have been done, its answer lost: numbers never come twice.
    begin=$(($(cat "$WORK/done") + 5))
    writer "$begin" &
    writer=$!
    sleep "0.$((RANDOM % 9 + 1))"
    kill -9 "$PLATEND"
    wait "$PLATEND" 2>/dev/null || true
    wait "$writer" || true
    : >"$WORK/platend.out"
    start
    whole
    want 200 GET /preferences
    now=$(jq -r .retention.counter_days <<<"$ANSWER")
    last=$(entry 'f=action:eq:preferences.update&f=after:contains:counter_days&f=result:eq:success' .after.retention.counter_days)
    [ "$now" = "$last" ] || [ "$last" = null ] || fail "round $round: the value is $now, the last entry says $last"
    answered=$(cat "$WORK/done")
    [ "$now" -ge "$answered" ] || [ "$answered" = 100 ] || fail "round $round: $answered was answered, $now is there"
    # Each that was answered has its entry.
    want 200 GET "/audit-log?size=1&f=after:contains:\"counter_days\":&f=result:eq:success"
    total=$(jq -r .total <<<"$ANSWER")
    is "entries a change" "$(sql 'SELECT count(DISTINCT after_text) FROM audit_entry WHERE after_text LIKE '"'%counter_days%'"' AND result = '"'success'")" "$total"
done
echo "kill -9: $total changes, each with its entry"

# ---- several managers ----

if [ -n "$URL_PG" ]; then
    mkdir -m 0700 "$WORK/second"
    cp -p "$DATA/platen.key" "$WORK/second/"
    "$BUILD/platend" --data "$WORK/second" --set "http.https_port=$((PORT + 2))" --set http.http_port=0 \
        --set agent.local=no "${store[@]}" >"$WORK/second.out" 2>"$WORK/second.log" &
    SECOND=$!
    PIDS+=("$SECOND")
    for _ in $(seq 300); do grep -q '^Open ' "$WORK/second.out" && break; sleep 0.1; done
    grep -q '^Open ' "$WORK/second.out" || fail "the second manager is not there: $(tail -n 3 "$WORK/second.log")"
    for i in $(seq 20); do
        curl -sS -k --max-time 30 -H "Authorization: Bearer $TOKEN" -X PATCH -H 'Content-Type: application/json' \
            -o /dev/null -w '%{http_code}\n' --data "{\"preferences\":{\"n\":$i}}" \
            "https://127.0.0.1:$((PORT + (i % 2) * 2))/api/v1/me" >"$WORK/two.$i" &
        pids[i]=$!
    done
    wait "${pids[@]}"
    is "answers of two managers" "$(cat "$WORK"/two.* | sort | uniq -c | tr -s ' \n' ' ')" " 20 200 "
    whole
    kill "$SECOND"
    wait "$SECOND" || fail "the second manager ends with $?"
fi

# ---- tampering ----

# While the manager works, changes included.
writer $(($(cat "$WORK/done") + 5)) &
writer=$!
for _ in 1 2 3; do
    admin verify-audit
    is "verify-audit beside the manager ($SAID)" "$STATUS" 0
    whole
done
kill "$writer" 2>/dev/null || true
wait "$writer" 2>/dev/null || true
[ ! -e "$DATA/audit-check.db" ] || fail "verify-audit leaves its copy behind"
stop_platend
admin verify-audit
is "verify-audit of a whole log" "$STATUS" 0
third=$(sql 'SELECT min(seq) + 3 FROM audit_entry')
old=$(sql "SELECT user_name FROM audit_entry WHERE seq = $third")
sql "UPDATE audit_entry SET user_name = 'eve' WHERE seq = $third"
admin verify-audit
is "verify-audit of an edited log" "$STATUS" 1
grep -q "entry $third is not as it was written" <<<"$SAID" || fail "verify-audit says: $SAID"
start
want 200 GET /audit-log/verify
is "broken entry" "$(jq -c '[.whole, .broken]' <<<"$ANSWER")" "[false,\"$third\"]"
stop_platend
sql "UPDATE audit_entry SET user_name = '$old' WHERE seq = $third"
admin verify-audit
is "verify-audit of the mended log" "$STATUS" 0
sql 'DELETE FROM audit_entry WHERE seq = (SELECT max(seq) FROM audit_entry)'
admin verify-audit
is "verify-audit of a log that was cut" "$STATUS" 1
grep -q "is missing" <<<"$SAID" || fail "verify-audit says: $SAID"
admin restart-audit
is "restart-audit" "$STATUS" 0
admin restart-audit
is "restart-audit of a whole log" "$STATUS" 1
start
whole
is "entry of the new beginning" "$(entry f=action:eq:audit-log.restart '[.way, .result]')" '["console","success"]'

# An older copy of all tables fits its own seal, and shows all the same.
sql 'CREATE TABLE old_entry AS SELECT * FROM audit_entry; CREATE TABLE old_head AS SELECT * FROM audit_head'
want 200 PATCH /preferences '{"retention":{"audit_days":365}}'
stop_platend
sql 'DELETE FROM audit_entry; DELETE FROM audit_head; INSERT INTO audit_entry SELECT * FROM old_entry; INSERT INTO audit_head SELECT * FROM old_head'
sql 'DROP TABLE old_entry; DROP TABLE old_head'
admin verify-audit
is "verify-audit of an older copy" "$STATUS" 1
grep -q "older copy" <<<"$SAID" || fail "verify-audit says: $SAID"
start
is "entry of the loss" "$(entry f=action:eq:audit-log.lost '[.way, .result]')" '["system","corrupt"]'
whole

# Without its sealed end the log takes nothing, and so nothing is changed.
stop_platend
sql 'DELETE FROM audit_head'
start
want 500 PATCH /preferences '{"retention":{"audit_days":366}}'
want 200 GET /preferences
is "preference that was not changed" "$(jq -r .retention.audit_days <<<"$ANSWER")" 365
grep -q 'restart-audit' "$WORK/platend.log" || fail "the log does not say what to do"
stop_platend
admin restart-audit
is "restart-audit without an end" "$STATUS" 0

# ---- behind a proxy ----

start --set 'http.trusted_proxies=10.0.0.0/8 127.0.0.1'
saved=$TOKEN TOKEN=
want 401 POST /login '{"user":"nobody","password":"x"}' -H 'X-Forwarded-For: 1.1.1.1' -H 'X-Forwarded-For: 203.0.113.9, 10.1.2.3'
TOKEN=$saved
is "address behind proxies" "$(entry f=action:eq:login .address)" '"203.0.113.9"'
whole
echo "audit: all as it should be"
