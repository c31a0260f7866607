/* Sessions and tokens: how long they hold, and what a token may. */
#include "user_world.h"

#include <string.h>

#include "core/model/user_policy.h"
#include "core/model/user_session.h"
#include "core/model/user_token.h"

#define MINUTE 60000LL

typedef struct opened {
    char hash[65];
    user_session session;
} opened;

static opened open_session(store *s, user_entry entry, bool remember)
{
    char cookie[64];
    opened o;
    memset(&o, 0, sizeof(o));
    const user_session_start start = {.user = 1,
                                      .entry = entry,
                                      .remember = remember,
                                      .address = "192.0.2.1",
                                      .browser = "Mozilla/5.0"};
    assert_ok(user_session_new(s, &start, cookie, &o.session, error));
    secret_token_hash(cookie, o.hash);
    return o;
}

static platen_code look(store *s, const opened *o, int64_t after_ms)
{
    user_session found;
    arena *a = arena_new();
    platen_code code =
        user_session_get(s, a, o->hash, o->session.created + after_ms, 0, &found, NULL);
    arena_free(a);
    return code;
}

// ACC-42, ACC-43
static void test_session__ends_unused_for_good(void **state)
{
    store *s = user_world_open(state);
    opened o = open_session(s, USER_ENTRY_PASSWORD, false);
    assert_int_equal(look(s, &o, 30 * MINUTE - 1), PLATEN_OK);
    assert_int_equal(look(s, &o, 30 * MINUTE), PLATEN_E_UNAUTHENTICATED);
    user_world_logout(s, "{'enabled':false}");
    assert_int_equal(look(s, &o, 1), PLATEN_E_UNAUTHENTICATED); /* it does not come back */
    assert_number(0, "SELECT count(*) FROM user_session");
}

static void test_session__limit_is_the_preference(void **state)
{
    store *s = user_world_open(state);
    opened o = open_session(s, USER_ENTRY_DIRECTORY, false);
    user_world_logout(s, "{'minutes':1440}");
    assert_int_equal(look(s, &o, 1440 * MINUTE - 1), PLATEN_OK);
    user_world_logout(s, "{'minutes':1}");
    assert_int_equal(look(s, &o, MINUTE - 1), PLATEN_OK);
    assert_ok(user_session_touch(s, o.hash, o.session.created + MINUTE, error));
    assert_int_equal(look(s, &o, 2 * MINUTE - 1), PLATEN_OK);
    assert_int_equal(look(s, &o, 2 * MINUTE), PLATEN_E_UNAUTHENTICATED);
    user_world_logout(s, "{'enabled':false}");
    o = open_session(s, USER_ENTRY_PASSWORD, false);
    assert_int_equal(look(s, &o, USER_SESSION_MS - 1), PLATEN_OK);
    assert_int_equal(look(s, &o, USER_SESSION_MS), PLATEN_E_UNAUTHENTICATED);
}

// ACC-11, ACC-28, ACC-43
static void test_session__remembered_and_kerberos_outlast_inactivity(void **state)
{
    store *s = user_world_open(state);
    const int64_t five_days = 5 * 24 * 60 * MINUTE;
    opened remembered = open_session(s, USER_ENTRY_DIRECTORY, true);
    opened kerberos = open_session(s, USER_ENTRY_KERBEROS, false);
    assert_int_equal(look(s, &remembered, five_days - 1), PLATEN_OK);
    assert_int_equal(look(s, &kerberos, five_days - 1), PLATEN_OK);
    assert_int_equal(look(s, &kerberos, five_days), PLATEN_E_UNAUTHENTICATED);
    user_world_logout(s, "{'remembered':true}");
    kerberos = open_session(s, USER_ENTRY_KERBEROS, false);
    assert_int_equal(look(s, &kerberos, 31 * MINUTE), PLATEN_OK);
    assert_int_equal(look(s, &remembered, 31 * MINUTE), PLATEN_E_UNAUTHENTICATED);
}

