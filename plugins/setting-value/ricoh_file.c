/*
 * The device setting information of Ricoh devices as a file. It goes to devices as it is, byte for
 * byte: packed into pieces, which are what is sent. Its rows are there to be seen and searched, and
 * are marked neither writable nor for output; rows of passwords have no values.
 */
#include "import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/ricoh/file.h"

#include "fault.h"

#define ROWS_SHOWN 19000u /* the pieces need their places, too */

static bool add_item(cJSON *array, const char *path, const char *value, bool sent)
{
    cJSON *one = cJSON_CreateObject();
    bool good = cJSON_AddStringToObject(one, "path", path) != NULL &&
                cJSON_AddStringToObject(one, "category", "basic") != NULL &&
                cJSON_AddStringToObject(one, "kind", "text") != NULL &&
                cJSON_AddStringToObject(one, "value", value) != NULL &&
                cJSON_AddStringToObject(one, "case", "B") != NULL &&
                (sent || (cJSON_AddFalseToObject(one, "writable") != NULL &&
                          cJSON_AddFalseToObject(one, "output") != NULL));
    if (!good || !cJSON_AddItemToArray(array, one)) {
        cJSON_Delete(one);
        return false;
    }
    return true;
}

/* ---- rows ---- */

/* "ricoh/row/00017/Copier", or without the name where it cannot be part of a path. */
static void make_path(char path[ITEM_PATH_MAX + 1], size_t number, const char *name)
{
    char clean[121];
    int length = snprintf(clean, sizeof(clean), "%s", name);
    for (size_t i = 0; clean[i] != '\0'; i++) {
        clean[i] = clean[i] == '/' ? '-' : clean[i];
    }
    (void)snprintf(path, ITEM_PATH_MAX + 1, FILE_ROW_PREFIX "%05zu/%s", number, clean);
    if (length < 0 || (size_t)length >= sizeof(clean) || !item_path_good(path)) {
        (void)snprintf(path, ITEM_PATH_MAX + 1, FILE_ROW_PREFIX "%05zu", number);
    }
}

/* The cells behind the first one, as far as they are text and there is room. */
static void make_value(char value[ITEM_TEXT_MAX + 1], const char *const *cells, size_t count)
{
    size_t used = 0;
    value[0] = '\0';
    for (size_t i = 1; i < count && used < ITEM_TEXT_MAX; i++) {
        int more =
            snprintf(value + used, ITEM_TEXT_MAX + 1 - used, "%s%s", i > 1 ? ", " : "", cells[i]);
        used += more > 0 ? (size_t)more : 0;
    }
    used = used < ITEM_TEXT_MAX ? used : ITEM_TEXT_MAX;
    for (unsigned i = 0; i < 3 && used > 0 && !item_text_good(value); i++) {
        value[--used] = '\0'; /* what was cut does not end in half a character */
    }
    if (!item_text_good(value)) {
        value[0] = '\0';
    }
}

typedef struct showing {
    cJSON *array;
    bool no_memory;
} showing;

static bool show_row(size_t number, const char *const *cells, size_t count, void *user)
{
    showing *s = user;
    char path[ITEM_PATH_MAX + 1];
    char value[ITEM_TEXT_MAX + 1];
    if (number > ROWS_SHOWN || (count == 1 && cells[0][0] == '\0')) {
        return true;
    }
    make_path(path, number, cells[0]);
    if (file_row_is_secret(cells, count)) {
        (void)snprintf(value, sizeof(value), "***");
    } else {
        make_value(value, cells, count);
    }
    s->no_memory = !add_item(s->array, path, value, false);
    return !s->no_memory;
}

/* ---- pieces ---- */

static bool add_pieces(cJSON *array, const char *packed, const char *digest)
{
    char path[ITEM_PATH_MAX + 1];
    char piece[FILE_PIECE + 1];
    size_t length = strlen(packed);
    bool good = add_item(array, FILE_DIGEST_PATH, digest, true);
    for (size_t at = 0, number = 1; good && at < length; at += FILE_PIECE, number++) {
        (void)snprintf(path, sizeof(path), FILE_PIECE_PREFIX "%03zu", number);
        (void)snprintf(piece, sizeof(piece), "%.*s", (int)FILE_PIECE, packed + at);
        good = add_item(array, path, piece, true);
    }
    return good;
}

platen_code import_ricoh(const void *file, size_t length, const char *model, document *out,
                         platen_error *err)
{
    char why[FILE_WHY];
    char digest[FILE_DIGEST];
    showing s = {cJSON_CreateArray(), false};
    memset(out, 0, sizeof(*out));
    bool read = s.array != NULL && file_read_rows(file, length, show_row, &s, why);
    char *packed = read ? file_pack(file, length, digest, why) : NULL;
    bool good = packed != NULL && add_pieces(s.array, packed, digest);
    s.no_memory = s.no_memory || s.array == NULL || (packed != NULL && !good);
    free(packed);
    if (!good) {
        cJSON_Delete(s.array);
        return s.no_memory ? fault_memory(err, "a device setting file")
                           : fault(err, PLATEN_E_MALFORMED,
                                   "it is no device setting information of a Ricoh: %s", why);
    }
    (void)snprintf(out->kind, sizeof(out->kind), "device");
    (void)snprintf(out->model, sizeof(out->model), "%s", model);
    return items_take(s.array, &out->items, err);
}
