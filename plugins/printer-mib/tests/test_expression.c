/* What every match of an expression must hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../expression.h"

static void test_expression__literals(void **state)
{
    static const char *const wants[][2] = {
        {"^(.+), *PN *([^;,]*)[;,] *SN *([^;,]*)$", "PN"},
        {"^(.+[^ ,;]) *[,;]* *S/N *:? *([^ ;,]*)$", "S/N"},
        {"^Total 1$", "Total 1"},
        {"abc+de", "abc"},
        {"ab?cd", "cd"},
        {"abc{0,9}d", "ab"},
        {"a(bcd)?ef", "ef"},
        {"a[])bc]de(x[(]y)fgh", "fgh"},
        {"[[:digit:]x]ab", "ab"},
        {"no|yes", ""},
        {"x(no|yes)", "x"},
        {"(PN|P/N)", ""},
        {"a\\|bc", "bc"},
        {"\xc3\xa9t", "t"},
        {"(", ""},
        {"[", ""},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
        char literal[32];
        expression_literal(wants[i][0], literal, sizeof(literal));
        assert_string_equal(literal, wants[i][1]);
    }
}

static void test_expression__long_literals_are_cut(void **state)
{
    char literal[4];
    (void)state;
    expression_literal("abcdefgh", literal, sizeof(literal));
    assert_string_equal(literal, "abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expression__literals),
        cmocka_unit_test(test_expression__long_literals_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
