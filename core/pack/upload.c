/* See upload.h. */
#include "core/pack/upload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/pack/journal.h"
#include "core/pack/ppk.h"

#define PIECE ((size_t)65536)

/* ---- places ---- */

static bool is_id(const char *id)
{
    return strlen(id) == UPLOAD_ID - 1 && strspn(id, "0123456789abcdef") == UPLOAD_ID - 1;
}

static platen_code no_such(const char *id, platen_error *err)
{
    return error_set(err, PLATEN_E_NOT_FOUND, "there is no upload '%.40s'", id);
}

static platen_code place(const char *data, const char *folder, const char *id, const char *end,
                         char path[FILE_PATH], platen_error *err)
{
    char name[64];
    if (!is_id(id)) {
        return no_such(id, err);
    }
    (void)snprintf(name, sizeof(name), "%s/%s%s", folder, id, end);
    return active_path(data, name, path, err);
}

platen_code upload_file(const char *data, const char *id, char path[FILE_PATH], platen_error *err)
{
    return place(data, "uploads", id, ".ppk", path, err);
}

platen_code upload_staged(const char *data, const char *id, char path[FILE_PATH], platen_error *err)
{
    return place(data, "staged", id, "", path, err);
}

static platen_code save(const char *data, const cJSON *tree, platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(place(data, "uploads", json_get_text(tree, "id", ""), ".json", path, err));
    return active_json_write(path, tree, err);
}

static platen_code make_folders(const char *data, platen_error *err)
{
    static const char *const names[] = {"uploads", "staged", "packages", "snapshots"};
    char path[FILE_PATH];
    PLATEN_TRY(file_join(path, data, FUNCTIONS_FOLDER, err));
    PLATEN_TRY(file_make_dir(path, 0700, err));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        PLATEN_TRY(active_path(data, names[i], path, err));
        PLATEN_TRY(file_make_dir(path, 0700, err));
    }
    return PLATEN_OK;
}

/* ---- reading ---- */

static int64_t received_of(const char *data, const char *id)
{
    char path[FILE_PATH];
    struct stat st;
    return upload_file(data, id, path, NULL) == PLATEN_OK && stat(path, &st) == 0
               ? (int64_t)st.st_size
               : 0;
}

platen_code upload_get(const char *data, const char *id, cJSON **tree, platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(place(data, "uploads", id, ".json", path, err));
    platen_code rc = active_json_read(path, tree, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        return no_such(id, err);
    }
    PLATEN_TRY(rc);
    cJSON_DeleteItemFromObjectCaseSensitive(*tree, "received");
    if (cJSON_AddNumberToObject(*tree, "received", (double)received_of(data, id)) == NULL) {
        cJSON_Delete(*tree);
        return error_set(err, PLATEN_E_NOMEM, "no memory for an upload");
    }
    return PLATEN_OK;
}

/* Times are RFC 3339 in UTC with a fixed width: text order is theirs. */
static int newer_first(const void *a, const void *b)
{
    const cJSON *const *left = a;
    const cJSON *const *right = b;
    int order = strcmp(json_get_text(*right, "at", ""), json_get_text(*left, "at", ""));
    return order != 0 ? order
                      : strcmp(json_get_text(*left, "id", ""), json_get_text(*right, "id", ""));
}

static size_t read_all(const char *data, DIR *folder, cJSON *found[UPLOADS_MOST])
{
    size_t count = 0;
    const struct dirent *each = NULL;
    while (count < UPLOADS_MOST &&
           (each = readdir(folder)) != NULL) { // NOLINT(concurrency-mt-unsafe): its own handle
        char id[UPLOAD_ID] = "";
        size_t length = strlen(each->d_name);
        if (length != UPLOAD_ID - 1 + 5 || strcmp(each->d_name + UPLOAD_ID - 1, ".json") != 0) {
            continue;
        }
        memcpy(id, each->d_name, UPLOAD_ID - 1);
        if (upload_get(data, id, &found[count], NULL) == PLATEN_OK) {
            count++;
        }
    }
    return count;
}

