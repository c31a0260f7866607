/* Values computed on demand: nothing about a device is stored that can be derived from its
 * profile, its identity and the time. */
#include "value.h"

#include "alert.h"
#include "ber.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void view_open(struct view *v, struct world *w, struct device *d)
{
    v->world = w;
    v->device = d;
    v->profile = w->profiles[d->profile];
    v->life_known = false;
}

const struct life *view_life(struct view *v)
{
    if (!v->life_known) {
        life_read(v->world, v->device, v->profile, &v->life);
        v->life_known = true;
    }
    return &v->life;
}

uint32_t view_uptime(const struct view *v)
{
    int64_t ms = v->world->now_ms - v->device->boot_ms;

    return ms > 0 ? (uint32_t)(ms / 10) : 0;
}

uint64_t view_share(struct view *v, int32_t percent)
{
    uint64_t pages = view_life(v)->pages;

    if (percent >= 0) {
        return pages * (uint64_t)percent / 100;
    }
    return pages - pages * (uint64_t)-percent / 100;
}

static uint64_t level_percent(struct view *v, size_t slot)
{
    const struct supply *s = &v->profile->supplies[slot];
    int32_t level = life_level(v->world, v->device, v->profile, view_life(v), slot);

    return s->max > 0 && level > 0 ? (uint64_t)level * 100 / (uint64_t)s->max : 0;
}

static size_t put_text(uint8_t *out, size_t at, size_t cap, const void *text, size_t len)
{
    if (len > cap - at) {
        len = cap - at;
    }
    if (len > 0) {
        memcpy(out + at, text, len);
    }
    return at + len;
}

/* sysName as it stands: what somebody wrote, else what the profile says */
static size_t put_name(struct view *v, uint8_t *out, size_t at, size_t cap)
{
    static const uint8_t name[] = {0x2b, 6, 1, 2, 1, 1, 5, 0};
    const struct overlay *o = device_overlay_get(v->device, name, sizeof name);

    if (o != NULL) {
        return put_text(out, at, cap, o->value, o->value_len);
    }
    ptrdiff_t n = profile_find(v->profile, name, sizeof name);
    if (n < 0) {
        return at;
    }
    const struct entry *e = &v->profile->entries[n];
    if (e->kind != V_TEMPLATE) {
        return put_text(out, at, cap, e->value, e->value_len);
    }
    const struct template *t = &v->profile->templates[e->arg];
    for (size_t i = 0; i < t->count; i++) {
        if (t->segments[i].kind == SEG_NAME) {
            return at; /* a name made of itself */
        }
    }
    return at + value_template(v, t, out + at, cap - at);
}

static size_t put_segment(struct view *v, const struct segment *s, uint8_t *out, size_t at,
                          size_t cap)
{
    char text[96] = "";
    uint8_t mac[6];
    uint64_t place = world_hash(v->world, v->device->index, 5);
    uint32_t address = v->device->address;

    device_mac(v->world, v->device, 0, mac);
    switch ((enum segment_kind)s->kind) {
    case SEG_TEXT:
        return put_text(out, at, cap, s->text, s->len);
    case SEG_NAME:
        return put_name(v, out, at, cap);
    case SEG_SERIAL:
        device_serial(v->world, v->device, text, sizeof text);
        break;
    case SEG_MAC:
        snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                 mac[4], mac[5]);
        break;
    case SEG_MAC_PLAIN:
        snprintf(text, sizeof text, "%02X%02X%02X%02X%02X%02X", mac[0], mac[1], mac[2], mac[3],
                 mac[4], mac[5]);
        break;
    case SEG_MAC_TAIL:
        snprintf(text, sizeof text, "%02X%02X%02X", mac[3], mac[4], mac[5]);
        break;
    case SEG_INDEX:
        snprintf(text, sizeof text, "%u", v->device->index);
        break;
    case SEG_PAGES:
        snprintf(text, sizeof text, "%llu", (unsigned long long)view_share(v, s->arg));
        break;
    case SEG_LEVEL:
        snprintf(text, sizeof text, "%llu", (unsigned long long)level_percent(v, (size_t)s->arg));
        break;
    case SEG_ADDRESS:
        snprintf(text, sizeof text, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
                 address >> 8 & 255, address & 255);
        break;
    case SEG_ROOM:
        snprintf(text, sizeof text, "%u%02u", (unsigned)(place >> 8) % 6 + 1,
                 (unsigned)(place >> 16) % 40 + 1);
        break;
    case SEG_FLOOR:
        snprintf(text, sizeof text, "%u", (unsigned)(place >> 8) % 6 + 1);
        break;
    case SEG_BUILDING:
        snprintf(text, sizeof text, "%c", (char)('A' + place % 20));
        break;
    }
    return put_text(out, at, cap, text, strlen(text));
}

