/* Settings of tasks. */
#include "task.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

static int64_t id_of(const char *text)
{
    char *end = NULL;
    errno = 0;
    long long id = text != NULL && text[0] >= '0' && text[0] <= '9' ? strtoll(text, &end, 10) : 0;
    return errno == 0 && end != NULL && *end == '\0' ? id : 0;
}

int64_t task_id(const char *settings, const char *member)
{
    cJSON *tree = cJSON_Parse(settings);
    int64_t id = id_of(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, member)));
    cJSON_Delete(tree);
    return id;
}

bool task_flag(const char *settings, const char *member)
{
    cJSON *tree = cJSON_Parse(settings);
    bool flag = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, member));
    cJSON_Delete(tree);
    return flag;
}

bool task_is(const char *settings, const char *member, const char *word)
{
    cJSON *tree = cJSON_Parse(settings);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, member));
    bool same = text != NULL && strcmp(text, word) == 0;
    cJSON_Delete(tree);
    return same;
}
