/* SETs: what is sent and how often, what refusals mean, hostile answers. */
#include "support.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"

static const fake_value values[] = {{"1.3.6.1.2.1.1.5.0", PLATEN_SNMP_OCTETS, 0, "lp07"}};

static snmpeng *engine;
static snmpeng_credential *credential;
static outcome out;
static atomic_int status_to_tell, index_to_tell, sets;
static char seen[256];

static platen_snmp_value text_value(const char *oid, const char *text)
{
    platen_snmp_value v = PLATEN_SNMP_VALUE_INIT;
    v.oid = oid;
    v.octets = (const uint8_t *)text;
    v.octet_count = (uint32_t)strlen(text);
    return v;
}

static platen_snmp_value integer_value(const char *oid, int64_t number)
{
    platen_snmp_value v = PLATEN_SNMP_VALUE_INIT;
    v.type = PLATEN_SNMP_INTEGER;
    v.oid = oid;
    v.integer = number;
    return v;
}

static void set(const fake *device, snmpeng_version version, const platen_snmp_value *wanted,
                uint32_t count)
{
    snmpeng_plan *plan = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (snmpeng_set_new(wanted, count, &plan, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    snmpeng_request request = request_to("127.0.0.1", fake_port(device), credential, plan);
    request.version = version;
    request.timeout_ms = 100;
    request.tries = 3;
    request.flags = SNMPENG_V1_RETRY | SNMPENG_OTHER_LAST;
    memset(&out, 0, sizeof out);
    read_wait(engine, &request, &out);
    snmpeng_plan_free(plan);
}

/* Counts SETs and tells the status; what came with the first is kept as hex. */
static bool tell(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    (void)f;
    if (q->tag != WIRE_SET) {
        return false;
    }
    if (atomic_fetch_add(&sets, 1) == 0) {
        size_t at = 0;
        for (size_t i = 0; i < q->raw_length && at + 3 < sizeof seen; i++) {
            at += (size_t)snprintf(seen + at, sizeof seen - at, "%02x", q->raw[i]);
        }
    }
    *length = fake_reply(q, q->version, WIRE_RESPONSE, q->id, atomic_load(&status_to_tell),
                         atomic_load(&index_to_tell), q->raw, q->raw_length, reply);
    return true;
}

static void tell_next(int status, int index)
{
    atomic_store(&status_to_tell, status);
    atomic_store(&index_to_tell, index);
    atomic_store(&sets, 0);
    seen[0] = '\0';
}

static void test_set__values_go_out_in_one_packet(void **state)
{
    (void)state;
    fake *device = fake_begin("127.0.0.1", values, 1, tell);
    platen_snmp_value two[] = {text_value("1.3.6.1.2.1.1.5.0", "hi"),
                               integer_value(".1.3.6.1.2.1.43.5.1.1.3.1", -4)};
    tell_next(0, 0);
    set(device, SNMPENG_V2C, two, 2);
    assert_int_equal(out.code, PLATEN_OK);
    assert_int_equal(out.count, 0);
    assert_int_equal(fake_requests(device), 1);
    assert_string_equal(seen, "300e06082b060102010105000402"
                              "6869"
                              "3010060b2b060102012b0501010301"
                              "0201fc");
    set(device, SNMPENG_V1, two, 2);
    assert_int_equal(out.code, PLATEN_OK);
    assert_int_equal(out.version, SNMPENG_V1);
    fake_end(device);
}

static void test_set__refusals_have_codes_and_words(void **state)
{
    (void)state;
    static const struct {
        int status, index;
        platen_code code;
        const char *words;
    } cases[] = {
        {1, 0, PLATEN_E_TOO_LARGE, "tooBig"},
        {2, 1, PLATEN_E_AUTH, "noSuchName for 1.3.6.1.2.1.1.5.0"},
        {3, 2, PLATEN_E_INVAL, "badValue for 1.3.6.1.2.1.1.6.0"},
        {4, 1, PLATEN_E_UNSUPPORTED, "readOnly for 1.3.6.1.2.1.1.5.0"},
        {5, 0, PLATEN_E_DEVICE, "genErr"},
        {6, 1, PLATEN_E_AUTH, "noAccess for 1.3.6.1.2.1.1.5.0"},
        {10, 2, PLATEN_E_INVAL, "wrongValue for 1.3.6.1.2.1.1.6.0"},
        {16, 0, PLATEN_E_AUTH, "authorizationError"},
        {17, 1, PLATEN_E_UNSUPPORTED, "notWritable for 1.3.6.1.2.1.1.5.0"},
        {18, 99, PLATEN_E_INVAL, "inconsistentName"}, /* an index that cannot be */
        {19, 0, PLATEN_E_PROTOCOL, "error-status 19"},
        {-3, -3, PLATEN_E_PROTOCOL, "error-status -3"},
        {2000000000, 1, PLATEN_E_PROTOCOL, "error-status 2000000000"},
    };
    fake *device = fake_begin("127.0.0.1", values, 1, tell);
    platen_snmp_value two[] = {text_value("1.3.6.1.2.1.1.5.0", "hi"),
                               text_value("1.3.6.1.2.1.1.6.0", "")};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tell_next(cases[i].status, cases[i].index);
        set(device, SNMPENG_V2C, two, 2);
        assert_int_equal(out.code, cases[i].code);
        if (strstr(out.error, cases[i].words) == NULL) {
            fail_msg("'%s' is not in '%s'", cases[i].words, out.error);
        }
        assert_int_equal(atomic_load(&sets), 1);
    }
    fake_end(device);
}

static bool silence(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    (void)f;
    (void)reply;
    *length = 0;
    atomic_fetch_add(&sets, q->tag == WIRE_SET ? 1 : 0);
    return true;
}

/* The answer was lost, or the SET: it is not sent again, in no version, whatever the tries. */
static void test_set__is_never_repeated(void **state)
{
    (void)state;
    fake *device = fake_begin("127.0.0.1", values, 1, silence);
    platen_snmp_value one = text_value("1.3.6.1.2.1.1.5.0", "hi");
    tell_next(0, 0);
    int64_t begun = clock_mono();
    set(device, SNMPENG_V2C, &one, 1);
    assert_int_equal(out.code, PLATEN_E_TIMEOUT);
    assert_non_null(strstr(out.error, "may be done or not"));
    assert_int_equal(atomic_load(&sets), 1);
    assert_int_equal(fake_requests(device), 1);
    int64_t took = clock_mono() - begun;
    assert_true(took >= 290); /* as long as all tries of a read */
    fake_end(device);
}

/* Answers that do not belong to the SET: another id, another version, a request, cut off. */
static bool lie(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    uint8_t wrong[2048];
    atomic_fetch_add(&sets, 1);
    size_t n =
        fake_reply(q, q->version, WIRE_RESPONSE, q->id ^ 1, 17, 1, q->raw, q->raw_length, wrong);
    fake_send(f, wrong, n);
    n = fake_reply(q, 0, WIRE_RESPONSE, q->id, 17, 1, q->raw, q->raw_length, wrong);
    fake_send(f, wrong, n);
    n = fake_reply(q, q->version, WIRE_SET, q->id, 17, 1, q->raw, q->raw_length, wrong);
    fake_send(f, wrong, n);
    n = fake_reply(q, q->version, WIRE_RESPONSE, q->id, 17, 1, q->raw, q->raw_length, wrong);
    fake_send(f, wrong, n - 3);
    *length = fake_reply(q, q->version, WIRE_RESPONSE, q->id, 0, 0, NULL, 0, reply);
    return true;
}

static void test_set__foreign_answers_do_not_count(void **state)
{
    (void)state;
    fake *device = fake_begin("127.0.0.1", values, 1, lie);
    platen_snmp_value one = text_value("1.3.6.1.2.1.1.5.0", "hi");
    tell_next(0, 0);
    set(device, SNMPENG_V2C, &one, 1);
    assert_int_equal(out.code, PLATEN_OK);
    assert_int_equal(atomic_load(&sets), 1);
    fake_end(device);
}

static void expect_refused(const platen_snmp_value *wanted, uint32_t count, platen_code code)
{
    snmpeng_plan *plan = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(snmpeng_set_new(wanted, count, &plan, &err), code);
    assert_null(plan);
    assert_true(err.text[0] != '\0');
}

static void test_set__values_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static uint8_t large[4096];
    platen_snmp_value many[25];
    for (size_t i = 0; i < 25; i++) {
        many[i] = text_value("1.3.6.1.2.1.1.5.0", "x");
    }
    expect_refused(many, 0, PLATEN_E_INVAL);
    expect_refused(many, 25, PLATEN_E_INVAL);
    many[0].oid = "1.3.6..1";
    expect_refused(many, 1, PLATEN_E_INVAL);
    many[0].oid = NULL;
    expect_refused(many, 1, PLATEN_E_INVAL);
    many[0] = integer_value("1.3.6.1", INT64_C(1) << 31);
    expect_refused(many, 1, PLATEN_E_INVAL);
    many[0] = text_value("1.3.6.1", "1.2.3.4");
    many[0].type = PLATEN_SNMP_IPADDRESS; /* seven octets */
    expect_refused(many, 1, PLATEN_E_INVAL);
    many[0].type = PLATEN_SNMP_COUNTER64;
    expect_refused(many, 1, PLATEN_E_INVAL);
    many[0].type = PLATEN_SNMP_OID;
    many[0].octets = (const uint8_t *)"1..2";
    many[0].octet_count = 4;
    expect_refused(many, 1, PLATEN_E_INVAL);
    many[0] = text_value("1.3.6.1", "x");
    many[0].octets = NULL;
    expect_refused(many, 1, PLATEN_E_INVAL);
    many[0].octets = large;
    many[0].octet_count = sizeof large;
    expect_refused(many, 1, PLATEN_E_TOO_LARGE);
}

