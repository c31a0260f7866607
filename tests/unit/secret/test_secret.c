/* Key file, sealing, password hashes, tokens. */
#include "core/secret/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct fixture {
    char folder[64];
    char path[96];
    secret_key *key;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->folder, sizeof f->folder, "/tmp/platen-secret.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/platen.key", f->folder);
    assert_int_equal(secret_key_load(f->folder, true, &f->key, NULL), PLATEN_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    secret_key_free(f->key);
    unlink(f->path);
    rmdir(f->folder);
    free(f);
    return 0;
}

static void refused(const fixture *f, platen_code code, const char *word)
{
    secret_key *key = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(secret_key_load(f->folder, true, &key, &err), code);
    assert_null(key);
    assert_non_null(strstr(err.text, f->path));
    assert_non_null(strstr(err.text, word));
}

/* ---- the key file ---- */

static void test_key__is_private_and_whole(void **state)
{
    fixture *f = *state;
    struct stat status;
    assert_int_equal(stat(f->path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_size, 32);
}

static void test_key__is_made_private_under_any_umask(void **state)
{
    fixture *f = *state;
    struct stat status;
    secret_key *key = NULL;
    assert_int_equal(unlink(f->path), 0);
    mode_t before = umask(0377);
    platen_code code = secret_key_load(f->folder, true, &key, NULL);
    umask(before);
    assert_int_equal(code, PLATEN_OK);
    assert_int_equal(stat(f->path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    secret_key_free(key);
}

static void test_key__is_the_same_again(void **state)
{
    fixture *f = *state;
    secret_key *again = NULL;
    char *sealed = NULL;
    char *plain = NULL;
    assert_int_equal(secret_seal(f->key, "a", "text", &sealed, NULL), PLATEN_OK);
    assert_int_equal(secret_key_load(f->folder, false, &again, NULL), PLATEN_OK);
    assert_int_equal(secret_open(again, "a", sealed, &plain, NULL), PLATEN_OK);
    assert_string_equal(plain, "text");
    secret_text_free(plain);
    secret_text_free(sealed);
    secret_key_free(again);
}

static void test_key__is_not_made_without_leave(void **state)
{
    fixture *f = *state;
    secret_key *key = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(secret_key_load(f->folder, false, &key, &err), PLATEN_E_NOT_FOUND);
    assert_int_not_equal(access(f->path, F_OK), 0);
}

static void test_key__refuses_other_size(void **state)
{
    fixture *f = *state;
    assert_int_equal(truncate(f->path, 31), 0);
    refused(f, PLATEN_E_CORRUPT, "31 bytes");
    assert_int_equal(truncate(f->path, 0), 0);
    refused(f, PLATEN_E_CORRUPT, "backup");
    assert_int_equal(truncate(f->path, 33), 0);
    refused(f, PLATEN_E_CORRUPT, "33 bytes");
}

static void test_key__refuses_wide_modes(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0660, 0700, 04600, 0601};
    fixture *f = *state;
    secret_key *key = NULL;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(chmod(f->path, modes[i]), 0);
        refused(f, PLATEN_E_STATE, "chmod 600");
    }
    assert_int_equal(chmod(f->path, 0400), 0); /* narrower is fine */
    assert_int_equal(secret_key_load(f->folder, false, &key, NULL), PLATEN_OK);
    secret_key_free(key);
}

static void test_key__refuses_links_and_folders(void **state)
{
    fixture *f = *state;
    secret_key *key = NULL;
    char other[128];
    snprintf(other, sizeof other, "%s/other", f->folder);
    assert_int_equal(rename(f->path, other), 0);
    assert_int_equal(symlink(other, f->path), 0);
    assert_int_equal(secret_key_load(f->folder, true, &key, NULL), PLATEN_E_IO);
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(mkfifo(f->path, 0600), 0);
    refused(f, PLATEN_E_STATE, "no regular file"); /* and does not hang */
    unlink(other);
}

static void test_key__refuses_other_owner(void **state)
{
    fixture *f = *state;
    if (geteuid() != 0) {
        skip(); /* only root can give a file away */
    }
    assert_int_equal(chown(f->path, 65534, 65534), 0);
    refused(f, PLATEN_E_STATE, "chown");
}

/* Two processes that start on a fresh folder at once must end up with one key. */
static void test_key__race_gives_one_key(void **state)
{
    enum { PROCESSES = 8, LENGTH = 3 + 39 }; /* "v1:" and base64url of 12 + 1 + 16 bytes */
    fixture *f = *state;
    for (int round = 0; round < 10; round++) {
        int ends[2];
        int status = 0;
        assert_int_equal(unlink(f->path), 0);
        assert_int_equal(pipe(ends), 0);
        for (int i = 0; i < PROCESSES; i++) {
            if (fork() == 0) {
                secret_key *key = NULL;
                char *text = NULL;
                bool done = secret_key_load(f->folder, true, &key, NULL) == PLATEN_OK &&
                            secret_seal(key, "p", "x", &text, NULL) == PLATEN_OK &&
                            write(ends[1], text, LENGTH) == LENGTH;
                _exit(done ? 0 : 1);
            }
        }
        for (int i = 0; i < PROCESSES; i++) {
            wait(&status);
            assert_int_equal(status, 0);
        }
        secret_key *key = NULL;
        assert_int_equal(secret_key_load(f->folder, false, &key, NULL), PLATEN_OK);
        for (int i = 0; i < PROCESSES; i++) {
            char buffer[LENGTH + 1] = "";
            char *plain = NULL;
            assert_int_equal(read(ends[0], buffer, LENGTH), LENGTH);
            assert_int_equal(secret_open(key, "p", buffer, &plain, NULL), PLATEN_OK);
            secret_text_free(plain);
        }
        secret_key_free(key);
        close(ends[0]);
        close(ends[1]);
    }
}

/* ---- sealing ---- */

static void test_seal__opens_what_it_sealed(void **state)
{
    static const char *const texts[] = {"", "x", "public", "\xc3\xa4 \n \x01",
                                        "a long one: 0123456789012345678901234567890123456789"};
    fixture *f = *state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *sealed = NULL;
        char *plain = NULL;
        assert_int_equal(secret_seal(f->key, "place/1", texts[i], &sealed, NULL), PLATEN_OK);
        assert_memory_equal(sealed, "v1:", 3);
        assert_int_equal(secret_open(f->key, "place/1", sealed, &plain, NULL), PLATEN_OK);
        assert_string_equal(plain, texts[i]);
        secret_text_free(sealed);
        secret_text_free(plain);
    }
}

