/* Packages that somebody made to do harm, or that broke on the way: each is refused with its word,
 * and nothing is written. */
#include "pack_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#define NOW 1767225600000
#define TEST(name) cmocka_unit_test_setup_teardown(name, pack_set_up, pack_tear_down)

/* ---- the zip file ---- */

static void test_hostile__no_zip(void **state)
{
    const pack_fixture *f = *state;
    ppk *p = NULL;
    char *zeros = calloc(1, 100000);
    assert_int_equal(ppk_open(f->file, &p, NULL, NULL), PLATEN_E_NOT_FOUND);
    assert_int_equal(file_write(f->file, "", 0, 0600, NULL), PLATEN_OK);
    pack_refused(f, "not-a-package", "is no package");
    assert_int_equal(file_write(f->file, zeros, 100000, 0600, NULL), PLATEN_OK);
    pack_refused(f, "not-a-package", "is no package");
    free(zeros);
    assert_int_equal(unlink(f->file), 0);
    zip_t *zip = pack_edit(f);
    pack_add(zip, "LICENSE", "x", 1);
    pack_close(zip);
    pack_refused(f, "not-a-package", "manifest.json");
    assert_int_equal(ppk_open(f->folder, &p, NULL, NULL), PLATEN_E_MALFORMED);
}

/* At any length, and with any byte of it changed, it is refused or is what it was. */
static void test_hostile__truncated_and_changed(void **state)
{
    pack_fixture *f = *state;
    char *whole = NULL;
    size_t length = 0;
    pack_sign(f);
    trust *t = pack_trust(f);
    assert_int_equal(file_read(f->file, 1 << 20, &whole, &length, NULL), PLATEN_OK);
    char *before = malloc(DIGEST_TEXT);
    ppk *p = NULL;
    assert_int_equal(ppk_open(f->file, &p, NULL, NULL), PLATEN_OK);
    memcpy(before, ppk_digest(p), DIGEST_TEXT);
    ppk_close(p);
    for (size_t i = 0; i < length; i += 7) {
        p = NULL;
        assert_int_equal(file_write(f->file, whole, i, 0600, NULL), PLATEN_OK);
        assert_int_not_equal(ppk_open(f->file, &p, NULL, NULL), PLATEN_OK);
    }
    for (size_t i = 0; i < length; i++) {
        p = NULL;
        whole[i] ^= 0x41;
        assert_int_equal(file_write(f->file, whole, length, 0600, NULL), PLATEN_OK);
        if (ppk_open(f->file, &p, NULL, NULL) == PLATEN_OK &&
            ppk_verify(p, t, NOW, false, NULL, NULL, NULL) == PLATEN_OK) {
            assert_string_equal(ppk_digest(p), before);
        }
        ppk_close(p);
        whole[i] ^= 0x41;
    }
    free(before);
    free(whole);
    trust_close(t);
}

static void test_hostile__zip64(void **state)
{
    const pack_fixture *f = *state;
    char *whole = NULL;
    size_t length = 0;
    pack_build(f);
    assert_int_equal(file_read(f->file, 1 << 20, &whole, &length, NULL), PLATEN_OK);
    char *grown = calloc(1, length + 20);
    memcpy(grown, whole, length - 22);
    memcpy(grown + length - 22, "PK\6\7", 4);
    memcpy(grown + length - 2, whole + length - 22, 22);
    assert_int_equal(file_write(f->file, grown, length + 20, 0600, NULL), PLATEN_OK);
    pack_refused(f, "too-large", "zip64");
    free(grown);
    free(whole);
}

/* ---- bombs ---- */

static void test_hostile__bomb(void **state)
{
    const pack_fixture *f = *state;
    size_t size = 8 << 20;
    char *zeros = calloc(1, size);
    pack_build(f);
    zip_t *zip = pack_edit(f);
    pack_add(zip, "share/docs/zeros", zeros, size);
    pack_close(zip);
    pack_refused(f, "too-large", "more than 200 times");
    free(zeros);
}

/* Sizes of the directory, not of data: 300 files that say they have 4 MiB less than 4 GiB each. */
static void test_hostile__sizes_together(void **state)
{
    const pack_fixture *f = *state;
    char name[64];
    size_t size = 40 << 20;
    char *noise = malloc(size);
    assert_non_null(noise);
    uint32_t seed = 1;
    for (size_t i = 0; i < size; i++) { /* packs to a hundredth: within the ratio */
        seed = seed * 1664525u + 1013904223u;
        noise[i] = i % 80 == 0 ? (char)(seed >> 24) : 0;
    }
    pack_build(f);
    zip_t *zip = pack_edit(f);
    for (int i = 0; i < 27; i++) {
        (void)snprintf(name, sizeof(name), "share/docs/noise-%d", i);
        pack_add(zip, name, noise, size);
        (void)zip_set_file_compression(zip, (zip_uint64_t)zip_get_num_entries(zip, 0) - 1,
                                       ZIP_CM_DEFLATE, 1);
    }
    pack_close(zip);
    pack_refused(f, "too-large", "unpacks to more than 1073741824 bytes");
    free(noise);
}

