/* Devices in the database: who is who, what a visit changes, and what it leaves alone. */
#include "model_world.h"

#include <inttypes.h>
#include <string.h>

#include "core/model/device_search.h"
#include "core/model/region_row.h"

#define ONE                                                                                        \
    "{'manufacturer':'Acme','model':'Fast','serial':'CN123','name':'p1','location':'Room 7',"      \
    "'macs':['3c:2a:f4:00:00:01']}"

typedef struct visit {
    int64_t id;
    device_visit kind;
    report *report;
    const char *hash;
    int64_t now;
    device_change change;
} visit;

static platen_code do_apply(store_conn *conn, void *user, platen_error *err)
{
    visit *v = user;
    region_book *regions = NULL;
    v->change = (device_change){.id = 0};
    PLATEN_TRY(region_book_load(conn, 0, &regions, err));
    platen_code rc = device_apply(conn, regions, v->id, v->kind, v->report, v->hash, NULL, v->now,
                                  &v->change, err);
    region_book_free(regions);
    return rc;
}

static device_change apply(store *s, int64_t id, device_visit kind, const char *text,
                           const char *hash, int64_t now)
{
    visit v = {id, kind, world_report(text), hash, now, {.id = 0}};
    assert_ok(store_write(s, do_apply, &v, error));
    report_free(v.report);
    return v.change;
}

static platen_code do_power(store_conn *conn, void *user, platen_error *err)
{
    visit *v = user;
    return device_set_power(conn, v->id, DEVICE_NO_RESPONSE, v->now, &v->change, err);
}

static void test_device__new_known_moved(void **state)
{
    store *s = world_open(state);
    device_change first = world_register(s, "10.0.0.1", ONE, 1000);
    assert_true(first.added && first.managed && first.changed);
    assert_text("p1", "SELECT name FROM device WHERE id = %" PRId64, first.id); // DEV-55
    assert_text("Room 7", "SELECT location FROM device WHERE id = %" PRId64, first.id);
    assert_number(DEVICE_ON, "SELECT power FROM device WHERE id = %" PRId64, first.id);
    assert_number(1000, "SELECT first_seen FROM device WHERE id = %" PRId64, first.id);
    device_change again = world_register(s, "10.0.0.1", ONE, 2000);
    assert_false(again.added);
    assert_int_equal(again.id, first.id);
    device_change moved = world_register(s, "10.0.0.9", ONE, 3000);
    assert_int_equal(moved.id, first.id);
    assert_text("10.0.0.9", "SELECT address FROM device WHERE id = %" PRId64, first.id);
    assert_number(1, "SELECT count(*) FROM device");
    assert_number(1, "SELECT count(*) FROM device_spell");
}

static platen_code do_renew(store_conn *conn, void *user, platen_error *err)
{
    return device_search_renew(conn, *(const int64_t *)user, err);
}

/* What ?q= looks through follows the device, however it changes. */
static void test_device__search_text_follows(void **state)
{
    store *s = world_open(state);
    device_change one = world_register(s, "10.0.0.1", ONE, 1000);
    assert_text("p1 10.0.0.1  cn123 fast ", "SELECT text FROM device_search");
    (void)world_register(s, "10.0.0.9", ONE, 2000);
    assert_text("p1 10.0.0.9  cn123 fast ", "SELECT text FROM device_search");
    (void)apply(s, one.id, DEVICE_VISIT_INFORMATION,
                "{'serial':'CN123','model':'DRÜCKER','hostname':'P1.Example'}", "aa", 3000);
    assert_text("p1 10.0.0.9 p1.example cn123 drücker ", "SELECT text FROM device_search");
    world_run(s, "UPDATE device SET name = 'Lobby', managed = 0");
    assert_ok(store_write(s, do_renew, &one.id, error));
    assert_text("lobby 10.0.0.9 p1.example cn123 drücker ", "SELECT text FROM device_search");
    assert_number(0, "SELECT managed FROM device_search");
    int64_t nobody = one.id + 7;
    assert_ok(store_write(s, do_renew, &nobody, error));
    assert_number(1, "SELECT count(*) FROM device_search");
    world_run(s, "DELETE FROM device_search"); /* a database from before there was one */
    (void)world_register(s, "10.0.0.2", "{'serial':'X2','manufacturer':'Acme'}", 4000);
    assert_ok(device_search_fill(s, error));
    assert_number(2, "SELECT count(*) FROM device_search");
    world_run(s, "DELETE FROM device WHERE id = 1");
    assert_number(1, "SELECT count(*) FROM device_search");
}

