/*
 * Compiling and checking schemas. Recursion follows the schema, whose depth is bounded when it is
 * compiled; bodies are no deeper than that. No state besides the compiled tree.
 */
#include "core/rest/schema.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/strbuf.h"
#include "core/rest/schema_private.h"

#define DEPTH 16
#define FAULTS 50
#define PATTERN_INPUT 65536u /* longer texts do not reach the pattern */
#define UNIQUE_MAX 1000
#define UNSET (-1)

/* ---- compiling ---- */

static platen_code compile(const cJSON *tree, unsigned depth, schema **out, platen_error *err);

static platen_code read_type(schema *s, const char *word, platen_error *err)
{
    static const char *const words[] = {"null",   "boolean", "number", "integer",
                                        "string", "array",   "object"};
    for (unsigned i = 0; i < 7; i++) {
        if (word != NULL && strcmp(word, words[i]) == 0) {
            s->types |= 1u << i;
            return PLATEN_OK;
        }
    }
    return error_set(err, PLATEN_E_INVAL, "schema: type '%s' is unknown", word != NULL ? word : "");
}

static platen_code read_types(schema *s, const cJSON *value, platen_error *err)
{
    const cJSON *each = NULL;
    if (!cJSON_IsArray(value)) {
        return read_type(s, cJSON_GetStringValue(value), err);
    }
    cJSON_ArrayForEach(each, value)
    {
        PLATEN_TRY(read_type(s, cJSON_GetStringValue(each), err));
    }
    return PLATEN_OK;
}

static platen_code read_properties(schema *s, const cJSON *value, unsigned depth, platen_error *err)
{
    const cJSON *each = NULL;
    int count = cJSON_GetArraySize(value);
    if (!cJSON_IsObject(value)) {
        return error_set(err, PLATEN_E_INVAL, "schema: properties is no object");
    }
    s->properties = calloc((size_t)count + 1, sizeof(*s->properties));
    if (s->properties == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a schema");
    }
    cJSON_ArrayForEach(each, value)
    {
        property *p = &s->properties[s->property_count++];
        p->name = strdup(each->string);
        if (p->name == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for a schema");
        }
        PLATEN_TRY(compile(each, depth + 1, &p->schema, err));
    }
    return PLATEN_OK;
}

static platen_code read_required(schema *s, const cJSON *value, platen_error *err)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, value)
    {
        const char *name = cJSON_GetStringValue(each);
        bool found = false;
        for (size_t i = 0; name != NULL && i < s->property_count; i++) {
            if (strcmp(s->properties[i].name, name) == 0) {
                s->properties[i].required = true;
                found = true;
            }
        }
        if (!found) {
            return error_set(err, PLATEN_E_INVAL, "schema: required member '%s' has no property",
                             name != NULL ? name : "");
        }
    }
    return PLATEN_OK;
}

static platen_code read_any(schema *s, const cJSON *value, unsigned depth, platen_error *err)
{
    const cJSON *each = NULL;
    s->any = calloc((size_t)cJSON_GetArraySize(value) + 1, sizeof(schema *));
    if (s->any == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a schema");
    }
    cJSON_ArrayForEach(each, value)
    {
        PLATEN_TRY(compile(each, depth + 1, &s->any[s->any_count], err));
        s->any_count++;
    }
    return PLATEN_OK;
}

static platen_code read_pattern(schema *s, const char *text, platen_error *err)
{
    int code = text != NULL ? regcomp(&s->pattern, text, REG_EXTENDED | REG_NOSUB) : REG_BADPAT;
    if (code != 0) {
        return error_set(err, PLATEN_E_INVAL, "schema: pattern '%s' does not compile",
                         text != NULL ? text : "");
    }
    s->has_pattern = true;
    return PLATEN_OK;
}

static platen_code read_format(schema *s, const char *text, platen_error *err)
{
    if (text != NULL && strcmp(text, "date-time") == 0) {
        s->format = FORMAT_DATE_TIME;
    } else if (text != NULL && strcmp(text, "email") == 0) {
        s->format = FORMAT_EMAIL;
    } else if (text != NULL && strcmp(text, "uri") == 0) {
        s->format = FORMAT_URI;
    } else if (text != NULL && strcmp(text, "file") == 0) {
        s->format = FORMAT_FILE;
    } else {
        return error_set(err, PLATEN_E_INVAL, "schema: format '%s' is unknown",
                         text != NULL ? text : "");
    }
    return PLATEN_OK;
}

