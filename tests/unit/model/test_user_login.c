/* Logins, lockout, reset keys, accounts of a directory. */
#include "user_world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/model/user_login.h"
#include "core/model/user_policy.h"
#include "core/model/user_reset.h"

static platen_code try_login(store *s, const char *name, const char *password, user_outcome *out)
{
    user_outcome scratch;
    arena *a = arena_new();
    const user_attempt attempt = {.name = name, .password = password};
    platen_code code = user_login(s, a, &attempt, &scratch, NULL);
    if (out != NULL) {
        *out = scratch;
        out->user.name = NULL;
    }
    arena_free(a);
    return code;
}

// ACC-09, ACC-38, ACC-39, ACC-41
static void test_login__locks_after_failures(void **state)
{
    store *s = user_world_open(state);
    user_outcome out;
    int64_t before = clock_now();
    assert_int_equal(try_login(s, "administrator", GOOD_PASSWORD, &out), PLATEN_OK);
    assert_number(1, "SELECT count(*) FROM user_account WHERE last_login >= %lld",
                  (long long)before);
    user_world_policy(s, "{'lockout_threshold':3,'lockout_minutes':2}");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(try_login(s, "Administrator", "Wrong-pass-1", &out),
                         PLATEN_E_UNAUTHENTICATED);
        assert_int_equal(out.locked, i == 2);
        assert_int_equal(out.user.id, 1);
    }
    assert_in_range(out.locked_until, before + 120000, clock_now() + 120000);
    assert_int_equal(try_login(s, "Administrator", GOOD_PASSWORD, &out), PLATEN_E_UNAUTHENTICATED);
    assert_false(out.locked);
    world_run(s, "UPDATE user_account SET locked_until = %lld", (long long)clock_now() - 1);
    assert_int_equal(try_login(s, "Administrator", "Wrong-pass-1", &out), PLATEN_E_UNAUTHENTICATED);
    assert_false(out.locked); /* counting began anew */
    assert_int_equal(try_login(s, "Administrator", GOOD_PASSWORD, &out), PLATEN_OK);
    assert_number(0, "SELECT failures FROM user_account");
    for (int i = 0; i < 3; i++) {
        (void)try_login(s, "Administrator", "Wrong-pass-1", NULL);
    }
    assert_ok(user_unlock(s, 1, error));
    assert_int_equal(try_login(s, "Administrator", GOOD_PASSWORD, &out), PLATEN_OK);
    assert_int_equal(user_unlock(s, 99, NULL), PLATEN_E_NOT_FOUND);
}

static void test_login__refusals_read_alike(void **state)
{
    store *s = user_world_open(state);
    char texts[3][PLATEN_ERROR_TEXT];
    static const char *const names[] = {"nobody", "Administrator", "CORP\\nobody"};
    char huge[4096];
    memset(huge, 'x', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    for (size_t i = 0; i < 3; i++) {
        platen_error err = PLATEN_ERROR_INIT;
        arena *a = arena_new();
        user_outcome out;
        const user_attempt attempt = {.name = names[i], .password = "Wrong-pass-1"};
        int64_t touched = world_number(s, "SELECT touched FROM user_decoy");
        assert_int_equal(user_login(s, a, &attempt, &out, &err), PLATEN_E_UNAUTHENTICATED);
        (void)snprintf(texts[i], sizeof(texts[i]), "%s", err.text);
        assert_string_equal(texts[i], texts[0]);
        /* Who has no failures to be counted costs a write, too. */
        assert_number(touched + (i == 1 ? 0 : 1), "SELECT touched FROM user_decoy");
        arena_free(a);
    }
    assert_int_equal(try_login(s, huge, huge, NULL), PLATEN_E_UNAUTHENTICATED);
    assert_int_equal(try_login(s, "", "", NULL), PLATEN_E_UNAUTHENTICATED);
}

typedef struct race {
    store *s;
    atomic_int entered;
    atomic_int locked;
} race;

static void *attack(void *user)
{
    race *r = user;
    for (int i = 0; i < 5; i++) {
        user_outcome out;
        platen_code code = try_login(r->s, "Administrator", "Wrong-pass-1", &out);
        atomic_fetch_add(&r->locked, out.locked ? 1 : 0);
        atomic_fetch_add(&r->entered, code == PLATEN_OK ? 1 : 0);
    }
    return NULL;
}

/* Attempts that run side by side do not get more answers than the threshold. */
static void test_login__parallel_attempts_lock_once(void **state)
{
    race r = {.s = user_world_open(state)};
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, attack, &r), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&r.entered), 0);
    assert_int_equal(atomic_load(&r.locked), 1);
}

