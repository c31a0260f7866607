/* GET /events: the stream of server-sent events. Holds a connection's thread while it lasts. */
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/rest/events.h"
#include "core/rest/request.h"

#define LOOK_MS 30000
#define HEARTBEAT_MS 15000 /* a client that has gone is noticed by the next write */

/* Number of the event that the client saw last; 0: it has seen none. */
static uint64_t resume_from(rest_request *r, uint64_t newest)
{
    const char *text = rest_header(r, "Last-Event-ID");
    if (text == NULL) {
        text = rest_query(r, "last");
    }
    if (text == NULL) { /* a new page has just loaded everything: only what comes from now on */
        return newest;
    }
    return strlen(text) <= 19 && strspn(text, "0123456789") == strlen(text) && text[0] != '\0'
               ? strtoull(text, NULL, 10)
               : 0;
}

/* What the asking one may see of devices and runs is what routes that show them would say. */
static events_reader reader_of(rest_request *r)
{
    static const rest_route devices = {.access = REST_USER, .function = "devices"};
    static const rest_route runs = {.access = REST_DEVICE_MANAGER, .function = "tasks"};
    return (events_reader){.regions = *rest_regions_of(r),
                           .devices = access_allows(&r->identity, &devices, NULL) == PLATEN_OK,
                           .tasks = access_allows(&r->identity, &runs, NULL) == PLATEN_OK};
}

static platen_code get_events(rest_request *r, platen_error *err)
{
    events *e = rest_services(r)->events;
    int64_t looked = clock_mono();
    uint64_t generation = access_generation(r->rest->access);
    const events_reader reader = reader_of(r);
    strbuf out;
    (void)err;
    uint64_t last = resume_from(r, events_last(e));
    if (!rest_stream_begin(r, "text/event-stream")) {
        return PLATEN_OK;
    }
    strbuf_init(&out);
    strbuf_append(&out, "retry: 3000\n\n");
    bool open = !out.failed && rest_stream_write(r, out.data, out.length);
    while (open) {
        strbuf_clear(&out);
        open = events_wait(e, &reader, &last, HEARTBEAT_MS, &out);
        if (open && out.length == 0) {
            strbuf_append(&out, ": still here\n\n");
        }
        /* Not longer than its session or token, and not with rights that are gone. */
        uint64_t newest = access_generation(r->rest->access);
        if (open && (newest != generation || clock_mono() - looked >= LOOK_MS)) {
            looked = clock_mono();
            generation = newest;
            open = access_still(r->rest->access, &r->identity);
        }
        open = open && !out.failed && rest_stream_write(r, out.data, out.length);
    }
    strbuf_fini(&out);
    return PLATEN_OK;
}

const rest_route rest_events_routes[] = {
    {"GET", "/events", REST_USER, NULL, REST_REGION_OWN, REST_STREAM | REST_PASSIVE, get_events,
     "Server-sent events: device, run, target-result, alert, function, summary, reset.", NULL,
     NULL},
};
const size_t rest_events_route_count = sizeof(rest_events_routes) / sizeof(rest_events_routes[0]);
