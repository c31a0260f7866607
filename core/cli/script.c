/* The verb "script": task kinds, flows and libraries as text. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/cli/cli.h"
#include "core/cli/edit.h"
#include "core/cli/list.h"
#include "core/cli/resource.h"

#define SCRIPTS "/scripts"
#define TEXT_MOST ((size_t)1 << 20)

static const list_column columns[] = {
    {"id", "ID"},           {"name", "NAME"},     {"kind", "KIND"},
    {"title", "TITLE"},     {"source", "SOURCE"}, {"enabled", "ENABLED"},
    {"version", "VERSION"}, {"state", "STATE"},   {"error.text", "ERROR"},
    {NULL, NULL},
};

static const list_column version_columns[] = {
    {"number", "NUMBER"}, {"at", "AT"}, {"author", "AUTHOR"}, {"digest", "SHA-256"}, {NULL, NULL}};

static platen_code list_scripts(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, SCRIPTS, columns, "name", err);
}

static platen_code show_script(cli *c, const args *a, platen_error *err)
{
    return edit_show(c, a, SCRIPTS, err);
}

static platen_code list_versions(cli *c, const args *a, platen_error *err)
{
    strbuf path;
    strbuf_init(&path);
    platen_code rc = edit_path(c, a, SCRIPTS, "versions", &path, err);
    if (rc == PLATEN_OK) {
        rc = list_show(c, a, path.data, version_columns, NULL, err);
    }
    strbuf_fini(&path);
    return rc;
}

/* "restart-if-stuck" of ".../restart-if-stuck.lua". */
static void name_of(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    const char *begin = slash != NULL ? slash + 1 : path;
    size_t length = strlen(begin);
    if (length > 4 && strcmp(begin + length - 4, ".lua") == 0) {
        length -= 4;
    }
    (void)snprintf(out, size, "%.*s", (int)length, begin);
}

/* The members name (when `name`), kind and text of the file. */
static platen_code write_file(cli *c, const args *a, const char *path, const char *name,
                              json_writer *w, platen_error *err)
{
    char *text = NULL;
    size_t length = 0;
    const char *kind = args_value(a, "kind");
    if (kind != NULL && strcmp(kind, "task") != 0 && strcmp(kind, "flow") != 0 &&
        strcmp(kind, "lib") != 0) {
        return cli_usage(c, err, "a script's kind is task, flow or lib, not '%s'", kind);
    }
    PLATEN_TRY(file_read(path, TEXT_MOST, &text, &length, err));
    if (name != NULL) {
        json_text(w, "name", name);
        json_text(w, "kind", kind != NULL ? kind : "flow");
    }
    json_text_n(w, "text", text, length);
    free(text);
    return PLATEN_OK;
}

static platen_code write_new(cli *c, json_writer *w, const args *a, const void *user,
                             platen_error *err)
{
    char name[256];
    const char *given = args_value(a, "name");
    (void)user;
    name_of(a->words[0], name, sizeof(name));
    return write_file(c, a, a->words[0], given != NULL ? given : name, w, err);
}

static platen_code add_script(cli *c, const args *a, platen_error *err)
{
    return edit_post(c, a, SCRIPTS, write_new, NULL, err);
}

static platen_code change(cli *c, const args *a, const char *body, platen_error *err)
{
    char *id = NULL;
    PLATEN_TRY(resource_named(c, SCRIPTS, a->words[0], &id, err));
    platen_code rc = resource_change(c, SCRIPTS, id, body, err);
    free(id);
    return rc;
}

static platen_code write_version(cli *c, json_writer *w, const args *a, const void *user,
                                 platen_error *err)
{
    const char *number = args_value(a, "version");
    (void)user;
    if (number == NULL) {
        return write_file(c, a, a->words[1], NULL, w, err);
    }
    json_i64(w, "version", strtoll(number, NULL, 10));
    return PLATEN_OK;
}

static platen_code edit_script(cli *c, const args *a, platen_error *err)
{
    if (args_has(a, "version") == (a->count == 2)) {
        return cli_usage(c, err, "a file or --version, one of them");
    }
    return edit_patch(c, a, SCRIPTS, write_version, NULL, err);
}

static platen_code enable_script(cli *c, const args *a, platen_error *err)
{
    return change(c, a, "{\"enabled\":true}", err);
}

static platen_code disable_script(cli *c, const args *a, platen_error *err)
{
    return change(c, a, "{\"enabled\":false}", err);
}

static platen_code remove_script(cli *c, const args *a, platen_error *err)
{
    return edit_remove(c, a, SCRIPTS, err);
}

/* ---- check ---- */

static void show_faults(const cli *c, const char *file, const cJSON *tree)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(tree, "errors"))
    {
        (void)fprintf(c->out, "%s:%d:%d: %s: %s\n", file, (int)json_get_i64(each, "line", 0),
                      (int)json_get_i64(each, "column", 0), json_get_text(each, "code", ""),
                      json_get_text(each, "text", ""));
    }
}

