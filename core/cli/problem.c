/* Reads problem+json bodies; they come from a server that may be anything. */
#include "core/cli/problem.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/json.h"
#include "core/cli/width.h"

#define FIELDS_MOST 50

/* The code of our own table that an HTTP status stands for. */
static platen_code code_of_status(long status)
{
    switch (status) {
    case 400:
        return PLATEN_E_MALFORMED;
    case 401:
        return PLATEN_E_UNAUTHENTICATED;
    case 403:
        return PLATEN_E_FORBIDDEN;
    case 404:
        return PLATEN_E_NOT_FOUND;
    case 405:
        return PLATEN_E_METHOD;
    case 409:
        return PLATEN_E_STATE;
    case 412:
        return PLATEN_E_CONFLICT;
    case 413:
        return PLATEN_E_TOO_LARGE;
    case 422:
        return PLATEN_E_INVAL;
    case 429:
        return PLATEN_E_RATE_LIMITED;
    case 502:
    case 503:
    case 504:
        return PLATEN_E_UNAVAILABLE;
    default:
        return PLATEN_E_PROTOCOL;
    }
}

static void take_fields(cli *c, const cJSON *tree)
{
    const cJSON *field = NULL;
    size_t count = 0;
    cJSON_ArrayForEach(field, json_get_array(tree, "errors"))
    {
        const char *pointer = json_get_text(field, "pointer", "");
        const char *code = json_get_text(field, "code", "");
        const char *detail = json_get_text(field, "detail", "");
        if (count++ == FIELDS_MOST) {
            strbuf_append(&c->problem, "  ...\n");
            return;
        }
        strbuf_append(&c->problem, "  ");
        width_clean(&c->problem, pointer[0] != '\0' ? pointer : "/");
        strbuf_append(&c->problem, ": ");
        width_clean(&c->problem, detail[0] != '\0' ? detail : code);
        if (detail[0] != '\0' && code[0] != '\0') {
            strbuf_append(&c->problem, " (");
            width_clean(&c->problem, code);
            strbuf_append(&c->problem, ")");
        }
        strbuf_append(&c->problem, "\n");
    }
}

platen_code problem_take(cli *c, long status, const char *body, size_t length, platen_error *err)
{
    platen_code code = code_of_status(status);
    cJSON *tree = NULL;
    strbuf_clear(&c->problem);
    c->problem_code[0] = '\0';
    if (json_parse(body, length, &tree, NULL) != PLATEN_OK || !cJSON_IsObject(tree)) {
        cJSON_Delete(tree);
        return error_set(err, code, "the server answered HTTP %ld", status);
    }
    const char *word = json_get_text(tree, "code", "");
    const char *detail = json_get_text(tree, "detail", "");
    if (detail[0] == '\0') {
        detail = json_get_text(tree, "title", "the request failed");
    }
    (void)error_from_word(word, &code);
    (void)snprintf(c->problem_code, sizeof(c->problem_code), "%s", word);
    take_fields(c, tree);
    code = error_set(err, code == PLATEN_OK ? PLATEN_E_PROTOCOL : code, "%s", detail);
    if (status == 401) {
        strbuf_append(&c->problem, "  give a token in PLATEN_TOKEN or with --token-file; "
                                   "`platen token create --help` says how to get one\n");
    }
    cJSON_Delete(tree);
    return code;
}

void problem_print(const cli *c, const platen_error *err)
{
    strbuf line;
    strbuf_init(&line);
    width_clean(&line, err->text);
    strbuf_append(&line, " (");
    width_clean(&line,
                c->problem_code[0] != '\0' ? c->problem_code : error_word((platen_code)err->code));
    strbuf_append(&line, ")");
    (void)fprintf(c->err, "platen: %s\n%s", line.failed ? "no memory" : line.data,
                  c->problem.failed ? "" : c->problem.data);
    strbuf_fini(&line);
}
