/* The verbs "audit", "preference", "webhook" and "outbox": the installation as a whole. */
#include "core/cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "core/cli/edit.h"
#include "core/cli/list.h"
#include "core/cli/prompt.h"
#include "core/cli/resource.h"

static const arg_option list_options[] = {LIST_OPTIONS, {NULL, false}};

/* GET of one thing that has no id, shown. */
static platen_code show_path(cli *c, const char *path, const char *member, platen_error *err)
{
    api_answer answer;
    api_answer_init(&answer);
    platen_code rc = api_call(c, "GET", path, NULL, NULL, &answer, err);
    const cJSON *part = member != NULL ? json_get_object(answer.tree, member) : answer.tree;
    if (rc == PLATEN_OK && part == NULL) {
        rc = error_set(err, PLATEN_E_NOT_FOUND, "there are no preferences '%s'", member);
    }
    if (rc == PLATEN_OK) {
        char *text = cJSON_PrintUnformatted(part);
        rc = text != NULL ? list_show_one(c, text, strlen(text), part, err)
                          : error_set(err, PLATEN_E_NOMEM, "no memory for an answer");
        cJSON_free(text);
    }
    api_answer_fini(&answer);
    return rc;
}

/* ---- the audit log ---- */

static const list_column audit_columns[] = {
    {"id", "ID"},         {"at", "TIME"},       {"user_name", "USER"},   {"address", "ADDRESS"},
    {"action", "ACTION"}, {"object", "OBJECT"}, {"object_name", "NAME"}, {"result", "RESULT"},
    {NULL, NULL},
};

static platen_code list_audit(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, "/audit-log", audit_columns, "-id", err);
}

static platen_code verify_audit(cli *c, const args *a, platen_error *err)
{
    api_answer answer;
    (void)a;
    api_answer_init(&answer);
    platen_code rc = api_call(c, "GET", "/audit-log/verify", NULL, NULL, &answer, err);
    if (rc == PLATEN_OK) {
        c->ended_badly = !json_get_bool(answer.tree, "whole", false);
        rc = list_show_one(c, answer.body.data, answer.body.length, answer.tree, err);
    }
    api_answer_fini(&answer);
    return rc;
}

const cli_command audit_commands[] = {
    {"audit", "list", list_options, 0, 0, "[--filter F:OP:V]... [--all]",
     "Lists what users did, newest first.", list_audit},
    {"audit", "verify", NULL, 0, 0, "",
     "Checks that nobody has changed the log: exit status 1 when somebody has.", verify_audit},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};

/* ---- preferences ---- */

static platen_code show_preference(cli *c, const args *a, platen_error *err)
{
    return show_path(c, "/preferences", a->count > 0 ? a->words[0] : NULL, err);
}

/* "port=465": a number, true, false, null or JSON in brackets is taken as that, else a text. */
static platen_code write_pair(cli *c, json_writer *w, const char *pair, platen_error *err)
{
    char name[64];
    cJSON *value = NULL;
    size_t length = strcspn(pair, "=");
    if (length == 0 || pair[length] == '\0' || length >= sizeof(name)) {
        return cli_usage(c, err, "'%s' is not name=value", pair);
    }
    memcpy(name, pair, length);
    name[length] = '\0';
    const char *text = pair + length + 1;
    if (json_parse(text, strlen(text), &value, NULL) == PLATEN_OK) {
        json_tree(w, name, value);
        cJSON_Delete(value);
    } else {
        json_text(w, name, text);
    }
    return PLATEN_OK;
}

