/* Publishers: added, found again after a new start, revoked, and files that are wrong. */
#include "pack_fixture.h"

#define NOW 1767225600000

static char *make_key(const pack_fixture *f, const char *name, char id[TRUST_ID])
{
    char key[128];
    char public_key[128];
    char *pem = NULL;
    size_t length = 0;
    (void)snprintf(key, sizeof(key), "%s/%s.pem", f->folder, name);
    (void)snprintf(public_key, sizeof(public_key), "%s/%s.pub", f->folder, name);
    assert_int_equal(ppk_keygen(key, public_key, id, NULL), PLATEN_OK);
    assert_int_equal(file_read(public_key, 4096, &pem, &length, NULL), PLATEN_OK);
    return pem;
}

static void test_trust__kept_and_revoked(void **state)
{
    const pack_fixture *f = *state;
    char id[TRUST_ID];
    char other[TRUST_ID];
    char said[TRUST_ID];
    char *pem = make_key(f, "one", id);
    char *second = make_key(f, "two", other);
    trust *t = pack_trust(f);
    assert_int_equal(trust_count(t), 0);
    assert_int_equal(trust_add(t, "Zeta", pem, NOW, 0, NULL, NULL), PLATEN_OK);
    assert_int_equal(trust_add(t, "Acme", second, NOW, NOW + 1000, NULL, NULL), PLATEN_OK);
    assert_int_equal(trust_add(t, "Again", pem, NOW, 0, NULL, NULL), PLATEN_E_EXISTS);
    trust_close(t);
    t = pack_trust(f);
    assert_int_equal(trust_count(t), 2);
    assert_string_equal(trust_get(t, 0)->name, "Acme"); /* in order of names */
    assert_int_equal(trust_get(t, 0)->expires, NOW + 1000);
    assert_null(trust_get(t, 2));
    assert_int_equal(trust_id_of(pem, said, NULL), PLATEN_OK);
    assert_string_equal(said, id);
    assert_int_equal(trust_find(t, id)->revoked, 0);
    assert_int_equal(trust_revoke(t, id, NOW + 5, NULL), PLATEN_OK);
    assert_int_equal(trust_revoke(t, id, NOW + 9, NULL), PLATEN_OK);
    assert_int_equal(trust_revoke(t, "none", NOW, NULL), PLATEN_E_NOT_FOUND);
    trust_close(t);
    t = pack_trust(f);
    assert_int_equal(trust_find(t, id)->revoked, NOW + 5);
    assert_int_equal(trust_add(t, "Zeta", pem, NOW, 0, NULL, NULL), PLATEN_E_EXISTS);
    trust_close(t);
    free(pem);
    free(second);
}

static void test_trust__no_key(void **state)
{
    const pack_fixture *f = *state;
    static const char rsa[] =
        "-----BEGIN PUBLIC KEY-----\n"
        "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALKZD0nEffqM1ACuak0bijtqE2QrI/KLADv7l3kK\n"
        "3ppMyCuLKoF0fd7Ai2KW5ToIwzFofvJcS/STa6HA5gQenRUCAwEAAQ==\n"
        "-----END PUBLIC KEY-----\n";
    char id[TRUST_ID];
    char *pem = make_key(f, "one", id);
    trust *t = NULL;
    char name[300];
    memset(name, 'a', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(trust_open(NULL, &t, NULL), PLATEN_OK); /* in memory only */
    assert_int_equal(trust_add(t, "A", "no key", NOW, 0, NULL, NULL), PLATEN_E_INVAL);
    assert_int_equal(trust_add(t, "A", rsa, NOW, 0, NULL, NULL), PLATEN_E_INVAL);
    assert_int_equal(trust_add(t, "A", NULL, NOW, 0, NULL, NULL), PLATEN_E_INVAL);
    assert_int_equal(trust_add(t, " ", pem, NOW, 0, NULL, NULL), PLATEN_E_INVAL);
    assert_int_equal(trust_add(t, name, pem, NOW, 0, NULL, NULL), PLATEN_E_INVAL);
    assert_int_equal(trust_count(t), 0);
    assert_int_equal(trust_add(t, "A", pem, NOW, 0, NULL, NULL), PLATEN_OK);
    trust_close(t);
    free(pem);
}

/* Nobody is trusted by a file that somebody has been at. */
static void test_trust__damaged_files(void **state)
{
    pack_fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    trust *t = NULL;
    char path[FILE_PATH];
    char wrong[FILE_PATH];
    char *text = NULL;
    size_t length = 0;
    pack_sign(f);
    (void)snprintf(path, sizeof(path), "%s/%s.json", f->trust, f->id);
    assert_int_equal(file_read(path, 4096, &text, &length, NULL), PLATEN_OK);
    static const char *const bad[] = {"", "{}", "[]", "{\"name\":\"x\",\"key\":\"y\"}", "not json"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(file_write(path, bad[i], strlen(bad[i]), 0600, NULL), PLATEN_OK);
        assert_int_equal(trust_open(f->trust, &t, &err), PLATEN_E_CORRUPT);
        assert_non_null(strstr(err.text, f->id));
    }
    /* A key under another one's id. */
    assert_int_equal(file_write(path, text, length, 0600, NULL), PLATEN_OK);
    (void)snprintf(wrong, sizeof(wrong), "%s/%064d.json", f->trust, 7);
    assert_int_equal(file_write(wrong, text, length, 0600, NULL), PLATEN_OK);
    assert_int_equal(trust_open(f->trust, &t, &err), PLATEN_E_CORRUPT);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_trust__kept_and_revoked, pack_set_up, pack_tear_down),
        cmocka_unit_test_setup_teardown(test_trust__no_key, pack_set_up, pack_tear_down),
        cmocka_unit_test_setup_teardown(test_trust__damaged_files, pack_set_up, pack_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
