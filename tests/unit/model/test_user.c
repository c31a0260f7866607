/* Accounts: making, changing, removing; the rules for names and passwords. */
#include "user_world.h"

#include <string.h>

#include "core/model/user_policy.h"
#include "core/model/user_session.h"
#include "core/model/user_token.h"

static const int64_t two_regions[] = {2, 4};

// ACC-44, ACC-62, ACC-63, ACC-92
static void test_user__is_made_with_role_functions_and_regions(void **state)
{
    store *s = user_world_open(state);
    arena *a = arena_new();
    user_record u;
    const user_draft draft = {.name = "Anna Ölm",
                              .email = "anna@example.com",
                              .role = USER_ROLE_DEVICE,
                              .functions = "[\"devices\",\"tasks\"]",
                              .set_regions = true,
                              .regions = {.ids = two_regions, .count = 2},
                              .password = GOOD_PASSWORD};
    int64_t id = 0;
    assert_ok(user_create(s, &draft, &id, error));
    assert_ok(user_by_id(s, a, id, &u, error));
    assert_string_equal(u.name, "Anna Ölm");
    assert_string_equal(u.email, "anna@example.com");
    assert_int_equal(u.role, USER_ROLE_DEVICE);
    assert_string_equal(u.functions, "[\"devices\",\"tasks\"]");
    assert_false(u.regions.all);
    assert_int_equal(u.regions.count, 2);
    assert_int_equal(u.regions.ids[1], 4);
    assert_false(u.directory || u.second_factor || u.all_functions);
    assert_int_equal(u.last_login, 0);
    assert_ok(user_by_name(s, a, "ANNA Ölm", &u, error)); /* ASCII folds */
    assert_int_equal(u.id, id);
    assert_text("",
                "SELECT CASE WHEN password LIKE '$argon2id$%%' THEN '' ELSE password END "
                "FROM user_account WHERE id = %lld",
                (long long)id);
    arena_free(a);
}

static void test_user__names_are_refused(void **state)
{
    static const char *const wrong[] = {"",          " a",   "a ",    "CORP\\anna",
                                        "anna@corp", "a\nb", "a\x7f", "a\tb"};
    char longer[USER_NAME_MAX + 2];
    store *s = user_world_open(state);
    int64_t id = 0;
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    user_draft draft = {.role = USER_ROLE_USER, .password = GOOD_PASSWORD};
    for (size_t i = 0; i <= sizeof(wrong) / sizeof(wrong[0]); i++) {
        draft.name = i < sizeof(wrong) / sizeof(wrong[0]) ? wrong[i] : longer;
        assert_int_equal(user_create(s, &draft, &id, NULL), PLATEN_E_INVAL);
    }
    (void)user_world_add(s, "anna", USER_ROLE_USER, NULL);
    draft.name = "Anna";
    assert_int_equal(user_create(s, &draft, &id, NULL), PLATEN_E_EXISTS);
    assert_number(2, "SELECT count(*) FROM user_account");
}

// ACC-45, ACC-66, ACC-88
static void test_user__changes_what_is_named(void **state)
{
    store *s = user_world_open(state);
    arena *a = arena_new();
    user_record u;
    int64_t id = user_world_add(s, "anna", USER_ROLE_DEVICE, "[\"devices\"]");
    const user_draft regions = {.set_regions = true, .regions = {.ids = two_regions, .count = 2}};
    assert_ok(user_update(s, id, &regions, error));
    const user_draft email = {.email = "new@example.com"};
    assert_ok(user_update(s, id, &email, error));
    assert_ok(user_by_id(s, a, id, &u, error));
    assert_int_equal(u.regions.count, 2);
    assert_string_equal(u.functions, "[\"devices\"]");
    assert_string_equal(u.email, "new@example.com");
    const user_draft system = {.role = USER_ROLE_SYSTEM};
    assert_ok(user_update(s, id, &system, error));
    assert_ok(user_by_id(s, a, id, &u, error));
    assert_true(u.regions.all);
    assert_true(u.all_functions);
    assert_string_equal(u.functions, "[]");
    assert_number(0, "SELECT count(*) FROM user_region");
    const user_draft taken = {.name = "ADMINISTRATOR"};
    assert_int_equal(user_update(s, id, &taken, NULL), PLATEN_E_EXISTS);
    assert_int_equal(user_update(s, 999, &email, NULL), PLATEN_E_NOT_FOUND);
    arena_free(a);
}

