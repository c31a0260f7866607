/* The verb "operation": what functions can do besides tasks. */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/base/json.h"
#include "core/cli/cli.h"
#include "core/cli/list.h"
#include "core/cli/operation.h"
#include "core/cli/resource.h"
#include "core/cli/value.h"

#define OPERATIONS "/operations"

static const list_column columns[] = {
    {"id", "ID"},         {"title", "TITLE"},   {"plugin", "FUNCTION"},
    {"writes", "WRITES"}, {"access", "ACCESS"}, {NULL, NULL},
};

static platen_code list_operations(cli *c, const args *a, platen_error *err)
{
    api_answer answer;
    (void)a;
    api_answer_init(&answer);
    platen_code rc = api_call(c, "GET", OPERATIONS, NULL, NULL, &answer, err);
    if (rc == PLATEN_OK) {
        rc = list_show_array(c, json_get_array(answer.tree, "items"), columns, err);
    }
    api_answer_fini(&answer);
    return rc;
}

/* ---- arguments ---- */

const char *operation_type(const cJSON *members, const char *name)
{
    const cJSON *member = json_get_object(members, name);
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(member, "type");
    type = cJSON_IsArray(type) ? cJSON_GetArrayItem(type, 0) : type;
    return cJSON_IsString(type) ? type->valuestring : "";
}

/* "key=value" with the value as the schema wants it; what has no type in it is text. */
static platen_code add_argument(cli *c, const cJSON *schema, const char *word, json_writer *w,
                                platen_error *err)
{
    char key[128];
    cJSON *value = NULL;
    const char *sign = strchr(word, '=');
    size_t length = sign != NULL ? (size_t)(sign - word) : 0;
    if (length == 0 || length >= sizeof(key)) {
        return cli_usage(c, err, "'%s' is not KEY=VALUE", word);
    }
    memcpy(key, word, length);
    key[length] = '\0';
    const char *type = operation_type(json_get_object(schema, "properties"), key);
    if (type[0] == '\0' || strcmp(type, "string") == 0) {
        json_text(w, key, sign + 1);
        return PLATEN_OK;
    }
    if (json_parse(sign + 1, strlen(sign + 1), &value, NULL) != PLATEN_OK) {
        return cli_usage(c, err, "'%s' is no %s: '%s'", key, type, sign + 1);
    }
    json_tree(w, key, value);
    cJSON_Delete(value);
    return PLATEN_OK;
}

platen_code operation_schema(cli *c, const char *id, api_answer *answer, const cJSON **schema,
                             platen_error *err)
{
    const cJSON *item = NULL;
    PLATEN_TRY(api_call(c, "GET", OPERATIONS, NULL, NULL, answer, err));
    cJSON_ArrayForEach(item, json_get_array(answer->tree, "items"))
    {
        if (strcmp(json_get_text(item, "id", ""), id) == 0) {
            *schema = json_get_object(item, "arguments");
            return PLATEN_OK;
        }
    }
    return error_set(err, PLATEN_E_NOT_FOUND, "there is no operation '%s' that you may call", id);
}

static platen_code write_arguments(cli *c, const args *a, strbuf *body, platen_error *err)
{
    json_writer w;
    api_answer answer;
    const cJSON *schema = NULL;
    const char *given = args_value(a, "arguments");
    if (given != NULL && a->count > 1) {
        return cli_usage(c, err, "--arguments or KEY=VALUE, not both");
    }
    if (given != NULL) {
        strbuf_append(body, given);
        return PLATEN_OK;
    }
    api_answer_init(&answer);
    platen_code rc =
        a->count > 1 ? operation_schema(c, a->words[0], &answer, &schema, err) : PLATEN_OK;
    json_init(&w, body);
    json_object(&w, NULL);
    for (size_t i = 1; rc == PLATEN_OK && i < a->count; i++) {
        rc = add_argument(c, schema, a->words[i], &w, err);
    }
    json_object_end(&w);
    api_answer_fini(&answer);
    return rc;
}

/* ---- calling ---- */

/* A file as answer, {"name","type","base64"}: its bytes. */
static const char *file_of(const cJSON *tree)
{
    bool file = cJSON_GetArraySize(tree) == 3 && json_get_text(tree, "name", NULL) != NULL &&
                json_get_text(tree, "type", NULL) != NULL;
    return file ? json_get_text(tree, "base64", NULL) : NULL;
}

static platen_code show_file(cli *c, const char *text, platen_error *err)
{
    size_t length = strlen(text);
    unsigned char *bytes = malloc(length / 4 * 3 + 1);
    int count = bytes == NULL || length % 4 != 0
                    ? -1
                    : EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)length);
    if (count >= 0) {
        size_t filled = length > 0 && text[length - 1] == '=' ? 1 : 0;
        filled += filled == 1 && text[length - 2] == '=' ? 1 : 0;
        (void)fwrite(bytes, 1, (size_t)count - filled, c->out);
    }
    free(bytes);
    return count >= 0 ? PLATEN_OK : error_set(err, PLATEN_E_PROTOCOL, "the file is no base64");
}

static platen_code show(cli *c, const api_answer *answer, platen_error *err)
{
    const char *file = file_of(answer->tree);
    if (file != NULL && c->format == CLI_TABLE) {
        return show_file(c, file, err);
    }
    if (c->format == CLI_JSON || cJSON_IsObject(answer->tree)) {
        return list_show_one(c, answer->body.data, answer->body.length, answer->tree, err);
    }
    strbuf text;
    strbuf_init(&text);
    value_text(&text, answer->tree, true);
    if (text.length > 0) {
        (void)fprintf(c->out, "%s\n", text.data);
    }
    strbuf_fini(&text);
    return PLATEN_OK;
}

platen_code operation_call(cli *c, const char *id, const char *body, platen_error *err)
{
    strbuf path;
    api_answer answer;
    strbuf_init(&path);
    api_answer_init(&answer);
    strbuf_append(&path, OPERATIONS);
    api_segment(&path, id);
    platen_code rc = resource_post(c, path.data, body, &answer, err);
    if (rc == PLATEN_OK) {
        rc = show(c, &answer, err);
    }
    api_answer_fini(&answer);
    strbuf_fini(&path);
    return rc;
}

static platen_code run_operation(cli *c, const args *a, platen_error *err)
{
    strbuf body;
    strbuf_init(&body);
    platen_code rc = write_arguments(c, a, &body, err);
    if (rc == PLATEN_OK) {
        rc = operation_call(c, a->words[0], body.data, err);
    }
    strbuf_fini(&body);
    return rc;
}

static const arg_option run_options[] = {{"arguments", true}, {NULL, false}};

const cli_command operation_commands[] = {
    {"operation", "list", NULL, 0, 0, "", "Lists the operations of functions that you may call.",
     list_operations},
    {"operation", "run", run_options, 1, 64, "ID [KEY=VALUE ...] [--arguments JSON]",
     "Calls an operation and shows its answer. Values are text, numbers, true,\n"
     "false or JSON, as the operation's schema says.",
     run_operation},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
