/* Reports: what is cleaned, bounded, kept, hashed and judged. */
#include "core/model/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/text.h"
#include "core/model/report_json.h"

#define TEXT(r, field, text) report_set_text((r), 1, (field), (text), SIZE_MAX)

static report *fresh(void)
{
    report *r = report_new();
    assert_non_null(r);
    return r;
}

static char *written(const report *r)
{
    strbuf out;
    json_writer w;
    strbuf_init(&out);
    json_init(&w, &out);
    report_write(r, &w, NULL);
    char *text = strbuf_take(&out);
    assert_non_null(text);
    return text;
}

static report *from_text(const char *text)
{
    cJSON *tree = NULL;
    report *r = NULL;
    assert_int_equal(json_parse(text, strlen(text), &tree, NULL), PLATEN_OK);
    assert_int_equal(report_read(tree, &r, NULL), PLATEN_OK);
    cJSON_Delete(tree);
    return r;
}

static platen_supply supply(const char *key, int32_t percent)
{
    platen_supply s = PLATEN_SUPPLY_INIT;
    s.key = key;
    s.description = "Toner";
    s.percent = percent;
    return s;
}

static platen_alert alert(uint32_t severity, uint32_t training, uint32_t code)
{
    platen_alert a = PLATEN_ALERT_INIT;
    a.severity = severity;
    a.training = training;
    a.code = code;
    a.text = "something";
    return a;
}

static void test_report__text_is_cleaned(void **state)
{
    (void)state;
    report *r = fresh();
    report_set_text(r, 1, PLATEN_FIELD_NAME, " a\0b\r\n\tc ", 9);
    assert_string_equal(r->text[PLATEN_FIELD_NAME], "a b c");
    TEXT(r, PLATEN_FIELD_LOCATION, "B\xfcro"); /* Latin-1 */
    assert_string_equal(r->text[PLATEN_FIELD_LOCATION], "B\xc3\xbcro");
    TEXT(r, PLATEN_FIELD_CONTACT, " \x01\x02 ");
    assert_null(r->text[PLATEN_FIELD_CONTACT]);
    report_set_text(r, 1, PLATEN_FIELD_MODEL, NULL, 5);
    assert_null(r->text[PLATEN_FIELD_MODEL]);
    TEXT(r, 0, "x");
    TEXT(r, REPORT_FIELDS, "x");
    TEXT(r, UINT32_MAX, "x");
    TEXT(r, PLATEN_FIELD_PAGE_COUNT, "12"); /* a number's field takes no text */
    assert_null(r->text[PLATEN_FIELD_PAGE_COUNT]);
    report_free(r);
}

static void test_report__text_is_cut_at_a_character(void **state)
{
    (void)state;
    report *r = fresh();
    char text[3001] = "xx";
    for (size_t lead = 0; lead < 3; lead++) { /* every place of a cut within a character */
        memset(text, 'x', lead);
        for (size_t i = lead; i + 3 <= 3000; i += 3) {
            memcpy(text + i, "\xe2\x82\xac", 3); /* euro signs */
        }
        text[lead + (3000 - lead) / 3 * 3] = '\0';
        TEXT(r, PLATEN_FIELD_NAME, text);
        const char *kept = r->text[PLATEN_FIELD_NAME];
        assert_true(strlen(kept) <= REPORT_TEXT && strlen(kept) > REPORT_TEXT - 4);
        assert_true(text_is_utf8(kept, strlen(kept)));
        assert_memory_equal(kept, text, strlen(kept));
        report_set_text(r, 1, PLATEN_FIELD_LOCATION, text, strlen(text));
        assert_string_equal(r->text[PLATEN_FIELD_LOCATION], kept);
    }
    report_free(r);
}

/* What was kept is kept again as it is, also when a space came to stand at the end. */
static void test_report__cut_text_is_stable(void **state)
{
    (void)state;
    report *r = fresh();
    char text[REPORT_TEXT + 20];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    text[REPORT_TEXT - 1] = ' ';
    TEXT(r, PLATEN_FIELD_NAME, text);
    assert_int_equal(strlen(r->text[PLATEN_FIELD_NAME]), REPORT_TEXT - 1);
    char *once = written(r);
    report *again = from_text(once);
    assert_int_equal(report_hash(r), report_hash(again));
    report_free(r);
    report_free(again);
    free(once);
}

