/* What groups give: role and regions. */
#include "core/directory/directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const managers[] = {"Printer Admins", "cn=Bosses,ou=Groups,dc=example,dc=org"};
static const char *const keepers[] = {"Site Keepers", "Helpers"};
static const char *const readers[] = {"Everybody"};
static const char *const north[] = {"North", "Both"};
static const char *const south[] = {"South", "Both"};
static const char *const nothing[] = {""};

static const directory_region regions[] = {
    {9, {south, 2}}, {4, {north, 2}}, {9, {north, 1}}, {7, {nothing, 1}}};

static directory_mapping mapping(void)
{
    return (directory_mapping){.system_managers = {managers, 2},
                               .device_managers = {keepers, 2},
                               .users = {readers, 1},
                               .functions = "[\"devices\"]",
                               .regions_by_group = true,
                               .regions = regions,
                               .region_count = 4};
}

typedef struct world {
    arena *memory;
    directory_grant grant;
} world;

static int set_up(void **state)
{
    static world w;
    memset(&w, 0, sizeof(w));
    w.memory = arena_new();
    *state = &w;
    return w.memory == NULL;
}

static int tear_down(void **state)
{
    arena_free(((world *)*state)->memory);
    return 0;
}

static platen_code ask(world *w, const directory_mapping *m, const directory_group *groups,
                       size_t count)
{
    return directory_map(m, groups, count, w->memory, &w->grant, NULL);
}

// ACC-23, ACC-30
static void test_role__most_powerful_wins(void **state)
{
    world *w = *state;
    const directory_mapping m = mapping();
    const directory_group groups[] = {{"Everybody", "cn=Everybody,dc=x"},
                                      {"helpers", "cn=Helpers,dc=x"},
                                      {"PRINTER ADMINS", "cn=Printer Admins,dc=x"}};
    assert_int_equal(ask(w, &m, groups, 1), PLATEN_OK);
    assert_int_equal(w->grant.role, USER_ROLE_USER);
    assert_int_equal(ask(w, &m, groups, 2), PLATEN_OK);
    assert_int_equal(w->grant.role, USER_ROLE_DEVICE);
    assert_string_equal(w->grant.group, "Helpers");
    assert_int_equal(ask(w, &m, groups, 3), PLATEN_OK);
    assert_int_equal(w->grant.role, USER_ROLE_SYSTEM);
}

static void test_role__by_dn(void **state)
{
    world *w = *state;
    const directory_mapping m = mapping();
    const directory_group same = {"x", "CN=bosses, OU=groups, DC=example, DC=org"};
    const directory_group other = {"Bosses", "cn=Bosses,ou=Other,dc=example,dc=org"};
    assert_int_equal(ask(w, &m, &same, 1), PLATEN_OK);
    assert_int_equal(w->grant.role, USER_ROLE_SYSTEM);
    assert_int_equal(ask(w, &m, &other, 1), PLATEN_E_FORBIDDEN);
}

// ACC-24, ACC-30
static void test_role__none_without_a_group(void **state)
{
    world *w = *state;
    directory_mapping m = mapping();
    const directory_group groups[] = {
        {"Cooks", "cn=Cooks,dc=x"}, {"", "cn=,dc=x"}, {"North", NULL}};
    assert_int_equal(ask(w, &m, groups, 3), PLATEN_E_FORBIDDEN);
    assert_int_equal(ask(w, &m, NULL, 0), PLATEN_E_FORBIDDEN);
    assert_int_equal(w->grant.role, USER_ROLE_NONE);
    m.users = (directory_words){nothing, 1}; /* an empty word is no group */
    assert_int_equal(ask(w, &m, groups, 3), PLATEN_E_FORBIDDEN);
    memset(&m, 0, sizeof(m));
    assert_int_equal(ask(w, &m, groups, 3), PLATEN_E_FORBIDDEN);
}

// ACC-31, ACC-32
static void test_regions__of_all_groups_each_once(void **state)
{
    world *w = *state;
    const directory_mapping m = mapping();
    const directory_group groups[] = {
        {"everybody", "cn=a,dc=x"}, {"both", "cn=b,dc=x"}, {"north", "cn=c,dc=x"}};
    assert_int_equal(ask(w, &m, groups, 3), PLATEN_OK);
    assert_true(w->grant.regions_by_group);
    assert_false(w->grant.regions.all);
    assert_int_equal(w->grant.regions.count, 2);
    assert_int_equal(w->grant.regions.ids[0], 4);
    assert_int_equal(w->grant.regions.ids[1], 9);
}

// ACC-33
static void test_regions__none_without_a_group(void **state)
{
    world *w = *state;
    const directory_mapping m = mapping();
    const directory_group groups[] = {{"Everybody", "cn=a,dc=x"}, {"", "cn=b,dc=x"}};
    assert_int_equal(ask(w, &m, groups, 2), PLATEN_OK);
    assert_true(w->grant.regions_by_group);
    assert_false(w->grant.regions.all);
    assert_int_equal(w->grant.regions.count, 0);
}

// ACC-88
static void test_regions__all_for_system_managers(void **state)
{
    world *w = *state;
    const directory_mapping m = mapping();
    const directory_group groups[] = {{"Printer Admins", "cn=a,dc=x"}, {"North", "cn=b,dc=x"}};
    assert_int_equal(ask(w, &m, groups, 2), PLATEN_OK);
    assert_true(w->grant.regions.all);
    assert_int_equal(w->grant.regions.count, 0);
}

static void test_regions__stay_as_set_by_hand_when_groups_do_not_count(void **state)
{
    world *w = *state;
    directory_mapping m = mapping();
    const directory_group groups[] = {{"Everybody", "cn=a,dc=x"}, {"North", "cn=b,dc=x"}};
    m.regions_by_group = false;
    assert_int_equal(ask(w, &m, groups, 2), PLATEN_OK);
    assert_false(w->grant.regions_by_group);
    assert_false(w->grant.regions.all);
    assert_int_equal(w->grant.regions.count, 0);
}

static void test_admit__says_the_same_as_for_a_wrong_password(void **state)
{
    world *w = *state;
    platen_error err = PLATEN_ERROR_INIT;
    const directory_group groups[] = {{"Cooks", "cn=Cooks,dc=x"}};
    const directory_person person = {
        .user = "alice", .domain = "example.org", .groups = groups, .group_count = 1};
    directory_config c = {.mapping = mapping()};
    assert_int_equal(directory_admit(&c, &person, w->memory, &w->grant, &err),
                     PLATEN_E_UNAUTHENTICATED);
    assert_string_equal(err.text, DIRECTORY_REFUSED);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_role__most_powerful_wins),
        WITH_WORLD(test_role__by_dn),
        WITH_WORLD(test_role__none_without_a_group),
        WITH_WORLD(test_regions__of_all_groups_each_once),
        WITH_WORLD(test_regions__none_without_a_group),
        WITH_WORLD(test_regions__all_for_system_managers),
        WITH_WORLD(test_regions__stay_as_set_by_hand_when_groups_do_not_count),
        WITH_WORLD(test_admit__says_the_same_as_for_a_wrong_password),
    };
    return cmocka_run_group_tests_name("directory_mapping", tests, NULL, NULL);
}
