/* What the feature's operations share: arguments, answers, registering. On the call's thread. */
#ifndef SETTING_VALUE_OPERATION_H
#define SETTING_VALUE_OPERATION_H

#include <cjson/cJSON.h>

#include "setting_value.h"

/* A member of a schema: {"ids": [...]} with at least one, at most 10,000. */
#define OPERATION_IDS                                                                              \
    "{\"type\":\"object\",\"required\":[\"ids\"],\"properties\":{\"ids\":{\"type\":\"array\","     \
    "\"minItems\":1,\"maxItems\":10000,\"items\":{\"type\":\"string\",\"maxLength\":19}}}}"

/* The schema of a member that is a file. */
#define OPERATION_FILE_MAX (8u << 20) /* bytes of the file */
#define OPERATION_FILE                                                                             \
    "{\"type\":\"string\",\"title\":\"setting-value.file\",\"format\":\"file\","                   \
    "\"contentEncoding\":\"base64\",\"minLength\":4,"                                              \
    "\"maxLength\":11184812}"

/* An operation with its arguments parsed. */
typedef platen_code (*operation_fn)(platen_call *call, const cJSON *arguments, platen_error *err);

/* Registers "setting-value.<word>", titled by the key of the same name, for those who have the
 * function. `flags` are PLATEN_OPERATION_... . The arguments are wiped after `fn`. */
platen_code operation_add(const char *word, uint32_t flags, const char *schema, operation_fn fn,
                          platen_error *err);

/* The same for system managers. */
platen_code operation_add_managed(const char *word, uint32_t flags, const char *schema,
                                  operation_fn fn, platen_error *err);

/* A member that is a text; "" when it is not there. */
const char *operation_text(const cJSON *arguments, const char *name);
/* A member that is an id; 0 when it is none. */
int64_t operation_id(const cJSON *arguments, const char *name);
/* An id as text: positive, at most 19 digits; 0 when it is none. */
int64_t operation_number(const char *text);
/* Calls `fn` for each id of a list; those that are not there (any more) are left out. */
platen_code operation_each_id(platen_tx *tx, const cJSON *ids,
                              platen_code (*fn)(platen_tx *tx, int64_t id, platen_error *err),
                              platen_error *err);

/* Whether it is a name: 1 to `most` bytes, no blanks around it, no control characters; else
 * invalid() at "/name". */
bool operation_name(platen_call *call, const char *name, size_t most);

/* Bytes from base64; the caller frees them. `most`: bytes at most. What is wrong is told with
 * invalid() at `pointer`. */
platen_code operation_base64(platen_call *call, const char *pointer, const char *text, size_t most,
                             uint8_t **bytes, size_t *length, platen_error *err);
/* What the member "file" is not: told with the words of SET-72. PLATEN_E_INVAL. */
platen_code operation_incorrect(platen_call *call, const char *why, platen_error *err);

/* The text of base64; the caller frees it, NULL: no memory. */
char *operation_to_base64(const void *bytes, size_t length);

/* Answers {"id":"<id>"}. */
platen_code operation_answer_id(platen_call *call, int64_t id, platen_error *err);
/* Answers the tree and deletes it; NULL is "no memory". */
platen_code operation_answer(platen_call *call, cJSON *tree, platen_error *err);

#endif
