/* Calling an operation by its function's name: each option is a member of its arguments. */
#include "core/cli/foreign.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/base/json.h"
#include "core/cli/operation.h"
#include "core/cli/prompt.h"

#define STDIN_END "-stdin"
#define FILE_MOST ((size_t)8 << 20) /* as forms of pages */

static bool has_end(const char *name, const char *end)
{
    size_t length = strlen(name);
    return length > strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

/* ---- options ---- */

/* "--file_name=x" and "--file-name x" are members of that name: '-' of an option is '_'. */
static void add_option(foreign *f, size_t *count, const char *word)
{
    size_t length = strncmp(word, "--", 2) == 0 ? strcspn(word + 2, "=") : 0;
    if (length == 0 || length > FOREIGN_WORD_MAX || *count == ARGS_OPTIONS) {
        return;
    }
    char *name = f->names[*count];
    memcpy(name, word + 2, length);
    name[length] = '\0';
    if (!cli_is_global(name)) {
        f->options[(*count)++] = (arg_option){name, !has_end(name, STDIN_END)};
    }
}

/* ---- arguments ---- */

/* A call: what its schema says, and the body that is made of the options. */
typedef struct call {
    cli *c;
    const args *a;
    const cJSON *members; /* "properties" of the schema */
    cJSON *body;
} call;

/* The member that an option means, NULL: there is none. */
static const cJSON *member_of(const call *k, const char *option)
{
    const cJSON *member = NULL;
    cJSON_ArrayForEach(member, k->members)
    {
        size_t i = 0;
        while (member->string[i] != '\0' && (member->string[i] == '_' ? '-' : member->string[i]) ==
                                                (option[i] == '_' ? '-' : option[i])) {
            i++;
        }
        if (member->string[i] == '\0' && option[i] == '\0') {
            return member;
        }
    }
    return NULL;
}

static platen_code no_memory(platen_error *err)
{
    return error_set(err, PLATEN_E_NOMEM, "no memory for the arguments");
}

static platen_code add_text(call *k, const char *name, const char *text, platen_error *err)
{
    cJSON_DeleteItemFromObjectCaseSensitive(k->body, name);
    return cJSON_AddStringToObject(k->body, name, text) != NULL ? PLATEN_OK : no_memory(err);
}

/* The file's bytes as base64, and its name where the operation wants that and none is given. */
static platen_code add_file(call *k, const char *name, const char *path, platen_error *err)
{
    char *bytes = NULL;
    size_t length = 0;
    const char *slash = strrchr(path, '/');
    PLATEN_TRY(file_read(path, FILE_MOST, &bytes, &length, err));
    char *text = malloc((length + 2) / 3 * 4 + 1);
    platen_code rc = text != NULL ? PLATEN_OK : no_memory(err);
    if (rc == PLATEN_OK) {
        (void)EVP_EncodeBlock((unsigned char *)text, (unsigned char *)bytes, (int)length);
        rc = add_text(k, name, text, err);
    }
    free(text);
    free(bytes);
    if (rc == PLATEN_OK && member_of(k, "file_name") != NULL &&
        cJSON_GetObjectItemCaseSensitive(k->body, "file_name") == NULL) {
        rc = add_text(k, "file_name", slash != NULL ? slash + 1 : path, err);
    }
    return rc;
}

/* Each value of a list, also several in one, between commas. */
static platen_code add_values(call *k, const char *name, const char *values, platen_error *err)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(k->body, name);
    list = list != NULL ? list : cJSON_AddArrayToObject(k->body, name);
    while (*values != '\0') {
        char value[256];
        size_t length = strcspn(values, ",");
        if (length >= sizeof(value)) {
            return cli_usage(k->c, err, "a value of '--%s' is longer than %zu bytes", name,
                             sizeof(value) - 1);
        }
        memcpy(value, values, length);
        value[length] = '\0';
        if (!cJSON_AddItemToArray(list, cJSON_CreateString(value))) {
            return no_memory(err);
        }
        values += length + (values[length] == ',' ? 1 : 0);
    }
    return PLATEN_OK;
}

