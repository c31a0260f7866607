/* http/1, page/1, report/1, panel/1, locale/1 of the fake host: what people see of a feature. */
#include "hostkit_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

struct platen_table {
    hostkit *kit;
    char *text;
    size_t size;
    size_t length;
    bool first;
};

/* ---- routes, pages, catalogues ---- */

static platen_code http_route(platen_ctx *ctx, const platen_route *r, platen_error *err)
{
    hostkit *kit = ctx->kit;
    char id[256];
    PLATEN_TRY(hostkit_registering(ctx, r->size, sizeof(*r), err));
    if (r->method == NULL || r->path == NULL || r->path[0] != '/' || r->handle == NULL ||
        r->access < PLATEN_ACCESS_USER || r->access > PLATEN_ACCESS_SYSTEM_MANAGER ||
        r->region < PLATEN_REGION_NONE || r->region > PLATEN_REGION_OWN || (r->flags & ~15u) != 0 ||
        !hostkit_is_text(r->summary, 200) ||
        (r->access == PLATEN_ACCESS_DEVICE_MANAGER && r->function == NULL) ||
        (r->body != NULL && !hostkit_is_json(r->body, true)) ||
        (r->answer != NULL && !hostkit_is_json(r->answer, true))) {
        return hostkit_wrong(kit, "a route", r->path, err);
    }
    (void)snprintf(id, sizeof(id), "%s %s", r->method, r->path);
    entry *e = hostkit_keep(kit, HOSTKIT_ROUTE, id, NULL, NULL, err);
    if (e != NULL) {
        e->user = r->user;
        e->release = r->release;
    }
    return hostkit_kept(e);
}

const platen_http hostkit_http = {.size = sizeof(platen_http), .route = http_route};

/* Operations that a page names are registered before it. */
static bool operations_are_there(const hostkit *kit, const cJSON *tree)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, tree)
    {
        if (item->string != NULL && strcmp(item->string, "operation") == 0 &&
            cJSON_IsString(item) &&
            hostkit_find(kit, HOSTKIT_OPERATION, item->valuestring) == NULL) {
            return false;
        }
        if (item->child != NULL && !operations_are_there(kit, item)) {
            return false;
        }
    }
    return true;
}

static platen_code page_add(platen_ctx *ctx, const char *json, platen_error *err)
{
    hostkit *kit = ctx->kit;
    PLATEN_TRY(hostkit_registering(ctx, 4, 4, err));
    cJSON *tree = cJSON_Parse(json);
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(tree, "id");
    platen_code rc = PLATEN_OK;
    if (!cJSON_IsString(id) || cJSON_GetObjectItemCaseSensitive(tree, "list") == NULL ||
        cJSON_GetObjectItemCaseSensitive(tree, "title") == NULL) {
        rc = hostkit_wrong(kit, "a page", cJSON_IsString(id) ? id->valuestring : NULL, err);
    } else if (!operations_are_there(kit, tree)) {
        rc = hostkit_wrong(kit, "a page with an operation that is not there", id->valuestring, err);
    } else {
        rc = hostkit_kept(hostkit_keep(kit, HOSTKIT_PAGE, id->valuestring, json, NULL, err));
    }
    cJSON_Delete(tree);
    return rc;
}

const platen_pages hostkit_pages = {(uint32_t)sizeof(platen_pages), page_add};

static cJSON *catalogue(const hostkit *kit, const char *language)
{
    char path[1200];
    (void)snprintf(path, sizeof(path), "%s/locales/%s.json", kit->folder, language);
    FILE *file = fopen(path, "rbe");
    char *text = file != NULL ? calloc(1, PLATEN_LOCALE_BYTES + 1) : NULL;
    cJSON *tree = NULL;
    if (text != NULL && fread(text, 1, PLATEN_LOCALE_BYTES, file) > 0) {
        tree = cJSON_ParseWithOpts(text, NULL, 1);
    }
    free(text);
    if (file != NULL) {
        (void)fclose(file);
    }
    return tree;
}