static void test_device__an_address_alone_is_nobody(void **state)
{
    store *s = world_open(state);
    device_change first = world_register(s, "10.0.0.1", ONE, 1000);
    device_change other = world_register(
        s, "10.0.0.1", "{'manufacturer':'Acme','model':'Fast','serial':'CN999'}", 2000);
    assert_true(other.added);
    assert_int_not_equal(other.id, first.id);
    /* the same number of another maker is another device */
    other = world_register(s, "10.0.0.3", "{'manufacturer':'Other','serial':'CN123'}", 2000);
    assert_true(other.added);
}

static void test_device__macs_that_lie(void **state)
{
    store *s = world_open(state);
    device_change first = world_register(s, "10.0.0.1", ONE, 1000);
    /* same MAC, other serial number: two devices (a copied network card) */
    device_change twin = world_register(
        s, "10.0.0.2", "{'manufacturer':'Acme','serial':'CN777','macs':['3c:2a:f4:00:00:01']}", 1);
    assert_true(twin.added);
    /* zero MACs and junk serial numbers tie nothing together */
    device_change a = world_register(
        s, "10.0.0.3", "{'model':'M','serial':'00000000','macs':['00:00:00:00:00:00']}", 1);
    device_change b = world_register(
        s, "10.0.0.4", "{'model':'M','serial':'00000000','macs':['00:00:00:00:00:00']}", 1);
    assert_true(a.added && b.added);
    assert_int_not_equal(a.id, b.id);
    assert_int_not_equal(first.id, twin.id);
    /* a device without serial number is known by its MAC */
    a = world_register(s, "10.0.0.5", "{'macs':['3c:2a:f4:00:00:05']}", 1);
    b = world_register(s, "10.0.0.6", "{'serial':'none','macs':['3C:2A:F4:00:00:05']}", 1);
    assert_int_equal(a.id, b.id);
}

static void test_device__weak_keys(void **state)
{
    store *s = world_open(state);
    device_change a = world_register(s, "10.0.0.1", "{'model':'Plain'}", 1000);
    device_change again = world_register(s, "10.0.0.1", "{'model':'Plain'}", 2000);
    assert_int_equal(a.id, again.id);
    device_change elsewhere = world_register(s, "10.0.0.2", "{'model':'Plain'}", 2000);
    assert_true(elsewhere.added);
    device_change other = world_register(s, "10.0.0.1", "{'model':'Else'}", 2000);
    assert_true(other.added);
    /* a stronger key replaces the weak one */
    (void)apply(s, a.id, DEVICE_VISIT_INFORMATION, "{'model':'Plain','serial':'CN55'}", "h", 3000);
    assert_number(
        0, "SELECT count(*) FROM device_identity WHERE key LIKE 'weak:%%' AND device_id = %" PRId64,
        a.id);
    again = world_register(s, "10.9.9.9", "{'model':'Plain','serial':'CN55'}", 4000);
    assert_int_equal(again.id, a.id);
    /* found again by a search that learns its serial number, it is no second device */
    again = world_register(s, "10.0.0.2", "{'model':'Plain','serial':'CN56'}", 5000);
    assert_false(again.added);
    assert_int_equal(again.id, elsewhere.id);
    again = world_register(s, "10.0.0.2", "{'model':'Plain','serial':'CN57'}", 6000);
    assert_true(again.added);
}

// DEV-53, DEV-54
static void test_device__other_protocol_and_deleted(void **state)
{
    store *s = world_open(state);
    device_change first = world_register(s, "10.0.0.1", ONE, 1000);
    world_run(s, "UPDATE device SET comment = 'kept' WHERE id = %" PRId64, first.id);
    world_run(s, "UPDATE device_state SET protocol = 'snmpv3' WHERE device_id = %" PRId64,
              first.id);
    device_change again = world_register(s, "10.0.0.1", ONE, 2000);
    assert_int_equal(again.id, first.id);
    assert_text("kept", "SELECT comment FROM device WHERE id = %" PRId64, first.id);
    assert_text("snmpv1", "SELECT protocol FROM device_state WHERE device_id = %" PRId64, first.id);
    world_run(s, "DELETE FROM device WHERE id = %" PRId64, first.id);
    assert_number(0, "SELECT count(*) FROM device_identity");
    again = world_register(s, "10.0.0.1", ONE, 3000);
    assert_true(again.added);
    assert_text("", "SELECT comment FROM device WHERE id = %" PRId64, again.id);
}

