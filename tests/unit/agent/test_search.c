/* Discovery over a /24 of the simulator, without a manager. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search__finds_all_printers_and_names_decoys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
