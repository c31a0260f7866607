/* Self test without sockets: the codec's corners, the order of every model's objects, and a great
 * many mutated packets thrown at all models with all faults. Meant to be run with sanitizers. */
#include "agent.h"
#include "fleet.h"
#include "usm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned failures;

static void check(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "FAIL %s\n", what);
        failures++;
    }
}

static void test_numbers(void)
{
    static const int64_t values[] = {0,         1,         -1,        127,      128,
                                     -128,      -129,      255,       32767,    -32768,
                                     INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    uint8_t buf[9];

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        int64_t back = 0;
        size_t n = ber_signed(buf, values[i]);
        check(ber_parse_int(buf, n, &back) && back == values[i], "signed round trip");
    }
    check(ber_unsigned(buf, UINT32_MAX) == 5 && buf[0] == 0, "unsigned keeps its sign octet");
    check(ber_unsigned(buf, UINT64_MAX) == 9 && buf[0] == 0, "largest Counter64");
}

static void test_oids(void)
{
    static const char *const ordered[] = {
        "1.3.6.1.2.1.1.1.0",     "1.3.6.1.2.1.1.1.127",   "1.3.6.1.2.1.1.1.128",
        "1.3.6.1.2.1.1.1.16383", "1.3.6.1.2.1.1.1.16384", "1.3.6.1.2.1.1.1.4294967295",
        "1.3.6.1.2.1.1.2",       "1.3.6.1.2.1.43",        "1.3.6.1.2.1.43.5",
        "1.3.6.1.2.1.128.1",     "1.3.6.1.4.1.11.2",      "1.3.6.1.4.1.18334.1",
    };
    uint8_t a[OID_MAX_BYTES];
    uint8_t b[OID_MAX_BYTES];
    char text[OID_TEXT_MAX];

    for (size_t i = 0; i < sizeof ordered / sizeof *ordered; i++) {
        size_t a_len = oid_parse(ordered[i], a, sizeof a);
        oid_text(a, a_len, text, sizeof text);
        check(oid_valid(a, a_len) && strcmp(text, ordered[i]) == 0, ordered[i]);
        for (size_t k = 0; k < sizeof ordered / sizeof *ordered; k++) {
            size_t b_len = oid_parse(ordered[k], b, sizeof b);
            int want = i < k ? -1 : i > k ? 1 : 0;
            check(oid_compare(a, a_len, b, b_len) == want, "order of OIDs");
        }
    }
    check(oid_parse("1.3..6", a, sizeof a) == 0, "empty arc refused");
    check(oid_parse("1.3.4294967296", a, sizeof a) == 0, "arc too large refused");
    check(!oid_valid((const uint8_t *)"\x2b\x80\x01", 3), "padded arc refused");
}

static void walk(struct world *w, struct device *d)
{
    struct view v;
    struct hit hit;
    uint8_t oid[OID_MAX_BYTES + 8] = {0x28};
    size_t len = 1;
    size_t hint = SIZE_MAX;
    size_t count = 0;

    view_open(&v, w, d);
    while (mib_next(&v, oid, len, hint, false, &hit) == MIB_FOUND) {
        if (oid_compare(hit.oid, hit.oid_len, oid, len) <= 0) {
            check(false, v.profile->name);
            return;
        }
        len = hit.oid_len;
        memcpy(oid, hit.oid, len);
        hint = hit.after;
        count++;
        check(mib_get(&v, oid, len, &hit) == MIB_FOUND, "what a walk gives can be got");
    }
    check(count >= v.profile->count, "a walk gives every object");
}

/* --- packets --- */

static size_t seed_packet(uint8_t *out, uint8_t type, int version)
{
    static const uint8_t names[][10] = {{0x2b, 6, 1, 2, 1, 1, 1, 0},
                                        {0x2b, 6, 1, 2, 1, 1, 5, 0},
                                        {0x2b, 6, 1, 2, 1, 0x2b, 18, 1, 1},
                                        {0x2b, 6, 1, 2, 1, 0x2b, 11, 1, 1}};
    uint8_t buf[512];
    struct ber_writer w = {.start = buf + sizeof buf, .floor = buf, .end = buf + sizeof buf};

    for (size_t i = 0; i < 4; i++) {
        const uint8_t *end = w.end;
        w.end = w.start;
        (void)ber_put_octets(&w, "x", type == PDU_SET ? 1 : 0);
        (void)ber_put_bytes(&w, names[i], i < 2 ? 8 : 9);
        (void)ber_put_header(&w, BER_OID, i < 2 ? 8 : 9);
        (void)ber_wrap(&w, BER_SEQUENCE);
        w.end = end;
    }
    (void)ber_wrap(&w, BER_SEQUENCE);
    (void)ber_put_int(&w, type == PDU_BULK ? 20 : 0);
    (void)ber_put_int(&w, type == PDU_BULK ? 1 : 0);
    (void)ber_put_int(&w, 4711);
    (void)ber_wrap(&w, type);
    (void)ber_put_octets(&w, "private", 7);
    (void)ber_put_int(&w, version);
    (void)ber_wrap(&w, BER_SEQUENCE);
    memcpy(out, w.start, (size_t)(w.end - w.start));
    return (size_t)(w.end - w.start);
}

