#!/bin/bash
# The pages of a real daemon with 50 printers in a real Chromium, in English and in German.
# Usage: browser.sh BUILD_FOLDER [FOLDER_FOR_SCREENSHOTS]; the build has the pages (PLATEN_WEB).
BUILD=$1
shots=${2:-}
. "$(dirname "$0")/lib.sh"
[ -f "$BUILD/web/index.html" ] || fail "there are no pages in $BUILD/web"

start_fleet 50
start_platend
setup=$(sed -nE 's/^Open ([^ ]+token=[^ ]+)$/\1/p' "$WORK/platend.out" | tail -n 1)
[ -n "$setup" ] || fail "platend prints no address for the set-up"
# The address that is printed is the one that gets the session's cookie.
node "$HERE/../browser/first-light.mjs" "${setup%/setup?*}" "$setup" "${shots:-$WORK/shots}" \
    "--port=$SNMP_PORT" || fail "the walk through the pages"
