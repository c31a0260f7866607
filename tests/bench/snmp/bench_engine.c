/*
 * How fast the SNMP engine is against a running platen-sim (base 127.10.0.0).
 *
 *   bench_engine sweep              every address of 127.10.0.0/16 once, as discovery does it: each
 *                                   second try as v1, for some devices know nothing else
 *   bench_engine poll [devices]     a status poll of each device, all of which must speak v2c: 25
 *                                   objects in two GETs and the supplies table by GETBULK
 *
 * Each prints one line of name=value pairs. CPU is of the whole process, main thread included,
 * which waits.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/snmp/snmp.h"

#define PORT "10161" /* unless SNMP_BENCH_PORT says otherwise */
#define ADDRESSES 65536u

/* 25 objects that status polls read, with their instances. */
static const char *const objects[] = {
    "1.3.6.1.2.1.1.1.0",           "1.3.6.1.2.1.1.2.0",
    "1.3.6.1.2.1.1.3.0",           "1.3.6.1.2.1.1.5.0",
    "1.3.6.1.2.1.1.6.0",           "1.3.6.1.2.1.25.3.2.1.5.1",
    "1.3.6.1.2.1.25.3.5.1.1.1",    "1.3.6.1.2.1.25.3.5.1.2.1",
    "1.3.6.1.2.1.43.5.1.1.1.1",    "1.3.6.1.2.1.43.5.1.1.16.1",
    "1.3.6.1.2.1.43.5.1.1.17.1",   "1.3.6.1.2.1.43.10.2.1.4.1.1",
    "1.3.6.1.2.1.43.10.2.1.5.1.1", "1.3.6.1.2.1.43.10.2.1.15.1.1",
    "1.3.6.1.2.1.43.8.2.1.9.1.1",  "1.3.6.1.2.1.43.8.2.1.10.1.1",
    "1.3.6.1.2.1.43.8.2.1.11.1.1", "1.3.6.1.2.1.43.8.2.1.18.1.1",
    "1.3.6.1.2.1.43.8.2.1.10.1.2", "1.3.6.1.2.1.43.8.2.1.11.1.2",
    "1.3.6.1.2.1.43.9.2.1.4.1.1",  "1.3.6.1.2.1.43.9.2.1.5.1.1",
    "1.3.6.1.2.1.43.9.2.1.6.1.1",  "1.3.6.1.2.1.43.16.5.1.2.1.1",
    "1.3.6.1.2.1.43.16.5.1.2.1.2",
};
#define OBJECTS (sizeof objects / sizeof *objects)

/* Columns of prtMarkerSuppliesTable. */
static const char *const columns[] = {
    "1.3.6.1.2.1.43.11.1.1.3", "1.3.6.1.2.1.43.11.1.1.4", "1.3.6.1.2.1.43.11.1.1.5",
    "1.3.6.1.2.1.43.11.1.1.6", "1.3.6.1.2.1.43.11.1.1.7", "1.3.6.1.2.1.43.11.1.1.8",
    "1.3.6.1.2.1.43.11.1.1.9",
};
#define COLUMNS (sizeof columns / sizeof *columns)

typedef struct work {
    snmpeng *engine;
    snmpeng_request request;
    uint32_t next;
    uint32_t count;
    uint32_t batch;
    int64_t submitted_us; /* when the last was handed in */
    uint64_t good;
    uint64_t bindings;
    uint32_t ended;
    pthread_mutex_t mutex; /* guards `finished` */
    pthread_cond_t changed;
    bool finished;
} work;

static void finish(work *w)
{
    pthread_mutex_lock(&w->mutex);
    w->finished = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->mutex);
}

static void done(const platen_snmp_result *result, snmpeng_version version, void *user)
{
    work *w = user;
    (void)version;
    w->good += result->code == PLATEN_E_OK && result->count > 0;
    w->bindings += result->count;
    if (++w->ended == w->count) {
        finish(w);
    }
}

/* Address number `i` of 127.10.0.0/16; polls leave out what the simulator leaves out. */
static void set_address(net_address *address, uint32_t host)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    memset(address, 0, sizeof *address);
    memcpy(address->bytes, mapped, sizeof mapped);
    address->bytes[12] = 127;
    address->bytes[13] = 10;
    address->bytes[14] = (uint8_t)(host >> 8);
    address->bytes[15] = (uint8_t)host;
}

static uint32_t host_of(const work *w, uint32_t i)
{
    return w->count == ADDRESSES ? i : i / 254 * 256 + i % 254 + 1;
}