static void test_report__rank_decides(void **state)
{
    (void)state;
    report *r = fresh();
    report_set_text(r, 10, PLATEN_FIELD_MODEL, "good", SIZE_MAX);
    report_set_text(r, 5, PLATEN_FIELD_MODEL, "poor", SIZE_MAX);
    assert_string_equal(r->text[PLATEN_FIELD_MODEL], "good");
    report_set_text(r, 10, PLATEN_FIELD_MODEL, "later", SIZE_MAX);
    assert_string_equal(r->text[PLATEN_FIELD_MODEL], "later");
    report_set_text(r, 20, PLATEN_FIELD_MODEL, "", SIZE_MAX); /* silence is no fact */
    assert_string_equal(r->text[PLATEN_FIELD_MODEL], "later");
    report_set_text(r, 0, PLATEN_FIELD_SERIAL, "zero", SIZE_MAX);
    assert_string_equal(r->text[PLATEN_FIELD_SERIAL], "zero");
    report_set_integer(r, 10, PLATEN_FIELD_PAGE_COUNT, 100);
    report_set_integer(r, 5, PLATEN_FIELD_PAGE_COUNT, 7);
    assert_int_equal(r->integer[PLATEN_FIELD_PAGE_COUNT], 100);
    report_set_integer(r, 11, PLATEN_FIELD_PAGE_COUNT, -4);
    assert_int_equal(r->integer[PLATEN_FIELD_PAGE_COUNT], 100);
    report_set_integer(r, 11, PLATEN_FIELD_NAME, 4);
    report_set_integer(r, 11, UINT32_MAX, 4);
    report_free(r);
}

static void test_report__macs(void **state)
{
    (void)state;
    report *r = fresh();
    char mac[32];
    report_set_text(r, 5, PLATEN_FIELD_MAC, "3c:2a:f4:00:00:01", SIZE_MAX);
    report_set_text(r, 5, PLATEN_FIELD_MAC, "3C:2A:F4:00:00:01", SIZE_MAX);
    assert_int_equal(r->mac_count, 1);
    report_set_text(r, 5, PLATEN_FIELD_MAC, "3c:2a:f4:00:00:02", SIZE_MAX);
    assert_string_equal(r->macs[0], "3c:2a:f4:00:00:01");
    report_set_text(r, 9, PLATEN_FIELD_MAC, "3c:2a:f4:00:00:03", SIZE_MAX);
    assert_string_equal(r->macs[0], "3c:2a:f4:00:00:03");
    assert_string_equal(r->macs[2], "3c:2a:f4:00:00:02");
    for (int i = 0; i < 20; i++) {
        (void)snprintf(mac, sizeof(mac), "3c:2a:f4:00:01:%02x", i);
        report_set_text(r, 99, PLATEN_FIELD_MAC, mac, SIZE_MAX);
    }
    assert_int_equal(r->mac_count, 8);
    assert_int_equal(r->dropped, 15);
    report_free(r);
}

static void test_report__rows_are_bounded(void **state)
{
    (void)state;
    report *r = fresh();
    char key[16];
    for (uint32_t i = 0; i < 300; i++) {
        (void)snprintf(key, sizeof(key), "%03u", i);
        platen_supply s = supply(key, 50);
        platen_alert a = alert(PLATEN_SEVERITY_WARNING, 3, i);
        platen_counter c = PLATEN_COUNTER_INIT;
        platen_part p = PLATEN_PART_INIT;
        c.key = key;
        c.value = i;
        p.key = key;
        report_add_supply(r, &s);
        report_add_alert(r, &a);
        report_add_counter(r, &c);
        for (uint32_t part = 0; part <= PLATEN_PART_CONSOLE + 1; part++) {
            p.part = part;
            report_add_part(r, &p);
        }
        report_add_firmware(r, key, "1.0");
    }
    assert_int_equal(r->supply_count, REPORT_ROWS);
    assert_int_equal(r->alert_count, REPORT_ROWS);
    assert_int_equal(r->counter_count, REPORT_ROWS);
    assert_int_equal(r->part_count, 5 * REPORT_ROWS); /* of each kind */
    assert_int_equal(r->firmware_count, REPORT_FIRMWARE);
    assert_int_equal(r->dropped, 8 * 100 + 300 - REPORT_FIRMWARE);
    char *text = written(r);
    report *again = from_text(text);
    assert_int_equal(again->part_count, 5 * REPORT_ROWS);
    assert_int_equal(again->dropped, 0);
    free(text);
    report_free(again);
    report_free(r);
}

