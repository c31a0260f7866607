/*
 * driver/1: how a plugin talks to devices. A driver registers itself; the host hands it *work*: one
 * device, one thing to do. The driver reads the device through snmp/1 or its own protocol, reports
 * what it found, and ends the work with finish(), exactly once.
 *
 * Threads: run() of an ordinary driver is called on the SNMP engine's thread and must not block;
 * it starts reads with snmp/1, whose callbacks come on the same thread. run() of a driver with
 * PLATEN_DRIVER_BLOCKING is called on a thread of a bounded pool and may block up to the work's
 * deadline. Calls for different devices overlap in blocking drivers, never in ordinary ones. All
 * pointers handed over are borrowed for the call; the host copies what it keeps.
 */
#ifndef PLATEN_DRIVER_H
#define PLATEN_DRIVER_H

#include <platen/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct platen_work platen_work; /* opaque, valid until finish() */

#define PLATEN_WORK_PROBE 1u       /* is this a device of mine? answer with sure() */
#define PLATEN_WORK_INFORMATION 2u /* identity, firmware, parts; rarely changes (MON-05) */
#define PLATEN_WORK_STATUS 3u      /* what the device shows now (MON-04) */
#define PLATEN_WORK_COUNTERS 4u    /* page, copy and scan counters (MON-06) */
#define PLATEN_WORK_ACT 5u         /* changes the device: the action that act() names; since 1.1 */

#define PLATEN_WORK_BIT(kind) (1u << (kind))

#define PLATEN_DRIVER_BLOCKING 1u /* flag: run() may block */
/* Flag, since 1.2: it reads (information, status, counters) only what no other driver of the device
 * reads; what it is asked to do, it does. */
#define PLATEN_DRIVER_FALLBACK 2u

#define PLATEN_TRANSPORT_SNMP 1u /* probed where an SNMP agent answered */
#define PLATEN_TRANSPORT_TCP 2u  /* probed where the driver's TCP port accepts a connection */

typedef struct platen_driver {
    uint32_t size;
    uint32_t flags;     /* PLATEN_DRIVER_... */
    uint32_t works;     /* PLATEN_WORK_BIT()s it does */
    uint32_t transport; /* PLATEN_TRANSPORT_... */
    uint32_t port;      /* default port of PLATEN_TRANSPORT_TCP, else 0 */
    uint32_t rank;      /* of two drivers that report a field, the higher rank wins */
    const char *id;     /* "printer-mib": stable, stored with devices */
    void (*run)(platen_work *work, void *user);
    void *user;
    void (*release)(void *user); /* once, after withdrawal; may be NULL */

    /* Since 1.1: the actions of PLATEN_WORK_ACT, which are ids of task kinds ("device.restart",
     * "device.edit"), at most 32 of a-z, 0-9, '.' and '-', NULL-terminated. The host copies them.
     * NULL when the driver does not have PLATEN_WORK_ACT. */
    const char *const *actions;
} platen_driver;

#define PLATEN_DRIVER_INIT                                                                         \
    {                                                                                              \
        (uint32_t)sizeof(platen_driver), 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL               \
    }

/* What is known of a device before the driver has spoken to it: platen_target.hints. */
#define PLATEN_TARGET_PRINTER                                                                      \
    1u /* another driver knows it as a printer, or it is a device already */
#define PLATEN_TARGET_NAMED                                                                        \
    2u /* the administrator named its address alone, not within a range, or the driver's port */
#define PLATEN_TARGET_OTHER_LANGUAGES                                                              \
    4u /* another driver read in this visit which languages it takes, and all of them are of       \
          printers that have no job language (PJL): what else comes they print (hint()) */

