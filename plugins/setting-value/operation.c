#include "operation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

/* ---- running ---- */

/* Passwords may be among the texts. */
static void wipe_texts(cJSON *tree)
{
    cJSON *item = NULL;
    cJSON_ArrayForEach(item, tree)
    {
        if (cJSON_IsString(item)) {
            explicit_bzero(item->valuestring, strlen(item->valuestring));
        }
    }
}

static platen_code run_parsed(platen_call *call, const char *arguments, operation_fn fn,
                              platen_error *err)
{
    cJSON *tree = cJSON_Parse(arguments);
    if (!cJSON_IsObject(tree)) {
        cJSON_Delete(tree);
        return the_feature.host->fail(err, PLATEN_E_INVAL, "the arguments are no object");
    }
    platen_code rc = fn(call, tree, err);
    wipe_texts(tree);
    cJSON_Delete(tree);
    return rc;
}

/* What the host hands back with each call: which function it is. */
typedef struct registered {
    operation_fn fn;
} registered;

static platen_code run_registered(platen_call *call, const char *arguments, void *user,
                                  platen_error *err)
{
    const registered *r = user;
    return run_parsed(call, arguments, r->fn, err);
}

static platen_code add(const char *word, uint32_t flags, const char *schema, operation_fn fn,
                       bool managed, platen_error *err)
{
    const setting_value *f = &the_feature;
    char id[96];
    registered *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return f->host->fail(err, PLATEN_E_NOMEM, "no memory for operation '%s'", word);
    }
    r->fn = fn;
    (void)snprintf(id, sizeof(id), "setting-value.%s", word);
    platen_operation o = PLATEN_OPERATION_INIT;
    o.flags = flags;
    o.role = managed ? PLATEN_ACCESS_SYSTEM_MANAGER : PLATEN_ACCESS_DEVICE_MANAGER;
    o.function = managed ? NULL : FUNCTION;
    o.id = id;
    o.title = id;
    o.arguments = schema;
    o.run = run_registered;
    o.user = r;
    o.release = free;
    platen_code rc = f->op->add(f->ctx, &o, err);
    if (rc != PLATEN_OK) {
        free(r);
    }
    return rc;
}

platen_code operation_add(const char *word, uint32_t flags, const char *schema, operation_fn fn,
                          platen_error *err)
{
    return add(word, flags, schema, fn, false, err);
}

platen_code operation_add_managed(const char *word, uint32_t flags, const char *schema,
                                  operation_fn fn, platen_error *err)
{
    return add(word, flags, schema, fn, true, err);
}

/* ---- arguments ---- */

const char *operation_text(const cJSON *arguments, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(arguments, name));
    return text != NULL ? text : "";
}

int64_t operation_number(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > 19 || strspn(text, "0123456789") != length) {
        return 0;
    }
    errno = 0;
    long long number = strtoll(text, NULL, 10);
    return errno == 0 ? number : 0;
}

int64_t operation_id(const cJSON *arguments, const char *name)
{
    return operation_number(operation_text(arguments, name));
}

platen_code operation_each_id(platen_tx *tx, const cJSON *ids,
                              platen_code (*fn)(platen_tx *tx, int64_t id, platen_error *err),
                              platen_error *err)
{
    const cJSON *one = NULL;
    cJSON_ArrayForEach(one, ids)
    {
        const char *text = cJSON_GetStringValue(one);
        int64_t id = text != NULL ? operation_number(text) : 0;
        platen_code rc = id > 0 ? fn(tx, id, err) : PLATEN_E_NOT_FOUND;
        if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
            return rc;
        }
    }
    return PLATEN_OK;
}

bool operation_name(platen_call *call, const char *name, size_t most)
{
    size_t length = strlen(name);
    bool good = length > 0 && length <= most && name[0] != ' ' && name[length - 1] != ' ';
    for (size_t i = 0; good && i < length; i++) {
        good = (unsigned char)name[i] >= ' ' && name[i] != 0x7f;
    }
    if (!good) {
        the_feature.op->invalid(call, "/name", "invalid",
                                "a name without blanks around it or control characters");
    }
    return good;
}

/* ---- base64 ---- */

platen_code operation_base64(platen_call *call, const char *pointer, const char *text, size_t most,
                             uint8_t **bytes, size_t *length, platen_error *err)
{
    const setting_value *f = &the_feature;
    size_t count = strlen(text);
    if (count / 4 * 3 > most + 2) {
        f->op->invalid(call, pointer, "too-large", "the file is too large");
        return f->host->fail(err, PLATEN_E_INVAL, "the file is larger than %zu bytes", most);
    }
    uint8_t *out = malloc(count / 4 * 3 + 1);
    if (out == NULL) {
        return f->host->fail(err, PLATEN_E_NOMEM, "no memory for a file");
    }
    int got = count % 4 == 0 ? EVP_DecodeBlock(out, (const unsigned char *)text, (int)count) : -1;
    if (got <= 0) {
        free(out);
        f->op->invalid(call, pointer, "invalid", "a file in base64 that is not empty");
        return f->host->fail(err, PLATEN_E_INVAL, "the file is empty, or no base64");
    }
    size_t filled = count > 0 && text[count - 1] == '=' ? 1 : 0;
    filled += filled == 1 && text[count - 2] == '=' ? 1 : 0;
    *bytes = out;
    *length = (size_t)got - filled;
    return PLATEN_OK;
}

char *operation_to_base64(const void *bytes, size_t length)
{
    char *text = malloc((length + 2) / 3 * 4 + 1);
    if (text != NULL) {
        (void)EVP_EncodeBlock((unsigned char *)text, bytes, (int)length);
    }
    return text;
}

platen_code operation_incorrect(platen_call *call, const char *why, platen_error *err)
{
    char text[400];
    (void)snprintf(text, sizeof(text), "the data is incorrect: %.320s", why);
    the_feature.op->invalid(call, "/file", "incorrect-data", text);
    return the_feature.host->fail(err, PLATEN_E_INVAL, "%.300s", text);
}

/* ---- answers ---- */

platen_code operation_answer(platen_call *call, cJSON *tree, platen_error *err)
{
    char *text = tree != NULL ? cJSON_PrintUnformatted(tree) : NULL;
    cJSON_Delete(tree);
    if (text == NULL) {
        return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for an answer");
    }
    platen_code rc = the_feature.op->answer(call, text, err);
    cJSON_free(text);
    return rc;
}

platen_code operation_answer_id(platen_call *call, int64_t id, platen_error *err)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%lld", (long long)id);
    cJSON *tree = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(tree, "id", text);
    return operation_answer(call, tree, err);
}