static platen_code write_preference(cli *c, json_writer *w, const args *a, const void *user,
                                    platen_error *err)
{
    char secret[PROMPT_SECRET];
    const char *name = args_value(a, "secret-stdin");
    (void)user;
    json_object(w, a->words[0]);
    for (size_t i = 1; i < a->count; i++) {
        PLATEN_TRY(write_pair(c, w, a->words[i], err));
    }
    if (name != NULL) {
        PLATEN_TRY(prompt_secret(c, true, name, secret, err));
        json_text(w, name, secret);
        explicit_bzero(secret, sizeof(secret));
    }
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code set_preference(cli *c, const args *a, platen_error *err)
{
    strbuf body;
    if (a->count < 2 && !args_has(a, "secret-stdin")) {
        return cli_usage(c, err, "nothing to set");
    }
    platen_code rc = edit_body(c, &body, a, write_preference, NULL, err);
    if (rc == PLATEN_OK) {
        rc = api_call(c, "PATCH", "/preferences", body.data, NULL, NULL, err);
    }
    edit_body_end(&body);
    return rc == PLATEN_OK ? show_path(c, "/preferences", a->words[0], err) : rc;
}

static const arg_option preference_options[] = {{"secret-stdin", true}, {NULL, false}};

const cli_command preference_commands[] = {
    {"preference", "show", NULL, 0, 1, "[GROUP]",
     "Shows preferences: all, or one group (mail, directory, account_policy, ...).",
     show_preference},
    {"preference", "set", preference_options, 1, ARGS_WORDS - 2,
     "GROUP NAME=VALUE... [--secret-stdin NAME]",
     "Changes preferences; what is not named stays. A secret is read from standard input.",
     set_preference},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};

/* ---- webhooks and the outbox ---- */

static const list_column webhook_columns[] = {
    {"id", "ID"},         {"name", "NAME"},      {"url", "URL"}, {"active", "ACTIVE"},
    {"events", "EVENTS"}, {"last.text", "LAST"}, {NULL, NULL},
};

static const edit_member webhook_members[] = {
    {"name", "name", EDIT_TEXT},     {"url", "url", EDIT_TEXT},
    {"event", "events", EDIT_LIST},  {"active", "active", EDIT_YES},
    {"inactive", "active", EDIT_NO}, {"token-stdin", "token", EDIT_SECRET},
    {NULL, NULL, EDIT_TEXT},
};

static platen_code list_webhooks(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, "/webhooks", webhook_columns, NULL, err);
}

static platen_code create_webhook(cli *c, const args *a, platen_error *err)
{
    return edit_create(c, a, "/webhooks", webhook_members, err);
}

static platen_code set_webhook(cli *c, const args *a, platen_error *err)
{
    return edit_set(c, a, "/webhooks", webhook_members, err);
}

static platen_code remove_webhook(cli *c, const args *a, platen_error *err)
{
    return edit_remove(c, a, "/webhooks", err);
}

static platen_code test_webhook(cli *c, const args *a, platen_error *err)
{
    return edit_act(c, a, "POST", "/webhooks", "test", err);
}

static const arg_option webhook_options[] = {
    {"name", true},      {"url", true},          {"event", true}, {"active", false},
    {"inactive", false}, {"token-stdin", false}, {NULL, false},
};

const cli_command webhook_commands[] = {
    {"webhook", "list", list_options, 0, 0, "[--filter F:OP:V]... [--all]", "Lists webhooks.",
     list_webhooks},
    {"webhook", "create", webhook_options, 1, 1,
     "NAME --url URL [--event E]... [--token-stdin] [--inactive]",
     "Creates a webhook; its token is read from standard input.", create_webhook},
    {"webhook", "set", webhook_options, 1, 1,
     "ID|NAME [--name N] [--url URL] [--event E]... [--token-stdin] [--active|--inactive]",
     "Changes a webhook.", set_webhook},
    {"webhook", "remove", NULL, 1, 1, "ID|NAME", "Removes a webhook.", remove_webhook},
    {"webhook", "test", NULL, 1, 1, "ID|NAME", "Sends a test event.", test_webhook},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};

static const list_column outbox_columns[] = {
    {"id", "ID"},           {"kind", "KIND"},   {"to", "TO"},
    {"subject", "SUBJECT"}, {"state", "STATE"}, {"tries", "TRIES"},
    {"next", "NEXT"},       {"text", "TEXT"},   {NULL, NULL},
};

static platen_code list_outbox(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, "/outbox", outbox_columns, NULL, err);
}

static platen_code remove_outbox(cli *c, const args *a, platen_error *err)
{
    return resource_remove(c, "/outbox", a->words[0], err);
}

const cli_command outbox_commands[] = {
    {"outbox", "list", list_options, 0, 0, "[--filter F:OP:V]... [--all]",
     "Lists mails and webhook calls that wait or failed.", list_outbox},
    {"outbox", "remove", NULL, 1, 1, "ID", "Removes one, unsent.", remove_outbox},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
