#!/bin/bash
# clang-format over every C file.
set -u
cd "$(dirname "$0")/../.."
git ls-files -z '*.c' '*.h' 2>/dev/null | xargs -0 clang-format --dry-run -Werror 2>&1 | grep -E 'error' | head -n 40
[ "${PIPESTATUS[1]}" = 0 ]
