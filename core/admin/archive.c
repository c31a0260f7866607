/* See archive.h. */
#include "core/admin/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <zip.h>

#include "core/base/file.h"
#include "core/base/text.h"

#define CHUNK 65536

struct archive {
    zip_t *zip;
    char *file;
};

/* ---- checksums ---- */

static platen_code no_digest(platen_error *err)
{
    return error_set(err, PLATEN_E_INTERNAL, "cannot compute a checksum");
}

static platen_code finish_digest(EVP_MD_CTX *hash, char digest[65], platen_error *err)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    if (EVP_DigestFinal_ex(hash, bytes, NULL) != 1) {
        return no_digest(err);
    }
    text_hex(digest, bytes, 32);
    return PLATEN_OK;
}

/* ---- writing ---- */

static platen_code add_part(zip_t *zip, const archive_part *part, platen_error *err)
{
    zip_source_t *source = part->path != NULL ? zip_source_file(zip, part->path, 0, -1)
                                              : zip_source_buffer(zip, part->data, part->length, 0);
    zip_int64_t index =
        source != NULL ? zip_file_add(zip, part->name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
        zip_source_free(source);
        return error_set(err, PLATEN_E_IO, "cannot pack '%s': %s", part->name, zip_strerror(zip));
    }
    /* The fastest level: 177 MB take 2 s and not 17, and hardly more room. */
    (void)zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_DEFLATE, 1);
    return PLATEN_OK;
}

static platen_code pack(const char *path, const archive_part *parts, size_t count,
                        platen_error *err)
{
    int number = 0;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &number);
    if (zip == NULL) {
        zip_error_t why;
        zip_error_init_with_code(&why, number);
        platen_code rc =
            error_set(err, PLATEN_E_IO, "cannot write '%s': %s", path, zip_error_strerror(&why));
        zip_error_fini(&why);
        return rc;
    }
    for (size_t i = 0; i < count; i++) {
        platen_code rc = add_part(zip, &parts[i], err);
        if (rc != PLATEN_OK) {
            zip_discard(zip);
            return rc;
        }
    }
    if (zip_close(zip) != 0) {
        platen_code rc =
            error_set(err, PLATEN_E_IO, "cannot write '%s': %s", path, zip_strerror(zip));
        zip_discard(zip);
        return rc;
    }
    return PLATEN_OK;
}

static platen_code sync_file(const char *path, platen_error *err)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    int failed = descriptor < 0 ? -1 : fsync(descriptor);
    int errnum = errno;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    return failed == 0 ? PLATEN_OK
                       : error_sys(err, PLATEN_E_IO, errnum, "cannot write '%s' to the disk", path);
}

static void folder_of(const char *file, char folder[FILE_PATH])
{
    (void)snprintf(folder, FILE_PATH, "%s", file);
    char *slash = strrchr(folder, '/');
    if (slash == NULL) {
        (void)snprintf(folder, FILE_PATH, ".");
    } else {
        slash[slash == folder ? 1 : 0] = '\0';
    }
}

/* link() and not rename(): what is there already, an older backup perhaps, stays. */
static platen_code publish(const char *fresh, const char *file, platen_error *err)
{
    char folder[FILE_PATH];
    PLATEN_TRY(sync_file(fresh, err));
    if (chmod(fresh, 0600) != 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot set the mode of '%s'", fresh);
    }
    if (link(fresh, file) != 0) {
        return error_sys(err, errno == EEXIST ? PLATEN_E_EXISTS : PLATEN_E_IO, errno,
                         "cannot make '%s'", file);
    }
    folder_of(file, folder);
    return file_sync_dir(folder, err);
}

platen_code archive_write(const char *file, const archive_part *parts, size_t count,
                          platen_error *err)
{
    char fresh[FILE_PATH];
    int length = snprintf(fresh, sizeof(fresh), "%s.%ld.new", file, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof(fresh)) {
        return error_set(err, PLATEN_E_INVAL, "path '%.60s...' is too long", file);
    }
    if (file_exists(file)) {
        return error_set(err, PLATEN_E_EXISTS, "'%s' is there already: name another file", file);
    }
    platen_code rc = pack(fresh, parts, count, err);
    if (rc == PLATEN_OK) {
        rc = publish(fresh, file, err);
    }
    (void)unlink(fresh);
    return rc;
}

/* ---- reading ---- */

platen_code archive_open(const char *file, archive **out, platen_error *err)
{
    int number = 0;
    struct stat status;
    if (stat(file, &status) != 0) {
        return error_sys(err, errno == ENOENT ? PLATEN_E_NOT_FOUND : PLATEN_E_IO, errno,
                         "cannot open '%s'", file);
    }
    archive *a = calloc(1, sizeof(*a));
    char *name = strdup(file);
    if (a == NULL || name == NULL) {
        free(a);
        free(name);
        return error_set(err, PLATEN_E_NOMEM, "no memory for '%s'", file);
    }
    a->file = name;
    a->zip = zip_open(file, ZIP_RDONLY | ZIP_CHECKCONS, &number);
    if (a->zip == NULL) {
        zip_error_t why;
        zip_error_init_with_code(&why, number);
        platen_code rc = error_set(err, PLATEN_E_CORRUPT, "'%s' is damaged or no backup: %s", file,
                                   zip_error_strerror(&why));
        zip_error_fini(&why);
        archive_close(a);
        return rc;
    }
    *out = a;
    return PLATEN_OK;
}

