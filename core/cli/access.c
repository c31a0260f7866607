/* The verbs "user", "region" and "group": who may do what, and where. */
#include "core/cli/cli.h"

#include <string.h>

#include "core/cli/edit.h"
#include "core/cli/list.h"
#include "core/cli/resource.h"

#define USERS "/users"
#define REGIONS "/regions"
#define GROUPS "/groups"

/* ---- users ---- */

static const list_column user_columns[] = {
    {"id", "ID"},
    {"name", "NAME"},
    {"kind", "KIND"},
    {"role", "ROLE"},
    {"functions", "FUNCTIONS"},
    {"all_regions", "ALL REGIONS"},
    {"email", "E-MAIL"},
    {"locked_until", "LOCKED UNTIL"},
    {"last_login", "LAST LOGIN"},
    {NULL, NULL},
};

static const list_column session_columns[] = {
    {"id", "ID"},           {"created", "CREATED"}, {"last_used", "LAST USED"},
    {"expires", "EXPIRES"}, {"address", "ADDRESS"}, {"browser", "BROWSER"},
    {NULL, NULL},
};

static const edit_member user_members[] = {
    {"name", "name", EDIT_TEXT},
    {"role", "role", EDIT_TEXT},
    {"email", "email", EDIT_TEXT},
    {"function", "functions", EDIT_LIST},
    {"no-functions", "functions", EDIT_NONE},
    {"region", "regions", EDIT_REGIONS},
    {"all-regions", "all_regions", EDIT_YES},
    {"password-stdin", "password", EDIT_SECRET},
    {NULL, NULL, EDIT_TEXT},
};

static platen_code list_users(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, USERS, user_columns, NULL, err);
}

static platen_code show_user(cli *c, const args *a, platen_error *err)
{
    return edit_show(c, a, USERS, err);
}

static platen_code create_user(cli *c, const args *a, platen_error *err)
{
    if (!args_has(a, "role")) {
        return cli_usage(c, err, "--role is missing: system-manager, device-manager or user");
    }
    if (!args_has(a, "password-stdin")) {
        return cli_usage(c, err, "--password-stdin is missing");
    }
    return edit_create(c, a, USERS, user_members, err);
}

static platen_code set_user(cli *c, const args *a, platen_error *err)
{
    return edit_set(c, a, USERS, user_members, err);
}

static platen_code remove_user(cli *c, const args *a, platen_error *err)
{
    return edit_remove(c, a, USERS, err);
}

static platen_code unlock_user(cli *c, const args *a, platen_error *err)
{
    return edit_act(c, a, "POST", USERS, "unlock", err);
}

static platen_code list_sessions(cli *c, const args *a, platen_error *err)
{
    strbuf path;
    strbuf_init(&path);
    platen_code rc = edit_path(c, a, USERS, "sessions", &path, err);
    if (rc == PLATEN_OK && args_has(a, "end")) {
        rc = api_call(c, "DELETE", path.data, NULL, NULL, NULL, err);
    } else if (rc == PLATEN_OK) {
        rc = list_show(c, a, path.data, session_columns, NULL, err);
    }
    strbuf_fini(&path);
    return rc;
}

static platen_code reset_second_factor(cli *c, const args *a, platen_error *err)
{
    return edit_act(c, a, "DELETE", USERS, "second-factor", err);
}

static const arg_option list_options[] = {LIST_OPTIONS, {NULL, false}};
static const arg_option user_options[] = {
    {"name", true},          {"role", true},   {"email", true},        {"function", true},
    {"no-functions", false}, {"region", true}, {"all-regions", false}, {"password-stdin", false},
    {NULL, false},
};
static const arg_option sessions_options[] = {LIST_OPTIONS, {"end", false}, {NULL, false}};

