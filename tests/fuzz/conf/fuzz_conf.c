/*
 * The configuration file's parser on any bytes: it must not crash, an error must name a line of
 * the file, and what it took must be in force.
 */
#include <stdlib.h>
#include <string.h>

#include "core/conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    platen_error err = PLATEN_ERROR_INIT;
    conf *c = conf_new();
    if (c == NULL) {
        return 0;
    }
    /* A copy of the exact size, so that the sanitizer sees a step over the end. */
    char *text = malloc(size > 0 ? size : 1);
    if (text != NULL) {
        memcpy(text, data, size);
        platen_code code = conf_read_text(c, "f", text, size, &err);
        if (code != PLATEN_OK && (strncmp(err.text, "f:", 2) != 0 || strchr(err.text, '\n'))) {
            abort();
        }
        if (code == PLATEN_OK && conf_check(c, &err) == PLATEN_OK) {
            int64_t port = conf_integer(c, "http", "https_port");
            if (port < 1 || port > 65535) {
                abort();
            }
        }
    }
    free(text);
    conf_free(c);
    return 0;
}
