/* Building, writing, reading and judging reports. One thread owns a report. */
#include "core/model/report.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/map.h"
#include "core/base/text.h"

static const char *const field_names[REPORT_FIELDS] = {
    [PLATEN_FIELD_NAME] = "name",
    [PLATEN_FIELD_MANUFACTURER] = "manufacturer",
    [PLATEN_FIELD_MODEL] = "model",
    [PLATEN_FIELD_SERIAL] = "serial",
    [PLATEN_FIELD_FIRMWARE] = "firmware",
    [PLATEN_FIELD_LOCATION] = "location",
    [PLATEN_FIELD_CONTACT] = "contact",
    [PLATEN_FIELD_UUID] = "uuid",
    [PLATEN_FIELD_HOSTNAME] = "hostname",
    [PLATEN_FIELD_DESCRIPTION] = "description",
    [PLATEN_FIELD_LINK] = "link",
    [PLATEN_FIELD_STATE] = "state",
    [PLATEN_FIELD_PAGE_COUNT] = "page_count",
    [PLATEN_FIELD_PAGE_UNIT] = "page_unit",
    [PLATEN_FIELD_COLOR] = "color",
    [PLATEN_FIELD_UPTIME] = "uptime",
    [PLATEN_FIELD_OBJECT_ID] = "object_id",
    [PLATEN_FIELD_ASSET] = "asset",
};

static const char *const part_names[] = {
    [PLATEN_PART_INPUT] = "input",     [PLATEN_PART_OUTPUT] = "output",
    [PLATEN_PART_COVER] = "cover",     [PLATEN_PART_FINISHER] = "finisher",
    [PLATEN_PART_CONSOLE] = "console",
};

#define PART_KINDS (sizeof(part_names) / sizeof(part_names[0]))
#define MAC_COUNT (sizeof(((report *)NULL)->macs) / sizeof(((report *)NULL)->macs[0]))

static bool is_integer_field(uint32_t field)
{
    return field == PLATEN_FIELD_PAGE_COUNT || field == PLATEN_FIELD_COLOR ||
           field == PLATEN_FIELD_UPTIME;
}

report *report_new(void)
{
    arena *a = arena_new();
    report *r = a != NULL ? arena_alloc(a, sizeof(*r)) : NULL;
    if (r == NULL) {
        arena_free(a);
        return NULL;
    }
    r->arena = a;
    for (size_t i = 0; i < REPORT_FIELDS; i++) {
        r->integer[i] = REPORT_NONE;
    }
    return r;
}

void report_free(report *r)
{
    if (r != NULL) {
        arena_free(r->arena);
    }
}

/* At most `most` bytes without half a character at the end: that would make all of it Latin-1. */
static size_t cut(const char *text, size_t length, size_t most)
{
    if (length <= most) {
        return length;
    }
    size_t used = most;
    while (used > most - 4 && ((unsigned char)text[used] & 0xc0) == 0x80) {
        used--;
    }
    return used;
}

static const char *cleaned(report *r, const char *value, size_t length)
{
    strbuf clean;
    strbuf_init(&clean);
    text_from_device(&clean, value, cut(value, length, 4 * REPORT_TEXT));
    size_t used = clean.failed ? 0 : cut(clean.data, clean.length, REPORT_TEXT);
    while (used > 0 && clean.data[used - 1] == ' ') { /* the cut may have come behind one */
        used--;
    }
    const char *kept = clean.failed ? NULL : arena_dup_n(r->arena, clean.data, used);
    strbuf_fini(&clean);
    return kept;
}

/* Clean, bounded text in the report's arena; "" for NULL. */
static const char *keep(report *r, const char *value, size_t length)
{
    if (value == NULL || length == 0) {
        return "";
    }
    const char *kept = NULL;
    if (length <= REPORT_TEXT && text_is_clean(value, length)) {
        kept = arena_dup_n(r->arena, value, length);
    } else {
        kept = cleaned(r, value, length);
    }
    if (kept == NULL) {
        r->failed = true;
        return "";
    }
    return kept;
}

static const char *keep_text(report *r, const char *value)
{
    return keep(r, value, value != NULL ? strnlen(value, 4 * REPORT_TEXT + 1) : 0);
}

