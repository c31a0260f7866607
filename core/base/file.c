/* Whole files, durably. */
#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

platen_code file_read(const char *path, size_t limit, char **data, size_t *length,
                      platen_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        int saved = errno;
        return error_sys(err, saved == ENOENT ? PLATEN_E_NOT_FOUND : PLATEN_E_IO, saved,
                         "cannot open '%s'", path);
    }
    struct stat st;
    platen_code rc = PLATEN_OK;
    char *bytes = NULL;
    size_t used = 0;
    if (fstat(fd, &st) != 0) {
        rc = error_sys(err, PLATEN_E_IO, errno, "cannot read '%s'", path);
    } else if (!S_ISREG(st.st_mode)) {
        rc = error_set(err, PLATEN_E_IO, "'%s' is no file", path);
    } else if ((uint64_t)st.st_size > limit) {
        rc = error_set(err, PLATEN_E_TOO_LARGE, "'%s' has %lld bytes, the limit is %zu", path,
                       (long long)st.st_size, limit);
    } else if ((bytes = malloc((size_t)st.st_size + 1)) == NULL) {
        rc = error_set(err, PLATEN_E_NOMEM, "no memory for '%s'", path);
    }
    while (rc == PLATEN_OK && used < (size_t)st.st_size) {
        ssize_t n = read(fd, bytes + used, (size_t)st.st_size - used);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            rc = error_sys(err, PLATEN_E_IO, errno, "cannot read '%s'", path);
        }
        if (n <= 0) {
            break;
        }
        used += (size_t)n;
    }
    (void)close(fd);
    if (rc != PLATEN_OK) {
        free(bytes);
        return rc;
    }
    bytes[used] = '\0';
    *data = bytes;
    *length = used;
    return PLATEN_OK;
}

static platen_code write_all(int fd, const char *path, const void *data, size_t length,
                             platen_error *err)
{
    const char *bytes = data;
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", path);
        }
        bytes += n;
        length -= (size_t)n;
    }
    if (fsync(fd) != 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", path);
    }
    return PLATEN_OK;
}

platen_code file_sync_dir(const char *path, platen_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 ? -1 : fsync(fd);
    int saved = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    return failed == 0 ? PLATEN_OK
                       : error_sys(err, PLATEN_E_IO, saved, "cannot sync folder '%s'", path);
}

/* The rename is durable only when the folder is. */
static void sync_folder(const char *path)
{
    char folder[FILE_PATH];
    (void)snprintf(folder, sizeof(folder), "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL) {
        (void)snprintf(folder, sizeof(folder), ".");
    } else {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    (void)file_sync_dir(folder, NULL);
}

platen_code file_write(const char *path, const void *data, size_t length, mode_t mode,
                       platen_error *err)
{
    char temporary[FILE_PATH];
    int n = snprintf(temporary, sizeof(temporary), "%s.%ld.new", path, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof(temporary)) {
        return error_set(err, PLATEN_E_INVAL, "path '%.60s...' is too long", path);
    }
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", path);
    }
    platen_code rc = PLATEN_OK;
    if (fchmod(fd, mode) != 0) {
        rc = error_sys(err, PLATEN_E_IO, errno, "cannot set the mode of '%s'", path);
    }
    if (rc == PLATEN_OK) {
        rc = write_all(fd, path, data, length, err);
    }
    (void)close(fd);
    if (rc == PLATEN_OK && rename(temporary, path) != 0) {
        rc = error_sys(err, PLATEN_E_IO, errno, "cannot replace '%s'", path);
    }
    if (rc != PLATEN_OK) {
        (void)unlink(temporary);
        return rc;
    }
    sync_folder(path);
    return PLATEN_OK;
}

platen_code file_make_dir(const char *path, mode_t mode, platen_error *err)
{
    if (mkdir(path, mode) == 0) {
        return PLATEN_OK;
    }
    int saved = errno;
    struct stat st;
    if (saved == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        return PLATEN_OK;
    }
    return error_sys(err, PLATEN_E_IO, saved, "cannot make folder '%s'", path);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

platen_code file_remove_tree(const char *path, platen_error *err)
{
    struct stat st;
    if (lstat(path, &st) != 0 && errno == ENOENT) {
        return PLATEN_OK;
    }
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot remove '%s'", path);
    }
    return PLATEN_OK;
}

bool file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

platen_code file_join(char path[FILE_PATH], const char *dir, const char *name, platen_error *err)
{
    if (name[0] == '/' || strcmp(name, "..") == 0 || strncmp(name, "../", 3) == 0 ||
        strstr(name, "/../") != NULL ||
        (strlen(name) >= 3 && strcmp(name + strlen(name) - 3, "/..") == 0)) {
        return error_set(err, PLATEN_E_INVAL, "'%s' leaves its folder", name);
    }
    int n = snprintf(path, FILE_PATH, "%s/%s", dir, name);
    if (n < 0 || n >= FILE_PATH) {
        return error_set(err, PLATEN_E_INVAL, "path '%.60s...' is too long", dir);
    }
    return PLATEN_OK;
}
