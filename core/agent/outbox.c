/* Batches are a JSON array built in one buffer. */
#include "core/agent/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"

#define LOG_SOURCE "agent"

typedef struct note {
    int64_t device;
    uint64_t hash;
    unsigned kind;
} note;

typedef struct sent_batch {
    struct sent_batch *next;
    uint64_t batch;
    size_t count;
    note notes[];
} sent_batch;

#define SAME_JOBS 256 /* jobs whose unchanged devices are gathered at the same time */

typedef struct same_list {
    char *job;
    int64_t *ids;
    size_t count, capacity;
} same_list;

struct outbox {
    void (*send)(uint64_t batch, const char *results, size_t length, void *user);
    void *user;
    strbuf body;
    json_writer writer;
    size_t results;
    int64_t opened; /* clock_mono() of the first result, 0: empty */
    note *notes;
    size_t note_count, note_capacity;
    same_list same[SAME_JOBS];
    size_t same_count; /* ids in all lists */
    uint64_t batch;    /* number of the last one sent */
    sent_batch *first, *last;
};

static void restart(outbox *o)
{
    if (o->body.capacity > 4 * OUTBOX_BYTES) {
        strbuf_fini(&o->body); /* such a batch is rare */
        strbuf_init(&o->body);
    }
    strbuf_clear(&o->body);
    json_init(&o->writer, &o->body);
    json_array(&o->writer, NULL);
    o->results = 0;
    o->note_count = 0;
    o->opened = 0;
}

outbox *outbox_new(void (*send)(uint64_t batch, const char *results, size_t length, void *user),
                   void *user)
{
    outbox *o = calloc(1, sizeof(*o));
    if (o == NULL) {
        return NULL;
    }
    o->send = send;
    o->user = user;
    strbuf_init(&o->body);
    restart(o);
    return o;
}

void outbox_forget(outbox *o)
{
    while (o->first != NULL) {
        sent_batch *b = o->first;
        o->first = b->next;
        free(b);
    }
    o->last = NULL;
    o->note_count = 0;
}

void outbox_free(outbox *o)
{
    if (o == NULL) {
        return;
    }
    outbox_forget(o);
    for (size_t i = 0; i < SAME_JOBS; i++) {
        free(o->same[i].job);
        free(o->same[i].ids);
    }
    strbuf_fini(&o->body);
    free(o->notes);
    free(o);
}

static void open_batch(outbox *o)
{
    if (o->opened == 0) {
        o->opened = clock_mono();
    }
}

json_writer *outbox_begin(outbox *o)
{
    open_batch(o);
    json_object(&o->writer, NULL);
    return &o->writer;
}

void outbox_end(outbox *o)
{
    json_object_end(&o->writer);
    o->results++;
}

void outbox_note(outbox *o, int64_t device_id, unsigned kind, uint64_t hash)
{
    if (o->note_count == o->note_capacity) {
        size_t capacity = o->note_capacity == 0 ? 64 : o->note_capacity * 2;
        note *notes = reallocarray(o->notes, capacity, sizeof(*notes));
        if (notes == NULL) {
            return; /* the next report of the device is sent whole: no harm */
        }
        o->notes = notes;
        o->note_capacity = capacity;
    }
    o->notes[o->note_count++] = (note){device_id, hash, kind};
}

static void write_same(outbox *o, same_list *s)
{
    if (s->count > 0) {
        json_writer *w = outbox_begin(o);
        json_text(w, "job", s->job);
        json_array(w, "same");
        for (size_t i = 0; i < s->count; i++) {
            json_i64(w, NULL, s->ids[i]);
        }
        json_array_end(w);
        outbox_end(o);
    }
    o->same_count -= s->count;
    s->count = 0;
    free(s->job);
    s->job = NULL;
}

static same_list *same_of(outbox *o, const char *job)
{
    for (size_t i = 0; i < SAME_JOBS; i++) {
        if (o->same[i].job != NULL && strcmp(o->same[i].job, job) == 0) {
            return &o->same[i];
        }
    }
    for (size_t i = 0; i < SAME_JOBS; i++) {
        if (o->same[i].job == NULL) {
            o->same[i].job = strdup(job);
            return o->same[i].job != NULL ? &o->same[i] : NULL;
        }
    }
    write_same(o, &o->same[0]);
    o->same[0].job = strdup(job);
    return o->same[0].job != NULL ? &o->same[0] : NULL;
}

void outbox_same(outbox *o, const char *job, int64_t device_id)
{
    same_list *s = same_of(o, job);
    if (s != NULL && s->count == s->capacity) {
        size_t capacity = s->capacity == 0 ? 64 : s->capacity * 2;
        int64_t *ids = reallocarray(s->ids, capacity, sizeof(*ids));
        if (ids != NULL) {
            s->ids = ids;
            s->capacity = capacity;
        }
    }
    if (s == NULL || s->count == s->capacity) {
        log_error("no memory for a result of job=%s", job);
        return;
    }
    open_batch(o);
    s->ids[s->count++] = device_id;
    o->same_count++;
}

static void remember(outbox *o)
{
    if (o->note_count == 0) {
        return;
    }
    sent_batch *b = malloc(sizeof(*b) + o->note_count * sizeof(note));
    if (b == NULL) {
        return;
    }
    b->next = NULL;
    b->batch = o->batch;
    b->count = o->note_count;
    memcpy(b->notes, o->notes, o->note_count * sizeof(note));
    *(o->last != NULL ? &o->last->next : &o->first) = b;
    o->last = b;
}

void outbox_flush(outbox *o)
{
    for (size_t i = 0; i < SAME_JOBS; i++) {
        if (o->same[i].job != NULL) {
            write_same(o, &o->same[i]);
        }
    }
    if (o->results == 0) {
        o->opened = 0;
        return;
    }
    json_array_end(&o->writer);
    if (o->body.failed) {
        /* The jobs' targets stay without a result and are tried again by the manager. */
        log_error("no memory for %zu results", o->results);
        strbuf_fini(&o->body);
        strbuf_init(&o->body);
    } else {
        o->batch++;
        remember(o);
        o->send(o->batch, o->body.data, o->body.length, o->user);
    }
    restart(o);
}

void outbox_weighed(outbox *o)
{
    if (o->body.length >= OUTBOX_DATA) {
        outbox_flush(o);
    }
}

void outbox_tick(outbox *o, int64_t now)
{
    if (o->opened != 0 && (o->results + o->same_count >= OUTBOX_RESULTS ||
                           o->body.length >= OUTBOX_BYTES || now - o->opened >= OUTBOX_MS)) {
        outbox_flush(o);
    }
}

void outbox_acknowledged(outbox *o, registry *r, uint64_t batch)
{
    while (o->first != NULL && o->first->batch <= batch) {
        sent_batch *b = o->first;
        o->first = b->next;
        if (o->first == NULL) {
            o->last = NULL;
        }
        for (size_t i = 0; b->batch == batch && i < b->count; i++) {
            device *d = registry_get(r, b->notes[i].device);
            if (d != NULL) {
                d->acknowledged[b->notes[i].kind] = b->notes[i].hash;
            }
        }
        free(b);
    }
}
