/* See blob_trial.h. */
#include "core/feature/blob_trial.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <platen/blob.h>

#include "core/base/file.h"

/* <own>/ab/<the other digits>, and its folder. */
static platen_code place_of(const char *own, const char *digest, char folder[FILE_PATH],
                            char path[FILE_PATH], platen_error *err)
{
    const char first[3] = {digest[0], digest[1], '\0'};
    PLATEN_TRY(file_join(folder, own, first, err));
    return file_join(path, folder, digest + 2, err);
}

static platen_code put_back(const char *own, const char *digest, const char *from,
                            platen_error *err)
{
    char folder[FILE_PATH];
    char path[FILE_PATH];
    PLATEN_TRY(place_of(own, digest, folder, path, err));
    PLATEN_TRY(file_make_dir(folder, 0700, err));
    if (rename(from, path) != 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot put '%s' back", path);
    }
    return file_sync_dir(folder, err);
}

static platen_code take_away(const char *own, const char *digest, const char *mark,
                             platen_error *err)
{
    char folder[FILE_PATH];
    char path[FILE_PATH];
    (void)mark; /* goes with its folder */
    PLATEN_TRY(place_of(own, digest, folder, path, err));
    return unlink(path) == 0 || errno == ENOENT
               ? PLATEN_OK
               : error_sys(err, PLATEN_E_IO, errno, "cannot remove '%s'", path);
}

typedef platen_code (*each_digest)(const char *own, const char *digest, const char *path,
                                   platen_error *err);

static platen_code for_each(const char *own, const char *sub, each_digest what, platen_error *err)
{
    char folder[FILE_PATH];
    PLATEN_TRY(file_join(folder, own, sub, err));
    DIR *names = opendir(folder);
    platen_code rc = PLATEN_OK;
    const struct dirent *each = NULL;
    while (rc == PLATEN_OK && names != NULL &&
           (each = readdir(names)) != NULL) { // NOLINT(concurrency-mt-unsafe): its own handle
        char path[FILE_PATH];
        if (strlen(each->d_name) == PLATEN_BLOB_DIGEST - 1) {
            rc = file_join(path, folder, each->d_name, err);
            rc = rc == PLATEN_OK ? what(own, each->d_name, path, err) : rc;
        }
    }
    if (names != NULL) {
        (void)closedir(names);
    }
    return rc;
}

static platen_code end_one(const char *own, bool kept, platen_error *err)
{
    char made[FILE_PATH];
    char dropped[FILE_PATH];
    PLATEN_TRY(file_join(made, own, "made", err));
    PLATEN_TRY(file_join(dropped, own, "dropped", err));
    if (!kept) {
        PLATEN_TRY(for_each(own, "made", take_away, err));
        PLATEN_TRY(file_remove_tree(made, err)); /* before what has the same digest comes back */
        PLATEN_TRY(for_each(own, "dropped", put_back, err));
    }
    PLATEN_TRY(file_remove_tree(made, err));
    return file_remove_tree(dropped, err);
}

platen_code blob_trial_end(const char *data, bool kept, platen_error *err)
{
    char blobs[FILE_PATH];
    PLATEN_TRY(file_join(blobs, data, "blobs", err));
    DIR *names = opendir(blobs);
    platen_code rc = PLATEN_OK;
    const struct dirent *each = NULL;
    while (rc == PLATEN_OK && names != NULL &&
           (each = readdir(names)) != NULL) { // NOLINT(concurrency-mt-unsafe): its own handle
        char own[FILE_PATH];
        if (each->d_name[0] != '.') {
            rc = file_join(own, blobs, each->d_name, err);
            rc = rc == PLATEN_OK ? end_one(own, kept, err) : rc;
        }
    }
    if (names != NULL) {
        (void)closedir(names);
    }
    return rc;
}