/* Each key of `a` begins with the plugin's name and is in `b`. */
static bool keys_match(const hostkit *kit, const cJSON *a, const cJSON *b, platen_error *err)
{
    const cJSON *item = NULL;
    size_t length = strlen(kit->plugin->name);
    cJSON_ArrayForEach(item, a)
    {
        if (strncmp(item->string, kit->plugin->name, length) != 0 || item->string[length] != '.' ||
            cJSON_GetObjectItemCaseSensitive(b, item->string) == NULL) {
            (void)hostkit_error(err, PLATEN_E_INVAL,
                                "key '%s' does not begin with '%s.', or is not in all languages",
                                item->string, kit->plugin->name);
            return false;
        }
    }
    return true;
}

static platen_code locale_add(platen_ctx *ctx, platen_error *err)
{
    static const char *const languages[] = {"en", "fr", "de", "it", "es", "ja"};
    hostkit *kit = ctx->kit;
    PLATEN_TRY(hostkit_registering(ctx, 4, 4, err));
    cJSON *english = catalogue(kit, "en");
    platen_code rc = PLATEN_OK;
    for (size_t i = 0; rc == PLATEN_OK && i < 6; i++) {
        cJSON *other = catalogue(kit, languages[i]);
        if (!cJSON_IsObject(other)) {
            rc = hostkit_error(err, PLATEN_E_NOT_FOUND, "%s/locales/%s.json is missing or no JSON",
                               kit->folder, languages[i]);
        } else if (!keys_match(kit, english, other, err) || !keys_match(kit, other, english, err)) {
            rc = PLATEN_E_INVAL;
        }
        cJSON_Delete(other);
    }
    cJSON_Delete(english);
    if (rc != PLATEN_OK) {
        hostkit_note(kit, "catalogues: %s", err != NULL ? err->text : "");
        return rc;
    }
    return hostkit_kept(hostkit_keep(kit, HOSTKIT_CATALOGUES, "catalogues", NULL, NULL, err));
}

static platen_code locale_text(platen_ctx *ctx, const char *language, const char *key, char *buffer,
                               uint32_t size, platen_error *err)
{
    char code[3] = {language[0], language[0] != '\0' ? language[1] : '\0', '\0'};
    cJSON *tree = catalogue(ctx->kit, code);
    tree = tree != NULL ? tree : catalogue(ctx->kit, "en");
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, key);
    const cJSON *other = cJSON_GetObjectItemCaseSensitive(item, "other");
    item = other != NULL ? other : item;
    platen_code rc = PLATEN_OK;
    buffer[0] = '\0';
    if (hostkit_strikes(ctx->kit, err)) {
        rc = PLATEN_E_NOMEM;
    } else if (!cJSON_IsString(item)) {
        rc = hostkit_error(err, PLATEN_E_NOT_FOUND, "there is no text '%s'", key);
    } else if (strlen(item->valuestring) >= size) {
        rc = hostkit_error(err, PLATEN_E_TOO_LARGE, "text '%s' is longer than %u", key,
                           (unsigned)size);
    } else {
        (void)snprintf(buffer, size, "%s", item->valuestring);
    }
    cJSON_Delete(tree);
    return rc;
}

const platen_locales hostkit_locales = {(uint32_t)sizeof(platen_locales), locale_add, locale_text};

/* ---- reports and panels ---- */

static bool columns_ok(const platen_column *columns, uint32_t count, uint32_t most)
{
    if (columns == NULL || count < 1 || count > most || columns[0].size < sizeof(*columns)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        const platen_column *c = (const platen_column *)(const void *)((const char *)columns +
                                                                       (size_t)i * columns[0].size);
        if (c->type < PLATEN_COLUMN_TEXT || c->type > PLATEN_COLUMN_DEVICE ||
            !hostkit_is_text(c->key, 63) || !hostkit_is_text(c->title, 200)) {
            return false;
        }
    }
    return true;
}

