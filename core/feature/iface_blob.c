/*
 * blob/1: files below <data>/blobs/<plugin>/, named by the SHA-256 of their contents:
 * ab/<the other 62 digits>. What is being written lies in new/ and is renamed when it is on the
 * disk; what a crash left there goes at the next start.
 */
#include <platen/blob.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/feature/feature_private.h"

struct platen_blob {
    platen_blob *next; /* of its plugin, under `lock` */
    feature_plugin *plugin;
    int file;
    EVP_MD_CTX *hash;
    int64_t length;
    bool broken; /* an append() failed: it cannot be committed */
    char path[FILE_PATH];
};

/* Guards the lists of open blobs and the numbers of their files; leaf. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t last_number;

/* ---- paths ---- */

static platen_code folder_of(const feature_plugin *p, const char *sub, char path[FILE_PATH],
                             platen_error *err)
{
    char blobs[FILE_PATH];
    char own[FILE_PATH];
    PLATEN_TRY(file_join(blobs, p->owner->data, "blobs", err));
    PLATEN_TRY(file_join(own, blobs, p->name, err));
    return file_join(path, own, sub, err);
}

static platen_code make_folder(const feature_plugin *p, const char *sub, char path[FILE_PATH],
                               platen_error *err)
{
    char step[FILE_PATH];
    PLATEN_TRY(file_join(step, p->owner->data, "blobs", err));
    PLATEN_TRY(file_make_dir(step, 0700, err));
    PLATEN_TRY(file_join(path, step, p->name, err));
    PLATEN_TRY(file_make_dir(path, 0700, err));
    PLATEN_TRY(folder_of(p, sub, path, err));
    if (!file_exists(path)) {
        PLATEN_TRY(file_make_dir(path, 0700, err));
        PLATEN_TRY(folder_of(p, ".", step, err));
        PLATEN_TRY(file_sync_dir(step, err));
    }
    return PLATEN_OK;
}

static bool is_digest(const char *digest)
{
    return digest != NULL && strnlen(digest, PLATEN_BLOB_DIGEST) == PLATEN_BLOB_DIGEST - 1 &&
           strspn(digest, "0123456789abcdef") == PLATEN_BLOB_DIGEST - 1;
}

static platen_code path_of(const feature_plugin *p, const char *digest, char path[FILE_PATH],
                           platen_error *err)
{
    char folder[FILE_PATH];
    const char first[3] = {digest[0], digest[1], '\0'};
    PLATEN_TRY(folder_of(p, first, folder, err));
    return file_join(path, folder, digest + 2, err);
}

/* ---- writing ---- */

static void blob_free(platen_blob *b)
{
    if (b->file >= 0) {
        (void)close(b->file);
        (void)unlink(b->path);
    }
    EVP_MD_CTX_free(b->hash);
    free(b);
}

static platen_code enlist(feature_plugin *p, platen_blob *b, uint64_t *number, platen_error *err)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&lock);
    for (const platen_blob *each = p->blobs; each != NULL; each = each->next) {
        count++;
    }
    if (count < PLATEN_BLOBS_OPEN) {
        b->next = p->blobs;
        p->blobs = b;
        *number = ++last_number;
    }
    (void)pthread_mutex_unlock(&lock);
    return count < PLATEN_BLOBS_OPEN
               ? PLATEN_OK
               : error_set(err, PLATEN_E_TOO_LARGE, "plugin '%s' writes %u blobs already", p->name,
                           PLATEN_BLOBS_OPEN);
}

static void delist(platen_blob *b)
{
    (void)pthread_mutex_lock(&lock);
    platen_blob **at = &b->plugin->blobs;
    while (*at != b) {
        at = &(*at)->next;
    }
    *at = b->next;
    (void)pthread_mutex_unlock(&lock);
}

