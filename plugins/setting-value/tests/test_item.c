/* The model of a setting: what is taken, what is refused, what is the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../item.h"

static platen_code parse(const char *text, item_list *list, platen_error *err)
{
    return items_parse(text, strlen(text), list, err);
}

static void refused(const char *text, platen_code code, const char *word)
{
    item_list list;
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(parse(text, &list, &err), code);
    if (strstr(err.text, word) == NULL) {
        fail_msg("'%s' does not say '%s'", err.text, word);
    }
    assert_null(list.at);
    assert_null(list.tree);
}

static void takes_settings_in_order_of_paths(void **state)
{
    item_list list;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    assert_int_equal(
        parse("[{\"path\":\"pjl/"
              "DUPLEX\",\"kind\":\"enum\",\"value\":\"ON\",\"category\":\"printing\","
              "\"values\":[\"ON\",\"OFF\"],\"case\":\"B\",\"writable\":false,\"output\":false},"
              "{\"path\":\"pjl/COPIES\",\"kind\":\"integer\",\"value\":2,\"min\":1,\"max\":999}]",
              &list, &err),
        PLATEN_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.at[0].path, "pjl/COPIES");
    assert_string_equal(list.at[0].category, "basic"); /* preset */
    assert_int_equal(list.at[0].scope, 'C');
    assert_true(list.at[0].writable && list.at[0].output);
    const item *duplex = items_find(&list, "pjl/DUPLEX");
    assert_non_null(duplex);
    assert_int_equal(duplex->kind, ITEM_ENUM);
    assert_int_equal(duplex->scope, 'B'); // SET-33
    assert_false(duplex->writable || duplex->output);
    assert_null(items_find(&list, "pjl/DUPLE"));
    items_fini(&list);
}

static void same_settings_give_the_same_text(void **state)
{
    item_list a;
    item_list b;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    assert_int_equal(parse("[{\"value\":1,\"path\":\"p/b\",\"kind\":\"integer\",\"more\":7},"
                           "{\"path\":\"p/a\",\"value\":\"x\"}]",
                           &a, &err),
                     PLATEN_OK);
    assert_int_equal(parse("[{\"path\":\"p/a\",\"value\":\"x\",\"case\":\"C\"},"
                           "{\"path\":\"p/b\",\"value\":1.0,\"kind\":\"integer\"}]",
                           &b, &err),
                     PLATEN_OK);
    char *x = items_text(&a);
    char *y = items_text(&b);
    assert_string_equal(x, y);
    assert_null(strstr(x, "more"));
    cJSON_free(x);
    cJSON_free(y);
    items_fini(&a);
    items_fini(&b);
}

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    refused("{", PLATEN_E_MALFORMED, "JSON");
    refused("{}", PLATEN_E_INVAL, "no list");
    refused("[7]", PLATEN_E_INVAL, "path");
    refused("[{\"path\":\"a\",\"value\":1}]", PLATEN_E_INVAL, "path");
    refused("[{\"path\":\"a//b\",\"value\":1}]", PLATEN_E_INVAL, "path");
    refused("[{\"path\":\"a/b/\",\"value\":1}]", PLATEN_E_INVAL, "path");
    refused("[{\"path\":\"/a/b\",\"value\":1}]", PLATEN_E_INVAL, "path");
    refused("[{\"path\":\"a/\\u0007\",\"value\":1}]", PLATEN_E_INVAL, "path");
    refused("[{\"path\":\"a/\xff\",\"value\":1}]", PLATEN_E_INVAL, "path");
    refused("[{\"path\":\"a/b\"}]", PLATEN_E_INVAL, "a/b: it has no value");
    refused("[{\"path\":\"a/b\",\"value\":null}]", PLATEN_E_INVAL, "value");
    refused("[{\"path\":\"a/b\",\"value\":[1]}]", PLATEN_E_INVAL, "value");
    refused("[{\"path\":\"a/b\",\"value\":1,\"kind\":\"colour\"}]", PLATEN_E_INVAL, "colour");
    refused("[{\"path\":\"a/b\",\"value\":1.5,\"kind\":\"integer\"}]", PLATEN_E_INVAL, "integer");
    refused("[{\"path\":\"a/b\",\"value\":1e300,\"kind\":\"integer\"}]", PLATEN_E_INVAL, "integer");
    refused("[{\"path\":\"a/b\",\"value\":1,\"kind\":\"text\"}]", PLATEN_E_INVAL, "text");
    refused("[{\"path\":\"a/b\",\"value\":1,\"case\":\"D\"}]", PLATEN_E_INVAL, "case");
    refused("[{\"path\":\"a/b\",\"value\":1,\"category\":\"No!\"}]", PLATEN_E_INVAL, "category");
    refused("[{\"path\":\"a/b\",\"value\":1,\"writable\":\"yes\"}]", PLATEN_E_INVAL, "writable");
    refused("[{\"path\":\"a/b\",\"value\":1,\"values\":{}}]", PLATEN_E_INVAL, "values");
    refused("[{\"path\":\"a/b\",\"value\":1,\"values\":[null]}]", PLATEN_E_INVAL, "no value");
    refused("[{\"path\":\"a/b\",\"value\":1,\"min\":\"0\"}]", PLATEN_E_INVAL, "min");
    refused("[{\"path\":\"a/b\",\"value\":1},{\"path\":\"a/c\",\"value\":1},"
            "{\"path\":\"a/b\",\"value\":2}]",
            PLATEN_E_INVAL, "a/b is there twice");
}

