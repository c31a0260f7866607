/* What is remembered of the length of tables: fixed in size, the newest wins. */
#include "support.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/snmp/rows.h"

static udp_address address_of(uint32_t number)
{
    udp_address a;
    memset(&a, 0, sizeof(a));
    a.v4.sin_family = AF_INET;
    a.v4.sin_port = htons(161);
    a.v4.sin_addr.s_addr = htonl(0x0a000000u + number);
    return a;
}

static void test_rows__of_a_device_and_a_table(void **state)
{
    platen_error err = PLATEN_ERROR_INIT;
    rows_memory *m = NULL;
    udp_address one = address_of(1);
    udp_address other_port = address_of(1);
    other_port.v4.sin_port = htons(1161);
    (void)state;
    assert_int_equal(rows_new(&m, &err), PLATEN_OK);
    uint64_t device = rows_device(&one);
    assert_int_equal(rows_wanted(m, device, 7), 0);
    rows_note(m, device, 7, 3);
    rows_note(m, device, 8, 0);
    assert_int_equal(rows_wanted(m, device, 7), 4);
    assert_int_equal(rows_wanted(m, device, 8), 1);
    assert_int_equal(rows_wanted(m, rows_device(&other_port), 7), 0);
    rows_note(m, device, 7, 5);
    assert_int_equal(rows_wanted(m, device, 7), 6);
    rows_note(m, device, 7, ROWS_MOST);
    assert_int_equal(rows_wanted(m, device, 7), ROWS_MOST + 1);
    rows_note(m, device, 7, ROWS_MOST + 1); /* too long to be kept */
    assert_int_equal(rows_wanted(m, device, 7), 0);
    rows_free(m);
}

static void test_rows__of_fifty_thousand_devices(void **state)
{
    enum { DEVICES = 50000, TABLES = 10 };
    platen_error err = PLATEN_ERROR_INIT;
    rows_memory *m = NULL;
    unsigned lost = 0;
    (void)state;
    assert_int_equal(rows_new(&m, &err), PLATEN_OK);
    for (uint32_t i = 0; i < DEVICES * TABLES; i++) {
        udp_address a = address_of(i / TABLES);
        rows_note(m, rows_device(&a), 0x9e3779b9u * (i % TABLES), i % 30);
    }
    for (uint32_t i = 0; i < DEVICES * TABLES; i++) {
        udp_address a = address_of(i / TABLES);
        uint32_t wanted = rows_wanted(m, rows_device(&a), 0x9e3779b9u * (i % TABLES));
        assert_true(wanted == 0 || wanted == i % 30 + 1);
        lost += wanted == 0 ? 1 : 0;
    }
    assert_true(lost < DEVICES * TABLES / 20);
    rows_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows__of_a_device_and_a_table),
        cmocka_unit_test(test_rows__of_fifty_thousand_devices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
