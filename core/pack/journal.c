/* See journal.h. */
#include "core/pack/journal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/base/json.h"

static const char *const words[] = {
    [JOURNAL_NONE] = "none",
    [JOURNAL_WAITING] = "waiting",
    [JOURNAL_SNAPSHOT] = "snapshot",
    [JOURNAL_SWITCHING] = "switching",
    [JOURNAL_CHECKING] = "checking",
    [JOURNAL_KEEPING] = "keeping",
    [JOURNAL_RESTORING] = "restoring",
    [JOURNAL_KEPT] = "kept",
    [JOURNAL_ROLLED_BACK] = "rolled-back",
};

#define WORDS (sizeof(words) / sizeof(words[0]))

const char *journal_word(journal_state state)
{
    return (size_t)state < WORDS ? words[state] : words[JOURNAL_NONE];
}

journal_state journal_state_of(const cJSON *tree)
{
    const char *word = json_get_text(tree, "state", "");
    for (size_t i = 0; i < WORDS; i++) {
        if (strcmp(words[i], word) == 0) {
            return (journal_state)i;
        }
    }
    return JOURNAL_NONE;
}

platen_code journal_read(const char *data, cJSON **tree, platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(active_path(data, "journal.json", path, err));
    PLATEN_TRY(active_json_read(path, tree, err));
    if (journal_state_of(*tree) == JOURNAL_NONE || json_get_object(*tree, "before") == NULL ||
        json_get_object(*tree, "after") == NULL) {
        cJSON_Delete(*tree);
        *tree = NULL;
        return error_set(err, PLATEN_E_CORRUPT, "'%s' is no journal of an installation", path);
    }
    return PLATEN_OK;
}

bool journal_set(cJSON *tree, const char *key, const char *value)
{
    cJSON *item = cJSON_CreateString(value);
    if (item == NULL) {
        return false;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(tree, key);
    if (!cJSON_AddItemToObject(tree, key, item)) {
        cJSON_Delete(item);
        return false;
    }
    return true;
}

platen_code journal_step(const char *data, cJSON *tree, journal_state state, platen_error *err)
{
    char path[FILE_PATH];
    if (!journal_set(tree, "state", journal_word(state))) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the journal");
    }
    PLATEN_TRY(active_path(data, "journal.json", path, err));
    return active_json_write(path, tree, err);
}

platen_code journal_remove(const char *data, platen_error *err)
{
    char path[FILE_PATH];
    char folder[FILE_PATH];
    PLATEN_TRY(active_path(data, "journal.json", path, err));
    if (unlink(path) != 0 && errno != ENOENT) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot remove '%s'", path);
    }
    PLATEN_TRY(file_join(folder, data, FUNCTIONS_FOLDER, err));
    return file_sync_dir(folder, err);
}
