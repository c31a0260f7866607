/*
 * The three threads. `mutex` guards the questions for devices and is what `changed` belongs to;
 * flags are atomic; the spool has its own lock; a connection belongs to its thread.
 */
#include "core/link/link_agent.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>
#include <openssl/rand.h>

#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/link/agent_held.h"
#include "core/link/agent_http.h"
#include "core/link/agent_keys.h"
#include "core/link/agent_spool.h"
#include "core/link/link_agent_private.h"

#define LOG_SOURCE "link"

#define POLL_S 25    /* the manager holds a question for work as long as that */
#define POST_S 120   /* limit of the other calls */
#define STOP_MS 2000 /* time to send what is there when the agent ends */
#define AWAY_MS 2000 /* without a batch taken: results go to files */
#define IDLE_MS 500  /* pause when the manager answers at once with nothing new */

/* Devices that the desk asks for. */
typedef struct question {
    struct question *next;
    size_t count;
    int64_t ids[];
} question;

struct link_agent {
    link_agent_options options;
    char *url, *folder, *activation_key, *version;
    char boot[33];
    char config_version[64]; /* poller */
    agent_keys keys;
    agent_spool *spool;
    agent_http *poll_http, *send_http;
    uint64_t sequence; /* sender: of the last acknowledged batch of this boot */
    unsigned seed;     /* poller and sender: of the jitter; a race there only makes it worse */
    bool idle;         /* poller: the last answer brought nothing */
    agent_held held;   /* poller */
    int64_t polls;     /* poller: questions for work so far */
    pthread_t poller, sender, spooler;
    unsigned started; /* threads */

    atomic_int_fast64_t taken_at; /* when the manager took a batch last, ms */
    atomic_bool greeted;          /* hello was answered: calls may be made */
    atomic_bool stop_poll;        /* the agent ends: no more work */
    atomic_bool stop_send;        /* and no more sending */
    atomic_bool poke;             /* ends the long poll, so that the poller says hello again */
    atomic_bool deactivated;      /* told once, not with every answer */

    pthread_mutex_t mutex;
    pthread_cond_t changed; /* something to send, to move, or to stop for */
    question *asked, *asked_last;
    char *about;
};

/* ---- waiting ---- */

static void notify(link_agent *l)
{
    (void)pthread_mutex_lock(&l->mutex);
    (void)pthread_cond_broadcast(&l->changed);
    (void)pthread_mutex_unlock(&l->mutex);
}

static struct timespec in_ms(unsigned ms)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += (long)(ms % 1000) * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

/* Waits that long unless told to stop. */
static void pause_ms(link_agent *l, const atomic_bool *stop, unsigned ms)
{
    struct timespec until = in_ms(ms);
    (void)pthread_mutex_lock(&l->mutex);
    while (!atomic_load(stop) && pthread_cond_timedwait(&l->changed, &l->mutex, &until) == 0) {
        /* woken for something else */
    }
    (void)pthread_mutex_unlock(&l->mutex);
}

/* Doubling to the limit, a quarter more or less, so that agents do not come all at once. */
static unsigned back_off(link_agent *l, unsigned *wait)
{
    unsigned base = *wait == 0 ? l->options.retry_ms : *wait;
    *wait = base * 2 > l->options.retry_max_ms ? l->options.retry_max_ms : base * 2;
    unsigned quarter = base / 4;
    return base - quarter + (unsigned)rand_r(&l->seed) % (2 * quarter + 1);
}

/* ---- poller: activation and hello ---- */