static bool read_number(schema *s, const cJSON *word)
{
    const char *name = word->string;
    double value = word->valuedouble;
    long whole = value >= 0.0 && value <= 1e9 ? (long)value : 0;
    if (strcmp(name, "minimum") == 0 || strcmp(name, "exclusiveMinimum") == 0) {
        s->has_minimum = true;
        s->minimum = value;
        s->minimum_open = name[0] == 'e';
    } else if (strcmp(name, "maximum") == 0 || strcmp(name, "exclusiveMaximum") == 0) {
        s->has_maximum = true;
        s->maximum = value;
        s->maximum_open = name[0] == 'e';
    } else if (strcmp(name, "minLength") == 0) {
        s->min_length = whole;
    } else if (strcmp(name, "maxLength") == 0) {
        s->max_length = whole;
    } else if (strcmp(name, "minItems") == 0) {
        s->min_items = whole;
    } else if (strcmp(name, "maxItems") == 0) {
        s->max_items = whole;
    } else {
        return false;
    }
    return cJSON_IsNumber(word);
}

static bool describes(const char *name)
{
    static const char *const words[] = {"title",    "description", "default",  "examples",
                                        "example",  "deprecated",  "$comment", "$schema",
                                        "readOnly", "required",    "$id"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(name, words[i]) == 0) {
            return true;
        }
    }
    return strncmp(name, "x-", 2) == 0;
}

static platen_code read_choices(schema *s, const cJSON *word, platen_error *err)
{
    s->choices = word->string[0] == 'c' ? cJSON_CreateArray() : cJSON_Duplicate(word, true);
    if (s->choices != NULL && word->string[0] == 'c' &&
        !cJSON_AddItemToArray(s->choices, cJSON_Duplicate(word, true))) {
        cJSON_Delete(s->choices);
        s->choices = NULL;
    }
    if (s->choices == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a schema");
    }
    return cJSON_IsArray(s->choices) ? PLATEN_OK
                                     : error_set(err, PLATEN_E_INVAL, "schema: enum is no array");
}

static platen_code read_word(schema *s, const cJSON *word, unsigned depth, platen_error *err)
{
    const char *name = word->string;
    bool again = (s->any != NULL && strstr(name, "Of") != NULL) ||
                 (s->choices != NULL && (strcmp(name, "enum") == 0 || strcmp(name, "const") == 0));
    if (again) {
        return error_set(err, PLATEN_E_INVAL, "schema: '%s' says again what is said already", name);
    }
    if (strcmp(name, "type") == 0) {
        return read_types(s, word, err);
    }
    if (strcmp(name, "properties") == 0) {
        return read_properties(s, word, depth, err);
    }
    if (strcmp(name, "items") == 0) {
        return compile(word, depth + 1, &s->items, err);
    }
    if (strcmp(name, "additionalProperties") == 0) {
        return cJSON_IsObject(word) ? compile(word, depth + 1, &s->others, err) : PLATEN_OK;
    }
    if (strcmp(name, "enum") == 0 || strcmp(name, "const") == 0) {
        return read_choices(s, word, err);
    }
    if (strcmp(name, "anyOf") == 0 || strcmp(name, "oneOf") == 0) {
        return read_any(s, word, depth, err);
    }
    if (strcmp(name, "pattern") == 0) {
        return read_pattern(s, cJSON_GetStringValue(word), err);
    }
    if (strcmp(name, "format") == 0) {
        return read_format(s, cJSON_GetStringValue(word), err);
    }
    if (strcmp(name, "contentEncoding") == 0) {
        const char *encoding = cJSON_GetStringValue(word);
        return encoding != NULL && strcmp(encoding, "base64") == 0
                   ? PLATEN_OK
                   : error_set(err, PLATEN_E_INVAL, "schema: contentEncoding is not base64");
    }
    if (strcmp(name, "writeOnly") == 0) {
        s->write_only = cJSON_IsTrue(word);
        return PLATEN_OK;
    }
    if (strcmp(name, "uniqueItems") == 0) {
        s->unique = cJSON_IsTrue(word);
        return PLATEN_OK;
    }
    if (read_number(s, word) || describes(name)) {
        return PLATEN_OK;
    }
    return error_set(err, PLATEN_E_INVAL, "schema: '%s' is not supported or not a number", name);
}

