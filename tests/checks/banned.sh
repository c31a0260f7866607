#!/bin/bash
# Functions that the house style bans, and words that must not be committed.
set -u
cd "$(dirname "$0")/../.."
bad=0
if grep -rnE '(^|[^A-Za-z0-9_>.])(strcpy|strcat|sprintf|vsprintf|strncpy|strtok|atoi|atol|atof|gets|system|popen|alloca|tmpnam|mktemp)\(' \
    core plugins sdk tests --include='*.c' --include='*.h' | grep -vE ':[0-9]+: *(\*|/\*|//)'; then
    echo "these functions are banned (docs/contributing.md)"
    bad=1
fi
if grep -rnE '\b(TODO|FIXME|XXX)\b' core plugins sdk web/src scripts tests docs 2>/dev/null \
    --include='*.c' --include='*.h' --include='*.ts' --include='*.tsx' --include='*.lua' \
    --include='*.md' --exclude-dir=node_modules; then
    echo "finish it or name it in an issue"
    bad=1
fi
exit $bad
