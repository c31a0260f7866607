/*
 * A validator for the part of JSON Schema that Platen uses: type, properties, required,
 * additionalProperties (false unless said otherwise where there are properties), enum, const,
 * minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength, maxLength (in characters),
 * pattern (POSIX extended), items, minItems, maxItems, uniqueItems, format (date-time, email, uri,
 * file: base64), contentEncoding (base64), anyOf. Words that only describe (title, description,
 * default, examples, deprecated, writeOnly, $comment, x-...) are allowed; any other word is refused
 * when the schema is compiled, so that no rule is believed in that does not hold.
 *
 * A compiled schema is read-only: any thread.
 */
#ifndef PLATEN_REST_SCHEMA_H
#define PLATEN_REST_SCHEMA_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "core/base/error.h"

typedef struct schema schema;

platen_code schema_new(const char *text, schema **out, platen_error *err);
platen_code schema_new_tree(const cJSON *tree, schema **out, platen_error *err); /* not kept */
void schema_free(schema *s);

/* `pointer` is a JSON Pointer, `code` one of: type required unknown enum range length pattern
 * format items duplicate any-of. All borrowed for the call. */
typedef void (*schema_report)(const char *pointer, const char *code, const char *text, void *user);

/* The name of property `index`; NULL behind the last. */
const char *schema_property(const schema *s, size_t index);

/* Whether a member of this name has a schema that says writeOnly. */
bool schema_is_secret(const schema *s, const char *name);

/* Whether it is a file (format "file"); whether any member of an object is one. */
bool schema_is_file(const schema *s, const char *name);
bool schema_has_file(const schema *s);

/* The schema of a member, of the items of an array; NULL when it says nothing about them. */
const schema *schema_member(const schema *s, const char *name);
const schema *schema_items(const schema *s);

/* Whether `value` fits. Reports at most 50 faults. */
bool schema_check(const schema *s, const cJSON *value, schema_report report, void *user);

#endif
