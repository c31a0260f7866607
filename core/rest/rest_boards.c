/*
 * /dashboards and /panels (DEV-154 to DEV-160, ACC-51, ACC-52): the panels that somebody has, in
 * order, and what each shows. A panel that whoever looks may not see is left out, not refused: the
 * functions of a user may have changed since.
 */
#include "core/rest/rest_boards.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/model/board.h"
#include "core/rest/panel.h"
#include "core/rest/request.h"
#include "core/rest/services.h"

typedef struct setting {
    unsigned flag;
    const char *name;
    int64_t least, most;
} setting;

static const setting settings[] = {
    {PANEL_DAYS, "days", 1, 365}, {PANEL_LIMIT, "limit", 1, 50}, {PANEL_BELOW, "below", 1, 100}};
#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

static int64_t *member_of(panel_settings *p, unsigned flag)
{
    return flag == PANEL_DAYS ? &p->days : flag == PANEL_LIMIT ? &p->limit : &p->below;
}

static bool may_see(rest_request *r, const panel_type *type)
{
    const access_identity *who = &r->identity;
    return type->function == NULL || who->role == USER_ROLE_SYSTEM ||
           (who->role == USER_ROLE_USER && type->users) ||
           (who->role == USER_ROLE_DEVICE && access_has_function(who, type->function));
}

/* ---- what panels there are, and what they show ---- */

static bool has_table(const panel_type *type)
{
    return type->write != NULL || type->write_apart != NULL;
}

static void write_type(const panel_type *type, json_writer *w)
{
    panel_settings preset = type->preset;
    json_object(w, NULL);
    json_text(w, "type", type->id);
    json_bool(w, "wide", type->wide);
    json_bool(w, "chart", type->chart);
    json_bool(w, "table", has_table(type));
    if (type->title != NULL) {
        json_text(w, "title", type->title);
    }
    json_array(w, "settings");
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if ((type->settings & settings[i].flag) != 0) {
            json_object(w, NULL);
            json_text(w, "name", settings[i].name);
            json_i64(w, "minimum", settings[i].least);
            json_i64(w, "maximum", settings[i].most);
            json_i64(w, "preset", *member_of(&preset, settings[i].flag));
            json_object_end(w);
        }
    }
    json_array_end(w);
    json_object_end(w);
}

static platen_code get_panels(rest_request *r, platen_error *err)
{
    const panel_type *type = NULL;
    json_writer *w = rest_json(r, 200);
    (void)err;
    json_object(w, NULL);
    json_array(w, "items");
    for (size_t i = 0; (type = panel_at(i)) != NULL; i++) {
        if (may_see(r, type)) {
            write_type(type, w);
        }
    }
    json_array_end(w);
    json_object_end(w);
    return PLATEN_OK;
}

/* Settings come as a query: ?days=30&limit=10. */
static platen_code read_query(rest_request *r, const panel_type *type, panel_settings *p,
                              platen_error *err)
{
    *p = type->preset;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const char *text = rest_query(r, settings[i].name);
        if (text == NULL) {
            continue;
        }
        char *end = NULL;
        int64_t value = strtoll(text, &end, 10);
        if ((type->settings & settings[i].flag) == 0 || text[0] == '\0' || *end != '\0' ||
            value < settings[i].least || value > settings[i].most) {
            rest_invalid(r, settings[i].name, "range", "is none that this panel takes");
            return error_set(err, PLATEN_E_INVAL, "'%s' is none that this panel takes",
                             settings[i].name);
        }
        *member_of(p, settings[i].flag) = value;
    }
    return PLATEN_OK;
}

static platen_code get_panel(rest_request *r, platen_error *err)
{
    panel_settings p;
    store_conn *conn = NULL;
    const region_set *regions = rest_regions_of(r);
    const panel_type *type = panel_find(rest_param(r, "type"));
    if (type == NULL || !has_table(type) || !may_see(r, type)) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no panel '%s' with a table",
                         rest_param(r, "type"));
    }
    PLATEN_TRY(read_query(r, type, &p, err));
    p.language = rest_language(r);
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_text(w, "type", type->id);
    json_time(w, "at", clock_now());
    if (type->write_apart != NULL) {
        PLATEN_TRY(type->write_apart(type, rest_services(r)->store, regions, &p, w, err));
    } else {
        PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
        platen_code rc = type->write(conn, regions, &p, w, err);
        store_read_end(conn);
        PLATEN_TRY(rc);
    }
    json_object_end(w);
    return PLATEN_OK;
}

/* ---- dashboards ---- */

static platen_code owner_of(rest_request *r, int64_t *owner, platen_error *err)
{
    const char *name = rest_param(r, "name");
    bool managers = strcmp(name, "administrator") == 0;
    bool may = !managers || r->identity.role == USER_ROLE_SYSTEM; /* ACC-51, DEV-155 */
    if (!may || (!managers && strcmp(name, "own") != 0)) {
        return error_set(
            err, may ? PLATEN_E_NOT_FOUND : PLATEN_E_FORBIDDEN,
            may ? "there is no dashboard '%s'" : "the dashboard '%s' is for system managers", name);
    }
    if (!managers && rest_who(r)->user == 0) {
        return error_set(err, PLATEN_E_FORBIDDEN, "a token without a user has no dashboard");
    }
    *owner = managers ? BOARD_OF_MANAGERS : rest_who(r)->user;
    return PLATEN_OK;
}

