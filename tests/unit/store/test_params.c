/* The conversion of :name parameters into PostgreSQL's $1. */
#include "core/store/store_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct example {
    const char *sql;
    const char *text;
    size_t count;
    const char *last; /* name of the last parameter */
} example;

static const example examples[] = {
    {"SELECT 1", "SELECT 1", 0, NULL},
    {"SELECT :a", "SELECT $1", 1, "a"},
    {":a", "$1", 1, "a"},
    {"SELECT :a, :b, :a", "SELECT $1, $2, $1", 2, "b"},
    {"x=:long_name_2)", "x=$1)", 1, "long_name_2"},
    {"SELECT ':a', :b", "SELECT ':a', $1", 1, "b"},
    {"SELECT 'it''s :a', :b", "SELECT 'it''s :a', $1", 1, "b"},
    {"SELECT E'it\\'s :a', :b", "SELECT E'it\\'s :a', $1", 1, "b"},
    {"SELECT 'c:\\', :b", "SELECT 'c:\\', $1", 1, "b"},
    {"SELECT value'\\', :b", "SELECT value'\\', $1", 1, "b"},
    {"SELECT \"a:b\", :c", "SELECT \"a:b\", $1", 1, "c"},
    {"SELECT :a::text", "SELECT $1::text", 1, "a"},
    {"SELECT x::text, :a", "SELECT x::text, $1", 1, "a"},
    {"SELECT 1 -- :a\n, :b", "SELECT 1 -- :a\n, $1", 1, "b"},
    {"SELECT 1 -- :a", "SELECT 1 -- :a", 0, NULL},
    {"SELECT 4 - :a", "SELECT 4 - $1", 1, "a"},
    {"SELECT 4/:a", "SELECT 4/$1", 1, "a"},
    {"SELECT /* :a */ :b", "SELECT /* :a */ $1", 1, "b"},
    {"SELECT /* /* :a */ :c */ :b", "SELECT /* /* :a */ :c */ $1", 1, "b"},
    {"SELECT $$ :a $$, :b", "SELECT $$ :a $$, $1", 1, "b"},
    {"SELECT $x$ :a $$ $x$, :b", "SELECT $x$ :a $$ $x$, $1", 1, "b"},
    {"SELECT a[1:2], :b", "SELECT a[1:2], $1", 1, "b"},
    {"SELECT '{\"a\": :x", "SELECT '{\"a\": :x", 0, NULL},
    {"SELECT ':", "SELECT ':", 0, NULL},
    {"SELECT :", "SELECT :", 0, NULL},
    {"SELECT \xc3\xa4, :b", "SELECT \xc3\xa4, $1", 1, "b"},
};

static void test_pgsql_params__numbers_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        pgsql_text text;
        assert_int_equal(pgsql_text_init(&text, examples[i].sql, NULL), PLATEN_OK);
        assert_string_equal(text.text, examples[i].text);
        assert_int_equal(text.count, examples[i].count);
        if (examples[i].count > 0) {
            assert_string_equal(text.names[text.count - 1], examples[i].last);
        }
        pgsql_text_fini(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pgsql_params__numbers_names),
    };
    return cmocka_run_group_tests_name("pgsql_params", tests, NULL, NULL);
}
