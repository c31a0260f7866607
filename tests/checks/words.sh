#!/bin/bash
# The core knows no vendor and no function: what differs is data of plugins. Makers as their profiles
# write them, plugins and examples by their names, functions that are plugins to come; in capitals or not,
# with a hyphen, an underscore, a space or nothing between the words. `ipp` is a protocol before it is a plugin,
# `hello` a message of the agents' channel, a tally an English word before it is a maker.
set -u
cd "$(dirname "$0")/../.."
words=$({
    grep -hoE '"manufacturer": *"[^"]+"' plugins/printer-mib/profiles/*.json | sed -E 's/.*: *"//; s/"$//'
    find plugins sdk/examples -mindepth 1 -maxdepth 1 -type d -printf '%f\n'
    sed -nE 's/^ *"name": *"([^"]+)".*/\1/p' sdk/examples/*/manifest.json
    printf '%s\n' 'address book' 'firmware update' 'firmware catalogue' 'setting value' 'clone settings'
} | grep -vxE 'ipp|hello|Tally' | sort -u)
[ "$(wc -l <<<"$words")" -gt 40 ] || { echo "hardly any words: they are read wrongly"; exit 1; }
pattern=$(sed -E 's/[.]/[.]/g; s/[-_ ]/[-_ ]?/g' <<<"$words" | paste -sd'|')
# has FOLDER: lines with such a word. Passwords that people choose are such words, too; in other languages
# they may be anything.
has() {
    grep -rniE --include='*.c' --include='*.h' --include='*.sql' --include='*.awk' --include='*.cmake' \
        --include='CMakeLists.txt' --include='en.json' -e "(^|[^a-z])($pattern)(s?[^a-z]|s?\$)" "$1" |
        grep -v '^core/model/user_common.c:'
}
if has core; then
    echo "core has a vendor's or a function's word"
    exit 1
fi
# It finds what it looks for.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for word in 'if (is_lexmark(d))' 'x = "XEROX";' 'setting_value_open()' '/* address books */' 'SettingValue v;' 'printer-mib'; do
    echo "$word" >"$work/a.c"
    has "$work" >/dev/null || { echo "the check does not see '$word'"; exit 1; }
done
