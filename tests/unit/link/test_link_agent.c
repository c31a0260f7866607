/* The agent's end of the channel: activation, trust, hello, results that survive everything. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/link/link_agent.h"
#include "manager_double.h"

/* What the agent's other half would see. */
typedef struct desk_double {
    pthread_mutex_t mutex;
    unsigned configs, jobs, cancels, all_cancels, sessions, devices, refusals;
    uint64_t acknowledged;
    bool out_of_order;
    unsigned room;
} desk_double;

typedef struct scene {
    manager_double manager;
    desk_double desk;
    link_agent *link;
    char folder[64];
    char url[64];
    char key[256];
} scene;

/* ---- callbacks ---- */

#define COUNT(field, amount)                                                                       \
    do {                                                                                           \
        desk_double *desk_ = user;                                                                 \
        (void)pthread_mutex_lock(&desk_->mutex);                                                   \
        desk_->field += (amount);                                                                  \
        (void)pthread_mutex_unlock(&desk_->mutex);                                                 \
    } while (0)

static unsigned get_room(void *user)
{
    desk_double *desk = user;
    (void)pthread_mutex_lock(&desk->mutex);
    unsigned room = desk->room;
    (void)pthread_mutex_unlock(&desk->mutex);
    return room;
}

static void take_config(cJSON *config, void *user)
{
    cJSON_Delete(config);
    COUNT(configs, 1);
}

static void take_job(cJSON *job, void *user)
{
    cJSON_Delete(job);
    COUNT(jobs, 1);
}

static void take_cancel(const char *run, void *user)
{
    if (run != NULL) {
        COUNT(cancels, 1);
    } else {
        COUNT(all_cancels, 1);
    }
}

static void take_devices(cJSON *devices, void *user)
{
    if (devices == NULL) {
        COUNT(refusals, 1);
    } else {
        COUNT(devices, (unsigned)cJSON_GetArraySize(devices));
    }
    cJSON_Delete(devices);
}

static void take_acknowledged(uint64_t batch, void *user)
{
    desk_double *desk = user;
    (void)pthread_mutex_lock(&desk->mutex);
    desk->out_of_order = desk->out_of_order || batch != desk->acknowledged + 1;
    desk->acknowledged = batch;
    (void)pthread_mutex_unlock(&desk->mutex);
}

static void take_session(void *user)
{
    COUNT(sessions, 1);
}

/* ---- the scene ---- */

