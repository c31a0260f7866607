/*
 * Reads lists of key and value without changing or copying the device's octets as a whole. Pure
 * functions: any thread, no locks.
 */
#include "keyvalue.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Moves both ends of [*from, *to) inward over blanks. */
static void trim(const char *text, size_t *from, size_t *to)
{
    while (*from < *to && is_blank(text[*from])) {
        (*from)++;
    }
    while (*to > *from && is_blank(text[*to - 1])) {
        (*to)--;
    }
}

void keyvalue_init(keyvalue *list, const void *octets, size_t length, char separator)
{
    list->octets = octets;
    list->length = octets == NULL ? 0 : length;
    list->position = 0;
    list->pairs = 0;
    list->separator = separator;
}

/* Some devices quote values ("name=\"Tray 1\";"): a ';' inside such quotes does not end the pair.
 */
static size_t find_end(const keyvalue *list, size_t start)
{
    bool quoted = false;
    size_t end = start;
    for (; end < list->length && (quoted || list->octets[end] != ';'); end++) {
        if (list->octets[end] == '"') {
            quoted = !quoted;
        }
    }
    if (!quoted) {
        return end;
    }
    /* A lone quote is just a character ("12\" roll"): look again without quoting. */
    const char *semicolon = memchr(list->octets + start, ';', list->length - start);
    return semicolon == NULL ? list->length : (size_t)(semicolon - list->octets);
}

static void take_value(const keyvalue *list, size_t from, size_t to, keyvalue_pair *pair)
{
    trim(list->octets, &from, &to);
    if (to - from >= 2 && list->octets[from] == '"' && list->octets[to - 1] == '"') {
        from++;
        to--;
        trim(list->octets, &from, &to);
    }
    size_t length = to - from;
    if (length >= sizeof(pair->value)) {
        length = sizeof(pair->value) - 1;
    }
    for (size_t i = 0; i < length; i++) {
        /* A NUL inside must not hide what stands behind it. */
        char c = list->octets[from + i];
        pair->value[i] = c == '\0' ? ' ' : c;
    }
    pair->value[length] = '\0';
}

static bool take_pair(const keyvalue *list, size_t start, size_t end, keyvalue_pair *pair)
{
    const char *mark = memchr(list->octets + start, list->separator, end - start);
    if (mark == NULL) {
        return false;
    }
    size_t middle = (size_t)(mark - list->octets);
    size_t from = start;
    size_t to = middle;
    trim(list->octets, &from, &to);
    if (from == to || to - from >= sizeof(pair->key)) {
        return false;
    }
    for (size_t i = from; i < to; i++) {
        pair->key[i - from] = fold(list->octets[i]);
    }
    pair->key[to - from] = '\0';
    if (memchr(pair->key, '\0', to - from) != NULL) {
        return false;
    }
    take_value(list, middle + 1, end, pair);
    return true;
}

bool keyvalue_next(keyvalue *list, keyvalue_pair *pair)
{
    while (list->position < list->length && list->pairs < KEYVALUE_PAIRS) {
        size_t start = list->position;
        size_t end = find_end(list, start);
        list->position = end < list->length ? end + 1 : end;
        list->pairs++;
        if (take_pair(list, start, end, pair)) {
            return true;
        }
    }
    return false;
}

bool keyvalue_find(const keyvalue *list, const char *key, char value[KEYVALUE_VALUE])
{
    keyvalue again;
    keyvalue_pair pair;
    keyvalue_init(&again, list->octets, list->length, list->separator);
    while (keyvalue_next(&again, &pair)) {
        if (strcmp(pair.key, key) == 0 && pair.value[0] != '\0') {
            memcpy(value, pair.value, sizeof(pair.value));
            return true;
        }
    }
    return false;
}

bool keyvalue_integer(const char *text, int64_t *number)
{
    bool negative = text[0] == '-';
    const char *digit = negative ? text + 1 : text;
    int64_t value = 0;
    if (*digit == '\0') {
        return false;
    }
    for (; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9') {
            return false;
        }
        value = value * 10 + (*digit - '0');
        if (value > INT32_MAX) {
            return false;
        }
    }
    *number = negative ? -value : value;
    return true;
}
