/* A user's own page settings: an object that is merged member by member. No state. */
#include <string.h>

#include "core/base/json.h"
#include "core/model/user_private.h"
#include "user_sql.h"

#define PREFERENCES_MAX 65536u

typedef struct preference_change {
    arena *arena;
    int64_t id;
    const char *patch;
    const char *merged;
} preference_change;

/* Members of `patch` replace those of `target`, null removes: one level, as docs/rest.md says. */
static platen_code merge(cJSON *target, const cJSON *patch, platen_error *err)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, patch)
    {
        cJSON_DeleteItemFromObjectCaseSensitive(target, each->string);
        if (cJSON_IsNull(each)) {
            continue;
        }
        cJSON *copy = cJSON_Duplicate(each, true);
        if (copy == NULL || !cJSON_AddItemToObject(target, each->string, copy)) {
            cJSON_Delete(copy);
            return error_set(err, PLATEN_E_NOMEM, "no memory for preferences");
        }
    }
    return PLATEN_OK;
}

static platen_code merge_texts(preference_change *c, const char *old, platen_error *err)
{
    cJSON *target = NULL;
    cJSON *patch = NULL;
    platen_code code = json_parse(old, strlen(old), &target, err);
    if (code == PLATEN_OK) {
        code = json_parse(c->patch, strlen(c->patch), &patch, err);
    }
    if (code == PLATEN_OK) {
        code = merge(target, patch, err);
    }
    char *text = code == PLATEN_OK ? cJSON_PrintUnformatted(target) : NULL;
    if (code == PLATEN_OK && (text == NULL || (c->merged = arena_dup(c->arena, text)) == NULL)) {
        code = error_set(err, PLATEN_E_NOMEM, "no memory for preferences");
    }
    if (code == PLATEN_OK && strlen(text) > PREFERENCES_MAX) {
        code = error_set(err, PLATEN_E_TOO_LARGE, "preferences of %zu bytes, %u are the most",
                         strlen(text), PREFERENCES_MAX);
    }
    cJSON_free(text);
    cJSON_Delete(patch);
    cJSON_Delete(target);
    return code;
}

static platen_code write_preferences(store_conn *conn, void *user, platen_error *err)
{
    preference_change *c = user;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_user_by_id, &stmt, err));
    store_bind_i64(stmt, "id", c->id);
    platen_code code = store_step(stmt, err);
    if (code == PLATEN_OK) {
        code = merge_texts(c, store_text(stmt, 5), err);
    } else if (code == PLATEN_E_NOT_FOUND) {
        code = error_set(err, code, "there is no user %lld", (long long)c->id);
    }
    store_reset(stmt);
    PLATEN_TRY(code);
    PLATEN_TRY(store_prepare(conn, &sql_user_set_preferences, &stmt, err));
    store_bind_text(stmt, "preferences", c->merged);
    store_bind_i64(stmt, "id", c->id);
    code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

platen_code user_merge_preferences(store *s, arena *a, int64_t id, const char *patch,
                                   const char **merged, platen_error *err)
{
    preference_change change = {.arena = a, .id = id, .patch = patch};
    PLATEN_TRY(store_write(s, write_preferences, &change, err));
    *merged = change.merged;
    return PLATEN_OK;
}