size_t value_template(struct view *v, const struct template *t, uint8_t *out, size_t cap)
{
    size_t at = 0;

    for (size_t i = 0; i < t->count; i++) {
        at = put_segment(v, &t->segments[i], out, at, cap);
    }
    return at;
}

static int64_t tray_status(struct view *v, size_t slot)
{
    const struct live_alert *a = life_alert_about(view_life(v), PART_TRAY, slot);

    if (a == NULL) {
        return 0;
    }
    /* PrtSubUnitStatusTC: 8 non-critical; 16 critical with 1 on request or 3 broken */
    return a->choice->kind == ALERT_PAPER_LOW ? 8 : a->choice->kind == ALERT_PAPER_EMPTY ? 17 : 19;
}

static int64_t printer_status(struct view *v)
{
    const struct life *life = view_life(v);

    if (life->severity == 3) {
        return 1;
    }
    uint64_t minute = (uint64_t)(v->world->now_ms - v->world->start_ms) / 60000;
    bool busy =
        !v->world->still && world_hash(v->world, v->device->identity, 200 + minute) % 10 == 0;
    return busy ? 4 : 3;
}

static size_t error_state(struct view *v, int32_t least, uint8_t *out)
{
    uint16_t bits = view_life(v)->error_bits;

    out[0] = (uint8_t)(bits >> 8);
    out[1] = (uint8_t)bits;
    size_t n = out[1] != 0 ? 2 : out[0] != 0 ? 1 : 0;
    return n < (size_t)least ? (size_t)least : n;
}

static size_t date_and_time(uint8_t *out)
{
    time_t now = time(NULL);
    struct tm tm;

    if (gmtime_r(&now, &tm) == NULL) {
        return 0;
    }
    int year = tm.tm_year + 1900;
    out[0] = (uint8_t)(year >> 8);
    out[1] = (uint8_t)year;
    out[2] = (uint8_t)(tm.tm_mon + 1);
    out[3] = (uint8_t)tm.tm_mday;
    out[4] = (uint8_t)tm.tm_hour;
    out[5] = (uint8_t)tm.tm_min;
    out[6] = (uint8_t)tm.tm_sec;
    out[7] = 0;
    return 8;
}

static size_t brother_record(uint8_t *out, size_t at, uint8_t code, uint64_t value)
{
    out[at] = code;
    out[at + 1] = 1;
    out[at + 2] = 4;
    for (size_t i = 0; i < 4; i++) {
        out[at + 3 + i] = (uint8_t)(value >> (24 - 8 * i));
    }
    return at + 7;
}

/* Brother packs counters, supplies and pages left into octet strings of seven-octet records. */
static size_t brother_blob(struct view *v, int32_t what, uint8_t *out)
{
    static const uint8_t toner[] = {0xa1, 0xa2, 0xa3, 0xa4};
    size_t at = 0;
    size_t next_toner = 0;

    if (what == 0) {
        at = brother_record(out, at, 0x00, view_share(v, 100));
        at = brother_record(out, at, 0x01, view_share(v, 70));
        at = brother_record(out, at, 0x02, view_share(v, -70));
        at = brother_record(out, at, 0x06, view_share(v, 35));
    }
    for (size_t i = 0; what != 0 && i < v->profile->supply_count; i++) {
        const struct supply *s = &v->profile->supplies[i];
        uint64_t percent = level_percent(v, i);
        if (s->type == 9 && what == 1) {
            at = brother_record(out, at, 0x41, percent * 100);
        } else if (s->type == 9) {
            at = brother_record(out, at, 0x82, s->yield * percent / 100);
        } else if (what == 1 && next_toner < sizeof toner && !s->waste) {
            at = brother_record(out, at, toner[next_toner++], percent * 100);
        }
    }
    out[at] = 0xff;
    return at + 1;
}

static int64_t cover_status(struct view *v, const struct entry *e)
{
    int64_t closed = e->value_len > 0 ? e->value[0] : 4;

    return life_alert_about(view_life(v), PART_COVER, (size_t)e->arg) == NULL ? closed : closed - 1;
}

static int64_t output_status(struct view *v, size_t slot)
{
    const struct live_alert *a = life_alert_about(view_life(v), PART_OUTPUT, slot);

    return a == NULL ? 0 : a->choice->kind == ALERT_OUTPUT_FULL ? 17 : 8;
}

