/* Totals of counters by period, in the zones of the devices' regions. MON-54, MON-55, MON-57 to
 * MON-60, MON-62 to MON-64. */
#include "model_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/strbuf.h"
#include "core/rest/totals.h"

static int64_t at(const char *text)
{
    int64_t ms = 0;
    assert_true(clock_parse(text, &ms));
    return ms;
}

static platen_code keep(const void *data, size_t length, void *user, platen_error *err)
{
    (void)err;
    strbuf_append_n(user, data, length);
    return PLATEN_OK;
}

static void read_counters(store *s, int device, const char *when, const char *counters)
{
    world_run(s, "INSERT INTO device_counter (device_id, at, counters) VALUES (%d, %lld, '%s')",
              device, (long long)at(when), counters);
}

/* In Berlin, in no region, in Tokyo where the counter was set back, and one that counts nothing. */
static store *fill(void **state)
{
    store *s = world_open(state);
    world_run(
        s, "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) VALUES "
           "('B', 'b', 'Europe/Berlin', '[]', '[]', 1), ('T', 't', 'Asia/Tokyo', '[]', '[]', 1)");
    for (int i = 1; i <= 4; i++) {
        world_run(s,
                  "INSERT INTO device (managed, agent_id, name, address, address_key, region_id, "
                  "first_seen, last_seen) VALUES (1, 1, 'd%d', '10.0.0.%d', '%d', %s, 1, 1)",
                  i, i, i,
                  i == 1   ? "1"
                  : i == 3 ? "2"
                           : "NULL");
    }
    read_counters(s, 1, "2026-09-10T08:00:00Z", "{\"total\":100}");
    read_counters(s, 1, "2026-10-20T08:00:00Z", "{\"total\":150,\"color\":10}");
    read_counters(s, 1, "2026-10-31T23:30:00Z",
                  "{\"total\":160,\"color\":12}"); /* November there */
    read_counters(s, 1, "2026-11-20T08:00:00Z", "{\"total\":200,\"color\":30}");
    read_counters(s, 2, "2026-10-01T12:00:00Z", "{\"total\":10}");
    read_counters(s, 2, "2026-10-31T23:30:00Z", "{\"total\":25}"); /* October in UTC */
    read_counters(s, 3, "2026-10-05T08:00:00Z", "{\"total\":1000}");
    read_counters(s, 3, "2026-11-05T08:00:00Z", "{\"total\":3}");
    return s;
}

/* The report as CSV without its headline, "\n" as the lines' end; the caller frees it. */
static char *ask_for(store *s, overview_ask ask, int64_t *rows)
{
    static const char *const columns[] = {"device", "name",     "address", "manufacturer", "model",
                                          "serial", "location", "counter", "from",         "total"};
    static const char *const sum_columns[] = {"counter", "from", "devices", "total"};
    strbuf text;
    sheet *out = NULL;
    strbuf_init(&text);
    const sheet_options options = {.format = SHEET_CSV, .sink = keep, .user = &text};
    bool sums = ask.type == OVERVIEW_SUMS;
    assert_ok(sheet_new(&options, sums ? sum_columns : columns, sums ? 4 : 10, &out, error));
    assert_ok(totals_write(s, &ask, at("2026-11-22T12:00:00Z"), out, rows, error));
    assert_ok(sheet_end(out, error));
    sheet_free(out);
    char *copy = strdup(strchr(text.data, '\n'));
    char *to = copy;
    for (const char *from = copy; *from != '\0'; from++) {
        if (*from != '\r') {
            *to++ = *from;
        }
    }
    *to = '\0';
    strbuf_fini(&text);
    return copy;
}

static void has(const char *text, const char *line)
{
    char whole[200];
    (void)snprintf(whole, sizeof(whole), "\n%s\n", line);
    if (strstr(text, whole) == NULL) {
        fail_msg("'%s' is not in%s", line, text);
    }
}

static void test_totals__are_those_of_each_device(void **state)
{
    store *s = fill(state);
    int64_t rows = 0;
    overview_ask ask = {.type = OVERVIEW_TOTALS, .unit = TOTALS_MONTHLY, .regions = {.all = true}};
    char *text = ask_for(s, ask, &rows);
    has(text, "1,d1,10.0.0.1,,,,,total,2026-09-01,0");
    has(text, "1,d1,10.0.0.1,,,,,total,2026-10-01,50");
    has(text, "1,d1,10.0.0.1,,,,,total,2026-11-01,50");
    has(text, "1,d1,10.0.0.1,,,,,color,2026-11-01,20");
    has(text, "2,d2,10.0.0.2,,,,,total,2026-10-01,15");
    has(text, "2,d2,10.0.0.2,,,,,total,2026-11-01,0");
    has(text, "3,d3,10.0.0.3,,,,,total,2026-10-01,0");
    assert_int_equal(rows, 7); /* nothing before the first reading, nothing of what was set back */
    free(text);
    static const int64_t berlin[] = {1};
    ask.regions = (region_set){.ids = berlin, .count = 1};
    free(ask_for(s, ask, &rows));
    assert_int_equal(rows, 4);
    static const int64_t second[] = {2};
    const region_set only = {.ids = second, .count = 1};
    ask.regions = (region_set){.all = true};
    ask.only = &only;
    free(ask_for(s, ask, &rows));
    assert_int_equal(rows, 2);
}