static void feed(void *user)
{
    work *w = user;
    for (uint32_t i = 0; i < w->batch && w->next < w->count; i++) {
        set_address(&w->request.address, host_of(w, w->next++));
        if (snmpeng_submit(w->engine, &w->request, NULL, NULL) != PLATEN_OK) {
            abort();
        }
    }
    if (w->next == w->count && w->submitted_us == 0) {
        w->submitted_us = clock_mono_us();
    }
}

static snmpeng_plan *make_plan(bool poll)
{
    platen_snmp_item items[OBJECTS + COLUMNS];
    uint32_t count = 0;
    for (size_t i = 0; i < (poll ? OBJECTS : 2); i++) {
        items[count] = (platen_snmp_item)PLATEN_SNMP_ITEM_INIT;
        items[count++].oid = objects[i];
    }
    for (size_t i = 0; poll && i < COLUMNS; i++) {
        items[count] = (platen_snmp_item)PLATEN_SNMP_ITEM_INIT;
        items[count].op = PLATEN_SNMP_WALK;
        items[count].table = 1;
        items[count++].oid = columns[i];
    }
    snmpeng_plan *plan = NULL;
    if (snmpeng_plan_new(items, count, &plan, NULL) != PLATEN_OK) {
        abort();
    }
    return plan;
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void run(work *w, uint32_t in_flight)
{
    w->batch = 256;
    snmpeng_set_feeder(w->engine, in_flight + 256, feed, w);
    for (uint32_t i = 0; i * 256 < in_flight; i++) {
        if (snmpeng_post(w->engine, feed, w, NULL) != PLATEN_OK) {
            abort();
        }
    }
    pthread_mutex_lock(&w->mutex);
    while (!w->finished) {
        pthread_cond_wait(&w->changed, &w->mutex);
    }
    pthread_mutex_unlock(&w->mutex);
}

int main(int argc, char **argv)
{
    bool poll = argc > 1 && strcmp(argv[1], "poll") == 0;
    if (argc < 2 || (!poll && strcmp(argv[1], "sweep") != 0)) {
        (void)fprintf(stderr, "usage: bench_engine sweep|poll [devices [in-flight]]\n");
        return 2;
    }
    uint32_t devices = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 50000;
    uint32_t in_flight = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : poll ? 256 : 24000;
    snmpeng_options options = {.timeout_ms = 1000, .tries = 2, .in_flight = in_flight};
    snmpeng_credential_spec spec = {.community = "public"};
    snmpeng_credential *credential = NULL;
    work w = {.count = poll ? devices : ADDRESSES};
    pthread_mutex_init(&w.mutex, NULL);
    pthread_cond_init(&w.changed, NULL);
    if (snmpeng_credential_new(&spec, &credential, NULL) != PLATEN_OK ||
        snmpeng_new(&options, &w.engine, NULL) != PLATEN_OK) {
        return 1;
    }
    const char *port = getenv("SNMP_BENCH_PORT");
    w.request = (snmpeng_request){.port = (uint16_t)strtoul(port != NULL ? port : PORT, NULL, 10),
                                  .version = SNMPENG_V2C,
                                  .flags = poll ? 0 : SNMPENG_V1_RETRY,
                                  .credential = credential,
                                  .plan = make_plan(poll),
                                  .done = done,
                                  .user = &w};
    double cpu = cpu_seconds();
    int64_t from = clock_mono_us();
    if (snmpeng_start(w.engine, NULL) != PLATEN_OK) {
        return 1;
    }
    run(&w, in_flight);
    double seconds = (double)(clock_mono_us() - from) / 1e6;
    cpu = cpu_seconds() - cpu;
    snmpeng_stats s;
    snmpeng_stop(w.engine);
    snmpeng_stats_get(w.engine, &s);
    if (poll) {
        printf("poll devices=%" PRIu64
               " bindings_a_device=%.1f seconds=%.3f devices_per_second=%.0f "
               "packets_per_second=%.0f round_trips_per_second=%.0f cpu_seconds=%.3f "
               "round_trips_per_cpu_second=%.0f resent=%" PRIu64 "\n",
               w.good, (double)w.bindings / (double)w.good, seconds, (double)w.good / seconds,
               (double)(s.sent + s.resent + s.received) / seconds, (double)s.matched / seconds, cpu,
               (double)s.matched / cpu, s.resent);
    } else {
        double sending = (double)(w.submitted_us - from) / 1e6;
        printf("sweep addresses=%u found=%" PRIu64 " seconds=%.3f sending_seconds=%.3f "
               "addresses_per_second_while_sending=%.0f cpu_seconds=%.3f "
               "cpu_seconds_per_1000_addresses=%.5f resent=%" PRIu64 "\n",
               w.count, w.good, seconds, sending, w.count / sending, cpu, cpu * 1000 / w.count,
               s.resent);
    }
    snmpeng_free(w.engine);
    snmpeng_credential_unref(credential);
    return 0;
}
