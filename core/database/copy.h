/*
 * All rows of one database into another, of either kind. Both are made by the same migrations, so
 * the copier knows no table: it takes them from the catalog. It copies a snapshot of the source,
 * in one transaction of the destination, reads everything again there and compares counts and
 * checksums before it commits. Sequences go on where the source's are.
 */
#ifndef PLATEN_DATABASE_COPY_H
#define PLATEN_DATABASE_COPY_H

#include <stdint.h>

#include "core/base/strbuf.h"
#include "core/store/store.h"

typedef struct database_copied {
    size_t tables;
    int64_t rows;
} database_copied;

/* Replaces everything in `to`; tables of plugins are made there first. Nothing else is changed when
 * it fails: PLATEN_E_VERSION when the two are of different versions, PLATEN_E_CORRUPT when a table
 * does not arrive as it left. */
platen_code database_copy(store *from, store *to, database_copied *copied, platen_error *err);

/* Appends a JSON object, table to number of rows. */
platen_code database_count(store *s, strbuf *json, platen_error *err);

#endif
