/* /reports: tables of devices and of the audit log as files (MON-46, MON-51 to MON-81). */
#include "core/rest/rest_reports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rest/group_list.h"
#include "core/rest/list_work.h"
#include "core/rest/reports.h"
#include "core/rest/schema.h"
#include "core/rest/totals.h"

static bool may_see(rest_request *r, overview_type type)
{
    return type != OVERVIEW_AUDIT_LOG || rest_who(r)->role == REST_SYSTEM_MANAGER; /* MON-85 */
}

/* Of a plugin: what it takes, too. */
static void write_source(const overview_source *source, json_writer *w)
{
    json_object(w, NULL);
    json_text(w, "name", source->id);
    json_text(w, "title", source->title);
    json_raw(w, "settings", source->settings != NULL ? source->settings : "null");
    json_object_end(w);
}

static platen_code get_reports(rest_request *r, platen_error *err)
{
    (void)err;
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_array(w, "items");
    for (int i = 0; i < OVERVIEW_TYPES; i++) {
        if (may_see(r, (overview_type)i)) {
            json_object(w, NULL);
            json_text(w, "name", overview_word((overview_type)i));
            json_text(w, "title", overview_title((overview_type)i));
            json_object_end(w);
        }
    }
    for (size_t i = 0; overview_source_at(i) != NULL; i++) {
        write_source(overview_source_at(i), w);
    }
    json_array_end(w);
    json_object_end(w);
    return PLATEN_OK;
}

typedef struct answering {
    rest_request *request;
    const sheet_options *options;
    const char *word;
    bool begun, gone;
} answering;

static platen_code write_bytes(const void *data, size_t length, void *user, platen_error *err)
{
    answering *a = user;
    char name[96];
    if (!a->begun) {
        (void)snprintf(name, sizeof(name), "attachment; filename=\"%s%s\"", a->word,
                       sheet_suffix(a->options->format));
        rest_answer_header(a->request, "Content-Disposition", name);
        a->begun = true;
        a->gone = !rest_stream_begin(a->request, sheet_media_type(a->options->format));
    }
    if (a->gone || !rest_stream_write(a->request, data, length)) {
        a->gone = true;
        return error_set(err, PLATEN_E_CANCELLED, "the client has gone");
    }
    return PLATEN_OK;
}

typedef struct group_ask {
    int64_t group;
    int64_t *devices;
    size_t count;
} group_ask;

static platen_code find_devices(store_conn *conn, void *user, platen_error *err)
{
    group_ask *g = user;
    return group_devices(conn, &g->group, 1, &g->devices, &g->count, NULL, err);
}

static platen_code take_days(rest_request *r, int64_t *days, platen_error *err)
{
    const char *text = rest_query(r, "days");
    char *end = NULL;
    *days = text != NULL ? strtoll(text, &end, 10) : 30;
    if (text != NULL && (end == text || *end != '\0' || *days < 1 || *days > 3650)) {
        rest_invalid(r, "?days", "range", "days from 1 to 3650");
        return error_set(err, PLATEN_E_INVAL, "there is no report of so many days");
    }
    return PLATEN_OK;
}

static bool is_counter(const char *counter, void *user)
{
    return strcmp(counter, user) == 0;
}

/* Of counters: one of them, and the periods of their totals. */
static platen_code take_counter(rest_request *r, overview_ask *ask, platen_error *err)
{
    const char *unit = rest_query(r, "unit");
    const char *counter = rest_query(r, "counter");
    ask->unit = TOTALS_MONTHLY;
    if (unit != NULL && !totals_unit_of(unit, &ask->unit)) {
        rest_invalid(r, "?unit", "enum", "daily, weekly, monthly or yearly");
        return error_set(err, PLATEN_E_INVAL, "there are no periods '%.40s'", unit);
    }
    if (counter != NULL) {
        ask->wants = is_counter;
        ask->user = arena_dup(rest_arena(r), counter);
    }
    return PLATEN_OK;
}

