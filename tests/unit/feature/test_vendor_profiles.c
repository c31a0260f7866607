/* The manager's half of printer-mib, the real one: a page, an operation, six catalogues. */
#include "tests/unit/feature/feature_world.h"

#include <stdio.h>
#include <string.h>

/* Its plugins are not the probes. */
static void open_world(feature_world *w)
{
    platen_error err = PLATEN_ERROR_INIT;
    plug_options options = {.role = PLATEN_ROLE_MANAGER,
                            .version = "test",
                            .folder = PLUGIN_FOLDER,
                            .enabled = "printer-mib",
                            .required = "printer-mib"};
    const feature_options features = {.data = "/nonexistent"};
    memset(w, 0, sizeof(*w));
    w->conf = conf_new();
    options.conf = w->conf;
    rest_world_open(&w->rest);
    rest_world_set_up(&w->rest);
    assert_int_equal(feature_new(&features, &w->feature, &err), PLATEN_OK);
    feature_offer(w->feature, &options);
    if (plug_load_all(&options, &w->plugins, &err) != PLATEN_OK ||
        feature_apply(w->feature, w->plugins, w->rest.rest.store, &err) != PLATEN_OK ||
        feature_serve(w->feature, w->rest.rest.rest, &w->rest.rest.services, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
}

static void expect(feature_world *w, const char *path, const char *text)
{
    rest_reply reply;
    rest_world_ask(&w->rest, w->rest.admin, 200, "GET", path, NULL, &reply);
    if (strstr(reply.body, text) == NULL) {
        fail_msg("%s: no '%s' in %s", path, text, reply.body);
    }
    rest_reply_fini(&reply);
}

static void test_vendor_profiles__page(void **state)
{
    feature_world w;
    rest_reply reply;
    (void)state;
    open_world(&w);
    expect(&w, "/pages", "\"path\":\"/printer-mib/vendor-profiles\"");
    expect(&w, "/printer-mib/vendor-profiles?f=profile:eq:kyocera", "\"manufacturer\":\"Kyocera\"");
    expect(&w, "/printer-mib/vendor-profiles/generic", "\"id\":\"generic\"");
    expect(&w, "/printer-mib/vendor-profiles?q=ricoh", "\"profile\":\"ricoh\"");
    rest_world_ask(&w.rest, w.rest.admin, 200, "POST", "/operations/printer-mib.profiles", NULL,
                   &reply);
    assert_true(cJSON_GetArraySize(json_get_array(reply.json, "items")) >= 30);
    rest_reply_fini(&reply);
    assert_int_equal(rest_world_close(&w.rest), 0);
    plug_unload_all(w.plugins);
    feature_free(w.feature);
    conf_free(w.conf);
}

// SYS-203
static void test_vendor_profiles__words(void **state)
{
    feature_world w;
    rest_reply reply;
    char headers[1400];
    (void)state;
    open_world(&w);
    expect(&w, "/catalogues/en", "\"printer-mib.profiles\":\"Vendor profiles\"");
    expect(&w, "/catalogues/de", "\"printer-mib.profiles\":\"Herstellerprofile\"");
    rest_world_status(&w.rest, w.rest.admin, 404, "GET", "/catalogues/xx", NULL);
    rest_world_ask(&w.rest, w.rest.admin, 200, "GET", "/catalogues/fr", NULL, &reply);
    assert_string_equal(rest_reply_header(&reply, "Cache-Control"), "private, no-cache");
    (void)snprintf(headers, sizeof(headers), "%sIf-None-Match: %s\n", w.rest.admin,
                   rest_reply_header(&reply, "ETag"));
    rest_reply_fini(&reply);
    rest_world_status(&w.rest, headers, 304, "GET", "/catalogues/fr", NULL);
    assert_int_equal(rest_world_close(&w.rest), 0);
    plug_unload_all(w.plugins);
    feature_free(w.feature);
    conf_free(w.conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vendor_profiles__page),
        cmocka_unit_test(test_vendor_profiles__words),
    };
    return rest_world_run_both("vendor profiles", tests, sizeof(tests) / sizeof(tests[0]), NULL,
                               NULL);
}
