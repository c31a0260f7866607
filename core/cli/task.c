/* The verb "task": made, changed, run, previewed; the next times of a schedule. */
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/cli/edit.h"
#include "core/cli/list.h"
#include "core/cli/resource.h"
#include "core/cli/run.h"

#define TASKS "/tasks"
#define FILE_MOST ((size_t)1 << 20)

static const list_column task_columns[] = {
    {"id", "ID"},         {"name", "NAME"}, {"kind", "KIND"},         {"schedule", "SCHEDULE"},
    {"active", "ACTIVE"}, {"next", "NEXT"}, {"last_run", "LAST RUN"}, {NULL, NULL},
};

/* ---- the schedule ---- */

/* A number where the text is one, else the text: "1", "last". */
static void write_word(json_writer *w, const char *key, const char *text, size_t length)
{
    char word[24];
    int64_t number = 0;
    if (length < sizeof(word)) {
        memcpy(word, text, length);
        word[length] = '\0';
        if (args_number(word, 0, 1000000, &number)) {
            json_i64(w, key, number);
            return;
        }
    }
    json_text_n(w, key, text, length);
}

static void write_words(json_writer *w, const char *key, const args *a, const char *option)
{
    size_t position = 0;
    const char *value = NULL;
    if (!args_has(a, option)) {
        return;
    }
    json_array(w, key);
    while ((value = args_next(a, option, &position)) != NULL) {
        while (*value != '\0') {
            size_t length = strcspn(value, ",");
            if (length > 0) {
                write_word(w, NULL, value, length);
            }
            value += length + (value[length] == ',' ? 1 : 0);
        }
    }
    json_array_end(w);
}

static bool has_schedule(const args *a)
{
    return args_has(a, "now") || args_has(a, "at") || args_has(a, "every");
}

static void write_schedule(json_writer *w, const args *a)
{
    static const char *const texts[] = {"time", "start", "end", "zone"};
    const char *every = args_value(a, "every");
    const char *at = args_value(a, "at");
    json_object(w, "schedule");
    json_text(w, "when", every != NULL ? "every" : at != NULL ? "once" : "now");
    if (every != NULL) {
        const char *step = args_value(a, "step");
        json_text(w, "unit", every);
        write_word(w, "step", step != NULL ? step : "1", strlen(step != NULL ? step : "1"));
        write_words(w, "weekdays", a, "on");
        write_words(w, "dates", a, "date");
        write_words(w, "nth", a, "nth");
    } else if (at != NULL) {
        json_text(w, "at", at);
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (args_has(a, texts[i])) {
            json_text(w, texts[i], args_value(a, texts[i]));
        }
    }
    json_object_end(w);
}

/* ---- targets, settings, mail, rollout ---- */

static platen_code write_found(cli *c, json_writer *w, const char *key, const args *a,
                               const char *option, const char *list, platen_error *err)
{
    size_t position = 0;
    const char *value = NULL;
    json_array(w, key);
    while ((value = args_next(a, option, &position)) != NULL) {
        char *id = NULL;
        PLATEN_TRY(list == NULL ? resource_device(c, value, &id, err)
                                : resource_named(c, list, value, &id, err));
        json_text(w, NULL, id);
        free(id);
    }
    json_array_end(w);
    return PLATEN_OK;
}

static platen_code write_targets(cli *c, json_writer *w, const args *a, platen_error *err)
{
    static const struct {
        const char *option, *key, *list;
    } all[] = {{"device", "devices", NULL},
               {"group", "groups", "/groups"},
               {"agent", "agents", "/agents"}};
    bool begun = false;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (args_has(a, all[i].option)) {
            if (!begun) {
                json_object(w, "targets");
                begun = true;
            }
            PLATEN_TRY(write_found(c, w, all[i].key, a, all[i].option, all[i].list, err));
        }
    }
    if (begun) {
        json_object_end(w);
    }
    return args_has(a, "region") ? write_found(c, w, "regions", a, "region", "/regions", err)
                                 : PLATEN_OK;
}

