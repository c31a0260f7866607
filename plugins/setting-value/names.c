/* Readable names beside the paths of rows (SET-93). */
#include "names.h"

#include "dictionary.h"

static platen_code take(platen_tx *tx, void *user, platen_error *err)
{
    dictionary **words = user;
    return *words != NULL ? PLATEN_OK : dictionary_take(tx, words, err);
}

platen_code names_put(cJSON *items, const char *language, platen_error *err)
{
    char name[DICTIONARY_TEXT];
    dictionary *words = NULL;
    cJSON *row = NULL;
    PLATEN_TRY(the_feature.store->read(the_feature.ctx, take, &words, err));
    cJSON_ArrayForEach(row, items)
    {
        const char *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "path"));
        if (path != NULL) {
            dictionary_path(words, language, "", path, name, sizeof(name));
            (void)cJSON_AddStringToObject(row, "name", name);
        }
    }
    dictionary_release(words);
    return PLATEN_OK;
}