platen_code upload_all(const char *data, cJSON **array, platen_error *err)
{
    char path[FILE_PATH];
    cJSON *found[UPLOADS_MOST];
    PLATEN_TRY(active_path(data, "uploads", path, err));
    DIR *folder = opendir(path);
    if (folder == NULL && errno != ENOENT) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot read '%s'", path);
    }
    size_t count = folder != NULL ? read_all(data, folder, found) : 0;
    if (folder != NULL) {
        (void)closedir(folder);
    }
    qsort(found, count, sizeof(found[0]), newer_first);
    *array = cJSON_CreateArray();
    for (size_t i = 0; i < count; i++) {
        if (!cJSON_AddItemToArray(*array, found[i])) {
            cJSON_Delete(found[i]);
        }
    }
    return *array != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for the uploads");
}

/* ---- making ---- */

static platen_code check_room(const char *data, int64_t size, platen_error *err)
{
    struct statvfs disk;
    cJSON *all = NULL;
    if (size > PPK_PACKED_MOST) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "a package of %" PRId64 " bytes, at most %lld are taken", size,
                         PPK_PACKED_MOST);
    }
    /* It is kept packed and unpacked, and the database is copied once. */
    if (statvfs(data, &disk) == 0 && (uint64_t)disk.f_bavail * disk.f_frsize < (uint64_t)size * 3) {
        return error_set(
            err, PLATEN_E_TOO_LARGE,
            "the disk of the data folder has no room for a package of %" PRId64 " bytes", size);
    }
    PLATEN_TRY(upload_all(data, &all, err));
    int count = cJSON_GetArraySize(all);
    cJSON_Delete(all);
    return count < UPLOADS_MOST ? PLATEN_OK
                                : error_set(err, PLATEN_E_STATE,
                                            "%d packages wait already, delete some first", count);
}

static platen_code make_file(const char *data, const char *id, platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(upload_file(data, id, path, err));
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot make '%s'", path);
    }
    (void)close(fd);
    return PLATEN_OK;
}

platen_code upload_create(const char *data, const upload_new *of, char id[UPLOAD_ID],
                          platen_error *err)
{
    unsigned char bytes[(UPLOAD_ID - 1) / 2];
    char at[CLOCK_TEXT];
    PLATEN_TRY(make_folders(data, err));
    PLATEN_TRY(check_room(data, of->size, err));
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
        return error_sys(err, PLATEN_E_IO, errno, "no random bytes");
    }
    text_hex(id, bytes, sizeof(bytes));
    cJSON *tree = cJSON_CreateObject();
    bool made = journal_set(tree, "id", id) && journal_set(tree, "file_name", of->file_name) &&
                cJSON_AddNumberToObject(tree, "size", (double)of->size) != NULL &&
                (of->sha256 == NULL || journal_set(tree, "sha256", of->sha256)) &&
                journal_set(tree, "state", "uploading") && journal_set(tree, "by", of->by) &&
                journal_set(tree, "at", clock_format(clock_now(), at));
    platen_code rc =
        made ? make_file(data, id, err) : error_set(err, PLATEN_E_NOMEM, "no memory for an upload");
    if (rc == PLATEN_OK) {
        rc = save(data, tree, err);
    }
    cJSON_Delete(tree);
    return rc;
}

/* ---- bytes ---- */

static platen_code write_piece(int fd, const char *piece, size_t length, int64_t at,
                               platen_error *err)
{
    while (length > 0) {
        ssize_t n = pwrite(fd, piece, length, (off_t)at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return error_sys(err, errno == ENOSPC ? PLATEN_E_TOO_LARGE : PLATEN_E_IO, errno,
                             "cannot write the upload");
        }
        piece += n;
        at += n;
        length -= (size_t)n;
    }
    return PLATEN_OK;
}

