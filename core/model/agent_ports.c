/* See agent_ports.h. */
#include "core/model/agent_ports.h"

#include <string.h>

#define NAME_LENGTH 63

static bool is_elsewhere(const char *name)
{
    return strcmp(name, "snmp") == 0 || strcmp(name, "ipp") == 0;
}

static bool is_driver(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return length > 0 && length <= NAME_LENGTH && name[length] == '\0';
}

void agent_ports_write(json_writer *w, const char *ports)
{
    cJSON *tree = cJSON_Parse(ports);
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, tree)
    {
        if (cJSON_IsNumber(item)) {
            json_i64(w, item->string, (int64_t)cJSON_GetNumberValue(item));
        }
    }
    cJSON_Delete(tree);
}

static platen_code merge_one(cJSON *tree, const cJSON *item, platen_error *err)
{
    double port = cJSON_GetNumberValue(item);
    if (!is_driver(item->string)) {
        return error_set(err, PLATEN_E_INVAL, "'%.63s' is no name of a driver", item->string);
    }
    cJSON_DeleteItemFromObjectCaseSensitive(tree, item->string);
    if (port >= 1 && cJSON_AddNumberToObject(tree, item->string, port) == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for ports");
    }
    return PLATEN_OK;
}

platen_code agent_ports_merge(const char *ports, const cJSON *given, char **merged,
                              platen_error *err)
{
    cJSON *tree = cJSON_Parse(ports);
    tree = cJSON_IsObject(tree) ? tree : cJSON_CreateObject();
    const cJSON *item = NULL;
    platen_code rc = PLATEN_OK;
    cJSON_ArrayForEach(item, given)
    {
        if (rc == PLATEN_OK && !is_elsewhere(item->string)) {
            rc = merge_one(tree, item, err);
        }
    }
    if (rc == PLATEN_OK && cJSON_GetArraySize(tree) > AGENT_PORTS_MAX) {
        rc = error_set(err, PLATEN_E_TOO_LARGE, "ports of %d drivers, at most %d can be",
                       cJSON_GetArraySize(tree), AGENT_PORTS_MAX);
    }
    *merged = rc == PLATEN_OK ? cJSON_PrintUnformatted(tree) : NULL;
    cJSON_Delete(tree);
    return rc == PLATEN_OK && *merged == NULL
               ? error_set(err, PLATEN_E_NOMEM, "no memory for ports")
               : rc;
}
