#!/bin/bash
# Files of settings through the daemon and the command line: uploaded, shown in the user's language,
# changed, downloaded with a password, looked at without a server; keys, dictionaries; what is wrong is
# refused and leaves nothing. Usage: setting-value-files.sh BUILD_FOLDER [sqlite|postgres]
# SET-06, SET-61, SET-69 to SET-74, SET-83 to SET-86, SET-92 to SET-99
BUILD=$1
. "$(dirname "$0")/lib.sh"
store=()
if [ "${2:-sqlite}" = postgres ]; then
    POSTGRES_DIR=$WORK/postgres
    DATABASE=$("$HERE/postgres.sh" start "$POSTGRES_DIR")
    store=(--set "store.url=$DATABASE")
fi

client() { PLATEN_URL=$URL PLATEN_TOKEN=$TOKEN PLATEN_CA=$DATA/certs/ca.pem "$BUILD/platen" "$@"; }
value() { client setting-value "$@"; }

# not NAME PATTERN WORDS...: the command fails and says why
not() {
    local name=$1 pattern=$2
    shift 2
    ! "$@" >"$WORK/not" 2>&1 </dev/null || fail "$name: done"
    grep -q -- "$pattern" "$WORK/not" || fail "$name: $(cat "$WORK/not")"
}

cat >"$WORK/office.json" <<'END'
{"format": 1, "kind": "monitoring", "name": "Office", "items": [
  {"path": "pjl/COPIES", "kind": "integer", "value": 2, "min": 1, "max": 9},
  {"path": "pjl/DUPLEX", "kind": "enum", "value": "ON", "values": ["ON", "OFF"]}]}
END
printf 'path;value\r\npjl/COPIES;3\r\nacme/MOTTO;=1+1\r\n' >"$WORK/plain.csv"
echo 'correct horse 7' >"$WORK/password"
echo 'another horse 8' >"$WORK/other"

start_platend --set agent.local=no "${store[@]+"${store[@]}"}"
first_administrator

# Upload: JSON as a standard, CSV to distribute
standard=$(value data-upload --name Office --purpose monitoring --file "$WORK/office.json" --json | jq -r .id)
data=$(value data-upload --name Plain --purpose distribution --file "$WORK/plain.csv" --json | jq -r .id)
is "settings in German" "$(value data-items --data "$standard" --language de --json |
    jq -r '[.items[] | .name + "=" + .shown] | join(" ")')" "Kopien=2 Beidseitig drucken=Ein"
is "a formula" "$(value data-items --data "$data" --json | jq -r '.items[] | select(.path == "acme/MOTTO") | .value')" "=1+1"
not "a name that is taken" exists value data-upload --name office --purpose distribution --file "$WORK/plain.csv"
not "a schema's rule" purpose value data-upload --name x --purpose fun --file "$WORK/plain.csv"

# SET-06: a device manager needs the function
want 201 POST /users '{"name":"dora","password":"Battery-staple-8","role":"device-manager","functions":["setting-value"],"all_regions":true}'
dora=$(jq -r .id <<<"$ANSWER")
TOKEN='' want 200 POST /login '{"user":"dora","password":"Battery-staple-8"}' -c "$WORK/dora"
CSRF=$(jq -r .csrf <<<"$ANSWER")
as_dora() { TOKEN='' want "$1" POST /operations/setting-value.data-items "{\"data\":\"$standard\"}" -b "$WORK/dora" -H "X-CSRF-Token: $CSRF"; }
as_dora 200
want 200 PATCH "/users/$dora" '{"functions":[]}'
as_dora 403

# What is wrong is refused
echo 'path,value' >"$WORK/empty.csv"
not "no settings" "the data is incorrect" value data-upload --name x --purpose distribution --file "$WORK/empty.csv"
printf 'vcc/administratorPassword,x\nbox/1/pin,7\n' >"$WORK/secret.csv"
not "a standard with secrets" "box/1/pin: Password or PIN" value data-upload --name x --purpose monitoring --file "$WORK/secret.csv"
want 200 GET '/audit-log?f=category:eq:operations&size=50'
! grep -q 'COPIES' <<<"$ANSWER" || fail "the audit log has what was in a file"

