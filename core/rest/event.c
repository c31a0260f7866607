/* The text of an event for somebody. Pure functions. */
#include "core/rest/event.h"

#include <stdlib.h>

#include "core/base/json.h"

#define IDS 100

void event_clear(event *e)
{
    free(e->name);
    free(e->json);
    free(e->devices.devices);
    free(e->devices.tallies);
    dashboard_table_fini(&e->table);
    *e = (event){.kind = EVENT_LOST};
}

void event_write_text(uint64_t number, const char *name, const char *json, strbuf *out)
{
    strbuf_appendf(out, "id: %llu\nevent: %s\ndata: ", (unsigned long long)number, name);
    for (; *json != '\0'; json++) { /* line feeds stand escaped inside JSON strings */
        strbuf_append_char(out, *json == '\n' || *json == '\r' ? ' ' : *json);
    }
    strbuf_append(out, "\n\n");
}

static bool may_see(const event *e, const events_reader *reader)
{
    if ((e->function == EVENTS_DEVICES && !reader->devices) ||
        (e->function == EVENTS_TASKS && !reader->tasks)) {
        return false;
    }
    return e->region == EVENTS_NO_DEVICE || region_set_has(&reader->regions, e->region);
}

/* How many of them the reader may see; who has all regions need not know where one was before. */
static int64_t count_devices(const event_devices *d, const region_set *regions)
{
    int64_t count = 0;
    for (size_t i = 0; i < d->tally_count && !regions->all; i++) {
        count += region_set_has(regions, d->tallies[i].region) ? d->tallies[i].devices : 0;
    }
    return regions->all ? d->total : count;
}

static void write_devices(const event *e, uint64_t number, const events_reader *reader, strbuf *out)
{
    const event_devices *d = &e->devices;
    const region_set *regions = &reader->regions;
    int64_t count = count_devices(d, regions);
    int ids = 0;
    json_writer w;
    strbuf text;
    if (count == 0) {
        return;
    }
    strbuf_init(&text);
    json_init(&w, &text);
    json_object(&w, NULL);
    json_i64(&w, "count", count);
    json_array(&w, "ids");
    for (size_t i = 0; i < d->count && ids < IDS; i++) {
        const event_device *one = &d->devices[i];
        if (regions->all ? !one->left : region_set_has(regions, one->region)) {
            json_id(&w, NULL, one->device);
            ids++;
        }
    }
    json_array_end(&w);
    json_object_end(&w);
    out->failed = out->failed || text.failed;
    event_write_text(number, "device", text.data, out);
    strbuf_fini(&text);
}

static void write_counts(const event *e, uint64_t number, const events_reader *reader, strbuf *out)
{
    dashboard_counts counts;
    json_writer w;
    strbuf text;
    dashboard_sum(&e->table, &reader->regions, &counts);
    strbuf_init(&text);
    json_init(&w, &text);
    json_object(&w, NULL);
    dashboard_write_counts(&counts, &w);
    json_object_end(&w);
    out->failed = out->failed || text.failed;
    event_write_text(number, "summary", text.data, out);
    strbuf_fini(&text);
}

void event_write(const event *e, uint64_t number, const events_reader *reader, strbuf *out)
{
    if (!may_see(e, reader)) {
        return;
    }
    switch (e->kind) {
    case EVENT_LOST:
    case EVENT_OLD:
        break;
    case EVENT_TEXT:
        event_write_text(number, e->name, e->json, out);
        break;
    case EVENT_DEVICES:
        write_devices(e, number, reader, out);
        break;
    case EVENT_COUNTS:
        write_counts(e, number, reader, out);
        break;
    }
}
