/*
 * Texts for people: a message code and parameters become a subject and a body in one of six
 * languages (locales/<language>.json, compiled in). A language that is not there is English.
 * Loaded once, then only read: any thread.
 */
#ifndef PLATEN_NOTIFY_MESSAGE_H
#define PLATEN_NOTIFY_MESSAGE_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"

typedef struct messages messages;

/* A file of locales/ as the build compiles it in (core/build/texts.awk); {NULL, NULL} at the end.
 */
typedef struct message_file {
    const char *language; /* "en" */
    const char *json;
} message_file;
extern const message_file message_files[];

platen_code messages_new(messages **out, platen_error *err);
void messages_free(messages *m);

/* "de" for "de" and "de-CH"; "en" for what is not there, and for NULL. */
const char *messages_language(const messages *m, const char *wanted);

/* Appends the subject (one line) or the body (lines end with CR LF). `params` is an object of texts
 * and numbers that stand in the text as {name}, or NULL; a member whose name ends in "_at" is a
 * time in ms and shown as "2026-01-31 08:15 UTC". Control characters of values become spaces.
 * PLATEN_E_NOT_FOUND when there is no such code. */
platen_code messages_subject(const messages *m, const char *language, const char *code,
                             const cJSON *params, strbuf *out, platen_error *err);
platen_code messages_body(const messages *m, const char *language, const char *code,
                          const cJSON *params, strbuf *out, platen_error *err);

#endif
