/*
 * store/1: the feature's own tables in the manager's database, SQLite or PostgreSQL. Since 1.2,
 * manager only.
 *
 * In load() the feature declares migrations, which make its tables, and statements, which it runs
 * later by name. Its tables, indexes and views are called <plugin>_..., '-' of the plugin's name
 * written as '_' ("address-book" has address_book_list). What touches another table is refused; a
 * migration may refer to device(id), if it says ON DELETE CASCADE or ON DELETE SET NULL. No values
 * stand in SQL: parameters are called ":name" and are bound.
 *
 * After load() the host looks at all of it and brings the tables up to date; when that fails the
 * plugin is refused and nothing of it stays. Then read() and write() work, on any thread but from
 * within a function that read() or write() runs: each function is one transaction.
 */
#ifndef PLATEN_STORE_SDK_H
#define PLATEN_STORE_SDK_H

#include <platen/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLATEN_SQL_MAX 65536u      /* bytes of one statement or migration at most */
#define PLATEN_MIGRATIONS_MAX 500u /* of one plugin */
#define PLATEN_STATEMENTS_MAX 500u
#define PLATEN_ROWS_OPEN 32u /* statements in use at the same time in one transaction */

typedef struct platen_tx platen_tx;     /* a transaction: valid in the function that got it */
typedef struct platen_rows platen_rows; /* a prepared statement of a transaction */

/*
 * One step of the plugin's tables. Steps are numbered 1, 2, 3, ... and declared in that order.
 * The text of a step never changes once it was released: the host remembers its digest and refuses
 * another text. `sql` is one or several statements, separated by ';' at line ends, the same for
 * both databases: {{id}} is an auto-numbered 64-bit primary key, {{i64}} a 64-bit integer, {{blob}}
 * bytes, {{fold}} a text that SQLite compares without regard to the case of ASCII letters.
 * PostgreSQL compares it with regard to case, in = and in UNIQUE alike. What holds on both is
 * lower(): "WHERE lower(name) = lower(:name)", and for names that are there once, instead of
 * UNIQUE, "CREATE UNIQUE INDEX thing_name ON thing (lower(name))".
 */
typedef struct platen_migration {
    uint32_t size;
    uint32_t number;
    const char *name; /* for people: 1 to 100 bytes */
    const char *sql;
} platen_migration;

#define PLATEN_MIGRATION_INIT                                                                      \
    {                                                                                              \
        (uint32_t)sizeof(platen_migration), 0, NULL, NULL                                          \
    }

/* One statement: SELECT (or WITH), INSERT, UPDATE or DELETE. */
typedef struct platen_statement {
    uint32_t size;
    uint32_t flags;    /* none is known yet: 0 */
    const char *name;  /* [a-z0-9_], 1 to 63 bytes, once in the plugin */
    const char *sql;   /* for SQLite, and for PostgreSQL when `pgsql` is NULL */
    const char *pgsql; /* the same for PostgreSQL where it must differ, or NULL */
} platen_statement;

#define PLATEN_STATEMENT_INIT                                                                      \
    {                                                                                              \
        (uint32_t)sizeof(platen_statement), 0, NULL, NULL, NULL                                    \
    }

/*
 * The work of one transaction. In read() it sees one state of the database and changes nothing, on
 * the calling thread. In write() it runs on the writer's thread, one after another for the whole
 * manager: it computes, it does not wait for anything. Anything but PLATEN_OK takes back what it
 * did; so does any statement that failed in it.
 */
typedef platen_code (*platen_tx_fn)(platen_tx *tx, void *user, platen_error *err);

typedef struct platen_store {
    uint32_t size;

    /* In load() only; texts are copied. PLATEN_E_STATE later, PLATEN_E_INVAL for what cannot be,
     * PLATEN_E_EXISTS for a name that is there, PLATEN_E_TOO_LARGE over the limits above. */
    platen_code (*migration)(platen_ctx *ctx, const platen_migration *migration, platen_error *err);
    platen_code (*statement)(platen_ctx *ctx, const platen_statement *statement, platen_error *err);

    /* Any thread, not in load(). They return what `fn` returned, or why it could not run.
     * write() returns after the commit: what it wrote is on the disk. Behind a request of somebody
     * its entry in the audit log is written in the first write()'s transaction. PLATEN_E_STATE in
     * load(), and from within a transaction. */
    platen_code (*read)(platen_ctx *ctx, platen_tx_fn fn, void *user, platen_error *err);
    platen_code (*write)(platen_ctx *ctx, platen_tx_fn fn, void *user, platen_error *err);

    /* ---- in a transaction, on its thread ---- */

    /* A statement by its name, without bound values; the host prepares each once a connection.
     * Valid until reset() or the end of the transaction. PLATEN_E_NOT_FOUND: no such statement;
     * PLATEN_E_TOO_LARGE: PLATEN_ROWS_OPEN of this transaction wait for their reset(). */
    platen_code (*prepare)(platen_tx *tx, const char *name, platen_rows **rows, platen_error *err);

    /* By the parameter's name without its colon; copied. What is wrong is told by the next run() or
     * step(). NULL texts and blobs of NULL bind NULL. */
    void (*bind_i64)(platen_rows *rows, const char *param, int64_t value);
    void (*bind_real)(platen_rows *rows, const char *param, double value);
    void (*bind_text)(platen_rows *rows, const char *param, const char *value);
    void (*bind_blob)(platen_rows *rows, const char *param, const void *data, size_t length);
    void (*bind_null)(platen_rows *rows, const char *param);

    /* Runs to the end; `changes` (may be NULL) is the number of rows that it touched. Then values
     * may be bound anew and the statement run again. PLATEN_E_EXISTS: unique; PLATEN_E_STATE: a
     * foreign key; PLATEN_E_INVAL: NOT NULL, CHECK, a value that the column cannot hold;
     * PLATEN_E_STORE: the rest. */
    platen_code (*run)(platen_rows *rows, int64_t *changes, platen_error *err);
    /* The next row: PLATEN_OK, or PLATEN_E_NOT_FOUND without a text behind the last one. */
    platen_code (*step)(platen_rows *rows, platen_error *err);

    /* Columns of the row, from 0. Borrowed until the next step(), run() or reset(). NULL and wrong
     * types give 0, 0.0, "" and an empty blob. */
    int64_t (*i64)(platen_rows *rows, uint32_t column);
    double (*real)(platen_rows *rows, uint32_t column);
    const char *(*text)(platen_rows *rows, uint32_t column);
    const void *(*blob)(platen_rows *rows, uint32_t column, size_t *length);
    bool (*is_null)(platen_rows *rows, uint32_t column);

    /* Ends a statement early, or to be prepared again; NULL is fine. The host does it for all at
     * the end of the transaction. */
    void (*reset)(platen_rows *rows);
} platen_store;

#ifdef __cplusplus
}
#endif

#endif