// NOLINTNEXTLINE(misc-no-recursion): depth is at most DEPTH
static platen_code compile(const cJSON *tree, unsigned depth, schema **out, platen_error *err)
{
    const cJSON *word = NULL;
    platen_code code = PLATEN_OK;
    if (depth > DEPTH || (!cJSON_IsObject(tree) && !cJSON_IsTrue(tree))) {
        return error_set(err, PLATEN_E_INVAL, "schema: not an object, or nested deeper than %d",
                         DEPTH);
    }
    schema *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a schema");
    }
    s->min_length = s->max_length = s->min_items = s->max_items = UNSET;
    cJSON_ArrayForEach(word, tree)
    {
        if (code == PLATEN_OK && cJSON_GetObjectItemCaseSensitive(tree, word->string) != word) {
            code = error_set(err, PLATEN_E_INVAL, "schema: '%s' stands twice", word->string);
        }
        code = code == PLATEN_OK ? read_word(s, word, depth, err) : code;
    }
    const cJSON *others = cJSON_GetObjectItemCaseSensitive(tree, "additionalProperties");
    s->closed = cJSON_IsFalse(others) || (others == NULL && s->properties != NULL);
    if (code == PLATEN_OK) {
        code = read_required(s, cJSON_GetObjectItemCaseSensitive(tree, "required"), err);
    }
    if (code != PLATEN_OK) {
        schema_free(s);
        return code;
    }
    *out = s;
    return PLATEN_OK;
}

platen_code schema_new_tree(const cJSON *tree, schema **out, platen_error *err)
{
    return compile(tree, 0, out, err);
}

platen_code schema_new(const char *text, schema **out, platen_error *err)
{
    cJSON *tree = NULL;
    PLATEN_TRY(json_parse(text, strlen(text), &tree, err));
    platen_code code = compile(tree, 0, out, err);
    cJSON_Delete(tree);
    return code;
}

// NOLINTNEXTLINE(misc-no-recursion): depth is at most DEPTH
void schema_free(schema *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < s->property_count; i++) {
        free(s->properties[i].name);
        schema_free(s->properties[i].schema);
    }
    for (size_t i = 0; i < s->any_count; i++) {
        schema_free(s->any[i]);
    }
    schema_free(s->others);
    schema_free(s->items);
    cJSON_Delete(s->choices);
    if (s->has_pattern) {
        regfree(&s->pattern);
    }
    free(s->properties);
    free(s->any);
    free(s);
}

/* ---- checking ---- */

typedef struct check {
    strbuf pointer;
    schema_report report; /* NULL: only whether */
    void *user;
    unsigned faults;
} check;

static void fault(check *c, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void fault(check *c, const char *code, const char *format, ...)
{
    char text[PLATEN_ERROR_TEXT];
    va_list args;
    c->faults++;
    if (c->report == NULL || c->faults > FAULTS) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    c->report(c->pointer.failed ? "" : c->pointer.data, code, text, c->user);
}

/* RFC 6901: '~' and '/' of a name are escaped. Returns the length to go back to. */
static size_t pointer_push(check *c, const char *name)
{
    size_t before = c->pointer.length;
    strbuf_append_char(&c->pointer, '/');
    for (; *name != '\0'; name++) {
        if (*name == '~' || *name == '/') {
            strbuf_append(&c->pointer, *name == '~' ? "~0" : "~1");
        } else {
            strbuf_append_char(&c->pointer, *name);
        }
    }
    return before;
}

static void pointer_pop(check *c, size_t length)
{
    if (!c->pointer.failed) {
        c->pointer.length = length;
        c->pointer.data[length] = '\0';
    }
}

static unsigned types_of(const cJSON *v)
{
    if (cJSON_IsNumber(v)) {
        bool whole =
            floor(v->valuedouble) == v->valuedouble && fabs(v->valuedouble) <= 9007199254740992.0;
        return T_NUMBER | (whole ? T_INTEGER : 0u);
    }
    return cJSON_IsNull(v)     ? T_NULL
           : cJSON_IsBool(v)   ? T_BOOLEAN
           : cJSON_IsString(v) ? T_STRING
           : cJSON_IsArray(v)  ? T_ARRAY
           : cJSON_IsObject(v) ? T_OBJECT
                               : 0u;
}

static void types_text(unsigned types, char *out, size_t size)
{
    static const char *const words[] = {"null",   "true or false", "a number", "a whole number",
                                        "a text", "an array",      "an object"};
    size_t at = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < 7; i++) {
        if ((types & (1u << i)) != 0 && at < size) {
            int added = snprintf(out + at, size - at, "%s%s", at > 0 ? " or " : "", words[i]);
            at += added > 0 ? (size_t)added : 0;
        }
    }
}