static platen_code open_file(platen_blob *b, uint64_t number, platen_error *err)
{
    char folder[FILE_PATH];
    char name[32];
    (void)snprintf(name, sizeof(name), "%" PRIu64, number);
    PLATEN_TRY(make_folder(b->plugin, "new", folder, err));
    PLATEN_TRY(file_join(b->path, folder, name, err));
    b->file = open(b->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    return b->file >= 0 ? PLATEN_OK
                        : error_sys(err, PLATEN_E_IO, errno, "cannot make '%s'", b->path);
}

static platen_code begin(platen_ctx *ctx, platen_blob **out, platen_error *err)
{
    uint64_t number = 0;
    feature_plugin *p = NULL;
    PLATEN_TRY(feature_plugin_ready(ctx, "begin()", &p, err));
    PLATEN_TRY(feature_refuse_in_tx("begin()", err));
    if (out == NULL) {
        return error_set(err, PLATEN_E_INVAL, "begin() without a place for the blob");
    }
    *out = NULL;
    platen_blob *b = calloc(1, sizeof(*b));
    if (b == NULL || (b->hash = EVP_MD_CTX_new()) == NULL ||
        EVP_DigestInit_ex(b->hash, EVP_sha256(), NULL) != 1) {
        if (b != NULL) {
            EVP_MD_CTX_free(b->hash);
        }
        free(b);
        return error_set(err, PLATEN_E_NOMEM, "no memory for a blob");
    }
    b->file = -1;
    b->plugin = p;
    platen_code rc = enlist(p, b, &number, err);
    if (rc == PLATEN_OK && (rc = open_file(b, number, err)) != PLATEN_OK) {
        delist(b);
    }
    if (rc != PLATEN_OK) {
        blob_free(b);
        return rc;
    }
    *out = b;
    return PLATEN_OK;
}

static platen_code write_all(platen_blob *b, const char *data, size_t length, platen_error *err)
{
    while (length > 0) {
        ssize_t put = write(b->file, data, length);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", b->path);
        }
        data += put;
        length -= (size_t)put;
    }
    return PLATEN_OK;
}

static platen_code append(platen_blob *b, const void *data, size_t length, platen_error *err)
{
    if (b == NULL || (data == NULL && length > 0)) {
        return error_set(err, PLATEN_E_INVAL, "append() without a blob or data");
    }
    if (b->broken) {
        return error_set(err, PLATEN_E_STATE, "an earlier part of the blob was not written");
    }
    b->broken = true;
    if (length > (uint64_t)PLATEN_BLOB_MAX - (uint64_t)b->length) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "a blob of over %" PRId64 " bytes, that is the limit", PLATEN_BLOB_MAX);
    }
    PLATEN_TRY(write_all(b, data, length, err));
    if (EVP_DigestUpdate(b->hash, data, length) != 1) {
        return error_set(err, PLATEN_E_INTERNAL, "cannot compute a digest");
    }
    b->length += (int64_t)length;
    b->broken = false;
    return PLATEN_OK;
}

/* Where a digest is kept or marked while an installation is tried. */
static platen_code aside(const feature_plugin *p, const char *sub, const char *digest,
                         char path[FILE_PATH], platen_error *err)
{
    char folder[FILE_PATH];
    PLATEN_TRY(make_folder(p, sub, folder, err));
    return file_join(path, folder, digest, err);
}

/* What was not there before goes when the installation is rolled back: marked before it is there.
 */
static platen_code mark_made(const feature_plugin *p, const char *digest, const char *path,
                             platen_error *err)
{
    char mark[FILE_PATH];
    if (!p->owner->trial || file_exists(path)) {
        return PLATEN_OK;
    }
    PLATEN_TRY(aside(p, "made", digest, mark, err));
    return file_write(mark, "", 0, 0600, err);
}

/* Moves it to its place; the folder is on the disk afterwards. What is there already is the same.
 */
static platen_code settle(platen_blob *b, const char *digest, platen_error *err)
{
    char folder[FILE_PATH];
    char path[FILE_PATH];
    const char first[3] = {digest[0], digest[1], '\0'};
    PLATEN_TRY(make_folder(b->plugin, first, folder, err));
    PLATEN_TRY(path_of(b->plugin, digest, path, err));
    PLATEN_TRY(mark_made(b->plugin, digest, path, err));
    if (fsync(b->file) != 0 || rename(b->path, path) != 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot keep '%s'", path);
    }
    (void)close(b->file);
    b->file = -1;
    return file_sync_dir(folder, err);
}

static platen_code finish(platen_blob *b, char digest[PLATEN_BLOB_DIGEST], platen_error *err)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    if (b->broken) {
        return error_set(err, PLATEN_E_STATE, "a part of the blob was not written");
    }
    if (EVP_DigestFinal_ex(b->hash, bytes, NULL) != 1) {
        return error_set(err, PLATEN_E_INTERNAL, "cannot compute a digest");
    }
    text_hex(digest, bytes, 32);
    return settle(b, digest, err);
}

static platen_code commit(platen_blob *b, char digest[PLATEN_BLOB_DIGEST], int64_t *length,
                          platen_error *err)
{
    if (b == NULL || digest == NULL) {
        return error_set(err, PLATEN_E_INVAL, "commit() without a blob or a place for its digest");
    }
    delist(b);
    platen_code rc = finish(b, digest, err);
    if (length != NULL) {
        *length = b->length;
    }
    blob_free(b);
    return rc;
}

static void cancel(platen_blob *b)
{
    if (b != NULL) {
        delist(b);
        blob_free(b);
    }
}