static void test_report__rows_of_one_key_replace(void **state)
{
    (void)state;
    report *r = fresh();
    platen_supply s = supply("marker.1.1", 50);
    report_add_supply(r, &s);
    s.percent = 40;
    report_add_supply(r, &s);
    assert_int_equal(r->supply_count, 1);
    assert_int_equal(r->supplies[0].percent, 40);
    platen_part p = PLATEN_PART_INIT;
    p.key = "1.1";
    report_add_part(r, &p);
    p.part = PLATEN_PART_OUTPUT; /* same key, another kind */
    report_add_part(r, &p);
    p.name = "Bin";
    report_add_part(r, &p);
    assert_int_equal(r->part_count, 2);
    assert_string_equal(r->parts[1].name, "Bin");
    platen_counter c = PLATEN_COUNTER_INIT;
    c.key = "total";
    c.value = 5;
    report_add_counter(r, &c);
    c.value = 6;
    report_add_counter(r, &c);
    c.value = -1; /* no value is no row */
    report_add_counter(r, &c);
    assert_int_equal(r->counter_count, 1);
    assert_int_equal(r->counters[0].value, 6);
    report_add_firmware(r, "Controller", "1.0");
    report_add_firmware(r, "Controller", "1.1");
    report_add_firmware(r, "Engine", "");
    assert_int_equal(r->firmware_count, 1);
    assert_string_equal(r->firmware[0].version, "1.1");
    platen_alert a = alert(PLATEN_SEVERITY_WARNING, 3, 808);
    report_add_alert(r, &a);
    a.uptime = 55; /* the same alert seen at another time */
    report_add_alert(r, &a);
    assert_int_equal(r->alert_count, 1);
    a.group_index = 2;
    report_add_alert(r, &a);
    assert_int_equal(r->alert_count, 2);
    report_free(r);
}

static void test_report__levels_are_clamped(void **state)
{
    (void)state;
    report *r = fresh();
    platen_supply s = supply("a", 4000);
    s.level = -99;
    s.capacity = INT64_MIN;
    report_add_supply(r, &s);
    assert_int_equal(r->supplies[0].percent, 100);
    assert_int_equal(r->supplies[0].level, PLATEN_LEVEL_UNKNOWN);
    assert_int_equal(r->supplies[0].capacity, PLATEN_LEVEL_UNKNOWN);
    s = supply("b", -7);
    report_add_supply(r, &s);
    assert_int_equal(r->supplies[1].percent, PLATEN_LEVEL_UNKNOWN);
    s = supply("c", PLATEN_LEVEL_SOME);
    report_add_supply(r, &s);
    assert_int_equal(r->supplies[2].percent, PLATEN_LEVEL_SOME);
    report_free(r);
}

/* A plugin built with an older header gives shorter rows. */
static void test_report__short_rows_of_older_plugins(void **state)
{
    (void)state;
    report *r = fresh();
    platen_supply s = supply("old", 77);
    s.size = (uint32_t)offsetof(platen_supply, percent);
    report_add_supply(r, &s);
    assert_string_equal(r->supplies[0].key, "old");
    assert_int_equal(r->supplies[0].percent, PLATEN_LEVEL_UNKNOWN);
    assert_int_equal(r->supplies[0].size, sizeof(s));
    report_free(r);
}

static report *full_report(bool backwards)
{
    report *r = fresh();
    for (uint32_t i = 1; i < REPORT_FIELDS; i++) {
        TEXT(r, i, "Wert \xc3\xa4 \" \\ </x>");
        report_set_integer(r, 1, i, 42 + i);
    }
    report_add_firmware(r, "Controller", "1.2");
    report_add_firmware(r, "", "3.4");
    static const char *const keys[] = {"marker.1.1", "marker.1.2", "finisher.1.1"};
    for (size_t i = 0; i < 3; i++) {
        size_t at = backwards ? 2 - i : i;
        platen_supply s = supply(keys[at], (int32_t)at * 10 - 3);
        s.class_of = at == 1 ? PLATEN_SUPPLY_RECEPTACLE : PLATEN_SUPPLY_CONSUMED;
        s.capacity = 5000;
        s.level = PLATEN_LEVEL_SOME;
        s.clamped = at == 2;
        s.type = "toner";
        s.color = "black";
        s.unit = "percent";
        s.part = "TN-1";
        s.serial = "77";
        s.source = "ipp";
        report_add_supply(r, &s);
        platen_part p = PLATEN_PART_INIT;
        p.part = (uint32_t)at + 1;
        p.key = keys[at];
        p.name = "Tray";
        p.state = "ok";
        p.media = "a4";
        report_add_part(r, &p);
        platen_alert a = alert(PLATEN_SEVERITY_WARNING, (uint32_t)at + 2, 808); /* training alone */
        report_add_alert(r, &a);
        platen_counter c = PLATEN_COUNTER_INIT;
        c.key = keys[at];
        c.unit = "sheets";
        c.value = 9007199254740991;
        report_add_counter(r, &c);
    }
    return r;
}

