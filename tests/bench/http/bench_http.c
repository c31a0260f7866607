/*
 * The HTTP surface under load, in one process with its server: requests a second of a 50-row page
 * over 50,000 devices on kept TLS connections, then pages while 1,000 connections idle and 200
 * streams are open, with the memory that they take.
 *
 * usage: bench-http [check [IDLE [STREAMS]]]; "check" fails when a page is delayed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/resource.h>

#include <cmocka.h>
#include <pthread.h>

#include "core/base/clock.h"
#include "core/http/certs.h"
#include "core/http/http.h"
#include "core/rest/rest_devices.h"
#include "core/run/run.h"
#include "tests/bench/http/fleet.h"
#include "tests/unit/http/tls_client.h"
#include "tests/unit/rest/rest_fixture.h"

#define CLIENTS 4
#define SECONDS 3
#define PAGES 200
#define PAGE_LIMIT_US 50000 /* median of a page among 1,200 connections */

static rest_fixture fixture;
static http_server *server;
static certs_files files;
static char login[1024];
static atomic_bool running;
static atomic_ulong done;

static long memory_kib(const char *field)
{
    char line[256];
    long value = -1;
    FILE *file = fopen("/proc/self/status", "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, field, strlen(field)) == 0) {
            value = strtol(line + strlen(field) + 1, NULL, 10);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return value;
}

static tls_client *client(void)
{
    tls_client_options options = {
        .address = "::1", .port = http_server_port(server, true), .ca = files.ca};
    tls_client *c = tls_client_open(&options);
    if (c == NULL) {
        (void)fprintf(stderr, "cannot connect: %s\n", strerror(errno));
        _exit(2); /* threads are running */
    }
    return c;
}

/* The request with the login's headers, line feeds turned into the line ends of HTTP. */
static void request_text(const char *target, char *out, size_t size)
{
    size_t at = (size_t)snprintf(out, size, "GET /api/v1%s HTTP/1.1\r\nHost: h\r\n", target);
    for (const char *from = login; *from != '\0' && at + 4 < size; from++) {
        if (*from == '\n') {
            out[at++] = '\r';
        }
        out[at++] = *from;
    }
    (void)snprintf(out + at, size - at, "\r\n");
}

static void *ask_on(void *user)
{
    char request[2048];
    char *text = malloc(1 << 20);
    tls_client *c = client();
    (void)user;
    request_text("/devices?size=50&sort=-page_count", request, sizeof(request));
    while (text != NULL && atomic_load(&running)) {
        if (tls_client_ask(c, request, text, 1 << 20) != 200) {
            (void)fprintf(stderr, "no answer: %s\n", text);
            _exit(2);
        }
        atomic_fetch_add(&done, 1);
    }
    tls_client_close(c);
    free(text);
    return NULL;
}

static void measure_rate(void)
{
    pthread_t threads[CLIENTS];
    atomic_store(&running, true);
    atomic_store(&done, 0);
    int64_t began = clock_mono_us();
    for (size_t i = 0; i < CLIENTS; i++) {
        (void)pthread_create(&threads[i], NULL, ask_on, NULL);
    }
    (void)sleep(SECONDS);
    atomic_store(&running, false);
    for (size_t i = 0; i < CLIENTS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    double seconds = (double)(clock_mono_us() - began) / 1e6;
    (void)printf("%.0f requests/s of 50 of %d devices, %d kept TLS connections, client and server "
                 "on this machine\n",
                 (double)atomic_load(&done) / seconds, FLEET_DEVICES, CLIENTS);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

/* Pages on fresh connections, handshake included: what somebody feels who opens the page. */
static int64_t measure_pages(const char *when)
{
    int64_t times[PAGES];
    char request[2048];
    char *text = malloc(1 << 20);
    request_text("/devices?size=50", request, sizeof(request));
    for (int i = 0; text != NULL && i < PAGES; i++) {
        int64_t began = clock_mono_us();
        tls_client *c = client();
        if (tls_client_ask(c, request, text, 1 << 20) != 200) {
            (void)fprintf(stderr, "%s\n", text);
            exit(2);
        }
        tls_client_close(c);
        times[i] = clock_mono_us() - began;
    }
    free(text);
    qsort(times, PAGES, sizeof(times[0]), compare);
    (void)printf("page on a fresh connection %s: median %.2f ms, 99%% %.2f ms; resident %ld KiB, "
                 "threads %ld\n",
                 when, (double)times[PAGES / 2] / 1000.0, (double)times[PAGES * 99 / 100] / 1000.0,
                 memory_kib("VmRSS:"), memory_kib("Threads:"));
    return times[PAGES / 2];
}

static tls_client **open_idle(size_t count)
{
    char request[2048];
    char *text = malloc(1 << 20);
    tls_client **all = calloc(count, sizeof(tls_client *));
    request_text("/devices?size=50", request, sizeof(request));
    for (size_t i = 0; all != NULL && text != NULL && i < count; i++) {
        all[i] = client();
        if (tls_client_ask(all[i], request, text, 1 << 20) != 200) {
            (void)fprintf(stderr, "idle connection %zu: %s\n", i, text);
            exit(2);
        }
    }
    free(text);
    return all;
}

static tls_client **open_streams(size_t count)
{
    char request[2048];
    char text[4096];
    tls_client **all = calloc(count, sizeof(tls_client *));
    request_text("/events", request, sizeof(request));
    for (size_t i = 0; all != NULL && i < count; i++) {
        all[i] = client();
        if (!tls_client_send(all[i], request) || tls_client_read(all[i], text, sizeof(text)) <= 0 ||
            strncmp(text, "HTTP/1.1 200", 12) != 0) {
            (void)fprintf(stderr, "stream %zu: %s\n", i, text);
            exit(2);
        }
    }
    return all;
}

/* Every stream must get an event. */
static void check_streams(tls_client **streams, size_t count)
{
    char text[8192];
    size_t got = 0;
    int64_t began = clock_mono_us();
    events_publish(fixture.events, "run", EVENTS_TASKS, EVENTS_NO_DEVICE, "{\"id\":\"4711\"}");
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (int tries = 0; tries < 4 && !found; tries++) {
            found =
                tls_client_read(streams[i], text, sizeof(text)) > 0 && strstr(text, "4711") != NULL;
        }
        got += found ? 1 : 0;
    }
    (void)printf("an event reached %zu of %zu streams within %.1f ms\n", got, count,
                 (double)(clock_mono_us() - began) / 1000.0);
    if (got != count) {
        exit(1);
    }
}

static void start(void)
{
    static const runs_hooks none;
    platen_error err = PLATEN_ERROR_INIT;
    rest_fixture_open(&fixture, NULL);
    if (runs_new(fixture.store, &none, &fixture.services.runs, &err) != PLATEN_OK ||
        rest_devices_add(fixture.rest, &err) != PLATEN_OK ||
        fleet_fill(fixture.store, &err) != PLATEN_OK ||
        certs_prepare(fixture.folder, NULL, &files, NULL, &err) != PLATEN_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(2);
    }
    rest_fixture_set_up(&fixture);
    rest_fixture_login(&fixture, login, sizeof(login));
    (void)printf("before the server: resident %ld KiB\n", memory_kib("VmRSS:"));
    int64_t began = clock_mono_us();
    http_options options = {.http_port = -1,
                            .certificate = files.certificate,
                            .key = files.key,
                            .client_ca = files.ca,
                            .handle = rest_serve,
                            .user = fixture.rest};
    if (http_server_start(&options, &server, &err) != PLATEN_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(2);
    }
    rest_set_server(fixture.rest, server);
    (void)printf("started in %.1f ms: resident %ld KiB, threads %ld\n",
                 (double)(clock_mono_us() - began) / 1000.0, memory_kib("VmRSS:"),
                 memory_kib("Threads:"));
}

int main(int argc, char **argv)
{
    struct rlimit files_limit = {8192, 8192};
    bool check = argc > 1 && strcmp(argv[1], "check") == 0;
    size_t idle = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
    size_t streams = argc > 3 ? strtoul(argv[3], NULL, 10) : 200;
    (void)setrlimit(RLIMIT_NOFILE, &files_limit);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    start();
    measure_rate();
    int64_t alone = measure_pages("alone");
    tls_client **quiet = open_idle(idle);
    tls_client **open = open_streams(streams);
    (void)printf("%zu idle connections and %zu streams are open (the client's half of the memory "
                 "included)\n",
                 idle, streams);
    int64_t crowded = measure_pages("among them");
    check_streams(open, streams);
    measure_rate();
    events_stop(fixture.events);
    int64_t began = clock_mono_us();
    http_server_stop(server);
    (void)printf("stopped in %.1f ms\n", (double)(clock_mono_us() - began) / 1000.0);
    for (size_t i = 0; i < idle; i++) {
        tls_client_close(quiet[i]);
    }
    for (size_t i = 0; i < streams; i++) {
        tls_client_close(open[i]);
    }
    free(quiet);
    free(open);
    runs_free(fixture.services.runs);
    rest_fixture_close(&fixture);
    return check && crowded > PAGE_LIMIT_US && crowded > 3 * alone ? 1 : 0;
}
