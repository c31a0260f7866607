#!/bin/bash
# The power cuts of installations, 100 of them: about a quarter of an hour. Usage: power-cut.sh
# BUILD_FOLDER [SEED]
exec "$(dirname "$0")/../integration/power-cut.sh" "$1" 100 "${2:-$RANDOM}"
