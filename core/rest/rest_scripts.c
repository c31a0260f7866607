/* /scripts: custom task kinds, flows and libraries as text, with their versions. */
#include "core/rest/rest_scripts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/flow/script.h"
#include "core/rest/list.h"
#include "core/rest/schema.h"
#include "core/rest/services.h"
#include "script_sql.h"

platen_code rest_scripts_schema(const char *schema_text, platen_error *err)
{
    schema *s = NULL;
    PLATEN_TRY(schema_new(schema_text, &s, err));
    schema_free(s);
    return PLATEN_OK;
}

/* ---- reading ---- */

static const list_field fields[] = {
    {"id", "s.id", LIST_ID, NULL, NULL, true, NULL},
    {"name", "s.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"kind", "s.kind", LIST_TEXT, NULL, NULL, true, NULL},
    {"title", "s.title", LIST_TEXT, NULL, NULL, true, NULL},
    {"source", "s.source", LIST_TEXT, NULL, NULL, true, NULL},
    {"enabled", "s.enabled", LIST_NUMBER, NULL, NULL, true, NULL},
    {"updated", "s.updated", LIST_TIME, NULL, NULL, true, NULL},
};

/* The columns of sql_script_by_id, up to the text. */
static const list_source source = {
    .fields = fields,
    .field_count = sizeof(fields) / sizeof(fields[0]),
    .columns = "s.id, s.name, s.kind, s.title, s.source, s.enabled, coalesce(v.number, 0), "
               "s.updated, coalesce(v.author, ''), s.error, s.error_line",
    .from = "script s LEFT JOIN script_version v ON v.id = s.latest_id",
    .count_from = "script s",
    .key = "s.id",
    .sort = "name",
    .search = "s.name || ' ' || s.title",
};

static void write_members(store_stmt *st, json_writer *w)
{
    const char *error = store_text(st, 9);
    json_id(w, "id", store_i64(st, 0));
    json_text(w, "name", store_text(st, 1));
    json_text(w, "kind", store_text(st, 2));
    json_text(w, "title", store_text(st, 3));
    json_text(w, "source", store_text(st, 4));
    json_bool(w, "enabled", store_i64(st, 5) != 0);
    json_i64(w, "version", store_i64(st, 6));
    json_time(w, "updated", store_i64(st, 7));
    json_text(w, "author", store_text(st, 8));
    json_text(w, "state", error[0] != '\0' ? "error" : "ok");
    if (error[0] == '\0') {
        json_null(w, "error");
        return;
    }
    json_object(w, "error");
    json_i64(w, "line", store_i64(st, 10));
    json_text(w, "text", error);
    json_object_end(w);
}

static platen_code write_script(rest_request *r, store_stmt *st, json_writer *w, void *user,
                                platen_error *err)
{
    (void)r;
    (void)user;
    (void)err;
    json_object(w, NULL);
    write_members(st, w);
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code get_scripts(rest_request *r, platen_error *err)
{
    return list_answer(r, &source, NULL, write_script, NULL, err);
}

static platen_code answer_script(rest_request *r, int64_t id, int status, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_script_by_id, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", id);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        json_writer *w = rest_json(r, status);
        json_object(w, NULL);
        write_members(st, w);
        json_text(w, "text", store_text(st, 11));
        json_object_end(w);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        rc = error_set(err, rc, "there is no script %" PRId64, id);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

static platen_code get_script(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    return answer_script(r, id, 200, err);
}

/* ---- versions ---- */

static const list_field version_fields[] = {
    {"number", "v.number", LIST_NUMBER, NULL, NULL, true, NULL},
    {"at", "v.at", LIST_TIME, NULL, NULL, true, NULL},
};

static const list_source version_source = {
    .fields = version_fields,
    .field_count = sizeof(version_fields) / sizeof(version_fields[0]),
    .columns = "v.number, v.at, v.author, v.digest",
    .from = "script_version v",
    .key = "v.id",
    .sort = "-number",
};

static void bind_script(store_stmt *st, void *user)
{
    store_bind_i64(st, "script", *(int64_t *)user);
}

static platen_code write_version(rest_request *r, store_stmt *st, json_writer *w, void *user,
                                 platen_error *err)
{
    (void)r;
    (void)user;
    (void)err;
    json_object(w, NULL);
    json_i64(w, "number", store_i64(st, 0));
    json_time(w, "at", store_i64(st, 1));
    json_text(w, "author", store_text(st, 2));
    json_text(w, "digest", store_text(st, 3));
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code get_versions(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    const list_scope scope = {.where = "v.script_id = :script", .bind = bind_script, .user = &id};
    return list_answer(r, &version_source, &scope, write_version, NULL, err);
}

typedef struct version_text {
    char *text, *author;
    int64_t at;
} version_text;

static platen_code read_version(rest_request *r, int64_t id, int64_t number, version_text *out,
                                platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_script_version_at, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "script", id);
        store_bind_i64(st, "number", number);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        out->text = arena_dup(rest_arena(r), store_text(st, 1));
        out->author = arena_dup(rest_arena(r), store_text(st, 2));
        out->at = store_i64(st, 3);
        rc = out->text != NULL && out->author != NULL
                 ? rc
                 : error_set(err, PLATEN_E_NOMEM, "no memory for a script");
    } else if (rc == PLATEN_E_NOT_FOUND) {
        rc = error_set(err, rc, "script %" PRId64 " has no version %" PRId64, id, number);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

static platen_code get_version(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    int64_t number = 0;
    version_text v;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    PLATEN_TRY(rest_param_id(r, "number", &number, err));
    PLATEN_TRY(read_version(r, id, number, &v, err));
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_i64(w, "number", number);
    json_time(w, "at", v.at);
    json_text(w, "author", v.author);
    json_text(w, "text", v.text);
    json_object_end(w);
    return PLATEN_OK;
}

/* ---- changing ---- */

static platen_code put(rest_request *r, script_change *change, int status, platen_error *err)
{
    int64_t id = change->id;
    change->source = "user";
    change->author = rest_who(r)->name;
    rest_audit_made(r, &id);
    PLATEN_TRY(script_put(rest_services(r)->store, change, rest_scripts_schema, &id, err));
    return answer_script(r, id, status, err);
}

static platen_code post_script(rest_request *r, platen_error *err)
{
    const cJSON *body = rest_body(r);
    script_change change = {.name = json_get_text(body, "name", ""),
                            .kind = json_get_text(body, "kind", ""),
                            .text = json_get_text(body, "text", ""),
                            .enabled = json_get_bool(body, "enabled", true) ? 1 : 0};
    if (!script_name_fits(change.name)) {
        rest_invalid(r, "/name", "pattern", "a-z, 0-9 and '-', not at the ends");
        return error_set(err, PLATEN_E_INVAL, "'%.60s' is no name for a script", change.name);
    }
    return put(r, &change, 201, err);
}

static platen_code patch_script(rest_request *r, platen_error *err)
{
    const cJSON *body = rest_body(r);
    script_change change = {.text = json_get_text(body, "text", NULL),
                            .enabled = json_is_null_or_absent(body, "enabled")
                                           ? -1
                                           : json_get_bool(body, "enabled", true)};
    int64_t number = json_get_i64(body, "version", 0);
    version_text v;
    PLATEN_TRY(rest_param_id(r, "id", &change.id, err));
    if (number > 0 && change.text != NULL) {
        rest_invalid(r, "/version", "any-of", "a text or a version, not both");
        return error_set(err, PLATEN_E_INVAL, "a text or a version, not both");
    }
    if (number > 0) {
        PLATEN_TRY(read_version(r, change.id, number, &v, err));
        change.text = v.text;
    }
    return put(r, &change, 200, err);
}

static platen_code delete_script(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    PLATEN_TRY(script_remove(rest_services(r)->store, id, err));
    rest_empty(r, 204);
    return PLATEN_OK;
}

/* ---- checking ---- */

static void write_faults(json_writer *w, const script_fault *fault)
{
    json_bool(w, "ok", !fault->wrong);
    json_array(w, "errors");
    if (fault->wrong) {
        json_object(w, NULL);
        json_i64(w, "line", fault->line);
        json_i64(w, "column", fault->line > 0 ? 1 : 0); /* Lua names lines only */
        json_text(w, "code", fault->code);
        json_text(w, "text", fault->text);
        json_object_end(w);
    }
    json_array_end(w);
}

static platen_code check_script(rest_request *r, platen_error *err)
{
    const cJSON *body = rest_body(r);
    const char *kind = json_get_text(body, "kind", "flow");
    const char *text = json_get_text(body, "text", "");
    const char *name = json_get_text(body, "name", "");
    store *s = rest_services(r)->store;
    script_fault fault;
    flow_declaration d;
    PLATEN_TRY(script_inspect(s, name[0] != '\0' ? name : "script", kind, text, rest_scripts_schema,
                              &fault, &d, err));
    if (fault.wrong && strcmp(fault.code, "name") == 0 && name[0] == '\0') {
        fault.wrong = false; /* nobody said how it is called */
    }
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    write_faults(w, &fault);
    if (d.params != NULL) {
        json_raw(w, "schema", d.params);
    } else {
        json_null(w, "schema");
    }
    free(d.params);
    platen_code rc = PLATEN_OK;
    if (!fault.wrong && strcmp(kind, "lib") != 0) {
        rc = script_dry_run(s, name[0] != '\0' ? name : "script", text,
                            json_get_object(body, "params"), json_get_object(body, "results"), w,
                            err);
    } else {
        json_null(w, "dry_run");
    }
    json_object_end(w);
    return rc;
}

#define TEXT "\"text\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":262144}"
#define KIND "\"kind\":{\"type\":\"string\",\"enum\":[\"task\",\"flow\",\"lib\"]}"
#define ANY "{\"type\":\"object\"}"

static const char post_schema[] =
    "{\"type\":\"object\",\"required\":[\"name\",\"kind\",\"text\"],\"properties\":{"
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":48}," KIND "," TEXT ","
    "\"enabled\":{\"type\":\"boolean\"}}}";
static const char patch_schema[] =
    "{\"type\":\"object\",\"properties\":{" TEXT ",\"enabled\":{\"type\":\"boolean\"},"
    "\"version\":{\"type\":\"integer\",\"minimum\":1}}}";
static const char check_schema[] =
    "{\"type\":\"object\",\"required\":[\"text\",\"kind\"],\"properties\":{"
    "\"name\":{\"type\":\"string\",\"maxLength\":48}," KIND "," TEXT ",\"params\":" ANY
    ",\"results\":" ANY "}}";

#define SCRIPTS "scripts"

static const rest_route routes[] = {
    {"GET", "/scripts", REST_DEVICE_MANAGER, SCRIPTS, REST_REGION_NONE, REST_STREAM, get_scripts,
     "Scripts: task kinds, flows and libraries", NULL, NULL},
    {"POST", "/scripts", REST_DEVICE_MANAGER, SCRIPTS, REST_REGION_ALL, 0, post_script,
     "Add a script", post_schema, NULL},
    {"POST", "/scripts/check", REST_DEVICE_MANAGER, SCRIPTS, REST_REGION_NONE, REST_NO_AUDIT,
     check_script, "Check a text and run it dry; nothing is stored", check_schema, NULL},
    {"GET", "/scripts/{id}", REST_DEVICE_MANAGER, SCRIPTS, REST_REGION_NONE, 0, get_script,
     "One script with its newest text", NULL, NULL},
    {"PATCH", "/scripts/{id}", REST_DEVICE_MANAGER, SCRIPTS, REST_REGION_ALL, 0, patch_script,
     "Change a script: its text, back to a version, enabled", patch_schema, NULL},
    {"DELETE", "/scripts/{id}", REST_DEVICE_MANAGER, SCRIPTS, REST_REGION_ALL, 0, delete_script,
     "Delete a script with its versions", NULL, NULL},
    {"GET", "/scripts/{id}/versions", REST_DEVICE_MANAGER, SCRIPTS, REST_REGION_NONE, REST_STREAM,
     get_versions, "The versions of a script, newest first", NULL, NULL},
    {"GET", "/scripts/{id}/versions/{number}", REST_DEVICE_MANAGER, SCRIPTS, REST_REGION_NONE, 0,
     get_version, "One version with its text", NULL, NULL},
};

platen_code rest_scripts_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
