/*
 * settings.write: offers the file and the instructions to the device, and waits a while for it to
 * come. That it has fetched them is all that anybody can know here; so the result of a setting is
 * never "written".
 */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 2000u
#define INSTRUCTIONS_SIZE 512u
#define DIGITS 3u

/* A distribution to one device, from its order to finish(). */
typedef struct offer {
    visit of;
    cJSON *order;
    bool preview, writes;
    char *packed; /* all pieces */
    char digest[FILE_DIGEST];
    void *body;
    size_t length;
    size_t items;  /* of the order that are this driver's */
    int64_t until; /* ms UTC: it waits */
    platen_serve_place instructions, file;
} offer;

static void offer_free(offer *o)
{
    if (o != NULL) {
        cJSON_Delete(o->order);
        free(o->packed);
        free(o->body);
        free(o);
    }
}

/* ---- the order ---- */

static const cJSON *list_of(const cJSON *order)
{
    return cJSON_GetObjectItemCaseSensitive(order, "items");
}

static const char *path_of(const cJSON *item)
{
    const char *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "path"));
    return path != NULL && strncmp(path, FILE_PREFIX, strlen(FILE_PREFIX)) == 0 ? path : NULL;
}

/* The piece of the number of `digits`, 1 and up; 0: it is none. */
static size_t piece_number(const char *path)
{
    size_t prefix = strlen(FILE_PIECE_PREFIX);
    if (strncmp(path, FILE_PIECE_PREFIX, prefix) != 0 || strlen(path + prefix) != DIGITS ||
        strspn(path + prefix, "0123456789") != DIGITS) {
        return 0;
    }
    return (size_t)strtoul(path + prefix, NULL, 10);
}

static bool collect(offer *o, const char *pieces[FILE_PIECES_MAX])
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list_of(o->order))
    {
        const char *path = path_of(item);
        const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "value"));
        size_t number = path != NULL ? piece_number(path) : 0;
        o->items += path != NULL ? 1 : 0;
        if (number > FILE_PIECES_MAX || (path != NULL && value == NULL)) {
            return false;
        }
        if (number > 0) {
            pieces[number - 1] = value;
        } else if (path != NULL && strcmp(path, FILE_DIGEST_PATH) == 0) {
            (void)snprintf(o->digest, sizeof(o->digest), "%s", value);
        }
    }
    return true;
}

/* All pieces without a gap, each whole but the last. */
static bool join(offer *o, const char *const pieces[FILE_PIECES_MAX])
{
    size_t count = 0;
    size_t length = 0;
    for (size_t i = 0; i < FILE_PIECES_MAX; i++) {
        bool gap = pieces[i] != NULL && count != i;
        if (gap || (pieces[i] != NULL && strlen(pieces[i]) > FILE_PIECE)) {
            return false;
        }
        count += pieces[i] != NULL ? 1 : 0;
    }
    o->packed = malloc((size_t)FILE_PIECE * FILE_PIECES_MAX + 1);
    if (o->packed == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(pieces[i]);
        memcpy(o->packed + length, pieces[i], size);
        length += size;
    }
    o->packed[length] = '\0';
    return count > 0;
}

static platen_code read_order(offer *o, platen_error *err)
{
    const platen_host *host = o->of.driver->host;
    const char *pieces[FILE_PIECES_MAX] = {NULL};
    char why[FILE_WHY];
    if (!cJSON_IsArray(list_of(o->order)) || !collect(o, pieces)) {
        return host->fail(err, PLATEN_E_INVAL, "the order has no list of settings that can be");
    }
    if (o->items == 0) {
        return PLATEN_OK;
    }
    if (!join(o, pieces)) {
        return host->fail(err, PLATEN_E_INVAL,
                          "a part of the device setting file is missing: it goes as a whole");
    }
    o->body = file_unpack(o->packed, o->digest, &o->length, why);
    return o->body != NULL ? PLATEN_OK : host->fail(err, PLATEN_E_INVAL, "%s", why);
}

/* ---- the end ---- */

