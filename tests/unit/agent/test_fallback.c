/* Drivers that only help out, and what a driver is told of a device before it has spoken to it. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/json.h"
#include "plug_double.h"
#include "stage.h"

#define MEMBERS "\"credentials\":[{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"}],"

static const platen_drivers *const api = &desk_drivers;
static atomic_int main_reads, helper_reads;
static atomic_uint hints;

static void main_driver(platen_work *work, void *user)
{
    (void)user;
    atomic_fetch_add(&main_reads, 1);
    api->text(work, PLATEN_FIELD_MODEL, "Main", SIZE_MAX);
    api->finish(work, PLATEN_OK, NULL);
}

static void helper(platen_work *work, void *user)
{
    (void)user;
    if (api->kind(work) == PLATEN_WORK_PROBE) {
        platen_target target = PLATEN_TARGET_INIT;
        api->target(work, &target);
        atomic_store(&hints, target.hints);
        api->sure(work, 60, "its port accepts");
    } else {
        atomic_fetch_add(&helper_reads, 1);
        api->text(work, PLATEN_FIELD_MODEL, "Helper", SIZE_MAX);
    }
    api->finish(work, PLATEN_OK, NULL);
}

/* A port that accepts, as a device's would. */
static int listen_somewhere(uint16_t *port)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(sa);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &length), 0);
    *port = ntohs(sa.sin_port);
    return fd;
}

static void set_drivers(uint16_t port)
{
    platen_driver d = PLATEN_DRIVER_INIT;
    d.id = "main";
    d.run = main_driver;
    d.rank = 20;
    d.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_STATUS);
    d.transport = PLATEN_TRANSPORT_SNMP;
    plug_double_drivers[0] = (plug_driver){d, "1.0", false};
    d.id = "ipp"; /* the stage's configuration has its port, when there is one */
    d.run = helper;
    d.rank = 10;
    d.works |= PLATEN_WORK_BIT(PLATEN_WORK_INFORMATION) | PLATEN_WORK_BIT(PLATEN_WORK_COUNTERS);
    d.flags = PLATEN_DRIVER_BLOCKING | PLATEN_DRIVER_FALLBACK;
    d.transport = PLATEN_TRANSPORT_TCP;
    d.port = port;
    plug_double_drivers[1] = (plug_driver){d, "1.0", false};
    plug_double_count = 2;
}

static void poll_device(stage *s, const char *kind, const char *job)
{
    stage_job(s, "{\"id\":\"%s\",\"run\":\"1\",\"kind\":\"%s\",\"targets\":[[5,1]]}", job, kind);
    assert_string_equal(json_get_text(stage_wait_done(s, job, 20), "state", ""), "success");
}

/* It reads what the other one does not, and all of it where there is no other. */
static void test_fallback__reads_what_nobody_else_does(void **state)
{
    (void)state;
    stage s = {0};
    set_drivers(631);
    atomic_store(&main_reads, 0);
    atomic_store(&helper_reads, 0);
    stage_open(&s, NULL, "", 16);
    stage_config(&s, MEMBERS "\"ranges\":[]");
    stage_set_devices(&s, "[{\"id\":\"5\",\"revision\":1,\"address\":\"127.0.0.1\",\"drivers\":["
                          "\"main\",\"ipp\"],\"credential\":\"3\",\"protocol\":\"snmpv2c\"}]");
    poll_device(&s, "device.monitor", "1");
    assert_int_equal(atomic_load(&main_reads), 1);
    assert_int_equal(atomic_load(&helper_reads), 0);
    poll_device(&s, "device.counters", "2");
    assert_int_equal(atomic_load(&helper_reads), 1);
    stage_set_devices(&s, "[{\"id\":\"5\",\"revision\":2,\"address\":\"127.0.0.1\",\"drivers\":["
                          "\"ipp\"],\"credential\":\"3\",\"protocol\":\"snmpv2c\"}]");
    stage_job(&s, "{\"id\":\"3\",\"run\":\"1\",\"kind\":\"device.monitor\",\"targets\":[[5,2]]}");
    (void)stage_wait_done(&s, "3", 20);
    assert_int_equal(atomic_load(&helper_reads), 2);
    assert_int_equal(atomic_load(&main_reads), 1);
    stage_close(&s);
}

/* `named`: the port that the configuration names, 0 none */
static unsigned hints_of_search(const char *members, uint16_t named)
{
    stage s = {0};
    atomic_store(&hints, 99);
    stage_open(&s, NULL, "", 16);
    s.timeout_ms = 50;
    s.port = named;
    stage_config(&s, members);
    stage_job(&s, "{\"id\":\"1\",\"run\":\"1\",\"kind\":\"device.discover\",\"settings\":{},"
                  "\"targets\":[]}");
    (void)stage_wait_done(&s, "1", 30);
    stage_close(&s);
    return atomic_load(&hints);
}

static void test_hints__how_the_address_was_given(void **state)
{
    (void)state;
    uint16_t port = 0;
    const char *range = MEMBERS "\"ranges\":[\"127.0.0.1-127.0.0.2\"]";
    int fd = listen_somewhere(&port);
    set_drivers(port);
    assert_int_equal(hints_of_search(range, 0), 0);
    assert_int_equal(hints_of_search(MEMBERS "\"ranges\":[\"127.0.0.1\"]", 0), PLATEN_TARGET_NAMED);
    assert_int_equal(hints_of_search(MEMBERS "\"hosts\":[\"localhost\"]", 0), PLATEN_TARGET_NAMED);
    assert_int_equal(hints_of_search(range, port), PLATEN_TARGET_NAMED);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fallback__reads_what_nobody_else_does),
        cmocka_unit_test(test_hints__how_the_address_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
