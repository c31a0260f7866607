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
