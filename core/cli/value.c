/* Pure functions but for the local time zone. */
#include "core/cli/value.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/json.h"

const cJSON *value_at(const cJSON *item, const char *path)
{
    const cJSON *whole = cJSON_GetObjectItemCaseSensitive(item, path);
    if (whole != NULL) {
        return whole; /* counters have dots in their own names: "copy.mono" */
    }
    size_t length = strcspn(path, ".");
    char key[128];
    if (path[length] == '\0' || length >= sizeof(key)) {
        return NULL;
    }
    memcpy(key, path, length);
    key[length] = '\0';
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(item, key);
    /* Bounded by the text: each step takes at least one byte of it. */
    const char *rest = path + length + 1;
    while (member != NULL && rest[0] != '\0') {
        const cJSON *next = cJSON_GetObjectItemCaseSensitive(member, rest);
        if (next != NULL) {
            return next;
        }
        length = strcspn(rest, ".");
        if (rest[length] == '\0' || length >= sizeof(key)) {
            return NULL;
        }
        memcpy(key, rest, length);
        key[length] = '\0';
        member = cJSON_GetObjectItemCaseSensitive(member, key);
        rest += length + 1;
    }
    return member;
}

void value_time(strbuf *out, const char *text)
{
    int64_t ms = 0;
    struct tm parts;
    char shown[32];
    if (strlen(text) >= 20 && text[10] == 'T' && clock_parse(text, &ms)) {
        time_t seconds = (time_t)(ms / 1000);
        if (localtime_r(&seconds, &parts) != NULL &&
            strftime(shown, sizeof(shown), "%Y-%m-%d %H:%M:%S", &parts) > 0) {
            strbuf_append(out, shown);
            return;
        }
    }
    strbuf_append(out, text);
}

static void scalar(strbuf *out, const cJSON *value, bool people)
{
    if (cJSON_IsString(value)) {
        if (people) {
            value_time(out, value->valuestring);
        } else {
            strbuf_append(out, value->valuestring);
        }
    } else if (cJSON_IsBool(value)) {
        strbuf_append(out, cJSON_IsTrue(value) ? "yes" : "no");
    } else if (cJSON_IsNumber(value)) {
        double number = value->valuedouble;
        if (floor(number) == number && fabs(number) < 9e15) {
            strbuf_append_i64(out, (int64_t)number);
        } else {
            strbuf_appendf(out, "%.6g", number);
        }
    }
}

/* The member that says most about an object of a list: alerts, supplies, drivers, groups. */
static const cJSON *best_member(const cJSON *object)
{
    static const char *const members[] = {"text", "description", "name", "id", "address", "key"};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, members[i]);
        if (cJSON_IsString(member) && member->valuestring[0] != '\0') {
            return member;
        }
    }
    return NULL;
}

/* Objects as "key=value key=value", one level deep. */
static void object_text(strbuf *out, const cJSON *object, bool people)
{
    const cJSON *member = NULL;
    bool first = true;
    cJSON_ArrayForEach(member, object)
    {
        if (cJSON_IsObject(member) || cJSON_IsArray(member) || cJSON_IsNull(member)) {
            continue;
        }
        strbuf_appendf(out, "%s%s=", first ? "" : " ", member->string);
        scalar(out, member, people);
        first = false;
    }
}

static void list_text(strbuf *out, const cJSON *list, bool people)
{
    const cJSON *item = NULL;
    bool first = true;
    cJSON_ArrayForEach(item, list)
    {
        if (!first) {
            strbuf_append(out, ", ");
        }
        first = false;
        if (cJSON_IsObject(item)) {
            const cJSON *best = best_member(item);
            if (best != NULL) {
                scalar(out, best, people);
            } else {
                object_text(out, item, people);
            }
        } else {
            scalar(out, item, people);
        }
    }
}

void value_text(strbuf *out, const cJSON *value, bool people)
{
    if (cJSON_IsArray(value)) {
        list_text(out, value, people);
    } else if (cJSON_IsObject(value)) {
        object_text(out, value, people);
    } else {
        scalar(out, value, people);
    }
}
