/* What holds for routes that features bring: data management and reports by function. */
#include <stdlib.h>

#include "tests/unit/rest/rest_world.h"

static platen_code get_nothing(rest_request *r, platen_error *err)
{
    (void)err;
    rest_empty(r, 204);
    return PLATEN_OK;
}

static const rest_route routes[] = {
    {"GET", "/things/books", REST_DEVICE_MANAGER, "data", REST_REGION_NONE, 0, get_nothing,
     "Data of a feature", NULL, NULL},
    {"DELETE", "/things/books", REST_DEVICE_MANAGER, "data", REST_REGION_NONE, REST_NO_BODY,
     get_nothing, "Data of a feature", NULL, NULL},
    {"GET", "/things/report", REST_USER, "reports", REST_REGION_NONE, 0, get_nothing,
     "A report of a feature", NULL, NULL},
};

static const struct {
    const char *token;
    int books, report;
} who[] = {
    {"{\"name\":\"a\",\"role\":\"system-manager\"}", 204, 204},
    {"{\"name\":\"b\",\"role\":\"device-manager\",\"functions\":[\"data\"]}", 204, 403},
    {"{\"name\":\"c\",\"role\":\"device-manager\",\"functions\":[\"reports\"]}", 403, 204},
    {"{\"name\":\"d\",\"role\":\"device-manager\",\"functions\":[\"devices\",\"tasks\"]}", 403,
     403},
    {"{\"name\":\"e\",\"role\":\"user\"}", 403, 204},
};

// ACC-47, ACC-56, ACC-57
static void test_feature_routes__by_function(void **state)
{
    rest_world w;
    char header[256];
    (void)state;
    rest_world_open(&w);
    assert_int_equal(rest_add(w.rest.rest, routes, sizeof(routes) / sizeof(routes[0]), NULL),
                     PLATEN_OK);
    rest_world_set_up(&w);
    for (size_t i = 0; i < sizeof(who) / sizeof(who[0]); i++) {
        rest_world_token(&w, who[i].token, header, sizeof(header));
        rest_world_status(&w, header, who[i].books, "GET", "/things/books", NULL);
        rest_world_status(&w, header, who[i].books, "DELETE", "/things/books", NULL);
        rest_world_status(&w, header, who[i].report, "GET", "/things/report", NULL);
    }
    rest_world_status(&w, "", 401, "GET", "/things/books", NULL);
    rest_world_status(&w, "", 401, "GET", "/things/report", NULL);
    assert_int_equal(rest_world_close(&w), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_feature_routes__by_function),
    };
    return rest_world_run_both("routes of features", tests, sizeof(tests) / sizeof(tests[0]), NULL,
                               NULL);
}
