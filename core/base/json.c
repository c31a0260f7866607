/* The streaming writer and the reading helpers. No state but the caller's. */
#include "core/base/json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"

void json_init(json_writer *w, strbuf *out)
{
    w->out = out;
    w->depth = 0;
    w->comma[0] = false;
}

/* 'u': \u00XX, else the letter after the backslash. */
static char escape_of(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 'u';
    }
}

/* Where the next character stands that has to be escaped. */
static size_t plain_to(const char *value, size_t at, size_t length)
{
    while (at < length) {
        unsigned char c = (unsigned char)value[at];
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f) {
            break;
        }
        at++;
    }
    return at;
}

static void quote_clean(strbuf *out, const char *value, size_t length)
{
    size_t from = 0;
    strbuf_reserve(out, length + 2);
    strbuf_append_char(out, '"');
    for (size_t i = plain_to(value, 0, length); i < length; i = plain_to(value, i + 1, length)) {
        unsigned char c = (unsigned char)value[i];
        char escape = escape_of(c);
        strbuf_append_n(out, value + from, i - from);
        if (escape == 'u') {
            strbuf_appendf(out, "\\u%04x", c);
        } else {
            const char pair[2] = {'\\', escape};
            strbuf_append_n(out, pair, 2);
        }
        from = i + 1;
    }
    strbuf_append_n(out, value + from, length - from);
    strbuf_append_char(out, '"');
}

static void quote_dirty(strbuf *out, const char *value, size_t length)
{
    strbuf clean;
    strbuf_init(&clean);
    for (size_t i = 0; i < length;) {
        size_t step = 4;
        while (step > 0 && (step > length - i || !text_is_utf8(value + i, step))) {
            step--;
        }
        if (step == 0) {
            strbuf_append(&clean, "\xef\xbf\xbd"); /* U+FFFD */
            step = 1;
        } else {
            strbuf_append_n(&clean, value + i, step);
        }
        i += step;
    }
    quote_clean(out, clean.data, clean.length);
    out->failed = out->failed || clean.failed;
    strbuf_fini(&clean);
}

void json_quote(strbuf *out, const char *value, size_t length)
{
    if (text_is_utf8(value, length)) {
        quote_clean(out, value, length);
    } else {
        quote_dirty(out, value, length);
    }
}

/* What stands before a value: a comma, and its key. */
static void begin(json_writer *w, const char *key)
{
    if (w->comma[w->depth]) {
        strbuf_append_char(w->out, ',');
    }
    w->comma[w->depth] = true;
    if (key != NULL) {
        quote_clean(w->out, key, strlen(key));
        strbuf_append_char(w->out, ':');
    }
}

static void open_level(json_writer *w, const char *key, char bracket)
{
    begin(w, key);
    assert(w->depth + 1 < JSON_DEPTH);
    w->depth++;
    w->comma[w->depth] = false;
    strbuf_append_char(w->out, bracket);
}

static void close_level(json_writer *w, char bracket)
{
    assert(w->depth > 0);
    w->depth--;
    strbuf_append_char(w->out, bracket);
}

void json_object(json_writer *w, const char *key)
{
    open_level(w, key, '{');
}

void json_object_end(json_writer *w)
{
    close_level(w, '}');
}

void json_array(json_writer *w, const char *key)
{
    open_level(w, key, '[');
}

void json_array_end(json_writer *w)
{
    close_level(w, ']');
}

void json_text_n(json_writer *w, const char *key, const char *value, size_t length)
{
    begin(w, key);
    json_quote(w->out, value, length);
}

void json_text(json_writer *w, const char *key, const char *value)
{
    if (value == NULL) {
        json_null(w, key);
    } else {
        json_text_n(w, key, value, strlen(value));
    }
}

void json_i64(json_writer *w, const char *key, int64_t value)
{
    begin(w, key);
    strbuf_append_i64(w->out, value);
}

void json_double(json_writer *w, const char *key, double value)
{
    if (!isfinite(value)) {
        json_null(w, key);
        return;
    }
    begin(w, key);
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        double back = 0;
        if (sscanf(text, "%lf", &back) == 1 && back == value) {
            break;
        }
    }
    strbuf_append(w->out, text);
}

void json_bool(json_writer *w, const char *key, bool value)
{
    begin(w, key);
    strbuf_append(w->out, value ? "true" : "false");
}

void json_null(json_writer *w, const char *key)
{
    begin(w, key);
    strbuf_append(w->out, "null");
}

void json_id(json_writer *w, const char *key, int64_t value)
{
    begin(w, key);
    strbuf_append_char(w->out, '"');
    strbuf_append_i64(w->out, value);
    strbuf_append_char(w->out, '"');
}

void json_time(json_writer *w, const char *key, int64_t ms)
{
    char text[CLOCK_TEXT];
    if (ms == 0) {
        json_null(w, key);
    } else {
        json_text(w, key, clock_format(ms, text));
    }
}

void json_raw(json_writer *w, const char *key, const char *json)
{
    begin(w, key);
    strbuf_append(w->out, json);
}

void json_tree(json_writer *w, const char *key, const cJSON *value)
{
    char *text = value != NULL ? cJSON_PrintUnformatted(value) : NULL;
    if (text == NULL) {
        json_null(w, key);
        return;
    }
    json_raw(w, key, text);
    cJSON_free(text);
}

/* cJSON nests up to 1,000 levels and its users recurse: deeper than JSON_DEPTH is refused first. */
static bool too_deep(const char *text, size_t length)
{
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (quoted) {
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = false;
            }
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > JSON_DEPTH) {
                return true;
            }
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return false;
}

platen_code json_parse(const char *text, size_t length, cJSON **tree, platen_error *err)
{
    if (memchr(text, '\0', length) != NULL || !text_is_utf8(text, length)) {
        return error_set(err, PLATEN_E_MALFORMED, "the JSON text is not UTF-8");
    }
    if (too_deep(text, length)) {
        return error_set(err, PLATEN_E_MALFORMED, "the JSON text nests deeper than %d levels",
                         JSON_DEPTH);
    }
    const char *end = NULL;
    cJSON *parsed = cJSON_ParseWithLengthOpts(text, length, &end, false);
    if (parsed == NULL) {
        size_t at = end != NULL && end >= text ? (size_t)(end - text) : 0;
        return error_set(err, PLATEN_E_MALFORMED, "the text is not JSON from byte %zu on", at);
    }
    while (end < text + length && strchr(" \t\r\n", *end) != NULL) {
        end++;
    }
    if (end != text + length) {
        cJSON_Delete(parsed);
        return error_set(err, PLATEN_E_MALFORMED, "something follows the JSON text at byte %zu",
                         (size_t)(end - text));
    }
    *tree = parsed;
    return PLATEN_OK;
}

const char *json_get_text(const cJSON *object, const char *key, const char *fallback)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(item) ? item->valuestring : fallback;
}

int64_t json_get_i64(const cJSON *object, const char *key, int64_t fallback)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= -9.2e18 && item->valuedouble <= 9.2e18)) {
        return fallback;
    }
    return (int64_t)item->valuedouble;
}

double json_get_double(const cJSON *object, const char *key, double fallback)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : fallback;
}

bool json_get_bool(const cJSON *object, const char *key, bool fallback)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) : fallback;
}

const cJSON *json_get_array(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsArray(item) ? item : NULL;
}

const cJSON *json_get_object(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsObject(item) ? item : NULL;
}

bool json_is_null_or_absent(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return item == NULL || cJSON_IsNull(item);
}
