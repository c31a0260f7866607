/*
 * A router over a fresh SQLite database in a folder of its own, asked without sockets: for tests of
 * this room and of any file of routes.
 */
#ifndef PLATEN_TESTS_REST_FIXTURE_H
#define PLATEN_TESTS_REST_FIXTURE_H

#include "core/base/strbuf.h"
#include "core/model/audit.h"
#include "core/rest/events.h"
#include "core/rest/rest.h"
#include "core/rest/services.h"
#include "core/store/store.h"

typedef struct rest_fixture {
    char folder[64];
    store *store;
    events *events;
    secret_key *key;
    audit *audit;
    services services;
    rest *rest;
    char setup_token[64];
    const char *remote; /* the client's address */
    bool lent;          /* the store is somebody else's */
} rest_fixture;

void rest_fixture_open(rest_fixture *f, const char *web_dir);
/* On a store that is open already (PostgreSQL) and stays so. */
void rest_fixture_open_on(rest_fixture *f, const char *web_dir, store *s);
/* With a configuration, which stays the caller's. */
void rest_fixture_open_with(rest_fixture *f, struct conf *c);
void rest_fixture_close(rest_fixture *f);

typedef struct rest_reply {
    int status;
    bool closed;
    strbuf raw;       /* all that was written */
    const char *body; /* behind the empty line */
    size_t body_length;
    cJSON *json; /* NULL when the body is none */
    char scratch[1024];
} rest_reply;

/* `headers` is "Name: value\n" lines or "". `body` NULL: none; a Content-Type is added with one. */
void rest_ask(rest_fixture *f, const char *method, const char *target, const char *headers,
              const char *body, rest_reply *reply);
void rest_reply_fini(rest_reply *reply);
/* The value of the first header of that name, "" when absent; in the reply's scratch. */
const char *rest_reply_header(rest_reply *reply, const char *name);
const char *rest_reply_text(const rest_reply *reply, const char *member); /* "" when absent */

#define REST_PASSWORD "Correct-horse-7"

/* Makes the administrator. */
void rest_fixture_set_up(rest_fixture *f);
/* Headers of a logged-in administrator: cookie and CSRF token. */
void rest_fixture_login(rest_fixture *f, char *headers, size_t size);

/* One statement as a write, past all rules; and the router forgets whom it remembers. */
void rest_fixture_run(rest_fixture *f, const char *sql);
void rest_fixture_forget(rest_fixture *f);

#endif
