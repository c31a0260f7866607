/* Verbs of users, regions, groups, preferences, webhooks and the audit log. */
#include <string.h>

#include "cli_call.h"

static void test_user__is_created_with_functions_and_regions(void **state)
{
    // ACC-61 to ACC-65
    static const fake_answer script[] = {
        {.method = "GET",
         .target = "/regions/north",
         .status = 404,
         .body = "{\"code\":\"not-found\"}"},
        {.method = "GET",
         .target = "/regions?size=200",
         .status = 200,
         .body = "{\"items\":[{\"id\":\"3\",\"name\":\"north\"}],\"total\":1}"},
        {.method = "POST",
         .target = "/users",
         .status = 201,
         .body = "{\"id\":\"9\",\"name\":\"ann\",\"role\":\"device-manager\"}"},
        {.method = NULL},
    };
    fake_server *server = fake_server_start(script, false);
    (void)state;
    outcome o = call(server, "Secret-12345\n",
                     "user create ann --role device-manager --function devices,tasks "
                     "--function groups --region north --email ann@example.org --password-stdin");
    assert_int_equal(o.status, 0);
    assert_true(fake_server_asked(server, "POST /users",
                                  "\"functions\":[\"devices\",\"tasks\",\"groups\"]"));
    assert_true(
        fake_server_asked(server, "POST /users", "\"all_regions\":false,\"regions\":[\"3\"]"));
    assert_true(fake_server_asked(server, "POST /users", "\"password\":\"Secret-12345\""));
    assert_null(strstr(o.out, "Secret"));
    forget(&o);
    fake_server_stop(server);
}

static void test_user__is_changed_as_it_was_seen(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET",
         .target = "/users/9",
         .status = 200,
         .headers = "ETag: \"v1\"\r\n",
         .body = "{\"id\":\"9\"}",
         .repeated = true},
        {.method = "PATCH", .target = "/users/9", .status = 200, .body = "{\"id\":\"9\"}"},
        {.method = "POST", .target = "/users/9/unlock", .status = 204, .body = ""},
        {.method = "DELETE", .target = "/users/9/sessions", .status = 204, .body = ""},
        {.method = NULL},
    };
    fake_server *server = fake_server_start(script, false);
    (void)state;
    outcome o = call(server, "", "user set 9 --all-regions --no-functions");
    assert_int_equal(o.status, 0);
    assert_true(fake_server_asked(server, "PATCH /users/9", "If-Match: \"v1\""));
    assert_true(
        fake_server_asked(server, "PATCH /users/9", "{\"functions\":[],\"all_regions\":true}"));
    forget(&o);
    o = call(server, "", "user unlock 9"); // ACC-41
    assert_int_equal(o.status, 0);
    forget(&o);
    o = call(server, "", "user sessions 9 --end");
    assert_int_equal(o.status, 0);
    forget(&o);
    o = call(server, "", "user set 9");
    assert_int_equal(o.status, 2);
    assert_non_null(strstr(o.err, "nothing to set"));
    forget(&o);
    fake_server_stop(server);
}

static void test_region__takes_addresses_and_suffixes(void **state)
{
    // ACC-72 to ACC-77
    static const fake_answer script[] = {
        {.method = "POST", .target = "/regions", .status = 201, .body = "{\"id\":\"1\"}"},
        {.method = NULL},
    };
    fake_server *server = fake_server_start(script, false);
    (void)state;
    outcome o = call(server, "",
                     "region create north --timezone Europe/Berlin --address 10.1.0.0/16 "
                     "--address 192.168.10.0-192.168.19.255 --suffix print.example.org");
    assert_int_equal(o.status, 0);
    assert_true(fake_server_asked(server, "POST /regions",
                                  "\"addresses\":[\"10.1.0.0/16\",\"192.168.10.0-192.168.19.255\"],"
                                  "\"suffixes\":[\"print.example.org\"]"));
    forget(&o);
    fake_server_stop(server);
}

static void test_audit__a_broken_log_is_a_failure(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET",
         .target = "/audit-log/verify",
         .status = 200,
         .body = "{\"whole\":false,\"entries\":7,\"broken\":\"5\"}"},
        {.method = NULL},
    };
    fake_server *server = fake_server_start(script, false);
    (void)state;
    outcome o = call(server, "", "audit verify"); // ACC-96
    assert_int_equal(o.status, 1);
    assert_non_null(strstr(o.out, "5"));
    forget(&o);
    fake_server_stop(server);
}

static void test_preference__values_keep_their_types(void **state)
{
    // PRF-03 to PRF-08
    static const fake_answer script[] = {
        {.method = "PATCH", .target = "/preferences", .status = 200, .body = "{}"},
        {.method = "GET",
         .target = "/preferences",
         .status = 200,
         .body = "{\"mail\":{\"host\":\"mail\",\"port\":465}}",
         .repeated = true},
        {.method = NULL},
    };
    fake_server *server = fake_server_start(script, false);
    (void)state;
    outcome o = call(server, "open sesame\n",
                     "preference set mail port=465 host=mail authentication=true "
                     "--secret-stdin password");
    assert_int_equal(o.status, 0);
    assert_true(fake_server_asked(server, "PATCH /preferences",
                                  "{\"mail\":{\"port\":465,\"host\":\"mail\","
                                  "\"authentication\":true,\"password\":\"open sesame\"}}"));
    assert_null(strstr(o.out, "sesame"));
    forget(&o);
    o = call(server, "", "preference show shoes");
    assert_int_equal(o.status, 1);
    forget(&o);
    o = call(server, "", "preference set mail port");
    assert_int_equal(o.status, 2);
    forget(&o);
    fake_server_stop(server);
}

static void test_group__members_are_added_by_id(void **state)
{
    // DEV-143
    static const fake_answer script[] = {
        {.method = "GET", .target = "/groups/4", .status = 200, .body = "{\"id\":\"4\"}"},
        {.method = "POST", .target = "/groups/4/devices", .status = 200, .body = "{}"},
        {.method = NULL},
    };
    fake_server *server = fake_server_start(script, false);
    (void)state;
    outcome o = call(server, "", "group members 4 --add 1,2 --remove 3");
    assert_int_equal(o.status, 0);
    assert_true(fake_server_asked(server, "POST /groups/4/devices",
                                  "{\"add\":[\"1\",\"2\"],\"remove\":[\"3\"]}"));
    forget(&o);
    fake_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_user__is_created_with_functions_and_regions),
        cmocka_unit_test(test_user__is_changed_as_it_was_seen),
        cmocka_unit_test(test_region__takes_addresses_and_suffixes),
        cmocka_unit_test(test_audit__a_broken_log_is_a_failure),
        cmocka_unit_test(test_preference__values_keep_their_types),
        cmocka_unit_test(test_group__members_are_added_by_id),
    };
    return cmocka_run_group_tests(tests, call_set_up, NULL);
}
