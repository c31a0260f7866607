/*
 * Settings over the raw port through the desk, the real drivers and the simulator: how a device
 * gets the driver, reading, writing, devices that misbehave. SET-02, SET-05, SET-55, SET-59.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/json.h"
#include "stage.h"

#define CREDENTIALS                                                                                \
    "\"credentials\":[{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"},{\"id\":\"4\","  \
    "\"kind\":\"user\",\"user\":\"\",\"password\":\"4711\"}]"

static unsigned free_port(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    socklen_t length = sizeof(sa);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &length), 0);
    (void)close(fd);
    return ntohs(sa.sin_port);
}

/* Six devices of one model at 127.10.0.1 and up, each known as one of PJL. */
static void open_stage(stage *s, const char *ranges)
{
    char port[16];
    char config[512];
    const char *const sim[] = {"--devices",      "6",          "--still", "--only",
                               "hp-color-laser", "--pjl-port", port,      NULL};
    s->raw_port = free_port();
    unsigned raw_port = s->raw_port;
    (void)snprintf(port, sizeof(port), "%u", raw_port);
    stage_open(s, sim, "printer-mib pjl", 32);
    s->raw_port = raw_port;
    (void)snprintf(config, sizeof(config), CREDENTIALS ",\"ranges\":[\"%s\"]", ranges);
    stage_config(s, config);
    strbuf text;
    strbuf_init(&text);
    for (int i = 1; i <= 6; i++) {
        strbuf_appendf(&text,
                       "%c{\"id\":\"%d\",\"revision\":1,\"address\":\"127.10.0.%d\",\"drivers\":["
                       "\"pjl\"],\"credential\":\"3\",\"protocol\":\"snmpv2c\"}",
                       i == 1 ? '[' : ',', i, i);
    }
    strbuf_append(&text, "]");
    stage_set_devices(s, text.data);
    strbuf_fini(&text);
}

/* Does the action on one device; its result. */
static const cJSON *act_on(stage *s, int device, const char *job, const char *action,
                           const char *settings)
{
    stage_job(s,
              "{\"id\":\"%s\",\"run\":\"1\",\"kind\":\"%s\",\"data\":true,\"settings\":%s,"
              "\"targets\":[[%d,1]]}",
              job, action, settings, device);
    (void)stage_wait_done(s, job, 90);
    const cJSON *result = stage_target(s, job, device);
    assert_non_null(result);
    return result;
}

static void expect(const cJSON *result, const char *state, const char *words)
{
    if (strcmp(json_get_text(result, "state", ""), state) != 0 ||
        strstr(json_get_text(result, "data", ""), words) == NULL) {
        char *text = cJSON_Print(result);
        fail_msg("not %s with '%s': %s", state, words, text);
    }
}

static const char *const two_copies =
    "{\"items\":[{\"path\":\"pjl/COPIES\",\"value\":2}],\"write\":true}";

static void test_raw_port__search_gives_the_driver(void **state)
{
    (void)state;
    stage s = {0};
    open_stage(&s, "127.10.0.1-127.10.0.3");
    stage_sim(&s, "silent 2"); /* the third speaks nothing but PJL */
    stage_set_devices(&s, "[]");
    stage_job(&s, "{\"id\":\"1\",\"run\":\"1\",\"kind\":\"device.discover\",\"settings\":{},"
                  "\"targets\":[]}");
    (void)stage_wait_done(&s, "1", 60);
    const cJSON *both = stage_verdict(&s, "1", "127.10.0.1");
    assert_string_equal(json_get_text(json_get_object(both, "verdict"), "decision", ""), "found");
    assert_int_equal(cJSON_GetArraySize(json_get_array(both, "drivers")), 2);
    const cJSON *alone = stage_verdict(&s, "1", "127.10.0.3");
    assert_string_equal(json_get_text(json_get_object(alone, "verdict"), "decision", ""), "found");
    const cJSON *report = json_get_object(alone, "report");
    assert_string_equal(json_get_text(report, "model", ""), "hp-color-laser");
    assert_true(strlen(json_get_text(report, "serial", "")) > 0);
    assert_true(json_get_i64(report, "page_count", 0) >= 1000);
    stage_close(&s);
}

