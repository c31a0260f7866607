#!/bin/sh
# Installs the scanner nikto where it is missing. It is of Debian's non-free archive, which is read
# through lists of its own, so that the host's choice of archives stays as it is. Without it
# scan.sh says so and does the rest.
set -eu
command -v nikto >/dev/null 2>&1 && exit 0
lists=$(mktemp -d)
trap 'rm -rf "$lists"' EXIT
mkdir -p "$lists/state/partial"
chmod -R a+rX "$lists"
apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    sort -u | awk '$1 == "Debian" && $4 == "main" && $3 !~ /-/ {
        print "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] " $2 " " $3 " main non-free"
    }' >"$lists/sources.list"
[ -s "$lists/sources.list" ] || { echo "no Debian archive is known to apt"; exit 1; }
own() {
    apt-get -o Dir::Etc::SourceList="$lists/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::lists="$lists/state" "$@" >"$lists/log" 2>&1 || { tail -n 3 "$lists/log"; exit 1; }
}
own update
DEBIAN_FRONTEND=noninteractive own install -y --no-install-recommends nikto
