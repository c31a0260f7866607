/*
 * settings.write: reads the bundle, sends one of only what differs, and reads back until the device
 * shows the values, which takes it a while. A POST without an answer is not sent again: reading
 * back tells what became of it.
 */
#include "driver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 20000u
#define WISH_WHY 200u

/* Between readings back, until all is as wanted: half a minute for a device that stays, four for
 * one that starts anew. */
static const uint32_t pauses_ms[] = {0, 1000, 2000, 4000, 8000, 16000};
#define AWAY_PAUSE_MS 5000u
#define AWAY_TRIES 48u

typedef struct wish {
    const char *path; /* of the order */
    const char *name;
    const cJSON *value;
    bool open; /* differs, and is to be sent */
    bool sent;
    char *before, *after; /* NULL: not known */
    const char *result;
    char why[WISH_WHY];
} wish;

typedef struct wishes {
    size_t count;
    wish *list;
} wishes;

static void wish_end(wish *w, const char *result, const char *why)
{
    w->open = false;
    w->result = result;
    (void)snprintf(w->why, sizeof(w->why), "%s", why);
}

static void wishes_fini(wishes *w)
{
    for (size_t i = 0; i < w->count; i++) {
        free(w->list[i].before);
        free(w->list[i].after);
    }
    free(w->list);
}

static platen_code no_memory(const visit *of, platen_error *err)
{
    return of->driver->host->fail(err, PLATEN_E_NOMEM, "lexmark: no memory");
}

static platen_code wishes_read(const visit *of, const cJSON *order, wishes *out, platen_error *err)
{
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(order, "items");
    const cJSON *item = NULL;
    int count = cJSON_IsArray(items) ? cJSON_GetArraySize(items) : -1;
    *out = (wishes){0};
    if (count < 0 || count > (int)ITEMS_MAX) {
        return of->driver->host->fail(err, PLATEN_E_INVAL,
                                      "the order has no list of up to %u items", ITEMS_MAX);
    }
    out->list = calloc((size_t)count + 1, sizeof(*out->list));
    if (out->list == NULL) {
        return no_memory(of, err);
    }
    cJSON_ArrayForEach(item, items)
    {
        const cJSON *path = cJSON_GetObjectItemCaseSensitive(item, "path");
        if (cJSON_IsString(path) &&
            strncmp(path->valuestring, BUNDLE_PREFIX, strlen(BUNDLE_PREFIX)) == 0) {
            wish *w = &out->list[out->count++];
            w->path = path->valuestring;
            w->name = path->valuestring + strlen(BUNDLE_PREFIX);
            w->value = cJSON_GetObjectItemCaseSensitive(item, "value");
        }
    }
    return PLATEN_OK;
}

/* Values are texts, whose characters XML 1.0 has. */
static bool is_value(const cJSON *value)
{
    if (!cJSON_IsString(value) || strlen(value->valuestring) > BUNDLE_VALUE) {
        return false;
    }
    for (const char *at = value->valuestring; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' && strchr("\t\n\r", *at) == NULL) {
            return false;
        }
    }
    return true;
}

static platen_code compare(const visit *of, wishes *w, const bundle *b, bool writes,
                           platen_error *err)
{
    for (size_t i = 0; i < w->count; i++) {
        wish *one = &w->list[i];
        const bundle_setting *has = bundle_find(b, one->name);
        if (bundle_is_secret(one->name)) {
            wish_end(one, "not-allowed", "secrets of devices are not written this way");
            continue;
        }
        if (has == NULL) {
            wish_end(one, "not-supported", "the device's bundle has no such setting");
            continue;
        }
        one->before = strdup(has->value);
        if (one->before == NULL) {
            return no_memory(of, err);
        }
        if (!is_value(one->value)) {
            wish_end(one, "not-allowed", "the value is no text that a bundle can hold");
        } else if (strcmp(has->value, one->value->valuestring) == 0) {
            wish_end(one, "same", "");
        } else if (!writes) {
            wish_end(one, "different", "");
        } else {
            one->open = true;
        }
    }
    return PLATEN_OK;
}

/* ---- sending ---- */

static size_t count_open(const wishes *w)
{
    size_t count = 0;
    for (size_t i = 0; i < w->count; i++) {
        count += w->list[i].open ? 1 : 0;
    }
    return count;
}

