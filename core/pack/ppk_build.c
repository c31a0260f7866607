/* Packing a folder: the same folder gives the same bytes, whoever packs it where and when. */
#include "core/pack/ppk_private.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/text.h"

#define DEPTH_MOST 16
#define EPOCH_OF_ZIP 315532800 /* 1980-01-01T00:00:00Z: zip files know nothing older */

typedef struct building {
    const char *folder;
    ppk_file *files;
    size_t count;
    size_t room;
    platen_error *err;
} building;

void ppk_dress(zip_t *zip, zip_uint64_t index, const char *name, int64_t epoch)
{
    time_t when = (time_t)(epoch < EPOCH_OF_ZIP ? EPOCH_OF_ZIP : epoch);
    mode_t mode = S_IFREG | (text_begins(name, "bin/") ? 0755 : 0644);
    struct tm t;
    if (gmtime_r(&when, &t) != NULL) { /* zip_file_set_mtime() would ask for the time zone */
        unsigned day =
            (unsigned)(t.tm_year - 80) << 9 | (unsigned)(t.tm_mon + 1) << 5 | (unsigned)t.tm_mday;
        unsigned second =
            (unsigned)t.tm_hour << 11 | (unsigned)t.tm_min << 5 | (unsigned)t.tm_sec / 2;
        (void)zip_file_set_dostime(zip, index, (zip_uint16_t)second, (zip_uint16_t)day, 0);
    }
    (void)zip_file_set_external_attributes(zip, index, 0, ZIP_OPSYS_UNIX, (zip_uint32_t)mode << 16);
    (void)zip_set_file_compression(zip, index, ZIP_CM_DEFLATE, 9);
}

/* ---- what is in the folder ---- */

static platen_code add_file(building *b, const char *path, const char *name)
{
    if (b->count == PPK_FILES_MOST) {
        return error_set(b->err, PLATEN_E_TOO_LARGE, "'%s' has more than %d files", b->folder,
                         PPK_FILES_MOST);
    }
    if (b->count == b->room) {
        size_t room = b->room == 0 ? 64 : b->room * 2;
        ppk_file *grown = realloc(b->files, room * sizeof(*grown));
        if (grown == NULL) {
            return error_set(b->err, PLATEN_E_NOMEM, "no memory for '%s'", name);
        }
        b->files = grown;
        b->room = room;
    }
    ppk_file file = {strdup(name), 0, ""};
    if (file.path == NULL) {
        return error_set(b->err, PLATEN_E_NOMEM, "no memory for '%s'", name);
    }
    platen_code rc = digest_file(path, file.digest, &file.size, b->err);
    b->files[b->count++] = file;
    return rc;
}

static platen_code walk(building *b, const char *below, unsigned depth);

static platen_code walk_entry(building *b, const char *name, unsigned depth)
{
    char path[FILE_PATH];
    struct stat status;
    if (!ppk_path_ok(name)) {
        return error_set(b->err, PLATEN_E_INVAL, "'%s' is no name for a file of a package", name);
    }
    PLATEN_TRY(file_join(path, b->folder, name, b->err));
    if (lstat(path, &status) != 0) {
        return error_sys(b->err, PLATEN_E_IO, errno, "cannot read '%s'", path);
    }
    if (S_ISDIR(status.st_mode)) {
        return walk(b, name, depth + 1);
    }
    if (!S_ISREG(status.st_mode)) {
        return error_set(b->err, PLATEN_E_INVAL, "'%s' is a link or another special file", path);
    }
    bool own = strcmp(name, PPK_MANIFEST) == 0 || strcmp(name, PPK_SIGNATURE) == 0;
    return own ? PLATEN_OK : add_file(b, path, name);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as DEPTH_MOST
static platen_code walk(building *b, const char *below, unsigned depth)
{
    char path[FILE_PATH];
    char name[PPK_PATH];
    platen_code rc = PLATEN_OK;
    if (depth > DEPTH_MOST) {
        return error_set(b->err, PLATEN_E_INVAL, "'%s' is deeper than %d folders", below,
                         DEPTH_MOST);
    }
    if (below[0] == '\0') {
        (void)snprintf(path, sizeof(path), "%s", b->folder);
    } else {
        PLATEN_TRY(file_join(path, b->folder, below, b->err));
    }
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return error_sys(b->err, errno == ENOENT ? PLATEN_E_NOT_FOUND : PLATEN_E_IO, errno,
                         "cannot read '%s'", path);
    }
    const struct dirent *entry = NULL;
    while (rc == PLATEN_OK && (entry = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        int length = snprintf(name, sizeof(name), "%s%s%s", below, below[0] != '\0' ? "/" : "",
                              entry->d_name);
        rc = length > 0 && (size_t)length < sizeof(name)
                 ? walk_entry(b, name, depth)
                 : error_set(b->err, PLATEN_E_INVAL, "'%s/%.60s' is too long a name", below,
                             entry->d_name);
    }
    (void)closedir(dir);
    return rc;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const ppk_file *)a)->path, ((const ppk_file *)b)->path);
}

