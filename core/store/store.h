/*
 * The database behind one API: SQLite (WAL) or PostgreSQL, chosen by the URL.
 *
 * Reading: a thread borrows a connection of the read pool for one short piece of work. Writing: a
 * function is handed to the single writer thread, which runs it inside a transaction that it
 * shares with whatever else is waiting (group commit); each function has a savepoint of its own,
 * so that one failure takes nothing else back. After store_write() has returned PLATEN_OK the
 * data is on the disk.
 *
 * SQL is text in sql/<aggregate>.sql beside the code, each statement under a line
 * "-- name: device_by_id", with :name parameters. The build turns it into `sql_device_by_id`
 * (generated header <aggregate>_sql.h). A statement of the same name in <aggregate>.pgsql.sql
 * replaces it for PostgreSQL. Values are always bound.
 */
#ifndef PLATEN_STORE_H
#define PLATEN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

typedef struct store store;
typedef struct store_conn store_conn; /* a borrowed connection: one thread at a time */
typedef struct store_stmt store_stmt; /* borrowed from the connection's cache until store_reset() */

typedef enum store_dialect { STORE_SQLITE, STORE_PGSQL } store_dialect;

/* A statement as the build generates it. Addresses are unique: the cache is keyed by them. */
typedef struct store_sql {
    const char *name;
    const char *sqlite;
    const char *pgsql;
} store_sql;

typedef struct store_options {
    const char *url;  /* "sqlite:/path/platen.db" or "postgresql://user@host/platen" */
    unsigned readers; /* connections of the read pool at most, 0: 8 */
    bool alone;       /* PLATEN_E_STATE when another platend works on it; SQLite: always so */
    /* Whether the database may know newer steps of a component than this program: what made them
     * said that an older program can work with them. NULL: never. Runs in store_migrate(). */
    bool (*newer_ok)(const char *component, const void *user);
    const void *newer_user; /* borrowed until store_close() */
} store_options;

/* Opens, checks that the file can be written and that nobody else has it as manager. Errors name
 * the file and what to do: read-only, disk full, not a database, locked by another platend. */
platen_code store_open(const store_options *options, store **out, platen_error *err);
/* Finishes what waits for the writer and waits for readers; aborts when a read connection is not
 * given back within 20 s. */
void store_close(store *s);
store_dialect store_dialect_of(const store *s);

/* The lock that store_open() takes for an SQLite database, without opening that: the file
 * "<database>.lock", which one process may hold. PLATEN_E_STATE names the process that does. */
platen_code store_lock_take(const char *database, int *lock, platen_error *err);
void store_lock_release(int lock); /* -1 is fine */

/* Copies an SQLite database as it is at one moment, while a manager works on it or not, into the
 * new file `path` (0600). */
platen_code store_snapshot(const char *database, const char *path, platen_error *err);

/* ---- migrations ---- */

/* One numbered step of a component. In its text {{id}} is an auto-numbered 64-bit primary key,
 * {{i64}} a 64-bit integer, {{blob}} bytes, {{fold}} a case-insensitive text column
 * (TEXT COLLATE NOCASE / text; comparisons there go through lower()). */
typedef struct store_migration {
    unsigned number; /* 1, 2, 3, ... */
    const char *name;
    const char *sql; /* several statements separated by ';' at line ends */
} store_migration;

#define STORE_PLUGIN_COMPONENT "plugin:" /* before the name of a plugin: its component */

/* Brings `component`'s tables to the newest step, all in one transaction, and records a SHA-256
 * of each step. Foreign keys are not looked at meanwhile but before the commit, so that a step can
 * make a table anew. PLATEN_E_VERSION when the database knows a newer step or another text of an
 * old one; nothing is changed then. */
platen_code store_migrate(store *s, const char *component, const store_migration *steps,
                          size_t count, platen_error *err);

/* ---- reading ---- */

/* Borrows a read connection (waits for one when all are out) and starts a snapshot; give it back
 * with store_read_end() on every path. */
platen_code store_read(store *s, store_conn **out, platen_error *err);
void store_read_end(store_conn *conn);

/* ---- writing ---- */

/*
 * Runs on the writer thread inside a transaction. Anything but PLATEN_OK takes its work back; so
 * does any statement that failed in it, even if the function returns PLATEN_OK, for PostgreSQL
 * goes on with nothing after a failed statement: "insert, else update" is ON CONFLICT.
 *
 * Failures of statements: PLATEN_E_EXISTS (unique), _STATE (foreign key), _INVAL (not null, check,
 * a value the column cannot hold), _STORE (the rest; a repeat may help), _CORRUPT, _NOMEM.
 * Constraints are never DEFERRABLE: a failing commit takes all functions of its group back.
 */