/* What fits a plan but no packet says so, and nothing is sent. */
static void test_set__too_large_for_a_packet(void **state)
{
    (void)state;
    static uint8_t large[1500];
    fake *device = fake_begin("127.0.0.1", values, 1, tell);
    platen_snmp_value two[] = {text_value("1.3.6.1.2.1.1.5.0", ""),
                               text_value("1.3.6.1.2.1.1.6.0", "")};
    two[0].octets = two[1].octets = large;
    two[0].octet_count = two[1].octet_count = sizeof large;
    tell_next(0, 0);
    set(device, SNMPENG_V2C, two, 2);
    assert_int_equal(out.code, PLATEN_E_TOO_LARGE);
    assert_int_equal(fake_requests(device), 0);
    fake_end(device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set__values_go_out_in_one_packet),
        cmocka_unit_test(test_set__refusals_have_codes_and_words),
        cmocka_unit_test(test_set__is_never_repeated),
        cmocka_unit_test(test_set__foreign_answers_do_not_count),
        cmocka_unit_test(test_set__values_that_cannot_be_are_refused),
        cmocka_unit_test(test_set__too_large_for_a_packet),
    };
    engine = engine_begin(NULL);
    credential = community("private");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    engine_end(engine);
    snmpeng_credential_unref(credential);
    return failed;
}
