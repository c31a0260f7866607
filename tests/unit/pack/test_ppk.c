/* Packages that are right: built, signed, verified, read, unpacked; and who they are refused by. */
#include "pack_fixture.h"

#include <sys/stat.h>

#define NOW 1767225600000

static void test_ppk__manifest(void **state)
{
    const pack_fixture *f = *state;
    ppk *p = NULL;
    pack_build(f);
    assert_int_equal(ppk_open(f->file, &p, NULL, NULL), PLATEN_OK);
    const ppk_manifest *m = ppk_about(p);
    assert_int_equal(m->kind, PPK_PLUGIN);
    assert_string_equal(ppk_kind_word(m->kind), "plugin");
    assert_string_equal(m->name, "hello");
    assert_string_equal(m->version, "1.2.0");
    assert_string_equal(m->publisher, "Acme");
    assert_int_equal(m->api_major, 1);
    assert_int_equal(m->api_minor, 2);
    assert_string_equal(m->platen, "0.1.0");
    assert_string_equal(m->downgrade, "1.1.0");
    assert_true(m->manager);
    assert_false(m->agent);
    assert_int_equal(m->need_count, 1);
    assert_string_equal(m->needs[0].name, "printer-mib");
    assert_string_equal(m->tables[0], "hello_greeting");
    assert_string_equal(m->functions[0], "hello");
    assert_string_equal(m->arch[0], "aarch64"); /* found in lib/ */
    assert_string_equal(m->arch[1], "x86_64");
    assert_null(m->arch[2]);
    assert_int_equal(m->file_count, 5);
    assert_string_equal(m->files[0].path, "CHANGELOG.md");
    assert_int_equal(m->size, 17 + 14 + 4 + 10 + 2);
    assert_int_equal(strlen(ppk_digest(p)), 64);
    assert_false(ppk_is_signed(p));
    ppk_close(p);
}

/* PRF-43: signed ones only, unless the configuration file says otherwise. */
static void test_ppk__unsigned(void **state)
{
    const pack_fixture *f = *state;
    const trust_publisher *of = NULL;
    const char *word = NULL;
    ppk *p = NULL;
    trust *t = pack_trust(f);
    pack_build(f);
    assert_int_equal(ppk_open(f->file, &p, NULL, NULL), PLATEN_OK);
    assert_int_equal(ppk_verify(p, t, NOW, false, &of, &word, NULL), PLATEN_E_FORBIDDEN);
    assert_string_equal(word, "unsigned");
    assert_int_equal(ppk_verify(p, t, NOW, true, &of, &word, NULL), PLATEN_OK);
    assert_null(of);
    ppk_close(p);
    trust_close(t);
}

static platen_error said; /* by the last verify() */

static void verify(const pack_fixture *f, int64_t now, platen_code code, const char *wanted)
{
    const trust_publisher *of = NULL;
    const char *word = NULL;
    ppk *p = NULL;
    trust *t = pack_trust(f);
    said = (platen_error)PLATEN_ERROR_INIT;
    assert_int_equal(ppk_open(f->file, &p, NULL, NULL), PLATEN_OK);
    /* What has a signature is never taken as unsigned. */
    assert_int_equal(ppk_verify(p, t, now, true, &of, &word, &said), code);
    assert_string_equal(word, wanted);
    if (code == PLATEN_OK) {
        assert_string_equal(of->name, "Acme");
        assert_string_equal(ppk_key(p), f->id);
    }
    ppk_close(p);
    trust_close(t);
}

static void test_ppk__signed(void **state)
{
    pack_fixture *f = *state;
    pack_sign(f);
    verify(f, NOW, PLATEN_OK, "");
    /* Signing again, after another change of the source, puts the new signature in its place. */
    pack_put(f, "LICENSE", "another\n");
    pack_build(f);
    assert_int_equal(ppk_sign(f->file, f->key, NULL, NULL), PLATEN_OK);
    assert_int_equal(ppk_sign(f->file, f->key, NULL, NULL), PLATEN_OK);
    verify(f, NOW, PLATEN_OK, "");
}

