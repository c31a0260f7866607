/* The tables of differences and of results of monitoring. */
#include "drift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what differs now ---- */

/* Of a setting of the standard; borrowed, the found one NULL where the device has no such setting.
 */
typedef struct difference {
    const item *i;
    const cJSON *found;
    bool stays; /* a row that is open says the same */
} difference;

typedef struct comparison {
    difference *at; /* in the order of paths */
    uint32_t count;
    uint32_t internal;
    uint32_t written; /* of those that are right now, because they were written */
    difference *gone; /* differed until they were written */
    uint32_t gone_count;
} comparison;

/* What the device has when all is over. */
static const cJSON *value_now(const item_answer *a)
{
    return result_touched(a->result) && a->after != NULL ? a->after : a->before;
}

/* SET-112: what nobody can set by hand is counted, and listed apart. */
static bool is_internal(const item *i)
{
    return !i->writable;
}

static void compare_item(comparison *c, const item *i, const item_answer *a)
{
    const cJSON *now = value_now(a);
    if (a->result == RESULT_SAME || (now != NULL && item_same(now, i->value))) {
        if (a->result == RESULT_WRITTEN) {
            c->gone[c->gone_count++] = (difference){.i = i, .found = a->before};
            c->written++;
        }
        return;
    }
    if (a->result == RESULT_WRITTEN && a->after == NULL) { /* it cannot be read back: a secret */
        c->written++;
        return;
    }
    c->at[c->count++] = (difference){.i = i, .found = now};
    c->internal += is_internal(i) ? 1 : 0;
}

static platen_code compare(const aim *a, const item_answer *answers, uint32_t relation,
                           comparison *c, platen_error *err)
{
    *c = (comparison){.at = calloc((size_t)a->items.count + 1, sizeof(*c->at)),
                      .gone = calloc((size_t)a->items.count + 1, sizeof(*c->gone))};
    if (c->at == NULL || c->gone == NULL) {
        return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for a comparison");
    }
    for (uint32_t i = 0; i < a->items.count; i++) {
        if (aim_counts(&a->items.at[i], relation)) {
            compare_item(c, &a->items.at[i], &answers[i]);
        }
    }
    return PLATEN_OK;
}

/* An exchange that broke off says nothing of the rest: then nothing is said of the device
 * (SET-106).
 */
static bool is_whole(const platen_outcome *o, const aim *a, const item_answer *answers,
                     uint32_t relation)
{
    if (strcmp(o->state, "success") == 0 || strcmp(o->state, "warning") == 0) {
        return true;
    }
    for (uint32_t i = 0; i < a->items.count; i++) {
        bool unknown = answers[i].result == RESULT_NONE ||
                       (answers[i].result == RESULT_FAILED && answers[i].before == NULL);
        if (unknown && aim_counts(&a->items.at[i], relation)) {
            return false;
        }
    }
    return strcmp(o->state, "error") == 0;
}

/* ---- rows of differences ---- */

typedef struct opening {
    int64_t device, data, at;
} opening;