static platen_code activate_with(link_agent *l, const char *activation, platen_error *err)
{
    char pin[65];
    char *key = NULL;
    char *request = NULL;
    cJSON *answer = NULL;
    bool deactivated = false;
    if (!agent_keys_pin(activation, pin)) {
        return error_set(err, PLATEN_E_MALFORMED,
                         "the activation key is not of the form plk_<secret>.<fingerprint>");
    }
    PLATEN_TRY(agent_keys_make(&key, &request, err));
    strbuf body;
    json_writer w;
    strbuf_init(&body);
    json_init(&w, &body);
    json_object(&w, NULL);
    json_text(&w, "key", activation);
    json_text(&w, "csr", request);
    json_text(&w, "version", l->version);
    json_object_end(&w);
    agent_http_pin(l->poll_http, pin);
    platen_code rc =
        agent_http_post(l->poll_http, "activate", &body, POST_S, &answer, &deactivated, err);
    agent_http_pin(l->poll_http, NULL);
    if (rc == PLATEN_OK) {
        rc = agent_keys_store(&l->keys, activation, key, json_get_text(answer, "certificate", ""),
                              json_get_text(answer, "ca", ""), err);
    }
    if (rc == PLATEN_OK) {
        log_notice("the agent is activated agent=%s", json_get_text(answer, "agent", ""));
    }
    cJSON_Delete(answer);
    explicit_bzero(key, strlen(key));
    free(key);
    free(request);
    return rc;
}

/* Gets a certificate when there is a key that was not used yet. With an older certificate the agent
 * goes on when the key is refused: it may be the one it was once activated with. */
static platen_code ensure_active(link_agent *l, platen_error *err)
{
    char activation[AGENT_ACTIVATION_KEY];
    bool complete = agent_keys_complete(&l->keys);
    if (!agent_keys_activation(&l->keys, l->activation_key, activation)) {
        return complete
                   ? PLATEN_OK
                   : error_set(err, PLATEN_E_FORBIDDEN,
                               "the agent has no activation key, neither in link.activation_key "
                               "nor in '%.100s'",
                               l->keys.activation);
    }
    platen_code rc = activate_with(l, activation, err);
    explicit_bzero(activation, sizeof(activation));
    if (rc != PLATEN_OK && complete && rc != PLATEN_E_UNAVAILABLE) {
        log_warning("the activation key is not taken: %s", err != NULL ? err->text : "");
        return PLATEN_OK;
    }
    return rc;
}

static void take_config(link_agent *l, cJSON *answer)
{
    cJSON *config = cJSON_DetachItemFromObjectCaseSensitive(answer, "config");
    if (!cJSON_IsObject(config)) {
        cJSON_Delete(config);
        return;
    }
    (void)snprintf(l->config_version, sizeof(l->config_version), "%s",
                   json_get_text(config, "version", ""));
    l->options.callbacks.config(config, l->options.callbacks.user);
}

static platen_code hello(link_agent *l, bool *deactivated, platen_error *err)
{
    cJSON *answer = NULL;
    strbuf body;
    strbuf_init(&body);
    (void)pthread_mutex_lock(&l->mutex);
    strbuf_appendf(&body, "{\"boot\":\"%s\",%s}", l->boot, l->about);
    (void)pthread_mutex_unlock(&l->mutex);
    platen_code rc =
        agent_http_post(l->poll_http, "hello", &body, POST_S, &answer, deactivated, err);
    if (rc != PLATEN_OK) {
        return rc;
    }
    log_notice("the manager knows this agent agent=%s", json_get_text(answer, "agent", ""));
    l->options.callbacks.session(l->options.callbacks.user);
    take_config(l, answer);
    cJSON_Delete(answer);
    atomic_store(&l->deactivated, false);
    atomic_store(&l->poke, false);
    atomic_store(&l->greeted, true);
    notify(l);
    return PLATEN_OK;
}

/* ---- poller: work ---- */

static bool take_jobs(link_agent *l, cJSON *answer)
{
    cJSON *jobs = cJSON_DetachItemFromObjectCaseSensitive(answer, "jobs");
    bool some = false;
    while (cJSON_GetArraySize(jobs) > 0) {
        cJSON *job = cJSON_DetachItemFromArray(jobs, 0);
        if (held_take(&l->held, job)) {
            l->options.callbacks.job(job, l->options.callbacks.user);
        } else {
            cJSON_Delete(job);
        }
        some = true;
    }
    cJSON_Delete(jobs);
    return some;
}