static bool is_email(const char *text)
{
    const char *at = strrchr(text, '@');
    return at != NULL && at > text && at - text <= 64 && at[1] != '\0' && strlen(at) < 255 &&
           strpbrk(text, " \t\r\n<>,;\"") == NULL && at[1] != '.' && at[strlen(at) - 1] != '.' &&
           strchr(text, '@') == at;
}

static bool is_uri(const char *text)
{
    size_t scheme =
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
    return scheme > 0 && text[scheme] == ':' && text[scheme + 1] != '\0' &&
           strpbrk(text, " \t\r\n<>\"") == NULL;
}

/* The whole of a file as base64 (RFC 4648 section 4), nothing in between. */
static bool is_base64(const char *text)
{
    size_t digits =
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    size_t filled = digits + strspn(text + digits, "=");
    return text[filled] == '\0' && filled % 4 == 0 && filled - digits < 3;
}

static void check_string(const schema *s, const char *text, check *c)
{
    long length = 0;
    int64_t time = 0;
    for (const char *at = text; *at != '\0'; at++) {
        length += ((unsigned char)*at & 0xc0) != 0x80 ? 1 : 0; /* characters, not bytes */
    }
    if (s->min_length != UNSET && length < s->min_length) {
        fault(c, "length", "has %ld characters, at least %ld are needed", length, s->min_length);
    } else if (s->max_length != UNSET && length > s->max_length) {
        fault(c, "length", "has %ld characters, at most %ld are possible", length, s->max_length);
    } else if (s->has_pattern &&
               (strlen(text) > PATTERN_INPUT || regexec(&s->pattern, text, 0, NULL, 0) != 0)) {
        fault(c, "pattern", "does not have the form that is needed");
    } else if (s->format == FORMAT_DATE_TIME && !clock_parse(text, &time)) {
        fault(c, "format", "is no time of the form 2026-01-31T08:15:30Z");
    } else if (s->format == FORMAT_EMAIL && !is_email(text)) {
        fault(c, "format", "is no mail address");
    } else if (s->format == FORMAT_URI && !is_uri(text)) {
        fault(c, "format", "is no URI");
    } else if (s->format == FORMAT_FILE && !is_base64(text)) {
        fault(c, "format", "is no base64");
    }
}

static void check_number(const schema *s, double value, check *c)
{
    if (s->has_minimum && (value < s->minimum || (s->minimum_open && value <= s->minimum))) {
        fault(c, "range", "is %.15g, %s %.15g is needed", value,
              s->minimum_open ? "more than" : "at least", s->minimum);
    } else if (s->has_maximum && (value > s->maximum || (s->maximum_open && value >= s->maximum))) {
        fault(c, "range", "is %.15g, %s %.15g is possible", value,
              s->maximum_open ? "less than" : "at most", s->maximum);
    }
}

static void check_value(const schema *s, const cJSON *value, check *c);

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const property *property_of(const schema *s, const char *name)
{
    for (size_t i = 0; i < s->property_count; i++) {
        if (strcmp(s->properties[i].name, name) == 0) {
            return &s->properties[i];
        }
    }
    return NULL;
}

// NOLINTNEXTLINE(misc-no-recursion): depth is that of the schema
static void check_object(const schema *s, const cJSON *object, check *c)
{
    const cJSON *each = NULL;
    for (size_t i = 0; i < s->property_count; i++) {
        if (s->properties[i].required && member(object, s->properties[i].name) == NULL) {
            size_t back = pointer_push(c, s->properties[i].name);
            fault(c, "required", "is missing");
            pointer_pop(c, back);
        }
    }
    cJSON_ArrayForEach(each, object)
    {
        const char *name = each->string != NULL ? each->string : "";
        const property *p = property_of(s, name);
        if (c->faults > FAULTS) {
            return;
        }
        size_t back = pointer_push(c, name);
        if (p != NULL && member(object, name) != each) {
            fault(c, "duplicate", "stands twice");
        } else if (p != NULL) {
            check_value(p->schema, each, c);
        } else if (s->others != NULL) {
            check_value(s->others, each, c);
        } else if (s->closed) {
            fault(c, "unknown", "is not known here");
        }
        pointer_pop(c, back);
    }
}

