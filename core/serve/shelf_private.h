/* What shelf.c and shelf_file.c share. */
#ifndef PLATEN_SERVE_SHELF_PRIVATE_H
#define PLATEN_SERVE_SHELF_PRIVATE_H

#include "core/base/file.h"
#include "core/base/map.h"
#include "core/secret/secret.h"
#include "core/serve/shelf.h"

typedef struct body {
    size_t places; /* that have it */
    uint64_t length;
} body;

struct shelf {
    char folder[FILE_PATH];
    secret_key *key;
    map *by_id;  /* id -> place */
    map *by_key; /* driver, name, address -> place */
    map *bodies; /* digest -> body */
    uint64_t bytes;
    size_t with_body;
};

/* shelf_file.c */
platen_code shelf_write_place(const shelf *s, const place *p, platen_error *err);
platen_code shelf_write_body(const shelf *s, const char *digest, const void *data, size_t length,
                             platen_error *err);
void shelf_remove_file(const shelf *s, const char *prefix, const char *name);
/* Reads every file of places and hands each to shelf_hold(); then removes bodies of none. */
platen_code shelf_read_all(shelf *s, platen_error *err);

/* shelf.c: takes over a place that was read; false: it cannot be held (`p` is still the caller's).
 */
bool shelf_hold(shelf *s, place *p);
void place_free(place *p);

#endif
