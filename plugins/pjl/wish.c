/* See wish.h. */
#include "wish.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(wish *one, wish_result result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(wish *one, wish_result result, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(one->why, sizeof(one->why), format, args);
    va_end(args);
    one->result = result;
}

/* ---- reading them ---- */

static bool is_ours(const char *path)
{
    return strncmp(path, "pjl/", 4) == 0;
}

static platen_code read_item(wishes *w, const device *d, const cJSON *item, platen_error *err)
{
    const cJSON *path = cJSON_GetObjectItemCaseSensitive(item, "path");
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, "value");
    if (!cJSON_IsString(path)) {
        return d->line.driver->host->fail(err, PLATEN_E_INVAL, "a setting has no path");
    }
    if (!is_ours(path->valuestring)) {
        return PLATEN_OK;
    }
    if (value == NULL || w->count == WISHES_MAX) {
        return d->line.driver->host->fail(err, value == NULL ? PLATEN_E_INVAL : PLATEN_E_TOO_LARGE,
                                          value == NULL ? "a setting has no value"
                                                        : "there are more than 20000 settings");
    }
    wish *one = &w->list[w->count++];
    *one = (wish){.path = path->valuestring, .value = value};
    one->named = variable_of_path(one->path, one->language, one->name);
    one->secret = setting_is_secret(one->path);
    return PLATEN_OK;
}

platen_code wishes_read(wishes *w, device *d, const cJSON *settings, platen_error *err)
{
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(settings, "items");
    const cJSON *item = NULL;
    size_t most = cJSON_IsArray(items) ? (size_t)cJSON_GetArraySize(items) : 0;
    *w = (wishes){.list = calloc(most + 1, sizeof(*w->list))};
    if (w->list == NULL) {
        return d->line.driver->host->fail(err, PLATEN_E_NOMEM, "pjl: no memory for %zu settings",
                                          most);
    }
    cJSON_ArrayForEach(item, items)
    {
        PLATEN_TRY(read_item(w, d, item, err));
    }
    return PLATEN_OK;
}

void wishes_fini(wishes *w)
{
    for (size_t i = 0; i < w->count; i++) {
        free(w->list[i].before);
        free(w->list[i].after);
    }
    free(w->list);
    *w = (wishes){0};
}

/* ---- before writing ---- */

