/* Arenas and growing text. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/strbuf.h"

static void test_arena__pieces_are_zeroed_and_apart(void **state)
{
    (void)state;
    arena *a = arena_new();
    unsigned char *last = NULL;
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *piece = arena_alloc(a, size);
        assert_non_null(piece);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(piece[i], 0);
            piece[i] = 0xff;
        }
        assert_ptr_not_equal(piece, last);
        last = piece;
    }
    arena_clear(a);
    assert_string_equal(arena_dup(a, "again"), "again");
    arena_free(a);
}

static void test_arena__refuses_sizes_that_overflow(void **state)
{
    (void)state;
    arena *a = arena_new();
    assert_null(arena_alloc(a, SIZE_MAX));
    assert_null(arena_alloc_array(a, SIZE_MAX / 2, 4));
    arena_free(a);
}

static void test_arena__printf_and_dup(void **state)
{
    (void)state;
    arena *a = arena_new();
    assert_string_equal(arena_printf(a, "%d-%s", 7, "x"), "7-x");
    assert_null(arena_dup(a, NULL));
    assert_string_equal(arena_dup_n(a, "abcdef", 3), "abc");
    arena_free(a);
}

static void test_strbuf__grows_and_is_taken(void **state)
{
    (void)state;
    strbuf b;
    strbuf_init(&b);
    for (int i = 0; i < 1000; i++) {
        strbuf_append_i64(&b, INT64_MIN);
    }
    assert_int_equal(b.length, 20000);
    strbuf_appendf(&b, "%05d", 42);
    assert_string_equal(b.data + 20000, "00042");
    char *text = strbuf_take(&b);
    assert_int_equal(strlen(text), 20005);
    assert_int_equal(b.length, 0);
    free(text);
    strbuf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena__pieces_are_zeroed_and_apart),
        cmocka_unit_test(test_arena__refuses_sizes_that_overflow),
        cmocka_unit_test(test_arena__printf_and_dup),
        cmocka_unit_test(test_strbuf__grows_and_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