static platen_code take(int fd, int64_t offset, int64_t length, upload_read_fn get, void *user,
                        int64_t *received, platen_error *err)
{
    char *piece = malloc(PIECE);
    platen_code rc =
        piece != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for the upload");
    int64_t end = offset + length;
    while (rc == PLATEN_OK && offset < end) {
        size_t want = end - offset < (int64_t)PIECE ? (size_t)(end - offset) : PIECE;
        int got = get(piece, want, user);
        if (got <= 0) {
            rc = error_set(err, PLATEN_E_MALFORMED, "the body ended %" PRId64 " bytes early",
                           end - offset);
            break;
        }
        rc = write_piece(fd, piece, (size_t)got, offset, err);
        offset += rc == PLATEN_OK ? got : 0;
    }
    free(piece);
    *received = offset;
    return rc;
}

static platen_code check_piece(const cJSON *tree, int64_t offset, int64_t length, platen_error *err)
{
    int64_t has = json_get_i64(tree, "received", 0);
    int64_t size = json_get_i64(tree, "size", 0);
    if (strcmp(json_get_text(tree, "state", ""), "uploading") != 0) {
        return error_set(err, PLATEN_E_STATE, "the upload is complete");
    }
    if (offset != has) {
        return error_set(err, PLATEN_E_STATE,
                         "the upload has %" PRId64 " bytes, the piece begins at %" PRId64, has,
                         offset);
    }
    if (length <= 0 || length > UPLOAD_PIECE || length > size - has) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "a piece of %" PRId64 " bytes, %" PRId64 " are left and %d are the limit",
                         length, size - has, UPLOAD_PIECE);
    }
    return PLATEN_OK;
}

platen_code upload_put(const char *data, const char *id, int64_t offset, int64_t length,
                       upload_read_fn get, void *user, int64_t *received, platen_error *err)
{
    char path[FILE_PATH];
    cJSON *tree = NULL;
    PLATEN_TRY(upload_get(data, id, &tree, err));
    platen_code rc = check_piece(tree, offset, length, err);
    if (rc == PLATEN_OK) {
        rc = upload_file(data, id, path, err);
    }
    int fd = rc == PLATEN_OK ? open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (rc == PLATEN_OK && fd < 0) {
        rc = error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", path);
    }
    if (rc == PLATEN_OK) {
        rc = take(fd, offset, length, get, user, received, err);
    }
    if (rc == PLATEN_OK && *received == json_get_i64(tree, "size", 0)) {
        rc = fsync(fd) == 0 ? upload_step(data, tree, "checking", "", "", err)
                            : error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", path);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    cJSON_Delete(tree);
    return rc;
}

/* ---- states ---- */

platen_code upload_step(const char *data, cJSON *tree, const char *state, const char *code,
                        const char *text, platen_error *err)
{
    if (!journal_set(tree, "state", state) || !journal_set(tree, "code", code) ||
        !journal_set(tree, "text", text)) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for an upload");
    }
    return save(data, tree, err);
}

platen_code upload_remove(const char *data, const char *id, bool any, platen_error *err)
{
    char path[FILE_PATH];
    cJSON *tree = NULL;
    PLATEN_TRY(upload_get(data, id, &tree, err));
    bool busy = strcmp(json_get_text(tree, "state", ""), "installing") == 0;
    cJSON_Delete(tree);
    if (busy && !any) {
        return error_set(err, PLATEN_E_STATE, "the package is being installed");
    }
    PLATEN_TRY(upload_staged(data, id, path, err));
    PLATEN_TRY(file_remove_tree(path, err));
    PLATEN_TRY(upload_file(data, id, path, err));
    PLATEN_TRY(file_remove_tree(path, err));
    PLATEN_TRY(place(data, "uploads", id, ".json", path, err));
    return file_remove_tree(path, err);
}