// DEV-56, DEV-51
static void test_device__removed_from_management_stays_so(void **state)
{
    store *s = world_open(state);
    device_change first = world_register(s, "10.0.0.1", ONE, 1000);
    world_run(s, "UPDATE device SET managed = 0 WHERE id = %" PRId64, first.id);
    device_change again = world_register(s, "10.0.0.1", ONE, 2000);
    assert_false(again.added || again.managed);
    assert_number(0, "SELECT managed FROM device WHERE id = %" PRId64, first.id);
}

// DEV-55: read once, then the user's
static void test_device__names_of_users_are_kept(void **state)
{
    store *s = world_open(state);
    device_change first = world_register(s, "10.0.0.1", ONE, 1000);
    world_run(s, "UPDATE device SET name = 'Mine', location = 'Here' WHERE id = %" PRId64,
              first.id);
    (void)world_register(s, "10.0.0.1", ONE, 2000);
    (void)apply(s, first.id, DEVICE_VISIT_INFORMATION, ONE, "h1", 3000);
    assert_text("Mine", "SELECT name FROM device WHERE id = %" PRId64, first.id);
    assert_text("Here", "SELECT location FROM device WHERE id = %" PRId64, first.id);
}

// DEV-90
static void test_device__conflict(void **state)
{
    store *s = world_open(state);
    device_change first = world_register(s, "10.0.0.1", ONE, 1000);
    device_change change =
        apply(s, first.id, DEVICE_VISIT_STATUS,
              "{'serial':'CN999','alerts':[{'severity':3,'code':8,'text':'jam'}]}", "x", 2000);
    assert_true(change.changed && change.severity_changed);
    assert_int_equal(change.power, DEVICE_CONFLICT);
    assert_number(DEVICE_CONFLICT, "SELECT power FROM device WHERE id = %" PRId64, first.id);
    assert_text("CN123", "SELECT serial FROM device WHERE id = %" PRId64, first.id);
    assert_number(0, "SELECT count(*) FROM device_alert");
    assert_text("", "SELECT hash_status FROM device_state WHERE device_id = %" PRId64, first.id);
    change = apply(s, first.id, DEVICE_VISIT_STATUS, "{'serial':'CN999'}", "x", 2500);
    assert_false(change.changed);
    assert_int_equal(change.power, DEVICE_CONFLICT);
    /* other MAC, no serial number */
    change = apply(s, first.id, DEVICE_VISIT_STATUS, "{'serial':'CN123'}", "y", 3000);
    assert_int_equal(change.power, DEVICE_ON);
    change = apply(s, first.id, DEVICE_VISIT_INFORMATION, "{'macs':['3c:2a:f4:00:00:77']}", "z", 1);
    assert_int_equal(change.power, DEVICE_CONFLICT);
    change = apply(s, first.id, DEVICE_VISIT_INFORMATION,
                   "{'macs':['3c:2a:f4:00:00:77','3c:2a:f4:00:00:01']}", "z", 1);
    assert_int_equal(change.power, DEVICE_ON);
    /* a new search takes over where it is now */
    (void)apply(s, first.id, DEVICE_VISIT_STATUS, "{'serial':'CN999'}", "x", 4000);
    (void)world_register(s, "10.0.0.44", ONE, 5000);
    assert_number(DEVICE_ON, "SELECT power FROM device WHERE id = %" PRId64, first.id);
    assert_text("10.0.0.44", "SELECT address FROM device WHERE id = %" PRId64, first.id);
}

#define JAM "{'severity':3,'training':3,'group':8,'group_index':1,'code':8,'text':'jam'}"
#define LOW "{'severity':4,'training':3,'group':11,'group_index':1,'code':1104,'text':'low'}"

