/* Discovery over a /24 of the simulator, without a manager. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/json.h"
#include "stage.h"

#define CONFIG                                                                                     \
    "\"ranges\":[\"127.10.0.0/24\"],"                                                              \
    "\"credentials\":[{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"}]"

static const char *decision_of(const cJSON *row)
{
    return json_get_text(json_get_object(row, "verdict"), "decision", "");
}

/* DEV-44, DEV-46: every printer of the range is found, every decoy is named as one. */
static void test_search__finds_all_printers_and_names_decoys(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "40", "--decoys", "5", "--still", NULL};
    stage s = {0};
    stage_open(&s, sim, "printer-mib", 256);
    stage_config(&s, CONFIG);
    stage_job(&s, "{\"id\":\"7\",\"run\":\"9\",\"kind\":\"device.discover\",\"lease_s\":120,"
                  "\"settings\":{},\"targets\":[]}");
    const cJSON *done = stage_wait_done(&s, "7", 60);
    assert_string_equal(json_get_text(done, "state", ""), "success");
    size_t found = 0;
    size_t rejected = 0;
    for (size_t i = 0; i < stage_count(&s, "7", "verdict"); i++) {
        const cJSON *row = stage_result(&s, "7", "verdict", i);
        const char *decision = decision_of(row);
        const cJSON *verdict = json_get_object(row, "verdict");
        if (strcmp(decision, "found") == 0) {
            found++;
            const cJSON *report = json_get_object(row, "report");
            assert_string_equal(json_get_text(verdict, "code", ""), "accepted");
            assert_string_equal(json_get_text(verdict, "credential", ""), "3");
            assert_non_null(report);
            assert_true(strlen(json_get_text(report, "model", "")) > 0);
            assert_true(cJSON_GetArraySize(json_get_array(row, "drivers")) == 1);
        } else {
            rejected++;
            assert_string_equal(json_get_text(verdict, "code", ""), "not-a-printer");
            assert_true(strlen(json_get_text(verdict, "evidence", "")) > 0);
        }
    }
    assert_int_equal(found, 40);
    assert_int_equal(rejected, 5);
    const cJSON *progress = json_get_object(
        stage_result(&s, "7", "progress", stage_count(&s, "7", "progress") - 1), "progress");
    assert_int_equal(json_get_i64(progress, "total", 0), 254);
    assert_int_equal(json_get_i64(progress, "done", 0), 254);
    assert_int_equal(json_get_i64(progress, "found", 0), 40);
    stage_close(&s);
}

#define V3_USER "op:SHA-256:authpass1:AES:privpass1"
#define V3_CREDENTIAL                                                                              \
    "{\"id\":\"8\",\"kind\":\"snmpv3\",\"user\":\"op\",\"auth\":\"sha256\","                       \
    "\"auth_password\":\"authpass1\",\"priv\":\"aes128\",\"priv_password\":\"privpass1\"}"

static const char *code_of(const cJSON *row)
{
    return json_get_text(json_get_object(row, "verdict"), "code", "");
}

static void discover(stage *s, const char *job, const char *settings)
{
    stage_job(s,
              "{\"id\":\"%s\",\"run\":\"r%s\",\"kind\":\"device.discover\",\"lease_s\":120,"
              "\"settings\":%s,\"targets\":[]}",
              job, job, settings);
}

/* DEV-16: SNMPv3 alone is enough; the sets are tried in their order. */
static void test_search__tries_credentials_in_order(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "4",         "--still", "--versions",
                                      "3",         "--v3-user", V3_USER,   NULL};
    stage s = {0};
    stage_open(&s, sim, "printer-mib", 64);
    stage_config(&s,
                 "\"wrong_per_day\":5,\"ranges\":[\"127.10.0.1-127.10.0.6\"],\"credentials\":["
                 "{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"}," V3_CREDENTIAL "]");
    discover(&s, "1", "{}");
    (void)stage_wait_done(&s, "1", 60);
    const cJSON *row = stage_verdict(&s, "1", "127.10.0.2");
    const cJSON *verdict = json_get_object(row, "verdict");
    assert_string_equal(decision_of(row), "found");
    assert_string_equal(json_get_text(verdict, "protocol", ""), "snmpv3");
    assert_string_equal(json_get_text(verdict, "credential", ""), "8");
    assert_int_equal(stage_count(&s, "1", "verdict"), 4);
    stage_close(&s);
}

/* A device that knows us but not our credential has answered: it gets a verdict, and no more wrong
 * ones a day than allowed. */
