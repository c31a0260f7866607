/* One run in memory: its devices, what each waits for, and the replay of what is in the journal. */
#include "core/flow/flow_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/json.h"

/* ---- items ---- */

static void journal_free(flow_item *i)
{
    for (size_t k = 0; k < i->journal_count; k++) {
        free(i->journal[k].call);
        free(i->journal[k].arguments);
        free(i->journal[k].result);
    }
    free(i->journal);
    i->journal = NULL;
    i->journal_count = 0;
    i->journal_at = 0;
}

void flow_item_free(flow_run *r, flow_item *i)
{
    (void)map_remove(r->by_device, &i->device, sizeof(i->device));
    if (i->previous != NULL) {
        i->previous->next = i->next;
    } else {
        r->items = i->next;
    }
    if (i->next != NULL) {
        i->next->previous = i->previous;
    }
    flow_co_free(i->co);
    journal_free(i);
    free(i->result);
    free(i->answer);
    free(i);
}

flow_item *flow_item_add(flow_run *r, int64_t device, int64_t started, const char *snapshot)
{
    flow_item *i = calloc(1, sizeof(*i));
    if (i == NULL || !map_set(r->by_device, &device, sizeof(device), i, NULL)) {
        free(i);
        return NULL;
    }
    *i = (flow_item){.device = device,
                     .started = started,
                     .state = ITEM_READY,
                     .due = FLOW_NEVER,
                     .probe = FLOW_NEVER,
                     .next = r->items};
    if (r->items != NULL) {
        r->items->previous = i;
    }
    r->items = i;
    platen_error err = PLATEN_ERROR_INIT;
    if (r->host == NULL || flow_co_new(r->host, snapshot, started, &i->co, &err) != PLATEN_OK) {
        i->state = ITEM_OVER;
    }
    return i;
}

void flow_item_ready(flow_item *i, const char *result)
{
    free(i->result);
    i->result = result != NULL ? strdup(result) : NULL;
    i->state = ITEM_READY;
    i->due = FLOW_NEVER;
    i->probe = FLOW_NEVER;
}

void flow_run_free(flow_run *r)
{
    if (r == NULL) {
        return;
    }
    while (r->items != NULL) {
        flow_item_free(r, r->items);
    }
    flow_host_free(r->host);
    map_free(r->by_device, NULL);
    free(r->regions);
    free(r->settings);
    free(r);
}

/* ---- replay ---- */

static bool online_said(const char *result)
{
    cJSON *tree = NULL;
    bool online = false;
    if (result != NULL && json_parse(result, strlen(result), &tree, NULL) == PLATEN_OK) {
        const char *state = json_get_text(tree, "state", "");
        online = json_get_bool(tree, "online", false) || strcmp(state, "success") == 0 ||
                 strcmp(state, "warning") == 0;
    }
    cJSON_Delete(tree);
    return online;
}

static void end_different(flow_item *i, const flow_entry *e, const flow_ask *ask)
{
    char text[1200];
    (void)snprintf(text, sizeof(text),
                   "%s: the journal has %s%.300s as call %" PRId64 ", the script asks for %s%.300s",
                   ask->where, e->call, e->arguments, e->seq, flow_call_word(ask->call),
                   ask->arguments);
    flow_co_end(i->co, "error", "nondeterministic", text);
    i->state = ITEM_OVER;
}

/* A wait for a device: decided, or to be looked at again. */
static void replay_online(flow_item *i, const flow_entry *e, bool last)
{
    bool online = online_said(e->result);
    if (e->result != NULL && (online || !last || strstr(e->result, "\"online\"") != NULL)) {
        flow_item_ready(i, online ? "{\"online\":true}" : "{\"online\":false}");
    } else if (!last) {
        flow_item_ready(i, "{\"online\":false}");
    } else {
        i->state = ITEM_WAITS;
        i->due = e->due;
        i->probe = e->result != NULL ? clock_now() : FLOW_NEVER;
    }
}

