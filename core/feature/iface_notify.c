/* notify/1: events of plugins for webhooks and pages. */
#include <platen/notify.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/feature/feature_private.h"
#include "core/model/region_row.h"
#include "core/notify/notify.h"
#include "core/rest/events.h"

#define TITLE_MAX 200
#define EVENTS_MAX 256 /* of all plugins */

struct feature_event {
    feature_event *next; /* in the order of registration */
    const feature_plugin *plugin;
    const char *type, *title;
    char texts[];
};

/* ---- declaring ---- */

static const feature_event *find(const feature *f, const char *type)
{
    const feature_event *e = f->events;
    while (e != NULL && strcmp(e->type, type) != 0) {
        e = e->next;
    }
    return e;
}

static platen_code check(const feature_plugin *p, const platen_event *e, platen_error *err)
{
    size_t count = 0;
    if (!feature_own_id(p, e->type)) {
        return error_set(err, PLATEN_E_INVAL,
                         "event '%.127s' is not '%s.' and a word of a-z, 0-9 and '-'",
                         e->type != NULL ? e->type : "", p->name);
    }
    if (e->flags != 0) {
        return error_set(err, PLATEN_E_INVAL,
                         "event '%s' has flags 0x%" PRIx32 ", this host knows 0x0", e->type,
                         e->flags);
    }
    size_t title = e->title != NULL ? strnlen(e->title, TITLE_MAX + 1) : 0;
    if (title < 1 || title > TITLE_MAX || !text_is_utf8(e->title, title)) {
        return error_set(err, PLATEN_E_INVAL, "event '%s' has no title of 1 to %d bytes UTF-8",
                         e->type, TITLE_MAX);
    }
    if (find(p->owner, e->type) != NULL) {
        return error_set(err, PLATEN_E_EXISTS, "event '%s' is there already", e->type);
    }
    for (const feature_event *each = p->owner->events; each != NULL; each = each->next) {
        count++;
    }
    return count < EVENTS_MAX ? PLATEN_OK
                              : error_set(err, PLATEN_E_TOO_LARGE, "event '%s' is one more than %d",
                                          e->type, EVENTS_MAX);
}

static void withdraw(platen_ctx *ctx, void *object)
{
    feature_event **at = &feature_plugin_of(ctx)->owner->events;
    while (*at != object) {
        at = &(*at)->next;
    }
    *at = (*at)->next;
    free(object);
}

static platen_code event_add(platen_ctx *ctx, const platen_event *given, platen_error *err)
{
    feature_plugin *p = NULL;
    platen_event e = PLATEN_EVENT_INIT;
    PLATEN_TRY(feature_plugin_in(ctx, "events", &p, err));
    PLATEN_TRY(feature_take_struct(&e, sizeof(e), sizeof(e), given, "event", err));
    PLATEN_TRY(check(p, &e, err));
    size_t type = strlen(e.type) + 1;
    size_t title = strlen(e.title) + 1;
    feature_event *kept = malloc(sizeof(*kept) + type + title);
    if (kept == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for event '%s'", e.type);
    }
    *kept = (feature_event){.plugin = p};
    kept->type = memcpy(kept->texts, e.type, type);
    kept->title = memcpy(kept->texts + type, e.title, title);
    platen_code rc = plug_own(ctx, withdraw, kept, err);
    if (rc != PLATEN_OK) {
        free(kept);
        return rc;
    }
    feature_event **at = &p->owner->events;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = kept;
    return PLATEN_OK;
}

/* ---- telling ---- */

static void write_event(json_writer *w, const char *type, int64_t device, const char *params)
{
    json_object(w, NULL);
    if (type != NULL) {
        json_text(w, "type", type);
    }
    if (device != 0) {
        json_id(w, "device", device);
    } else {
        json_null(w, "device");
    }
    json_raw(w, "params", params);
    json_object_end(w);
}

