/* Taking targets of tasks out of a body: which there are, and who may name them. */
#include "core/rest/rest_task_targets.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/link/link_manager.h"
#include "core/model/group.h"
#include "core/rest/rest_regions.h"
#include "core/rest/services.h"

#define REST_TASK_TARGETS_MAX 5000

static platen_code wrong_target(rest_request *r, const char *member, int index, const char *code,
                                const char *text, platen_error *err)
{
    const char *pointer = arena_printf(rest_arena(r), "/targets/%s/%d", member, index);
    rest_invalid(r, pointer != NULL ? pointer : "/targets", code, text);
    return error_set(err, PLATEN_E_INVAL, "%s", text);
}

/* A search finds devices of every region: it is not for who has some only (TSK-15). */
static platen_code agent_targets(rest_request *r, const cJSON *agents, const region_list *regions,
                                 strbuf *out, platen_error *err)
{
    const cJSON *item = NULL;
    int index = 0;
    if (!rest_regions_of(r)->all) {
        return error_set(err, PLATEN_E_FORBIDDEN, "tasks of agents reach devices of every region");
    }
    if (regions->count > 0) {
        rest_invalid(r, "/regions", "kind", "a task of agents has no regions");
        return error_set(err, PLATEN_E_INVAL, "a task of agents has no regions");
    }
    cJSON_ArrayForEach(item, agents)
    {
        int64_t id = 0;
        if (link_agent_id(rest_services(r)->link, item->valuestring, &id, NULL) != PLATEN_OK) {
            return wrong_target(r, "agents", index, "not-found", "there is no such agent", err);
        }
        strbuf_appendf(out, "%s%" PRId64, index++ > 0 ? "," : "", id);
    }
    return PLATEN_OK;
}

/* One that is not of who asks is not there for them. */
static platen_code check_device(rest_request *r, store_conn *conn, const region_set *regions,
                                int64_t id, int index, platen_error *err)
{
    int64_t region = 0;
    platen_code rc = region_of_device(conn, id, &region, NULL);
    if (rc == PLATEN_E_NOT_FOUND || (rc == PLATEN_OK && !rest_in_regions(r, region))) {
        return wrong_target(r, "devices", index, "not-found", "there is no such device", err);
    }
    if (rc == PLATEN_OK && !region_may_hold(regions, region)) { /* ACC-84 */
        return wrong_target(r, "devices", index, "region",
                            "the device is not of the task's regions", err);
    }
    return rc == PLATEN_OK ? rc : error_set(err, rc, "the region of device %" PRId64, id);
}

/* A group holds devices of the task's regions only when its own are among them (ACC-84). */
static platen_code check_group(rest_request *r, store_conn *conn, const region_list *regions,
                               int64_t id, int index, platen_error *err)
{
    const region_set set = region_list_set(regions);
    region_list own = {.count = 0};
    group_row g;
    platen_code rc = group_read(conn, rest_arena(r), id, &g, NULL);
    if (rc == PLATEN_OK) {
        rc = group_row_regions(&g, &own, err);
    }
    const region_set of_group = region_list_set(&own);
    if (rc == PLATEN_E_NOT_FOUND ||
        (rc == PLATEN_OK && !region_may_operate(rest_regions_of(r), &of_group))) {
        return wrong_target(r, "groups", index, "not-found", "there is no such group", err);
    }
    if (rc == PLATEN_OK && !region_may_operate(&set, &of_group)) {
        return wrong_target(r, "groups", index, "region",
                            "the group is not of the task's regions alone", err);
    }
    return rc == PLATEN_OK ? rc : error_set(err, rc, "group %" PRId64 " cannot be read", id);
}

static platen_code group_targets(rest_request *r, store_conn *conn, const cJSON *groups,
                                 const region_list *regions, strbuf *out, platen_error *err)
{
    const cJSON *item = NULL;
    int index = 0;
    cJSON_ArrayForEach(item, groups)
    {
        int64_t id = strtoll(item->valuestring, NULL, 10);
        PLATEN_TRY(check_group(r, conn, regions, id, index, err));
        strbuf_appendf(out, "%s%" PRId64, index++ > 0 ? "," : "", id);
    }
    return PLATEN_OK;
}

static platen_code device_targets(rest_request *r, const cJSON *targets, const region_list *regions,
                                  strbuf *out, platen_error *err)
{
    const region_set set = region_list_set(regions);
    const cJSON *item = NULL;
    int index = 0;
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = PLATEN_OK;
    cJSON_ArrayForEach(item, json_get_array(targets, "devices"))
    {
        int64_t id = strtoll(item->valuestring, NULL, 10);
        rc = check_device(r, conn, &set, id, index, err);
        if (rc != PLATEN_OK) {
            break;
        }
        strbuf_appendf(out, "%s%" PRId64, index++ > 0 ? "," : "", id);
    }
    strbuf_append(out, "],\"groups\":[");
    if (rc == PLATEN_OK) {
        rc = group_targets(r, conn, json_get_array(targets, "groups"), regions, out, err);
    }
    store_read_end(conn);
    return rc;
}

/* Members of "targets" that the kind has no use for. */
static platen_code refuse_others(rest_request *r, const task_kind *kind, const cJSON *targets,
                                 platen_error *err)
{
    static const char *const members[] = {"agents", "devices", "groups"};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        bool fits =
            (kind->targets == KIND_AGENTS && i == 0) || (kind->targets == KIND_DEVICES && i > 0);
        const char *pointer = arena_printf(rest_arena(r), "/targets/%s", members[i]);
        const cJSON *given = json_get_array(targets, members[i]);
        if (given != NULL && !fits && (kind->targets != KIND_NONE || given->child != NULL)) {
            rest_invalid(r, pointer != NULL ? pointer : "/targets", "kind",
                         "this kind of task has other targets");
            return error_set(err, PLATEN_E_INVAL, "'%s' has other targets", kind->id);
        }
    }
    return PLATEN_OK;
}

/* TSK-38: devices and groups together. */
static platen_code check_count(rest_request *r, const cJSON *targets, platen_error *err)
{
    int count = cJSON_GetArraySize(json_get_array(targets, "devices")) +
                cJSON_GetArraySize(json_get_array(targets, "groups"));
    if (count <= REST_TASK_TARGETS_MAX) {
        return PLATEN_OK;
    }
    rest_invalid(r, "/targets", "items", "at most 5000 devices and groups");
    return error_set(err, PLATEN_E_INVAL, "%d targets are more than %d", count,
                     REST_TASK_TARGETS_MAX);
}

platen_code rest_task_take(rest_request *r, const task_kind *kind, bool fresh, region_list *regions,
                           strbuf *out, platen_error *err)
{
    const cJSON *targets = json_get_object(rest_body(r), "targets");
    region_list chosen;
    bool given = false;
    PLATEN_TRY(refuse_others(r, kind, targets, err));
    PLATEN_TRY(check_count(r, targets, err));
    PLATEN_TRY(rest_take_regions(r, fresh, &chosen, &given, err));
    if (fresh || given) {
        *regions = chosen;
    }
    if (!fresh && targets == NULL) {
        return PLATEN_OK;
    }
    if (kind->targets == KIND_NONE) {
        strbuf_append(out, "{}");
        return PLATEN_OK;
    }
    bool of_agents = kind->targets == KIND_AGENTS;
    strbuf_append(out, of_agents ? "{\"agents\":[" : "{\"devices\":[");
    PLATEN_TRY(of_agents ? agent_targets(r, json_get_array(targets, "agents"), regions, out, err)
                         : device_targets(r, targets, regions, out, err));
    strbuf_append(out, "]}");
    return PLATEN_OK;
}
