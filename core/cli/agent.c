/* The verb "agent". */
#include "core/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "core/cli/edit.h"
#include "core/cli/list.h"
#include "core/cli/resource.h"

#define AGENTS "/agents"
#define PORT_MOST 65535

static const list_column agent_columns[] = {
    {"id", "ID"},           {"name", "NAME"},           {"status", "STATUS"},
    {"version", "VERSION"}, {"address", "ADDRESS"},     {"ranges", "RANGES"},
    {"devices", "DEVICES"}, {"last_seen", "LAST SEEN"}, {NULL, NULL},
};

static platen_code list_agents(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, AGENTS, agent_columns, NULL, err);
}

static platen_code show_agent(cli *c, const args *a, platen_error *err)
{
    return edit_show(c, a, AGENTS, err);
}

static const edit_member no_members[] = {{NULL, NULL, EDIT_TEXT}};

static platen_code add_agent(cli *c, const args *a, platen_error *err)
{
    return edit_create(c, a, AGENTS, no_members, err);
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

static platen_code write_change(cli *c, json_writer *w, const args *a, const void *user,
                                platen_error *err)
{
    (void)user;
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
    return PLATEN_OK;
}

static platen_code set_agent(cli *c, const args *a, platen_error *err)
{
    return edit_patch(c, a, AGENTS, write_change, NULL, err);
}

static platen_code remove_agent(cli *c, const args *a, platen_error *err)
{
    return edit_remove(c, a, AGENTS, err);
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
