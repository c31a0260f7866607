/* What a worker process says, as the agent reads it: frames, facts, readings, what a plugin
 * declares. Whatever comes, nothing is read behind its end, and every call on the work is one that
 * could be. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/worker/facts.h"
#include "core/worker/pipe.h"
#include "core/worker/readings.h"
#include "core/worker/start.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t sum; /* of all that was handed over: so that all of it is read */

static void look(const char *text)
{
    sum += strlen(text);
}

static void set_memo(platen_work *work, const char *memo)
{
    (void)work;
    look(memo);
}

static void sure(platen_work *work, uint32_t sureness, const char *why)
{
    (void)work;
    sum += sureness;
    look(why);
}

static void text(platen_work *work, uint32_t field, const char *value, size_t length)
{
    (void)work;
    sum += field;
    for (size_t i = 0; i < length; i++) {
        sum += (unsigned char)value[i];
    }
}

static void integer(platen_work *work, uint32_t field, int64_t value)
{
    (void)work;
    sum += field + (size_t)value;
}

static void firmware(platen_work *work, const char *component, const char *version)
{
    (void)work;
    look(component);
    look(version);
}

static void counter(platen_work *work, const platen_counter *c)
{
    (void)work;
    look(c->key);
    look(c->unit);
    look(c->source);
}

static void supply(platen_work *work, const platen_supply *s)
{
    (void)work;
    look(s->key);
    look(s->source);
}

static void part(platen_work *work, const platen_part *p)
{
    (void)work;
    look(p->key);
    look(p->state);
}

static void alert(platen_work *work, const platen_alert *a)
{
    (void)work;
    look(a->text);
    look(a->source);
}

static void change(platen_work *work, const char *path, const char *from, const char *to)
{
    (void)work;
    look(path);
    look(from);
    look(to);
}

static void line(platen_work *work, uint32_t level, const char *value)
{
    (void)work;
    sum += level;
    look(value);
}

static void ends(platen_work *work, const char *code, const char *value)
{
    (void)work;
    look(code);
    look(value);
}

static platen_code take_data(platen_work *work, const char *json, size_t length, platen_error *err)
{
    text(work, 0, json, length);
    (void)err;
    return PLATEN_OK;
}

static void hint(platen_work *work, uint32_t hints)
{
    (void)work;
    sum += hints;
}

static const platen_drivers table = {
    .size = (uint32_t)sizeof(table),
    .memo_set = set_memo,
    .sure = sure,
    .text = text,
    .integer = integer,
    .firmware = firmware,
    .counter = counter,
    .supply = supply,
    .part = part,
    .alert = alert,
    .change = change,
    .act_log = line,
    .skip = ends,
    .warn = ends,
    .data = take_data,
    .hint = hint,
};

static void take_value(const char *assignment, void *user)
{
    (void)user;
    look(assignment);
}

static void read_result(pipe_in in)
{
    uint32_t *arcs = NULL;
    reading *r = readings_result(&in, &arcs);
    if (r == NULL) {
        return;
    }
    for (uint32_t i = 0; i < r->result.count; i++) {
        const platen_snmp_binding *b = &r->bindings[i];
        for (uint32_t k = 0; k < b->oid_count; k++) {
            sum += b->oid[k];
        }
        for (uint32_t k = 0; k < b->arc_count; k++) {
            sum += b->arcs[k];
        }
        for (uint32_t k = 0; k < b->octet_count; k++) {
            sum += b->octets[k];
        }
    }
    free(r);
    free(arcs);
}

/* The fields as each kind of message would have them. */
static void read_fields(const pipe_frame *frame)
{
    uint32_t count = 0;
    start_order order;
    pipe_in in = frame->in;
    platen_error data = PLATEN_ERROR_INIT;
    (void)facts_apply(&in, &table, NULL, &data);
    in = frame->in;
    free(readings_items(&in, &count));
    in = frame->in;
    free(readings_values(&in, &count));
    in = frame->in;
    (void)start_read(&in, &order, take_value, NULL);
    read_result(frame->in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t at = 0;
    pipe_frame frame;
    while (pipe_next(data + at, size - at, &frame) > 0) {
        read_fields(&frame);
        at += frame.length;
    }
    /* Without a head, so that a fuzzer finds its way into the fields soon. */
    frame = (pipe_frame){PIPE_FACTS, 1, {data, data + size, false}, size};
    read_fields(&frame);
    return 0;
}
