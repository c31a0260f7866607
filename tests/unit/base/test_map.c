/* The hash map against a plain array. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/base/map.h"

#define KEYS 500

static void test_map__agrees_with_an_array(void **state)
{
    (void)state;
    map *m = map_new();
    int values[KEYS] = {0};
    bool there[KEYS] = {false};
    size_t count = 0;
    uint64_t x = 2463534242u;
    for (int step = 0; step < 200000; step++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        int k = (int)(x % KEYS);
        char key[16];
        size_t length = (size_t)snprintf(key, sizeof(key), "key-%d", k);
        assert_ptr_equal(map_get(m, key, length), there[k] ? &values[k] : NULL);
        if ((x >> 32) % 3 != 0) {
            void *old = NULL;
            assert_true(map_set(m, key, length, &values[k], &old));
            assert_ptr_equal(old, there[k] ? &values[k] : NULL);
            count += !there[k];
            there[k] = true;
        } else {
            assert_ptr_equal(map_remove(m, key, length), there[k] ? &values[k] : NULL);
            count -= there[k];
            there[k] = false;
        }
        assert_int_equal(map_count(m), count);
    }
    map_free(m, NULL);
}

static void test_map__hash_sees_every_byte(void **state)
{
    (void)state;
    char text[64];
    memset(text, 'a', sizeof(text));
    uint64_t whole = hash_bytes(text, sizeof(text));
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = 'b';
        assert_true(hash_bytes(text, sizeof(text)) != whole);
        text[i] = 'a';
        assert_true(hash_bytes(text, i) != whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map__agrees_with_an_array),
        cmocka_unit_test(test_map__hash_sees_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
