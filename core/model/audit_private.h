/* What the files of the audit log share: the sealed ends of the chain and the hash of an entry. */
#ifndef PLATEN_MODEL_AUDIT_PRIVATE_H
#define PLATEN_MODEL_AUDIT_PRIVATE_H

#include "core/model/audit.h"

struct audit {
    store *store;
    const secret_key *key;
    char *mark; /* path of the file that says how far the log has come */
};

/* The base is the last entry that is gone, or 0 and random. */
typedef struct audit_ends {
    audit_end base;
    audit_end head;
} audit_ends;

/* A row as it stands or will stand in the database. */
typedef struct audit_row {
    int64_t number;
    int64_t at;
    int64_t user;
    const char
        *texts[8];      /* user_name, way, address, category, action, object, object_name, result */
    const char *before; /* or NULL */
    const char *after;
} audit_row;

/* SHA-256 over the hash before and every field, each with its kind and length. False: no memory. */
bool audit_hash(const char *previous, const audit_row *row, char hash[AUDIT_HASH]);

/* The row on which a statement of audit_walk stands. Borrowed until its next step. */
void audit_row_read(store_stmt *st, audit_row *row);

/* `lock`: until the end of the transaction no other manager appends. NOT_FOUND: no chain yet;
 * CORRUPT: the seal does not open. */
platen_code audit_ends_get(const audit *a, store_conn *conn, bool lock, audit_ends *ends,
                           platen_error *err);
/* The same where there must be a chain: CORRUPT when there is none. */
platen_code audit_ends_need(const audit *a, store_conn *conn, bool lock, audit_ends *ends,
                            platen_error *err);
platen_code audit_ends_put(const audit *a, store_conn *conn, const audit_ends *ends,
                           platen_error *err);
/* A chain without entries, begun at random: no other can be put in its place. */
platen_code audit_ends_new(const audit *a, store_conn *conn, audit_ends *ends, platen_error *err);

/* Walks from behind `base` to entry `to` (0: to the last). PLATEN_OK with `state` filled; `end` is
 * where it got to. */
platen_code audit_walk(store_conn *conn, const audit_end *base, int64_t to, audit_state *state,
                       audit_end *end, platen_error *err);

/* Retention with a time in ms instead of days. */
platen_code audit_expire_before(audit *a, int64_t before, int64_t *removed, platen_error *err);

/* The mark in the data folder: false when there is none. */
bool audit_mark_read(const audit *a, audit_end *mark);
platen_code audit_mark_write(const audit *a, const audit_end *mark, platen_error *err);
/* Whether the chain came by the mark. What retention has removed counts as come by. */
platen_code audit_mark_fits(store_conn *conn, const audit_ends *ends, const audit_end *mark,
                            bool *fits, platen_error *err);

#endif
