/* The verb "agent". */
#include "core/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cli/list.h"
#include "core/cli/resource.h"

#define PORT_MOST 65535

static const list_column agent_columns[] = {
    {"id", "ID"},           {"name", "NAME"},           {"status", "STATUS"},
    {"version", "VERSION"}, {"address", "ADDRESS"},     {"ranges", "RANGES"},
    {"devices", "DEVICES"}, {"last_seen", "LAST SEEN"}, {NULL, NULL},
};

static platen_code list_agents(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, "/agents", agent_columns, NULL, err);
}

static platen_code show_agent(cli *c, const args *a, platen_error *err)
{
    char *id = NULL;
    PLATEN_TRY(resource_named(c, "/agents", a->words[0], &id, err));
    platen_code rc = resource_show(c, "/agents", id, err);
    free(id);
    return rc;
}

static platen_code add_agent(cli *c, const args *a, platen_error *err)
{
    strbuf body;
    json_writer w;
    api_answer answer;
    strbuf_init(&body);
    api_answer_init(&answer);
    json_init(&w, &body);
    json_object(&w, NULL);
    json_text(&w, "name", a->words[0]);
    json_object_end(&w);
    platen_code rc = resource_post(c, "/agents", body.data, &answer, err);
    if (rc == PLATEN_OK) {
        rc = list_show_one(c, answer.body.data, answer.body.length, answer.tree, err);
    }
    api_answer_fini(&answer);
    strbuf_fini(&body);
    return rc;
}

static platen_code write_port(cli *c, json_writer *w, const args *a, const char *option,
                              const char *key, platen_error *err)
{
    const char *text = args_value(a, option);
    int64_t port = 0;
    if (text == NULL) {
        return PLATEN_OK;
    }
    if (!args_number(text, 1, PORT_MOST, &port)) {
        return cli_usage(c, err, "--%s '%s' is not a port of 1 to %d", option, text, PORT_MOST);
    }
    json_i64(w, key, port);
    return PLATEN_OK;
}

/* --port DRIVER=PORT; 0 goes back to the driver's own. */
static platen_code write_driver_port(cli *c, json_writer *w, const args *a, platen_error *err)
{
    const char *text = args_value(a, "port");
    const char *equals = text != NULL ? strchr(text, '=') : NULL;
    char driver[64];
    int64_t port = 0;
    if (text == NULL) {
        return PLATEN_OK;
    }
    if (equals == NULL || equals == text || (size_t)(equals - text) >= sizeof(driver) ||
        !args_number(equals + 1, 0, PORT_MOST, &port)) {
        return cli_usage(c, err, "--port '%s' is not DRIVER=PORT, 0 to %d", text, PORT_MOST);
    }
    (void)snprintf(driver, sizeof(driver), "%.*s", (int)(equals - text), text);
    json_i64(w, driver, port);
    return PLATEN_OK;
}

static platen_code write_change(cli *c, json_writer *w, const args *a, platen_error *err)
{
    json_object(w, NULL);
    if (args_has(a, "name")) {
        json_text(w, "name", args_value(a, "name"));
    }
    if (args_has(a, "range") || args_has(a, "no-ranges")) {
        resource_list(w, "ranges", a, "range");
    }
    if (args_has(a, "host") || args_has(a, "no-hosts")) {
        resource_list(w, "hosts", a, "host");
    }
    if (args_has(a, "snmp-port") || args_has(a, "ipp-port") || args_has(a, "port")) {
        json_object(w, "port");
        PLATEN_TRY(write_port(c, w, a, "snmp-port", "snmp", err));
        PLATEN_TRY(write_port(c, w, a, "ipp-port", "ipp", err));
        PLATEN_TRY(write_driver_port(c, w, a, err));
        json_object_end(w);
    }
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code set_agent(cli *c, const args *a, platen_error *err)
{
    strbuf body;
    json_writer w;
    char *id = NULL;
    strbuf_init(&body);
    json_init(&w, &body);
    platen_code rc = write_change(c, &w, a, err);
    if (rc == PLATEN_OK && strcmp(body.data, "{}") == 0) {
        rc = cli_usage(c, err, "nothing to set");
    }
    if (rc == PLATEN_OK && body.failed) {
        rc = error_set(err, PLATEN_E_NOMEM, "no memory for a request");
    }
    if (rc == PLATEN_OK) {
        rc = resource_named(c, "/agents", a->words[0], &id, err);
    }
    if (rc == PLATEN_OK) {
        rc = resource_change(c, "/agents", id, body.data, err);
    }
    free(id);
    strbuf_fini(&body);
    return rc;
}

static platen_code remove_agent(cli *c, const args *a, platen_error *err)
{
    char *id = NULL;
    PLATEN_TRY(resource_named(c, "/agents", a->words[0], &id, err));
    platen_code rc = resource_remove(c, "/agents", id, err);
    free(id);
    return rc;
}

static const arg_option list_options[] = {LIST_OPTIONS, {NULL, false}};
static const arg_option set_options[] = {
    {"name", true},     {"range", true},     {"no-ranges", false},
    {"host", true},     {"no-hosts", false}, {"snmp-port", true},
    {"ipp-port", true}, {"port", true},      {NULL, false},
};

const cli_command agent_commands[] = {
    {"agent", "list", list_options, 0, 0, "[--filter F:OP:V]... [--all]", "Lists agents.",
     list_agents},
    {"agent", "show", NULL, 1, 1, "ID|NAME", "Shows an agent.", show_agent},
    {"agent", "add", NULL, 1, 1, "NAME",
     "Adds an agent and shows its activation key, which the agent is started with.", add_agent},
    {"agent", "set", set_options, 1, 1,
     "ID|NAME [--name N] [--range R]... [--no-ranges] [--host H]... [--no-hosts]\n"
     "               [--snmp-port N] [--ipp-port N] [--port DRIVER=N]",
     "Changes an agent. --range (one address, from-to, or CIDR) and --host replace all\n"
     "that were there.",
     set_agent},
    {"agent", "remove", NULL, 1, 1, "ID|NAME", "Removes an agent.", remove_agent},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
