/* platen-sim-load: asks the simulated devices one after another, as fast as it can, with one
 * prepared v2c GET, and prints the answers a second. Measures the simulator, not a manager. */
#include "ber.h"
#include "oid.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, ROOM = 2048, WINDOW = 512 };

struct batch {
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    struct sockaddr_in peers[BATCH];
    uint8_t data[BATCH][ROOM];
};

static const char *const names[] = {
    "1.3.6.1.2.1.25.3.5.1.1.1",    "1.3.6.1.2.1.25.3.5.1.2.1",    "1.3.6.1.2.1.43.10.2.1.4.1.1",
    "1.3.6.1.2.1.43.11.1.1.9.1.1", "1.3.6.1.2.1.43.8.2.1.10.1.1", "1.3.6.1.2.1.1.3.0",
};

static size_t request(uint8_t *out, size_t cap, size_t count)
{
    struct ber_writer w = {.start = out + cap, .floor = out, .end = out + cap};
    uint8_t oid[OID_MAX_BYTES];

    for (size_t i = 0; i < count; i++) {
        size_t n = oid_parse(names[i], oid, sizeof oid);
        const uint8_t *end = w.end;
        w.end = w.start;
        (void)ber_put_header(&w, BER_NULL, 0);
        (void)ber_put_bytes(&w, oid, n);
        (void)ber_put_header(&w, BER_OID, n);
        (void)ber_wrap(&w, BER_SEQUENCE);
        w.end = end;
    }
    (void)ber_wrap(&w, BER_SEQUENCE);
    (void)ber_put_int(&w, 0);
    (void)ber_put_int(&w, 0);
    (void)ber_put_int(&w, 1234567);
    (void)ber_wrap(&w, 0xa0);
    (void)ber_put_octets(&w, "public", 6);
    (void)ber_put_int(&w, 1);
    (void)ber_wrap(&w, BER_SEQUENCE);
    size_t len = (size_t)(w.end - w.start);
    memmove(out, w.start, len);
    return len;
}

static double seconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static uint32_t next_host(uint32_t base, uint32_t devices, uint32_t *host, uint32_t *count)
{
    if (*count == devices) {
        *host = 0;
        *count = 0;
    }
    uint32_t a;
    do {
        a = base + ++*host;
    } while ((a & 255) == 0 || (a & 255) == 255);
    ++*count;
    return a;
}

static void arm(struct batch *b, size_t len)
{
    for (unsigned i = 0; i < BATCH; i++) {
        b->vectors[i] = (struct iovec){.iov_base = b->data[i], .iov_len = len};
        b->headers[i].msg_hdr = (struct msghdr){.msg_name = &b->peers[i],
                                                .msg_namelen = sizeof b->peers[i],
                                                .msg_iov = &b->vectors[i],
                                                .msg_iovlen = 1};
    }
}

int main(int argc, char **argv)
{
    static struct batch out;
    static struct batch in;
    double duration = argc > 1 ? strtod(argv[1], NULL) : 2;
    uint32_t devices = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
    uint16_t port = argc > 3 ? (uint16_t)strtoul(argv[3], NULL, 10) : 10161;
    size_t varbinds = argc > 4 ? strtoul(argv[4], NULL, 10) : 1;
    struct timeval wait = {.tv_usec = 50000};
    int size = 32 * 1024 * 1024;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || devices == 0 || varbinds == 0 || varbinds > sizeof names / sizeof *names ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0) {
        fputs("usage: platen-sim-load [SECONDS [DEVICES [PORT [VARBINDS 1..6]]]]\n", stderr);
        return 2;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    size_t len = request(out.data[0], ROOM, varbinds);
    for (unsigned i = 1; i < BATCH; i++) {
        memcpy(out.data[i], out.data[0], len);
    }
    arm(&out, len);
    arm(&in, ROOM);
    uint32_t host = 0;
    uint32_t count = 0;
    unsigned under_way = 0;
    uint64_t done = 0;
    uint64_t lost = 0;
    double start = seconds();
    double now = start;
    while (now - start < duration) {
        while (under_way + BATCH <= WINDOW) {
            for (unsigned i = 0; i < BATCH; i++) {
                uint32_t a = next_host(UINT32_C(0x7f0a0000), devices, &host, &count);
                out.peers[i] = (struct sockaddr_in){
                    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(a)};
            }
            int n = sendmmsg(fd, out.headers, BATCH, 0);
            under_way += n > 0 ? (unsigned)n : 0;
        }
        int n = recvmmsg(fd, in.headers, BATCH, MSG_WAITFORONE, NULL);
        if (n > 0) {
            done += (unsigned)n;
            under_way -= (unsigned)n < under_way ? (unsigned)n : under_way;
        } else {
            lost += under_way;
            under_way = 0;
        }
        now = seconds();
    }
    close(fd);
    printf("load answers_per_second=%.0f devices=%u varbinds=%zu unanswered=%llu\n",
           (double)done / (now - start), devices, varbinds, (unsigned long long)lost);
    return EXIT_SUCCESS;
}
