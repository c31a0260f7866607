/* Device octets to clean text, base64, hex. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "core/base/text.h"

static void check(const char *octets, size_t length, const char *want)
{
    strbuf out;
    strbuf_init(&out);
    text_from_device(&out, octets, length);
    assert_string_equal(out.data, want);
    assert_true(text_is_utf8(out.data, out.length));
    strbuf_fini(&out);
}

static void test_text__from_device(void **state)
{
    (void)state;
    check("Toner", 5, "Toner");
    check("  a \t\r\n b\0\0", 12, "a b");
    check("caf\xe9", 4, "caf\xc3\xa9");     /* Latin-1 */
    check("caf\xc3\xa9", 5, "caf\xc3\xa9"); /* UTF-8 */
    check("\xe9\xbb\x91\xe8\x89\xb2", 6, "\xe9\xbb\x91\xe8\x89\xb2");
    check("\xc2\x9bx\x1b[31m", 8, "x [31m");      /* C1 and escape cannot drive a terminal */
    check("\xed\xa0\x80", 3, "\xc3\xad\xc2\xa0"); /* a surrogate is no UTF-8 */
    check("", 0, "");
}

static void test_text__every_octet_pair_gives_utf8(void **state)
{
    (void)state;
    for (int a = 0; a < 256; a++) {
        for (int b = 0; b < 256; b++) {
            const char pair[3] = {(char)a, (char)b, 'x'};
            strbuf out;
            strbuf_init(&out);
            text_from_device(&out, pair, 3);
            assert_true(text_is_utf8(out.data, out.length));
            assert_null(memchr(out.data, '\n', out.length));
            strbuf_fini(&out);
        }
    }
}

/* What passes the quick look is what the thorough one leaves as it is; words pass. */
static void test_text__clean_is_what_stays(void **state)
{
    (void)state;
    static const char letters[] = {'a', '~', ' ', '\t', '\0', '\x7f', '\xc3', '\xa4'};
    enum { KINDS = sizeof(letters), LENGTH = 5 };
    size_t clean = 0;
    for (unsigned n = 0; n < KINDS * KINDS * KINDS * KINDS * KINDS; n++) {
        char text[LENGTH];
        unsigned rest = n;
        for (size_t i = 0; i < LENGTH; i++, rest /= KINDS) {
            text[i] = letters[rest % KINDS];
        }
        if (text_is_clean(text, LENGTH)) {
            strbuf out;
            strbuf_init(&out);
            text_from_device(&out, text, LENGTH);
            assert_int_equal(out.length, LENGTH);
            assert_memory_equal(out.data, text, LENGTH);
            strbuf_fini(&out);
            clean++;
        }
    }
    assert_int_equal(clean, 32 + 3 * 16 + 8); /* two letters; no, one or two spaces between */
    assert_true(text_is_clean("Toner (K) 106R01 left", 21));
    assert_true(text_is_clean("", 0));
}

static void test_text__utf8_is_found_behind_ascii(void **state)
{
    (void)state;
    char text[40];
    for (size_t ascii = 0; ascii < 30; ascii++) {
        memset(text, 'x', ascii);
        memcpy(text + ascii, "\xc3\xa9yz", 4);
        assert_true(text_is_utf8(text, ascii + 4));
        assert_true(text_is_utf8(text, ascii));
        assert_false(text_is_utf8(text, ascii + 1));
        text[ascii + 1] = '(';
        assert_false(text_is_utf8(text, ascii + 4));
    }
}

static void test_text__fold_is_lower_case_of_all_scripts(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"", ""},
        {"HP LaserJet 400 [SN-1]", "hp laserjet 400 [sn-1]"},
        {"DRÜCKER Straße ÉÀ", "drücker straße éà"},
        {"ПРИНТЕР ΕΚΤΥΠΩΤΗΣ", "принтер εκτυπωτησ"},
        {"プリンタ 打印机 \xf0\x90\x90\x80", "プリンタ 打印机 \xf0\x90\x90\xa8"}, /* Deseret */
        {"A\xff\xc3", "a\xff\xc3"},                                               /* no UTF-8 */
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        strbuf out;
        strbuf_init(&out);
        text_fold(&out, pairs[i][0]);
        assert_string_equal(out.data, pairs[i][1]);
        strbuf_clear(&out);
        text_fold(&out, pairs[i][1]);
        assert_string_equal(out.data, pairs[i][1]);
        strbuf_fini(&out);
    }
}

static void test_text__base64url_and_hex_go_both_ways(void **state)
{
    (void)state;
    unsigned char data[64];
    unsigned char back[64];
    for (size_t n = 0; n < sizeof(data); n++) {
        data[n] = (unsigned char)(n * 37 + 11);
        strbuf out;
        char hex[2 * sizeof(data) + 1];
        size_t length = 99;
        strbuf_init(&out);
        text_base64url(&out, data, n);
        assert_true(text_unbase64url(out.data, back, sizeof(back), &length));
        assert_int_equal(length, n);
        assert_memory_equal(back, data, n);
        text_hex(hex, data, n);
        assert_true(text_unhex(hex, back, sizeof(back), &length));
        assert_int_equal(length, n);
        assert_memory_equal(back, data, n);
        strbuf_fini(&out);
    }
    size_t length = 0;
    assert_false(text_unbase64url("a", back, sizeof(back), &length));
    assert_false(text_unbase64url("ab==", back, sizeof(back), &length));
    assert_false(text_unbase64url("AAAA", back, 2, &length));
    assert_false(text_unhex("0", back, sizeof(back), &length));
    assert_false(text_unhex("zz", back, sizeof(back), &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text__from_device),
        cmocka_unit_test(test_text__every_octet_pair_gives_utf8),
        cmocka_unit_test(test_text__clean_is_what_stays),
        cmocka_unit_test(test_text__fold_is_lower_case_of_all_scripts),
        cmocka_unit_test(test_text__utf8_is_found_behind_ascii),
        cmocka_unit_test(test_text__base64url_and_hex_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