static void test_report__writing_and_reading_lose_nothing(void **state)
{
    (void)state;
    report *r = full_report(false);
    TEXT(r, PLATEN_FIELD_MAC, "3c:2a:f4:00:00:09");
    char *once = written(r);
    report *second = from_text(once);
    char *twice = written(second);
    assert_string_equal(once, twice);
    assert_int_equal(report_hash(r), report_hash(second));
    assert_int_equal(second->mac_count, 2);
    assert_int_equal(second->integer[PLATEN_FIELD_UPTIME], 42 + PLATEN_FIELD_UPTIME);
    assert_int_equal(second->supply_count, 3);
    assert_int_equal(second->counters[0].value, 9007199254740991);
    free(once);
    free(twice);
    report_free(r);
    report_free(second);
}

static void test_report__hash_ignores_uptime_and_order(void **state)
{
    (void)state;
    report *r = full_report(false);
    report *other = full_report(true);
    uint64_t hash = report_hash(r);
    assert_int_equal(hash, report_hash(other));
    report_set_integer(other, 9, PLATEN_FIELD_UPTIME, 1);
    assert_int_equal(hash, report_hash(other));
    other->supplies[0].percent++;
    assert_int_not_equal(hash, report_hash(other));
    other->supplies[0].percent--;
    assert_int_equal(hash, report_hash(other));
    report_add_firmware(other, "Controller", "1.3");
    assert_int_not_equal(hash, report_hash(other));
    report_free(r);
    report_free(other);
}

static void test_report__absent_members_stay_absent(void **state)
{
    (void)state;
    report *r = fresh();
    char *text = written(r);
    assert_string_equal(text, "{}");
    report *again = from_text(text);
    assert_int_equal(again->integer[PLATEN_FIELD_COLOR], REPORT_NONE);
    assert_null(again->text[PLATEN_FIELD_NAME]);
    report_free(r);
    report_free(again);
    free(text);
}

static void test_report__hostile_json(void **state)
{
    (void)state;
    report *r = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    cJSON *list = cJSON_CreateArray();
    assert_int_equal(report_read(NULL, &r, &err), PLATEN_E_MALFORMED);
    assert_int_equal(report_read(list, &r, &err), PLATEN_E_MALFORMED);
    assert_null(r);
    cJSON_Delete(list);
    r = from_text(
        "{\"name\":[1],\"model\":{\"a\":1},\"page_count\":\"12\",\"color\":-5,\"uptime\":1e300,"
        "\"macs\":[1,null,\"\",{},[],\"3c:2a:f4:00:00:01\"],\"serial\":null,"
        "\"supplies\":[1,\"x\",null,[],{},{\"key\":7,\"percent\":\"9\",\"level\":1e300,"
        "\"class\":9},{\"key\":\"k\",\"percent\":1e9,\"capacity\":-1e18,\"level\":1e18}],"
        "\"parts\":[{\"part\":\"engine\",\"key\":\"1\"},{\"part\":4},{\"part\":\"cover\"},{}],"
        "\"alerts\":{\"severity\":3},\"counters\":[{\"key\":\"a\"},{\"key\":\"b\",\"value\":-1},"
        "{\"key\":\"c\",\"value\":\"1\"},{\"key\":\"d\",\"value\":1}],"
        "\"firmware_parts\":[{\"component\":1,\"version\":2},7]}");
    assert_null(r->text[PLATEN_FIELD_NAME]);
    assert_null(r->text[PLATEN_FIELD_MODEL]);
    assert_null(r->text[PLATEN_FIELD_SERIAL]);
    assert_int_equal(r->integer[PLATEN_FIELD_PAGE_COUNT], REPORT_NONE);
    assert_int_equal(r->integer[PLATEN_FIELD_COLOR], REPORT_NONE);
    assert_int_equal(r->integer[PLATEN_FIELD_UPTIME], REPORT_NONE);
    assert_int_equal(r->mac_count, 1);
    assert_int_equal(r->supply_count, 2); /* {} and {"key":7} have no key both */
    assert_int_equal(r->supplies[1].percent, PLATEN_LEVEL_UNKNOWN);
    assert_int_equal(r->supplies[1].capacity, PLATEN_LEVEL_UNKNOWN);
    assert_int_equal(r->supplies[1].level, 1000000000000000000);
    assert_int_equal(r->part_count, 1);
    assert_int_equal(r->alert_count, 0);
    assert_int_equal(r->counter_count, 1);
    assert_int_equal(r->firmware_count, 0);
    report_free(r);
    r = from_text("{\"alerts\":[{\"severity\":-3,\"training\":1e12,\"group\":null,\"code\":[],"
                  "\"group_index\":-50,\"location\":1e99,\"text\":\"a\\u0000b\"}]}");
    assert_int_equal(r->alert_count, 1);
    assert_int_equal(r->alerts[0].severity, PLATEN_SEVERITY_OTHER);
    assert_int_equal(r->alerts[0].training, 2);
    assert_int_equal(r->alerts[0].group_index, -1);
    report_free(r);
}

