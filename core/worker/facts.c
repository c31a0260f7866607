/* See facts.h: a record is its kind and the arguments of the call. */
#include "core/worker/facts.h"

#include <string.h>

/* ---- writing ---- */

static const char *cut(const char *text, char room[FACTS_TEXT])
{
    size_t length = text != NULL ? strnlen(text, FACTS_TEXT) : 0;
    if (length < FACTS_TEXT) {
        return text != NULL ? text : "";
    }
    memcpy(room, text, FACTS_TEXT - 1);
    room[FACTS_TEXT - 1] = '\0';
    return room;
}

static void put(strbuf *out, const char *text)
{
    char room[FACTS_TEXT];
    pipe_put_text(out, cut(text, room));
}

void facts_put_memo(strbuf *out, const char *memo)
{
    pipe_put_u8(out, FACT_MEMO);
    put(out, memo);
}

void facts_put_sure(strbuf *out, uint32_t sureness, const char *why)
{
    pipe_put_u8(out, FACT_SURE);
    pipe_put_u32(out, sureness);
    put(out, why);
}

void facts_put_text(strbuf *out, uint32_t field, const char *value, size_t length)
{
    size_t known = value == NULL ? 0 : length == SIZE_MAX ? strnlen(value, FACTS_TEXT) : length;
    pipe_put_u8(out, FACT_TEXT);
    pipe_put_u32(out, field);
    pipe_put_octets(out, value != NULL ? value : "", known < FACTS_TEXT ? known : FACTS_TEXT);
}

void facts_put_integer(strbuf *out, uint32_t field, int64_t value)
{
    pipe_put_u8(out, FACT_INTEGER);
    pipe_put_u32(out, field);
    pipe_put_i64(out, value);
}

void facts_put_firmware(strbuf *out, const char *component, const char *version)
{
    pipe_put_u8(out, FACT_FIRMWARE);
    put(out, component);
    put(out, version);
}

void facts_put_counter(strbuf *out, const platen_counter *c)
{
    pipe_put_u8(out, FACT_COUNTER);
    put(out, c->key);
    put(out, c->unit);
    put(out, c->source);
    pipe_put_i64(out, c->value);
}

void facts_put_supply(strbuf *out, const platen_supply *s)
{
    const char *const texts[] = {s->key,  s->description, s->type,   s->color,
                                 s->unit, s->part,        s->serial, s->source};
    pipe_put_u8(out, FACT_SUPPLY);
    pipe_put_u32(out, s->class_of);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        put(out, texts[i]);
    }
    pipe_put_i64(out, s->capacity);
    pipe_put_i64(out, s->level);
    pipe_put_i64(out, s->percent);
    pipe_put_u32(out, s->clamped);
}

void facts_put_part(strbuf *out, const platen_part *p)
{
    const char *const texts[] = {p->key,   p->name, p->description, p->type,
                                 p->media, p->unit, p->state};
    pipe_put_u8(out, FACT_PART);
    pipe_put_u32(out, p->part);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        put(out, texts[i]);
    }
    pipe_put_i64(out, p->capacity);
    pipe_put_i64(out, p->level);
    pipe_put_i64(out, p->percent);
}

void facts_put_alert(strbuf *out, const platen_alert *a)
{
    pipe_put_u8(out, FACT_ALERT);
    pipe_put_u32(out, a->severity);
    pipe_put_u32(out, a->training);
    pipe_put_u32(out, a->group);
    pipe_put_i64(out, a->group_index);
    pipe_put_u32(out, a->code);
    pipe_put_i64(out, a->location);
    pipe_put_i64(out, a->uptime);
    put(out, a->text);
    put(out, a->source);
}

void facts_put_change(strbuf *out, const char *path, const char *from, const char *to)
{
    pipe_put_u8(out, FACT_CHANGE);
    put(out, path);
    put(out, from);
    put(out, to);
}

void facts_put_line(strbuf *out, uint32_t level, const char *text)
{
    pipe_put_u8(out, FACT_LINE);
    pipe_put_u32(out, level);
    put(out, text);
}

void facts_put_hint(strbuf *out, uint32_t hints)
{
    pipe_put_u8(out, FACT_HINT);
    pipe_put_u32(out, hints);
}

void facts_put_end(strbuf *out, fact_kind kind, const char *code, const char *text)
{
    pipe_put_u8(out, (uint8_t)kind);
    put(out, code);
    put(out, text);
}

void facts_put_data(strbuf *out, const char *json, size_t length)
{
    pipe_put_u8(out, FACT_DATA);
    pipe_put_octets(out, json, length);
}

/* ---- making the calls ---- */

static const char *get(pipe_in *in)
{
    return pipe_text(in, FACTS_TEXT);
}

static int32_t get_i32(pipe_in *in)
{
    int64_t value = pipe_i64(in);
    if (value < INT32_MIN || value > INT32_MAX) {
        in->bad = true;
        return 0;
    }
    return (int32_t)value;
}

static void apply_text(pipe_in *in, const platen_drivers *d, platen_work *work)
{
    uint32_t field = pipe_u32(in);
    size_t length = 0;
    const uint8_t *value = pipe_octets(in, &length);
    if (!in->bad) {
        d->text(work, field, (const char *)value, length);
    }
}

