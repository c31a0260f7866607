#include "import.h"

#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "fault.h"

#define LOOK 4096u /* bytes that tell text from what is none */

static bool begins(const uint8_t *at, size_t left, const char *with)
{
    return left >= strlen(with) && memcmp(at, with, strlen(with)) == 0;
}

/* No control characters, and a cell that ends within the first line with something in it. */
static bool is_cells(const uint8_t *at, size_t left)
{
    bool parted = false;
    bool first = true;
    for (size_t i = 0; i < left && i < LOOK; i++) {
        if ((at[i] < ' ' && strchr("\t\r\n", at[i]) == NULL) || at[i] == '\0' || at[i] == 0x7f) {
            return false;
        }
        first = first && at[i] != '\n' && at[i] != '\r';
        parted = parted || (first && (at[i] == ',' || at[i] == ';'));
    }
    return parted;
}

import_form import_form_of(const uint8_t *file, size_t length)
{
    size_t at = length >= 3 && memcmp(file, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (container_is(file, length)) {
        return IMPORT_CONTAINER;
    }
    if (begins(file, length, "PK\x03\x04") || begins(file, length, "PK\x05\x06")) {
        return IMPORT_BUNDLE;
    }
    if (begins(file, length, "\x1b%-12345X") || begins(file, length, "@PJL")) {
        return IMPORT_PJL;
    }
    while (at < length && strchr(" \t\r\n", file[at]) != NULL && file[at] != '\0') {
        at++;
    }
    if (at < length && (file[at] == '{' || file[at] == '[')) {
        return IMPORT_JSON;
    }
    return at == length || is_cells(file + at, length - at) ? IMPORT_CSV : IMPORT_OTHER;
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
        return import_csv((const char *)file, length, &out->items, err);
    case IMPORT_PJL:
        return import_pjl((const char *)file, length, &out->items, err);
    case IMPORT_BUNDLE:
        return import_bundle(file, length, out, err);
    case IMPORT_OTHER:
        break;
    }
    return fault(err, PLATEN_E_MALFORMED,
                 "the file is none that is read: files of Platen (.psv), JSON, CSV, PJL commands "
                 "(@PJL DEFAULT NAME=VALUE), the settings bundle (.zip) of Lexmark devices");
}