static char *copy_or_null(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

static void say_outside(wish *one)
{
    const variable *v = one->variable;
    if (v->ranged) {
        say(one, one->result, "the device takes %.*f to %.*f", (int)v->decimals, v->low,
            (int)v->decimals, v->high);
    } else {
        say(one, one->result, "it is none of the device's %zu values", v->option_count);
    }
}

static void compare_one(wish *one, bool writes)
{
    const variable *v = one->variable;
    char why[SETTING_WHY];
    if (one->secret) {
        say(one, WISH_NOT_ALLOWED, "secrets of devices are not written this way");
        return;
    }
    if (v == NULL) {
        say(one, WISH_NOT_SUPPORTED, "the device does not list it");
        return;
    }
    one->kind = v->kind;
    one->before = copy_or_null(v->value);
    if (!setting_text(v, one->value, one->text, why)) {
        say(one, WISH_NOT_ALLOWED, "%s", why);
    } else if (variable_is(v, one->text)) {
        one->result = WISH_SAME;
    } else if (v->read_only || v->odd) {
        say(one, WISH_READ_ONLY, "%s",
            v->odd ? "it has characters that cannot be sent back"
                   : "the device says that it is read-only");
    } else if (!variable_allows(v, one->text)) {
        one->result = writes ? WISH_OUTSIDE : WISH_NOT_ALLOWED;
        say_outside(one);
    } else {
        one->result = writes ? WISH_OPEN : WISH_DIFFERENT;
    }
}

void wishes_compare(wishes *w, bool writes)
{
    for (size_t i = 0; i < w->count; i++) {
        compare_one(&w->list[i], writes);
    }
}

size_t wishes_open(const wishes *w)
{
    size_t count = 0;
    for (size_t i = 0; i < w->count; i++) {
        count += w->list[i].result == WISH_OPEN ? 1 : 0;
    }
    return count;
}

/* ---- after writing ---- */

static size_t sent_of(const wishes *w)
{
    size_t count = 0;
    for (size_t i = 0; i < w->count; i++) {
        count += w->list[i].result == WISH_OUTSIDE || w->list[i].sent ? 1 : 0;
    }
    return count;
}

static void say_refused(wish *one, const device *d)
{
    one->locked = d->lock == DEVICE_LOCKED;
    if (one->locked && d->password == 0) {
        say(one, WISH_REFUSED,
            "a PJL password locks the device: register a credential of kind 'user' whose password "
            "is that number, 1 to 65535");
    } else if (one->locked) {
        say(one, WISH_REFUSED,
            "the device keeps its value: its PJL password is another one than the credential's");
    } else {
        say(one, WISH_REFUSED, "the device keeps its value and does not say why");
    }
}

/* What was sent, against what the device has now. */
static void judge_sent(wish *one, const device *d, bool again)
{
    const variable *v = one->variable;
    free(one->after);
    one->after = v != NULL ? copy_or_null(v->value) : NULL;
    one->why[0] = '\0';
    if (v == NULL || v->value == NULL) {
        say(one, WISH_NOT_CONFIRMED, "it was sent, and the device does not show it any more");
    } else if (variable_is(v, one->text)) {
        one->result = WISH_WRITTEN;
    } else if (again) {
        one->result = WISH_OPEN;
    } else if (one->before != NULL && variable_is(v, one->before)) {
        say_refused(one, d);
    } else {
        say(one, WISH_CHANGED, "the device took it and has another value now");
    }
}

/* What was not possible before, now that others are written. */
static void judge_outside(wish *one, bool again)
{
    const variable *v = one->variable;
    if (v == NULL) {
        say(one, WISH_NOT_SUPPORTED, "the device does not list it any more");
    } else if (variable_is(v, one->text)) {
        one->result = WISH_SAME;
        one->why[0] = '\0';
    } else if (again && !v->read_only && variable_allows(v, one->text)) {
        one->result = WISH_OPEN;
        one->why[0] = '\0';
    }
}

bool wishes_judge_written(wishes *w, const device *d, bool last)
{
    /* One value alone does not depend on the order; but perhaps on the password. */
    bool again = !last && (sent_of(w) > 1 || (d->lock == DEVICE_LOCK_UNKNOWN && d->password != 0));
    for (size_t i = 0; i < w->count; i++) {
        wish *one = &w->list[i];
        if (one->result == WISH_OPEN || one->result == WISH_WRITTEN) {
            judge_sent(one, d, again);
        } else if (one->result == WISH_OUTSIDE) {
            judge_outside(one, again);
        }
    }
    return wishes_open(w) > 0;
}

void wishes_lost(wishes *w, const char *why)
{
    for (size_t i = 0; i < w->count; i++) {
        wish *one = &w->list[i];
        if (one->result == WISH_OPEN && one->sent) {
            say(one, WISH_NOT_CONFIRMED, "it was sent and not seen again: %.130s", why);
        } else if (one->result == WISH_OPEN) {
            say(one, WISH_FAILED, "it was not sent: %.150s", why);
        }
    }
}

void wishes_failed(wishes *w, const char *why)
{
    for (size_t i = 0; i < w->count; i++) {
        say(&w->list[i], WISH_FAILED, "nothing was written: %.150s", why);
    }
}

void wishes_close(wishes *w)
{
    for (size_t i = 0; i < w->count; i++) {
        wish *one = &w->list[i];
        if (one->result == WISH_OUTSIDE) {
            one->result = WISH_NOT_ALLOWED;
        }
    }
}

/* ---- what it comes to ---- */

const char *wish_word(wish_result result)
{
    static const char *const words[] = {"failed",  "not-allowed",   "same",          "different",
                                        "written", "not-supported", "read-only",     "not-allowed",
                                        "refused", "changed",       "not-confirmed", "failed"};
    return words[result];
}

static platen_code code_of(const wish *one)
{
    return one->result == WISH_NOT_CONFIRMED || one->result == WISH_FAILED ? PLATEN_E_UNREACHABLE
           : one->locked                                                   ? PLATEN_E_AUTH
                                                                           : PLATEN_E_DEVICE;
}

void wishes_count(const wishes *w, wishes_tally *tally)
{
    *tally = (wishes_tally){0};
    for (size_t i = 0; i < w->count; i++) {
        const wish *one = &w->list[i];
        tally->different += one->result == WISH_DIFFERENT ? 1 : 0;
        tally->missing += one->result == WISH_NOT_SUPPORTED ? 1 : 0;
        if (one->result < WISH_READ_ONLY && one->result > WISH_OUTSIDE) {
            continue;
        }
        tally->bad++;
        if (tally->first_bad == NULL) {
            tally->first_bad = one;
            tally->code = code_of(one);
        }
    }
}

static cJSON *item_of(const wish *one)
{
    bool unsent = !one->sent || one->result == WISH_SAME;
    const char *after = unsent ? one->before : one->after;
    cJSON *item = cJSON_CreateObject();
    cJSON *wanted = one->secret ? cJSON_CreateNull() : cJSON_Duplicate(one->value, true);
    const struct {
        const char *name;
        cJSON *value;
    } members[] = {{"path", cJSON_CreateString(one->path)},
                   {"category", cJSON_CreateString(setting_category(one->name))},
                   {"wanted", wanted},
                   {"before", setting_value(one->kind, one->before)},
                   {"after", setting_value(one->kind, after)},
                   {"result", cJSON_CreateString(wish_word(one->result))},
                   {"text", cJSON_CreateString(one->why)}};
    bool good = item != NULL;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (!good || members[i].value == NULL ||
            !cJSON_AddItemToObject(item, members[i].name, members[i].value)) {
            cJSON_Delete(members[i].value);
            good = false;
        }
    }
    if (!good) {
        cJSON_Delete(item);
        return NULL;
    }
    return item;
}

bool wishes_write(const wishes *w, cJSON *tree)
{
    cJSON *items = cJSON_AddArrayToObject(tree, "items");
    for (size_t i = 0; items != NULL && i < w->count; i++) {
        cJSON *item = item_of(&w->list[i]);
        if (item == NULL || !cJSON_AddItemToArray(items, item)) {
            cJSON_Delete(item);
            return false;
        }
    }
    return items != NULL;
}
