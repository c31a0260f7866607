/* platen-sim-floor: how many UDP round trips this machine makes at all. A client keeps a window of
 * datagrams under way to an echo in another thread, both in batches, for some seconds on
 * loopback. The figure is the floor a benchmark of SNMP polling is held against. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, ROOM = 2048 };

struct batch {
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    struct sockaddr_in peers[BATCH];
    uint8_t data[BATCH][ROOM];
};

struct echo {
    int fd;
    atomic_bool stop;
    struct batch batch;
};

static void arm(struct batch *b, unsigned count, size_t len, bool named)
{
    for (unsigned i = 0; i < count; i++) {
        b->vectors[i] = (struct iovec){.iov_base = b->data[i], .iov_len = len};
        b->headers[i].msg_hdr = (struct msghdr){.msg_name = named ? &b->peers[i] : NULL,
                                                .msg_namelen = named ? sizeof b->peers[i] : 0,
                                                .msg_iov = &b->vectors[i],
                                                .msg_iovlen = 1};
    }
}

static void *serve(void *arg)
{
    struct echo *e = arg;

    while (!atomic_load(&e->stop)) {
        arm(&e->batch, BATCH, ROOM, true);
        int n = recvmmsg(e->fd, e->batch.headers, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < n; i++) {
            e->batch.vectors[i].iov_len = e->batch.headers[i].msg_len;
        }
        for (int sent = 0; sent < n;) {
            int k = sendmmsg(e->fd, e->batch.headers + sent, (unsigned)(n - sent), 0);
            sent += k > 0 ? k : 1;
        }
    }
    return NULL;
}

static int open_udp(struct sockaddr_in *at)
{
    struct timeval wait = {.tv_usec = 50000};
    int size = 32 * 1024 * 1024;
    socklen_t len = sizeof *at;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0) {
        return -1;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0 ||
        bind(fd, (struct sockaddr *)at, sizeof *at) != 0 ||
        getsockname(fd, (struct sockaddr *)at, &len) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static double seconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Round trips made in `duration` seconds, with at most `window` datagrams under way. */
static uint64_t drive(int fd, size_t size, unsigned window, double duration, double *took)
{
    static struct batch out;
    static struct batch in;
    double start = seconds();
    uint64_t done = 0;
    unsigned under_way = 0;
    double now = start;

    for (unsigned i = 0; i < BATCH; i++) {
        memset(out.data[i], 0x55, ROOM);
    }
    arm(&out, BATCH, size, false);
    arm(&in, BATCH, ROOM, false);
    while (now - start < duration) {
        while (under_way < window) {
            unsigned want = window - under_way < BATCH ? window - under_way : BATCH;
            int n = sendmmsg(fd, out.headers, want, 0);
            if (n <= 0) {
                break;
            }
            under_way += (unsigned)n;
        }
        int n = recvmmsg(fd, in.headers, BATCH, MSG_WAITFORONE, NULL);
        if (n < 0 && errno == EAGAIN) {
            under_way = 0; /* what was under way is lost */
        } else if (n > 0) {
            done += (unsigned)n;
            under_way -= (unsigned)n < under_way ? (unsigned)n : under_way;
        }
        now = seconds();
    }
    *took = now - start;
    return done;
}

int main(int argc, char **argv)
{
    static struct echo echo;
    struct sockaddr_in server;
    struct sockaddr_in client;
    pthread_t thread;
    double duration = argc > 1 ? strtod(argv[1], NULL) : 2;
    unsigned long size = argc > 2 ? strtoul(argv[2], NULL, 10) : 100;
    unsigned long window = argc > 3 ? strtoul(argv[3], NULL, 10) : 512;
    double took;

    if (duration <= 0 || duration > 3600 || size == 0 || size > ROOM || window == 0 ||
        window > 65536) {
        fputs("usage: platen-sim-floor [SECONDS [OCTETS [WINDOW]]]\n", stderr);
        return 2;
    }
    echo.fd = open_udp(&server);
    int fd = open_udp(&client);
    if (echo.fd < 0 || fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof server) != 0 ||
        pthread_create(&thread, NULL, serve, &echo) != 0) {
        perror("platen-sim-floor");
        return EXIT_FAILURE;
    }
    uint64_t done = drive(fd, size, (unsigned)window, duration, &took);
    atomic_store(&echo.stop, true);
    pthread_join(thread, NULL);
    close(fd);
    close(echo.fd);
    printf("floor round_trips_per_second=%.0f octets=%lu window=%lu\n", (double)done / took, size,
           window);
    return EXIT_SUCCESS;
}
