/* See shelf.h: places and bodies in memory. */
#include "core/serve/shelf_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "core/base/clock.h"
#include "core/base/strbuf.h"
#include "core/base/text.h"

#define UNUSED_MS (400 * INT64_C(86400000)) /* a place without a body is kept so long */
#define KEY_MAX (SHELF_DRIVER + SHELF_NAME + 16)

void shelf_digest(const void *data, size_t length, char digest[SHELF_ID])
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    (void)SHA256(data, length, hash);
    text_hex(digest, hash, sizeof(hash));
}

void shelf_id_of(const char *token, char id[SHELF_ID])
{
    secret_token_hash(token, id);
}

void place_free(place *p)
{
    if (p != NULL) {
        free(p->user);
        free(p->hash);
        explicit_bzero(p, sizeof(*p));
        free(p);
    }
}

static void free_place(void *value)
{
    place_free(value);
}

/* The key of by_key; its length. */
static size_t make_key(char key[KEY_MAX], const char *driver, const char *name,
                       const net_address *address)
{
    size_t driver_length = strlen(driver) + 1;
    size_t name_length = strlen(name) + 1;
    memcpy(key, driver, driver_length);
    memcpy(key + driver_length, name, name_length);
    memcpy(key + driver_length + name_length, address->bytes, sizeof(address->bytes));
    return driver_length + name_length + sizeof(address->bytes);
}

static bool index_place(shelf *s, place *p)
{
    char key[KEY_MAX];
    size_t length = make_key(key, p->driver, p->name, &p->address);
    if (!map_set(s->by_key, key, length, p, NULL)) {
        return false;
    }
    if (!map_set(s->by_id, p->id, strlen(p->id), p, NULL)) {
        (void)map_remove(s->by_key, key, length);
        return false;
    }
    return true;
}

static void drop_place(shelf *s, place *p)
{
    char key[KEY_MAX];
    size_t length = make_key(key, p->driver, p->name, &p->address);
    (void)map_remove(s->by_key, key, length);
    (void)map_remove(s->by_id, p->id, strlen(p->id));
    shelf_remove_file(s, "place", p->id);
    place_free(p);
}

/* ---- bodies ---- */

static bool body_hold(shelf *s, const char *digest, uint64_t length)
{
    body *b = map_get(s->bodies, digest, strlen(digest));
    if (b == NULL) {
        b = calloc(1, sizeof(*b));
        if (b == NULL || !map_set(s->bodies, digest, strlen(digest), b, NULL)) {
            free(b);
            return false;
        }
        b->length = length;
        s->bytes += length;
    }
    b->places++;
    s->with_body++;
    return true;
}

static void body_drop(shelf *s, const char *digest)
{
    body *b = map_get(s->bodies, digest, strlen(digest));
    if (b == NULL) {
        return;
    }
    s->with_body--;
    if (--b->places == 0) {
        (void)map_remove(s->bodies, digest, strlen(digest));
        s->bytes -= b->length;
        free(b);
        shelf_remove_file(s, "body", digest);
    }
}

bool shelf_hold(shelf *s, place *p)
{
    if (map_count(s->by_id) >= SHELF_PLACES || shelf_by_id(s, p->id) != NULL ||
        shelf_find(s, p->driver, p->name, &p->address) != NULL || !index_place(s, p)) {
        return false;
    }
    if (p->digest[0] != '\0' && !body_hold(s, p->digest, p->length)) {
        p->digest[0] = '\0';
    }
    return true;
}

/* ---- open and free ---- */

platen_code shelf_open(const char *folder, shelf **out, platen_error *err)
{
    shelf *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for what is published");
    }
    int length = snprintf(s->folder, sizeof(s->folder), "%s", folder);
    s->by_id = map_new();
    s->by_key = map_new();
    s->bodies = map_new();
    platen_code rc =
        length > 0 && (size_t)length < sizeof(s->folder)
            ? PLATEN_OK
            : error_set(err, PLATEN_E_INVAL, "the path of the data folder is too long");
    if (rc == PLATEN_OK && (s->by_id == NULL || s->by_key == NULL || s->bodies == NULL)) {
        rc = error_set(err, PLATEN_E_NOMEM, "no memory for what is published");
    }
    if (rc == PLATEN_OK) {
        rc = file_make_dir(folder, 0700, err);
    }
    if (rc == PLATEN_OK) {
        rc = secret_key_load(folder, true, &s->key, err);
    }
    if (rc == PLATEN_OK) {
        rc = shelf_read_all(s, err);
    }
    if (rc != PLATEN_OK) {
        shelf_free(s);
        return rc;
    }
    *out = s;
    return PLATEN_OK;
}

void shelf_free(shelf *s)
{
    if (s == NULL) {
        return;
    }
    map_free(s->by_key, NULL);
    map_free(s->by_id, free_place);
    map_free(s->bodies, free);
    secret_key_free(s->key);
    free(s);
}

/* ---- places ---- */