void archive_close(archive *a)
{
    if (a != NULL) {
        if (a->zip != NULL) {
            zip_discard(a->zip);
        }
        free(a->file);
        free(a);
    }
}

static platen_code damaged(const archive *a, const char *name, const char *why, platen_error *err)
{
    return error_set(err, PLATEN_E_CORRUPT, "'%s' is damaged: %s: %s", a->file, name, why);
}

static platen_code open_part(archive *a, const char *name, int64_t limit, zip_file_t **part,
                             int64_t *size, platen_error *err)
{
    zip_stat_t status;
    zip_int64_t index = zip_name_locate(a->zip, name, ZIP_FL_ENC_RAW);
    if (index < 0) {
        return PLATEN_E_NOT_FOUND;
    }
    zip_stat_init(&status);
    if (zip_stat_index(a->zip, (zip_uint64_t)index, 0, &status) != 0 ||
        (status.valid & ZIP_STAT_SIZE) == 0) {
        return damaged(a, name, zip_strerror(a->zip), err);
    }
    if (status.size > (uint64_t)limit) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "'%s': %s has %" PRIu64 " bytes, %" PRId64 " are the limit", a->file, name,
                         (uint64_t)status.size, limit);
    }
    *size = (int64_t)status.size;
    *part = zip_fopen_index(a->zip, (zip_uint64_t)index, 0);
    return *part != NULL ? PLATEN_OK : damaged(a, name, zip_strerror(a->zip), err);
}

platen_code archive_read(archive *a, const char *name, size_t limit, char **data, size_t *length,
                         platen_error *err)
{
    zip_file_t *part = NULL;
    int64_t size = 0;
    PLATEN_TRY(open_part(a, name, (int64_t)limit, &part, &size, err));
    char *bytes = malloc((size_t)size + 1);
    platen_code rc = PLATEN_OK;
    char past = 0;
    if (bytes == NULL) {
        rc = error_set(err, PLATEN_E_NOMEM, "no memory for '%s'", name);
    } else if (zip_fread(part, bytes, (zip_uint64_t)size) != size ||
               zip_fread(part, &past, 1) != 0) { /* the checksum is looked at behind the end */
        rc = damaged(a, name, zip_error_strerror(zip_file_get_error(part)), err);
    }
    (void)zip_fclose(part);
    if (rc != PLATEN_OK) {
        free(bytes);
        return rc;
    }
    bytes[size] = '\0';
    *data = bytes;
    *length = (size_t)size;
    return PLATEN_OK;
}

static platen_code write_chunk(int descriptor, const char *path, const unsigned char *data,
                               size_t length, platen_error *err)
{
    while (length > 0) {
        ssize_t written = write(descriptor, data, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", path);
        }
        data += written;
        length -= (size_t)written;
    }
    return PLATEN_OK;
}

static platen_code pour(archive *a, const char *name, zip_file_t *part, int64_t size,
                        int descriptor, const char *path, EVP_MD_CTX *hash, platen_error *err)
{
    unsigned char chunk[CHUNK];
    int64_t total = 0;
    zip_int64_t got = 0;
    if (EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1) {
        return no_digest(err);
    }
    while ((got = zip_fread(part, chunk, sizeof(chunk))) > 0) {
        total += got;
        if (total > size) {
            return damaged(a, name, "it is longer than it says", err);
        }
        if (EVP_DigestUpdate(hash, chunk, (size_t)got) != 1) {
            return no_digest(err);
        }
        PLATEN_TRY(write_chunk(descriptor, path, chunk, (size_t)got, err));
    }
    if (got < 0 || total != size) {
        return damaged(
            a, name, got < 0 ? zip_error_strerror(zip_file_get_error(part)) : "it ends early", err);
    }
    return fsync(descriptor) == 0 ? PLATEN_OK
                                  : error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", path);
}

platen_code archive_extract(archive *a, const char *name, const char *path, int64_t limit,
                            char digest[65], platen_error *err)
{
    zip_file_t *part = NULL;
    int64_t size = 0;
    PLATEN_TRY(open_part(a, name, limit, &part, &size, err));
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    platen_code rc = descriptor < 0 ? error_sys(err, PLATEN_E_IO, errno, "cannot make '%s'", path)
                     : hash == NULL ? no_digest(err)
                                    : pour(a, name, part, size, descriptor, path, hash, err);
    if (rc == PLATEN_OK) {
        rc = finish_digest(hash, digest, err);
    }
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    EVP_MD_CTX_free(hash);
    (void)zip_fclose(part);
    return rc;
}
