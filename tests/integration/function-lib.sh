# Shared by the tests of installations; source it behind lib.sh.
ARCH=$(uname -m)

# publisher: a key pair and its place among the publishers; $PUBLISHER is its id
publisher() {
    openssl genpkey -algorithm ed25519 -out "$WORK/key.pem" 2>/dev/null
    openssl pkey -in "$WORK/key.pem" -pubout -out "$WORK/public.pem"
    want 201 POST /publishers "$(jq -nc --rawfile key "$WORK/public.pem" '{name:"Test works",key:$key}')"
    PUBLISHER=$(jq -r .id <<<"$ANSWER")
}

# pack CASE NAME VERSION [MEMBERS [unsigned]]: the package $WORK/CASE.ppk of the guest's CASE; MEMBERS
# are added to its manifest
pack() {
    local folder=$WORK/pack-$1 members=${4:-'{}'} key=$WORK/key.pem
    [ "${5:-}" != unsigned ] || key=
    rm -rf "$folder"
    mkdir -p "$folder/lib/$ARCH"
    cp "$BUILD/guest/$1/$2.so" "$folder/lib/$ARCH/$2.so"
    echo "All rights reserved." >"$folder/LICENSE"
    echo "# Changes" >"$folder/CHANGELOG.md"
    python3 "$HERE/../servers/ppk.py" "$WORK/$1.ppk" "$folder" "$(jq -nc --arg name "$2" \
        --arg version "$3" --arg arch "$ARCH" --argjson more "$members" \
        '{format:1,kind:"plugin",name:$name,version:$version,title:"Guest",publisher:"Test works",
          api:"1.2",platen:"0.1.0",roles:["manager"],needs:[],tables:["guest_note"],functions:[],
          arch:[$arch]} + $more')" $key
}

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

# upload FILE [SHA256]: in pieces of 64 KiB; its id in $UPLOAD
upload() {
    local size offset=0 piece=65536
    size=$(stat -c %s "$1")
    [ "$size" -lt 4194304 ] || piece=4194304
    want 201 POST /functions/uploads "$(jq -nc --arg name "$(basename "$1")" --argjson size "$size" \
        --arg sum "${2:-$(sha256sum <"$1" | cut -d' ' -f1)}" '{file_name:$name,size:$size,sha256:$sum}')"
    UPLOAD=$(jq -r .id <<<"$ANSWER")
    while [ "$offset" -lt "$size" ]; do
        tail -c +$((offset + 1)) "$1" | head -c "$piece" >"$WORK/piece" || true
        want 200 PUT "/functions/uploads/$UPLOAD?offset=$offset" "" \
            -H 'Content-Type: application/octet-stream' --data-binary "@$WORK/piece"
        offset=$(jq -r .received <<<"$ANSWER")
    done
}

# looked_at STATE: the upload has been looked at and is in that state
looked_at() {
    for _ in $(seq 300); do
        want 200 GET "/functions/uploads/$UPLOAD"
        case $(jq -r .state <<<"$ANSWER") in
        checking | uploading) sleep 0.1 ;;
        *) break ;;
        esac
    done
    is "the state of the upload" "$(jq -r .state <<<"$ANSWER")" "$1"
}

# ready CASE: uploads $WORK/CASE.ppk, which is found good
ready() {
    upload "$WORK/$1.ppk"
    looked_at ready
}

# refused_as CASE CODE PATTERN: it is refused for that reason
refused_as() {
    upload "$WORK/$1.ppk"
    looked_at refused
    is "why '$1' is refused" "$(jq -r .code <<<"$ANSWER")" "$2"
    jq -r .text <<<"$ANSWER" | grep -Eq "$3" || fail "'$1' is refused with '$(jq -r .text <<<"$ANSWER")'"
    want 204 DELETE "/functions/uploads/$UPLOAD"
}

# answers: whether the manager answers GET /functions with 200; the body in $ANSWER
answers() {
    [ "$(curl -sS --max-time 5 --cacert "$DATA/certs/ca.pem" -o "$WORK/answer" -w '%{http_code}' \
        -H "Authorization: Bearer $TOKEN" "$URL/api/v1/functions" 2>/dev/null)" = 200 ] || return 1
    ANSWER=$(cat "$WORK/answer")
}

# settled [SECONDS]: until the manager works again and no installation is under way
settled() {
    local until=$((SECONDS + ${1:-90}))
    while [ "$SECONDS" -lt "$until" ]; do
        if answers && [ "$(jq .installation <<<"$ANSWER")" = null ]; then
            return
        fi
        sleep 0.1
    done
    fail "the installation does not come to an end"
}

# install ID...: all at once, until it is over
install() {
    want 202 POST /functions/install "$(jq -nc '{uploads:$ARGS.positional,accept_license:true}' --args "$@")"
    settled
}

# version NAME: what is installed, "" when it is not
version() {
    answers || fail "the manager does not answer"
    jq -r --arg name "$1" '.items[] | select(.name == $name) | .version' <<<"$ANSWER"
}

# newest NAME MEMBER: of the newest line of a function's history
newest() {
    want 200 GET /functions/history
    jq -r --arg name "$1" "[.items[] | select(.name == \$name)][0].$2" <<<"$ANSWER"
}

# sql TEXT: a value of the database
sql() {
    if [ -n "${DATABASE:-}" ]; then
        psql -qtA "$DATABASE" -c "$1"
    else
        sqlite3 "$DATA/platen.db" "$1"
    fi
}

# has_table NAME
has_table() {
    sql "SELECT count(*) FROM $1" >/dev/null 2>&1
}

# nothing_left: no journal, no copy of the database, no unpacked upload
nothing_left() {
    [ ! -e "$DATA/functions/journal.json" ] || fail "the journal is still there"
    is "what is left in snapshots" "$(ls "$DATA/functions/snapshots" 2>/dev/null)" ""
    is "what is left in staged" "$(ls "$DATA/functions/staged" 2>/dev/null)" ""
}
