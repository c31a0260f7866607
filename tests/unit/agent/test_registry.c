/* What the agent remembers: devices, what the manager has, power, wrong credentials, batches. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/agent/outbox.h"
#include "core/agent/power.h"
#include "core/agent/registry.h"
#include "core/agent/settings.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "plug_double.h"

static device *put(registry *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static device *put(registry *r, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    cJSON *row = cJSON_Parse(text);
    device *d = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    assert_non_null(row);
    if (registry_put(r, row, &d, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    cJSON_Delete(row);
    return d;
}

static void test_registry__finds_by_id_and_address(void **state)
{
    (void)state;
    registry *r = registry_new(NULL);
    net_address a;
    device *five = put(r, "{\"id\":\"5\",\"revision\":2,\"address\":\"10.0.0.5\",\"model\":\"M\","
                          "\"drivers\":[\"second\",\"unheard-of\"],\"credential\":\"3\","
                          "\"protocol\":\"snmpv3\",\"memo\":{\"second\":\"row 2\"}}");
    assert_ptr_equal(registry_get(r, 5), five);
    assert_null(registry_get(r, 6));
    assert_true(net_parse("10.0.0.5", &a));
    assert_ptr_equal(registry_find(r, &a), five);
    assert_int_equal(five->drivers, 2); /* the second of the two that are loaded */
    assert_int_equal(five->protocol, DEVICE_PROTOCOL_SNMPV3);
    assert_int_equal(five->credential, 3);
    assert_string_equal(five->texts->model, "M");
    assert_string_equal(five->texts->serial, "");
    assert_string_equal(registry_memo(r, five, 1), "row 2");
    assert_string_equal(registry_memo(r, five, 0), "");
    /* A device that moved: the old address is nobody's. */
    five->acknowledged[1] = 77;
    five->power.was_on = true;
    device_texts *old = device_texts_ref(five->texts); /* a visit has them still */
    assert_ptr_equal(put(r, "{\"id\":\"5\",\"revision\":3,\"address\":\"10.0.0.6\"}"), five);
    assert_null(registry_find(r, &a));
    assert_int_equal(five->acknowledged[1], 0);
    assert_false(five->power.was_on);
    assert_string_equal(old->model, "M");
    device_texts_unref(old);
    assert_ptr_equal(put(r, "{\"id\":\"5\",\"address\":\"not an address\"}"), five);
    assert_false(five->has_address);
    assert_int_equal(registry_count(r), 1);
    registry_free(r);
}

static void test_registry__refuses_a_row_without_id(void **state)
{
    (void)state;
    registry *r = registry_new(NULL);
    static const char *const rows[] = {
        "{}", "{\"id\":\"\"}", "{\"id\":\"x\"}", "{\"id\":-4}", "{\"id\":\"99999999999999999999\"}",
        "[]"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cJSON *row = cJSON_Parse(rows[i]);
        device *d = NULL;
        assert_int_equal(registry_put(r, row, &d, NULL), PLATEN_E_MALFORMED);
        cJSON_Delete(row);
    }
    registry_free(r);
}

/* SYS-34: 50,000 devices fit; at most 1.5 KB each. */
static void test_registry__is_small(void **state)
{
    (void)state;
    enum { COUNT = 50000 };
    registry *r = registry_new(NULL);
    struct mallinfo2 before = mallinfo2();
    for (int i = 1; i <= COUNT; i++) {
        device *d = put(r,
                        "{\"id\":\"%d\",\"revision\":1,\"address\":\"10.%d.%d.%d\","
                        "\"hostname\":\"printer-%d.example.com\",\"manufacturer\":\"Manufacturer\","
                        "\"model\":\"Model of some length MFP %d\",\"serial\":\"SER%08d\","
                        "\"sys_object_id\":\"1.3.6.1.4.1.11.2.3.9.1\",\"drivers\":[\"first\"],"
                        "\"credential\":\"3\",\"protocol\":\"snmpv2c\","
                        "\"memo\":{\"first\":\"profile=some-vendor;row=1\"}}",
                        i, i >> 16, i >> 8 & 255, i & 255, i, i % 40, i);
        assert_int_equal(d->id, i);
    }
    struct mallinfo2 after = mallinfo2();
    assert_int_equal(registry_count(r), COUNT);
    size_t used = after.uordblks + after.hblkhd - before.uordblks - before.hblkhd;
    if (used > 0) { /* 0 under a sanitizer, which has an allocator of its own */
        assert_true(used / COUNT <= 1536);
        print_message("%zu bytes a device\n", used / COUNT);
    }
    registry_free(r);
}

