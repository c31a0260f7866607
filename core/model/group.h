/*
 * Device groups (DEV-142 to DEV-153): static ones have the devices that were chosen, dynamic ones
 * those that meet a filter. A group has its own devices only, not those of the groups below it. The
 * functions run on the store's writer inside a transaction of the caller, but for those that say
 * otherwise.
 */
#ifndef PLATEN_MODEL_GROUP_H
#define PLATEN_MODEL_GROUP_H

#include "core/base/arena.h"
#include "core/model/region_row.h"
#include "core/store/store.h"

#define GROUP_MEMBERS_MAX 5000 /* of a static group: DEV-153, ERR-14 */
#define GROUP_LEVELS_MAX 10
#define GROUP_NAME_MAX 255
#define GROUP_PATH_MAX 2560 /* bytes */
#define GROUP_SEPARATOR '\x1f'

typedef struct group_row {
    int64_t id;
    const char *name;
    const char *path;
    int64_t parent; /* 0: none */
    bool dynamic;
    bool level; /* made from a name: takes no devices (PRF-30) */
    const char *comment;
    const char *filters; /* JSON array of texts */
    const char *regions; /* JSON array of ids as texts */
} group_row;

/* Texts are the arena's. PLATEN_E_NOT_FOUND. Any connection. */
platen_code group_read(store_conn *conn, arena *a, int64_t id, group_row *out, platen_error *err);
/* Every group. Any connection. */
platen_code group_read_all(store_conn *conn, arena *a, group_row **out, size_t *count,
                           platen_error *err);
/* The ids of `regions`; a damaged text is PLATEN_E_CORRUPT. */
platen_code group_row_regions(const group_row *g, region_list *out, platen_error *err);

/* How groups are named (PRF-27 to PRF-30): in a list a name has all its levels. */
typedef struct group_naming {
    bool list;
    char delimiter;
} group_naming;

/* The path with the delimiter between its names; the arena's. */
const char *group_show_path(arena *a, const char *path, char delimiter);

/* NULL keeps what is there. */
typedef struct group_fields {
    const char *name; /* of a list: with its levels */
    const char *comment;
    bool has_parent; /* `parent` is meant */
    int64_t parent;  /* 0: none */
    bool dynamic;    /* of a new one: DEV-145 */
    const char *filters;
    const region_list *regions;
    group_naming naming;
} group_fields;

/* Told what is wrong: "/name" with "delimiter", "length", "exists", "levels"; "/parent" with
 * "not-found", "loop", "view". */
typedef void (*group_complain)(const char *pointer, const char *code, const char *text, void *user);

/* Makes a group (`*id` 0, set then) or changes one; upper levels that a name has and that are not
 * there are made with it. PLATEN_E_INVAL after complaining, PLATEN_E_NOT_FOUND. */
platen_code group_put(store_conn *conn, int64_t *id, const group_fields *fields, int64_t now,
                      group_complain complain, void *user, platen_error *err);

/* PLATEN_E_STATE when there are groups below or tasks that have it as a target; upper levels that
 * are made from names and are not needed any more go too. */
platen_code group_remove(store_conn *conn, int64_t id, platen_error *err);

/* Puts devices into a static group and takes others out, all or none; DEV-143. `refused` (may be
 * NULL) is the index in `add` of a device that is not there, not of the group's regions (ACC-82) or
 * not of `who`, with PLATEN_E_INVAL; -1 when there would be more than GROUP_MEMBERS_MAX. */
typedef struct group_members {
    const int64_t *add;
    size_t add_count;
    const int64_t *remove;
    size_t remove_count;
    const region_set *who;
    int64_t refused;
    const char *why; /* "not-found", "region" or "items" */
} group_members;
platen_code group_change_members(store_conn *conn, int64_t id, group_members *members,
                                 platen_error *err);

#endif
