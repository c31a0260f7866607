/* The function check (SET-50): which devices support setting values. Built in. */
#include <stdio.h>
#include <string.h>

#include "known.h"
#include "reply.h"
#include "sweep.h"
#include "task.h"

static platen_code plan(const platen_job *job, platen_plan *list, platen_tx *tx, void *user,
                        platen_error *err)
{
    const setting_value *f = &the_feature;
    (void)user;
    for (uint32_t i = 0; i < job->count; i++) {
        device_known known;
        PLATEN_TRY(known_find(tx, job->devices[i], &known, err));
        platen_code rc =
            strcmp(known.support, KNOWN_YES) == 0 /* SET-54 */
                ? f->task->plan_skip(list, known.device, "supported",
                                     "it was found to support setting values before", err)
                : f->task->plan_set(list, known.device, "{}", err);
        PLATEN_TRY(rc);
    }
    return PLATEN_OK;
}

/* yes before unknown before no */
static void better(char word[8], const char *than)
{
    if (strcmp(than, KNOWN_YES) == 0 ||
        (strcmp(than, KNOWN_UNKNOWN) == 0 && strcmp(word, KNOWN_YES) != 0)) {
        (void)snprintf(word, 8, "%s", than);
    }
}

static void take_part(device_known *known, const cJSON *part)
{
    const char *why = reply_text(part, "why");
    const char *writes = reply_text(part, "write");
    /* One way is enough: some devices take settings and tell none. */
    bool supported = reply_flag(part, "supported") &&
                     (reply_flag(part, "read") || strcmp(writes, KNOWN_YES) == 0);
    if (supported) {
        better(known->support, KNOWN_YES);
        better(known->writes, writes);
    }
    size_t used = strlen(known->why);
    if (why[0] != '\0' && used + 2 < sizeof(known->why)) {
        (void)snprintf(known->why + used, sizeof(known->why) - used, "%s%.40s: %.255s",
                       used > 0 ? "; " : "", part->string, why);
    }
}

/* Success is that it could be asked (SET-55). What failed stays what it was. */
static platen_code done(platen_tx *tx, const platen_outcome *o, void *user, platen_error *err)
{
    device_known known = {.device = o->device, .checked = o->ended};
    reply r;
    (void)user;
    bool asked = strcmp(o->state, "success") == 0 || strcmp(o->state, "warning") == 0;
    bool nobody = strcmp(o->state, "skipped") == 0 && strcmp(o->code, "unsupported") == 0;
    if (!asked && !nobody) {
        return PLATEN_OK;
    }
    (void)snprintf(known.support, sizeof(known.support), KNOWN_NO);
    (void)snprintf(known.writes, sizeof(known.writes), KNOWN_NO);
    if (nobody) { /* SET-53 */
        (void)snprintf(known.why, sizeof(known.why), "no driver of the device can do it");
        return known_put(tx, &known, "{}", err);
    }
    platen_code rc = reply_read(o, &r, err);
    for (uint32_t i = 0; rc == PLATEN_OK && i < r.count; i++) {
        take_part(&known, r.parts[i]);
    }
    if (rc == PLATEN_OK) {
        known.is = r.is;
        rc = known_put(tx, &known, o->data_length > 0 ? o->data : "{}", err);
    }
    reply_fini(&r);
    return rc;
}

platen_code task_check_load(platen_error *err)
{
    const setting_value *f = &the_feature;
    platen_task_kind kind = PLATEN_TASK_KIND_INIT;
    platen_builtin builtin = PLATEN_BUILTIN_INIT;
    kind.flags = PLATEN_TASK_EACH | PLATEN_TASK_AFTER_DISCOVERY; /* SET-52 */
    kind.id = KIND_CHECK;
    kind.title = "[Device Configuration] Check Device Setting Values Management Functionality";
    kind.action = "settings.check";
    kind.plan = plan;
    kind.done = done;
    kind.ended = sweep_ended;
    PLATEN_TRY(f->task->kind(f->ctx, &kind, err));
    builtin.kind = kind.id;
    builtin.name = "Check Device Setting Values Management Functionality";
    return f->task->builtin(f->ctx, &builtin, err);
}
