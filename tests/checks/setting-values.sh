#!/bin/bash
# The table of docs/setting-values.md says of each driver what its source says: a driver offers
# settings.read and settings.write as actions, or it does not.
cd "$(dirname "$0")/../.." || exit 1
page=docs/setting-values.md
failed=0

# offers DRIVER ACTION: "yes" or "no"
offers() {
    grep -qF "\"settings.$2\"" plugins/"$1"/*.c && echo yes || echo no
}

# said DRIVER: "read write" of its row
said() {
    sed -nE "s/^\| \`$1\` \|[^|]*\| (yes|no) \| (yes|no) \|.*/\1 \2/p" "$page"
}

for folder in plugins/*/; do
    driver=$(basename "$folder")
    grep -qsF '"settings.' "$folder"*.c && ! grep -qsF 'PLATEN_KIND_FEATURE' "$folder"*.c || continue
    offered="$(offers "$driver" read) $(offers "$driver" write)"
    if [ "$(said "$driver")" != "$offered" ]; then
        echo "$page: the row of '$driver' says '$(said "$driver")', its actions '$offered'" >&2
        failed=1
    fi
done
for driver in $(sed -nE 's/^\| `([a-z0-9-]+)` \|[^|]*\| (yes|no) \| (yes|no) \|.*/\1/p' "$page"); do
    if ! grep -qsF '"settings.' plugins/"$driver"/*.c; then
        echo "$page: the driver '$driver' has no such actions" >&2
        failed=1
    fi
done

# Ports: the table names what the driver's source opens, and no port of a driver is left out.
for driver in pjl lexmark ricoh; do
    opened=$(sed -nE 's/^#define [A-Z]+_PORT ([0-9]+)u$/\1/p' plugins/$driver/plugin.c)
    told=$(sed -nE "s/^\| ([0-9]+)\/TCP \|[^|]*\| \`$driver\` \|.*/\1/p" "$page")
    if [ -z "$opened" ] || [ "$opened" != "$told" ]; then
        echo "$page: the driver '$driver' opens port '$opened', the table says '$told'" >&2
        failed=1
    fi
done
if ! grep -qE 'PORT 161$' core/snmp/engine.c; then
    echo "$page: SNMP does not go to port 161" >&2
    failed=1
fi

# demand ID WORDS...: the page has a row of the requirement, with these words in it.
demand() {
    local row word id=$1
    shift
    row=$(grep -E "^\|.*\| $id \|\$" "$page")
    for word in "$@"; do
        if [[ $row != *"$word"* ]]; then
            echo "$page: the row of $id does not say '$word'" >&2
            failed=1
        fi
    done
}
demand SET-116 80/TCP HTTP
demand SET-117 161/UDP SNMP check restart
demand SET-118 443/TCP HTTPS encrypted
demand SET-119 8000/TCP HTTP
demand SET-120 8443/TCP HTTPS
demand SET-121 18080/TCP HTTP "PS print server"
demand SET-122 18443/TCP HTTPS "PS print server"
demand SET-125 "not been checked" "run the check"
demand SET-126 "not prepared" "Preparing devices"
demand SET-127 "a job is reserved" "no job is reserved"
demand SET-128 "another task" "batch task" Recover
demand SET-129 "firmware is old" "update the firmware"
demand SET-134 "printed a report" "when it is idle"
demand SET-136 "no values" "compare again"
demand SET-137 "passwords differ" "make them equal"
# SET-123
if ! tr '\n' ' ' <"$page" | grep -q 'may allow other ports in its own settings; changing them there may stop the feature'; then
    echo "$page: nothing about ports that were changed on a device (SET-123)" >&2
    failed=1
fi
# SET-49: dictionaries have no cryptography, so that one of any version works in FIPS mode, too.
if grep -nE 'openssl|argon2|EVP_' plugins/setting-value/words.[ch] plugins/setting-value/dictionary.[ch]; then
    echo "a dictionary has cryptography: say which version FIPS mode needs (SET-49)" >&2
    failed=1
fi
exit $failed