/* Quadratic, so only for arrays of at most UNIQUE_MAX items. */
static bool has_twins(const cJSON *array)
{
    for (const cJSON *a = array->child; a != NULL; a = a->next) {
        for (const cJSON *b = a->next; b != NULL; b = b->next) {
            if (cJSON_Compare(a, b, true)) {
                return true;
            }
        }
    }
    return false;
}

// NOLINTNEXTLINE(misc-no-recursion): depth is that of the schema
static void check_array(const schema *s, const cJSON *array, check *c)
{
    char number[24];
    const cJSON *each = NULL;
    long count = cJSON_GetArraySize(array);
    if (s->min_items != UNSET && count < s->min_items) {
        fault(c, "items", "has %ld items, at least %ld are needed", count, s->min_items);
        return;
    }
    if (s->max_items != UNSET && count > s->max_items) {
        fault(c, "items", "has %ld items, at most %ld are possible", count, s->max_items);
        return;
    }
    if (s->unique && count > UNIQUE_MAX) {
        fault(c, "items", "has %ld items, at most %d are possible", count, UNIQUE_MAX);
        return;
    }
    if (s->unique && has_twins(array)) {
        fault(c, "duplicate", "has an item twice");
    }
    long index = 0;
    cJSON_ArrayForEach(each, array)
    {
        if (s->items == NULL || c->faults > FAULTS) {
            return;
        }
        (void)snprintf(number, sizeof(number), "%ld", index++);
        size_t back = pointer_push(c, number);
        check_value(s->items, each, c);
        pointer_pop(c, back);
    }
}

static bool is_choice(const cJSON *choices, const cJSON *value)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, choices)
    {
        if (cJSON_Compare(each, value, true)) {
            return true;
        }
    }
    return false;
}

static void fault_choices(const schema *s, check *c)
{
    const cJSON *each = NULL;
    strbuf words;
    strbuf_init(&words);
    cJSON_ArrayForEach(each, s->choices)
    {
        char *text = cJSON_PrintUnformatted(each);
        strbuf_append(&words, words.length > 0 ? ", " : "");
        strbuf_append(&words, text != NULL ? text : "");
        cJSON_free(text);
    }
    fault(c, "enum", "is not one of %s", words.failed ? "the choices" : words.data);
    strbuf_fini(&words);
}

// NOLINTNEXTLINE(misc-no-recursion): depth is that of the schema
static bool fits_any(const schema *s, const cJSON *value)
{
    for (size_t i = 0; i < s->any_count; i++) {
        if (schema_check(s->any[i], value, NULL, NULL)) {
            return true;
        }
    }
    return s->any_count == 0;
}

// NOLINTNEXTLINE(misc-no-recursion): depth is that of the schema
static void check_value(const schema *s, const cJSON *value, check *c)
{
    unsigned types = types_of(value);
    if (s->types != 0 && (s->types & types) == 0) {
        char text[160];
        types_text(s->types, text, sizeof(text));
        fault(c, "type", "is not %s", text);
        return;
    }
    if (s->choices != NULL && !is_choice(s->choices, value)) {
        fault_choices(s, c);
        return;
    }
    if (!fits_any(s, value)) {
        fault(c, "any-of", "fits none of the forms that are possible");
        return;
    }
    if (types == T_STRING) {
        check_string(s, value->valuestring, c);
    } else if ((types & T_NUMBER) != 0) {
        check_number(s, value->valuedouble, c);
    } else if (types == T_OBJECT) {
        check_object(s, value, c);
    } else if (types == T_ARRAY) {
        check_array(s, value, c);
    }
}

// NOLINTNEXTLINE(misc-no-recursion): depth is that of the schema
bool schema_check(const schema *s, const cJSON *value, schema_report report, void *user)
{
    check c = {.report = report, .user = user};
    strbuf_init(&c.pointer);
    check_value(s, value, &c);
    strbuf_fini(&c.pointer);
    return c.faults == 0;
}
