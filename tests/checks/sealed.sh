#!/bin/bash
# Every file that seals something is named in the list of what is sealed (core/database/sealed.c),
# so that a change of the key and a restored backup know of it. What an agent serves (core/serve) has a key
# file of its own beside it and is in no database and no backup.
set -u
cd "$(dirname "$0")/../.."
bad=0
while read -r file; do
    if ! grep -qF "$file" core/database/sealed.c; then
        echo "$file seals a value that core/database/sealed.c does not list"
        bad=1
    fi
done < <(grep -rl 'secret_seal(' core --include='*.c' | grep -v '^core/secret/\|^core/database/sealed.c\|^core/serve/')
exit $bad