static void take_cancels(link_agent *l, const cJSON *answer)
{
    const cJSON *run = NULL;
    cJSON_ArrayForEach(run, json_get_array(answer, "cancel"))
    {
        const char *id = cJSON_GetStringValue(run);
        if (id != NULL) {
            l->options.callbacks.cancel(id, l->options.callbacks.user);
        }
    }
}

static void take_releases(link_agent *l, const cJSON *answer)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, json_get_array(answer, "release"))
    {
        const char *name = cJSON_GetStringValue(item);
        if (name != NULL && l->options.callbacks.release != NULL) {
            l->options.callbacks.release(name, l->options.callbacks.user);
        }
    }
}

static platen_code poll_jobs(link_agent *l, bool *deactivated, platen_error *err)
{
    cJSON *answer = NULL;
    json_writer w;
    strbuf body;
    int64_t begun = clock_mono();
    bool full = spool_full(l->spool);
    strbuf_init(&body);
    json_init(&w, &body);
    json_object(&w, NULL);
    json_text(&w, "boot", l->boot);
    json_i64(&w, "room", full ? 0 : l->options.callbacks.room(l->options.callbacks.user));
    json_text(&w, "config_version", l->config_version);
    json_i64(&w, "wait_s", full ? 1 : POLL_S);
    json_i64(&w, "number", ++l->polls);
    json_bool(&w, "plans", true);
    held_write(&l->held, &w, "jobs");
    json_object_end(&w);
    platen_code rc =
        agent_http_post(l->poll_http, "jobs", &body, POLL_S + 15, &answer, deactivated, err);
    if (rc != PLATEN_OK) {
        return rc;
    }
    bool news = cJSON_IsObject(json_get_object(answer, "config"));
    take_config(l, answer);
    take_cancels(l, answer);
    take_releases(l, answer);
    held_drop(&l->held, json_get_array(answer, "over"));
    news = take_jobs(l, answer) || news;
    cJSON_Delete(answer);
    /* A cancel is repeated until its job has ended: that must not become a busy loop. */
    l->idle = !news && clock_mono() - begun < IDLE_MS;
    return PLATEN_OK;
}

static void be_deactivated(link_agent *l)
{
    if (!atomic_exchange(&l->deactivated, true)) {
        log_warning("the manager has deactivated this agent: it stops to work and asks again");
        l->options.callbacks.cancel(NULL, l->options.callbacks.user);
        held_clear(&l->held);
    }
}

/* Says what is wrong, once for each thing, and waits. */
static void after_failure(link_agent *l, platen_code rc, bool deactivated, const platen_error *err,
                          unsigned *wait, char last[PLATEN_ERROR_TEXT])
{
    atomic_store(&l->greeted, false);
    if (rc == PLATEN_E_CANCELLED) {
        return; /* stopped, or poked to say hello */
    }
    if (strcmp(last, err->text) != 0) {
        log_warning("%s", err->text);
        (void)snprintf(last, PLATEN_ERROR_TEXT, "%s", err->text);
    }
    if (deactivated) {
        be_deactivated(l);
    }
    bool refused = rc == PLATEN_E_FORBIDDEN || rc == PLATEN_E_UNAUTHENTICATED;
    pause_ms(l, &l->stop_poll, refused ? l->options.asleep_ms : back_off(l, wait));
}

