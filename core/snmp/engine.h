/*
 * The engine's inside: reads, the requests of theirs that are in flight, and who may call what.
 * Everything here belongs to the SNMP thread but for `inbox`, which its mutex guards, and the
 * counters.
 */
#ifndef PLATEN_SNMP_ENGINE_H
#define PLATEN_SNMP_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/snmp/answer.h"
#include "core/snmp/rows.h"
#include "core/snmp/snmp.h"
#include "core/snmp/udp.h"
#include "core/snmp/v3.h"
#include "core/snmp/wheel.h"

#define TIMER_FLIGHT 1u
#define TIMER_DEADLINE 2u

/* Requests in flight to a device that takes long to answer: it is waited for and not worked. */
#define WINDOW_LONG 2u

#define STEP_ANSWERED 1u /* at least one object of it was answered, or is known to be absent */
#define STEP_FAILED 2u   /* the device answered an error for at least one object */

typedef struct flight flight;

/* Part of a step: the items whose bits are set. */
typedef struct read_job {
    uint32_t mask;
    uint16_t step;
    bool next; /* of walks: GETNEXT, for GETBULK fails */
} read_job;

typedef enum read_state { READ_INBOX, READ_QUEUED, READ_ACTIVE, READ_ENDED } read_state;

typedef struct read_list {
    snmpeng_read *first;
    snmpeng_read *last;
    size_t count;
} read_list;

struct snmpeng_read {
    snmpeng_read *next; /* of the list it is in */
    snmpeng_read *previous;
    snmpeng_request request;
    udp_address target;
    uint64_t device; /* of `target`: rows.h */
    wheel_timer deadline;
    flight *flights;
    read_job *jobs; /* what splitting left to do; allocated when a request is split */
    uint16_t job_count;
    uint16_t job_capacity;
    uint16_t next_step;
    uint16_t active; /* flights */
    uint8_t state;   /* read_state */
    bool cancelled;
    bool fixed; /* `version` is the one that the device answered in */
    bool rediscovered;
    bool resynced;
    bool late; /* the caller was told */
    snmpeng_version version;
    snmpeng_peer *own_peer; /* when the caller keeps none */
    snmpeng_rtt own_rtt;    /* the same */
    answer answer;
    platen_code code;
    platen_error *error;
    uint8_t set_status; /* of the answer to a SET, and which value it is about */
    uint8_t set_index;
    uint8_t *steps; /* STEP_ flags */
    answer_chain chains[];
};

/* A request in flight. Its slot's number is the low part of its id. */
struct flight {
    wheel_timer timer;
    snmpeng_read *read;   /* NULL: the slot is free */
    flight *sibling;      /* next one of the read */
    flight *waiting_next; /* in the pace queue */
    flight *waiting_previous;
    read_job job;
    int64_t begun; /* when it was sent first, ms */
    int64_t due;   /* when its present wait is over; the timer may be due before, to tell `late` */
    uint32_t id;
    uint8_t tries;
    uint8_t repetitions; /* of GETBULK as sent last */
    uint8_t limit;       /* of repetitions, halved when the device cannot */
    uint8_t sent_as;     /* bit a version */
    bool is_waiting;
    bool discovers;  /* asks for the engine id, not for the job */
    bool unsendable; /* does not fit a packet */
    int refused;     /* errno: the network cannot deliver it */
};

typedef struct post {
    struct post *next;
    void (*fn)(void *user);
    void *user;
} post;

typedef struct inbox {
    pthread_mutex_t mutex; /* guards this struct */
    read_list reads;
    post *first;
    post *last;
    bool signalled;
    bool stopping;
    size_t feeder_low;
    void (*feeder)(void *user);
    void *feeder_user;
    bool feeder_new;
} inbox;

typedef struct counters {
    atomic_uint_fast64_t sent, resent, received, matched;
    atomic_uint_fast64_t dropped_malformed, dropped_unmatched, dropped_source, dropped_version;
    atomic_uint_fast64_t timeouts, reads_done, reads_failed, walks_cut;
    atomic_uint_fast64_t in_flight, queued;
} counters;

struct snmpeng {
    snmpeng_options options;
    udp *udp;
    int epoll;
    int event;
    pthread_t thread;
    bool started;
    inbox inbox;
    counters stats;
    int64_t now; /* of this turn of the loop, ms */
    wheel wheel;

