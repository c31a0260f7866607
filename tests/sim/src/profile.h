/* A model: its objects compiled to a table in OID order with a hash index beside it, and what the
 * life of a device needs to know of its supplies, trays and possible alerts. Shared by all devices
 * of the model and read-only once loaded. */
#ifndef SIM_PROFILE_H
#define SIM_PROFILE_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the value of an object comes from. */
enum value_kind {
    V_STATIC,
    V_TEMPLATE, /* arg: number of the template */
    V_UPTIME,
    V_PAGES, /* arg: percent of the life count; negative: all but that percent */
    V_POWER_ON,
    V_LEVEL,         /* arg: supply slot */
    V_LEVEL_PERCENT, /* arg: supply slot */
    V_TRAY_LEVEL,    /* arg: tray slot */
    V_TRAY_STATUS,   /* arg: tray slot */
    V_OUTPUT_STATUS, /* arg: output slot */
    V_COVER_STATUS,  /* arg: cover slot; the value holds the octet for closed */
    V_DEVICE_STATUS,
    V_PRINTER_STATUS,
    V_ERROR_STATE,
    V_CONSOLE, /* arg: line, from 0 */
    V_LAMP,    /* arg: 0 ready, 1 attention */
    V_EVENTS,  /* arg: 0 critical, 1 all */
    V_MAC,     /* arg: offset to the device's own address */
    V_TRAFFIC, /* arg: bytes per second */
    V_DATE,
    V_BROTHER, /* arg: 0 counters, 1 supplies, 2 pages left */
    V_ALERT    /* a cell of the alert table, never in a profile's table */
};

enum entry_flag {
    ENTRY_WRITABLE = 1,
    ENTRY_RESET = 2, /* prtGeneralReset */
    ENTRY_TEXT = 4
};

struct entry {
    const uint8_t *varbind; /* V_STATIC: the whole varbind; else: the name with its header */
    const uint8_t *oid;
    const uint8_t *value;
    uint16_t varbind_len;
    uint16_t value_len;
    uint8_t oid_len;
    uint8_t tag;
    uint8_t kind;
    uint8_t flags;
    int32_t arg;
};

enum segment_kind {
    SEG_TEXT,
    SEG_SERIAL,
    SEG_MAC,       /* aa:bb:cc:dd:ee:ff */
    SEG_MAC_PLAIN, /* AABBCCDDEEFF */
    SEG_MAC_TAIL,  /* DDEEFF */
    SEG_INDEX,
    SEG_PAGES, /* arg as for V_PAGES */
    SEG_LEVEL, /* arg: supply slot, in percent */
    SEG_ADDRESS,
    SEG_NAME, /* sysName as it stands now */
    SEG_ROOM,
    SEG_FLOOR,
    SEG_BUILDING
};

struct segment {
    const uint8_t *text;
    uint16_t len;
    uint8_t kind;
    int32_t arg;
};

struct template
{
    const struct segment *segments;
    size_t count;
};

struct supply {
    uint32_t index;
    int32_t max;
    uint32_t yield; /* pages a full one lasts; 0: the level is not alive */
    int32_t type;
    bool waste;
};

struct tray {
    uint32_t index;
    int32_t max;
    bool alive;
};

/* One alert this model can show. */
struct alert_choice {
    const uint8_t *text;
    const uint8_t *console;
    uint16_t text_len;
    uint16_t console_len;
    uint16_t group_index;
    uint8_t kind; /* enum alert_kind */
    uint8_t slot; /* of the supply, tray, output or cover meant */
};

enum { PROFILE_SLOTS = 24 };
enum { VERSION_1 = 1, VERSION_2C = 2, VERSION_3 = 4, VERSIONS_ALL = 7 };

struct profile {
    const char *name;
    bool decoy;
    bool recorded;
    bool settable;
    bool alerts; /* has an alert table */
    uint8_t versions;
    uint32_t weight;
    uint32_t enterprise;
    uint32_t hr; /* hrDeviceIndex of the printer */
    uint32_t max_message;
    uint32_t start_pages; /* devices start between 0 and this */
    uint8_t oui[3];
    const char *community; /* NULL: that of the command line */
    const char *serial;    /* pattern: '#' digit, '@' letter; NULL: none */

    struct entry *entries;
    size_t count;
    uint32_t *slots; /* hash index: entry number + 1 */
    size_t slot_mask;
    size_t alert_at; /* where the alert table would stand in entries */

    struct template *templates;
    size_t template_count;
    struct supply supplies[PROFILE_SLOTS];
    size_t supply_count;
    struct tray trays[PROFILE_SLOTS];
    size_t tray_count;
    size_t output_count;
    size_t cover_count;
    struct alert_choice *choices;
    size_t choice_count;
    const uint8_t *ready; /* console text without alert */
    uint16_t ready_len;
    uint32_t tick_pages; /* pages after which the first living level surely differs */
};

/* Entry number of the OID, or -1. */
ptrdiff_t profile_find(const struct profile *p, const uint8_t *oid, size_t len);
/* First entry after the OID. */
size_t profile_after(const struct profile *p, const uint8_t *oid, size_t len);

/* Building: add in any order, then seal. Of a repeated OID the first one counts. */
struct profile_builder {
    struct arena *arena;
    struct profile *profile;
    struct entry *entries;
    size_t count;
    size_t cap;
    bool latin1;
    char error[256];
};

void builder_init(struct profile_builder *b, struct arena *arena, struct profile *p);
bool builder_add(struct profile_builder *b, const char *oid, struct entry value);
bool builder_add_raw(struct profile_builder *b, const uint8_t *oid, size_t len, struct entry value);
bool builder_static(struct profile_builder *b, const char *oid, uint8_t tag, const void *value,
                    size_t len, unsigned flags);
bool builder_int(struct profile_builder *b, const char *oid, uint8_t tag, int64_t value,
                 unsigned flags);
/* Text in the profile's encoding; becomes a template when it holds ${...}. */
bool builder_text(struct profile_builder *b, const char *oid, const char *text, unsigned flags);
bool builder_seal(struct profile_builder *b);
/* UTF-8 to the bytes the device sends. */
uint8_t *builder_encode(struct profile_builder *b, const char *text, size_t *len);

/* Marks objects a manager may write, by their OIDs, in profiles that came from recordings too. */
unsigned profile_write_flags(const uint8_t *oid, size_t len);

/* template.c */
bool template_compile(struct profile_builder *b, const uint8_t *text, size_t len, int32_t *number);

/* profile_json.c; errors go to stderr. */
struct profile *profile_load(struct arena *arena, const char *path);
/* profile_mib.c: the Printer MIB groups of the JSON object. */
struct cJSON;
bool profile_add_printer(struct profile_builder *b, const struct cJSON *json);

#endif
