#!/bin/bash
# TLS, headers and paths as scanners see them: Debian's testssl.sh and, where it is installed, nikto
# against the daemon. Every finding above informational fails the test unless docs/security.md
# argues it away by its name.
# Usage: scan.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"
command -v testssl >/dev/null || { echo "testssl.sh is not installed"; exit 77; }

# A page as the built ones are: packed beforehand.
mkdir "$WORK/web"
for _ in $(seq 200); do echo '<!doctype html><title>Platen</title><p>printers</p>'; done >"$WORK/web/index.html"
gzip -k "$WORK/web/index.html"
start_platend --set agent.local=no --set "web.folder=$WORK/web" --set http.site_address=platen.test

# The scanner's own temporary files stay in $WORK; no name servers, nothing but the daemon is asked.
(cd "$WORK" && TMPDIR=$WORK timeout 540 testssl --quiet --color 0 --warnings batch --nodns none --ip 127.0.0.1 \
    --jsonfile "$WORK/scan.json" --add-ca "$DATA/certs/ca.pem" "https://platen.test:$PORT" >"$WORK/scan.txt" 2>&1) ||
    echo "testssl ends with $?: it counts what it finds"
jq -e 'map(select(.id == "scanTime")) | length == 1' "$WORK/scan.json" >/dev/null || {
    tail -n 30 "$WORK/scan.txt" >&2
    fail "the scan did not come to its end"
}
is "protocols" "$(jq -rc '[.[] | select(.id == "SSLv2" or .id == "SSLv3" or .id == "TLS1" or .id == "TLS1_1") | .finding] | unique' \
    "$WORK/scan.json")" '["not offered"]'
is "TLS 1.3" "$(jq -r '.[] | select(.id == "TLS1_3") | .severity' "$WORK/scan.json")" OK

bad=0
while IFS=$'\t' read -r id severity finding; do
    if grep -qE "^\| \`$id\` \|" "$HERE/../../docs/security.md"; then
        echo "argued in docs/security.md: $id ($severity): $finding"
    else
        echo "testssl: $id ($severity): $finding" >&2
        bad=1
    fi
done < <(jq -r '.[] | select(.severity != "OK" and .severity != "INFO") | [.id, .severity, .finding] | @tsv' "$WORK/scan.json")
[ $bad = 0 ] || fail "the scan finds what docs/security.md does not argue away"
echo "testssl: $(jq length "$WORK/scan.json") findings, none that is not argued"

# ---- nikto: some 7,000 paths and habits of web servers ----

command -v nikto >/dev/null || { echo "nikto is not installed"; exit 0; }
(cd "$WORK" && timeout 540 nikto -host "https://localhost:$PORT" -ssl -ask no >"$WORK/nikto.txt" 2>&1) || true
grep -q '1 host(s) tested' "$WORK/nikto.txt" || {
    tail -n 30 "$WORK/nikto.txt" >&2
    fail "nikto did not come to its end"
}
found=0
while IFS= read -r finding; do
    found=$((found + 1))
    argued=
    while IFS= read -r words; do
        [[ "$finding" != *"$words"* ]] || argued=1
    done < <(sed -nE 's/^\| `nikto: ([^`]*)` \|.*/\1/p' "$HERE/../../docs/security.md")
    [ -n "$argued" ] || { echo "nikto: $finding" >&2; bad=1; }
done < <(grep '^+ ' "$WORK/nikto.txt" | grep -vE '^\+ (Target |SSL Info|Start Time|End Time|Server:|No CGI|[0-9]+ (items|host))' | cut -c3-)
[ $bad = 0 ] || fail "nikto finds what docs/security.md does not argue away"
echo "nikto: $(sed -nE 's/^\+ ([0-9]+ items checked).*/\1/p' "$WORK/nikto.txt"), $found findings, none that is not argued"