static void test_seal__never_repeats(void **state)
{
    fixture *f = *state;
    char *a = NULL;
    char *b = NULL;
    assert_int_equal(secret_seal(f->key, "p", "text", &a, NULL), PLATEN_OK);
    assert_int_equal(secret_seal(f->key, "p", "text", &b, NULL), PLATEN_OK);
    assert_string_not_equal(a, b);
    secret_text_free(a);
    secret_text_free(b);
}

static void test_seal__is_bound_to_place_and_key(void **state)
{
    fixture *f = *state;
    char *sealed = NULL;
    char *plain = NULL;
    secret_key *other = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(secret_seal(f->key, "device_credential/7", "hunter2", &sealed, NULL),
                     PLATEN_OK);
    assert_int_equal(secret_open(f->key, "device_credential/8", sealed, &plain, &err),
                     PLATEN_E_CORRUPT);
    assert_non_null(strstr(err.text, "device_credential/8"));
    assert_null(strstr(err.text, "hunter2"));
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(secret_key_load(f->folder, true, &other, NULL), PLATEN_OK);
    assert_int_equal(secret_open(other, "device_credential/7", sealed, &plain, NULL),
                     PLATEN_E_CORRUPT);
    assert_null(plain);
    secret_key_free(other);
    secret_text_free(sealed);
}

