# Lists every statement of the given SQL files as C: store_all_sql[] of core/store/store.h.
# Usage: awk -f sql_registry.awk a.sql b.sql ... > registry.c

/^-- name: / {
    name = $3
    if (name in seen) {
        print FILENAME ":" FNR ": statement '" name "' stands in " seen[name] " too" > "/dev/stderr"
        failed = 1
        exit 1
    }
    seen[name] = FILENAME
    order[++count] = name
}

END {
    if (failed) {
        exit 1
    }
    print "/* Generated: every statement of the build. */\n#include \"core/store/store.h\"\n"
    for (i = 1; i <= count; i++) {
        print "extern const store_sql sql_" order[i] ";"
    }
    print "\nconst store_sql *const store_all_sql[] = {"
    for (i = 1; i <= count; i++) {
        print "    &sql_" order[i] ","
    }
    print "    NULL,\n};"
}