static size_t seed_v3(const struct world *w, const struct device *d, uint8_t *out)
{
    uint8_t buf[512];
    struct ber_writer b = {.start = buf + sizeof buf, .floor = buf, .end = buf + sizeof buf};
    uint8_t engine[12];
    size_t n = device_engine(w, d, engine);
    uint8_t flags = 4;
    static const uint8_t pdu[] = {0xa0, 0x1a, 2, 1,    7, 2, 1, 0, 2,    1, 0, 0x30, 15, 0x30,
                                  13,   6,    9, 0x2b, 6, 1, 2, 1, 0x2b, 5, 1, 1,    5,  0};

    (void)ber_put_bytes(&b, pdu, sizeof pdu);
    (void)ber_put_octets(&b, "", 0);
    (void)ber_put_octets(&b, engine, n);
    (void)ber_wrap(&b, BER_SEQUENCE);
    const uint8_t *end = b.end;
    b.end = b.start;
    (void)ber_put_octets(&b, "", 0);
    (void)ber_put_octets(&b, "", 0);
    (void)ber_put_octets(&b, "plain", 5);
    (void)ber_put_int(&b, 0);
    (void)ber_put_int(&b, d->boots);
    (void)ber_put_octets(&b, engine, n);
    (void)ber_wrap(&b, BER_SEQUENCE);
    (void)ber_wrap(&b, BER_OCTETS);
    b.end = b.start;
    (void)ber_put_int(&b, 3);
    (void)ber_put_octets(&b, &flags, 1);
    (void)ber_put_int(&b, 1472);
    (void)ber_put_int(&b, 99);
    (void)ber_wrap(&b, BER_SEQUENCE);
    b.end = end;
    (void)ber_put_int(&b, 3);
    (void)ber_wrap(&b, BER_SEQUENCE);
    memcpy(out, b.start, (size_t)(b.end - b.start));
    return (size_t)(b.end - b.start);
}

static size_t mutate(uint64_t *rng, uint8_t *p, size_t len)
{
    unsigned times = (unsigned)(fault_random(rng) % 6);

    for (unsigned i = 0; i < times && len > 0; i++) {
        uint64_t r = fault_random(rng);
        size_t at = (size_t)(r >> 16) % len;
        switch (r % 6) {
        case 0:
            p[at] = (uint8_t)(r >> 8);
            break;
        case 1:
            p[at] ^= (uint8_t)(1U << (r >> 8) % 8);
            break;
        case 2:
            len = at;
            break;
        case 3:
            p[at] = (uint8_t)(r & 64 ? 0xff : 0x80);
            break;
        case 4:
            memmove(p + at, p + at + 1, len - at - 1);
            len--;
            break;
        default:
            if (len < 1000) {
                memmove(p + at + 1, p + at, len - at);
                len++;
            }
            break;
        }
    }
    return len;
}

static void fuzz(struct world *w, unsigned rounds, uint8_t *buf)
{
    static const uint8_t types[] = {PDU_GET, PDU_NEXT, PDU_BULK, PDU_SET, PDU_RESPONSE};
    uint64_t rng = w->seed * 2 + 1;
    unsigned answered = 0;

    for (unsigned i = 0; i < rounds; i++) {
        struct device *d = &w->devices[fault_random(&rng) % w->device_count];
        uint64_t r = fault_random(&rng);
        /* a packet of exactly its size, so that a read past its end is seen */
        uint8_t room[1536];
        size_t len = r % 4 == 0 ? seed_v3(w, d, room)
                                : seed_packet(room, types[r / 4 % sizeof types], r & 64 ? 1 : 0);
        len = mutate(&rng, room, len);
        uint8_t *packet = malloc(len + 1);
        if (packet == NULL) {
            abort();
        }
        memcpy(packet, room, len);
        d->fault.bits = r & 128 ? (uint32_t)(1U << (r >> 8) % 13) : 0;
        d->fault.bits &= ~(uint32_t)FAULT_SILENT;
        d->fault.too_big_over = 2;
        uint8_t *reply = NULL;
        struct packet_fate fate;
        size_t n = net_packet(w, d, &rng, packet, len, buf, &reply, &fate);
        if (n > 0) {
            answered++;
            check(reply >= buf && reply + n <= buf + REPLY_ROOM, "reply inside its room");
        }
        d->silent_until_ms = 0;
        w->now_ms += 3;
        free(packet);
    }
    check(answered > rounds / 20, "mutated packets still get through often enough to mean it");
}

int main(int argc, char **argv)
{
    static struct world world;
    struct options options;
    /* getopt wants strings it could write to */
    char words[][20] = {"selftest", "--devices", "64",    "--decoys", "6",    "--alert-percent",
                        "50",       "--v3-user", "plain", "--life",   "1..5", "--quiet"};
    char *line[sizeof words / sizeof *words];
    unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 200000;
    uint8_t *buf = malloc(REPLY_ROOM);

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        line[i] = words[i];
    }
    test_numbers();
    test_oids();
    if (buf == NULL || !world_init(&world) ||
        !options_read(&options, &world, sizeof line / sizeof *line, line) ||
        !fleet_build(&world, &options)) {
        fputs("FAIL the fleet cannot be built\n", stderr);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < world.device_count; i++) {
        walk(&world, &world.devices[i]);
    }
    fuzz(&world, rounds, buf);
    for (size_t i = 0; i < world.device_count; i++) {
        walk(&world, &world.devices[i]);
    }
    printf("selftest rounds=%u failures=%u\n", rounds, failures);
    options_fini(&options);
    usm_fini(world.users, world.user_count);
    world_fini(&world);
    free(buf);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