static void test_session__a_use_not_yet_written_counts(void **state)
{
    store *s = user_world_open(state);
    arena *a = arena_new();
    opened o = open_session(s, USER_ENTRY_PASSWORD, false);
    int64_t used = o.session.created + 20 * MINUTE;
    user_session found;
    assert_ok(user_session_get(s, a, o.hash, used + 29 * MINUTE, used, &found, error));
    assert_int_equal(found.last_used, used);
    assert_string_equal(found.user.name, "Administrator");
    assert_string_equal(found.csrf, o.session.csrf);
    arena_free(a);
}

static void test_session__is_listed_and_ended(void **state)
{
    store *s = user_world_open(state);
    arena *a = arena_new();
    user_session *list = NULL;
    size_t count = 0;
    int64_t anna = user_world_add(s, "anna", USER_ROLE_USER, NULL);
    opened first = open_session(s, USER_ENTRY_PASSWORD, false);
    opened second = open_session(s, USER_ENTRY_KERBEROS, true);
    int64_t now = second.session.created;
    assert_ok(user_session_list(s, a, 1, now, &list, &count, error));
    assert_int_equal(count, 2);
    assert_int_equal(list[0].entry, USER_ENTRY_KERBEROS);
    assert_true(list[0].remembered);
    assert_string_equal(list[1].browser, "Mozilla/5.0");
    assert_string_equal(list[1].address, "192.0.2.1");
    assert_int_equal(user_session_end_id(s, anna, list[0].id, NULL), PLATEN_E_NOT_FOUND);
    assert_ok(user_session_end_id(s, 1, list[0].id, error));
    assert_int_equal(look(s, &second, 1), PLATEN_E_UNAUTHENTICATED);
    assert_int_equal(look(s, &first, 1), PLATEN_OK);
    assert_ok(user_session_list(s, a, 1, now + 31 * MINUTE, &list, &count, error));
    assert_int_equal(count, 0); /* what has ended is not shown */
    assert_ok(user_session_end_all(s, 1, NULL, error));
    assert_number(0, "SELECT count(*) FROM user_session");
    arena_free(a);
}

static void test_session__a_user_has_a_bounded_number(void **state)
{
    store *s = user_world_open(state);
    opened first = open_session(s, USER_ENTRY_PASSWORD, true);
    for (int i = 0; i < USER_SESSIONS_MAX; i++) {
        (void)open_session(s, USER_ENTRY_PASSWORD, true);
    }
    assert_number(USER_SESSIONS_MAX, "SELECT count(*) FROM user_session");
    assert_int_equal(look(s, &first, 1), PLATEN_E_UNAUTHENTICATED); /* the least used one went */
}

/* ---- tokens ---- */

typedef struct made_token {
    int64_t id;
    char hash[65];
} made_token;

static made_token make(store *s, const user_token_draft *draft)
{
    char token[80];
    made_token made;
    assert_ok(user_token_new(s, draft, token, &made.id, error));
    assert_memory_equal(token, USER_TOKEN_PREFIX, 4);
    assert_int_equal(strlen(token), 47); /* 256 bits */
    secret_token_hash(token, made.hash);
    assert_number(0, "SELECT count(*) FROM user_token WHERE hash = '%s'", token);
    return made;
}

static user_token see(store *s, arena *a, const made_token *made)
{
    user_token found;
    assert_ok(user_token_get(s, a, made->hash, 1, &found, error));
    return found;
}

static void test_token__ends_when_it_says(void **state)
{
    store *s = user_world_open(state);
    arena *a = arena_new();
    user_token found;
    const user_token_draft draft = {
        .user = 1, .name = "t", .role = USER_ROLE_USER, .regions = {.all = true}, .expires = 5000};
    made_token made = make(s, &draft);
    assert_int_equal(user_token_get(s, a, made.hash, 4999, &found, NULL), PLATEN_OK);
    assert_int_equal(user_token_get(s, a, made.hash, 5000, &found, NULL), PLATEN_E_UNAUTHENTICATED);
    assert_int_equal(user_token_delete(s, made.id, 2, NULL), PLATEN_E_NOT_FOUND); /* not theirs */
    assert_ok(user_token_delete(s, made.id, 1, error));
    assert_int_equal(user_token_get(s, a, made.hash, 1, &found, NULL), PLATEN_E_UNAUTHENTICATED);
    arena_free(a);
}

