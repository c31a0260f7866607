/* Trying what is set, step by step (ACC-29, PRF-11). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/directory/person.h"
#include "core/directory/question.h"
#include "core/directory/session.h"

void directory_report_free(directory_report *r)
{
    if (r != NULL) {
        arena_free(r->memory);
    }
}

static platen_code ignore_entry(session *s, LDAPMessage *entry, void *user, platen_error *err)
{
    (void)s;
    (void)entry;
    (void)user;
    (void)err;
    return PLATEN_OK;
}

static platen_code look_at_base(session *s, platen_error *err)
{
    static const char *const attributes[] = {LDAP_NO_ATTRS, NULL};
    const session_query query = {.base = s->base,
                                 .scope = LDAP_SCOPE_BASE,
                                 .filter = "(objectClass=*)",
                                 .attributes = attributes,
                                 .limit = 1};
    platen_code code = session_search(s, &query, ignore_entry, NULL, err);
    question_step(s->q, "base", code, code == PLATEN_OK ? s->base : err->text);
    return code;
}

/* On the first server that is ready. */
static platen_code try_person(session *s, platen_error *err)
{
    const question *q = s->q;
    PLATEN_TRY(look_at_base(s, err));
    if (q->name.user[0] == '\0') {
        return PLATEN_OK;
    }
    platen_code code = q->password != NULL ? person_login(s, err) : person_lookup(s, err);
    if (code != PLATEN_OK && code != PLATEN_E_UNAUTHENTICATED) { /* which has its own step */
        question_step(s->q, "user", code, err->text);
    }
    return code;
}

static platen_code test_work(question *q, platen_error *err)
{
    (void)err;
    session_every(q, try_person);
    return PLATEN_OK;
}

/* ---- what needs no server ---- */

static void note_keytab(question *q, const directory_config *c)
{
    platen_error err = PLATEN_ERROR_INIT;
    const char *names = "";
    if (c->kerberos) {
        platen_code code = directory_service_principal(c, q->memory, &names, &err);
        question_step(q, "keytab", code, code == PLATEN_OK ? names : err.text);
    }
}

static void note_regions(question *q, const directory_grant *g)
{
    char text[64];
    if (g->regions.all || !g->regions_by_group) {
        question_step(q, "regions", PLATEN_OK,
                      g->regions.all ? "all, as every system manager has" : "as set by hand");
        return;
    }
    (void)snprintf(text, sizeof(text), "%zu by groups", g->regions.count);
    question_step(q, "regions", PLATEN_OK, text);
}

static void note_grant(question *q, const directory_mapping *m)
{
    char text[1100];
    directory_grant grant;
    platen_error err = PLATEN_ERROR_INIT;
    const directory_person *p = q->person;
    if (p == NULL) {
        return;
    }
    platen_code code = directory_map(m, p->groups, p->group_count, q->memory, &grant, &err);
    if (code != PLATEN_OK) {
        question_step(q, "role", code, err.text);
        return;
    }
    (void)snprintf(text, sizeof(text), "%s by %s", user_role_word(grant.role), grant.group);
    question_step(q, "role", PLATEN_OK, text);
    note_regions(q, &grant);
}

/* ---- together ---- */

static platen_code prepare(question *q, const char *user, const char *password, platen_error *err)
{
    q->steps = arena_alloc_array(q->memory, QUESTION_STEPS, sizeof(*q->steps));
    if (q->steps == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory to test the directory");
    }
    if (user == NULL || user[0] == '\0') {
        return PLATEN_OK;
    }
    if (!directory_name_parse(user, &q->name)) {
        q->name.user[0] = '\0';
        question_step(q, "user", PLATEN_E_INVAL, "that cannot be a name");
        return PLATEN_OK;
    }
    if (password != NULL && password[0] != '\0') {
        q->password = strdup(password);
        return q->password != NULL
                   ? PLATEN_OK
                   : error_set(err, PLATEN_E_NOMEM, "no memory to test the directory");
    }
    return PLATEN_OK;
}

static directory_report *make_report(question *q)
{
    directory_report *r = arena_alloc(q->memory, sizeof(*r));
    if (r != NULL) {
        *r = (directory_report){q->steps, q->step_count, q->memory};
        q->memory = NULL;
    }
    return r;
}

platen_code directory_test(directory *d, const directory_config *c, const char *user,
                           const char *password, directory_report **out, platen_error *err)
{
    platen_code code = PLATEN_OK;
    *out = NULL;
    if (c->server_count == 0) {
        return error_set(err, PLATEN_E_STATE, "no directory server is set");
    }
    question *q = question_new(d, c, test_work);
    if (q == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory to test the directory");
    }
    code = prepare(q, user, password, err);
    if (code == PLATEN_OK && !question_ask(q, &code, err)) {
        return code; /* the worker frees it */
    }
    if (code == PLATEN_OK) {
        note_grant(q, &c->mapping);
        note_keytab(q, c);
        *out = make_report(q);
        code = *out != NULL ? PLATEN_OK
                            : error_set(err, PLATEN_E_NOMEM, "no memory to test the directory");
    }
    question_free(q);
    return code;
}
