/*
 * Jobs: a list of devices and one kind of work, or a search. A job keeps a window of visits busy;
 * a device that is busy with another job waits for its turn.
 */
#include "core/agent/room.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"

#define LOG_SOURCE "agent"

#define TARGETS_MAX 1000000
/* Data of devices on its way: the fewer are at work, the more each brings. Most of the rest that
 * comes when they bring more than usual has room in ACT_HELD. */
#define DATA_ROOM ((size_t)32 * 1024 * 1024)
#define DATA_LEAST ((size_t)64 * 1024)
/* A driver at work has what it is told as a tree, which takes so many times the text. */
#define TOLD_TREE 8
/* Visits at work at once: each holds some 30 KiB of what its device has answered until that is
 * sent. More of them are no faster, they only answer later. Of polls of quick devices far fewer
 * keep the SNMP thread busy, and what they hold stays in the processor's caches; slow and silent
 * devices wait beside them. */
#define VISITS 2500u
#define QUICK_VISITS 600u

#define LATER_OFTEN 64 /* more waiting targets than that are looked at with each tick only */

static const job_kind job_kinds[] = {
    {"device.discover",
     PLATEN_WORK_BIT(PLATEN_WORK_INFORMATION) | PLATEN_WORK_BIT(PLATEN_WORK_STATUS) |
         PLATEN_WORK_BIT(PLATEN_WORK_COUNTERS),
     true},
    {"device.information", PLATEN_WORK_BIT(PLATEN_WORK_INFORMATION), false},
    {"device.monitor", PLATEN_WORK_BIT(PLATEN_WORK_STATUS), false},
    {"device.counters", PLATEN_WORK_BIT(PLATEN_WORK_COUNTERS), false},
};

/* Every other kind is an action that a driver does, or none of a device's drivers. */
static const job_kind acting = {"action", PLATEN_WORK_BIT(PLATEN_WORK_ACT), false};

static const job_kind *kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof(job_kinds) / sizeof(job_kinds[0]); i++) {
        if (strcmp(job_kinds[i].name, name) == 0) {
            return &job_kinds[i];
        }
    }
    return name[0] != '\0' ? &acting : NULL;
}

/* ---- beginning ---- */

static char *id_text(const cJSON *tree, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, key);
    if (cJSON_IsString(item)) {
        return strdup(item->valuestring);
    }
    char text[32];
    (void)snprintf(text, sizeof(text), "%" PRId64, settings_id(tree, key, 0));
    return strdup(text);
}

/* Neighbours that are told the same, as all of a model are of a standard, have one text. */
static platen_code keep_settings(job *j, job_target *t, const char *text, platen_error *err)
{
    size_t length = strlen(text);
    char *before = t > j->targets ? t[-1].settings : NULL;
    if (before != NULL && strcmp(before, text) == 0) {
        t->settings = before;
        return PLATEN_OK;
    }
    t->settings = strdup(text);
    if (t->settings == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for settings of %zu bytes", length);
    }
    j->planned += length;
    j->longest = length > j->longest ? length : j->longest;
    atomic_fetch_add(&j->desk->planned, length);
    return PLATEN_OK;
}

static void free_settings(job *j)
{
    for (size_t i = 0; i < j->target_count; i++) {
        if (i == 0 || j->targets[i].settings != j->targets[i - 1].settings) {
            free(j->targets[i].settings);
        }
    }
    atomic_fetch_sub(&j->desk->planned, j->planned);
}

/* [id, revision] or [id, revision, "settings of its own as a JSON text"] */
static platen_code read_target(job *j, const cJSON *row, platen_error *err)
{
    const cJSON *own = cJSON_GetArrayItem(row, 2);
    job_target *t = &j->targets[j->target_count];
    t->id = settings_id(cJSON_GetArrayItem(row, 0), NULL, 0);
    t->revision = settings_id(cJSON_GetArrayItem(row, 1), NULL, 0);
    if (t->id <= 0) {
        return error_set(err, PLATEN_E_MALFORMED, "a target has no id");
    }
    j->target_count++;
    return cJSON_IsString(own) ? keep_settings(j, t, own->valuestring, err) : PLATEN_OK;
}

static platen_code read_targets(job *j, const cJSON *list, platen_error *err)
{
    int count = cJSON_GetArraySize(list);
    if (count < 0 || count > TARGETS_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "%d targets, the limit is %d", count,
                         TARGETS_MAX);
    }
    j->targets = calloc((size_t)count + 1, sizeof(*j->targets));
    j->later = calloc((size_t)count + 1, sizeof(*j->later));
    j->early = calloc((size_t)count + 1, sizeof(*j->early));
    if (j->targets == NULL || j->later == NULL || j->early == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for %d targets", count);
    }
    const cJSON *row = NULL;
    cJSON_ArrayForEach(row, list)
    {
        PLATEN_TRY(read_target(j, row, err));
    }
    return PLATEN_OK;
}

