/* The Printer MIB (RFC 3805) and Finisher MIB (RFC 3806) groups of a profile, and the alerts the
 * model can show, which follow from its parts. */
#include "alert.h"
#include "ber.h"
#include "jsonx.h"
#include "profile.h"

#include <stdio.h>
#include <string.h>

#define PRT "1.3.6.1.2.1.43."

enum { CHOICES_MAX = 160 };

/* Where a group's next column goes. */
struct row {
    struct profile_builder *b;
    const cJSON *json;
    const char *entry;
    uint32_t index; /* 0: the row has no index of its own */
    bool ok;
};

static void oid_of(const struct row *r, uint32_t column, char out[64])
{
    char base[48];

    snprintf(base, sizeof base, "%s.%u", r->entry, column);
    jsonx_oid(out, base, r->b->profile->hr, r->index);
}

static void put_int(struct row *r, uint32_t column, int64_t value)
{
    char oid[64];

    oid_of(r, column, oid);
    r->ok = r->ok && builder_int(r->b, oid, BER_INTEGER, value, 0);
}

static void put_text(struct row *r, uint32_t column, const char *value)
{
    char oid[64];

    oid_of(r, column, oid);
    r->ok = r->ok && builder_text(r->b, oid, value, 0);
}

static void put_live(struct row *r, uint32_t column, enum value_kind kind, uint8_t tag, int32_t arg)
{
    char oid[64];

    oid_of(r, column, oid);
    r->ok = r->ok && builder_add(r->b, oid,
                                 (struct entry){.kind = (uint8_t)kind,
                                                .tag = tag,
                                                .arg = arg,
                                                .flags = kind == V_CONSOLE ? ENTRY_TEXT : 0});
}

/* A number from the row's JSON, left out of the table when the JSON says null. */
static void put_from(struct row *r, uint32_t column, const char *key, int64_t otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(r->json, key);

    if (!cJSON_IsNull(item)) {
        put_int(r, column, jsonx_int(r->json, key, otherwise));
    }
}

static void put_text_from(struct row *r, uint32_t column, const char *key, const char *otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(r->json, key);

    if (!cJSON_IsNull(item)) {
        put_text(r, column, jsonx_text(r->json, key, otherwise));
    }
}

static struct row row_of(struct profile_builder *b, const cJSON *json, const char *entry,
                         int64_t number)
{
    return (struct row){.b = b,
                        .json = json,
                        .entry = entry,
                        .index = (uint32_t)jsonx_int(json, "index", number),
                        .ok = true};
}

static void add_choice(struct profile_builder *b, enum alert_kind kind, size_t slot, uint32_t index,
                       const char *name)
{
    struct profile *p = b->profile;
    const struct alert_info *info = &alert_infos[kind];
    char text[256];
    char console[256];
    size_t len;

    if (p->choice_count == CHOICES_MAX) {
        return;
    }
    /* the catalogue's texts hold at most one %s; spelled out here to keep formats literal */
    const char *mark = strstr(info->text, "%s");
    snprintf(text, sizeof text, "%.*s%s%s",
             mark == NULL ? (int)strlen(info->text) : (int)(mark - info->text), info->text,
             mark == NULL ? "" : name, mark == NULL ? "" : mark + 2);
    mark = strstr(info->console, "%s");
    snprintf(console, sizeof console, "%.*s%s%s",
             mark == NULL ? (int)strlen(info->console) : (int)(mark - info->console), info->console,
             mark == NULL ? "" : name, mark == NULL ? "" : mark + 2);
    struct alert_choice *c = &p->choices[p->choice_count++];
    *c = (struct alert_choice){
        .kind = (uint8_t)kind, .slot = (uint8_t)slot, .group_index = (uint16_t)index};
    c->text = builder_encode(b, text, &len);
    c->text_len = (uint16_t)len;
    c->console = builder_encode(b, console, &len);
    c->console_len = (uint16_t)len;
}

