/* The verb "credential". Secrets come from standard input or a prompt, and are wiped after use. */
#include "core/cli/cli.h"

#include <string.h>

#include "core/cli/edit.h"
#include "core/cli/list.h"
#include "core/cli/prompt.h"
#include "core/cli/resource.h"

#define CREDENTIALS "/device-credentials"

static const list_column credential_columns[] = {
    {"id", "ID"},     {"kind", "KIND"}, {"description", "DESCRIPTION"}, {"user", "USER"},
    {"auth", "AUTH"}, {"priv", "PRIV"}, {"agents", "AGENTS"},           {NULL, NULL},
};

static platen_code list_credentials(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, CREDENTIALS, credential_columns, NULL, err);
}

static platen_code write_secret(cli *c, json_writer *w, const args *a, const char *option,
                                const char *question, const char *key, platen_error *err)
{
    char secret[PROMPT_SECRET];
    PLATEN_TRY(prompt_secret(c, args_has(a, option), question, secret, err));
    json_text(w, key, secret);
    explicit_bzero(secret, sizeof(secret));
    return PLATEN_OK;
}

static platen_code write_text(cli *c, json_writer *w, const args *a, const char *option, bool must,
                              platen_error *err)
{
    const char *value = args_value(a, option);
    if (value != NULL) {
        json_text(w, option, value);
    } else if (must) {
        return cli_usage(c, err, "--%s is missing", option);
    }
    return PLATEN_OK;
}

static bool is_set(const char *algorithm)
{
    return algorithm != NULL && strcmp(algorithm, "none") != 0;
}

static platen_code write_snmpv3(cli *c, json_writer *w, const args *a, platen_error *err)
{
    PLATEN_TRY(write_text(c, w, a, "user", true, err));
    PLATEN_TRY(write_text(c, w, a, "auth", false, err));
    PLATEN_TRY(write_text(c, w, a, "priv", false, err));
    PLATEN_TRY(write_text(c, w, a, "context", false, err));
    if (is_set(args_value(a, "auth"))) {
        PLATEN_TRY(write_secret(c, w, a, "auth-password-stdin", "authentication password",
                                "auth_password", err));
    }
    if (is_set(args_value(a, "priv"))) {
        PLATEN_TRY(
            write_secret(c, w, a, "priv-password-stdin", "privacy password", "priv_password", err));
    }
    return PLATEN_OK;
}

static platen_code write_credential(cli *c, json_writer *w, const args *a, const void *user,
                                    platen_error *err)
{
    const char *kind = a->words[0];
    (void)user;
    json_text(w, "kind", kind);
    PLATEN_TRY(write_text(c, w, a, "description", false, err));
    if (args_has(a, "agent")) {
        resource_list(w, "agents", a, "agent");
    }
    if (strcmp(kind, "snmpv1") == 0) {
        PLATEN_TRY(write_secret(c, w, a, "community-stdin", "community", "community", err));
    } else if (strcmp(kind, "snmpv3") == 0) {
        PLATEN_TRY(write_snmpv3(c, w, a, err));
    } else if (strcmp(kind, "user") == 0) {
        PLATEN_TRY(write_text(c, w, a, "user", true, err));
        PLATEN_TRY(write_text(c, w, a, "domain", false, err));
        PLATEN_TRY(write_secret(c, w, a, "password-stdin", "password", "password", err));
    } else if (strcmp(kind, "domain") == 0) {
        PLATEN_TRY(write_text(c, w, a, "domain", true, err));
        PLATEN_TRY(write_text(c, w, a, "user", true, err));
        PLATEN_TRY(write_secret(c, w, a, "password-stdin", "password", "password", err));
    } else if (strcmp(kind, "system-manager") == 0) {
        PLATEN_TRY(write_text(c, w, a, "manager", true, err));
        PLATEN_TRY(write_secret(c, w, a, "pin-stdin", "PIN", "pin", err));
    } else if (strcmp(kind, "password") == 0 || strcmp(kind, "service-management") == 0) {
        PLATEN_TRY(write_secret(c, w, a, "password-stdin", "password", "password", err));
    } else {
        return cli_usage(c, err,
                         "kind '%s' is none of snmpv1, snmpv3, user, domain, system-manager, "
                         "password, service-management",
                         kind);
    }
    return PLATEN_OK;
}

static platen_code add_credential(cli *c, const args *a, platen_error *err)
{
    return edit_post(c, a, CREDENTIALS, write_credential, NULL, err);
}

static platen_code remove_credential(cli *c, const args *a, platen_error *err)
{
    return resource_remove(c, CREDENTIALS, a->words[0], err);
}

static const arg_option list_options[] = {LIST_OPTIONS, {NULL, false}};
static const arg_option add_options[] = {
    {"description", true},
    {"agent", true},
    {"community-stdin", false},
    {"user", true},
    {"auth", true},
    {"priv", true},
    {"context", true},
    {"domain", true},
    {"manager", true},
    {"pin-stdin", false},
    {"auth-password-stdin", false},
    {"priv-password-stdin", false},
    {"password-stdin", false},
    {NULL, false},
};

const cli_command credential_commands[] = {
    {"credential", "list", list_options, 0, 0, "[--filter F:OP:V]... [--all]",
     "Lists device credentials, without their secrets.", list_credentials},
    {"credential", "add", add_options, 1, 1,
     "snmpv1 [--community-stdin]\n"
     "       platen credential add snmpv3 --user U [--auth A] [--priv P] [--context C]\n"
     "               [--auth-password-stdin] [--priv-password-stdin]\n"
     "       platen credential add user --user U [--domain D] [--password-stdin]\n"
     "       platen credential add domain --domain D --user U [--password-stdin]\n"
     "       platen credential add system-manager --manager ID [--pin-stdin]\n"
     "       platen credential add password|service-management [--password-stdin]\n"
     "       all: [--description TEXT] [--agent ID]...",
     "Adds a credential for devices. Secrets are asked for without echo, or read from\n"
     "standard input, a line each: first the authentication, then the privacy password.\n"
     "--auth: none md5 sha1 sha256 sha384 sha512;\n"
     "--priv: none des aes128 aes192 aes256 aes192c aes256c.",
     add_credential},
    {"credential", "remove", NULL, 1, 1, "ID", "Removes a device credential.", remove_credential},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
