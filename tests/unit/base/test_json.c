/* The JSON writer and the guarded parser. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "core/base/json.h"

static void test_json__writes_nested_values(void **state)
{
    (void)state;
    strbuf out;
    json_writer w;
    strbuf_init(&out);
    json_init(&w, &out);
    json_object(&w, NULL);
    json_text(&w, "a", "q\"\\\n\x01");
    json_array(&w, "b");
    json_i64(&w, NULL, -5);
    json_bool(&w, NULL, true);
    json_null(&w, NULL);
    json_double(&w, NULL, 0.1);
    json_double(&w, NULL, NAN);
    json_array_end(&w);
    json_id(&w, "id", 7);
    json_time(&w, "t", 0);
    json_text(&w, "n", NULL);
    json_object_end(&w);
    assert_string_equal(out.data, "{\"a\":\"q\\\"\\\\\\n\\u0001\",\"b\":[-5,true,null,0.1,null],"
                                  "\"id\":\"7\",\"t\":null,\"n\":null}");
    strbuf_fini(&out);
}

static void test_json__replaces_what_is_no_utf8(void **state)
{
    (void)state;
    strbuf out;
    strbuf_init(&out);
    json_quote(&out, "a\xff\xc3\xa9\xed\xa0\x80z", 8);
    cJSON *tree = NULL;
    assert_int_equal(json_parse(out.data, out.length, &tree, NULL), PLATEN_OK);
    assert_memory_equal(tree->valuestring, "a\xef\xbf\xbd\xc3\xa9", 6);
    cJSON_Delete(tree);
    strbuf_fini(&out);
}

static void refuse(const char *text, size_t length)
{
    cJSON *tree = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(json_parse(text, length, &tree, &err), PLATEN_E_MALFORMED);
    assert_true(err.text[0] != '\0');
    assert_null(tree);
}

static void test_json__parse_refuses_hostile_text(void **state)
{
    (void)state;
    char deep[200];
    memset(deep, '[', sizeof(deep));
    refuse(deep, sizeof(deep));
    refuse("{\"a\":1}x", 8);
    refuse("{\"a\":", 5);
    refuse("\"\xff\"", 3);
    refuse("\"a\0b\"", 5);
    refuse("", 0);
    cJSON *tree = NULL;
    assert_int_equal(json_parse(" {\"a\":[1]} \n", 12, &tree, NULL), PLATEN_OK);
    assert_int_equal(cJSON_GetArraySize(json_get_array(tree, "a")), 1);
    cJSON_Delete(tree);
}

static void test_json__getters_fall_back(void **state)
{
    (void)state;
    cJSON *tree = NULL;
    const char *text = "{\"n\":1e300,\"s\":\"x\",\"b\":false,\"z\":null}";
    assert_int_equal(json_parse(text, strlen(text), &tree, NULL), PLATEN_OK);
    assert_int_equal(json_get_i64(tree, "n", -1), -1);
    assert_int_equal(json_get_i64(tree, "s", 4), 4);
    assert_string_equal(json_get_text(tree, "n", "f"), "f");
    assert_false(json_get_bool(tree, "b", true));
    assert_true(json_is_null_or_absent(tree, "z"));
    assert_true(json_is_null_or_absent(tree, "nothing"));
    assert_null(json_get_object(tree, "s"));
    cJSON_Delete(tree);
}

static void test_json__checks_without_a_tree(void **state)
{
    (void)state;
    static const char *const good[] = {
        "1",
        " -0.5e+7 ",
        "\"a\\u00e9\\n\"",
        "[]",
        "{}",
        "[1,[2,{\"a\":{}}],null]",
        "true",
        "{\"a\":[{\"b\":false}],\"c\":\"\xc3\xa9\"}",
        "[[[]],{}]",
    };
    static const char *const bad[] = {
        "",
        " ",
        "01",
        "1.",
        "1e",
        "-",
        "+1",
        "tru",
        "nullx",
        "[1,]",
        "[1 2]",
        "{\"a\"}",
        "[",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "[1}",
        "1 1",
        "\"a",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "\"\xff\"",
        "[]]",
        "{\"a\":}",
        ",",
        "\"\\",
        "[\"a\":1]",
        "{\"a\",\"b\"}",
    };
    char deep[2 * (JSON_DEPTH + 1) + 1] = "";
    cJSON *tree = NULL;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(json_check(good[i], strlen(good[i]), NULL), PLATEN_OK);
        assert_int_equal(json_parse(good[i], strlen(good[i]), &tree, NULL), PLATEN_OK);
        cJSON_Delete(tree);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        platen_error err = PLATEN_ERROR_INIT;
        assert_int_equal(json_check(bad[i], strlen(bad[i]), &err), PLATEN_E_MALFORMED);
        assert_true(err.text[0] != '\0');
    }
    assert_int_equal(json_check("1\0", 2, NULL), PLATEN_E_MALFORMED);
    memset(deep, '[', JSON_DEPTH);
    memset(deep + JSON_DEPTH, ']', JSON_DEPTH);
    assert_int_equal(json_check(deep, 2 * JSON_DEPTH, NULL), PLATEN_OK);
    memset(deep, '[', JSON_DEPTH + 1);
    memset(deep + JSON_DEPTH + 1, ']', JSON_DEPTH + 1);
    assert_int_equal(json_check(deep, 2 * JSON_DEPTH + 2, NULL), PLATEN_E_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json__writes_nested_values),
        cmocka_unit_test(test_json__replaces_what_is_no_utf8),
        cmocka_unit_test(test_json__parse_refuses_hostile_text),
        cmocka_unit_test(test_json__getters_fall_back),
        cmocka_unit_test(test_json__checks_without_a_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
