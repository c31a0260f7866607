/* Polls of devices of the simulator, without a manager. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/json.h"
#include "stage.h"

#define CONFIG                                                                                     \
    "\"ranges\":[],"                                                                               \
    "\"credentials\":[{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"}]"

static void test_poll__sends_whole_once_then_same(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "5", "--still", NULL};
    stage s = {0};
    stage_open(&s, sim, "printer-mib", 64);
    stage_config(&s, CONFIG);
    stage_set_devices(&s, "[{\"id\":\"5\",\"revision\":2,\"address\":\"127.10.0.1\","
                          "\"drivers\":[\"printer-mib\"],\"credential\":\"3\","
                          "\"protocol\":\"snmpv2c\",\"memo\":{}}]");
    stage_job(&s, "{\"id\":\"1\",\"run\":\"1\",\"kind\":\"device.monitor\",\"targets\":[[5,2]]}");
    stage_wait_done(&s, "1", 20);
    const cJSON *first = stage_target(&s, "1", 5);
    assert_non_null(first);
    assert_string_equal(json_get_text(first, "state", ""), "success");
    assert_string_equal(json_get_text(first, "power", ""), "on");
    assert_true(cJSON_GetArraySize(json_get_array(json_get_object(first, "report"), "supplies")) >
                0);
    stage_job(&s, "{\"id\":\"2\",\"run\":\"2\",\"kind\":\"device.monitor\",\"targets\":[[5,2]]}");
    stage_wait_done(&s, "2", 20);
    assert_null(stage_target(&s, "2", 5));
    assert_int_equal(stage_same(&s, "2", 5), 1);
    assert_int_equal(s.questions, 1); /* known in that revision */
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_poll__sends_whole_once_then_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
