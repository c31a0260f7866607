/*
 * Regions in the database. The functions run on the store's writer inside a transaction of the
 * caller, but for those that say otherwise.
 */
#ifndef PLATEN_MODEL_REGION_ROW_H
#define PLATEN_MODEL_REGION_ROW_H

#include <cjson/cJSON.h>

#include "core/base/strbuf.h"
#include "core/model/region.h"
#include "core/store/store.h"

#define REGION_RANGES 1000 /* of a region */
#define REGION_SUFFIXES 200
#define REGION_IDS_MAX 200 /* regions that a thing may have */

/* Reads all ranges and suffixes but those of region `except` (0: of nobody). Any connection. */
platen_code region_book_load(store_conn *conn, int64_t except, region_book **out,
                             platen_error *err);

/* What the writer knows of regions, so that a device that moves costs no look at the tables. */
typedef struct region_map region_map;

region_map *region_map_new(void);
void region_map_free(region_map *m);
/* The regions as this transaction sees them: read anew when somebody, perhaps another manager, has
 * changed them. Borrowed until the next call. */
platen_code region_map_book(region_map *m, store_conn *conn, const region_book **book,
                            platen_error *err);

/* The ids as a text that statements take for a set: "json_each(:x)" of SQLite, "CAST(:x AS
 * BIGINT[])" of PostgreSQL. */
void region_set_write(const region_set *s, store_dialect dialect, strbuf *out);
/* The same, given to the statement as `name`. */
void region_set_bind(store_conn *conn, store_stmt *st, const char *name, const region_set *s);

/* The region of a device, 0: of none. PLATEN_E_NOT_FOUND when there is no such device. Any
 * connection. */
platen_code region_of_device(store_conn *conn, int64_t device, int64_t *region, platen_error *err);

/* ---- regions of things ---- */

/* The regions that a thing has, REGION_IDS_MAX at most. */
typedef struct region_list {
    int64_t ids[REGION_IDS_MAX];
    size_t count;
} region_list;

/* As a set: a thing without regions may hold everything. Borrows the list. */
region_set region_list_set(const region_list *l);

/* The statements of a kind of thing: its regions by :owner, one :region more, and their ids as
 * shown (:regions, JSON, of :id). `clear` may be NULL for things that never change theirs. */
typedef struct thing_sql {
    const store_sql *read, *insert, *show, *clear;
} thing_sql;

platen_code thing_regions(store_conn *conn, const thing_sql *sql, int64_t owner, region_list *out,
                          platen_error *err);
/* PLATEN_E_STATE when one of them is gone meanwhile. */
platen_code thing_put_regions(store_conn *conn, const thing_sql *sql, int64_t owner,
                              const int64_t *ids, size_t count, platen_error *err);

/* ---- changing ---- */

/* NULL keeps what is there; a new region has all of them. The arrays hold texts. */
typedef struct region_fields {
    const char *name;
    const char *timezone;
    const cJSON *addresses;
    const cJSON *suffixes;
} region_fields;

/* Told of everything that is wrong: JSON pointer, one of "range", "overlap", "format", "timezone",
 * "exists", and a sentence. */
typedef void (*region_complain)(const char *pointer, const char *code, const char *text,
                                void *user);

/* A device that is of another region than before; 0: of none. */
typedef struct region_move {
    int64_t device;
    int64_t from;
    int64_t to;
} region_move;

/* What a change led to. The moves are freed by region_change_fini(). */
typedef struct region_change {
    region_complain complain;
    void *user;
    region_move *moves;
    size_t move_count;
    size_t move_room;
} region_change;

/* Makes (`*id` 0, set then) or changes a region and assigns all devices anew. PLATEN_E_INVAL after
 * complaining, PLATEN_E_NOT_FOUND. ACC-72 to ACC-78. */
platen_code region_put(store_conn *conn, int64_t *id, const region_fields *fields, int64_t now,
                       region_change *change, platen_error *err);

/* PLATEN_E_STATE naming users, groups and tasks that have it. */
platen_code region_remove(store_conn *conn, int64_t id, region_change *change, platen_error *err);

void region_change_fini(region_change *change);

#endif
