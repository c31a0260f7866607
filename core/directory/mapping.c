/* What a person's groups give: role and regions (ACC-23, ACC-24, ACC-30 to ACC-33). */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/map.h"
#include "core/base/strbuf.h"
#include "core/directory/directory.h"
#include "core/directory/words.h"

#define LOG_SOURCE "directory"
#include "core/base/log.h"

#define LOGGED_GROUPS 50

/* The groups of somebody, by folded name and by folded DN. */
typedef struct seen {
    map *names;
    map *dns;
} seen;

static char present; /* what the maps point to: only being there counts */

static bool add_folded(map *m, strbuf *buffer, const char *text)
{
    strbuf_clear(buffer);
    words_fold(buffer, text);
    return !buffer->failed && map_set(m, buffer->data, buffer->length, &present, NULL);
}

static bool add_dn(map *m, strbuf *buffer, const char *dn)
{
    strbuf_clear(buffer);
    return !words_fold_dn(buffer, dn) ||
           (!buffer->failed && map_set(m, buffer->data, buffer->length, &present, NULL));
}

static bool note_all(seen *s, const directory_group *groups, size_t count)
{
    strbuf buffer;
    bool good = s->names != NULL && s->dns != NULL;
    strbuf_init(&buffer);
    for (size_t i = 0; i < count && good; i++) {
        good = add_folded(s->names, &buffer, groups[i].name) &&
               add_dn(s->dns, &buffer, groups[i].dn != NULL ? groups[i].dn : "");
    }
    strbuf_fini(&buffer);
    return good;
}

static bool is_seen(const seen *s, const char *word)
{
    strbuf buffer;
    strbuf_init(&buffer);
    words_fold(&buffer, word);
    bool found = map_get(s->names, buffer.data, buffer.length) != NULL;
    if (!found && words_is_dn(word)) {
        strbuf_clear(&buffer);
        found = words_fold_dn(&buffer, word) && map_get(s->dns, buffer.data, buffer.length) != NULL;
    }
    found = found && !buffer.failed;
    strbuf_fini(&buffer);
    return found;
}

/* The first of `words` that is seen, or NULL. An empty word is nobody's group. */
static const char *match(const seen *s, const directory_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (words->words[i][0] != '\0' && is_seen(s, words->words[i])) {
            return words->words[i];
        }
    }
    return NULL;
}

static void take_role(const directory_mapping *m, const seen *s, directory_grant *out)
{
    const struct {
        user_role role;
        const directory_words *words;
    } by_power[] = {{USER_ROLE_SYSTEM, &m->system_managers},
                    {USER_ROLE_DEVICE, &m->device_managers},
                    {USER_ROLE_USER, &m->users}};
    for (size_t i = 0; i < sizeof(by_power) / sizeof(by_power[0]); i++) {
        out->group = match(s, by_power[i].words);
        if (out->group != NULL) {
            out->role = by_power[i].role;
            return;
        }
    }
}

static int by_number(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static platen_code take_regions(const directory_mapping *m, const seen *s, arena *a,
                                directory_grant *out, platen_error *err)
{
    size_t found = 0;
    size_t kept = 0;
    int64_t *regions = arena_alloc_array(a, m->region_count + 1, sizeof(*regions));
    if (regions == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for regions");
    }
    for (size_t i = 0; i < m->region_count; i++) {
        if (match(s, &m->regions[i].groups) != NULL) {
            regions[found++] = m->regions[i].region;
        }
    }
    qsort(regions, found, sizeof(*regions), by_number);
    for (size_t i = 0; i < found; i++) {
        if (kept == 0 || regions[kept - 1] != regions[i]) {
            regions[kept++] = regions[i];
        }
    }
    out->regions.ids = regions;
    out->regions.count = kept;
    return PLATEN_OK;
}

platen_code directory_map(const directory_mapping *m, const directory_group *groups, size_t count,
                          arena *a, directory_grant *out, platen_error *err)
{
    seen s = {map_new(), map_new()};
    platen_code rc = PLATEN_OK;
    memset(out, 0, sizeof(*out));
    if (!note_all(&s, groups, count)) {
        rc = error_set(err, PLATEN_E_NOMEM, "no memory for %zu groups", count);
    } else {
        take_role(m, &s, out);
        if (out->role == USER_ROLE_NONE) {
            rc = error_set(err, PLATEN_E_FORBIDDEN, "none of %zu groups gives a role", count);
        } else if (out->role == USER_ROLE_SYSTEM) { /* ACC-88 */
            out->regions.all = true;
        } else if (m->regions_by_group) {
            out->regions_by_group = true;
            rc = take_regions(m, &s, a, out, err);
        }
    }
    map_free(s.names, NULL);
    map_free(s.dns, NULL);
    return rc;
}

platen_code directory_admit(const directory_config *c, const directory_person *p, arena *a,
                            directory_grant *out, platen_error *err)
{
    strbuf names;
    platen_code rc = directory_map(&c->mapping, p->groups, p->group_count, a, out, err);
    if (rc != PLATEN_E_FORBIDDEN) {
        return rc;
    }
    strbuf_init(&names);
    for (size_t i = 0; i < p->group_count && i < LOGGED_GROUPS; i++) {
        strbuf_appendf(&names, "%s%s", i > 0 ? ", " : "", p->groups[i].name);
    }
    log_notice("login refused user=%s domain=%s: none of the %zu groups gives a role; seen: %s%s",
               p->user, p->domain, p->group_count, names.length > 0 ? names.data : "none",
               p->group_count > LOGGED_GROUPS ? ", ..." : "");
    strbuf_fini(&names);
    return error_set(err, PLATEN_E_UNAUTHENTICATED, DIRECTORY_REFUSED);
}