// DEV-81, DEV-118
static void test_device__alerts_open_and_close(void **state)
{
    store *s = world_open(state);
    int64_t id = world_register(s, "10.0.0.1", ONE, 1000).id;
    device_change c = apply(s, id, DEVICE_VISIT_STATUS, "{'alerts':[" LOW "," JAM "]}", "a", 2000);
    assert_int_equal(c.severity, DEVICE_ERROR);
    assert_text("jam", "SELECT alert FROM device WHERE id = %" PRId64, id); // DEV-82
    (void)apply(s, id, DEVICE_VISIT_STATUS, "{'alerts':[" LOW "]}", "b", 3000);
    assert_number(2, "SELECT count(*) FROM device_alert");
    assert_number(3000, "SELECT until FROM device_alert WHERE text = 'jam'");
    assert_number(2000, "SELECT since FROM device_alert WHERE text = 'low' AND until IS NULL");
    (void)apply(s, id, DEVICE_VISIT_STATUS, "{'alerts':[" JAM "," LOW "]}", "c", 4000);
    assert_number(3, "SELECT count(*) FROM device_alert"); /* a second jam is a new one */
    assert_number(4000, "SELECT since FROM device_alert WHERE text = 'jam' AND until IS NULL");
    char alerts[2048];
    world_text(s, alerts, sizeof(alerts), "SELECT alerts FROM device_state");
    assert_non_null(strstr(alerts, "\"since\":\"1970-01-01T00:00:02"));
    c = apply(s, id, DEVICE_VISIT_STATUS, "{'state':'idle'}", "d", 5000);
    assert_int_equal(c.severity, DEVICE_NORMAL);
    assert_number(0, "SELECT count(*) FROM device_alert WHERE until IS NULL");
    assert_text("", "SELECT alert FROM device WHERE id = %" PRId64, id);
}

static void test_device__spells(void **state)
{
    store *s = world_open(state);
    visit v = {.id = world_register(s, "10.0.0.1", ONE, 1000).id, .now = 2000};
    (void)apply(s, v.id, DEVICE_VISIT_STATUS, "{'alerts':[" JAM "]}", "a", 1500);
    assert_ok(store_write(s, do_power, &v, error));
    assert_true(v.change.changed);
    v.now = 2500;
    assert_ok(store_write(s, do_power, &v, error));
    assert_false(v.change.changed); /* silent as before */
    (void)apply(s, v.id, DEVICE_VISIT_STATUS, "{'alerts':[" JAM "]}", "a", 3000);
    assert_number(4, "SELECT count(*) FROM device_spell");
    assert_number(1, "SELECT count(*) FROM device_spell WHERE ended IS NULL");
    assert_number(2000, "SELECT ended FROM device_spell WHERE started = 1500");
    assert_number(DEVICE_ERROR, "SELECT severity FROM device_spell WHERE started = 2000");
    assert_number(DEVICE_NO_RESPONSE, "SELECT power FROM device_spell WHERE started = 2000");
    assert_number(DEVICE_ON, "SELECT power FROM device_spell WHERE ended IS NULL");
}

static void test_device__same_hash_writes_nothing(void **state)
{
    store *s = world_open(state);
    int64_t id = world_register(s, "10.0.0.1", ONE, 1000).id;
    const char *text = "{'alerts':[" JAM "],'supplies':[{'key':'a','percent':40}],'page_count':5}";
    (void)apply(s, id, DEVICE_VISIT_STATUS, text, "h1", 2000);
    assert_number(40, "SELECT supply_lowest FROM device");
    world_run(s, "UPDATE device_state SET supplies = 'untouched', alerts = 'untouched'");
    device_change c = apply(s, id, DEVICE_VISIT_STATUS, text, "h1", 3000);
    assert_false(c.changed || c.severity_changed);
    assert_text("untouched", "SELECT supplies FROM device_state");
    assert_text("untouched", "SELECT alerts FROM device_state");
    assert_number(1, "SELECT count(*) FROM device_alert");
    assert_text("h1", "SELECT hash_status FROM device_state");
    c = apply(s, id, DEVICE_VISIT_STATUS, text, "h2", 3000);
    assert_true(c.changed);
    assert_text("h2", "SELECT hash_status FROM device_state");
}