static bool add_items(const offer *o, cJSON *items, const char *result, const char *text)
{
    const cJSON *one = NULL;
    cJSON_ArrayForEach(one, list_of(o->order))
    {
        const char *path = path_of(one);
        cJSON *item = path != NULL ? cJSON_CreateObject() : NULL;
        if (path == NULL) {
            continue;
        }
        if (cJSON_AddStringToObject(item, "path", path) == NULL ||
            cJSON_AddStringToObject(item, "result", result) == NULL ||
            cJSON_AddStringToObject(item, "text", text) == NULL ||
            !cJSON_AddItemToArray(items, item)) {
            cJSON_Delete(item);
            return false;
        }
    }
    return true;
}

static platen_code hand_over(const offer *o, const char *result, const char *text,
                             platen_error *err)
{
    cJSON *data = cJSON_CreateObject();
    bool good = cJSON_AddNumberToObject(data, "format", 1) != NULL &&
                cJSON_AddStringToObject(data, "type", "") != NULL &&
                cJSON_AddStringToObject(data, "platform", "") != NULL &&
                cJSON_AddNumberToObject(data, "level", 0) != NULL &&
                cJSON_AddStringToObject(data, "model", o->of.target.model) != NULL &&
                cJSON_AddStringToObject(data, "restart", "none") != NULL;
    cJSON *items = good ? cJSON_AddArrayToObject(data, "items") : NULL;
    good = items != NULL && add_items(o, items, result, text);
    platen_code rc = good ? setting_hand_over(&o->of, data, err)
                          : o->of.driver->host->fail(err, PLATEN_E_NOMEM, "ricoh: no memory");
    cJSON_Delete(data);
    return rc;
}

/* Ends the work; a failure is the settings' result, too. */
static void end(offer *o, platen_code rc, platen_error *err)
{
    const platen_drivers *drivers = o->of.driver->drivers;
    platen_work *work = o->of.work;
    if (rc != PLATEN_OK) {
        note(&o->of, PLATEN_ACT_ERROR, "%s", err->text);
        if (o->items > 0 && !o->preview) {
            (void)hand_over(o, "failed", err->text, NULL);
        }
    }
    offer_free(o);
    drivers->finish(work, rc, rc == PLATEN_OK ? NULL : err);
}

/* It was offered: what is known of it is told, and never more. */
static void conclude(offer *o)
{
    const platen_drivers *drivers = o->of.driver->drivers;
    platen_error err = PLATEN_ERROR_INIT;
    char text[PLACE_TEXT];
    bool fetched = false;
    place_tell(&o->instructions, &o->file, text, &fetched);
    note(&o->of, PLATEN_ACT_INFO, "%s", text);
    drivers->change(o->of.work, FILE_PREFIX "file", "", fetched ? "fetched" : "offered");
    drivers->warn(o->of.work, fetched ? "not-confirmed" : "not-fetched", text);
    end(o, hand_over(o, "not-confirmed", text, &err), &err);
}

/* ---- offering and waiting ---- */

static platen_code publish(const offer *o, const char *name, const char *type, const void *body,
                           size_t length, platen_serve_place *place, platen_error *err)
{
    platen_serve_item item = PLATEN_SERVE_ITEM_INIT;
    item.days = o->of.driver->days;
    item.name = name;
    item.type = type;
    item.body = body;
    item.length = length;
    place->size = sizeof(*place);
    return o->of.driver->serve->publish(o->of.work, &item, place, err);
}

static platen_code offer_all(offer *o, platen_error *err)
{
    char instructions[INSTRUCTIONS_SIZE];
    PLATEN_TRY(publish(o, PLACE_FILE, "text/csv", o->body, o->length, &o->file, err));
    if (!place_instructions(o->file.url, instructions, sizeof(instructions))) {
        return o->of.driver->host->fail(err, PLATEN_E_INVAL,
                                        "the URL of the file cannot be in instructions");
    }
    PLATEN_TRY(publish(o, PLACE_INSTRUCTIONS, "text/plain", instructions, strlen(instructions),
                       &o->instructions, err));
    return PLATEN_OK;
}

