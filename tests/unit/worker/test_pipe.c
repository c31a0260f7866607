/* Frames between agent and worker: what was written is read, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/worker/pipe.h"
#include "core/worker/readings.h"

static void test_pipe__round_trip(void **state)
{
    (void)state;
    strbuf out;
    pipe_frame frame;
    size_t length = 0;
    strbuf_init(&out);
    size_t begin = pipe_begin(&out, PIPE_WORK, 77);
    pipe_put_u8(&out, 200);
    pipe_put_u32(&out, 4000000000u);
    pipe_put_i64(&out, INT64_MIN);
    pipe_put_text(&out, "text");
    pipe_put_text(&out, NULL);
    pipe_put_octets(&out, "a\0b", 3);
    assert_true(pipe_end(&out, begin));
    assert_int_equal(pipe_next((const uint8_t *)out.data, out.length, &frame), 1);
    assert_int_equal(frame.kind, PIPE_WORK);
    assert_int_equal(frame.work, 77);
    assert_int_equal(pipe_u8(&frame.in), 200);
    assert_int_equal(pipe_u32(&frame.in), 4000000000u);
    assert_true(pipe_i64(&frame.in) == INT64_MIN);
    assert_string_equal(pipe_text(&frame.in, 10), "text");
    assert_string_equal(pipe_text(&frame.in, 10), "");
    assert_memory_equal(pipe_octets(&frame.in, &length), "a\0b", 3);
    assert_int_equal(length, 3);
    assert_true(pipe_done(&frame.in));
    assert_int_equal(pipe_u8(&frame.in), 0); /* behind the end */
    assert_false(pipe_done(&frame.in));
    strbuf_fini(&out);
}

static void test_pipe__incomplete_and_impossible(void **state)
{
    (void)state;
    strbuf out;
    pipe_frame frame;
    strbuf_init(&out);
    size_t begin = pipe_begin(&out, PIPE_FINISH, 1);
    pipe_put_text(&out, "a text");
    assert_true(pipe_end(&out, begin));
    uint8_t *bytes = (uint8_t *)out.data;
    for (size_t i = 0; i < out.length; i++) {
        assert_int_equal(pipe_next(bytes, i, &frame), 0);
    }
    bytes[4] = PIPE_KINDS;
    assert_int_equal(pipe_next(bytes, out.length, &frame), -1);
    bytes[4] = 0;
    assert_int_equal(pipe_next(bytes, out.length, &frame), -1);
    bytes[4] = PIPE_FINISH;
    bytes[3] = 0xff; /* gigabytes */
    assert_int_equal(pipe_next(bytes, out.length, &frame), -1);
    memset(bytes, 0, 4); /* shorter than its head */
    assert_int_equal(pipe_next(bytes, out.length, &frame), -1);
    strbuf_fini(&out);
}

static void expect_bad_text(const char *bytes, size_t length, size_t most)
{
    pipe_in in = {(const uint8_t *)bytes, (const uint8_t *)bytes + length, false};
    assert_string_equal(pipe_text(&in, most), "");
    assert_true(in.bad);
}

static void test_pipe__texts(void **state)
{
    (void)state;
    expect_bad_text("\4\0\0\0abc", 7, 10);    /* cut */
    expect_bad_text("\3\0\0\0abc", 7, 10);    /* no end */
    expect_bad_text("\4\0\0\0a\0c\0", 8, 10); /* two ends */
    expect_bad_text("\0\0\0\0", 4, 10);       /* not even an end */
    expect_bad_text("\4\0\0\0abc\0", 8, 2);   /* too long */
    expect_bad_text("\xff\xff\xff\xff"
                    "a",
                    5, 10); /* four gigabytes */
}

static void test_pipe__a_frame_that_is_too_long(void **state)
{
    (void)state;
    strbuf out;
    strbuf_init(&out);
    strbuf_append(&out, "what stands before");
    char *big = calloc(1, PIPE_FRAME_MAX);
    assert_non_null(big);
    size_t begin = pipe_begin(&out, PIPE_FACTS, 1);
    pipe_put_octets(&out, big, PIPE_FRAME_MAX);
    assert_false(pipe_end(&out, begin));
    assert_string_equal(out.data, "what stands before");
    free(big);
    strbuf_fini(&out);
}

static void test_pipe__readings(void **state)
{
    (void)state;
    static const uint32_t oid[] = {1, 3, 6, 1};
    static const uint32_t value[] = {1, 2};
    const platen_snmp_binding bindings[] = {
        {oid, 4, PLATEN_SNMP_OCTETS, 0, (const uint8_t *)"abc", 3, 0, NULL},
        {oid, 3, PLATEN_SNMP_OID, 0, NULL, 0, 2, value},
        {oid, 4, PLATEN_SNMP_COUNTER64, INT64_MAX, NULL, 0, 0, NULL}};
    platen_error err = PLATEN_ERROR_INIT;
    (void)error_set(&err, PLATEN_E_TIMEOUT, "no answer");
    const platen_snmp_result result = {
        sizeof(result), PLATEN_E_TIMEOUT, 3, sizeof(bindings[0]), bindings, &err, 5, 6};
    strbuf out;
    uint32_t *arcs = NULL;
    strbuf_init(&out);
    readings_put_result(&out, &result);
    pipe_in in = {(const uint8_t *)out.data, (const uint8_t *)out.data + out.length, false};
    reading *r = readings_result(&in, &arcs);
    assert_non_null(r);
    assert_int_equal(r->result.code, PLATEN_E_TIMEOUT);
    assert_string_equal(r->result.error->text, "no answer");
    assert_int_equal(r->result.status, 5);
    assert_int_equal(r->result.count, 3);
    assert_memory_equal(r->bindings[0].octets, "abc", 3);
    assert_memory_equal(r->bindings[1].arcs, value, sizeof(value));
    assert_int_equal(r->bindings[1].oid_count, 3);
    assert_true(r->bindings[2].integer == INT64_MAX);
    free(r);
    free(arcs);
    for (size_t cut = 0; cut < out.length; cut++) { /* each part of it is refused */
        in = (pipe_in){(const uint8_t *)out.data, (const uint8_t *)out.data + cut, false};
        assert_null(readings_result(&in, &arcs));
    }
    strbuf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipe__round_trip),
        cmocka_unit_test(test_pipe__incomplete_and_impossible),
        cmocka_unit_test(test_pipe__texts),
        cmocka_unit_test(test_pipe__a_frame_that_is_too_long),
        cmocka_unit_test(test_pipe__readings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
