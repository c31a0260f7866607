/* Reading, checking and comparing settings. */
#include "item.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fault.h"

#define WHOLE_MAX 9007199254740992.0 /* 2^53: beyond it JSON numbers are not exact */

static const char *const kinds[] = {"boolean", "integer", "number", "enum", "text"};

const char *item_kind_word(item_kind kind)
{
    return kinds[kind];
}

bool item_kind_of(const char *word, item_kind *kind)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i], word) == 0) {
            *kind = (item_kind)i;
            return true;
        }
    }
    return false;
}

/* ---- texts ---- */

/* The bytes of the UTF-8 character at `at`, 0 when it is none (RFC 3629). */
static size_t utf8_length(const unsigned char *at)
{
    static const struct {
        unsigned char from, to, second_from, second_to;
        size_t length;
    } forms[] = {
        {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (at[0] < forms[i].from || at[0] > forms[i].to) {
            continue;
        }
        size_t n = forms[i].length;
        if (n > 1 && (at[1] < forms[i].second_from || at[1] > forms[i].second_to)) {
            return 0;
        }
        for (size_t k = 2; k < n; k++) {
            if (at[k] < 0x80 || at[k] > 0xbf) {
                return 0;
            }
        }
        return n;
    }
    return 0;
}

/* Well-formed and, with `printable`, without control characters (C0, DEL, C1). */
static bool is_text(const char *text, size_t most, bool printable)
{
    const unsigned char *at = (const unsigned char *)text;
    if (strlen(text) > most) {
        return false;
    }
    while (*at != '\0') {
        size_t n = utf8_length(at);
        bool control = *at < ' ' || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0);
        if (n == 0 || (printable && control)) {
            return false;
        }
        at += n;
    }
    return true;
}

bool item_text_good(const char *text)
{
    return is_text(text, ITEM_TEXT_MAX, false);
}

bool item_path_good(const char *path)
{
    size_t segments = 1;
    if (!is_text(path, ITEM_PATH_MAX, true) || path[0] == '\0' || path[0] == '/') {
        return false;
    }
    for (const char *at = path; *at != '\0'; at++) {
        if (*at == '/') {
            segments++;
            if (at[1] == '/' || at[1] == '\0') {
                return false;
            }
        }
    }
    return segments >= 2 && segments <= ITEM_SEGMENTS_MAX;
}

