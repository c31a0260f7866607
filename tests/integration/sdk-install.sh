#!/bin/bash
# What the SDK makes installs: a driver, profiles and a feature from the templates, built against the
# installed SDK, signed by their own publisher, uploaded to a manager and used.
# Usage: sdk-install.sh BUILD. PRF-42, PRF-43, PRF-46.
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/function-lib.sh"
. "$(dirname "$0")/sdk-prefix.sh"
build_sdk
use_prefix
cd "$WORK"
platen sdk keygen acme >/dev/null

# made FOLDER PACKAGE: built, packed, signed
made() {
    quietly cmake -S "$1" -B "$1/build" -DCMAKE_BUILD_TYPE=Release
    quietly cmake --build "$1/build"
    quietly platen sdk pack "$1/build/package" --out "$2.ppk"
    quietly platen sdk sign "$2.ppk" --key acme.key
}
quietly platen sdk new driver acme-driver --title Acme
made acme-driver acme-driver
quietly platen sdk new profiles acme-profiles --title Acme
quietly platen sdk pack acme-profiles --out acme-profiles.ppk
quietly platen sdk sign acme-profiles.ppk --key acme.key
quietly platen sdk new feature acme-notes --title Notes
made acme-notes acme-notes

start_platend --set agent.local=no --set functions.trial_s=20
first_administrator
refused_as acme-driver unknown-publisher publisher
want 201 POST /publishers "$(jq -nc --rawfile key acme.pub '{name:"Acme",key:$key}')"

ready acme-driver
driver=$UPLOAD
ready acme-profiles
install "$driver" "$UPLOAD"
is "the driver's version" "$(version acme-driver)" 1.0.0
is "the profiles' version" "$(version acme-profiles)" 1.0.0
is "why not" "$(jq -r '[.items[] | .error // ""] | add' <<<"$ANSWER")" ""

ready acme-notes
is "its table" "$(jq -c .changes.tables <<<"$ANSWER")" '["acme_notes_note"]'
install "$UPLOAD"
is "the feature's version" "$(version acme-notes)" 1.0.0
want 200 POST /operations/acme-notes.add '{"text":"good morning"}'
want 422 POST /operations/acme-notes.add '{"text":""}'
want 200 GET /acme-notes/notes
is "the page's rows" "$(jq -r '.items[0].text' <<<"$ANSWER")" "good morning"
want 200 GET /pages
is "where the page is" "$(jq -r '.items[] | select(.plugin == "acme-notes") | .path' <<<"$ANSWER")" /acme-notes/notes
want 200 GET /catalogues/de
is "a word of it" "$(jq -r '."acme-notes.notes"' <<<"$ANSWER")" "Notizen"
want 200 POST /operations/acme-notes.remove '{"ids":["1"]}'
want 200 GET /acme-notes/notes
is "rows that are left" "$(jq -r .total <<<"$ANSWER")" 0
echo "what the SDK makes installs and works: $SECONDS s"