/* `count` settings, or one with `count` allowed values. */
static cJSON *many(int count, bool values)
{
    cJSON *array = cJSON_CreateArray();
    cJSON *into = NULL;
    char path[32];
    if (values) {
        cJSON *one = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(one, "path", "a/b");
        (void)cJSON_AddStringToObject(one, "value", "v0");
        into = cJSON_AddArrayToObject(one, "values");
        (void)cJSON_AddItemToArray(array, one);
    }
    for (int i = 0; i < count; i++) {
        (void)snprintf(path, sizeof(path), values ? "v%d" : "a/%d", i);
        if (values) {
            (void)cJSON_AddItemToArray(into, cJSON_CreateString(path));
            continue;
        }
        cJSON *one = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(one, "path", path);
        (void)cJSON_AddNumberToObject(one, "value", i);
        (void)cJSON_AddItemToArray(array, one);
    }
    return array;
}

static void holds_bounds(void **state)
{
    item_list list;
    platen_error err = PLATEN_ERROR_INIT;
    char path[400];
    (void)state;
    assert_int_equal(items_take(many(20000, false), &list, &err), PLATEN_OK);
    assert_non_null(items_find(&list, "a/19999"));
    items_fini(&list);
    assert_int_equal(items_take(many(20001, false), &list, &err), PLATEN_E_TOO_LARGE);
    assert_int_equal(items_take(many(5000, true), &list, &err), PLATEN_OK);
    items_fini(&list);
    assert_int_equal(items_take(many(5001, true), &list, &err), PLATEN_E_TOO_LARGE);
    memset(path, 'x', sizeof(path));
    path[1] = '/';
    path[255] = '\0';
    assert_true(item_path_good(path));
    path[255] = 'x';
    path[256] = '\0';
    assert_false(item_path_good(path));
    assert_int_equal(items_take(NULL, &list, &err), PLATEN_OK);
    assert_null(items_find(&list, "a/b"));
    items_fini(&list);
}

static bool same(const char *a, const char *b)
{
    cJSON *x = cJSON_Parse(a);
    cJSON *y = cJSON_Parse(b);
    bool result = item_same(x, y);
    assert_int_equal(result, item_same(y, x));
    cJSON_Delete(x);
    cJSON_Delete(y);
    return result;
}

static void compares_by_type(void **state)
{
    (void)state;
    assert_true(same("1", "1.0"));
    assert_false(same("1", "1.0000001"));
    assert_false(same("1", "\"1\""));
    assert_true(same("\"A\"", "\"A\""));
    assert_false(same("\"A\"", "\"a\""));
    assert_true(same("true", "true"));
    assert_false(same("true", "false"));
    assert_false(same("true", "1"));
    assert_true(item_same(NULL, NULL));
}

static bool takes(const item *i, const char *value)
{
    cJSON *v = cJSON_Parse(value);
    bool result = item_takes(i, v, NULL);
    cJSON_Delete(v);
    return result;
}

