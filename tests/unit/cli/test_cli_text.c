/* Command lines, tables, CSV, widths and values: functions without a server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/cli/args.h"
#include "core/cli/csv.h"
#include "core/cli/progress.h"
#include "core/cli/table.h"
#include "core/cli/token.h"
#include "core/cli/value.h"
#include "core/cli/width.h"

static const arg_option own[] = {{"filter", true}, {"all", false}, {"q", true}, {NULL, false}};
static const arg_option global[] = {{"json", false}, {"url", true}, {NULL, false}};

/* Parses a NULL-terminated line; the code of the first failure. */
static platen_code parse(args *a, const char **line, platen_error *err)
{
    char *argv[32];
    int argc = 0;
    int at = 0;
    bool plain = false;
    memset(a, 0, sizeof(*a));
    for (; line[argc] != NULL; argc++) {
        argv[argc] = (char *)(uintptr_t)line[argc];
    }
    while (at < argc) {
        PLATEN_TRY(args_take(a, argc, argv, &at, &plain, own, global, err));
    }
    return PLATEN_OK;
}

static void test_args__take_words_and_options_in_any_order(void **state)
{
    args a;
    size_t position = 0;
    const char *line[] = {"one",  "--filter", "a:eq:b", "--url=http://x", "two", "-q",
                          "text", "--filter", "c:eq:d", "--json",         "--",  "--all",
                          "-",    NULL};
    (void)state;
    assert_int_equal(parse(&a, line, NULL), PLATEN_OK);
    assert_int_equal(a.count, 4);
    assert_string_equal(a.words[1], "two");
    assert_string_equal(a.words[2], "--all");
    assert_string_equal(a.words[3], "-");
    assert_string_equal(args_next(&a, "filter", &position), "a:eq:b");
    assert_string_equal(args_next(&a, "filter", &position), "c:eq:d");
    assert_null(args_next(&a, "filter", &position));
    assert_string_equal(args_value(&a, "url"), "http://x");
    assert_string_equal(args_value(&a, "q"), "text");
    assert_true(args_has(&a, "json"));
    assert_false(args_has(&a, "all"));
}

