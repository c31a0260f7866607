/* Tables as files: what a cell may do, formulas, rows of JSON, many rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/json.h"
#include "core/base/strbuf.h"
#include "core/report/sheet_rows.h"

static platen_code keep(const void *data, size_t length, void *user, platen_error *err)
{
    (void)err;
    strbuf_append_n(user, data, length);
    return PLATEN_OK;
}

static platen_code refuse(const void *data, size_t length, void *user, platen_error *err)
{
    (void)data;
    (void)length;
    (void)user;
    return error_set(err, PLATEN_E_IO, "full");
}

static sheet *open_sheet(sheet_format format, strbuf *out, size_t columns, bool mark)
{
    static const char *const names[] = {"name", "=count", "at"};
    platen_error err = PLATEN_ERROR_INIT;
    sheet *s = NULL;
    const sheet_options options = {
        .format = format, .title = "Runs: [1]", .mark = mark, .sink = keep, .user = out};
    strbuf_init(out);
    assert_int_equal(sheet_new(&options, names, columns, &s, &err), PLATEN_OK);
    return s;
}

static void close_sheet(sheet *s)
{
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(sheet_end(s, &err), PLATEN_OK);
    sheet_free(s);
}

static void test_sheet__csv(void **state)
{
    strbuf out;
    (void)state;
    sheet *s = open_sheet(SHEET_CSV, &out, 3, false);
    sheet_text(s, "a \"b\", c");
    sheet_whole(s, -5);
    sheet_time(s, INT64_C(1795248000000));
    assert_int_equal(sheet_row_end(s, NULL), PLATEN_OK);
    sheet_text(s, "=cmd|' /C calc'!A0"); /* DECISIONS, Devices */
    sheet_text(s, "+1");
    sheet_text(s, "-1");
    sheet_text(s, "one too many");
    assert_int_equal(sheet_row_end(s, NULL), PLATEN_OK);
    sheet_text(s, "@x\ny");
    sheet_number(s, 0.5);
    assert_int_equal(sheet_row_end(s, NULL), PLATEN_OK);
    close_sheet(s);
    assert_string_equal(out.data, "name,\"\t=count\",at\r\n"
                                  "\"a \"\"b\"\", c\",-5,2026-11-21T08:00:00.000Z\r\n"
                                  "\"\t=cmd|' /C calc'!A0\",\"\t+1\",\"\t-1\"\r\n"
                                  "\"\t@x\ny\",0.5,\r\n");
    strbuf_fini(&out);
}

static void test_sheet__mark_and_hostile_text(void **state)
{
    strbuf out;
    (void)state;
    sheet *s = open_sheet(SHEET_CSV, &out, 1, true);
    sheet_text(s, "caf\xc3\xa9");
    assert_int_equal(sheet_row_end(s, NULL), PLATEN_OK);
    sheet_text(s, "\xff\xfe broken");
    assert_int_equal(sheet_row_end(s, NULL), PLATEN_OK);
    sheet_text(s, NULL);
    assert_int_equal(sheet_row_end(s, NULL), PLATEN_OK);
    close_sheet(s);
    assert_memory_equal(out.data, "\xef\xbb\xbfname\r\ncaf\xc3\xa9\r\n", 16);
    assert_null(strchr(out.data, '\xff'));
    strbuf_fini(&out);
}

static void test_sheet__text(void **state)
{
    strbuf out;
    (void)state;
    sheet *s = open_sheet(SHEET_TEXT, &out, 3, true);
    sheet_text(s, "two\nlines\tand a tab");
    sheet_empty(s);
    sheet_text(s, "x");
    assert_int_equal(sheet_row_end(s, NULL), PLATEN_OK);
    close_sheet(s);
    assert_string_equal(out.data, "name\t=count\tat\ntwo lines and a tab\t\tx\n");
    strbuf_fini(&out);
}

static void test_sheet__xlsx(void **state)
{
    strbuf out;
    char *huge = malloc(100001);
    (void)state;
    assert_non_null(huge);
    memset(huge, 'x', 100000);
    huge[100000] = '\0';
    sheet *s = open_sheet(SHEET_XLSX, &out, 3, false);
    for (int i = 0; i < 50000; i++) {
        sheet_text(s, i == 7 ? huge : "=1+1");
        sheet_whole(s, i);
        sheet_time(s, INT64_C(1795248000000));
        assert_int_equal(sheet_row_end(s, NULL), PLATEN_OK);
    }
    assert_int_equal(out.length, 0); /* the file is handed on when it is whole */
    close_sheet(s);
    assert_true(out.length > 100000 && memcmp(out.data, "PK\003\004", 4) == 0);
    strbuf_fini(&out);
    /* one that is left before its end leaves nothing behind */
    s = open_sheet(SHEET_XLSX, &out, 3, false);
    sheet_text(s, "x");
    sheet_free(s);
    strbuf_fini(&out);
    free(huge);
}

