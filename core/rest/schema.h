/*
 * A validator for the part of JSON Schema that Platen uses: type, properties, required,
 * additionalProperties (false unless said otherwise where there are properties), enum, const,
 * minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength, maxLength (in characters),
 * pattern (POSIX extended), items, minItems, maxItems, uniqueItems, format (date-time, email, uri),
 * anyOf. Words that only describe (title, description, default, examples, deprecated, writeOnly,
 * $comment, x-...) are allowed; any other word is refused when the schema is compiled, so that no
 * rule is believed in that does not hold.
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

/* Whether `value` fits. Reports at most 50 faults. */
bool schema_check(const schema *s, const cJSON *value, schema_report report, void *user);

#endif