/* It was checked in the worker; but whether there is room for it only the agent knows. */
static void apply_data(pipe_in *in, const platen_drivers *d, platen_work *work, platen_error *told)
{
    size_t length = 0;
    const uint8_t *json = pipe_octets(in, &length);
    if (!in->bad && PLATEN_HAS(d, data)) {
        *told = (platen_error)PLATEN_ERROR_INIT;
        (void)d->data(work, (const char *)json, length, told);
    }
}

static void apply_counter(pipe_in *in, const platen_drivers *d, platen_work *work)
{
    platen_counter c = PLATEN_COUNTER_INIT;
    c.key = get(in);
    c.unit = get(in);
    c.source = get(in);
    c.value = pipe_i64(in);
    if (!in->bad) {
        d->counter(work, &c);
    }
}

static void apply_supply(pipe_in *in, const platen_drivers *d, platen_work *work)
{
    platen_supply s = PLATEN_SUPPLY_INIT;
    const char **const texts[] = {&s.key,  &s.description, &s.type,   &s.color,
                                  &s.unit, &s.part,        &s.serial, &s.source};
    s.class_of = pipe_u32(in);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = get(in);
    }
    s.capacity = pipe_i64(in);
    s.level = pipe_i64(in);
    s.percent = get_i32(in);
    s.clamped = pipe_u32(in);
    if (!in->bad) {
        d->supply(work, &s);
    }
}

static void apply_part(pipe_in *in, const platen_drivers *d, platen_work *work)
{
    platen_part p = PLATEN_PART_INIT;
    const char **const texts[] = {&p.key,   &p.name, &p.description, &p.type,
                                  &p.media, &p.unit, &p.state};
    p.part = pipe_u32(in);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = get(in);
    }
    p.capacity = pipe_i64(in);
    p.level = pipe_i64(in);
    p.percent = get_i32(in);
    if (!in->bad) {
        d->part(work, &p);
    }
}

static void apply_alert(pipe_in *in, const platen_drivers *d, platen_work *work)
{
    platen_alert a = PLATEN_ALERT_INIT;
    a.severity = pipe_u32(in);
    a.training = pipe_u32(in);
    a.group = pipe_u32(in);
    a.group_index = get_i32(in);
    a.code = pipe_u32(in);
    a.location = get_i32(in);
    a.uptime = pipe_i64(in);
    a.text = get(in);
    a.source = get(in);
    if (!in->bad) {
        d->alert(work, &a);
    }
}

/* The calls whose arguments are texts and a number. */
static void apply_small(fact_kind kind, pipe_in *in, const platen_drivers *d, platen_work *work)
{
    bool numbered = kind == FACT_SURE || kind == FACT_LINE;
    uint32_t number = numbered ? pipe_u32(in) : 0;
    const char *first = get(in);
    const char *second = kind == FACT_MEMO || numbered ? "" : get(in);
    const char *third = kind == FACT_CHANGE ? get(in) : "";
    if (in->bad) {
        return;
    }
    if (kind == FACT_MEMO) {
        d->memo_set(work, first);
    } else if (kind == FACT_SURE) {
        d->sure(work, number, first);
    } else if (kind == FACT_LINE) {
        d->act_log(work, number, first);
    } else if (kind == FACT_FIRMWARE) {
        d->firmware(work, first, second);
    } else if (kind == FACT_CHANGE) {
        d->change(work, first, second, third);
    } else if (kind == FACT_SKIP) {
        d->skip(work, first, second);
    } else {
        d->warn(work, first, second);
    }
}

static void apply_integer(pipe_in *in, const platen_drivers *d, platen_work *work)
{
    uint32_t field = pipe_u32(in);
    int64_t value = pipe_i64(in);
    if (!in->bad) {
        d->integer(work, field, value);
    }
}

static void apply_hint(pipe_in *in, const platen_drivers *d, platen_work *work)
{
    uint32_t hints = pipe_u32(in);
    if (!in->bad) {
        d->hint(work, hints);
    }
}

bool facts_apply(pipe_in *in, const platen_drivers *drivers, platen_work *work, platen_error *data)
{
    while (!in->bad && in->at < in->end) {
        fact_kind kind = (fact_kind)pipe_u8(in);
        switch (kind) {
        case FACT_TEXT:
            apply_text(in, drivers, work);
            break;
        case FACT_INTEGER:
            apply_integer(in, drivers, work);
            break;
        case FACT_COUNTER:
            apply_counter(in, drivers, work);
            break;
        case FACT_SUPPLY:
            apply_supply(in, drivers, work);
            break;
        case FACT_PART:
            apply_part(in, drivers, work);
            break;
        case FACT_ALERT:
            apply_alert(in, drivers, work);
            break;
        case FACT_DATA:
            apply_data(in, drivers, work, data);
            break;
        case FACT_HINT:
            apply_hint(in, drivers, work);
            break;
        case FACT_MEMO:
        case FACT_SURE:
        case FACT_FIRMWARE:
        case FACT_CHANGE:
        case FACT_LINE:
        case FACT_SKIP:
        case FACT_WARN:
            apply_small(kind, in, drivers, work);
            break;
        default:
            in->bad = true;
            break;
        }
    }
    return !in->bad;
}
