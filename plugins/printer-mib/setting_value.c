/* Values of settings: as the device has them, as JSON, and whether both are the same. Pure
 * functions. */
#include "setting_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Octets of the UTF-8 character at `at`, 0 when there is none (overlong, surrogate, cut). */
static size_t utf8_length(const uint8_t *at, size_t left)
{
    uint8_t c = at[0];
    size_t length = c < 0x80                 ? 1
                    : c >= 0xc2 && c <= 0xdf ? 2
                    : c >= 0xe0 && c <= 0xef ? 3
                    : c >= 0xf0 && c <= 0xf4 ? 4
                                             : 0;
    if (length > left) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0u) != 0x80u) {
            return 0;
        }
    }
    bool bad = length > 1 && ((c == 0xe0 && at[1] < 0xa0) || (c == 0xed && at[1] > 0x9f) ||
                              (c == 0xf0 && at[1] < 0x90) || (c == 0xf4 && at[1] > 0x8f));
    return bad ? 0 : length;
}

/* The beginning of `from` that is UTF-8. */
static size_t utf8_span(const uint8_t *from, size_t length)
{
    size_t at = 0;
    for (size_t step = 1; at < length && step > 0; at += step) {
        step = utf8_length(from + at, length - at);
    }
    return at;
}

static void text_read(const uint8_t *octets, uint32_t count, setting_value *out)
{
    const uint8_t *nul = count > 0 ? memchr(octets, 0, count) : NULL;
    size_t length = nul != NULL ? (size_t)(nul - octets) : count;
    bool cut = length > SETTING_OCTETS;
    length = cut ? SETTING_OCTETS : length;
    size_t clean = utf8_span(octets, length);
    out->latin = clean < length && !(cut && length - clean < 4u);
    size_t at = out->latin ? 0 : clean;
    if (at > 0) {
        memcpy(out->text, octets, at);
    }
    for (size_t i = 0; out->latin && i < length; i++) {
        uint8_t c = octets[i];
        if (c >= 0x80u) {
            out->text[at++] = (char)(0xc0u | (unsigned)(c >> 6));
            c = (uint8_t)(0x80u | (c & 0x3fu));
        }
        out->text[at++] = (char)c;
    }
    out->text[at] = '\0';
}

bool setting_value_read(const setting_object *object, const platen_snmp_binding *binding,
                        setting_value *out)
{
    out->number = 0;
    out->latin = false;
    out->text[0] = '\0';
    if (binding == NULL) {
        return false;
    }
    if (object->syntax != SETTING_TEXT) {
        out->number = binding->integer;
        return binding->type == PLATEN_SNMP_INTEGER || binding->type == PLATEN_SNMP_GAUGE32;
    }
    if (binding->type != PLATEN_SNMP_OCTETS) {
        return false;
    }
    if (binding->octets != NULL) {
        text_read(binding->octets, binding->octet_count, out);
    }
    return true;
}

/* A word of the enumeration, or the number of one that it does not have. */
static bool enum_parse(const setting_object *object, const char *text, int64_t *out)
{
    char again[24];
    const setting_word *word = setting_word_named(object, text);
    if (word != NULL) {
        *out = word->number;
        return true;
    }
    int64_t number = strtoll(text, NULL, 10);
    (void)snprintf(again, sizeof(again), "%" PRId64, number);
    *out = number;
    return strcmp(again, text) == 0;
}

bool setting_value_parse(const setting_object *object, const cJSON *json, setting_value *out,
                         char why[SETTING_WHY])
{
    const char *wanted = "a text";
    bool good = false;
    *out = (setting_value){.number = 0};
    if (object->syntax == SETTING_INTEGER) {
        wanted = "an integer";
        double number = cJSON_IsNumber(json) ? cJSON_GetNumberValue(json) : 0.5;
        good = number >= INT32_MIN && number <= INT32_MAX && number == (double)(int32_t)number;
        out->number = good ? (int32_t)number : 0;
    } else if (object->syntax == SETTING_ENUM) {
        wanted = "one of its words";
        good = cJSON_IsString(json) && enum_parse(object, json->valuestring, &out->number);
    } else if (cJSON_IsString(json)) {
        size_t length = strlen(json->valuestring);
        good = length < sizeof(out->text);
        memcpy(out->text, json->valuestring, good ? length + 1u : 0);
        wanted = "a text of this length";
    }
    if (!good) {
        (void)snprintf(why, SETTING_WHY, "the value is not %s", wanted);
    }
    return good;
}

bool setting_value_same(const setting_object *object, const setting_value *a,
                        const setting_value *b)
{
    return object->syntax == SETTING_TEXT ? strcmp(a->text, b->text) == 0 : a->number == b->number;
}

