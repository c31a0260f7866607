/*
 * The key file: 32 random bytes that only Platen's user can read. A key is constant once it is
 * loaded, so any thread may use it; free it when no other does.
 */
#include "core/secret/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "core/base/file.h"
#include "core/secret/secret_internal.h"

#define KEY_FILE "platen.key"
#define KEY_FILE_NEW "platen.key.XXXXXX"
#define KEY_FILE_PENDING "platen.key.pending"

static platen_code write_all(int descriptor, const unsigned char *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(descriptor, data, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return PLATEN_E_IO;
        }
        data += written;
        length -= (size_t)written;
    }
    return PLATEN_OK;
}

static platen_code folder_sync(const char *folder)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return PLATEN_E_IO;
    }
    int failed = fsync(descriptor);
    close(descriptor);
    return failed == 0 ? PLATEN_OK : PLATEN_E_IO;
}

/* Writes the new key under a name of its own first: half a key file must never have the real one.
 * link() instead of rename(), for it never replaces a key that came into being meanwhile. */
static platen_code key_write(const char *folder, const char *path, const secret_key *key,
                             platen_error *err)
{
    char fresh[FILE_PATH];
    PLATEN_TRY(file_join(fresh, folder, KEY_FILE_NEW, err));
    int descriptor = mkostemp(fresh, O_CLOEXEC);
    if (descriptor < 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot make '%s'", fresh);
    }
    platen_code code = PLATEN_OK;
    if (fchmod(descriptor, 0600) != 0 || /* the umask may have taken the owner's rights */
        write_all(descriptor, key->bytes, sizeof key->bytes) != PLATEN_OK ||
        fsync(descriptor) != 0) {
        code = error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", fresh);
    }
    if (close(descriptor) != 0 && code == PLATEN_OK) {
        code = error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", fresh);
    }
    if (code == PLATEN_OK && link(fresh, path) != 0) {
        code = error_sys(err, errno == EEXIST ? PLATEN_E_EXISTS : PLATEN_E_IO, errno,
                         "cannot make '%s'", path);
    }
    (void)unlink(fresh);
    if (code == PLATEN_OK && folder_sync(folder) != PLATEN_OK) {
        code = error_sys(err, PLATEN_E_IO, errno, "cannot sync '%s'", folder);
    }
    return code;
}

static platen_code key_make(const char *folder, const char *path, secret_key *key,
                            platen_error *err)
{
    if (RAND_priv_bytes(key->bytes, (int)sizeof key->bytes) != 1) {
        return error_set(err, PLATEN_E_UNAVAILABLE, "the system gives no random bytes");
    }
    return key_write(folder, path, key, err);
}

static platen_code file_check(int descriptor, const char *path, platen_error *err)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot examine '%s'", path);
    }
    if (!S_ISREG(status.st_mode)) {
        return error_set(err, PLATEN_E_STATE, "key file '%s' is no regular file", path);
    }
    if (status.st_uid != geteuid()) {
        return error_set(err, PLATEN_E_STATE,
                         "key file '%s' belongs to user %u, platend runs as user %u: change its "
                         "owner (chown)",
                         path, (unsigned)status.st_uid, (unsigned)geteuid());
    }
    if ((status.st_mode & 07177) != 0) {
        return error_set(err, PLATEN_E_STATE,
                         "key file '%s' has the mode %04o, 0600 is the widest allowed: change it "
                         "(chmod 600) and think of who may have read it",
                         path, (unsigned)(status.st_mode & 07777));
    }
    if (status.st_size != SECRET_KEY_BYTES) {
        return error_set(
            err, PLATEN_E_CORRUPT,
            "key file '%s' has %lld bytes, a key has %d: restore it from the backup of "
            "the data folder",
            path, (long long)status.st_size, SECRET_KEY_BYTES);
    }
    return PLATEN_OK;
}

static platen_code key_read(int descriptor, const char *path, secret_key *key, platen_error *err)
{
    PLATEN_TRY(file_check(descriptor, path, err));
    size_t have = 0;
    while (have < sizeof key->bytes) {
        ssize_t got = read(descriptor, key->bytes + have, sizeof key->bytes - have);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return error_sys(err, PLATEN_E_IO, errno, "cannot read '%s'", path);
        }
        if (got == 0) {
            return error_set(err, PLATEN_E_CORRUPT, "key file '%s' ends after %zu of %d bytes",
                             path, have, SECRET_KEY_BYTES);
        }
        have += (size_t)got;
    }
    return PLATEN_OK;
}

static platen_code key_open(const char *folder, const char *name, bool create, secret_key *key,
                            platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(file_join(path, folder, name, err));
    int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT && create) {
        platen_code made = key_make(folder, path, key, err);
        if (made != PLATEN_E_EXISTS) {
            return made;
        }
        /* Another process was faster: its key counts. */
        descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    }
    if (descriptor < 0) {
        int errnum = errno;
        return error_sys(err, errnum == ENOENT ? PLATEN_E_NOT_FOUND : PLATEN_E_IO, errnum,
                         "cannot open key file '%s'", path);
    }
    platen_code code = key_read(descriptor, path, key, err);
    close(descriptor);
    return code;
}

static platen_code key_load(const char *folder, const char *name, bool create, secret_key **out,
                            platen_error *err)
{
    secret_key *key = OPENSSL_zalloc(sizeof *key);
    if (key == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    platen_code code = key_open(folder, name, create, key, err);
    if (code != PLATEN_OK) {
        secret_key_free(key);
        return code;
    }
    *out = key;
    return PLATEN_OK;
}

platen_code secret_key_load(const char *folder, bool create, secret_key **out, platen_error *err)
{
    return key_load(folder, KEY_FILE, create, out, err);
}

/* ---- the next key ---- */

platen_code secret_key_pending_load(const char *folder, secret_key **out, platen_error *err)
{
    return key_load(folder, KEY_FILE_PENDING, false, out, err);
}

platen_code secret_key_pending_make(const char *folder, secret_key **out, platen_error *err)
{
    PLATEN_TRY(secret_key_pending_drop(folder, err));
    return key_load(folder, KEY_FILE_PENDING, true, out, err);
}

platen_code secret_key_pending_promote(const char *folder, platen_error *err)
{
    char from[FILE_PATH];
    char to[FILE_PATH];
    PLATEN_TRY(file_join(from, folder, KEY_FILE_PENDING, err));
    PLATEN_TRY(file_join(to, folder, KEY_FILE, err));
    if (rename(from, to) != 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot rename '%s' to '%s'", from, to);
    }
    return folder_sync(folder) == PLATEN_OK
               ? PLATEN_OK
               : error_sys(err, PLATEN_E_IO, errno, "cannot sync '%s'", folder);
}

platen_code secret_key_pending_drop(const char *folder, platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(file_join(path, folder, KEY_FILE_PENDING, err));
    if (unlink(path) != 0 && errno != ENOENT) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot remove '%s'", path);
    }
    return PLATEN_OK;
}

void secret_key_free(secret_key *key)
{
    OPENSSL_clear_free(key, sizeof *key);
}
