/* Runs the fuzz target over each file of a folder, as an ordinary test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int count, char **arguments)
{
    unsigned ran = 0;
    struct dirent **names = NULL;
    int found = count == 2 ? scandir(arguments[1], &names, NULL, alphasort) : -1;
    for (int i = 0; i < found; i++) {
        char path[FILE_PATH];
        char *data = NULL;
        size_t length = 0;
        if (names[i]->d_name[0] != '.' &&
            file_join(path, arguments[1], names[i]->d_name, NULL) == PLATEN_OK &&
            file_read(path, 1 << 20, &data, &length, NULL) == PLATEN_OK) {
            (void)LLVMFuzzerTestOneInput((const uint8_t *)data, length);
            free(data);
            ran++;
        }
        free(names[i]);
    }
    free(names);
    (void)printf("%u inputs\n", ran);
    return ran > 0 ? 0 : 1;
}