static void *poll_thread(void *user)
{
    link_agent *l = user;
    unsigned wait = 0;
    char last[PLATEN_ERROR_TEXT] = "";
    (void)pthread_setname_np(pthread_self(), "platen-poll");
    while (!atomic_load(&l->stop_poll)) {
        platen_error err = PLATEN_ERROR_INIT;
        bool deactivated = false;
        platen_code rc = PLATEN_OK;
        if (!atomic_load(&l->greeted)) {
            atomic_store(&l->poke, false);
            rc = ensure_active(l, &err);
            rc = rc == PLATEN_OK ? hello(l, &deactivated, &err) : rc;
        } else {
            rc = poll_jobs(l, &deactivated, &err);
        }
        if (rc == PLATEN_OK) {
            wait = 0;
            last[0] = '\0';
            if (l->idle) {
                l->idle = false;
                pause_ms(l, &l->stop_poll, IDLE_MS);
            }
        } else {
            after_failure(l, rc, deactivated, &err, &wait, last);
        }
    }
    return NULL;
}

/* ---- sender ---- */

static platen_code send_question(link_agent *l, const question *q, platen_error *err)
{
    cJSON *answer = NULL;
    bool deactivated = false;
    json_writer w;
    strbuf body;
    strbuf_init(&body);
    json_init(&w, &body);
    json_object(&w, NULL);
    json_text(&w, "boot", l->boot);
    json_array(&w, "ids");
    for (size_t i = 0; i < q->count; i++) {
        json_i64(&w, NULL, q->ids[i]);
    }
    json_array_end(&w);
    json_object_end(&w);
    platen_code rc =
        agent_http_post(l->send_http, "devices", &body, POST_S, &answer, &deactivated, err);
    if (rc == PLATEN_OK) {
        l->options.callbacks.devices(cJSON_DetachItemFromObjectCaseSensitive(answer, "devices"),
                                     l->options.callbacks.user);
    }
    cJSON_Delete(answer);
    return rc;
}

static platen_code send_batch(link_agent *l, const spool_head *head, platen_error *err)
{
    cJSON *answer = NULL;
    bool deactivated = false;
    strbuf body;
    strbuf_init(&body);
    strbuf_reserve(&body, head->length + 128);
    strbuf_appendf(&body, "{\"boot\":\"%s\",\"seq\":%" PRIu64 ",\"results\":", l->boot,
                   l->sequence + 1);
    strbuf_append_n(&body, head->text, head->length);
    strbuf_append_char(&body, '}');
    platen_code rc =
        agent_http_post(l->send_http, "results", &body, POST_S, &answer, &deactivated, err);
    if (rc == PLATEN_OK && json_get_i64(answer, "ack", -1) != (int64_t)(l->sequence + 1)) {
        rc = error_set(err, PLATEN_E_STATE, "the manager acknowledges %" PRId64 ", not %" PRIu64,
                       json_get_i64(answer, "ack", -1), l->sequence + 1);
    }
    cJSON_Delete(answer);
    return rc;
}

/* Whether the manager will never take it, however often it is sent. */
static bool is_refusal(platen_code rc)
{
    return rc == PLATEN_E_INVAL || rc == PLATEN_E_MALFORMED || rc == PLATEN_E_TOO_LARGE ||
           rc == PLATEN_E_NOT_FOUND;
}

static question *take_question(link_agent *l)
{
    (void)pthread_mutex_lock(&l->mutex);
    question *q = l->asked;
    if (q != NULL) {
        l->asked = q->next;
        l->asked_last = l->asked == NULL ? NULL : l->asked_last;
    }
    (void)pthread_mutex_unlock(&l->mutex);
    return q;
}

static void put_back(link_agent *l, question *q)
{
    (void)pthread_mutex_lock(&l->mutex);
    q->next = l->asked;
    l->asked = q;
    l->asked_last = l->asked_last == NULL ? q : l->asked_last;
    (void)pthread_mutex_unlock(&l->mutex);
}