static void test_login__confirming_counts_failures_too(void **state)
{
    store *s = user_world_open(state);
    arena *a = arena_new();
    user_outcome out;
    assert_ok(user_confirm_password(s, a, 1, GOOD_PASSWORD, &out, error));
    for (int i = 0; i < 5; i++) {
        assert_int_equal(user_confirm_password(s, a, 1, "Wrong-pass-1", &out, NULL),
                         PLATEN_E_UNAUTHENTICATED);
    }
    assert_true(out.locked);
    assert_int_equal(user_confirm_password(s, a, 1, GOOD_PASSWORD, &out, NULL),
                     PLATEN_E_UNAUTHENTICATED);
    arena_free(a);
}

/* ---- forgotten passwords ---- */

static platen_code confirm(store *s, const char *name, const char *key, const char *password)
{
    int64_t id = 0;
    arena *a = arena_new();
    platen_code code = user_reset_confirm(s, a, name, key, password, &id, NULL);
    arena_free(a);
    return code;
}

// ACC-16, ACC-17, ACC-18
static void test_reset__key_works_once(void **state)
{
    store *s = user_world_open(state);
    arena *a = arena_new();
    user_reset reset;
    world_run(s, "UPDATE user_account SET locked_until = 99999999999999");
    assert_ok(user_reset_begin(s, a, "administrator", &reset, error));
    assert_string_equal(reset.user.email, "admin@example.com");
    assert_int_equal(strlen(reset.key), 24); /* 99 bits */
    assert_number(0, "SELECT count(*) FROM user_reset WHERE hash = '%s'", reset.key);
    assert_int_equal(confirm(s, "Administrator", reset.key, "weak"), PLATEN_E_INVAL);
    assert_int_equal(confirm(s, "Administrator", reset.key, OTHER_PASSWORD), PLATEN_OK);
    assert_int_equal(confirm(s, "Administrator", reset.key, "Third-horse-9"),
                     PLATEN_E_UNAUTHENTICATED);
    assert_int_equal(try_login(s, "Administrator", OTHER_PASSWORD, NULL), PLATEN_OK);
    arena_free(a);
}

static void test_reset__key_is_short_lived_and_bounded(void **state)
{
    store *s = user_world_open(state);
    arena *a = arena_new();
    user_reset reset;
    user_reset again;
    assert_ok(user_reset_begin(s, a, "Administrator", &reset, error));
    assert_int_equal(user_reset_begin(s, a, "Administrator", &again, NULL), PLATEN_E_NOT_FOUND);
    world_run(s, "UPDATE user_reset SET created = created - 60001");
    assert_ok(user_reset_begin(s, a, "Administrator", &again, error));
    assert_int_equal(confirm(s, "Administrator", reset.key, OTHER_PASSWORD),
                     PLATEN_E_UNAUTHENTICATED); /* the older one is worthless */
    world_run(s, "UPDATE user_reset SET expires = %lld", (long long)clock_now());
    assert_int_equal(confirm(s, "Administrator", again.key, OTHER_PASSWORD),
                     PLATEN_E_UNAUTHENTICATED);
    world_run(s, "UPDATE user_reset SET created = 1");
    assert_ok(user_reset_begin(s, a, "Administrator", &reset, error));
    const user_draft moved = {.email = "new@example.com"};
    assert_ok(user_update(s, 1, &moved, error));
    assert_int_equal(confirm(s, "Administrator", reset.key, OTHER_PASSWORD),
                     PLATEN_E_UNAUTHENTICATED); /* it went to another address */
    world_run(s, "UPDATE user_reset SET created = 1");
    assert_ok(user_reset_begin(s, a, "Administrator", &reset, error));
    for (int i = 0; i < USER_RESET_FAILURES; i++) {
        assert_int_equal(confirm(s, "Administrator", "aaaa-bbbb", OTHER_PASSWORD),
                         PLATEN_E_UNAUTHENTICATED);
    }
    assert_int_equal(confirm(s, "Administrator", reset.key, OTHER_PASSWORD),
                     PLATEN_E_UNAUTHENTICATED); /* guessed at too often */
    arena_free(a);
}

