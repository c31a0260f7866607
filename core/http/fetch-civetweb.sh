#!/bin/sh
# Fetches and unpacks the distribution's own source package of civetweb into BUILD_DIR/civetweb/source,
# with apt's signature checks and without touching the machine's apt configuration: the list of
# sources is derived from the machine's own entries for the archive of its release.
#
# usage: fetch-civetweb.sh BUILD_DIR
set -eu

say() { printf 'fetch-civetweb: %s\n' "$*"; }
fail() {
    printf 'fetch-civetweb: error: %s\n' "$*" >&2
    exit 1
}

[ $# -eq 1 ] || fail "usage: fetch-civetweb.sh BUILD_DIR"
mkdir -p "$1/civetweb"
room=$(cd "$1/civetweb" && pwd)
tree="$room/source"

if [ -f "$tree/src/civetweb.c" ] && [ -f "$tree/include/civetweb.h" ]; then
    exit 0
fi
for tool in apt-get dpkg-source awk; do
    command -v "$tool" >/dev/null 2>&1 ||
        fail "$tool is missing (package dpkg-dev unpacks source packages); or give a tree with -DPLATEN_CIVETWEB_SOURCE=DIR"
done
[ -r /etc/os-release ] || fail "/etc/os-release is missing: which distribution is this?"
distribution=$(. /etc/os-release && echo "${ID:-}")
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ -n "$distribution" ] && [ -n "$release" ] || fail "/etc/os-release names no ID and VERSION_CODENAME"

# Entries of the distribution's own archive for this release: suites of the release, component main
# (and universe), an address whose path has the distribution's name as a part. Everything else on
# the machine (third-party repositories) is left out.
archive_entries() {
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -r "$file" ] && awk -v id="$distribution" -v release="$release" '
            function wanted_suite(s) { return s == release || s == release "-updates" || s == release "-security" }
            /^[ \t]*deb(-src)?[ \t]/ {
                sub(/[ \t]#.*$/, "")
                options = ""
                line = $0
                sub(/^[ \t]*deb(-src)?[ \t]+/, "", line)
                if (match(line, /^\[[^\]]*\][ \t]+/)) {
                    options = substr(line, 1, RLENGTH)
                    line = substr(line, RLENGTH + 1)
                }
                signed = ""
                n = split(substr(options, 2), part, /[] \t]+/)
                for (i = 1; i <= n; i++) {
                    if (part[i] ~ /^signed-by=/) { signed = "[" part[i] "] " }
                }
                n = split(line, field, /[ \t]+/)
                if (n < 3 || field[1] !~ ("/" id "(-security|-ports)?(/|$)") || !wanted_suite(field[2])) { next }
                components = ""
                for (i = 3; i <= n; i++) {
                    if (field[i] == "main" || field[i] == "universe") { components = components " " field[i] }
                }
                if (components != "") { print "deb-src " signed field[1] " " field[2] components }
            }' "$file"
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -r "$file" ] && awk -v id="$distribution" -v release="$release" '
            function wanted_suite(s) { return s == release || s == release "-updates" || s == release "-security" }
            function flush(  u, s, c, nu, ns, nc, i, j, components, signed) {
                if (tolower(value["enabled"]) != "no" && value["types"] ~ /deb/) {
                    nu = split(value["uris"], u, /[ \t]+/)
                    ns = split(value["suites"], s, /[ \t]+/)
                    nc = split(value["components"], c, /[ \t]+/)
                    components = ""
                    for (i = 1; i <= nc; i++) {
                        if (c[i] == "main" || c[i] == "universe") { components = components " " c[i] }
                    }
                    # A key that stands in the entry itself cannot go into a one-line entry.
                    signed = value["signed-by"] ~ /^\// ? "[signed-by=" value["signed-by"] "] " : ""
                    for (i = 1; i <= nu; i++) {
                        for (j = 1; j <= ns; j++) {
                            if (components != "" && wanted_suite(s[j]) && u[i] ~ ("/" id "(-security|-ports)?(/|$)")) {
                                print "deb-src " signed u[i] " " s[j] components
                            }
                        }
                    }
                }
                delete value
            }
            /^[ \t]*#/ { next }
            /^[ \t]*$/ { flush(); next }
            /^[ \t]/ { sub(/^[ \t]+/, ""); value[key] = value[key] " " $0; next }
            {
                key = tolower($0)
                sub(/:.*$/, "", key)
                text = $0
                sub(/^[^:]*:[ \t]*/, "", text)
                value[key] = text
            }
            END { flush() }' "$file"
    done
    return 0
}

mkdir -p "$room/lists/partial" "$room/cache/archives/partial" "$room/work"
archive_entries | sort -u >"$room/sources.list"
[ -s "$room/sources.list" ] ||
    fail "no apt source of $distribution $release found in /etc/apt; give a tree with -DPLATEN_CIVETWEB_SOURCE=DIR"

# As root apt would change to a user of its own that may not reach the build folder.
apt() {
    apt-get -q -o "Dir::Etc::SourceList=$room/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o "Dir::State::Lists=$room/lists" -o "Dir::Cache=$room/cache" \
        -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=2 \
        -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 "$@"
}

attempt() {
    apt -o APT::Update::Error-Mode=any update &&
        (cd "$room/work" && rm -rf ./* && apt --only-source source --download-only civetweb)
}

try=1
until attempt >"$room/apt.log" 2>&1; do
    if [ "$try" -ge 3 ]; then
        tail -n 5 "$room/apt.log" >&2
        fail "cannot download civetweb's source package of $distribution $release after $try attempts (offline?); details: $room/apt.log; or give a tree with -DPLATEN_CIVETWEB_SOURCE=DIR"
    fi
    say "attempt $try failed, trying again"
    sleep $((try * 3))
    try=$((try + 1))
done

# apt has checked the signed index and, through it, the digest of every file of the package.
description=$(find "$room/work" -maxdepth 1 -name 'civetweb_*.dsc')
[ -n "$description" ] || fail "apt downloaded no civetweb_*.dsc into $room/work"
rm -rf "$tree.new"
dpkg-source --no-check -x "$description" "$tree.new" >>"$room/apt.log" 2>&1 || {
    tail -n 5 "$room/apt.log" >&2
    fail "cannot unpack $description"
}
[ -f "$tree.new/src/civetweb.c" ] || fail "$description holds no src/civetweb.c"
rm -rf "$tree"
mv "$tree.new" "$tree"
rm -rf "$room/lists" "$room/cache" "$room/work"
say "$(basename "$description" .dsc) unpacked"