static void test_seal__notices_each_changed_character(void **state)
{
    fixture *f = *state;
    char *sealed = NULL;
    char *plain = NULL;
    assert_int_equal(secret_seal(f->key, "p", "hunter2", &sealed, NULL), PLATEN_OK);
    size_t length = strlen(sealed);
    for (size_t i = 0; i < length; i++) {
        char before = sealed[i];
        sealed[i] = before == 'A' ? 'B' : 'A';
        assert_int_equal(secret_open(f->key, "p", sealed, &plain, NULL), PLATEN_E_CORRUPT);
        sealed[i] = before;
    }
    for (size_t i = 0; i < length; i++) {
        char before = sealed[i];
        sealed[i] = '\0';
        assert_int_equal(secret_open(f->key, "p", sealed, &plain, NULL), PLATEN_E_CORRUPT);
        sealed[i] = before;
    }
    assert_int_equal(secret_open(f->key, "p", sealed, &plain, NULL), PLATEN_OK);
    secret_text_free(plain);
    secret_text_free(sealed);
}

static void test_seal__refuses_what_is_too_long(void **state)
{
    fixture *f = *state;
    char *sealed = NULL;
    size_t length = ((size_t)6 << 20) + 1;
    char *text = malloc(length + 1);
    assert_non_null(text);
    memset(text, 'x', length);
    text[length] = '\0';
    assert_int_equal(secret_seal(f->key, "p", text, &sealed, NULL), PLATEN_E_TOO_LARGE);
    text[length - 1] = '\0';
    char *plain = NULL;
    assert_int_equal(secret_seal(f->key, "p", text, &sealed, NULL), PLATEN_OK);
    assert_int_equal(secret_open(f->key, "p", sealed, &plain, NULL), PLATEN_OK);
    assert_string_equal(plain, text);
    secret_text_free(plain);
    secret_text_free(sealed);
    free(text);
}

/* ---- passwords ---- */

static void test_password__verifies(void **state)
{
    (void)state;
    char *hash = NULL;
    char *again = NULL;
    assert_int_equal(secret_hash_password("correct horse", &hash, NULL), PLATEN_OK);
    assert_memory_equal(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
    assert_true(secret_verify_password(hash, "correct horse"));
    assert_false(secret_verify_password(hash, "correct horsf"));
    assert_false(secret_verify_password(hash, ""));
    assert_false(secret_verify_password(hash, NULL));
    assert_int_equal(secret_hash_password("correct horse", &again, NULL), PLATEN_OK);
    assert_string_not_equal(hash, again); /* the salt */
    free(hash);
    free(again);
}

/* A hash of other parameters, made through libargon2's interface by another program. */
static void test_password__verifies_other_parameters(void **state)
{
    (void)state;
    static const char hash[] = "$argon2id$v=19$m=4096,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$"
                               "BvuA7SfebsIC3f4gSy7/Ei1s6+hsEfaOuCZMbl/y/Sg";
    assert_true(secret_verify_password(hash, "password"));
    assert_false(secret_verify_password(hash, "Password"));
}

static void test_password__false_for_malformed(void **state)
{
    (void)state;
    static const char *const hashes[] = {
        "",
        "password",
        "$argon2id$",
        "$argon2id$v=19$m=19456,t=2,p=1$",
        "$argon2i$v=19$m=4096,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=19456,t=4294967295,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=19456,t=2,p=99999$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=-1,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=19456,t=2,p=1$%%%$AAAA",
    };
    assert_false(secret_verify_password(NULL, "x"));
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
        assert_false(secret_verify_password(hashes[i], "password"));
    }
}

static void test_password__bounds_length(void **state)
{
    (void)state;
    char text[1026];
    char *hash = NULL;
    memset(text, 'x', sizeof text);
    text[1025] = '\0';
    assert_int_equal(secret_hash_password(text, &hash, NULL), PLATEN_E_TOO_LARGE);
    text[1024] = '\0';
    assert_int_equal(secret_hash_password(text, &hash, NULL), PLATEN_OK);
    assert_true(secret_verify_password(hash, text));
    free(hash);
}

/* ---- tokens ---- */