/* ACC-94: of one of the own regions. `only` is what `regions` then points at. */
static platen_code take_region(rest_request *r, int64_t *only, region_set *regions,
                               platen_error *err)
{
    const char *text = rest_query(r, "region");
    char *end = NULL;
    if (text == NULL) {
        return PLATEN_OK;
    }
    *only = strtoll(text, &end, 10);
    if (*end != '\0' || *only < 1 || !rest_in_regions(r, *only)) {
        rest_invalid(r, "?region", "not-found", "is none of the own regions");
        return error_set(err, PLATEN_E_INVAL, "'%.40s' is none of the own regions", text);
    }
    *regions = (region_set){.ids = only, .count = 1};
    return PLATEN_OK;
}

static void tell_setting(const char *pointer, const char *code, const char *text, void *user)
{
    rest_request *r = user;
    const char *whole = arena_printf(rest_arena(r), "?settings%s", pointer);
    rest_invalid(r, whole != NULL ? whole : "?settings", code, text);
}

/* Of a plugin's report: ?settings= is JSON that keeps its schema. */
static platen_code take_settings(rest_request *r, overview_ask *ask, platen_error *err)
{
    const char *text = rest_query(r, "settings");
    cJSON *tree = NULL;
    ask->settings = text != NULL ? text : "{}";
    if (ask->source->settings == NULL && text == NULL) {
        return PLATEN_OK;
    }
    if (json_parse(ask->settings, strlen(ask->settings), &tree, err) != PLATEN_OK) {
        rest_invalid(r, "?settings", "format", "is no JSON");
        return PLATEN_E_INVAL;
    }
    platen_code rc = overview_check(ask->source, tree, tell_setting, r, err);
    cJSON_Delete(tree);
    return rc;
}

/* The core's own, or a plugin's. */
static platen_code find_report(rest_request *r, const char *name, overview_ask *ask,
                               const char **title, platen_error *err)
{
    ask->source = overview_source_find(name);
    ask->language = rest_query(r, "language");
    if (ask->source != NULL) {
        *title = ask->source->title_in(ask->source, ask->language);
        return take_settings(r, ask, err);
    }
    if (!overview_of(name, &ask->type)) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no report '%.40s'", name);
    }
    *title = overview_title(ask->type);
    return may_see(r, ask->type)
               ? PLATEN_OK
               : error_set(err, PLATEN_E_FORBIDDEN, "the audit log is for system managers");
}

/* Without a type of file that is asked for it is CSV. */
static platen_code get_report(rest_request *r, platen_error *err)
{
    overview_ask ask = {.regions = *rest_regions_of(r), .category = rest_query(r, "category")};
    group_ask g = {.group = 0};
    region_set only;
    int64_t region = 0;
    int64_t rows = 0;
    answering a = {.request = r, .word = rest_param(r, "name")};
    sheet_options options = {.format = SHEET_CSV, .sink = write_bytes, .user = &a};
    PLATEN_TRY(find_report(r, a.word, &ask, &options.title, err));
    PLATEN_TRY(take_days(r, &ask.days, err));
    PLATEN_TRY(take_counter(r, &ask, err));
    PLATEN_TRY(take_region(r, &region, &ask.regions, err));
    (void)list_wants_sheet(r, &options.format);
    a.options = &options;
    if (rest_query(r, "group") != NULL) {
        g.group = strtoll(rest_query(r, "group"), NULL, 10);
        PLATEN_TRY(store_write(rest_services(r)->store, find_devices, &g, err));
        only = (region_set){.ids = g.devices, .count = g.count};
        ask.only = &only;
    }
    platen_code rc = overview_write(rest_services(r)->store, &ask, &options, &rows, err);
    free(g.devices);
    return a.gone ? PLATEN_OK : rc;
}

static const rest_route routes[] = {
    {"GET", "/reports", REST_USER, "reports", REST_REGION_NONE, 0, get_reports,
     "The reports that there are", NULL, NULL},
    {"GET", "/reports/{name}", REST_USER, "reports", REST_REGION_OWN, REST_STREAM, get_report,
     "A report as CSV, XLSX or text", NULL, NULL},
};

platen_code rest_reports_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
