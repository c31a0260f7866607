/* See isolation.h: which plugins are isolated, their state, the ends of wires. */
#include "core/worker/isolation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/agent/desk.h"
#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/worker/bars.h"
#include "core/worker/ready.h"
#include "core/worker/ward.h"

#define LOG_SOURCE "worker"

/* ---- sending ---- */

void ward_wake(const isolation *iso)
{
    const uint64_t one = 1;
    ssize_t written = write(iso->wake, &one, sizeof(one));
    (void)written; /* it is awake already */
}

/* What does not go at once is the wards' thread's to send. A pair of local sockets that do not
 * block: no waiting under the lock. */
static bool send_locked(ward *w)
{
    ssize_t sent = w->fd >= 0 && w->out.length > 0
                       ? send(w->fd, w->out.data, w->out.length, MSG_NOSIGNAL | MSG_DONTWAIT)
                       : 0;
    if (sent > 0) {
        size_t left = w->out.length - (size_t)sent;
        memmove(w->out.data, w->out.data + sent, left);
        explicit_bzero(w->out.data + left, (size_t)sent); /* passwords of devices go this way */
        w->out.length = left;
    }
    return w->out.length == 0;
}

void ward_send(ward *w, strbuf *out, size_t begin)
{
    bool fits = pipe_end(out, begin);
    (void)pthread_mutex_lock(&w->mutex);
    if (w->fd >= 0 && fits) {
        bool first = w->out.length == 0;
        strbuf_append_n(&w->out, out->data + begin, out->length - begin);
        fits = !w->out.failed && w->out.length <= WARD_OUT_MAX;
        if (first && send_locked(w)) {
            first = false;
        }
        fits = fits || w->out.length == 0;
        if (first) {
            ward_wake(w->owner);
        }
    }
    (void)pthread_mutex_unlock(&w->mutex);
    if (!fits) {
        ward_order_end(w, "was killed: it did not read what it was sent");
    }
}

void ward_flush(ward *w)
{
    (void)pthread_mutex_lock(&w->mutex);
    (void)send_locked(w);
    (void)pthread_mutex_unlock(&w->mutex);
}

void ward_order_end(ward *w, const char *reason)
{
    (void)pthread_mutex_lock(&w->mutex);
    if (w->order[0] == '\0') {
        (void)snprintf(w->order, sizeof(w->order), "%s", reason);
    }
    (void)pthread_mutex_unlock(&w->mutex);
    ward_wake(w->owner);
}

/* ---- which plugins ---- */

static bool is_trusted(const isolation_options *o, const char *name, bool placed)
{
    if (strcmp(o->mode, "untrusted") != 0) {
        return strcmp(o->mode, "none") == 0;
    }
    return o->trusted[0] != '\0' ? text_has_word(o->trusted, name) : !placed;
}

/* ---- the plugin that stands for the one in the worker ---- */

static void *driver_user(void *owner, size_t index)
{
    ward *w = owner;
    if (index >= PLUG_DRIVERS) {
        return NULL;
    }
    w->drivers[index] = (ward_driver){w, (uint32_t)index};
    return &w->drivers[index];
}

ward *isolation_find(const isolation *iso, const char *plugin)
{
    ward *w = iso != NULL ? iso->wards : NULL;
    while (w != NULL && strcmp(w->name, plugin) != 0) {
        w = w->next;
    }
    return w;
}

/* The isolation is the loader's user. */
static platen_code load_stand_in(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    ward *w = isolation_find(plug_user(ctx), plug_name(ctx));
    return w != NULL
               ? ready_register(w->ready, host, ctx, handed_run, driver_user, w, err)
               : error_set(err, PLATEN_E_INTERNAL, "plugin '%s' has no worker", plug_name(ctx));
}

bool isolation_has(const isolation *iso, const char *plugin)
{
    return isolation_find(iso, plugin) != NULL;
}

