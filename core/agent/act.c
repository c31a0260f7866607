/* See act.h. Texts come from drivers and devices: cut, and clean UTF-8. */
#include "core/agent/act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"

void act_order_fini(act_order *order)
{
    free(order->action);
    free(order->settings);
    order->action = NULL;
    order->settings = NULL;
}

bool act_order_read(act_order *order, const cJSON *job)
{
    const cJSON *tree = json_get_object(job, "settings");
    char *text = tree != NULL ? cJSON_PrintUnformatted(tree) : NULL;
    bool preview = strcmp(json_get_text(job, "mode", ""), "preview") == 0;
    order->action = strdup(json_get_text(job, "kind", ""));
    order->settings = strdup(text != NULL ? text : "{}");
    order->flags = (preview ? PLATEN_ACT_PREVIEW : 0) |
                   (json_get_bool(job, "verify", false) ? PLATEN_ACT_VERIFY : 0);
    order->first = json_get_i64(job, "first", 0);
    order->takes_data = json_get_bool(job, "data", false) && !preview;
    order->each = json_get_bool(job, "each", false);
    cJSON_free(text);
    return order->action != NULL && order->settings != NULL;
}

act *act_new(const act_order *order, const char *own, atomic_size_t *held)
{
    act *a = calloc(1, sizeof(*a));
    if (a == NULL) {
        return NULL;
    }
    strbuf_init(&a->changes);
    strbuf_init(&a->log);
    a->order = *order;
    a->order.action = strdup(order->action);
    a->order.settings = strdup(own != NULL ? own : order->settings);
    a->held = held;
    a->data_room = PLATEN_DATA_MAX;
    if (a->order.action == NULL || a->order.settings == NULL) {
        act_free(a);
        return NULL;
    }
    return a;
}

static void drop_data(act *a)
{
    if (a->data != NULL) {
        atomic_fetch_sub(a->held, a->data_length);
        free(a->data);
        a->data = NULL;
        a->data_length = 0;
    }
}

void act_free(act *a)
{
    if (a != NULL) {
        drop_data(a);
        act_order_fini(&a->order);
        strbuf_fini(&a->changes);
        strbuf_fini(&a->log);
        free(a);
    }
}

/* A member of an object in a list that is written by pieces. */
static void put_text(strbuf *out, const char *key, const char *value)
{
    strbuf clean;
    const char *text = value != NULL ? value : "";
    strbuf_init(&clean);
    text_from_device(&clean, text, text_cut(text, strlen(text), ACT_LINE));
    strbuf_appendf(out, "\"%s\":", key);
    json_quote(out, clean.data, clean.length);
    strbuf_fini(&clean);
}

void act_add_change(act *a, const char *path, const char *from, const char *to)
{
    if (a->change_count == ACT_CHANGES || path == NULL) {
        return;
    }
    strbuf_append(&a->changes, a->change_count++ > 0 ? ",{" : "{");
    put_text(&a->changes, "path", path);
    strbuf_append(&a->changes, ",");
    put_text(&a->changes, "from", from);
    strbuf_append(&a->changes, ",");
    put_text(&a->changes, "to", to);
    strbuf_append(&a->changes, "}");
}

void act_add_line(act *a, uint32_t level, const char *text)
{
    static const char *const words[] = {"info", "warning", "error"};
    if (a->line_count == ACT_LINES || text == NULL) {
        return;
    }
    strbuf_appendf(&a->log, "%s{\"at\":%lld,\"level\":\"%s\",", a->line_count++ > 0 ? "," : "",
                   (long long)clock_now(), words[level <= PLATEN_ACT_ERROR ? level : 0]);
    put_text(&a->log, "text", text);
    strbuf_append(&a->log, "}");
}

platen_code act_set_data(act *a, const char *json, size_t length, platen_error *err)
{
    if (length > a->data_room) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "data of %zu bytes, at most %zu of this driver can be", length,
                         a->data_room);
    }
    drop_data(a);
    if (atomic_fetch_add(a->held, length) + length > ACT_HELD) {
        atomic_fetch_sub(a->held, length);
        return error_set(err, PLATEN_E_UNAVAILABLE,
                         "no room for %zu bytes: %zu bytes of data are on their way", length,
                         ACT_HELD);
    }
    a->data = malloc(length + 1);
    if (a->data == NULL) {
        atomic_fetch_sub(a->held, length);
        return error_set(err, PLATEN_E_NOMEM, "no memory for %zu bytes of data", length);
    }
    memcpy(a->data, json, length);
    a->data[length] = '\0';
    a->data_length = length;
    return PLATEN_OK;
}

void act_end(act *a, act_outcome outcome, const char *code, const char *text)
{
    size_t length = code != NULL ? strnlen(code, ACT_CODE + 1) : 0;
    bool valid = length > 0 && length <= ACT_CODE &&
                 strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
    a->outcome = outcome;
    (void)snprintf(a->code, sizeof(a->code), "%s", valid ? code : "internal");
    (void)snprintf(a->text, sizeof(a->text), "%s", text != NULL ? text : "");
}