/* Bytes of all kinds in every format: no row is lost, none is added. */
static void test_sheet__random_bytes(void **state)
{
    static const sheet_format all[] = {SHEET_CSV, SHEET_TEXT, SHEET_XLSX};
    unsigned seed = 20261121;
    (void)state;
    for (size_t f = 0; f < 3; f++) {
        strbuf out;
        size_t ends = 0;
        sheet *s = open_sheet(all[f], &out, 3, false);
        for (int row = 0; row < 500; row++) {
            for (int cell = 0; cell < 3; cell++) {
                char text[64];
                seed = seed * 1103515245u + 12345u;
                size_t length = seed >> 16 & 63u;
                for (size_t i = 0; i < length; i++) {
                    seed = seed * 1103515245u + 12345u;
                    text[i] = (char)(1 + (seed >> 16) % 255);
                }
                text[length] = '\0';
                sheet_text(s, text);
            }
            assert_int_equal(sheet_row_end(s, NULL), PLATEN_OK);
        }
        close_sheet(s);
        for (size_t i = 0; all[f] == SHEET_TEXT && i < out.length; i++) {
            ends += out.data[i] == '\n';
        }
        assert_true(all[f] != SHEET_TEXT || ends == 501);
        strbuf_fini(&out);
    }
}

static void test_sheet__sink_that_fails(void **state)
{
    static const char *const names[] = {"a"};
    const sheet_options options = {.format = SHEET_CSV, .sink = refuse};
    platen_error err = PLATEN_ERROR_INIT;
    sheet *s = NULL;
    (void)state;
    assert_int_equal(sheet_new(&options, names, 1, &s, &err), PLATEN_E_IO);
    assert_null(s);
}

static void put(sheet_rows *r, const char *text)
{
    platen_error err = PLATEN_ERROR_INIT;
    cJSON *row = NULL;
    assert_int_equal(json_parse(text, strlen(text), &row, &err), PLATEN_OK);
    assert_int_equal(sheet_rows_put(r, row, &err), PLATEN_OK);
    cJSON_Delete(row);
}

static bool not_id(const char *member, void *user)
{
    (void)user;
    return strcmp(member, "id") != 0;
}

static void test_sheet_rows__of_json(void **state)
{
    static const char *const spare[] = {"id", "name"};
    strbuf out;
    sheet_rows *r = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    const sheet_rows_options options = {.sheet = {.format = SHEET_CSV, .sink = keep, .user = &out},
                                        .spare = spare,
                                        .spare_count = 2,
                                        .wants = not_id};
    (void)state;
    strbuf_init(&out);
    assert_int_equal(sheet_rows_new(&options, &r, &err), PLATEN_OK);
    put(r,
        "{\"id\":\"1\",\"name\":\"=A\",\"counts\":{\"total\":3,\"error\":1},\"groups\":[\"x\","
        "\"y\"],\"params\":{\"n\":1},\"ok\":true,\"at\":\"2026-11-21T08:00:00Z\",\"none\":null}");
    put(r, "{\"counts\":{\"error\":2},\"name\":7,\"groups\":[{\"a\":1}],\"more\":1,\"params\":{}}");
    assert_int_equal(sheet_rows_end(r, &err), PLATEN_OK);
    sheet_rows_free(r);
    assert_string_equal(out.data,
                        "name,counts.total,counts.error,groups,params,ok,at,none\r\n"
                        "\"\t=A\",3,1,x; y,\"{\"\"n\"\":1}\",true,2026-11-21T08:00:00.000Z,\r\n"
                        "7,,2,\"[{\"\"a\"\":1}]\",,,,\r\n");
    strbuf_clear(&out);
    assert_int_equal(sheet_rows_new(&options, &r, &err), PLATEN_OK);
    assert_int_equal(sheet_rows_end(r, &err), PLATEN_OK); /* no row: the columns all the same */
    sheet_rows_free(r);
    assert_string_equal(out.data, "name\r\n");
    strbuf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sheet__csv),
        cmocka_unit_test(test_sheet__mark_and_hostile_text),
        cmocka_unit_test(test_sheet__text),
        cmocka_unit_test(test_sheet__xlsx),
        cmocka_unit_test(test_sheet__random_bytes),
        cmocka_unit_test(test_sheet__sink_that_fails),
        cmocka_unit_test(test_sheet_rows__of_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