static void test_hostile__too_many_files(void **state)
{
    const pack_fixture *f = *state;
    char name[64];
    pack_build(f);
    zip_t *zip = pack_edit(f);
    for (int i = 0; i < PPK_FILES_MOST; i++) {
        (void)snprintf(name, sizeof(name), "share/docs/%d", i);
        pack_add(zip, name, "", 0);
    }
    pack_close(zip);
    pack_refused(f, "too-large", "20000 are the limit");
}

static void test_hostile__huge_manifest(void **state)
{
    const pack_fixture *f = *state;
    size_t size = (size_t)PPK_MANIFEST_MOST + 1;
    char *noise = malloc(size);
    uint32_t seed = 1;
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525u + 1013904223u;
        noise[i] = (char)('a' + (seed >> 24) % 26);
    }
    pack_build(f);
    zip_t *zip = pack_edit(f);
    pack_add(zip, "manifest.json", noise, size);
    pack_close(zip);
    pack_refused(f, "too-large", "manifest.json has 8388609 bytes");
    free(noise);
}

/* ---- names ---- */

static void test_hostile__names(void **state)
{
    const pack_fixture *f = *state;
    static const char *const names[] = {
        "../evil",         "/etc/passwd",      "share/../../evil", "share/docs/..",
        "share//docs",     "share/docs/",      "share\\docs",      "share/docs/a b",
        "share/docs/.hid", "./LICENSE",        "C:/evil",          "share/docs/\xc3\xa4",
        "share/docs/a\nb", "share/docs/$(id)", "share/docs/a;b",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        pack_build(f);
        zip_t *zip = pack_edit(f);
        pack_add(zip, names[i], "x", 1);
        pack_close(zip);
        pack_refused(f, "bad-name", "is no name for a file");
    }
    char longest[PPK_PATH + 1];
    memset(longest, 'a', sizeof(longest));
    longest[PPK_PATH] = '\0';
    pack_build(f);
    zip_t *zip = pack_edit(f);
    pack_add(zip, longest, "x", 1);
    pack_close(zip);
    pack_refused(f, "bad-name", "is no name for a file");
}

static void test_hostile__duplicates(void **state)
{
    const pack_fixture *f = *state;
    char *whole = NULL;
    size_t length = 0;
    pack_build(f);
    zip_t *zip = pack_edit(f);
    pack_add(zip, "license", "x", 1);
    pack_close(zip);
    pack_refused(f, "duplicate", "are the same name");
    /* The same name twice: libzip does not write that, so a name of the same length is changed in
     * both places where it stands. */
    pack_build(f);
    zip = pack_edit(f);
    pack_add(zip, "LICENSX", "x", 1);
    pack_close(zip);
    assert_int_equal(file_read(f->file, 1 << 20, &whole, &length, NULL), PLATEN_OK);
    for (size_t i = 0; i + 7 <= length; i++) {
        if (memcmp(whole + i, "LICENSX", 7) == 0) {
            whole[i + 6] = 'E';
        }
    }
    assert_int_equal(file_write(f->file, whole, length, 0600, NULL), PLATEN_OK);
    ppk *p = NULL;
    const char *word = NULL;
    assert_int_not_equal(ppk_open(f->file, &p, &word, NULL), PLATEN_OK);
    assert_true(strcmp(word, "duplicate") == 0 || strcmp(word, "damaged") == 0);
    free(whole);
}

static void test_hostile__special_files(void **state)
{
    const pack_fixture *f = *state;
    static const mode_t modes[] = {S_IFLNK | 0777, S_IFIFO | 0644,  S_IFCHR | 0644,
                                   S_IFDIR | 0755, S_IFREG | 04755, S_IFREG | 02755};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        pack_build(f);
        zip_t *zip = pack_edit(f);
        zip_int64_t at = zip_name_locate(zip, "share/locales/en.json", 0);
        assert_int_equal(zip_file_set_external_attributes(zip, (zip_uint64_t)at, 0, ZIP_OPSYS_UNIX,
                                                          (zip_uint32_t)modes[i] << 16),
                         0);
        pack_close(zip);
        pack_refused(f, "special-file", "share/locales/en.json");
    }
}

