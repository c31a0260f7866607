#!/bin/bash
# A new version of Platen itself, by the same way as any function: tried, kept, found again after a
# restart, rolled back; one that does not start is put back. PRF-48, SYS-124 to SYS-132.
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/function-lib.sh"
OPTIONS=(--set agent.local=no --set functions.trial_s=30)

# product FOLDER VERSION MEMBERS: the package $WORK/FOLDER.ppk with <build>/FOLDER/platend
product() {
    local folder=$WORK/pack-$1 plugin
    mkdir -p "$folder/bin/$ARCH" "$folder/lib/$ARCH/plugins" "$folder/share/plugins"
    cp "$BUILD/$1/platend" "$BUILD/platen" "$folder/bin/$ARCH/"
    cp "$BUILD"/plugins/*.so "$folder/lib/$ARCH/plugins/"
    for plugin in "$BUILD"/plugins/*.so; do
        cp -r "${plugin%.so}" "$folder/share/plugins/"
    done
    cp -r "$HERE/../../scripts" "$folder/share/scripts"
    echo "All rights reserved." >"$folder/LICENSE"
    python3 "$HERE/../servers/ppk.py" "$WORK/$1.ppk" "$folder" "$(jq -nc --arg version "$2" \
        --arg arch "$ARCH" --argjson more "$3" \
        '{format:1,kind:"product",name:"platen",version:$version,title:"Platen",publisher:"Test works",
          api:"1.2",roles:["manager","agent"],needs:[],tables:[],functions:[],arch:[$arch]} + $more')" \
        "$WORK/key.pem"
}

# runs VERSION FOLDER: the manager is that one, and its program is below the folder
runs() {
    want 200 GET /system
    is "the version that runs" "$(jq -r .version <<<"$ANSWER")" "$1"
    case $(readlink "/proc/$PLATEND/exe") in
    "$2"/*) ;;
    *) fail "the program is $(readlink "/proc/$PLATEND/exe"), not in $2" ;;
    esac
    answers || fail "the manager does not answer"
    is "a driver" "$(jq -r '.items[] | select(.name == "printer-mib") | .state' <<<"$ANSWER")" active
}

start_platend "${OPTIONS[@]}"
first_administrator
publisher
OWN=$(jq -r .version <<<"$(call GET /system)")
product next 0.2.0 "{\"downgrade\":\"$OWN\"}"
product broken 0.3.0 '{}'
runs "$OWN" "$BUILD"
ready next
install "$UPLOAD"
runs 0.2.0 "$DATA/functions/packages/platen/0.2.0"
is "the list" "$(jq -r '.items[] | select(.name == "platen") | .kind + " " + .previous + " " + (.deletable | tostring)' <<<"$ANSWER")" "product $OWN false"
nothing_left
stop_platend
start_platend "${OPTIONS[@]}"
runs 0.2.0 "$DATA/functions/packages/platen/0.2.0"
ready broken
install "$UPLOAD"
runs 0.2.0 "$DATA/functions/packages/platen/0.2.0"
is "why the other one is not kept" "$(newest platen code)" trial-start
[ ! -e "$DATA/functions/packages/platen/0.3.0" ] || fail "its files are still there"
want 409 DELETE /functions/platen
want 202 POST /functions/platen/rollback
settled
runs "$OWN" "$BUILD"
stop_platend
start_platend "${OPTIONS[@]}"
runs "$OWN" "$BUILD"
stop_platend
echo "function-product: done in $SECONDS s"
