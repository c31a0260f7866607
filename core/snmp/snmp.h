/*
 * The SNMP engine: thousands of devices at once over a few shared sockets, on one thread that owns
 * them. net-snmp encodes, decodes and does USM. The engine knows nothing of printers.
 *
 * A *read* is one device and one plan (objects to GET, columns to walk, or values to SET). Requests
 * of one device go one after the other or up to `window` at once; responses are matched by address,
 * port, request id and version, and what does not match is counted and dropped.
 */
#ifndef PLATEN_SNMPENG_H
#define PLATEN_SNMPENG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <platen/snmp.h>

#include "core/base/error.h"
#include "core/base/net.h"

typedef struct snmpeng snmpeng;
typedef struct snmpeng_plan snmpeng_plan;
typedef struct snmpeng_credential snmpeng_credential; /* counted, immutable, secrets wiped */
typedef struct snmpeng_read snmpeng_read;             /* in flight */

typedef struct snmpeng_options {
    unsigned timeout_ms;         /* wait for one answer (DEV-37); 0: 1000 */
    unsigned tries;              /* sends of one request, 1 + retries (DEV-38); 0: 3 */
    unsigned window;             /* requests in flight a device; 0: 1, or 2 when it takes long */
    unsigned in_flight;          /* reads in flight over all; 0: 4096; more wait in the queue */
    unsigned packets_per_second; /* pace of reads with SNMPENG_PACED; 0: no limit */
    unsigned max_repetitions;    /* of GETBULK; 0: 25 */
} snmpeng_options;

typedef enum snmpeng_version { SNMPENG_V1 = 0, SNMPENG_V2C = 1, SNMPENG_V3 = 3 } snmpeng_version;
typedef enum snmpeng_auth {
    SNMPENG_AUTH_NONE,
    SNMPENG_AUTH_MD5,
    SNMPENG_AUTH_SHA1,
    SNMPENG_AUTH_SHA224,
    SNMPENG_AUTH_SHA256,
    SNMPENG_AUTH_SHA384,
    SNMPENG_AUTH_SHA512,
} snmpeng_auth;
typedef enum snmpeng_priv {
    SNMPENG_PRIV_NONE,
    SNMPENG_PRIV_DES,
    SNMPENG_PRIV_AES128,
    SNMPENG_PRIV_AES192,
    SNMPENG_PRIV_AES256, /* key extension of draft-blumenthal */
    SNMPENG_PRIV_AES192C,
    SNMPENG_PRIV_AES256C, /* key extension of draft-reeder ("Cisco") */
} snmpeng_priv;

typedef struct snmpeng_credential_spec {
    bool v3;
    const char *community; /* of v1 and v2c */
    const char *user;      /* of v3, 1..32 bytes */
    snmpeng_auth auth;
    const char *auth_password; /* 8 characters or more when auth is not NONE */
    snmpeng_priv priv;
    const char *priv_password;
    const char *context; /* context name or NULL */
} snmpeng_credential_spec;

/* PLATEN_E_INVAL names the field. SHA-224 is refused (DEV-07). Passwords to keys (RFC 3414 A.2)
 * once here, localisation once a device. */
platen_code snmpeng_credential_new(const snmpeng_credential_spec *spec, snmpeng_credential **out,
                                   platen_error *err);
snmpeng_credential *snmpeng_credential_ref(snmpeng_credential *c);
void snmpeng_credential_unref(snmpeng_credential *c);

/* What the engine learned of a device's SNMPv3 side (engine id, boots, time, localised keys), kept
 * by the caller between reads so that polls need no discovery. Zeroed at first. */
typedef struct snmpeng_peer snmpeng_peer;
void snmpeng_peer_free(snmpeng_peer *peer);

/* How fast a device answers, kept by the caller between reads so that what is lost can be repeated
 * after a few round trips and need not wait for the whole time-out. Zeroed at first: not known. */
typedef struct snmpeng_rtt {
    uint32_t eighths;  /* smoothed round trip, 1/8 ms; 0: not known */
    uint32_t quarters; /* its variation, 1/4 ms */
} snmpeng_rtt;
uint32_t snmpeng_rtt_ms(const snmpeng_rtt *rtt); /* smoothed; 0: not known, or below 1 ms */

#define SNMPENG_PACED 1u /* obeys packets_per_second (sweeps) */
#define SNMPENG_V1_RETRY                                                                           \
    2u /* every second try of the first request goes out as v1, and the rest                       \
          of the read uses the version that answered */
