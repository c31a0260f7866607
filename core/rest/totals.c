/* Zone by zone, 500 devices at a time: for each period the last reading before its end. */
#include "core/rest/totals.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/map.h"
#include "core/base/strbuf.h"
#include "core/model/region_row.h"
#include "core/sched/zone_time.h"
#include "reports_sql.h"

#define PIECE 500
#define WHO 7 /* columns that say who the device is */
#define SUMS_MOST 20000

typedef struct totals {
    store *store;
    const overview_ask *ask;
    sheet *sheet;
    int64_t rows, now, after;
    const char *zone;
    size_t periods;
    int64_t begins[TOTALS_PERIODS + 1];
    civil days[TOTALS_PERIODS + 1];
    cJSON *read[TOTALS_PERIODS + 1]; /* of one device: counters at each begin */
    bool known[TOTALS_PERIODS + 1];  /* they were read before it */
    map *sums;                       /* of OVERVIEW_SUMS: counter and day -> sum */
} totals;

typedef struct sum {
    char counter[64];
    civil day;
    double total;
    int64_t devices;
} sum;

/* ---- periods ---- */

bool totals_unit_of(const char *word, totals_unit *out)
{
    static const char *const words[] = {"daily", "weekly", "monthly", "yearly"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], word) == 0) {
            *out = (totals_unit)i;
            return true;
        }
    }
    return false;
}

/* The first day of the period that is `back` before the one of `today`; -1 is the next. */
static int64_t first_day(totals_unit unit, int64_t today, int back)
{
    civil c = civil_of_day(today);
    int months = c.year * 12 + c.month - 1 - back;
    switch (unit) {
    case TOTALS_DAILY:
        return today - back;
    case TOTALS_WEEKLY:
        return today - civil_weekday(today) - (int64_t)back * 7;
    case TOTALS_MONTHLY:
        return civil_day(months / 12, months % 12 + 1, 1);
    case TOTALS_YEARLY:
        break;
    }
    return civil_day(c.year - back, 1, 1);
}

size_t totals_periods(totals_unit unit, const zone_time *zone, int64_t now,
                      int64_t begins[TOTALS_PERIODS + 1], civil days[TOTALS_PERIODS + 1])
{
    static const int counts[] = {TOTALS_PERIODS, 25, 12, 5};
    int count = counts[unit];
    int64_t today = zone_time_local(zone, now) / CIVIL_DAY_MINUTES;
    for (int i = 0; i <= count; i++) {
        int64_t day = first_day(unit, today, count - 1 - i);
        days[i] = civil_of_day(day);
        begins[i] = zone_time_moment(zone, day * CIVIL_DAY_MINUTES);
    }
    return (size_t)count;
}

/* ---- rows ---- */

static void day_text(const civil *day, char text[CIVIL_TEXT])
{
    (void)snprintf(text, CIVIL_TEXT, "%04d-%02d-%02d", day->year, day->month, day->day);
}

static platen_code add_sum(totals *t, const char *counter, const civil *day, double total,
                           platen_error *err)
{
    char key[128];
    int length =
        snprintf(key, sizeof(key), "%04d%02d%02d%.63s", day->year, day->month, day->day, counter);
    sum *s = map_get(t->sums, key, (size_t)length);
    if (s == NULL) {
        s = map_count(t->sums) < SUMS_MOST ? calloc(1, sizeof(*s)) : NULL;
        if (s == NULL || !map_set(t->sums, key, (size_t)length, s, NULL)) {
            free(s);
            return error_set(err, PLATEN_E_TOO_LARGE, "more than %d sums of counters", SUMS_MOST);
        }
        (void)snprintf(s->counter, sizeof(s->counter), "%.63s", counter);
        s->day = *day;
    }
    s->total += total;
    s->devices++;
    return PLATEN_OK;
}

static platen_code add_row(totals *t, store_stmt *st, const char *counter, const civil *day,
                           double total, platen_error *err)
{
    char text[CIVIL_TEXT];
    if (t->sums != NULL) {
        return add_sum(t, counter, day, total, err);
    }
    day_text(day, text);
    sheet_whole(t->sheet, store_i64(st, 0));
    for (int i = 1; i < WHO; i++) {
        sheet_text(t->sheet, store_text(st, i));
    }
    sheet_text(t->sheet, counter);
    sheet_text(t->sheet, text);
    sheet_number(t->sheet, total);
    t->rows++;
    return sheet_row_end(t->sheet, err);
}

/* The device whose last row the statement stands on. */
static platen_code end_device(totals *t, store_stmt *st, platen_error *err)
{
    const cJSON *now = NULL;
    cJSON_ArrayForEach(now, t->read[t->periods])
    {
        const char *name = now->string;
        bool wanted = t->ask->wants == NULL || t->ask->wants(name, t->ask->user);
        for (size_t i = 0; wanted && i < t->periods; i++) {
            const cJSON *from = cJSON_GetObjectItemCaseSensitive(t->read[i], name);
            const cJSON *to = cJSON_GetObjectItemCaseSensitive(t->read[i + 1], name);
            if (t->known[i + 1] && cJSON_IsNumber(from) && cJSON_IsNumber(to) &&
                to->valuedouble >= from->valuedouble) {
                PLATEN_TRY(
                    add_row(t, st, name, &t->days[i], to->valuedouble - from->valuedouble, err));
            }
        }
    }
    return PLATEN_OK;
}

static void forget_device(totals *t)
{
    for (size_t i = 0; i <= t->periods; i++) {
        cJSON_Delete(t->read[i]);
        t->read[i] = NULL;
        t->known[i] = false;
    }
}