/* The device of a work, as far as it is known. Texts are "" when unknown. */
typedef struct platen_target {
    uint32_t size;
    uint32_t port;        /* of the driver's transport */
    const char *address;  /* numeric IPv4 or IPv6 */
    const char *hostname; /* FQDN when the device was given by name */
    const char *manufacturer;
    const char *model;
    const char *serial;
    const char *sys_object_id; /* SNMP, dotted; from the sweep or an earlier visit */
    const char *sys_descr;     /* SNMP, clean UTF-8 */
    const char *user;          /* credential of kind "user" bound to the device, "" if none */
    const char *password;      /* never log, never keep */
    int64_t deadline;          /* ms UTC: finish() by then */
    uint32_t hints;            /* PLATEN_TARGET_..., since 1.2 */
} platen_target;

#define PLATEN_TARGET_INIT                                                                         \
    {                                                                                              \
        (uint32_t)sizeof(platen_target), 0, "", "", "", "", "", "", "", "", "", 0, 0               \
    }

/* One-value facts of a device. Text is UTF-8 or device octets: the host cleans it. */
#define PLATEN_FIELD_NAME 1u /* sysName, or the printer's own name */
#define PLATEN_FIELD_MANUFACTURER 2u
#define PLATEN_FIELD_MODEL 3u
#define PLATEN_FIELD_SERIAL 4u
#define PLATEN_FIELD_FIRMWARE 5u /* the version an administrator compares */
#define PLATEN_FIELD_LOCATION 6u
#define PLATEN_FIELD_CONTACT 7u
#define PLATEN_FIELD_MAC 8u /* "3c:2a:f4:bf:f5:1b"; several: the first is the main one */
#define PLATEN_FIELD_UUID 9u
#define PLATEN_FIELD_HOSTNAME 10u
#define PLATEN_FIELD_DESCRIPTION 11u /* sysDescr or what the protocol has for it */
#define PLATEN_FIELD_LINK 12u        /* URL of the device's web page */
#define PLATEN_FIELD_STATE 13u       /* "idle", "printing", "warmup", "testing", "down", "other" */
#define PLATEN_FIELD_PAGE_COUNT 14u  /* integer: impressions or sheets since manufacture */
#define PLATEN_FIELD_PAGE_UNIT 15u   /* "impressions", "sheets", "metres", ... */
#define PLATEN_FIELD_COLOR 16u       /* integer 1 colour, 0 monochrome */
#define PLATEN_FIELD_UPTIME 17u      /* integer: ms since the device (or its agent) started */
#define PLATEN_FIELD_OBJECT_ID 18u   /* sysObjectID, dotted */
#define PLATEN_FIELD_ASSET 19u       /* asset number */

/* Percent and levels that the device does not say. */
#define PLATEN_LEVEL_OTHER (-1)   /* no limit: "unlimited" (RFC 3805) */
#define PLATEN_LEVEL_UNKNOWN (-2) /* unknown */
#define PLATEN_LEVEL_SOME (-3)    /* some left, amount unknown */

#define PLATEN_SUPPLY_CONSUMED 1u   /* is used up: level is what is left */
#define PLATEN_SUPPLY_RECEPTACLE 2u /* fills: the host shows the room left */

/*
 * A consumable (RFC 3805 prtMarkerSupplies, RFC 3806 finSupply). `level` of a receptacle is given
 * as the device defines it; `percent` is what is left, or room left, when the driver knows it
 * exactly, else a PLATEN_LEVEL_ value. Never an estimate.
 */
typedef struct platen_supply {
    uint32_t size;
    uint32_t class_of; /* PLATEN_SUPPLY_... */
    const char *key;   /* stable within the device: "marker.1.3", "finisher.1.2" */
    const char *description;
    const char *type;   /* "toner", "ink", "opc", "wasteToner", ... RFC 3805 type names */
    const char *color;  /* "black", "cyan", ... or "" */
    const char *unit;   /* "percent", "impressions", "tenthsOfMillilitres", ... or "" */
    const char *part;   /* part number or "" */
    const char *serial; /* or "" */
    const char *source; /* "prtMarkerSupplies", "ipp", "vendor:<profile>" */
    int64_t capacity;   /* or PLATEN_LEVEL_... */
    int64_t level;      /* or PLATEN_LEVEL_... */
    int32_t percent;    /* 0..100 or PLATEN_LEVEL_... */
    uint32_t clamped;   /* 1: the level was over the capacity */
} platen_supply;

