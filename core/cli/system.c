/* "system" and "version"; "help" is the dispatcher's. */
#include "core/cli/cli.h"

#include "core/cli/list.h"
#include "core/cli/resource.h"

static platen_code show_system(cli *c, const args *a, platen_error *err)
{
    api_answer answer;
    (void)a;
    api_answer_init(&answer);
    platen_code rc = api_call(c, "GET", "/system", NULL, NULL, &answer, err);
    if (rc == PLATEN_OK) {
        rc = list_show_one(c, answer.body.data, answer.body.length, answer.tree, err);
    }
    api_answer_fini(&answer);
    return rc;
}

static platen_code show_version(cli *c, const args *a, platen_error *err)
{
    (void)a;
    (void)err;
    (void)fprintf(c->out, c->format == CLI_JSON ? "{\"version\":\"%s\"}\n" : "platen %s\n",
                  PLATEN_VERSION);
    return PLATEN_OK;
}

const cli_command system_commands[] = {
    {"system", NULL, NULL, 0, 0, "", "Shows the manager's version, libraries and database.",
     show_system},
    {"version", NULL, NULL, 0, 0, "", "Shows the version of this program.", show_version},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
