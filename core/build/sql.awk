# Turns "-- name: x" blocks of SQL files into C: one store_sql a statement.
# Usage: awk -f sql.awk -v stem=device -v out=/path/device_sql device.sql [device.pgsql.sql]
# The first file holds the statements; the second replaces some of them for PostgreSQL.

function quote(text) {
    gsub(/\\/, "\\\\\\\\", text)
    gsub(/"/, "\\\"", text)
    sub(/[ \t]+$/, "", text)
    return text
}

FNR == 1 { file++; name = "" }

/^-- name: / {
    name = $3
    if (name !~ /^[a-z][a-z0-9_]*$/) {
        print FILENAME ":" FNR ": bad statement name '" name "'" > "/dev/stderr"
        failed = 1
        exit 1
    }
    if (file == 1) {
        if (name in sqlite) {
            print FILENAME ":" FNR ": statement '" name "' stands twice" > "/dev/stderr"
            failed = 1
            exit 1
        }
        order[++count] = name
        sqlite[name] = ""
    } else if (!(name in sqlite)) {
        print FILENAME ":" FNR ": '" name "' replaces nothing" > "/dev/stderr"
        failed = 1
        exit 1
    } else {
        pgsql[name] = ""
    }
    next
}

/^[ \t]*--/ || /^[ \t]*$/ { next }

{
    if (name == "") {
        print FILENAME ":" FNR ": SQL before the first '-- name:'" > "/dev/stderr"
        failed = 1
        exit 1
    }
    line = quote($0)
    sub(/;$/, "", line)
    line = "        \"" line "\\n\"\n"
    if (file == 1) {
        sqlite[name] = sqlite[name] line
    } else {
        pgsql[name] = pgsql[name] line
    }
}

END {
    if (failed) {
        exit 1
    }
    guard = toupper(stem) "_SQL_H"
    printf "/* Generated from sql/%s.sql. */\n#ifndef %s\n#define %s\n\n#include \"core/store/store.h\"\n\n", stem, guard, guard > (out ".h")
    printf "/* Generated from sql/%s.sql. */\n#include \"%s_sql.h\"\n", stem, stem > (out ".c")
    for (i = 1; i <= count; i++) {
        name = order[i]
        printf "extern const store_sql sql_%s;\n", name > (out ".h")
        other = (name in pgsql) ? pgsql[name] : sqlite[name]
        printf "\nconst store_sql sql_%s = {\n    \"%s\",\n    (\n%s    ),\n    (\n%s    ),\n};\n", name, name, sqlite[name], other > (out ".c")
    }
    printf "\n#endif\n" > (out ".h")
}
