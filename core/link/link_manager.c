/* The calls of agents, and waiting. */
#include "core/link/link_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/cond.h"
#include "agent_sql.h"
#include "device_sql.h"

#define LOG_SOURCE "link"
#include "core/base/log.h"

#define DEVICES_MAX 5000
#define HELD_MAX 20000 /* jobs that an agent may say it holds */

platen_code link_manager_new(store *s, const secret_key *key, const link_authority *authority,
                             link_manager **out, platen_error *err)
{
    link_manager *l = calloc(1, sizeof(*l));
    if (l == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the link");
    }
    l->store = s;
    l->key = key;
    l->authority = *authority;
    l->wrong_per_day = 5;
    pthread_mutex_init(&l->lock, NULL);
    cond_init(&l->news);
    *out = l;
    return PLATEN_OK;
}

void link_manager_set_runs(link_manager *l, runs *r)
{
    l->runs = r;
}

void link_manager_set_wrong_per_day(link_manager *l, int64_t wrong_per_day)
{
    l->wrong_per_day = wrong_per_day;
}

void link_manager_stop(link_manager *l)
{
    atomic_store(&l->stopping, true);
    pthread_mutex_lock(&l->lock);
    pthread_cond_broadcast(&l->news);
    pthread_mutex_unlock(&l->lock);
}

void link_manager_free(link_manager *l)
{
    if (l != NULL) {
        pthread_cond_destroy(&l->news);
        pthread_mutex_destroy(&l->lock);
        free(l);
    }
}

/* ---- contacts and waiting ---- */

static link_contact *contact_locked(link_manager *l, int64_t agent)
{
    for (size_t i = 0; i < l->contact_count; i++) {
        if (l->contacts[i].agent == agent) {
            return &l->contacts[i];
        }
    }
    if (l->contact_count == LINK_AGENTS) {
        return NULL;
    }
    link_contact *fresh = &l->contacts[l->contact_count++];
    *fresh = (link_contact){.agent = agent};
    return fresh;
}

uint64_t link_touch(link_manager *l, int64_t agent)
{
    pthread_mutex_lock(&l->lock);
    link_contact *c = contact_locked(l, agent);
    uint64_t wakes = l->all_wakes;
    if (c != NULL) {
        c->at = clock_now();
        wakes += c->wakes;
    }
    pthread_mutex_unlock(&l->lock);
    return wakes;
}

void link_wake(link_manager *l, int64_t agent)
{
    pthread_mutex_lock(&l->lock);
    link_contact *c = agent != 0 ? contact_locked(l, agent) : NULL;
    if (c != NULL) {
        c->wakes++;
    } else {
        l->all_wakes++;
    }
    pthread_cond_broadcast(&l->news);
    pthread_mutex_unlock(&l->lock);
}

bool link_wait(link_manager *l, int64_t agent, uint64_t wakes, int64_t wait_ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    pthread_mutex_lock(&l->lock);
    for (int rc = 0; rc == 0 && !atomic_load(&l->stopping);) {
        const link_contact *c = contact_locked(l, agent);
        if (l->all_wakes + (c != NULL ? c->wakes : 0) != wakes) {
            break;
        }
        rc = pthread_cond_timedwait(&l->news, &l->lock, &until);
    }
    pthread_mutex_unlock(&l->lock);
    return !atomic_load(&l->stopping);
}

int64_t link_agent_contact(link_manager *l, int64_t agent)
{
    pthread_mutex_lock(&l->lock);
    const link_contact *c = contact_locked(l, agent);
    int64_t at = c != NULL ? c->at : 0;
    pthread_mutex_unlock(&l->lock);
    return at;
}

const char *link_agent_status(link_manager *l, int64_t agent, bool active)
{
    if (!active) {
        return "inactive";
    }
    return clock_now() - link_agent_contact(l, agent) < LINK_SILENT_MS ? "normal" : "no-response";
}

/* ---- calls ---- */

