#!/bin/bash
# docs/features.md names tests that exist: every path in its last column is a file.
set -u
cd "$(dirname "$0")/../.."
bad=0
while read -r path; do
    if [ ! -e "$path" ]; then
        echo "docs/features.md names '$path', which does not exist"
        bad=1
    fi
done < <(grep -oE '`(tests|plugins|sdk|web|core)/[A-Za-z0-9_./-]+`' docs/features.md | tr -d '`' | sort -u)
exit $bad