static void test_raw_port__reads_and_writes(void **state)
{
    (void)state;
    stage s = {0};
    open_stage(&s, "127.10.9.9");
    expect(act_on(&s, 1, "1", "settings.check", "{}"), "success", "\"supported\":true");
    expect(act_on(&s, 1, "2", "settings.read", "{}"), "success", "\"path\":\"pjl/PCL/PITCH\"");
    expect(act_on(&s, 1, "3", "settings.write", two_copies), "success", "\"result\":\"written\"");
    expect(act_on(&s, 1, "4", "settings.write", two_copies), "success", "\"result\":\"same\"");
    stage_sim(&s, "pjl 1 locked"); /* the credential's number opens it */
    expect(act_on(&s, 2, "5", "settings.write", two_copies), "success", "\"result\":\"written\"");
    stage_sim(&s, "pjl 2 values");
    expect(act_on(&s, 3, "6", "settings.read", "{}"), "success", "\"FONT4999\"");
    stage_close(&s);
}

static void test_raw_port__devices_that_misbehave(void **state)
{
    static const struct {
        const char *mode, *state, *words;
    } cases[] = {
        {"lying", "error", "\"after\":42,\"result\":\"changed\""},
        {"deaf", "error", "\"result\":\"refused\""},
        {"slow", "success", "\"result\":\"written\""},
        {"chatty", "success", "\"result\":\"written\""},
        {"brief", "success", "\"result\":\"written\""},
        {"headless", "success", "\"result\":\"written\""},
        {"hasty", "success", "\"result\":\"written\""},
        {"no-echo", "success", "\"result\":\"written\""},
        {"lower", "success", "\"result\":\"written\""},
        {"reordered", "success", "\"result\":\"written\""},
        {"no-default", "success", "\"result\":\"written\""},
        {"restart", "success", "\"result\":\"written\""},
        {"refusing", "error", "\"result\":\"failed\""},
        {"busy", "error", "\"result\":\"failed\""},
        {"garbage", "error", "\"result\":\"failed\""},
        {"truncated", "error", "\"result\":\"failed\""},
    };
    (void)state;
    stage s = {0};
    open_stage(&s, "127.10.9.9");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char command[64];
        char job[16];
        (void)snprintf(command, sizeof(command), "pjl 3 %s", cases[i].mode);
        stage_sim(&s, command);
        stage_sim(&s, "pjl-set 3 COPIES 1");
        (void)snprintf(job, sizeof(job), "m%zu", i);
        const cJSON *result = act_on(&s, 4, job, "settings.write", two_copies);
        expect(result, cases[i].state, cases[i].words);
    }
    stage_close(&s);
}

/* Every driver of the first device does the action; its data. */
static const char *each_does(stage *s, const char *job, const char *action)
{
    stage_job(s,
              "{\"id\":\"%s\",\"run\":\"1\",\"kind\":\"%s\",\"data\":true,\"each\":true,"
              "\"settings\":{},\"targets\":[[1,2]]}",
              job, action);
    (void)stage_wait_done(s, job, 60);
    const cJSON *result = stage_target(s, job, 1);
    assert_non_null(result);
    expect(result, "success", "");
    return json_get_text(result, "data", "");
}

/* Paper (SET-53): what a device says over SNMP of its languages keeps the other driver from asking.
 */
static void test_raw_port__other_languages(void **state)
{
    (void)state;
    stage s = {0};
    open_stage(&s, "127.10.9.9");
    stage_set_devices(&s,
                      "[{\"id\":\"1\",\"revision\":2,\"address\":\"127.10.0.1\",\"drivers\":["
                      "\"printer-mib\",\"pjl\"],\"credential\":\"3\",\"protocol\":\"snmpv2c\"}]");
    for (int i = 1; i <= 2; i++) { /* ESC/P */
        char command[80];
        (void)snprintf(command, sizeof(command), "set 0 1.3.6.1.2.1.43.15.1.1.2.1.%d int 9", i);
        stage_sim(&s, command);
    }
    assert_non_null(strstr(each_does(&s, "1", "settings.check"), "not asked: the languages"));
    assert_null(strstr(each_does(&s, "2", "settings.read"), "pjl/COPIES"));
    stage_sim(&s, "unset 0");
    assert_null(strstr(each_does(&s, "3", "settings.check"), "not asked"));
    assert_non_null(strstr(each_does(&s, "4", "settings.read"), "pjl/COPIES"));
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_raw_port__search_gives_the_driver),
        cmocka_unit_test(test_raw_port__reads_and_writes),
        cmocka_unit_test(test_raw_port__devices_that_misbehave),
        cmocka_unit_test(test_raw_port__other_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
