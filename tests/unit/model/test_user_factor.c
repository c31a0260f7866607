/* The second factor: setting up, using, recovery codes, replay. */
#include "user_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <liboath/oath.h>

#include "core/base/clock.h"
#include "core/model/user_factor.h"
#include "core/model/user_login.h"

/* What an authenticator shows `steps` steps from now. */
static void code_of(const char *secret, int steps, char code[7])
{
    char *key = NULL;
    size_t length = 0;
    assert_int_equal(oath_base32_decode(secret, strlen(secret), &key, &length), OATH_OK);
    assert_int_equal(length, 20);
    assert_int_equal(
        oath_totp_generate(key, length, (time_t)(clock_now() / 1000 + steps * 30), 30, 0, 6, code),
        OATH_OK);
    free(key);
}

/* Waits until a step has a while to go, so that a code stays good during the test. */
static void begin_of_step(void)
{
    while (clock_now() / 1000 % 30 > 20) {
        const struct timespec second = {.tv_sec = 1};
        (void)nanosleep(&second, NULL);
    }
}

static platen_code enter(store *s, const secret_key *key, const char *password, const char *code)
{
    user_outcome out;
    arena *a = arena_new();
    const user_attempt attempt = {
        .name = "Administrator", .password = password, .code = code, .key = key};
    platen_code result = user_login(s, a, &attempt, &out, NULL);
    arena_free(a);
    return result;
}

typedef struct ready {
    store *s;
    secret_key *key;
    char secret[SECRET_TOTP_TEXT];
    char codes[USER_RECOVERY_CODES][USER_RECOVERY_TEXT];
} ready;

static ready set_up(void **state)
{
    ready r = {.s = user_world_open(state), .key = user_world_key()};
    char code[7];
    begin_of_step();
    assert_ok(user_factor_begin(r.s, r.key, 1, r.secret, error));
    code_of(r.secret, -1, code);
    assert_ok(user_factor_confirm(r.s, r.key, 1, code, r.codes, error));
    return r;
}

static void test_factor__holds_once_a_code_has_worked(void **state)
{
    store *s = user_world_open(state);
    secret_key *key = user_world_key();
    char secret[SECRET_TOTP_TEXT];
    char code[7];
    char codes[USER_RECOVERY_CODES][USER_RECOVERY_TEXT];
    char stored[512];
    begin_of_step();
    assert_int_equal(user_factor_confirm(s, key, 1, "000000", codes, NULL), PLATEN_E_STATE);
    assert_ok(user_factor_begin(s, key, 1, secret, error));
    assert_int_equal(enter(s, key, GOOD_PASSWORD, NULL), PLATEN_OK); /* not in force yet */
    world_text(s, stored, sizeof(stored), "SELECT totp_pending FROM user_account");
    assert_memory_equal(stored, "v1:", 3); /* sealed */
    assert_null(strstr(stored, secret));
    code_of(secret, 5, code);
    assert_int_equal(user_factor_confirm(s, key, 1, code, codes, NULL), PLATEN_E_INVAL);
    code_of(secret, 0, code);
    assert_ok(user_factor_confirm(s, key, 1, code, codes, error));
    assert_int_equal(enter(s, key, GOOD_PASSWORD, NULL), PLATEN_E_SECOND_FACTOR_REQUIRED);
    assert_int_equal(user_factor_begin(s, key, 1, secret, NULL), PLATEN_E_STATE);
    assert_ok(user_factor_remove(s, 1, error));
    assert_int_equal(enter(s, key, GOOD_PASSWORD, NULL), PLATEN_OK);
    assert_number(0, "SELECT count(*) FROM user_recovery");
    secret_key_free(key);
}

static void test_factor__a_code_works_once(void **state)
{
    ready r = set_up(state);
    char used[7];
    char now[7];
    char next[7];
    code_of(r.secret, -1, used); /* the one of the set-up */
    code_of(r.secret, 0, now);
    code_of(r.secret, 1, next);
    assert_int_equal(enter(r.s, r.key, GOOD_PASSWORD, used), PLATEN_E_UNAUTHENTICATED);
    assert_int_equal(enter(r.s, r.key, GOOD_PASSWORD, next), PLATEN_OK);
    assert_int_equal(enter(r.s, r.key, GOOD_PASSWORD, next), PLATEN_E_UNAUTHENTICATED);
    assert_int_equal(enter(r.s, r.key, GOOD_PASSWORD, now), PLATEN_E_UNAUTHENTICATED); /* older */
    secret_key_free(r.key);
}

