/* All devices, where they live and what was done to them. One mutex guards everything here: the
 * net threads hold it while they work through a batch, the control thread while it runs a line. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "fault.h"
#include "oid.h"
#include "profile.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* A value somebody wrote, or (tag 0) an object taken away. */
struct overlay {
    uint8_t *oid;
    uint8_t *value;
    uint16_t value_len;
    uint8_t oid_len;
    uint8_t tag;
};

struct forced_alert {
    int64_t start_ms;
    uint32_t index;
    uint16_t choice;
};

enum { FORCED_MAX = 6 };

/* What only few devices have. */
struct keeps; /* writable.c */

struct extra {
    struct keeps *keeps;
    struct overlay *overlays; /* in OID order */
    size_t overlay_count;
    struct forced_alert forced[FORCED_MAX];
    size_t forced_count;
    uint32_t next_alert;
    bool quiet; /* life's own alerts were cleared away */
};

struct device {
    uint32_t index;
    uint32_t address;  /* host order; 0: moved away from every address */
    uint32_t identity; /* seed of serial number, pages, alerts */
    uint32_t mac_id;
    uint32_t profile;
    uint32_t boots;
    int64_t boot_ms;
    int64_t silent_until_ms;
    int64_t extra_pages;
    uint64_t pages_at_boot;
    struct fault fault;
    struct extra *extra;
    uint32_t packets_in;
    uint32_t packets_out;
    uint32_t sets;
    uint32_t resets;
};

struct map_slot {
    uint32_t address;
    uint32_t device; /* number + 1; 0: free */
};

/* What packets met; indexes of world.stats. */
enum stat {
    STAT_IN,
    STAT_OUT,
    STAT_BYTES_IN,
    STAT_BYTES_OUT,
    STAT_GET,
    STAT_NEXT,
    STAT_BULK,
    STAT_SET,
    STAT_REPORT,
    STAT_V1,
    STAT_V2C,
    STAT_V3,
    STAT_NO_DEVICE,
    STAT_BAD_PACKET,
    STAT_BAD_COMMUNITY,
    STAT_SILENT,
    STAT_LOST,
    STAT_DELAYED,
    STAT_SETS_DONE,
    STAT_RESETS_DONE,
    STAT_COUNT
};

struct usm_user;
struct pjl;

struct world {
    pthread_mutex_t lock;
    struct arena arena;
    struct profile **profiles;
    size_t profile_count;
    struct device *devices;
    size_t device_count;
    size_t device_cap;
    size_t printer_count; /* the first ones: those placed by --devices */
    struct map_slot *map;
    size_t map_mask;
    size_t map_used;

    uint64_t seed;
    const char *community;
    const char *write_community;
    uint8_t versions;
    struct usm_user *users;
    size_t user_count;

    int64_t start_ms;
    int64_t now_ms; /* of the batch at work */
    bool still;
    uint32_t page_ms_low; /* a device prints a page each so many milliseconds */
    uint32_t page_ms_high;
    uint32_t alert_ms; /* length of an alert */
    uint32_t alert_permille;
    uint32_t reset_ms;
    double change_percent;
    uint64_t tick;
    uint32_t fresh; /* identities for replaced devices */
    uint32_t latency_ms;
    uint32_t loss_permille;
    uint64_t stats[STAT_COUNT];
    struct pjl *pjl; /* NULL: no device has a raw port */
};

bool world_init(struct world *w);
void world_fini(struct world *w);
void world_add_profile(struct world *w, struct profile *p);
/* NULL when the address is taken or memory is short. */
struct device *world_add_device(struct world *w, uint32_t address, uint32_t profile);
struct device *world_at(const struct world *w, uint32_t address);
bool world_move(struct world *w, struct device *d, uint32_t address);
void world_unmap(struct world *w, struct device *d);
void world_renew(struct world *w, struct device *d, uint32_t identity);
void world_reboot(struct world *w, struct device *d);
/* A device that was down for ever starts. */
void world_back(struct world *w, struct device *d);
size_t world_tick(struct world *w);
int64_t world_clock(void);

struct extra *device_extra(struct device *d);
bool device_overlay_set(struct device *d, const uint8_t *oid, size_t oid_len, uint8_t tag,
                        const uint8_t *value, size_t len);
void device_overlay_clear(struct device *d);
const struct overlay *device_overlay_get(const struct device *d, const uint8_t *oid, size_t len);
const struct overlay *device_overlay_after(const struct device *d, const uint8_t *oid, size_t len);

void device_mac(const struct world *w, const struct device *d, uint32_t offset, uint8_t mac[6]);
/* Engine ID of the device, at most 12 octets. */
size_t device_engine(const struct world *w, const struct device *d, uint8_t out[12]);
/* Serial number into out; "" when the model has none. */
void device_serial(const struct world *w, const struct device *d, char *out, size_t cap);

uint64_t world_hash(const struct world *w, uint64_t a, uint64_t b);

#endif