/* Thousands may wait at a time: of the order the paths are kept. */
static void keep_little(offer *o)
{
    cJSON *item = NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(o->order, "items"))
    {
        cJSON_DeleteItemFromObjectCaseSensitive(item, "value");
    }
    free(o->packed);
    free(o->body);
    o->packed = NULL;
    o->body = NULL;
}

static platen_code look(offer *o, platen_error *err)
{
    const platen_serve *serve = o->of.driver->serve;
    o->file.size = sizeof(o->file);
    o->instructions.size = sizeof(o->instructions);
    PLATEN_TRY(serve->look(o->of.work, PLACE_FILE, &o->file, err));
    return serve->look(o->of.work, PLACE_INSTRUCTIONS, &o->instructions, err);
}

static void wait_for_device(offer *o);

static void look_again(platen_work *work, void *user)
{
    offer *o = user;
    platen_error err = PLATEN_ERROR_INIT;
    (void)work;
    platen_code rc = look(o, &err);
    if (rc != PLATEN_OK) {
        end(o, rc, &err);
        return;
    }
    wait_for_device(o);
}

static void wait_for_device(offer *o)
{
    const ricoh *driver = o->of.driver;
    int64_t left = o->until - driver->now();
    uint32_t ms = left < LOOK_MS ? (uint32_t)(left > 0 ? left : 0) : LOOK_MS;
    if (o->file.fetched > 0 || ms == 0 ||
        driver->drivers->later(o->of.work, ms, look_again, o, NULL) != PLATEN_OK) {
        conclude(o);
    }
}

/* Nothing is offered; what is offered already is told. */
static platen_code tell(offer *o, platen_error *err)
{
    const platen_drivers *drivers = o->of.driver->drivers;
    char text[PLACE_TEXT];
    bool fetched = false;
    platen_code rc = look(o, err);
    if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    bool same = rc == PLATEN_OK && strcmp(o->file.digest, o->digest) == 0;
    if (same) {
        place_tell(&o->instructions, &o->file, text, &fetched);
        note(&o->of, PLATEN_ACT_INFO, "%s", text);
        drivers->warn(o->of.work, fetched ? "not-confirmed" : "not-fetched", text);
    } else {
        (void)snprintf(text, sizeof(text), "a file of %zu bytes would be offered to the device",
                       o->length);
        note(&o->of, PLATEN_ACT_INFO, "%s", text);
    }
    drivers->change(o->of.work, FILE_PREFIX "file", same ? "offered" : "", "offered");
    return o->preview ? PLATEN_OK
                      : hand_over(o, "not-supported", "the device's settings cannot be read", err);
}

static platen_code begin(offer *o, bool *waits, platen_error *err)
{
    PLATEN_TRY(read_order(o, err));
    if (o->items == 0) {
        o->of.driver->drivers->skip(o->of.work, "unsupported", "no device setting file is wanted");
        return PLATEN_OK;
    }
    if (o->preview || !o->writes) {
        return tell(o, err);
    }
    PLATEN_TRY(offer_all(o, err));
    note(&o->of, PLATEN_ACT_INFO, "a file of %zu bytes is offered at %.255s", o->length,
         o->instructions.url);
    keep_little(o);
    *waits = true;
    return PLATEN_OK;
}

void setting_write(visit *of, cJSON *order, bool preview)
{
    const ricoh *driver = of->driver;
    platen_error err = PLATEN_ERROR_INIT;
    offer *o = calloc(1, sizeof(*o));
    bool waits = false;
    if (o == NULL) {
        cJSON_Delete(order);
        (void)driver->host->fail(&err, PLATEN_E_NOMEM, "ricoh: no memory");
        driver->drivers->finish(of->work, PLATEN_E_NOMEM, &err);
        return;
    }
    o->of = *of;
    o->order = order;
    o->preview = preview;
    o->writes = !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(order, "write"));
    o->until = driver->now() + driver->wait_s * 1000;
    platen_code rc = begin(o, &waits, &err);
    if (rc == PLATEN_OK && waits) {
        wait_for_device(o);
    } else {
        end(o, rc, &err);
    }
}
