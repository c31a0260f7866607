/*
 * The plugin setting-value on the fake host (SQLite in memory), 10,000 devices of 200 settings
 * each: how long storing backups, comparing with a standard and asking who differs take, and how
 * far the database grows. Each device's result is a transaction of its own here; statements are
 * prepared each time, which the manager does once. bench-setting-value [DEVICES]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hostkit.h"

#define ITEMS 200
#define CATEGORIES 6
#define TEXT (ITEMS * 400)

static platen_error error = PLATEN_ERROR_INIT;
static char text[TEXT];
static char answer[8 << 20];
static int64_t devices = 10000;
static hostkit *kit;

static void need(platen_code rc, const char *what)
{
    if (rc != PLATEN_OK) {
        (void)fprintf(stderr, "%s: %s\n", what, error.text);
        exit(1);
    }
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int64_t number(const char *sql)
{
    char out[64];
    need(hostkit_sql(kit, sql, out, sizeof(out), &error), sql);
    return strtoll(out, NULL, 10);
}

static int64_t size_now(void)
{
    return number("PRAGMA page_count") * number("PRAGMA page_size");
}

static const char *const categories[CATEGORIES] = {"basic", "printing", "paper",
                                                   "panel", "network",  "box"};

/* What a device has: `odd` ones have another value of two settings, each a value of its own. */
static size_t write_read(int64_t device, bool odd)
{
    size_t at = 0;
    at += (size_t)snprintf(text, TEXT,
                           "{\"pjl\":{\"format\":1,\"type\":\"IV\",\"platform\":\"\","
                           "\"level\":0,\"model\":\"5000\",\"items\":[");
    for (int i = 0; i < ITEMS; i++) {
        int64_t value = odd && (i == 17 || i == 90) ? device : i;
        at += (size_t)snprintf(text + at, TEXT - at,
                               "%s{\"path\":\"pjl/%s/SETTING%03d\",\"category\":\"%s\","
                               "\"kind\":\"integer\",\"value\":%" PRId64
                               ",\"min\":0,\"max\":99999,\"writable\":true,\"case\":\"C\"}",
                               i > 0 ? "," : "", categories[i % CATEGORIES], i,
                               categories[i % CATEGORIES], value);
    }
    at += (size_t)snprintf(text + at, TEXT - at, "]}}");
    return at;
}

/* What the comparison says of it. */
static size_t write_compared(int64_t device, bool odd)
{
    size_t at = 0;
    at += (size_t)snprintf(text, TEXT,
                           "{\"pjl\":{\"format\":1,\"type\":\"IV\",\"platform\":\"\","
                           "\"level\":0,\"items\":[");
    for (int i = 0; i < ITEMS; i++) {
        bool differs = odd && (i == 17 || i == 90);
        at += (size_t)snprintf(
            text + at, TEXT - at,
            "%s{\"path\":\"pjl/%s/SETTING%03d\",\"category\":\"%s\","
            "\"wanted\":%d,\"before\":%" PRId64 ",\"after\":null,\"result\":\"%s\",\"text\":\"\"}",
            i > 0 ? "," : "", categories[i % CATEGORIES], i, categories[i % CATEGORIES], i,
            differs ? device : i, differs ? "different" : "same");
    }
    at += (size_t)snprintf(text + at, TEXT - at, "]}}");
    return at;
}

/* Time of the plugin alone: what is made for it does not count. */
static double back_up_all(int64_t minutes, int64_t odd_every, size_t *bytes)
{
    double spent = 0;
    *bytes = 0;
    hostkit_clock(kit, minutes);
    for (int64_t device = 1; device <= devices; device++) {
        bool odd = odd_every > 0 && device % odd_every == 0;
        size_t length = write_read(device, odd);
        *bytes += odd ? length : 0;
        double begin = now();
        need(hostkit_result(kit, "setting-value.back-up", "{}", device, "success", text, &error),
             "back up");
        spent += now() - begin;
    }
    return spent;
}

static double compare_all(int64_t minutes, int64_t odd_every)
{
    double spent = 0;
    hostkit_clock(kit, minutes);
    for (int64_t device = 1; device <= devices; device++) {
        bool odd = odd_every > 0 && device % odd_every == 0;
        (void)write_compared(device, odd);
        double begin = now();
        need(hostkit_result(kit, "setting-value.monitor",
                            "{\"standard\":\"1\",\"on_difference\":\"record\"}", device,
                            odd ? "warning" : "success", text, &error),
             "compare");
        spent += now() - begin;
    }
    return spent;
}

static void open_kit(void)
{
    char sql[200];
    kit = hostkit_open(PLUGIN_FILE, &error);
    need(kit != NULL ? PLATEN_OK : PLATEN_E_NOT_FOUND, "open");
    need(hostkit_load(kit, &error), "load");
    need(hostkit_migrate(kit, false, &error), "migrate");
    (void)snprintf(sql, sizeof(sql),
                   "WITH RECURSIVE n (id) AS (SELECT 4 UNION ALL SELECT id + 1 FROM n WHERE id < "
                   "%" PRId64 ") INSERT INTO device (id, name) SELECT id, 'printer' FROM n",
                   devices);
    need(hostkit_sql(kit, sql, NULL, 0, &error), "devices");
}

static int told(const char *what, double got, double bound, const char *unit)
{
    (void)printf("%-56s %9.2f %-4s (bound %.2f)%s\n", what, got, unit, bound,
                 got <= bound ? "" : "  OVER");
    return got <= bound ? 0 : 1;
}

int main(int argc, char **argv)
{
    size_t odd_bytes = 0;
    int failed = 0;
    devices = argc > 1 ? strtoll(argv[1], NULL, 10) : devices;
    double share = (double)devices / 10000;
    open_kit();
    int64_t empty = size_now();
    double first = back_up_all(0, 0, &odd_bytes);
    int64_t one = size_now();
    (void)printf("first backups: %.2f s, %.2f MB in the database, %.1f MB handed over\n", first,
                 (double)(one - empty) / 1e6, (double)devices * (double)write_read(1, false) / 1e6);
    double again = back_up_all(10, 100, &odd_bytes);
    double grown = (double)(size_now() - one);
    failed += told("backups of which 1 % differ: growth, times what differs",
                   grown / (double)odd_bytes, 3, "x");
    (void)printf("  %.2f MB grown, %.2f MB of the devices that differ, %.2f s\n", grown / 1e6,
                 (double)odd_bytes / 1e6, again);
    need(hostkit_call(kit, "setting-value.backup-to-data",
                      "{\"id\":\"1\",\"name\":\"standard\",\"purpose\":\"monitoring\"}", NULL, 0,
                      &error),
         "standard");
    failed +=
        told("compare all with a standard, the first time", compare_all(20, 0), 5 * share, "s");
    failed += told("again, 1 % differ", compare_all(30, 100), 5 * share, "s");
    (void)compare_all(40, 1); /* every device differs */
    double begin = now();
    need(hostkit_call(kit, "setting-value.difference-devices", "{\"path\":\"pjl/box/SETTING017\"}",
                      answer, sizeof(answer), &error),
         "who differs");
    failed += told("which devices differ in a setting, all do", (now() - begin) * 1000, 100 * share,
                   "ms");
    hostkit_free(kit);
    return failed > 0 ? 1 : 0;
}