static void write_panel(rest_request *r, const cJSON *panel, json_writer *w)
{
    const panel_type *type = panel_find(json_get_text(panel, "type", ""));
    const cJSON *set = json_get_object(panel, "settings");
    if (type == NULL || !may_see(r, type)) {
        return;
    }
    json_object(w, NULL);
    json_text(w, "type", type->id);
    json_bool(w, "wide", type->wide && json_get_bool(panel, "wide", false));
    json_object(w, "settings");
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if ((type->settings & settings[i].flag) != 0) {
            panel_settings preset = type->preset;
            json_i64(w, settings[i].name,
                     json_get_i64(set, settings[i].name, *member_of(&preset, settings[i].flag)));
        }
    }
    json_object_end(w);
    json_object_end(w);
}

static platen_code answer(rest_request *r, int64_t owner, platen_error *err)
{
    const char *stored = NULL;
    cJSON *panels = NULL;
    const cJSON *panel = NULL;
    PLATEN_TRY(board_read(rest_services(r)->store, rest_arena(r), owner, &stored, err));
    const char *text = stored != NULL ? stored : panel_presets(owner == BOARD_OF_MANAGERS);
    PLATEN_TRY(json_parse(text, strlen(text), &panels, err));
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_text(w, "name", owner == BOARD_OF_MANAGERS ? "administrator" : "own");
    json_bool(w, "preset", stored == NULL);
    json_array(w, "panels");
    cJSON_ArrayForEach(panel, panels)
    {
        write_panel(r, panel, w);
    }
    json_array_end(w);
    json_object_end(w);
    cJSON_Delete(panels);
    return PLATEN_OK;
}

static platen_code get_board(rest_request *r, platen_error *err)
{
    int64_t owner = 0;
    PLATEN_TRY(owner_of(r, &owner, err));
    return answer(r, owner, err);
}

static bool fits(rest_request *r, const cJSON *panel, int position)
{
    const panel_type *type = panel_find(json_get_text(panel, "type", ""));
    const cJSON *each = NULL;
    const char *pointer = arena_printf(rest_arena(r), "/panels/%d", position);
    const char *where = pointer != NULL ? pointer : "/panels";
    if (type == NULL || !may_see(r, type)) {
        rest_invalid(r, where, "not-found", "there is no such panel");
        return false;
    }
    if (json_get_bool(panel, "wide", false) && !type->wide) {
        rest_invalid(r, where, "range", "the width of this panel cannot be changed");
        return false;
    }
    cJSON_ArrayForEach(each, json_get_object(panel, "settings"))
    {
        for (size_t i = 0; i < SETTING_COUNT; i++) {
            if (strcmp(each->string, settings[i].name) == 0 &&
                (type->settings & settings[i].flag) == 0) {
                rest_invalid(r, where, "unknown", "this panel has no such setting");
                return false;
            }
        }
    }
    return true;
}

static platen_code put_board(rest_request *r, platen_error *err)
{
    const cJSON *panels = json_get_array(rest_body(r), "panels");
    const cJSON *panel = NULL;
    int64_t owner = 0;
    int position = 0;
    bool good = true;
    PLATEN_TRY(owner_of(r, &owner, err));
    cJSON_ArrayForEach(panel, panels)
    {
        good = fits(r, panel, position++) && good;
    }
    if (!good) {
        return error_set(err, PLATEN_E_INVAL, "there are panels that cannot be");
    }
    char *text = panels != NULL ? cJSON_PrintUnformatted(panels) : NULL;
    if (panels != NULL && text == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a dashboard");
    }
    platen_code rc = board_put(rest_services(r)->store, owner, text, err);
    cJSON_free(text);
    return rc == PLATEN_OK ? answer(r, owner, err) : rc;
}

static const char put_schema[] =
    "{\"type\":\"object\",\"properties\":{\"panels\":{\"type\":\"array\",\"maxItems\":40,\"items\":"
    "{"
    "\"type\":\"object\",\"required\":[\"type\"],\"properties\":{"
    "\"type\":{\"type\":\"string\",\"maxLength\":64},"
    "\"wide\":{\"type\":\"boolean\"},"
    "\"settings\":{\"type\":\"object\",\"properties\":{"
    "\"days\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":365},"
    "\"limit\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":50},"
    "\"below\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100}}}}}}}}";

static const rest_route routes[] = {
    {"GET", "/panels", REST_USER, NULL, REST_REGION_NONE, 0, get_panels,
     "The panels that a dashboard can have", NULL, NULL},
    {"GET", "/panels/{type}", REST_USER, NULL, REST_REGION_OWN, REST_PASSIVE, get_panel,
     "What a panel shows, as a table", NULL, NULL},
    {"GET", "/dashboards/{name}", REST_USER, NULL, REST_REGION_NONE, 0, get_board,
     "The panels of a dashboard: own, or administrator", NULL, NULL},
    {"PUT", "/dashboards/{name}", REST_USER, NULL, REST_REGION_NONE, REST_SMALL_BODY, put_board,
     "Change a dashboard; without panels it is as new", put_schema, NULL},
};

platen_code rest_boards_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
