/*
 * A search for devices: ranges, addresses and host names are turned into visits, a window at a
 * time. Names are resolved in the pool. Nothing is kept of an address where nobody answers.
 */
#include "core/agent/room.h"

#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"

#define LOG_SOURCE "agent"

#define HOST_ADDRESSES 8 /* most addresses of one name that are visited */

/* A name on its way through the pool. */
typedef struct resolution {
    pool_item pool_item;
    inbox_item item;
    job *job;
    char *name;
    net_address addresses[HOST_ADDRESSES];
    size_t count;
    size_t at; /* visited */
    bool dropped;
    struct resolution *next; /* of search->resolved */
} resolution;

struct search {
    ranges *ranges;
    char **hosts;
    size_t host_count, host_at;
    resolution *resolved; /* with addresses that are to be visited */
    size_t resolving;
    size_t unresolved; /* names that nobody knows */
    char unresolved_name[128];
    size_t bad_ranges;
    char bad_range[128];
    bool ranges_done;
    uint64_t total, done, found;
    uint64_t told_done, told_found;
    int64_t told_at;
};

#define RESOLVING_MAX 64

/* ---- what is searched ---- */

static void add_range(search *s, const char *text)
{
    net_range range;
    platen_error err = PLATEN_ERROR_INIT;
    if (net_range_parse(text, &range, &err) != PLATEN_OK ||
        ranges_add(s->ranges, &range, &err) != PLATEN_OK) {
        if (s->bad_ranges++ == 0) {
            (void)snprintf(s->bad_range, sizeof(s->bad_range), "%.100s", text);
        }
        log_warning("range is left out: %s", err.text);
    }
}

/* Digits, dots, colons, slashes and one '-': a name has a letter that is no hex digit, or at least
 * no parser of ranges takes it. */
static bool is_range(const char *text)
{
    net_range range;
    return strchr(text, '/') != NULL || strchr(text, ':') != NULL ||
           strspn(text, "0123456789.- ") == strlen(text) ||
           net_range_parse(text, &range, NULL) == PLATEN_OK;
}

static bool add_host(search *s, const char *name)
{
    char *copy = strdup(name);
    if (copy == NULL) {
        return false;
    }
    s->hosts[s->host_count++] = copy;
    return true;
}

static bool add_texts(search *s, char *const *texts, size_t count, bool hosts)
{
    for (size_t i = 0; i < count; i++) {
        if (!hosts && is_range(texts[i])) {
            add_range(s, texts[i]);
        } else if (!add_host(s, texts[i])) {
            return false;
        }
    }
    return true;
}

static bool add_given(search *s, const cJSON *list)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list)
    {
        const char *text = cJSON_GetStringValue(item);
        if (text == NULL || text[0] == '\0') {
            continue;
        }
        if (is_range(text)) {
            add_range(s, text);
        } else if (!add_host(s, text)) {
            return false;
        }
    }
    return true;
}

search *search_new(job *j, const cJSON *settings_tree)
{
    const settings *own = j->settings;
    const cJSON *given = json_get_array(settings_tree, "addresses");
    bool instead = cJSON_GetArraySize(given) > 0;
    size_t most = instead ? (size_t)cJSON_GetArraySize(given) : own->range_count + own->host_count;
    search *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return NULL;
    }
    s->ranges = ranges_new();
    s->hosts = calloc(most + 1, sizeof(*s->hosts));
    bool ok = s->ranges != NULL && s->hosts != NULL;
    if (ok && instead) {
        ok = add_given(s, given);
    } else if (ok) {
        ok = add_texts(s, own->ranges, own->range_count, false) &&
             add_texts(s, own->hosts, own->host_count, true);
    }
    if (!ok) {
        search_free(s);
        return NULL;
    }
    ranges_seal(s->ranges);
    s->total = ranges_count(s->ranges) + s->host_count;
    return s;
}

static void resolution_free(resolution *r)
{
    free(r->name);
    free(r);
}

void search_free(search *s)
{
    if (s == NULL) {
        return;
    }
    while (s->resolved != NULL) {
        resolution *r = s->resolved;
        s->resolved = r->next;
        resolution_free(r);
    }
    for (size_t i = 0; i < s->host_count; i++) {
        free(s->hosts[i]);
    }
    free(s->hosts);
    ranges_free(s->ranges);
    free(s);
}

/* ---- names ---- */

static void resolved(inbox_item *item)
{
    resolution *r = CONTAINER_OF(item, resolution, item);
    job *j = r->job;
    search *s = j->search;
    s->resolving--;
    if (r->dropped) {
        resolution_free(r);
        return;
    }
    if (r->count == 0) {
        if (s->unresolved++ == 0) {
            (void)snprintf(s->unresolved_name, sizeof(s->unresolved_name), "%.100s", r->name);
        }
        s->done++;
        resolution_free(r);
    } else {
        s->total += r->count - 1;
        r->next = s->resolved;
        s->resolved = r;
    }
    desk_pump(j->desk);
}

