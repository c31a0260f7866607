/* model/1: what the manager knows of devices, for reading. Since 1.2, manager only. */
#ifndef PLATEN_MODEL_SDK_H
#define PLATEN_MODEL_SDK_H

#include <platen/plugin.h>
#include <platen/store.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLATEN_POWER_ON 0u
#define PLATEN_POWER_OFF 1u
#define PLATEN_POWER_NO_RESPONSE 2u
#define PLATEN_POWER_CONFLICT 3u /* another device answers at its address */
#define PLATEN_POWER_UNKNOWN 4u

#define PLATEN_DEVICE_NORMAL 0u
#define PLATEN_DEVICE_WARNING 1u
#define PLATEN_DEVICE_ERROR 2u
#define PLATEN_DEVICE_SERVICE 3u

/* A device as it is stored. Texts are UTF-8, never NULL, "" when unknown, borrowed for the call. */
typedef struct platen_device {
    uint32_t size;
    uint32_t managed;  /* 1, or 0 for one that was found and not taken over */
    uint32_t power;    /* PLATEN_POWER_... */
    uint32_t severity; /* PLATEN_DEVICE_... */
    int64_t id;
    int64_t agent;  /* id of the agent that reaches it */
    int64_t region; /* id, 0: of none */
    const char *name;
    const char *address;  /* numeric IPv4 or IPv6 */
    const char *address6; /* numeric IPv6 besides, or "" */
    const char *hostname;
    const char *manufacturer;
    const char *model;
    const char *serial;
    const char *mac; /* "3c:2a:f4:bf:f5:1b" */
    const char *firmware;
    const char *location;
    const char *contact;
    const char *comment;
    const char *link;   /* URL of its web page */
    int64_t page_count; /* -1: unknown */
    int64_t first_seen; /* ms UTC */
    int64_t last_seen;  /* of the last answer, up to ten minutes old; ms UTC */
} platen_device;

/* Anything but PLATEN_OK ends the walk and is what the walk returns. */
typedef platen_code (*platen_device_fn)(const platen_device *device, void *user, platen_error *err);

typedef struct platen_model {
    uint32_t size;

    /* Hands the device to `fn`. Any thread, not in load(). In `tx` when that is not NULL, on its
     * thread; else in a transaction of its own, which is refused with PLATEN_E_STATE from within
     * one. PLATEN_E_NOT_FOUND: there is none of that id. */
    platen_code (*device)(platen_ctx *ctx, platen_tx *tx, int64_t id, platen_device_fn fn,
                          void *user, platen_error *err);
    /* The same for many, in the order of `ids`; those that are not there are left out. `ids` NULL
     * and `count` 0: all managed devices, by id. */
    platen_code (*devices)(platen_ctx *ctx, platen_tx *tx, const int64_t *ids, size_t count,
                           platen_device_fn fn, void *user, platen_error *err);
} platen_model;

#ifdef __cplusplus
}
#endif

#endif