static void test_ppk__publishers_that_are_not_trusted(void **state)
{
    pack_fixture *f = *state;
    char other[FILE_PATH];
    char other_public[FILE_PATH];
    char id[TRUST_ID];
    pack_sign(f);
    trust *t = pack_trust(f);
    assert_int_equal(trust_revoke(t, f->id, NOW, NULL), PLATEN_OK);
    trust_close(t);
    verify(f, NOW, PLATEN_E_FORBIDDEN, "publisher-revoked");
    (void)snprintf(other, sizeof(other), "%s/other.pem", f->folder);
    (void)snprintf(other_public, sizeof(other_public), "%s/other.pub", f->folder);
    assert_int_equal(ppk_keygen(other, other_public, id, NULL), PLATEN_OK);
    assert_int_equal(ppk_sign(f->file, other, NULL, NULL), PLATEN_OK);
    verify(f, NOW, PLATEN_E_FORBIDDEN, "unknown-publisher");
    char *pem = NULL;
    size_t length = 0;
    assert_int_equal(file_read(other_public, 4096, &pem, &length, NULL), PLATEN_OK);
    t = pack_trust(f);
    assert_int_equal(trust_add(t, "Acme", pem, NOW, NOW + 60000, NULL, NULL), PLATEN_OK);
    trust_close(t);
    free(pem);
    memcpy(f->id, id, sizeof(f->id));
    verify(f, NOW, PLATEN_OK, "");
    verify(f, NOW + 60000, PLATEN_E_FORBIDDEN, "publisher-expired");
    assert_non_null(
        strstr(said.text, "ended at 2026-01-01T00:01:00")); /* and both times are said */
    assert_non_null(strstr(said.text, ", now it is 2026-01-01T00:01:00"));
}

