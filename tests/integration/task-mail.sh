#!/bin/bash
# Mails about runs through the daemon and a real mail server, and the command line for tasks.
# TSK-33 to TSK-36.
# Usage: task-mail.sh BUILD_FOLDER [sqlite|postgres]
BUILD=$1
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || {
    echo "python3-aiosmtpd is not installed"
    exit 77
}
store=()
if [ "${2:-sqlite}" = postgres ]; then
    POSTGRES_DIR=$WORK/postgres
    store=(--set "store.url=$("$HERE/postgres.sh" start "$POSTGRES_DIR")")
fi
SMTP=$((PORT + 5))
mkdir -p "$WORK/smtp"
"$HERE/../servers/smtp-server.py" "$WORK/smtp" --port "$SMTP" >"$WORK/smtp/out" 2>"$WORK/smtp/err" &
PIDS+=("$!")
for _ in $(seq 100); do
    grep -q '^port' "$WORK/smtp/out" && break
    sleep 0.1
done
start_fleet 5
start_platend "${store[@]+"${store[@]}"}"
first_administrator
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/29\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
client() {
    PLATEN_URL=$URL PLATEN_TOKEN=$TOKEN PLATEN_CA=$DATA/certs/ca.pem "$BUILD/platen" "$@"
}
client task add device.discover --name find --agent local --wait >"$WORK/client.out" ||
    fail "platen task add: $(cat "$WORK/client.out")"
device=$(client device list --json | jq -r '.[0].id')

# mails FILTER: jq over all that came
mails() { jq -s "$1" "$WORK/smtp/mails" 2>/dev/null; }
# wait_mails N
wait_mails() {
    for _ in $(seq 100); do
        [ "$(mails length)" = "$1" ] && return
        sleep 0.2
    done
    fail "there are $(mails length) mails, not $1"
}

# TSK-36: without a mail server the run ends all the same, and nothing waits
client task add device.counters --name silent --device "$device" --mail-to ops@example.com --wait \
    >/dev/null || fail "a task with mail does not run"
want 200 PATCH /preferences "{\"mail\":{\"sender\":\"platen@example.com\",\"host\":\"127.0.0.1\",\"port\":$SMTP,\"security\":\"none\"}}"
sleep 2
want 200 GET /outbox
is "mails that wait" "$(jq -r .total <<<"$ANSWER")" 0

# Conditions: success is no error and changes nothing
client task add device.counters --name quiet --device "$device" --mail-to ops@example.com \
    --mail-on error --wait >/dev/null
client task add device.counters --name quiet --device "$device" --mail-to ops@example.com \
    --mail-on changes --wait >/dev/null
client task add device.counters --name =Loud --device "$device" --mail-to ops@example.com,boss@example.com \
    --mail-on success --priority high --attach csv --wait >/dev/null
wait_mails 2
is "who got it" "$(mails '[.[].to[0]]|sort|join(" ")')" '"boss@example.com ops@example.com"'

# opened NUMBER SUFFIX: takes the mail apart; its text, headers and file
cat >"$WORK/open.py" <<'P'
import email, email.policy, json, sys, zipfile, io
mails = [json.loads(line) for line in open(sys.argv[1])]
mail = email.message_from_string(mails[int(sys.argv[2])]["data"], policy=email.policy.default)
parts = [p for p in mail.walk() if not p.is_multipart()]
print("subject=" + mail["Subject"])
print("importance=%s priority=%s" % (mail["Importance"], mail["X-Priority"]))
print(parts[0].get_content())
if len(parts) > 1:
    data = parts[1].get_payload(decode=True)
    print("file=%s type=%s" % (parts[1].get_filename(), parts[1].get_content_type()))
    if parts[1].get_filename().endswith(".xlsx"):
        book = zipfile.ZipFile(io.BytesIO(data))
        assert book.testzip() is None
        print("rows=%d" % book.read("xl/worksheets/sheet1.xml").decode().count("<row "))
    else:
        print(data.decode("utf-8-sig"))
P
opened() { /usr/bin/python3 "$WORK/open.py" "$WORK/smtp/mails" "$1" >"$WORK/mail.txt" || fail "mail $1 cannot be read"; }
opened 0
for line in '^subject==Loud: success' '^importance=high priority=1' '^Success: 1' \
    '^file=run-[0-9]*.csv type=text/csv' "^$device,.*,success,"; do
    grep -q -- "$line" "$WORK/mail.txt" || fail "the mail has no '$line': $(cat "$WORK/mail.txt")"
done

# A failure, in German, as XLSX with what failed only
kill "$SIM"
wait "$SIM" 2>/dev/null || true
client task add device.counters --name kaputt --device "$device" --mail-to ops@example.com \
    --mail-on error --language de --attach xlsx --failed-only --wait >/dev/null || true
wait_mails 3
opened 2
for line in 'Ziele: 1' '^file=run-.*xlsx type=application/vnd.openxml' '^rows=2'; do
    grep -q -- "$line" "$WORK/mail.txt" || fail "the mail has no '$line': $(cat "$WORK/mail.txt")"
done

