/* The verbs "function" and "publisher": what is installed, and whose packages are taken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/cli/cli.h"
#include "core/cli/edit.h"
#include "core/cli/list.h"
#include "core/cli/package.h"
#include "core/cli/resource.h"
#include "core/cli/token.h"

#define FUNCTIONS "/functions"
#define UPLOADS FUNCTIONS "/uploads"
#define KEY_MOST 4096
#define ENDED_S 600

static const list_column columns[] = {
    {"name", "NAME"},           {"version", "VERSION"}, {"kind", "KIND"},
    {"publisher", "PUBLISHER"}, {"state", "STATE"},     {"agents.unconfined", "UNCONFINED"},
    {"error", "ERROR"},         {NULL, NULL},
};

static const list_column upload_columns[] = {
    {"id", "ID"},
    {"file_name", "FILE"},
    {"name", "NAME"},
    {"version", "VERSION"},
    {"publisher", "PUBLISHER"},
    {"state", "STATE"},
    {"text", "WHY"},
    {NULL, NULL},
};

static const list_column history_columns[] = {
    {"at", "AT"}, {"name", "NAME"}, {"event", "EVENT"}, {"from", "FROM"},
    {"to", "TO"}, {"by", "BY"},     {"text", "WHY"},    {NULL, NULL},
};

static const list_column publisher_columns[] = {
    {"id", "ID"},           {"name", "NAME"},       {"state", "STATE"}, {"added", "ADDED"},
    {"expires", "EXPIRES"}, {"revoked", "REVOKED"}, {NULL, NULL},
};

static const arg_option list_options[] = {LIST_OPTIONS, {NULL, false}};

static platen_code list_functions(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, FUNCTIONS, columns, NULL, err);
}

static platen_code list_uploads(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, UPLOADS, upload_columns, NULL, err);
}

static platen_code list_history(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, FUNCTIONS "/history", history_columns, NULL, err);
}

static platen_code show_function(cli *c, const args *a, platen_error *err)
{
    return resource_show(c, FUNCTIONS, a->words[0], err);
}

/* ---- uploads ---- */

static const list_column migration_columns[] = {
    {"number", "MIGRATION"}, {"name", "NAME"}, {NULL, NULL}};

/* Lists in an object in an object would be left out: what changes is shown by itself. */
static platen_code show_changes(cli *c, const cJSON *changes, platen_error *err)
{
    const cJSON *migrations = json_get_array(changes, "migrations");
    (void)fputs("\nWhat will change\n", c->out);
    PLATEN_TRY(list_show_one(c, "", 0, changes, err));
    return cJSON_GetArraySize(migrations) > 0
               ? list_show_array(c, migrations, migration_columns, err)
               : PLATEN_OK;
}

static platen_code upload(cli *c, const args *a, platen_error *err)
{
    char id[PACKAGE_ID];
    api_answer answer;
    api_answer_init(&answer);
    platen_code rc = package_send(c, a->words[0], id, &answer, err);
    if (rc == PLATEN_OK) {
        rc = list_show_one(c, answer.body.data, answer.body.length, answer.tree, err);
    }
    if (rc == PLATEN_OK && c->format == CLI_TABLE) {
        rc = show_changes(c, json_get_object(answer.tree, "changes"), err);
    }
    api_answer_fini(&answer);
    return rc;
}

static platen_code discard(cli *c, const args *a, platen_error *err)
{
    return resource_remove(c, UPLOADS, a->words[0], err);
}

/* ---- installing ---- */

/* The manager goes away and comes back meanwhile: what goes wrong on the way is no failure. */
static bool has_ended(cli *c)
{
    api_answer answer;
    api_answer_init(&answer);
    bool ended = api_call(c, "GET", FUNCTIONS, NULL, NULL, &answer, NULL) == PLATEN_OK &&
                 json_get_object(answer.tree, "installation") == NULL;
    api_answer_fini(&answer);
    strbuf_clear(&c->problem);
    return ended;
}

