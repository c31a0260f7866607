#!/bin/bash
# The ABI of plugins only grows (docs/plugin-abi.md): the headers against sdk/abi/layout.txt. Then
# breaking changes of all sorts, made to a copy of the headers, must be noticed, and growth must not.
set -u
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
bash sdk/abi/layout.sh sdk/include >"$work/now.txt" || exit 1
[ "$(wc -l <"$work/now.txt")" -gt 300 ] || { echo "the layout has hardly any lines: it is made wrongly"; exit 1; }
if ! awk -f sdk/abi/compare.awk sdk/abi/layout.txt "$work/now.txt"; then
    echo "the ABI broke: see docs/plugin-abi.md"
    bad=1
fi
# A slot that is there now and not written down yet is not held: sdk/abi/update.sh writes it.
added=$(comm -13 <(sort sdk/abi/layout.txt) <(sort "$work/now.txt") | wc -l)
[ "$added" = 0 ] || echo "$added lines of the layout are new: sdk/abi/update.sh writes them down"

# changed NAME good|bad FILE SED: the same comparison after that change
changed() {
    rm -rf "$work/include"
    cp -r sdk/include "$work/include"
    sed -i -E "$4" "$work/include/platen/$3"
    if cmp -s "$work/include/platen/$3" "sdk/include/platen/$3"; then
        echo "$1: the change does not apply to $3 any more"
        bad=1
        return
    fi
    bash sdk/abi/layout.sh "$work/include" >"$work/then.txt" || { bad=1; return; }
    local status=0
    awk -f sdk/abi/compare.awk "$work/now.txt" "$work/then.txt" >"$work/said.txt" || status=$?
    if { [ "$2" = bad ] && [ $status = 0 ]; } || { [ "$2" = good ] && [ $status != 0 ]; }; then
        echo "$1: the comparison says $status: $(head -n 1 "$work/said.txt")"
        bad=1
    fi
}
changed "slot inserted" bad log.h 's/^(typedef struct platen_log \{)/\1/; s/^    uint32_t size;$/    uint32_t size;\n    void (*early)(void);/'
changed "slot gone" bad conf.h '/const char \*\(\*folder\)/d'
changed "slot with another type" bad conf.h 's/int64_t \(\*integer\)/int32_t (*integer)/'
changed "slots swapped" bad conf.h 's/bool \(\*boolean\)/bool (*swap)/; s/int64_t \(\*integer\)/bool (*boolean)/; s/bool \(\*swap\)/int64_t (*integer)/'
changed "argument with another type" bad snmp.h 's/uint32_t count,$/uint64_t count,/'
changed "member with another type" bad driver.h 's/^    int32_t percent;(.*)$/    int64_t percent;\1/'
changed "constant renumbered" bad driver.h 's/^(#define PLATEN_WORK_STATUS) 3u/\1 9u/'
changed "constant gone" bad driver.h '/^#define PLATEN_FIELD_ASSET /d'
changed "code renumbered" bad error.h 's/X\(TIMEOUT, 18,/X(TIMEOUT, 81,/'
changed "struct without size grows" bad snmp.h 's/^    const uint32_t \*arcs;$/    const uint32_t *arcs;\n    uint64_t more;/'
changed "member in the padding" bad snmp.h 's/^    uint32_t octet_count;$/    uint32_t octet_count;\n    uint32_t in_padding;/'
changed "slot at the end" good log.h 's/^\} platen_log;/    void (*more)(platen_ctx *ctx);\n} platen_log;/'
changed "new constant" good driver.h 's/^(#define PLATEN_WORK_ACT .*)$/\1\n#define PLATEN_WORK_MORE 6u/'
changed "new struct" good log.h 's/^\} platen_log;/} platen_log;\ntypedef struct platen_more {\n    uint32_t size;\n} platen_more;/'
exit $bad
