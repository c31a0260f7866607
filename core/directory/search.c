/* Searches page by page (RFC 2696), one entry in memory at a time. */
#include <string.h>
#include <sys/time.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/directory/session.h"

#define TEXT_MAX 4096 /* bytes of a value that is shown or compared */

typedef struct progress {
    const session_query *query;
    char **attributes;
    session_visit visit;
    void *user;
    size_t seen;
    struct berval *cookie; /* of the next page; NULL: the first one */
    bool more;
} progress;

static char **copy_attributes(session *s, const char *const *names)
{
    size_t count = 0;
    while (names[count] != NULL) {
        count++;
    }
    char **copies = arena_alloc_array(s->q->memory, count + 1, sizeof(*copies));
    for (size_t i = 0; copies != NULL && i < count; i++) {
        copies[i] = arena_dup(s->q->memory, names[i]);
        if (copies[i] == NULL) {
            return NULL;
        }
    }
    return copies;
}

/* Sends the search for the next page. */
static int begin(session *s, const progress *p, int *id)
{
    LDAPControl *page = NULL;
    int rc = LDAP_SUCCESS;
    int64_t left = s->until - clock_mono();
    struct timeval time = {.tv_sec = left > 1000 ? left / 1000 : 1};
    if (p->query->scope != LDAP_SCOPE_BASE) {
        rc = ldap_create_page_control(s->ld, SESSION_PAGE, p->cookie, 0, &page);
    }
    if (rc == LDAP_SUCCESS) {
        LDAPControl *controls[] = {page, NULL};
        rc =
            ldap_search_ext(s->ld, p->query->base, p->query->scope, p->query->filter, p->attributes,
                            0, page != NULL ? controls : NULL, NULL, &time, LDAP_NO_LIMIT, id);
    }
    if (page != NULL) {
        ldap_control_free(page);
    }
    return rc;
}

/* The end of a page: its result, and where the next one begins. */
static int end_page(session *s, LDAPMessage *answer, progress *p)
{
    int result = LDAP_OTHER;
    ber_int_t estimate = 0;
    char *words = NULL;
    LDAPControl **controls = NULL;
    struct berval cookie = {0, NULL};
    int rc = ldap_parse_result(s->ld, answer, &result, NULL, &words, NULL, &controls, 0);
    if (rc == LDAP_SUCCESS) {
        (void)ldap_set_option(s->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, words);
        rc = result;
    }
    ldap_memfree(words);
    ber_bvfree(p->cookie);
    p->cookie = NULL;
    p->more = false;
    LDAPControl *page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
    if (rc == LDAP_SUCCESS && page != NULL &&
        ldap_parse_pageresponse_control(s->ld, page, &estimate, &cookie) == LDAP_SUCCESS) {
        p->more = cookie.bv_len > 0;
        p->cookie = p->more ? ber_bvdup(&cookie) : NULL;
        ber_memfree(cookie.bv_val);
        if (p->more && p->cookie == NULL) {
            rc = LDAP_NO_MEMORY;
        }
    }
    if (controls != NULL) {
        ldap_controls_free(controls);
    }
    return rc;
}

static platen_code take_entry(session *s, LDAPMessage *entry, progress *p, platen_error *err)
{
    if (p->seen == p->query->limit) {
        return error_set(err, PLATEN_E_TOO_LARGE, "%s finds more than %zu entries for %.120s",
                         s->where, p->query->limit, p->query->filter);
    }
    p->seen++;
    return p->visit(s, entry, p->user, err);
}

/* All messages of one page. References to other servers are left alone. */
static platen_code read_page(session *s, progress *p, platen_error *err)
{
    int id = 0;
    int rc = begin(s, p, &id);
    for (bool over = false; rc == LDAP_SUCCESS && !over;) {
        LDAPMessage *message = NULL;
        platen_code code = PLATEN_OK;
        rc = session_await(s, id, LDAP_MSG_ONE, &message);
        if (rc == LDAP_SUCCESS && ldap_msgtype(message) == LDAP_RES_SEARCH_ENTRY) {
            code = take_entry(s, message, p, err);
        } else if (rc == LDAP_SUCCESS && ldap_msgtype(message) == LDAP_RES_SEARCH_RESULT) {
            rc = end_page(s, message, p);
            over = true;
        }
        (void)ldap_msgfree(message);
        if (code != PLATEN_OK) {
            (void)ldap_abandon_ext(s->ld, id, NULL, NULL);
            return code;
        }
    }
    if (rc == LDAP_SUCCESS) {
        return PLATEN_OK;
    }
    platen_code code = session_error(s, rc, "search", err);
    return rc == LDAP_NO_SUCH_OBJECT || rc == LDAP_INVALID_DN_SYNTAX
               ? error_note(err, code, "the base '%.100s'", p->query->base)
               : code;
}

platen_code session_search(session *s, const session_query *query, session_visit visit, void *user,
                           platen_error *err)
{
    progress p = {.query = query, .visit = visit, .user = user, .more = true};
    platen_code code = PLATEN_OK;
    p.attributes = copy_attributes(s, query->attributes);
    if (p.attributes == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a search");
    }
    while (p.more && code == PLATEN_OK) {
        code = read_page(s, &p, err);
    }
    ber_bvfree(p.cookie);
    return code;
}

const char *session_text(session *s, LDAPMessage *entry, const char *attribute)
{
    strbuf text;
    const char *result = NULL;
    struct berval **values = ldap_get_values_len(s->ld, entry, attribute);
    strbuf_init(&text);
    if (values != NULL && values[0] != NULL && values[0]->bv_len <= TEXT_MAX) {
        text_from_device(&text, values[0]->bv_val, values[0]->bv_len);
    }
    ldap_value_free_len(values);
    if (!text.failed) {
        result = arena_dup(s->q->memory, text.data);
    }
    strbuf_fini(&text);
    return result != NULL ? result : "";
}
