/*
 * JSON. Writing: a streaming writer into a strbuf, for what is sent. Reading: cJSON trees, with
 * helpers that say what is wrong and where (JSON Pointer, RFC 6901).
 */
#ifndef PLATEN_BASE_JSON_H
#define PLATEN_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"

#define JSON_DEPTH 32

/* Commas and nesting are the writer's business. Wrong nesting is a defect and asserts. */
typedef struct json_writer {
    strbuf *out;
    unsigned depth;
    bool comma[JSON_DEPTH];
} json_writer;

void json_init(json_writer *w, strbuf *out);

/* `key` is NULL inside an array and at the top. */
void json_object(json_writer *w, const char *key);
void json_object_end(json_writer *w);
void json_array(json_writer *w, const char *key);
void json_array_end(json_writer *w);
void json_text(json_writer *w, const char *key, const char *value); /* NULL writes null */
void json_text_n(json_writer *w, const char *key, const char *value, size_t length);
void json_i64(json_writer *w, const char *key, int64_t value);
void json_double(json_writer *w, const char *key, double value); /* shortest form; NaN is null */
void json_bool(json_writer *w, const char *key, bool value);
void json_null(json_writer *w, const char *key);
void json_id(json_writer *w, const char *key, int64_t value);     /* ids are strings outside */
void json_time(json_writer *w, const char *key, int64_t ms);      /* RFC 3339 UTC; 0 is null */
void json_raw(json_writer *w, const char *key, const char *json); /* JSON text, as it is */
void json_tree(json_writer *w, const char *key, const cJSON *value);

/* Quotes and escapes `value` (invalid UTF-8 becomes U+FFFD) without a writer. */
void json_quote(strbuf *out, const char *value, size_t length);

/*
 * Parses one JSON text of at most `length` bytes with nothing behind it. NUL bytes, invalid UTF-8
 * and nesting deeper than JSON_DEPTH are PLATEN_E_MALFORMED. The caller frees with cJSON_Delete().
 */
platen_code json_parse(const char *text, size_t length, cJSON **tree, platen_error *err);

/* Whether it is such a text, without a tree: for what is passed on. PLATEN_E_MALFORMED. */
platen_code json_check(const char *text, size_t length, platen_error *err);

/* Borrowed members; the fallback when the member is absent, null or of another type. */
const char *json_get_text(const cJSON *object, const char *key, const char *fallback);
int64_t json_get_i64(const cJSON *object, const char *key, int64_t fallback);
double json_get_double(const cJSON *object, const char *key, double fallback);
bool json_get_bool(const cJSON *object, const char *key, bool fallback);
const cJSON *json_get_array(const cJSON *object, const char *key);  /* NULL when it is none */
const cJSON *json_get_object(const cJSON *object, const char *key); /* NULL when it is none */
bool json_is_null_or_absent(const cJSON *object, const char *key);

#endif
