/* Answers that are not what they seem: dropped and counted, and the true one is still taken. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static const fake_value values[] = {
    {"1.3.6.1.2.1.1.5.0", PLATEN_SNMP_OCTETS, 0, "lp07"},
    {"1.3.6.1.2.1.1.6.0", PLATEN_SNMP_OCTETS, 0, "cellar"},
};

static outcome out;
static snmpeng_stats stats;

/* Runs the read with the hook and leaves the engine's counters in `stats`. */
static void run(fake_hook hook)
{
    static const snmpeng_options options = {.timeout_ms = 1000, .tries = 1};
    snmpeng *e = engine_begin(&options);
    snmpeng_credential *c = community("public");
    fake *f = fake_begin("127.0.0.1", values, 2, hook);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    snmpeng_request request = request_to("127.0.0.1", fake_port(f), c, plan);
    read_wait(e, &request, &out);
    snmpeng_stop(e);
    snmpeng_stats_get(e, &stats);
    snmpeng_free(e);
    snmpeng_credential_unref(c);
    snmpeng_plan_free(plan);
    fake_end(f);
}

static void expect_name(void)
{
    assert_int_equal(out.code, PLATEN_OK);
    assert_string_equal(out.text, "1.3.6.1.2.1.1.5.0 s:lp07\n");
}

static bool wrong_source(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    *length = fake_answer(f, q, reply);
    fake_send_from(f, "127.0.0.3", reply, *length);
    *length = 0;
    return true;
}

static void test_hostile__wrong_source_is_dropped(void **state)
{
    (void)state;
    run(wrong_source);
    assert_int_equal(out.code, PLATEN_E_TIMEOUT);
    assert_int_equal(out.count, 0);
    assert_int_equal(stats.dropped_source, 1);
    assert_int_equal(stats.matched, 0);
}

static bool liar(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    uint8_t binds[256];
    wire_writer writer = {.at = binds, .left = sizeof binds};
    put_bind(&writer, "1.3.6.1.2.1.1.5.0", PLATEN_SNMP_OCTETS, 0, "forged");
    size_t size = (size_t)(writer.at - binds);
    uint8_t forged[512];
    /* another id, another version, not a response, an unknown version */
    fake_send(
        f, forged,
        fake_reply(q, q->version, WIRE_RESPONSE, q->id ^ 0x00100000, 0, 0, binds, size, forged));
    fake_send(f, forged, fake_reply(q, q->version, WIRE_RESPONSE, 1, 0, 0, binds, size, forged));
    fake_send(f, forged,
              fake_reply(q, SNMPENG_V1, WIRE_RESPONSE, q->id, 0, 0, binds, size, forged));
    fake_send(f, forged, fake_reply(q, q->version, WIRE_GET, q->id, 0, 0, binds, size, forged));
    fake_send(f, forged, fake_reply(q, 2, WIRE_RESPONSE, q->id, 0, 0, binds, size, forged));
    *length = fake_answer(f, q, reply);
    return true;
}

static void test_hostile__wrong_id_version_and_kind_are_dropped(void **state)
{
    (void)state;
    run(liar);
    expect_name();
    assert_int_equal(stats.received, 6);
    assert_int_equal(stats.dropped_unmatched, 2);
    assert_int_equal(stats.dropped_version, 1);
    assert_int_equal(stats.dropped_malformed, 2);
    assert_int_equal(stats.matched, 1);
}

static bool twice(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    *length = fake_answer(f, q, reply);
    fake_send(f, reply, *length);
    fake_send(f, reply, *length);
    return true;
}

static void test_hostile__duplicates_do_no_harm(void **state)
{
    (void)state;
    run(twice);
    expect_name();
    assert_int_equal(out.calls, 1);
    assert_int_equal(stats.matched, 1);
}

/* The true answer with one octet changed, for every octet and some changes, and cut everywhere. */
static bool mutations(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    uint8_t copy[1024];
    *length = fake_answer(f, q, reply);
    for (size_t i = 0; i < *length; i++) {
        fake_send(f, reply, i);
        /* The headers; changes of name, value and community might be believed. The fuzzer makes
         * those too, and looks for crashes only. */
        if (i < 7 || i == 13) {
            memcpy(copy, reply, *length);
            copy[i] = i < 2 ? 0xff : 0x84;
            fake_send(f, copy, *length);
        }
    }
    return true;
}

