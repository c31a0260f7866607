/*
 * A manager for tests of the agent's end of the channel: its own CA, an HTTPS server over plain
 * OpenSSL, the calls of docs/link.md with answers that the test decides. Shares no code with
 * core/http or core/rest.
 */
#ifndef PLATEN_TESTS_MANAGER_DOUBLE_H
#define PLATEN_TESTS_MANAGER_DOUBLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <openssl/ssl.h>

#define DOUBLE_CONNECTIONS 32

typedef struct manager_double {
    EVP_PKEY *ca_key, *server_key;
    X509 *ca, *server;
    SSL_CTX *context;
    unsigned port;
    int listener; /* -1: down */
    pthread_t thread;

    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t changed;
    int sockets[DOUBLE_CONNECTIONS]; /* -1: free */
    unsigned connections;
    bool stopping;
    char secret[64];   /* of the activation key that is taken */
    unsigned requests; /* of any kind: whether anything was said at all */
    unsigned activations, hellos, polls, questions;
    unsigned naked;    /* calls without a client certificate, but for activate */
    unsigned packed;   /* requests with Content-Encoding: gzip */
    char boot[64];     /* of the last hello */
    int64_t last_room; /* of the last poll */
    int64_t last_number;
    int last_held;     /* jobs that it named */
    bool out_of_count; /* numbers of polls did not grow by one within a boot */
    cJSON *over;       /* array: given with the next poll, once */
    cJSON *jobs;       /* array: given with the next poll, once */
    cJSON *cancels;
    cJSON *config;      /* given with hello and when its version is another */
    cJSON *batches;     /* of {"boot","seq","results"}: committed, in order, without repeats */
    unsigned repeats;   /* batches that were there already */
    int results_status; /* instead of an answer to /results, 0: none */
    unsigned results_refusals; /* how often results_status is still given */
    unsigned lost_answers;     /* answers to /results that are lost after the commit */
    bool deactivated;
} manager_double;

void double_init(manager_double *d); /* CA and certificates */
void double_fini(manager_double *d);
void double_up(manager_double *d);   /* on the port it had before, or a free one */
void double_down(manager_double *d); /* every connection breaks */

/* "plk_<secret>.<fingerprint>" */
void double_key(const manager_double *d, const char *secret, char text[256]);
/* `far`: by an address that is not the caller's own. */
void double_url(const manager_double *d, bool far, char text[64]);

/* Waits until `done` is true with the mutex held; false after `seconds`. */
bool double_wait(manager_double *d, bool (*done)(const manager_double *d, int64_t value),
                 int64_t value, int seconds);

#endif
