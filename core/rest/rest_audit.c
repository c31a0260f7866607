/* /audit-log: who did what (ACC-97 to ACC-99), and whether the log is whole. */
#include "core/rest/rest_audit.h"

#include <stdatomic.h>

#include "core/model/audit.h"
#include "core/rest/list.h"
#include "core/rest/services.h"

static const list_field fields[] = {
    {"id", "a.seq", LIST_ID, NULL, NULL, true, NULL},
    {"at", "a.at", LIST_TIME, NULL, NULL, true, "a.seq"},
    {"user", "a.user_id", LIST_ID, NULL, NULL, true, NULL},
    {"user_name", "a.user_name", LIST_TEXT, NULL, NULL, true, NULL},
    {"way", "a.way", LIST_CHOICE, "session|token|agent|system|console", NULL, true, NULL},
    {"address", "a.address", LIST_TEXT, NULL, NULL, true, NULL},
    {"category", "a.category", LIST_TEXT, NULL, NULL, true, NULL}, /* ACC-98 */
    {"action", "a.action", LIST_TEXT, NULL, NULL, true, NULL},
    {"object", "a.object", LIST_TEXT, NULL, NULL, true, NULL},
    {"object_name", "a.object_name", LIST_TEXT, NULL, NULL, true, NULL},
    {"result", "a.result", LIST_TEXT, NULL, NULL, true, NULL},
    {"before", "a.before_text", LIST_TEXT, NULL, NULL, false, NULL},
    {"after", "a.after_text", LIST_TEXT, NULL, NULL, false, NULL},
};

static const list_source source = {
    .fields = fields,
    .field_count = sizeof(fields) / sizeof(fields[0]),
    .columns = AUDIT_COLUMNS,
    .from = "audit_entry a",
    .key = "a.seq",
    .sort = "-id",
    .search = "a.user_name || ' ' || a.action || ' ' || a.object_name || ' ' || a.address",
};

static platen_code write_entry(rest_request *r, store_stmt *stmt, json_writer *w, void *user,
                               platen_error *err)
{
    (void)r;
    (void)user;
    (void)err;
    audit_write(stmt, w);
    return PLATEN_OK;
}

static platen_code get_log(rest_request *r, platen_error *err)
{
    return list_answer(r, &source, NULL, write_entry, NULL, err);
}

/* One at a time: it reads all of the log and holds a connection meanwhile. */
static platen_code get_verify(rest_request *r, platen_error *err)
{
    static atomic_flag busy = ATOMIC_FLAG_INIT;
    audit_state state;
    audit *log = audit_of(rest_services(r)->store);
    if (log == NULL) {
        return error_set(err, PLATEN_E_UNAVAILABLE, "there is no audit log");
    }
    if (atomic_flag_test_and_set(&busy)) {
        return error_set(err, PLATEN_E_UNAVAILABLE, "the audit log is being checked already");
    }
    platen_code code = audit_verify(log, &state, err);
    atomic_flag_clear(&busy);
    PLATEN_TRY(code);
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_bool(w, "whole", state.whole);
    json_i64(w, "entries", state.entries);
    if (state.whole) {
        json_null(w, "broken");
    } else {
        json_id(w, "broken", state.broken);
    }
    json_text(w, "text", state.text);
    json_object_end(w);
    return PLATEN_OK;
}

#define ENTRY                                                                                      \
    "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},"                           \
    "\"at\":{\"type\":\"string\",\"format\":\"date-time\"},"                                       \
    "\"user\":{\"type\":[\"string\",\"null\"]},\"user_name\":{\"type\":\"string\"},"               \
    "\"way\":{\"type\":\"string\"},\"address\":{\"type\":\"string\"},"                             \
    "\"category\":{\"type\":\"string\"},\"action\":{\"type\":\"string\"},"                         \
    "\"object\":{\"type\":\"string\"},\"object_name\":{\"type\":\"string\"},"                      \
    "\"result\":{\"type\":\"string\",\"description\":\"success or a word of the error table\"},"   \
    "\"before\":{\"type\":[\"object\",\"array\",\"null\"]},"                                       \
    "\"after\":{\"type\":[\"object\",\"array\",\"null\"]}}}"

static const rest_route routes[] = {
    {"GET", "/audit-log", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_STREAM, get_log,
     "Who did what, newest first", NULL,
     "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":" ENTRY "}}}"},
    {"GET", "/audit-log/verify", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY,
     get_verify, "Whether every entry is as it was written", NULL,
     "{\"type\":\"object\",\"properties\":{\"whole\":{\"type\":\"boolean\"},"
     "\"entries\":{\"type\":\"integer\"},\"broken\":{\"type\":[\"string\",\"null\"]},"
     "\"text\":{\"type\":\"string\"}}}"},
};

platen_code rest_audit_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
