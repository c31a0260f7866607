#!/bin/bash
# Every registered route as nobody, as a user, as a device manager without functions, as one of
# another region, with an expired token: each answer is what the route declares (ACC-46 to ACC-50,
# ACC-68, ACC-69). Usage: routes.sh BUILD_FOLDER
BUILD=$1
. "$(dirname "$0")/lib.sh"

start_fleet 5
start_platend
first_administrator
SYSTEM=$TOKEN

# Five devices of region A; the other device manager has region B.
want 201 POST /regions '{"name":"A","timezone":"UTC","addresses":["127.10.0.0/16"]}'
want 201 POST /regions '{"name":"B","timezone":"UTC","addresses":["10.99.0.0/16"]}'
B=$(jq -r .id <<<"$ANSWER")
want 200 PATCH /agents/local "{\"ranges\":[\"127.10.0.0/24\"],\"port\":{\"snmp\":$SNMP_PORT}}"
want 201 POST /device-credentials '{"kind":"snmpv1","community":"public"}'
want 201 POST /tasks '{"kind":"device.discover","name":"find","schedule":{"when":"now"},"targets":{"agents":["local"]}}'
wait_run "$(jq -r .run <<<"$ANSWER")" 120
want 200 GET '/devices?size=200'
is devices "$(jq -r .total <<<"$ANSWER")" 5
DEVICES=$ANSWER
want 200 GET /roles
FUNCTIONS=$(jq -c '[.items[] | select(.role == "device-manager") | .functions[].id]' <<<"$ANSWER")

# person NAME BODY: an account, and a token of its own in $MADE
person() {
    TOKEN=$SYSTEM want 201 POST /users "$(jq -c --arg n "$1" '. + {name: $n, password: "Battery-staple-8"}' <<<"$2")"
    TOKEN='' want 200 POST /login "{\"user\":\"$1\",\"password\":\"Battery-staple-8\"}" -c "$WORK/jar-$1"
    CSRF=$(jq -r .csrf <<<"$ANSWER")
    TOKEN='' want 201 POST /tokens "$(jq -c '{name: "walk", role}' <<<"$2")" -b "$WORK/jar-$1" -H "X-CSRF-Token: $CSRF"
    MADE=$(jq -r .token <<<"$ANSWER")
}

person user '{"role":"user"}'
USER_TOKEN=$MADE
person bare '{"role":"device-manager","functions":[]}'
BARE_TOKEN=$MADE
person other "{\"role\":\"device-manager\",\"functions\":$FUNCTIONS,\"regions\":[\"$B\"]}"
OTHER_TOKEN=$MADE
TOKEN=$SYSTEM
want 201 POST /tokens "{\"name\":\"short\",\"role\":\"system-manager\",\"expires\":\"$(date -u -d '+2 sec' +%FT%TZ)\"}"
EXPIRED=$(jq -r .token <<<"$ANSWER")
TOKEN='' want 200 POST /login '{"user":"Administrator","password":"Correct-horse-7"}' -c "$WORK/jar-admin"
sleep 3

# Routes as they stand in the source, one a line: none is forgotten by the list that is walked.
declared=$(cd "$HERE/../.." && grep -rhozE '\{"(GET|POST|PUT|PATCH|DELETE)",\s*"/[^"]*"' core/rest | tr '\0' '\n' |
    sed -nE 's/^\{"([A-Z]+)", *"([^"]+)"$/\1 \2/p' | sort -u | jq -Rnc '[inputs]')
[ "$(jq length <<<"$declared")" -gt 50 ] || fail "the routes of the source are read wrongly"
[ "$(jq '[.items[] | select(.serial != "")] | length' <<<"$DEVICES")" = 5 ] || fail "devices without serial numbers"
jq -n --arg ca "$DATA/certs/ca.pem" --arg system "$SYSTEM" --arg user "$USER_TOKEN" --arg bare "$BARE_TOKEN" \
    --arg other "$OTHER_TOKEN" --arg expired "$EXPIRED" \
    --arg cookie "$(awk '/platen_session/ { print $7 }' "$WORK/jar-admin")" \
    --argjson functions "$FUNCTIONS" --argjson devices "$DEVICES" --argjson declared "$declared" \
    '{ca: $ca, system: $system, user: $user, bare: $bare, other: $other, expired: $expired, cookie: $cookie,
      functions: $functions, declared: $declared, device: $devices.items[0].id,
      secrets: [$devices.items[] | .serial, .mac | select(. != null and . != "")],
      persons: ["/me/password", "/me/second-factor", "/me/second-factor/disable"]}' >"$WORK/plan.json"
node "$HERE/routes.mjs" "$URL" "$WORK/plan.json" || fail "the walk over the routes"

# Nothing has happened to anything.
want 200 GET '/devices?size=200'
is "devices afterwards" "$(jq -c '[.items[].id]' <<<"$ANSWER")" "$(jq -c '[.items[].id]' <<<"$DEVICES")"
want 200 GET /users
is "users afterwards" "$(jq -r .total <<<"$ANSWER")" 4