static bool add_general(struct profile_builder *b, const cJSON *json)
{
    const cJSON *g = cJSON_GetObjectItemCaseSensitive(json, "general");
    struct row r = row_of(b, g, PRT "5.1.1", 0);

    if (g == NULL) {
        return true;
    }
    put_int(&r, 1, jsonx_int(g, "changes", 3));
    put_int(&r, 2, 1);
    put_int(&r, 3, 3);
    put_text_from(&r, 4, "operator", "");
    put_text_from(&r, 5, "service_person", "");
    put_int(&r, 6, 1);
    put_int(&r, 7, 1);
    put_int(&r, 8, 1);
    put_int(&r, 9, 1);
    put_int(&r, 10, 1);
    put_int(&r, 11, 2);
    put_int(&r, 12, 20);
    put_from(&r, 13, "console", 3);
    put_from(&r, 14, "startup_page", 4);
    put_from(&r, 15, "banner_page", 4);
    put_text_from(&r, 16, "name", "${name}");
    if (b->profile->serial != NULL && jsonx_bool(g, "serial", true)) {
        put_text(&r, 17, "${serial}");
    }
    put_live(&r, 18, V_EVENTS, BER_COUNTER32, 0);
    put_live(&r, 19, V_EVENTS, BER_COUNTER32, 1);
    return r.ok;
}

static bool add_cover(struct profile_builder *b, const cJSON *c, int64_t number)
{
    struct row r = row_of(b, c, PRT "6.1.1", number);
    struct profile *p = b->profile;
    uint8_t closed = (uint8_t)jsonx_int(c, "closed", 4);
    const char *name = jsonx_text(c, "name", "Front Cover");
    char oid[64];

    put_text(&r, 2, name);
    oid_of(&r, 3, oid);
    r.ok = r.ok && builder_add(b, oid,
                               (struct entry){.kind = V_COVER_STATUS,
                                              .tag = BER_INTEGER,
                                              .arg = (int32_t)p->cover_count,
                                              .value = arena_copy(b->arena, &closed, 1),
                                              .value_len = 1});
    add_choice(b, ALERT_COVER_OPEN, p->cover_count++, r.index, name);
    return r.ok;
}

static bool add_input(struct profile_builder *b, const cJSON *t, int64_t number)
{
    struct row r = row_of(b, t, PRT "8.2.1", number);
    struct profile *p = b->profile;
    const char *name = jsonx_text(t, "name", "Tray");
    int64_t max = jsonx_int(t, "max", 250);
    const cJSON *level = cJSON_GetObjectItemCaseSensitive(t, "level");
    bool room = p->tray_count < PROFILE_SLOTS;
    bool alive = room && !cJSON_IsNumber(level) && max > 0;

    put_from(&r, 2, "type", 3);
    put_from(&r, 3, "dim_unit", 4);
    put_from(&r, 4, "feed", 297000);
    put_from(&r, 5, "xfeed", 210000);
    put_from(&r, 6, "feed", 297000);
    put_from(&r, 7, "xfeed", 210000);
    put_from(&r, 8, "unit", 8);
    put_int(&r, 9, max);
    if (alive) {
        put_live(&r, 10, V_TRAY_LEVEL, BER_INTEGER, (int32_t)p->tray_count);
    } else {
        put_from(&r, 10, "level", -2);
    }
    put_live(&r, 11, V_TRAY_STATUS, BER_INTEGER, (int32_t)p->tray_count);
    put_text_from(&r, 12, "media", "iso-a4-white");
    put_text_from(&r, 13, "name", "Tray");
    put_text_from(&r, 14, "vendor", "");
    put_text_from(&r, 15, "model", "");
    put_text_from(&r, 16, "version", "");
    put_text_from(&r, 17, "serial", "");
    put_text_from(&r, 18, "descr", name);
    put_from(&r, 19, "security", 5);
    put_from(&r, 20, "weight", 80);
    put_text_from(&r, 21, "media_type", "stationery");
    put_text_from(&r, 22, "color", "white");
    put_from(&r, 23, "parts", -2);
    put_from(&r, 24, "load_timeout", 60);
    put_from(&r, 25, "next", -2);
    if (room) {
        p->trays[p->tray_count] =
            (struct tray){.index = r.index, .max = (int32_t)max, .alive = alive};
        if (alive) {
            add_choice(b, ALERT_PAPER_LOW, p->tray_count, r.index, name);
            add_choice(b, ALERT_PAPER_EMPTY, p->tray_count, r.index, name);
            add_choice(b, ALERT_TRAY_MISSING, p->tray_count, r.index, name);
        }
        p->tray_count++;
    }
    return r.ok;
}