static platen_code read_job(job *j, const cJSON *tree, platen_error *err)
{
    j->id = id_text(tree, "id");
    j->run = id_text(tree, "run");
    if (j->id == NULL || j->run == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a job");
    }
    const char *kind = json_get_text(tree, "kind", "");
    j->kind = kind_of(kind);
    if (j->kind == NULL) {
        return error_set(err, PLATEN_E_MALFORMED, "a job has no kind");
    }
    if (j->kind == &acting && !act_order_read(&j->order, tree)) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a job");
    }
    if (j->desk->settings == NULL) {
        return error_set(err, PLATEN_E_STATE, "the agent has no configuration yet");
    }
    j->settings = settings_ref(j->desk->settings);
    if (!j->kind->searches) {
        return read_targets(j, json_get_array(tree, "targets"), err);
    }
    j->search = search_new(j, json_get_object(tree, "settings"));
    return j->search != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for a search");
}

static const char *name_of(const job *j)
{
    return j->order.action != NULL ? j->order.action : j->kind->name;
}

static bool is_known(const desk *d, const char *id)
{
    for (const job *j = d->jobs; j != NULL; j = j->next) {
        if (strcmp(j->id, id) == 0) {
            return true;
        }
    }
    return false;
}

void job_begin(desk *d, cJSON *tree)
{
    platen_error err = PLATEN_ERROR_INIT;
    job *j = calloc(1, sizeof(*j));
    if (j == NULL) {
        log_error("no memory for a job");
        cJSON_Delete(tree);
        return;
    }
    j->desk = d;
    platen_code rc = read_job(j, tree, &err);
    cJSON_Delete(tree);
    if (rc == PLATEN_OK && is_known(d, j->id)) {
        job_free(j); /* given twice because an answer was lost: it is under way */
        return;
    }
    if (rc != PLATEN_OK) {
        log_error("job cannot be done: %s job=%s", err.text, j->id != NULL ? j->id : "");
        if (j->id != NULL) {
            job_write_done(j, "error", rc, err.text);
        }
        job_free(j);
        return;
    }
    log_info("job begins kind=%s job=%s targets=%zu", name_of(j), j->id, j->target_count);
    job **last = &d->jobs;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = j;
    atomic_fetch_add(&d->job_count, 1);
    desk_pump(d);
}

void job_free(job *j)
{
    order_fini(j);
    search_free(j->search);
    act_order_fini(&j->order);
    settings_unref(j->settings);
    free_settings(j);
    free(j->targets);
    free(j->later);
    free(j->early);
    free(j->id);
    free(j->run);
    free(j);
}

/* ---- results without a visit ---- */

static void write_target(job *j, int64_t id, const char *state, platen_code code, const char *text)
{
    json_writer *w = outbox_begin(j->desk->outbox);
    json_text(w, "job", j->id);
    json_i64(w, "id", id);
    json_text(w, "state", state);
    json_text(w, "code", error_word(code));
    json_text(w, "text", text);
    json_text(w, "power", "unknown");
    outbox_end(j->desk->outbox);
}

void job_write_done(job *j, const char *state, platen_code code, const char *text)
{
    json_writer *w = outbox_begin(j->desk->outbox);
    json_text(w, "job", j->id);
    json_bool(w, "done", true);
    json_text(w, "state", state);
    json_text(w, "code", code == PLATEN_OK ? "ok" : error_word(code));
    json_text(w, "text", text);
    outbox_end(j->desk->outbox);
    outbox_flush(j->desk->outbox);
}

/* ---- targets ---- */

bool job_is_ready(const job *j)
{
    return j->search == NULL && !j->awaits && (j->cancelled || j->asked == j->target_count);
}

static bool has_own_credential(const visit *v)
{
    const credential *c = settings_credential(v->settings, v->device->credential);
    return c != NULL && c->kind != CREDENTIAL_USER;
}

static bool needs_snmp(const desk *d, uint32_t drivers)
{
    for (size_t i = 0; i < plug_driver_count(d->options.plugins); i++) {
        if ((drivers & 1u << i) != 0 &&
            plug_driver_get(d->options.plugins, i)->driver.transport == PLATEN_TRANSPORT_SNMP) {
            return true;
        }
    }
    return false;
}

static platen_code visit_device(job *j, device *target, const char *own, bool early)
{
    visit *v = visit_new(j->desk, j, VISIT_POLL, j->kind->works);
    if (v == NULL) {
        return PLATEN_E_NOMEM;
    }
    v->early = early;
    v->own = own;
    v->weighs = j->order.takes_data;
    v->device = target;
    v->quick = !early && j->order.action == NULL && !visit_is_slow(v);
    j->quick += v->quick ? 1 : 0;
    j->desk->early += early ? 1 : 0;
    j->desk->data_visits += v->weighs ? 1 : 0;
    v->heard = target->heard;
    target->heard = false;
    target->busy = true;
    v->texts = device_texts_ref(target->texts);
    v->address = target->address;
    if (target->drivers != 0 && (has_own_credential(v) || !needs_snmp(j->desk, target->drivers))) {
        v->drivers = target->drivers;
        v->todo = target->drivers;
        v->phase = PHASE_WORKS;
        v->credential = settings_credential(v->settings, target->credential);
        v->version = target->protocol == DEVICE_PROTOCOL_SNMPV1   ? SNMPENG_V1
                     : target->protocol == DEVICE_PROTOCOL_SNMPV3 ? SNMPENG_V3
                                                                  : SNMPENG_V2C;
        if (v->credential != NULL && v->credential->kind == CREDENTIAL_SNMPV3) {
            v->version = SNMPENG_V3;
        }
    }
    j->active++;
    visit_step(v);
    return PLATEN_OK;
}

