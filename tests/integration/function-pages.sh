#!/bin/bash
# The pages for functions against a real daemon in a real Chromium: publishers, a refused package, an
# installation through the restart, an upgrade, deleting, and the pages that plugins bring.
# Usage: function-pages.sh BUILD_FOLDER LANGUAGE [FOLDER_FOR_SCREENSHOTS]; the build has the pages.
BUILD=$1
language=$2
shots=${3:-}
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/function-lib.sh"
[ -f "$BUILD/web/index.html" ] || fail "there are no pages in $BUILD/web"

openssl genpkey -algorithm ed25519 -out "$WORK/key.pem" 2>/dev/null
openssl pkey -in "$WORK/key.pem" -pubout -out "$WORK/public.pem"
pack first guest 1.0.0
pack second guest 1.1.0
pack crashes guest 1.4.0
start_platend
first_administrator
node "$HERE/../browser/functions.mjs" "$URL" Correct-horse-7 "$language" "${shots:-$WORK/shots}" "$WORK" \
    ${FUNCTIONS_ONLY:+"--only=$FUNCTIONS_ONLY"} || fail "the walk through the pages"
