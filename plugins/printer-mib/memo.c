/*
 * What the driver keeps with a device between works, as "v1 p=hp r=1 ...". The text comes back from
 * storage, so what does not parse is simply not known.
 */
#include "memo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static int64_t number(const char *text, int64_t low, int64_t high, int64_t otherwise)
{
    char *end = NULL;
    long long value = strtoll(text, &end, 10);
    if (end == text || (*end != '\0' && *end != ' ') || value < low || value > high) {
        return otherwise;
    }
    return value;
}

static void item_parse(memo *out, const char *item)
{
    const char *value = item + 2;
    if (item[0] == '\0' || item[1] != '=') {
        return;
    }
    switch (item[0]) {
    case 'p': {
        size_t length = strcspn(value, " ");
        if (length < sizeof(out->profile)) {
            memcpy(out->profile, value, length);
            out->profile[length] = '\0';
        }
        break;
    }
    case 'r':
        out->row = (uint32_t)number(value, 0, INT32_MAX, 0);
        break;
    case 'n':
        out->several = number(value, 0, 1, 0) == 1;
        break;
    case 't': {
        int64_t tables = number(value, 0, 0xffff, -1);
        out->tables_known = tables >= 0;
        out->tables = tables >= 0 ? (uint32_t)tables : 0;
        break;
    }
    case 'e':
        out->events = number(value, -1, INT64_MAX, -1);
        break;
    case 'a':
        out->alerts = number(value, -1, INT32_MAX, -1);
        break;
    case 'u':
        out->uptime = number(value, 0, INT64_MAX, 0);
        break;
    default:
        break;
    }
}

void memo_parse(memo *out, const char *text)
{
    memset(out, 0, sizeof(*out));
    out->events = -1;
    out->alerts = -1;
    if (text == NULL || strncmp(text, "v1 ", 3) != 0) {
        return;
    }
    for (const char *at = text + 3; *at != '\0';) {
        item_parse(out, at);
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
}

void memo_format(const memo *from, char *out, size_t size)
{
    char tables[24] = "";
    if (from->tables_known) {
        (void)snprintf(tables, sizeof(tables), " t=%" PRIu32, from->tables);
    }
    (void)snprintf(out, size, "v1 p=%s r=%" PRIu32 "%s%s e=%" PRId64 " a=%" PRId64 " u=%" PRId64,
                   from->profile, from->row, from->several ? " n=1" : "", tables, from->events,
                   from->alerts, from->uptime);
}
