/* locale/1: catalogues of six languages, and each fault named with its language and key. */
#include "tests/unit/feature/feature_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/feature/catalogue.h"

static char folder[64];

static void put(const char *language, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/locales/%s.json", folder, language);
    assert_int_equal(file_write(path, text, strlen(text), 0600, NULL), PLATEN_OK);
}

static int open_folder(void **state)
{
    static const char *const all[] = {"en", "fr", "de", "it", "es", "ja"};
    char path[96];
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/platen-words-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/locales", folder);
    assert_int_equal(file_make_dir(path, 0700, NULL), PLATEN_OK);
    for (size_t i = 0; i < 6; i++) {
        put(all[i], "{\"w.a\":\"A {n} {name}\",\"w.b\":{\"other\":\"{n} B\"}}");
    }
    return 0;
}

static int close_folder(void **state)
{
    (void)state;
    return file_remove_tree(folder, NULL) == PLATEN_OK ? 0 : 1;
}

// SYS-203
static void test_catalogue__reads(void **state)
{
    catalogue *c = NULL;
    strbuf out;
    json_writer w;
    (void)state;
    put("de", "{\"w.b\":{\"one\":\"ein B\",\"other\":\"{n} B\"},\"w.a\":\"{name} {n} \\u00c4\"}");
    put("fr", "{\"w.a\":\"A {n} {name}\",\"w.b\":{\"one\":\"{n} b\",\"many\":\"{n} de b\","
              "\"other\":\"{n} b\"}}");
    assert_int_equal(catalogue_read(folder, "w", &c, NULL), PLATEN_OK);
    assert_true(catalogue_has(c, "w.a"));
    assert_false(catalogue_has(c, "w.c"));
    assert_string_equal(catalogue_text(c, "de-CH", "w.a"), "{name} {n} \xc3\x84");
    assert_string_equal(catalogue_text(c, "de", "w.b"), "{n} B");
    assert_string_equal(catalogue_text(c, "xx", "w.a"), "A {n} {name}");
    assert_string_equal(catalogue_text(c, NULL, "w.a"), "A {n} {name}");
    assert_null(catalogue_text(c, "en", "w.x"));
    strbuf_init(&out);
    json_init(&w, &out);
    json_object(&w, NULL);
    catalogue_write(c, 1, &w);
    json_object_end(&w);
    assert_string_equal(out.data, "{\"w.a\":\"A {n} {name}\",\"w.b\":{\"one\":\"{n} b\","
                                  "\"many\":\"{n} de b\",\"other\":\"{n} b\"}}");
    strbuf_fini(&out);
    catalogue_free(c);
}

static void test_catalogue__refuses(void **state)
{
    static const struct {
        const char *language, *text, *words;
        platen_code code;
    } cases[] = {
        {"fr", "{\"w.a\":\"A {n} {name}\"}", "locales/fr.json: 'w.b' is missing", PLATEN_E_INVAL},
        {"it", "{\"w.a\":\"A {n}\",\"w.b\":{\"other\":\"{n}\"}}", "'w.a' has other {places}",
         PLATEN_E_INVAL},
        {"it", "{\"w.a\":\"A {n} {name} {more}\",\"w.b\":{\"other\":\"{n}\"}}",
         "'w.a' has other {places}", PLATEN_E_INVAL},
        {"es", "{\"w.a\":\"A {n} {name\",\"w.b\":{\"other\":\"{n}\"}}", "no {place}",
         PLATEN_E_INVAL},
        {"es", "{\"w.a\":\"A {n} {name} }\",\"w.b\":{\"other\":\"{n}\"}}", "no {place}",
         PLATEN_E_INVAL},
        {"ja", "{\"w.a\":\"A {n} {name}\",\"w.b\":{\"one\":\"{n}\",\"other\":\"{n}\"}}",
         "'w.b' has a plural form that the language has not", PLATEN_E_INVAL},
        {"de", "{\"w.a\":\"A {n} {name}\",\"w.b\":{\"one\":\"{n}\"}}", "has no form \"other\"",
         PLATEN_E_INVAL},
        {"de", "{\"w.a\":\"A {n} {name}\",\"w.b\":\"{n}\"}", "is a plural in one language",
         PLATEN_E_INVAL},
        {"de", "{\"w.a\":\" A {n} {name}\",\"w.b\":{\"other\":\"{n}\"}}", "has blanks around it",
         PLATEN_E_INVAL},
        {"de", "{\"w.a\":\"\",\"w.b\":{\"other\":\"{n}\"}}", "empty", PLATEN_E_INVAL},
        {"de", "{\"w.a\":4,\"w.b\":{\"other\":\"{n}\"}}", "'w.a' is", PLATEN_E_INVAL},
        {"en", "{\"other.a\":\"A\"}", "begins with the plugin's name", PLATEN_E_INVAL},
        {"en", "{\"w.\":\"A\"}", "begins with the plugin's name", PLATEN_E_INVAL},
        {"en", "{\"w.a\":\"A\",\"w.a\":\"B\"}", "stands there twice", PLATEN_E_INVAL},
        {"fr", "{\"w.a\":\"A {n} {name}\",\"w.b\":{\"other\":\"{n}\"},\"w.c\":\"C\"}",
         "'w.c' is not in English", PLATEN_E_INVAL},
        {"en", "[]", "no object", PLATEN_E_INVAL},
        {"en", "{\"w.a\":", "locales/en.json", PLATEN_E_MALFORMED},
        {"en", "{\"w.a\":\"\xff\"}", "locales/en.json", PLATEN_E_MALFORMED},
    };
    char path[128];
    catalogue *c = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        put(cases[i].language, cases[i].text);
        platen_code rc = catalogue_read(folder, "w", &c, &err);
        if (rc != cases[i].code || strstr(err.text, cases[i].words) == NULL) {
            fail_msg("%zu: %d %s", i, rc, err.text);
        }
        put(cases[i].language, "{\"w.a\":\"A {n} {name}\",\"w.b\":{\"other\":\"{n} B\"}}");
    }
    (void)snprintf(path, sizeof(path), "%s/locales/ja.json", folder);
    assert_int_equal(remove(path), 0);
    assert_int_equal(catalogue_read(folder, "w", &c, &err), PLATEN_E_NOT_FOUND);
    assert_non_null(strstr(err.text, "ja.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_catalogue__reads, open_folder, close_folder),
        cmocka_unit_test_setup_teardown(test_catalogue__refuses, open_folder, close_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
