/*
 * Drivers in worker processes, with the desk, the engine and the simulator: what an isolated driver
 * reports is what it reports here, and what it does wrong ends its worker and the works it had.
 * SYS-141, PRF-36.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/agent/reach.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/worker/isolation.h"
#include "stage.h"

#define CONFIG                                                                                     \
    "\"ranges\":[],"                                                                               \
    "\"credentials\":[{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"private\"},"               \
    "{\"id\":\"4\",\"kind\":\"user\",\"user\":\"admin\",\"password\":\"secret\"}]"

static const char *const sim[] = {"--devices", "40", "--still", "--only", "hp-color-laser", NULL};

/* ---- the stage with isolated plugins ---- */

static isolation *iso;
static isolation_options wanted; /* of the next stage */
static const char *stage_mode = "all";
static const char *greeting = "unruly.greeting=from the test";
static char intruded[3][FILE_PATH]; /* settings of the intruder, "" none */
static _Atomic unsigned changes;

static void note_change(void *user)
{
    (void)user;
    changes++;
}

static const plug_offer offers[] = {{"tcp/1", &iface_tcp_table}, {"fetch/0", &iface_fetch_table}};

void stage_load(stage *s, const char *plugins)
{
    static const plug_place places[] = {{"unruly", WORKER_UNRULY}, {"intruder", WORKER_INTRUDER}};
    platen_error err = PLATEN_ERROR_INIT;
    isolation_options o = wanted;
    s->conf = conf_new();
    assert_non_null(s->conf);
    assert_int_equal(conf_set(s->conf, greeting, &err), PLATEN_OK);
    for (size_t i = 0; i < 3 && intruded[i][0] != '\0'; i++) {
        assert_int_equal(conf_set(s->conf, intruded[i], &err), PLATEN_OK);
    }
    o.conf = s->conf;
    o.program = WORKER_PROGRAM;
    o.version = "test";
    o.mode = stage_mode;
    o.changed = note_change;
    assert_int_equal(isolation_new(&o, &iso, &err), PLATEN_OK);
    plug_options load = {.role = PLATEN_ROLE_AGENT,
                         .version = "test",
                         .folder = STAGE_PLUGINS,
                         .enabled = plugins,
                         .required = plugins,
                         .conf = s->conf,
                         .drivers = &desk_drivers,
                         .snmp = &desk_snmp,
                         .offers = offers,
                         .offer_count = 2,
                         .places = places,
                         .place_count = 2,
                         .user = iso,
                         .elsewhere = isolation_open};
    if (plug_load_all(&load, &s->plugins, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
}

void stage_unload(stage *s)
{
    plug_unload_all(s->plugins);
    isolation_free(iso);
    conf_free(s->conf);
}

static void stop_isolation(void)
{
    isolation_stop(iso);
}

/* What hello says of a plugin. */
static cJSON *told(const char *plugin)
{
    strbuf text;
    json_writer w;
    cJSON *tree = NULL;
    strbuf_init(&text);
    json_init(&w, &text);
    json_object(&w, NULL);
    isolation_write(iso, plugin, &w);
    json_object_end(&w);
    assert_int_equal(json_parse(text.data, text.length, &tree, NULL), PLATEN_OK);
    strbuf_fini(&text);
    return tree;
}

static void assert_told(const char *plugin, const char *state)
{
    cJSON *tree = told(plugin);
    assert_string_equal(json_get_text(tree, "state", ""), state);
    cJSON_Delete(tree);
}

static void open_stage(stage *s, const char *plugins, const char *drivers, int count)
{
    strbuf text;
    platen_error err = PLATEN_ERROR_INIT;
    strbuf_init(&text);
    s->before_desk_stop = stop_isolation;
    stage_open(s, sim, plugins, 64);
    assert_told("unruly", "active"); /* an agent greets with this before its threads are there */
    assert_int_equal(isolation_start(iso, s->engine, &err), PLATEN_OK);
    stage_config(s, CONFIG);
    for (int i = 1; i <= count; i++) {
        strbuf_appendf(&text,
                       "%c{\"id\":\"%d\",\"revision\":1,\"address\":\"127.10.0.%d\","
                       "\"drivers\":%s,\"credential\":\"3\","
                       "\"protocol\":\"snmpv2c\",\"memo\":{}}",
                       i == 1 ? '[' : ',', i, i, drivers);
    }
    strbuf_append(&text, "]");
    stage_set_devices(s, text.data);
    strbuf_fini(&text);
}

static void run_job(stage *s, const char *job, int count, const char *members)
{
    strbuf text;
    strbuf_init(&text);
    strbuf_appendf(&text, "{\"id\":\"%s\",\"run\":\"%s\",%s,\"targets\":", job, job, members);
    for (int i = 1; i <= count; i++) {
        strbuf_appendf(&text, "%c[%d,1]", i == 1 ? '[' : ',', i);
    }
    strbuf_append(&text, "]}");
    stage_job(s, "%s", text.data);
    strbuf_fini(&text);
}

/* Does `how` on device 1 and gives its result. */
static const cJSON *act(stage *s, const char *kind, const char *how)
{
    static unsigned number;
    char job[16];
    char members[128];
    (void)snprintf(job, sizeof(job), "a%u", ++number);
    (void)snprintf(members, sizeof(members),
                   "\"kind\":\"%s\",\"data\":true,\"settings\":{\"how\":\"%s\"}", kind, how);
    run_job(s, job, 1, members);
    (void)stage_wait_done(s, job, 60);
    const cJSON *result = stage_target(s, job, 1);
    assert_non_null(result);
    return result;
}

static void expect(const cJSON *result, const char *state, const char *code, const char *words)
{
    const char *text = json_get_text(result, "text", "");
    if (strcmp(json_get_text(result, "state", ""), state) != 0 ||
        strcmp(json_get_text(result, "code", ""), code) != 0 || strstr(text, words) == NULL) {
        fail_msg("not %s %s with '%s', but %s %s with '%s'", state, code, words,
                 json_get_text(result, "state", ""), json_get_text(result, "code", ""), text);
    }
}

static void nap(void)
{
    const struct timespec time = {0, 20000000};
    (void)nanosleep(&time, NULL);
}

static void wait_state_of(const char *plugin, const char *state, int seconds)
{
    int64_t until = clock_mono() + seconds * INT64_C(1000);
    for (;;) {
        cJSON *tree = told(plugin);
        bool there = strcmp(json_get_text(tree, "state", ""), state) == 0;
        cJSON_Delete(tree);
        if (there) {
            return;
        }
        if (clock_mono() > until) {
            fail_msg("%s is not %s within %d s", plugin, state, seconds);
        }
        nap();
    }
}

static void wait_state(const char *state, int seconds)
{
    wait_state_of("unruly", state, seconds);
}

static void set_up(unsigned crashes)
{
    wanted = (isolation_options){
        .threads = 4, .pause_ms = 50, .crashes = crashes, .hang_ms = 1500, .memory_mib = 400};
    changes = 0;
}

/* ---- what goes well ---- */

static cJSON *report_of(const char *mode, const char *kind)
{
    stage s = {0};
    char members[64];
    stage_mode = mode;
    set_up(5);
    (void)snprintf(members, sizeof(members), "\"kind\":\"%s\"", kind);
    open_stage(&s, "printer-mib", "[\"printer-mib\"]", 1);
    run_job(&s, "1", 1, members);
    (void)stage_wait_done(&s, "1", 60);
    const cJSON *result = stage_target(&s, "1", 1);
    assert_non_null(result);
    assert_string_equal(json_get_text(result, "state", ""), "success");
    cJSON *report = cJSON_Duplicate(json_get_object(result, "report"), true);
    cJSON_DeleteItemFromObjectCaseSensitive(report, "uptime");
    stage_close(&s);
    stage_mode = "all";
    return report;
}

static void test_isolation__reports_are_the_same(void **state)
{
    (void)state;
    static const char *const kinds[] = {"device.information", "device.monitor", "device.counters"};
    for (size_t i = 0; i < 3; i++) {
        cJSON *here = report_of("none", kinds[i]);
        cJSON *there = report_of("all", kinds[i]);
        assert_true(cJSON_GetArraySize(here) > 0);
        if (!cJSON_Compare(here, there, true)) {
            fail_msg("%s: here %s\nthere %s", kinds[i], cJSON_Print(here), cJSON_Print(there));
        }
        cJSON_Delete(here);
        cJSON_Delete(there);
    }
}

static void test_isolation__a_fleet(void **state)
{
    (void)state;
    stage s = {0};
    set_up(5);
    open_stage(&s, "printer-mib unruly", "[\"printer-mib\",\"unruly\",\"unruly-slow\"]", 40);
    run_job(&s, "1", 40, "\"kind\":\"device.monitor\"");
    (void)stage_wait_done(&s, "1", 60);
    for (int i = 1; i <= 40; i++) {
        const cJSON *result = stage_target(&s, "1", i);
        assert_non_null(result);
        assert_string_equal(json_get_text(result, "state", ""), "success");
        assert_string_equal(json_get_text(json_get_object(result, "report"), "location", ""),
                            "where the unruly are");
    }
    stage_close(&s);
}

static void test_isolation__writes_through_the_agent(void **state)
{
    (void)state;
    stage s = {0};
    set_up(5);
    open_stage(&s, "printer-mib", "[\"printer-mib\"]", 1);
    run_job(&s, "1", 1, "\"kind\":\"device.edit\",\"settings\":{\"name\":\"renamed\"}");
    (void)stage_wait_done(&s, "1", 60);
    const cJSON *result = stage_target(&s, "1", 1);
    assert_string_equal(json_get_text(result, "state", ""), "success");
    const cJSON *change = cJSON_GetArrayItem(json_get_array(result, "changes"), 0);
    assert_string_equal(json_get_text(change, "to", ""), "renamed");
    stage_close(&s);
}

static const char *change_to(const cJSON *result, int at)
{
    return json_get_text(cJSON_GetArrayItem(json_get_array(result, "changes"), at), "to", "");
}

static void test_isolation__what_a_driver_sees(void **state)
{
    (void)state;
    stage s = {0};
    set_up(5);
    open_stage(&s, "unruly", "[\"unruly\",\"unruly-slow\"]", 1);
    for (int i = 0; i < 2; i++) {
        const cJSON *result = act(&s, i == 0 ? "unruly.do" : "unruly.slow", "tell");
        expect(result, "success", "ok", "");
        assert_string_equal(change_to(result, 0), "127.10.0.1");
        assert_string_equal(change_to(result, 1), "admin");
        assert_string_equal(change_to(result, 2), "from the test");
        assert_string_equal(change_to(result, 3), "none"); /* nothing of our environment */
        result = act(&s, i == 0 ? "unruly.do" : "unruly.slow", "wait");
        expect(result, "success", "ok", "");
        assert_string_equal(change_to(result, 0), "yes");
    }
    assert_string_equal(change_to(act(&s, "unruly.do", "read"), 0), "1");
    stage_close(&s);
}

/* ---- bars ---- */

/* A folder as an agent's, with what a driver would like to have. */
static void make_treasure(char folder[64])
{
    static const char *const names[] = {"agent.key", "agent.crt", "database"};
    static const char *const settings[] = {"data", "key", "database"};
    (void)snprintf(folder, 64, "/tmp/platen-treasure.XXXXXX");
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 3; i++) {
        char path[FILE_PATH];
        platen_error err = PLATEN_ERROR_INIT;
        assert_int_equal(file_join(path, folder, names[i], &err), PLATEN_OK);
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        assert_true(fputs("secret", file) >= 0);
        assert_int_equal(fclose(file), 0);
        (void)snprintf(intruded[i], sizeof(intruded[i]), "intruder.%s=%.200s", settings[i],
                       i == 0 ? folder : path);
    }
}

/* A worker reads and writes nothing of the agent's, starts nothing, reaches no other process and
 * opens no odd socket; what drivers need works; what was refused is told. SYS-141, PRF-36 */
static void test_isolation__confined(void **state)
{
    (void)state;
    char folder[64];
    stage s = {0};
    set_up(5);
    make_treasure(folder);
    open_stage(&s, "intruder", "[\"intruder\"]", 1);
    const cJSON *result = act(&s, "intruder.try", "");
    expect(result, "success", "ok", "");
    const cJSON *each = NULL;
    int tries = 0;
    cJSON_ArrayForEach(each, json_get_array(result, "changes"))
    {
        const char *what = json_get_text(each, "path", "");
        const char *to = json_get_text(each, "to", "");
        bool good = strncmp(what, "good: ", 6) == 0;
        if (strcmp(to, good ? "done" : "EACCES") != 0) {
            fail_msg("%s: %s", what, to);
        }
        tries++;
    }
    assert_int_equal(tries, 44);
    cJSON *said = told("intruder");
    assert_string_equal(json_get_text(said, "confined", ""), "full");
    assert_string_equal(json_get_text(said, "refused", ""),
                        "bind"); /* the last one that it tries */
    assert_true(json_get_i64(said, "refusals", 0) >= 25);
    assert_int_equal(json_get_i64(said, "crashes", -1), 0);
    cJSON_Delete(said);
    memset(intruded, 0, sizeof(intruded));
    stage_close(&s);
    assert_int_equal(file_remove_tree(folder, NULL), PLATEN_OK);
}

/* ---- further folders ---- */

static void write_text(const char *path, const char *text)
{
    assert_int_equal(file_write(path, text, strlen(text), 0644, NULL), PLATEN_OK);
}

static void make_profiles(char root[64], char good[80], char bad[80])
{
    static const char *const format = "{\n  \"profile\": \"acme\",\n  \"manufacturer\": \"Acme\",\n"
                                      "  \"match\": {\"enterprises\": [99999]},\n";
    (void)snprintf(root, 64, "/tmp/platen-profiles.XXXXXX");
    assert_non_null(mkdtemp(root));
    char *const folders[] = {good, bad};
    for (size_t i = 0; i < 2; i++) {
        char path[128];
        char text[512];
        (void)snprintf(folders[i], 80, "%s/%zu", root, i);
        assert_int_equal(file_make_dir(folders[i], 0755, NULL), PLATEN_OK);
        (void)snprintf(path, sizeof(path), "%s/profiles", folders[i]);
        assert_int_equal(file_make_dir(path, 0755, NULL), PLATEN_OK);
        (void)snprintf(text, sizeof(text), "%s  \"model\": [{\"oid\": \"%s\"}]\n}\n", format,
                       i == 0 ? "1.3.6.1.4.1.99999.1" : "not.an.oid");
        (void)snprintf(path, sizeof(path), "%s/profiles/acme.json", folders[i]);
        write_text(path, text);
    }
}

/* Profiles of packages reach an isolated driver: its process begins anew with them, which is no
 * crash; those that it refuses change nothing. PRF-36 */
static void test_isolation__further_folders(void **state)
{
    (void)state;
    char root[64];
    char good[80];
    char bad[80];
    stage s = {0};
    platen_error err = PLATEN_ERROR_INIT;
    stage_mode = "all";
    set_up(2);
    make_profiles(root, good, bad);
    const char *folders[2] = {good, bad};
    open_stage(&s, "printer-mib", "[\"printer-mib\"]", 1);
    assert_int_equal(isolation_further(iso, "printer-mib", folders, 1, &err), PLATEN_OK);
    assert_int_equal(isolation_further(iso, "printer-mib", folders, 1, &err), PLATEN_OK);
    for (int i = 0; i < 3; i++) { /* more often than crashes are forgiven */
        assert_int_equal(isolation_further(iso, "printer-mib", folders, 2, &err), PLATEN_E_INVAL);
        assert_non_null(strstr(err.text, "acme.json"));
        wait_state_of("printer-mib", "active", 30);
    }
    assert_int_equal(isolation_further(iso, "nobody", folders, 1, &err), PLATEN_E_NOT_FOUND);
    cJSON *said = told("printer-mib");
    assert_int_equal(json_get_i64(said, "crashes", -1), 0);
    cJSON_Delete(said);
    run_job(&s, "1", 1, "\"kind\":\"device.monitor\"");
    (void)stage_wait_done(&s, "1", 60);
    assert_string_equal(json_get_text(stage_target(&s, "1", 1), "state", ""), "success");
    assert_int_equal(isolation_further(iso, "printer-mib", NULL, 0, &err), PLATEN_OK);
    stage_close(&s);
    assert_int_equal(file_remove_tree(root, NULL), PLATEN_OK);
}

/* What a driver hands over counts, also when the work fails behind it; what the agent refuses makes
 * the work fail. SYS-141 */
static void test_isolation__data(void **state)
{
    (void)state;
    static const char *const kinds[] = {"unruly.do", "unruly.slow"};
    stage s = {0};
    set_up(5);
    open_stage(&s, "unruly", "[\"unruly\",\"unruly-slow\"]", 1);
    for (int i = 0; i < 2; i++) {
        const cJSON *result = act(&s, kinds[i], "bad-data");
        expect(result, "error", "malformed", "not JSON");
        assert_null(json_get_text(result, "data", NULL));
        result = act(&s, kinds[i], "much");
        expect(result, "warning", "different", "many differ");
        assert_string_equal(json_get_text(result, "data", ""), "{\"read\":true}");
        result = act(&s, kinds[i], "much-fail");
        expect(result, "error", "device", "the tray is jammed");
        assert_string_equal(json_get_text(result, "data", ""), "{\"read\":true}");
    }
    stage_close(&s);
}

static void *answer_one(void *user)
{
    char line[16];
    int client = accept(*(const int *)user, NULL, NULL);
    ssize_t got = recv(client, line, sizeof(line), 0);
    ssize_t sent = got > 0 ? send(client, "good day\n", 9, MSG_NOSIGNAL) : 0;
    (void)sent;
    (void)close(client);
    return NULL;
}

static void test_isolation__tcp(void **state)
{
    (void)state;
    stage s = {0};
    pthread_t thread;
    struct sockaddr_in place = {.sin_family = AF_INET};
    socklen_t length = sizeof(place);
    char members[128];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(inet_pton(AF_INET, "127.10.0.1", &place.sin_addr), 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&place, length), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&place, &length), 0);
    assert_int_equal(pthread_create(&thread, NULL, answer_one, &fd), 0);
    set_up(5);
    open_stage(&s, "unruly", "[\"unruly-slow\"]", 1);
    (void)snprintf(members, sizeof(members),
                   "\"kind\":\"unruly.slow\",\"settings\":{\"how\":\"talk\",\"port\":%u}",
                   ntohs(place.sin_port));
    run_job(&s, "1", 1, members);
    (void)stage_wait_done(&s, "1", 30);
    const cJSON *result = stage_target(&s, "1", 1);
    expect(result, "success", "ok", "");
    assert_string_equal(change_to(result, 0), "good day");
    (void)pthread_join(thread, NULL);
    (void)close(fd);
    stage_close(&s);
}