# Killed at the end of a run: one mail, not none and not two
run=$(client task add device.counters --name killed --device "$device" --mail-to ops@example.com --json | jq -r .run)
wait_run "$run" 60
kill -9 "$PLATEND"
wait "$PLATEND" 2>/dev/null || true
: >"$WORK/platend.out"
start_platend "${store[@]+"${store[@]}"}"
for _ in $(seq 100); do
    [ "$(mails '[.[]|select(.data|test("killed"))]|length')" = 0 ] || break
    sleep 0.2
done
sleep 2
is "mails after the kill" "$(mails '[.[]|select(.data|test("killed"))|.data|capture("Message-ID: (?<id>.*)").id]|unique|length')" 1

# MON-82 to MON-94, MON-42 to MON-44: reports that the manager sends itself
count=$(mails length)
for report in devices firmware consumables counters status audit-log counter-totals counter-sums; do
    client task add system.send-report --name "report $report" --wait \
        --settings "{\"report\":\"$report\",\"to\":[\"ops@example.com\"],\"format\":\"xlsx\",\"subject\":\"Weekly $report\"}" \
        >/dev/null || fail "the report $report is not sent"
    count=$((count + 1))
    wait_mails "$count"
    opened $((count - 1))
    grep -q "^subject=Weekly $report" "$WORK/mail.txt" || fail "a wrong subject: $(cat "$WORK/mail.txt")"
    grep -Eq '^rows=([2-9]|[0-9]{2,})' "$WORK/mail.txt" || fail "the report $report is empty: $(cat "$WORK/mail.txt")"
done
client task add system.send-counters --name counters --device "$device" --wait \
    --settings '{"to":["ops@example.com"],"cc":["boss@example.com"],"counters":["total"],"language":"fr"}' >/dev/null ||
    fail "counters are not sent"
wait_mails $((count + 2))
opened "$count"
grep -q "^$device,.*,total,[0-9]" "$WORK/mail.txt" || fail "no counters: $(cat "$WORK/mail.txt")"
is "counters of one device" "$(grep -c ',total,' "$WORK/mail.txt")" 1
want 422 POST /tasks '{"kind":"system.send-report","name":"x","settings":{"report":"weather","to":["a@example.com"]}}'
want 422 POST /tasks '{"kind":"system.send-report","name":"x","settings":{"report":"devices","to":["nobody"]}}'
want 422 POST /tasks '{"kind":"system.send-report","name":"x","settings":{"report":"devices","to":["a@example.com"]},"rollout":{"canary":{"count":1}}}'
want 201 POST /tokens '{"name":"few","role":"device-manager","functions":["tasks","reports"],"expires":null}' \
    -b "$WORK/cookies" -H "X-CSRF-Token: $CSRF"
FEW=$(jq -r .token <<<"$ANSWER")
TOKEN=$FEW want 403 POST /tasks '{"kind":"system.send-report","name":"x","settings":{"report":"audit-log","to":["a@example.com"]}}' # MON-85
TOKEN=$FEW want 403 GET /reports/audit-log
TOKEN=$FEW want 200 GET /reports
is "reports without the audit log" "$(jq -c '[.items[].name | select(contains(".") | not)] | length' <<<"$ANSWER")" 7
want 200 GET '/reports/counters?days=7' '' -H 'Accept: text/csv'
grep -q ',total,' "$WORK/answer" || fail "no counters: $ANSWER"
want 200 GET /reports/status
head -1 "$WORK/answer" | grep -q 'no-response' || fail "no columns: $ANSWER"
want 404 GET /reports/weather
# MON-51 to MON-60: what was read today is known of this month, by device and over all
want 200 GET '/reports/counter-totals?unit=monthly&counter=total'
grep -q ',total,[0-9-]*-01,[0-9]' "$WORK/answer" || fail "no totals: $ANSWER"
! grep -q ',color,' "$WORK/answer" || fail "other counters: $ANSWER"
want 200 GET '/reports/counter-sums?unit=yearly'
grep -q "^total,[0-9]*-01-01,[1-9][0-9]*,[0-9]" "$WORK/answer" || fail "no sums: $ANSWER"
want 422 GET '/reports/counter-totals?unit=hourly'
want 422 GET '/reports/status?days=0'

# The command line
is "next times" "$(client task next --every month --date last --time 08:00 --zone UTC --start 2027-01-15T00:00 --count 2 --json | jq -r '.times|join(" ")')" \
    "2027-01-31T08:00:00.000Z 2027-02-28T08:00:00.000Z"
id=$(client task add device.counters --name cli --device "$device" --every week --on mon,thu --time 06:30 --json | jq -r .id)
client task edit "$id" --name renamed --inactive >/dev/null
is "name" "$(client task show renamed --json | jq -r '.name + " " + (.active|tostring)')" "renamed false"
is "copy" "$(client task duplicate renamed --json | jq -r .name)" "renamed - Copy"
client task remove "renamed - Copy" >/dev/null
if client task edit renamed 2>/dev/null; then fail "an empty change is no mistake"; fi
if client task add device.counters --every day 2>"$WORK/err"; then fail "a wrong schedule is taken"; fi
grep -q '/schedule/time' "$WORK/err" || fail "the mistake has no pointer: $(cat "$WORK/err")"
is "recovered" "$(client run recover "$run" --json | jq -r '.targets.devices[0]')" "$device"
echo "task mails: conditions, attachments, a kill; the command line"
