/*
 * Which columns hold sealed text (core/secret), so that all of it can be checked and sealed anew
 * with another key. Whoever seals something new adds a line to the table in sealed.c;
 * tests/checks/sealed.sh notices a forgotten one.
 */
#ifndef PLATEN_DATABASE_SEALED_H
#define PLATEN_DATABASE_SEALED_H

#include <stddef.h>
#include <stdint.h>

#include "core/secret/secret.h"
#include "core/store/store.h"

/* The column holds a sealed text, or a JSON object whose text members may be sealed. */
typedef struct sealed_column {
    const char *table;
    const char *id; /* column that names the row: a number or a text */
    const char *column;
    const char *place; /* "{id}" stands for the row; members have "/<member>" behind it */
} sealed_column;

extern const sealed_column sealed_columns[];
extern const size_t sealed_column_count;

/* Opens every sealed text with `from` and seals it with `to`, in the caller's transaction; `to`
 * NULL only looks whether all open. `count` is how many there are. PLATEN_E_CORRUPT names the
 * first that does not open. */
platen_code sealed_renew(store_conn *conn, const secret_key *from, const secret_key *to,
                         int64_t *count, platen_error *err);

#endif
