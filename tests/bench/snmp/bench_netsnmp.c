/*
 * The status poll of bench_engine as a programmer would write it on stock net-snmp: a session and a
 * socket a device, snmp_sess_async_send(), select(). Prints one line of name=value pairs.
 *
 *   bench_netsnmp [devices [in-flight]]
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <time.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#define MOST 400 /* sessions, so that select()'s limit holds */

static const char *const objects[] = {
    "1.3.6.1.2.1.1.1.0",           "1.3.6.1.2.1.1.2.0",
    "1.3.6.1.2.1.1.3.0",           "1.3.6.1.2.1.1.5.0",
    "1.3.6.1.2.1.1.6.0",           "1.3.6.1.2.1.25.3.2.1.5.1",
    "1.3.6.1.2.1.25.3.5.1.1.1",    "1.3.6.1.2.1.25.3.5.1.2.1",
    "1.3.6.1.2.1.43.5.1.1.1.1",    "1.3.6.1.2.1.43.5.1.1.16.1",
    "1.3.6.1.2.1.43.5.1.1.17.1",   "1.3.6.1.2.1.43.10.2.1.4.1.1",
    "1.3.6.1.2.1.43.10.2.1.5.1.1", "1.3.6.1.2.1.43.10.2.1.15.1.1",
    "1.3.6.1.2.1.43.8.2.1.9.1.1",  "1.3.6.1.2.1.43.8.2.1.10.1.1",
    "1.3.6.1.2.1.43.8.2.1.11.1.1", "1.3.6.1.2.1.43.8.2.1.18.1.1",
    "1.3.6.1.2.1.43.8.2.1.10.1.2", "1.3.6.1.2.1.43.8.2.1.11.1.2",
    "1.3.6.1.2.1.43.9.2.1.4.1.1",  "1.3.6.1.2.1.43.9.2.1.5.1.1",
    "1.3.6.1.2.1.43.9.2.1.6.1.1",  "1.3.6.1.2.1.43.16.5.1.2.1.1",
    "1.3.6.1.2.1.43.16.5.1.2.1.2",
};
#define OBJECTS (sizeof objects / sizeof *objects)
#define FIRST_GET 24u /* as the engine packs them */

static const char *const columns[] = {
    "1.3.6.1.2.1.43.11.1.1.3", "1.3.6.1.2.1.43.11.1.1.4", "1.3.6.1.2.1.43.11.1.1.5",
    "1.3.6.1.2.1.43.11.1.1.6", "1.3.6.1.2.1.43.11.1.1.7", "1.3.6.1.2.1.43.11.1.1.8",
    "1.3.6.1.2.1.43.11.1.1.9",
};
#define COLUMNS (sizeof columns / sizeof *columns)

typedef struct name {
    oid arcs[MAX_OID_LEN];
    size_t count;
} name;

typedef struct device {
    void *session;
    int step;
    bool ended;
    name rows[COLUMNS]; /* where the walk stands */
    unsigned left;      /* columns still walked, a bit each */
} device;

static name object_names[OBJECTS];
static name column_names[COLUMNS];
static unsigned long good;
static unsigned long bindings;
static unsigned long trips;

static bool send_step(device *d);

static void parse(const char *text, name *n)
{
    n->count = MAX_OID_LEN;
    if (read_objid(text, n->arcs, &n->count) == 0) {
        abort();
    }
}

/* Keeps what a caller would keep of the answer: here, only how much there was. */
static void take_rows(device *d, const netsnmp_pdu *pdu)
{
    unsigned asked = d->left;
    unsigned turn = asked;
    for (const netsnmp_variable_list *v = pdu->variables; v != NULL && d->left != 0;
         v = v->next_variable) {
        unsigned column = (unsigned)__builtin_ctz(turn);
        unsigned bit = 1u << column;
        turn &= turn - 1;
        turn = turn == 0 ? asked : turn;
        if ((d->left & bit) == 0) {
            continue;
        }
        if (v->type == SNMP_ENDOFMIBVIEW ||
            snmp_oidtree_compare(column_names[column].arcs, column_names[column].count, v->name,
                                 v->name_length) != 0) {
            d->left &= ~bit;
            continue;
        }
        memcpy(d->rows[column].arcs, v->name, v->name_length * sizeof(oid));
        d->rows[column].count = v->name_length;
        bindings++;
    }
}