/* ---- what goes wrong ---- */

typedef struct wrong {
    const char *kind, *how, *words, *driver;
} wrong;

static void test_isolation__what_goes_wrong_is_told(void **state)
{
    (void)state;
    static const wrong wrongs[] = {
        {"unruly.do", "exit", "ended by itself with status 3", "unruly, action"},
        {"unruly.do", "spin", "did not answer for 1500 ms", "unruly, action"},
        {"unruly.do", "leak", "MiB of memory, 400 are allowed", "unruly, action"},
        {"unruly.do", "garbage", "broke the protocol", "unruly, action"},
        {"unruly.slow", "exit", "ended by itself with status 3", "unruly-slow, action"},
        {"unruly.slow", "leak", "MiB of memory, 400 are allowed", "unruly-slow, action"},
        {"unruly.slow", "garbage", "broke the protocol", "unruly-slow, action"},
        /* With a sanitizer a signal is an exit with a report. */
        {"unruly.do", "crash", "worker process", "unruly, action"},
        {"unruly.slow", "abort", "worker process", "unruly-slow, action"},
        {"unruly.do", "die-waiting", "worker process", "unruly, action"},
        {"unruly.do", "die-reading", "worker process", "unruly, action"},
    };
    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
        stage s = {0};
        set_up(16);
        open_stage(&s, "unruly", "[\"unruly\",\"unruly-slow\"]", 1);
        const cJSON *result = act(&s, wrongs[i].kind, wrongs[i].how);
        expect(result, "error", "unavailable", wrongs[i].words);
        expect(result, "error", "unavailable", "plugin 'unruly'");
        expect(result, "error", "unavailable", wrongs[i].driver);
        wait_state("active", 20);
        expect(act(&s, "unruly.do", "well"), "success", "ok", "");
        expect(act(&s, "unruly.slow", "well"), "success", "ok", "");
        cJSON *tree = told("unruly");
        assert_int_equal(json_get_i64(tree, "crashes", 0), 1);
        assert_true(json_get_bool(tree, "isolated", false));
        assert_true(json_get_text(tree, "died", "")[0] != '\0');
        cJSON_Delete(tree);
        assert_true(changes > 0);
        stage_close(&s);
    }
}

