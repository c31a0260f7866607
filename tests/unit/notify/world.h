/*
 * What the tests of mails and webhooks share: real servers (tests/servers) as child processes,
 * their certificates, and what they have received.
 */
#ifndef PLATEN_TESTS_NOTIFY_WORLD_H
#define PLATEN_TESTS_NOTIFY_WORLD_H

#include <stdbool.h>
#include <sys/types.h>

#include "fixture.h"

#include <cjson/cJSON.h>

#include "core/http/certs.h"
#include "core/notify/notify.h"

typedef struct server {
    pid_t pid;
    int port;
    char folder[64];
} server;

/* Starts tests/servers/<program> with `arguments` (NULL ends them) on `port` (0: a free one). Skips
 * the test when Debian's python3-aiosmtpd is not there. */
void server_start(server *s, const char *program, int port, const char *const *arguments);
void server_kill(server *s); /* what it has received stays */
void server_again(server *s, const char *program, const char *const *arguments); /* same port */
void server_stop(server *s);
void server_behave(const server *s, const char *behaviour); /* "": well */

/* What was received, as an array of the lines of `file` ("mails", "hooks"). */
cJSON *server_received(const server *s, const char *file);
size_t server_count(const server *s, const char *file);
/* Waits until there are `count`; fails the test after 20 s. */
void server_wait(const server *s, const char *file, size_t count);

/* A CA and a certificate for localhost and 127.0.0.1, made once a program. */
const certs_files *world_certs(void);
void world_certs_remove(void);

/* A store with all tables that this room needs, as fixture_sqlite/pgsql have opened it. */
store *world_tables(void **state);
secret_key *world_key(void);

/* Sets the preferences of mail to `json` (with ' for "), with %d for the port. */
void world_mail(store *s, const secret_key *key, const char *json, int port);
int64_t world_webhook(store *s, const secret_key *key, const char *name, const char *url,
                      const char *token, int64_t events);

extern const user_record world_user; /* "Ada", ada@example.com */

/* Waits up to 20 s for `SELECT count(*) FROM notify_outbox WHERE <where>` to be `count`. */
void world_wait_rows(store *s, const char *where, int64_t count);
char *world_row_text(store *s, const char *sql); /* the caller frees */

#endif