static platen_code report_add(platen_ctx *ctx, const platen_report *r, platen_error *err)
{
    hostkit *kit = ctx->kit;
    PLATEN_TRY(hostkit_registering(ctx, r->size, sizeof(*r), err));
    if (r->flags != 0 || !hostkit_own_id(kit, r->id) || !hostkit_is_text(r->title, 200) ||
        !columns_ok(r->columns, r->count, PLATEN_COLUMNS_MAX) || r->write == NULL ||
        (r->settings != NULL && !hostkit_is_json(r->settings, true))) {
        return hostkit_wrong(kit, "a report", r->id, err);
    }
    entry *e = hostkit_keep(kit, HOSTKIT_REPORT, r->id, r->settings, NULL, err);
    if (e != NULL) {
        e->of.report = *r;
        e->user = r->user;
        e->release = r->release;
    }
    return hostkit_kept(e);
}

static platen_code panel_add(platen_ctx *ctx, const platen_panel *p, platen_error *err)
{
    hostkit *kit = ctx->kit;
    PLATEN_TRY(hostkit_registering(ctx, p->size, sizeof(*p), err));
    if ((p->flags & ~31u) != 0 || !hostkit_own_id(kit, p->id) || !hostkit_is_text(p->title, 200) ||
        !columns_ok(p->columns, p->count, 8) || p->write == NULL) {
        return hostkit_wrong(kit, "a panel", p->id, err);
    }
    entry *e = hostkit_keep(kit, HOSTKIT_PANEL, p->id, NULL, NULL, err);
    if (e != NULL) {
        e->of.panel = *p;
        e->user = p->user;
        e->release = p->release;
    }
    return hostkit_kept(e);
}

static void cell(platen_table *t, const char *text)
{
    int n = snprintf(t->text + t->length, t->size - t->length, "%s%s", t->first ? "" : "\t", text);
    t->length = n > 0 && (size_t)n < t->size - t->length ? t->length + (size_t)n : t->size - 1;
    t->first = false;
}

static platen_code table_row(platen_table *t, int64_t device, platen_error *err)
{
    (void)device;
    if (hostkit_strikes(t->kit, err)) {
        return PLATEN_E_NOMEM;
    }
    t->first = true;
    if (t->length > 0) {
        cell(t, "\n");
        t->first = true;
    }
    return PLATEN_OK;
}

static void table_text(platen_table *t, const char *value)
{
    cell(t, value != NULL ? value : "");
}

static void table_integer(platen_table *t, int64_t value)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    cell(t, text);
}

static void table_real(platen_table *t, double value)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "%g", value);
    cell(t, text);
}

static void table_null(platen_table *t)
{
    cell(t, "");
}

static bool table_sees(platen_table *t, int64_t device)
{
    (void)t;
    return device >= 0;
}

static const char *table_language(platen_table *t)
{
    (void)t;
    return "en";
}

static void table_link(platen_table *t, const char *page, const char *key)
{
    (void)t;
    (void)page;
    (void)key;
}

/* What reports and panels are written with is the same. */
#define TABLE_CALLS                                                                                \
    .row = table_row, .text = table_text, .integer = table_integer, .real = table_real,            \
    .time = table_integer, .null = table_null, .sees = table_sees, .language = table_language

const platen_reports hostkit_reports = {
    .size = (uint32_t)sizeof(platen_reports), .add = report_add, TABLE_CALLS};

const platen_panels hostkit_panels = {
    .size = (uint32_t)sizeof(platen_panels), .add = panel_add, TABLE_CALLS, .link = table_link};

platen_code hostkit_report(hostkit *kit, const char *id, const char *settings, char *text,
                           size_t size, platen_error *err)
{
    const entry *report = hostkit_find(kit, HOSTKIT_REPORT, id);
    const entry *panel = hostkit_find(kit, HOSTKIT_PANEL, id);
    platen_table table = {kit, text, size, 0, true};
    text[0] = '\0';
    if (report == NULL && panel == NULL) {
        return hostkit_error(err, PLATEN_E_NOT_FOUND, "there is no report or panel '%s'", id);
    }
    return report != NULL ? report->of.report.write(&table, settings, report->user, err)
                          : panel->of.panel.write(&table, settings, panel->user, err);
}