static void test_isolation__what_harms_nobody(void **state)
{
    (void)state;
    stage s = {0};
    set_up(5);
    open_stage(&s, "unruly", "[\"unruly\",\"unruly-slow\"]", 1);
    expect(act(&s, "unruly.do", "twice"), "success", "ok", "");
    expect(act(&s, "unruly.slow", "twice"), "success", "ok", "");
    expect(act(&s, "unruly.do", "flood"), "success", "ok", "");
    expect(act(&s, "unruly.slow", "flood"), "success", "ok", "");
    cJSON *tree = told("unruly");
    assert_int_equal(json_get_i64(tree, "crashes", 9), 0);
    cJSON_Delete(tree);
    stage_close(&s);
}

/* A blocking driver that does not come back loses its work by its deadline, and then the worker
 * ends: the thread would be gone for good. */
static void test_isolation__late(void **state)
{
    (void)state;
    stage s = {.work_ms = 1000};
    set_up(5);
    greeting = "unruly.greeting=spin";
    open_stage(&s, "unruly", "[\"unruly\",\"unruly-slow\"]", 1);
    run_job(&s, "1", 1, "\"kind\":\"device.monitor\"");
    (void)stage_wait_done(&s, "1", 20);
    const cJSON *result = stage_target(&s, "1", 1);
    expect(result, "warning", "timeout", "did not finish in time");
    assert_string_equal(json_get_text(json_get_object(result, "report"), "location", ""),
                        "where the unruly are"); /* the other driver's */
    wait_state("restarting", 20);
    wait_state("active", 20);
    cJSON *tree = told("unruly");
    assert_non_null(strstr(json_get_text(tree, "died", ""), "by its deadline"));
    cJSON_Delete(tree);
    stage_close(&s);
    greeting = "unruly.greeting=from the test";
}

