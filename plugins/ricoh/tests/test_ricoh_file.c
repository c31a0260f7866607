/* Device setting files: what is one, what is none, packed and unpacked byte for byte. SET-69,
 * SET-72 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugins/ricoh/file.h"

typedef struct seen {
    size_t rows, cells;
    char last[256];
} seen;

static bool see(size_t number, const char *const *cells, size_t count, void *user)
{
    seen *s = user;
    assert_int_equal(number, s->rows + 1);
    s->rows++;
    s->cells += count;
    (void)snprintf(s->last, sizeof(s->last), "%s", cells[count - 1]);
    return true;
}

static void test_file__rows(void **state)
{
    static const char text[] =
        "\xef\xbb\xbf\"Name\",\"Value\"\r\n\"Tray \"\"1\"\"\",\"a,\r\nb\"\n\nx,y,z";
    char why[FILE_WHY];
    seen s = {0};
    (void)state;
    assert_true(file_read_rows(text, sizeof(text) - 1, see, &s, why));
    assert_int_equal(s.rows, 4);
    assert_int_equal(s.cells, 8);
    assert_string_equal(s.last, "z");
}

static void refused(const char *text, size_t length, const char *words)
{
    char why[FILE_WHY] = "";
    assert_false(file_read_rows(text, length, NULL, NULL, why));
    if (strstr(why, words) == NULL) {
        fail_msg("'%s' does not say '%s'", why, words);
    }
}

// SET-72
static void test_file__refuses(void **state)
{
    static const char *const texts[][2] = {
        {"a,\"b", "not closed"},
        {"\"a\"b,c", "behind closing quotes"},
        {"only\nwords\n", "no CSV"},
        {"{\"a\":1,\"b\":2}", "begins with '{'"},
        {"@PJL DEFAULT A=1, B", "begins with '@'"},
        {"", "0 bytes"},
        {"a,\x01", "no text"},
        {"# Function Name: User Data Preference\r\n\"a\",\"b\"", "address book"}};
    char *large = malloc(FILE_BYTES_MAX + 1);
    (void)state;
    assert_non_null(large);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        refused(texts[i][0], strlen(texts[i][0]), texts[i][1]);
    }
    refused("a,b\0c", 5, "no text");
    memset(large, 'a', FILE_BYTES_MAX + 1);
    refused(large, FILE_BYTES_MAX + 1, "are possible");
    refused(large, FILE_BYTES_MAX, "a cell of more than");
    memset(large, ',', FILE_BYTES_MAX);
    refused(large, FILE_BYTES_MAX, "cells");
    memset(large, '\n', FILE_BYTES_MAX);
    refused(large, FILE_BYTES_MAX, "rows");
    free(large);
}

static void test_file__secrets(void **state)
{
    const char *const rows[][2] = {{"SNMP Community Name 1", "public"},
                                   {"Login Password", "x"},
                                   {"WPA Passphrase", "y"},
                                   {"Tray", "Encryption Key"}};
    const char *const plain[] = {"Tray", "A4"};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(file_row_is_secret(rows[i], 2));
    }
    assert_false(file_row_is_secret(plain, 2));
}

/* Bytes of any charset come back as they were. */
static void test_file__packs(void **state)
{
    static const char text[] = "\x83\x52\x83\x73\x81\x5b,1\r\na,b\n";
    char digest[FILE_DIGEST];
    char why[FILE_WHY];
    size_t length = 0;
    (void)state;
    char *packed = file_pack(text, sizeof(text) - 1, digest, why);
    assert_non_null(packed);
    void *again = file_unpack(packed, digest, &length, why);
    assert_non_null(again);
    assert_int_equal(length, sizeof(text) - 1);
    assert_memory_equal(again, text, length);
    free(again);
    digest[0] = digest[0] == '0' ? '1' : '0';
    assert_null(file_unpack(packed, digest, &length, why));
    assert_non_null(strstr(why, "another digest"));
    packed[strlen(packed) / 2] = '!';
    assert_null(file_unpack(packed, digest, &length, why));
    packed[4] = '\0';
    assert_null(file_unpack(packed, digest, &length, why));
    free(packed);
}

/* What unpacks to more than it may, and what does not become small enough. */
static void test_file__bounds(void **state)
{
    size_t size = FILE_BYTES_MAX;
    unsigned char *data = calloc(1, size + 1);
    char digest[FILE_DIGEST];
    char why[FILE_WHY];
    uint32_t noise = 1;
    (void)state;
    assert_non_null(data);
    char *packed = file_pack(data, size, digest, why);
    assert_non_null(packed);
    free(packed);
    assert_null(file_pack(data, size + 1, digest, why));
    for (size_t i = 0; i < size; i++) {
        noise = noise * 1664525u + 1013904223u;
        data[i] = (unsigned char)(noise >> 24);
    }
    assert_null(file_pack(data, size, digest, why));
    assert_non_null(strstr(why, "are possible"));
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file__rows),    cmocka_unit_test(test_file__refuses),
        cmocka_unit_test(test_file__secrets), cmocka_unit_test(test_file__packs),
        cmocka_unit_test(test_file__bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