static void ward_free(ward *w)
{
    handed_fini(w);
    free(w->folder);
    free(w->ready);
    free(w->in);
    further_free(&w->further);
    further_free(&w->other);
    (void)pthread_cond_destroy(&w->changed);
    strbuf_fini(&w->out);
    (void)pthread_mutex_destroy(&w->mutex);
    free(w);
}

static ward *ward_new(isolation *iso, const char *name, const char *folder)
{
    ward *w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return NULL;
    }
    w->owner = iso;
    w->fd = -1;
    atomic_init(&w->alive, true); /* its first process is there before there is any work */
    (void)snprintf(w->name, sizeof(w->name), "%s", name);
    (void)pthread_mutex_init(&w->mutex, NULL);
    cond_init(&w->changed);
    strbuf_init(&w->out);
    w->works = map_new();
    w->folder = strdup(folder);
    if (w->works == NULL || w->folder == NULL) {
        ward_free(w);
        return NULL;
    }
    return w;
}

platen_code isolation_open(const char *name, const char *folder, bool placed,
                           const platen_plugin **descriptor, void *user, platen_error *err)
{
    static const char *const needs[] = {"driver/1", NULL};
    isolation *iso = user;
    if (is_trusted(&iso->options, name, placed)) {
        return PLATEN_OK;
    }
    ward *w = ward_new(iso, name, folder);
    if (w == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for plugin '%s'", name);
    }
    platen_code rc = further_open(w, iso->further, iso->further_count, err);
    rc = rc == PLATEN_OK ? keeper_open(w, err) : rc;
    if (rc != PLATEN_OK) {
        ward_free(w);
        return rc;
    }
    w->descriptor = (platen_plugin){.size = (uint32_t)sizeof(w->descriptor),
                                    .abi = PLATEN_ABI,
                                    .kind = PLATEN_KIND_DRIVER,
                                    .roles = PLATEN_ROLE_AGENT,
                                    .name = w->name,
                                    .version = w->version,
                                    .needs = needs,
                                    .load = load_stand_in};
    w->next = iso->wards;
    iso->wards = w;
    log_notice("plugin runs in a worker process plugin=%s process=%ld", name, (long)w->pid);
    *descriptor = &w->descriptor;
    return PLATEN_OK;
}

/* ---- from start to end ---- */

static void set_defaults(isolation_options *o)
{
    o->program = o->program != NULL ? o->program : "/proc/self/exe";
    o->mode = o->mode != NULL ? o->mode : "untrusted";
    o->trusted = o->trusted != NULL ? o->trusted : "";
    o->threads = o->threads != 0 ? o->threads : 16;
    o->memory_mib = o->memory_mib != 0 ? o->memory_mib : 256;
    o->crashes = o->crashes != 0 ? o->crashes : 5;
    o->crashes = o->crashes < WARD_CRASHES ? o->crashes : WARD_CRASHES;
    o->window_ms = o->window_ms != 0 ? o->window_ms : 600000;
    o->quarantine_ms = o->quarantine_ms != 0 ? o->quarantine_ms : 3600000;
    o->pause_ms = o->pause_ms != 0 ? o->pause_ms : 1000;
    o->hang_ms = o->hang_ms != 0 ? o->hang_ms : 10000;
}

platen_code isolation_new(const isolation_options *options, isolation **out, platen_error *err)
{
    isolation *iso = calloc(1, sizeof(*iso));
    if (iso == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for worker processes");
    }
    iso->options = *options;
    set_defaults(&iso->options);
    iso->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (iso->wake < 0) {
        int errnum = errno;
        free(iso);
        return error_sys(err, PLATEN_E_IO, errnum, "no descriptor for worker processes");
    }
    *out = iso;
    return PLATEN_OK;
}

void isolation_places(isolation *iso, const plug_place *further, size_t count)
{
    iso->further = further;
    iso->further_count = count;
}