/* JSON of the command line, or of a file behind "@". */
static platen_code write_json(cli *c, json_writer *w, const char *key, const char *value,
                              platen_error *err)
{
    char *text = NULL;
    size_t length = 0;
    cJSON *tree = NULL;
    if (value[0] == '@') {
        PLATEN_TRY(file_read(value + 1, FILE_MOST, &text, &length, err));
    }
    platen_code rc = text != NULL ? json_parse(text, length, &tree, err)
                                  : json_parse(value, strlen(value), &tree, err);
    free(text);
    if (rc != PLATEN_OK || !cJSON_IsObject(tree)) {
        cJSON_Delete(tree);
        return cli_usage(c, err, "--%s needs a JSON object, or @FILE with one", key);
    }
    json_tree(w, key, tree);
    cJSON_Delete(tree);
    return PLATEN_OK;
}

static void write_mail(json_writer *w, const args *a)
{
    const char *attach = args_value(a, "attach");
    const char *on = args_value(a, "mail-on");
    const char *language = args_value(a, "language");
    const char *priority = args_value(a, "priority");
    json_object(w, "mail");
    json_text(w, "condition", on != NULL ? on : "always");
    resource_list(w, "to", a, "mail-to");
    if (priority != NULL) {
        json_text(w, "priority", priority);
    }
    if (language != NULL) {
        json_text(w, "language", language);
    }
    if (attach != NULL) {
        json_object(w, "attach");
        json_text(w, "format", attach);
        json_text(w, "content", args_has(a, "failed-only") ? "failed" : "all");
        json_object_end(w);
    }
    json_object_end(w);
}