static void test_hostile__malformed_is_dropped(void **state)
{
    (void)state;
    run(mutations);
    expect_name();
    assert_true(stats.dropped_malformed > 40);
}

static bool other_objects(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    uint8_t binds[512];
    wire_writer writer = {.at = binds, .left = sizeof binds};
    (void)f;
    put_bind(&writer, "1.3.6.1.2.1.1.6.0", PLATEN_SNMP_OCTETS, 0, "nobody asked");
    put_bind(&writer, "1.3.6.1.2.1.1.5.0", PLATEN_SNMP_OCTETS, 0, "lp07");
    put_bind(&writer, "1.3.6.1.2.1.1.5.0", PLATEN_SNMP_OCTETS, 0, "again");
    *length = fake_reply(q, q->version, WIRE_RESPONSE, q->id, 0, 0, binds,
                         (size_t)(writer.at - binds), reply);
    return true;
}

static void test_hostile__unasked_objects_are_left_out(void **state)
{
    (void)state;
    run(other_objects);
    expect_name();
}

static bool wild_index(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    (void)f;
    *length = fake_reply(q, q->version, WIRE_RESPONSE, q->id, 2, fake_number(f) * 1000000, NULL, 0,
                         reply);
    return true;
}

static void test_hostile__error_index_out_of_range(void **state)
{
    (void)state;
    run(wild_index);
    assert_int_equal(out.code, PLATEN_OK); /* the one object does not exist, it says */
    assert_int_equal(out.count, 0);
}

static bool bad_value(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    /* INTEGER of 9 octets */
    static const uint8_t bind[] = {0x30, 0x15, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x02,
                                   0x01, 0x01, 0x05, 0x00, 0x02, 0x09, 1,    2,
                                   3,    4,    5,    6,    7,    8,    9};
    (void)f;
    *length = fake_reply(q, q->version, WIRE_RESPONSE, q->id, 0, 0, bind, sizeof bind, reply);
    return true;
}

static void test_hostile__values_that_are_none_are_absent(void **state)
{
    (void)state;
    run(bad_value);
    assert_int_equal(out.code, PLATEN_OK);
    assert_int_equal(out.count, 0);
}

static bool huge(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    static char text[30001];
    static uint8_t binds[31000];
    memset(text, 'x', sizeof text - 1);
    /* put_bind() has room for 2,000 octets: by hand */
    static const uint8_t head[] = {0x30, 0x82, 0x75, 0x3e, 0x06, 0x08, 0x2b, 0x06, 0x01,
                                   0x02, 0x01, 0x01, 0x05, 0x00, 0x04, 0x82, 0x75, 0x30};
    memcpy(binds, head, sizeof head);
    memcpy(binds + sizeof head, text, 30000);
    (void)f;
    *length =
        fake_reply(q, q->version, WIRE_RESPONSE, q->id, 0, 0, binds, sizeof head + 30000, reply);
    return true;
}

static void test_hostile__long_answers_are_whole(void **state)
{
    (void)state;
    run(huge);
    assert_int_equal(out.code, PLATEN_OK);
    assert_int_equal(out.count, 1);
    assert_int_equal(strlen(out.text), strlen("1.3.6.1.2.1.1.5.0 s:") + 30000 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile__wrong_source_is_dropped),
        cmocka_unit_test(test_hostile__wrong_id_version_and_kind_are_dropped),
        cmocka_unit_test(test_hostile__duplicates_do_no_harm),
        cmocka_unit_test(test_hostile__malformed_is_dropped),
        cmocka_unit_test(test_hostile__unasked_objects_are_left_out),
        cmocka_unit_test(test_hostile__error_index_out_of_range),
        cmocka_unit_test(test_hostile__values_that_are_none_are_absent),
        cmocka_unit_test(test_hostile__long_answers_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
