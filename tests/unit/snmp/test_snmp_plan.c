/* Compiling plans: packing into steps, order, refusals. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "core/snmp/plan.h"

static platen_code compile(const char *oid, platen_error *err)
{
    snmpeng_plan *plan = NULL;
    platen_snmp_item item = PLATEN_SNMP_ITEM_INIT;
    item.oid = oid;
    platen_code code = snmpeng_plan_new(&item, 1, &plan, err);
    snmpeng_plan_free(plan);
    return code;
}

static void test_plan__packs_gets(void **state)
{
    (void)state;
    platen_snmp_item items[60];
    char oids[60][64];
    for (uint32_t i = 0; i < 60; i++) {
        (void)snprintf(oids[i], sizeof oids[i], "1.3.6.1.2.1.43.10.2.1.%u.1.1", i);
        items[i] = (platen_snmp_item)PLATEN_SNMP_ITEM_INIT;
        items[i].oid = oids[i];
    }
    snmpeng_plan *plan;
    assert_int_equal(snmpeng_plan_new(items, 25, &plan, NULL), PLATEN_OK);
    assert_int_equal(plan->step_count, 2); /* a status poll: 25 objects in two requests */
    snmpeng_plan_free(plan);
    assert_int_equal(snmpeng_plan_new(items, 60, &plan, NULL), PLATEN_OK);
    uint32_t sum = 0;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        assert_true(plan->steps[i].count <= PLAN_STEP_ITEMS);
        assert_int_equal(plan->steps[i].first, sum);
        sum += plan->steps[i].count;
    }
    assert_int_equal(sum, 60);
    snmpeng_plan_free(plan);
}

static void test_plan__walks_tables_side_by_side(void **state)
{
    (void)state;
    snmpeng_plan *plan = plan_of("t1.3.6.1.1", "g1.3.6.9.1.0", "t1.3.6.1.2", "t1.3.6.1.3",
                                 "w1.3.6.2.1", "w1.3.6.2.2", NULL);
    /* The GET goes first; the table is cut where the GET stood between its columns. */
    assert_int_equal(plan->step_count, 5);
    assert_false(plan->steps[0].walk);
    assert_int_equal(plan->steps[1].count, 1);
    assert_int_equal(plan->steps[2].count, 2);
    assert_int_equal(plan->steps[3].count, 1);
    assert_int_equal(plan->steps[4].count, 1);
    snmpeng_plan_free(plan);
}

static void test_plan__sorts_and_sees_overlaps(void **state)
{
    (void)state;
    snmpeng_plan *plan = plan_of("g1.3.6.5.0", "w1.3.6.4", "g1.3.6.3.0", NULL);
    assert_true(plan->disjoint);
    assert_int_equal(plan->items[plan->sorted[0]].arcs[3], 3);
    assert_int_equal(plan->items[plan->sorted[1]].arcs[3], 4);
    snmpeng_plan_free(plan);
    plan = plan_of("g1.3.6.4.1.0", "w1.3.6.4", NULL);
    assert_false(plan->disjoint);
    snmpeng_plan_free(plan);
}

static void test_plan__takes_doubles_once(void **state)
{
    (void)state;
    snmpeng_plan *plan = plan_of("g1.3.6.5.0", "g1.3.6.5.0", "g.1.3.6.5.0", NULL);
    assert_int_equal(plan->item_count, 1);
    snmpeng_plan_free(plan);
}

static void test_plan__refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",    "1",    "1.",       "1..2", "a.b",     "1.3.6.4294967296",
        "3.1", "1.40", "1.3.6.1x", "-1.3", "1.3.6. 1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        platen_error err = PLATEN_ERROR_INIT;
        assert_int_equal(compile(bad[i], &err), PLATEN_E_INVAL);
        assert_non_null(strstr(err.text, "not an object identifier"));
    }
    assert_int_equal(compile("2.999.1", NULL), PLATEN_OK);
    assert_int_equal(compile("1.3.6.4294967295", NULL), PLATEN_OK);
    snmpeng_plan *plan = NULL;
    platen_snmp_item item = PLATEN_SNMP_ITEM_INIT;
    assert_int_equal(snmpeng_plan_new(&item, 0, &plan, NULL), PLATEN_E_INVAL);
    item.oid = "1.3.6";
    item.op = 7;
    assert_int_equal(snmpeng_plan_new(&item, 1, &plan, NULL), PLATEN_E_INVAL);
    char longest[2 * 129 + 1] = "1.3";
    for (int i = 0; i < 127; i++) {
        (void)snprintf(longest + strlen(longest), 3, ".1");
    }
    assert_int_equal(compile(longest, NULL), PLATEN_E_INVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan__packs_gets),
        cmocka_unit_test(test_plan__walks_tables_side_by_side),
        cmocka_unit_test(test_plan__sorts_and_sees_overlaps),
        cmocka_unit_test(test_plan__takes_doubles_once),
        cmocka_unit_test(test_plan__refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