static platen_code add_json(call *k, const char *name, const char *type, const char *text,
                            platen_error *err)
{
    cJSON *value = NULL;
    if (json_parse(text, strlen(text), &value, NULL) != PLATEN_OK) {
        return cli_usage(k->c, err, "'--%s' is no %s: '%s'", name, type, text);
    }
    cJSON_DeleteItemFromObjectCaseSensitive(k->body, name);
    return cJSON_AddItemToObject(k->body, name, value) ? PLATEN_OK : no_memory(err);
}

/* Secrets are read, never arguments: every user of a host can read those. */
static platen_code add_secret(call *k, const cJSON *member, bool from_input, platen_error *err)
{
    char question[80];
    char secret[PROMPT_SECRET];
    (void)snprintf(question, sizeof(question), "%s: ", member->string);
    PLATEN_TRY(prompt_secret(k->c, from_input, question, secret, err));
    platen_code rc = add_text(k, member->string, secret, err);
    explicit_bzero(secret, sizeof(secret));
    return rc;
}

static platen_code add_option_value(call *k, const char *option, const char *value,
                                    platen_error *err)
{
    char name[FOREIGN_WORD_MAX + 1];
    bool from_input = has_end(option, STDIN_END);
    size_t length = strlen(option) - (from_input ? strlen(STDIN_END) : 0);
    (void)snprintf(name, sizeof(name), "%.*s", (int)length, option);
    const cJSON *member = member_of(k, name);
    if (member == NULL) {
        return cli_usage(k->c, err, "the operation has no argument '%s'", name);
    }
    bool secret = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(member, "writeOnly"));
    const char *type = operation_type(k->members, member->string);
    if (secret != from_input) {
        return cli_usage(k->c, err,
                         secret ? "'%s' is a secret: --%s-stdin reads it"
                                : "'%s' is no secret: --%s VALUE",
                         name, name);
    }
    if (secret) {
        return add_secret(k, member, true, err);
    }
    if (strcmp(member->string, "file") == 0) {
        return add_file(k, member->string, value, err);
    }
    if (strcmp(type, "array") == 0) {
        return add_values(k, member->string, value, err);
    }
    return type[0] == '\0' || strcmp(type, "string") == 0
               ? add_text(k, member->string, value, err)
               : add_json(k, member->string, type, value, err);
}

/* ---- the command ---- */

static platen_code call_operation(cli *c, const args *a, platen_error *err)
{
    char id[2 * FOREIGN_WORD_MAX + 2];
    api_answer answer;
    const cJSON *schema = NULL;
    call k = {.c = c, .a = a, .body = cJSON_CreateObject()};
    (void)snprintf(id, sizeof(id), "%s.%s", c->verb, a->words[0]);
    api_answer_init(&answer);
    platen_code rc = operation_schema(c, id, &answer, &schema, err);
    k.members = cJSON_GetObjectItemCaseSensitive(schema, "properties");
    for (size_t i = 0; rc == PLATEN_OK && i < a->option_count; i++) {
        if (!cli_is_global(a->options[i].name)) {
            rc = add_option_value(&k, a->options[i].name, a->options[i].value, err);
        }
    }
    api_answer_fini(&answer);
    char *body = rc == PLATEN_OK ? cJSON_PrintUnformatted(k.body) : NULL;
    if (rc == PLATEN_OK) {
        rc = body != NULL ? operation_call(c, id, body, err) : no_memory(err);
    }
    if (body != NULL) {
        explicit_bzero(body, strlen(body));
    }
    cJSON_free(body);
    cJSON_Delete(k.body);
    return rc;
}

const cli_command *foreign_operation(foreign *f, int argc, char **argv)
{
    size_t count = 0;
    for (int i = f->behind; i < argc && strcmp(argv[i], "--") != 0; i++) {
        add_option(f, &count, argv[i]);
    }
    f->options[count] = (arg_option){NULL, false};
    f->command = (cli_command){f->verb,
                               NULL,
                               f->options,
                               1,
                               1,
                               "OPERATION [--MEMBER VALUE ...]",
                               "Calls an operation of a function: `platen operation list`.",
                               call_operation};
    return &f->command;
}