static platen_code ask_next(link_agent *l, bool *did, platen_error *err)
{
    question *q = take_question(l);
    *did = q != NULL;
    if (q == NULL) {
        return PLATEN_OK;
    }
    platen_code rc = send_question(l, q, err);
    if (rc == PLATEN_OK) {
        free(q);
    } else if (is_refusal(rc)) {
        log_error("the manager does not tell of devices: %s", err->text);
        l->options.callbacks.devices(NULL, l->options.callbacks.user);
        free(q);
        rc = PLATEN_OK;
    } else {
        put_back(l, q);
    }
    return rc;
}

static platen_code send_next(link_agent *l, bool *did, platen_error *err)
{
    spool_head head;
    platen_code rc = spool_peek(l->spool, &head, err);
    *did = rc == PLATEN_OK;
    if (rc != PLATEN_OK) {
        return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
    }
    rc = send_batch(l, &head, err);
    if (rc == PLATEN_OK) {
        l->sequence++;
        atomic_store(&l->taken_at, clock_mono());
        spool_drop(l->spool);
        if (head.batch != 0) {
            l->options.callbacks.acknowledged(head.batch, l->options.callbacks.user);
        }
    } else if (is_refusal(rc)) {
        log_error("the manager refuses a batch of %zu bytes, it is put aside: %s", head.length,
                  err->text);
        spool_refuse(l->spool);
        rc = PLATEN_OK;
    }
    free(head.text);
    return rc;
}

static bool has_question(link_agent *l)
{
    (void)pthread_mutex_lock(&l->mutex);
    bool has = l->asked != NULL;
    (void)pthread_mutex_unlock(&l->mutex);
    return has;
}

/* Waits until there is something to send and a manager that knows us. */
static void wait_for_work(link_agent *l)
{
    struct timespec until = in_ms(1000);
    if (atomic_load(&l->greeted) && (has_question(l) || spool_count(l->spool) > 0)) {
        return;
    }
    (void)pthread_mutex_lock(&l->mutex);
    if (!atomic_load(&l->stop_send)) {
        (void)pthread_cond_timedwait(&l->changed, &l->mutex, &until);
    }
    (void)pthread_mutex_unlock(&l->mutex);
}

static void after_send_failure(link_agent *l, platen_code rc, const platen_error *err,
                               unsigned *wait)
{
    if (rc == PLATEN_E_CANCELLED) {
        return;
    }
    log_debug("%s", err->text);
    /* Whatever it is, the poller finds out by saying hello: no connection, a manager that was
     * restarted, an agent that was deactivated. */
    if (rc == PLATEN_E_STATE || rc == PLATEN_E_FORBIDDEN || rc == PLATEN_E_UNAUTHENTICATED) {
        atomic_store(&l->greeted, false);
        atomic_store(&l->poke, true);
    }
    pause_ms(l, &l->stop_send, back_off(l, wait));
}

static void *send_thread(void *user)
{
    link_agent *l = user;
    unsigned wait = 0;
    (void)pthread_setname_np(pthread_self(), "platen-send");
    while (!atomic_load(&l->stop_send)) {
        platen_error err = PLATEN_ERROR_INIT;
        bool did = false;
        wait_for_work(l);
        if (!atomic_load(&l->greeted)) {
            continue;
        }
        platen_code rc = ask_next(l, &did, &err);
        if (rc == PLATEN_OK && !did) {
            rc = send_next(l, &did, &err);
        }
        if (rc == PLATEN_OK) {
            wait = 0;
        } else {
            after_send_failure(l, rc, &err, &wait);
        }
    }
    return NULL;
}

/* ---- spooler ---- */

/* A manager that takes batches, however slowly, needs no file: full memory holds up the work. */
static bool is_taking(link_agent *l)
{
    return clock_mono() - atomic_load(&l->taken_at) < AWAY_MS;
}

