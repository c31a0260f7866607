/*
 * Logging in by a directory: LDAP (RFC 4511) for passwords, Kerberos by SPNEGO (RFC 4178, 4559) for
 * single sign-on, and what the groups of a person give here (ACC-10, ACC-20 to ACC-35). A client:
 * it writes nothing, neither in the directory nor in the database.
 *
 * The directory is another machine, so nothing is believed and nothing is waited for: each question
 * is asked on a thread of its own, DIRECTORY_WORKERS at a time, and whoever asks goes on after
 * `timeout_s` at the latest, whatever the servers do. Every function may be called on any thread;
 * none may be called with a lock held.
 */
#ifndef PLATEN_DIRECTORY_H
#define PLATEN_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/strbuf.h"
#include "core/model/preference.h"
#include "core/model/region.h"
#include "core/model/user.h"

/* The one text for whoever is not let in, whatever the reason. */
#define DIRECTORY_REFUSED "user name or password is wrong, or the account is locked for a while"

#define DIRECTORY_WORKERS 8        /* questions at a time */
#define DIRECTORY_WAITING 64       /* for one of these; more are refused at once */
#define DIRECTORY_SERVERS 8        /* most of them */
#define DIRECTORY_GROUPS 16384     /* of one person; what is over it fails the login */
#define DIRECTORY_PASSWORD_MAX 512 /* bytes; longer ones are refused unasked */
#define DIRECTORY_TOKEN_MAX 65536  /* bytes of a SPNEGO token */

/* ---- what is set (PRF-11 to PRF-14) ---- */

typedef enum directory_security {
    DIRECTORY_PLAIN,    /* passwords cross the network in clear: an explicit choice */
    DIRECTORY_STARTTLS, /* port 389 (SYS-69) */
    DIRECTORY_TLS,      /* port 636 (SYS-70) */
} directory_security;

typedef struct directory_server {
    const char *address; /* a name or a numeric address */
    int port;            /* 0: 389, or 636 with DIRECTORY_TLS */
} directory_server;

/* Names of groups, or their DNs; compared without regard to ASCII case. */
typedef struct directory_words {
    const char *const *words;
    size_t count;
} directory_words;

typedef struct directory_region {
    int64_t region;
    directory_words groups;
} directory_region;

/* Which groups give what (ACC-23, ACC-30 to ACC-32). */
typedef struct directory_mapping {
    directory_words system_managers;
    directory_words device_managers;
    directory_words users;
    const char *functions; /* JSON array: what a device manager has at the first login */
    bool regions_by_group; /* else a system manager gives regions by hand */
    const directory_region *regions;
    size_t region_count;
} directory_mapping;

/* All text is borrowed for the time of the call; NULL counts as "". */
typedef struct directory_config {
    bool enabled;
    const directory_server *servers; /* asked in this order; one that failed lately comes last */
    size_t server_count;
    directory_security security;
    const char *ca;        /* PEM of whom to trust; "": whom the system trusts */
    const char *base;      /* DN that holds users and groups; "": what the server names */
    const char *domain;    /* names of the domain, comma-separated, the first one is shown; "":
                              of the base's dc= parts */
    const char *bind_user; /* who searches; "": the person who logs in */
    char *bind_password;   /* secret, of malloc() */
    int timeout_s;         /* of a whole login; 0: 10 */
    bool kerberos;
    const char *service_principal; /* "HTTP/host.example.org", with or without a realm */
    char *keytab;                  /* base64; secret, of malloc() */
    const char *replay_cache;      /* file that remembers tickets; "": the system's */
    directory_mapping mapping;
} directory_config;

/* The group `directory` of the preferences. */
extern const preference_group preference_directory;

/* The preferences as a configuration, all of it in `a` but the secrets, which
 * directory_config_wipe() frees. `data_dir` is where the replay cache lies. */
platen_code directory_config_load(store *s, const secret_key *key, const char *data_dir, arena *a,
                                  directory_config *out, platen_error *err);
void directory_config_wipe(directory_config *c);

/* PLATEN_E_INVAL when a text that is not empty is no certificate in PEM form, no DN. */
platen_code directory_check_ca(const char *pem, platen_error *err);
platen_code directory_check_dn(const char *dn, platen_error *err);

/* ---- the names that people type ---- */

typedef enum directory_form {
    DIRECTORY_NAME_PLAIN,     /* user */
    DIRECTORY_NAME_DOMAIN,    /* DOMAIN\user (ACC-10) */
    DIRECTORY_NAME_PRINCIPAL, /* user@domain */
} directory_form;

#define DIRECTORY_NAME_PART 257

typedef struct directory_name {
    directory_form form;
    char domain[DIRECTORY_NAME_PART]; /* "" of a plain name */
    char user[DIRECTORY_NAME_PART];
} directory_name;

/* False for what cannot be a name: an empty part, two backslashes, control characters, no UTF-8. */
bool directory_name_parse(const char *text, directory_name *out);

/* ---- asking ---- */

typedef struct directory_group {
    const char *name; /* sAMAccountName, else cn */
    const char *dn;
} directory_group;

