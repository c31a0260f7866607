/* A real OpenLDAP server for the tests of this room, with people and groups (slapd.sh), and peers
 * that do not behave. */
#ifndef PLATEN_TESTS_SLAPD_WORLD_H
#define PLATEN_TESTS_SLAPD_WORLD_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/directory/directory.h"

#define BASE "dc=example,dc=org"

typedef struct slapd_world {
    char folder[64];
    int plain; /* ports */
    int tls;
    char *ca; /* PEM of its authority, and of one that signed nothing */
    char *stranger;
    directory *desk;
    directory_server servers[3];
    directory_config config; /* TLS to the server, a searching user; tests change it */
} slapd_world;

/* cmocka's group set-up: 77 from the script skips all tests (exit). */
int slapd_world_open(void **state);
int slapd_world_close(void **state);
/* Before each test: the configuration as it was, the server running with a good certificate. */
int slapd_world_reset(void **state);

void slapd_start(slapd_world *w, const char *certificate); /* "good", "expired", "other" */
void slapd_stop(slapd_world *w);

/* A listener that takes connections and never says a word; its port. */
int mute_open(int *port);

/* A listener that answers the first connection with `bytes`, one each `pause_ms` (0: all at once),
 * then says no more until hostile_close(). */
typedef struct hostile {
    int listener;
    int port;
    const void *bytes;
    size_t length;
    unsigned pause_ms;
    pthread_t thread;
} hostile;
void hostile_open(hostile *h, const void *bytes, size_t length, unsigned pause_ms);
void hostile_close(hostile *h);

#endif