static platen_code last_event(cli *c, const char *name, platen_error *err)
{
    api_answer answer;
    const cJSON *each = NULL;
    api_answer_init(&answer);
    platen_code rc = api_call(c, "GET", FUNCTIONS "/history", NULL, NULL, &answer, err);
    cJSON_ArrayForEach(each, json_get_array(answer.tree, "items"))
    {
        if (strcmp(json_get_text(each, "name", ""), name) == 0) {
            break;
        }
    }
    const char *event = json_get_text(each, "event", "");
    if (rc == PLATEN_OK && strcmp(event, "cancelled") == 0) {
        rc = error_set(err, PLATEN_E_CANCELLED, "'%s' has cancelled it",
                       json_get_text(each, "by", ""));
    }
    if (rc == PLATEN_OK && strcmp(event, "rolled-back") == 0) {
        rc = error_set(err, PLATEN_E_STATE, "it was put back as it was (%s): %s",
                       json_get_text(each, "code", ""), json_get_text(each, "text", ""));
    }
    api_answer_fini(&answer);
    return rc;
}

static platen_code await_end(cli *c, const cJSON *taken, platen_error *err)
{
    const cJSON *functions = json_get_array(json_get_object(taken, "installation"), "functions");
    const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(functions, 0));
    int64_t until = clock_mono() + ENDED_S * 1000;
    package_pause();
    while (!has_ended(c)) {
        if (clock_mono() > until) {
            return error_set(err, PLATEN_E_TIMEOUT, "the installation has not ended in %d s",
                             ENDED_S);
        }
        package_pause();
    }
    return last_event(c, name != NULL ? name : "", err);
}

static platen_code order(cli *c, const args *a, const char *method, const char *path,
                         const char *body, platen_error *err)
{
    api_answer answer;
    api_answer_init(&answer);
    platen_code rc = api_call(c, method, path, body, NULL, &answer, err);
    if (rc == PLATEN_OK && !args_has(a, "no-wait")) {
        rc = await_end(c, answer.tree, err);
    }
    if (rc == PLATEN_OK && c->format != CLI_JSON) {
        (void)fprintf(c->out, "%s\n", args_has(a, "no-wait") ? "begun" : "done");
    } else if (rc == PLATEN_OK) {
        rc = list_show_one(c, answer.body.data, answer.body.length, answer.tree, err);
    }
    api_answer_fini(&answer);
    return rc;
}

static platen_code write_word(cli *c, json_writer *w, const char *word, platen_error *err)
{
    char id[PACKAGE_ID];
    api_answer answer;
    if (!file_exists(word)) {
        json_text(w, NULL, word);
        return PLATEN_OK;
    }
    api_answer_init(&answer);
    platen_code rc = package_send(c, word, id, &answer, err);
    api_answer_fini(&answer);
    if (rc == PLATEN_OK) {
        json_text(w, NULL, id);
    }
    return rc;
}

static platen_code write_installation(cli *c, json_writer *w, const args *a, const void *user,
                                      platen_error *err)
{
    (void)user;
    json_array(w, "uploads");
    for (size_t i = 0; i < a->count; i++) {
        PLATEN_TRY(write_word(c, w, a->words[i], err));
    }
    json_array_end(w);
    json_bool(w, "accept_license", args_has(a, "accept-license"));
    json_text(w, "when_busy", args_has(a, "when-busy-wait") ? "wait" : "refuse");
    return PLATEN_OK;
}

static platen_code install(cli *c, const args *a, platen_error *err)
{
    strbuf body;
    platen_code rc = edit_body(c, &body, a, write_installation, NULL, err);
    if (rc == PLATEN_OK) {
        rc = order(c, a, "POST", FUNCTIONS "/install", body.data, err);
    }
    edit_body_end(&body);
    return rc;
}

static platen_code order_one(cli *c, const args *a, const char *method, const char *end,
                             platen_error *err)
{
    strbuf path;
    strbuf_init(&path);
    strbuf_append(&path, FUNCTIONS);
    api_segment(&path, a->words[0]);
    strbuf_append(&path, end);
    if (args_has(a, "with-data")) {
        api_query(&path, "data", "delete");
    }
    if (args_has(a, "when-busy-wait")) {
        api_query(&path, "when_busy", "wait");
    }
    platen_code rc = order(c, a, method, path.data, NULL, err);
    strbuf_fini(&path);
    return rc;
}

