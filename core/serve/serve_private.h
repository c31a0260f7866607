/*
 * What the files of the download port share. Locks, in their order: `port` (starting and stopping
 * to listen, and whoever publishes meanwhile), `hashing` (one Argon2id at a time), `lock` (the
 * shelf; held for a small file, and for a body that is new).
 */
#ifndef PLATEN_SERVE_PRIVATE_H
#define PLATEN_SERVE_PRIVATE_H

#include <pthread.h>

#include "core/base/file.h"
#include "core/http/http.h"
#include "core/serve/serve.h"
#include "core/serve/shelf.h"

#define LOGIN_KEY 32u

struct serve {
    char folder[FILE_PATH];
    char address[NET_TEXT];
    char name[128];
    int https_port, http_port; /* as wished */
    shelf *shelf;
    http_server *server;          /* NULL: nothing is listened on; `port` guards it */
    int https_open, http_open;    /* -1: not; `lock` guards them */
    unsigned char key[LOGIN_KEY]; /* of proofs, this process's alone */
    /* The login that was hashed last, which many devices have; `port` guards it. */
    char *last_hash;
    unsigned char last_proof[SHELF_PROOF];
    int64_t swept; /* clock_mono(); main thread */
    pthread_mutex_t port, hashing, lock;
};

/* ---- login.c ---- */

/* What a login is compared with while this process lives. */
void login_proof(const serve *s, const char *user, const char *password,
                 unsigned char proof[SHELF_PROOF]);
bool login_same(const unsigned char a[SHELF_PROOF], const unsigned char b[SHELF_PROOF]);
/* Argon2id, one at a time. */
platen_code login_hash(serve *s, const char *password, char **hash, platen_error *err);
bool login_verify(serve *s, const char *hash, const char *password);
/* User and password of a header "Basic ..."; false: it is none. The caller wipes `room`, which they
 * are borrowed from. */
bool login_read(const char *header, char *room, size_t size, const char **user,
                const char **password);

/* ---- serve.c ---- */

typedef struct serve_wish {
    const char *driver, *user, *password;
    net_address address; /* of the device, without a zone */
    const platen_serve_item *item;
} serve_wish;

platen_code serve_publish(serve *s, const serve_wish *wish, platen_serve_place *out,
                          platen_error *err);
platen_code serve_look(serve *s, const char *driver, const char *name, const net_address *address,
                       platen_serve_place *out, platen_error *err);
platen_code serve_withdraw(serve *s, const char *driver, const char *name,
                           const net_address *address, platen_error *err);
serve *serve_here(void); /* the one that is open, or NULL */

/* ---- door.c ---- */

void door_handle(http_exchange *x, void *user); /* of http_options; `user` is the serve */

#endif
