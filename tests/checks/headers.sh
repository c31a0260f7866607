#!/bin/bash
# Each header of the SDK and the core compiles alone. Usage: headers.sh CC
set -u
cd "$(dirname "$0")/../.."
cc=$1
flags=(-std=c17 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c -I. -Isdk/include)
read -ra packages < <(pkg-config --cflags-only-I libpq libcurl libcjson lua5.4)
flags+=("${packages[@]+"${packages[@]}"}")
bad=0
while read -r header; do
    extra=()
    case $header in sdk/*) flags_now=(-std=c17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c -Isdk/include) ;; *) flags_now=("${flags[@]}") ;; esac
    "$cc" "${flags_now[@]}" "${extra[@]+"${extra[@]}"}" "$header" || bad=1
done < <(find core sdk/include -name '*.h' | sort)
# A plugin may include all of them.
find sdk/include -name '*.h' -printf '#include <%P>\n' | sort |
    "$cc" -std=c17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c -Isdk/include - || bad=1
exit $bad
