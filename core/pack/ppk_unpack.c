/* A package as files on the disk. */
#include "core/pack/ppk_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/text.h"

static platen_code into_file(void *to, const void *data, size_t length, platen_error *err)
{
    const char *at = data;
    while (length > 0) {
        ssize_t written = write(*(const int *)to, at, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return error_sys(err, PLATEN_E_IO, errno, "cannot write a file of a package");
        }
        at += written;
        length -= (size_t)written;
    }
    return PLATEN_OK;
}

/* Makes the folders between `folder` and the file. */
static platen_code make_folders(const char *folder, const char *name, platen_error *err)
{
    char part[FILE_PATH];
    char path[FILE_PATH];
    for (const char *at = strchr(name, '/'); at != NULL; at = strchr(at + 1, '/')) {
        (void)snprintf(part, sizeof(part), "%.*s", (int)(at - name), name);
        PLATEN_TRY(file_join(path, folder, part, err));
        PLATEN_TRY(file_make_dir(path, 0755, err));
    }
    return PLATEN_OK;
}

static platen_code create(const char *folder, const char *name, mode_t mode, int *out,
                          platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(make_folders(folder, name, err));
    PLATEN_TRY(file_join(path, folder, name, err));
    *out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    return *out >= 0 ? PLATEN_OK : error_sys(err, PLATEN_E_IO, errno, "cannot make '%s'", path);
}

/* "bin/x86_64/platend" of that architecture: "platend"; NULL when it is another one's. */
static const char *behind(const char *path, const char *first, const char *arch)
{
    size_t length = strlen(arch);
    path += strlen(first);
    return strncmp(path, arch, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

/* Where Platen looks for the file; false: it is for another architecture. */
static bool place(const ppk_manifest *m, const char *path, const char *arch, char out[PPK_PATH * 2])
{
    const char *rest = path;
    const char *before = "";
    if (text_begins(path, "bin/")) {
        rest = behind(path, "bin/", arch);
        before = "bin/";
    } else if (text_begins(path, "lib/")) {
        rest = behind(path, "lib/", arch);
        before = m->kind == PPK_PRODUCT ? "lib/" : "";
    } else if (text_begins(path, "share/") && m->kind != PPK_PRODUCT) {
        (void)snprintf(out, PPK_PATH * 2, "%s/%s", m->name, path + strlen("share/"));
        return true;
    }
    (void)snprintf(out, PPK_PATH * 2, "%s%s", before, rest != NULL ? rest : "");
    return rest != NULL;
}

static platen_code unpack_file(ppk *p, size_t file, const char *folder, const char *arch,
                               platen_error *err)
{
    const char *path = p->about.files[file].path;
    char name[PPK_PATH * 2];
    int fd = -1;
    (void)snprintf(name, sizeof(name), "%s", path);
    if (arch != NULL && !place(&p->about, path, arch, name)) {
        return PLATEN_OK;
    }
    PLATEN_TRY(create(folder, name, text_begins(path, "bin/") ? 0755 : 0644, &fd, err));
    platen_code rc = ppk_pour(p, file, into_file, &fd, NULL, err);
    if (close(fd) != 0 && rc == PLATEN_OK) {
        rc = error_sys(err, PLATEN_E_IO, errno, "cannot write '%s'", name);
    }
    return rc;
}

static platen_code write_text(const char *folder, const char *name, const char *text, size_t length,
                              platen_error *err)
{
    int fd = -1;
    PLATEN_TRY(create(folder, name, 0644, &fd, err));
    platen_code rc = into_file(&fd, text, length, err);
    (void)close(fd);
    return rc;
}

static platen_code write_signature(const ppk *p, const char *folder, platen_error *err)
{
    strbuf text;
    json_writer w;
    strbuf bytes;
    if (!p->is_signed) {
        return PLATEN_OK;
    }
    strbuf_init(&bytes);
    strbuf_init(&text);
    text_base64(&bytes, p->signature, sizeof(p->signature));
    json_init(&w, &text);
    json_object(&w, NULL);
    json_text(&w, "key", p->key);
    json_text(&w, "signature", bytes.data);
    json_object_end(&w);
    platen_code rc = text.failed || bytes.failed
                         ? error_set(err, PLATEN_E_NOMEM, "no memory for a signature")
                         : write_text(folder, PPK_SIGNATURE, text.data, text.length, err);
    strbuf_fini(&bytes);
    strbuf_fini(&text);
    return rc;
}

/* One call for thousands of files and their folders. */
static platen_code sync_all(const char *folder, platen_error *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 ? -1 : syncfs(fd);
    int errnum = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    return failed == 0
               ? PLATEN_OK
               : error_sys(err, PLATEN_E_IO, errnum, "cannot write '%s' to the disk", folder);
}

static platen_code unpack(ppk *p, const char *folder, const char *arch, platen_error *err)
{
    PLATEN_TRY(write_text(folder, PPK_MANIFEST, p->text, p->length, err));
    PLATEN_TRY(write_signature(p, folder, err));
    for (size_t i = 0; i < p->about.file_count; i++) {
        PLATEN_TRY(unpack_file(p, i, folder, arch, err));
    }
    return sync_all(folder, err);
}

platen_code ppk_unpack(ppk *p, const char *folder, const char *arch, platen_error *err)
{
    if (mkdir(folder, 0700) != 0) {
        return error_sys(err, errno == EEXIST ? PLATEN_E_EXISTS : PLATEN_E_IO, errno,
                         "cannot make '%s'", folder);
    }
    platen_code rc = unpack(p, folder, arch, err);
    if (rc != PLATEN_OK) {
        (void)file_remove_tree(folder, NULL);
    }
    return rc;
}