static void add_mac(report *r, uint32_t rank, const char *mac)
{
    for (size_t i = 0; i < r->mac_count; i++) {
        if (text_equal_fold(r->macs[i], mac)) {
            return;
        }
    }
    if (r->mac_count == MAC_COUNT) {
        r->dropped++;
        return;
    }
    if (rank > r->rank[PLATEN_FIELD_MAC] &&
        r->mac_count > 0) { /* the better driver's comes first */
        memmove(&r->macs[1], &r->macs[0], r->mac_count * sizeof(r->macs[0]));
        r->macs[0] = mac;
    } else {
        r->macs[r->mac_count] = mac;
    }
    r->mac_count++;
    if (rank > r->rank[PLATEN_FIELD_MAC]) {
        r->rank[PLATEN_FIELD_MAC] = rank;
    }
}

void report_set_text(report *r, uint32_t rank, uint32_t field, const char *value, size_t length)
{
    if (field == 0 || field >= REPORT_FIELDS || value == NULL || is_integer_field(field)) {
        return;
    }
    const char *kept =
        keep(r, value, length == SIZE_MAX ? strnlen(value, 4 * REPORT_TEXT + 1) : length);
    if (kept[0] == '\0') {
        return;
    }
    if (field == PLATEN_FIELD_MAC) {
        add_mac(r, rank, kept);
    } else if (r->text[field] == NULL || rank >= r->rank[field]) {
        r->text[field] = kept;
        r->rank[field] = rank;
    }
}

void report_set_integer(report *r, uint32_t rank, uint32_t field, int64_t value)
{
    if (field < REPORT_FIELDS && is_integer_field(field) && value >= 0 &&
        (r->integer[field] == REPORT_NONE || rank >= r->rank[field])) {
        r->integer[field] = value;
        r->rank[field] = rank;
    }
}

/* Room for one more element in an arena array that doubles; NULL when full or out of memory. */
static void *grow(report *r, void *rows, size_t count, size_t limit, size_t size)
{
    if (count >= limit) {
        r->dropped++;
        return NULL;
    }
    if (count != 0 && (count < 4 || (count & (count - 1)) != 0)) {
        return rows;
    }
    void *more = arena_alloc_array(r->arena, count == 0 ? 4 : count * 2, size);
    if (more == NULL) {
        r->failed = true;
        return NULL;
    }
    if (count > 0) {
        memcpy(more, rows, count * size);
    }
    return more;
}

void report_add_firmware(report *r, const char *component, const char *version)
{
    const char *what = keep_text(r, component);
    const char *which = keep_text(r, version);
    if (which[0] == '\0') {
        return;
    }
    for (size_t i = 0; i < r->firmware_count; i++) {
        if (strcmp(r->firmware[i].component, what) == 0) {
            r->firmware[i].version = which;
            return;
        }
    }
    report_firmware *rows = grow(r, r->firmware, r->firmware_count, REPORT_FIRMWARE, sizeof(*rows));
    if (rows != NULL) {
        r->firmware = rows;
        rows[r->firmware_count++] = (report_firmware){what, which};
    }
}

static int32_t clean_percent(int32_t percent)
{
    return percent > 100 ? 100 : percent < PLATEN_LEVEL_SOME ? PLATEN_LEVEL_UNKNOWN : percent;
}

static int64_t clean_level(int64_t level)
{
    return level < PLATEN_LEVEL_SOME ? PLATEN_LEVEL_UNKNOWN : level;
}

/* The host may be newer or older than the plugin that made the row: what it has is copied. */
#define ADOPT(copy, row)                                                                           \
    memcpy(&(copy), (row), (row)->size < sizeof(copy) ? (row)->size : sizeof(copy));               \
    (copy).size = (uint32_t)sizeof(copy)

