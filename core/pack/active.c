/* See active.h. */
#include "core/pack/active.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"

#define FILE_LIMIT ((size_t)16 << 20)

platen_code active_json_read(const char *path, cJSON **tree, platen_error *err)
{
    char *text = NULL;
    size_t length = 0;
    platen_error why = PLATEN_ERROR_INIT;
    platen_code rc = file_read(path, FILE_LIMIT, &text, &length, &why);
    if (rc != PLATEN_OK) {
        return rc == PLATEN_E_NOT_FOUND ? rc : error_set(err, rc, "%s", why.text);
    }
    rc = json_parse(text, length, tree, &why);
    free(text);
    if (rc != PLATEN_OK) {
        return error_set(err, PLATEN_E_CORRUPT, "'%s': %s", path, why.text);
    }
    if (!cJSON_IsObject(*tree)) {
        cJSON_Delete(*tree);
        *tree = NULL;
        return error_set(err, PLATEN_E_CORRUPT, "'%s' is no JSON object", path);
    }
    return PLATEN_OK;
}

platen_code active_json_write(const char *path, const cJSON *tree, platen_error *err)
{
    char *text = cJSON_Print(tree);
    if (text == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for '%s'", path);
    }
    platen_code rc = file_write(path, text, strlen(text), 0600, err);
    cJSON_free(text);
    return rc;
}

platen_code active_path(const char *data, const char *what, char path[FILE_PATH], platen_error *err)
{
    char folder[FILE_PATH];
    PLATEN_TRY(file_join(folder, data, FUNCTIONS_FOLDER, err));
    return file_join(path, folder, what, err);
}

platen_code active_folder(const char *data, const char *name, const char *version,
                          char path[FILE_PATH], platen_error *err)
{
    char packages[FILE_PATH];
    char folder[FILE_PATH];
    PLATEN_TRY(active_path(data, "packages", packages, err));
    PLATEN_TRY(file_join(folder, packages, name, err));
    return file_join(path, folder, version, err);
}

platen_code active_ppk(const char *data, const char *name, const char *version,
                       char path[FILE_PATH], platen_error *err)
{
    char file[256];
    (void)snprintf(file, sizeof(file), "%s.ppk", version);
    return active_folder(data, name, file, path, err);
}

platen_code active_list(const char *data, cJSON **tree, platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(active_path(data, "active.json", path, err));
    platen_code rc = active_json_read(path, tree, err);
    if (rc == PLATEN_OK && json_get_array(*tree, "packages") == NULL) {
        cJSON_Delete(*tree);
        *tree = NULL;
        return error_set(err, PLATEN_E_CORRUPT, "'%s' has no list of packages", path);
    }
    if (rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    cJSON *empty = cJSON_CreateObject();
    if (cJSON_AddNumberToObject(empty, "generation", 0) == NULL ||
        cJSON_AddArrayToObject(empty, "packages") == NULL) {
        cJSON_Delete(empty);
        return error_set(err, PLATEN_E_NOMEM, "no memory for the list of packages");
    }
    *tree = empty;
    return PLATEN_OK;
}

platen_code active_put(const char *data, const cJSON *tree, platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(active_path(data, "active.json", path, err));
    return active_json_write(path, tree, err);
}

static bool has_role(const cJSON *entry, const char *role)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(entry, "roles"))
    {
        if (cJSON_IsString(each) && strcmp(each->valuestring, role) == 0) {
            return true;
        }
    }
    return false;
}

static void view(const cJSON *entry, active_package *out)
{
    *out = (active_package){
        .entry = entry,
        .name = json_get_text(entry, "name", ""),
        .version = json_get_text(entry, "version", ""),
        .kind = json_get_text(entry, "kind", ""),
        .title = json_get_text(entry, "title", ""),
        .publisher = json_get_text(entry, "publisher", ""),
        .digest = json_get_text(entry, "digest", ""),
        .sha256 = json_get_text(entry, "sha256", ""),
        .previous = json_get_text(json_get_object(entry, "previous"), "version", ""),
        .installed_at = json_get_text(entry, "installed_at", ""),
        .size = json_get_i64(entry, "size", 0),
        .manager = has_role(entry, "manager"),
        .agent = has_role(entry, "agent"),
    };
}

bool active_get(const cJSON *tree, size_t index, active_package *out)
{
    const cJSON *packages = json_get_array(tree, "packages");
    const cJSON *entry = packages != NULL ? cJSON_GetArrayItem(packages, (int)index) : NULL;
    if (entry == NULL) {
        return false;
    }
    view(entry, out);
    return true;
}

bool active_find(const cJSON *tree, const char *name, active_package *out)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(tree, "packages"))
    {
        if (strcmp(json_get_text(each, "name", ""), name) == 0) {
            view(each, out);
            return true;
        }
    }
    return false;
}

/* ---- what an agent could not take over ---- */

static platen_code failed_path(const char *data, char path[FILE_PATH], platen_error *err)
{
    return active_path(data, "failed.json", path, err);
}

platen_code active_failed(const char *data, cJSON **failed, platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(failed_path(data, path, err));
    if (active_json_read(path, failed, NULL) != PLATEN_OK) {
        *failed = cJSON_CreateObject();
    }
    return *failed != NULL ? PLATEN_OK
                           : error_set(err, PLATEN_E_NOMEM, "no memory for what failed");
}

platen_code active_fail(const char *data, cJSON *failed, const active_package *p, const char *why,
                        platen_error *err)
{
    char path[FILE_PATH];
    cJSON *entry = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(entry, "version", p->version);
    (void)cJSON_AddStringToObject(entry, "sha256", p->sha256);
    (void)cJSON_AddStringToObject(entry, "error", why);
    cJSON_DeleteItemFromObjectCaseSensitive(failed, p->name);
    (void)cJSON_AddItemToObject(failed, p->name, entry);
    PLATEN_TRY(failed_path(data, path, err));
    return active_json_write(path, failed, err);
}