    read_list queue; /* waiting for their turn */
    read_list paced; /* those that obey the pace */
    read_list ended; /* waiting for their `done` */
    size_t active;   /* reads in flight */

    flight *slots;
    uint32_t slot_count;
    uint32_t *free_slots; /* a ring, so that an id is not used again soon */
    uint32_t free_first;
    uint32_t free_count;

    atomic_uint pace;  /* packets a second, 0: no limit */
    int64_t tokens;    /* millionths of a packet */
    int64_t missed;    /* tokens that the thread came too late for */
    int64_t tokens_at; /* us */
    flight *waiting_first;
    flight *waiting_last;

    rows_memory *rows;
    uint64_t salt;
    uint32_t random;
    wire_pdu pdu;
    uint8_t *plain;
    answer_scratch scratch;
    bool moved; /* reads came or ended since the feeder was asked last */
    void (*feeder)(void *user);
    void *feeder_user;
    size_t feeder_low;
};

/* Adds to a counter that only the SNMP thread writes. */
static inline void count_up(atomic_uint_fast64_t *counter)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

void read_list_append(read_list *list, snmpeng_read *read);
void read_list_remove(read_list *list, snmpeng_read *read);

/* loop.c */
void *loop_run(void *engine);
void loop_wake(snmpeng *e);

/* read.c: a read from its first request to its result */
void read_free(snmpeng_read *read, answer_scratch *scratch); /* `scratch` may be NULL */
void read_start(snmpeng *e, snmpeng_read *read);
/* Gives the read's next jobs to flights, or ends it when there are none and nothing flies. */
void read_advance(snmpeng *e, snmpeng_read *read);
/* Ends it, with PLATEN_OK or with the error that was noted before. */
void read_end(snmpeng *e, snmpeng_read *read);
void read_fail(snmpeng *e, snmpeng_read *read, platen_code code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Remembers the first error of a read that goes on. */
void read_note(snmpeng_read *read, platen_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void read_finish(snmpeng *e, snmpeng_read *read); /* calls `done` and frees */
bool read_push(snmpeng_read *read, read_job job);
/* An answer to the flight's request. */
void read_answer(snmpeng *e, flight *f, snmpeng_version version, const wire_pdu *pdu);
/* What became of the objects left in the flight's job: send it, or go on when there are none. */
void read_continue(snmpeng *e, flight *f);
/* Sends one half now and keeps the other for later; false when there is but one object. */
bool read_split(snmpeng *e, flight *f);
bool read_store(snmpeng *e, snmpeng_read *read, uint32_t item, const uint32_t *arcs, uint32_t count,
                const wire_tlv *value);
snmpeng_peer *read_peer(snmpeng_read *read);
snmpeng_rtt *read_rtt(snmpeng_read *read);
const char *read_address(const snmpeng_read *read, char text[NET_TEXT]);

/* set.c */
void set_answer(snmpeng *e, flight *f, const wire_pdu *pdu);
void set_lost(snmpeng *e, const flight *f); /* no answer in time: done or not */

/* walk.c */
void walk_answer(snmpeng *e, flight *f, snmpeng_version version, const wire_pdu *pdu);
uint8_t walk_repetitions(const snmpeng *e, const flight *f);

/* message.c: octets of the flight's request in `out`, 0 when it does not fit */
size_t message_write(snmpeng *e, flight *f, snmpeng_version version, uint8_t *out, size_t capacity);

/* flight.c */
bool flight_launch(snmpeng *e, snmpeng_read *read, read_job job);
void flight_again(snmpeng *e, flight *f); /* as a new request */
void flight_land(snmpeng *e, flight *f);  /* frees the slot */
void flight_expired(snmpeng *e, flight *f);
void flight_received(uint8_t *data, size_t length, const udp_address *from, void *engine);
void flight_refused(const uint8_t *data, size_t length, const udp_address *to, int errnum,
                    void *engine);
void flight_send_waiting(snmpeng *e);
bool pace_take(snmpeng *e);
int64_t pace_wait(const snmpeng *e); /* ms until a packet may go */
void pace_fill(snmpeng *e);

#endif
