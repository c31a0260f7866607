#!/bin/bash
# The stock scripts by luacheck: names that are not there, values that are not used.
set -u
cd "$(dirname "$0")/../.."
command -v luacheck >/dev/null || { echo "luacheck is not installed (package lua-check)"; exit 77; }
luacheck --std lua54 --read-globals platen --max-line-length 100 --no-color -q scripts