// ACC-19
static void test_reset__needs_somebody_with_an_address(void **state)
{
    store *s = user_world_open(state);
    arena *a = arena_new();
    user_reset reset;
    (void)user_world_add(s, "anna", USER_ROLE_USER, NULL);
    int64_t touched = world_number(s, "SELECT touched FROM user_decoy");
    assert_int_equal(user_reset_begin(s, a, "anna", &reset, NULL), PLATEN_E_NOT_FOUND);
    assert_int_equal(user_reset_begin(s, a, "nobody", &reset, NULL), PLATEN_E_NOT_FOUND);
    assert_int_equal(confirm(s, "nobody", "aaaa-bbbb", OTHER_PASSWORD), PLATEN_E_UNAUTHENTICATED);
    assert_int_equal(confirm(s, "anna", "", OTHER_PASSWORD), PLATEN_E_UNAUTHENTICATED);
    assert_number(touched + 4, "SELECT touched FROM user_decoy");
    arena_free(a);
}

/* ---- people of a directory ---- */

static const int64_t regions_of_groups[] = {2, 5};

static user_directory_entry entry_of(const char *user, user_role role)
{
    return (user_directory_entry){.domain = "CORP",
                                  .user = user,
                                  .email = "x@corp.example",
                                  .external_id = "0a0b",
                                  .role = role,
                                  .functions = "[\"devices\"]",
                                  .regions_by_group = true,
                                  .regions = {.ids = regions_of_groups, .count = 2}};
}

// ACC-10, ACC-31, ACC-33, ACC-60
static void test_directory__account_is_made_and_refreshed(void **state)
{
    store *s = user_world_open(state);
    arena *a = arena_new();
    user_record u;
    int64_t local = user_world_add(s, "anna", USER_ROLE_SYSTEM, NULL);
    user_directory_entry e = entry_of("anna", USER_ROLE_DEVICE);
    assert_ok(user_enter_directory(s, a, &e, &u, error));
    assert_int_not_equal(u.id, local); /* a local user of that name is somebody else */
    assert_string_equal(u.name, "CORP\\anna");
    assert_string_equal(u.domain, "CORP");
    assert_true(u.directory);
    assert_string_equal(u.functions, "[\"devices\"]");
    assert_int_equal(u.regions.count, 2);
    int64_t id = u.id;
    assert_int_equal(try_login(s, "CORP\\anna", "", NULL), PLATEN_E_UNAUTHENTICATED);

    const user_draft functions = {.functions = "[\"tasks\"]"};
    assert_ok(user_update(s, id, &functions, error));
    e.email = "new@corp.example";
    e.regions.count = 0;
    assert_ok(user_enter_directory(s, a, &e, &u, error));
    assert_int_equal(u.id, id);
    assert_string_equal(u.email, "new@corp.example");
    assert_string_equal(u.functions, "[\"tasks\"]"); /* as a system manager left them */
    assert_false(u.regions.all);                     /* ACC-33: none, not all */
    assert_int_equal(u.regions.count, 0);

    e.role = USER_ROLE_SYSTEM;
    assert_ok(user_enter_directory(s, a, &e, &u, error));
    assert_true(u.regions.all); /* ACC-88 */
    e.role = USER_ROLE_USER;
    assert_ok(user_enter_directory(s, a, &e, &u, error));
    assert_int_equal(u.role, USER_ROLE_USER);
    assert_false(u.regions.all);
    arena_free(a);
}