const cli_command user_commands[] = {
    {"user", "list", list_options, 0, 0, "[--filter F:OP:V]... [--all]", "Lists users.",
     list_users},
    {"user", "show", NULL, 1, 1, "ID|NAME", "Shows a user.", show_user},
    {"user", "create", user_options, 1, 1,
     "NAME --role R --password-stdin [--email E] [--function F]...\n"
     "               [--region REGION]... [--all-regions]",
     "Creates a local user; the password is read from standard input. R: system-manager,\n"
     "device-manager or user. --function grants a function to a device manager; --region\n"
     "limits to regions.",
     create_user},
    {"user", "set", user_options, 1, 1,
     "ID|NAME [--name N] [--role R] [--email E] [--function F]... [--no-functions]\n"
     "               [--region REGION]... [--all-regions] [--password-stdin]",
     "Changes a user. --function and --region replace all that were there.", set_user},
    {"user", "remove", NULL, 1, 1, "ID|NAME", "Removes a user.", remove_user},
    {"user", "unlock", NULL, 1, 1, "ID|NAME", "Ends a lockout at once.", unlock_user},
    {"user", "sessions", sessions_options, 1, 1, "ID|NAME [--end]",
     "Lists the sessions of a user; --end ends all of them.", list_sessions},
    {"user", "reset-second-factor", NULL, 1, 1, "ID|NAME",
     "Removes the second factor of a user who has lost it.", reset_second_factor},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};

/* ---- regions ---- */

static const list_column region_columns[] = {
    {"id", "ID"},
    {"name", "NAME"},
    {"timezone", "TIME ZONE"},
    {"addresses", "ADDRESSES"},
    {"suffixes", "FQDN"},
    {"devices", "DEVICES"},
    {"users", "USERS"},
    {NULL, NULL},
};

static const edit_member region_members[] = {
    {"name", "name", EDIT_TEXT},
    {"timezone", "timezone", EDIT_TEXT},
    {"address", "addresses", EDIT_LIST},
    {"no-addresses", "addresses", EDIT_NONE},
    {"suffix", "suffixes", EDIT_LIST},
    {"no-suffixes", "suffixes", EDIT_NONE},
    {NULL, NULL, EDIT_TEXT},
};

static platen_code list_regions(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, REGIONS, region_columns, NULL, err);
}

static platen_code show_region(cli *c, const args *a, platen_error *err)
{
    return edit_show(c, a, REGIONS, err);
}

static platen_code create_region(cli *c, const args *a, platen_error *err)
{
    return edit_create(c, a, REGIONS, region_members, err);
}

static platen_code set_region(cli *c, const args *a, platen_error *err)
{
    return edit_set(c, a, REGIONS, region_members, err);
}

static platen_code remove_region(cli *c, const args *a, platen_error *err)
{
    return edit_remove(c, a, REGIONS, err);
}

static const arg_option region_options[] = {
    {"name", true},   {"timezone", true},     {"address", true}, {"no-addresses", false},
    {"suffix", true}, {"no-suffixes", false}, {NULL, false},
};

const cli_command region_commands[] = {
    {"region", "list", list_options, 0, 0, "[--filter F:OP:V]... [--all]", "Lists regions.",
     list_regions},
    {"region", "show", NULL, 1, 1, "ID|NAME", "Shows a region.", show_region},
    {"region", "create", region_options, 1, 1,
     "NAME --timezone ZONE [--address A]... [--suffix S]...",
     "Creates a region of the devices with these addresses (one, from-to, or CIDR) and\n"
     "domain names (without the device's own name).",
     create_region},
    {"region", "set", region_options, 1, 1,
     "ID|NAME [--name N] [--timezone ZONE] [--address A]... [--no-addresses]\n"
     "               [--suffix S]... [--no-suffixes]",
     "Changes a region. --address and --suffix replace all that were there.", set_region},
    {"region", "remove", NULL, 1, 1, "ID|NAME", "Removes a region that nothing uses.",
     remove_region},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};

/* ---- device groups ---- */

static const list_column group_columns[] = {
    {"id", "ID"},           {"path", "NAME"},       {"type", "TYPE"}, {"devices", "DEVICES"},
    {"filters", "FILTERS"}, {"comment", "COMMENT"}, {NULL, NULL},
};

