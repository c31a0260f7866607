/* Scripts in the database. */
#include "core/flow/script.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/run/kind.h"
#include "script_sql.h"

#define FLOW_LIMIT_MS (7 * INT64_C(86400000)) /* a flow may wait for nights */
#define NO_SETTINGS "{\"type\":\"object\",\"properties\":{}}"

bool script_name_fits(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length <= SCRIPT_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length && name[0] != '-' &&
           name[length - 1] != '-';
}

/* ---- libraries ---- */

void script_libs_free(script_libs *libs)
{
    for (size_t i = 0; i < libs->count; i++) {
        flow_lib_free(&libs->list[i]);
    }
    free(libs->list);
    *libs = (script_libs){NULL, 0};
}

static platen_code read_libs(store_conn *conn, script_libs *out, platen_error *err)
{
    store_stmt *st = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store_prepare(conn, &sql_script_libs, &st, err));
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        flow_lib *more = reallocarray(out->list, out->count + 1, sizeof(*more));
        if (more == NULL ||
            !flow_lib_set(&more[out->count], store_text(st, 0), store_text(st, 1))) {
            out->list = more != NULL ? more : out->list;
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for libraries");
            break;
        }
        out->list = more;
        out->count++;
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code script_libs_read(store *s, script_libs *out, platen_error *err)
{
    store_conn *conn = NULL;
    *out = (script_libs){NULL, 0};
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = read_libs(conn, out, err);
    store_read_end(conn);
    if (rc != PLATEN_OK) {
        script_libs_free(out);
    }
    return rc;
}

/* ---- what is wrong with a text ---- */

/* "name.lua:12: text" */
static void take_line(script_fault *fault, const char *name)
{
    char begin[SCRIPT_NAME_MAX + 8];
    int length = snprintf(begin, sizeof(begin), "%s.lua:", name);
    if (strncmp(fault->text, begin, (size_t)length) == 0) {
        fault->line = (int)strtol(fault->text + length, NULL, 10);
    }
}

static void find(script_fault *fault, const char *name, const char *code, const char *text)
{
    if (!fault->wrong) {
        fault->wrong = true;
        (void)snprintf(fault->code, sizeof(fault->code), "%s", code);
        (void)snprintf(fault->text, sizeof(fault->text), "%s", text);
        take_line(fault, name);
    }
}

static void inspect_declaration(flow_host *h, const char *name, const char *kind,
                                script_schema_fn schema, script_fault *fault, flow_declaration *d)
{
    platen_error err = PLATEN_ERROR_INIT;
    char text[320];
    if (flow_host_declare(h, d, &err) != PLATEN_OK) {
        find(fault, name, "script", err.text);
        return;
    }
    if (strcmp(d->kind, kind) != 0) {
        (void)snprintf(text, sizeof(text), "platen.%s{...} in a script of kind '%s'", d->kind,
                       kind);
        find(fault, name, "kind", text);
    }
    if (strcmp(d->name, name) != 0) {
        (void)snprintf(text, sizeof(text), "the script '%s' says that its name is '%s'", name,
                       d->name);
        find(fault, name, "name", text);
    }
    if (schema != NULL && schema(d->params, &err) != PLATEN_OK) {
        (void)snprintf(text, sizeof(text), "params: %.280s", err.text);
        find(fault, name, "schema", text);
    }
}

platen_code script_inspect(store *s, const char *name, const char *kind, const char *text,
                           script_schema_fn schema, script_fault *fault,
                           flow_declaration *declaration, platen_error *err)
{
    const sandbox_limits limits = {(size_t)16 << 20, 5000000, 1000};
    platen_error said = PLATEN_ERROR_INIT;
    script_libs libs;
    flow_host *h = NULL;
    *fault = (script_fault){.wrong = false};
    *declaration = (flow_declaration){.params = NULL};
    PLATEN_TRY(script_libs_read(s, &libs, err));
    const flow_source source = {
        .name = name, .text = text, .libs = libs.list, .lib_count = libs.count, .limits = &limits};
    platen_code rc = flow_host_new(&source, &h, &said);
    if (rc != PLATEN_OK) {
        find(fault, name, rc == PLATEN_E_MALFORMED ? "syntax" : "script", said.text);
    } else if (strcmp(kind, "lib") != 0) {
        inspect_declaration(h, name, kind, schema, fault, declaration);
    } else if (flow_host_try(h, &said) != PLATEN_OK) {
        find(fault, name, "script", said.text);
    }
    flow_host_free(h);
    script_libs_free(&libs);
    return PLATEN_OK;
}