static platen_code send(visit *of, wishes *w, platen_error *err)
{
    size_t count = 0;
    bool sent = false;
    bundle_setting *settings = calloc(w->count + 1, sizeof(*settings));
    if (settings == NULL) {
        return no_memory(of, err);
    }
    for (size_t i = 0; i < w->count; i++) {
        if (w->list[i].open) {
            settings[count].name = (char *)(uintptr_t)w->list[i].name;
            settings[count++].value = w->list[i].value->valuestring;
        }
    }
    note(of, PLATEN_ACT_INFO, "sending a bundle of %zu settings", count);
    platen_code rc = vcc_write(of, settings, count, &sent, err);
    free(settings);
    for (size_t i = 0; i < w->count; i++) {
        wish *one = &w->list[i];
        one->sent = one->open && sent;
        if (one->open && !sent && rc == PLATEN_E_DEVICE) {
            wish_end(one, "refused", err->text);
        }
    }
    /* An answer that was lost is no failure yet: the device tells. */
    return sent && rc != PLATEN_E_CANCELLED ? PLATEN_OK : rc;
}

/* ---- reading back ---- */

/* What the device has now; true when all that was sent is as wanted. */
static bool look(wishes *w, const bundle *b)
{
    bool all = true;
    for (size_t i = 0; i < w->count; i++) {
        wish *one = &w->list[i];
        const bundle_setting *has = one->sent ? bundle_find(b, one->name) : NULL;
        if (!one->sent) {
            continue;
        }
        free(one->after);
        one->after = has != NULL ? strdup(has->value) : NULL;
        all = all && has != NULL && strcmp(has->value, one->value->valuestring) == 0;
    }
    return all;
}

static bool is_away(platen_code rc)
{
    return rc == PLATEN_E_UNREACHABLE || rc == PLATEN_E_TIMEOUT || rc == PLATEN_E_PROTOCOL;
}

/* The bundle, of a device that may be starting anew. */
static platen_code read_returned(visit *of, bundle *out, platen_error *err)
{
    platen_code rc = vcc_read(of, out, err);
    for (unsigned tries = 0; is_away(rc) && tries < AWAY_TRIES &&
                             of->driver->now() + AWAY_PAUSE_MS < of->target.deadline;
         tries++) {
        if (!of->restarted) {
            note(of, PLATEN_ACT_INFO, "the device does not answer: it may be starting anew");
        }
        of->restarted = true;
        of->driver->pause(AWAY_PAUSE_MS);
        rc = vcc_read(of, out, err);
    }
    return rc;
}

/* OK: the device was read; what is not as wanted by then has another value. */
static platen_code read_back(visit *of, wishes *w, platen_error *err)
{
    bool done = false;
    for (size_t i = 0; !done && i < sizeof(pauses_ms) / sizeof(pauses_ms[0]); i++) {
        bundle b;
        if (pauses_ms[i] > 0) {
            of->driver->pause(pauses_ms[i]);
        }
        PLATEN_TRY(read_returned(of, &b, err));
        done = look(w, &b);
        bundle_fini(&b);
    }
    for (size_t i = 0; i < w->count; i++) {
        wish *one = &w->list[i];
        if (!one->sent) {
            continue;
        }
        if (one->after != NULL && strcmp(one->after, one->value->valuestring) == 0) {
            wish_end(one, "written", "");
        } else {
            wish_end(one, "changed", "the device has taken it, but shows another value");
        }
    }
    return PLATEN_OK;
}

/* ---- the result ---- */

static bool add_text(cJSON *item, const char *key, const char *value)
{
    return value != NULL ? cJSON_AddStringToObject(item, key, value) != NULL
                         : cJSON_AddNullToObject(item, key) != NULL;
}

static bool add_wish(cJSON *items, const wish *w)
{
    const char *wanted = cJSON_IsString(w->value) ? w->value->valuestring : NULL;
    const char *after = strcmp(w->result, "same") == 0 ? w->before : w->after;
    bool secret = bundle_is_secret(w->name);
    cJSON *item = cJSON_CreateObject();
    bool good = add_text(item, "path", w->path) &&
                add_text(item, "category", bundle_category(w->name)) &&
                add_text(item, "wanted", secret ? NULL : wanted) &&
                add_text(item, "before", w->before) && add_text(item, "after", after) &&
                add_text(item, "result", w->result) && add_text(item, "text", w->why);
    if (!good) {
        cJSON_Delete(item);
        return false;
    }
    return cJSON_AddItemToArray(items, item);
}

/* A result for what has none because the exchange broke off. */
static void settle(wishes *w)
{
    for (size_t i = 0; i < w->count; i++) {
        wish *one = &w->list[i];
        if (one->result == NULL && one->sent) {
            wish_end(one, "not-confirmed", "it was sent, but the device cannot be read afterwards");
        } else if (one->result == NULL) {
            wish_end(one, "failed", "the exchange broke off before it was written");
        }
    }
}

