/* See version.h. */
#include "core/pack/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define NUMBER_DIGITS 9

static bool is_number(const char *text, size_t length)
{
    return length > 0 && strspn(text, DIGITS) >= length && (length == 1 || text[0] != '0');
}

/* A number up to `end`; the place behind `end`, NULL when there is none. */
static const char *take_number(const char *at, char end, uint32_t *out)
{
    size_t length = strspn(at, DIGITS);
    if (length > NUMBER_DIGITS || !is_number(at, length)) {
        return NULL;
    }
    *out = (uint32_t)strtoul(at, NULL, 10);
    at += length;
    if (*at == end) {
        return end == '\0' ? at : at + 1;
    }
    return NULL;
}

/* Dot-separated words of letters, digits and '-'; numbers without leading zeros. */
static bool pre_ok(const char *pre)
{
    for (;;) {
        size_t length = strcspn(pre, ".");
        size_t good = strspn(pre, DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-");
        if (length == 0 || good != length) {
            return false;
        }
        if (strspn(pre, DIGITS) >= length && (length > NUMBER_DIGITS || !is_number(pre, length))) {
            return false;
        }
        if (pre[length] == '\0') {
            return true;
        }
        pre += length + 1;
    }
}

bool version_parse(const char *text, version *out)
{
    version v = {0};
    if (text == NULL || strlen(text) >= VERSION_TEXT) {
        return false;
    }
    const char *at = take_number(text, '.', &v.major);
    at = at != NULL ? take_number(at, '.', &v.minor) : NULL;
    if (at == NULL) {
        return false;
    }
    const char *dash = strchr(at, '-');
    at = take_number(at, dash != NULL ? '-' : '\0', &v.patch);
    if (at == NULL || (dash != NULL && !pre_ok(at))) {
        return false;
    }
    (void)snprintf(v.pre, sizeof(v.pre), "%s", at);
    if (out != NULL) {
        *out = v;
    }
    return true;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

/* One word of a pre-release each: numbers by value and before words, words by bytes. */
static int compare_words(const char *a, size_t a_length, const char *b, size_t b_length)
{
    bool a_number = strspn(a, DIGITS) >= a_length;
    bool b_number = strspn(b, DIGITS) >= b_length;
    if (a_number && b_number) {
        return compare_numbers((uint32_t)strtoul(a, NULL, 10), (uint32_t)strtoul(b, NULL, 10));
    }
    if (a_number != b_number) {
        return a_number ? -1 : 1;
    }
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    return order != 0 ? order : compare_numbers((uint32_t)a_length, (uint32_t)b_length);
}

static int compare_pre(const char *a, const char *b)
{
    if (a[0] == '\0' || b[0] == '\0') {
        return (a[0] == '\0') - (b[0] == '\0');
    }
    for (;;) {
        size_t a_length = strcspn(a, ".");
        size_t b_length = strcspn(b, ".");
        int order = compare_words(a, a_length, b, b_length);
        if (order != 0) {
            return order;
        }
        if (a[a_length] == '\0' || b[b_length] == '\0') {
            return (a[a_length] != '\0') - (b[b_length] != '\0');
        }
        a += a_length + 1;
        b += b_length + 1;
    }
}

int version_compare(const version *a, const version *b)
{
    int order = compare_numbers(a->major, b->major);
    order = order != 0 ? order : compare_numbers(a->minor, b->minor);
    order = order != 0 ? order : compare_numbers(a->patch, b->patch);
    return order != 0 ? order : compare_pre(a->pre, b->pre);
}

int version_compare_text(const char *a, const char *b)
{
    version left;
    version right;
    bool a_ok = version_parse(a, &left);
    bool b_ok = version_parse(b, &right);
    return a_ok && b_ok ? version_compare(&left, &right) : (int)a_ok - (int)b_ok;
}