/* ---- changing ---- */

typedef struct putting {
    const script_change *change;
    int64_t id, version, now;
    char digest[65];
    script_fault fault;
    flow_declaration declaration;
} putting;

static platen_code insert_script(store_conn *conn, putting *p, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_script_insert, &st, err));
    store_bind_text(st, "name", p->change->name);
    store_bind_text(st, "kind", p->change->kind);
    store_bind_text(st, "source", p->change->source);
    store_bind_i64(st, "now", p->now);
    platen_code rc = store_step(st, err);
    p->id = rc == PLATEN_OK ? store_i64(st, 0) : 0;
    store_reset(st);
    return rc;
}

static platen_code insert_version(store_conn *conn, putting *p, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_script_version_insert, &st, err));
    store_bind_i64(st, "script", p->id);
    store_bind_text(st, "text", p->change->text);
    store_bind_text(st, "digest", p->digest);
    store_bind_text(st, "author", p->change->author != NULL ? p->change->author : "");
    store_bind_i64(st, "now", p->now);
    platen_code rc = store_step(st, err);
    p->version = rc == PLATEN_OK ? store_i64(st, 0) : 0;
    store_reset(st);
    return rc;
}

static platen_code put_state(store_conn *conn, const putting *p, platen_error *err)
{
    const flow_declaration *d = &p->declaration;
    store_stmt *st = NULL;
    PLATEN_TRY(
        store_prepare(conn, p->fault.wrong ? &sql_script_wrong : &sql_script_good, &st, err));
    store_bind_i64(st, "id", p->id);
    store_bind_i64(st, "version", p->version);
    store_bind_text(st, "source", p->change->source);
    store_bind_i64(st, "now", p->now);
    if (p->fault.wrong) {
        store_bind_text(st, "error", p->fault.text);
        store_bind_i64(st, "line", p->fault.line);
    } else {
        store_bind_text(st, "title", d->title);
        store_bind_text(st, "settings", d->params != NULL ? d->params : NO_SETTINGS);
        store_bind_i64(st, "writes", d->writes ? 1 : 0);
    }
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code put_enabled(store_conn *conn, const putting *p, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_script_enable, &st, err));
    store_bind_i64(st, "id", p->id);
    store_bind_i64(st, "enabled", p->change->enabled);
    store_bind_i64(st, "now", p->now);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code write_script(store_conn *conn, void *user, platen_error *err)
{
    putting *p = user;
    if (p->id == 0) {
        PLATEN_TRY(insert_script(conn, p, err));
    }
    if (p->change->text != NULL) {
        PLATEN_TRY(insert_version(conn, p, err));
        PLATEN_TRY(put_state(conn, p, err));
    }
    return p->change->enabled >= 0 ? put_enabled(conn, p, err) : PLATEN_OK;
}

typedef struct known_script {
    char name[SCRIPT_NAME_MAX + 1], kind[8], digest[65];
} known_script;

static platen_code read_known(store *s, int64_t id, known_script *out, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = store_prepare(conn, &sql_script_by_id, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", id);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        (void)snprintf(out->name, sizeof(out->name), "%s", store_text(st, 1));
        (void)snprintf(out->kind, sizeof(out->kind), "%s", store_text(st, 2));
        (void)snprintf(out->digest, sizeof(out->digest), "%s", store_text(st, 12));
    } else if (rc == PLATEN_E_NOT_FOUND) {
        rc = error_set(err, rc, "there is no script %" PRId64, id);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

static platen_code digest_of(const char *text, char out[65], platen_error *err)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_Digest(text, strlen(text), bytes, &length, EVP_sha256(), NULL) != 1) {
        return error_set(err, PLATEN_E_INTERNAL, "SHA-256 is not available");
    }
    text_hex(out, bytes, length);
    return PLATEN_OK;
}

