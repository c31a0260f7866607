/* What distributions leave behind. */
#include "distribution.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"
#include "key.h"
#include "operation.h"

#define CATEGORIES 64 /* of a distribution: more are told together */
#define RESULT_TEXT 240

/* ---- results by category ---- */

typedef struct tally {
    const char *category;
    uint32_t good, failed, missing, not_for_it;
    uint32_t unconfirmed;    /* of those that failed: sent, and nobody knows more */
    uint32_t guarded;        /* of those that failed: the device has another password for them */
    char first[RESULT_TEXT]; /* of what failed */
} tally;

typedef struct tallies {
    tally at[CATEGORIES];
    size_t count;
    uint32_t written, failed;
} tallies;

static tally *tally_of(tallies *all, const char *category)
{
    size_t i = 0;
    while (i < all->count && strcmp(all->at[i].category, category) != 0) {
        i++;
    }
    if (i == all->count && all->count < CATEGORIES) {
        all->at[all->count++] = (tally){.category = category};
    }
    return &all->at[i < CATEGORIES ? i : CATEGORIES - 1];
}

static void count_item(tallies *all, const item *i, const item_answer *a, uint32_t relation)
{
    tally *t = tally_of(all, i->category);
    if (!aim_counts(i, relation)) {
        t->not_for_it += i->output ? 1 : 0;
    } else if (a->result == RESULT_NONE || a->result == RESULT_NOT_SUPPORTED) {
        t->missing++;
    } else if (result_failed(a->result)) {
        if (t->failed++ == 0) {
            (void)snprintf(t->first, sizeof(t->first), "%.100s%s%.100s", i->path,
                           a->text[0] != '\0' ? ": " : "", a->text);
        }
        t->unconfirmed += a->result == RESULT_NOT_CONFIRMED ? 1 : 0;
        t->guarded += a->result == RESULT_WRONG_PASSWORD ? 1 : 0;
        all->failed++;
    } else {
        t->good++;
        all->written += a->result == RESULT_WRITTEN ? 1 : 0;
    }
}

static void describe(const tally *t, char text[RESULT_TEXT])
{
    int length = 0;
    text[0] = '\0';
    if (t->guarded > 0) { /* SET-80, SET-81 */
        length = snprintf(text, RESULT_TEXT,
                          "its password differs from the device's, %u settings were not sent: make "
                          "the passwords equal, or distribute data without this category",
                          (unsigned)t->guarded);
    } else if (t->failed > 0) {
        length = snprintf(text, RESULT_TEXT, "%u %s, first %.190s", (unsigned)t->failed,
                          t->failed == t->unconfirmed ? "not confirmed" : "failed", t->first);
    }
    if (t->missing > 0 && length >= 0 && length < RESULT_TEXT) {
        length +=
            snprintf(text + length, RESULT_TEXT - (size_t)length, "%s%u are not on the device",
                     length > 0 ? "; " : "", (unsigned)t->missing);
    }
    if (t->not_for_it > 0 && length >= 0 && length < RESULT_TEXT) {
        (void)snprintf(text + length, RESULT_TEXT - (size_t)length,
                       "%s%u take no effect on this device", length > 0 ? "; " : "",
                       (unsigned)t->not_for_it);
    }
}

static platen_code put_result(platen_tx *tx, int64_t distribution, int64_t device, const tally *t,
                              platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    char text[RESULT_TEXT];
    describe(t, text);
    PLATEN_TRY(store->prepare(tx, "result_add", &rows, err));
    store->bind_i64(rows, "distribution", distribution);
    store->bind_i64(rows, "device", device);
    store->bind_text(rows, "category", t->category);
    store->bind_text(rows, "state",
                     t->failed > 0 ? "failure"
                     : t->good > 0 ? "success"
                                   : "not-supported");
    store->bind_text(rows, "text", text);
    return statement_run(rows, NULL, err);
}

/* ---- what was there before ---- */

static cJSON *before_of(const item *i, const item_answer *a)
{
    cJSON *object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "path", i->path);
    (void)cJSON_AddStringToObject(object, "category", i->category);
    (void)cJSON_AddItemToObject(object, "value", cJSON_Duplicate(a->before, false));
    (void)cJSON_AddStringToObject(object, "case", "A");
    return object;
}

/* Of each setting that was touched and had another value. Secrets have none to be put back. */
static platen_code keep_before(platen_tx *tx, const item_list *items, const item_answer *answers,
                               int64_t *content, platen_error *err)
{
    cJSON *list = cJSON_CreateArray();
    item_list before = {NULL, 0, NULL};
    for (uint32_t i = 0; i < items->count; i++) {
        const item_answer *a = &answers[i];
        if (result_touched(a->result) && a->before != NULL && !item_same(a->before, a->after) &&
            !item_secret(items->at[i].path)) {
            (void)cJSON_AddItemToArray(list, before_of(&items->at[i], a));
        }
    }
    platen_code rc = items_take(list, &before, err);
    *content = 0;
    if (rc == PLATEN_OK && before.count > 0) {
        char *text = items_text(&before);
        rc = text != NULL ? content_put(tx, KEY_OWN, text, strlen(text), content, err)
                          : the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for undo data");
        cJSON_free(text);
    }
    items_fini(&before);
    return rc;
}