platen_code link_check(link_manager *l, int64_t agent, const char *fingerprint, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(l->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_agent_certificate, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", agent);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_E_NOT_FOUND ||
        (rc == PLATEN_OK &&
         (store_i64(st, 0) == 0 || !secret_equal(store_text(st, 1), fingerprint)))) {
        rc = error_set(err, PLATEN_E_FORBIDDEN, "agent %" PRId64 " is deactivated", agent);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

/* Whether the agent's hello named the function. */
static platen_code check_function(link_manager *l, int64_t agent, const char *function,
                                  platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    cJSON *list = NULL;
    const cJSON *item = NULL;
    bool there = false;
    PLATEN_TRY(store_read(l->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_agent_functions, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", agent);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        rc = json_parse(store_text(st, 0), strlen(store_text(st, 0)), &list, err);
    }
    store_reset(st);
    store_read_end(conn);
    cJSON_ArrayForEach(item, list)
    {
        there = there || strcmp(json_get_text(item, "name", ""), function) == 0;
    }
    cJSON_Delete(list);
    return rc == PLATEN_OK && !there
               ? error_set(err, PLATEN_E_NOT_FOUND, "agent %" PRId64 " has no function '%.63s'",
                           agent, function)
               : rc;
}

platen_code link_agent_release(link_manager *l, int64_t agent, const char *function,
                               platen_error *err)
{
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(check_function(l, agent, function, err));
    pthread_mutex_lock(&l->lock);
    link_contact *c = contact_locked(l, agent);
    if (c == NULL || c->release_count == LINK_RELEASES) {
        rc = error_set(err, PLATEN_E_TOO_LARGE, "agent %" PRId64 " has not taken the last %d yet",
                       agent, LINK_RELEASES);
    } else {
        (void)snprintf(c->release[c->release_count++], LINK_NAME, "%s", function);
        c->release_until = clock_mono() + LINK_RELEASE_MS;
    }
    pthread_mutex_unlock(&l->lock);
    PLATEN_TRY(rc);
    link_wake(l, agent);
    return PLATEN_OK;
}

typedef struct hello {
    int64_t agent;
    const char *version, *address;
    char *drivers, *kinds, *functions;
} hello;

static platen_code write_hello(store_conn *conn, void *user, platen_error *err)
{
    const hello *h = user;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_agent_hello, &st, err));
    store_bind_text(st, "version", h->version);
    store_bind_text(st, "address", h->address);
    store_bind_text(st, "drivers", h->drivers != NULL ? h->drivers : "[]");
    store_bind_text(st, "kinds", h->kinds);
    store_bind_text(st, "functions", h->functions != NULL ? h->functions : "[]");
    store_bind_i64(st, "now", clock_now());
    store_bind_i64(st, "id", h->agent);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc == PLATEN_OK ? link_kinds_register(conn, err) : rc;
}

static void forget_releases(link_manager *l, int64_t agent)
{
    pthread_mutex_lock(&l->lock);
    link_contact *c = contact_locked(l, agent);
    if (c != NULL) {
        c->release_count = 0;
    }
    pthread_mutex_unlock(&l->lock);
}

platen_code link_hello(link_manager *l, int64_t agent, const cJSON *body, const char *address,
                       json_writer *w, platen_error *err)
{
    const char *boot = json_get_text(body, "boot", "");
    const cJSON *drivers = json_get_array(body, "drivers");
    const cJSON *functions = json_get_array(body, "functions");
    hello h = {.agent = agent, .version = json_get_text(body, "version", ""), .address = address};
    if (boot[0] == '\0') {
        return error_set(err, PLATEN_E_INVAL, "the agent names no boot");
    }
    PLATEN_TRY(link_kinds_check(l, agent, json_get_array(body, "kinds"), &h.kinds, err));
    h.drivers = drivers != NULL ? cJSON_PrintUnformatted(drivers) : NULL;
    h.functions = functions != NULL ? cJSON_PrintUnformatted(functions) : NULL;
    platen_code rc = store_write(l->store, write_hello, &h, err);
    cJSON_free(h.functions);
    cJSON_free(h.drivers);
    cJSON_free(h.kinds);
    PLATEN_TRY(rc);
    PLATEN_TRY(runs_agent_started(l->runs, agent, boot, err));
    link_touch(l, agent);
    forget_releases(l, agent);
    char version[17];
    strbuf config;
    strbuf_init(&config);
    rc = link_config(l, agent, &config, version, err);
    if (rc == PLATEN_OK) {
        char id[24];
        (void)snprintf(id, sizeof(id), "%" PRId64, agent);
        json_object(w, NULL);
        json_text(w, "agent", id);
        json_raw(w, "config", config.data);
        json_object_end(w);
        log_notice("agent %" PRId64 " says hello from %s, version %s", agent, address, h.version);
    }
    strbuf_fini(&config);
    return rc;
}

typedef struct answer {
    strbuf jobs, cancels, config, releases;
    size_t job_count, cancel_count, release_count;
    char version[17];
    lease_ask ask;
} answer;

/* The jobs that the agent says it holds; an agent of an older release does not say. */
static platen_code read_held(const cJSON *held, lease_ask *ask, platen_error *err)
{
    const cJSON *item = NULL;
    int count = held != NULL ? cJSON_GetArraySize(held) : -1;
    if (count < 0) {
        return PLATEN_OK;
    }
    if (count > HELD_MAX) {
        return error_set(err, PLATEN_E_INVAL, "the agent holds %d jobs, %d are the limit", count,
                         HELD_MAX);
    }
    ask->held = calloc((size_t)count + 1, sizeof(*ask->held));
    ask->over = calloc((size_t)count + 1, sizeof(*ask->over));
    if (ask->held == NULL || ask->over == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for %d jobs", count);
    }
    cJSON_ArrayForEach(item, held)
    {
        if (cJSON_IsNumber(item) && item->valuedouble >= 1 && item->valuedouble < 9e15) {
            ask->held[ask->held_count++] = (int64_t)item->valuedouble;
        }
    }
    return PLATEN_OK;
}

static platen_code answer_begin(link_manager *l, int64_t agent, const cJSON *body, answer *a,
                                platen_error *err)
{
    int64_t room = json_get_i64(body, "room", 1);
    *a = (answer){.ask = {.agent = agent,
                          .boot = json_get_text(body, "boot", ""),
                          .room = room < 0 ? 0 : (size_t)room,
                          .plans = json_get_bool(body, "plans", false),
                          .number = json_get_i64(body, "number", 0)}};
    strbuf_init(&a->jobs);
    strbuf_init(&a->cancels);
    strbuf_init(&a->config);
    strbuf_init(&a->releases);
    PLATEN_TRY(read_held(json_get_array(body, "jobs"), &a->ask, err));
    if (a->ask.number > 0) {
        runs_asked(l->runs, agent, a->ask.boot, a->ask.number);
    }
    return PLATEN_OK;
}

static void answer_end(answer *a)
{
    strbuf_fini(&a->jobs);
    strbuf_fini(&a->cancels);
    strbuf_fini(&a->config);
    strbuf_fini(&a->releases);
    free(a->ask.held);
    free(a->ask.over);
}

/* What is told of functions: with each answer until the agent says hello, as answers get lost. */
static void take_releases(link_manager *l, answer *a)
{
    json_writer w;
    json_init(&w, &a->releases);
    json_array(&w, NULL);
    pthread_mutex_lock(&l->lock);
    link_contact *c = contact_locked(l, a->ask.agent);
    if (c != NULL && clock_mono() > c->release_until) {
        c->release_count = 0;
    }
    a->release_count = 0;
    for (size_t i = 0; c != NULL && i < c->release_count; i++) {
        json_text(&w, NULL, c->release[i]);
        a->release_count++;
    }
    pthread_mutex_unlock(&l->lock);
    json_array_end(&w);
}

static platen_code look_for_work(link_manager *l, answer *a, platen_error *err)
{
    int64_t agent = a->ask.agent;
    json_writer jobs;
    json_writer cancels;
    strbuf_clear(&a->jobs);
    strbuf_clear(&a->cancels);
    strbuf_clear(&a->config);
    json_init(&jobs, &a->jobs);
    json_init(&cancels, &a->cancels);
    json_array(&jobs, NULL);
    json_array(&cancels, NULL);
    PLATEN_TRY(link_config(l, agent, &a->config, a->version, err));
    PLATEN_TRY(runs_cancels(l->runs, agent, &cancels, &a->cancel_count, err));
    PLATEN_TRY(runs_lease_for(l->runs, &a->ask, &jobs, &a->job_count, err));
    json_array_end(&jobs);
    json_array_end(&cancels);
    return PLATEN_OK;
}

static void write_answer(const answer *a, bool newer, json_writer *w)
{
    json_object(w, NULL);
    json_raw(w, "jobs", a->jobs.data);
    json_array(w, "over");
    for (size_t i = 0; i < a->ask.over_count; i++) {
        json_i64(w, NULL, a->ask.over[i]);
    }
    json_array_end(w);
    if (newer) {
        json_raw(w, "config", a->config.data);
    } else {
        json_null(w, "config");
    }
    json_raw(w, "cancel", a->cancels.data);
    if (a->release_count > 0) {
        json_raw(w, "release", a->releases.data);
    }
    json_object_end(w);
}

platen_code link_jobs(link_manager *l, int64_t agent, const cJSON *body, json_writer *w,
                      platen_error *err)
{
    int64_t wait_s = json_get_i64(body, "wait_s", 0);
    int64_t until = clock_mono() + 1000 * (wait_s < 0             ? 0
                                           : wait_s > LINK_WAIT_S ? LINK_WAIT_S
                                                                  : wait_s);
    const char *known = json_get_text(body, "config_version", "");
    answer a;
    platen_code rc = answer_begin(l, agent, body, &a, err);
    while (rc == PLATEN_OK) {
        uint64_t wakes = link_touch(l, agent);
        rc = look_for_work(l, &a, err);
        strbuf_clear(&a.releases);
        take_releases(l, &a);
        int64_t left = until - clock_mono();
        if (rc != PLATEN_OK || a.job_count > 0 || a.release_count > 0 || a.cancel_count > 0 ||
            strcmp(a.version, known) != 0 || left < 1000 || !link_wait(l, agent, wakes, left)) {
            break;
        }
        if (json_get_i64(body, "room", 1) <= 0) { /* what woke us may have made room: ask again */
            break;
        }
    }
    link_touch(l, agent);
    if (rc == PLATEN_OK) {
        write_answer(&a, strcmp(a.version, known) != 0, w);
    }
    answer_end(&a);
    return rc;
}

static void write_device(store_stmt *st, json_writer *w)
{
    char credential[24] = "";
    if (store_i64(st, 9) != 0) {
        (void)snprintf(credential, sizeof(credential), "%" PRId64, store_i64(st, 9));
    }
    json_object(w, NULL);
    json_i64(w, "id", store_i64(st, 0));
    json_i64(w, "revision", store_i64(st, 1));
    json_text(w, "address", store_text(st, 2));
    json_text(w, "hostname", store_text(st, 3));
    json_text(w, "manufacturer", store_text(st, 4));
    json_text(w, "model", store_text(st, 5));
    json_text(w, "serial", store_text(st, 6));
    json_text(w, "sys_object_id", store_text(st, 7));
    json_raw(w, "drivers", store_text(st, 8));
    json_text(w, "credential", credential);
    json_text(w, "protocol", store_text(st, 10));
    json_raw(w, "memo", store_text(st, 11));
    json_object_end(w);
}

platen_code link_devices(link_manager *l, const cJSON *body, json_writer *w, platen_error *err)
{
    const cJSON *ids = json_get_array(body, "ids");
    const cJSON *id = NULL;
    store_conn *conn = NULL;
    if (ids == NULL || cJSON_GetArraySize(ids) > DEVICES_MAX) {
        return error_set(err, PLATEN_E_INVAL, "ids must be an array of at most %d numbers",
                         DEVICES_MAX);
    }
    PLATEN_TRY(store_read(l->store, &conn, err));
    platen_code rc = PLATEN_OK;
    json_object(w, NULL);
    json_array(w, "devices");
    cJSON_ArrayForEach(id, ids)
    {
        store_stmt *st = NULL;
        rc = store_prepare(conn, &sql_device_for_agent, &st, err);
        if (rc == PLATEN_OK) {
            store_bind_i64(st, "id", cJSON_IsNumber(id) ? (int64_t)id->valuedouble : 0);
            rc = store_step(st, err);
        }
        if (rc == PLATEN_OK) {
            write_device(st, w);
        }
        store_reset(st);
        if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
            break;
        }
        rc = PLATEN_OK;
    }
    json_array_end(w);
    json_object_end(w);
    store_read_end(conn);
    return rc;
}

static bool ends_jobs(const cJSON *results)
{
    const cJSON *result = NULL;
    cJSON_ArrayForEach(result, results)
    {
        if (json_get_bool(result, "done", false)) {
            return true;
        }
    }
    return false;
}

platen_code link_results(link_manager *l, int64_t agent, const cJSON *body, json_writer *w,
                         platen_error *err)
{
    const cJSON *results = json_get_array(body, "results");
    const char *boot = json_get_text(body, "boot", "");
    int64_t seq = json_get_i64(body, "seq", 0);
    if (results == NULL || boot[0] == '\0' || seq <= 0) {
        return error_set(err, PLATEN_E_INVAL, "boot, seq and results are required");
    }
    link_touch(l, agent);
    PLATEN_TRY(runs_results(l->runs, agent, boot, seq, results, err));
    if (ends_jobs(results)) { /* the agent's poll may wait without room for more */
        link_wake(l, agent);
    }
    json_object(w, NULL);
    json_i64(w, "ack", seq);
    json_object_end(w);
    return PLATEN_OK;
}
