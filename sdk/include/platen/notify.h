/*
 * notify/1: events of the feature for webhooks and for open pages. A system manager chooses per
 * webhook which events it is told; the feature's stand among the core's own. Since 1.2, manager
 * only.
 */
#ifndef PLATEN_NOTIFY_SDK_H
#define PLATEN_NOTIFY_SDK_H

#include <platen/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLATEN_EVENT_PARAMS_MAX 16384u /* bytes of the JSON of one event */

typedef struct platen_event {
    uint32_t size;
    uint32_t flags;    /* none is known yet: 0 */
    const char *type;  /* "<plugin>.<word>" of a-z, 0-9 and '-': "hello.greeted" */
    const char *title; /* key of the plugin's catalogue, or English text; 1 to 200 bytes */
} platen_event;

#define PLATEN_EVENT_INIT                                                                          \
    {                                                                                              \
        (uint32_t)sizeof(platen_event), 0, NULL, NULL                                              \
    }

typedef struct platen_notify {
    uint32_t size;

    /* In load() only; copied. */
    platen_code (*event_add)(platen_ctx *ctx, const platen_event *event, platen_error *err);

    /* It has happened: each webhook that chose it is told (from an outbox that outlives a restart),
     * and the pages. `device` is what it is about, 0: none; who has other regions does not see it.
     * `params` is a JSON object, NULL for an empty one. Any thread, not in load() and not within a
     * transaction: call it when the commit is done. PLATEN_E_NOT_FOUND: the type was not added. */
    platen_code (*event)(platen_ctx *ctx, const char *type, int64_t device, const char *params,
                         platen_error *err);
} platen_notify;

#ifdef __cplusplus
}
#endif

#endif