static bool add_output(struct profile_builder *b, const cJSON *o, int64_t number)
{
    struct row r = row_of(b, o, PRT "9.2.1", number);
    struct profile *p = b->profile;
    const char *name = jsonx_text(o, "name", "Output Bin");

    put_from(&r, 2, "type", 3);
    put_from(&r, 3, "unit", 8);
    put_from(&r, 4, "max", 250);
    put_from(&r, 5, "remaining", -2);
    put_live(&r, 6, V_OUTPUT_STATUS, BER_INTEGER, (int32_t)p->output_count);
    put_text(&r, 7, name);
    put_text_from(&r, 8, "vendor", "");
    put_text_from(&r, 9, "model", "");
    put_text_from(&r, 12, "descr", name);
    put_from(&r, 13, "security", 5);
    put_from(&r, 19, "stacking", 4);
    put_from(&r, 20, "orientation", 4);
    put_from(&r, 24, "offset", 4);
    add_choice(b, ALERT_OUTPUT_NEAR_FULL, p->output_count, r.index, name);
    add_choice(b, ALERT_OUTPUT_FULL, p->output_count++, r.index, name);
    return r.ok;
}

static bool add_marker(struct profile_builder *b, const cJSON *m, int64_t number)
{
    struct row r = row_of(b, m, PRT "10.2.1", number);

    put_from(&r, 2, "technology", 4);
    put_from(&r, 3, "unit", 7);
    put_live(&r, 4, V_PAGES, BER_COUNTER32, (int32_t)jsonx_int(m, "share", 100));
    put_live(&r, 5, V_POWER_ON, BER_COUNTER32, 0);
    put_from(&r, 6, "colorants", 1);
    put_from(&r, 7, "spots", 0);
    put_from(&r, 8, "resolution_unit", 3);
    put_from(&r, 9, "resolution", 600);
    put_from(&r, 10, "resolution", 600);
    put_from(&r, 15, "status", 0);
    return r.ok;
}

static void supply_choices(struct profile_builder *b, const struct supply *s, size_t slot,
                           const char *name)
{
    if (s->waste) {
        add_choice(b, ALERT_WASTE_NEAR_FULL, slot, s->index, name);
        add_choice(b, ALERT_WASTE_FULL, slot, s->index, name);
        return;
    }
    /* drums, fusers and staples wear out too, but only what is used up runs low by alert */
    bool used_up = s->type == 3 || (s->type >= 5 && s->type <= 7) || s->type == 21;
    if (used_up) {
        add_choice(b, ALERT_SUPPLY_LOW, slot, s->index, name);
        add_choice(b, ALERT_SUPPLY_LOW, slot, s->index, name);
        add_choice(b, ALERT_SUPPLY_EMPTY, slot, s->index, name);
        add_choice(b, ALERT_SUPPLY_MISSING, slot, s->index, name);
    }
    if (s->type == 9) {
        add_choice(b, ALERT_LIFE_LOW, slot, s->index, name);
    }
}

static bool add_supply(struct profile_builder *b, const cJSON *s, int64_t number)
{
    struct row r = row_of(b, s, PRT "11.1.1", number);
    struct profile *p = b->profile;
    const char *name = jsonx_text(s, "name", "Supply");
    int64_t max = jsonx_int(s, "max", 100);
    int64_t yield = jsonx_int(s, "yield", 0);
    const cJSON *level = cJSON_GetObjectItemCaseSensitive(s, "level");
    bool alive = !cJSON_IsNumber(level) && max > 0 && yield > 0;

    if (p->supply_count == PROFILE_SLOTS) {
        snprintf(b->error, sizeof b->error, "more than %d supplies", PROFILE_SLOTS);
        return false;
    }
    put_from(&r, 2, "marker", 1);
    put_from(&r, 3, "colorant", 0);
    put_from(&r, 4, "class", 3);
    put_from(&r, 5, "type", 3);
    put_text(&r, 6, name);
    put_from(&r, 7, "unit", 19);
    put_int(&r, 8, max);
    struct supply *slot = &p->supplies[p->supply_count];
    *slot = (struct supply){.index = r.index,
                            .max = (int32_t)max,
                            .yield = alive ? (uint32_t)yield : 0,
                            .type = (int32_t)jsonx_int(s, "type", 3),
                            .waste = jsonx_int(s, "class", 3) == 4};
    if (alive) {
        put_live(&r, 9, V_LEVEL, BER_INTEGER, (int32_t)p->supply_count);
        supply_choices(b, slot, p->supply_count, name);
        uint32_t step = (uint32_t)((yield + max - 1) / max);
        if (p->tick_pages == 0) {
            p->tick_pages = step;
        }
    } else {
        put_from(&r, 9, "level", -2);
    }
    p->supply_count++;
    return r.ok;
}