static void knows_which_values_a_setting_takes(void **state)
{
    item_list list;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    assert_int_equal(
        parse("[{\"path\":\"p/c\",\"kind\":\"integer\",\"value\":2,\"min\":1,\"max\":9},"
              "{\"path\":\"p/d\",\"kind\":\"enum\",\"value\":\"ON\",\"values\":[\"ON\",\"OFF\"]}]",
              &list, &err),
        PLATEN_OK);
    assert_true(takes(&list.at[0], "9"));
    assert_false(takes(&list.at[0], "10"));
    assert_false(takes(&list.at[0], "0"));
    assert_false(takes(&list.at[0], "1.5"));
    assert_false(takes(&list.at[0], "\"1\""));
    assert_true(takes(&list.at[1], "\"OFF\""));
    assert_false(takes(&list.at[1], "\"off\""));
    cJSON *off = cJSON_CreateString("OFF");
    assert_int_equal(item_set(&list.at[1], off, &err), PLATEN_OK);
    assert_int_equal(item_set(&list.at[0], off, &err), PLATEN_E_INVAL);
    char *text = items_text(&list);
    assert_non_null(strstr(text, "\"value\":\"OFF\""));
    cJSON_free(text);
    cJSON_Delete(off);
    items_fini(&list);
}

/* The text is JSON that reads back as the same, whatever is in it. */
static void writes_what_it_reads(void **state)
{
    static const char wanted[] =
        "[{\"path\":\"p/a\",\"value\":\"q\\\"b\\\\ \\b\\f\\n\\r\\t\\u0001\\u001f / \xc3\xa9\"},"
        "{\"path\":\"p/b\",\"kind\":\"number\",\"value\":0.1,\"min\":-1e+30,\"max\":12345678901},"
        "{\"path\":\"p/c\",\"kind\":\"number\",\"value\":0.10000000000000001},"
        "{\"path\":\"p/d\",\"kind\":\"number\",\"value\":3.3333333333333335,\"writable\":false},"
        "{\"path\":\"p/e\",\"kind\":\"enum\",\"value\":\"\",\"values\":[]},"
        "{\"path\":\"p/f\",\"kind\":\"integer\",\"value\":-7,\"output\":true}]";
    item_list list;
    item_list again;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    assert_int_equal(parse(wanted, &list, &err), PLATEN_OK);
    char *text = items_text(&list);
    cJSON *tree = cJSON_Parse(text);
    char *printed = cJSON_PrintUnformatted(tree);
    assert_non_null(printed);
    assert_string_equal(text, printed); /* nothing is spelled in two ways */
    assert_int_equal(parse(text, &again, &err), PLATEN_OK);
    assert_int_equal(again.count, 6);
    for (uint32_t i = 0; i < 6; i++) {
        assert_true(item_same(again.at[i].value, list.at[i].value));
    }
    cJSON_Delete(tree);
    cJSON_free(printed);
    cJSON_free(text);
    items_fini(&list);
    items_fini(&again);
}

static void knows_secrets_by_their_paths(void **state)
{
    (void)state;
    assert_true(item_secret("pjl/PASSWORD"));
    assert_true(item_secret("vcc/systemManagerPin"));
    assert_true(item_secret("box/1/PIN"));
    assert_true(item_secret("vcc/mail.smtpPasswd"));
    assert_false(item_secret("pjl/SPINNING"));
    assert_false(item_secret("pjl/MAPPING"));
    assert_false(item_secret("mib/prtInputName/1.1"));
}

static void shows_values_as_text(void **state)
{
    char text[16];
    cJSON *v = cJSON_Parse("[true,12,1.5,\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\"]");
    (void)state;
    item_value_text(cJSON_GetArrayItem(v, 0), text, sizeof(text));
    assert_string_equal(text, "true");
    item_value_text(cJSON_GetArrayItem(v, 1), text, sizeof(text));
    assert_string_equal(text, "12");
    item_value_text(cJSON_GetArrayItem(v, 2), text, sizeof(text));
    assert_string_equal(text, "1.5");
    item_value_text(cJSON_GetArrayItem(v, 3), text, 4);
    assert_string_equal(text, "\xc3\xa4"); /* not half of the second one */
    cJSON_Delete(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_settings_in_order_of_paths),
        cmocka_unit_test(same_settings_give_the_same_text),
        cmocka_unit_test(refuses_what_cannot_be),
        cmocka_unit_test(holds_bounds),
        cmocka_unit_test(compares_by_type),
        cmocka_unit_test(knows_which_values_a_setting_takes),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(knows_secrets_by_their_paths),
        cmocka_unit_test(shows_values_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
