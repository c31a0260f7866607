/* Walks: tables of uneven columns, both ways of walking, limits, devices that go in circles. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T "1.3.6.1.2.1.43.11.1.1"

static const fake_value table[] = {
    {T ".5.1.1", PLATEN_SNMP_INTEGER, 3, NULL},  {T ".5.1.2", PLATEN_SNMP_INTEGER, 4, NULL},
    {T ".5.1.3", PLATEN_SNMP_INTEGER, 5, NULL},  {T ".6.1.1", PLATEN_SNMP_OCTETS, 0, "black"},
    {T ".6.1.2", PLATEN_SNMP_OCTETS, 0, "cyan"}, {T ".8.1.1", PLATEN_SNMP_GAUGE32, 100, NULL},
    {T ".8.1.2", PLATEN_SNMP_GAUGE32, 90, NULL}, {T ".8.1.3", PLATEN_SNMP_GAUGE32, 80, NULL},
    {T ".8.1.4", PLATEN_SNMP_GAUGE32, 70, NULL},
};
#define ROWS (sizeof table / sizeof *table)

static const char whole_table[] =
    T ".5.1.1 02:3\n" T ".5.1.2 02:4\n" T ".5.1.3 02:5\n" T ".6.1.1 s:black\n" T ".6.1.2 s:cyan\n" T
      ".8.1.1 42:100\n" T ".8.1.2 42:90\n" T ".8.1.3 42:80\n" T ".8.1.4 42:70\n";

static outcome out;

static int walk(const snmpeng_plan *plan, snmpeng_version version, const fake_value *values,
                size_t count, fake_hook hook, const snmpeng_options *options)
{
    snmpeng *e = engine_begin(options);
    snmpeng_credential *c = community("public");
    fake *f = fake_begin("127.0.0.1", values, count, hook);
    snmpeng_request request = request_to("127.0.0.1", fake_port(f), c, plan);
    request.version = version;
    read_wait(e, &request, &out);
    int requests = fake_requests(f);
    engine_end(e);
    snmpeng_credential_unref(c);
    fake_end(f);
    return requests;
}

static snmpeng_plan *three_columns(void)
{
    return plan_of("t" T ".5", "t" T ".6", "t" T ".8", NULL);
}

static void test_walk__bulk_reads_uneven_columns(void **state)
{
    (void)state;
    snmpeng_plan *plan = three_columns();
    int requests = walk(plan, SNMPENG_V2C, table, ROWS, NULL, NULL);
    assert_int_equal(out.code, PLATEN_OK);
    assert_string_equal(out.text, whole_table);
    assert_int_equal(requests, 1);
    snmpeng_plan_free(plan);
}

static void test_walk__goes_on_where_a_short_answer_ended(void **state)
{
    (void)state;
    snmpeng_plan *plan = three_columns();
    for (unsigned repetitions = 1; repetitions < 6; repetitions++) {
        snmpeng_options options = {.max_repetitions = repetitions};
        (void)walk(plan, SNMPENG_V2C, table, ROWS, NULL, &options);
        assert_int_equal(out.code, PLATEN_OK);
        assert_string_equal(out.text, whole_table);
    }
    snmpeng_plan_free(plan);
}

static void test_walk__v1_uses_getnext(void **state)
{
    (void)state;
    snmpeng_plan *plan = three_columns();
    int requests = walk(plan, SNMPENG_V1, table, ROWS, NULL, NULL);
    assert_int_equal(out.code, PLATEN_OK);
    assert_string_equal(out.text, whole_table);
    assert_in_range(requests, 5, 6); /* the last column ends with noSuchName */
    snmpeng_plan_free(plan);
}

static void test_walk__learns_how_long_the_table_is(void **state)
{
    (void)state;
    static fake_value long_table[40];
    static char names[40][64];
    for (int i = 0; i < 40; i++) {
        (void)snprintf(names[i], sizeof names[i], T ".5.1.%d", i + 1);
        long_table[i] = (fake_value){names[i], PLATEN_SNMP_INTEGER, i, NULL};
    }
    snmpeng_plan *plan = plan_of("w" T ".5", NULL);
    snmpeng_options options = {.max_repetitions = 60};
    assert_int_equal(walk(plan, SNMPENG_V2C, long_table, 40, NULL, &options), 1);
    assert_int_equal(out.count, 40);
    assert_int_equal(walk(plan, SNMPENG_V2C, long_table, 4, NULL, &options), 1);
    assert_int_equal(walk(plan, SNMPENG_V2C, long_table, 40, NULL, &options), 2);
    assert_int_equal(out.count, 40);
    snmpeng_plan_free(plan);
}

static _Atomic int64_t asked_rows;

static bool note_rows(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    (void)f;
    (void)reply;
    (void)length;
    asked_rows = q->b;
    return false;
}

