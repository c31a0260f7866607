/* The task kind hello.greet: drivers that have the action show a text on the device's panel; the
 * host gives each device its own text, and what was shown becomes a greeting. */
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "hello.h"

typedef struct planning {
    platen_plan *plan;
    const char *text;
} planning;

/* "{name}" in the text stands for the device's name. */
static platen_code plan_device(const platen_device *device, void *user, platen_error *err)
{
    const planning *p = user;
    char text[64];
    const char *mark = strstr(p->text, "{name}");
    int before = mark != NULL ? (int)(mark - p->text) : (int)strlen(p->text);
    (void)snprintf(text, sizeof(text), "%.*s%s%s", before, p->text,
                   mark != NULL ? device->name : "", mark != NULL ? mark + strlen("{name}") : "");
    cJSON *settings = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(settings, "text", text);
    char *json = cJSON_PrintUnformatted(settings);
    cJSON_Delete(settings);
    if (json == NULL) {
        return the_hello.host->fail(err, PLATEN_E_NOMEM, "no memory for the settings of a device");
    }
    platen_code rc = the_hello.task->plan_set(p->plan, device->id, json, err);
    cJSON_free(json);
    return rc;
}

static platen_code plan(const platen_job *job, platen_plan *into, platen_tx *tx, void *user,
                        platen_error *err)
{
    cJSON *settings = cJSON_Parse(job->settings);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(settings, "text"));
    planning p = {into, text != NULL ? text : ""};
    (void)user;
    platen_code rc =
        the_hello.model->devices(the_hello.ctx, tx, job->devices, job->count, plan_device, &p, err);
    cJSON_Delete(settings);
    return rc;
}

/* In the transaction that applies the result: the greeting and the result are there together. */
static platen_code done(platen_tx *tx, const platen_outcome *outcome, void *user, platen_error *err)
{
    (void)user;
    bool success = strcmp(outcome->state, "success") == 0;
    return greeting_insert(tx, outcome->kind, outcome->device, success ? "sent" : "failed",
                           outcome->ended, err);
}

platen_code task_load(platen_error *err)
{
    platen_task_kind kind = PLATEN_TASK_KIND_INIT;
    kind.flags = PLATEN_TASK_WRITES;
    kind.id = "hello.greet";
    kind.title = "[Greetings] Greet";
    kind.settings = "{\"type\":\"object\",\"required\":[\"text\"],\"properties\":{\"text\":{"
                    "\"type\":\"string\",\"minLength\":1,\"maxLength\":63}}}";
    kind.action = "hello.greet";
    kind.plan = plan;
    kind.done = done;
    return the_hello.task->kind(the_hello.ctx, &kind, err);
}
