/* See support.h. The fake device is a thread of its own; its counters are atomic. */
#include "support.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Reads */

snmpeng *engine_begin(const snmpeng_options *options)
{
    static const snmpeng_options usual = {.timeout_ms = 400, .tries = 3};
    platen_error err = PLATEN_ERROR_INIT;
    snmpeng *e = NULL;
    if (snmpeng_new(options != NULL ? options : &usual, &e, &err) != PLATEN_OK ||
        snmpeng_start(e, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    return e;
}

void engine_end(snmpeng *e)
{
    snmpeng_stop(e);
    snmpeng_free(e);
}

snmpeng_credential *community(const char *name)
{
    snmpeng_credential *c = NULL;
    snmpeng_credential_spec spec = {.community = name};
    assert_int_equal(snmpeng_credential_new(&spec, &c, NULL), PLATEN_OK);
    return c;
}

snmpeng_plan *plan_of(const char *first, ...)
{
    platen_snmp_item items[300];
    uint32_t count = 0;
    va_list args;
    va_start(args, first);
    for (const char *at = first; at != NULL; at = va_arg(args, const char *)) {
        items[count] = (platen_snmp_item)PLATEN_SNMP_ITEM_INIT;
        items[count].op = *at == 'g' ? PLATEN_SNMP_GET : PLATEN_SNMP_WALK;
        items[count].table = *at == 't';
        items[count++].oid = at + 1;
    }
    va_end(args);
    platen_error err = PLATEN_ERROR_INIT;
    snmpeng_plan *plan = NULL;
    if (snmpeng_plan_new(items, count, &plan, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    return plan;
}

snmpeng_request request_to(const char *address, uint16_t port, snmpeng_credential *credential,
                           const snmpeng_plan *plan)
{
    snmpeng_request request = {
        .port = port, .version = SNMPENG_V2C, .credential = credential, .plan = plan};
    assert_true(net_parse(address, &request.address));
    return request;
}

struct pending {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool done;
    snmpeng_read *read;
    outcome outcome;
};

static void print_arcs(char *text, size_t size, const uint32_t *arcs, uint32_t count)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < count && used < size; i++) {
        used +=
            (size_t)snprintf(text + used, size - used, "%s%" PRIu32, i == 0 ? "" : ".", arcs[i]);
    }
}

static void print_binding(const platen_snmp_binding *b, char *text, size_t size)
{
    char name[2048];
    char arcs[2048];
    print_arcs(name, sizeof name, b->oid, b->oid_count);
    if (b->type == PLATEN_SNMP_OID) {
        print_arcs(arcs, sizeof arcs, b->arcs, b->arc_count);
        (void)snprintf(text, size, "%s o:%s\n", name, arcs);
    } else if (b->type == PLATEN_SNMP_OCTETS) {
        (void)snprintf(text, size, "%s s:%.*s\n", name, (int)b->octet_count,
                       b->octet_count == 0 ? "" : (const char *)b->octets);
    } else {
        (void)snprintf(text, size, "%s %02x:%" PRId64 "\n", name, b->type, b->integer);
    }
}

static void keep(const platen_snmp_result *result, snmpeng_version version, void *user)
{
    pending *p = user;
    size_t used = 0;
    pthread_mutex_lock(&p->mutex);
    p->outcome.calls++;
    p->outcome.code = (platen_code)result->code;
    p->outcome.version = version;
    p->outcome.count = result->count;
    (void)snprintf(p->outcome.error, sizeof p->outcome.error, "%s",
                   result->error == NULL ? "" : result->error->text);
    for (uint32_t i = 0; i < result->count && used + 8192 < sizeof p->outcome.text; i++) {
        print_binding(&result->bindings[i], p->outcome.text + used, sizeof p->outcome.text - used);
        used += strlen(p->outcome.text + used);
    }
    p->done = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->mutex);
}

pending *read_begin(snmpeng *e, const snmpeng_request *request)
{
    pending *p = calloc(1, sizeof *p);
    assert_non_null(p);
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->changed, NULL);
    snmpeng_request mine = *request;
    mine.done = keep;
    mine.user = p;
    platen_error err = PLATEN_ERROR_INIT;
    if (snmpeng_submit(e, &mine, &p->read, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    return p;
}

snmpeng_read *pending_handle(pending *p)
{
    return p->read;
}

void read_end_wait(pending *p, outcome *out)
{
    pthread_mutex_lock(&p->mutex);
    while (!p->done) {
        pthread_cond_wait(&p->changed, &p->mutex);
    }
    pthread_mutex_unlock(&p->mutex);
    *out = p->outcome;
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->mutex);
    free(p);
}

void read_wait(snmpeng *e, const snmpeng_request *request, outcome *out)
{
    read_end_wait(read_begin(e, request), out);
}

/* The fake device */

struct fake {
    pthread_t thread;
    int fd;
    int stop[2];
    uint16_t port;
    const fake_value *values;
    size_t count;
    fake_hook hook;
    atomic_int requests;
    struct sockaddr_in from; /* of the request at hand */
};

static uint32_t parse_arcs(const char *text, uint32_t arcs[WIRE_ARCS])
{
    uint32_t count = 0;
    char *end;
    while (*text != '\0') {
        arcs[count++] = (uint32_t)strtoul(text, &end, 10);
        text = *end == '.' ? end + 1 : end;
    }
    return count;
}

static void put_value(wire_writer *writer, uint8_t type, int64_t integer, const char *text)
{
    uint8_t space[5 * WIRE_ARCS + 16];
    uint32_t arcs[WIRE_ARCS];
    wire_writer inner = {.at = space, .left = sizeof space};
    if (type == PLATEN_SNMP_OCTETS) {
        wire_put_octets(writer, type, text, strlen(text));
    } else if (type == PLATEN_SNMP_OID) {
        wire_put_null_bind(&inner, arcs, parse_arcs(text, arcs));
        wire_reader whole = {space, inner.at};
        wire_reader pair;
        wire_tlv name;
        assert_true(wire_enter(&whole, WIRE_SEQUENCE, &pair) && wire_next(&pair, &name));
        wire_put_octets(writer, type, name.value, name.length);
    } else if (type >= WIRE_NO_SUCH_OBJECT || type == PLATEN_SNMP_NULL) {
        wire_put_octets(writer, type, NULL, 0);
    } else {
        wire_put_integer(&inner, integer);
        space[0] = type;
        wire_put_raw(writer, space, (size_t)(inner.at - space));
    }
}

void put_bind(wire_writer *writer, const char *oid, uint8_t type, int64_t integer, const char *text)
{
    uint8_t name[1024];
    uint8_t value[2048];
    uint32_t arcs[WIRE_ARCS];
    wire_writer head = {.at = name, .left = sizeof name};
    wire_put_null_bind(&head, arcs, parse_arcs(oid, arcs));
    wire_reader whole = {name, head.at};
    wire_reader pair;
    wire_tlv tlv;
    assert_true(wire_enter(&whole, WIRE_SEQUENCE, &pair) && wire_next(&pair, &tlv));
    wire_writer tail = {.at = value, .left = sizeof value};
    put_value(&tail, type, integer, text);
    size_t name_size = (size_t)(tlv.value - tlv.start) + tlv.length;
    wire_put_header(writer, WIRE_SEQUENCE, name_size + (size_t)(tail.at - value));
    wire_put_raw(writer, tlv.start, name_size);
    wire_put_raw(writer, value, (size_t)(tail.at - value));
}

static const fake_value *find_value(const fake *f, const wire_tlv *name, bool next)
{
    uint32_t wanted[WIRE_ARCS];
    uint32_t wanted_count;
    uint32_t arcs[WIRE_ARCS];
    if (!wire_oid(name, wanted, &wanted_count)) {
        return NULL;
    }
    for (size_t i = 0; i < f->count; i++) {
        uint32_t count = parse_arcs(f->values[i].oid, arcs);
        int order = wire_oid_compare(arcs, count, wanted, wanted_count);
        if (next ? order > 0 : order == 0) {
            return &f->values[i];
        }
    }
    return NULL;
}

static void text_of(const wire_tlv *name, char *text, size_t size)
{
    uint32_t arcs[WIRE_ARCS];
    uint32_t count = 0;
    (void)wire_oid(name, arcs, &count);
    print_arcs(text, size, arcs, count);
}

/* One row of a GETNEXT or the values of a GET; 0, or the index of the v1 error. */
static uint32_t put_row(const fake *f, const fake_request *q, char names[][600],
                        wire_writer *writer)
{
    for (uint32_t i = 0; i < q->count; i++) {
        uint8_t name[1024];
        uint32_t arcs[WIRE_ARCS];
        wire_writer head = {.at = name, .left = sizeof name};
        wire_put_null_bind(&head, arcs, parse_arcs(names[i], arcs));
        wire_reader whole = {name, head.at};
        wire_reader pair;
        wire_tlv tlv;
        assert_true(wire_enter(&whole, WIRE_SEQUENCE, &pair) && wire_next(&pair, &tlv));
        bool next = q->tag != WIRE_GET;
        const fake_value *value = find_value(f, &tlv, next);
        if (value == NULL && q->version == SNMPENG_V1) {
            return i + 1;
        }
        if (value == NULL) {
            put_bind(writer, names[i], next ? WIRE_END_OF_MIB : WIRE_NO_SUCH_INSTANCE, 0, NULL);
            continue;
        }
        put_bind(writer, value->oid, value->type, value->integer, value->text);
        (void)snprintf(names[i], sizeof names[i], "%s", value->oid);
    }
    return 0;
}

size_t fake_reply(const fake_request *request, int64_t version, uint8_t tag, int64_t id,
                  int64_t status, int64_t index, const uint8_t *binds, size_t binds_length,
                  uint8_t *out)
{
    wire_writer writer = {.at = out, .left = WIRE_PACKET};
    size_t numbers = wire_integer_size(id) + wire_integer_size(status) + wire_integer_size(index);
    size_t body = numbers + wire_header_size(binds_length) + binds_length;
    size_t name = strlen(request->community);
    size_t sum =
        wire_integer_size(version) + wire_header_size(name) + name + wire_header_size(body) + body;
    wire_put_header(&writer, WIRE_SEQUENCE, sum);
    wire_put_integer(&writer, version);
    wire_put_octets(&writer, PLATEN_SNMP_OCTETS, request->community, name);
    wire_put_header(&writer, tag, body);
    wire_put_integer(&writer, id);
    wire_put_integer(&writer, status);
    wire_put_integer(&writer, index);
    wire_put_octets(&writer, WIRE_SEQUENCE, binds, binds_length);
    assert_false(writer.failed);
    return (size_t)(writer.at - out);
}

size_t fake_answer(fake *f, const fake_request *request, uint8_t *out)
{
    static _Thread_local uint8_t binds[60000];
    static _Thread_local char names[64][600];
    wire_writer writer = {.at = binds, .left = sizeof binds};
    int64_t rows = request->tag == WIRE_GETBULK ? request->b : 1;
    uint32_t failed = 0;
    for (uint32_t i = 0; i < request->count && i < 64; i++) {
        text_of(&request->binds[i].name, names[i], sizeof names[i]);
    }
    for (int64_t row = 0; row < rows && failed == 0; row++) {
        failed = put_row(f, request, names, &writer);
    }
    if (failed != 0) {
        return fake_reply(request, request->version, WIRE_RESPONSE, request->id, 2, failed,
                          request->raw, request->raw_length, out);
    }
    return fake_reply(request, request->version, WIRE_RESPONSE, request->id, 0, 0, binds,
                      (size_t)(writer.at - binds), out);
}

static bool request_read(const uint8_t *data, size_t length, fake_request *request,
                         wire_bind *binds)
{
    wire_reader packet = {data, data + length};
    wire_reader body;
    wire_tlv community_tlv;
    wire_tlv list;
    wire_pdu pdu = {.binds = binds};
    if (!wire_enter(&packet, WIRE_SEQUENCE, &body) || !wire_integer(&body, &request->version) ||
        request->version == SNMPENG_V3 || !wire_expect(&body, PLATEN_SNMP_OCTETS, &community_tlv)) {
        return false;
    }
    wire_reader again = body;
    wire_tlv whole;
    int64_t number;
    if (!wire_pdu_read(&body, &pdu) || !wire_next(&again, &whole)) {
        return false;
    }
    wire_reader inside = {whole.value, whole.value + whole.length};
    if (!wire_integer(&inside, &number) || !wire_integer(&inside, &number) ||
        !wire_integer(&inside, &number) || !wire_expect(&inside, WIRE_SEQUENCE, &list)) {
        return false;
    }
    (void)snprintf(request->community, sizeof request->community, "%.*s", (int)community_tlv.length,
                   (const char *)community_tlv.value);
    request->tag = pdu.tag;
    request->id = pdu.id;
    request->a = pdu.status;
    request->b = pdu.index;
    request->count = pdu.count;
    request->binds = binds;
    request->raw = list.value;
    request->raw_length = list.length;
    return true;
}

void fake_send(fake *f, const uint8_t *data, size_t length)
{
    (void)sendto(f->fd, data, length, 0, (struct sockaddr *)&f->from, sizeof f->from);
}

void fake_send_from(fake *f, const char *address, const uint8_t *data, size_t length)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(f->port)};
    assert_int_equal(inet_pton(AF_INET, address, &own.sin_addr), 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
    (void)sendto(fd, data, length, 0, (struct sockaddr *)&f->from, sizeof f->from);
    close(fd);
}