static int answered(int operation, netsnmp_session *session, int id, netsnmp_pdu *pdu, void *magic)
{
    device *d = magic;
    (void)session;
    (void)id;
    if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE) {
        d->ended = true;
        return 1;
    }
    trips++;
    if (d->step < 2) {
        for (const netsnmp_variable_list *v = pdu->variables; v != NULL; v = v->next_variable) {
            bindings += v->type != SNMP_NOSUCHINSTANCE && v->type != SNMP_NOSUCHOBJECT;
        }
        d->step++;
    } else {
        take_rows(d, pdu);
        d->step += d->left == 0;
    }
    if (d->step == 3) {
        good++;
        d->ended = true;
    } else if (!send_step(d)) {
        d->ended = true;
    }
    return 1;
}

static bool send_step(device *d)
{
    netsnmp_pdu *pdu = snmp_pdu_create(d->step < 2 ? SNMP_MSG_GET : SNMP_MSG_GETBULK);
    if (pdu == NULL) {
        return false;
    }
    if (d->step < 2) {
        size_t from = d->step == 0 ? 0 : FIRST_GET;
        size_t to = d->step == 0 ? FIRST_GET : OBJECTS;
        for (size_t i = from; i < to; i++) {
            snmp_add_null_var(pdu, object_names[i].arcs, object_names[i].count);
        }
    } else {
        pdu->non_repeaters = 0;
        pdu->max_repetitions = 6;
        for (unsigned i = 0; i < COLUMNS; i++) {
            if ((d->left >> i & 1u) != 0) {
                snmp_add_null_var(pdu, d->rows[i].arcs, d->rows[i].count);
            }
        }
    }
    if (snmp_sess_async_send(d->session, pdu, answered, d) == 0) {
        snmp_free_pdu(pdu);
        return false;
    }
    return true;
}

static bool open_device(device *d, unsigned number)
{
    char peer[64];
    u_char community[] = "public";
    netsnmp_session session;
    unsigned host = number / 254 * 256 + number % 254 + 1;
    const char *port = getenv("SNMP_BENCH_PORT");
    (void)snprintf(peer, sizeof peer, "udp:127.10.%u.%u:%s", host >> 8, host & 255u,
                   port != NULL ? port : "10161");
    memset(d, 0, sizeof *d);
    snmp_sess_init(&session);
    session.version = SNMP_VERSION_2c;
    session.community = community;
    session.community_len = sizeof community - 1;
    session.peername = peer;
    session.timeout = 1000000;
    session.retries = 1;
    d->session = snmp_sess_open(&session);
    d->left = (1u << COLUMNS) - 1;
    memcpy(d->rows, column_names, sizeof column_names);
    return d->session != NULL && send_step(d);
}

static void turn(device *devices, unsigned count)
{
    int fds = 0;
    int block = 0;
    fd_set set;
    struct timeval wait = {.tv_sec = 1};
    FD_ZERO(&set);
    for (unsigned i = 0; i < count; i++) {
        if (devices[i].session != NULL) {
            block = 0;
            (void)snmp_sess_select_info(devices[i].session, &fds, &set, &wait, &block);
        }
    }
    int ready = select(fds, &set, NULL, NULL, &wait);
    for (unsigned i = 0; i < count; i++) {
        if (devices[i].session == NULL) {
            continue;
        }
        if (ready > 0) {
            (void)snmp_sess_read(devices[i].session, &set);
        } else {
            snmp_sess_timeout(devices[i].session);
        }
    }
}

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10000;
    unsigned in_flight = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 64;
    device *devices = calloc(MOST, sizeof *devices);
    unsigned next = 0;
    unsigned open = 0;
    if (devices == NULL || in_flight > MOST) {
        return 2;
    }
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    setenv("MIBS", "", 1); /* before other threads: there are none */
    init_snmp("bench");
    for (size_t i = 0; i < OBJECTS; i++) {
        parse(objects[i], &object_names[i]);
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        parse(columns[i], &column_names[i]);
    }
    double from = now(CLOCK_MONOTONIC);
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    do {
        for (unsigned i = 0; i < in_flight; i++) {
            device *d = &devices[i];
            if (d->session != NULL && d->ended) {
                snmp_sess_close(d->session);
                d->session = NULL;
                open--;
            }
            if (d->session == NULL && next < count) {
                d->ended = !open_device(d, next++);
                open += d->session != NULL;
            }
        }
        if (open > 0) {
            turn(devices, in_flight);
        }
    } while (open > 0);
    double seconds = now(CLOCK_MONOTONIC) - from;
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("netsnmp devices=%lu bindings_a_device=%.1f seconds=%.3f devices_per_second=%.0f "
           "round_trips_per_second=%.0f cpu_seconds=%.3f round_trips_per_cpu_second=%.0f\n",
           good, (double)bindings / (double)good, seconds, (double)good / seconds,
           (double)trips / seconds, cpu, (double)trips / cpu);
    free(devices);
    return 0;
}
