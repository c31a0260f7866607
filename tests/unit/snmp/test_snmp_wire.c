/* The BER reader and writer: known bytes, and bytes that lie. */
#include "support.h"

#include <string.h>

static void expect_oid(const char *hex_free, size_t length, const uint32_t *arcs, uint32_t count)
{
    uint32_t got[WIRE_ARCS];
    uint32_t got_count;
    wire_tlv tlv = {.value = (const uint8_t *)hex_free, .length = (uint32_t)length, .tag = 6};
    assert_true(wire_oid(&tlv, got, &got_count));
    assert_int_equal(got_count, count);
    assert_memory_equal(got, arcs, count * sizeof *arcs);
}

static void test_wire__reads_names(void **state)
{
    (void)state;
    expect_oid("\x2b\x06\x01\x02\x01\x01\x05\x00", 8, (uint32_t[]){1, 3, 6, 1, 2, 1, 1, 5, 0}, 9);
    expect_oid("\x2b\x8f\xff\xff\xff\x7f", 6, (uint32_t[]){1, 3, 4294967295u}, 3);
    expect_oid("\x00", 1, (uint32_t[]){0, 0}, 2);
    expect_oid("\x88\x37", 2, (uint32_t[]){2, 999}, 2);
}

static void test_wire__refuses_names_that_are_none(void **state)
{
    (void)state;
    uint32_t arcs[WIRE_ARCS];
    uint32_t count;
    uint8_t longest[WIRE_ARCS];
    memset(longest, 1, sizeof longest);
    wire_tlv tlv = {.value = longest, .length = WIRE_ARCS - 1};
    assert_true(wire_oid(&tlv, arcs, &count));
    assert_int_equal(count, WIRE_ARCS);
    tlv.length = WIRE_ARCS; /* one arc too many */
    assert_false(wire_oid(&tlv, arcs, &count));
    tlv.length = 0;
    assert_false(wire_oid(&tlv, arcs, &count));
    tlv = (wire_tlv){.value = (const uint8_t *)"\x2b\x90\x80\x80\x80\x00", .length = 6};
    assert_false(wire_oid(&tlv, arcs, &count)); /* 2^32 */
    tlv = (wire_tlv){.value = (const uint8_t *)"\x2b\x86", .length = 2};
    assert_false(wire_oid(&tlv, arcs, &count)); /* its last octet says that more follows */
}

static bool takes(const char *octets, size_t length, wire_tlv *tlv)
{
    wire_reader reader = {(const uint8_t *)octets, (const uint8_t *)octets + length};
    return wire_next(&reader, tlv);
}

static void test_wire__bounds_lengths(void **state)
{
    (void)state;
    wire_tlv tlv;
    assert_true(takes("\x04\x02\x41\x42", 4, &tlv));
    assert_int_equal(tlv.length, 2);
    assert_true(takes("\x04\x82\x00\x02\x41\x42", 6, &tlv)); /* longer than it need be */
    assert_int_equal(tlv.length, 2);
    assert_false(takes("\x04\x03\x41\x42", 4, &tlv));
    assert_false(takes("\x04", 1, &tlv));
    assert_false(takes("\x04\x80\x00\x00", 4, &tlv)); /* indefinite */
    assert_false(takes("\x04\x84\xff\xff\xff\xff\x00", 7, &tlv));
    assert_false(takes("\x04\x85\x00\x00\x00\x00\x01\x41", 8, &tlv));
    assert_false(takes("\x04\x82\x00", 3, &tlv));
    assert_false(takes("\x1f\x01\x00", 3, &tlv)); /* long tags are not SNMP's */
}

static void test_wire__reads_numbers(void **state)
{
    (void)state;
    wire_tlv tlv;
    int64_t number = 0;
    uint64_t large = 0;
    assert_true(takes("\x02\x01\xff", 3, &tlv) && wire_signed(&tlv, &number));
    assert_int_equal(number, -1);
    assert_true(takes("\x02\x04\x7f\xff\xff\xff", 6, &tlv) && wire_signed(&tlv, &number));
    assert_int_equal(number, INT32_MAX);
    assert_true(takes("\x41\x05\x00\xff\xff\xff\xff", 7, &tlv) && wire_unsigned(&tlv, &number));
    assert_int_equal(number, UINT32_MAX);
    /* As devices send it that forget the leading zero. */
    assert_true(takes("\x42\x04\xff\xff\xff\xfe", 6, &tlv) && wire_unsigned(&tlv, &number));
    assert_int_equal(number, UINT32_MAX - 1);
    assert_true(takes("\x46\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff", 11, &tlv) &&
                wire_unsigned64(&tlv, &large));
    assert_true(large == UINT64_MAX);
    assert_false(takes("\x02\x00", 2, &tlv) && wire_signed(&tlv, &number));
    assert_false(takes("\x02\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00", 11, &tlv) &&
                 wire_signed(&tlv, &number));
}

