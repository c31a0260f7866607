/* Logging in by password: what is refused before anybody is asked, and the question itself. */
#include "core/directory/directory.h"

#include <stdlib.h>
#include <string.h>

#include "core/directory/person.h"
#include "core/directory/question.h"
#include "core/directory/session.h"

#define LOG_SOURCE "directory"
#include "core/base/log.h"

void directory_person_free(directory_person *p)
{
    if (p != NULL) {
        arena_free(p->memory);
    }
}

void directory_config_wipe(directory_config *c)
{
    secret_text_free(c->bind_password);
    secret_text_free(c->keytab);
    c->bind_password = NULL;
    c->keytab = NULL;
}

static platen_code login_work(question *q, platen_error *err)
{
    return session_each(q, person_login, err);
}

/* The answer goes to the caller with the memory that it lies in. */
static platen_code finish(question *q, directory_person **out, platen_error *err)
{
    platen_code code = PLATEN_OK;
    if (!question_ask(q, &code, err)) {
        return code;
    }
    if (code == PLATEN_OK) {
        *out = q->person;
        (*out)->memory = q->memory;
        q->memory = NULL;
    }
    question_free(q);
    return code;
}

static platen_code lookup_work(question *q, platen_error *err)
{
    return session_each(q, person_lookup, err);
}

platen_code directory_lookup(directory *d, const directory_config *c, const directory_ticket *t,
                             directory_person **out, platen_error *err)
{
    *out = NULL;
    if (!c->enabled || c->server_count == 0) {
        return error_set(err, PLATEN_E_STATE, "logging in by a directory is not set up");
    }
    question *q = question_new(d, c, lookup_work);
    if (q == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory to ask the directory");
    }
    q->name = t->name;
    q->ticket = true;
    q->own_realm = t->own_realm;
    return finish(q, out, err);
}

platen_code directory_login(directory *d, const directory_config *c, const char *user,
                            const char *password, directory_person **out, platen_error *err)
{
    directory_name name;
    *out = NULL;
    if (!c->enabled || c->server_count == 0) {
        return error_set(err, PLATEN_E_STATE, "logging in by a directory is not set up");
    }
    /* RFC 4513 section 5.1.2: a bind without a password succeeds for anybody. */
    size_t length = password != NULL ? strlen(password) : 0;
    if (length == 0 || length > DIRECTORY_PASSWORD_MAX || !directory_name_parse(user, &name)) {
        log_notice("login refused: the name or the password cannot be anybody's in a directory");
        return error_set(err, PLATEN_E_UNAUTHENTICATED, DIRECTORY_REFUSED);
    }
    question *q = question_new(d, c, login_work);
    if (q != NULL) {
        q->name = name;
        q->password = strdup(password);
    }
    if (q == NULL || q->password == NULL) {
        question_free(q);
        return error_set(err, PLATEN_E_NOMEM, "no memory to ask the directory");
    }
    return finish(q, out, err);
}
