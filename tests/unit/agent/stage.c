/* See stage.h. Results are kept as they came, so that a test looks at the wire's form. */
#include "stage.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/log.h"

/* ---- the link's place ---- */

static void take_results(uint64_t batch, const char *results, size_t length, void *user)
{
    stage *s = user;
    cJSON *list = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (json_parse(results, length, &list, &err) != PLATEN_OK || !cJSON_IsArray(list)) {
        (void)fprintf(stderr, "batch is no JSON array: %s\n%.*s\n", err.text, (int)length, results);
        abort();
    }
    (void)pthread_mutex_lock(&s->mutex);
    s->batches = batch;
    while (cJSON_GetArraySize(list) > 0) {
        cJSON_AddItemToArray(s->results, cJSON_DetachItemFromArray(list, 0));
    }
    bool hold = s->hold;
    (void)pthread_cond_broadcast(&s->changed);
    (void)pthread_mutex_unlock(&s->mutex);
    cJSON_Delete(list);
    if (!hold) {
        desk_acknowledged(s->desk, batch);
    }
}

static void answer_devices(const int64_t *ids, size_t count, void *user)
{
    stage *s = user;
    cJSON *answer = cJSON_CreateArray();
    (void)pthread_mutex_lock(&s->mutex);
    s->questions++;
    const cJSON *row = NULL;
    cJSON_ArrayForEach(row, s->devices)
    {
        int64_t id = (int64_t)strtoll(json_get_text(row, "id", "0"), NULL, 10);
        for (size_t i = 0; i < count; i++) {
            if (ids[i] == id) {
                cJSON_AddItemToArray(answer, cJSON_Duplicate(row, true));
            }
        }
    }
    (void)pthread_mutex_unlock(&s->mutex);
    desk_devices(s->desk, answer);
}

static bool is_full(void *user)
{
    stage *s = user;
    (void)pthread_mutex_lock(&s->mutex);
    bool full = s->full;
    (void)pthread_mutex_unlock(&s->mutex);
    return full;
}

static void *tick(void *user)
{
    stage *s = user;
    for (;;) {
        struct timespec pause = {0, 20000000};
        (void)nanosleep(&pause, NULL);
        (void)pthread_mutex_lock(&s->mutex);
        bool stopping = s->stopping;
        (void)pthread_mutex_unlock(&s->mutex);
        if (stopping) {
            return NULL;
        }
        desk_tick(s->desk);
    }
}

/* ---- the simulator ---- */

/* A UDP port that nobody has: tests of several people run on one host. */
static unsigned free_port(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    socklen_t length = sizeof(sa);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &length), 0);
    (void)close(fd);
    return ntohs(sa.sin_port);
}

static void be_quiet(void)
{
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)dup2(fd, STDOUT_FILENO);
    }
}

