#!/bin/bash
# docs/plugin-guide.md, literally: each block of commands, in order, in a clean folder, with nothing of
# Platen but what the component `dev` installs. Then what came out is a package that a manager would take.
. "$(dirname "$0")/sdk-prefix.sh"
trap 'rm -rf "$WORK"' EXIT
build_sdk
use_prefix

# The blocks of the guide, one after the other, as one script that stops at the first failure.
awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$PREFIX/share/doc/platen-dev/plugin-guide.md" >"$WORK/guide.sh"
[ "$(wc -l <"$WORK/guide.sh")" -ge 20 ] || fail "the guide has hardly any commands"
mkdir "$WORK/clean"
(cd "$WORK/clean" && HOME=$WORK/clean bash -eux "$WORK/guide.sh") >"$WORK/guide.log" 2>&1 || {
    tail -n 40 "$WORK/guide.log"
    fail "the guide does not work as it stands"
}
cd "$WORK/clean"

# What it promised is there: two signed packages, of the key that it made.
id=$(openssl pkey -pubin -in acme.pub -outform DER | tail -c 32 | sha256sum | cut -d' ' -f1)
for package in acme-driver-1.0.0.ppk acme-profiles-1.0.0.ppk; do
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
symbols=$(nm -D --defined-only acme-driver/build/plugin/acme-driver.so | awk '{ print $3 }')
[ "$symbols" = platen_plugin_descriptor ] || fail "the driver of the guide exports $symbols"
! grep -rqIs "$ROOT" "$PREFIX" || fail "what is installed names the source tree: $(grep -rlIs "$ROOT" "$PREFIX" | head -n 3)"
echo "the guide works as it stands"