/* Who somebody is, as the directory writes it. Freed with directory_person_free(). */
typedef struct directory_person {
    const char *user;   /* "alice", whatever case was typed */
    const char *domain; /* the first of the configuration */
    const char *name;   /* to be shown; the user's name when there is none */
    const char *mail;   /* "" when there is none */
    const char *id;     /* objectGUID or entryUUID in hex, which a new name does not change; "" */
    const char *dn;
    const directory_group *groups; /* direct and nested ones */
    size_t group_count;
    arena *memory; /* holds all of it, the person included */
} directory_person;

void directory_person_free(directory_person *p); /* NULL is fine */

typedef struct directory directory; /* the desk: who waits, and which servers failed lately */

directory *directory_new(void); /* NULL: no memory */
/* Ends what is being asked; from now on nobody is. NULL is fine. */
void directory_stop(directory *d);
/* After directory_stop() and when no caller is inside any more. NULL is fine. */
void directory_free(directory *d);

/*
 * Name and password. PLATEN_E_UNAUTHENTICATED with one text for nobody of that name, a wrong or
 * empty password, another domain, an account that is disabled: the log says which. All else is the
 * directory's trouble and no reason to count a failure: PLATEN_E_STATE not enabled or set up,
 * PLATEN_E_UNREACHABLE no server to be reached or its certificate is not good,
 * PLATEN_E_TIMEOUT, PLATEN_E_UNAVAILABLE too many ask, PLATEN_E_AUTH the searching user is
 * refused, PLATEN_E_DEVICE the server's own error, PLATEN_E_TOO_LARGE too many groups.
 */
platen_code directory_login(directory *d, const directory_config *c, const char *user,
                            const char *password, directory_person **out, platen_error *err);

/* ---- trying what is set ---- */

typedef struct directory_step {
    const char *step; /* "connect", "base", "search", "user", "password", "groups", "role",
                         "regions", "keytab" */
    bool ok;
    const char *text; /* one line, no secret */
} directory_step;

typedef struct directory_report {
    const directory_step *steps;
    size_t count;
    arena *memory; /* holds all of it, the report included */
} directory_report;

void directory_report_free(directory_report *r); /* NULL is fine */

/*
 * Connects to every server, then looks for `user` at the first that works, tries `password`, and
 * says what the groups give; both may be NULL or "". What fails is a step that says why, not an
 * error of the call. Works also while the directory is not enabled.
 */
platen_code directory_test(directory *d, const directory_config *c, const char *user,
                           const char *password, directory_report **out, platen_error *err);

/* ---- single sign-on (ACC-20 to ACC-28) ---- */

/* Whose ticket a token held, and what proves this server to the browser. */
typedef struct directory_ticket {
    directory_name name; /* "alice", "EXAMPLE.ORG" */
    bool own_realm;      /* the realm is that of this service */
    strbuf reply;        /* bytes for WWW-Authenticate; may be empty */
} directory_ticket;

/*
 * Takes a SPNEGO token (RFC 4559) by the keytab that is set. Nobody else is asked. A token that is
 * not good, has been seen before, is too old or for another service is PLATEN_E_UNAUTHENTICATED
 * with a text that may be shown; so is a browser that offers another way than Kerberos.
 * PLATEN_E_STATE: not enabled, or no usable key. directory_ticket_fini() in any case.
 */
platen_code directory_accept(const directory_config *c, const void *token, size_t length,
                             directory_ticket *out, platen_error *err);
void directory_ticket_fini(directory_ticket *t);

/* Who the ticket's owner is, found by the searching user. Codes are those of directory_login(). */
platen_code directory_lookup(directory *d, const directory_config *c, const directory_ticket *t,
                             directory_person **out, platen_error *err);

/* Whose key of the keytab is used: "HTTP/host@REALM" in `a`. PLATEN_E_INVAL when it is no keytab,
 * PLATEN_E_NOT_FOUND when it holds no such key. */
platen_code directory_service_principal(const directory_config *c, arena *a, const char **principal,
                                        platen_error *err);

/* The principals in a keytab (base64) as "HTTP/a@R, HTTP/b@R" in `a`. PLATEN_E_INVAL when it is
 * none.
 */
platen_code directory_keytab_names(const char *base64, arena *a, const char **names,
                                   platen_error *err);

/* ---- what groups give ---- */

typedef struct directory_grant {
    user_role role;
    const char *group;     /* the group that gave the role; borrowed from the mapping */
    bool regions_by_group; /* false: a system manager gives regions by hand, `regions` is empty */
    region_set regions;    /* all for system managers (ACC-88); none without a group (ACC-33) */
} directory_grant;

/* The most powerful role of all matching groups, and all their regions. A function of its arguments
 * alone. Without a group that gives a role PLATEN_E_FORBIDDEN (ACC-24, ACC-30). */
platen_code directory_map(const directory_mapping *m, const directory_group *groups, size_t count,
                          arena *a, directory_grant *out, platen_error *err);

/* The same for somebody who has logged in; without a role PLATEN_E_UNAUTHENTICATED with the text
 * of a wrong password, and the log says which groups were seen. */
platen_code directory_admit(const directory_config *c, const directory_person *p, arena *a,
                            directory_grant *out, platen_error *err);

#endif