static bool add_colorant(struct profile_builder *b, const cJSON *c, int64_t number)
{
    struct row r = row_of(b, c, PRT "12.1.1", number);

    put_from(&r, 2, "marker", 1);
    put_from(&r, 3, "role", 3);
    put_text_from(&r, 4, "value", "black");
    put_from(&r, 5, "tonality", 256);
    return r.ok;
}

static bool add_path(struct profile_builder *b, const cJSON *m, int64_t number)
{
    struct row r = row_of(b, m, PRT "13.4.1", number);

    put_from(&r, 2, "speed_unit", 8);
    put_from(&r, 3, "size_unit", 4);
    put_from(&r, 4, "speed", 1500);
    put_from(&r, 9, "type", 3);
    put_text_from(&r, 10, "name", "Simplex");
    put_from(&r, 11, "status", 0);
    return r.ok;
}

static bool add_channel(struct profile_builder *b, const cJSON *c, int64_t number)
{
    struct row r = row_of(b, c, PRT "14.1.1", number);

    put_from(&r, 2, "type", 11);
    put_text_from(&r, 3, "version", "1.0");
    put_from(&r, 5, "language", 1);
    put_from(&r, 6, "state", 3);
    put_from(&r, 7, "interface", 1);
    put_from(&r, 8, "status", 0);
    put_text_from(&r, 9, "info", "");
    return r.ok;
}

static bool add_interpreter(struct profile_builder *b, const cJSON *c, int64_t number)
{
    struct row r = row_of(b, c, PRT "15.1.1", number);

    put_from(&r, 2, "family", 3);
    put_text_from(&r, 3, "level", "6");
    put_text_from(&r, 4, "version", "");
    put_text_from(&r, 5, "name", "PCL");
    put_text_from(&r, 6, "build", "");
    put_from(&r, 7, "orientation", 3);
    put_from(&r, 10, "charset_in", 2004);
    put_from(&r, 11, "charset_out", 4);
    return r.ok;
}

static bool add_lamp(struct profile_builder *b, const cJSON *c, int64_t number)
{
    struct row r = row_of(b, c, PRT "17.6.1", number);
    bool attention = jsonx_bool(c, "attention", false);

    put_live(&r, 2, V_LAMP, BER_INTEGER, attention);
    put_int(&r, 3, 0);
    put_from(&r, 4, "color", attention ? 4 : 5);
    put_text_from(&r, 5, "name", "Ready");
    return r.ok;
}

static bool add_finisher(struct profile_builder *b, const cJSON *f, int64_t number)
{
    struct row r = row_of(b, f, PRT "30.1.1", number);

    put_from(&r, 2, "type", 3);
    put_from(&r, 3, "present", 3);
    put_from(&r, 4, "unit", 8);
    put_from(&r, 5, "max", -2);
    put_from(&r, 6, "level", -2);
    put_text_from(&r, 7, "paths", "");
    put_text_from(&r, 8, "outputs", "");
    put_from(&r, 9, "status", 0);
    put_text_from(&r, 10, "name", "Finisher");
    return r.ok;
}

static bool add_finisher_supply(struct profile_builder *b, const cJSON *f, int64_t number)
{
    struct row r = row_of(b, f, PRT "31.1.1", number);

    put_from(&r, 2, "device", 1);
    put_from(&r, 3, "class", 3);
    put_from(&r, 4, "type", 32);
    put_text_from(&r, 5, "name", "Staples");
    put_from(&r, 6, "unit", 18);
    put_from(&r, 7, "max", 5000);
    put_from(&r, 8, "level", -3);
    put_text_from(&r, 9, "color", "");
    return r.ok;
}

static bool add_finisher_input(struct profile_builder *b, const cJSON *f, int64_t number)
{
    struct row r = row_of(b, f, PRT "32.1.1", number);

    put_from(&r, 2, "device", 1);
    put_from(&r, 3, "supply", 1);
    put_from(&r, 4, "type", 3);
    put_from(&r, 5, "dim_unit", 4);
    put_from(&r, 6, "feed", 297000);
    put_from(&r, 7, "xfeed", 210000);
    put_from(&r, 8, "status", 0);
    put_text_from(&r, 9, "media", "cover");
    put_text_from(&r, 10, "name", "Inserter");
    put_text_from(&r, 11, "descr", "Cover inserter");
    put_from(&r, 12, "security", 5);
    put_from(&r, 13, "weight", 160);
    put_from(&r, 14, "thickness", -2);
    put_text_from(&r, 15, "media_type", "stationery");
    return r.ok;
}

