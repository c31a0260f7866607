/*
 * Task kinds that drivers on agents bring (docs/link.md). What a hello says is checked, stands in
 * the agent's row, and is registered from there: so they are there before the agent calls again. Of
 * two agents with the same id the one that said hello last counts.
 */
#include "core/link/link_private.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/model/device.h"
#include "core/run/kind.h"
#include "agent_sql.h"

#define LOG_SOURCE "link"
#include "core/base/log.h"

#define KINDS_MAX 64 /* of an agent */
#define TITLE_MAX 200
#define SETTINGS_MAX 16384
#define LIMIT_MAX_S 86400

static platen_code check_settings(const link_manager *l, const cJSON *settings, platen_error *err)
{
    if (strcmp(json_get_text(settings, "type", ""), "object") != 0) {
        return error_set(err, PLATEN_E_INVAL, "its settings are not of type \"object\"");
    }
    char *text = cJSON_PrintUnformatted(settings);
    platen_code rc = PLATEN_OK;
    if (text == NULL) {
        rc = error_set(err, PLATEN_E_NOMEM, "no memory");
    } else if (strlen(text) > SETTINGS_MAX) {
        rc = error_set(err, PLATEN_E_TOO_LARGE, "its settings have %zu bytes, at most %d can be",
                       strlen(text), SETTINGS_MAX);
    } else if (l->schema != NULL) {
        rc = l->schema(text, err);
    }
    cJSON_free(text);
    return rc;
}

static platen_code check(const link_manager *l, const cJSON *item, platen_error *err)
{
    const char *id = json_get_text(item, "id", "");
    size_t title = strlen(json_get_text(item, "title", ""));
    int64_t limit_s = json_get_i64(item, "limit_s", 0);
    const task_kind *known = kind_find(id);
    if (!text_is_action_id(id)) {
        return error_set(err, PLATEN_E_INVAL,
                         "its id is not <group>.<name> of a-z, 0-9 and '-', or the core's");
    }
    if (known != NULL && (known->flags & KIND_PLUGIN) == 0) {
        return error_set(err, PLATEN_E_EXISTS,
                         "the core, a feature or a script has a kind of that id");
    }
    if (title < 1 || title > TITLE_MAX) {
        return error_set(err, PLATEN_E_INVAL, "its title has %zu bytes, 1 to %d can be", title,
                         TITLE_MAX);
    }
    if (limit_s < 1 || limit_s > LIMIT_MAX_S) {
        return error_set(err, PLATEN_E_INVAL, "its limit is %" PRId64 " s, 1 to %d can be", limit_s,
                         LIMIT_MAX_S);
    }
    return check_settings(l, json_get_object(item, "settings"), err);
}

static bool holds(const cJSON *kinds, const char *id)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, kinds)
    {
        if (strcmp(json_get_text(item, "id", ""), id) == 0) {
            return true;
        }
    }
    return false;
}

platen_code link_kinds_check(const link_manager *l, int64_t agent, const cJSON *kinds, char **text,
                             platen_error *err)
{
    cJSON *good = cJSON_CreateArray();
    const cJSON *item = NULL;
    int left = KINDS_MAX;
    cJSON_ArrayForEach(item, kinds)
    {
        const char *id = json_get_text(item, "id", "");
        platen_error why = PLATEN_ERROR_INIT;
        if (left-- == 0) {
            log_warning("agent %" PRId64 " brings %d task kinds, the first %d are taken", agent,
                        cJSON_GetArraySize(kinds), KINDS_MAX);
            break;
        }
        if (check(l, item, &why) != PLATEN_OK) {
            log_warning("task kind '%.63s' of agent %" PRId64 " is refused: %s", id, agent,
                        why.text);
        } else if (!holds(good, id)) {
            cJSON *one = cJSON_Duplicate(item, true);
            if (!cJSON_AddItemToArray(good, one)) {
                cJSON_Delete(one);
            }
        }
    }
    *text = cJSON_PrintUnformatted(good);
    cJSON_Delete(good);
    return *text != NULL ? PLATEN_OK
                         : error_set(err, PLATEN_E_NOMEM, "no memory for the kinds of an agent");
}

/* What is in it already is of an agent that said hello later. */
static platen_code gather(store_stmt *st, cJSON *all, platen_error *err)
{
    const char *text = store_text(st, 1);
    cJSON *kinds = NULL;
    PLATEN_TRY(json_parse(text, strlen(text), &kinds, err));
    while (cJSON_GetArraySize(kinds) > 0) {
        cJSON *item = cJSON_DetachItemFromArray(kinds, 0);
        if (holds(all, json_get_text(item, "id", "")) || !cJSON_AddItemToArray(all, item)) {
            cJSON_Delete(item);
        }
    }
    cJSON_Delete(kinds);
    return PLATEN_OK;
}

static platen_code read_all(store_conn *conn, cJSON *all, platen_error *err)
{
    store_stmt *st = NULL;
    platen_code rc = store_prepare(conn, &sql_agent_kinds, &st, err);
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        rc = gather(st, all, err);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* What was put stays in memory: only what is new is. */
static platen_code put(const cJSON *item, platen_error *err)
{
    char *settings = cJSON_PrintUnformatted(json_get_object(item, "settings"));
    if (settings == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a task kind");
    }
    const task_kind kind = {
        .id = json_get_text(item, "id", ""),
        .title = json_get_text(item, "title", ""),
        .targets = KIND_DEVICES,
        .where = KIND_ON_AGENT,
        .flags = KIND_PLUGIN | (json_get_bool(item, "writes", false) ? KIND_WRITES : 0) |
                 (json_get_bool(item, "verify", false) ? KIND_VERIFY : 0),
        .settings = settings,
        .limit_ms = 1000 * json_get_i64(item, "limit_s", 1),
        .visit = DEVICE_VISIT_INFORMATION}; /* the agent reads the device again after a change */
    const task_kind *old = kind_find(kind.id);
    if (old != NULL && (old->flags & KIND_PLUGIN) == 0) { /* a feature's or a script's by now */
        cJSON_free(settings);
        return PLATEN_OK;
    }
    bool same = old != NULL && strcmp(old->title, kind.title) == 0 && old->flags == kind.flags &&
                strcmp(old->settings, settings) == 0 && old->limit_ms == kind.limit_ms;
    platen_code rc = same ? PLATEN_OK : kind_put(&kind, err);
    cJSON_free(settings);
    return rc;
}

static void drop_others(const cJSON *all)
{
    const task_kind *kind = NULL;
    for (size_t i = 0; (kind = kind_at(i)) != NULL;) {
        if ((kind->flags & KIND_PLUGIN) != 0 && !holds(all, kind->id)) {
            kind_drop(kind->id);
        } else {
            i++;
        }
    }
}

platen_code link_kinds_register(store_conn *conn, platen_error *err)
{
    cJSON *all = cJSON_CreateArray();
    const cJSON *item = NULL;
    if (all == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the kinds of agents");
    }
    platen_code rc = read_all(conn, all, err);
    cJSON_ArrayForEach(item, all)
    {
        rc = rc == PLATEN_OK ? put(item, err) : rc;
    }
    if (rc == PLATEN_OK) {
        drop_others(all);
    }
    cJSON_Delete(all);
    return rc;
}

platen_code link_manager_take_kinds(link_manager *l, link_schema_fn schema, platen_error *err)
{
    store_conn *conn = NULL;
    l->schema = schema;
    PLATEN_TRY(store_read(l->store, &conn, err));
    platen_code rc = link_kinds_register(conn, err);
    store_read_end(conn);
    return rc;
}