static platen_code remove_function(cli *c, const args *a, platen_error *err)
{
    return order_one(c, a, "DELETE", "", err);
}

static platen_code cancel(cli *c, const args *a, platen_error *err)
{
    (void)a;
    return resource_post(c, FUNCTIONS "/cancel", NULL, NULL, err);
}

static platen_code roll_back(cli *c, const args *a, platen_error *err)
{
    return order_one(c, a, "POST", "/rollback", err);
}

/* ---- publishers ---- */

static platen_code list_publishers(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, "/publishers", publisher_columns, NULL, err);
}

static platen_code write_publisher(cli *c, json_writer *w, const args *a, const void *user,
                                   platen_error *err)
{
    const char *expires = args_value(a, "expires");
    char *key = NULL;
    size_t length = 0;
    int64_t until = 0;
    (void)user;
    if (expires != NULL && !token_expiry(expires, clock_now(), &until)) {
        return cli_usage(c, err, "--expires '%s' is no time like 2027-01-31 or 30d", expires);
    }
    PLATEN_TRY(file_read(a->words[1], KEY_MOST, &key, &length, err));
    json_text(w, "name", a->words[0]);
    json_text_n(w, "key", key, length);
    json_time(w, "expires", until);
    free(key);
    return PLATEN_OK;
}

static platen_code add_publisher(cli *c, const args *a, platen_error *err)
{
    return edit_post(c, a, "/publishers", write_publisher, NULL, err);
}

static platen_code revoke_publisher(cli *c, const args *a, platen_error *err)
{
    return resource_remove(c, "/publishers", a->words[0], err);
}

/* ---- the verbs ---- */

static const arg_option install_options[] = {
    {"accept-license", false}, {"when-busy-wait", false}, {"no-wait", false}, {NULL, false}};
static const arg_option remove_options[] = {
    {"with-data", false}, {"when-busy-wait", false}, {"no-wait", false}, {NULL, false}};
static const arg_option rollback_options[] = {
    {"when-busy-wait", false}, {"no-wait", false}, {NULL, false}};
static const arg_option publisher_options[] = {{"expires", true}, {NULL, false}};

const cli_command function_commands[] = {
    {"function", "list", list_options, 0, 0, "[--fields A,B]", "Lists what is installed.",
     list_functions},
    {"function", "show", NULL, 1, 1, "NAME", "Shows a function with its history.", show_function},
    {"function", "upload", NULL, 1, 1, "FILE",
     "Uploads a package and waits until it is looked at. Nothing is installed yet.", upload},
    {"function", "uploads", list_options, 0, 0, "", "Lists packages that are uploaded.",
     list_uploads},
    {"function", "discard", NULL, 1, 1, "ID", "Forgets an uploaded package.", discard},
    {"function", "install", install_options, 1, 32,
     "FILE|ID... --accept-license [--when-busy-wait] [--no-wait]",
     "Installs packages, all of them or none: files, or ids of uploads. Platen starts\n"
     "anew for it; the client waits until it is there again.",
     install},
    {"function", "remove", remove_options, 1, 1,
     "NAME [--with-data] [--when-busy-wait] [--no-wait]",
     "Removes a function. Its tables stay unless --with-data is given.", remove_function},
    {"function", "rollback", rollback_options, 1, 1, "NAME [--when-busy-wait] [--no-wait]",
     "Goes back to the version before. The data stays as it is.", roll_back},
    {"function", "cancel", NULL, 0, 0, "",
     "Cancels an installation, removal or roll-back that waits for tasks.", cancel},
    {"function", "history", list_options, 0, 0, "", "Lists what was installed, refused, removed.",
     list_history},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};

const cli_command publisher_commands[] = {
    {"publisher", "list", list_options, 0, 0, "", "Lists whose packages are taken.",
     list_publishers},
    {"publisher", "add", publisher_options, 2, 2, "NAME FILE [--expires TIME]",
     "Takes packages that are signed with the public key in a PEM file, until TIME\n"
     "(2027-01-31, 365d) when it is given.",
     add_publisher},
    {"publisher", "revoke", NULL, 1, 1, "ID", "Takes none of a publisher's packages any more.",
     revoke_publisher},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