/* finDeviceAttributeTable: hrDeviceIndex.finDeviceIndex.type.instance */
static bool add_finisher_attribute(struct profile_builder *b, const cJSON *f, int64_t number)
{
    uint32_t device = (uint32_t)jsonx_int(f, "device", 1);
    uint32_t type = (uint32_t)jsonx_int(f, "type", 3);
    char oid[64];
    bool ok = true;

    for (uint32_t column = 3; column <= 4; column++) {
        snprintf(oid, sizeof oid, PRT "33.1.1.%u.%u.%u.%u.%lld", column, b->profile->hr, device,
                 type, (long long)jsonx_int(f, "instance", number));
        ok = ok && (column == 3 ? builder_int(b, oid, BER_INTEGER, jsonx_int(f, "value", -2), 0)
                                : builder_text(b, oid, jsonx_text(f, "text", ""), 0));
    }
    return ok;
}

static bool add_console(struct profile_builder *b, const cJSON *json)
{
    const cJSON *c = cJSON_GetObjectItemCaseSensitive(json, "console");
    int64_t lines = jsonx_int(c, "lines", 0);
    size_t len;

    b->profile->ready = builder_encode(b, jsonx_text(c, "ready", "Ready"), &len);
    b->profile->ready_len = (uint16_t)len;
    for (int64_t i = 0; i < lines; i++) {
        struct row r = row_of(b, NULL, PRT "16.5.1", i + 1);
        put_live(&r, 2, V_CONSOLE, BER_OCTETS, (int32_t)i);
        if (!r.ok) {
            return false;
        }
    }
    return true;
}

typedef bool add_row(struct profile_builder *, const cJSON *, int64_t);

static bool add_list(struct profile_builder *b, const cJSON *json, const char *key, add_row *add)
{
    const cJSON *item;
    int64_t number = 1;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, key))
    {
        if (!add(b, item, number++)) {
            return false;
        }
    }
    return true;
}

static bool add_device_id(struct profile_builder *b, const cJSON *json)
{
    const char *id = jsonx_text(json, "device_id", NULL);

    return id == NULL || (builder_text(b, "1.3.6.1.4.1.2699.1.2.1.2.1.1.2.1",
                                       jsonx_text(json, "ppm_name", ""), 0) &&
                          builder_text(b, "1.3.6.1.4.1.2699.1.2.1.2.1.1.3.1", id, 0));
}

bool profile_add_printer(struct profile_builder *b, const cJSON *json)
{
    static const struct {
        const char *key;
        add_row *add;
    } lists[] = {
        {"covers", add_cover},
        {"inputs", add_input},
        {"outputs", add_output},
        {"markers", add_marker},
        {"supplies", add_supply},
        {"colorants", add_colorant},
        {"paths", add_path},
        {"channels", add_channel},
        {"interpreters", add_interpreter},
        {"lamps", add_lamp},
        {"finishers", add_finisher},
        {"finisher_supplies", add_finisher_supply},
        {"finisher_inputs", add_finisher_input},
        {"finisher_attributes", add_finisher_attribute},
    };
    struct profile *p = b->profile;
    struct row localization = row_of(b, NULL, PRT "7.1.1", 1);

    p->choices = arena_alloc(b->arena, CHOICES_MAX * sizeof *p->choices);
    p->alerts = jsonx_bool(json, "alerts", true);
    if (!add_general(b, json) || !add_console(b, json) || !add_device_id(b, json)) {
        return false;
    }
    put_text(&localization, 2, "en");
    put_text(&localization, 3, "US");
    put_int(&localization, 4, 106);
    if (!localization.ok) {
        return false;
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (!add_list(b, json, lists[i].key, lists[i].add)) {
            return false;
        }
    }
    add_choice(b, ALERT_JAM, 0, 1, "");
    add_choice(b, ALERT_SERVICE, 0, 1, "");
    add_choice(b, ALERT_MAINTENANCE, 0, 1, "");
    if (p->tick_pages == 0) {
        p->tick_pages = 1;
    }
    return true;
}
