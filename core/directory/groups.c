/* Groups: one search where the server follows them itself, a walk elsewhere. */
#include "core/directory/groups.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/map.h"
#include "core/directory/words.h"

#define IN_CHAIN "1.2.840.113556.1.4.1941"
#define BATCH 100         /* groups in one search for those that hold them */
#define FILTER_MAX 65536u /* bytes of such a search */

typedef struct book {
    session *s;
    map *by_dn; /* folded DN to the group */
    directory_group **list;
    size_t count;
    size_t capacity;
    const char *last; /* DN of the group that was read last */
} book;

static const char *const attributes[] = {"sAMAccountName", "cn", "memberOf", NULL};

static bool grow(book *b)
{
    if (b->count < b->capacity) {
        return true;
    }
    size_t capacity = b->capacity > 0 ? b->capacity * 2 : 64;
    directory_group **list = realloc(b->list, capacity * sizeof(directory_group *));
    if (list == NULL) {
        return false;
    }
    b->list = list;
    b->capacity = capacity;
    return true;
}

/* A group once, by its DN; `name` "" or NULL: what the DN says. */
static platen_code add(book *b, const char *dn, const char *name, platen_error *err)
{
    strbuf key;
    arena *memory = b->s->q->memory;
    strbuf_init(&key);
    if (!words_fold_dn(&key, dn) || key.length == 0) {
        strbuf_fini(&key);
        return PLATEN_OK; /* no DN, no group */
    }
    directory_group *known = map_get(b->by_dn, key.data, key.length);
    bool named = name != NULL && name[0] != '\0';
    platen_code code = PLATEN_OK;
    if (known != NULL) {
        known->name = named ? name : known->name;
    } else if (b->count == DIRECTORY_GROUPS) {
        code = error_set(err, PLATEN_E_TOO_LARGE, "somebody is in more than %d groups",
                         DIRECTORY_GROUPS);
    } else {
        directory_group *g = arena_alloc(memory, sizeof(*g));
        if (g != NULL) {
            g->dn = arena_dup(memory, dn);
            g->name = named ? name : words_first_value(memory, dn);
        }
        if (g == NULL || g->dn == NULL || g->name == NULL || !grow(b) || key.failed ||
            !map_set(b->by_dn, key.data, key.length, g, NULL)) {
            code = error_set(err, PLATEN_E_NOMEM, "no memory for groups");
        } else {
            b->list[b->count++] = g;
        }
    }
    strbuf_fini(&key);
    return code;
}

static platen_code take_group(session *s, LDAPMessage *entry, void *user, platen_error *err)
{
    book *b = user;
    const char *name = session_text(s, entry, "sAMAccountName");
    char *dn = ldap_get_dn(s->ld, entry);
    b->last = arena_dup(s->q->memory, dn);
    ldap_memfree(dn);
    if (b->last == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for groups");
    }
    platen_code code = add(b, b->last, name[0] != '\0' ? name : session_text(s, entry, "cn"), err);
    struct berval **values = ldap_get_values_len(s->ld, entry, "memberOf");
    for (size_t i = 0; values != NULL && values[i] != NULL && code == PLATEN_OK; i++) {
        code = add(b, values[i]->bv_val, NULL, err);
    }
    ldap_value_free_len(values);
    return code;
}

static platen_code look_for(book *b, strbuf *filter, platen_error *err)
{
    if (filter->failed) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a search");
    }
    const session_query query = {.base = b->s->base,
                                 .scope = LDAP_SCOPE_SUBTREE,
                                 .filter = filter->data,
                                 .attributes = attributes,
                                 .limit = DIRECTORY_GROUPS};
    return session_search(b->s, &query, take_group, b, err);
}

static void append_match(strbuf *filter, const char *attribute, const char *value)
{
    strbuf_appendf(filter, "(%s=", attribute);
    words_escape(filter, value);
    strbuf_append(filter, ")");
}

/* ---- Active Directory ---- */

