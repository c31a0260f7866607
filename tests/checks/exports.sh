#!/bin/bash
# Each plugin exports exactly one symbol. Usage: exports.sh FOLDER
set -u
bad=0
count=0
for plugin in "$1"/*.so; do
    [ -e "$plugin" ] || continue
    count=$((count + 1))
    symbols=$(nm -D --defined-only "$plugin" | awk '{ print $3 }' | grep -vE '^(__asan|__ubsan|__odr_asan|__start|__stop|_init|_fini)' | tr '\n' ' ')
    if [ "$symbols" != "platen_plugin_descriptor " ]; then
        echo "$plugin exports: $symbols"
        bad=1
    fi
done
[ "$count" -gt 0 ] || { echo "there are no plugins in $1"; bad=1; }
exit $bad