static int64_t rows_asked(snmpeng *e, snmpeng_credential *c, const fake *f,
                          const snmpeng_plan *plan)
{
    int before = fake_requests(f);
    snmpeng_request request = request_to("127.0.0.1", fake_port(f), c, plan);
    request.version = SNMPENG_V2C;
    read_wait(e, &request, &out);
    assert_int_equal(out.code, PLATEN_OK);
    assert_int_equal(fake_requests(f) - before, 1);
    return asked_rows;
}

/* Each device is asked for the rows that its own tables have, and one more. */
static void test_walk__asks_each_device_for_its_rows(void **state)
{
    (void)state;
    static const fake_value small[] = {{T ".5.1.1", PLATEN_SNMP_INTEGER, 3, NULL},
                                       {T ".8.1.1", PLATEN_SNMP_GAUGE32, 100, NULL}};
    snmpeng *e = engine_begin(NULL);
    snmpeng_credential *c = community("public");
    snmpeng_plan *plan = three_columns();
    fake *large = fake_begin("127.0.0.1", table, ROWS, note_rows);
    fake *little = fake_begin("127.0.0.1", small, 2, note_rows);
    (void)rows_asked(e, c, large, plan);
    (void)rows_asked(e, c, little, plan);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rows_asked(e, c, large, plan), 5);
        assert_string_equal(out.text, whole_table);
        assert_int_equal(rows_asked(e, c, little, plan), 2);
        assert_int_equal(out.count, 2);
    }
    engine_end(e);
    fake_end(large);
    fake_end(little);
    snmpeng_plan_free(plan);
    snmpeng_credential_unref(c);
}

/* Answers hold at most `most` values, however many repetitions are asked for. */
static bool truncated(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    fake_request one = *q;
    one.b = 1;
    *length = fake_answer(f, &one, reply);
    return true;
}

static void test_walk__takes_truncated_answers(void **state)
{
    (void)state;
    snmpeng_plan *plan = three_columns();
    (void)walk(plan, SNMPENG_V2C, table, ROWS, truncated, NULL);
    assert_int_equal(out.code, PLATEN_OK);
    assert_string_equal(out.text, whole_table);
    snmpeng_plan_free(plan);
}

static bool tiny(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    (void)f;
    if (q->count * (uint32_t)(q->b == 0 ? 1 : q->b) <= 2) {
        return false;
    }
    *length = fake_reply(q, q->version, WIRE_RESPONSE, q->id, 1, 0, NULL, 0, reply);
    return true;
}

static bool nothing_fits(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    (void)f;
    if (q->count * (uint32_t)q->b <= 2) {
        return false;
    }
    *length = fake_reply(q, q->version, WIRE_RESPONSE, q->id, 0, 0, NULL, 0, reply);
    return true;
}

static void test_walk__asks_for_less_until_it_fits(void **state)
{
    (void)state;
    snmpeng_plan *plan = three_columns();
    (void)walk(plan, SNMPENG_V2C, table, ROWS, tiny, NULL);
    assert_int_equal(out.code, PLATEN_OK);
    assert_string_equal(out.text, whole_table);
    (void)walk(plan, SNMPENG_V2C, table, ROWS, nothing_fits, NULL);
    assert_int_equal(out.code, PLATEN_OK);
    assert_string_equal(out.text, whole_table);
    snmpeng_plan_free(plan);
}

static bool no_bulk(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    (void)f;
    if (q->tag != WIRE_GETBULK) {
        return false;
    }
    *length = fake_reply(q, q->version, WIRE_RESPONSE, q->id, 5, 0, NULL, 0, reply);
    return true;
}

static void test_walk__falls_back_from_bulk(void **state)
{
    (void)state;
    snmpeng_plan *plan = three_columns();
    (void)walk(plan, SNMPENG_V2C, table, ROWS, no_bulk, NULL);
    assert_int_equal(out.code, PLATEN_OK);
    assert_string_equal(out.text, whole_table);
    snmpeng_plan_free(plan);
}

/* Every row is the same one again. */
static bool circle(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    uint8_t binds[4096];
    wire_writer writer = {.at = binds, .left = sizeof binds};
    (void)f;
    for (int i = 0; i < 4; i++) {
        put_bind(&writer, T ".5.1.1", PLATEN_SNMP_INTEGER, 3, NULL);
    }
    *length = fake_reply(q, q->version, WIRE_RESPONSE, q->id, 0, 0, binds,
                         (size_t)(writer.at - binds), reply);
    return true;
}

static void test_walk__leaves_a_circle(void **state)
{
    (void)state;
    snmpeng_plan *plan = plan_of("w" T ".5", NULL);
    int requests = walk(plan, SNMPENG_V2C, table, ROWS, circle, NULL);
    assert_int_equal(out.code, PLATEN_E_PROTOCOL);
    assert_non_null(strstr(out.error, "does not count upward"));
    assert_string_equal(out.text, T ".5.1.1 02:3\n"); /* what was read is kept */
    assert_int_equal(requests, 1);
    snmpeng_plan_free(plan);
}