static void test_isolation__quarantine(void **state)
{
    (void)state;
    stage s = {0};
    set_up(3);
    wanted.quarantine_ms = 600000;
    open_stage(&s, "unruly printer-mib", "[\"unruly\",\"printer-mib\"]", 1);
    for (int i = 0; i < 3; i++) {
        wait_state("active", 20);
        expect(act(&s, "unruly.do", "exit"), "error", "unavailable", "status 3");
    }
    wait_state("quarantined", 5);
    assert_int_equal(isolation_quarantined(iso), 1);
    cJSON *tree = told("unruly");
    assert_int_equal(json_get_i64(tree, "crashes", 0), 3);
    assert_true(json_get_text(tree, "quarantined_until", "")[0] != '\0');
    cJSON_Delete(tree);
    expect(act(&s, "unruly.do", "well"), "error", "unavailable", "is not running");
    run_job(&s, "others", 1, "\"kind\":\"device.counters\"");
    (void)stage_wait_done(&s, "others", 30);
    assert_non_null(json_get_object(stage_target(&s, "others", 1), "report"));
    assert_false(isolation_release(iso, "nobody"));
    assert_true(isolation_release(iso, "unruly"));
    wait_state("active", 20);
    expect(act(&s, "unruly.do", "well"), "success", "ok", "");
    stage_close(&s);
}

