#!/bin/sh
# Installs the Debian packages of the named purposes (see packages.txt) that are missing.
# Usage: install-packages.sh build web test
set -eu
list=$(dirname "$0")/packages.txt
missing=
for purpose in "$@"; do
    for package in $(awk -v p="$purpose" '$1 == p { print $2 }' "$list"); do
        # node from another source brings its own npm
        if [ "$package" = nodejs ] || [ "$package" = npm ]; then
            tool=$package
            [ "$tool" = nodejs ] && tool=node
            command -v "$tool" >/dev/null 2>&1 && continue
        fi
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing="$missing $package"
    done
done
[ -n "$missing" ] || exit 0
sudo=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "run as root, or install sudo, to install:$missing" >&2
        exit 1
    }
    sudo=sudo
fi
echo "installing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
install() {
    # Services of these packages are for the tests alone, which start their own.
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        -o Dpkg::Use-Pty=0 $missing >"$log" 2>&1
}
for try in 1 2 3; do
    if $sudo apt-get update >"$log" 2>&1 && install; then
        exit 0
    fi
    echo "try $try failed: $(tail -n 1 "$log")"
    sleep 5
done
cat "$log" >&2
exit 1