static void resolve(pool_item *item)
{
    resolution *r = CONTAINER_OF(item, resolution, pool_item);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *list = NULL;
    if (getaddrinfo(r->name, NULL, &hints, &list) == 0) {
        for (const struct addrinfo *a = list; a != NULL && r->count < HOST_ADDRESSES;
             a = a->ai_next) {
            if (net_from_sockaddr(a->ai_addr, &r->addresses[r->count], NULL)) {
                r->count++;
            }
        }
        freeaddrinfo(list);
    }
    r->item.run = resolved;
    inbox_put(&r->job->desk->inbox, &r->item);
}

static void drop_resolution(pool_item *item)
{
    resolution *r = CONTAINER_OF(item, resolution, pool_item);
    r->dropped = true;
    r->item.run = resolved;
    inbox_put(&r->job->desk->inbox, &r->item);
}

static void resolve_hosts(job *j)
{
    search *s = j->search;
    while (s->host_at < s->host_count && s->resolving < RESOLVING_MAX) {
        resolution *r = calloc(1, sizeof(*r));
        if (r == NULL) {
            return;
        }
        r->job = j;
        r->name = s->hosts[s->host_at];
        s->hosts[s->host_at++] = NULL;
        r->pool_item.run = resolve;
        r->pool_item.drop = drop_resolution;
        s->resolving++;
        pool_put(j->desk->pool, &r->pool_item);
    }
}

/* ---- visits ---- */

static bool visit_address(job *j, const net_address *address, const char *hostname)
{
    visit *v = visit_new(j->desk, j, VISIT_SEARCH, j->kind->works);
    if (v == NULL) {
        return false;
    }
    v->address = *address;
    v->hostname = hostname != NULL ? strdup(hostname) : NULL;
    v->named = hostname != NULL || ranges_has_alone(j->search->ranges, address);
    device *known = registry_find(j->desk->registry, address);
    if (known != NULL && !known->busy) {
        v->device = known;
        known->busy = true;
        v->texts = device_texts_ref(known->texts);
    }
    j->active++;
    visit_step(v);
    return true;
}

static bool has_room(const job *j)
{
    const desk *d = j->desk;
    return j->active < d->options.in_flight && d->visit_count < 2u * d->options.in_flight &&
           !d->options.sink.full(d->options.sink.user);
}

static void pump_resolved(job *j)
{
    search *s = j->search;
    while (s->resolved != NULL && has_room(j)) {
        resolution *r = s->resolved;
        const net_address *address = &r->addresses[r->at++];
        if (!visit_address(j, address, r->name)) {
            s->done++;
        }
        if (r->at == r->count) {
            s->resolved = r->next;
            resolution_free(r);
        }
    }
}

bool search_pump(job *j)
{
    search *s = j->search;
    if (j->cancelled) {
        return s->resolving == 0;
    }
    resolve_hosts(j);
    pump_resolved(j);
    while (!s->ranges_done && has_room(j)) {
        net_address address;
        if (!ranges_next(s->ranges, &address)) {
            s->ranges_done = true;
        } else if (!visit_address(j, &address, NULL)) {
            s->done++;
        }
    }
    return s->ranges_done && s->resolving == 0 && s->resolved == NULL &&
           s->host_at == s->host_count;
}

void search_visit_done(job *j, bool found)
{
    j->search->done++;
    j->search->found += found ? 1 : 0;
}

/* ---- what is told ---- */

static void write_progress(job *j)
{
    search *s = j->search;
    json_writer *w = outbox_begin(j->desk->outbox);
    json_text(w, "job", j->id);
    json_object(w, "progress");
    json_i64(w, "done", (int64_t)s->done);
    json_i64(w, "total", (int64_t)s->total);
    json_i64(w, "found", (int64_t)s->found);
    json_object_end(w);
    outbox_end(j->desk->outbox);
    s->told_done = s->done;
    s->told_found = s->found;
}

void search_tick(job *j, int64_t now)
{
    search *s = j->search;
    if (now - s->told_at >= 1000 && (s->done != s->told_done || s->found != s->told_found)) {
        s->told_at = now;
        write_progress(j);
    }
}

void search_write_done(job *j)
{
    search *s = j->search;
    char text[PLATEN_ERROR_TEXT] = "";
    bool complete = s->bad_ranges == 0 && s->unresolved == 0;
    write_progress(j);
    if (j->cancelled) {
        job_write_done(j, "cancelled", PLATEN_E_CANCELLED, "the run was cancelled");
        return;
    }
    if (s->total == 0 && complete) {
        job_write_done(j, "error", PLATEN_E_INVAL, "the agent has no addresses to search");
        return;
    }
    if (s->bad_ranges > 0) {
        (void)snprintf(text, sizeof(text), "%zu ranges cannot be read, the first is '%s'",
                       s->bad_ranges, s->bad_range);
    } else if (s->unresolved > 0) {
        (void)snprintf(text, sizeof(text), "%zu host names are not known, the first is '%s'",
                       s->unresolved, s->unresolved_name);
    }
    job_write_done(j, complete ? "success" : "warning",
                   complete            ? PLATEN_OK
                   : s->bad_ranges > 0 ? PLATEN_E_INVAL
                                       : PLATEN_E_NOT_FOUND,
                   text);
}