void report_add_supply(report *r, const platen_supply *supply)
{
    platen_supply row = PLATEN_SUPPLY_INIT;
    ADOPT(row, supply);
    row.key = keep_text(r, row.key);
    row.description = keep_text(r, row.description);
    row.type = keep_text(r, row.type);
    row.color = keep_text(r, row.color);
    row.unit = keep_text(r, row.unit);
    row.part = keep_text(r, row.part);
    row.serial = keep_text(r, row.serial);
    row.source = keep_text(r, row.source);
    row.capacity = clean_level(row.capacity);
    row.level = clean_level(row.level);
    row.percent = clean_percent(row.percent);
    for (size_t i = 0; i < r->supply_count; i++) {
        if (strcmp(r->supplies[i].key, row.key) == 0) {
            r->supplies[i] = row;
            return;
        }
    }
    platen_supply *rows = grow(r, r->supplies, r->supply_count, REPORT_ROWS, sizeof(row));
    if (rows != NULL) {
        r->supplies = rows;
        rows[r->supply_count++] = row;
    }
}

void report_add_part(report *r, const platen_part *part)
{
    platen_part row = PLATEN_PART_INIT;
    ADOPT(row, part);
    if (row.part == 0 || row.part >= PART_KINDS) {
        return;
    }
    row.key = keep_text(r, row.key);
    row.name = keep_text(r, row.name);
    row.description = keep_text(r, row.description);
    row.type = keep_text(r, row.type);
    row.media = keep_text(r, row.media);
    row.unit = keep_text(r, row.unit);
    row.state = keep_text(r, row.state);
    row.capacity = clean_level(row.capacity);
    row.level = clean_level(row.level);
    row.percent = clean_percent(row.percent);
    size_t same_kind = 0;
    for (size_t i = 0; i < r->part_count; i++) {
        if (r->parts[i].part == row.part) {
            same_kind++;
            if (strcmp(r->parts[i].key, row.key) == 0) {
                r->parts[i] = row;
                return;
            }
        }
    }
    if (same_kind >= REPORT_ROWS) {
        r->dropped++;
        return;
    }
    platen_part *rows = grow(r, r->parts, r->part_count, REPORT_ROWS * PART_KINDS, sizeof(row));
    if (rows != NULL) {
        r->parts = rows;
        rows[r->part_count++] = row;
    }
}

void report_add_alert(report *r, const platen_alert *alert)
{
    platen_alert row = PLATEN_ALERT_INIT;
    ADOPT(row, alert);
    row.text = keep_text(r, row.text);
    row.source = keep_text(r, row.source);
    for (size_t i = 0; i < r->alert_count; i++) {
        const platen_alert *a = &r->alerts[i];
        if (a->code == row.code && a->group == row.group && a->group_index == row.group_index &&
            a->severity == row.severity && a->training == row.training &&
            strcmp(a->text, row.text) == 0) {
            return;
        }
    }
    platen_alert *rows = grow(r, r->alerts, r->alert_count, REPORT_ROWS, sizeof(row));
    if (rows != NULL) {
        r->alerts = rows;
        rows[r->alert_count++] = row;
    }
}

void report_add_counter(report *r, const platen_counter *counter)
{
    platen_counter row = PLATEN_COUNTER_INIT;
    ADOPT(row, counter);
    if (row.value < 0) {
        return;
    }
    row.key = keep_text(r, row.key);
    row.unit = keep_text(r, row.unit);
    row.source = keep_text(r, row.source);
    for (size_t i = 0; i < r->counter_count; i++) {
        if (strcmp(r->counters[i].key, row.key) == 0) {
            r->counters[i] = row;
            return;
        }
    }
    platen_counter *rows = grow(r, r->counters, r->counter_count, REPORT_ROWS, sizeof(row));
    if (rows != NULL) {
        r->counters = rows;
        rows[r->counter_count++] = row;
    }
}

/* ---- writing ---- */

/* Text is only written when there is some: an absent member reads back as "". */
static void write_text(json_writer *w, const char *key, const char *value)
{
    if (value[0] != '\0') {
        json_text(w, key, value);
    }
}

/* As with texts: an absent level reads back as unknown. */
static void write_levels(json_writer *w, int64_t capacity, int64_t level, int64_t percent)
{
    static const char *const keys[] = {"capacity", "level", "percent"};
    const int64_t values[] = {capacity, level, percent};
    for (size_t i = 0; i < 3; i++) {
        if (values[i] != PLATEN_LEVEL_UNKNOWN) {
            json_i64(w, keys[i], values[i]);
        }
    }
}