static void show_dry_run(const cli *c, const cJSON *run)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(run, "calls"))
    {
        char *arguments =
            cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(each, "arguments"));
        (void)fprintf(c->out, "%s: %s %s\n", json_get_text(each, "where", ""),
                      json_get_text(each, "call", ""), arguments != NULL ? arguments : "");
        cJSON_free(arguments);
    }
    cJSON_ArrayForEach(each, json_get_array(run, "log"))
    {
        (void)fprintf(c->out, "%s: %s\n", json_get_text(each, "level", ""),
                      json_get_text(each, "text", ""));
    }
    (void)fprintf(c->out, "ends as %s%s%s\n", json_get_text(run, "state", ""),
                  json_get_text(run, "text", "")[0] != '\0' ? ": " : "",
                  json_get_text(run, "text", ""));
}

static platen_code add_json(json_writer *w, const args *a, const char *option, platen_error *err)
{
    const char *path = args_value(a, option);
    char *text = NULL;
    size_t length = 0;
    cJSON *tree = NULL;
    if (path == NULL) {
        return PLATEN_OK;
    }
    PLATEN_TRY(file_read(path, TEXT_MOST, &text, &length, err));
    platen_code rc = json_parse(text, length, &tree, err);
    if (rc == PLATEN_OK) {
        json_tree(w, option, tree);
    }
    cJSON_Delete(tree);
    free(text);
    return rc == PLATEN_OK ? rc : error_note(err, rc, "%s", path);
}

static platen_code write_check(cli *c, json_writer *w, const args *a, const void *user,
                               platen_error *err)
{
    char name[256];
    (void)user;
    name_of(a->words[0], name, sizeof(name));
    PLATEN_TRY(write_file(c, a, a->words[0], name, w, err));
    PLATEN_TRY(add_json(w, a, "params", err));
    return add_json(w, a, "results", err);
}

static platen_code check_script(cli *c, const args *a, platen_error *err)
{
    strbuf body;
    api_answer answer;
    api_answer_init(&answer);
    platen_code rc = edit_body(c, &body, a, write_check, NULL, err);
    if (rc == PLATEN_OK) {
        rc = resource_post(c, SCRIPTS "/check", body.data, &answer, err);
    }
    if (rc == PLATEN_OK && c->format == CLI_JSON) {
        (void)fprintf(c->out, "%s\n", answer.body.data);
    } else if (rc == PLATEN_OK) {
        show_faults(c, a->words[0], answer.tree);
        if (json_get_object(answer.tree, "dry_run") != NULL) {
            show_dry_run(c, json_get_object(answer.tree, "dry_run"));
        }
    }
    c->ended_badly = rc == PLATEN_OK && !json_get_bool(answer.tree, "ok", false);
    api_answer_fini(&answer);
    edit_body_end(&body);
    return rc;
}

static const arg_option list_options[] = {LIST_OPTIONS, {NULL, false}};
static const arg_option add_options[] = {{"kind", true}, {"name", true}, {NULL, false}};
static const arg_option edit_options[] = {{"version", true}, {NULL, false}};
static const arg_option check_options[] = {
    {"kind", true}, {"params", true}, {"results", true}, {NULL, false}};

const cli_command script_commands[] = {
    {"script", "list", list_options, 0, 0, "[--filter F:OP:V]... [--all]",
     "Lists scripts: task kinds, flows and libraries.", list_scripts},
    {"script", "show", NULL, 1, 1, "ID|NAME", "Shows a script with its text.", show_script},
    {"script", "add", add_options, 1, 1, "FILE [--kind task|flow|lib] [--name NAME]",
     "Adds the script in a file; a flow, named as the file, unless said otherwise.", add_script},
    {"script", "edit", edit_options, 1, 2, "ID|NAME FILE|--version N",
     "Gives a script another text: that of a file, or of an older version.", edit_script},
    {"script", "check", check_options, 1, 1,
     "FILE [--kind task|flow|lib] [--params FILE] [--results FILE]",
     "Checks a file (syntax, sandbox, schema) and runs it dry: FILE:LINE:COLUMN:\n"
     "CODE: TEXT for what is wrong, then what it would do. Nothing is stored.",
     check_script},
    {"script", "versions", list_options, 1, 1, "ID|NAME", "Lists the versions of a script.",
     list_versions},
    {"script", "enable", NULL, 1, 1, "ID|NAME", "Lets tasks use a script.", enable_script},
    {"script", "disable", NULL, 1, 1, "ID|NAME", "Keeps tasks from using a script.",
     disable_script},
    {"script", "remove", NULL, 1, 1, "ID|NAME", "Removes a script with its versions.",
     remove_script},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
