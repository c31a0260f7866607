/* The rollout of the REST API, read with every fault named, and what it says of numbers. */
#include "core/run/rollout.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"

typedef struct reading {
    rollout_complain complain;
    void *user;
    bool wrong;
} reading;

static void fault(reading *r, const char *pointer, const char *code, const char *text)
{
    r->wrong = true;
    if (r->complain != NULL) {
        r->complain(pointer, code, text, r->user);
    }
}

static bool is_whole(const cJSON *item, double least, double most)
{
    return cJSON_IsNumber(item) && item->valuedouble >= least && item->valuedouble <= most &&
           floor(item->valuedouble) == item->valuedouble;
}

static void unknown_member(reading *r, const char *where, const char *name)
{
    char pointer[80];
    (void)snprintf(pointer, sizeof(pointer), "%s/%.40s", where, name);
    fault(r, pointer, "unknown", "there is no such member");
}

static void read_count(reading *r, const char *where, const cJSON *item, rollout_share *out)
{
    char pointer[48];
    (void)snprintf(pointer, sizeof(pointer), "%s/count", where);
    if (!is_whole(item, 1, ROLLOUT_COUNT_MAX)) {
        fault(r, pointer, cJSON_IsNumber(item) ? "range" : "type", "a number from 1 to 100000");
    } else {
        out->count = (int64_t)item->valuedouble;
    }
}

static void read_percent(reading *r, const char *where, const cJSON *item, rollout_share *out)
{
    char pointer[48];
    (void)snprintf(pointer, sizeof(pointer), "%s/percent", where);
    if (!cJSON_IsNumber(item) || !(item->valuedouble > 0 && item->valuedouble <= 100)) {
        fault(r, pointer, cJSON_IsNumber(item) ? "range" : "type", "a number over 0, 100 at most");
    } else {
        out->percent = item->valuedouble;
    }
}

static void read_share(reading *r, const char *where, const cJSON *tree, rollout_share *out)
{
    const cJSON *item = NULL;
    if (cJSON_IsNull(tree)) {
        return;
    }
    if (!cJSON_IsObject(tree)) {
        fault(r, where, "type", "an object with count or percent is needed");
        return;
    }
    cJSON_ArrayForEach(item, tree)
    {
        if (strcmp(item->string, "count") == 0) {
            read_count(r, where, item, out);
        } else if (strcmp(item->string, "percent") == 0) {
            read_percent(r, where, item, out);
        } else {
            unknown_member(r, where, item->string);
        }
    }
    if (cJSON_GetArraySize(tree) == 0) {
        fault(r, where, "required", "count or percent is needed");
    } else if (rollout_share_is_set(out) && cJSON_GetArraySize(tree) > 1) {
        fault(r, where, "any-of", "count or percent, not both");
    }
}

static void read_pause(reading *r, const cJSON *item, rollout *out)
{
    if (!is_whole(item, 0, ROLLOUT_PAUSE_MAX)) {
        fault(r, "/pause_s", cJSON_IsNumber(item) ? "range" : "type",
              "seconds from 0 to 604800, a week");
    } else {
        out->pause_s = (int64_t)item->valuedouble;
    }
}

platen_code rollout_read(const cJSON *tree, rollout_complain complain, void *user, rollout *out,
                         platen_error *err)
{
    reading r = {.complain = complain, .user = user};
    rollout made = {.pause_s = 0};
    const cJSON *item = NULL;
    *out = made;
    if (tree != NULL && !cJSON_IsObject(tree) && !cJSON_IsNull(tree)) {
        fault(&r, "", "type", "an object is needed");
        return error_set(err, PLATEN_E_INVAL, "the rollout is no object");
    }
    cJSON_ArrayForEach(item, tree)
    {
        if (strcmp(item->string, "canary") == 0) {
            read_share(&r, "/canary", item, &made.canary);
        } else if (strcmp(item->string, "batch") == 0) {
            read_share(&r, "/batch", item, &made.batch);
        } else if (strcmp(item->string, "halt") == 0) {
            read_share(&r, "/halt", item, &made.halt);
        } else if (strcmp(item->string, "pause_s") == 0) {
            read_pause(&r, item, &made);
        } else {
            unknown_member(&r, "", item->string);
        }
    }
    if (r.wrong) {
        return error_set(err, PLATEN_E_INVAL, "the rollout is wrong");
    }
    *out = made;
    return PLATEN_OK;
}

void rollout_parse(const char *text, rollout *out)
{
    cJSON *tree = NULL;
    *out = (rollout){.pause_s = 0};
    if (strcmp(text, "{}") == 0) {
        return;
    }
    if (json_parse(text, strlen(text), &tree, NULL) == PLATEN_OK) {
        (void)rollout_read(tree, NULL, NULL, out, NULL);
    }
    cJSON_Delete(tree);
}

bool rollout_share_is_set(const rollout_share *s)
{
    return s->count > 0 || s->percent > 0;
}

bool rollout_is_staged(const rollout *r)
{
    return rollout_share_is_set(&r->canary) || rollout_share_is_set(&r->batch);
}

int64_t rollout_share_of(const rollout_share *s, int64_t whole)
{
    int64_t share = s->count;
    if (s->percent > 0) {
        share = (int64_t)ceil((double)whole * s->percent / 100 - 1e-9);
    }
    return share > 1 ? share : 1;
}

bool rollout_halts(const rollout *r, int64_t errors, int64_t results, bool wave_over)
{
    if (errors <= 0 || !rollout_share_is_set(&r->halt)) {
        return false;
    }
    if (r->halt.count > 0) {
        return errors >= r->halt.count;
    }
    return (results >= ROLLOUT_SURE || wave_over) &&
           (double)errors * 100 >= r->halt.percent * (double)results;
}
