/* "device discover", "device add" and "device verdicts". */
#include "core/cli/device.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/cli/list.h"
#include "core/cli/progress.h"
#include "core/cli/resource.h"
#include "core/cli/run.h"

static const list_column verdict_columns[] = {
    {"address", "ADDRESS"},
    {"decision", "DECISION"},
    {"protocol", "PROTOCOL"},
    {"driver", "DRIVER"},
    {"sureness", "SURE"},
    {"device", "DEVICE"},
    {"text", "WHY"},
    {"at", "AT"},
    {NULL, NULL},
};

typedef enum decision {
    ACCEPTED,
    KNOWN,
    REJECTED,
    CONDITION,
    FAILED,
    DECISIONS,
} decision;

static const char *const decision_words[DECISIONS] = {"accepted", "known", "rejected", "condition",
                                                      "error"};

typedef struct summary {
    int64_t since; /* older verdicts are of earlier searches */
    uint64_t counts[DECISIONS];
} summary;

static void verdicts_path(strbuf *path, const char *agent)
{
    strbuf_init(path);
    strbuf_append(path, "/agents");
    api_segment(path, agent);
    strbuf_append(path, "/verdicts");
}

static platen_code count_verdict(const char *json, size_t length, const cJSON *item, void *user,
                                 platen_error *err)
{
    summary *s = user;
    int64_t at = 0;
    const char *word = json_get_text(item, "decision", "");
    (void)json;
    (void)length;
    (void)err;
    if (clock_parse(json_get_text(item, "at", ""), &at) && at < s->since) {
        return PLATEN_OK;
    }
    for (int i = 0; i < DECISIONS; i++) {
        if (strcmp(word, decision_words[i]) == 0) {
            s->counts[i]++;
        }
    }
    return PLATEN_OK;
}

/* The ids of the agents of the command line, or "local"; freed with free_ids(). */
static platen_code find_agents(cli *c, const args *a, char *ids[ARGS_OPTIONS], size_t *count,
                               platen_error *err)
{
    size_t position = 0;
    const char *word;
    *count = 0;
    while ((word = args_next(a, "agent", &position)) != NULL) {
        PLATEN_TRY(resource_named(c, "/agents", word, &ids[*count], err));
        (*count)++;
    }
    if (*count == 0) {
        ids[0] = strdup("local");
        if (ids[0] == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for an id");
        }
        *count = 1;
    }
    return PLATEN_OK;
}

static void free_ids(char **ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(ids[i]);
    }
}

static platen_code sum_up(cli *c, char *const *ids, size_t count, int64_t since, platen_error *err)
{
    summary s = {since, {0}};
    platen_code rc = PLATEN_OK;
    for (size_t i = 0; rc == PLATEN_OK && i < count; i++) {
        strbuf path;
        verdicts_path(&path, ids[i]);
        rc = api_stream(c, path.data, count_verdict, &s, err);
        strbuf_fini(&path);
    }
    if (rc == PLATEN_OK) {
        (void)fprintf(c->out,
                      "%" PRIu64 " added, %" PRIu64 " known already, %" PRIu64
                      " kept out by a condition, %" PRIu64 " rejected, %" PRIu64 " errors\n",
                      s.counts[ACCEPTED], s.counts[KNOWN], s.counts[CONDITION], s.counts[REJECTED],
                      s.counts[FAILED]);
        if (s.counts[REJECTED] + s.counts[FAILED] + s.counts[CONDITION] > 0) {
            (void)fprintf(c->err, "`platen device verdicts` tells why\n");
        }
    }
    return rc;
}

static platen_code start(cli *c, const args *a, char *const *ids, size_t count, char **run,
                         platen_error *err)
{
    strbuf targets;
    strbuf settings;
    json_writer w;
    strbuf_init(&targets);
    strbuf_init(&settings);
    json_init(&w, &targets);
    json_object(&w, NULL);
    json_array(&w, "agents");
    for (size_t i = 0; i < count; i++) {
        json_text(&w, NULL, ids[i]);
    }
    json_array_end(&w);
    json_object_end(&w);
    json_init(&w, &settings);
    json_object(&w, NULL);
    if (args_has(a, "range")) {
        resource_list(&w, "addresses", a, "range");
    }
    json_object_end(&w);
    platen_code rc = run_start(c, "device.discover", "platen device discover", targets.data,
                               settings.data, run, err);
    strbuf_fini(&targets);
    strbuf_fini(&settings);
    return rc;
}

/* Waits and says what came out: the run's numbers for programs, a sentence for people. */
static platen_code follow(cli *c, const char *run, char *const *ids, size_t count,
                          platen_error *err)
{
    api_answer last;
    api_answer_init(&last);
    platen_code rc = progress_watch(c, run, &last, err);
    if (rc == PLATEN_OK && c->format != CLI_TABLE) {
        rc = list_show_one(c, last.body.data, last.body.length, last.tree, err);
    } else if (rc == PLATEN_OK) {
        int64_t since = 0;
        if (!progress_is_good(last.tree)) {
            rc = run_targets(c, run, err);
        }
        (void)clock_parse(json_get_text(last.tree, "started", ""), &since);
        rc = rc != PLATEN_OK ? rc : sum_up(c, ids, count, since, err);
    }
    api_answer_fini(&last);
    return rc;
}

