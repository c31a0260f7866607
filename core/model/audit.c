/* Appending to the chain, and its sealed ends. The writer thread, but for audit_hash(). */
#include "core/model/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/model/audit_private.h"
#include "audit_sql.h"

#define DOMAIN "platen audit entry 1" /* nothing else that is hashed begins like this */

/* ---- the hash of an entry ---- */

static bool put_number(EVP_MD_CTX *context, int64_t value)
{
    unsigned char bytes[9] = {'i'};
    for (int i = 0; i < 8; i++) {
        bytes[1 + i] = (unsigned char)((uint64_t)value >> (56 - 8 * i));
    }
    return EVP_DigestUpdate(context, bytes, sizeof(bytes)) == 1;
}

/* Kind and length go before the bytes: two rows that differ never give the same bytes. */
static bool put_text(EVP_MD_CTX *context, const char *text)
{
    if (text == NULL) {
        return EVP_DigestUpdate(context, "n", 1) == 1;
    }
    size_t length = strlen(text);
    return EVP_DigestUpdate(context, "t", 1) == 1 && put_number(context, (int64_t)length) &&
           EVP_DigestUpdate(context, text, length) == 1;
}

static bool put_row(EVP_MD_CTX *context, const char *previous, const audit_row *row)
{
    bool good = EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 && put_text(context, DOMAIN) &&
                put_text(context, previous) && put_number(context, row->number) &&
                put_number(context, row->at) && put_number(context, row->user);
    for (size_t i = 0; good && i < sizeof(row->texts) / sizeof(row->texts[0]); i++) {
        good = put_text(context, row->texts[i]);
    }
    return good && put_text(context, row->before) && put_text(context, row->after);
}

bool audit_hash(const char *previous, const audit_row *row, char hash[AUDIT_HASH])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && put_row(context, previous, row) &&
                EVP_DigestFinal_ex(context, digest, &length) == 1 && length == 32;
    if (good) {
        text_hex(hash, digest, length);
    }
    EVP_MD_CTX_free(context);
    return good;
}

/* ---- the ends ---- */

static bool end_parse(const char **at, audit_end *end)
{
    int used = 0;
    if (sscanf(*at, "%" SCNd64 " %64[0-9a-f]%n", &end->number, end->hash, &used) != 2 ||
        strlen(end->hash) != AUDIT_HASH - 1) {
        return false;
    }
    *at += used;
    return true;
}

static platen_code ends_open(const audit *a, const char *sealed, audit_ends *ends,
                             platen_error *err)
{
    char *plain = NULL;
    platen_code code = secret_open(a->key, AUDIT_PLACE, sealed, &plain, err);
    if (code == PLATEN_OK) {
        const char *at = plain;
        if (!end_parse(&at, &ends->base) || !end_parse(&at, &ends->head) || *at != '\0') {
            code = error_set(err, PLATEN_E_CORRUPT, "what it holds is no end of a chain");
        }
    }
    secret_text_free(plain);
    return code == PLATEN_OK
               ? code
               : error_note(err, code,
                            "the seal of the audit log (see platend admin verify-audit)");
}

platen_code audit_ends_get(const audit *a, store_conn *conn, bool lock, audit_ends *ends,
                           platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, lock ? &sql_audit_head_lock : &sql_audit_head_get, &st, err));
    platen_code code = store_step(st, err);
    if (code == PLATEN_OK) {
        code = ends_open(a, store_text(st, 0), ends, err);
    }
    store_reset(st);
    return code;
}

platen_code audit_ends_need(const audit *a, store_conn *conn, bool lock, audit_ends *ends,
                            platen_error *err)
{
    platen_code code = audit_ends_get(a, conn, lock, ends, err);
    return code != PLATEN_E_NOT_FOUND
               ? code
               : error_set(err, PLATEN_E_CORRUPT,
                           "the audit log has no end (see platend admin verify-audit)");
}

platen_code audit_ends_put(const audit *a, store_conn *conn, const audit_ends *ends,
                           platen_error *err)
{
    char plain[2 * (AUDIT_HASH + 24)];
    char *sealed = NULL;
    store_stmt *st = NULL;
    (void)snprintf(plain, sizeof(plain), "%" PRId64 " %s %" PRId64 " %s", ends->base.number,
                   ends->base.hash, ends->head.number, ends->head.hash);
    PLATEN_TRY(secret_seal(a->key, AUDIT_PLACE, plain, &sealed, err));
    platen_code code = store_prepare(conn, &sql_audit_head_put, &st, err);
    if (code == PLATEN_OK) {
        store_bind_text(st, "sealed", sealed);
        code = store_run(st, NULL, err);
    }
    store_reset(st);
    secret_text_free(sealed);
    return code;
}

platen_code audit_ends_new(const audit *a, store_conn *conn, audit_ends *ends, platen_error *err)
{
    strbuf random;
    strbuf_init(&random);
    platen_code code = secret_token(32, &random, err);
    if (code == PLATEN_OK) {
        secret_token_hash(random.data, ends->base.hash);
        ends->base.number = 0;
        ends->head = ends->base;
        code = audit_ends_put(a, conn, ends, err);
    }
    strbuf_fini(&random);
    return code;
}

