#!/bin/bash
# The examples, out of the tree, against the installed SDK alone: built, tested, checked, packed twice
# with the same bytes, signed. And the SDK found by pkg-config, and as a Debian package.
. "$(dirname "$0")/sdk-prefix.sh"
trap 'rm -rf "$WORK"' EXIT
build_sdk
use_prefix
mkdir "$WORK/examples"
cp -r "$PREFIX/share/platen/sdk/examples/." "$WORK/examples"
cd "$WORK/examples"
platen sdk keygen tester >/dev/null

# built FOLDER NAME: built and packed; the package is NAME-1.0.0.ppk
built() {
    quietly cmake -S "$1" -B "$1/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS="-Wall -Wextra -Wpedantic -Werror"
    quietly cmake --build "$1/build"
    quietly ctest --test-dir "$1/build" --output-on-failure
    quietly platen sdk check "$1/build/package"
    quietly platen sdk pack "$1/build/package"
    [ -f "$2-1.0.0.ppk" ] || fail "there is no $2-1.0.0.ppk"
}
# same_bytes NAME: built anew in another folder, at another time, it is the same
same_bytes() {
    cmp -s "$1-1.0.0.ppk" "again/$1-1.0.0.ppk" || fail "$1 has other bytes when it is packed again elsewhere"
}
built hello-driver hello-driver
built hello-feature hello
quietly platen sdk check acme-profiles
quietly platen sdk pack acme-profiles
quietly platen sdk check hello-driver/build/package --recording hello-driver/tests/device.snmprec
lines=$(wc -l <hello-driver/plugin.c)
[ "$lines" -lt 150 ] || fail "hello-driver has $lines lines"

mkdir again && sleep 2 # zip files know times of two seconds
cp -r "$PREFIX/share/platen/sdk/examples/." again
(cd again && built hello-driver hello-driver && built hello-feature hello && TZ=Asia/Tokyo quietly platen sdk pack acme-profiles)
for name in hello-driver hello acme-profiles; do
    same_bytes "$name"
    quietly platen sdk sign "$name-1.0.0.ppk" --key tester.key
    quietly platen sdk sign "again/$name-1.0.0.ppk" --key tester.key
    same_bytes "$name"
    quietly platen sdk check "$name-1.0.0.ppk"
done

# A plugin that is not what its manifest says is refused, and so is a profile that reads something else.
sed -i 's/"hello_greeting"/"hello_greeting", "hello_other"/' hello-feature/build/package/manifest.json
! platen sdk check hello-feature/build/package >"$WORK/out" || fail "a table that is not made goes unnoticed"
grep -q "'tables' has 'hello_other', which no migration makes" "$WORK/out" || fail "not said: hello_other"
sed -i 's/A-000001/A-000002/' acme-profiles/share/recordings/acme-5000.json
! platen sdk check acme-profiles >"$WORK/out" || fail "another serial number goes unnoticed"
grep -q "serial is 'A-000001', not 'A-000002'" "$WORK/out" || fail "not said: the serial number"
rm acme-profiles/share/recordings/*
! platen sdk check acme-profiles >"$WORK/out" || fail "profiles without a recording go unnoticed"
! platen sdk new driver Bad_Name 2>"$WORK/out" || fail "Bad_Name is taken as a name"
! platen sdk new driver hello-driver 2>"$WORK/out" || fail "a folder that is there is written into"

# Without CMake: pkg-config alone.
# shellcheck disable=SC2046
quietly gcc -shared -fPIC -fvisibility=hidden $(pkg-config --cflags platen) -o "$WORK/plain.so" hello-driver/plugin.c
[ "$(pkg-config --modversion platen)" = "$(sed -nE 's/^project\(platen VERSION ([0-9.]+).*/\1/p' "$ROOT/CMakeLists.txt")" ] ||
    fail "pkg-config says another version"

# The Debian package has the same files, below /usr.
if command -v dpkg-deb >/dev/null; then
    (cd "$WORK" && quietly cpack --config "$SDK_BUILD/CPackConfig.cmake" -G DEB -B "$WORK/deb")
    deb=$(find "$WORK/deb" -maxdepth 1 -name 'platen-dev_*.deb')
    [ -n "$deb" ] || fail "there is no platen-dev package"
    mkdir "$WORK/root" && dpkg-deb -x "$deb" "$WORK/root"
    diff <(cd "$PREFIX" && find . -type f | sed 's,/lib/[^/]*-linux-gnu/,/lib/,' | sort) \
        <(cd "$WORK/root/usr" && find . -type f | sed 's,/lib/[^/]*-linux-gnu/,/lib/,' | sort) ||
        fail "the Debian package has other files than the component"
    dpkg-deb -f "$deb" Depends | grep -q libzip || fail "the Debian package does not know its libraries"
fi
echo "the examples build, check and pack outside of the tree"