typedef platen_code (*store_write_fn)(store_conn *conn, void *user, platen_error *err);

/* Waits for the commit. From the writer thread itself it is a defect (asserts). */
platen_code store_write(store *s, store_write_fn fn, void *user, platen_error *err);

/* For what changes the schema or everything: a transaction of its own. SQLite looks at foreign keys
 * only before the commit, and then at all of them. */
platen_code store_write_alone(store *s, store_write_fn fn, void *user, platen_error *err);

/* Returns at once; `done` (may be NULL) runs on the writer thread after the commit or failure.
 * At most 10,000 wait; then the caller waits for room. */
platen_code store_write_later(store *s, store_write_fn fn, void *user,
                              void (*done)(platen_code code, const platen_error *err, void *user),
                              platen_error *err);

/*
 * For a function that runs on the writer: `fn` with a savepoint of its own, so that its failure,
 * and that of its statements, takes nothing else back. Not nested. Returns its failure; `*undone`:
 * what it did was taken back and the transaction goes on. Without that the caller has to fail, too.
 */
platen_code store_apart(store_conn *conn, store_write_fn fn, void *user, bool *undone,
                        platen_error *err);

/*
 * What goes along with a thread's writes. While a follower is set, each store_write() of that
 * thread runs `fn` behind its own function, on the writer and in the same savepoint, so that both
 * are kept or both are taken back; once they are committed `done` is true and `fn` does not run
 * again. `fn` may read what the waiting thread owns. The audit log is written so.
 */
typedef struct store_follower {
    store_write_fn fn;
    void *user;
    bool done;
} store_follower;

/* For the calling thread, until the next call; NULL: none. Borrowed. */
void store_follow(store_follower *follower);

/* One thing that belongs to the database but to a room above, for functions that have only a
 * connection: set before other threads use the store. NULL when nothing was set. */
void store_attach(store *s, void *thing);
void *store_attached(const store *s);
store *store_of(const store_conn *conn);

/* Commits of this process since store_open(): changes whenever it has written. Any thread. */
uint64_t store_version(const store *s);

/* ---- statements ---- */

/* A prepared statement from the connection's cache, reset and without bound values. */
platen_code store_prepare(store_conn *conn, const store_sql *sql, store_stmt **stmt,
                          platen_error *err);

/* The same for SQL put together from constant fragments of this program (list queries). The cache
 * holds the 64 used last. `text` is in the dialect of store_conn_dialect(). */
platen_code store_prepare_text(store_conn *conn, const char *text, store_stmt **stmt,
                               platen_error *err);
store_dialect store_conn_dialect(const store_conn *conn);

/* Binding by parameter name without the colon. A wrong name or a failure is kept and reported by
 * the next step. Text and blobs are copied. */
void store_bind_i64(store_stmt *stmt, const char *name, int64_t value);
void store_bind_double(store_stmt *stmt, const char *name, double value);
void store_bind_text(store_stmt *stmt, const char *name, const char *value); /* NULL binds NULL */
void store_bind_blob(store_stmt *stmt, const char *name, const void *data, size_t length);
void store_bind_null(store_stmt *stmt, const char *name);

/* Runs a statement to its end and drops rows; `changes` (may be NULL) is the number of rows it
 * touched. Values may then be bound anew and the statement run again without store_prepare(). */
platen_code store_run(store_stmt *stmt, int64_t *changes, platen_error *err);

/* The next row: PLATEN_OK, or PLATEN_E_NOT_FOUND without an error text when there is none left. */
platen_code store_step(store_stmt *stmt, platen_error *err);

/* Columns of the row, from 0. Borrowed until the next step. Wrong types give 0 and ""; conditions
 * are 1 and 0. PostgreSQL guesses a parameter's type from where it stands: where there is nothing
 * to guess from (":x IS NULL", a bare ":x" in a select list) write CAST(:x AS BIGINT). */
int64_t store_i64(store_stmt *stmt, int column);
double store_double(store_stmt *stmt, int column);
const char *store_text(store_stmt *stmt, int column); /* "" when NULL */
const void *store_blob(store_stmt *stmt, int column, size_t *length);
bool store_is_null(store_stmt *stmt, int column);
/* How many the row has, 0 before the first and behind the last row. Asking for another column is a
 * defect (asserts). */
int store_columns(store_stmt *stmt);

void store_reset(store_stmt *stmt); /* on every path; NULL is fine */

/* Every statement of the rooms, NULL at the end; for the test that prepares all of them on both.
 * Only programs have it that ask for it with platen_sql_registry() (core/build/rooms.cmake). */
extern const store_sql *const store_all_sql[];

#endif