static void test_wire__writes_a_get(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        0xa0, 0x1c, 0x02, 0x04, 0x40, 0x00, 0x00, 0x07, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x30,
        0x0e, 0x30, 0x0c, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x02, 0x01, 0x01, 0x05, 0x00, 0x05, 0x00,
    };
    static const uint32_t name[] = {1, 3, 6, 1, 2, 1, 1, 5, 0};
    uint8_t binds[64];
    uint8_t out[64];
    wire_writer writer = {.at = binds, .left = sizeof binds};
    wire_put_null_bind(&writer, name, 9);
    size_t length = (size_t)(writer.at - binds);
    writer = (wire_writer){.at = out, .left = sizeof out};
    wire_put_pdu(&writer, WIRE_GET, 0x40000007, 0, 0, binds, length);
    assert_false(writer.failed);
    assert_int_equal(writer.at - out, sizeof expected);
    assert_int_equal(wire_pdu_size(length), sizeof expected);
    assert_memory_equal(out, expected, sizeof expected);
}

static void test_wire__writer_keeps_to_its_room(void **state)
{
    (void)state;
    static const uint32_t name[] = {1, 3, 6, 1, 2, 1, 1, 5, 0};
    uint8_t whole[64];
    wire_writer writer = {.at = whole, .left = sizeof whole};
    wire_put_null_bind(&writer, name, 9);
    size_t need = (size_t)(writer.at - whole);
    for (size_t room = 0; room < need; room++) {
        uint8_t out[64];
        memset(out, 0xee, sizeof out);
        writer = (wire_writer){.at = out, .left = room};
        wire_put_null_bind(&writer, name, 9);
        assert_true(writer.failed);
        for (size_t i = room; i < sizeof out; i++) {
            assert_int_equal(out[i], 0xee);
        }
    }
}

static void test_wire__integer_sizes(void **state)
{
    (void)state;
    static const int64_t values[] = {0,     1,       127,     128,       255, 256,  32767, 32768,
                                     65507, 8388607, 8388608, INT32_MAX, -1,  -128, -129};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        uint8_t out[16];
        wire_writer writer = {.at = out, .left = sizeof out};
        wire_put_integer(&writer, values[i]);
        assert_int_equal((size_t)(writer.at - out), wire_integer_size(values[i]));
    }
}

static void test_wire__reads_a_response(void **state)
{
    (void)state;
    static const uint8_t packet[] = {
        0x30, 0x2e, 0x02, 0x01, 0x01, 0x04, 0x06, 'p',  'u',  'b',  'l',  'i',
        'c',  0xa2, 0x21, 0x02, 0x04, 0x40, 0x00, 0x00, 0x07, 0x02, 0x01, 0x00,
        0x02, 0x01, 0x00, 0x30, 0x13, 0x30, 0x11, 0x06, 0x08, 0x2b, 0x06, 0x01,
        0x02, 0x01, 0x01, 0x05, 0x00, 0x04, 0x05, 'l',  'p',  '-',  '0',  '7',
    };
    wire_bind *binds = test_calloc(WIRE_BINDS, sizeof *binds);
    wire_pdu pdu = {.binds = binds};
    wire_reader rest;
    int64_t version;
    assert_true(wire_message_read(packet, sizeof packet, &version, &rest, &pdu));
    assert_int_equal(version, SNMPENG_V2C);
    assert_int_equal(pdu.tag, WIRE_RESPONSE);
    assert_int_equal(pdu.id, 0x40000007);
    assert_int_equal(pdu.count, 1);
    assert_memory_equal(pdu.binds[0].value.value, "lp-07", 5);
    for (size_t length = 0; length < sizeof packet; length++) { /* cut anywhere */
        uint8_t *copy = test_malloc(length == 0 ? 1 : length);
        memcpy(copy, packet, length);
        assert_false(wire_message_read(copy, length, &version, &rest, &pdu));
        test_free(copy);
    }
    test_free(binds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire__reads_names),
        cmocka_unit_test(test_wire__refuses_names_that_are_none),
        cmocka_unit_test(test_wire__bounds_lengths),
        cmocka_unit_test(test_wire__reads_numbers),
        cmocka_unit_test(test_wire__writes_a_get),
        cmocka_unit_test(test_wire__writer_keeps_to_its_room),
        cmocka_unit_test(test_wire__integer_sizes),
        cmocka_unit_test(test_wire__reads_a_response),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
