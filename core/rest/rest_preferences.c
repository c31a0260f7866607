/* /preferences: what holds for the whole installation (DEV-37, DEV-38, DEV-41, DEV-42, TSK-50). */
#include "core/rest/rest_preferences.h"

#include <string.h>

#include "core/base/zone.h"
#include "core/link/link_manager.h"
#include "core/model/user_policy.h"
#include "core/rest/schema.h"
#include "core/rest/services.h"

#define GROUPS_MAX 32

typedef struct group {
    const preference_group *preferences;
    preference_hooks hooks;
    schema *rules;
} group;

/* Written before the server starts, then only read. */
static group groups[GROUPS_MAX];
static size_t group_count;

static const group *find(const char *key)
{
    for (size_t i = 0; i < group_count; i++) {
        if (strcmp(groups[i].preferences->key, key) == 0) {
            return &groups[i];
        }
    }
    return NULL;
}

platen_code rest_preferences_group(const preference_group *g, const preference_hooks *hooks,
                                   platen_error *err)
{
    if (find(g->key) != NULL) { /* a second manager in one process: tests */
        return PLATEN_OK;
    }
    if (group_count == GROUPS_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "more than %d groups of preferences", GROUPS_MAX);
    }
    group *fresh = &groups[group_count];
    PLATEN_TRY(schema_new(g->schema, &fresh->rules, err));
    fresh->preferences = g;
    fresh->hooks = hooks != NULL ? *hooks : (preference_hooks){NULL, NULL};
    group_count++;
    return PLATEN_OK;
}

static platen_code get_preferences(rest_request *r, platen_error *err)
{
    bool manager = rest_who(r)->role == REST_SYSTEM_MANAGER;
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    json_writer *w = rest_json(r, 200);
    platen_code rc = PLATEN_OK;
    json_object(w, NULL);
    for (size_t i = 0; i < group_count && rc == PLATEN_OK; i++) {
        cJSON *tree = NULL;
        if (!manager && !groups[i].preferences->open) {
            continue;
        }
        rc = preference_read(conn, groups[i].preferences, &tree, err);
        if (rc == PLATEN_OK) {
            json_tree(w, groups[i].preferences->key, tree);
        }
        cJSON_Delete(tree);
    }
    json_object_end(w);
    store_read_end(conn);
    return rc;
}

/* ---- changing ---- */

typedef struct faults {
    rest_request *request;
    const char *key;
} faults;

static void complain(const char *pointer, const char *code, const char *text, void *user)
{
    const faults *f = user;
    const char *whole = arena_printf(rest_arena(f->request), "/%s%s", f->key, pointer);
    rest_invalid(f->request, whole != NULL ? whole : "", code, text);
}

static platen_code check_group(rest_request *r, const cJSON *changes, platen_error *err)
{
    const group *g = find(changes->string);
    faults f = {r, changes->string};
    rest_audit_secrets(r, g != NULL ? g->preferences->secrets : NULL);
    if (g == NULL) {
        complain("", "unknown", "there is no such group of preferences", &f);
        return error_set(err, PLATEN_E_INVAL, "there are no preferences '%.64s'", changes->string);
    }
    if (!schema_check(g->rules, changes, complain, &f)) {
        return error_set(err, PLATEN_E_INVAL, "the preferences '%s' do not fit",
                         g->preferences->key);
    }
    return g->hooks.check != NULL ? g->hooks.check(r, changes, err) : PLATEN_OK;
}

static platen_code put_groups(store_conn *conn, void *user, platen_error *err)
{
    rest_request *r = user;
    const cJSON *changes = NULL;
    cJSON_ArrayForEach(changes, rest_body(r))
    {
        PLATEN_TRY(preference_change(conn, find(changes->string)->preferences,
                                     rest_services(r)->key, changes, err));
    }
    return PLATEN_OK;
}

static platen_code patch_preferences(rest_request *r, platen_error *err)
{
    const cJSON *changes = NULL;
    cJSON_ArrayForEach(changes, rest_body(r))
    {
        PLATEN_TRY(check_group(r, changes, err));
    }
    PLATEN_TRY(store_write(rest_services(r)->store, put_groups, r, err));
    cJSON_ArrayForEach(changes, rest_body(r))
    {
        const group *g = find(changes->string);
        if (g->hooks.changed != NULL) {
            g->hooks.changed(rest_services(r));
        }
    }
    return get_preferences(r, err);
}

static void wake_agents(services *s)
{
    link_wake(s->link, 0);
}

/* A zone that the zone data does not have would stop every task. */
static platen_code check_tasks(rest_request *r, const cJSON *changes, platen_error *err)
{
    const char *zone = json_get_text(changes, "zone", "");
    platen_code rc = zone[0] != '\0' ? zone_check(zone, err) : PLATEN_OK;
    if (rc == PLATEN_E_INVAL) {
        rest_invalid(r, "/tasks/zone", "zone", "no time zone of the IANA database");
    }
    return rc;
}

static const rest_route routes[] = {
    {"GET", "/preferences", REST_USER, NULL, REST_REGION_NONE, 0, get_preferences,
     "All groups for system managers, the open ones for everybody", NULL, NULL},
    {"PATCH", "/preferences", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, patch_preferences,
     "Change preferences; what is not named stays",
     "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"object\","
     "\"additionalProperties\":true}}",
     NULL},
};

platen_code rest_preferences_add(rest *router, platen_error *err)
{
    const preference_hooks snmp = {.changed = wake_agents};
    const preference_hooks tasks = {.check = check_tasks};
    PLATEN_TRY(rest_preferences_group(&preference_snmp, &snmp, err));
    PLATEN_TRY(rest_preferences_group(&preference_retention, NULL, err));
    PLATEN_TRY(rest_preferences_group(&preference_tasks, &tasks, err));
    PLATEN_TRY(rest_preferences_group(&preference_device_groups, NULL, err));
    PLATEN_TRY(rest_preferences_group(&preference_manual, NULL, err));
    PLATEN_TRY(rest_preferences_group(&preference_account_policy, NULL, err));
    PLATEN_TRY(rest_preferences_group(&preference_logout, NULL, err));
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
