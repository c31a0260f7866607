/* The verb "device": list, show, refresh, remove. Finding devices is in discover.c. */
#include "core/cli/device.h"

#include <stdlib.h>
#include <string.h>

#include "core/cli/list.h"
#include "core/cli/progress.h"
#include "core/cli/resource.h"
#include "core/cli/run.h"

static const list_column device_columns[] = {
    {"id", "ID"},
    {"name", "NAME"},
    {"address", "ADDRESS"},
    {"manufacturer", "MAKER"},
    {"model", "MODEL"},
    {"serial", "SERIAL"},
    {"power", "POWER"},
    {"severity", "STATE"},
    {"page_count", "PAGES"},
    {"supply_lowest", "SUPPLY %"},
    {NULL, NULL},
};

static const list_column supply_columns[] = {
    {"description", "SUPPLY"}, {"type", "TYPE"},   {"color", "COLOR"},
    {"percent", "%"},          {"state", "STATE"}, {"level", "LEVEL"},
    {"capacity", "CAPACITY"},  {"unit", "UNIT"},   {NULL, NULL},
};

static const list_column alert_columns[] = {
    {"severity", "SEVERITY"}, {"text", "ALERT"},  {"training", "RESPONSE"},
    {"code", "CODE"},         {"since", "SINCE"}, {NULL, NULL},
};

static const list_column input_columns[] = {
    {"name", "TRAY"},         {"media", "MEDIA"}, {"percent", "%"}, {"level", "LEVEL"},
    {"capacity", "CAPACITY"}, {"state", "STATE"}, {NULL, NULL},
};

static platen_code list_devices(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, "/devices", device_columns, NULL, err);
}

static platen_code show_found(cli *c, const char *id, platen_error *err)
{
    api_answer answer;
    strbuf path;
    strbuf_init(&path);
    strbuf_append(&path, "/devices");
    api_segment(&path, id);
    api_answer_init(&answer);
    platen_code rc = api_call(c, "GET", path.data, NULL, NULL, &answer, err);
    if (rc == PLATEN_OK) {
        rc = list_show_one(c, answer.body.data, answer.body.length, answer.tree, err);
    }
    if (rc == PLATEN_OK) {
        rc = list_show_part(c, "Alerts", json_get_array(answer.tree, "alerts"), alert_columns, err);
    }
    if (rc == PLATEN_OK) {
        rc = list_show_part(c, "Supplies", json_get_array(answer.tree, "supplies"), supply_columns,
                            err);
    }
    if (rc == PLATEN_OK) {
        rc = list_show_part(c, "Paper", json_get_array(answer.tree, "inputs"), input_columns, err);
    }
    api_answer_fini(&answer);
    strbuf_fini(&path);
    return rc;
}

static platen_code show_device(cli *c, const args *a, platen_error *err)
{
    char *id = NULL;
    PLATEN_TRY(resource_device(c, a->words[0], &id, err));
    platen_code rc = show_found(c, id, err);
    free(id);
    return rc;
}

/* Reads everything anew: what the device is, how it is, what it counted. */
static platen_code refresh_device(cli *c, const args *a, platen_error *err)
{
    static const char *const kinds[] = {"device.information", "device.monitor", "device.counters"};
    char *id = NULL;
    strbuf targets;
    json_writer w;
    PLATEN_TRY(resource_device(c, a->words[0], &id, err));
    strbuf_init(&targets);
    json_init(&w, &targets);
    json_object(&w, NULL);
    json_array(&w, "devices");
    json_text(&w, NULL, id);
    json_array_end(&w);
    json_object_end(&w);
    platen_code rc = PLATEN_OK;
    for (size_t i = 0; rc == PLATEN_OK && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char *run = NULL;
        api_answer last;
        api_answer_init(&last);
        rc = run_start(c, kinds[i], "platen device refresh", targets.data, "{}", &run, err);
        if (rc == PLATEN_OK) {
            rc = progress_watch(c, run, &last, err);
        }
        if (rc == PLATEN_OK && !progress_is_good(last.tree)) {
            rc = run_targets(c, run, err);
        }
        api_answer_fini(&last);
        free(run);
    }
    if (rc == PLATEN_OK && !c->ended_badly) {
        rc = show_found(c, id, err);
    }
    strbuf_fini(&targets);
    free(id);
    return rc;
}

static platen_code remove_device(cli *c, const args *a, platen_error *err)
{
    char *id = NULL;
    PLATEN_TRY(resource_device(c, a->words[0], &id, err));
    platen_code rc = resource_remove(c, "/devices", id, err);
    free(id);
    return rc;
}

static const arg_option list_options[] = {LIST_OPTIONS, {NULL, false}};
static const arg_option agent_option[] = {{"agent", true}, {NULL, false}};
static const arg_option verdict_options[] = {{"agent", true}, LIST_OPTIONS, {NULL, false}};
static const arg_option discover_options[] = {
    {"agent", true}, {"range", true}, {"wait", false}, {NULL, false}};

const cli_command device_commands[] = {
    {"device", "list", list_options, 0, 0,
     "[--filter F:OP:V]... [--sort F,-F] [--fields A,B] [--all] [-q TEXT]",
     "Lists devices. Filters: several values of one field are alternatives, several\n"
     "fields must all hold; operators: eq ne begins ends contains in lt le gt ge empty.\n"
     "-q looks for a text in the usual fields.",
     list_devices},
    {"device", "show", NULL, 1, 1, "ID|NAME|ADDRESS",
     "Shows a device with its alerts, supplies and paper.", show_device},
    {"device", "add", agent_option, 1, 1, "ADDRESS [--agent A]",
     "Finds one device by address or host name, adds it, and shows the verdict. The exit\n"
     "status is 1 when no device was added or known.",
     discover_add},
    {"device", "discover", discover_options, 0, 0, "[--agent A]... [--range R]... [--wait]",
     "Searches for devices: the ranges of the agents (default: local), or the ranges\n"
     "given (one address, from-to, or CIDR). --wait follows the search and sums up its\n"
     "verdicts.",
     discover_devices},
    {"device", "verdicts", verdict_options, 0, 0, "[--agent A] [--filter F:OP:V]... [--all]",
     "Lists what discovery found at each address that answered, and why it was\n"
     "accepted or not.",
     discover_verdicts},
    {"device", "refresh", NULL, 1, 1, "ID|NAME|ADDRESS",
     "Reads a device's information, status and counters now and shows it.", refresh_device},
    {"device", "remove", NULL, 1, 1, "ID|NAME|ADDRESS", "Removes a device from management.",
     remove_device},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