static void console_line(struct view *v, const struct entry *e, struct hit *hit)
{
    const struct life *life = view_life(v);

    if ((size_t)e->arg < life->alert_count) {
        hit->value = life->alerts[e->arg].choice->console;
        hit->value_len = life->alerts[e->arg].choice->console_len;
    } else if (e->arg == 0) {
        hit->value = v->profile->ready;
        hit->value_len = v->profile->ready_len;
    } else {
        hit->value_len = 0;
    }
}

/* Events since the table began: the living index counts spans, so it never falls. */
static int64_t event_count(struct view *v, int32_t all)
{
    const struct life *life = view_life(v);
    int64_t n = (int64_t)(v->device->sets + world_hash(v->world, v->device->identity, 6) % 50);

    for (size_t i = 0; i < life->alert_count; i++) {
        n += all || alert_infos[life->alerts[i].choice->kind].severity == 3;
    }
    return n;
}

static int64_t number_of(struct view *v, const struct entry *e)
{
    const struct life *life;
    size_t slot = (size_t)e->arg;

    switch ((enum value_kind)e->kind) {
    case V_UPTIME:
        return view_uptime(v);
    case V_PAGES:
        return (int64_t)view_share(v, e->arg);
    case V_POWER_ON:
        return (int64_t)(view_life(v)->pages - v->device->pages_at_boot);
    case V_LEVEL:
        return life_level(v->world, v->device, v->profile, view_life(v), slot);
    case V_LEVEL_PERCENT:
        return (int64_t)level_percent(v, slot);
    case V_TRAY_LEVEL:
        return life_tray_level(v->world, v->device, v->profile, view_life(v), slot);
    case V_TRAY_STATUS:
        return tray_status(v, slot);
    case V_OUTPUT_STATUS:
        return output_status(v, slot);
    case V_COVER_STATUS:
        return cover_status(v, e);
    case V_DEVICE_STATUS:
        life = view_life(v);
        return life->severity == 3 ? 5 : life->severity == 4 ? 3 : 2;
    case V_PRINTER_STATUS:
        return printer_status(v);
    case V_LAMP:
        life = view_life(v);
        return (e->arg == 0) == (life->severity != 3) ? 1 : 0;
    case V_EVENTS:
        return event_count(v, e->arg);
    case V_TRAFFIC:
        return (int64_t)(view_uptime(v) / 100 * (uint64_t)e->arg & UINT32_MAX);
    case V_STATIC:
    case V_TEMPLATE:
    case V_ERROR_STATE:
    case V_CONSOLE:
    case V_MAC:
    case V_DATE:
    case V_BROTHER:
    case V_ALERT:
        break;
    }
    return 0;
}

void value_read(struct view *v, const struct entry *e, struct hit *hit)
{
    hit->oid = e->oid;
    hit->oid_len = e->oid_len;
    hit->tag = e->tag;
    hit->flags = e->flags;
    hit->varbind = NULL;
    hit->value = hit->value_buf;
    switch ((enum value_kind)e->kind) {
    case V_STATIC:
        hit->value = e->value;
        hit->value_len = e->value_len;
        hit->varbind = e->varbind;
        hit->varbind_len = e->varbind_len;
        return;
    case V_TEMPLATE:
        hit->value_len =
            (uint16_t)value_template(v, &v->profile->templates[e->arg], hit->value_buf, VALUE_MAX);
        return;
    case V_ERROR_STATE:
        hit->value_len = (uint16_t)error_state(v, e->arg, hit->value_buf);
        return;
    case V_CONSOLE:
        console_line(v, e, hit);
        return;
    case V_MAC:
        device_mac(v->world, v->device, (uint32_t)e->arg, hit->value_buf);
        hit->value_len = 6;
        return;
    case V_DATE:
        hit->value_len = (uint16_t)date_and_time(hit->value_buf);
        return;
    case V_BROTHER:
        hit->value_len = (uint16_t)brother_blob(v, e->arg, hit->value_buf);
        return;
    case V_UPTIME:
    case V_PAGES:
    case V_POWER_ON:
    case V_LEVEL:
    case V_LEVEL_PERCENT:
    case V_TRAY_LEVEL:
    case V_TRAY_STATUS:
    case V_OUTPUT_STATUS:
    case V_COVER_STATUS:
    case V_DEVICE_STATUS:
    case V_PRINTER_STATUS:
    case V_LAMP:
    case V_EVENTS:
    case V_TRAFFIC:
    case V_ALERT:
        break;
    }
    int64_t n = number_of(v, e);
    hit->value_len = (uint16_t)(e->tag == BER_INTEGER ? ber_signed(hit->value_buf, n)
                                                      : ber_unsigned(hit->value_buf, (uint64_t)n));
}
