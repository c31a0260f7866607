/* Device setting files of any octets: rows within their bounds; what is packed unpacks to the same
 * bytes; what is unpacked, of any text, is what its digest says. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/ricoh/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool check_row(size_t number, const char *const *cells, size_t count, void *user)
{
    size_t *rows = user;
    if (number != ++*rows || count == 0 || count > FILE_CELLS_MAX) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        if (strlen(cells[i]) > FILE_CELL_MAX) {
            abort();
        }
    }
    (void)file_row_is_secret(cells, count);
    return true;
}

static void check_pack(const uint8_t *data, size_t size)
{
    char why[FILE_WHY];
    char digest[FILE_DIGEST];
    size_t length = 0;
    char *packed = file_pack(data, size, digest, why);
    if (packed == NULL) {
        return;
    }
    void *again = file_unpack(packed, digest, &length, why);
    if (again == NULL || length != size || memcmp(again, data, size) != 0) {
        abort();
    }
    free(again);
    digest[0] = digest[0] == 'a' ? 'b' : 'a';
    if (file_unpack(packed, digest, &length, why) != NULL) {
        abort();
    }
    free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char none[] = "0000000000000000000000000000000000000000000000000000000000000000";
    char why[FILE_WHY];
    size_t rows = 0;
    size_t length = 0;
    if (file_read_rows(data, size, check_row, &rows, why) && (rows == 0 || rows > FILE_ROWS_MAX)) {
        abort();
    }
    if (size > 0) {
        check_pack(data, size);
    }
    char *text = strndup((const char *)data, size);
    if (text == NULL || file_unpack(text, none, &length, why) != NULL) {
        abort();
    }
    free(text);
    return 0;
}
