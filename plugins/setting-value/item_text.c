/* Settings as JSON. Written by hand: a backup of ten thousand devices writes two million of them,
 * and building trees to print them took a third of it. */
#include "item.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct text {
    char *at;
    size_t length, room;
    bool failed;
} text;

static void put(text *t, const char *bytes, size_t count)
{
    if (t->length + count + 1 > t->room) {
        size_t room = (t->length + count + 1) * 2 + 4096;
        char *bigger = t->failed ? NULL : realloc(t->at, room);
        if (bigger == NULL) {
            t->failed = true;
            return;
        }
        t->at = bigger;
        t->room = room;
    }
    memcpy(t->at + t->length, bytes, count);
    t->length += count;
}

/* RFC 8259: quotes, backslashes and controls are escaped. */
static void put_escaped(text *t, unsigned char c)
{
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    char escape[8];
    for (size_t i = 0; i + 1 < sizeof(shorts); i += 2) {
        if (shorts[i] == (char)c) {
            put(t, "\\", 1);
            put(t, &shorts[i + 1], 1);
            return;
        }
    }
    put(t, escape, (size_t)snprintf(escape, sizeof(escape), "\\u%04x", c));
}

static void put_string(text *t, const char *string)
{
    put(t, "\"", 1);
    for (;;) {
        size_t plain = 0;
        for (unsigned char c = (unsigned char)string[0]; c >= ' ' && c != '"' && c != '\\';) {
            c = (unsigned char)string[++plain];
        }
        put(t, string, plain);
        if (string[plain] == '\0') {
            break;
        }
        put_escaped(t, (unsigned char)string[plain]);
        string += plain + 1;
    }
    put(t, "\"", 1);
}

static void put_number(text *t, double number)
{
    char digits[40];
    int length = 0;
    if (!isfinite(number)) {
        put(t, "null", 4);
        return;
    }
    if (fabs(number) < 1e9 && floor(number) >= number) {
        length = snprintf(digits, sizeof(digits), "%ld", (long)number);
    } else { /* as short as says the same */
        length = snprintf(digits, sizeof(digits), "%.15g", number);
        double again = strtod(digits, NULL);
        if (again < number || again > number) {
            length = snprintf(digits, sizeof(digits), "%.17g", number);
        }
    }
    put(t, digits, (size_t)length);
}

static void put_value(text *t, const cJSON *value)
{
    const cJSON *one = NULL;
    if (cJSON_IsString(value)) {
        put_string(t, value->valuestring);
    } else if (cJSON_IsNumber(value)) {
        put_number(t, value->valuedouble);
    } else if (cJSON_IsBool(value)) {
        put(t, cJSON_IsTrue(value) ? "true" : "false", cJSON_IsTrue(value) ? 4 : 5);
    } else if (cJSON_IsArray(value)) {
        put(t, "[", 1);
        cJSON_ArrayForEach(one, value)
        {
            put(t, ",", one != value->child ? 1 : 0);
            put_value(t, one);
        }
        put(t, "]", 1);
    } else {
        put(t, "null", 4);
    }
}

/* Members that a setting has, in their order; what else an object has is left out. */
static void put_item(text *t, const item *i)
{
    static const char *const members[] = {"path", "category", "kind",     "value", "values",
                                          "min",  "max",      "writable", "case",  "output"};
    const char *before = "{";
    for (size_t k = 0; k < sizeof(members) / sizeof(members[0]); k++) {
        const cJSON *member = cJSON_GetObjectItemCaseSensitive(i->json, members[k]);
        if (member != NULL) {
            put(t, before, 1);
            put_string(t, members[k]);
            put(t, ":", 1);
            put_value(t, member);
            before = ",";
        }
    }
    put(t, "{}", *before == '{' ? 1 : 0);
    put(t, "}", 1);
}

char *items_text_of(const item_list *list, bool (*keep)(const item *i, const void *user),
                    const void *user)
{
    text t = {NULL, 0, 0, false};
    bool any = false;
    put(&t, "[", 1);
    for (uint32_t i = 0; i < list->count; i++) {
        if (keep(&list->at[i], user)) {
            put(&t, ",", any ? 1 : 0);
            put_item(&t, &list->at[i]);
            any = true;
        }
    }
    put(&t, "]", 1);
    if (t.failed) {
        free(t.at);
        return NULL;
    }
    t.at[t.length] = '\0';
    return t.at;
}

static bool all(const item *i, const void *user)
{
    (void)i;
    (void)user;
    return true;
}

char *items_text(const item_list *list)
{
    return items_text_of(list, all, NULL);
}