static void test_factor__wrong_codes_lock(void **state)
{
    ready r = set_up(state);
    char now[7];
    for (int i = 0; i < 4; i++) {
        assert_int_equal(enter(r.s, r.key, GOOD_PASSWORD, NULL), PLATEN_E_SECOND_FACTOR_REQUIRED);
        assert_int_equal(enter(r.s, r.key, GOOD_PASSWORD, "12345"), PLATEN_E_UNAUTHENTICATED);
    }
    store *s = r.s;
    assert_number(4, "SELECT failures FROM user_account"); /* a right password forgives nothing */
    assert_int_equal(enter(r.s, r.key, "Wrong-pass-1", NULL), PLATEN_E_UNAUTHENTICATED);
    code_of(r.secret, 0, now);
    assert_int_equal(enter(r.s, r.key, GOOD_PASSWORD, now), PLATEN_E_UNAUTHENTICATED);
    assert_int_equal(enter(r.s, r.key, GOOD_PASSWORD, NULL), PLATEN_E_UNAUTHENTICATED);
    secret_key_free(r.key);
}

static void test_factor__recovery_codes_work_once(void **state)
{
    ready r = set_up(state);
    char typed[USER_RECOVERY_TEXT + 4];
    assert_int_equal(strlen(r.codes[0]), 19);
    assert_string_not_equal(r.codes[0], r.codes[1]);
    assert_int_equal(enter(r.s, r.key, GOOD_PASSWORD, r.codes[3]), PLATEN_OK);
    assert_int_equal(enter(r.s, r.key, GOOD_PASSWORD, r.codes[3]), PLATEN_E_UNAUTHENTICATED);
    (void)snprintf(typed, sizeof(typed), "%.4s %.4s%.4s %.4s", r.codes[4], r.codes[4] + 5,
                   r.codes[4] + 10, r.codes[4] + 15);
    typed[0] = (char)(typed[0] >= 'a' ? typed[0] - 32 : typed[0]);
    assert_int_equal(enter(r.s, r.key, GOOD_PASSWORD, typed), PLATEN_OK); /* as people type it */
    assert_int_equal(enter(r.s, r.key, "Wrong-pass-1", r.codes[5]), PLATEN_E_UNAUTHENTICATED);
    store *s = r.s;
    assert_number(8, "SELECT count(*) FROM user_recovery");
    secret_key_free(r.key);
}

static void test_factor__is_for_this_user_and_key(void **state)
{
    ready r = set_up(state);
    store *s = r.s;
    secret_key *other = user_world_key();
    char now[7];
    int64_t anna = user_world_add(r.s, "anna", USER_ROLE_USER, NULL);
    code_of(r.secret, 0, now);
    assert_int_equal(enter(r.s, other, GOOD_PASSWORD, now), PLATEN_E_CORRUPT);
    world_run(s,
              "UPDATE user_account SET totp = (SELECT totp FROM user_account WHERE id = 1) "
              "WHERE id = %lld",
              (long long)anna);
    arena *a = arena_new();
    user_outcome out;
    const user_attempt attempt = {
        .name = "anna", .password = GOOD_PASSWORD, .code = now, .key = r.key};
    assert_int_equal(user_login(r.s, a, &attempt, &out, NULL), PLATEN_E_CORRUPT);
    arena_free(a);
    /* The console helps who has lost everything. */
    assert_ok(user_reset_password(r.s, NULL, OTHER_PASSWORD, error));
    assert_int_equal(enter(r.s, r.key, OTHER_PASSWORD, NULL), PLATEN_OK);
    secret_key_free(other);
    secret_key_free(r.key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_factor__holds_once_a_code_has_worked),
        cmocka_unit_test(test_factor__a_code_works_once),
        cmocka_unit_test(test_factor__wrong_codes_lock),
        cmocka_unit_test(test_factor__recovery_codes_work_once),
        cmocka_unit_test(test_factor__is_for_this_user_and_key),
    };
    return fixture_run_both("user_factors", tests, sizeof(tests) / sizeof(tests[0]));
}
