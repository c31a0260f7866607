#!/bin/bash
# The pages for people and their access against a real daemon in a real Chromium: accounts, regions,
# groups, preferences, mail, webhooks, second factor, lockout, audit log, automatic logout.
# Usage: access-pages.sh BUILD_FOLDER LANGUAGE [FOLDER_FOR_SCREENSHOTS]; the build has the pages.
BUILD=$1
language=$2
shots=${3:-}
. "$(dirname "$0")/lib.sh"
[ -f "$BUILD/web/index.html" ] || fail "there are no pages in $BUILD/web"

start_fleet 40
start_platend
setup=$(sed -nE 's/^Open ([^ ]+token=[^ ]+)$/\1/p' "$WORK/platend.out" | tail -n 1)
[ -n "$setup" ] || fail "platend prints no address for the set-up"
node "$HERE/../browser/access.mjs" "${setup%/setup?*}" "$setup" "$language" "${shots:-$WORK/shots}" \
    "--port=$SNMP_PORT" ${ACCESS_ONLY:+"--only=$ACCESS_ONLY"} || fail "the walk through the pages"
