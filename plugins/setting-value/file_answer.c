/* The forms of a file, and its name. */
#include "file_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "import.h"
#include "key.h"
#include "operation.h"

/* The name without what file systems do not take. */
static void file_name(const char *name, const char *suffix, char *out, size_t size)
{
    (void)snprintf(out, size, "%.100s.%s", name[0] != '\0' ? name : "settings", suffix);
    for (char *at = out; *at != '\0'; at++) {
        *at = strchr("/\\:*?\"<>|", *at) != NULL || (unsigned char)*at < ' ' ? '_' : *at;
    }
    out[0] = out[0] == '.' ? '_' : out[0];
}

static platen_code answer_bytes(platen_call *call, const char *name, const char *type,
                                const void *bytes, size_t length, platen_error *err)
{
    cJSON *tree = cJSON_CreateObject();
    char *text = operation_to_base64(bytes, length);
    (void)cJSON_AddStringToObject(tree, "name", name);
    (void)cJSON_AddStringToObject(tree, "type", type);
    bool good = text != NULL && cJSON_AddStringToObject(tree, "base64", text) != NULL;
    free(text);
    if (!good) {
        cJSON_Delete(tree);
        tree = NULL;
    }
    return operation_answer(call, tree, err);
}

static platen_code answer_container(platen_call *call, const document *d, const char *json,
                                    const char *password, platen_error *err)
{
    const container_cost cost = CONTAINER_COST;
    char name[160];
    uint8_t *file = NULL;
    size_t length = 0;
    PLATEN_TRY(container_write(&cost, password, json, strlen(json), &file, &length, err));
    file_name(d->name, "psv", name, sizeof(name));
    platen_code rc = answer_bytes(call, name, "application/octet-stream", file, length, err);
    free(file);
    return rc;
}

static platen_code answer_json(platen_call *call, const document *d, const char *password,
                               platen_error *err)
{
    char name[160];
    char *json = document_text(d);
    if (json == NULL) {
        return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for a file");
    }
    platen_code rc = PLATEN_OK;
    if (password[0] != '\0') {
        rc = answer_container(call, d, json, password, err);
    } else {
        file_name(d->name, "json", name, sizeof(name));
        rc = answer_bytes(call, name, "application/json", json, strlen(json), err);
    }
    explicit_bzero(json, strlen(json));
    cJSON_free(json);
    return rc;
}

platen_code file_answer(platen_call *call, const document *d, const char *form,
                        const char *password, platen_error *err)
{
    char name[160];
    if (strcmp(form, "csv") != 0) {
        return answer_json(call, d, password, err);
    }
    if (password[0] != '\0') {
        the_feature.op->invalid(call, "/form", "enum", "a CSV file has no password");
        return the_feature.host->fail(err, PLATEN_E_INVAL, "a CSV file has no password");
    }
    char *text = export_csv(&d->items);
    if (text == NULL) {
        return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for a file");
    }
    file_name(d->name, "csv", name, sizeof(name));
    platen_code rc = answer_bytes(call, name, "text/csv", text, strlen(text), err);
    free(text);
    return rc;
}
