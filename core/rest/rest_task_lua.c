/* See the header. */
#include "core/rest/rest_task_lua.h"

#include <inttypes.h>
#include <string.h>

#include "core/flow/batch_lua.h"
#include "core/rest/services.h"
#include "core/store/store.h"
#include "run_sql.h"

#define BATCH "flow.batch"

static platen_code write_text(store_stmt *st, strbuf *out, platen_error *err)
{
    const char *settings = store_text(st, 6);
    cJSON *tree = NULL;
    if (strcmp(store_text(st, 1), BATCH) != 0) {
        return error_set(err, PLATEN_E_UNSUPPORTED,
                         "a task of kind '%s' has no text in Lua, one of kind '" BATCH "' has",
                         store_text(st, 1));
    }
    PLATEN_TRY(json_parse(settings, strlen(settings), &tree, err));
    platen_code rc = batch_lua_write(tree, store_text(st, 2), out, err);
    cJSON_Delete(tree);
    return rc;
}

static platen_code read_text(rest_request *r, int64_t task, strbuf *out, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_task_by_id, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", task);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        rc = write_text(st, out, err);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        rc = error_set(err, rc, "there is no task %" PRId64, task);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

platen_code rest_task_lua(rest_request *r, int64_t task, platen_error *err)
{
    strbuf text;
    strbuf_init(&text);
    platen_code rc = read_text(r, task, &text, err);
    if (rc == PLATEN_OK && rest_stream_begin(r, "text/x-lua; charset=utf-8")) {
        (void)rest_stream_write(r, text.data, text.length);
    }
    strbuf_fini(&text);
    return rc;
}
