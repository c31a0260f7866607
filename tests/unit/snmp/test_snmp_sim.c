/* The engine against simulated printers that misbehave; sim.sh has started them.
 * Arguments: port and control socket. */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define DEVICES 600

static uint16_t port;
static const char *control_path;
static snmpeng_credential *public_one;
static snmpeng_plan *status;
static outcome out;
static snmpeng_stats stats;

/* One command; the answer must end with "ok". */
static void control(const char *command)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char answer[4096];
    size_t used = 0;
    ssize_t n;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(strlen(control_path) < sizeof address.sun_path);
    memcpy(address.sun_path, control_path, strlen(control_path) + 1);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(write(fd, command, strlen(command)), strlen(command));
    assert_int_equal(write(fd, "\n", 1), 1);
    while (used < sizeof answer - 1 &&
           (n = read(fd, answer + used, sizeof answer - 1 - used)) > 0) {
        used += (size_t)n;
        if (answer[used - 1] == '\n') {
            break;
        }
    }
    answer[used] = '\0';
    close(fd);
    if (strstr(answer, "ok ") == NULL) {
        fail_msg("%s: %s", command, answer);
    }
}

static void fault(const char *command, unsigned device)
{
    char line[128];
    (void)snprintf(line, sizeof line, "%s %u", command, device);
    control(line);
}

static const char *address_of(unsigned device, char text[32])
{
    (void)snprintf(text, 32, "127.11.%u.%u", device / 254, device % 254 + 1);
    return text;
}

/* Reads from a device with an engine of its own, whose counters are kept. */
static void read_from(const char *address, snmpeng_request *request, unsigned tries)
{
    snmpeng_options options = {.timeout_ms = 250, .tries = tries};
    snmpeng *e = engine_begin(&options);
    assert_true(net_parse(address, &request->address));
    read_wait(e, request, &out);
    snmpeng_stop(e);
    snmpeng_stats_get(e, &stats);
    snmpeng_free(e);
}

static void read_device(unsigned device, unsigned tries)
{
    char text[32];
    snmpeng_request request = request_to("127.0.0.1", port, public_one, status);
    read_from(address_of(device, text), &request, tries);
}

static uint32_t whole; /* bindings that a device in order gives */

static void test_sim__in_order(void **state)
{
    (void)state;
    read_device(1, 2);
    assert_int_equal(out.code, PLATEN_OK);
    assert_true(out.count > 20);
    whole = out.count;
}

static void expect_timeout(const char *command, unsigned device)
{
    fault(command, device);
    read_device(device, 1);
    assert_int_equal(out.code, PLATEN_E_TIMEOUT);
    assert_int_equal(out.count, 0);
    fault("clear", device);
    read_device(device, 4);
    assert_int_equal(out.code, PLATEN_OK);
}

static void test_sim__answers_that_are_none(void **state)
{
    (void)state;
    expect_timeout("silent", 2);
    expect_timeout("garbage", 3);
    expect_timeout("truncated", 4);
    /* The simulator puts the lie where it may fall into a text, which is then another text, or into
     * a name, which then goes backward. */
    fault("huge", 5);
    for (int i = 0; i < 8; i++) {
        read_device(5, 1);
        assert_true(out.code == PLATEN_E_TIMEOUT || out.code == PLATEN_OK ||
                    out.code == PLATEN_E_PROTOCOL);
    }
}

static void test_sim__answers_from_elsewhere(void **state)
{
    (void)state;
    fault("wrong-source", 6);
    read_device(6, 1);
    assert_int_equal(out.code, PLATEN_E_TIMEOUT);
    assert_true(stats.dropped_source > 0);
    fault("wrong-request-id", 7);
    read_device(7, 1);
    assert_int_equal(out.code, PLATEN_E_TIMEOUT);
    assert_true(stats.dropped_unmatched > 0);
}

static void test_sim__lossy(void **state)
{
    (void)state;
    control("lossy 8 40");
    read_device(8, 12);
    assert_int_equal(out.code, PLATEN_OK);
    assert_int_equal(out.count, whole);
}