static link_agent *open_link(scene *s, const char *key, size_t memory, uint64_t disk)
{
    link_agent_options options = {
        .url = s->url,
        .folder = s->folder,
        .activation_key = key,
        .about = "\"version\":\"1\",\"abi\":65536,\"drivers\":[],\"plugins\":[]",
        .version = "1",
        .memory_limit = memory,
        .disk_limit = disk,
        .retry_ms = 20,
        .retry_max_ms = 100,
        .asleep_ms = 100,
        .callbacks = {get_room, take_config, take_job, take_cancel, take_devices, take_acknowledged,
                      NULL, take_session, &s->desk},
    };
    link_agent *l = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (link_agent_new(&options, &l, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    return l;
}

static void start_link(scene *s, const char *key)
{
    s->link = open_link(s, key, 0, 0);
    assert_int_equal(link_agent_start(s->link, NULL), PLATEN_OK);
}

static void stop_link(scene *s)
{
    link_agent_stop(s->link);
    link_agent_free(s->link);
    s->link = NULL;
}

static int set_up(void **state)
{
    scene *s = calloc(1, sizeof(*s));
    log_set_level(getenv("STAGE_LOG") != NULL ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
    (void)snprintf(s->folder, sizeof(s->folder), "/tmp/link-test-XXXXXX");
    if (mkdtemp(s->folder) == NULL) {
        return -1;
    }
    (void)pthread_mutex_init(&s->desk.mutex, NULL);
    s->desk.room = 4;
    double_init(&s->manager);
    double_up(&s->manager);
    double_url(&s->manager, false, s->url);
    (void)snprintf(s->manager.secret, sizeof(s->manager.secret), "open-sesame");
    double_key(&s->manager, "open-sesame", s->key);
    *state = s;
    return 0;
}

static void empty_folder(const char *path)
{
    DIR *d = opendir(path);
    const struct dirent *e = NULL;
    while (d != NULL && (e = readdir(d)) != NULL) {
        char inner[512];
        (void)snprintf(inner, sizeof(inner), "%s/%s", path, e->d_name);
        if (e->d_name[0] != '.') {
            (void)unlink(inner);
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
}

static int tear_down(void **state)
{
    scene *s = *state;
    char spool[128];
    link_agent_free(s->link);
    double_fini(&s->manager);
    (void)snprintf(spool, sizeof(spool), "%s/spool", s->folder);
    empty_folder(spool);
    (void)rmdir(spool);
    empty_folder(s->folder);
    (void)rmdir(s->folder);
    (void)pthread_mutex_destroy(&s->desk.mutex);
    free(s);
    return 0;
}

static void send_batch(scene *s, uint64_t batch)
{
    char text[64];
    int length = snprintf(text, sizeof(text), "[{\"n\":%d}]", (int)batch);
    link_agent_send(s->link, batch, text, (size_t)length);
}

static bool has_hellos(const manager_double *d, int64_t count)
{
    return d->hellos >= count;
}

static bool has_batches(const manager_double *d, int64_t count)
{
    return cJSON_GetArraySize(d->batches) >= count;
}

static bool has_polls(const manager_double *d, int64_t count)
{
    return d->polls >= count;
}

static bool has_no_room(const manager_double *d, int64_t polls)
{
    return d->polls > polls && d->last_room == 0;
}

/* A condition of the desk's double, looked at until it holds. */
#define WAIT_FOR(condition)                                                                        \
    do {                                                                                           \
        bool held_ = false;                                                                        \
        for (int i_ = 0; i_ < 1000 && !held_; i_++) {                                              \
            (void)pthread_mutex_lock(&s->desk.mutex);                                              \
            held_ = (condition);                                                                   \
            (void)pthread_mutex_unlock(&s->desk.mutex);                                            \
            if (!held_) {                                                                          \
                struct timespec nap_ = {0, 10000000};                                              \
                (void)nanosleep(&nap_, NULL);                                                      \
            }                                                                                      \
        }                                                                                          \
        assert_true(held_);                                                                        \
    } while (0)

static int content_of(const cJSON *batch)
{
    return (int)json_get_i64(cJSON_GetArrayItem(json_get_array(batch, "results"), 0), "n", 0);
}

static void assert_sequence(const scene *s, int count)
{
    for (int i = 0; i < count; i++) {
        const cJSON *batch = cJSON_GetArrayItem(s->manager.batches, i);
        assert_int_equal(json_get_i64(batch, "seq", 0), i + 1);
        assert_int_equal(content_of(batch), i + 1);
    }
}

/* The counters as they are now. */
static manager_double look(scene *s)
{
    (void)pthread_mutex_lock(&s->manager.mutex);
    manager_double copy = s->manager;
    (void)pthread_mutex_unlock(&s->manager.mutex);
    return copy;
}

static mode_t mode_of(const scene *s, const char *name)
{
    char path[256];
    struct stat st = {0};
    (void)snprintf(path, sizeof(path), "%s/%s", s->folder, name);
    return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

/* ---- activation ---- */

static void test_link_agent__activates_with_a_key_file_and_deletes_it(void **state)
{
    scene *s = *state;
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/activation-key", s->folder);
    char line[300];
    int length = snprintf(line, sizeof(line), "%s\n", s->key);
    assert_int_equal(file_write(path, line, (size_t)length, 0600, NULL), PLATEN_OK);
    start_link(s, "");
    assert_true(double_wait(&s->manager, has_hellos, 1, 20));
    WAIT_FOR(s->desk.sessions == 1 && s->desk.configs == 1);
    assert_int_equal(look(s).activations, 1);
    assert_int_equal(look(s).naked, 0); /* every other call showed the certificate */
    assert_false(file_exists(path));
    assert_int_equal(mode_of(s, "agent.key"), 0600);
    assert_int_equal(mode_of(s, "agent.crt"), 0600);
    assert_true(mode_of(s, "ca.pem") != 0);
    stop_link(s);
    /* The next start needs no key any more. */
    start_link(s, "");
    assert_true(double_wait(&s->manager, has_hellos, 2, 20));
    assert_int_equal(look(s).activations, 1);
}

/* A key in the configuration stays there: it is used once all the same. */
static void test_link_agent__uses_a_configured_key_once(void **state)
{
    scene *s = *state;
    start_link(s, s->key);
    assert_true(double_wait(&s->manager, has_hellos, 1, 20));
    stop_link(s);
    start_link(s, s->key);
    assert_true(double_wait(&s->manager, has_hellos, 2, 20));
    assert_int_equal(look(s).activations, 1);
    manager_double m = look(s);
    assert_int_equal(m.requests, m.activations + m.hellos + m.polls);
}

/* SYS-102: another CA than the activation key names gets nothing, not even the key. */
static void test_link_agent__refuses_another_ca(void **state)
{
    scene *s = *state;
    manager_double other;
    char key[256];
    double_init(&other);
    double_key(&other, "open-sesame", key); /* of a manager that is not the one that answers */
    start_link(s, key);
    struct timespec nap = {1, 0};
    (void)nanosleep(&nap, NULL);
    assert_int_equal(look(s).requests, 0);
    assert_int_equal(mode_of(s, "agent.key"), 0);
    stop_link(s);
    double_fini(&other);
}

/* After activation the stored CA counts: a manager with another one is not talked to. */
static void test_link_agent__keeps_to_the_stored_ca(void **state)
{
    scene *s = *state;
    manager_double other;
    start_link(s, s->key);
    assert_true(double_wait(&s->manager, has_hellos, 1, 20));
    stop_link(s);
    double_down(&s->manager);
    double_init(&other);
    other.port = s->manager.port;
    double_up(&other);
    start_link(s, "");
    struct timespec nap = {1, 0};
    (void)nanosleep(&nap, NULL);
    assert_int_equal(other.requests, 0);
    stop_link(s);
    double_fini(&other);
}

static void test_link_agent__refuses_plain_http(void **state)
{
    scene *s = *state;
    link_agent *l = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    link_agent_options options = {
        .url = "http://127.0.0.1:1", .folder = s->folder, .about = "", .version = ""};
    assert_int_equal(link_agent_new(&options, &l, &err), PLATEN_E_INVAL);
    assert_non_null(strstr(err.text, "https://"));
}

/* ---- work ---- */

static void test_link_agent__hands_on_jobs_cancels_and_devices(void **state)
{
    scene *s = *state;
    start_link(s, s->key);
    assert_true(double_wait(&s->manager, has_polls, 1, 20));
    (void)pthread_mutex_lock(&s->manager.mutex);
    cJSON_AddItemToArray(s->manager.jobs, cJSON_CreateObject());
    cJSON_AddItemToArray(s->manager.jobs, cJSON_CreateObject());
    cJSON_AddItemToArray(s->manager.cancels, cJSON_CreateString("12"));
    (void)pthread_cond_broadcast(&s->manager.changed);
    (void)pthread_mutex_unlock(&s->manager.mutex);
    WAIT_FOR(s->desk.jobs == 2 && s->desk.cancels == 1);
    int64_t ids[3] = {5, 6, 7};
    link_agent_ask(s->link, ids, 3);
    WAIT_FOR(s->desk.devices == 3);
    (void)pthread_mutex_lock(&s->manager.mutex);
    cJSON_ReplaceItemInObject(s->manager.config, "version", cJSON_CreateString("2"));
    (void)pthread_cond_broadcast(&s->manager.changed);
    (void)pthread_mutex_unlock(&s->manager.mutex);
    WAIT_FOR(s->desk.configs == 2);
    assert_int_equal(look(s).last_room, 4);
}

/* It names the jobs that it has, so that the manager learns of an answer that got lost. */
static void test_link_agent__names_the_jobs_that_it_holds(void **state)
{
    scene *s = *state;
    start_link(s, s->key);
    assert_true(double_wait(&s->manager, has_polls, 1, 20));
    (void)pthread_mutex_lock(&s->manager.mutex);
    for (int i = 1; i <= 3; i++) {
        char id[16];
        cJSON *job = cJSON_CreateObject();
        (void)snprintf(id, sizeof(id), "%d", 10 + i);
        (void)cJSON_AddStringToObject(job, "id", id);
        cJSON_AddItemToArray(s->manager.jobs, job);
    }
    (void)pthread_cond_broadcast(&s->manager.changed);
    (void)pthread_mutex_unlock(&s->manager.mutex);
    WAIT_FOR(s->desk.jobs == 3);
    WAIT_FOR(look(s).last_held == 3);
    (void)pthread_mutex_lock(&s->manager.mutex);
    cJSON_AddItemToArray(s->manager.over, cJSON_CreateNumber(12));
    cJSON_AddItemToArray(s->manager.over, cJSON_CreateNumber(99));
    cJSON_AddItemToArray(s->manager.cancels, cJSON_CreateString("1"));
    (void)pthread_cond_broadcast(&s->manager.changed);
    (void)pthread_mutex_unlock(&s->manager.mutex);
    WAIT_FOR(look(s).last_held == 2);
    assert_false(look(s).out_of_count);
    assert_true(look(s).last_number >= 3);
}

static void test_link_agent__results_are_acknowledged_in_order(void **state)
{
    scene *s = *state;
    start_link(s, s->key);
    for (uint64_t i = 1; i <= 50; i++) {
        send_batch(s, i);
    }
    char big[4096];
    int length = snprintf(big, sizeof(big), "[{\"n\":51,\"text\":\"%3000d\"}]", 1);
    link_agent_send(s->link, 51, big, (size_t)length);
    assert_true(double_wait(&s->manager, has_batches, 51, 20));
    WAIT_FOR(s->desk.acknowledged == 51);
    assert_false(s->desk.out_of_order);
    assert_sequence(s, 51);
    assert_int_equal(look(s).packed, 0); /* nothing that stays on this machine */
    assert_int_equal(link_agent_waiting(s->link), 0);
}

static void test_link_agent__long_bodies_to_another_address_are_packed(void **state)
{
    scene *s = *state;
    double_url(&s->manager, true, s->url);
    start_link(s, s->key);
    char big[4096];
    int length = snprintf(big, sizeof(big), "[{\"n\":1,\"text\":\"%3000d\"}]", 1);
    link_agent_send(s->link, 1, big, (size_t)length);
    assert_true(double_wait(&s->manager, has_batches, 1, 20));
    WAIT_FOR(s->desk.acknowledged == 1);
    assert_int_equal(look(s).packed, 1);
}

/* An answer that is lost after the commit: the same seq comes again and has no second effect. */
static void test_link_agent__repeats_the_seq_when_the_answer_is_lost(void **state)
{
    scene *s = *state;
    s->manager.lost_answers = 2; /* nobody talks to it yet */
    start_link(s, s->key);
    for (uint64_t i = 1; i <= 5; i++) {
        send_batch(s, i);
    }
    assert_true(double_wait(&s->manager, has_batches, 5, 20));
    WAIT_FOR(s->desk.acknowledged == 5);
    assert_int_equal(look(s).repeats, 2);
    assert_sequence(s, 5);
}

static void test_link_agent__survives_a_restart_of_the_manager(void **state)
{
    scene *s = *state;
    start_link(s, s->key);
    send_batch(s, 1);
    assert_true(double_wait(&s->manager, has_batches, 1, 20));
    char boot[64];
    (void)snprintf(boot, sizeof(boot), "%s", look(s).boot);
    double_down(&s->manager);
    for (uint64_t i = 2; i <= 20; i++) {
        send_batch(s, i);
    }
    struct timespec nap = {0, 300000000};
    (void)nanosleep(&nap, NULL);
    double_up(&s->manager);
    assert_true(double_wait(&s->manager, has_batches, 20, 20));
    assert_true(look(s).hellos >= 2);
    assert_string_equal(look(s).boot, boot); /* the agent did not start anew */
    assert_sequence(s, 20);
    WAIT_FOR(s->desk.acknowledged == 20 && s->desk.sessions >= 2);
}

/* ---- the spool ---- */

static size_t spool_files(const scene *s)
{
    char spool[128];
    (void)snprintf(spool, sizeof(spool), "%s/spool", s->folder);
    DIR *d = opendir(spool);
    const struct dirent *e = NULL;
    size_t count = 0;
    while (d != NULL && (e = readdir(d)) != NULL) {
        size_t length = strlen(e->d_name);
        count += length > 8 && strcmp(e->d_name + length - 8, ".json.gz") == 0 ? 1 : 0;
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    return count;
}

static void test_link_agent__clean_stop_spools_and_the_next_start_sends_first(void **state)
{
    scene *s = *state;
    start_link(s, s->key);
    assert_true(double_wait(&s->manager, has_hellos, 1, 20));
    double_down(&s->manager);
    for (uint64_t i = 1; i <= 7; i++) {
        send_batch(s, i);
    }
    stop_link(s);
    assert_int_equal(spool_files(s), 7);
    char boot[64];
    (void)snprintf(boot, sizeof(boot), "%s", look(s).boot);
    double_up(&s->manager);
    s->desk.acknowledged = 0;
    start_link(s, "");
    send_batch(s, 1); /* of the new start; its content comes last */
    assert_true(double_wait(&s->manager, has_batches, 8, 20));
    assert_string_not_equal(look(s).boot, boot);
    for (int i = 0; i < 8; i++) {
        const cJSON *batch = cJSON_GetArrayItem(s->manager.batches, i);
        assert_int_equal(json_get_i64(batch, "seq", 0), i + 1);
        assert_int_equal(content_of(batch), i < 7 ? i + 1 : 1);
        assert_string_equal(json_get_text(batch, "boot", ""), look(s).boot);
    }
    WAIT_FOR(s->desk.acknowledged == 1 && !s->desk.out_of_order);
    assert_int_equal(spool_files(s), 0);
}

/* The agent is killed while the manager is away: what was spooled is not lost. */
static void test_link_agent__kill_loses_nothing_that_was_spooled(void **state)
{
    scene *s = *state;
    start_link(s, s->key);
    assert_true(double_wait(&s->manager, has_hellos, 1, 20));
    stop_link(s);
    double_down(&s->manager);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) { /* a process of its own: threads and fork do not go together */
        (void)execl("/proc/self/exe", "test_link_agent", "--spool", s->folder, s->url,
                    (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 1000 && spool_files(s) < 30; i++) {
        struct timespec nap = {0, 10000000};
        (void)nanosleep(&nap, NULL);
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(spool_files(s), 30);
    double_up(&s->manager);
    start_link(s, "");
    assert_true(double_wait(&s->manager, has_batches, 30, 20));
    assert_sequence(s, 30);
}

/* Full memory and spool: no new work is asked for, nothing is thrown away. */
static void test_link_agent__asks_for_no_work_when_full(void **state)
{
    scene *s = *state;
    s->manager.results_status = 503;
    s->manager.results_refusals = UINT32_MAX;
    s->link = open_link(s, s->key, 64, 1);
    assert_int_equal(link_agent_start(s->link, NULL), PLATEN_OK);
    assert_true(double_wait(&s->manager, has_polls, 1, 20));
    for (uint64_t i = 1; i <= 40; i++) {
        send_batch(s, i);
    }
    assert_true(link_agent_full(s->link));
    (void)pthread_mutex_lock(&s->manager.mutex);
    int64_t polls = s->manager.polls;
    (void)pthread_mutex_unlock(&s->manager.mutex);
    assert_true(double_wait(&s->manager, has_no_room, polls, 20));
    (void)pthread_mutex_lock(&s->manager.mutex);
    s->manager.results_refusals = 0;
    (void)pthread_mutex_unlock(&s->manager.mutex);
    assert_true(double_wait(&s->manager, has_batches, 40, 20));
    assert_sequence(s, 40);
    assert_false(link_agent_full(s->link));
}

/* What the manager will never take must not block what comes behind it. */
static void test_link_agent__puts_a_refused_batch_aside(void **state)
{
    scene *s = *state;
    s->manager.results_status = 422;
    s->manager.results_refusals = 1;
    start_link(s, s->key);
    send_batch(s, 1);
    send_batch(s, 2);
    send_batch(s, 3);
    assert_true(double_wait(&s->manager, has_batches, 2, 20));
    const cJSON *first = cJSON_GetArrayItem(s->manager.batches, 0);
    assert_int_equal(json_get_i64(first, "seq", 0), 1); /* seq has no gap */
    assert_int_equal(content_of(first), 2);
    assert_int_equal(content_of(cJSON_GetArrayItem(s->manager.batches, 1)), 3);
}

/* ---- deactivation ---- */

static void test_link_agent__stops_when_deactivated_and_comes_back(void **state)
{
    scene *s = *state;
    start_link(s, s->key);
    assert_true(double_wait(&s->manager, has_polls, 1, 20));
    (void)pthread_mutex_lock(&s->manager.mutex);
    s->manager.deactivated = true;
    (void)pthread_mutex_unlock(&s->manager.mutex);
    WAIT_FOR(s->desk.all_cancels == 1);
    struct timespec nap = {0, 500000000};
    (void)nanosleep(&nap, NULL);
    WAIT_FOR(s->desk.all_cancels == 1); /* told once */
    send_batch(s, 1);
    (void)pthread_mutex_lock(&s->manager.mutex);
    s->manager.deactivated = false;
    unsigned hellos = s->manager.hellos;
    (void)pthread_mutex_unlock(&s->manager.mutex);
    assert_true(double_wait(&s->manager, has_hellos, hellos + 1, 20));
    assert_true(double_wait(&s->manager, has_batches, 1, 20));
}

/* The agent of the test above, until it is killed. */
static int spool_for_ever(const char *folder, const char *url)
{
    scene s = {.desk.room = 1};
    (void)snprintf(s.folder, sizeof(s.folder), "%s", folder);
    (void)snprintf(s.url, sizeof(s.url), "%s", url);
    (void)pthread_mutex_init(&s.desk.mutex, NULL);
    log_set_level(LOG_LEVEL_ERROR);
    s.link = open_link(&s, "", 1, 1 << 20); /* one byte of memory: everything is spooled */
    if (link_agent_start(s.link, NULL) != PLATEN_OK) {
        return 1;
    }
    for (uint64_t i = 1; i <= 30; i++) {
        send_batch(&s, i);
    }
    for (;;) {
        (void)pause();
    }
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc == 4 && strcmp(argv[1], "--spool") == 0) {
        return spool_for_ever(argv[2], argv[3]);
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_link_agent__activates_with_a_key_file_and_deletes_it),
        TEST(test_link_agent__uses_a_configured_key_once),
        TEST(test_link_agent__refuses_another_ca),
        TEST(test_link_agent__keeps_to_the_stored_ca),
        TEST(test_link_agent__refuses_plain_http),
        TEST(test_link_agent__hands_on_jobs_cancels_and_devices),
        TEST(test_link_agent__names_the_jobs_that_it_holds),
        TEST(test_link_agent__results_are_acknowledged_in_order),
        TEST(test_link_agent__long_bodies_to_another_address_are_packed),
        TEST(test_link_agent__repeats_the_seq_when_the_answer_is_lost),
        TEST(test_link_agent__survives_a_restart_of_the_manager),
        TEST(test_link_agent__clean_stop_spools_and_the_next_start_sends_first),
        TEST(test_link_agent__kill_loses_nothing_that_was_spooled),
        TEST(test_link_agent__asks_for_no_work_when_full),
        TEST(test_link_agent__puts_a_refused_batch_aside),
        TEST(test_link_agent__stops_when_deactivated_and_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
