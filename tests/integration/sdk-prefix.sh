# Sourced: builds and installs the component `dev` alone into $WORK/prefix, and makes it what
# is found. Without sanitizers: a plugin of somebody else has none. Sets WORK and ends with it.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
WORK=${WORK:-$(mktemp -d "${TMPDIR:-/tmp}/platen-sdk.XXXXXX")}
SDK_BUILD=${SDK_BUILD:-$ROOT/build-sdk}
PREFIX=$WORK/prefix

declare -F fail >/dev/null || fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# quietly COMMAND...: its output only when it fails
quietly() {
    "$@" >"$WORK/quietly.log" 2>&1 || { tail -n 40 "$WORK/quietly.log" >&2; fail "$*"; }
}

# Two tests need it; one builds at a time.
build_sdk() {
    mkdir -p "$SDK_BUILD"
    exec 8>"$SDK_BUILD/lock"
    flock 8
    [ -f "$SDK_BUILD/build.ninja" ] ||
        quietly cmake -G Ninja -S "$ROOT" -B "$SDK_BUILD" -DCMAKE_BUILD_TYPE=Release -DPLATEN_WEB=OFF
    quietly cmake --build "$SDK_BUILD" --target platen_client platen_testkit platen_sdk_check plugin_printer-mib
    quietly cmake --install "$SDK_BUILD" --component dev --prefix "$PREFIX"
    exec 8>&-
}

use_prefix() {
    export PATH=$PREFIX/bin:$PATH CMAKE_PREFIX_PATH=$PREFIX
    PKG_CONFIG_PATH=$(dirname "$(find "$PREFIX" -name platen.pc)")
    export PKG_CONFIG_PATH
    unset CFLAGS LDFLAGS SOURCE_DATE_EPOCH
}