static void *serve(void *user)
{
    fake *f = user;
    static _Thread_local uint8_t data[65536];
    static _Thread_local uint8_t reply[65536];
    wire_bind *binds = calloc(WIRE_BINDS, sizeof *binds);
    for (;;) {
        struct pollfd ready[2] = {{.fd = f->fd, .events = POLLIN},
                                  {.fd = f->stop[0], .events = POLLIN}};
        (void)poll(ready, 2, -1);
        if (ready[1].revents != 0) {
            break;
        }
        socklen_t size = sizeof f->from;
        ssize_t n =
            recvfrom(f->fd, data, sizeof data, MSG_DONTWAIT, (struct sockaddr *)&f->from, &size);
        fake_request request;
        if (n <= 0 || !request_read(data, (size_t)n, &request, binds)) {
            continue;
        }
        atomic_fetch_add(&f->requests, 1);
        size_t length = 0;
        if (f->hook == NULL || !f->hook(f, &request, reply, &length)) {
            length = fake_answer(f, &request, reply);
        }
        if (length > 0) {
            fake_send(f, reply, length);
        }
    }
    free(binds);
    return NULL;
}

fake *fake_begin(const char *address, const fake_value *values, size_t count, fake_hook hook)
{
    fake *f = calloc(1, sizeof *f);
    assert_non_null(f);
    struct sockaddr_in own = {.sin_family = AF_INET};
    socklen_t size = sizeof own;
    f->values = values;
    f->count = count;
    f->hook = hook;
    f->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(inet_pton(AF_INET, address, &own.sin_addr), 1);
    assert_int_equal(bind(f->fd, (struct sockaddr *)&own, sizeof own), 0);
    assert_int_equal(getsockname(f->fd, (struct sockaddr *)&own, &size), 0);
    f->port = ntohs(own.sin_port);
    assert_int_equal(pipe(f->stop), 0);
    assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
    return f;
}

void fake_end(fake *f)
{
    assert_int_equal(write(f->stop[1], "x", 1), 1);
    pthread_join(f->thread, NULL);
    close(f->stop[0]);
    close(f->stop[1]);
    close(f->fd);
    free(f);
}

uint16_t fake_port(const fake *f)
{
    return f->port;
}

int fake_requests(const fake *f)
{
    return atomic_load(&f->requests);
}

int fake_number(const fake *f)
{
    return atomic_load(&f->requests);
}