// ACC-06
static void test_user__administrator_stays(void **state)
{
    store *s = user_world_open(state);
    const user_draft demoted = {.role = USER_ROLE_USER};
    const user_draft renamed = {.name = "root"};
    const user_draft same = {
        .name = "Administrator", .role = USER_ROLE_SYSTEM, .email = "b@example.com"};
    assert_int_equal(user_update(s, 1, &demoted, NULL), PLATEN_E_STATE);
    assert_int_equal(user_update(s, 1, &renamed, NULL), PLATEN_E_STATE);
    assert_int_equal(user_delete(s, 1, NULL), PLATEN_E_STATE);
    assert_ok(user_update(s, 1, &same, error));
    assert_text("b@example.com", "SELECT email FROM user_account WHERE id = 1");
    assert_int_equal(user_create_admin(s, "x@example.com", GOOD_PASSWORD, NULL), PLATEN_E_STATE);
}

static void test_user__goes_with_everything(void **state)
{
    store *s = user_world_open(state);
    int64_t id = user_world_add(s, "anna", USER_ROLE_USER, NULL);
    char cookie[64];
    char token[80];
    int64_t token_id = 0;
    user_session session;
    const user_session_start start = {.user = id, .address = "192.0.2.1", .browser = "x"};
    const user_token_draft draft = {.user = id,
                                    .name = "t",
                                    .role = USER_ROLE_USER,
                                    .regions = {.ids = two_regions, .count = 2}};
    const user_draft regions = {.set_regions = true, .regions = {.ids = two_regions, .count = 2}};
    assert_ok(user_update(s, id, &regions, error));
    assert_ok(user_session_new(s, &start, cookie, &session, error));
    assert_ok(user_token_new(s, &draft, token, &token_id, error));
    assert_ok(user_delete(s, id, error));
    assert_number(0,
                  "SELECT (SELECT count(*) FROM user_session) + (SELECT count(*) FROM user_token)"
                  " + (SELECT count(*) FROM user_region)"
                  " + (SELECT count(*) FROM user_token_region)");
    assert_int_equal(user_delete(s, id, NULL), PLATEN_E_NOT_FOUND);
}

/* ---- passwords ---- */

static platen_code check(const user_policy *p, const char *password)
{
    return user_password_check(p, "anna.miller", password, NULL);
}

// ACC-03, ACC-36, ACC-37
static void test_password__follows_the_policy(void **state)
{
    user_policy p = user_policy_preset();
    char longest[130];
    (void)state;
    assert_int_equal(p.min_length, 8);
    assert_int_equal(p.lockout_threshold, 5);
    assert_int_equal(check(&p, "Short-1"), PLATEN_E_INVAL);
    assert_int_equal(check(&p, "Short-11"), PLATEN_OK);
    assert_int_equal(check(&p, "Ökö-ßßß7"), PLATEN_OK); /* eight characters, not bytes */
    assert_int_equal(check(&p, "lower case only"), PLATEN_E_INVAL);
    assert_int_equal(check(&p, "Anna.Miller"), PLATEN_E_INVAL);
    p.min_length = 12;
    assert_int_equal(check(&p, "Short-11"), PLATEN_E_INVAL);
    p.classes = false;
    assert_int_equal(check(&p, "lower case only"), PLATEN_OK);
    memset(longest, 'x', sizeof(longest));
    memcpy(longest, "Ab1", 3);
    longest[129] = '\0';
    assert_int_equal(check(&p, longest), PLATEN_E_INVAL);
    longest[128] = '\0';
    assert_int_equal(check(&p, longest), PLATEN_OK);
    p.common = true;
    assert_int_equal(check(&p, "qwertyuiop12"), PLATEN_E_INVAL);
    p.common = false;
    assert_int_equal(check(&p, "qwertyuiop12"), PLATEN_OK);
}

static void test_password__knows_what_is_guessed_first(void **state)
{
    static const char *const common[] = {
        "password",    "Password1!", "P@ssw0rd",    "P4$$w0rd2024!", "12345678",
        "87654321",    "11111111",   "Admin123!",   "!Admin2023",    "changem3!",
        "qwertz-1",    "1q2w3e4r",   "Welcome2024", "Pr1nter!!",     "ABCDEFGH",
        "pass-word-1", "abc123!!",   "Summer2025!", "4dministrat0r", "zaq12wsx"};
    static const char *const others[] = {"Correct-horse-7",   "tr0ub4dor&3x",
                                         "printer-am-Flur-3", "password manager of Anna",
                                         "xkcd936!staple",    "9h2K!vQz"};
    (void)state;
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        if (!user_password_common(common[i])) {
            fail_msg("'%s' is let pass", common[i]);
        }
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (user_password_common(others[i])) {
            fail_msg("'%s' is refused", others[i]);
        }
    }
}

