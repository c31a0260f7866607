/*
 * Publishers whose packages are taken: a folder with a JSON file a publisher,
 * `<id>.json` {"name","key" (PEM),"added","revoked","expires"}, times in RFC 3339 or null.
 * The id of a publisher is the SHA-256 of the raw public Ed25519 key, in hex.
 *
 * A trust is a reading of that folder at one moment and has one owner: whoever serves several
 * threads opens one a question, which costs a file a publisher. Changes are written whole and are
 * on the disk when the call returns. A revoked publisher stays, so that it cannot be added again by
 * mistake and old packages still say whose they were.
 */
#ifndef PLATEN_PACK_TRUST_H
#define PLATEN_PACK_TRUST_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

#define TRUST_ID 65          /* SHA-256 in hex, with its NUL */
#define TRUST_KEY 32         /* bytes of a raw Ed25519 public key */
#define TRUST_PUBLISHERS 256 /* at most */

typedef struct trust trust;

typedef struct trust_publisher {
    char id[TRUST_ID];
    const char *name;
    const char *key;           /* PEM */
    uint8_t public[TRUST_KEY]; /* the same, raw */
    int64_t added;             /* ms UTC */
    int64_t revoked;           /* ms UTC, 0: not */
    int64_t expires;           /* ms UTC, 0: never */
} trust_publisher;

/* Reads the folder, which may be absent (then nobody is trusted). `folder` NULL: one in memory
 * only, for those who get the publishers from elsewhere. A file that is wrong is CORRUPT. */
platen_code trust_open(const char *folder, trust **out, platen_error *err);
void trust_close(trust *t); /* NULL is fine */

size_t trust_count(const trust *t);
/* In order of their names; borrowed until the next change, NULL past the end. */
const trust_publisher *trust_get(const trust *t, size_t index);
const trust_publisher *trust_find(const trust *t, const char *id); /* NULL when there is none */

/* "trusted", "expired" or "revoked" at that time. */
const char *trust_state(const trust_publisher *p, int64_t now);

/* Adds a publisher: a public Ed25519 key in PEM. `expires` 0: never. INVAL (no such key, no name,
 * name over 200 bytes), EXISTS (also when it was revoked), TOO_LARGE. Makes the folder (0700). */
platen_code trust_add(trust *t, const char *name, const char *pem, int64_t now, int64_t expires,
                      const trust_publisher **out, platen_error *err);
/* From now on nothing that it signed is taken. Again is fine; NOT_FOUND. */
platen_code trust_revoke(trust *t, const char *id, int64_t now, platen_error *err);

/* The id of a public key in PEM; INVAL when it is none of Ed25519. */
platen_code trust_id_of(const char *pem, char id[TRUST_ID], platen_error *err);

#endif
