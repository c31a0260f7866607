#!/bin/sh
# A private PostgreSQL server for tests, on a free port of the loopback and a Unix socket.
#   postgres.sh start DIR   makes and starts it, prints the URL of its empty database "platen"
#   postgres.sh stop DIR    stops it and removes it and DIR
# Nothing is synced to the disk: it is for tests alone. PostgreSQL does not run as root; there the
# user "postgres" of the Debian package runs it. Exit status 77: PostgreSQL is not installed.
set -eu

usage() {
    echo "usage: postgres.sh start|stop DIR" >&2
    exit 2
}
[ $# -eq 2 ] || usage
dir=$2

# The newest installed version, 15 or later.
bin=""
newest=14
for candidate in /usr/lib/postgresql/*/bin; do
    version=${candidate#/usr/lib/postgresql/}
    version=${version%/bin}
    if [ -x "$candidate/initdb" ] && [ "$version" -gt "$newest" ]; then
        bin=$candidate
        newest=$version
    fi
done
if [ -z "$bin" ]; then
    echo "PostgreSQL 15 or newer is not installed (Debian package postgresql)" >&2
    exit 77
fi

as_owner() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
    else
        "$@"
    fi
}

# Its files lie in a fresh folder of the temporary folder: the path of a socket must fit into 107
# bytes, and the user "postgres" must be able to reach it whoever owns DIR.
start() {
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    home=$(mktemp -d "${TMPDIR:-/tmp}/platen-pg.XXXXXX")
    printf '%s\n' "$home" >"$dir/home"
    if [ "$(id -u)" -eq 0 ]; then
        chown postgres:postgres "$home"
    fi
    cd /
    as_owner "$bin/initdb" --pgdata="$home/data" --username=platen --auth=trust --encoding=UTF8 \
        --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 || {
        cat "$dir/initdb.log" >&2
        exit 1
    }
    # Another process may take the port between the choice and the start: then once more.
    for attempt in 1 2 3 4 5; do
        port=$((20000 + ($$ * 7 + attempt * 1009) % 12000))
        options="-k $home -p $port -c listen_addresses=127.0.0.1 -c fsync=off"
        options="$options -c full_page_writes=off -c max_connections=60 -c shared_buffers=64MB"
        if as_owner "$bin/pg_ctl" --pgdata="$home/data" --wait --silent --timeout=60 \
            --options="$options" --log="$home/data/server.log" start >/dev/null 2>&1 </dev/null; then
            printf '%s\n' "$port" >"$dir/port"
            as_owner "$bin/createdb" -h "$home" -p "$port" -U platen platen
            echo "postgresql://platen@127.0.0.1:$port/platen"
            exit 0
        fi
    done
    cat "$home/data/server.log" >&2
    exit 1
}

stop() {
    [ -f "$dir/home" ] || exit 0
    dir=$(cd "$dir" && pwd)
    home=$(cat "$dir/home")
    cd /
    as_owner "$bin/pg_ctl" --pgdata="$home/data" --wait --silent --mode=immediate stop \
        >/dev/null 2>&1 || true
    rm -rf "$home" "$dir"
}

case $1 in
start) start ;;
stop) stop ;;
*) usage ;;
esac