/* DECISIONS, Devices: at most so many wrong ones a device a day. */
static void test_registry__counts_wrong_credentials_by_day(void **state)
{
    (void)state;
    device d = {0};
    assert_int_equal(device_wrong_left(&d, 100, 5), 5);
    for (int i = 0; i < 7; i++) {
        device_wrong_add(&d, 100);
    }
    assert_int_equal(device_wrong_left(&d, 100, 5), 0);
    assert_int_equal(device_wrong_left(&d, 100, 8), 1);
    assert_int_equal(device_wrong_left(&d, 101, 5), 5); /* a new day */
    device_wrong_add(&d, 101);
    assert_int_equal(device_wrong_left(&d, 101, 5), 4);
}

/* DEV-87 to DEV-89 */
static void test_power__off_needs_two_silent_polls_after_on(void **state)
{
    (void)state;
    power_memory m = {0};
    assert_int_equal(power_unanswered(&m, POWER_HOST_SILENT), POWER_UNKNOWN);
    assert_int_equal(power_unanswered(&m, POWER_HOST_SILENT), POWER_UNKNOWN); /* never seen on */
    assert_int_equal(power_answered(&m), POWER_ON);
    assert_int_equal(power_unanswered(&m, POWER_HOST_SILENT), POWER_UNKNOWN);
    assert_int_equal(power_unanswered(&m, POWER_HOST_SILENT), POWER_OFF);
    assert_int_equal(power_unanswered(&m, POWER_HOST_SILENT), POWER_OFF);
    assert_int_equal(power_unanswered(&m, POWER_HOST_ALIVE), POWER_NO_RESPONSE);
    assert_int_equal(power_unanswered(&m, POWER_HOST_SILENT), POWER_UNKNOWN); /* counts anew */
    assert_int_equal(power_answered(&m), POWER_ON);
    assert_int_equal(power_unanswered(&m, POWER_HOST_SILENT), POWER_UNKNOWN);
    assert_int_equal(power_answered(&m), POWER_ON); /* one lost poll is no "off" */
    assert_int_equal(power_unanswered(&m, POWER_HOST_SILENT), POWER_UNKNOWN);
    for (int i = 0; i < 1000; i++) { /* the count does not run over */
        assert_int_equal(power_unanswered(&m, POWER_HOST_SILENT), POWER_OFF);
    }
    assert_string_equal(power_word(POWER_NO_RESPONSE), "no-response");
}

/* ---- the outbox ---- */

typedef struct sent {
    uint64_t batch;
    cJSON *results;
    unsigned count;
} sent;

static void take(uint64_t batch, const char *results, size_t length, void *user)
{
    sent *s = user;
    cJSON_Delete(s->results);
    s->results = cJSON_ParseWithLength(results, length);
    assert_non_null(s->results);
    s->batch = batch;
    s->count++;
}

static void add(outbox *o, int64_t id, uint64_t hash)
{
    json_writer *w = outbox_begin(o);
    json_text(w, "job", "1");
    json_i64(w, "id", id);
    outbox_end(o);
    outbox_note(o, id, 1, hash);
}

static void test_outbox__notes_only_what_was_acknowledged(void **state)
{
    (void)state;
    sent s = {0};
    registry *r = registry_new(NULL);
    device *five = put(r, "{\"id\":\"5\",\"address\":\"10.0.0.5\"}");
    outbox *o = outbox_new(take, &s);
    add(o, 5, 11);
    outbox_flush(o);
    assert_int_equal(s.batch, 1);
    assert_int_equal(five->acknowledged[1], 0); /* sent is not had */
    add(o, 5, 22);
    outbox_flush(o);
    outbox_acknowledged(o, r, 1);
    assert_int_equal(five->acknowledged[1], 11);
    outbox_acknowledged(o, r, 2);
    assert_int_equal(five->acknowledged[1], 22);
    add(o, 5, 33);
    outbox_flush(o);
    outbox_forget(o); /* hello was said again */
    registry_forget_acknowledged(r);
    outbox_acknowledged(o, r, 3);
    assert_int_equal(five->acknowledged[1], 0);
    outbox_free(o);
    registry_free(r);
    cJSON_Delete(s.results);
}