static bool is_total(const char *counter, void *user)
{
    (void)user;
    return strcmp(counter, "total") == 0;
}

static void test_totals__are_those_of_all_devices(void **state)
{
    store *s = fill(state);
    int64_t rows = 0;
    overview_ask ask = {.type = OVERVIEW_SUMS, .unit = TOTALS_MONTHLY, .regions = {.all = true}};
    char *text = ask_for(s, ask, &rows);
    assert_string_equal(text, "\ncolor,2026-11-01,1,20\ntotal,2026-09-01,1,0\n"
                              "total,2026-10-01,3,65\ntotal,2026-11-01,2,50\n");
    free(text);
    ask.wants = is_total;
    ask.unit = TOTALS_YEARLY;
    text = ask_for(s, ask, &rows);
    assert_string_equal(text, "\ntotal,2026-01-01,2,115\n");
    free(text);
    ask.unit = TOTALS_DAILY;
    text = ask_for(s, ask, &rows);
    has(text, "total,2026-11-01,3,10"); /* of Berlin; the others stood still */
    has(text, "total,2026-10-31,3,15");
    has(text, "total,2026-11-20,3,40");
    has(text, "total,2026-11-05,2,0"); /* set back that day: nothing is told of it */
    free(text);
}

/* More devices than are read at once. */
static void test_totals__of_many(void **state)
{
    store *s = fill(state);
    int64_t rows = 0;
    world_run(s,
              "INSERT INTO device (managed, agent_id, name, address, address_key, first_seen, "
              "last_seen) WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE "
              "i < 2499) SELECT 1, 1, 'many', CAST(i AS TEXT), CAST(i AS TEXT), 1, 1 FROM n");
    world_run(s,
              "INSERT INTO device_counter (device_id, at, counters) SELECT id, %lld, "
              "'{\"total\":7}' FROM device WHERE name = 'many'",
              (long long)at("2026-11-01T08:00:00Z"));
    world_run(s,
              "INSERT INTO device_counter (device_id, at, counters) SELECT id, %lld, "
              "'{\"total\":9}' FROM device WHERE name = 'many'",
              (long long)at("2026-11-02T08:00:00Z"));
    overview_ask ask = {.type = OVERVIEW_SUMS, .unit = TOTALS_MONTHLY, .regions = {.all = true}};
    char *text = ask_for(s, ask, &rows);
    has(text, "total,2026-11-01,1502,3050");
    free(text);
}

static void test_periods__begin_at_midnight_of_the_zone(void **state)
{
    int64_t begins[TOTALS_PERIODS + 1];
    civil days[TOTALS_PERIODS + 1];
    const zone_time *berlin = NULL;
    totals_unit unit = TOTALS_DAILY;
    (void)state;
    assert_ok(zone_time_get("Europe/Berlin", &berlin, error));
    int64_t now = at("2026-11-21T23:30:00Z"); /* Sunday the 22nd there */
    assert_int_equal(totals_periods(TOTALS_DAILY, berlin, now, begins, days), 31);
    assert_int_equal(begins[31], at("2026-11-22T23:00:00Z"));
    assert_int_equal(begins[0], at("2026-10-22T22:00:00Z")); /* summer time */
    assert_int_equal(totals_periods(TOTALS_WEEKLY, berlin, now, begins, days), 25);
    assert_int_equal(begins[24], at("2026-11-15T23:00:00Z")); /* Monday the 16th */
    assert_int_equal(days[24].day, 16);
    assert_int_equal(totals_periods(TOTALS_MONTHLY, berlin, now, begins, days), 12);
    assert_int_equal(begins[0], at("2025-11-30T23:00:00Z"));
    assert_int_equal(begins[12], at("2026-11-30T23:00:00Z"));
    assert_int_equal(totals_periods(TOTALS_YEARLY, berlin, now, begins, days), 5);
    assert_int_equal(begins[0], at("2021-12-31T23:00:00Z"));
    assert_int_equal(days[5].year, 2027);
    assert_true(totals_unit_of("weekly", &unit) && unit == TOTALS_WEEKLY);
    assert_false(totals_unit_of("hourly", &unit));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_totals__are_those_of_each_device),
        cmocka_unit_test(test_totals__are_those_of_all_devices),
        cmocka_unit_test(test_totals__of_many),
        cmocka_unit_test(test_periods__begin_at_midnight_of_the_zone),
    };
    return fixture_run_both("totals", tests, sizeof(tests) / sizeof(tests[0]));
}
