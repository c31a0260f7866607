#!/bin/bash
# Pages of setting values over a whole fleet in a real Chromium: simulated devices of 200 PJL
# variables, of which every third, tenth and hundredth was changed, are found, checked, compared with
# the standard that the first one makes; then each page is opened, and half of them are given to a
# standard at once. Figures on standard output, a line each.
#
# Usage: pages.sh RELEASE_BUILD_FOLDER [DEVICES [FOLDER]]; the build has the pages. With a folder the
# screenshots stay there, and the data: the next run opens the pages on it at once.
BUILD=$1
DEVICES=${2:-10000}
KEPT=${3:-}
. "$(dirname "$0")/../../integration/lib.sh"
. "$(dirname "$0")/fleet.sh"
[ -f "$BUILD/web/index.html" ] || fail "there are no pages in $BUILD/web"
[ -n "$KEPT" ] && DATA=$KEPT/data && mkdir -p "$KEPT"

make_fleet() {
    first_administrator
    find_devices
    run check setting-value.check '{}'
    run back_up_one setting-value.back-up '{}' "{\"devices\":[\"$FIRST_DEVICE\"]}"
    want 200 POST /operations/setting-value.data-from-device "{\"device\":\"$FIRST_DEVICE\",\"name\":\"Fleet standard\",\"purpose\":\"monitoring\"}"
    local standard
    standard=$(jq -r .id <<<"$ANSWER")
    ctl pjl-set 33% COPIES 2 # as somebody at their panels would
    ctl pjl-set 10% RESOLUTION 300
    ctl pjl-set 1% TIMEOUT 99
    run monitor setting-value.monitor "{\"standard\":\"$standard\",\"on_difference\":\"record\"}" "$ALL_DEVICES"
}

[ -f "$DATA/platen.db" ] && made=yes || made=no
start_platend --set monitor.status_minutes=1440
[ $made = yes ] || make_fleet
node "$HERE/../browser/setting-value-fleet.mjs" "$URL" Correct-horse-7 "$DEVICES" "${KEPT:-$WORK}/shots"