static difference *find(const comparison *c, const char *path)
{
    uint32_t low = 0;
    uint32_t high = c->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(c->at[middle].i->path, path);
        if (order == 0) {
            return &c->at[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

/* Whether an open row says what is so now; its texts are the database's. */
static bool says(const difference *d, const char *wanted, const char *found, bool missing)
{
    cJSON *want = cJSON_Parse(wanted);
    cJSON *has = missing ? NULL : cJSON_Parse(found);
    bool same = item_same(want, d->i->value) &&
                (missing ? d->found == NULL : d->found != NULL && item_same(has, d->found));
    cJSON_Delete(want);
    cJSON_Delete(has);
    return same;
}

typedef struct id_list {
    int64_t *at;
    uint32_t count, room;
} id_list;

static platen_code note(id_list *list, int64_t id, platen_error *err)
{
    if (list->count == list->room) {
        uint32_t room = list->room > 0 ? list->room * 2 : 64;
        int64_t *more = reallocarray(list->at, room, sizeof(*more));
        if (more == NULL) {
            return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for differences");
        }
        list->at = more;
        list->room = room;
    }
    list->at[list->count++] = id;
    return PLATEN_OK;
}

/* Rows that are open and are not so any more; those that are, are marked. */
static platen_code look_at_open(platen_tx *tx, const opening *o, comparison *c, id_list *over,
                                platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store->prepare(tx, "difference_open", &rows, err));
    store->bind_i64(rows, "device", o->device);
    store->bind_i64(rows, "data", o->data);
    while ((rc = store->step(rows, err)) == PLATEN_OK) {
        difference *d = find(c, store->text(rows, 1));
        if (d != NULL && !d->stays &&
            says(d, store->text(rows, 2), store->text(rows, 3), store->is_null(rows, 3))) {
            d->stays = true;
        } else {
            PLATEN_TRY(note(over, store->i64(rows, 0), err));
        }
    }
    store->reset(rows);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code close_row(platen_tx *tx, int64_t id, int64_t until, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "difference_close", &rows, err));
    store->bind_i64(rows, "id", id);
    store->bind_i64(rows, "until", until);
    return statement_run(rows, NULL, err);
}

/* `closed`: it was so until it was written just now. */
static platen_code open_row(platen_tx *tx, const opening *o, const difference *d, bool closed,
                            platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    char *wanted = cJSON_PrintUnformatted(d->i->value);
    char *found = d->found != NULL ? cJSON_PrintUnformatted(d->found) : NULL;
    bool good = wanted != NULL && (d->found == NULL || found != NULL);
    platen_code rc = good
                         ? store->prepare(tx, "difference_add", &rows, err)
                         : the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for differences");
    if (rc == PLATEN_OK) {
        store->bind_i64(rows, "device", o->device);
        store->bind_i64(rows, "data", o->data);
        store->bind_text(rows, "path", d->i->path);
        store->bind_text(rows, "category", d->i->category);
        store->bind_text(rows, "wanted", wanted);
        store->bind_text(rows, "found", found);
        store->bind_i64(rows, "internal", is_internal(d->i) ? 1 : 0);
        store->bind_i64(rows, "since", o->at);
        if (closed) {
            store->bind_i64(rows, "until", o->at);
        } else {
            store->bind_null(rows, "until");
        }
        rc = statement_run(rows, NULL, err);
    }
    cJSON_free(wanted);
    cJSON_free(found);
    return rc;
}

/* A row is of the results from `since` to `until`, both with it: what is right at `at` was
 * different until just before. */
static platen_code put_differences(platen_tx *tx, const opening *o, comparison *c,
                                   platen_error *err)
{
    id_list over = {NULL, 0, 0};
    platen_code rc = look_at_open(tx, o, c, &over, err);
    for (uint32_t i = 0; rc == PLATEN_OK && i < over.count; i++) {
        rc = close_row(tx, over.at[i], o->at - 1, err);
    }
    free(over.at);
    for (uint32_t i = 0; rc == PLATEN_OK && i < c->count; i++) {
        rc = c->at[i].stays ? PLATEN_OK : open_row(tx, o, &c->at[i], false, err);
    }
    for (uint32_t i = 0; rc == PLATEN_OK && i < c->gone_count; i++) {
        rc = open_row(tx, o, &c->gone[i], true, err);
    }
    return rc;
}

/* ---- rows of results ---- */

/* The id of the latest result when that matched, else 0. */
static platen_code last_match(platen_tx *tx, const opening *o, int64_t *id, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "log_last", &rows, err));
    store->bind_i64(rows, "device", o->device);
    store->bind_i64(rows, "data", o->data);
    platen_code rc = store->step(rows, err);
    *id = rc == PLATEN_OK && strcmp(store->text(rows, 1), LOG_MATCH) == 0 ? store->i64(rows, 0) : 0;
    store->reset(rows);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code move_match(platen_tx *tx, int64_t id, const platen_outcome *outcome,
                              platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "log_move", &rows, err));
    store->bind_i64(rows, "id", id);
    store->bind_i64(rows, "run", outcome->run);
    store->bind_i64(rows, "made", outcome->ended);
    return statement_run(rows, NULL, err);
}

