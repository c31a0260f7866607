/* Requests to the REST API, whole or line by line. */
#ifndef PLATEN_CLI_API_H
#define PLATEN_CLI_API_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "core/cli/cli.h"

#define API_LINE_MOST ((size_t)4 << 20)  /* longest object of a list */
#define API_BODY_MOST ((size_t)64 << 20) /* longest answer that is taken whole */

typedef struct api_answer {
    long status;
    char etag[128];
    char cookie[512]; /* "platen_session=..." of a login */
    strbuf body;      /* the bytes as they came */
    cJSON *tree;      /* NULL when there is no body */
} api_answer;

void api_answer_init(api_answer *answer);
void api_answer_fini(api_answer *answer);

/* Opens the client's connection handle; options of the client are read now. */
platen_code api_open(cli *c, platen_error *err);
void api_close(cli *c);

/*
 * One request below /api/v1. `body` is JSON text or NULL, `etag` the If-Match value or NULL. An
 * answer of 400 or more is an error with the problem's detail as text, its code and field errors in
 * `c`. `answer` may be NULL.
 */
platen_code api_call(cli *c, const char *method, const char *path, const char *body,
                     const char *etag, api_answer *answer, platen_error *err);

/* Whether a request that failed so may go well a little later: nobody answered, or not now. */
bool api_may_come_back(platen_code code);

/* PUT of octets; the rest as api_call(). */
platen_code api_put_octets(cli *c, const char *path, const void *octets, size_t count,
                           api_answer *answer, platen_error *err);

/* One object of a list: its JSON text (without a line end) and its tree, both borrowed. */
typedef platen_code (*api_item_fn)(const char *json, size_t length, const cJSON *item, void *user,
                                   platen_error *err);

/* Streams a list as application/x-ndjson. A resource that answers {"items":[...]} instead is taken
 * whole. An error of `item` ends the stream and is returned. */
platen_code api_stream(cli *c, const char *path, api_item_fn item, void *user, platen_error *err);

/* Appends a query parameter ("?" or "&" before it) with its value encoded. */
void api_query(strbuf *path, const char *name, const char *value);

/* Appends "/" and one encoded segment of a path. */
void api_segment(strbuf *path, const char *segment);

#endif