static void test_search__wrong_user_is_a_verdict_and_is_limited(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "1",         "--still", "--versions",
                                      "3",         "--v3-user", V3_USER,   NULL};
    stage s = {0};
    stage_open(&s, sim, "printer-mib", 64);
    stage_config(&s, "\"wrong_per_day\":2,\"ranges\":[\"127.10.0.1-127.10.0.3\"],\"credentials\":["
                     "{\"id\":\"1\",\"kind\":\"snmpv3\",\"user\":\"a\",\"auth\":\"sha1\","
                     "\"auth_password\":\"wrongpass\"},"
                     "{\"id\":\"2\",\"kind\":\"snmpv3\",\"user\":\"op\",\"auth\":\"sha256\","
                     "\"auth_password\":\"wrongpass\"}," V3_CREDENTIAL "]");
    discover(&s, "1", "{}");
    (void)stage_wait_done(&s, "1", 60);
    const cJSON *row = stage_verdict(&s, "1", "127.10.0.1");
    assert_non_null(row);
    assert_string_equal(decision_of(row), "rejected"); /* the third would be right, but is over */
    assert_string_equal(code_of(row), "wrong-credential");
    const cJSON *answered = json_get_array(json_get_object(row, "verdict"), "answered");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(answered, 0)), "snmp");
    assert_int_equal(stage_count(&s, "1", "verdict"), 1);
    stage_close(&s);
}

/* DEV-47: addresses, ranges and names in place of the agent's own; bad ones are named. */
static void test_search__takes_addresses_from_the_task(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "5", "--still", NULL};
    stage s = {0};
    stage_open(&s, sim, "printer-mib", 64);
    stage_config(&s, CONFIG);
    discover(&s, "1",
             "{\"addresses\":[\"127.10.0.2\",\"127.10.0.4-127.10.0.5\",\"10.0.0.0/4\","
             "\"no-such-host.invalid\"]}");
    const cJSON *done = stage_wait_done(&s, "1", 60);
    assert_string_equal(json_get_text(done, "state", ""), "warning");
    assert_non_null(strstr(json_get_text(done, "text", ""), "10.0.0.0/4"));
    assert_non_null(stage_verdict(&s, "1", "127.10.0.2"));
    assert_non_null(stage_verdict(&s, "1", "127.10.0.5"));
    assert_int_equal(stage_count(&s, "1", "verdict"), 3);
    stage_close(&s);
}

/* What a device sends cannot stop the search. */
static void test_search__hostile_devices_are_only_themselves(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "20", "--still", NULL};
    static const char *const commands[] = {"garbage 0",  "truncated 1",    "huge 2",
                                           "loop 3",     "endless 4",      "wrong-type 5",
                                           "non-utf8 6", "wrong-source 7", "wrong-request-id 8",
                                           "toobig 9 3", "lossy 10 30"};
    stage s = {0};
    stage_open(&s, sim, "printer-mib", 64);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        stage_sim(&s, commands[i]);
    }
    stage_config(&s, CONFIG);
    discover(&s, "1", "{}");
    (void)stage_wait_done(&s, "1", 120);
    for (int i = 11; i < 20; i++) { /* the ones that are well are all found */
        char address[32];
        (void)snprintf(address, sizeof(address), "127.10.0.%d", i + 1);
        assert_string_equal(decision_of(stage_verdict(&s, "1", address)), "found");
    }
    assert_string_equal(decision_of(stage_verdict(&s, "1", "127.10.0.7")), "found");
    assert_string_equal(decision_of(stage_verdict(&s, "1", "127.10.0.10")), "found");
    assert_null(stage_verdict(&s, "1", "127.10.0.8")); /* an answer from elsewhere is no answer */
    stage_close(&s);
}

static void test_search__cancel_ends_it_soon(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "1", "--still", NULL};
    stage s = {0};
    stage_open(&s, sim, "printer-mib", 64);
    stage_config(&s, CONFIG);
    discover(&s, "1", "{\"addresses\":[\"127.64.0.0/10\"]}"); /* 4 million silent addresses */
    struct timespec nap = {1, 0};
    (void)nanosleep(&nap, NULL);
    desk_cancel(s.desk, "r1");
    const cJSON *done = stage_wait_done(&s, "1", 10);
    assert_string_equal(json_get_text(done, "state", ""), "cancelled");
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search__finds_all_printers_and_names_decoys),
        cmocka_unit_test(test_search__tries_credentials_in_order),
        cmocka_unit_test(test_search__wrong_user_is_a_verdict_and_is_limited),
        cmocka_unit_test(test_search__takes_addresses_from_the_task),
        cmocka_unit_test(test_search__hostile_devices_are_only_themselves),
        cmocka_unit_test(test_search__cancel_ends_it_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