/* ---- what is written ---- */

typedef struct clean_row {
    audit_row row;
    strbuf texts[8];
    strbuf before;
    strbuf after;
} clean_row;

static void clean_text(strbuf *out, const char *text)
{
    strbuf_init(out);
    text = text != NULL ? text : "";
    size_t length = strlen(text);
    size_t most = text_cut(text, length, AUDIT_FIELD);
    text_escape(out, text, most);
    strbuf_append(out, most < length ? "\xe2\x80\xa6" : "");
}

static void clean_state(strbuf *out, const char *json)
{
    strbuf_init(out);
    if (json == NULL) {
        return;
    }
    text_escape(out, json, strlen(json));
    if (out->failed || out->length <= AUDIT_STATE) {
        return;
    }
    /* Quoting makes it longer: as much of the beginning as fits. */
    strbuf wrapped;
    size_t take = AUDIT_STATE;
    strbuf_init(&wrapped);
    do {
        json_writer w;
        take = text_cut(out->data, out->length, take);
        strbuf_clear(&wrapped);
        json_init(&w, &wrapped);
        json_object(&w, NULL);
        json_i64(&w, "truncated", (int64_t)out->length);
        json_text_n(&w, "text", out->data, take);
        json_object_end(&w);
        take = (take > 64 ? take - 64 : 0) * AUDIT_STATE / (wrapped.length + 1);
    } while (!wrapped.failed && wrapped.length > AUDIT_STATE && take > 0);
    strbuf_fini(out);
    *out = wrapped;
}

static void row_clean(const audit_entry *entry, clean_row *c)
{
    const char *const texts[8] = {
        entry->user_name,   entry->way,
        entry->address,     entry->category,
        entry->action,      entry->object,
        entry->object_name, entry->result != NULL ? entry->result : "success"};
    for (size_t i = 0; i < 8; i++) {
        clean_text(&c->texts[i], texts[i]);
        c->row.texts[i] = c->texts[i].data;
    }
    clean_state(&c->before, entry->before);
    clean_state(&c->after, entry->after);
    c->row.before = entry->before != NULL ? c->before.data : NULL;
    c->row.after = entry->after != NULL ? c->after.data : NULL;
    c->row.user = entry->user;
    c->row.at = clock_now();
}

static bool row_failed(const clean_row *c)
{
    bool failed = c->before.failed || c->after.failed;
    for (size_t i = 0; i < 8; i++) {
        failed = failed || c->texts[i].failed;
    }
    return failed;
}

static void row_fini(clean_row *c)
{
    for (size_t i = 0; i < 8; i++) {
        strbuf_fini(&c->texts[i]);
    }
    strbuf_fini(&c->before);
    strbuf_fini(&c->after);
}

static platen_code row_insert(store_conn *conn, const audit_row *row, const char *hash,
                              platen_error *err)
{
    static const char *const names[] = {"user_name", "way",    "address",     "category",
                                        "action",    "object", "object_name", "result"};
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_audit_insert, &st, err));
    store_bind_i64(st, "seq", row->number);
    store_bind_i64(st, "at", row->at);
    store_bind_i64(st, "user_id", row->user);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        store_bind_text(st, names[i], row->texts[i]);
    }
    store_bind_text(st, "before_text", row->before);
    store_bind_text(st, "after_text", row->after);
    store_bind_text(st, "hash", hash);
    platen_code code = store_run(st, NULL, err);
    store_reset(st);
    return code;
}

static platen_code append_row(const audit *a, store_conn *conn, audit_row *row, platen_error *err)
{
    audit_ends ends;
    PLATEN_TRY(audit_ends_need(a, conn, true, &ends, err));
    row->number = ends.head.number + 1;
    if (!audit_hash(ends.head.hash, row, ends.head.hash)) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for an entry of the audit log");
    }
    ends.head.number = row->number;
    PLATEN_TRY(row_insert(conn, row, ends.head.hash, err));
    return audit_ends_put(a, conn, &ends, err);
}

platen_code audit_append_in(store_conn *conn, const audit_entry *entry, platen_error *err)
{
    const audit *a = store_attached(store_of(conn));
    clean_row c;
    if (a == NULL) {
        return PLATEN_OK;
    }
    row_clean(entry, &c);
    platen_code code =
        row_failed(&c) ? error_set(err, PLATEN_E_NOMEM, "no memory for an entry of the audit log")
                       : append_row(a, conn, &c.row, err);
    row_fini(&c);
    return code;
}

static platen_code append_alone(store_conn *conn, void *user, platen_error *err)
{
    return audit_append_in(conn, user, err);
}

platen_code audit_append(audit *a, const audit_entry *entry, platen_error *err)
{
    audit_entry copy = *entry;
    return store_write(a->store, append_alone, &copy, err);
}