/* Groups that hold `dn`, themselves or by other groups. */
static platen_code read_chain(book *b, const char *dn, platen_error *err)
{
    strbuf filter;
    strbuf_init(&filter);
    strbuf_append(&filter, "(&(objectClass=group)");
    append_match(&filter, "member:" IN_CHAIN ":", dn);
    strbuf_append(&filter, ")");
    platen_code code = look_for(b, &filter, err);
    strbuf_fini(&filter);
    return code;
}

/* The primary group does not name its members: it is found by its number. */
static platen_code read_primary(book *b, const char *sid, platen_error *err)
{
    strbuf filter;
    strbuf_init(&filter);
    strbuf_appendf(&filter, "(&(objectClass=group)(objectSid=%s))", sid);
    b->last = NULL;
    platen_code code = look_for(b, &filter, err);
    strbuf_fini(&filter);
    return code == PLATEN_OK && b->last != NULL ? read_chain(b, b->last, err) : code;
}

/* ---- elsewhere ---- */

static platen_code read_direct(book *b, const groups_member *m, platen_error *err)
{
    strbuf filter;
    strbuf_init(&filter);
    strbuf_append(&filter, "(|");
    append_match(&filter, "member", m->dn);
    append_match(&filter, "uniqueMember", m->dn);
    strbuf_append(&filter, "(&(objectClass=posixGroup)(|");
    append_match(&filter, "memberUid", m->uid);
    if (m->gid[0] != '\0') {
        append_match(&filter, "gidNumber", m->gid);
    }
    strbuf_append(&filter, ")))");
    platen_code code = look_for(b, &filter, err);
    strbuf_fini(&filter);
    return code;
}

/* One search for the groups that hold the next ones of the list; what it finds is appended to the
 * list, so that the list's end is the walk's. */
static platen_code walk_batch(book *b, size_t *next, platen_error *err)
{
    strbuf filter;
    strbuf_init(&filter);
    strbuf_append(&filter, "(|");
    for (size_t i = 0; i < BATCH && *next < b->count && filter.length < FILTER_MAX; i++) {
        append_match(&filter, "member", b->list[*next]->dn);
        append_match(&filter, "uniqueMember", b->list[*next]->dn);
        (*next)++;
    }
    strbuf_append(&filter, ")");
    platen_code code = look_for(b, &filter, err);
    strbuf_fini(&filter);
    return code;
}

static platen_code walk(book *b, const groups_member *m, platen_error *err)
{
    PLATEN_TRY(read_direct(b, m, err));
    for (size_t next = 0; next < b->count;) {
        PLATEN_TRY(walk_batch(b, &next, err));
    }
    return PLATEN_OK;
}

/* ---- together ---- */

static platen_code give(const book *b, directory_person *person, platen_error *err)
{
    directory_group *groups = arena_alloc_array(b->s->q->memory, b->count + 1, sizeof(*groups));
    if (groups == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for groups");
    }
    for (size_t i = 0; i < b->count; i++) {
        groups[i] = *b->list[i];
    }
    person->groups = groups;
    person->group_count = b->count;
    return PLATEN_OK;
}

platen_code groups_read(session *s, const groups_member *member, directory_person *person,
                        platen_error *err)
{
    book b = {.s = s, .by_dn = map_new()};
    platen_code code =
        b.by_dn != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for groups");
    for (size_t i = 0; i < member->named_count && code == PLATEN_OK; i++) {
        code = add(&b, member->named[i], NULL, err);
    }
    if (code == PLATEN_OK) {
        code = s->active_directory ? read_chain(&b, member->dn, err) : walk(&b, member, err);
    }
    if (code == PLATEN_OK && member->primary_sid[0] != '\0') {
        code = read_primary(&b, member->primary_sid, err);
    }
    if (code == PLATEN_OK) {
        code = give(&b, person, err);
    }
    map_free(b.by_dn, NULL);
    free(b.list);
    return code;
}