static void test_device__counters_have_a_history(void **state)
{
    store *s = world_open(state);
    int64_t id = world_register(s, "10.0.0.1", ONE, 1000).id;
    static const char *const values[] = {"{'counters':[{'key':'total','value':5}],'page_count':5}",
                                         "{'counters':[{'key':'total','value':9}],'page_count':9}"};
    (void)apply(s, id, DEVICE_VISIT_COUNTERS, values[0], "a", 2000);
    (void)apply(s, id, DEVICE_VISIT_COUNTERS, values[0], "a", 2500);
    (void)apply(s, id, DEVICE_VISIT_COUNTERS, values[1], "b", 3000);
    (void)apply(s, id, DEVICE_VISIT_COUNTERS, values[1], "c", 3000); /* same time: the later one */
    assert_number(2, "SELECT count(*) FROM device_counter");
    assert_text("{\"total\":5}", "SELECT counters FROM device_counter WHERE at = 2000");
    assert_text("{\"total\":9}", "SELECT counters FROM device_counter WHERE at = 3000");
    assert_text("{\"total\":9}", "SELECT counters FROM device_state");
    assert_number(9, "SELECT page_count FROM device");
    assert_text("", "SELECT hash_status FROM device_state");
}

// DEV-157: what counters grew by, a day and region
static void test_device__pages_of_a_day(void **state)
{
    store *s = world_open(state);
    const int64_t day = 86400000;
    device_change one = world_register(s, "10.0.0.1", ONE, 1000);
    static const char *const values[] = {
        "{'page_count':500}", "{'page_count':700}",     /* the first is no growth */
        "{'page_count':700}", "{'page_count':20}",      /* set back */
        "{'page_count':120}", "{'page_count':9000000}", /* no printer is that fast */
    };
    static const char *const hashes[] = {"h1", "h2", "h3", "h4", "h5", "h6"};
    for (int i = 0; i < 6; i++) {
        (void)apply(s, one.id, DEVICE_VISIT_STATUS, values[i], hashes[i], day + i);
    }
    assert_number(300, "SELECT sum(pages) FROM page_volume");
    world_run(s, "UPDATE device SET region_id = 7");
    (void)apply(s, one.id, DEVICE_VISIT_STATUS, "{'page_count':9000001}", "h7", 2 * day);
    assert_number(1, "SELECT pages FROM page_volume WHERE region_id = 7 AND day = 2");
    (void)apply(s, one.id, DEVICE_VISIT_STATUS, "{'page_count':9000090,'page_unit':'metres'}", "h8",
                2 * day);
    assert_number(301, "SELECT sum(pages) FROM page_volume");
}

static void test_device__hostile_values_reach_the_columns(void **state)
{
    store *s = world_open(state);
    int64_t id =
        world_register(s, "10.0.0.1",
                       "{'serial':'A1b','name':'x;DROP TABLE device;--','page_count':9e18}", 1000)
            .id;
    assert_number(1, "SELECT count(*) FROM device WHERE name LIKE 'x;DROP%%'");
    visit v = {id + 77, DEVICE_VISIT_STATUS, world_report("{}"), "", 1, {.id = 0}};
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(store_write(s, do_apply, &v, &err), PLATEN_E_NOT_FOUND);
    report_free(v.report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_device__new_known_moved),
        cmocka_unit_test(test_device__search_text_follows),
        cmocka_unit_test(test_device__an_address_alone_is_nobody),
        cmocka_unit_test(test_device__macs_that_lie),
        cmocka_unit_test(test_device__weak_keys),
        cmocka_unit_test(test_device__other_protocol_and_deleted),
        cmocka_unit_test(test_device__removed_from_management_stays_so),
        cmocka_unit_test(test_device__names_of_users_are_kept),
        cmocka_unit_test(test_device__conflict),
        cmocka_unit_test(test_device__alerts_open_and_close),
        cmocka_unit_test(test_device__spells),
        cmocka_unit_test(test_device__same_hash_writes_nothing),
        cmocka_unit_test(test_device__counters_have_a_history),
        cmocka_unit_test(test_device__pages_of_a_day),
        cmocka_unit_test(test_device__hostile_values_reach_the_columns),
    };
    return fixture_run_both("devices", tests, sizeof(tests) / sizeof(tests[0]));
}