static void test_outbox__closes_batches_by_count_size_and_time(void **state)
{
    (void)state;
    sent s = {0};
    outbox *o = outbox_new(take, &s);
    int64_t now = INT64_MAX / 2; /* later than any result waits */
    outbox_tick(o, now);
    assert_int_equal(s.count, 0); /* nothing to send */
    add(o, 1, 1);
    outbox_tick(o, 0);
    assert_int_equal(s.count, 0); /* too early */
    outbox_tick(o, now);
    assert_int_equal(s.count, 1);
    for (int i = 0; i < OUTBOX_RESULTS; i++) {
        outbox_same(o, i % 2 == 0 ? "7" : "8", i);
    }
    outbox_tick(o, 0);
    assert_int_equal(s.count, 2);
    assert_int_equal(cJSON_GetArraySize(s.results), 2); /* one list a job */
    const cJSON *first = cJSON_GetArrayItem(s.results, 0);
    assert_int_equal(cJSON_GetArraySize(json_get_array(first, "same")), OUTBOX_RESULTS / 2);
    for (int job = 0; job < 10; job++) { /* more jobs than lists */
        char name[16];
        (void)snprintf(name, sizeof(name), "%d", job);
        outbox_same(o, name, job);
    }
    outbox_flush(o);
    assert_int_equal(cJSON_GetArraySize(s.results), 10);
    char *long_text = calloc(1, OUTBOX_BYTES + 1);
    memset(long_text, 'x', OUTBOX_BYTES);
    json_writer *w = outbox_begin(o);
    json_text(w, "text", long_text);
    outbox_end(o);
    outbox_tick(o, 0);
    assert_int_equal(s.count, 4);
    free(long_text);
    outbox_free(o);
    cJSON_Delete(s.results);
}

/* ---- the configuration ---- */

static void test_settings__leaves_out_what_cannot_be(void **state)
{
    (void)state;
    settings *s = NULL;
    cJSON *tree = cJSON_Parse(
        "{\"version\":\"7\",\"ranges\":[\"10.0.0.0/24\",5],\"hosts\":[\"a.example\"],"
        "\"port\":{\"snmp\":10161,\"ipp\":0,\"x\":70000},\"credentials\":["
        "{\"id\":\"1\",\"kind\":\"snmpv1\",\"community\":\"public\"},"
        "{\"id\":\"2\",\"kind\":\"snmpv3\",\"user\":\"u\",\"auth\":\"sha224\",\"auth_password\":"
        "\"12345678\"},"
        "{\"id\":\"3\",\"kind\":\"magic\"},"
        "{\"id\":\"4\",\"kind\":\"snmpv3\",\"user\":\"u\",\"auth\":\"sha256\",\"auth_password\":"
        "\"12345678\",\"priv\":\"aes128\",\"priv_password\":\"12345678\"},"
        "{\"id\":\"5\",\"kind\":\"user\",\"user\":\"admin\",\"password\":\"p\"}],"
        "\"snmp\":{\"timeout_ms\":700,\"retries\":0},\"wrong_per_day\":3}");
    log_set_level(LOG_LEVEL_ERROR);
    assert_non_null(tree);
    assert_int_equal(settings_read(tree, &s, NULL), PLATEN_OK);
    assert_int_equal(s->credential_count, 3); /* DEV-07: SHA-224 is not supported */
    assert_int_equal(s->credentials[0].id, 1);
    assert_int_equal(s->credentials[1].id, 4);
    assert_int_equal(s->credentials[1].kind, CREDENTIAL_SNMPV3);
    assert_string_equal(s->credentials[2].user, "admin");
    assert_null(settings_credential(s, 2));
    assert_int_equal(settings_port_of(s, "snmp", 161), 10161);
    assert_int_equal(settings_port_of(s, "ipp", 631), 631); /* 0 is no port */
    assert_int_equal(settings_port_of(s, "x", 9), 9);
    assert_int_equal(s->range_count, 1);
    assert_int_equal(s->tries, 1);
    assert_int_equal(s->wrong_per_day, 3);
    settings_unref(s);
    cJSON_Delete(tree);
}

int main(void)
{
    plug_double_count = 2;
    plug_double_drivers[0].driver.id = "first";
    plug_double_drivers[1].driver.id = "second";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry__finds_by_id_and_address),
        cmocka_unit_test(test_registry__refuses_a_row_without_id),
        cmocka_unit_test(test_registry__is_small),
        cmocka_unit_test(test_registry__counts_wrong_credentials_by_day),
        cmocka_unit_test(test_power__off_needs_two_silent_polls_after_on),
        cmocka_unit_test(test_outbox__notes_only_what_was_acknowledged),
        cmocka_unit_test(test_outbox__closes_batches_by_count_size_and_time),
        cmocka_unit_test(test_settings__leaves_out_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