static void *spool_thread(void *user)
{
    link_agent *l = user;
    (void)pthread_setname_np(pthread_self(), "platen-spool");
    while (!atomic_load(&l->stop_send)) {
        platen_error err = PLATEN_ERROR_INIT;
        if (!spool_wants_disk(l->spool) || is_taking(l)) {
            struct timespec until = in_ms(1000);
            (void)pthread_mutex_lock(&l->mutex);
            if (!atomic_load(&l->stop_send)) {
                (void)pthread_cond_timedwait(&l->changed, &l->mutex, &until);
            }
            (void)pthread_mutex_unlock(&l->mutex);
        } else if (spool_move_one(l->spool, &err) != PLATEN_OK && err.text[0] != '\0') {
            log_error("results cannot be spooled, no new work is taken when memory is full: %s",
                      err.text);
        }
    }
    return NULL;
}

/* ---- what the owner calls ---- */

static platen_code make_boot(link_agent *l, platen_error *err)
{
    unsigned char bytes[16];
    if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
        return error_set(err, PLATEN_E_INTERNAL, "no random bytes");
    }
    text_hex(l->boot, bytes, sizeof(bytes));
    memcpy(&l->seed, bytes, sizeof(l->seed));
    return PLATEN_OK;
}

static void set_defaults(link_agent_options *o)
{
    o->memory_limit = o->memory_limit != 0 ? o->memory_limit : 8u * 1024u * 1024u;
    o->disk_limit = o->disk_limit != 0 ? o->disk_limit : 256u * 1024u * 1024u;
    o->retry_ms = o->retry_ms != 0 ? o->retry_ms : 500;
    o->retry_max_ms = o->retry_max_ms != 0 ? o->retry_max_ms : 30000;
    o->asleep_ms = o->asleep_ms != 0 ? o->asleep_ms : 60000;
}

static platen_code copy_texts(link_agent *l, const link_agent_options *o, platen_error *err)
{
    l->url = strdup(o->url);
    l->folder = strdup(o->folder);
    l->activation_key = strdup(o->activation_key != NULL ? o->activation_key : "");
    l->about = strdup(o->about);
    l->version = strdup(o->version);
    return l->url != NULL && l->folder != NULL && l->activation_key != NULL && l->about != NULL &&
                   l->version != NULL
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOMEM, "no memory for the link");
}

static platen_code open_parts(link_agent *l, platen_error *err)
{
    const link_agent_options *o = &l->options;
    PLATEN_TRY(agent_keys_init(&l->keys, l->folder, err));
    PLATEN_TRY(spool_open(l->folder, o->memory_limit, o->disk_limit, &l->spool, err));
    PLATEN_TRY(
        agent_http_new(l->url, l->version, &l->keys, &l->stop_poll, &l->poke, &l->poll_http, err));
    return agent_http_new(l->url, l->version, &l->keys, &l->stop_send, NULL, &l->send_http, err);
}

platen_code link_agent_new(const link_agent_options *options, link_agent **out, platen_error *err)
{
    if (strncmp(options->url, "https://", 8) != 0) {
        return error_set(err, PLATEN_E_INVAL,
                         "link.manager_url is '%.100s', an agent needs https://<manager>:<port>",
                         options->url);
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return error_set(err, PLATEN_E_INTERNAL, "libcurl cannot be started");
    }
    link_agent *l = calloc(1, sizeof(*l));
    if (l == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the link");
    }
    l->options = *options;
    set_defaults(&l->options);
    (void)pthread_mutex_init(&l->mutex, NULL);
    cond_init(&l->changed);
    atomic_init(&l->taken_at, -AWAY_MS);
    platen_code rc = copy_texts(l, options, err);
    if (rc == PLATEN_OK) {
        rc = make_boot(l, err);
    }
    if (rc == PLATEN_OK) {
        rc = open_parts(l, err);
    }
    if (rc != PLATEN_OK) {
        link_agent_free(l);
        return rc;
    }
    *out = l;
    return PLATEN_OK;
}

platen_code link_agent_http(link_agent *l, agent_http **out, platen_error *err)
{
    return agent_http_new(l->url, l->version, &l->keys, &l->stop_poll, NULL, out, err);
}

