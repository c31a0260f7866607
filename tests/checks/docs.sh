#!/bin/bash
# What pages say of the code holds: codes, configuration keys, REST resources, manual pages.
set -u
cd "$(dirname "$0")/../.."
bad=0
complain() {
    echo "$1"
    bad=1
}

# compare WHAT FILE_A LIST_A FILE_B LIST_B: both lists are the same words, each once.
compare() {
    if [ -z "$3" ] || [ -z "$5" ]; then
        complain "no $1 found in $2 or $4: the check reads them wrongly"
        return
    fi
    local word
    for word in $(comm -23 <(sort <<<"$3") <(sort <<<"$5")); do
        complain "$1 '$word' is in $2 and not in $4, or more often there"
    done
    for word in $(comm -13 <(sort <<<"$3") <(sort <<<"$5")); do
        complain "$1 '$word' is in $4 and not in $2, or more often there"
    done
}

# Error codes: word:number:status:retry of the X-macro and of the table.
codes=$(sed -nE 's/^ +X\(([A-Z_]+), ([0-9]+), ([0-9]+), ([01])\).*/\1:\2:\3:\4/p' sdk/include/platen/error.h |
    tr 'A-Z_' 'a-z-' | sed 's/:0$/:no/; s/:1$/:yes/')
rows=$(sed -nE 's/^\| `([a-z-]+)` \| ([0-9]+) \| ([0-9]+) \| (yes|no) \| .+/\1:\2:\3:\4/p' docs/errors.md)
compare "error code" sdk/include/platen/error.h "$codes" docs/errors.md "$rows"

# Configuration: section.key:preset of the schema and of the manual page. Which plugins there are
# stands in plugins/plugins.cmake.
schema=$(awk -v plugins="$(sed -n 's/^set(PLATEN_PLUGINS \(.*\))$/\1/p' plugins/plugins.cmake)" '/^const conf_item conf_core_schema/ { on = 1 } /^};/ { on = 0 }
    on { text = text " " $0 }
    END {
        gsub("PLATEN_PLUGINS", "\"" plugins "\"", text)
        while (match(text, /(TEXT|PATH|CHOICE|BOOLEAN|INTEGER)\("[a-z_-]+", *"[a-z0-9_]+", *"[^"]*"/)) {
            split(substr(text, RSTART, RLENGTH), part, "\"")
            print part[2] "." part[4] ":" part[6]
            text = substr(text, RSTART + RLENGTH)
        }
    }' core/conf/conf_schema.c | tr ' ' '+')
page=$(awk '/^\.Ss Section \[/ { section = substr($3, 2, length($3) - 2) }
    /^\.It Cm [a-z0-9_]+ Pq / {
        preset = $0
        if (sub(/^.*; preset /, "", preset) == 0) { preset = "" }
        print section "." $3 ":" preset
    }' docs/man/platend.conf.5 | tr ' ' '+')
compare "key with preset" core/conf/conf_schema.c "$schema" docs/man/platend.conf.5 "$page"

# Ranges of whole numbers.
schema=$(awk '/^const conf_item conf_core_schema/ { on = 1 } on { text = text " " $0 }
    END {
        while (match(text, /INTEGER\("[a-z_-]+", *"[a-z0-9_]+", *"[0-9]+", *[0-9]+, *[0-9]+/)) {
            item = substr(text, RSTART, RLENGTH)
            split(item, part, "\"")
            count = split(item, number, /, */)
            print part[2] "." part[4] ":" number[count - 1] "-" number[count]
            text = substr(text, RSTART + RLENGTH)
        }
    }' core/conf/conf_schema.c)
page=$(awk '/^\.Ss Section \[/ { section = substr($3, 2, length($3) - 2) }
    /^\.It Cm [a-z0-9_]+ Pq [0-9,]+ to [0-9,]+;/ {
        gsub(/[,;]/, "", $5)
        gsub(/[,;]/, "", $7)
        print section "." $3 ":" $5 "-" $7
    }' docs/man/platend.conf.5)
compare "range" core/conf/conf_schema.c "$schema" docs/man/platend.conf.5 "$page"

# Every resource of REST is on its page, by its first segment; the agents' channel has its own page.
resources=$(grep -hoE '\{"(GET|POST|PUT|PATCH|DELETE)", *"/[^"/]*' core/rest/rest_*.c core/feature/rest_*.c | sed 's/.*"//' | sort -u)
[ -n "$resources" ] || complain "no resources found in core/rest"
for resource in $resources; do
    page=docs/rest.md
    [ "$resource" != /link ] || page=docs/link.md
    grep -qE "(^|/api/v1|[^A-Za-z0-9_-])$resource([^A-Za-z0-9_-]|$)" $page ||
        complain "the resource $resource is not in $page"
done

# Options of the daemon.
for option in $(grep -oE '"--[a-z-]+"' core/main.c core/admin/*.c | sed 's/.*"--\(.*\)"/\1/' | sort -u); do
    grep -qE "Fl -$option( |\$)" docs/man/platend.8 || complain "the option --$option is not in docs/man/platend.8"
done

if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning docs/man/* || complain "mandoc is not content with docs/man"
else
    complain "mandoc is missing: the manual pages are not checked"
fi
exit $bad
