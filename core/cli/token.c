/* The verb "token". The first token is made through a session of a user. */
#include "core/cli/token.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/cli/cli.h"
#include "core/cli/edit.h"
#include "core/cli/list.h"
#include "core/cli/prompt.h"
#include "core/cli/resource.h"

static const list_column token_columns[] = {
    {"id", "ID"}, {"name", "NAME"}, {"role", "ROLE"}, {"expires", "EXPIRES"}, {NULL, NULL},
};

bool token_expiry(const char *text, int64_t now, int64_t *ms)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'m', 60000}, {'h', 3600000}, {'d', 86400000}, {'w', 604800000}};
    char whole[40];
    int64_t amount = 0;
    size_t digits = strspn(text, "0123456789");
    if (clock_parse(text, ms)) {
        return true;
    }
    if (digits == 4 && strlen(text) == 10) {
        (void)snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
        return clock_parse(whole, ms);
    }
    if (text[0] == 'P' && clock_parse_duration(text, &amount) && amount > 0) {
        *ms = now + amount;
        return true;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (digits > 0 && digits < 6 && text[digits] == units[i].unit && text[digits + 1] == '\0') {
            *ms = now + strtoll(text, NULL, 10) * units[i].ms;
            return *ms > now;
        }
    }
    return false;
}

static platen_code list_tokens(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, "/tokens", token_columns, NULL, err);
}

/* ---- the first token: through a session ---- */

static platen_code take_session(cli *c, const api_answer *answer, platen_error *err)
{
    const char *csrf = json_get_text(answer->tree, "csrf", NULL);
    if (csrf == NULL || answer->cookie[0] == '\0') {
        return error_set(err, PLATEN_E_PROTOCOL, "the answer to the login has no session");
    }
    c->session = strdup(answer->cookie);
    c->csrf = strdup(csrf);
    return c->session == NULL || c->csrf == NULL
               ? error_set(err, PLATEN_E_NOMEM, "no memory for a session")
               : PLATEN_OK;
}

static platen_code log_in(cli *c, const args *a, platen_error *err)
{
    char password[PROMPT_SECRET];
    strbuf body;
    json_writer w;
    api_answer answer;
    PLATEN_TRY(prompt_secret(c, args_has(a, "password-stdin"), "password", password, err));
    strbuf_init(&body);
    strbuf_reserve(&body, 4096);
    api_answer_init(&answer);
    json_init(&w, &body);
    json_object(&w, NULL);
    json_text(&w, "user", args_value(a, "user"));
    json_text(&w, "password", password);
    json_object_end(&w);
    explicit_bzero(password, sizeof(password));
    free(c->token); /* a stale one must not go along */
    c->token = NULL;
    platen_code rc = resource_post(c, "/login", body.data, &answer, err);
    if (rc == PLATEN_OK) {
        rc = take_session(c, &answer, err);
    }
    explicit_bzero(body.data, body.length);
    strbuf_fini(&body);
    api_answer_fini(&answer);
    return rc;
}

static void log_out(cli *c)
{
    if (c->session != NULL) {
        /* The token is made; a session that stays open ends by itself. */
        (void)resource_post(c, "/logout", "{}", NULL, NULL);
    }
}

static platen_code check_token(cli *c, const args *a, int64_t *ms, platen_error *err)
{
    const char *expires = args_value(a, "expires");
    if (!args_has(a, "role")) {
        return cli_usage(c, err, "--role is missing: system-manager, device-manager or user");
    }
    if (expires != NULL && strcmp(expires, "never") != 0 &&
        !token_expiry(expires, clock_now(), ms)) {
        return cli_usage(c, err, "--expires '%s' is no time like 2027-01-31, 30d or never",
                         expires);
    }
    return PLATEN_OK;
}

static const edit_member token_members[] = {
    {"role", "role", EDIT_TEXT},
    {"function", "functions", EDIT_LIST},
    {"region", "regions", EDIT_REGIONS},
    {NULL, NULL, EDIT_TEXT},
};

static platen_code write_token(cli *c, json_writer *w, const args *a, const void *user,
                               platen_error *err)
{
    const int64_t *expires = user;
    json_text(w, "name", a->words[0]);
    PLATEN_TRY(edit_write(c, w, a, token_members, err));
    json_time(w, "expires", *expires);
    return PLATEN_OK;
}

/* The token alone on standard output, so that a script can take it. */
static platen_code show_token(cli *c, const api_answer *answer, platen_error *err)
{
    const char *token = json_get_text(answer->tree, "token", NULL);
    if (token == NULL) {
        return error_set(err, PLATEN_E_PROTOCOL, "the answer has no token");
    }
    if (c->format != CLI_TABLE) {
        return list_show_one(c, answer->body.data, answer->body.length, answer->tree, err);
    }
    (void)fprintf(c->out, "%s\n", token);
    (void)fflush(c->out);
    (void)fprintf(c->err, "token %s is shown this once; put it into PLATEN_TOKEN or a file\n",
                  json_get_text(answer->tree, "id", ""));
    return PLATEN_OK;
}

static platen_code create_token(cli *c, const args *a, platen_error *err)
{
    strbuf body;
    api_answer answer;
    int64_t expires = 0;
    strbuf_init(&body);
    api_answer_init(&answer);
    platen_code rc = check_token(c, a, &expires, err);
    if (rc == PLATEN_OK && args_has(a, "user")) {
        rc = log_in(c, a, err);
    } else if (rc == PLATEN_OK && args_has(a, "password-stdin")) {
        rc = cli_usage(c, err, "--password-stdin needs --user");
    }
    if (rc == PLATEN_OK) {
        rc = edit_body(c, &body, a, write_token, &expires, err);
    }
    if (rc == PLATEN_OK) {
        rc = resource_post(c, "/tokens", body.data, &answer, err);
    }
    if (rc == PLATEN_OK) {
        rc = show_token(c, &answer, err);
    }
    log_out(c);
    explicit_bzero(answer.body.data, answer.body.length);
    api_answer_fini(&answer);
    edit_body_end(&body);
    return rc;
}

static platen_code revoke_token(cli *c, const args *a, platen_error *err)
{
    return resource_remove(c, "/tokens", a->words[0], err);
}

static const arg_option list_options[] = {LIST_OPTIONS, {NULL, false}};
static const arg_option create_options[] = {
    {"role", true}, {"expires", true},         {"function", true}, {"region", true},
    {"user", true}, {"password-stdin", false}, {NULL, false},
};

const cli_command token_commands[] = {
    {"token", "list", list_options, 0, 0, "[--all]", "Lists tokens, without their secrets.",
     list_tokens},
    {"token", "create", create_options, 1, 1,
     "NAME --role R [--expires T] [--function F]... [--region REGION]...\n"
     "               [--user U [--password-stdin]]",
     "Creates a token and shows it, once. R: system-manager, device-manager or user;\n"
     "T: a time (2027-01-31), a duration (30d, 12h) or never; --function and --region\n"
     "limit it further than its user. Without a token of your\n"
     "own give --user: the password is asked for or read from standard input.",
     create_token},
    {"token", "revoke", NULL, 1, 1, "ID", "Revokes a token.", revoke_token},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