// ACC-40, PRF-17
static void test_password__old_ones_are_remembered(void **state)
{
    static const char *const passwords[] = {"Battery-staple-1", "Battery-staple-2",
                                            "Battery-staple-3"};
    store *s = user_world_open(state);
    user_world_policy(s, "{'history':3}");
    for (size_t i = 0; i < 3; i++) {
        assert_ok(user_set_password(s, 1, passwords[i], NULL, error));
    }
    for (size_t i = 0; i < 3; i++) { /* the present one and two before it */
        assert_int_equal(user_set_password(s, 1, passwords[i], NULL, NULL), PLATEN_E_INVAL);
    }
    assert_ok(user_set_password(s, 1, GOOD_PASSWORD, NULL, error)); /* the fourth back */
    user_world_policy(s, "{'history':0}");
    assert_ok(user_set_password(s, 1, GOOD_PASSWORD, NULL, error));
    for (int i = 0; i < 3; i++) {
        world_run(s, "INSERT INTO user_password_old (user_id, password) SELECT 1, 'x' "
                     "FROM user_password_old LIMIT 20");
    }
    assert_ok(user_set_password(s, 1, OTHER_PASSWORD, NULL, error));
    assert_number(24, "SELECT count(*) FROM user_password_old");
}

static void test_password__change_ends_other_sessions(void **state)
{
    store *s = user_world_open(state);
    char cookies[2][64];
    char hash[65];
    user_session session;
    const user_session_start start = {.user = 1, .address = "192.0.2.1", .browser = ""};
    for (int i = 0; i < 2; i++) {
        assert_ok(user_session_new(s, &start, cookies[i], &session, error));
    }
    secret_token_hash(cookies[1], hash);
    world_run(s, "UPDATE user_account SET failures = 3, locked_until = 99999999999999");
    assert_ok(user_set_password(s, 1, OTHER_PASSWORD, hash, error));
    assert_number(1, "SELECT count(*) FROM user_session");
    assert_number(1, "SELECT count(*) FROM user_session WHERE hash = '%s'", hash);
    assert_number(0, "SELECT failures + locked_until FROM user_account");
    assert_ok(user_reset_password(s, NULL, GOOD_PASSWORD, error));
    assert_number(0, "SELECT count(*) FROM user_session");
}

// ACC-42, PRF-15, PRF-16, PRF-18
static void test_policy__is_what_is_set(void **state)
{
    store *s = user_world_open(state);
    user_policy p;
    assert_ok(user_policy_load(s, &p, error));
    assert_int_equal(p.idle_ms, 30 * 60 * 1000);
    user_world_policy(s, "{'min_length':20,'lockout_threshold':2,'lockout_minutes':1}");
    user_world_logout(s, "{'enabled':false}");
    assert_ok(user_policy_load(s, &p, error));
    assert_int_equal(p.min_length, 20);
    assert_int_equal(p.lockout_threshold, 2);
    assert_int_equal(p.lockout_ms, 60000);
    assert_int_equal(p.idle_ms, 0);
    assert_true(p.classes);
    assert_int_equal(user_reset_password(s, NULL, OTHER_PASSWORD, NULL), PLATEN_E_INVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_user__is_made_with_role_functions_and_regions),
        cmocka_unit_test(test_user__names_are_refused),
        cmocka_unit_test(test_user__changes_what_is_named),
        cmocka_unit_test(test_user__administrator_stays),
        cmocka_unit_test(test_user__goes_with_everything),
        cmocka_unit_test(test_password__follows_the_policy),
        cmocka_unit_test(test_password__knows_what_is_guessed_first),
        cmocka_unit_test(test_password__old_ones_are_remembered),
        cmocka_unit_test(test_password__change_ends_other_sessions),
        cmocka_unit_test(test_policy__is_what_is_set),
    };
    return fixture_run_both("users", tests, sizeof(tests) / sizeof(tests[0]));
}
