/* The list is set at start, before threads, and then only read. */
#include <string.h>

#include "core/notify/notify.h"

static const notify_word *words;
static size_t word_count;

void notify_words_set(const notify_word *list, size_t count)
{
    words = list;
    word_count = count;
}

const notify_word *notify_word_at(size_t index)
{
    return index < word_count ? &words[index] : NULL;
}

const notify_word *notify_word_find(const char *word)
{
    for (size_t i = 0; i < word_count; i++) {
        if (strcmp(words[i].word, word) == 0) {
            return &words[i];
        }
    }
    return NULL;
}
