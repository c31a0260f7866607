/*
 * What a file of settings says, whatever its form: a container's inside and a plain file are this
 * JSON, a CSV file has the settings only. Described in docs/setting-value-format.md. Pure
 * functions; any thread.
 */
#ifndef SETTING_VALUE_DOCUMENT_H
#define SETTING_VALUE_DOCUMENT_H

#include "item.h"

#define DOCUMENT_FORMAT 1
#define DOCUMENT_MAX (32u << 20) /* bytes of its JSON */

typedef struct document {
    char kind[16]; /* backup, device (it was exported there), distribution or monitoring; "" when
                      the file does not say */
    char name[101];
    char made[32];    /* RFC 3339, "" */
    char device[101]; /* name of the device that it is from, "" */
    char serial[65];
    char model[256];
    char type[8]; /* I to IV, "" */
    char platform[65];
    uint32_t level; /* 0: none */
    item_list items;
} document;

/* An object as above, or a list of settings alone. Takes the tree over, also on failure.
 * PLATEN_E_INVAL, PLATEN_E_TOO_LARGE; PLATEN_E_VERSION: of a format that is not known here. */
platen_code document_take(cJSON *tree, document *out, platen_error *err);
/* From JSON text, with or without a byte-order mark; PLATEN_E_MALFORMED names the line. */
platen_code document_parse(const char *text, size_t length, document *out, platen_error *err);
void document_fini(document *d);

/* JSON text; the caller calls cJSON_free(). NULL: no memory. */
char *document_text(const document *d);

#endif