/* ---- the manifest ---- */

/* The architectures for which lib/ (or bin/) holds something: its folders. */
static platen_code add_arch(const building *b, cJSON *tree)
{
    cJSON *list = cJSON_AddArrayToObject(tree, "arch");
    char last[PPK_PATH] = "";
    for (size_t i = 0; list != NULL && i < b->count; i++) {
        const char *path = b->files[i].path;
        if (!text_begins(path, "lib/")) {
            continue;
        }
        char arch[PPK_PATH];
        (void)snprintf(arch, sizeof(arch), "%.*s", (int)strcspn(path + 4, "/"), path + 4);
        if (strcmp(arch, last) != 0) { /* the files are sorted */
            (void)snprintf(last, sizeof(last), "%s", arch);
            (void)cJSON_AddItemToArray(list, cJSON_CreateString(arch));
        }
    }
    return list != NULL ? PLATEN_OK : error_set(b->err, PLATEN_E_NOMEM, "no memory for a manifest");
}

static void write_files(const building *b, json_writer *w)
{
    json_array(w, "files");
    for (size_t i = 0; i < b->count; i++) {
        json_object(w, NULL);
        json_text(w, "path", b->files[i].path);
        json_i64(w, "size", b->files[i].size);
        json_text(w, "sha256", b->files[i].digest);
        json_object_end(w);
    }
    json_array_end(w);
}

static platen_code write_manifest(const building *b, cJSON *tree, strbuf *out)
{
    json_writer w;
    const cJSON *member = NULL;
    cJSON_DeleteItemFromObjectCaseSensitive(tree, "files");
    if (cJSON_GetObjectItemCaseSensitive(tree, "arch") == NULL &&
        strcmp(json_get_text(tree, "kind", ""), "profiles") != 0) {
        PLATEN_TRY(add_arch(b, tree));
    }
    json_init(&w, out);
    json_object(&w, NULL);
    cJSON_ArrayForEach(member, tree)
    {
        json_tree(&w, member->string, member);
    }
    write_files(b, &w);
    json_object_end(&w);
    strbuf_append_char(out, '\n');
    return out->failed ? error_set(b->err, PLATEN_E_NOMEM, "no memory for a manifest") : PLATEN_OK;
}

static platen_code make_manifest(const building *b, strbuf *out)
{
    char path[FILE_PATH];
    char *text = NULL;
    size_t length = 0;
    cJSON *tree = NULL;
    PLATEN_TRY(file_join(path, b->folder, PPK_MANIFEST, b->err));
    PLATEN_TRY(file_read(path, PPK_MANIFEST_MOST, &text, &length, b->err));
    platen_code rc = json_parse(text, length, &tree, b->err);
    free(text);
    if (rc != PLATEN_OK) {
        return error_note(b->err, rc, "'%s'", path);
    }
    rc = cJSON_IsObject(tree) ? write_manifest(b, tree, out)
                              : error_set(b->err, PLATEN_E_INVAL, "'%s' is no JSON object", path);
    cJSON_Delete(tree);
    return rc;
}