/* Behind the first row the device begins at the beginning of everything. */
static bool wraps(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    uint8_t binds[4096];
    wire_writer writer = {.at = binds, .left = sizeof binds};
    (void)f;
    put_bind(&writer, T ".5.1.1", PLATEN_SNMP_INTEGER, 3, NULL);
    put_bind(&writer, "1.3.6.1.2.1.1.1.0", PLATEN_SNMP_OCTETS, 0, "a printer");
    *length = fake_reply(q, q->version, WIRE_RESPONSE, q->id, 0, 0, binds,
                         (size_t)(writer.at - binds), reply);
    return true;
}

static void test_walk__leaves_a_device_that_wraps(void **state)
{
    (void)state;
    snmpeng_plan *plan = plan_of("w" T ".5", NULL);
    (void)walk(plan, SNMPENG_V2C, table, ROWS, wraps, NULL);
    assert_int_equal(out.code, PLATEN_E_PROTOCOL);
    assert_string_equal(out.text, T ".5.1.1 02:3\n");
    snmpeng_plan_free(plan);
}

/* A table without end: each row is one after the last asked for. */
static bool endless(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    uint8_t binds[16384];
    uint32_t arcs[WIRE_ARCS];
    uint32_t count = 0;
    wire_writer writer = {.at = binds, .left = sizeof binds};
    (void)f;
    assert_true(wire_oid(&q->binds[0].name, arcs, &count));
    uint32_t last = count == 11 ? 0 : arcs[count - 1];
    for (int64_t i = 0; i < q->b; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, T ".5.%u", (unsigned)++last);
        put_bind(&writer, name, PLATEN_SNMP_INTEGER, last, NULL);
    }
    *length = fake_reply(q, q->version, WIRE_RESPONSE, q->id, 0, 0, binds,
                         (size_t)(writer.at - binds), reply);
    return true;
}

static void test_walk__ends_an_endless_table(void **state)
{
    (void)state;
    snmpeng_plan *plan = plan_of("w" T ".5", NULL);
    (void)walk(plan, SNMPENG_V2C, table, ROWS, endless, NULL);
    assert_int_equal(out.code, PLATEN_OK);
    assert_int_equal(out.count, 1000);
    snmpeng_plan_free(plan);
    platen_snmp_item item = PLATEN_SNMP_ITEM_INIT;
    item.op = PLATEN_SNMP_WALK;
    item.limit = 7;
    item.oid = T ".5";
    assert_int_equal(snmpeng_plan_new(&item, 1, &plan, NULL), PLATEN_OK);
    assert_int_equal(walk(plan, SNMPENG_V2C, table, ROWS, endless, NULL), 1);
    assert_int_equal(out.count, 7);
    snmpeng_plan_free(plan);
}

static bool gen_err(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    (void)f;
    *length = fake_reply(q, q->version, WIRE_RESPONSE, q->id, 5, 0, NULL, 0, reply);
    return true;
}

static void test_walk__reports_a_device_that_only_errs(void **state)
{
    (void)state;
    snmpeng_plan *plan = three_columns();
    (void)walk(plan, SNMPENG_V2C, table, ROWS, gen_err, NULL);
    assert_int_equal(out.code, PLATEN_E_DEVICE);
    assert_int_equal(out.count, 0);
    snmpeng_plan_free(plan);
}

static void test_walk__two_at_a_time(void **state)
{
    (void)state;
    snmpeng_plan *plan = plan_of("w" T ".5", "w" T ".6", "w" T ".8", NULL);
    snmpeng_options options = {.window = 2, .max_repetitions = 2};
    (void)walk(plan, SNMPENG_V2C, table, ROWS, NULL, &options);
    assert_int_equal(out.code, PLATEN_OK);
    assert_string_equal(out.text, whole_table);
    snmpeng_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk__bulk_reads_uneven_columns),
        cmocka_unit_test(test_walk__goes_on_where_a_short_answer_ended),
        cmocka_unit_test(test_walk__v1_uses_getnext),
        cmocka_unit_test(test_walk__learns_how_long_the_table_is),
        cmocka_unit_test(test_walk__asks_each_device_for_its_rows),
        cmocka_unit_test(test_walk__takes_truncated_answers),
        cmocka_unit_test(test_walk__asks_for_less_until_it_fits),
        cmocka_unit_test(test_walk__falls_back_from_bulk),
        cmocka_unit_test(test_walk__leaves_a_circle),
        cmocka_unit_test(test_walk__leaves_a_device_that_wraps),
        cmocka_unit_test(test_walk__ends_an_endless_table),
        cmocka_unit_test(test_walk__reports_a_device_that_only_errs),
        cmocka_unit_test(test_walk__two_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
