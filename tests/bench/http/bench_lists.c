/*
 * How long a page of the device list takes over 50,000 devices, for every filter and sort, without
 * sockets: median of 21, once with the total remembered and once, after a commit, counted anew. The
 * time is the thread's on the processor, for nothing else of the machine is to be measured.
 * Exit status 1 when a median is over 10 ms and the program was told to judge (argument "check").
 * With "region N" somebody asks who has that region alone (fleet.c says how many devices it has):
 * the scope is in the query, so that the list costs no more than the region (ACC-69).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/rest/rest_devices.h"
#include "core/run/run.h"
#include "tests/bench/http/fleet.h"
#include "tests/unit/rest/rest_fixture.h"

#define ROUNDS 21
#define LIMIT_US 10000

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

static int64_t cpu_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static platen_code touch(store_conn *conn, void *user, platen_error *err)
{
    static const store_sql sql = {"bench_touch", "UPDATE preference SET value = value",
                                  "UPDATE preference SET value = value"};
    store_stmt *stmt = NULL;
    (void)user;
    PLATEN_TRY(store_prepare(conn, &sql, &stmt, err));
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

static int64_t median(rest_fixture *f, const char *headers, const char *target, bool anew,
                      int *total)
{
    int64_t times[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        rest_reply reply;
        if (anew) {
            (void)store_write(f->store, touch, NULL, NULL);
        }
        int64_t began = cpu_us();
        rest_ask(f, "GET", target, headers, NULL, &reply);
        times[i] = cpu_us() - began;
        if (reply.status != 200) {
            (void)fprintf(stderr, "%s: %s\n", target, reply.body);
            exit(2);
        }
        *total = cJSON_GetObjectItem(reply.json, "total")->valueint;
        rest_reply_fini(&reply);
    }
    qsort(times, ROUNDS, sizeof(times[0]), compare);
    return times[ROUNDS / 2];
}

/* Asks as a device manager of one region from here on. */
static void ask_as_manager_of(rest_fixture *f, const char *region, char *login, size_t size)
{
    char body[256];
    rest_reply reply;
    for (int i = 1; i <= 12; i++) {
        (void)snprintf(body, sizeof(body),
                       "INSERT INTO region (name, name_key, timezone, addresses, suffixes, "
                       "created) VALUES ('R%d', 'r%d', 'UTC', '[]', '[]', 1)",
                       i, i);
        rest_fixture_run(f, body);
    }
    (void)snprintf(body, sizeof(body),
                   "{\"name\":\"r\",\"role\":\"device-manager\",\"functions\":[\"devices\"],"
                   "\"all_regions\":false,\"regions\":[\"%.4s\"]}",
                   region);
    rest_ask(f, "POST", "/api/v1/tokens", login, body, &reply);
    (void)snprintf(login, size, "Authorization: Bearer %s\n", rest_reply_text(&reply, "token"));
    rest_reply_fini(&reply);
}

int main(int argc, char **argv)
{
    static const char *const queries[] = {
        "",
        "size=200",
        "page=900",
        "sort=-name&page=500",
        "sort=address",
        "sort=-page_count",
        "sort=supply_lowest",
        "sort=severity,-page_count",
        "sort=hostname",
        "sort=contact",
        "sort=-comment",
        "sort=-last_seen",
        "sort=firmware,name",
        "sort=mac&page=400",
        "f=name:contains:0099",
        "f=name:begins:printer-0001",
        "f=name:ends:-13&sort=-page_count",
        "f=name:ne:x",
        "f=address:eq:10.7.1.9",
        "f=address:contains:.1.9",
        "f=hostname:contains:site7",
        "f=hostname:contains:nothing",
        "f=serial:eq:SN00000000",
        "f=manufacturer:in:HP,Canon&sort=model",
        "f=model:begins:model%201&f=severity:eq:error",
        "f=severity:in:error,warning&sort=-page_count",
        "f=power:eq:no-response&sort=name",
        "f=page_count:ge:1000&f=page_count:le:9000",
        "f=supply_lowest:lt:10&sort=supply_lowest",
        "f=last_seen:gt:2023-11-20T00:00:00Z&sort=-last_seen",
        "f=location:contains:floor%203&f=manufacturer:eq:hp&sort=-contact",
        "f=comment:contains:2027&sort=hostname",
        "f=contact:contains:help29&sort=mac",
        "f=comment:empty:true&sort=-contact",
        "f=alert:contains:toner&sort=comment",
        "f=firmware:ne:1.1&sort=-first_seen",
        "q=0099",
        "q=site7",
        "q=nothing+at+all",
        "q=xyzzy&sort=contact",
        "q=printer",
        "q=1&sort=-page_count&page=20",
        "q=SN00+site7",
        "q=printer&f=location:contains:floor%203&sort=-contact",
        "q=0099&f=severity:eq:error",
    };
    bool check = argc > 1 && strcmp(argv[1], "check") == 0;
    int over = 0;
    char login[1024];
    char target[512];
    platen_error err = PLATEN_ERROR_INIT;
    rest_fixture f;
    static const runs_hooks none;
    rest_fixture_open(&f, NULL);
    if (runs_new(f.store, &none, &f.services.runs, &err) != PLATEN_OK ||
        rest_devices_add(f.rest, &err) != PLATEN_OK || fleet_fill(f.store, &err) != PLATEN_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    rest_fixture_set_up(&f);
    rest_fixture_login(&f, login, sizeof(login));
    if (argc > 2 && strcmp(argv[1], "region") == 0) {
        ask_as_manager_of(&f, argv[2], login, sizeof(login));
    }
    (void)printf("%8s %8s %8s  query\n", "known ms", "anew ms", "total");
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        int total = 0;
        (void)snprintf(target, sizeof(target), "/api/v1/devices?%s", queries[i]);
        int64_t known = median(&f, login, target, false, &total);
        int64_t anew = median(&f, login, target, true, &total);
        (void)printf("%8.2f %8.2f %8d  %s%s\n", (double)known / 1000.0, (double)anew / 1000.0,
                     total, queries[i], anew > LIMIT_US ? "   <-- over 10 ms" : "");
        over += anew > LIMIT_US ? 1 : 0;
    }
    runs_free(f.services.runs);
    rest_fixture_close(&f);
    return check && over > 0 ? 1 : 0;
}