static platen_code put(platen_ctx *ctx, const void *data, size_t length,
                       char digest[PLATEN_BLOB_DIGEST], platen_error *err)
{
    platen_blob *b = NULL;
    if (digest == NULL) {
        return error_set(err, PLATEN_E_INVAL, "put() without a place for the digest");
    }
    PLATEN_TRY(begin(ctx, &b, err));
    platen_code rc = append(b, data, length, err);
    if (rc != PLATEN_OK) {
        cancel(b);
        return rc;
    }
    return commit(b, digest, NULL, err);
}

/* ---- reading ---- */

static platen_code find(platen_ctx *ctx, const char *what, const char *digest, char path[FILE_PATH],
                        platen_error *err)
{
    feature_plugin *p = NULL;
    PLATEN_TRY(feature_plugin_ready(ctx, what, &p, err));
    if (!is_digest(digest)) {
        return error_set(err, PLATEN_E_INVAL, "'%.80s' is no digest of 64 hexadecimal digits",
                         digest != NULL ? digest : "");
    }
    return path_of(p, digest, path, err);
}

static platen_code missing(const char *digest, platen_error *err)
{
    return errno == ENOENT ? error_set(err, PLATEN_E_NOT_FOUND, "there is no blob %s", digest)
                           : error_sys(err, PLATEN_E_IO, errno, "blob %s", digest);
}

static platen_code length_of(platen_ctx *ctx, const char *digest, int64_t *length,
                             platen_error *err)
{
    struct stat st;
    char path[FILE_PATH];
    PLATEN_TRY(find(ctx, "length()", digest, path, err));
    if (length == NULL) {
        return error_set(err, PLATEN_E_INVAL, "length() without a place for it");
    }
    if (stat(path, &st) != 0) {
        return missing(digest, err);
    }
    *length = (int64_t)st.st_size;
    return PLATEN_OK;
}

static platen_code read_at(int file, int64_t offset, char *buffer, size_t capacity, size_t *got,
                           platen_error *err)
{
    while (*got < capacity) {
        ssize_t here = pread(file, buffer + *got, capacity - *got, offset + (int64_t)*got);
        if (here < 0 && errno == EINTR) {
            continue;
        }
        if (here < 0) {
            return error_sys(err, PLATEN_E_IO, errno, "cannot read a blob");
        }
        if (here == 0) {
            break;
        }
        *got += (size_t)here;
    }
    return PLATEN_OK;
}

static platen_code read_blob(platen_ctx *ctx, const char *digest, int64_t offset, void *buffer,
                             size_t capacity, size_t *got, platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(find(ctx, "read()", digest, path, err));
    if (got == NULL || offset < 0 || offset > PLATEN_BLOB_MAX || (buffer == NULL && capacity > 0)) {
        return error_set(err, PLATEN_E_INVAL, "read() at %" PRId64 " of %zu bytes cannot be",
                         offset, capacity);
    }
    *got = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) {
        return missing(digest, err);
    }
    platen_code rc = read_at(file, offset, buffer, capacity, got, err);
    (void)close(file);
    return rc;
}

/* The copy of the database that may come back knows it, unless it is of this trial. */
static platen_code lay_aside(const feature_plugin *p, const char *digest, const char *path,
                             platen_error *err)
{
    char mark[FILE_PATH];
    char kept[FILE_PATH];
    PLATEN_TRY(aside(p, "made", digest, mark, err));
    PLATEN_TRY(aside(p, "dropped", digest, kept, err));
    int rc = file_exists(mark) ? unlink(path) : rename(path, kept);
    return rc == 0 ? PLATEN_OK : missing(digest, err);
}

static platen_code drop(platen_ctx *ctx, const char *digest, platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(find(ctx, "drop()", digest, path, err));
    const feature_plugin *p = feature_plugin_of(ctx);
    if (p->owner->trial && file_exists(path)) {
        return lay_aside(p, digest, path, err);
    }
    return unlink(path) == 0 ? PLATEN_OK : missing(digest, err);
}

/* ---- start and end ---- */

/* What the last process had begun. */
static platen_code apply(feature_plugin *p, platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(folder_of(p, "new", path, err));
    return file_remove_tree(path, err);
}

void feature_blobs_fini(feature_plugin *p)
{
    while (p->blobs != NULL) {
        cancel(p->blobs);
    }
}

static const platen_blobs table = {.size = (uint32_t)sizeof(platen_blobs),
                                   .put = put,
                                   .begin = begin,
                                   .append = append,
                                   .commit = commit,
                                   .cancel = cancel,
                                   .length = length_of,
                                   .read = read_blob,
                                   .drop = drop};

const feature_part feature_blob = {.name = "blob/1", .table = &table, .apply = apply};