/* What loads where. */
static void test_isolation__trust(void **state)
{
    (void)state;
    static const struct {
        const char *mode, *trusted;
        bool mib, unruly; /* isolated */
    } cases[] = {{"untrusted", "", false, true},
                 {"untrusted", "unruly", true, false},
                 {"untrusted", "unruly printer-mib", false, false},
                 {"all", "unruly", true, true},
                 {"none", "", false, false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        stage s = {0};
        set_up(5);
        stage_mode = cases[i].mode;
        wanted.trusted = cases[i].trusted;
        open_stage(&s, "unruly printer-mib", "[]", 1);
        cJSON *mib = told("printer-mib");
        cJSON *unruly = told("unruly");
        assert_int_equal(json_get_bool(mib, "isolated", false), cases[i].mib);
        assert_int_equal(json_get_bool(unruly, "isolated", false), cases[i].unruly);
        cJSON_Delete(mib);
        cJSON_Delete(unruly);
        stage_close(&s);
    }
    stage_mode = "all";
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_isolation__reports_are_the_same),
        cmocka_unit_test(test_isolation__a_fleet),
        cmocka_unit_test(test_isolation__writes_through_the_agent),
        cmocka_unit_test(test_isolation__what_a_driver_sees),
        cmocka_unit_test(test_isolation__confined),
        cmocka_unit_test(test_isolation__further_folders),
        cmocka_unit_test(test_isolation__data),
        cmocka_unit_test(test_isolation__tcp),
        cmocka_unit_test(test_isolation__what_goes_wrong_is_told),
        cmocka_unit_test(test_isolation__what_harms_nobody),
        cmocka_unit_test(test_isolation__late),
        cmocka_unit_test(test_isolation__quarantine),
        cmocka_unit_test(test_isolation__trust),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