#define PLATEN_SUPPLY_INIT                                                                         \
    {                                                                                              \
        (uint32_t)sizeof(platen_supply), PLATEN_SUPPLY_CONSUMED, "", "", "", "", "", "", "", "",   \
            PLATEN_LEVEL_UNKNOWN, PLATEN_LEVEL_UNKNOWN, PLATEN_LEVEL_UNKNOWN, 0                    \
    }

/* A paper source, output bin or cover (RFC 3805 prtInput, prtOutput, prtCover). */
#define PLATEN_PART_INPUT 1u
#define PLATEN_PART_OUTPUT 2u
#define PLATEN_PART_COVER 3u
#define PLATEN_PART_FINISHER 4u
#define PLATEN_PART_CONSOLE 5u /* a line of the panel: `description` is its text */

typedef struct platen_part {
    uint32_t size;
    uint32_t part;   /* PLATEN_PART_... */
    const char *key; /* "1.2": the indexes of the row */
    const char *name;
    const char *description;
    const char *type;  /* "sheetFeedAutoRemovableTray", "stapler", ... or "" */
    const char *media; /* loaded media or "" */
    const char *unit;  /* of capacity and level, or "" */
    const char *state; /* "ok", "empty", "open", "closed", "full", ... or "" */
    int64_t capacity;  /* or PLATEN_LEVEL_... */
    int64_t level;     /* or PLATEN_LEVEL_... */
    int32_t percent;   /* 0..100 or PLATEN_LEVEL_... */
} platen_part;

#define PLATEN_PART_INIT                                                                           \
    {                                                                                              \
        (uint32_t)sizeof(platen_part), PLATEN_PART_INPUT, "", "", "", "", "", "", "",              \
            PLATEN_LEVEL_UNKNOWN, PLATEN_LEVEL_UNKNOWN, PLATEN_LEVEL_UNKNOWN                       \
    }

#define PLATEN_SEVERITY_OTHER 1u /* PrtAlertSeverityLevelTC */
#define PLATEN_SEVERITY_CRITICAL 3u
#define PLATEN_SEVERITY_WARNING 4u
#define PLATEN_SEVERITY_WARNING_BINARY 5u

/* One alert that stands now (prtAlertTable, or what the protocol has for it). */
typedef struct platen_alert {
    uint32_t size;
    uint32_t severity;   /* PLATEN_SEVERITY_... */
    uint32_t training;   /* PrtAlertTrainingLevelTC: 1 other 2 unknown 3 untrained 4 trained
                            5 fieldService 6 management 7 noInterventionRequired */
    uint32_t group;      /* PrtAlertGroupTC */
    int32_t group_index; /* -1 when the device does not say */
    uint32_t code;       /* PrtAlertCodeTC; 1 other */
    int32_t location;
    int64_t uptime;     /* ms of device uptime when it was raised, -1 unknown */
    const char *text;   /* the device's words or "" */
    const char *source; /* "prtAlert", "hrPrinterDetectedErrorState", "ipp" */
} platen_alert;

#define PLATEN_ALERT_INIT                                                                          \
    {                                                                                              \
        (uint32_t)sizeof(platen_alert), PLATEN_SEVERITY_OTHER, 2, 1, -1, 1, -1, -1, "", ""         \
    }

typedef struct platen_counter {
    uint32_t size;
    const char *key;    /* "total", "mono", "color", "duplex", "copy.mono", "print.color",
                           "scan", "fax.received", ... */
    const char *unit;   /* "impressions", "sheets", "scans", ... */
    const char *source; /* "prtMarkerLifeCount", "vendor:<profile>", "ipp" */
    int64_t value;      /* not negative */
} platen_counter;

#define PLATEN_COUNTER_INIT                                                                        \
    {                                                                                              \
        (uint32_t)sizeof(platen_counter), "", "", "", 0                                            \
    }