place *shelf_find(shelf *s, const char *driver, const char *name, const net_address *address)
{
    char key[KEY_MAX];
    if (strlen(driver) >= SHELF_DRIVER || strlen(name) >= SHELF_NAME) {
        return NULL;
    }
    size_t length = make_key(key, driver, name, address);
    return map_get(s->by_key, key, length);
}

place *shelf_by_id(shelf *s, const char *id)
{
    return map_get(s->by_id, id, strlen(id));
}

static platen_code fill(place *p, const char *driver, const char *name, const net_address *address,
                        platen_error *err)
{
    strbuf token;
    strbuf_init(&token);
    platen_code rc = secret_token(32, &token, err);
    if (rc == PLATEN_OK && (strlen(driver) >= sizeof(p->driver) ||
                            strlen(name) >= sizeof(p->name) || token.length >= sizeof(p->token))) {
        rc = error_set(err, PLATEN_E_INVAL, "a place '%.60s' of '%.70s' cannot be", name, driver);
    }
    if (rc == PLATEN_OK) {
        (void)snprintf(p->token, sizeof(p->token), "%s", token.data);
        (void)snprintf(p->driver, sizeof(p->driver), "%s", driver);
        (void)snprintf(p->name, sizeof(p->name), "%s", name);
        p->address = *address;
        p->used = clock_now();
        shelf_id_of(p->token, p->id);
    }
    explicit_bzero(token.data, token.length);
    strbuf_fini(&token);
    return rc;
}

platen_code shelf_add(shelf *s, const char *driver, const char *name, const net_address *address,
                      place **out, platen_error *err)
{
    if (map_count(s->by_id) >= SHELF_PLACES) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "this agent serves %u things already, %u are possible", SHELF_PLACES,
                         SHELF_PLACES);
    }
    place *p = calloc(1, sizeof(*p));
    platen_code rc = p != NULL ? fill(p, driver, name, address, err)
                               : error_set(err, PLATEN_E_NOMEM, "no memory for a place");
    if (rc == PLATEN_OK && !shelf_hold(s, p)) {
        rc = error_set(err, PLATEN_E_NOMEM, "no memory for a place");
    }
    if (rc != PLATEN_OK) {
        place_free(p);
        return rc;
    }
    *out = p;
    return PLATEN_OK;
}

platen_code shelf_keep(shelf *s, place *p, platen_error *err)
{
    return shelf_write_place(s, p, err);
}

platen_code shelf_put(shelf *s, place *p, const void *data, size_t length, const char *digest,
                      platen_error *err)
{
    char before[SHELF_ID];
    uint64_t before_length = p->length;
    bool there = map_get(s->bodies, digest, strlen(digest)) != NULL;
    (void)snprintf(before, sizeof(before), "%s", p->digest);
    if (!there && length > SHELF_BYTES - s->bytes) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "this agent serves %llu bytes already, with %zu more it would be over %u",
                         (unsigned long long)s->bytes, length, SHELF_BYTES);
    }
    if (!there) {
        PLATEN_TRY(shelf_write_body(s, digest, data, length, err));
    }
    if (!body_hold(s, digest, length)) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for what is published");
    }
    (void)snprintf(p->digest, sizeof(p->digest), "%s", digest);
    p->length = length;
    platen_code rc = shelf_keep(s, p, err);
    if (rc != PLATEN_OK) {
        (void)snprintf(p->digest, sizeof(p->digest), "%s", before);
        p->length = before_length;
        body_drop(s, digest);
        return rc;
    }
    if (before[0] != '\0') {
        body_drop(s, before);
    }
    return PLATEN_OK;
}

platen_code shelf_take(shelf *s, place *p, platen_error *err)
{
    char before[SHELF_ID];
    if (p->digest[0] == '\0') {
        return PLATEN_OK;
    }
    (void)snprintf(before, sizeof(before), "%s", p->digest);
    p->digest[0] = '\0';
    p->length = 0;
    p->until = 0;
    body_drop(s, before);
    return shelf_keep(s, p, err);
}

/* ---- what is over ---- */

typedef struct sweeping {
    int64_t now;
    place **list;
    size_t count;
} sweeping;

static bool collect(const void *key, size_t length, void *value, void *user)
{
    sweeping *w = user;
    place *p = value;
    (void)key;
    (void)length;
    bool over = p->digest[0] != '\0' && p->until <= w->now;
    bool unused = p->digest[0] == '\0' && p->used + UNUSED_MS <= w->now;
    if (over || unused) {
        w->list[w->count++] = p;
    }
    return true;
}

void shelf_sweep(shelf *s, int64_t now)
{
    sweeping w = {now, calloc(map_count(s->by_id) + 1, sizeof(place *)), 0};
    if (w.list == NULL) {
        return; /* the next time */
    }
    map_each(s->by_id, collect, &w);
    for (size_t i = 0; i < w.count; i++) {
        if (w.list[i]->digest[0] != '\0') {
            (void)shelf_take(s, w.list[i], NULL);
        } else {
            drop_place(s, w.list[i]);
        }
    }
    free(w.list);
}

size_t shelf_bodies(const shelf *s)
{
    return s->with_body;
}