/* ---- files against the manifest ---- */

static void test_hostile__files_that_are_not_listed(void **state)
{
    const pack_fixture *f = *state;
    pack_build(f);
    zip_t *zip = pack_edit(f);
    pack_add(zip, "share/lua/extra.lua", "x", 1);
    pack_close(zip);
    pack_refused(f, "wrong-files", "is there and not in the manifest");
    pack_build(f);
    zip = pack_edit(f);
    assert_int_equal(zip_delete(zip, (zip_uint64_t)zip_name_locate(zip, "CHANGELOG.md", 0)), 0);
    pack_close(zip);
    pack_refused(f, "wrong-files", "is in the manifest and not there");
    pack_build(f);
    zip = pack_edit(f);
    pack_add(zip, "LICENSE", "longer than it was", 18);
    pack_close(zip);
    pack_refused(f, "wrong-files", "is not as long as the manifest says");
}

static void test_hostile__wrong_digest(void **state)
{
    pack_fixture *f = *state;
    const char *word = NULL;
    char folder[FILE_PATH];
    ppk *p = NULL;
    pack_sign(f);
    zip_t *zip = pack_edit(f);
    pack_add(zip, "lib/x86_64/hello.so", "evil", 4);
    pack_close(zip);
    trust *t = pack_trust(f);
    assert_int_equal(ppk_open(f->file, &p, NULL, NULL), PLATEN_OK);
    assert_int_equal(ppk_verify(p, t, NOW, false, NULL, &word, NULL), PLATEN_E_CORRUPT);
    assert_string_equal(word, "digest");
    /* Nor does it come onto the disk. */
    (void)snprintf(folder, sizeof(folder), "%s/out", f->folder);
    assert_int_equal(ppk_unpack(p, folder, "x86_64", NULL), PLATEN_E_CORRUPT);
    assert_false(file_exists(folder));
    ppk_close(p);
    trust_close(t);
}

/* A manifest that was changed after it was signed. */
static void test_hostile__manifest_of_somebody_else(void **state)
{
    pack_fixture *f = *state;
    const char *word = NULL;
    char *text = NULL;
    size_t length = 0;
    ppk *p = NULL;
    pack_sign(f);
    assert_int_equal(ppk_open(f->file, &p, NULL, NULL), PLATEN_OK);
    text = strdup(ppk_manifest_text(p, &length));
    ppk_close(p);
    memcpy(strstr(text, "Hello"), "Hullo", 5);
    zip_t *zip = pack_edit(f);
    pack_add(zip, "manifest.json", text, length);
    pack_close(zip);
    free(text);
    trust *t = pack_trust(f);
    assert_int_equal(ppk_open(f->file, &p, NULL, NULL), PLATEN_OK);
    assert_int_equal(ppk_verify(p, t, NOW, false, NULL, &word, NULL), PLATEN_E_CORRUPT);
    assert_string_equal(word, "signature");
    ppk_close(p);
    trust_close(t);
    static const char *const bad[] = {"", "{}", "[]", "{\"key\":\"x\",\"signature\":\"y\"}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        zip = pack_edit(f);
        pack_add(zip, "signature.json", bad[i], strlen(bad[i]));
        pack_close(zip);
        pack_refused(f, "signature", "signature.json");
    }
}

/* ---- manifests ---- */

static void manifest_refused(const pack_fixture *f, const char *text, const char *part)
{
    zip_t *zip = pack_edit(f);
    pack_add(zip, "manifest.json", text, strlen(text));
    pack_close(zip);
    pack_refused(f, "manifest", part);
}

#define HEAD                                                                                       \
    "\"format\":1,\"kind\":\"plugin\",\"name\":\"hello\",\"version\":\"1.0.0\",\"title\":\"T\""
#define REST ",\"api\":\"1.2\",\"arch\":[\"x86_64\"]"
#define FILES ",\"files\":[]"

