/* Rollouts: what is read, what is refused, and the arithmetic of shares and halts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "core/run/rollout.h"

typedef struct faults {
    int count;
    char pointer[80], code[20];
} faults;

static void complain(const char *pointer, const char *code, const char *text, void *user)
{
    faults *f = user;
    f->count++;
    assert_true(strlen(text) > 5);
    (void)snprintf(f->pointer, sizeof(f->pointer), "%s", pointer);
    (void)snprintf(f->code, sizeof(f->code), "%s", code);
}

static platen_code read_text(const char *text, faults *f, rollout *out)
{
    cJSON *tree = NULL;
    *f = (faults){.count = 0};
    assert_int_equal(json_parse(text, strlen(text), &tree, NULL), PLATEN_OK);
    platen_code rc = rollout_read(tree, complain, f, out, NULL);
    cJSON_Delete(tree);
    return rc;
}

static void test_rollout__read(void **state)
{
    (void)state;
    faults f;
    rollout r;
    assert_int_equal(read_text("{\"canary\":{\"count\":5},\"batch\":{\"percent\":2.5},"
                               "\"pause_s\":60,\"halt\":{\"percent\":10}}",
                               &f, &r),
                     PLATEN_OK);
    assert_int_equal(r.canary.count, 5);
    assert_true(r.batch.percent > 2.4 && r.batch.percent < 2.6);
    assert_int_equal(r.pause_s, 60);
    assert_true(rollout_is_staged(&r));
    assert_int_equal(read_text("{\"canary\":null,\"halt\":{\"count\":1}}", &f, &r), PLATEN_OK);
    assert_false(rollout_is_staged(&r));
    assert_int_equal(read_text("null", &f, &r), PLATEN_OK);
    assert_int_equal(rollout_read(NULL, NULL, NULL, &r, NULL), PLATEN_OK);
    rollout_parse("{\"batch\":{\"count\":7}}", &r);
    assert_int_equal(r.batch.count, 7);
    rollout_parse("{\"batch\":{\"count\":-7}}", &r);
    assert_false(rollout_is_staged(&r));
    rollout_parse("{\"batch", &r);
    assert_false(rollout_is_staged(&r));
}

static void test_rollout__refused(void **state)
{
    static const struct {
        const char *text, *pointer, *code;
    } cases[] = {
        {"[]", "", "type"},
        {"7", "", "type"},
        {"{\"waves\":3}", "/waves", "unknown"},
        {"{\"canary\":5}", "/canary", "type"},
        {"{\"canary\":{}}", "/canary", "required"},
        {"{\"canary\":{\"count\":0}}", "/canary/count", "range"},
        {"{\"canary\":{\"count\":1.5}}", "/canary/count", "range"},
        {"{\"canary\":{\"count\":100001}}", "/canary/count", "range"},
        {"{\"canary\":{\"count\":\"5\"}}", "/canary/count", "type"},
        {"{\"batch\":{\"percent\":0}}", "/batch/percent", "range"},
        {"{\"batch\":{\"percent\":100.1}}", "/batch/percent", "range"},
        {"{\"batch\":{\"percent\":true}}", "/batch/percent", "type"},
        {"{\"halt\":{\"count\":1,\"percent\":5}}", "/halt", "any-of"},
        {"{\"halt\":{\"number\":1}}", "/halt/number", "unknown"},
        {"{\"pause_s\":-1}", "/pause_s", "range"},
        {"{\"pause_s\":604801}", "/pause_s", "range"},
        {"{\"pause_s\":\"1\"}", "/pause_s", "type"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        faults f;
        rollout r = {.pause_s = 9};
        assert_int_equal(read_text(cases[i].text, &f, &r), PLATEN_E_INVAL);
        assert_int_equal(f.count, 1);
        assert_string_equal(f.pointer, cases[i].pointer);
        assert_string_equal(f.code, cases[i].code);
        assert_false(rollout_is_staged(&r));
        assert_int_equal(r.pause_s, 0);
    }
}

static void test_rollout__shares(void **state)
{
    (void)state;
    const rollout_share two = {.percent = 2};
    const rollout_share five = {.count = 5};
    assert_int_equal(rollout_share_of(&two, 1000), 20);
    assert_int_equal(rollout_share_of(&two, 1001), 21);
    assert_int_equal(rollout_share_of(&two, 3), 1);
    assert_int_equal(rollout_share_of(&five, 3), 5);
}

static void test_rollout__halts(void **state)
{
    (void)state;
    const rollout three = {.halt = {.count = 3}};
    const rollout tenth = {.halt = {.percent = 10}};
    const rollout never = {.pause_s = 0};
    assert_false(rollout_halts(&never, 99, 99, true));
    assert_false(rollout_halts(&three, 2, 2, true));
    assert_true(rollout_halts(&three, 3, 90, false));
    assert_false(rollout_halts(&tenth, 1, 9, false)); /* too early to tell */
    assert_true(rollout_halts(&tenth, 1, 9, true));
    assert_true(rollout_halts(&tenth, 1, 10, false));
    assert_false(rollout_halts(&tenth, 1, 11, true));
    assert_false(rollout_halts(&tenth, 0, 50, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rollout__read),
        cmocka_unit_test(test_rollout__refused),
        cmocka_unit_test(test_rollout__shares),
        cmocka_unit_test(test_rollout__halts),
    };
    return cmocka_run_group_tests_name("rollout", tests, NULL, NULL);
}