static void check_severity(uint32_t severity, uint32_t training, const char *word)
{
    report *r = fresh();
    platen_alert a = alert(severity, training, 1);
    report_add_alert(r, &a);
    assert_string_equal(report_severity(r), word);
    report_free(r);
}

static void test_report__severity(void **state)
{
    (void)state;
    report *r = fresh();
    assert_string_equal(report_severity(r), "normal");
    platen_alert a = alert(PLATEN_SEVERITY_WARNING, 3, 1);
    report_add_alert(r, &a);
    a = alert(PLATEN_SEVERITY_CRITICAL, 3, 2);
    report_add_alert(r, &a);
    assert_string_equal(report_severity(r), "error"); /* the worst counts */
    a = alert(PLATEN_SEVERITY_WARNING, 5, 3);
    report_add_alert(r, &a);
    assert_string_equal(report_severity(r), "service");
    report_free(r);
    check_severity(PLATEN_SEVERITY_WARNING, 2, "warning");        // MON-34
    check_severity(PLATEN_SEVERITY_WARNING_BINARY, 2, "warning"); // MON-34
    check_severity(PLATEN_SEVERITY_CRITICAL, 2, "error");         // MON-35
    check_severity(PLATEN_SEVERITY_CRITICAL, 7, "error");         // MON-35
    check_severity(PLATEN_SEVERITY_CRITICAL, 4, "service");       // MON-36 trained
    check_severity(PLATEN_SEVERITY_CRITICAL, 5, "service");       // MON-36 field service
    check_severity(PLATEN_SEVERITY_WARNING, 6, "service");        // MON-36 management
    check_severity(PLATEN_SEVERITY_OTHER, 5, "normal");
}

static void test_report__lowest_supply(void **state)
{
    (void)state;
    report *r = fresh();
    assert_int_equal(report_lowest_supply(r), -1);
    platen_supply s = supply("a", PLATEN_LEVEL_SOME);
    report_add_supply(r, &s);
    s = supply("b", PLATEN_LEVEL_OTHER);
    report_add_supply(r, &s);
    assert_int_equal(report_lowest_supply(r), -1);
    s = supply("c", 60);
    report_add_supply(r, &s);
    s = supply("d", 0);
    s.class_of = PLATEN_SUPPLY_RECEPTACLE; /* no room left */
    report_add_supply(r, &s);
    assert_int_equal(report_lowest_supply(r), 0);
    report_free(r);
}

/* ---- as the REST API shows them ---- */

static cJSON *shown(void (*write)(const report *r, strbuf *out), const report *r)
{
    strbuf out;
    cJSON *tree = NULL;
    strbuf_init(&out);
    write(r, &out);
    assert_int_equal(json_parse(out.data, out.length, &tree, NULL), PLATEN_OK);
    strbuf_fini(&out);
    return tree;
}

static void check_level(int32_t percent, int64_t level, const char *word, bool has_percent)
{
    report *r = fresh();
    platen_supply s = supply("a", percent);
    s.level = level;
    report_add_supply(r, &s);
    cJSON *tree = shown(report_json_supplies, r);
    const cJSON *row = cJSON_GetArrayItem(tree, 0);
    assert_string_equal(json_get_text(row, "state", ""), word);
    assert_int_equal(cJSON_IsNumber(cJSON_GetObjectItem(row, "percent")), has_percent);
    assert_int_equal(cJSON_IsNull(cJSON_GetObjectItem(row, "percent")), !has_percent);
    assert_int_equal(cJSON_IsNull(cJSON_GetObjectItem(row, "level")), level < 0);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(row, "capacity")));
    cJSON_Delete(tree);
    report_free(r);
}

