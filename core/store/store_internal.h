/*
 * What the files of core/store share: connections and statements as both back ends see them, and
 * the table of functions that a back end is. Nothing outside this folder includes it.
 */
#ifndef PLATEN_STORE_INTERNAL_H
#define PLATEN_STORE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/map.h"
#include "core/base/strbuf.h"
#include "core/store/store.h"

#define STORE_TEXT_CACHE 64
/* In an SQLite file ("Pltn"), so that no other program's is taken for ours. */
#define STORE_APPLICATION_ID 0x506c746e

/* What a connection is told besides statements. */
typedef enum store_command {
    STORE_BEGIN_READ,
    STORE_END_READ,
    STORE_BEGIN_WRITE, /* a transaction; what its first function does is undone with it */
    STORE_BEGIN_ALONE, /* a transaction for one function that changes the schema */
    STORE_SAVE,        /* the savepoint of the second function */
    STORE_NEXT,        /* keeps what was done, savepoint of the next function */
    STORE_UNDO,        /* back to the savepoint */
    STORE_APART,       /* a savepoint within the function's */
    STORE_APART_KEEP,
    STORE_APART_UNDO,
    STORE_COMMIT,
    STORE_COMMIT_ALONE,
    STORE_ROLLBACK, /* always leaves the connection without transaction or not alive */
} store_command;

typedef enum store_kind { STORE_NULL, STORE_I64, STORE_DOUBLE, STORE_TEXT, STORE_BLOB } store_kind;

typedef struct store_value {
    store_kind kind;
    int64_t i64;
    double real;
    const void *data; /* text has a NUL behind it */
    size_t length;
} store_value;

typedef enum stmt_state {
    STMT_FRESH, /* values may be bound */
    STMT_ROW,   /* on a row */
    STMT_DONE,  /* behind the last row */
} stmt_state;

typedef struct store_engine store_engine;

/* First member of the back ends' statements. Owned by the connection. */
struct store_stmt {
    store_conn *conn;
    char *label; /* for errors: the statement's name or "a query" */
    stmt_state state;
    bool out;     /* in somebody's hands */
    bool lasting; /* in the cache; else finalised by store_reset() */
    platen_code bind_code;
    char bind_text[128];
    store_stmt *out_prev, *out_next;   /* the connection's list of handed-out statements */
    char *text;                        /* of cached texts: the key */
    store_stmt *text_prev, *text_next; /* least recently used first */
};

/* First member of the back ends' connections. One thread at a time. */
struct store_conn {
    store *store;
    const store_engine *engine;
    bool writer;
    bool broken;        /* not to be used again */
    platen_code failed; /* first failure of a statement since it was cleared */
    char failed_text[160];
    uint64_t epoch; /* of the schema its statements were prepared for */
    map *named;     /* address of a store_sql -> store_stmt */
    map *texts;     /* text -> store_stmt */
    store_stmt *text_first, *text_last;
    store_stmt *out;
    store_conn *idle_next;
};

/* A back end. Every function may use the connection it is given and nothing else of the store but
 * what is constant after store_open(). */
struct store_engine {
    store_dialect dialect;
    platen_code (*connect)(store *s, bool writer, store_conn **out, platen_error *err);
    void (*disconnect)(store_conn *conn);
    bool (*alive)(const store_conn *conn);
    bool (*in_transaction)(const store_conn *conn);
    platen_code (*command)(store_conn *conn, store_command command, platen_error *err);
    platen_code (*script)(store_conn *conn, const char *sql, platen_error *err);
    platen_code (*prepare)(store_conn *conn, const char *text, bool lasting, store_stmt **stmt,
                           const char *label, platen_error *err);
    void (*finalize)(store_stmt *stmt);
    platen_code (*bind)(store_stmt *stmt, const char *name, const store_value *value);
    platen_code (*step)(store_stmt *stmt, platen_error *err); /* NOT_FOUND: no more, no text */
    void (*rewind)(store_stmt *stmt);                         /* ends the run, keeps the values */
    void (*unbind)(store_stmt *stmt);
    int64_t (*changes)(store_stmt *stmt); /* after the step that said NOT_FOUND */
    void (*column)(store_stmt *stmt, int column, store_value *value);
    int (*columns)(store_stmt *stmt); /* of the row that it stands on */
};

extern const store_engine store_engine_sqlite;
extern const store_engine store_engine_pgsql;

typedef struct write_job write_job;

struct write_job {
    write_job *next;
    store_write_fn fn;
    void *user;
    void (*done)(platen_code code, const platen_error *err, void *user);
    store_follower *follower; /* of the waiting caller, or NULL */
    bool alone;               /* a transaction of its own, for changes of the schema */
    bool waited;              /* lies on the stack of a caller who waits for `finished` */
    bool finished;
    pthread_cond_t wake;
    platen_code code;
    platen_error error;
};

struct store {
    const store_engine *engine;
    char *target; /* path of the SQLite file or the URL of PostgreSQL */
    char *shown;  /* what errors call it: the path, or the URL without a password */
    int lock;     /* descriptor of the locked file, -1 with PostgreSQL */
    bool alone;   /* nobody else may have the PostgreSQL database */
    bool (*newer_ok)(const char *component, const void *user); /* of the options */
    const void *newer_user;

    pthread_mutex_t read_mutex; /* guards the next four */
    pthread_cond_t read_given_back;
    store_conn *idle;
    unsigned opened; /* connections in existence, idle or lent */
    unsigned limit;
    unsigned lent;

    pthread_mutex_t write_mutex; /* guards the queue and the flags of its jobs */
    pthread_cond_t write_added;
    pthread_cond_t write_room;
    write_job *queue_first, *queue_last;
    size_t queued;
    bool closing;
    bool thread_started;
    pthread_t thread;
    store_conn *writer; /* the writer thread's alone once that runs */

    void *attached; /* store_attach(): constant once threads run */

    _Atomic uint64_t version;
    _Atomic uint64_t epoch; /* raised by every change of the schema */
};

/* store_stmt.c */
platen_code store_conn_init(store_conn *conn, store *s, const store_engine *engine, bool writer);
void store_conn_fini(store_conn *conn);   /* finalises what is cached */
void store_conn_settle(store_conn *conn); /* takes back what was not reset */
void store_conn_forget(store_conn *conn); /* empties the caches: the schema has changed */
/* Keeps the first failure for store_conn.failed; returns `code`. */
platen_code store_conn_fail(store_conn *conn, platen_code code, const char *text);

/* migrate.c: the step's text in the dialect of the database. */
platen_code store_expand(const store_migration *step, store_dialect dialect, strbuf *out,
                         platen_error *err);

/* sqlite.c: the functions that every connection has; SQLITE_OK. */
struct sqlite3;
int store_sqlite_functions(struct sqlite3 *db);
/* Before anything else of the library: how it is set up cannot be changed later. */
void store_sqlite_begin(void);

/* store_writer.c */
platen_code store_writer_start(store *s, platen_error *err);
void store_writer_stop(store *s);

/* pgsql_params.c: ":name" becomes "$1". `names` is `count` texts in one block with `text`. */
typedef struct pgsql_text {
    char *text;
    char **names;
    size_t count;
} pgsql_text;
platen_code pgsql_text_init(pgsql_text *out, const char *sql, platen_error *err);
void pgsql_text_fini(pgsql_text *text);

#endif
