/*
 * What is published, by device: places with their tokens and logins, and bodies, each once, in
 * sealed files of <data>/download. Not thread-safe: serve.c has the lock.
 *
 * A place's file is place-<id>, a body's body-<digest>. A body is written before the place that
 * names it, and removed after: what a crash leaves behind is removed when the shelf is read.
 */
#ifndef PLATEN_SERVE_SHELF_H
#define PLATEN_SERVE_SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/net.h"

#define SHELF_PLACES 100000u
#define SHELF_BYTES (256u << 20) /* of all bodies */
#define SHELF_ID 65u             /* SHA-256 of the token in hex */
#define SHELF_TOKEN 44u          /* 32 random bytes as base64url */
#define SHELF_TYPE 97u
#define SHELF_NAME 49u
#define SHELF_DRIVER 64u
#define SHELF_REFUSAL 64u
#define SHELF_PROOF 32u

typedef struct place {
    char id[SHELF_ID];
    char token[SHELF_TOKEN];
    char driver[SHELF_DRIVER];
    char name[SHELF_NAME];
    char type[SHELF_TYPE];
    char digest[SHELF_ID]; /* of the body, "" none */
    char refusal[SHELF_REFUSAL];
    net_address address; /* of the device, without a zone */
    char *user;          /* NULL: nothing was published yet */
    char *hash;          /* of the password, Argon2id */
    uint64_t length;
    int64_t used, published, until, fetched, refused; /* ms UTC */
    uint32_t fetches;
    /* Not kept over restarts: */
    unsigned char proof[SHELF_PROOF]; /* of the login that was good, with this process's key */
    bool proven;
    uint32_t wrong;      /* logins since wrong_since */
    int64_t wrong_since; /* clock_mono() */
} place;

typedef struct shelf shelf;

/* Makes the folder and its key where they are not there; what cannot be read is told and removed.
 */
platen_code shelf_open(const char *folder, shelf **out, platen_error *err);
void shelf_free(shelf *s);

/* Borrowed until the next call that changes the shelf; NULL: there is none. */
place *shelf_find(shelf *s, const char *driver, const char *name, const net_address *address);
place *shelf_by_id(shelf *s, const char *id);
/* A new place, with a token; it is not kept before shelf_keep(). TOO_LARGE: there are too many. */
platen_code shelf_add(shelf *s, const char *driver, const char *name, const net_address *address,
                      place **out, platen_error *err);
/* Writes the place's file. */
platen_code shelf_keep(shelf *s, place *p, platen_error *err);

/* Gives the place that body, and keeps it. TOO_LARGE. The place is as it was after a failure. */
platen_code shelf_put(shelf *s, place *p, const void *data, size_t length, const char *digest,
                      platen_error *err);
/* Takes the body from the place, and keeps that. */
platen_code shelf_take(shelf *s, place *p, platen_error *err);
/* Bodies whose time is over at `now`, and places that nobody has used for more than a year. */
void shelf_sweep(shelf *s, int64_t now);

size_t shelf_bodies(const shelf *s); /* places with one */

/* Reads a body's file; any thread, without the lock. The caller frees it. */
platen_code shelf_read(const shelf *s, const char *digest, char **data, size_t *length,
                       platen_error *err);

void shelf_digest(const void *data, size_t length, char digest[SHELF_ID]);
/* The id of a token as it came in a path. */
void shelf_id_of(const char *token, char id[SHELF_ID]);

#endif
