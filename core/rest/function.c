/* The list of functions: the core's own, then what features add at start. */
#include "core/rest/function.h"

#include <string.h>

#define FUNCTIONS_MAX 64

static const function_word own[] = {
    {"devices", "devices"}, {"groups", "devices"},    {"communication", "devices"},
    {"batch", "devices"},   {"discovery", "devices"}, {"tasks", "tasks"},
    {"scripts", "tasks"},   {"data", "data"},         {"reports", "reports"},
};

#define OWN (sizeof(own) / sizeof(own[0]))

static const function_word *added[FUNCTIONS_MAX];
static size_t added_count;

const function_word *function_at(size_t index)
{
    if (index < OWN) {
        return &own[index];
    }
    return index - OWN < added_count ? added[index - OWN] : NULL;
}

bool function_known(const char *id)
{
    const function_word *word = NULL;
    for (size_t i = 0; (word = function_at(i)) != NULL; i++) {
        if (strcmp(word->id, id) == 0) {
            return true;
        }
    }
    return false;
}

platen_code function_add(const function_word *word, platen_error *err)
{
    size_t length = strlen(word->id);
    if (length == 0 || length > FUNCTION_WORD_MAX ||
        strspn(word->id, "abcdefghijklmnopqrstuvwxyz0123456789-") != length) {
        return error_set(err, PLATEN_E_INVAL, "'%.64s' is no word for a function", word->id);
    }
    if (function_known(word->id)) {
        return error_set(err, PLATEN_E_EXISTS, "the function '%s' is there already", word->id);
    }
    if (added_count == FUNCTIONS_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "more than %d functions", FUNCTIONS_MAX);
    }
    added[added_count++] = word;
    return PLATEN_OK;
}

void function_remove(const function_word *word)
{
    for (size_t i = 0; i < added_count; i++) {
        if (added[i] == word) {
            added_count--;
            memmove(&added[i], &added[i + 1], (added_count - i) * sizeof(added[0]));
            return;
        }
    }
}