static void test_token__has_its_length(void **state)
{
    (void)state;
    strbuf a;
    strbuf b;
    strbuf_init(&a);
    strbuf_init(&b);
    assert_int_equal(secret_token(32, &a, NULL), PLATEN_OK);
    assert_int_equal(secret_token(32, &b, NULL), PLATEN_OK);
    assert_int_equal(a.length, 43);
    assert_int_equal(
        strspn(a.data, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
    assert_string_not_equal(a.data, b.data);
    assert_int_equal(secret_token(15, &a, NULL), PLATEN_E_INVAL);
    assert_int_equal(secret_token(65, &a, NULL), PLATEN_E_INVAL);
    assert_int_equal(a.length, 43);
    strbuf_fini(&a);
    strbuf_fini(&b);
}

static void test_token__hash_is_sha256(void **state)
{
    (void)state;
    char hex[65];
    secret_token_hash("abc", hex); /* FIPS 180-2, appendix B.1 */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_token__equal(void **state)
{
    (void)state;
    assert_true(secret_equal("", ""));
    assert_true(secret_equal("abc", "abc"));
    assert_false(secret_equal("abc", "abd"));
    assert_false(secret_equal("abc", "abcd"));
    assert_false(secret_equal("abc", ""));
}

/* RFC 6238, appendix B: the last six of its eight digits, SHA-1. */
static void test_totp__knows_the_vectors_of_the_rfc(void **state)
{
    static const char secret[] = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"; /* "12345678901234567890" */
    static const struct {
        int64_t time;
        const char *code;
    } vectors[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
                   {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
    int64_t step = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        int64_t ms = vectors[i].time * 1000;
        assert_true(secret_totp_check(secret, vectors[i].code, ms, &step));
        assert_int_equal(step, vectors[i].time / 30);
        assert_true(secret_totp_check(secret, vectors[i].code, ms + 30000, &step)); /* a slow one */
        assert_int_equal(step, vectors[i].time / 30);
        assert_true(secret_totp_check(secret, vectors[i].code, ms - 30000, &step)); /* a fast one */
        assert_false(secret_totp_check(secret, vectors[i].code, ms + 60000, &step));
        assert_false(ms > 60000 && secret_totp_check(secret, vectors[i].code, ms - 60000, &step));
    }
}

static void test_totp__refuses_what_is_no_code(void **state)
{
    static const char secret[] = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    static const char *const wrong[] = {"",       "28708",   "2870820", "94287082",
                                        "28708x", " 287082", "-87082",  "287 82"};
    int64_t step = 0;
    char fresh[SECRET_TOTP_TEXT];
    char other[SECRET_TOTP_TEXT];
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(secret_totp_check(secret, wrong[i], 59000, &step));
    }
    assert_false(secret_totp_check("not base32!", "287082", 59000, &step));
    assert_int_equal(secret_totp_new(fresh, NULL), PLATEN_OK);
    assert_int_equal(secret_totp_new(other, NULL), PLATEN_OK);
    assert_int_equal(strlen(fresh), 32);
    assert_int_equal(strspn(fresh, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 32);
    assert_string_not_equal(fresh, other);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_key__is_private_and_whole),
        IN_FOLDER(test_key__is_made_private_under_any_umask),
        IN_FOLDER(test_key__is_the_same_again),
        IN_FOLDER(test_key__is_not_made_without_leave),
        IN_FOLDER(test_key__refuses_other_size),
        IN_FOLDER(test_key__refuses_wide_modes),
        IN_FOLDER(test_key__refuses_links_and_folders),
        IN_FOLDER(test_key__refuses_other_owner),
        IN_FOLDER(test_key__race_gives_one_key),
        IN_FOLDER(test_seal__opens_what_it_sealed),
        IN_FOLDER(test_seal__never_repeats),
        IN_FOLDER(test_seal__is_bound_to_place_and_key),
        IN_FOLDER(test_seal__notices_each_changed_character),
        IN_FOLDER(test_seal__refuses_what_is_too_long),
        cmocka_unit_test(test_password__verifies),
        cmocka_unit_test(test_password__verifies_other_parameters),
        cmocka_unit_test(test_password__false_for_malformed),
        cmocka_unit_test(test_password__bounds_length),
        cmocka_unit_test(test_token__has_its_length),
        cmocka_unit_test(test_token__hash_is_sha256),
        cmocka_unit_test(test_token__equal),
        cmocka_unit_test(test_totp__knows_the_vectors_of_the_rfc),
        cmocka_unit_test(test_totp__refuses_what_is_no_code),
    };
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