static platen_code put_log(platen_tx *tx, const platen_outcome *outcome, const aim *a,
                           const comparison *c, const char *state, platen_error *err)
{
    const platen_store *store = the_feature.store;
    const opening o = {outcome->device, a->info.id, outcome->ended};
    platen_rows *rows = NULL;
    int64_t last = 0;
    bool match = strcmp(state, LOG_MATCH) == 0;
    if (match) {
        PLATEN_TRY(last_match(tx, &o, &last, err));
    }
    if (last != 0) {
        return move_match(tx, last, outcome, err);
    }
    PLATEN_TRY(store->prepare(tx, "log_add", &rows, err));
    store->bind_i64(rows, "device", o.device);
    store->bind_i64(rows, "data", o.data);
    store->bind_text(rows, "name", a->info.name);
    store->bind_i64(rows, "run", outcome->run);
    store->bind_i64(rows, "made", outcome->ended);
    store->bind_text(rows, "state", state);
    store->bind_i64(rows, "count", c->count + c->gone_count);
    store->bind_i64(rows, "internal", c->internal);
    return statement_run(rows, NULL, err);
}

platen_code drift_put(platen_tx *tx, const platen_outcome *outcome, const reply *r, const aim *a,
                      uint32_t relation, bool overwrite, platen_error *err)
{
    const opening o = {outcome->device, a->info.id, outcome->ended};
    item_answer *answers = NULL;
    comparison c = {.at = NULL};
    PLATEN_TRY(reply_answers(r, &a->items, &answers, err));
    if (!is_whole(outcome, a, answers, relation)) {
        free(answers);
        return PLATEN_OK;
    }
    platen_code rc = compare(a, answers, relation, &c, err);
    if (rc == PLATEN_OK) {
        rc = put_differences(tx, &o, &c, err);
    }
    if (rc == PLATEN_OK) {
        const char *state = c.count > 0     ? (overwrite ? LOG_INCOMPLETE : LOG_DIFFERENT)
                            : c.written > 0 ? LOG_OVERWRITTEN
                                            : LOG_MATCH;
        rc = put_log(tx, outcome, a, &c, state, err);
    }
    if (rc == PLATEN_OK) {
        rc = device_refresh(tx, outcome->device, err);
    }
    free(c.at);
    free(c.gone);
    free(answers);
    return rc;
}

platen_code drift_count(platen_tx *tx, int64_t run, drift_sum *out, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    *out = (drift_sum){.compared = 0};
    PLATEN_TRY(store->prepare(tx, "log_of_run", &rows, err));
    store->bind_i64(rows, "run", run);
    while ((rc = store->step(rows, err)) == PLATEN_OK) {
        const char *state = store->text(rows, 0);
        int64_t count = store->i64(rows, 1);
        out->compared += count;
        out->match += strcmp(state, LOG_MATCH) == 0 ? count : 0;
        out->different += strcmp(state, LOG_DIFFERENT) == 0 ? count : 0;
        out->overwritten += strcmp(state, LOG_OVERWRITTEN) == 0 ? count : 0;
        out->incomplete += strcmp(state, LOG_INCOMPLETE) == 0 ? count : 0;
    }
    store->reset(rows);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code drift_load(platen_error *err)
{
    static const char *const statements[][2] = {
        {"difference_open", "SELECT id, path, wanted, found FROM setting_value_difference\n"
                            "WHERE device_id = :device AND data_id = :data AND until IS NULL"},
        {"difference_close", "UPDATE setting_value_difference SET until = :until WHERE id = :id"},
        {"difference_add",
         "INSERT INTO setting_value_difference\n"
         "  (device_id, data_id, path, category, wanted, found, internal, since, until)\n"
         "VALUES (:device, :data, :path, :category, :wanted, :found, :internal, :since, :until)"},
        {"log_last", "SELECT id, state FROM setting_value_log\n"
                     "WHERE device_id = :device AND data_id = :data\n"
                     "ORDER BY made DESC, id DESC LIMIT 1"},
        {"log_move", "UPDATE setting_value_log SET run = :run, made = :made WHERE id = :id"},
        {"log_add",
         "INSERT INTO setting_value_log\n"
         "  (device_id, data_id, data_name, run, made, since, state, count, internal)\n"
         "VALUES (:device, :data, :name, :run, :made, :made, :state, :count, :internal)"},
        {"log_of_run", "SELECT state, count(*) FROM setting_value_log\n"
                       "WHERE run = :run GROUP BY state"},
    };
    return statements_add(statements, sizeof(statements) / sizeof(statements[0]), err);
}