static void start_sim(stage *s, const char *const *arguments)
{
    int ready[2];
    char port[16];
    s->port = free_port();
    (void)snprintf(port, sizeof(port), "%u", s->port);
    assert_int_equal(pipe(ready), 0);
    (void)snprintf(s->control, sizeof(s->control), "/tmp/stage-%d.ctl", (int)getpid());
    s->sim = fork();
    assert_true(s->sim >= 0);
    if (s->sim == 0) {
        const char *argv[40] = {STAGE_SIM, "--quiet", "--control", s->control, "--ready-fd"};
        char number[16];
        (void)snprintf(number, sizeof(number), "%d", ready[1]);
        argv[5] = number;
        argv[6] = "--port";
        argv[7] = port;
        for (size_t i = 0; arguments[i] != NULL && i < 30; i++) {
            argv[8 + i] = arguments[i];
        }
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        be_quiet();
        (void)execv(STAGE_SIM, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(ready[1]);
    char line[128];
    ssize_t length = read(ready[0], line, sizeof(line));
    (void)close(ready[0]);
    assert_true(length > 0); /* the simulator serves */
}

void stage_sim(stage *s, const char *command)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        be_quiet();
        char line[256];
        (void)snprintf(line, sizeof(line), "%s", command);
        const char *argv[16] = {STAGE_SIM, "--ctl", s->control};
        size_t count = 3;
        char *rest = NULL;
        for (char *word = strtok_r(line, " ", &rest); word != NULL && count < 15;
             word = strtok_r(NULL, " ", &rest)) {
            argv[count++] = word;
        }
        (void)execv(STAGE_SIM, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- open and close ---- */

void stage_open(stage *s, const char *const *sim, const char *plugins, unsigned in_flight)
{
    platen_error err = PLATEN_ERROR_INIT;
    unsigned work_ms = s->work_ms;
    unsigned timeout_ms = s->timeout_ms;
    void (*before_desk_stop)(void) = s->before_desk_stop;
    memset(s, 0, sizeof(*s));
    s->work_ms = work_ms;
    s->timeout_ms = timeout_ms;
    s->before_desk_stop = before_desk_stop;
    log_set_level(getenv("STAGE_LOG") != NULL ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
    (void)pthread_mutex_init(&s->mutex, NULL);
    (void)pthread_cond_init(&s->changed, NULL);
    s->results = cJSON_CreateArray();
    if (sim != NULL) {
        start_sim(s, sim);
    }
    stage_load(s, plugins);
    snmpeng_options engine = {.timeout_ms = 300, .tries = 2, .in_flight = in_flight};
    assert_int_equal(snmpeng_new(&engine, &s->engine, &err), PLATEN_OK);
    assert_int_equal(snmpeng_start(s->engine, &err), PLATEN_OK);
    desk_options options = {.engine = s->engine,
                            .plugins = s->plugins,
                            .sink = {take_results, answer_devices, is_full, s},
                            .workers = 4,
                            .in_flight = in_flight,
                            .work_ms = s->work_ms,
                            .grace_ms = s->work_ms / 4,
                            .prober = {.timeout_ms = 300}};
    if (desk_new(&options, &s->desk, &err) != PLATEN_OK || desk_start(s->desk, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(pthread_create(&s->clock, NULL, tick, s), 0);
}

void stage_close(stage *s)
{
    (void)pthread_mutex_lock(&s->mutex);
    s->stopping = true;
    (void)pthread_mutex_unlock(&s->mutex);
    (void)pthread_join(s->clock, NULL);
    desk_halt(s->desk);
    snmpeng_stop(s->engine);
    if (s->before_desk_stop != NULL) {
        s->before_desk_stop();
    }
    desk_stop(s->desk);
    desk_free(s->desk);
    stage_unload(s);
    snmpeng_free(s->engine);
    if (s->sim > 0) {
        (void)kill(s->sim, SIGTERM);
        (void)waitpid(s->sim, NULL, 0);
        (void)unlink(s->control);
    }
    cJSON_Delete(s->results);
    cJSON_Delete(s->devices);
    (void)pthread_cond_destroy(&s->changed);
    (void)pthread_mutex_destroy(&s->mutex);
}

/* ---- in ---- */

static cJSON *parse(const char *json)
{
    cJSON *tree = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (json_parse(json, strlen(json), &tree, &err) != PLATEN_OK) {
        fail_msg("%s: %s", err.text, json);
    }
    return tree;
}

void stage_config(stage *s, const char *members)
{
    strbuf text;
    strbuf_init(&text);
    char raw[32] = "";
    if (s->raw_port != 0) {
        (void)snprintf(raw, sizeof(raw), ",\"pjl\":%u", s->raw_port);
    }
    strbuf_appendf(&text,
                   "{\"version\":\"1\",\"port\":{\"snmp\":%u,\"ipp\":%u%s},"
                   "\"snmp\":{\"timeout_ms\":%u,\"retries\":1,\"packets_per_second\":20000},%s}",
                   s->port, s->port, raw, s->timeout_ms != 0 ? s->timeout_ms : 200, members);
    desk_config(s->desk, parse(text.data));
    strbuf_fini(&text);
}

void stage_job(stage *s, const char *format, ...)
{
    strbuf text;
    strbuf_init(&text);
    va_list args;
    va_start(args, format);
    strbuf_appendf_va(&text, format, args);
    va_end(args);
    desk_job(s->desk, parse(text.data));
    strbuf_fini(&text);
}

void stage_set_devices(stage *s, const char *json)
{
    cJSON *tree = parse(json);
    (void)pthread_mutex_lock(&s->mutex);
    cJSON_Delete(s->devices);
    s->devices = tree;
    (void)pthread_mutex_unlock(&s->mutex);
}

/* ---- out ---- */

static bool is_of(const cJSON *result, const char *job)
{
    return strcmp(json_get_text(result, "job", ""), job) == 0;
}

const cJSON *stage_result(stage *s, const char *job, const char *member, size_t n)
{
    const cJSON *found = NULL;
    const cJSON *row = NULL;
    (void)pthread_mutex_lock(&s->mutex);
    cJSON_ArrayForEach(row, s->results)
    {
        if (is_of(row, job) && cJSON_HasObjectItem(row, member) && n-- == 0) {
            found = row;
            break;
        }
    }
    (void)pthread_mutex_unlock(&s->mutex);
    return found;
}

size_t stage_count(stage *s, const char *job, const char *member)
{
    size_t n = 0;
    while (stage_result(s, job, member, n) != NULL) {
        n++;
    }
    return n;
}

const cJSON *stage_verdict(stage *s, const char *job, const char *address)
{
    const cJSON *row = NULL;
    for (size_t n = 0; (row = stage_result(s, job, "verdict", n)) != NULL; n++) {
        const cJSON *verdict = json_get_object(row, "verdict");
        if (strcmp(json_get_text(verdict, "address", ""), address) == 0) {
            return row;
        }
    }
    return NULL;
}

const cJSON *stage_target(stage *s, const char *job, int id)
{
    const cJSON *row = NULL;
    for (size_t n = 0; (row = stage_result(s, job, "id", n)) != NULL; n++) {
        if (json_get_i64(row, "id", 0) == id) {
            return row;
        }
    }
    return NULL;
}

size_t stage_same(stage *s, const char *job, int id)
{
    size_t count = 0;
    const cJSON *row = NULL;
    for (size_t n = 0; (row = stage_result(s, job, "same", n)) != NULL; n++) {
        const cJSON *one = NULL;
        cJSON_ArrayForEach(one, json_get_array(row, "same"))
        {
            count += (int)cJSON_GetNumberValue(one) == id ? 1 : 0;
        }
    }
    return count;
}

const cJSON *stage_wait_done(stage *s, const char *job, int seconds)
{
    int64_t until = clock_mono() + seconds * INT64_C(1000);
    for (;;) {
        const cJSON *done = stage_result(s, job, "done", 0);
        if (done != NULL) {
            return done;
        }
        if (clock_mono() >= until) {
            fail_msg("job %s has not ended within %d s", job, seconds);
        }
        /* What comes between the look and the wait wakes nobody: the wait is short. */
        struct timespec soon;
        (void)clock_gettime(CLOCK_REALTIME, &soon);
        soon.tv_nsec += 100000000;
        soon.tv_sec += soon.tv_nsec / 1000000000;
        soon.tv_nsec %= 1000000000;
        (void)pthread_mutex_lock(&s->mutex);
        (void)pthread_cond_timedwait(&s->changed, &s->mutex, &soon);
        (void)pthread_mutex_unlock(&s->mutex);
    }
}
