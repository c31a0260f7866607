#!/bin/bash
# The crash test with all of its 500 kills, about half an hour. Usage: crash.sh BUILD_FOLDER [SEED]
exec "$(dirname "$0")/../integration/crash.sh" "$1" 500 "${2:-$RANDOM}"
