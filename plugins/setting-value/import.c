#include "import.h"

#include <stdlib.h>
#include <string.h>

#include "container.h"

import_form import_form_of(const uint8_t *file, size_t length)
{
    size_t at = length >= 3 && memcmp(file, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (container_is(file, length)) {
        return IMPORT_CONTAINER;
    }
    while (at < length && strchr(" \t\r\n", file[at]) != NULL && file[at] != '\0') {
        at++;
    }
    return at < length && (file[at] == '{' || file[at] == '[') ? IMPORT_JSON : IMPORT_CSV;
}

static platen_code import_container(const uint8_t *file, size_t length, const char *password,
                                    document *out, platen_error *err)
{
    char *plain = NULL;
    size_t count = 0;
    PLATEN_TRY(container_read(file, length, password, &plain, &count, err));
    platen_code rc = document_parse(plain, count, out, err);
    explicit_bzero(plain, count);
    free(plain);
    return rc;
}

platen_code import_file(const uint8_t *file, size_t length, const char *password, document *out,
                        platen_error *err)
{
    memset(out, 0, sizeof(*out));
    switch (import_form_of(file, length)) {
    case IMPORT_CONTAINER:
        return import_container(file, length, password, out, err);
    case IMPORT_JSON:
        return document_parse((const char *)file, length, out, err);
    case IMPORT_CSV:
        break;
    }
    return import_csv((const char *)file, length, &out->items, err);
}
