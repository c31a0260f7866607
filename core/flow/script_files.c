/* Scripts that lie as files: those that come with Platen, and those of the user folder. */
#include "core/flow/script.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/file.h"
#include "script_sql.h"

#define LOG_SOURCE "script"
#include "core/base/log.h"

typedef struct taking {
    store *s;
    const char *source, *kind;
    bool guarded;
    script_schema_fn schema;
} taking;

static bool others_write(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/* Whose word counts: a user's before a folder's before what came with Platen. */
static int rank(const char *source)
{
    return strcmp(source, "user") == 0 ? 2 : strcmp(source, "folder") == 0 ? 1 : 0;
}

/* `id` of the script of that name, 0 when there is none; false when its text is somebody else's. */
static platen_code find_script(const taking *t, const char *name, int64_t *id, bool *mine,
                               platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    *id = 0;
    *mine = true;
    PLATEN_TRY(store_read(t->s, &conn, err));
    platen_code rc = store_prepare(conn, &sql_script_by_name, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "name", name);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        *id = store_i64(st, 0);
        *mine =
            rank(store_text(st, 2)) <= rank(t->source) && strcmp(store_text(st, 1), t->kind) == 0;
    }
    store_reset(st);
    store_read_end(conn);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code take_file(const taking *t, const char *path, const char *name, platen_error *err)
{
    char *text = NULL;
    size_t length = 0;
    int64_t id = 0;
    bool mine = true;
    PLATEN_TRY(find_script(t, name, &id, &mine, err));
    if (!mine) {
        return PLATEN_OK;
    }
    if (t->guarded && others_write(path)) {
        return error_set(err, PLATEN_E_FORBIDDEN, "others than its owner can write to it");
    }
    PLATEN_TRY(file_read(path, SCRIPT_TEXT_MAX, &text, &length, err));
    const script_change change = {.id = id,
                                  .name = name,
                                  .kind = t->kind,
                                  .text = text,
                                  .source = t->source,
                                  .author = "",
                                  .enabled = -1};
    platen_code rc = strlen(text) != length
                         ? error_set(err, PLATEN_E_MALFORMED, "a zero byte in a script")
                         : script_put(t->s, &change, t->schema, &id, err);
    free(text);
    return rc;
}

static int is_script(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && dot != NULL && strcmp(dot, ".lua") == 0;
}

static void take_named(const taking *t, const char *folder, const char *file)
{
    char path[FILE_PATH];
    char name[SCRIPT_NAME_MAX + 2];
    platen_error err = PLATEN_ERROR_INIT;
    int length = snprintf(name, sizeof(name), "%.*s", (int)(strlen(file) - 4), file);
    platen_code rc = file_join(path, folder, file, &err);
    if (rc == PLATEN_OK && (length > SCRIPT_NAME_MAX || !script_name_fits(name))) {
        rc = error_set(&err, PLATEN_E_INVAL, "no name for a script: a-z, 0-9 and '-'");
    }
    if (rc == PLATEN_OK) {
        rc = take_file(t, path, name, &err);
    }
    if (rc != PLATEN_OK) {
        log_warning("the script %s/%s is not taken in: %s", folder, file, err.text);
    }
}

static platen_code take_folder(const taking *t, const char *folder, platen_error *err)
{
    struct dirent **files = NULL;
    if (t->guarded && others_write(folder)) {
        return error_set(err, PLATEN_E_FORBIDDEN,
                         "the folder '%s' of scripts can be written to by others than its owner",
                         folder);
    }
    int count = scandir(folder, &files, is_script, alphasort);
    if (count < 0) {
        return errno == ENOENT ? PLATEN_OK
                               : error_sys(err, PLATEN_E_IO, errno, "cannot read '%s'", folder);
    }
    for (int i = 0; i < count; i++) {
        take_named(t, folder, files[i]->d_name);
        free(files[i]);
    }
    free(files);
    return PLATEN_OK;
}

platen_code script_take_in(store *s, const char *folder, const char *source, bool guarded,
                           script_schema_fn schema, platen_error *err)
{
    static const char *const parts[][2] = {{"lib", "lib"}, {"tasks", "task"}, {"flows", "flow"}};
    char path[FILE_PATH];
    if (!file_exists(folder)) {
        return PLATEN_OK;
    }
    if (guarded && others_write(folder)) {
        return error_set(err, PLATEN_E_FORBIDDEN,
                         "the folder '%s' of scripts can be written to by others than its owner",
                         folder);
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const taking t = {s, source, parts[i][1], guarded, schema};
        PLATEN_TRY(file_join(path, folder, parts[i][0], err));
        PLATEN_TRY(take_folder(&t, path, err));
    }
    return PLATEN_OK;
}