#define SNMPENG_ONE_TRY 4u
#define SNMPENG_OTHER_LAST                                                                         \
    8u /* the last of several tries of the first request goes out in the other of v1 and v2c: a    \
          device that fell silent may have lost one or learned the other */
#define SNMPENG_HEARD                                                                              \
    16u /* the device answered just now: what it does not answer was most likely lost on the way,  \
           and all tries go out soon */

/*
 * A silent device costs tries x time-out, and no more is sent than that many tries. How they are
 * spread within depends on what is known: of a device whose round trip is known the second one goes
 * out after a few of them (200 ms at least), the others spread over the rest, or soon as well when
 * it was heard just now; of any other device, and with SNMPENG_PACED, one goes out a time-out. An
 * answer to any of them counts until the end.
 */
typedef struct snmpeng_request {
    net_address address;
    uint16_t port;
    snmpeng_version version;        /* V1 or V2C for communities, V3 for v3 credentials */
    uint32_t flags;                 /* SNMPENG_... */
    snmpeng_credential *credential; /* a reference is taken */
    const snmpeng_plan *plan;       /* must live until done */
    snmpeng_peer **peer;            /* v3: where the peer state is kept; may be NULL */
    snmpeng_rtt *rtt;               /* where its round trip is kept; may be NULL; until done */
    unsigned timeout_ms, tries;     /* 0: the engine's */
    int64_t deadline;               /* clock_mono() ms by which `done` is called; 0: none */
    /* SNMP thread. `result` is borrowed. `version` is the one that answered. */
    void (*done)(const platen_snmp_result *result, snmpeng_version version, void *user);
    /* SNMP thread, at most once and before `done`: the first wait is over and the device has not
     * answered anything. NULL: nobody wants to know. */
    void (*late)(void *user);
    void *user;
} snmpeng_request;

platen_code snmpeng_plan_new(const platen_snmp_item *items, uint32_t count, snmpeng_plan **out,
                             platen_error *err);
/*
 * The same for a SET of 1 to 24 values (platen/snmp.h says what its answers mean). A request with
 * such a plan is sent once and waited for as long as all tries of a read: a SET that was lost on
 * its way and one whose answer was lost look alike. Only what surely was not done is sent again: a
 * message that the device refused for its SNMPv3 time. Flags but SNMPENG_PACED have no meaning.
 */
platen_code snmpeng_set_new(const platen_snmp_value *values, uint32_t count, snmpeng_plan **out,
                            platen_error *err);
void snmpeng_plan_free(snmpeng_plan *plan);

platen_code snmpeng_new(const snmpeng_options *options, snmpeng **out, platen_error *err);
platen_code snmpeng_start(snmpeng *e, platen_error *err); /* starts the thread */
void snmpeng_stop(snmpeng *e); /* cancels all, each `done` is called with CANCELLED; joins */
void snmpeng_free(snmpeng *e);

/* Any thread. The request is copied. `out` (may be NULL) is valid until `done` begins. */
platen_code snmpeng_submit(snmpeng *e, const snmpeng_request *request, snmpeng_read **out,
                           platen_error *err);
/* SNMP thread only: `done` follows with PLATEN_E_CANCELLED, not from within this call. */
void snmpeng_cancel(snmpeng *e, snmpeng_read *read);

/* Runs `fn` on the SNMP thread soon; any thread. */
platen_code snmpeng_post(snmpeng *e, void (*fn)(void *user), void *user, platen_error *err);
bool snmpeng_on_thread(const snmpeng *e);

/* Calls `fn` on the SNMP thread, soon after this call and then whenever reads have ended or come
 * and fewer than `low` are waiting or in flight, so that a feeder (a sweep of a /8) never queues
 * more than it must: it is asked again and again until there are enough or it adds none. NULL stops
 * that: on the SNMP thread at once, elsewhere `fn` may be called once more. */
void snmpeng_set_feeder(snmpeng *e, size_t low, void (*fn)(void *user), void *user);

void snmpeng_set_pace(snmpeng *e, unsigned packets_per_second); /* any thread */

typedef struct snmpeng_stats {
    uint64_t sent, resent, received, matched;
    uint64_t dropped_malformed, dropped_unmatched, dropped_source, dropped_version;
    uint64_t timeouts, reads_done, reads_failed;
    uint64_t walks_cut; /* columns that ended at their row limit, not at their end */
    uint64_t in_flight, queued;
} snmpeng_stats;
void snmpeng_stats_get(const snmpeng *e, snmpeng_stats *out); /* any thread, approximate */

#endif
