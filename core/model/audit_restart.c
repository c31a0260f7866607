/* A new chain for a log that is broken; the old entries go to a file first. The writer thread. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/model/audit_private.h"
#include "audit_sql.h"

#define PIECE 1000
#define SANE_NUMBER (INT64_C(1) << 53) /* what is above was put there by hand */

typedef struct restart {
    const audit *a;
    const char *path;
    const audit_entry *who;
    int file;
    EVP_MD_CTX *digest;
    int64_t entries;
    int64_t last;
} restart;

static platen_code write_line(restart *x, const strbuf *line, platen_error *err)
{
    size_t done = 0;
    if (line->failed || EVP_DigestUpdate(x->digest, line->data, line->length) != 1) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the old audit log");
    }
    while (done < line->length) {
        ssize_t wrote = write(x->file, line->data + done, line->length - done);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", x->path);
        }
        done += (size_t)wrote;
    }
    return PLATEN_OK;
}

static platen_code save_piece(store_conn *conn, restart *x, int64_t *after, int *count,
                              platen_error *err)
{
    store_stmt *st = NULL;
    strbuf line;
    PLATEN_TRY(store_prepare(conn, &sql_audit_walk, &st, err));
    store_bind_i64(st, "after", *after);
    store_bind_i64(st, "most", PIECE);
    strbuf_init(&line);
    platen_code code = PLATEN_OK;
    *count = 0;
    while (code == PLATEN_OK && (code = store_step(st, err)) == PLATEN_OK) {
        json_writer w;
        strbuf_clear(&line);
        json_init(&w, &line);
        audit_write(st, &w);
        strbuf_append_char(&line, '\n');
        code = write_line(x, &line, err);
        *after = store_i64(st, 0);
        x->last = *after < SANE_NUMBER ? *after : x->last;
        ++*count;
    }
    strbuf_fini(&line);
    store_reset(st);
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

static platen_code save_all(store_conn *conn, restart *x, platen_error *err)
{
    int64_t after = INT64_MIN;
    int count = PIECE;
    while (count == PIECE) {
        PLATEN_TRY(save_piece(conn, x, &after, &count, err));
        x->entries += count;
    }
    return fsync(x->file) == 0 ? PLATEN_OK
                               : error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", x->path);
}

static platen_code remove_all(store_conn *conn, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_audit_delete_to, &st, err));
    store_bind_i64(st, "seq", INT64_MAX);
    platen_code code = store_run(st, NULL, err);
    store_reset(st);
    return code;
}

static platen_code tell(store_conn *conn, restart *x, platen_error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned length = 0;
    strbuf after;
    json_writer w;
    if (EVP_DigestFinal_ex(x->digest, digest, &length) != 1) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the old audit log");
    }
    text_hex(hex, digest, length);
    strbuf_init(&after);
    json_init(&w, &after);
    json_object(&w, NULL);
    json_text(&w, "file", x->path);
    json_text(&w, "sha256", hex);
    json_i64(&w, "entries", x->entries);
    json_object_end(&w);
    audit_entry entry = *x->who;
    entry.category = "audit-log";
    entry.action = "audit-log.restart";
    entry.after = after.data;
    platen_code code = after.failed
                           ? error_set(err, PLATEN_E_NOMEM, "no memory for the old audit log")
                           : audit_append_in(conn, &entry, err);
    strbuf_fini(&after);
    return code;
}

/* Numbers go on: an entry's number never means two things. */
static platen_code begin_anew(store_conn *conn, void *user, platen_error *err)
{
    restart *x = user;
    audit_ends old;
    audit_ends ends;
    PLATEN_TRY(save_all(conn, x, err));
    platen_code code = audit_ends_get(x->a, conn, true, &old, NULL);
    int64_t last = code == PLATEN_OK && old.head.number > x->last ? old.head.number : x->last;
    audit_end mark;
    last = audit_mark_read(x->a, &mark) && mark.number > last ? mark.number : last;
    PLATEN_TRY(remove_all(conn, err));
    PLATEN_TRY(audit_ends_new(x->a, conn, &ends, err));
    ends.base.number = last;
    ends.head = ends.base;
    PLATEN_TRY(audit_ends_put(x->a, conn, &ends, err));
    return tell(conn, x, err);
}

platen_code audit_restart(audit *a, const char *path, const audit_entry *who, platen_error *err)
{
    restart x = {.a = a, .path = path, .who = who, .last = 0};
    x.file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (x.file < 0) {
        return error_sys(err, errno == EEXIST ? PLATEN_E_EXISTS : PLATEN_E_IO, errno,
                         "cannot make '%s'", path);
    }
    x.digest = EVP_MD_CTX_new();
    platen_code code = x.digest != NULL && EVP_DigestInit_ex(x.digest, EVP_sha256(), NULL) == 1
                           ? store_write(a->store, begin_anew, &x, err)
                           : error_set(err, PLATEN_E_NOMEM, "no memory for the old audit log");
    EVP_MD_CTX_free(x.digest);
    if (close(x.file) != 0 && code == PLATEN_OK) {
        code = error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", path);
    }
    if (code != PLATEN_OK) {
        (void)unlink(path);
        return code;
    }
    /* The mark is of the old chain: the new one starts it again. */
    (void)unlink(a->mark);
    return audit_look(a, err);
}