static void test_report_json__words_of_levels(void **state)
{
    (void)state;
    check_level(12, 3, "percent", true);
    check_level(0, 0, "percent", true);
    check_level(PLATEN_LEVEL_SOME, PLATEN_LEVEL_SOME, "some", false);
    check_level(PLATEN_LEVEL_UNKNOWN, PLATEN_LEVEL_SOME, "some", false);
    check_level(PLATEN_LEVEL_UNKNOWN, PLATEN_LEVEL_UNKNOWN, "unknown", false);
    check_level(PLATEN_LEVEL_UNKNOWN, 300, "unknown", false); /* no estimate */
    check_level(PLATEN_LEVEL_OTHER, PLATEN_LEVEL_OTHER, "unlimited", false);
}

static void test_report_json__parts(void **state)
{
    (void)state;
    report *r = fresh();
    strbuf out;
    platen_part p = PLATEN_PART_INIT;
    p.key = "1.2";
    p.name = "Tray \"2\"";
    p.level = PLATEN_LEVEL_SOME;
    report_add_part(r, &p);
    p.part = PLATEN_PART_CONSOLE;
    p.description = "Ready";
    report_add_part(r, &p);
    strbuf_init(&out);
    report_json_parts(r, PLATEN_PART_CONSOLE, &out);
    assert_string_equal(out.data, "[\"Ready\"]");
    strbuf_fini(&out);
    strbuf_init(&out);
    report_json_parts(r, PLATEN_PART_OUTPUT, &out);
    assert_string_equal(out.data, "[]");
    strbuf_fini(&out);
    strbuf_init(&out);
    report_json_parts(r, PLATEN_PART_INPUT, &out);
    assert_non_null(strstr(out.data, "\"name\":\"Tray \\\"2\\\"\""));
    assert_non_null(strstr(out.data, "\"level_state\":\"some\""));
    assert_null(strstr(out.data, "Ready"));
    strbuf_fini(&out);
    report_free(r);
}

static void test_report_json__counters_firmware_macs(void **state)
{
    (void)state;
    report *r = fresh();
    strbuf out;
    platen_counter c = PLATEN_COUNTER_INIT;
    c.key = "total";
    c.unit = "sheets";
    c.value = 12;
    report_add_counter(r, &c);
    report_add_firmware(r, "Engine", "2");
    TEXT(r, PLATEN_FIELD_MAC, "3c:2a:f4:00:00:09");
    strbuf_init(&out);
    report_json_counters(r, &out);
    report_json_firmware(r, &out);
    report_json_macs(r, &out);
    assert_string_equal(out.data, "{\"total\":12}[{\"component\":\"Engine\",\"version\":\"2\"}]"
                                  "[\"3c:2a:f4:00:00:09\"]");
    strbuf_fini(&out);
    strbuf_init(&out);
    report_json_counter_rows(r, 1000, &out);
    assert_non_null(strstr(out.data, "\"key\":\"total\",\"unit\":\"sheets\""));
    assert_non_null(strstr(out.data, "1970-01-01T00:00:01"));
    strbuf_fini(&out);
    report_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report__text_is_cleaned),
        cmocka_unit_test(test_report__text_is_cut_at_a_character),
        cmocka_unit_test(test_report__cut_text_is_stable),
        cmocka_unit_test(test_report__rank_decides),
        cmocka_unit_test(test_report__macs),
        cmocka_unit_test(test_report__rows_are_bounded),
        cmocka_unit_test(test_report__rows_of_one_key_replace),
        cmocka_unit_test(test_report__levels_are_clamped),
        cmocka_unit_test(test_report__short_rows_of_older_plugins),
        cmocka_unit_test(test_report__writing_and_reading_lose_nothing),
        cmocka_unit_test(test_report__hash_ignores_uptime_and_order),
        cmocka_unit_test(test_report__absent_members_stay_absent),
        cmocka_unit_test(test_report__hostile_json),
        cmocka_unit_test(test_report__severity),
        cmocka_unit_test(test_report__lowest_supply),
        cmocka_unit_test(test_report_json__words_of_levels),
        cmocka_unit_test(test_report_json__parts),
        cmocka_unit_test(test_report_json__counters_firmware_macs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
