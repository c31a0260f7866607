/* Codes, words and texts of errors. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "core/base/error.h"

static void test_error__words_go_both_ways(void **state)
{
    (void)state;
    assert_string_equal(error_word(PLATEN_E_NOT_FOUND), "not-found");
    assert_string_equal(error_word((platen_code)9999), "internal");
    platen_code code = PLATEN_OK;
    assert_true(error_from_word("too-large", &code));
    assert_int_equal(code, PLATEN_E_TOO_LARGE);
    assert_false(error_from_word("nonsense", &code));
    assert_int_equal(error_status(PLATEN_E_CONFLICT), 412);
    assert_true(error_retryable(PLATEN_E_TIMEOUT));
    assert_false(error_retryable(PLATEN_E_AUTH));
}

static void test_error__notes_put_outer_context_first(void **state)
{
    (void)state;
    platen_error err = PLATEN_ERROR_INIT;
    error_sys(&err, PLATEN_E_IO, ENOENT, "cannot open '%s'", "x");
    assert_int_equal(err.sys, ENOENT);
    error_note(&err, PLATEN_E_IO, "key file");
    assert_string_equal(err.text, "key file: cannot open 'x': No such file or directory");
    assert_int_equal(error_set(NULL, PLATEN_E_INVAL, "nobody listens"), PLATEN_E_INVAL);
}

static void test_error__long_texts_are_cut(void **state)
{
    (void)state;
    char text[2 * PLATEN_ERROR_TEXT];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    platen_error err = PLATEN_ERROR_INIT;
    error_set(&err, PLATEN_E_INVAL, "%s", text);
    error_note(&err, PLATEN_E_INVAL, "%s", text);
    assert_int_equal(strlen(err.text), PLATEN_ERROR_TEXT - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error__words_go_both_ways),
        cmocka_unit_test(test_error__notes_put_outer_context_first),
        cmocka_unit_test(test_error__long_texts_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