platen_code discover_devices(cli *c, const args *a, platen_error *err)
{
    char *ids[ARGS_OPTIONS];
    size_t count = 0;
    char *run = NULL;
    platen_code rc = find_agents(c, a, ids, &count, err);
    if (rc == PLATEN_OK) {
        rc = start(c, a, ids, count, &run, err);
    }
    if (rc == PLATEN_OK && args_has(a, "wait")) {
        rc = follow(c, run, ids, count, err);
    } else if (rc == PLATEN_OK && c->format == CLI_JSON) {
        strbuf line;
        strbuf_init(&line);
        strbuf_append(&line, "{\"run\":");
        json_quote(&line, run, strlen(run));
        (void)fprintf(c->out, "%s}\n", line.data);
        strbuf_fini(&line);
    } else if (rc == PLATEN_OK) {
        (void)fprintf(c->out, c->format == CLI_CSV ? "run\r\n%s\r\n" : "run %s\n", run);
    }
    free(run);
    free_ids(ids, count);
    return rc;
}

platen_code discover_verdicts(cli *c, const args *a, platen_error *err)
{
    char *id = NULL;
    strbuf path;
    const char *agent = args_value(a, "agent");
    if (agent != NULL) {
        PLATEN_TRY(resource_named(c, "/agents", agent, &id, err));
    }
    verdicts_path(&path, id != NULL ? id : "local");
    platen_code rc = list_show(c, a, path.data, verdict_columns, NULL, err);
    strbuf_fini(&path);
    free(id);
    return rc;
}

/* ---- one device ---- */

/* The verdicts that one search for one address has come to. */
typedef struct found {
    const char *word; /* what was looked for */
    int64_t since;
    cJSON *verdicts;
    bool good; /* one of them is a device */
} found;

static platen_code keep_verdict(const char *json, size_t length, const cJSON *item, void *user,
                                platen_error *err)
{
    found *f = user;
    int64_t at = 0;
    const char *word = json_get_text(item, "decision", "");
    bool is_new = clock_parse(json_get_text(item, "at", ""), &at) && at >= f->since;
    (void)json;
    (void)length;
    if (!is_new && strcmp(json_get_text(item, "address", ""), f->word) != 0) {
        return PLATEN_OK;
    }
    cJSON *copy = cJSON_Duplicate(item, 1);
    if (copy == NULL || !cJSON_AddItemToArray(f->verdicts, copy)) {
        cJSON_Delete(copy);
        return error_set(err, PLATEN_E_NOMEM, "no memory for a verdict");
    }
    f->good = f->good || strcmp(word, "accepted") == 0 || strcmp(word, "known") == 0 ||
              strcmp(word, "condition") == 0;
    return PLATEN_OK;
}

static platen_code show_found(cli *c, const char *word, const char *agent, const cJSON *run,
                              platen_error *err)
{
    found f = {word, 0, cJSON_CreateArray(), false};
    strbuf path;
    if (f.verdicts == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for verdicts");
    }
    (void)clock_parse(json_get_text(run, "started", ""), &f.since);
    verdicts_path(&path, agent);
    platen_code rc = api_stream(c, path.data, keep_verdict, &f, err);
    if (rc == PLATEN_OK && cJSON_GetArraySize(f.verdicts) == 0) {
        rc = error_set(err, PLATEN_E_NOT_FOUND, "nothing answered at '%s'", word);
    } else if (rc == PLATEN_OK) {
        rc = list_show_array(c, f.verdicts, verdict_columns, err);
    }
    c->ended_badly = c->ended_badly || !f.good;
    strbuf_fini(&path);
    cJSON_Delete(f.verdicts);
    return rc;
}

static platen_code post_address(cli *c, const char *address, const char *agent, api_answer *answer,
                                platen_error *err)
{
    strbuf body;
    json_writer w;
    strbuf_init(&body);
    json_init(&w, &body);
    json_object(&w, NULL);
    json_text(&w, "address", address);
    json_text(&w, "agent", agent);
    json_object_end(&w);
    platen_code rc = body.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a request")
                                 : resource_post(c, "/devices", body.data, answer, err);
    strbuf_fini(&body);
    return rc;
}

platen_code discover_add(cli *c, const args *a, platen_error *err)
{
    char *ids[ARGS_OPTIONS];
    size_t count = 0;
    api_answer answer;
    api_answer last;
    api_answer_init(&answer);
    api_answer_init(&last);
    platen_code rc = find_agents(c, a, ids, &count, err);
    if (rc == PLATEN_OK) {
        rc = post_address(c, a->words[0], ids[0], &answer, err);
    }
    const char *run = json_get_text(answer.tree, "run", NULL);
    if (rc == PLATEN_OK && run == NULL) {
        rc = error_set(err, PLATEN_E_PROTOCOL, "the answer names no run");
    }
    if (rc == PLATEN_OK) {
        rc = progress_watch(c, run, &last, err);
    }
    if (rc == PLATEN_OK && !progress_is_good(last.tree)) {
        rc = run_targets(c, run, err);
    } else if (rc == PLATEN_OK) {
        rc = show_found(c, a->words[0], ids[0], last.tree, err);
    }
    api_answer_fini(&answer);
    api_answer_fini(&last);
    free_ids(ids, count);
    return rc;
}
