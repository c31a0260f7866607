/* Functions and regions in bodies and answers. */
#include "core/rest/rights.h"

#include <stdlib.h>
#include <string.h>

#include "core/rest/function.h"
#include "core/rest/request.h"
#include "access_sql.h"

static void complain(rest_request *r, const char *list, int index, const char *text)
{
    const char *pointer = arena_printf(r->arena, "/%s/%d", list, index);
    rest_invalid(r, pointer != NULL ? pointer : "", "unknown", text);
}

platen_code rights_functions(rest_request *r, const char **functions, platen_error *err)
{
    const cJSON *list = json_get_array(rest_body(r), "functions");
    const cJSON *each = NULL;
    platen_code code = PLATEN_OK;
    int index = 0;
    *functions = NULL;
    if (list == NULL) {
        return PLATEN_OK;
    }
    cJSON_ArrayForEach(each, list)
    {
        if (!function_known(each->valuestring)) {
            complain(r, "functions", index, "there is no such function");
            code =
                error_set(err, PLATEN_E_INVAL, "there is no function '%.48s'", each->valuestring);
        }
        index++;
    }
    PLATEN_TRY(code);
    char *text = cJSON_PrintUnformatted(list);
    *functions = text != NULL ? arena_dup(r->arena, text) : NULL;
    cJSON_free(text);
    if (*functions == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for functions");
    }
    return strlen(*functions) < ACCESS_FUNCTIONS
               ? PLATEN_OK
               : error_set(err, PLATEN_E_TOO_LARGE, "functions of %zu bytes, %d are the most",
                           strlen(*functions), ACCESS_FUNCTIONS - 1);
}

/* ---- regions ---- */

static int64_t id_of(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && strspn(text, "0123456789") == length ? strtoll(text, NULL, 10) : 0;
}

static platen_code is_there(store_conn *conn, int64_t id, bool *found, platen_error *err)
{
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_access_region_is_there, &stmt, err));
    store_bind_i64(stmt, "id", id);
    platen_code code = store_step(stmt, err);
    *found = code == PLATEN_OK;
    store_reset(stmt);
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

static platen_code read_ids(rest_request *r, store_conn *conn, const cJSON *list, int64_t *ids,
                            platen_error *err)
{
    const cJSON *each = NULL;
    bool all_known = true;
    int index = 0;
    cJSON_ArrayForEach(each, list)
    {
        bool found = false;
        ids[index] = id_of(each->valuestring);
        PLATEN_TRY(is_there(conn, ids[index], &found, err));
        if (!found) {
            complain(r, "regions", index, "there is no such region");
            all_known = false;
        }
        index++;
    }
    return all_known ? PLATEN_OK
                     : error_set(err, PLATEN_E_INVAL, "a region is named that does not exist");
}

static int compare(const void *one, const void *other)
{
    const int64_t *a = one;
    const int64_t *b = other;
    return (*a > *b) - (*a < *b);
}

platen_code rights_regions(rest_request *r, bool *set, region_set *out, platen_error *err)
{
    const cJSON *list = json_get_array(rest_body(r), "regions");
    bool said = !json_is_null_or_absent(rest_body(r), "all_regions");
    bool all = json_get_bool(rest_body(r), "all_regions", list == NULL);
    size_t count = list != NULL ? (size_t)cJSON_GetArraySize(list) : 0;
    store_conn *conn = NULL;
    *set = said || list != NULL;
    *out = (region_set){.all = all};
    if (all || count == 0) {
        return PLATEN_OK;
    }
    int64_t *ids = arena_alloc_array(r->arena, count, sizeof(*ids));
    if (ids == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for regions");
    }
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code code = read_ids(r, conn, list, ids, err);
    store_read_end(conn);
    qsort(ids, count, sizeof(*ids), compare);
    out->ids = ids;
    out->count = count;
    return code;
}

/* ---- answers ---- */

void rights_write_functions(json_writer *w, user_role role, bool all, const char *functions)
{
    const function_word *word = NULL;
    if (role != USER_ROLE_DEVICE || !all) {
        json_raw(w, "functions", role == USER_ROLE_DEVICE ? functions : "[]");
        return;
    }
    json_array(w, "functions");
    for (size_t i = 0; (word = function_at(i)) != NULL; i++) {
        json_text(w, NULL, word->id);
    }
    json_array_end(w);
}

void rights_write_regions(json_writer *w, const region_set *regions)
{
    json_bool(w, "all_regions", regions->all);
    json_array(w, "regions");
    for (size_t i = 0; !regions->all && i < regions->count; i++) {
        json_id(w, NULL, regions->ids[i]);
    }
    json_array_end(w);
}

void rights_write_region_list(json_writer *w, bool all, const char *list)
{
    json_bool(w, "all_regions", all);
    json_array(w, "regions");
    while (!all && *list != '\0') {
        size_t length = strcspn(list, ",");
        json_text_n(w, NULL, list, length);
        list += length + (list[length] == ',' ? 1 : 0);
    }
    json_array_end(w);
}

platen_code rights_region_there(rest_request *r, const char *id, bool *found, platen_error *err)
{
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code code = is_there(conn, id_of(id), found, err);
    store_read_end(conn);
    return code;
}