/* Never more than the owner has now: role, functions, regions. */
static void test_token__shrinks_with_its_owner(void **state)
{
    static const int64_t own[] = {1, 2, 3};
    static const int64_t wanted[] = {2, 3, 4};
    store *s = user_world_open(state);
    arena *a = arena_new();
    int64_t anna = user_world_add(s, "anna", USER_ROLE_SYSTEM, NULL);
    const user_token_draft draft = {.user = anna,
                                    .name = "t",
                                    .role = USER_ROLE_DEVICE,
                                    .functions = "[\"devices\",\"tasks\"]",
                                    .regions = {.ids = wanted, .count = 3}};
    const user_token_draft open = {
        .user = anna, .name = "open", .role = USER_ROLE_DEVICE, .regions = {.all = true}};
    made_token narrow = make(s, &draft);
    made_token wide = make(s, &open);
    assert_int_equal(see(s, a, &narrow).user.regions.count, 3);
    assert_string_equal(see(s, a, &narrow).user.functions, "[\"devices\",\"tasks\"]");
    assert_false(see(s, a, &narrow).user.all_functions);
    assert_true(see(s, a, &wide).user.all_functions);
    assert_true(see(s, a, &wide).user.regions.all);

    const user_draft less = {.role = USER_ROLE_DEVICE,
                             .functions = "[\"reports\",\"tasks\"]",
                             .set_regions = true,
                             .regions = {.ids = own, .count = 3}};
    assert_ok(user_update(s, anna, &less, error));
    user_record u = see(s, a, &narrow).user;
    assert_string_equal(u.functions, "[\"tasks\"]");
    assert_int_equal(u.regions.count, 2);
    assert_int_equal(u.regions.ids[0], 2);
    assert_int_equal(u.regions.ids[1], 3);
    u = see(s, a, &wide).user;
    assert_false(u.all_functions);
    assert_string_equal(u.functions, "[\"reports\",\"tasks\"]");
    assert_int_equal(u.regions.count, 3);

    const user_draft least = {.role = USER_ROLE_USER, .set_regions = true};
    assert_ok(user_update(s, anna, &least, error));
    u = see(s, a, &narrow).user;
    assert_int_equal(u.role, USER_ROLE_USER);
    assert_string_equal(u.functions, "[]");
    assert_false(u.regions.all);
    assert_int_equal(u.regions.count, 0);
    arena_free(a);
}

static void test_token__a_user_has_a_bounded_number(void **state)
{
    store *s = user_world_open(state);
    char token[80];
    int64_t id = 0;
    const user_token_draft draft = {
        .user = 1, .name = "t", .role = USER_ROLE_USER, .regions = {.all = true}};
    for (int i = 0; i < USER_TOKENS_MAX; i++) {
        (void)make(s, &draft);
    }
    assert_int_equal(user_token_new(s, &draft, token, &id, NULL), PLATEN_E_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session__ends_unused_for_good),
        cmocka_unit_test(test_session__limit_is_the_preference),
        cmocka_unit_test(test_session__remembered_and_kerberos_outlast_inactivity),
        cmocka_unit_test(test_session__a_use_not_yet_written_counts),
        cmocka_unit_test(test_session__is_listed_and_ended),
        cmocka_unit_test(test_session__a_user_has_a_bounded_number),
        cmocka_unit_test(test_token__ends_when_it_says),
        cmocka_unit_test(test_token__shrinks_with_its_owner),
        cmocka_unit_test(test_token__a_user_has_a_bounded_number),
    };
    return fixture_run_both("user_sessions", tests, sizeof(tests) / sizeof(tests[0]));
}
