/* Groups of preferences: presets, changes, sealed members. */
#include "core/model/preference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/json.h"
#include "model_world.h"

static const char *const secrets[] = {"password", NULL};

static const preference_group group = {
    .key = "test",
    .presets = "{\"host\":\"\",\"port\":25}",
    .schema = "{\"type\":\"object\"}",
    .secrets = secrets,
};

typedef struct change {
    const secret_key *key;
    cJSON *tree;
} change;

static platen_code write_change(store_conn *conn, void *user, platen_error *err)
{
    const change *c = user;
    return preference_change(conn, &group, c->key, c->tree, err);
}

static void apply(store *s, const secret_key *key, const char *text)
{
    change c = {key, world_json(text)};
    assert_int_equal(store_write(s, write_change, &c, NULL), PLATEN_OK);
    cJSON_Delete(c.tree);
}

static secret_key *test_key(void)
{
    char folder[] = "/tmp/platen-preference-XXXXXX";
    char path[64];
    secret_key *key = NULL;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(secret_key_load(folder, true, &key, NULL), PLATEN_OK);
    (void)snprintf(path, sizeof(path), "%s/platen.key", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    return key;
}

static void test_preference__presets_hold_until_set(void **state)
{
    store *s = world_open(state);
    secret_key *key = test_key();
    cJSON *tree = NULL;
    assert_int_equal(preference_load(s, &group, &tree, NULL), PLATEN_OK);
    assert_int_equal(json_get_i64(tree, "port", 0), 25);
    assert_false(json_get_bool(tree, "password_set", true));
    cJSON_Delete(tree);
    apply(s, key, "{'port':465}"); // PRF-03, PRF-06: what is not named stays
    assert_int_equal(preference_load(s, &group, &tree, NULL), PLATEN_OK);
    assert_int_equal(json_get_i64(tree, "port", 0), 465);
    assert_string_equal(json_get_text(tree, "host", "?"), "");
    cJSON_Delete(tree);
    secret_key_free(key);
}

static void test_preference__secrets_are_sealed_and_not_shown(void **state)
{
    store *s = world_open(state);
    secret_key *key = test_key();
    cJSON *tree = NULL;
    char *plain = NULL;
    char stored[4096];
    assert_int_equal(preference_secret(s, &group, key, "password", &plain, NULL),
                     PLATEN_E_NOT_FOUND);
    apply(s, key, "{'host':'mail','password':'open sesame'}");
    assert_int_equal(preference_load(s, &group, &tree, NULL), PLATEN_OK);
    assert_true(json_get_bool(tree, "password_set", false));
    assert_null(cJSON_GetObjectItemCaseSensitive(tree, "password"));
    cJSON_Delete(tree);
    world_text(s, stored, sizeof(stored), "SELECT value FROM preference WHERE key = 'test'");
    assert_null(strstr(stored, "sesame"));
    assert_int_equal(preference_secret(s, &group, key, "password", &plain, NULL), PLATEN_OK);
    assert_string_equal(plain, "open sesame");
    secret_text_free(plain);
    apply(s, key, "{'port':587}"); /* another change leaves it */
    assert_int_equal(preference_secret(s, &group, key, "password", &plain, NULL), PLATEN_OK);
    secret_text_free(plain);
    apply(s, key, "{'password':null}");
    assert_int_equal(preference_secret(s, &group, key, "password", &plain, NULL),
                     PLATEN_E_NOT_FOUND);
    secret_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_preference__presets_hold_until_set),
        cmocka_unit_test(test_preference__secrets_are_sealed_and_not_shown),
    };
    return fixture_run_both("preferences", tests, sizeof(tests) / sizeof(tests[0]));
}