platen_code script_put(store *s, const script_change *change, script_schema_fn schema, int64_t *id,
                       platen_error *err)
{
    putting p = {.change = change, .id = change->id, .now = clock_now()};
    known_script known = {.digest = ""};
    script_change without = *change;
    platen_code rc = PLATEN_OK;
    if (change->id != 0) {
        PLATEN_TRY(read_known(s, change->id, &known, err));
    } else {
        (void)snprintf(known.name, sizeof(known.name), "%s", change->name);
        (void)snprintf(known.kind, sizeof(known.kind), "%s", change->kind);
    }
    if (change->text != NULL) {
        if (strlen(change->text) > SCRIPT_TEXT_MAX) {
            return error_set(err, PLATEN_E_TOO_LARGE, "a script of more than %zu bytes",
                             SCRIPT_TEXT_MAX);
        }
        PLATEN_TRY(digest_of(change->text, p.digest, err));
        if (strcmp(p.digest, known.digest) == 0) { /* nothing new in it */
            without.text = NULL;
            p.change = &without;
        } else {
            PLATEN_TRY(script_inspect(s, known.name, known.kind, change->text, schema, &p.fault,
                                      &p.declaration, err));
        }
    }
    rc = store_write(s, write_script, &p, err);
    free(p.declaration.params);
    PLATEN_TRY(rc == PLATEN_E_EXISTS
                   ? error_set(err, rc, "there is a script '%s' already", known.name)
                   : rc);
    *id = p.id;
    return script_kinds(s, err);
}

typedef struct removing {
    int64_t id;
    char kind[SCRIPT_NAME_MAX + 8];
} removing;

static platen_code delete_script(store_conn *conn, void *user, platen_error *err)
{
    const removing *r = user;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_script_is_used, &st, err));
    store_bind_text(st, "kind", r->kind);
    platen_code rc = store_step(st, err);
    store_reset(st);
    if (rc == PLATEN_OK) {
        return error_set(err, PLATEN_E_STATE, "tasks or open runs of '%s' are there", r->kind);
    }
    if (rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    PLATEN_TRY(store_prepare(conn, &sql_script_delete, &st, err));
    store_bind_i64(st, "id", r->id);
    rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static void kind_id(char out[SCRIPT_NAME_MAX + 8], const char *kind, const char *name)
{
    (void)snprintf(out, SCRIPT_NAME_MAX + 8, "%s.%s", strcmp(kind, "task") == 0 ? "script" : kind,
                   name);
}

platen_code script_remove(store *s, int64_t id, platen_error *err)
{
    removing r = {.id = id};
    known_script known;
    PLATEN_TRY(read_known(s, id, &known, err));
    kind_id(r.kind, known.kind, known.name);
    PLATEN_TRY(store_write(s, delete_script, &r, err));
    kind_drop(r.kind);
    return PLATEN_OK;
}

/* ---- kinds ---- */

static platen_code put_kind(store_stmt *st, platen_error *err)
{
    char id[SCRIPT_NAME_MAX + 8];
    char title[160];
    const char *given = store_text(st, 3);
    bool task = strcmp(store_text(st, 2), "task") == 0;
    kind_id(id, store_text(st, 2), store_text(st, 1));
    (void)snprintf(title, sizeof(title), "%s%s",
                   given[0] != '\0' ? ""
                   : task           ? "[Script] "
                                    : "[Flow] ",
                   given[0] != '\0' ? given : store_text(st, 1));
    const task_kind kind = {.id = id,
                            .title = title,
                            .targets = KIND_DEVICES,
                            .where = KIND_FLOW,
                            .flags = store_i64(st, 5) != 0 ? KIND_WRITES : 0,
                            .settings = store_text(st, 4),
                            .limit_ms = FLOW_LIMIT_MS,
                            .script = store_i64(st, 0)};
    const task_kind *old = kind_find(id);
    bool same = old != NULL && strcmp(old->title, title) == 0 && old->flags == kind.flags &&
                strcmp(old->settings, kind.settings) == 0 && old->script == kind.script;
    return same ? PLATEN_OK : kind_put(&kind, err); /* what was put stays in memory */
}

/* Kinds whose script is gone or disabled. `st` has run to its end. */
static void drop_others(const int64_t *scripts, size_t count)
{
    for (size_t i = 0;; i++) {
        const task_kind *kind = kind_at(i);
        bool found = false;
        if (kind == NULL) {
            return;
        }
        for (size_t k = 0; k < count && !found; k++) {
            found = scripts[k] == kind->script;
        }
        if (kind->script != 0 && !found) {
            kind_drop(kind->id);
            i--;
        }
    }
}

platen_code script_kinds(store *s, platen_error *err)
{
    int64_t scripts[1000];
    size_t count = 0;
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = store_prepare(conn, &sql_script_kinds, &st, err);
    while (rc == PLATEN_OK && count < 1000 && (rc = store_step(st, err)) == PLATEN_OK) {
        scripts[count++] = store_i64(st, 0);
        rc = put_kind(st, err);
    }
    store_reset(st);
    store_read_end(conn);
    if (rc == PLATEN_OK || rc == PLATEN_E_NOT_FOUND) {
        drop_others(scripts, count);
        return PLATEN_OK;
    }
    return rc;
}