/* "5" or "2%". */
static platen_code write_share(cli *c, json_writer *w, const char *key, const char *value,
                               platen_error *err)
{
    char *end = NULL;
    double number = strtod(value, &end);
    bool percent = end != value && strcmp(end, "%") == 0;
    if (end == value || number <= 0 || (!percent && *end != '\0')) {
        return cli_usage(c, err, "--%s needs a number or a percentage, not '%s'", key, value);
    }
    json_object(w, key);
    if (percent) {
        json_double(w, "percent", number);
    } else {
        json_i64(w, "count", (int64_t)number);
    }
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code write_rollout(cli *c, json_writer *w, const args *a, platen_error *err)
{
    static const char *const shares[] = {"canary", "batch", "halt"};
    int64_t pause = 0;
    json_object(w, "rollout");
    for (size_t i = 0; i < 3; i++) {
        if (args_has(a, shares[i])) {
            PLATEN_TRY(write_share(c, w, shares[i], args_value(a, shares[i]), err));
        }
    }
    if (args_has(a, "pause")) {
        if (!args_number(args_value(a, "pause"), 0, 604800, &pause)) {
            return cli_usage(c, err, "--pause needs seconds, a week at most");
        }
        json_i64(w, "pause_s", pause);
    }
    json_object_end(w);
    return PLATEN_OK;
}

/* ---- the whole body ---- */

static platen_code write_members(cli *c, json_writer *w, const args *a, platen_error *err)
{
    if (args_has(a, "name")) {
        json_text(w, "name", args_value(a, "name"));
    }
    if (args_has(a, "active") || args_has(a, "inactive")) {
        json_bool(w, "active", args_has(a, "active"));
    }
    if (has_schedule(a)) {
        write_schedule(w, a);
    }
    PLATEN_TRY(write_targets(c, w, a, err));
    if (args_has(a, "settings")) {
        PLATEN_TRY(write_json(c, w, "settings", args_value(a, "settings"), err));
    }
    if (args_has(a, "no-mail")) {
        json_raw(w, "mail", "{\"condition\":\"never\"}");
    } else if (args_has(a, "mail-to")) {
        write_mail(w, a);
    }
    if (args_has(a, "canary") || args_has(a, "batch") || args_has(a, "halt") ||
        args_has(a, "pause")) {
        PLATEN_TRY(write_rollout(c, w, a, err));
    }
    return PLATEN_OK;
}

/* The body from the options; with a kind it is that of a new task. */
static platen_code make_body(cli *c, const args *a, const char *kind, strbuf *body,
                             platen_error *err)
{
    json_writer w;
    json_init(&w, body);
    json_object(&w, NULL);
    if (kind != NULL) {
        json_text(&w, "kind", kind);
        if (!args_has(a, "name")) {
            json_text(&w, "name", kind);
        }
    }
    PLATEN_TRY(write_members(c, &w, a, err));
    json_object_end(&w);
    return body->failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a task") : PLATEN_OK;
}

/* Follows the run that an answer names, if it names one. */
static platen_code follow(cli *c, const args *a, const api_answer *answer, platen_error *err)
{
    const char *run = json_get_text(answer->tree, "run", NULL);
    if (run != NULL && args_has(a, "wait")) {
        return run_follow(c, run, err);
    }
    return answer->tree != NULL
               ? list_show_one(c, answer->body.data, answer->body.length, answer->tree, err)
               : PLATEN_OK;
}

static platen_code post(cli *c, const args *a, const char *path, const char *body,
                        platen_error *err)
{
    api_answer answer;
    api_answer_init(&answer);
    platen_code rc = resource_post(c, path, body, &answer, err);
    if (rc == PLATEN_OK) {
        rc = follow(c, a, &answer, err);
    }
    api_answer_fini(&answer);
    return rc;
}

/* ---- actions ---- */

static platen_code list_tasks(cli *c, const args *a, platen_error *err)
{
    return list_show(c, a, TASKS, task_columns, NULL, err);
}

static platen_code show_task(cli *c, const args *a, platen_error *err)
{
    return edit_show(c, a, TASKS, err);
}

static platen_code add_task(cli *c, const args *a, platen_error *err)
{
    strbuf body;
    strbuf_init(&body);
    platen_code rc = make_body(c, a, a->words[0], &body, err);
    if (rc == PLATEN_OK) {
        rc = post(c, a, args_has(a, "preview") ? TASKS "/preview" : TASKS, body.data, err);
    }
    strbuf_fini(&body);
    return rc;
}

static platen_code edit_task(cli *c, const args *a, platen_error *err)
{
    char *id = NULL;
    strbuf body;
    strbuf_init(&body);
    platen_code rc = make_body(c, a, NULL, &body, err);
    if (rc == PLATEN_OK && strcmp(body.data, "{}") == 0) {
        rc = cli_usage(c, err, "what is to be changed?");
    }
    if (rc == PLATEN_OK) {
        rc = resource_named(c, TASKS, a->words[0], &id, err);
    }
    if (rc == PLATEN_OK) {
        rc = resource_change(c, TASKS, id, body.data, err);
    }
    free(id);
    strbuf_fini(&body);
    return rc;
}

static platen_code act(cli *c, const args *a, const char *action, platen_error *err)
{
    strbuf path;
    strbuf_init(&path);
    platen_code rc = edit_path(c, a, TASKS, action, &path, err);
    if (rc == PLATEN_OK) {
        rc = post(c, a, path.data, NULL, err);
    }
    strbuf_fini(&path);
    return rc;
}

static platen_code run_task(cli *c, const args *a, platen_error *err)
{
    return act(c, a, "run", err);
}

static platen_code preview_task(cli *c, const args *a, platen_error *err)
{
    return act(c, a, "preview", err);
}

static platen_code duplicate_task(cli *c, const args *a, platen_error *err)
{
    return act(c, a, "duplicate", err);
}

static platen_code remove_task(cli *c, const args *a, platen_error *err)
{
    return edit_remove(c, a, TASKS, err);
}

static platen_code next_times(cli *c, const args *a, platen_error *err)
{
    strbuf body;
    json_writer w;
    int64_t count = 5;
    if (!has_schedule(a)) {
        return cli_usage(c, err, "a schedule is missing: --at or --every");
    }
    if (args_has(a, "count") && !args_number(args_value(a, "count"), 1, 100, &count)) {
        return cli_usage(c, err, "--count needs a number from 1 to 100");
    }
    strbuf_init(&body);
    json_init(&w, &body);
    json_object(&w, NULL);
    write_schedule(&w, a);
    json_i64(&w, "count", count);
    json_object_end(&w);
    platen_code rc = post(c, a, "/schedules/next", body.data, err);
    strbuf_fini(&body);
    return rc;
}

#define SCHEDULE_OPTIONS                                                                           \
    {"now", false}, {"at", true}, {"every", true}, {"step", true}, {"time", true}, {"on", true},   \
        {"date", true}, {"nth", true}, {"start", true}, {"end", true},                             \
    {                                                                                              \
        "zone", true                                                                               \
    }
#define TASK_OPTIONS                                                                               \
    SCHEDULE_OPTIONS, {"name", true}, {"active", false}, {"inactive", false}, {"device", true},    \
        {"group", true}, {"agent", true}, {"region", true}, {"settings", true}, {"mail-to", true}, \
        {"mail-on", true}, {"no-mail", false}, {"priority", true}, {"language", true},             \
        {"attach", true}, {"failed-only", false}, {"canary", true}, {"batch", true},               \
        {"halt", true}, {"pause", true},                                                           \
    {                                                                                              \
        "wait", false                                                                              \
    }

static const arg_option list_options[] = {LIST_OPTIONS, {NULL, false}};
static const arg_option add_options[] = {TASK_OPTIONS, {"preview", false}, {NULL, false}};
static const arg_option edit_options[] = {TASK_OPTIONS, {NULL, false}};
static const arg_option wait_option[] = {{"wait", false}, {NULL, false}};
static const arg_option next_options[] = {SCHEDULE_OPTIONS, {"count", true}, {NULL, false}};

const cli_command task_commands[] = {
    {"task", "list", list_options, 0, 0, "[--filter F:OP:V]... [--sort F] [--fields A,B] [--all]",
     "Lists tasks.", list_tasks},
    {"task", "show", NULL, 1, 1, "ID|NAME", "Shows a task.", show_task},
    {"task", "add", add_options, 1, 1, "KIND [OPTION]... [--preview] [--wait]",
     "Makes a task of that kind; without a schedule it runs at once.\n"
     "  --name N, --inactive, --settings JSON|@FILE\n"
     "  --device D, --group G, --agent A, --region R   may be repeated\n"
     "  --at 2026-11-21T08:00, or --every day|week|month|minutes [--step N] --time 08:00\n"
     "  [--on mon,fri] [--date 1,last] [--nth 1,last] [--start T] [--end T] [--zone Z]\n"
     "  --mail-to A [--mail-on always|error|success|changes] [--priority low|normal|high]\n"
     "  [--language en] [--attach csv|text|xlsx [--failed-only]]\n"
     "  --canary N|P%, --batch N|P%, --pause SECONDS, --halt N|P%\n"
     "--preview makes none and shows what it would change. --wait follows the run.",
     add_task},
    {"task", "edit", edit_options, 1, 1, "ID|NAME [OPTION]...",
     "Changes a task: the options of `platen task add`, --active, --no-mail.", edit_task},
    {"task", "run", wait_option, 1, 1, "ID|NAME [--wait]", "Runs a task now.", run_task},
    {"task", "preview", wait_option, 1, 1, "ID|NAME [--wait]",
     "Finds out what a task would change on each device; nothing is sent.", preview_task},
    {"task", "duplicate", NULL, 1, 1, "ID|NAME", "Makes an inactive copy of a task.",
     duplicate_task},
    {"task", "remove", NULL, 1, 1, "ID|NAME", "Deletes a task.", remove_task},
    {"task", "next", next_options, 0, 0, "--at T|--every UNIT [OPTION]... [--count N]",
     "Shows the next times of a schedule, given as for `platen task add`.", next_times},
    {NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
