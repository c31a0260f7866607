/*
 * The subtask "device.manage" {"managed": bool}: takes a device into the managed ones or out of
 * them. It reaches no device, so it is done in the turn that writes the call, once.
 */
#include "core/flow/flow_private.h"

#include <string.h>

#include "core/base/json.h"
#include "device_sql.h"
#include "flow_sql.h"

static platen_code patch(store_conn *conn, int64_t device, bool managed, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_device_patch, &st, err));
    store_bind_null(st, "name");
    store_bind_null(st, "location");
    store_bind_null(st, "comment");
    store_bind_null(st, "link");
    store_bind_i64(st, "managed", managed ? 1 : 0);
    store_bind_i64(st, "id", device);
    platen_code rc = store_step(st, err);
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static void write_answer(json_writer *w, const char *state, const char *code, const char *text,
                         const bool *to)
{
    json_object(w, NULL);
    json_text(w, "state", state);
    json_text(w, "code", code);
    json_text(w, "text", text);
    json_raw(w, "params", "{}");
    if (to != NULL) {
        json_array(w, "changes");
        json_object(w, NULL);
        json_text(w, "path", "/managed");
        json_bool(w, "from", !*to);
        json_bool(w, "to", *to);
        json_object_end(w);
        json_array_end(w);
    }
    json_object_end(w);
}

static platen_code decide(store_conn *conn, const flow_run *r, const flow_item *i,
                          const cJSON *settings, json_writer *w, platen_error *err)
{
    int64_t device = flow_co_ask(i->co)->device;
    bool to = json_get_bool(settings, "managed", false);
    store_stmt *st = NULL;
    if (!cJSON_IsBool(cJSON_GetObjectItemCaseSensitive(settings, "managed"))) {
        write_answer(w, "error", "inval", "settings of 'device.manage': /managed is no boolean",
                     NULL);
        return PLATEN_OK;
    }
    PLATEN_TRY(store_prepare(conn, &sql_flow_device, &st, err));
    store_bind_i64(st, "id", device);
    platen_code rc = store_step(st, err);
    bool there = rc == PLATEN_OK;
    bool is = there && store_i64(st, 14) != 0;
    bool reached = there && (device == i->device || flow_may_reach(r, store_i64(st, 22)));
    store_reset(st);
    if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    if (!reached) {
        write_answer(w, "skipped", there ? "not-in-region" : "removed",
                     there ? "the device is not of the task's regions" : "the device is gone",
                     NULL);
        return PLATEN_OK;
    }
    write_answer(w, "success", "", to ? "managed" : "not managed", is != to ? &to : NULL);
    return is == to || r->preview ? PLATEN_OK : patch(conn, device, to, err);
}

platen_code flow_manage(store_conn *conn, const flow_run *r, flow_item *i, platen_error *err)
{
    const char *text = flow_co_ask(i->co)->settings;
    cJSON *settings = NULL;
    strbuf out;
    json_writer w;
    PLATEN_TRY(json_parse(text, strlen(text), &settings, err));
    strbuf_init(&out);
    json_init(&w, &out);
    platen_code rc = decide(conn, r, i, settings, &w, err);
    if (rc == PLATEN_OK) {
        i->answer = strbuf_take(&out);
    }
    strbuf_fini(&out);
    cJSON_Delete(settings);
    return rc;
}
