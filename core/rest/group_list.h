/*
 * Groups as lists know them: a dynamic group is a plan over the device list, which stands in the
 * SQL of whatever asks for the group (DEV-100, DEV-144). Who may not operate a group does not see
 * it.
 */
#ifndef PLATEN_REST_GROUP_LIST_H
#define PLATEN_REST_GROUP_LIST_H

#include "core/model/group.h"
#include "core/rest/list_plan.h"

/* In the arena that it was made with. */
typedef struct list_group {
    int64_t id;
    const char *name;
    bool dynamic;
    bool broken;    /* its filters are not understood any more: it has no devices */
    list_plan plan; /* of a dynamic one, with the group's regions */
    region_list regions;
    region_set set; /* of `regions` */
} list_group;

/* One "field:op:value" a text of the array. PLATEN_E_INVAL after telling `complain` of the filters,
 * "filters/N" as parameter. No filter of groups or of the managed. */
platen_code group_plan_read(arena *a, const cJSON *filters, list_complain complain, void *user,
                            list_plan *out, platen_error *err);

platen_code list_group_make(arena *a, const group_row *row, list_group **out, platen_error *err);

/* Gives the filters on groups of a plan their groups; one that is not there, or not for `who`, has
 * no devices. A plan of a dynamic group and nothing that it filters by becomes that group's. */
platen_code list_groups_attach(store_conn *conn, arena *a, const region_set *who, list_plan *plan,
                               platen_error *err);

/* "SELECT d.id, (in the first group), (in the second), ..." of the devices :k0 to :k199. Pure. */
platen_code list_groups_sql(const list_group *const *groups, size_t count, store_dialect dialect,
                            const char *region, strbuf *sql, arena *a, list_value *values,
                            size_t *value_count, platen_error *err);

/* For runs_hooks: the managed devices that the groups have now. Runs on the writer. */
platen_code group_devices(store_conn *conn, const int64_t *groups, size_t count, int64_t **devices,
                          size_t *device_count, void *user, platen_error *err);

/* How many managed devices a group has: of a dynamic one as it was counted in the last half
 * minute, unless `now`. */
platen_code list_group_count(rest_request *r, store_conn *conn, const group_row *row, bool now,
                             int64_t *out, platen_error *err);

/* ---- the groups of some devices ---- */

typedef struct group_page {
    arena *arena;
    const region_set *who;
    bool loaded;
    list_group **groups; /* those that `who` may see */
    size_t group_count;
    struct group_match *matches; /* sorted by device and group */
    size_t match_count;
} group_page;

group_page group_page_of(rest_request *r);
/* Looks up the groups of these devices, LIST_SIZE_MAX at most; what was known of others is
 * forgotten. */
platen_code group_page_find(group_page *p, store_conn *conn, const int64_t *devices, size_t count,
                            platen_error *err);
/* The member "groups": [{"id","name"}]. */
void group_page_write(const group_page *p, int64_t device, json_writer *w);

#endif
