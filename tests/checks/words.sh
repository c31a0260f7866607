#!/bin/bash
# The core knows no vendor and no function: what differs is data of plugins. Makers as their profiles
# write them, plugins and examples by their names. `ipp` is a protocol before it is a plugin, and
# `hello` a message of the agents' channel.
set -u
cd "$(dirname "$0")/../.."
bad=0
words=$({
    grep -hoE '"manufacturer": *"[^"]+"' plugins/printer-mib/profiles/*.json | sed -E 's/.*: *"//; s/"$//'
    find plugins sdk/examples -mindepth 1 -maxdepth 1 -type d -printf '%f\n'
    sed -nE 's/^ *"name": *"([^"]+)".*/\1/p' sdk/examples/*/manifest.json
} | grep -vxE 'ipp|hello' | sort -u)
[ "$(wc -l <<<"$words")" -gt 40 ] || { echo "hardly any words: they are read wrongly"; exit 1; }
while read -r word; do
    # Passwords that people choose are such words, too.
    if grep -rnwF --include='*.c' --include='*.h' --include='*.sql' -e "$word" core | grep -v '^core/model/user_common.c:'; then
        echo "core has the word '$word'"
        bad=1
    fi
done <<<"$words"
exit $bad