bool item_category_good(const char *category)
{
    size_t length = strlen(category);
    return length > 0 && length <= ITEM_CATEGORY_MAX &&
           strspn(category, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* Whether the text has the word, with no letter before and none of lower case behind it: "PIN" is
 * in "systemManagerPin" and "mailbox.pin", not in "spinning" or "pinned". */
static bool has_word(const char *text, const char *word, bool whole)
{
    size_t length = strlen(word);
    for (const char *at = text; *at != '\0'; at++) {
        if (strncasecmp(at, word, length) != 0) {
            continue;
        }
        char before = at > text ? at[-1] : '/';
        char behind = at[length];
        bool begins = !((before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z')) ||
                      (at[0] >= 'A' && at[0] <= 'Z' && before >= 'a');
        bool ends = !(behind >= 'a' && behind <= 'z') &&
                    !(behind >= 'A' && behind <= 'Z' && at[length - 1] < 'a');
        if (!whole || (begins && ends)) {
            return true;
        }
    }
    return false;
}

bool item_secret(const char *path)
{
    return has_word(path, "password", false) || has_word(path, "passwd", false) ||
           has_word(path, "passphrase", false) || has_word(path, "passcode", false) ||
           has_word(path, "secret", false) || has_word(path, "pin", true) ||
           has_word(path, "pincode", true);
}

/* ---- values ---- */

bool item_same(const cJSON *a, const cJSON *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    if (cJSON_IsNumber(a) && cJSON_IsNumber(b)) {
        return a->valuedouble >= b->valuedouble && a->valuedouble <= b->valuedouble;
    }
    if (cJSON_IsString(a) && cJSON_IsString(b)) {
        return strcmp(a->valuestring, b->valuestring) == 0;
    }
    return (cJSON_IsTrue(a) && cJSON_IsTrue(b)) || (cJSON_IsFalse(a) && cJSON_IsFalse(b));
}

static bool is_whole(double number)
{
    return fabs(number) <= WHOLE_MAX && floor(number) >= number;
}

static bool fits_kind(item_kind kind, const cJSON *value)
{
    switch (kind) {
    case ITEM_BOOLEAN:
        return cJSON_IsBool(value);
    case ITEM_INTEGER:
        return cJSON_IsNumber(value) && is_whole(value->valuedouble);
    case ITEM_NUMBER:
        return cJSON_IsNumber(value) && isfinite(value->valuedouble);
    case ITEM_ENUM:
    case ITEM_TEXT:
        break;
    }
    return cJSON_IsString(value) && is_text(value->valuestring, ITEM_TEXT_MAX, false);
}

static bool fits_values(const cJSON *values, const cJSON *value)
{
    const cJSON *one = NULL;
    cJSON_ArrayForEach(one, values)
    {
        if (item_same(one, value)) {
            return true;
        }
    }
    return values == NULL;
}

bool item_takes(const item *i, const cJSON *value, const char **why)
{
    const cJSON *min = cJSON_GetObjectItemCaseSensitive(i->json, "min");
    const cJSON *max = cJSON_GetObjectItemCaseSensitive(i->json, "max");
    const char *wrong = NULL;
    if (!fits_kind(i->kind, value)) {
        wrong = "not of the setting's kind";
    } else if (!fits_values(cJSON_GetObjectItemCaseSensitive(i->json, "values"), value)) {
        wrong = "not one of the allowed values";
    } else if (cJSON_IsNumber(value) && ((min != NULL && value->valuedouble < min->valuedouble) ||
                                         (max != NULL && value->valuedouble > max->valuedouble))) {
        wrong = "outside the allowed range";
    }
    if (why != NULL) {
        *why = wrong != NULL ? wrong : "";
    }
    return wrong == NULL;
}

platen_code item_set(item *i, const cJSON *value, platen_error *err)
{
    const char *why = "";
    if (!item_takes(i, value, &why)) {
        return fault(err, PLATEN_E_INVAL, "%s: the value is %s", i->path, why);
    }
    cJSON *copy = cJSON_Duplicate(value, 1);
    if (copy == NULL || !cJSON_ReplaceItemInObjectCaseSensitive(i->json, "value", copy)) {
        cJSON_Delete(copy);
        return fault_memory(err, "a value");
    }
    i->value = copy;
    return PLATEN_OK;
}

platen_code item_mark(item *i, bool output, platen_error *err)
{
    cJSON_DeleteItemFromObjectCaseSensitive(i->json, "output");
    if (cJSON_AddBoolToObject(i->json, "output", output) == NULL) {
        return fault_memory(err, "a mark");
    }
    i->output = output;
    return PLATEN_OK;
}

void item_value_text(const cJSON *value, char *out, size_t size)
{
    if (cJSON_IsString(value)) {
        (void)snprintf(out, size, "%s", value->valuestring);
        size_t at = 0; /* what was cut does not end in half a character */
        while (out[at] != '\0') {
            size_t n = utf8_length((const unsigned char *)out + at);
            if (n == 0) {
                out[at] = '\0';
                return;
            }
            at += n;
        }
    } else if (cJSON_IsNumber(value) && is_whole(value->valuedouble)) {
        (void)snprintf(out, size, "%.0f", value->valuedouble);
    } else if (cJSON_IsNumber(value)) {
        (void)snprintf(out, size, "%.15g", value->valuedouble);
    } else {
        (void)snprintf(out, size, "%s",
                       cJSON_IsTrue(value)    ? "true"
                       : cJSON_IsFalse(value) ? "false"
                                              : "");
    }
}