static void test_ppk__keys(void **state)
{
    pack_fixture *f = *state;
    char id[TRUST_ID];
    struct stat status;
    pack_sign(f);
    assert_int_equal(stat(f->key, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(ppk_keygen(f->key, f->public_key, id, NULL), PLATEN_E_EXISTS);
    assert_int_equal(ppk_sign(f->file, f->public_key, NULL, NULL), PLATEN_E_INVAL);
    assert_int_equal(ppk_sign(f->key, f->key, NULL, NULL), PLATEN_E_MALFORMED);
}

static void read_whole(const char *path, char **data, size_t *length)
{
    assert_int_equal(file_read(path, 1 << 20, data, length, NULL), PLATEN_OK);
}

/* The same folder gives the same bytes, whatever the time zone. */
static void test_ppk__reproducible(void **state)
{
    pack_fixture *f = *state;
    char *first = NULL;
    char *second = NULL;
    size_t first_length = 0;
    size_t second_length = 0;
    const char *zone = getenv("TZ");
    pack_sign(f);
    read_whole(f->file, &first, &first_length);
    assert_int_equal(setenv("TZ", "Pacific/Auckland", 1), 0);
    pack_build(f);
    assert_int_equal(ppk_sign(f->file, f->key, NULL, NULL), PLATEN_OK);
    assert_int_equal(zone != NULL ? setenv("TZ", zone, 1) : unsetenv("TZ"), 0);
    read_whole(f->file, &second, &second_length);
    assert_int_equal(first_length, second_length);
    assert_memory_equal(first, second, first_length);
    free(first);
    free(second);
}

static bool there(const char *folder, const char *name)
{
    char path[FILE_PATH];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return file_exists(path);
}

static void test_ppk__unpacked(void **state)
{
    pack_fixture *f = *state;
    char folder[FILE_PATH];
    ppk *p = NULL;
    pack_sign(f);
    assert_int_equal(ppk_open(f->file, &p, NULL, NULL), PLATEN_OK);
    (void)snprintf(folder, sizeof(folder), "%s/placed", f->folder);
    assert_int_equal(ppk_unpack(p, folder, "x86_64", NULL), PLATEN_OK);
    assert_true(there(folder, "hello.so"));
    assert_true(there(folder, "hello/locales/en.json"));
    assert_true(there(folder, "LICENSE"));
    assert_true(there(folder, "manifest.json"));
    assert_true(there(folder, "signature.json"));
    assert_false(there(folder, "lib"));
    char *text = NULL;
    size_t length = 0;
    char path[FILE_PATH];
    assert_int_equal(file_join(path, folder, "hello.so", NULL), PLATEN_OK);
    read_whole(path, &text, &length);
    assert_string_equal(text, "code");
    free(text);
    assert_int_equal(ppk_unpack(p, folder, "x86_64", NULL), PLATEN_E_EXISTS);
    (void)snprintf(folder, sizeof(folder), "%s/whole", f->folder);
    assert_int_equal(ppk_unpack(p, folder, NULL, NULL), PLATEN_OK);
    assert_true(there(folder, "lib/aarch64/hello.so"));
    assert_true(there(folder, "share/locales/en.json"));
    assert_int_equal(ppk_read(p, "LICENSE", 100, &text, &length, NULL), PLATEN_OK);
    assert_string_equal(text, "do what you like\n");
    free(text);
    assert_int_equal(ppk_read(p, "LICENSE", 3, &text, &length, NULL), PLATEN_E_TOO_LARGE);
    assert_int_equal(ppk_read(p, "README", 100, &text, &length, NULL), PLATEN_E_NOT_FOUND);
    ppk_close(p);
}

/* PRF-44, PRF-48: what fits this Platen. */
static void test_ppk__fits(void **state)
{
    const pack_fixture *f = *state;
    const char *word = NULL;
    ppk *p = NULL;
    pack_build(f);
    assert_int_equal(ppk_open(f->file, &p, NULL, NULL), PLATEN_OK);
    assert_int_equal(ppk_fits(p, &(ppk_host){1, 2, "0.1.0", "x86_64"}, &word, NULL), PLATEN_OK);
    assert_int_equal(ppk_fits(p, &(ppk_host){1, 9, "3.0.0", "aarch64"}, &word, NULL), PLATEN_OK);
    assert_int_equal(ppk_fits(p, &(ppk_host){1, 2, "0.1.0", "riscv64"}, &word, NULL),
                     PLATEN_E_UNSUPPORTED);
    assert_string_equal(word, "other-architecture");
    assert_int_equal(ppk_fits(p, &(ppk_host){1, 1, "0.1.0", "x86_64"}, &word, NULL),
                     PLATEN_E_VERSION);
    assert_string_equal(word, "other-api");
    assert_int_equal(ppk_fits(p, &(ppk_host){2, 5, "0.1.0", "x86_64"}, &word, NULL),
                     PLATEN_E_VERSION);
    assert_int_equal(ppk_fits(p, &(ppk_host){1, 2, "0.1.0-rc.1", "x86_64"}, &word, NULL),
                     PLATEN_E_VERSION);
    assert_string_equal(word, "platen-too-old");
    ppk_close(p);
}

static void empty_source(const pack_fixture *f)
{
    assert_int_equal(file_remove_tree(f->source, NULL), PLATEN_OK);
    assert_int_equal(file_make_dir(f->source, 0700, NULL), PLATEN_OK);
    pack_put(f, "LICENSE", "free\n");
}

static void test_ppk__other_kinds(void **state)
{
    const pack_fixture *f = *state;
    char folder[FILE_PATH];
    ppk *p = NULL;
    empty_source(f);
    pack_manifest(f, "profiles", "acme", "");
    pack_put(f, "share/profiles/acme.json", "{}");
    pack_put(f, "share/recordings/acme.snmprec", "");
    pack_build(f);
    assert_int_equal(ppk_open(f->file, &p, NULL, NULL), PLATEN_OK);
    assert_int_equal(ppk_fits(p, &(ppk_host){1, 0, "9.0.0", "any"}, NULL, NULL), PLATEN_OK);
    (void)snprintf(folder, sizeof(folder), "%s/profiles", f->folder);
    assert_int_equal(ppk_unpack(p, folder, "any", NULL), PLATEN_OK);
    assert_true(there(folder, "acme/profiles/acme.json"));
    ppk_close(p);
    empty_source(f);
    pack_manifest(f, "product", "platen", ",\"api\":\"2.0\"");
    pack_put(f, "bin/x86_64/platend", "program");
    pack_put(f, "lib/x86_64/plugins/ipp.so", "plugin");
    pack_put(f, "share/web/index.html", "<html>");
    pack_build(f);
    assert_int_equal(ppk_open(f->file, &p, NULL, NULL), PLATEN_OK);
    /* A product brings its own api. */
    assert_int_equal(ppk_fits(p, &(ppk_host){1, 0, "0.0.1", "x86_64"}, NULL, NULL), PLATEN_OK);
    (void)snprintf(folder, sizeof(folder), "%s/product", f->folder);
    assert_int_equal(ppk_unpack(p, folder, "x86_64", NULL), PLATEN_OK);
    assert_true(there(folder, "bin/platend"));
    assert_true(there(folder, "lib/plugins/ipp.so"));
    assert_true(there(folder, "share/web/index.html"));
    ppk_close(p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pack_set_up, pack_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ppk__manifest),    TEST(test_ppk__unsigned),
        TEST(test_ppk__signed),      TEST(test_ppk__publishers_that_are_not_trusted),
        TEST(test_ppk__keys),        TEST(test_ppk__reproducible),
        TEST(test_ppk__unpacked),    TEST(test_ppk__fits),
        TEST(test_ppk__other_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