/* Begins a target; false when its device is busy and it has to wait. */
static bool begin_target(job *j, const job_target *t, bool early)
{
    device *target = registry_get(j->desk->registry, t->id);
    if (j->cancelled) {
        write_target(j, t->id, "cancelled", PLATEN_E_CANCELLED, "the run was cancelled");
    } else if (target == NULL) {
        write_target(j, t->id, "error", PLATEN_E_NOT_FOUND, "the manager has no such device");
    } else if (!target->has_address) {
        write_target(j, t->id, "error", PLATEN_E_UNREACHABLE, "the device has no address");
    } else if (target->busy) {
        return false;
    } else if (visit_device(j, target, t->settings, early) != PLATEN_OK) {
        write_target(j, t->id, "error", PLATEN_E_NOMEM, "the agent has no memory");
    }
    return true;
}

/* What is there, and what those at work will bring. One that waits may do so for long, and has
 * nothing so far: it takes no room. */
static bool has_data_room(const job *j)
{
    const desk *d = j->desk;
    size_t usual = d->data_usual > DATA_LEAST ? d->data_usual : DATA_LEAST;
    usual += j->longest * TOLD_TREE;
    return !j->order.takes_data || d->data_visits * usual + atomic_load(&d->data_held) < DATA_ROOM;
}

/* What devices bring is expected of the next ones, too; of smaller ones it takes a while. */
static void note_data(desk *d, const visit *v)
{
    size_t brought = v->act != NULL ? v->act->data_length : 0;
    size_t less = d->data_usual - d->data_usual / 16;
    d->data_usual = brought > less ? brought : less;
}

bool job_has_room(const job *j)
{
    const desk *d = j->desk;
    size_t most = d->options.in_flight < VISITS ? d->options.in_flight : VISITS;
    return j->active - j->waiting < most && d->visit_count - d->waiting < 2u * most &&
           has_data_room(j) && !d->options.sink.full(d->options.sink.user);
}

/* For one more that may be quick: those that are known to be slow only need room. */
static bool has_quick_room(const job *j)
{
    return j->quick < QUICK_VISITS && job_has_room(j);
}

static void pump_later(job *j)
{
    size_t kept = 0;
    for (size_t i = 0; i < j->later_count; i++) {
        job_target t = j->later[i];
        if (!has_quick_room(j) || !begin_target(j, &t, false)) {
            j->later[kept++] = t;
        }
    }
    j->later_count = kept;
}

void job_begin_target(job *j, size_t position, bool early)
{
    job_target *t = &j->targets[position];
    t->state = TARGET_BEGUN;
    if (!begin_target(j, t, early)) {
        j->later[j->later_count++] = *t;
    }
}

static bool pump_targets(job *j)
{
    const desk *d = j->desk;
    if (!job_is_ready(j)) {
        return false;
    }
    if (j->later_count <= LATER_OFTEN || d->in_tick) {
        pump_later(j);
    }
    /* While there are devices to be knocked at, the others can wait. */
    while (j->at < j->target_count && (j->cancelled || (d->unasked == 0 && has_quick_room(j)))) {
        size_t position = j->at++;
        if (j->targets[position].state != TARGET_BEGUN) {
            job_begin_target(j, position, false);
        }
    }
    return j->at == j->target_count && j->later_count == 0 && j->knocks == 0;
}

bool job_pump(job *j)
{
    bool begun = j->search != NULL ? search_pump(j) : pump_targets(j);
    if (!begun || j->active > 0) {
        return false;
    }
    if (j->search != NULL) {
        search_write_done(j);
    } else {
        job_write_done(j, j->cancelled ? "cancelled" : "success",
                       j->cancelled ? PLATEN_E_CANCELLED : PLATEN_OK, "");
    }
    log_info("job ends kind=%s job=%s", name_of(j), j->id);
    return true;
}

void job_visit_done(job *j, visit *v)
{
    desk *d = j->desk;
    bool found = false;
    if (v->cancelled && atomic_load(&d->halted)) {
        /* The agent stops: the manager gives the target out again. */
    } else if (v->mode == VISIT_SEARCH) {
        found = visit_write_verdict(v);
    } else if (j->order.action != NULL) {
        if (v->weighs) {
            note_data(d, v);
        }
        visit_write_act(v);
    } else {
        visit_write_poll(v);
    }
    j->active--;
    bool searching = v->mode == VISIT_SEARCH;
    visit_free(v);
    if (searching) {
        search_visit_done(j, found);
    }
    if (!atomic_load(&d->halted)) {
        desk_pump(d);
    }
}

/* What runs on a device finishes; what has not begun never does (DECISIONS, Tasks). */
void job_cancel(job *j)
{
    j->cancelled = true;
    order_fini(j);
}