/*
 * What a work of kind PLATEN_WORK_ACT is to do. An action may be done on a device that was at it
 * before, when agent or manager died meanwhile: with PLATEN_ACT_VERIFY the driver finds out whether
 * it was done since `first` and only then does it. A driver reads first, writes only what differs,
 * and reads back what it wrote; a write whose answer was lost is never sent again before that.
 */
#define PLATEN_ACT_PREVIEW 1u /* tell the changes, send nothing: the host refuses to write */
#define PLATEN_ACT_VERIFY 2u  /* it was begun before, and perhaps done */

typedef struct platen_act {
    uint32_t size;
    uint32_t flags;       /* PLATEN_ACT_... */
    const char *action;   /* one of the driver's actions */
    const char *settings; /* a JSON object: the device's own, or the task's, which keeps the schema
                             of the task kind */
    int64_t first;        /* ms UTC: when the work was given out first */
} platen_act;

#define PLATEN_ACT_INIT                                                                            \
    {                                                                                              \
        (uint32_t)sizeof(platen_act), 0, "", "{}", 0                                               \
    }

/*
 * An action that the core does not know, as a kind of tasks: it can be started over REST, from the
 * pages, the command line and scripts, with settings that are checked before a driver sees them.
 * The driver that does it names its id in `actions`, too. Since 1.1; test for action() with
 * PLATEN_HAS.
 */
#define PLATEN_ACTION_WRITES 1u /* it changes the device: tasks have preview and rollout */
#define PLATEN_ACTION_VERIFY 2u /* it may not be done twice: PLATEN_ACT_VERIFY is used */

#define PLATEN_ACTION_SETTINGS_MAX 16384u /* bytes of `settings` */

typedef struct platen_action {
    uint32_t size;
    uint32_t flags;    /* PLATEN_ACTION_... */
    uint32_t limit_s;  /* 1 to 86,400: a run of it ends then with what it has */
    const char *id;    /* "acme.blink": of a-z, 0-9 and '-' on either side of one '.', at most 63
                          bytes; not "device.", "system.", "flow." or "script." */
    const char *title; /* "[Acme] Blink": UTF-8, 1 to 200 bytes, its group in square brackets */
    const char
        *settings; /* JSON Schema whose type is "object". The manager refuses one with other
                      words than type, properties, required, additionalProperties, enum,
                      const, anyOf, oneOf, minimum, maximum, minLength, maxLength, pattern, format,
                      items, minItems, maxItems, uniqueItems and those that describe */
} platen_action;

#define PLATEN_ACTION_INIT                                                                         \
    {                                                                                              \
        (uint32_t)sizeof(platen_action), 0, 3600, NULL, NULL,                                      \
            "{\"type\":\"object\",\"properties\":{}}"                                              \
    }

#define PLATEN_DATA_MAX 4194304u /* bytes that data() takes, since 1.2 */

#define PLATEN_ACT_INFO 0u /* levels of act_log() */
#define PLATEN_ACT_WARNING 1u
#define PLATEN_ACT_ERROR 2u