/* ---- reading ---- */

static platen_code prepare(const totals *t, store_conn *conn, store_stmt **st, platen_error *err)
{
    static const region_set none = {.count = 0};
    const region_set *only = t->ask->only;
    const region_set begins = {.ids = t->begins, .count = t->periods + 1};
    PLATEN_TRY(store_prepare(conn, &sql_report_totals, st, err));
    store_bind_i64(*st, "after", t->after);
    store_bind_text(*st, "zone", t->zone);
    store_bind_i64(*st, "all", t->ask->regions.all ? 1 : 0);
    region_set_bind(conn, *st, "regions", &t->ask->regions);
    store_bind_i64(*st, "every", only == NULL ? 1 : 0);
    region_set_bind(conn, *st, "ids", only != NULL ? only : &none);
    region_set_bind(conn, *st, "begins", &begins);
    return PLATEN_OK;
}

/* A row a device and begin: number, whether it was read before, the counters. */
static platen_code take_row(totals *t, store_stmt *st, platen_error *err)
{
    size_t at = (size_t)store_i64(st, WHO);
    if (at > t->periods) {
        return PLATEN_OK;
    }
    const char *text = store_text(st, WHO + 2);
    (void)json_parse(text, strlen(text), &t->read[at], NULL); /* none: nothing was read yet */
    t->known[at] = store_i64(st, WHO + 1) != 0;
    if (at < t->periods) {
        return PLATEN_OK;
    }
    t->after = store_i64(st, 0);
    platen_code rc = end_device(t, st, err);
    forget_device(t);
    return rc;
}

static platen_code write_piece(totals *t, bool *more, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    size_t count = 0;
    PLATEN_TRY(store_read(t->store, &conn, err));
    platen_code rc = prepare(t, conn, &st, err);
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        count++;
        rc = take_row(t, st, err);
    }
    store_reset(st);
    store_read_end(conn);
    forget_device(t);
    *more = count == PIECE * (t->periods + 1);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code write_zone(totals *t, const char *name, platen_error *err)
{
    const zone_time *zone = NULL;
    bool more = true;
    PLATEN_TRY(zone_time_get(name, &zone, err));
    t->zone = name;
    t->after = 0;
    t->periods = totals_periods(t->ask->unit, zone, t->now, t->begins, t->days);
    while (more) {
        PLATEN_TRY(write_piece(t, &more, err));
    }
    return PLATEN_OK;
}

/* The zones of all regions: {"Europe/Berlin":true,...}, and UTC of devices that are in none. */
static platen_code read_zones(store *s, cJSON *zones, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = store_prepare(conn, &sql_report_zones, &st, err);
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        if (cJSON_AddTrueToObject(zones, store_text(st, 0)) == NULL) {
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for a report");
        }
    }
    store_reset(st);
    store_read_end(conn);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code write_zones(totals *t, platen_error *err)
{
    cJSON *zones = cJSON_CreateObject();
    const cJSON *each = NULL;
    platen_code rc = read_zones(t->store, zones, err);
    cJSON_ArrayForEach(each, zones)
    {
        rc = rc == PLATEN_OK ? write_zone(t, each->string, err) : rc;
    }
    cJSON_Delete(zones);
    return rc;
}

/* ---- over all devices ---- */

typedef struct sum_list {
    const sum **at;
    size_t count;
} sum_list;

static bool keep_sum(const void *key, size_t length, void *value, void *user)
{
    sum_list *list = user;
    (void)key;
    (void)length;
    list->at[list->count++] = value;
    return true;
}

static int by_counter_and_day(const void *a, const void *b)
{
    const sum *left = *(const sum *const *)a;
    const sum *right = *(const sum *const *)b;
    int order = strcmp(left->counter, right->counter);
    int64_t days = civil_day(left->day.year, left->day.month, left->day.day) -
                   civil_day(right->day.year, right->day.month, right->day.day);
    return order != 0 ? order : days < 0 ? -1 : days > 0 ? 1 : 0;
}

static platen_code write_sums(totals *t, platen_error *err)
{
    sum_list list = {.at = calloc(map_count(t->sums) + 1, sizeof(*list.at))};
    platen_code rc = PLATEN_OK;
    char text[CIVIL_TEXT];
    if (list.at == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a report");
    }
    map_each(t->sums, keep_sum, &list);
    qsort(list.at, list.count, sizeof(*list.at), by_counter_and_day);
    for (size_t i = 0; rc == PLATEN_OK && i < list.count; i++) {
        day_text(&list.at[i]->day, text);
        sheet_text(t->sheet, list.at[i]->counter);
        sheet_text(t->sheet, text);
        sheet_whole(t->sheet, list.at[i]->devices);
        sheet_number(t->sheet, list.at[i]->total);
        t->rows++;
        rc = sheet_row_end(t->sheet, err);
    }
    free(list.at);
    return rc;
}

platen_code totals_write(store *s, const overview_ask *ask, int64_t now, sheet *out, int64_t *rows,
                         platen_error *err)
{
    totals t = {.store = s, .ask = ask, .sheet = out, .now = now};
    bool sums = ask->type == OVERVIEW_SUMS;
    t.sums = sums ? map_new() : NULL;
    if (sums && t.sums == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a report");
    }
    platen_code rc = write_zones(&t, err);
    if (rc == PLATEN_OK && sums) {
        rc = write_sums(&t, err);
    }
    if (sums) {
        map_free(t.sums, free);
    }
    *rows = t.rows;
    return rc;
}