// ACC-45
static void test_directory__edited_role_stays(void **state)
{
    store *s = user_world_open(state);
    arena *a = arena_new();
    user_record u;
    user_directory_entry e = entry_of("anna", USER_ROLE_USER);
    assert_ok(user_enter_directory(s, a, &e, &u, error));
    const user_draft raised = {.role = USER_ROLE_DEVICE, .functions = "[\"tasks\"]"};
    assert_ok(user_update(s, u.id, &raised, error));
    assert_ok(user_enter_directory(s, a, &e, &u, error));
    assert_int_equal(u.role, USER_ROLE_DEVICE);
    assert_string_equal(u.functions, "[\"tasks\"]");
    const user_draft renamed = {.name = "other"};
    const user_draft mailed = {.email = "other@example.com"};
    const user_draft secret = {.password = GOOD_PASSWORD};
    assert_int_equal(user_update(s, u.id, &renamed, NULL), PLATEN_E_STATE);
    assert_int_equal(user_update(s, u.id, &mailed, NULL), PLATEN_E_STATE);
    assert_int_equal(user_update(s, u.id, &secret, NULL), PLATEN_E_STATE);
    assert_int_equal(user_set_password(s, u.id, GOOD_PASSWORD, NULL, NULL), PLATEN_E_NOT_FOUND);
    assert_ok(user_leave_directory(s, "CORP", "anna", error)); /* no group gives a role any more */
    assert_text("", "SELECT role FROM user_account WHERE id = %lld", (long long)u.id);
    assert_ok(user_enter_directory(s, a, &e, &u, error));
    assert_int_equal(u.role, USER_ROLE_USER);
    arena_free(a);
}

/* The directory's own id says who somebody is, whatever the name. */
static void test_directory__names_change_people_stay(void **state)
{
    store *s = user_world_open(state);
    arena *a = arena_new();
    user_record anna;
    user_record u;
    user_directory_entry e = entry_of("anna", USER_ROLE_DEVICE);
    assert_ok(user_enter_directory(s, a, &e, &anna, error));
    e.user = "anna.new";
    assert_ok(user_enter_directory(s, a, &e, &u, error));
    assert_int_equal(u.id, anna.id);
    assert_string_equal(u.name, "CORP\\anna.new");
    e.external_id = "0c0d"; /* another person gets the name */
    assert_ok(user_enter_directory(s, a, &e, &u, error));
    assert_int_not_equal(u.id, anna.id);
    assert_string_equal(u.name, "CORP\\anna.new");
    assert_number(1, "SELECT count(*) FROM user_account WHERE id = %lld AND name LIKE '%% #%%'",
                  (long long)anna.id);
    e.external_id = ""; /* a directory without ids: the name is all there is */
    assert_ok(user_enter_directory(s, a, &e, &anna, error));
    assert_int_equal(u.id, anna.id);
    arena_free(a);
}

static void test_directory__failures_lock_known_accounts(void **state)
{
    store *s = user_world_open(state);
    arena *a = arena_new();
    user_record u;
    user_outcome out;
    bool locked = true;
    user_directory_entry e = entry_of("anna", USER_ROLE_USER);
    assert_ok(user_enter_directory(s, a, &e, &u, error));
    assert_ok(user_login_failed(s, a, "nobody", &out, error));
    assert_int_equal(out.user.id, 0);
    assert_ok(user_login_failed(s, a, "Administrator", &out, error));
    assert_number(0, "SELECT failures FROM user_account WHERE id = 1");
    for (int i = 0; i < 5; i++) {
        assert_ok(user_login_locked(s, "ANNA", &locked, error));
        assert_false(locked);
        assert_ok(user_login_failed(s, a, "anna", &out, error));
    }
    assert_true(out.locked);
    assert_ok(user_login_locked(s, "anna", &locked, error));
    assert_true(locked);
    assert_ok(user_login_locked(s, "nobody", &locked, error));
    assert_false(locked);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_login__locks_after_failures),
        cmocka_unit_test(test_login__refusals_read_alike),
        cmocka_unit_test(test_login__parallel_attempts_lock_once),
        cmocka_unit_test(test_login__confirming_counts_failures_too),
        cmocka_unit_test(test_reset__key_works_once),
        cmocka_unit_test(test_reset__key_is_short_lived_and_bounded),
        cmocka_unit_test(test_reset__needs_somebody_with_an_address),
        cmocka_unit_test(test_directory__account_is_made_and_refreshed),
        cmocka_unit_test(test_directory__edited_role_stays),
        cmocka_unit_test(test_directory__names_change_people_stay),
        cmocka_unit_test(test_directory__failures_lock_known_accounts),
    };
    return fixture_run_both("user_logins", tests, sizeof(tests) / sizeof(tests[0]));
}