platen_code isolation_start(isolation *iso, snmpeng *engine, platen_error *err)
{
    if (iso->wards == NULL) {
        return PLATEN_OK;
    }
    inbox_init(&iso->inbox, engine);
    iso->has_inbox = true;
    int rc = pthread_create(&iso->keeper, NULL, keeper_thread, iso);
    if (rc != 0) {
        return error_sys(err, PLATEN_E_IO, rc, "no thread for worker processes");
    }
    iso->keeping = true;
    return PLATEN_OK;
}

void isolation_stop(isolation *iso)
{
    if (iso == NULL) {
        return;
    }
    atomic_store(&iso->stopping, true);
    if (iso->keeping) {
        ward_wake(iso);
        (void)pthread_join(iso->keeper, NULL);
        iso->keeping = false;
    }
    for (ward *w = iso->wards; w != NULL; w = w->next) {
        keeper_end(w);
        (void)pthread_mutex_lock(&w->mutex);
        (void)pthread_cond_broadcast(&w->changed); /* nobody tries folders any more */
        (void)pthread_mutex_unlock(&w->mutex);
    }
    if (iso->has_inbox) {
        inbox_run(&iso->inbox);
    }
    for (ward *w = iso->wards; w != NULL; w = w->next) {
        handed_end_all(w, PLATEN_E_CANCELLED, "the agent stops");
    }
}

void isolation_free(isolation *iso)
{
    if (iso == NULL) {
        return;
    }
    isolation_stop(iso);
    while (iso->wards != NULL) {
        ward *w = iso->wards;
        iso->wards = w->next;
        ward_free(w);
    }
    if (iso->has_inbox) {
        inbox_fini(&iso->inbox);
    }
    (void)close(iso->wake);
    free(iso);
}

/* ---- what is told of them ---- */

void isolation_write(const isolation *iso, const char *plugin, json_writer *out)
{
    ward *w = isolation_find(iso, plugin);
    if (w == NULL) {
        json_text(out, "state", "active");
        return;
    }
    char name[64];
    (void)pthread_mutex_lock(&w->mutex);
    bars_name(w->refused, name, sizeof(name));
    json_text(out, "state",
              w->quarantined_until != 0              ? "quarantined"
              : w->running && atomic_load(&w->alive) ? "active"
                                                     : "restarting");
    json_bool(out, "isolated", true);
    json_text(out, "confined", bars_word(w->bars));
    json_i64(out, "refusals", w->refusals);
    json_text(out, "refused", w->refusals > 0 ? name : "");
    json_i64(out, "crashes", w->crashes);
    json_text(out, "died", w->died);
    json_time(out, "quarantined_until", w->quarantined_until);
    (void)pthread_mutex_unlock(&w->mutex);
}

bool isolation_release(isolation *iso, const char *plugin)
{
    ward *w = isolation_find(iso, plugin);
    if (w == NULL) {
        return false;
    }
    (void)pthread_mutex_lock(&w->mutex);
    w->release = w->quarantined_until != 0;
    (void)pthread_mutex_unlock(&w->mutex);
    ward_wake(iso);
    return true;
}

bool isolation_is_quarantined(const isolation *iso, const char *plugin, char *why, size_t size)
{
    ward *w = isolation_find(iso, plugin);
    if (w == NULL) {
        return false;
    }
    (void)pthread_mutex_lock(&w->mutex);
    bool quarantined = w->quarantined_until != 0;
    (void)snprintf(why, size, "its worker process died too often; it %.200s", w->died);
    (void)pthread_mutex_unlock(&w->mutex);
    return quarantined;
}

unsigned isolation_quarantined(const isolation *iso)
{
    unsigned count = 0;
    for (ward *w = iso != NULL ? iso->wards : NULL; w != NULL; w = w->next) {
        (void)pthread_mutex_lock(&w->mutex);
        count += w->quarantined_until != 0 ? 1 : 0;
        (void)pthread_mutex_unlock(&w->mutex);
    }
    return count;
}