# Out with a password and in again
value data-download --id "$standard" --password-stdin <"$WORK/password" >"$WORK/office.psv"
is "how it begins" "$(head -c 8 "$WORK/office.psv")" PLATENSV
! grep -q COPIES "$WORK/office.psv" || fail "the container is not encrypted"
not "the wrong password" "the password is not the one of the file" \
    bash -c "$(declare -f client value); BUILD=$BUILD URL=$URL TOKEN=$TOKEN DATA=$DATA; value data-upload --name again \
        --purpose monitoring --file $WORK/office.psv --password-stdin <$WORK/other"
again=$(value data-upload --name again --purpose monitoring --file "$WORK/office.psv" --password-stdin --json \
    <"$WORK/password" | jq -r .id)
is "its settings" "$(value data-items --data "$again" --json | jq '.items | length')" 2
is "as CSV" "$(value data-download --id "$data" --form csv | head -n 1)" $'path,value,kind,category,case\r'

# Without a server
show() { "$BUILD/platen" --url https://127.0.0.1:1 setting-value show "$@"; }
show "$WORK/office.psv" --password-stdin <"$WORK/password" | grep -q '^pjl/COPIES *2$' || fail "show does not show"
is "as JSON" "$(show "$WORK/office.psv" --password-stdin --json <"$WORK/password" | jq -r .items[1].value)" ON
not "a password that is wrong" "not the one of the file" bash -c "'$BUILD/platen' setting-value show '$WORK/office.psv' --password-stdin <'$WORK/other'"
head -c 200 "$WORK/office.psv" >"$WORK/cut.psv"
not "a file that was cut" "cut, damaged or edited" bash -c "'$BUILD/platen' setting-value show '$WORK/cut.psv' --password-stdin <'$WORK/password'"
not "no terminal" "password-stdin" setsid "$BUILD/platen" setting-value show "$WORK/office.psv"
not "no file" "usage" "$BUILD/platen" setting-value show
show "$WORK/plain.csv" | grep -q '^acme/MOTTO *=1+1$' || fail "show does not show CSV"

# Changed on the page
value item-set --data "$data" --path pjl/COPIES --value 5 --output false
is "changed" "$(value data-items --data "$data" --json | jq -c '[.items[] | select(.path == "pjl/COPIES") | .value, .output]')" '["5","no"]'
not "what it is not" "kind" value item-set --data "$data" --path pjl/COPIES --value many

# Keys
key=$(value key-add --name site --password-stdin --json <"$WORK/password" | jq -r .id)
not "a weak one" "at least 10" bash -c "$(declare -f client value); BUILD=$BUILD URL=$URL TOKEN=$TOKEN DATA=$DATA; echo aaaaaaaaaaaa | value key-add --name weak --password-stdin"
not "a secret as an argument" "password-stdin" value key-add --name x --password 'correct horse 7'
value key-delete --ids "$key"

# Dictionaries
echo '{"format":1,"dictionary":"acme","words":{"acme/MOTTO":{"name":{"en":"Motto","ja":"標語"}}}}' >"$WORK/acme.json"
(cd "$WORK" && zip -q words.zip acme.json)
value dictionary-upload --file "$WORK/words.zip"
is "a word of the upload" "$(value data-items --data "$data" --language ja --json | jq -r '.items[0].name')" 標語
echo '{"format":1,"dictionary":"ACME","words":{"acme/MOTTO":{"name":{"en":"Motto","ja":"座右の銘"}}}}' >"$WORK/acme.json"
value dictionary-upload --file "$WORK/acme.json"
is "a name in capitals is the same" "$(value data-items --data "$data" --language ja --json | jq -r '.items[0].name')" 座右の銘
want 200 GET /setting-value/dictionaries
is "one that was uploaded" "$(jq '[.items[] | select(.name | ascii_downcase == "acme")] | length' <<<"$ANSWER")" 1
value dictionary-reset
is "without it" "$(value data-items --data "$data" --language ja --json | jq -r '.items[0].name')" acme/MOTTO

# What is sealed outlives a restart; what is deleted is gone
stop_platend
start_platend --set agent.local=no "${store[@]+"${store[@]}"}"
is "after a restart" "$(value data-items --data "$again" --json | jq '.items | length')" 2
value data-delete --ids "$standard,$data" --ids "$again"
not "what is gone" "not-found" value data-items --data "$data"
echo done
