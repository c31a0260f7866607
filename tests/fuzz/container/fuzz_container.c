/* Any bytes as a file of settings, of each kind, and as a dictionary (SET-69, SET-72): refused with
 * a text, or settings that come back the same when they are written and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "plugins/setting-value/container.h"
#include "plugins/setting-value/import.h"
#include "plugins/setting-value/words.h"

#define PASSWORD "correct horse 7"
#define SUM 32u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(platen_code rc, const platen_error *err)
{
    if (rc != PLATEN_OK && err->text[0] == '\0') {
        abort();
    }
}

static void again(const document *d)
{
    document copy;
    platen_error err = PLATEN_ERROR_INIT;
    char *text = document_text(d);
    if (text == NULL || document_parse(text, strlen(text), &copy, &err) != PLATEN_OK ||
        copy.items.count != d->items.count) {
        abort();
    }
    document_fini(&copy);
    cJSON_free(text);
}

static void as_file(const uint8_t *data, size_t size)
{
    document d;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code rc = import_file(data, size, PASSWORD, &d, &err);
    check(rc, &err);
    if (rc == PLATEN_OK) {
        again(&d);
    }
    document_fini(&d);
}

/* With a checksum that fits, so that what is behind it is reached. */
static void as_container(const uint8_t *data, size_t size)
{
    uint8_t *file = malloc(size + 1);
    if (file == NULL || size < CONTAINER_HEADER + CONTAINER_TRAILER || !container_is(data, size)) {
        free(file);
        return;
    }
    memcpy(file, data, size);
    (void)EVP_Digest(file, size - SUM, file + size - SUM, NULL, EVP_sha256(), NULL);
    as_file(file, size);
    free(file);
}

static void as_words(const uint8_t *data, size_t size)
{
    platen_error err = PLATEN_ERROR_INIT;
    words *all = words_new();
    char *text = malloc(size + 1);
    if (text != NULL) {
        memcpy(text, data, size);
        check(words_read(all, text, size, NULL, &err), &err);
    }
    free(text);
    words_free(all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    item_list items;
    platen_error err = PLATEN_ERROR_INIT;
    as_file(data, size);
    as_container(data, size);
    as_words(data, size);
    check(import_csv((const char *)data, size, &items, &err), &err);
    items_fini(&items);
    check(import_pjl((const char *)data, size, &items, &err), &err);
    items_fini(&items);
    return 0;
}