/* ---- several drivers ---- */

#define KEY_BYTES 5 /* of {"driver":…} besides the driver */

size_t act_join_room(const act *all, const char *driver)
{
    size_t taken = strlen(driver) + KEY_BYTES + (all != NULL ? all->data_length : 0);
    return taken < PLATEN_DATA_MAX ? PLATEN_DATA_MAX - taken : 0;
}

void act_join_text(char text[PLATEN_ERROR_TEXT], const char *more)
{
    const size_t room = PLATEN_ERROR_TEXT - 1;
    size_t said = strlen(text);
    size_t added = strlen(more) + 2; /* "; " */
    if (said == 0) {
        (void)snprintf(text, PLATEN_ERROR_TEXT, "%s", more);
        return;
    }
    if (said + added > room) {
        size_t half = added < room / 2 ? room - added : room / 2;
        said = text_cut(text, said, said < half ? said : half);
        added = text_cut(more, added - 2, room - said - 2) + 2;
    }
    (void)snprintf(text + said, PLATEN_ERROR_TEXT - said, "; %.*s", (int)(added - 2), more);
}

/* {"first":…} becomes {"first":…,"driver":…}; `all` has its own data, or one that was joined. */
static bool join_data(act *all, const act *one, const char *driver)
{
    size_t before = all != one && all->data != NULL ? all->data_length - 1 : 0; /* but for the } */
    size_t room = before + strlen(driver) + KEY_BYTES + one->data_length;
    char *joined = malloc(room + 1);
    if (joined == NULL) {
        return false;
    }
    int length =
        snprintf(joined, room + 1, "%.*s%c\"%s\":%.*s}", (int)before, before > 0 ? all->data : "",
                 before > 0 ? ',' : '{', driver, (int)one->data_length, one->data);
    drop_data(all);
    all->data = joined;
    all->data_length = (size_t)length;
    atomic_fetch_add(all->held, all->data_length);
    return true;
}

static void join_list(strbuf *all, unsigned *count, unsigned most, const strbuf *one,
                      unsigned added)
{
    if (added > 0 && *count < most) {
        strbuf_append(all, *count > 0 ? "," : "");
        strbuf_append_n(all, one->data, one->length);
        *count += added;
    }
}

/* What counts more is higher. */
static int grade(const act *a)
{
    bool unsupported = strcmp(a->code, error_word(PLATEN_E_UNSUPPORTED)) == 0;
    return a->outcome == ACT_WARNED ? 3 : a->outcome == ACT_DONE ? 2 : !unsupported ? 1 : 0;
}

static void name_driver(act *a, const char *driver)
{
    char text[PLATEN_ERROR_TEXT];
    if (a->text[0] != '\0') {
        (void)snprintf(text, sizeof(text), "%s: %.*s", driver,
                       (int)text_cut(a->text, strlen(a->text), sizeof(text) - strlen(driver) - 3),
                       a->text);
        memcpy(a->text, text, sizeof(text));
    }
}

static void join_outcome(act *all, const act *one)
{
    if (grade(one) > grade(all)) {
        all->outcome = one->outcome;
        memcpy(all->code, one->code, sizeof(all->code));
        memcpy(all->text, one->text, sizeof(all->text));
    } else if (grade(one) == grade(all) && one->text[0] != '\0') {
        act_join_text(all->text, one->text);
    }
}

bool act_join(act **all, act *one, const char *driver, bool failed)
{
    if (failed) {
        act_end(one, ACT_SKIPPED, error_word(PLATEN_E_UNSUPPORTED), "");
    }
    name_driver(one, driver);
    bool first = *all == NULL;
    act *into = first ? one : *all;
    bool kept = one->data == NULL || join_data(into, one, driver);
    *all = into;
    if (first) {
        return kept;
    }
    join_list(&into->changes, &into->change_count, ACT_CHANGES, &one->changes, one->change_count);
    join_list(&into->log, &into->line_count, ACT_LINES, &one->log, one->line_count);
    join_outcome(into, one);
    into->credential = into->credential != 0 ? into->credential : one->credential;
    act_free(one);
    return kept;
}

/* ---- the result ---- */

static void write_list(json_writer *w, const char *key, const strbuf *members)
{
    strbuf list;
    strbuf_init(&list);
    strbuf_append(&list, "[");
    strbuf_append(&list, members->data);
    strbuf_append(&list, "]");
    if (!members->failed && !list.failed) {
        json_raw(w, key, list.data);
    }
    strbuf_fini(&list);
}

void act_write(const act *a, json_writer *w)
{
    if (a->credential != 0) {
        json_object(w, "params");
        json_id(w, "credential", a->credential);
        json_object_end(w);
    }
    if (a->change_count > 0) {
        write_list(w, "changes", &a->changes);
    }
    if (a->line_count > 0) {
        write_list(w, "log", &a->log);
    }
    if (a->data != NULL) {
        json_text_n(w, "data", a->data, a->data_length);
    }
}