static void test_args__refuse_what_they_do_not_know(void **state)
{
    static const char *const lines[][3] = {{"--bogus", NULL, NULL}, {"--filter", NULL, NULL},
                                           {"--all=1", NULL, NULL}, {"-all", NULL, NULL},
                                           {"-x", NULL, NULL},      {"--q", "x", NULL},
                                           {"--fil", "a", NULL},    {"--=x", NULL, NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        args a;
        platen_error err = PLATEN_ERROR_INIT;
        const char *line[] = {lines[i][0], lines[i][1], NULL};
        assert_int_equal(parse(&a, line, &err), PLATEN_E_INVAL);
        assert_non_null(strstr(err.text, "option"));
    }
}

static void test_args__bound_words_and_numbers(void **state)
{
    args a;
    int64_t number = 7;
    const char *line[ARGS_WORDS > 31 ? 32 : ARGS_WORDS + 2];
    (void)state;
    for (size_t i = 0; i < 31; i++) {
        line[i] = "w";
    }
    line[31] = NULL;
    assert_int_equal(parse(&a, line, NULL), PLATEN_OK);
    assert_true(args_number("161", 1, 65535, &number));
    assert_int_equal(number, 161);
    assert_false(args_number("0", 1, 65535, &number));
    assert_false(args_number("65536", 1, 65535, &number));
    assert_false(args_number("", 0, 9, &number));
    assert_false(args_number("1x", 0, 9, &number));
    assert_false(args_number("99999999999999999999", 0, INT64_MAX, &number));
    assert_int_equal(number, 161);
}

static void test_csv__disarms_formulas(void **state)
{
    strbuf line;
    const char *texts[] = {"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "a=b", "", "x"};
    (void)state;
    strbuf_init(&line);
    csv_record(&line, texts, sizeof(texts) / sizeof(texts[0])); // DEV-71
    assert_string_equal(line.data, "\"\t=1+1\",\"\t+1\",\"\t-1\",\"\t@SUM(A1)\",\"\t\tx\",\"\t\rx\""
                                   ",a=b,,x\r\n");
    strbuf_fini(&line);
}

static void test_csv__quotes_where_needed(void **state)
{
    strbuf line;
    const char *texts[] = {"a,b", "say \"x\"", "two\nlines", " lead", "plain"};
    (void)state;
    strbuf_init(&line);
    csv_record(&line, texts, 5);
    assert_string_equal(line.data, "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\" lead\",plain\r\n");
    strbuf_fini(&line);
}

static void test_width__counts_columns_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(width_of("abc"), 3);
    assert_int_equal(width_of("Büro"), 4);
    assert_int_equal(width_of("複合機"), 6);
    assert_int_equal(width_of("e\u0301"), 1);
    assert_int_equal(width_of(""), 0);
}

static void cut(const char *text, size_t columns, const char *expected)
{
    strbuf out;
    strbuf_init(&out);
    size_t taken = width_append(&out, text, columns);
    assert_string_equal(out.data, expected);
    assert_true(taken <= columns);
    strbuf_fini(&out);
}

static void test_width__cuts_at_characters(void **state)
{
    (void)state;
    cut("abcdef", 6, "abcdef");
    cut("abcdefg", 6, "abcde…");
    cut("複合機です", 6, "複合…"); /* a wide character is not halved */
    cut("abc", 0, "");
    cut("abc", 1, "…");
}

static void test_width__lets_no_control_character_through(void **state)
{
    strbuf out;
    (void)state;
    strbuf_init(&out);
    width_clean(&out, "a\033[2Jb\x07"
                      "c\xc2\x9b"
                      "d\nx\xff y\xe2\x80\xae z\xed\xa0\x80");
    for (size_t i = 0; i < out.length; i++) {
        assert_true((unsigned char)out.data[i] >= 0x20 && out.data[i] != 0x7f);
    }
    assert_null(strstr(out.data, "\xc2\x9b"));
    assert_null(strstr(out.data, "\xe2\x80\xae"));
    assert_true(text_is_utf8(out.data, out.length));
    assert_non_null(strstr(out.data, "[2Jb"));
    strbuf_fini(&out);
}

/* Writes a table into memory; the caller frees the text. */
static char *draw(size_t limit, size_t rows, const char *const *titles, size_t count,
                  const char *const *cells, const bool *numbers)
{
    table t;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    table_init(&t, out, limit, titles, count);
    for (size_t i = 0; i < rows; i++) {
        assert_int_equal(table_add(&t, cells + i * count, numbers, NULL), PLATEN_OK);
    }
    assert_int_equal(table_end(&t, NULL), PLATEN_OK);
    table_fini(&t);
    (void)fclose(out);
    return text;
}

static void test_table__aligns_by_columns(void **state)
{
    static const char *const titles[] = {"ID", "NAME", "PAGES"};
    static const char *const cells[] = {"1", "Büro", "7", "22", "複合機", "1234"};
    static const bool numbers[] = {false, false, true};
    (void)state;
    char *text = draw(0, 2, titles, 3, cells, numbers);
    assert_string_equal(text, "ID  NAME    PAGES\n"
                              "1   Büro        7\n"
                              "22  複合機   1234\n");
    free(text);
}

static void test_table__fits_the_terminal(void **state)
{
    static const char *const titles[] = {"ID", "NAME", "WHY"};
    static const char *const cells[] = {"1", "a printer with a very long name indeed",
                                        "because of something that takes long to tell"};
    static const bool numbers[] = {false, false, false};
    (void)state;
    char *text = draw(40, 1, titles, 3, cells, numbers);
    char *rest = text;
    char *line;
    while ((line = strsep(&rest, "\n")) != NULL) {
        assert_true(width_of(line) <= 40);
    }
    free(text);
}

static void test_table__later_rows_keep_the_widths(void **state)
{
    static const char *const titles[] = {"A", "B"};
    static const bool numbers[] = {false, false};
    const char *cells[(TABLE_SAMPLE + 1) * 2];
    (void)state;
    for (size_t i = 0; i <= TABLE_SAMPLE; i++) {
        cells[i * 2] = i == TABLE_SAMPLE ? "too long for it" : "abcdefgh";
        cells[i * 2 + 1] = "x";
    }
    char *text = draw(20, TABLE_SAMPLE + 1, titles, 2, cells, numbers);
    assert_non_null(strstr(text, "\ntoo lon…  x\n"));
    free(text);
}

static void shown(const char *json, const char *path, bool people, const char *expected)
{
    cJSON *tree = NULL;
    strbuf out;
    assert_int_equal(json_parse(json, strlen(json), &tree, NULL), PLATEN_OK);
    strbuf_init(&out);
    value_text(&out, value_at(tree, path), people);
    assert_string_equal(out.data, expected);
    strbuf_fini(&out);
    cJSON_Delete(tree);
}

static void test_value__shows_each_kind(void **state)
{
    (void)state;
    shown("{\"a\":null}", "a", true, "");
    shown("{}", "a", true, "");
    shown("{\"a\":true}", "a", true, "yes");
    shown("{\"a\":123456789012}", "a", true, "123456789012");
    shown("{\"a\":0.5}", "a", true, "0.5");
    shown("{\"a\":[\"x\",2]}", "a", true, "x, 2");
    shown("{\"a\":[{\"severity\":\"critical\",\"text\":\"paper jam\"}]}", "a", true, "paper jam");
    shown("{\"port\":{\"snmp\":161,\"ipp\":631}}", "port", true, "snmp=161 ipp=631");
    shown("{\"port\":{\"snmp\":161}}", "port.snmp", true, "161");
    shown("{\"counters\":{\"copy.mono\":5}}", "counters.copy.mono", true, "5");
    shown("{\"a\":1}", "a.b.c", true, "");
}

static void test_value__times_are_local_for_people_only(void **state)
{
    (void)state;
    (void)setenv("TZ", "UTC-2", 1);
    shown("{\"a\":\"2026-01-31T08:15:30.123Z\"}", "a", true, "2026-01-31 10:15:30");
    shown("{\"a\":\"2026-01-31T08:15:30.123Z\"}", "a", false, "2026-01-31T08:15:30.123Z");
    shown("{\"a\":\"2026-01-31Txyz and more text\"}", "a", true, "2026-01-31Txyz and more text");
}

static void test_token__expiry_takes_times_and_durations(void **state)
{
    int64_t ms = 0;
    int64_t expected = 0;
    (void)state;
    assert_true(token_expiry("30d", 1000, &ms));
    assert_int_equal(ms, 1000 + INT64_C(30) * 86400000);
    assert_true(token_expiry("12h", 0, &ms));
    assert_int_equal(ms, 43200000);
    assert_true(token_expiry("P1D", 5, &ms));
    assert_int_equal(ms, 86400005);
    assert_true(token_expiry("2027-01-31", 0, &ms));
    assert_true(clock_parse("2027-01-31T00:00:00Z", &expected));
    assert_int_equal(ms, expected);
    assert_false(token_expiry("", 0, &ms));
    assert_false(token_expiry("0d", 0, &ms));
    assert_false(token_expiry("soon", 0, &ms));
    assert_false(token_expiry("30", 0, &ms));
    assert_false(token_expiry("2027-13-31", 0, &ms));
}

static void bar(const char *json, size_t width, const char *expected)
{
    cJSON *tree = NULL;
    strbuf out;
    assert_int_equal(json_parse(json, strlen(json), &tree, NULL), PLATEN_OK);
    strbuf_init(&out);
    progress_line(&out, tree, width);
    assert_string_equal(out.data, expected);
    strbuf_fini(&out);
    cJSON_Delete(tree);
}

static void test_progress__bar_says_what_is_known(void **state)
{
    (void)state;
    bar("{\"state\":\"running\",\"progress\":50,\"counts\":{\"total\":4,\"waiting\":1,\"running\":"
        "1,"
        "\"success\":2}}",
        60, "[############.............]  50 %  2/4  running 1  success 2");
    bar("{\"state\":\"waiting\",\"progress\":null}", 60, "waiting");
    bar("{\"state\":\"running\",\"progress\":999}", 20, "[############] 100 %");
    bar("{\"state\":\"running\",\"progress\":5,\"counts\":{\"total\":4,\"success\":2}}", 12,
        "   5 %  4/4…");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_args__take_words_and_options_in_any_order),
        cmocka_unit_test(test_args__refuse_what_they_do_not_know),
        cmocka_unit_test(test_args__bound_words_and_numbers),
        cmocka_unit_test(test_csv__disarms_formulas),
        cmocka_unit_test(test_csv__quotes_where_needed),
        cmocka_unit_test(test_width__counts_columns_not_bytes),
        cmocka_unit_test(test_width__cuts_at_characters),
        cmocka_unit_test(test_width__lets_no_control_character_through),
        cmocka_unit_test(test_table__aligns_by_columns),
        cmocka_unit_test(test_table__fits_the_terminal),
        cmocka_unit_test(test_table__later_rows_keep_the_widths),
        cmocka_unit_test(test_value__shows_each_kind),
        cmocka_unit_test(test_value__times_are_local_for_people_only),
        cmocka_unit_test(test_token__expiry_takes_times_and_durations),
        cmocka_unit_test(test_progress__bar_says_what_is_known),
    };
    width_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