/* ---- the zip file ---- */

static platen_code add_entry(zip_t *zip, const char *name, zip_source_t *source, int64_t epoch,
                             platen_error *err)
{
    zip_int64_t index = source != NULL ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
        zip_source_free(source);
        return error_set(err, PLATEN_E_IO, "cannot pack '%s': %s", name, zip_strerror(zip));
    }
    ppk_dress(zip, (zip_uint64_t)index, name, epoch);
    return PLATEN_OK;
}

static platen_code fill(const building *b, zip_t *zip, const strbuf *manifest, int64_t epoch)
{
    char path[FILE_PATH];
    PLATEN_TRY(add_entry(zip, PPK_MANIFEST,
                         zip_source_buffer(zip, manifest->data, manifest->length, 0), epoch,
                         b->err));
    for (size_t i = 0; i < b->count; i++) {
        PLATEN_TRY(file_join(path, b->folder, b->files[i].path, b->err));
        PLATEN_TRY(
            add_entry(zip, b->files[i].path, zip_source_file(zip, path, 0, -1), epoch, b->err));
    }
    return PLATEN_OK;
}

static platen_code write_zip(const building *b, const char *file, const strbuf *manifest,
                             int64_t epoch)
{
    int number = 0;
    zip_t *zip = zip_open(file, ZIP_CREATE | ZIP_TRUNCATE, &number);
    if (zip == NULL) {
        return error_set(b->err, PLATEN_E_IO, "cannot write '%s'", file);
    }
    platen_code rc = fill(b, zip, manifest, epoch);
    if (rc == PLATEN_OK && zip_close(zip) == 0) {
        return PLATEN_OK;
    }
    if (rc == PLATEN_OK) {
        rc = error_set(b->err, PLATEN_E_IO, "cannot write '%s': %s", file, zip_strerror(zip));
    }
    zip_discard(zip);
    return rc;
}

/* What was written is a package: said by the code that everybody else opens it with. */
static platen_code check(const char *file, platen_error *err)
{
    ppk *p = NULL;
    PLATEN_TRY(ppk_open(file, &p, NULL, err));
    platen_code rc = ppk_check_digests(p, NULL, err);
    ppk_close(p);
    return rc;
}

static platen_code build(building *b, const char *fresh, int64_t epoch)
{
    strbuf manifest;
    PLATEN_TRY(walk(b, "", 0));
    if (b->count > 0) {
        qsort(b->files, b->count, sizeof(*b->files), by_path);
    }
    strbuf_init(&manifest);
    platen_code rc = make_manifest(b, &manifest);
    rc = rc == PLATEN_OK ? write_zip(b, fresh, &manifest, epoch) : rc;
    strbuf_fini(&manifest);
    return rc == PLATEN_OK ? check(fresh, b->err) : rc;
}

platen_code ppk_build(const char *folder, const char *file, int64_t epoch, platen_error *err)
{
    char fresh[FILE_PATH];
    building b = {folder, NULL, 0, 0, err};
    int length = snprintf(fresh, sizeof(fresh), "%s.new", file);
    if (length < 0 || (size_t)length >= sizeof(fresh)) {
        return error_set(err, PLATEN_E_INVAL, "path '%.60s...' is too long", file);
    }
    platen_code rc = build(&b, fresh, epoch);
    if (rc == PLATEN_OK && rename(fresh, file) != 0) {
        rc = error_sys(err, PLATEN_E_IO, errno, "cannot make '%s'", file);
    }
    if (rc != PLATEN_OK) {
        (void)unlink(fresh);
    }
    for (size_t i = 0; i < b.count; i++) {
        free((char *)(uintptr_t)b.files[i].path);
    }
    free(b.files);
    return rc;
}
