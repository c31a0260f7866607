/* One event of the ring (events.c): what is kept of it, and its text for a reader. */
#ifndef PLATEN_REST_EVENT_H
#define PLATEN_REST_EVENT_H

#include "core/rest/events.h"

typedef enum event_kind {
    EVENT_LOST = 0, /* never filled, or there was no memory: readers must load anew */
    EVENT_OLD,      /* a later one says all that it said */
    EVENT_TEXT,
    EVENT_DEVICES,
    EVENT_COUNTS,
} event_kind;

/* A device that changed. */
typedef struct event_device {
    int64_t device;
    int64_t region;
    bool left; /* it is of another region now */
} event_device;

typedef struct event_tally {
    int64_t region;
    int64_t devices;
} event_tally;

/* Devices that changed in some half second: some of them, and how many of each region. */
typedef struct event_devices {
    event_device *devices;
    size_t count;
    event_tally *tallies;
    size_t tally_count;
    int64_t total;
} event_devices;

typedef struct event {
    event_kind kind;
    char *name; /* of EVENT_TEXT */
    char *json;
    events_function function;
    int64_t region;
    event_devices devices; /* of EVENT_DEVICES */
    dashboard_table table; /* of EVENT_COUNTS */
} event;

/* Frees what it holds and makes it a lost one. */
void event_clear(event *e);

/* Appends it in SSE form; nothing when the reader may not see it. EVENT_LOST has no text. */
void event_write(const event *e, uint64_t number, const events_reader *reader, strbuf *out);

/* One line: "reset" and the like. */
void event_write_text(uint64_t number, const char *name, const char *json, strbuf *out);

#endif