/* Whom the pages show it: readers of the device's region. */
static platen_code region_for(const feature_plugin *p, int64_t device, int64_t *region,
                              platen_error *err)
{
    store_conn *conn = NULL;
    *region = EVENTS_NO_DEVICE;
    if (device == 0) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_read(p->owner->store, &conn, err));
    platen_code rc = region_of_device(conn, device, region, err);
    store_read_end(conn);
    return rc;
}

static platen_code tell(const feature_plugin *p, const feature_event *e, int64_t device,
                        const char *params, platen_error *err)
{
    json_writer w;
    strbuf text;
    int64_t region = EVENTS_NO_DEVICE;
    const services *s = p->owner->services;
    PLATEN_TRY(region_for(p, device, &region, err));
    strbuf_init(&text);
    json_init(&w, &text);
    write_event(&w, NULL, device, params);
    platen_code rc = text.failed
                         ? error_set(err, PLATEN_E_NOMEM, "no memory for event '%s'", e->type)
                         : notify_word_put(s->notify, e->type, text.data, err);
    if (rc == PLATEN_OK) {
        strbuf_clear(&text);
        json_init(&w, &text);
        write_event(&w, e->type, device, params);
    }
    if (rc == PLATEN_OK && !text.failed && s->events != NULL) {
        events_publish(s->events, "feature", device != 0 ? EVENTS_DEVICES : EVENTS_ANY, region,
                       text.data);
    }
    strbuf_fini(&text);
    return rc;
}

static platen_code check_params(const char *type, const char *params, platen_error *err)
{
    cJSON *tree = NULL;
    size_t length = strnlen(params, PLATEN_EVENT_PARAMS_MAX + 1);
    if (length > PLATEN_EVENT_PARAMS_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "the params of event '%s' have over %u bytes",
                         type, PLATEN_EVENT_PARAMS_MAX);
    }
    platen_code rc = json_parse(params, length, &tree, err);
    bool object = cJSON_IsObject(tree);
    cJSON_Delete(tree);
    return rc == PLATEN_OK && object
               ? PLATEN_OK
               : error_set(err, PLATEN_E_INVAL, "the params of event '%s' are no JSON object",
                           type);
}

static platen_code event(platen_ctx *ctx, const char *type, int64_t device, const char *params,
                         platen_error *err)
{
    feature_plugin *p = NULL;
    PLATEN_TRY(feature_plugin_ready(ctx, "event()", &p, err));
    PLATEN_TRY(feature_refuse_in_tx("event()", err));
    const feature_event *e = type != NULL ? find(p->owner, type) : NULL;
    if (e == NULL || e->plugin != p) {
        return error_set(err, PLATEN_E_NOT_FOUND, "plugin '%s' has no event '%.127s'", p->name,
                         type != NULL ? type : "");
    }
    if (p->owner->services == NULL) {
        return error_set(err, PLATEN_E_STATE, "the manager is not ready for events");
    }
    if (params != NULL) {
        PLATEN_TRY(check_params(type, params, err));
    }
    return tell(p, e, device, params != NULL ? params : "{}", err);
}

/* ---- start ---- */

static platen_code serve(feature *f, rest *r, platen_error *err)
{
    size_t count = 0;
    (void)r;
    f->words = calloc(EVENTS_MAX, sizeof(*f->words));
    if (f->words == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for events of plugins");
    }
    for (const feature_event *e = f->events; e != NULL; e = e->next) {
        f->words[count++] = (notify_word){e->type, e->title, e->plugin->name};
    }
    notify_words_set(f->words, count);
    return PLATEN_OK;
}

void feature_notify_fini(feature *f)
{
    notify_words_set(NULL, 0);
    free(f->words);
}

static const platen_notify table = {
    .size = (uint32_t)sizeof(platen_notify), .event_add = event_add, .event = event};

const feature_part feature_notify = {.name = "notify/1", .table = &table, .serve = serve};