typedef struct platen_drivers {
    uint32_t size;

    /* Registers a driver. load() only. Two drivers of one id: PLATEN_E_EXISTS. */
    platen_code (*add)(platen_ctx *ctx, const platen_driver *driver, platen_error *err);

    uint32_t (*kind)(const platen_work *work); /* PLATEN_WORK_... */
    void (*target)(const platen_work *work, platen_target *target);

    /* A text of up to 255 bytes that the driver keeps with the device between works ("" at first):
     * which profile it matched, which row is the printer's. */
    const char *(*memo)(const platen_work *work);
    void (*memo_set)(platen_work *work, const char *memo);

    /* Probe: how sure the driver is, 0 (not mine) to 100, and in a few words why. */
    void (*sure)(platen_work *work, uint32_t sureness, const char *why);

    /* Facts. `length` SIZE_MAX means NUL-terminated. Empty text is no fact. */
    void (*text)(platen_work *work, uint32_t field, const char *value, size_t length);
    void (*integer)(platen_work *work, uint32_t field, int64_t value);
    void (*firmware)(platen_work *work, const char *component, const char *version);
    void (*counter)(platen_work *work, const platen_counter *counter);
    void (*supply)(platen_work *work, const platen_supply *supply);
    void (*part)(platen_work *work, const platen_part *part);
    void (*alert)(platen_work *work, const platen_alert *alert);

    /* Ends the work. `err` (may be NULL) tells people which step failed and what the protocol
     * answered. The work is gone afterwards. */
    void (*finish)(platen_work *work, platen_code code, const platen_error *err);

    /* ---- since 1.1, of PLATEN_WORK_ACT only; test with PLATEN_HAS ---- */

    /* What is to be done. The texts are good until finish(). */
    void (*act)(const platen_work *work, platen_act *act);
    /* Something that was changed, or in a preview would be: "name", "old", "new". At most 200. */
    void (*change)(platen_work *work, const char *path, const char *from, const char *to);
    /* A line of the step log that people read; cut at 500 bytes, the first 100 are kept. */
    void (*act_log)(platen_work *work, uint32_t level, const char *text);
    /* Before finish() with PLATEN_OK: nothing was done, for this reason. `code` is a word of
     * docs/errors.md ("unsupported": another driver of the device may have its turn). */
    void (*skip)(platen_work *work, const char *code, const char *text);
    /* Before finish() with PLATEN_OK: done, with this reservation ("not-confirmed"). */
    void (*warn)(platen_work *work, const char *code, const char *text);
    /* Calls `then` once after `ms` (1 to 600,000): on the SNMP thread, or of a blocking driver on a
     * thread of the pool, which is free meanwhile. Sooner when the work is taken back: reads fail
     * then with PLATEN_E_CANCELLED. Not while a read is under way. On failure it is not called. */
    platen_code (*later)(platen_work *work, uint32_t ms,
                         void (*then)(platen_work *work, void *user), void *user,
                         platen_error *err);

    /* Declares an action as a kind of tasks. load() only, main thread (else PLATEN_E_STATE). The
     * host copies it, and takes it back with the plugin. PLATEN_E_INVAL: a flag that the host does
     * not know, or a member that is not as it must be. PLATEN_E_EXISTS: a plugin of this agent has
     * the id. PLATEN_E_TOO_LARGE: more than 64 of an agent, or settings that are too long. What
     * only the manager can refuse (a schema that it does not understand) is told in its log. */
    platen_code (*action)(platen_ctx *ctx, const platen_action *action, platen_error *err);

    /* ---- since 1.2; test with PLATEN_HAS ---- */

    /* Of PLATEN_WORK_ACT, before finish(): what was read from the device, for the function whose
     * task it is (task/1, done()); kept nowhere else. One JSON text, UTF-8, copied; a second call
     * replaces the first. Where nobody takes it (a preview, a task that has no use for it) it is
     * dropped, and that is PLATEN_OK. What was handed over counts also when the work fails after
     * it. PLATEN_E_STATE: the work is of another kind. PLATEN_E_TOO_LARGE: over PLATEN_DATA_MAX,
     * which is for all drivers of the device together when each does the action.
     * PLATEN_E_MALFORMED: no JSON. PLATEN_E_UNAVAILABLE: the agent has no room for it now. For a
     * driver in a process of its own that room shows after the call only: its work then ends with
     * that error. */
    platen_code (*data)(platen_work *work, const char *json, size_t length, platen_error *err);
    /* What the drivers that have their turn with the device behind this one should know before they
     * send anything: PLATEN_TARGET_OTHER_LANGUAGES. Other bits are dropped. Drivers have their turn
     * in the order of their ranks. */
    void (*hint)(platen_work *work, uint32_t hints);
} platen_drivers;

#ifdef __cplusplus
}
#endif

#endif