/* ---- rows ---- */

/* Of the oldest ones of a device what was there before goes too. */
static platen_code forget_old(platen_tx *tx, int64_t device, platen_error *err)
{
    const platen_store *store = the_feature.store;
    int64_t ids[8];
    int64_t contents[8];
    size_t count = 0;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store->prepare(tx, "distribution_old", &rows, err));
    store->bind_i64(rows, "device", device);
    store->bind_i64(rows, "keep", DISTRIBUTIONS_KEPT);
    while (count < 8 && (rc = store->step(rows, err)) == PLATEN_OK) {
        ids[count] = store->i64(rows, 0);
        contents[count++] = store->i64(rows, 1);
    }
    store->reset(rows);
    if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    for (size_t i = 0; i < count; i++) {
        PLATEN_TRY(store->prepare(tx, "distribution_delete", &rows, err));
        store->bind_i64(rows, "id", ids[i]);
        PLATEN_TRY(statement_run(rows, NULL, err));
        if (contents[i] != 0) {
            PLATEN_TRY(content_drop(tx, contents[i], err));
        }
    }
    return PLATEN_OK;
}

typedef struct putting {
    const platen_outcome *outcome;
    int64_t data, undo;
    const char *name;
    const tallies *all;
} putting;

static platen_code put_row(platen_tx *tx, const putting *p, int64_t *id, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "distribution_add", &rows, err));
    store->bind_i64(rows, "device", p->outcome->device);
    if (p->data != 0) {
        store->bind_i64(rows, "data", p->data);
    } else {
        store->bind_null(rows, "data");
    }
    store->bind_text(rows, "name", p->name);
    store->bind_i64(rows, "run", p->outcome->run);
    store->bind_i64(rows, "made", p->outcome->ended);
    store->bind_text(rows, "state", p->outcome->state);
    store->bind_i64(rows, "written", p->all->written);
    store->bind_i64(rows, "failed", p->all->failed);
    if (p->undo != 0) {
        store->bind_i64(rows, "undo", p->undo);
    } else {
        store->bind_null(rows, "undo");
    }
    PLATEN_TRY(store->step(rows, err));
    *id = store->i64(rows, 0);
    store->reset(rows);
    return PLATEN_OK;
}

static platen_code put_all(platen_tx *tx, putting *p, const item_list *items,
                           const item_answer *answers, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(keep_before(tx, items, answers, &p->undo, err));
    PLATEN_TRY(put_row(tx, p, &id, err));
    for (size_t i = 0; i < p->all->count; i++) {
        PLATEN_TRY(put_result(tx, id, p->outcome->device, &p->all->at[i], err));
    }
    return forget_old(tx, p->outcome->device, err);
}

platen_code distribution_put(platen_tx *tx, const platen_outcome *outcome, const reply *r,
                             const item_list *items, uint32_t relation, int64_t data,
                             const char *name, platen_error *err)
{
    item_answer *answers = NULL;
    PLATEN_TRY(reply_answers(r, items, &answers, err));
    tallies *all = calloc(1, sizeof(*all));
    platen_code rc =
        all != NULL ? PLATEN_OK
                    : the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for a distribution");
    if (rc == PLATEN_OK) {
        for (uint32_t i = 0; i < items->count; i++) {
            count_item(all, &items->at[i], &answers[i], relation);
        }
        putting p = {.outcome = outcome, .data = data, .name = name, .all = all};
        rc = put_all(tx, &p, items, answers, err);
    }
    free(all);
    free(answers);
    return rc;
}

platen_code distribution_before(platen_tx *tx, int64_t run, int64_t device, item_list *out,
                                platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    char *plain = NULL;
    size_t length = 0;
    *out = (item_list){NULL, 0, NULL};
    PLATEN_TRY(store->prepare(tx, "distribution_undo", &rows, err));
    store->bind_i64(rows, "run", run);
    store->bind_i64(rows, "device", device);
    platen_code rc = store->step(rows, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        return the_feature.host->fail(err, rc, "run %lld distributed nothing to the device",
                                      (long long)run);
    }
    PLATEN_TRY(rc);
    int64_t content = store->i64(rows, 0);
    store->reset(rows);
    if (content == 0) {
        return PLATEN_OK;
    }
    PLATEN_TRY(content_get(tx, content, &plain, &length, err));
    rc = items_parse(plain, length, out, err);
    free(plain);
    return rc;
}

/* ---- the operation undo ---- */

typedef struct undoing {
    platen_call *call;
    const cJSON *ids;
    cJSON *made;
} undoing;

