/*
 * The audit log (ACC-96 to ACC-101, PRF-33): who did what, from where, with what result. Entries
 * are numbered without gaps and chained: each carries the SHA-256 of the one before and of all its
 * own fields, so that a change, a gap, an insertion or another order shows. Where the chain begins
 * (its base, which retention moves) and where it ends (its head) is sealed with the key file, so
 * that who has only the database can neither write it anew nor cut it off. An older copy of the
 * whole database would still fit: therefore the data folder keeps a mark of how far the log had
 * come, and a log that does not reach it says so (audit_look).
 *
 * Entries are written inside the transaction of the change that they tell of. Thread-safe;
 * functions with a connection run on the writer thread.
 */
#ifndef PLATEN_MODEL_AUDIT_H
#define PLATEN_MODEL_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/json.h"
#include "core/secret/secret.h"
#include "core/store/store.h"

#define AUDIT_COMPONENT "audit"
#define AUDIT_FIELD 255 /* bytes of a name, an address, an object; longer is cut with "…" */
#define AUDIT_HASH 65   /* SHA-256 in hex */
#define AUDIT_STATE (64 * 1024)    /* bytes of `before` and of `after` */
#define AUDIT_DAYS_MIN 30          /* PRF-33; the preset is that of the preferences */
#define AUDIT_PLACE "audit-head/1" /* what the head is sealed for: database/sealed.c */

extern const store_migration audit_migrations[];
extern const size_t audit_migration_count;

typedef struct audit audit;

/* Borrowed texts; NULL is "", of `before` and `after` null. Control characters are escaped. */
typedef struct audit_entry {
    int64_t user; /* 0: nobody that the database knows */
    const char *user_name;
    const char *way;     /* "session|token|agent|system|console", "" for nobody yet */
    const char *address; /* of who asked */
    const char *category;
    const char *action; /* "users.create" */
    const char *object;
    const char *object_name;
    const char *result; /* "success" or a word of docs/errors.md; NULL is "success" */
    const char *before; /* JSON text without secrets and without white space between tokens; over */
    const char *after;  /* AUDIT_STATE it is kept as {"truncated":bytes,"text":beginning} */
} audit_entry;

/* Attaches the log to the store (store_attach) and begins the chain of a fresh database. A chain
 * that does not open is told to the log of the daemon and not touched: appending fails until
 * audit_restart(). `folder` is the data folder; both and `key` must outlive the audit. */
platen_code audit_open(store *s, const secret_key *key, const char *folder, audit **out,
                       platen_error *err);
void audit_close(audit *a); /* sets the mark; before store_close(); NULL is fine */

audit *audit_of(const store *s); /* NULL: it has none */

/* Appends inside the running transaction. A store without an audit log (tests, tools) records
 * nothing. PLATEN_E_CORRUPT: the seal does not open; the change must not be made then. */
platen_code audit_append_in(store_conn *conn, const audit_entry *entry, platen_error *err);
/* In a transaction of its own. */
platen_code audit_append(audit *a, const audit_entry *entry, platen_error *err);

/* Whether it takes entries: the end of the chain is there and opens. */
platen_code audit_ready(audit *a, platen_error *err);

typedef struct audit_state {
    bool whole;
    int64_t entries; /* read until the end or the fault */
    int64_t first;   /* number of the first entry; 0: none */
    int64_t last;
    int64_t broken; /* the first entry that is not as it was written; 0: none */
    char text[160]; /* what is wrong with it; "" when whole */
} audit_state;

/* Reads the whole chain in one snapshot: some 300,000 entries a second. PLATEN_OK also when it is
 * broken. */
platen_code audit_verify(audit *a, audit_state *state, platen_error *err);

/* An entry and its hash. */
typedef struct audit_end {
    int64_t number;
    char hash[AUDIT_HASH];
} audit_end;

/* The mark in the data folder: false when there is none. */
bool audit_mark_get(const char *folder, audit_end *mark);

/* The same of a database whose log is not open, which stays as it is: a copy of one that a manager
 * works on, perhaps. `mark` (NULL: none) was read before the copy was made. */
platen_code audit_check(store *s, const secret_key *key, const audit_end *mark, audit_state *state,
                        platen_error *err);

/* PRF-33: removes entries of days before the last `days` and moves the base, with an entry of its
 * own, in steps; only a part of the chain that is whole goes. Called as often as one likes, it
 * removes once a day. Fewer days than AUDIT_DAYS_MIN are refused; a NULL `a` has nothing to do. */
platen_code audit_expire(audit *a, int64_t days, int64_t *removed, platen_error *err);

/* Compares with the mark in the data folder and moves it. A log that does not reach the mark
 * (an older database was put back, or somebody cut it) gets an entry "audit-log.lost". NULL is
 * fine. */
platen_code audit_look(audit *a, platen_error *err);

/* What a statement selects from "audit_entry a" for audit_write(), which writes the row on which it
 * stands as an object: id, at, user, user_name, way, address, category, action, object,
 * object_name, result, before, after. */
#define AUDIT_COLUMNS                                                                              \
    "a.seq, a.at, a.user_id, a.user_name, a.way, a.address, a.category, a.action, a.object, "      \
    "a.object_name, a.result, a.before_text, a.after_text, a.hash"
void audit_write(store_stmt *st, json_writer *w);

/* For a chain that is broken: writes all entries as JSON lines to `path` (made, 0600), removes
 * them and begins a new chain with an entry that names the file and its SHA-256. */
platen_code audit_restart(audit *a, const char *path, const audit_entry *who, platen_error *err);

#endif
