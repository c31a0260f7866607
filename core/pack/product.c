/* See product.h. */
#include "core/pack/product.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "core/base/file.h"

platen_code product_place_files(const char *folder, platen_error *err)
{
    char from[FILE_PATH];
    char to[FILE_PATH];
    char shares[FILE_PATH];
    PLATEN_TRY(file_join(shares, folder, "share/plugins", err));
    DIR *names = opendir(shares);
    platen_code rc = PLATEN_OK;
    const struct dirent *each = NULL;
    while (rc == PLATEN_OK && names != NULL &&
           (each = readdir(names)) != NULL) { // NOLINT(concurrency-mt-unsafe): its own handle
        char name[300];
        if (each->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(name, sizeof(name), "lib/plugins/%s", each->d_name);
        rc = file_join(from, shares, each->d_name, err);
        rc = rc == PLATEN_OK ? file_join(to, folder, name, err) : rc;
        if (rc == PLATEN_OK && rename(from, to) != 0) {
            rc = error_sys(err, PLATEN_E_IO, errno, "cannot move '%s' to '%s'", from, to);
        }
    }
    if (names != NULL) {
        (void)closedir(names);
    }
    return rc;
}
