#!/bin/bash
# The layout of what crosses between Platen and its plugins, as text: every struct with the place and
# type of each member, every constant, every error code. Usage: layout.sh FOLDER-OF-HEADERS
# Unstable headers promise nothing, and limits (..._MAX) may grow.
set -euo pipefail
include=$1
cc=${CLANG:-clang}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$include" && find . -name '*.h' -not -path './platen/unstable/*' -printf '#include <%P>\n') |
    LC_ALL=C sort >"$work/all.c"
"$cc" -std=c17 "-I$include" -fsyntax-only -w -Xclang -fdump-record-layouts-complete "$work/all.c" |
    awk '/^ +0 \| struct / { if ($0 ~ /struct platen_[a-z0-9_]+$/) { on = 1; name = $4; next } on = 0 }
        !on { next }
        /\[sizeof=/ { sub(/^.*\[sizeof=/, ""); sub(/,.*/, ""); print "struct " name " sizeof " $0; on = 0; next }
        /^ +[0-9]+ \|/ { place = $1; sub(/^[^|]*\| +/, ""); print "struct " name " " place " " $0 }' |
    LC_ALL=C sort -s -k2,2
"$cc" -std=c17 "-I$include" -dM -E "$work/all.c" |
    awk '$1 == "#define" && $2 ~ /^PLATEN_[A-Z0-9_]+$/ && $2 !~ /(_H|_INIT|_MAX|_EXPORT|_MINOR|_ABI)$/ {
        name = $2; sub(/^#define [A-Z0-9_]+ */, ""); if ($0 != "") print "constant " name " " $0 }' |
    LC_ALL=C sort
{
    cat "$work/all.c"
    printf '#define CODE(name, number, status, again) code name number status again\n#define LIST PLATEN_CODES(CODE)\nbegin LIST\n'
} >"$work/codes.c"
"$cc" -std=c17 "-I$include" -E -P "$work/codes.c" | sed -n 's/^begin//p' | sed 's/ code /\ncode /g' | sed '/^ *$/d; s/ *$//'
