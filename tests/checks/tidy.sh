#!/bin/bash
# clang-tidy over the product's C files. Usage: tidy.sh BUILD_FOLDER
set -u
cd "$(dirname "$0")/../.."
git ls-files 'core/*.c' 'plugins/*.c' | grep -v /tests/ | xargs -P"$(nproc)" -n8 clang-tidy -p "$1" --quiet --extra-arg=-Wno-unknown-warning-option 2>/dev/null |
    grep -E '(warning|error):' | sort -u | head -n 40
[ "${PIPESTATUS[3]}" = 1 ]