/* Whether the journal knows the call that the item asks for now. */
static bool replay(flow_item *i)
{
    const flow_ask *ask = flow_co_ask(i->co);
    if (i->journal_at == i->journal_count) {
        journal_free(i);
        return false;
    }
    const flow_entry *e = &i->journal[i->journal_at++];
    bool last = i->journal_at == i->journal_count;
    if (e->seq != i->seq || strcmp(e->call, flow_call_word(ask->call)) != 0 ||
        strcmp(e->arguments, ask->arguments) != 0) {
        end_different(i, e, ask);
    } else if (ask->call == FLOW_WAIT_ONLINE) {
        replay_online(i, e, last);
    } else if (ask->call == FLOW_SLEEP && (e->result != NULL || !last)) {
        flow_co_at(i->co, e->due);
        flow_item_ready(i, "{}"); /* what came after it says that it was over */
    } else if (e->result != NULL) {
        flow_item_ready(i, e->result);
    } else if (ask->call == FLOW_OPERATION) {
        i->state = ITEM_OPERATES;
        i->again = true;
    } else {
        i->state = ITEM_WAITS;
        i->due = ask->call == FLOW_SLEEP ? e->due : FLOW_NEVER;
    }
    return true;
}

/* ---- going on ---- */

static void look_at_ask(flow_run *r, flow_item *i)
{
    if (flow_co_ask(i->co)->call == FLOW_NONE) {
        i->state = ITEM_OVER;
        return;
    }
    i->seq++;
    if (i->seq > FLOW_CALLS_MAX) {
        char text[80];
        (void)snprintf(text, sizeof(text), "more than %d calls of one device", FLOW_CALLS_MAX);
        flow_co_end(i->co, "error", "too-many-calls", text);
        i->state = ITEM_OVER;
    } else if (i->journal == NULL || !replay(i)) {
        i->state = ITEM_ASKS;
        if (r->cancelled) {
            flow_co_end(i->co, "cancelled", "cancelled", "cancelled by a user");
            i->state = ITEM_OVER;
        }
    }
}

static void go_on(flow_run *r, flow_item *i)
{
    while (i->state == ITEM_READY) {
        if (flow_host_exhausted(r->host)) {
            flow_co_end(i->co, "error", "script-memory",
                        "the memory of the run's script is used up by its devices");
            i->state = ITEM_OVER;
            return;
        }
        if (i->journal_at == i->journal_count) {
            flow_co_at(i->co, 0);
        }
        flow_co_resume(i->co, i->result);
        look_at_ask(r, i);
    }
    free(i->result);
    i->result = NULL;
}

bool flow_run_resume(flow_run *r, size_t *collected)
{
    int64_t stop = clock_mono() + FLOW_TURN_MS;
    for (flow_item *i = r->items; i != NULL; i = i->next) {
        if (i->state == ITEM_READY) {
            if (clock_mono() > stop) {
                return true;
            }
            go_on(r, i);
        }
        *collected += i->state != ITEM_WAITS && i->state != ITEM_OPERATES;
        if (*collected >= FLOW_TURN_MAX) {
            return true;
        }
    }
    return false;
}

/* ---- what ends by itself ---- */

/* Whether nothing works on the device for it just now. */
static bool only_waits(const flow_item *i)
{
    flow_call call = i->state == ITEM_WAITS ? flow_co_ask(i->co)->call : FLOW_NONE;
    return call == FLOW_SLEEP || call == FLOW_WAIT_ONLINE;
}

void flow_run_timers(flow_run *r, int64_t now)
{
    for (flow_item *i = r->items; i != NULL; i = i->next) {
        if (r->cancelled && only_waits(i)) {
            flow_co_end(i->co, "cancelled", "cancelled", "cancelled by a user");
            i->state = ITEM_OVER;
        } else if (i->state == ITEM_WAITS && i->due <= now) {
            bool sleeps = flow_co_ask(i->co)->call == FLOW_SLEEP;
            flow_item_ready(i, "{}");
            i->state = sleeps ? ITEM_READY : ITEM_SETTLES;
        } else if (i->state == ITEM_WAITS && i->probe <= now) {
            i->state = ITEM_PROBES;
        }
    }
}

int64_t flow_run_due(const flow_run *r)
{
    int64_t due = FLOW_NEVER;
    for (const flow_item *i = r->items; i != NULL; i = i->next) {
        if (i->state == ITEM_WAITS) {
            int64_t next = i->due < i->probe ? i->due : i->probe;
            due = next < due ? next : due;
        }
    }
    return due;
}

void flow_run_news(flow_run *r, const flow_news *news)
{
    flow_item *i = map_get(r->by_device, &news->device, sizeof(news->device));
    if (i == NULL || i->state != ITEM_WAITS || i->seq != news->seq) {
        return;
    }
    if (flow_co_ask(i->co)->call != FLOW_WAIT_ONLINE) {
        flow_item_ready(i, news->result);
    } else if (online_said(news->result)) {
        flow_item_ready(i, "{\"online\":true}");
    } else {
        i->probe = clock_now() + FLOW_PROBE_MS;
    }
}