static platen_code hand_over(visit *of, wishes *w, platen_error *err)
{
    settle(w);
    cJSON *data = setting_head(of);
    bool good = cJSON_AddStringToObject(data, "restart", of->restarted ? "done" : "none") != NULL;
    cJSON *items = good ? cJSON_AddArrayToObject(data, "items") : NULL;
    good = items != NULL;
    for (size_t i = 0; good && i < w->count; i++) {
        good = add_wish(items, &w->list[i]);
    }
    platen_code rc = good ? setting_hand_over(of, data, err) : no_memory(of, err);
    cJSON_Delete(data);
    return rc;
}

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words != NULL && strcmp(*words, word) != 0) {
        words++;
    }
    return *words != NULL;
}

/* Tells the changes; counts what went wrong and names the first. */
static platen_code conclude(const visit *of, const wishes *w, bool preview, platen_error *err)
{
    static const char *const good[] = {"same", "written", "different", "not-supported", NULL};
    const platen_drivers *drivers = of->driver->drivers;
    size_t failed = 0;
    size_t different = 0;
    size_t missing = 0;
    const wish *first = NULL;
    char text[120];
    for (size_t i = 0; i < w->count; i++) {
        const wish *one = &w->list[i];
        bool differs = strcmp(one->result, "different") == 0;
        different += differs ? 1 : 0;
        missing += strcmp(one->result, "not-supported") == 0 ? 1 : 0;
        if (!is_one_of(one->result, good)) {
            failed++;
            first = first == NULL ? one : first;
        } else if (strcmp(one->result, "written") == 0 || (preview && differs)) {
            drivers->change(of->work, one->path, one->before, one->value->valuestring);
        }
    }
    if (failed > 0) {
        return of->driver->host->fail(err, PLATEN_E_DEVICE,
                                      "%zu of %zu settings are not as wanted; %.80s: %s: %.120s",
                                      failed, w->count, first->path, first->result, first->why);
    }
    if (different > 0 && !preview) {
        (void)snprintf(text, sizeof(text), "%zu settings differ", different);
        drivers->warn(of->work, "different", text);
    } else if (missing > 0) {
        (void)snprintf(text, sizeof(text), "the device does not have %zu of %zu settings", missing,
                       w->count);
        drivers->warn(of->work, "not-supported", text);
    }
    return PLATEN_OK;
}

static platen_code exchange(visit *of, wishes *w, bool writes, platen_error *err)
{
    bundle b;
    PLATEN_TRY(vcc_read(of, &b, err));
    platen_code rc = compare(of, w, &b, writes, err);
    bundle_fini(&b);
    if (rc == PLATEN_OK && count_open(w) > 0) {
        rc = send(of, w, err);
        if (rc == PLATEN_OK) {
            rc = read_back(of, w, err);
        }
    }
    return rc;
}

/* The failure that explains the others: of the exchange, else of the settings, else of the data. */
static platen_code write_all(visit *of, wishes *w, bool writes, bool preview, platen_error *err)
{
    platen_error more = PLATEN_ERROR_INIT;
    bool sent = false;
    platen_code rc = exchange(of, w, writes, err);
    for (size_t i = 0; i < w->count; i++) {
        sent = sent || w->list[i].sent;
    }
    platen_code told = hand_over(of, w, &more);
    /* After the bundle was sent, and of a refused one, the settings' own results say more. */
    if (rc == PLATEN_OK || (sent && rc != PLATEN_E_CANCELLED) || rc == PLATEN_E_DEVICE) {
        platen_error own = PLATEN_ERROR_INIT;
        platen_code result = conclude(of, w, preview, &own);
        if (result != PLATEN_OK) {
            *err = own;
            return result;
        }
    }
    if (rc == PLATEN_OK && told != PLATEN_OK) {
        *err = more;
        return told;
    }
    return rc;
}

platen_code setting_write(visit *of, const cJSON *order, bool preview, platen_error *err)
{
    wishes w;
    platen_code rc = wishes_read(of, order, &w, err);
    bool writes = !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(order, "write")) && !preview;
    if (rc == PLATEN_OK && w.count == 0) {
        of->driver->drivers->skip(of->work, "unsupported", "no setting of the bundle is wanted");
    } else if (rc == PLATEN_OK) {
        rc = write_all(of, &w, writes, preview, err);
    }
    wishes_fini(&w);
    return rc;
}
