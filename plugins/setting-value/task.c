/* Settings of tasks. */
#include "task.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "caution.h"

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

platen_code task_add(platen_task_kind *kind, const char *word, platen_error *err)
{
    char *schema = caution_in_schema(word, kind->settings);
    if (schema == NULL) {
        return the_feature.host->fail(err, PLATEN_E_INVAL,
                                      "share/cautions.json has no place for the task '%s'", word);
    }
    kind->settings = schema;
    platen_code rc = the_feature.task->kind(the_feature.ctx, kind, err);
    kind->settings = NULL;
    cJSON_free(schema);
    return rc;
}
