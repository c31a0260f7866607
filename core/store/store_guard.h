/*
 * Holds the SQL of a plugin to its own tables: migrations run in an empty SQLite database in memory
 * whose authorizer refuses every name without the plugin's prefix; statements are prepared there.
 * Texts that are PostgreSQL's alone are read word by word. It keeps honest code in its place; a
 * plugin is native code, and no sandbox is meant. One thread at a time.
 */
#ifndef PLATEN_STORE_GUARD_H
#define PLATEN_STORE_GUARD_H

#include "core/store/store.h"

typedef struct store_guard store_guard;

#define STORE_GUARD_PREFIX 80

/* `prefix` is that of tables, indexes and views: "acme_notes_"; copied. */
platen_code store_guard_new(const char *prefix, store_guard **out, platen_error *err);
void store_guard_free(store_guard *g); /* NULL is fine */

/* Runs the next step. PLATEN_E_INVAL names what it touches, or SQLite's reason. A reference to
 * another table than its own may be one to device(id) that cascades or sets NULL. */
platen_code store_guard_migration(store_guard *g, const store_migration *step, platen_error *err);

/* One statement in SQLite's dialect, on the tables so far; `writes`: not only reads. */
platen_code store_guard_statement(store_guard *g, const char *sql, bool *writes, platen_error *err);

/* The same in PostgreSQL's dialect: only the tables' names are looked at (store_guard_pgsql.c). */
platen_code store_guard_pgsql(const char *prefix, const char *sql, platen_error *err);

#endif
