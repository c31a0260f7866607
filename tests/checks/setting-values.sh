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
exit $failed
