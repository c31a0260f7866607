#!/bin/bash
# docs/plugin-guide.md, literally: each block of commands, in order, in a clean folder, with nothing of
# Platen but what the component `dev` installs. Its last block installs what came out on a manager, where it
# works then. Usage: plugin-guide.sh BUILD. PRF-36, PRF-40, PRF-43, PRF-46.
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/function-lib.sh"
. "$(dirname "$0")/sdk-prefix.sh"
build_sdk
use_prefix
start_platend --set functions.trial_s=20
first_administrator

# The blocks of the guide, one after the other, as one script that stops at the first failure.
awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$PREFIX/share/doc/platen-dev/plugin-guide.md" >"$WORK/guide.sh"
[ "$(wc -l <"$WORK/guide.sh")" -ge 20 ] || fail "the guide has hardly any commands"
mkdir "$WORK/clean"
(cd "$WORK/clean" && HOME=$WORK/clean PLATEN_URL=$URL PLATEN_TOKEN=$TOKEN PLATEN_CA=$DATA/certs/ca.pem \
    bash -eux "$WORK/guide.sh") >"$WORK/guide.log" 2>&1 || {
    tail -n 40 "$WORK/guide.log"
    fail "the guide does not work as it stands"
}
cd "$WORK/clean"

# What it promised is there: three signed packages, of the key that it made.
id=$(openssl pkey -pubin -in acme.pub -outform DER | tail -c 32 | sha256sum | cut -d' ' -f1)
for package in acme-driver-1.0.0.ppk acme-profiles-1.0.0.ppk acme-notes-1.0.0.ppk; do
    [ "$(unzip -p "$package" signature.json | jq -r .key)" = "$id" ] || fail "$package is not signed with acme.key"
    unzip -p "$package" manifest.json >"$WORK/manifest"
    unzip -p "$package" signature.json | jq -r .signature | base64 -d >"$WORK/signature"
    openssl pkeyutl -verify -pubin -inkey acme.pub -rawin -in "$WORK/manifest" -sigfile "$WORK/signature" >/dev/null ||
        fail "openssl does not take the signature of $package"
    # Each file is as the manifest says.
    jq -r '.files[] | "\(.sha256)  \(.path)"' "$WORK/manifest" >"$WORK/sums"
    mkdir "$WORK/out" && unzip -q "$package" -d "$WORK/out"
    (cd "$WORK/out" && sha256sum --quiet -c "$WORK/sums") || fail "$package is not as its manifest says"
    rm -r "$WORK/out"
done
[ "$(stat -c %a acme.key)" = 600 ] || fail "others can read acme.key"
for name in acme-driver acme-notes; do
    symbols=$(nm -D --defined-only "$name/build/plugin/$name.so" | awk '{ print $3 }')
    [ "$symbols" = platen_plugin_descriptor ] || fail "$name of the guide exports $symbols"
done
! grep -rqIs "$ROOT" "$PREFIX" || fail "what is installed names the source tree: $(grep -rlIs "$ROOT" "$PREFIX" | head -n 3)"

# Installed, and at work: the feature on the manager, driver and profiles on the agent.
want 200 GET /functions
is "what is installed" "$(jq -r '.items[] | select(.name | startswith("acme-")) | .name + " " + .version + " " + .state' <<<"$ANSWER" | sort | paste -sd,)" \
    "acme-driver 1.0.0 active,acme-notes 1.0.0 active,acme-profiles 1.0.0 active"
want 200 POST /operations/acme-notes.add '{"text":"good morning"}'
want 200 GET /acme-notes/notes
is "the page's rows" "$(jq -r '.items[0].text' <<<"$ANSWER")" "good morning"
# on_agent NAME: its state and version there
on_agent() {
    want 200 GET /agents/local
    jq -r --arg name "$1" '.functions[] | select(.name == $name) | .state + " " + .version' <<<"$ANSWER"
}
for name in acme-driver acme-profiles; do
    for _ in $(seq 600); do
        [ "$(on_agent "$name")" != "active 1.0.0" ] || break
        sleep 0.1
    done
    is "$name on the agent" "$(on_agent "$name")" "active 1.0.0"
done
stop_platend
echo "the guide works as it stands: $SECONDS s"