static void test_hostile__manifests(void **state)
{
    const pack_fixture *f = *state;
    static const char *const cases[][2] = {
        {"", "manifest.json"},
        {"[]", "no JSON object"},
        {"{\"format\":2}", "its format is not 1"},
        {"{" HEAD REST FILES ",\"evil\":1}", "member 'evil' is unknown"},
        {"{" HEAD REST FILES ",\"name\":\"x\"}", "member 'name' is there twice"},
        {"{\"format\":1,\"kind\":\"virus\"}", "'kind' is 'virus'"},
        {"{\"format\":1,\"kind\":\"plugin\",\"name\":\"../"
         "x\",\"version\":\"1.0.0\",\"title\":\"T\"}",
         "'name' is not of"},
        {"{\"format\":1,\"kind\":\"plugin\",\"name\":\"platen\",\"version\":\"1.0.0\",\"title\":"
         "\"T\"}",
         "only of it"},
        {"{\"format\":1,\"kind\":\"plugin\",\"name\":\"x\",\"version\":\"1\",\"title\":\"T\"}",
         "no version as 1.2.3"},
        {"{" HEAD ",\"arch\":[\"x86_64\"]" FILES "}", "'api' must be"},
        {"{" HEAD ",\"api\":\"1\",\"arch\":[\"x86_64\"]" FILES "}", "'api' must be"},
        {"{" HEAD ",\"api\":\"1.2\"" FILES "}", "'arch' names no architecture"},
        {"{" HEAD REST ",\"roles\":[\"root\"]" FILES "}", "role 'root'"},
        {"{" HEAD REST ",\"needs\":[{\"name\":\"x\"}]" FILES "}", "'needs' has an entry"},
        {"{" HEAD REST ",\"needs\":{}" FILES "}", "'needs' must be a list"},
        {"{" HEAD REST ",\"tables\":[\"device\"]" FILES "}", "does not begin with 'hello_'"},
        {"{" HEAD REST ",\"tables\":[\"hello_x; DROP\"]" FILES "}", "'tables' has an entry"},
        {"{" HEAD REST ",\"functions\":[7]" FILES "}", "'functions' has an entry"},
        {"{" HEAD REST ",\"downgrade\":\"2.0.0\"" FILES "}", "after 'version' 1.0.0"},
        {"{" HEAD REST "}", "'files' must be a list"},
        {"{" HEAD REST ",\"files\":[{\"path\":\"../x\",\"size\":1,\"sha256\":\"\"}]}",
         "'../x' is no name"},
        {"{" HEAD REST ",\"files\":[{\"path\":\"x\",\"size\":-1,\"sha256\":\"\"}]}",
         "file 'x' is not"},
        {"{" HEAD REST ",\"files\":[{\"path\":\"x\",\"size\":1e300,\"sha256\":\"\"}]}",
         "file 'x' is not"},
        {"{" HEAD REST ",\"files\":[7]}", "is no name"},
    };
    pack_build(f);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        manifest_refused(f, cases[i][0], cases[i][1]);
    }
}

/* What cannot be opened cannot be built either; each says which file. */
static void build_refused(const pack_fixture *f, const char *part)
{
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_not_equal(ppk_build(f->source, f->file, 0, &err), PLATEN_OK);
    if (strstr(err.text, part) == NULL) {
        fail_msg("refused with: %s", err.text);
    }
    assert_false(file_exists(f->file));
}

static void test_hostile__folders_that_are_no_package(void **state)
{
    const pack_fixture *f = *state;
    char path[FILE_PATH];
    pack_put(f, "Makefile", "all:\n");
    build_refused(f, "'Makefile' does not belong");
    (void)snprintf(path, sizeof(path), "%s/Makefile", f->source);
    assert_int_equal(unlink(path), 0);
    pack_put(f, "lib/x86_64/other.so", "code");
    build_refused(f, "'lib/x86_64/other.so' does not belong");
    (void)snprintf(path, sizeof(path), "%s/lib/x86_64/other.so", f->source);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof(path), "%s/share/docs", f->source);
    assert_int_equal(symlink("/etc", path), 0);
    build_refused(f, "is a link");
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof(path), "%s/LICENSE", f->source);
    assert_int_equal(unlink(path), 0);
    build_refused(f, "'LICENSE' is missing");
    assert_int_equal(ppk_build("/nonexistent", f->file, 0, NULL), PLATEN_E_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_hostile__no_zip),
        TEST(test_hostile__truncated_and_changed),
        TEST(test_hostile__zip64),
        TEST(test_hostile__bomb),
        TEST(test_hostile__sizes_together),
        TEST(test_hostile__too_many_files),
        TEST(test_hostile__huge_manifest),
        TEST(test_hostile__names),
        TEST(test_hostile__duplicates),
        TEST(test_hostile__special_files),
        TEST(test_hostile__files_that_are_not_listed),
        TEST(test_hostile__wrong_digest),
        TEST(test_hostile__manifest_of_somebody_else),
        TEST(test_hostile__manifests),
        TEST(test_hostile__folders_that_are_no_package),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