static void test_sim__loop_and_endless(void **state)
{
    (void)state;
    fault("loop", 9);
    read_device(9, 2);
    assert_int_equal(out.code, PLATEN_E_PROTOCOL);
    assert_true(out.count > 0);
    fault("endless", 10);
    read_device(10, 2);
    assert_int_equal(out.code, PLATEN_OK);
    assert_true(stats.walks_cut > 0);
    assert_true(out.count <= 3 + 7 * 1000);
}

static void test_sim__too_big_and_wrong_types(void **state)
{
    (void)state;
    control("toobig 11 2");
    read_device(11, 2);
    assert_int_equal(out.code, PLATEN_OK);
    assert_int_equal(out.count, whole);
    fault("wrong-type", 12);
    read_device(12, 2);
    assert_int_equal(out.code, PLATEN_OK);
    assert_int_equal(out.count, whole); /* what it means is the caller's business */
}

static void test_sim__v1_only(void **state)
{
    (void)state;
    snmpeng_request request = request_to("127.0.0.1", port, public_one, status);
    read_from("127.12.0.1", &request, 2);
    assert_int_equal(out.code, PLATEN_E_TIMEOUT);
    request.flags = SNMPENG_V1_RETRY;
    read_from("127.12.0.1", &request, 2);
    assert_int_equal(out.code, PLATEN_OK);
    assert_int_equal(out.version, SNMPENG_V1);
    assert_true(out.count > 5);
}

static snmpeng_credential *user(const char *name, snmpeng_auth auth, const char *password,
                                const char *context)
{
    snmpeng_credential_spec spec = {.v3 = true,
                                    .user = name,
                                    .auth = auth,
                                    .auth_password = password,
                                    .priv = SNMPENG_PRIV_AES128,
                                    .priv_password = "priv-password",
                                    .context = context};
    snmpeng_credential *c = NULL;
    assert_int_equal(snmpeng_credential_new(&spec, &c, NULL), PLATEN_OK);
    return c;
}

static void read_secure(unsigned device, snmpeng_credential *c, snmpeng_peer **peer, unsigned tries)
{
    char text[32];
    snmpeng_request request = request_to("127.0.0.1", port, c, status);
    request.version = SNMPENG_V3;
    request.peer = peer;
    request.flags = SNMPENG_V1_RETRY; /* which v3 never does */
    read_from(address_of(device, text), &request, tries);
}

static void test_sim__v3(void **state)
{
    (void)state;
    snmpeng_peer *peer = NULL;
    snmpeng_credential *c = user("op", SNMPENG_AUTH_SHA256, "auth-password", NULL);
    read_secure(13, c, &peer, 2);
    assert_int_equal(out.code, PLATEN_OK);
    assert_int_equal(out.count, whole);
    fault("reboot", 13);           /* boots go up, time begins anew */
    read_secure(13, c, &peer, 16); /* and it is silent for 3 s */
    assert_int_equal(out.code, PLATEN_OK);
    fault("replace", 13); /* another engine id at the address */
    read_secure(13, c, &peer, 2);
    assert_int_equal(out.code, PLATEN_OK);
    read_secure(14, c, &peer, 2); /* as if the peer were of another device */
    assert_int_equal(out.code, PLATEN_OK);
    snmpeng_peer_free(peer);
    snmpeng_credential_unref(c);

    c = user("op", SNMPENG_AUTH_SHA256, "wrong-password", NULL);
    read_secure(15, c, NULL, 2);
    assert_int_equal(out.code, PLATEN_E_AUTH);
    snmpeng_credential_unref(c);
    c = user("here", SNMPENG_AUTH_SHA1, "auth-password", "printers");
    read_secure(15, c, NULL, 2);
    assert_int_equal(out.code, PLATEN_OK);
    snmpeng_credential_unref(c);
    c = user("here", SNMPENG_AUTH_SHA1, "auth-password", "nowhere");
    read_secure(15, c, NULL, 2);
    assert_int_not_equal(out.code, PLATEN_OK);
    assert_int_equal(out.count, 0);
    print_message("unknown context: %d %s\n", (int)out.code, out.error);
    snmpeng_credential_unref(c);
}

