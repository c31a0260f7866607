/* Lists of key and value, device ids and state reasons: any octets. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/ipp/keyvalue.h"
#include "plugins/ipp/reason.h"

uint64_t fuzz_understood;

/* What is promised of every pair; breaking it is a finding. */
static void check(const keyvalue_pair *pair)
{
    int64_t number = 0;
    if (pair->key[0] == '\0' || strnlen(pair->key, KEYVALUE_KEY) == KEYVALUE_KEY ||
        strnlen(pair->value, KEYVALUE_VALUE) == KEYVALUE_VALUE) {
        abort();
    }
    if (keyvalue_integer(pair->value, &number) && (number > INT32_MAX || number < -INT32_MAX)) {
        abort();
    }
    (void)reason_code(pair->value);
    (void)reason_group(pair->value);
    fuzz_understood++;
}

static void read_list(const uint8_t *data, size_t size, char separator)
{
    keyvalue list;
    keyvalue_pair pair;
    char value[KEYVALUE_VALUE];
    size_t count = 0;
    keyvalue_init(&list, data, size, separator);
    while (keyvalue_next(&list, &pair)) {
        check(&pair);
        if (++count > KEYVALUE_PAIRS) {
            abort();
        }
        if (pair.value[0] != '\0' && !keyvalue_find(&list, pair.key, value)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    reason found;
    read_list(data, size, '=');
    read_list(data, size, ':');
    if (reason_parse((const char *)data, size, &found) &&
        strnlen(found.keyword, REASON_KEYWORD) >= REASON_KEYWORD) {
        abort();
    }
    return 0;
}