static const list_column member_columns[] = {
    {"id", "ID"},       {"name", "NAME"},         {"address", "ADDRESS"},
    {"model", "MODEL"}, {"severity", "SEVERITY"}, {NULL, NULL},
};

static const edit_member group_members[] = {
    {"name", "name", EDIT_TEXT},       {"type", "type", EDIT_TEXT},
    {"comment", "comment", EDIT_TEXT}, {"parent", "parent", EDIT_TEXT},
    {"match", "filters", EDIT_LIST},   {NULL, NULL, EDIT_TEXT},
};

static platen_code list_groups(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, GROUPS, group_columns, NULL, err);
}

static platen_code show_group(cli *c, const args *a, platen_error *err)
{
    return edit_show(c, a, GROUPS, err);
}

static platen_code create_group(cli *c, const args *a, platen_error *err)
{
    if (!args_has(a, "type")) {
        return cli_usage(c, err, "--type is missing: static or dynamic");
    }
    return edit_create(c, a, GROUPS, group_members, err);
}

static platen_code set_group(cli *c, const args *a, platen_error *err)
{
    return edit_set(c, a, GROUPS, group_members, err);
}

static platen_code remove_group(cli *c, const args *a, platen_error *err)
{
    return edit_remove(c, a, GROUPS, err);
}

static platen_code list_members(cli *c, const args *a, platen_error *err)
{
    strbuf path;
    strbuf_init(&path);
    platen_code rc = edit_path(c, a, GROUPS, "devices", &path, err);
    if (rc == PLATEN_OK) {
        rc = list_show(c, a, path.data, member_columns, NULL, err);
    }
    strbuf_fini(&path);
    return rc;
}

static platen_code write_members(cli *c, json_writer *w, const args *a, const void *user,
                                 platen_error *err)
{
    (void)c;
    (void)user;
    (void)err;
    resource_list(w, "add", a, "add");
    resource_list(w, "remove", a, "remove");
    return PLATEN_OK;
}

static platen_code change_members(cli *c, const args *a, platen_error *err)
{
    strbuf path;
    strbuf body;
    strbuf_init(&path);
    platen_code rc = edit_body(c, &body, a, write_members, NULL, err);
    if (rc == PLATEN_OK) {
        rc = edit_path(c, a, GROUPS, "devices", &path, err);
    }
    if (rc == PLATEN_OK) {
        rc = resource_post(c, path.data, body.data, NULL, err);
    }
    strbuf_fini(&path);
    edit_body_end(&body);
    return rc;
}

static const arg_option group_options[] = {
    {"name", true},   {"type", true},  {"comment", true},
    {"parent", true}, {"match", true}, {NULL, false},
};
static const arg_option member_options[] = {{"add", true}, {"remove", true}, {NULL, false}};

const cli_command group_commands[] = {
    {"group", "list", list_options, 0, 0, "[--filter F:OP:V]... [--all]", "Lists device groups.",
     list_groups},
    {"group", "show", NULL, 1, 1, "ID|NAME", "Shows a device group.", show_group},
    {"group", "create", group_options, 1, 1,
     "NAME --type static|dynamic [--match F:OP:V]... [--parent ID] [--comment TEXT]",
     "Creates a device group. --match are the filters of a dynamic one.", create_group},
    {"group", "set", group_options, 1, 1,
     "ID|NAME [--name N] [--match F:OP:V]... [--parent ID] [--comment TEXT]",
     "Changes a device group.", set_group},
    {"group", "remove", NULL, 1, 1, "ID|NAME", "Removes a device group, not its devices.",
     remove_group},
    {"group", "devices", list_options, 1, 1, "ID|NAME [--filter F:OP:V]... [--all]",
     "Lists the devices of a group.", list_members},
    {"group", "members", member_options, 1, 1, "ID|NAME [--add ID]... [--remove ID]...",
     "Changes the devices of a static group, by id.", change_members},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
