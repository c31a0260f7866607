/* Batches of datagrams that leave: here, on the thread, and what the kernel refuses of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/snmp/sender.h"

typedef struct bed {
    sender *sender;
    send_batch *out;
    int from, to;
    udp_address address;
    atomic_uint woken;
    unsigned refused;
    int errnum;
    uint32_t number; /* of the datagram that was refused last */
} bed;

static void on_refused(const uint8_t *data, size_t length, const udp_address *to, int errnum,
                       void *user)
{
    bed *b = user;
    assert_int_equal(length, sizeof b->number);
    assert_int_equal(to->v4.sin_addr.s_addr, htonl(INADDR_BROADCAST));
    memcpy(&b->number, data, sizeof b->number);
    b->refused++;
    b->errnum = errnum;
}

static void on_wake(void *user)
{
    bed *b = user;
    atomic_fetch_add(&b->woken, 1);
}

static void open_bed(bed *b)
{
    static const udp_handler handler = {.refused = on_refused, .wake = on_wake};
    platen_error err = PLATEN_ERROR_INIT;
    socklen_t length = sizeof b->address.v4;
    struct timeval patience = {.tv_sec = 20};
    *b = (bed){.from = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
               .to = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    b->address.v4 =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(b->to, &b->address.any, length), 0);
    assert_int_equal(getsockname(b->to, &b->address.any, &length), 0);
    (void)setsockopt(b->to, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(sender_new(&handler, b, &b->sender, &err), PLATEN_OK);
    b->out = sender_batch();
    assert_non_null(b->out);
    b->out->fd = b->from;
}

static void close_bed(bed *b)
{
    sender_free(b->sender);
    free(b->out);
    close(b->from);
    close(b->to);
}

static void put(bed *b, uint32_t number, bool broadcast)
{
    send_batch *batch = b->out;
    uint32_t i = batch->count++;
    memcpy(batch->data[i], &number, sizeof number);
    batch->parts[i].iov_len = sizeof number;
    batch->to[i] = b->address;
    if (broadcast) { /* not allowed without SO_BROADCAST */
        batch->to[i].v4.sin_addr.s_addr = htonl(INADDR_BROADCAST);
    }
    batch->headers[i].msg_hdr.msg_namelen = sizeof batch->to[i].v4;
}

static void expect(bed *b, uint32_t number)
{
    uint32_t came = UINT32_MAX;
    assert_int_equal(recv(b->to, &came, sizeof came, 0), sizeof came);
    assert_int_equal(came, number);
}

static void test_sender__few_and_many_leave_in_order(void **state)
{
    bed b;
    (void)state;
    open_bed(&b);
    uint32_t number = 0;
    uint32_t came = 0;
    for (uint32_t round = 0; round < 200; round++) {
        uint32_t count = round % 3 == 0 ? 3 : SENDER_BATCH;
        for (uint32_t i = 0; i < count; i++) {
            put(&b, number++, false);
        }
        b.out = sender_send(b.sender, b.out);
        assert_non_null(b.out);
        assert_int_equal(b.out->count, 0);
        assert_int_equal(b.out->fd, b.from);
        while (round % 2 == 1 && came < number) { /* two batches are on their way */
            expect(&b, came++);
        }
    }
    assert_int_equal(b.refused, 0);
    close_bed(&b);
}

static void test_sender__what_is_refused_here_is_told_at_once(void **state)
{
    bed b;
    (void)state;
    open_bed(&b);
    put(&b, 1, false);
    put(&b, 2, true);
    put(&b, 3, false);
    b.out = sender_send(b.sender, b.out);
    assert_int_equal(b.refused, 1);
    assert_int_equal(b.number, 2);
    assert_int_equal(b.errnum, EACCES);
    expect(&b, 1);
    expect(&b, 3);
    close_bed(&b);
}

static void test_sender__what_is_refused_there_is_told_when_asked(void **state)
{
    bed b;
    (void)state;
    open_bed(&b);
    for (uint32_t i = 0; i < SENDER_BATCH; i++) {
        put(&b, i, i == 40);
    }
    b.out = sender_send(b.sender, b.out);
    for (uint32_t i = 0; i < SENDER_BATCH; i++) {
        if (i != 40) {
            expect(&b, i);
        }
    }
    for (int64_t end = clock_mono() + 20000; atomic_load(&b.woken) == 0 && clock_mono() < end;) {
        (void)usleep(1000);
    }
    assert_int_equal(atomic_load(&b.woken), 1);
    assert_int_equal(b.refused, 0);
    sender_tell(b.sender);
    assert_int_equal(b.refused, 1);
    assert_int_equal(b.number, 40);
    sender_tell(b.sender);
    assert_int_equal(b.refused, 1);
    close_bed(&b);
}

/* Each batch has refusals: none is spare until they have been told of. */
static void test_sender__refusals_do_not_run_out_of_batches(void **state)
{
    bed b;
    (void)state;
    open_bed(&b);
    for (uint32_t round = 0; round < 100; round++) {
        for (uint32_t i = 0; i < SENDER_BATCH; i++) {
            put(&b, i, true);
        }
        b.out = sender_send(b.sender, b.out);
        assert_non_null(b.out);
    }
    for (int64_t end = clock_mono() + 20000; b.refused < 6400 && clock_mono() < end;) {
        sender_tell(b.sender);
        (void)usleep(1000);
    }
    assert_int_equal(b.refused, 100 * SENDER_BATCH);
    close_bed(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sender__few_and_many_leave_in_order),
        cmocka_unit_test(test_sender__what_is_refused_here_is_told_at_once),
        cmocka_unit_test(test_sender__what_is_refused_there_is_told_when_asked),
        cmocka_unit_test(test_sender__refusals_do_not_run_out_of_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
