/* A dry run: what a script would ask for, with answers that somebody makes up. */
#include "core/flow/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"

#define CALLS_MAX 500
#define TIME_MS 5000

static const char made_up[] =
    "{\"id\":1,\"name\":\"Example\",\"address\":\"192.0.2.1\",\"hostname\":\"example\","
    "\"manufacturer\":\"Example\",\"model\":\"Model 1\",\"serial\":\"EX1\",\"mac\":\"\","
    "\"firmware\":\"1.0\",\"location\":\"Room 1\",\"contact\":\"\",\"comment\":\"\",\"asset\":\"\","
    "\"managed\":true,\"page_count\":1000,\"color\":true,\"power\":\"on\",\"severity\":\"normal\","
    "\"alert\":\"\",\"first_seen\":1700000000,\"last_seen\":1700000000,\"region\":null}";

static char *subtask_answer(const flow_ask *ask, const cJSON *results)
{
    const cJSON *given = json_get_object(results, ask->kind);
    strbuf out;
    json_writer w;
    strbuf_init(&out);
    json_init(&w, &out);
    json_object(&w, NULL);
    json_text(&w, "state", json_get_text(given, "state", "success"));
    json_text(&w, "code", json_get_text(given, "code", ""));
    json_text(&w, "text", json_get_text(given, "text", ""));
    if (json_get_object(given, "params") != NULL) {
        json_tree(&w, "params", json_get_object(given, "params"));
    } else {
        json_raw(&w, "params", "{}");
    }
    if (json_get_array(given, "changes") != NULL) {
        json_tree(&w, "changes", json_get_array(given, "changes"));
    }
    json_object_end(&w);
    return strbuf_take(&out);
}

/* "now", "device", ... may be given like subtasks: {"read.device":{"value":{...}}}. */
static char *read_answer(const flow_ask *ask, const cJSON *results)
{
    static const char *const answers[][2] = {
        {"now", "{\"value\":1700000000}"},
        {"parts", "{\"supplies\":[],\"counters\":{}}"},
        {"group", "{\"value\":[1]}"},
        {"report", "{\"value\":{\"total\":1,\"severity\":{},\"power\":{}}}"},
        {"local", "{\"value\":{\"year\":2026,\"month\":1,\"day\":5,\"hour\":12,\"minute\":0,"
                  "\"weekday\":1}}"},
        {"task", "{\"code\":\"not-found\",\"text\":\"there is no task of that name\"}"},
    };
    char name[32];
    (void)snprintf(name, sizeof(name), "read.%s", ask->kind);
    const cJSON *given = json_get_object(results, name);
    if (given != NULL) {
        return cJSON_PrintUnformatted(given);
    }
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (strcmp(answers[i][0], ask->kind) == 0) {
            return strdup(answers[i][1]);
        }
    }
    strbuf out;
    strbuf_init(&out);
    strbuf_appendf(&out, "{\"value\":%s}", made_up);
    return strbuf_take(&out);
}

/* {"operation.hello.greet":{"value":{...}}}; nothing else can be known. */
static char *operation_answer(const flow_ask *ask, const cJSON *results)
{
    char name[160];
    (void)snprintf(name, sizeof(name), "operation.%.127s", ask->kind);
    const cJSON *given = json_get_object(results, name);
    return given != NULL ? cJSON_PrintUnformatted(given) : strdup("{\"value\":null}");
}

static char *answer(const flow_ask *ask, const cJSON *results)
{
    const cJSON *online = NULL;
    switch (ask->call) {
    case FLOW_SUBTASK:
        return subtask_answer(ask, results);
    case FLOW_READ:
        return read_answer(ask, results);
    case FLOW_OPERATION:
        return operation_answer(ask, results);
    case FLOW_WAIT_ONLINE:
        online = json_get_object(results, "wait_online");
        return strdup(json_get_bool(online, "online", true) ? "{\"online\":true}"
                                                            : "{\"online\":false}");
    case FLOW_SLEEP:
    case FLOW_NONE:
    default:
        return strdup("{}");
    }
}

static void write_call(json_writer *w, const flow_ask *ask)
{
    json_object(w, NULL);
    json_text(w, "call", flow_call_word(ask->call));
    json_raw(w, "arguments", ask->arguments);
    json_text(w, "where", ask->where);
    json_object_end(w);
}

static void drive(flow_co *co, const cJSON *results, json_writer *w)
{
    int64_t stop = clock_mono() + TIME_MS;
    char *said = NULL;
    json_array(w, "calls");
    for (int calls = 0;; calls++) {
        flow_co_resume(co, said);
        free(said);
        said = NULL;
        const flow_ask *ask = flow_co_ask(co);
        if (ask->call == FLOW_NONE) {
            break;
        }
        if (calls == CALLS_MAX || clock_mono() > stop) {
            flow_co_end(co, "error", "too-many-calls", "the dry run ends after 500 calls or 5 s");
            break;
        }
        write_call(w, ask);
        said = answer(ask, results);
    }
    json_array_end(w);
}

static void write_end(const flow_co *co, json_writer *w)
{
    flow_end end = flow_co_outcome(co);
    strbuf log;
    strbuf_init(&log);
    flow_co_log(co, &log);
    json_text(w, "state", end.state);
    json_text(w, "code", end.code);
    json_text(w, "text", end.text);
    json_raw(w, "log", log.data);
    strbuf_fini(&log);
}

platen_code script_dry_run(store *s, const char *name, const char *text, const cJSON *params,
                           const cJSON *results, json_writer *w, platen_error *err)
{
    const sandbox_limits limits = {(size_t)16 << 20, 5000000, 1000};
    script_libs libs;
    flow_host *h = NULL;
    flow_co *co = NULL;
    PLATEN_TRY(script_libs_read(s, &libs, err));
    char *settings = params != NULL ? cJSON_PrintUnformatted(params) : strdup("{}");
    const flow_source source = {.name = name,
                                .text = text,
                                .libs = libs.list,
                                .lib_count = libs.count,
                                .params = settings,
                                .run = 1,
                                .limits = &limits};
    platen_code rc = flow_host_new(&source, &h, err);
    if (rc == PLATEN_OK) {
        rc = flow_co_new(h, made_up, clock_now(), &co, err);
    }
    if (rc == PLATEN_OK) {
        json_object(w, "dry_run");
        drive(co, results, w);
        write_end(co, w);
        json_object_end(w);
    }
    flow_host_free(h);
    script_libs_free(&libs);
    free(settings);
    return rc;
}
