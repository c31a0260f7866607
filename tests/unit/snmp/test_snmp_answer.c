/* What is kept of answers and how results are built from it. */
#include "support.h"

#include <string.h>

#include "core/snmp/answer.h"

static wire_tlv tlv_of(const char *octets, size_t length)
{
    wire_tlv tlv;
    wire_reader reader = {(const uint8_t *)octets, (const uint8_t *)octets + length};
    assert_true(wire_next(&reader, &tlv));
    return tlv;
}

static void test_answer__keeps_every_type(void **state)
{
    (void)state;
    snmpeng_plan *plan = plan_of("g1.3.6.1.0", "g1.3.6.2.0", "g1.3.6.3.0", "g1.3.6.4.0",
                                 "g1.3.6.5.0", "g1.3.6.6.0", "g1.3.6.7.0", "g1.3.6.8.0", NULL);
    answer a = {0};
    answer_scratch scratch = {0};
    answer_chain chains[8] = {{0, 0, 0}};
    const wire_tlv values[8] = {
        tlv_of("\x02\x01\xfe", 3),
        tlv_of("\x04\x02hi", 4),
        tlv_of("\x06\x02\x2b\x07", 4),
        tlv_of("\x40\x04\x7f\x00\x00\x01", 6),
        tlv_of("\x43\x02\x01\x00", 4),
        tlv_of("\x46\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff", 11),
        tlv_of("\x06\x00", 2),
        tlv_of("\x40\x03\x7f\x00\x00", 5), /* an address of three octets is none */
    };
    for (uint32_t i = 8; i-- > 0;) { /* the order of coming does not matter */
        assert_int_equal(answer_add(&a, &scratch, &chains[i], NULL, 0, &values[i]), ANSWER_OK);
    }
    uint32_t count;
    assert_true(answer_build(&a, plan, chains, &scratch, &count));
    assert_int_equal(count, 7);
    const platen_snmp_binding *b = scratch.bindings;
    assert_int_equal(b[0].integer, -2);
    assert_memory_equal(b[1].octets, "hi", 2);
    assert_int_equal(b[2].arc_count, 3);
    assert_int_equal(b[2].arcs[2], 7);
    assert_int_equal(b[3].octet_count, 4);
    assert_int_equal(b[4].integer, 256);
    assert_true(b[5].integer == INT64_MAX); /* clamped */
    assert_int_equal(b[6].arc_count, 2);    /* what devices send for 0.0 */
    assert_int_equal(b[6].oid[3], 7);
    answer_fini(&a, &scratch);
    answer_scratch_fini(&scratch);
    snmpeng_plan_free(plan);
}

static void test_answer__sorts_and_drops_doubles_where_items_overlap(void **state)
{
    (void)state;
    snmpeng_plan *plan = plan_of("g1.3.6.4.2", "w1.3.6.4", NULL);
    answer a = {0};
    answer_scratch scratch = {0};
    answer_chain chains[2] = {{0, 0, 0}};
    const wire_tlv value = tlv_of("\x02\x01\x05", 3);
    assert_int_equal(answer_add(&a, &scratch, &chains[0], NULL, 0, &value), ANSWER_OK);
    for (uint32_t i = 1; i <= 3; i++) {
        const uint32_t row[] = {1, 3, 6, 4, i};
        assert_int_equal(answer_add(&a, &scratch, &chains[1], row, 5, &value), ANSWER_OK);
    }
    uint32_t count;
    assert_true(answer_build(&a, plan, chains, &scratch, &count));
    assert_int_equal(count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(scratch.bindings[i].oid[4], i + 1);
    }
    answer_fini(&a, &scratch);
    answer_scratch_fini(&scratch);
    snmpeng_plan_free(plan);
}

static void test_answer__is_bounded(void **state)
{
    (void)state;
    static char large[60004] = "\x04\x82\xea\x60"; /* 60,000 octets */
    const wire_tlv value = tlv_of(large, sizeof large);
    answer a = {0};
    answer_scratch scratch = {0};
    answer_chain chain = {0, 0, 0};
    answer_status status = ANSWER_OK;
    int kept = 0;
    while (kept < 1000 && status == ANSWER_OK) {
        status = answer_add(&a, &scratch, &chain, NULL, 0, &value);
        kept += status == ANSWER_OK;
    }
    assert_int_equal(status, ANSWER_TOO_LARGE);
    assert_in_range(kept, 100, ANSWER_MAX / 60000);
    assert_true(a.used <= ANSWER_MAX);
    answer_fini(&a, &scratch);
    answer_scratch_fini(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer__keeps_every_type),
        cmocka_unit_test(test_answer__sorts_and_drops_doubles_where_items_overlap),
        cmocka_unit_test(test_answer__is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