bool link_agent_stopping(const link_agent *l)
{
    return atomic_load(&l->stop_poll);
}

platen_code link_agent_start(link_agent *l, platen_error *err)
{
    struct {
        pthread_t *thread;
        void *(*run)(void *user);
    } const threads[] = {
        {&l->poller, poll_thread}, {&l->sender, send_thread}, {&l->spooler, spool_thread}};
    for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
        int rc = pthread_create(threads[i].thread, NULL, threads[i].run, l);
        if (rc != 0) {
            return error_sys(err, PLATEN_E_IO, rc, "no thread for the link");
        }
        l->started++;
    }
    return PLATEN_OK;
}

void link_agent_quiet(link_agent *l)
{
    atomic_store(&l->stop_poll, true);
    notify(l);
}

void link_agent_stop(link_agent *l)
{
    int64_t until = clock_mono() + STOP_MS;
    atomic_store(&l->stop_poll, true);
    notify(l);
    while (l->started > 1 && atomic_load(&l->greeted) && spool_count(l->spool) > 0 &&
           clock_mono() < until) {
        struct timespec nap = {0, 20000000};
        (void)nanosleep(&nap, NULL);
    }
    atomic_store(&l->stop_send, true);
    notify(l);
    const pthread_t threads[] = {l->poller, l->sender, l->spooler};
    for (unsigned i = 0; i < l->started; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    l->started = 0;
    platen_error err = PLATEN_ERROR_INIT;
    if (spool_save(l->spool, &err) != PLATEN_OK) {
        log_error("results are lost: %s", err.text);
    }
}

void link_agent_free(link_agent *l)
{
    if (l == NULL) {
        return;
    }
    if (l->started > 0) {
        link_agent_stop(l);
    }
    agent_http_free(l->poll_http);
    agent_http_free(l->send_http);
    spool_close(l->spool);
    held_clear(&l->held);
    while (l->asked != NULL) {
        question *q = l->asked;
        l->asked = q->next;
        free(q);
    }
    (void)pthread_cond_destroy(&l->changed);
    (void)pthread_mutex_destroy(&l->mutex);
    if (l->activation_key != NULL) {
        explicit_bzero(l->activation_key, strlen(l->activation_key));
    }
    free(l->url);
    free(l->folder);
    free(l->activation_key);
    free(l->about);
    free(l->version);
    free(l);
    curl_global_cleanup();
}

void link_agent_send(link_agent *l, uint64_t batch, const char *results, size_t length)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (spool_put(l->spool, batch, results, length, &err) != PLATEN_OK) {
        log_error("results are lost: %s", err.text);
    }
    notify(l);
}

void link_agent_ask(link_agent *l, const int64_t *ids, size_t count)
{
    question *q = malloc(sizeof(*q) + count * sizeof(q->ids[0]));
    if (q == NULL) {
        log_error("no memory to ask for %zu devices", count);
        l->options.callbacks.devices(NULL, l->options.callbacks.user);
        return;
    }
    q->next = NULL;
    q->count = count;
    memcpy(q->ids, ids, count * sizeof(q->ids[0]));
    (void)pthread_mutex_lock(&l->mutex);
    *(l->asked_last != NULL ? &l->asked_last->next : &l->asked) = q;
    l->asked_last = q;
    (void)pthread_cond_broadcast(&l->changed);
    (void)pthread_mutex_unlock(&l->mutex);
}

void link_agent_about(link_agent *l, const char *about)
{
    char *copy = strdup(about);
    if (copy == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&l->mutex);
    char *old = l->about;
    l->about = copy;
    (void)pthread_mutex_unlock(&l->mutex);
    free(old);
    atomic_store(&l->greeted, false);
    atomic_store(&l->poke, true);
    notify(l);
}

bool link_agent_full(const link_agent *l)
{
    return spool_full(l->spool);
}

size_t link_agent_waiting(const link_agent *l)
{
    return spool_count(l->spool);
}
