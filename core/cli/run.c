/* The verb "run". */
#include "core/cli/run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/cli/edit.h"
#include "core/cli/list.h"
#include "core/cli/progress.h"
#include "core/cli/resource.h"

static const list_column run_columns[] = {
    {"id", "ID"},           {"name", "NAME"},   {"kind", "KIND"},
    {"state", "STATE"},     {"progress", "%"},  {"counts.total", "TARGETS"},
    {"started", "STARTED"}, {"ended", "ENDED"}, {NULL, NULL},
};

static const list_column target_columns[] = {
    {"device", "DEVICE"}, {"address", "ADDRESS"}, {"name", "NAME"}, {"state", "STATE"},
    {"code", "CODE"},     {"text", "TEXT"},       {NULL, NULL},
};

platen_code run_start(cli *c, const char *kind, const char *name, const char *targets,
                      const char *settings, char **run, platen_error *err)
{
    strbuf body;
    json_writer w;
    api_answer answer;
    strbuf_init(&body);
    api_answer_init(&answer);
    json_init(&w, &body);
    json_object(&w, NULL);
    json_text(&w, "kind", kind);
    json_text(&w, "name", name);
    json_object(&w, "schedule");
    json_text(&w, "when", "now");
    json_object_end(&w);
    json_raw(&w, "targets", targets);
    json_raw(&w, "settings", settings);
    json_object_end(&w);
    platen_code rc = body.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a task")
                                 : resource_post(c, "/tasks", body.data, &answer, err);
    const char *id = json_get_text(answer.tree, "run", NULL);
    if (rc == PLATEN_OK && id == NULL) {
        rc = error_set(err, PLATEN_E_PROTOCOL, "the answer names no run");
    }
    if (rc == PLATEN_OK) {
        *run = strdup(id);
        rc = *run == NULL ? error_set(err, PLATEN_E_NOMEM, "no memory for an id") : PLATEN_OK;
    }
    api_answer_fini(&answer);
    strbuf_fini(&body);
    return rc;
}

static void targets_path(strbuf *path, const char *run)
{
    strbuf_init(path);
    strbuf_append(path, "/runs");
    api_segment(path, run);
    strbuf_append(path, "/targets");
}

platen_code run_targets(cli *c, const char *run, platen_error *err)
{
    static const args all = {.options = {{"all", ""}}, .option_count = 1};
    strbuf path;
    targets_path(&path, run);
    platen_code rc = list_show(c, &all, path.data, target_columns, NULL, err);
    strbuf_fini(&path);
    return rc;
}

platen_code run_follow(cli *c, const char *run, platen_error *err)
{
    api_answer last;
    api_answer_init(&last);
    platen_code rc = progress_watch(c, run, &last, err);
    if (rc == PLATEN_OK && c->format != CLI_TABLE) {
        rc = list_show_one(c, last.body.data, last.body.length, last.tree, err);
    } else if (rc == PLATEN_OK) {
        (void)fprintf(c->out, "run %s: %s\n", run, json_get_text(last.tree, "state", "?"));
        if (!progress_is_good(last.tree)) {
            rc = run_targets(c, run, err);
        }
    }
    api_answer_fini(&last);
    return rc;
}

static platen_code list_runs(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, "/runs", run_columns, "-id", err);
}

static platen_code show_run(cli *c, const args *a, platen_error *err)
{
    const char *id = a->words[0];
    PLATEN_TRY(resource_show(c, "/runs", id, err));
    if (c->format != CLI_TABLE) {
        return PLATEN_OK;
    }
    (void)fprintf(c->out, "\n");
    return run_targets(c, id, err);
}

static platen_code show_targets(cli *c, const args *a, platen_error *err)
{
    strbuf path;
    targets_path(&path, a->words[0]);
    platen_code rc = list_show(c, a, path.data, target_columns, NULL, err);
    strbuf_fini(&path);
    return rc;
}

static platen_code watch_run(cli *c, const args *a, platen_error *err)
{
    return run_follow(c, a->words[0], err);
}

static platen_code cancel_run(cli *c, const args *a, platen_error *err)
{
    strbuf path;
    strbuf_init(&path);
    strbuf_append(&path, "/runs");
    api_segment(&path, a->words[0]);
    strbuf_append(&path, "/cancel");
    platen_code rc = resource_post(c, path.data, "{}", NULL, err);
    strbuf_fini(&path);
    return rc;
}

static platen_code halt_run(cli *c, const args *a, platen_error *err)
{
    return edit_act(c, a, "POST", "/runs", "halt", err);
}

static platen_code resume_run(cli *c, const args *a, platen_error *err)
{
    return edit_act(c, a, "POST", "/runs", "resume", err);
}

/* A task like the one of the run, for what failed (TSK-52). */
static platen_code recover_run(cli *c, const args *a, platen_error *err)
{
    api_answer body;
    api_answer made;
    strbuf path;
    api_answer_init(&body);
    api_answer_init(&made);
    strbuf_init(&path);
    strbuf_append(&path, "/runs");
    api_segment(&path, a->words[0]);
    strbuf_append(&path, "/recovery");
    platen_code rc = api_call(c, "GET", path.data, NULL, NULL, &body, err);
    if (rc == PLATEN_OK) {
        rc = resource_post(c, "/tasks", body.body.data, &made, err);
    }
    const char *run = json_get_text(made.tree, "run", NULL);
    if (rc == PLATEN_OK) {
        rc = run != NULL && args_has(a, "wait")
                 ? run_follow(c, run, err)
                 : list_show_one(c, made.body.data, made.body.length, made.tree, err);
    }
    strbuf_fini(&path);
    api_answer_fini(&made);
    api_answer_fini(&body);
    return rc;
}

static const arg_option wait_option[] = {{"wait", false}, {NULL, false}};
static const arg_option list_options[] = {LIST_OPTIONS, {NULL, false}};

const cli_command run_commands[] = {
    {"run", "list", list_options, 0, 0, "[--filter F:OP:V]... [--sort F] [--fields A,B] [--all]",
     "Lists runs of tasks, the newest first.", list_runs},
    {"run", "show", NULL, 1, 1, "ID", "Shows a run and the results of its targets.", show_run},
    {"run", "targets", list_options, 1, 1, "ID [--filter F:OP:V]... [--all]",
     "Lists the results of a run, one for each device or agent.", show_targets},
    {"run", "watch", NULL, 1, 1, "ID",
     "Follows a run until it is over. The exit status is 0 when it ended in success\n"
     "or warning, else 1.",
     watch_run},
    {"run", "wait", NULL, 1, 1, "ID", "The same as `platen run watch`.", watch_run},
    {"run", "cancel", NULL, 1, 1, "ID", "Asks a run to stop.", cancel_run},
    {"run", "halt", NULL, 1, 1, "ID", "Gives nothing more of a run out until it is resumed.",
     halt_run},
    {"run", "resume", NULL, 1, 1, "ID", "Goes on with a run that was halted.", resume_run},
    {"run", "recover", wait_option, 1, 1, "ID [--wait]",
     "Makes a task like that of the run, for the targets that failed or took too long.",
     recover_run},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
