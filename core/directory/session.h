/*
 * A connection to one LDAP server, of the worker of a question. Every function ends before the time
 * that this server has; errors name the server.
 */
#ifndef PLATEN_DIRECTORY_SESSION_H
#define PLATEN_DIRECTORY_SESSION_H

#include <ldap.h>

#include "core/directory/question.h"

#define SESSION_WHERE 300
#define SESSION_PAGE 500 /* entries a page */

typedef struct session {
    question *q;
    LDAP *ld;
    const directory_server *server;
    char where[SESSION_WHERE]; /* "dc1.example.org:636" */
    int64_t until;             /* clock_mono(): the time of this server */
    const char *base;          /* the configured one, else the server's */
    bool active_directory;     /* also what speaks like it */
} session;

/* What a question does with a server that is ready: searched as the configured user, if any. */
typedef platen_code (*session_work)(session *s, platen_error *err);

/*
 * Asks the servers in order, those that failed lately last; each has its share of the time that is
 * left. A server that is down, too slow, without a good certificate or busy gives way to the next
 * one; any other answer is final.
 */
platen_code session_each(question *q, session_work work, platen_error *err);

/* The same with every server, each as if it were alone; `work` is for the first that is ready. What
 * happens is in the question's steps. */
void session_every(question *q, session_work work);

/* Simple bind. Never with an empty password, which servers take for an anonymous bind (RFC 4513
 * section 5.1.2). PLATEN_E_AUTH when it is refused, with the server's words. */
platen_code session_bind(session *s, const char *who, const char *password, platen_error *err);
/* The password of a person who logs in: PLATEN_E_UNAUTHENTICATED when it is wrong or the account
 * may not log in. The text is the server's, for the log alone. */
platen_code session_try(session *s, const char *who, const char *password, platen_error *err);
/* As whom searches are made: the configured user; nobody when there is none. */
platen_code session_bind_searcher(session *s, platen_error *err);

typedef struct session_query {
    const char *base;
    int scope; /* LDAP_SCOPE_... */
    const char *filter;
    const char *const *attributes; /* NULL at the end */
    size_t limit;                  /* entries; more are PLATEN_E_TOO_LARGE */
} session_query;

/* Calls `visit` for each entry, page by page; it returns PLATEN_OK to go on. */
typedef platen_code (*session_visit)(session *s, LDAPMessage *entry, void *user, platen_error *err);
platen_code session_search(session *s, const session_query *query, session_visit visit, void *user,
                           platen_error *err);

/* The first value of an attribute as clean UTF-8, in the question's memory; "" when there is none.
 */
const char *session_text(session *s, LDAPMessage *entry, const char *attribute);

/* Waits for an answer to `id` (`all`: LDAP_MSG_...), which the caller frees. LDAP_SUCCESS or
 * libldap's number. */
int session_await(session *s, int id, int all, LDAPMessage **out);

/* A failure of libldap as an error: "<what> at <where>: <words of both sides>". */
platen_code session_error(session *s, int rc, const char *what, platen_error *err);

/* ---- trust.c ---- */

/* TLS options of a handle: the configured or the system's CAs, TLS 1.2 or newer. `verify` false is
 * for trust_explain() alone. */
platen_code trust_prepare(LDAP *ld, const directory_config *c, bool verify, platen_error *err);
/* Says in `err` what is wrong with the certificate that the server shows; `ld` has done a handshake
 * without verification. */
void trust_explain(LDAP *ld, const directory_config *c, const char *host, const char *where,
                   platen_error *err);

#endif