bool setting_value_allowed(const setting_object *object, const setting_value *value,
                           char why[SETTING_WHY])
{
    if (object->syntax == SETTING_ENUM) {
        const setting_word *word = setting_word_of(object, value->number);
        if (word == NULL || !word->sets) {
            (void)snprintf(why, SETTING_WHY, "'%.40s' tells how a device is, it cannot be set",
                           word != NULL ? word->word : "a number without a word");
            return false;
        }
    } else if (object->syntax == SETTING_INTEGER &&
               (value->number < object->min || value->number > object->max)) {
        (void)snprintf(why, SETTING_WHY, "%" PRId64 " is outside %" PRId32 " to %" PRId32,
                       value->number, object->min, object->max);
        return false;
    }
    return true;
}

/* Latin-1 of UTF-8; false when a character is beyond it. */
static bool to_latin(const char *text, uint8_t out[SETTING_OCTETS], uint32_t *count)
{
    const uint8_t *at = (const uint8_t *)text;
    *count = 0;
    while (*at != 0 && *count < SETTING_OCTETS) {
        uint8_t c = *at++;
        if (c >= 0x80u) {
            if ((c != 0xc2u && c != 0xc3u) || (*at & 0xc0u) != 0x80u) {
                return false;
            }
            c = (uint8_t)((unsigned)(c & 0x03u) << 6 | (*at++ & 0x3fu));
        }
        out[(*count)++] = c;
    }
    return *at == 0;
}

bool setting_value_octets(const setting_object *object, const setting_value *value, bool latin,
                          uint8_t out[SETTING_OCTETS], uint32_t *count, char why[SETTING_WHY])
{
    size_t length = strlen(value->text);
    if (latin) {
        if (!to_latin(value->text, out, count)) {
            (void)snprintf(why, SETTING_WHY,
                           "the device writes Latin-1, which has not all of these characters");
            return false;
        }
    } else {
        *count = length < SETTING_OCTETS ? (uint32_t)length : SETTING_OCTETS;
        memcpy(out, value->text, *count);
    }
    if (*count > (uint32_t)object->max) {
        (void)snprintf(why, SETTING_WHY,
                       "%" PRIu32 " octets are more than the %" PRId32 " that the object takes",
                       *count, object->max);
        return false;
    }
    return true;
}

cJSON *setting_value_json(const setting_object *object, const setting_value *value)
{
    char number[24];
    if (object->syntax == SETTING_INTEGER) {
        return cJSON_CreateNumber((double)value->number);
    }
    if (object->syntax == SETTING_TEXT) {
        return cJSON_CreateString(value->text);
    }
    const setting_word *word = setting_word_of(object, value->number);
    (void)snprintf(number, sizeof(number), "%" PRId64, value->number);
    return cJSON_CreateString(word != NULL ? word->word : number);
}

/* The words that can be set, and the one that is. */
static bool add_values(cJSON *item, const setting_object *object, const setting_value *value)
{
    cJSON *list = cJSON_AddArrayToObject(item, "values");
    bool good = list != NULL;
    for (const setting_word *at = object->words; good && at->word != NULL; at++) {
        if (at->sets || at->number == value->number) {
            good = cJSON_AddItemToArray(list, cJSON_CreateString(at->word));
        }
    }
    if (good && setting_word_of(object, value->number) == NULL) {
        good = cJSON_AddItemToArray(list, setting_value_json(object, value));
    }
    return good;
}

cJSON *setting_item_json(const setting_place *place, const setting_value *value)
{
    static const char *const kinds[] = {"integer", "enum", "text"};
    const setting_object *object = place->object;
    char path[SETTING_PATH];
    cJSON *item = cJSON_CreateObject();
    setting_path(place, path);
    bool good = cJSON_AddStringToObject(item, "path", path) != NULL &&
                cJSON_AddStringToObject(item, "category", object->category) != NULL &&
                cJSON_AddStringToObject(item, "kind", kinds[object->syntax]) != NULL &&
                cJSON_AddItemToObject(item, "value", setting_value_json(object, value)) &&
                cJSON_AddTrueToObject(item, "writable") != NULL &&
                cJSON_AddStringToObject(item, "case", object->kind_of) != NULL;
    if (good && object->syntax == SETTING_INTEGER) {
        /* What a device says is possible, whatever the RFC thinks. */
        double min = (double)(value->number < object->min ? value->number : object->min);
        double max = (double)(value->number > object->max ? value->number : object->max);
        good = cJSON_AddNumberToObject(item, "min", min) != NULL &&
               cJSON_AddNumberToObject(item, "max", max) != NULL;
    } else if (good && object->syntax == SETTING_ENUM) {
        good = add_values(item, object, value);
    }
    if (!good) {
        cJSON_Delete(item);
        item = NULL;
    }
    return item;
}