/* A fleet of which every tenth device has a fault of its own: the others are as if it had not. */
typedef struct fleet {
    atomic_int ended;
    atomic_int by_code[64];
    platen_code codes[DEVICES];
} fleet;

typedef struct member {
    fleet *fleet;
    unsigned number;
} member;

static void note(const platen_snmp_result *result, snmpeng_version version, void *user_data)
{
    member *m = user_data;
    (void)version;
    m->fleet->codes[m->number] = (platen_code)result->code;
    atomic_fetch_add(&m->fleet->by_code[result->code], 1);
    atomic_fetch_add(&m->fleet->ended, 1);
}

static void test_sim__a_fleet_with_faults(void **state)
{
    (void)state;
    static const char *const faults[] = {"silent", "garbage",      "truncated",       "huge",
                                         "loop",   "wrong-source", "wrong-request-id"};
    static fleet f;
    static member members[DEVICES];
    control("clear all");
    for (unsigned i = 20; i < DEVICES; i += 10) {
        fault(faults[i / 10 % 7], i);
    }
    snmpeng_options options = {.timeout_ms = 300, .tries = 4, .window = 2, .in_flight = 200};
    snmpeng *e = engine_begin(&options);
    for (unsigned i = 0; i < DEVICES; i++) {
        char text[32];
        members[i] = (member){&f, i};
        snmpeng_request request = request_to(address_of(i, text), port, public_one, status);
        request.done = note;
        request.user = &members[i];
        assert_int_equal(snmpeng_submit(e, &request, NULL, NULL), PLATEN_OK);
    }
    for (int i = 0; i < 3000 && atomic_load(&f.ended) < DEVICES; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    assert_int_equal(atomic_load(&f.ended), DEVICES);
    engine_end(e);
    for (unsigned i = 0; i < DEVICES; i++) {
        bool faulty = i >= 20 && i % 10 == 0;
        platen_code expected = !faulty           ? PLATEN_E_OK
                               : i / 10 % 7 == 4 ? PLATEN_E_PROTOCOL
                                                 : PLATEN_E_TIMEOUT;
        bool any = faulty && i / 10 % 7 == 3; /* huge, see above */
        if (f.codes[i] != expected && !any) {
            fail_msg("device %u: %d instead of %d", i, (int)f.codes[i], (int)expected);
        }
    }
    control("clear all");
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sim__in_order),
        cmocka_unit_test(test_sim__answers_that_are_none),
        cmocka_unit_test(test_sim__answers_from_elsewhere),
        cmocka_unit_test(test_sim__lossy),
        cmocka_unit_test(test_sim__loop_and_endless),
        cmocka_unit_test(test_sim__too_big_and_wrong_types),
        cmocka_unit_test(test_sim__v1_only),
        cmocka_unit_test(test_sim__v3),
        cmocka_unit_test(test_sim__a_fleet_with_faults),
    };
    if (count != 3) {
        (void)fprintf(stderr, "usage: %s port control-socket\n", arguments[0]);
        return 2;
    }
    port = (uint16_t)strtoul(arguments[1], NULL, 10);
    control_path = arguments[2];
    public_one = community("public");
    status =
        plan_of("g1.3.6.1.2.1.1.1.0", "g1.3.6.1.2.1.1.2.0", "g1.3.6.1.2.1.1.5.0",
                "t1.3.6.1.2.1.43.11.1.1.3", "t1.3.6.1.2.1.43.11.1.1.4", "t1.3.6.1.2.1.43.11.1.1.5",
                "t1.3.6.1.2.1.43.11.1.1.6", "t1.3.6.1.2.1.43.11.1.1.7", "t1.3.6.1.2.1.43.11.1.1.8",
                "t1.3.6.1.2.1.43.11.1.1.9", NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    snmpeng_plan_free(status);
    snmpeng_credential_unref(public_one);
    return failed;
}