static void write_firmware(const report *r, json_writer *w)
{
    json_array(w, "firmware_parts");
    for (size_t i = 0; i < r->firmware_count; i++) {
        json_object(w, NULL);
        json_text(w, "component", r->firmware[i].component);
        json_text(w, "version", r->firmware[i].version);
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_supplies(const report *r, json_writer *w)
{
    json_array(w, "supplies");
    for (size_t i = 0; i < r->supply_count; i++) {
        const platen_supply *s = &r->supplies[i];
        json_object(w, NULL);
        json_text(w, "key", s->key);
        write_text(w, "class", s->class_of == PLATEN_SUPPLY_RECEPTACLE ? "receptacle" : "");
        write_text(w, "description", s->description);
        write_text(w, "type", s->type);
        write_text(w, "color", s->color);
        write_text(w, "unit", s->unit);
        write_text(w, "part", s->part);
        write_text(w, "serial", s->serial);
        write_text(w, "source", s->source);
        write_levels(w, s->capacity, s->level, s->percent);
        if (s->clamped != 0) {
            json_bool(w, "clamped", true);
        }
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_parts(const report *r, json_writer *w)
{
    json_array(w, "parts");
    for (size_t i = 0; i < r->part_count; i++) {
        const platen_part *p = &r->parts[i];
        json_object(w, NULL);
        json_text(w, "part", part_names[p->part]);
        json_text(w, "key", p->key);
        write_text(w, "name", p->name);
        write_text(w, "description", p->description);
        write_text(w, "type", p->type);
        write_text(w, "media", p->media);
        write_text(w, "unit", p->unit);
        write_text(w, "state", p->state);
        write_levels(w, p->capacity, p->level, p->percent);
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_alerts(const report *r, json_writer *w)
{
    json_array(w, "alerts");
    for (size_t i = 0; i < r->alert_count; i++) {
        const platen_alert *a = &r->alerts[i];
        json_object(w, NULL);
        json_i64(w, "severity", a->severity);
        json_i64(w, "training", a->training);
        json_i64(w, "group", a->group);
        json_i64(w, "group_index", a->group_index);
        json_i64(w, "code", a->code);
        json_i64(w, "location", a->location);
        json_i64(w, "uptime", a->uptime);
        write_text(w, "text", a->text);
        write_text(w, "source", a->source);
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_counters(const report *r, json_writer *w)
{
    json_array(w, "counters");
    for (size_t i = 0; i < r->counter_count; i++) {
        const platen_counter *c = &r->counters[i];
        json_object(w, NULL);
        json_text(w, "key", c->key);
        write_text(w, "unit", c->unit);
        write_text(w, "source", c->source);
        json_i64(w, "value", c->value);
        json_object_end(w);
    }
    json_array_end(w);
}

/* Rows come in the order the device gave them; sorting makes equal states equal text. */
static int by_supply(const void *a, const void *b)
{
    return strcmp(((const platen_supply *)a)->key, ((const platen_supply *)b)->key);
}

static int by_part(const void *a, const void *b)
{
    const platen_part *x = a;
    const platen_part *y = b;
    return x->part != y->part ? (x->part < y->part ? -1 : 1) : strcmp(x->key, y->key);
}

static int by_alert(const void *a, const void *b)
{
    const platen_alert *x = a;
    const platen_alert *y = b;
    if (x->severity != y->severity) {
        return x->severity < y->severity ? -1 : 1;
    }
    if (x->code != y->code) {
        return x->code < y->code ? -1 : 1;
    }
    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    if (x->group_index != y->group_index) {
        return x->group_index < y->group_index ? -1 : 1;
    }
    if (x->training != y->training) {
        return x->training < y->training ? -1 : 1;
    }
    return strcmp(x->text, y->text);
}

static int by_counter(const void *a, const void *b)
{
    return strcmp(((const platen_counter *)a)->key, ((const platen_counter *)b)->key);
}

static void sort_rows(const report *r)
{
    if (r->supply_count > 1) {
        qsort(r->supplies, r->supply_count, sizeof(r->supplies[0]), by_supply);
    }
    if (r->part_count > 1) {
        qsort(r->parts, r->part_count, sizeof(r->parts[0]), by_part);
    }
    if (r->alert_count > 1) {
        qsort(r->alerts, r->alert_count, sizeof(r->alerts[0]), by_alert);
    }
    if (r->counter_count > 1) {
        qsort(r->counters, r->counter_count, sizeof(r->counters[0]), by_counter);
    }
}

static void write_body(const report *r, json_writer *w)
{
    sort_rows(r);
    for (uint32_t i = 1; i < REPORT_FIELDS; i++) {
        if (field_names[i] == NULL || i == PLATEN_FIELD_UPTIME) {
            continue;
        }
        if (is_integer_field(i)) {
            if (r->integer[i] != REPORT_NONE) {
                json_i64(w, field_names[i], r->integer[i]);
            }
        } else if (r->text[i] != NULL) {
            json_text(w, field_names[i], r->text[i]);
        }
    }
    if (r->mac_count > 0) {
        json_array(w, "macs");
        for (size_t i = 0; i < r->mac_count; i++) {
            json_text(w, NULL, r->macs[i]);
        }
        json_array_end(w);
    }
    if (r->firmware_count > 0) {
        write_firmware(r, w);
    }
    if (r->supply_count > 0) {
        write_supplies(r, w);
    }
    if (r->part_count > 0) {
        write_parts(r, w);
    }
    if (r->alert_count > 0) {
        write_alerts(r, w);
    }
    if (r->counter_count > 0) {
        write_counters(r, w);
    }
    if (r->integer[PLATEN_FIELD_UPTIME] != REPORT_NONE) {
        json_i64(w, "uptime", r->integer[PLATEN_FIELD_UPTIME]);
    }
}

void report_write(const report *r, json_writer *w, const char *key)
{
    json_object(w, key);
    write_body(r, w);
    json_object_end(w);
}

/* ---- reading ---- */

static const char *member(const cJSON *row, const char *key)
{
    return json_get_text(row, key, "");
}

static uint32_t small_number(const cJSON *row, const char *key, uint32_t fallback)
{
    int64_t n = json_get_i64(row, key, fallback);
    return n >= 0 && n <= INT32_MAX ? (uint32_t)n : fallback;
}

static int32_t index_number(const cJSON *row, const char *key)
{
    int64_t n = json_get_i64(row, key, -1);
    return n >= -1 && n <= INT32_MAX ? (int32_t)n : -1;
}

static int32_t percent_number(const cJSON *row)
{
    int64_t n = json_get_i64(row, "percent", PLATEN_LEVEL_UNKNOWN);
    return n >= PLATEN_LEVEL_SOME && n <= 100 ? (int32_t)n : PLATEN_LEVEL_UNKNOWN;
}

static void read_supply(report *r, const cJSON *row)
{
    platen_supply s = PLATEN_SUPPLY_INIT;
    s.class_of = strcmp(member(row, "class"), "receptacle") == 0 ? PLATEN_SUPPLY_RECEPTACLE
                                                                 : PLATEN_SUPPLY_CONSUMED;
    s.key = member(row, "key");
    s.description = member(row, "description");
    s.type = member(row, "type");
    s.color = member(row, "color");
    s.unit = member(row, "unit");
    s.part = member(row, "part");
    s.serial = member(row, "serial");
    s.source = member(row, "source");
    s.capacity = json_get_i64(row, "capacity", PLATEN_LEVEL_UNKNOWN);
    s.level = json_get_i64(row, "level", PLATEN_LEVEL_UNKNOWN);
    s.percent = percent_number(row);
    s.clamped = json_get_bool(row, "clamped", false) ? 1 : 0;
    report_add_supply(r, &s);
}

static void read_part(report *r, const cJSON *row)
{
    platen_part p = PLATEN_PART_INIT;
    p.part = 0;
    for (uint32_t i = 1; i < PART_KINDS; i++) {
        if (strcmp(part_names[i], member(row, "part")) == 0) {
            p.part = i;
        }
    }
    p.key = member(row, "key");
    p.name = member(row, "name");
    p.description = member(row, "description");
    p.type = member(row, "type");
    p.media = member(row, "media");
    p.unit = member(row, "unit");
    p.state = member(row, "state");
    p.capacity = json_get_i64(row, "capacity", PLATEN_LEVEL_UNKNOWN);
    p.level = json_get_i64(row, "level", PLATEN_LEVEL_UNKNOWN);
    p.percent = percent_number(row);
    report_add_part(r, &p);
}

static void read_alert(report *r, const cJSON *row)
{
    platen_alert a = PLATEN_ALERT_INIT;
    a.severity = small_number(row, "severity", PLATEN_SEVERITY_OTHER);
    a.training = small_number(row, "training", 2);
    a.group = small_number(row, "group", 1);
    a.group_index = index_number(row, "group_index");
    a.code = small_number(row, "code", 1);
    a.location = index_number(row, "location");
    a.uptime = json_get_i64(row, "uptime", -1);
    a.text = member(row, "text");
    a.source = member(row, "source");
    report_add_alert(r, &a);
}

static void read_counter(report *r, const cJSON *row)
{
    platen_counter c = PLATEN_COUNTER_INIT;
    c.key = member(row, "key");
    c.unit = member(row, "unit");
    c.source = member(row, "source");
    c.value = json_get_i64(row, "value", -1);
    report_add_counter(r, &c);
}

static void read_rows(report *r, const cJSON *tree, const char *key,
                      void (*read)(report *r, const cJSON *row))
{
    const cJSON *row = NULL;
    cJSON_ArrayForEach(row, json_get_array(tree, key))
    {
        if (cJSON_IsObject(row)) {
            read(r, row);
        }
    }
}

static void read_firmware(report *r, const cJSON *row)
{
    report_add_firmware(r, member(row, "component"), member(row, "version"));
}

platen_code report_read(const cJSON *tree, report **out, platen_error *err)
{
    if (!cJSON_IsObject(tree)) {
        return error_set(err, PLATEN_E_MALFORMED, "the report is no JSON object");
    }
    report *r = report_new();
    if (r == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a report");
    }
    for (uint32_t i = 1; i < REPORT_FIELDS; i++) {
        if (field_names[i] == NULL) {
            continue;
        }
        if (is_integer_field(i)) {
            report_set_integer(r, 1, i, json_get_i64(tree, field_names[i], -1));
        } else {
            report_set_text(r, 1, i, json_get_text(tree, field_names[i], NULL), SIZE_MAX);
        }
    }
    const cJSON *mac = NULL;
    cJSON_ArrayForEach(mac, json_get_array(tree, "macs"))
    {
        report_set_text(r, 1, PLATEN_FIELD_MAC, cJSON_GetStringValue(mac), SIZE_MAX);
    }
    read_rows(r, tree, "firmware_parts", read_firmware);
    read_rows(r, tree, "supplies", read_supply);
    read_rows(r, tree, "parts", read_part);
    read_rows(r, tree, "alerts", read_alert);
    read_rows(r, tree, "counters", read_counter);
    if (r->failed) {
        report_free(r);
        return error_set(err, PLATEN_E_NOMEM, "no memory for a report");
    }
    *out = r;
    return PLATEN_OK;
}

/* ---- judging ---- */

/* MON-34 to MON-36: training levels trained, field service and management mean a service call,
 * then severity decides. */
device_severity report_alert_severity(const platen_alert *alert)
{
    if (alert->severity == PLATEN_SEVERITY_OTHER) {
        return DEVICE_NORMAL;
    }
    if (alert->training >= 4 && alert->training <= 6) {
        return DEVICE_SERVICE;
    }
    return alert->severity == PLATEN_SEVERITY_CRITICAL ? DEVICE_ERROR : DEVICE_WARNING;
}

const char *report_severity(const report *r)
{
    device_severity worst = DEVICE_NORMAL;
    for (size_t i = 0; i < r->alert_count; i++) {
        device_severity one = report_alert_severity(&r->alerts[i]);
        worst = one > worst ? one : worst;
    }
    return device_severity_word(worst);
}

int report_lowest_supply(const report *r)
{
    int lowest = -1;
    for (size_t i = 0; i < r->supply_count; i++) {
        int percent = r->supplies[i].percent;
        if (percent >= 0 && (lowest < 0 || percent < lowest)) {
            lowest = percent;
        }
    }
    return lowest;
}