/* Data of what the device had before that distribution, for that device alone. */
static platen_code make_data(platen_tx *tx, int64_t id, int64_t device, int64_t run,
                             const char *content, size_t length, int64_t *made, platen_error *err)
{
    data_info info = {.purpose = DATA_DISTRIBUTION, .origin = DATA_BACKUP};
    device_named named;
    item_list items = {NULL, 0, NULL};
    PLATEN_TRY(known_name(tx, device, &named, err));
    (void)snprintf(info.name, sizeof(info.name), "undo of run %lld on device %lld (%lld)",
                   (long long)run, (long long)device, (long long)id);
    (void)snprintf(info.serial, sizeof(info.serial), "%s", named.serial);
    (void)snprintf(info.model, sizeof(info.model), "%s", named.model);
    PLATEN_TRY(items_parse(content, length, &items, err));
    platen_code rc = data_add(tx, &info, &items, made, err);
    items_fini(&items);
    return rc;
}

static platen_code undo_one(undoing *u, platen_tx *tx, int64_t id, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    char *plain = NULL;
    size_t length = 0;
    char text[24];
    int64_t made = 0;
    PLATEN_TRY(store->prepare(tx, "distribution_find", &rows, err));
    store->bind_i64(rows, "id", id);
    platen_code rc = store->step(rows, err);
    int64_t device = rc == PLATEN_OK ? store->i64(rows, 0) : 0;
    int64_t run = rc == PLATEN_OK ? store->i64(rows, 1) : 0;
    int64_t content = rc == PLATEN_OK ? store->i64(rows, 2) : 0;
    store->reset(rows);
    if (rc == PLATEN_E_NOT_FOUND ||
        (rc == PLATEN_OK && !the_feature.op->in_regions(u->call, device))) {
        the_feature.op->invalid(u->call, "/ids", "not-found", "there is no such distribution");
        return the_feature.host->fail(err, PLATEN_E_INVAL, "there is no distribution %lld",
                                      (long long)id);
    }
    PLATEN_TRY(rc);
    if (content == 0) {
        return the_feature.host->fail(
            err, PLATEN_E_STATE, "distribution %lld changed nothing that is known", (long long)id);
    }
    PLATEN_TRY(content_get(tx, content, &plain, &length, err));
    rc = make_data(tx, id, device, run, plain, length, &made, err);
    free(plain);
    PLATEN_TRY(rc);
    (void)snprintf(text, sizeof(text), "%lld", (long long)made);
    (void)cJSON_AddItemToArray(u->made, cJSON_CreateString(text));
    return PLATEN_OK;
}

static platen_code undo_all(platen_tx *tx, void *user, platen_error *err)
{
    undoing *u = user;
    const cJSON *one = NULL;
    cJSON_ArrayForEach(one, u->ids)
    {
        const char *text = cJSON_GetStringValue(one);
        PLATEN_TRY(undo_one(u, tx, text != NULL ? operation_number(text) : 0, err));
    }
    return PLATEN_OK;
}

static platen_code undo(platen_call *call, const cJSON *arguments, platen_error *err)
{
    undoing u = {call, cJSON_GetObjectItemCaseSensitive(arguments, "ids"), cJSON_CreateArray()};
    platen_code rc = the_feature.store->write(the_feature.ctx, undo_all, &u, err);
    if (rc != PLATEN_OK) {
        cJSON_Delete(u.made);
        return rc;
    }
    cJSON *answer = cJSON_CreateObject();
    (void)cJSON_AddItemToObject(answer, "data", u.made);
    return operation_answer(call, answer, err);
}

platen_code distribution_load(platen_error *err)
{
    static const char *const statements[][2] = {
        {"distribution_add",
         "INSERT INTO setting_value_distribution\n"
         "  (device_id, data_id, data_name, run, made, state, written, failed, undo_id)\n"
         "VALUES (:device, :data, :name, :run, :made, :state, :written, :failed, :undo)\n"
         "RETURNING id"},
        {"distribution_old", "SELECT id, coalesce(undo_id, 0) FROM setting_value_distribution\n"
                             "WHERE device_id = :device ORDER BY made DESC, id DESC\n"
                             "LIMIT 8 OFFSET :keep"},
        {"distribution_delete", "DELETE FROM setting_value_distribution WHERE id = :id"},
        {"distribution_undo", "SELECT coalesce(undo_id, 0) FROM setting_value_distribution\n"
                              "WHERE device_id = :device AND run = :run\n"
                              "ORDER BY made DESC, id DESC LIMIT 1"},
        {"distribution_find", "SELECT device_id, run, coalesce(undo_id, 0)\n"
                              "FROM setting_value_distribution WHERE id = :id"},
        {"result_add", "INSERT INTO setting_value_result\n"
                       "  (distribution_id, device_id, category, state, text)\n"
                       "VALUES (:distribution, :device, :category, :state, :text)"},
    };
    PLATEN_TRY(statements_add(statements, sizeof(statements) / sizeof(statements[0]), err));
    return operation_add("undo", PLATEN_OPERATION_WRITE, OPERATION_IDS, undo, err);
}
