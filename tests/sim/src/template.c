/* Text with ${...} in it, cut into segments when a profile is loaded. */
#include "oid.h"
#include "profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEGMENTS_MAX = 32 };

static const struct {
    const char *name;
    uint8_t kind;
} names[] = {
    {"serial", SEG_SERIAL}, {"mac", SEG_MAC},           {"MAC", SEG_MAC_PLAIN},
    {"mac6", SEG_MAC_TAIL}, {"index", SEG_INDEX},       {"pages", SEG_PAGES},
    {"level", SEG_LEVEL},   {"address", SEG_ADDRESS},   {"name", SEG_NAME},
    {"room", SEG_ROOM},     {"building", SEG_BUILDING}, {"floor", SEG_FLOOR},
};

static bool named_segment(struct profile_builder *b, const uint8_t *at, size_t len,
                          struct segment *seg)
{
    char word[32] = "";
    long arg = 0;

    memcpy(word, at, len < sizeof word ? len : sizeof word - 1);
    char *colon = strchr(word, ':');
    if (colon != NULL) {
        *colon = '\0';
        arg = strtol(colon + 1, NULL, 10);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].name, word) == 0) {
            if (names[i].kind == SEG_PAGES && colon == NULL) {
                arg = 100;
            }
            *seg = (struct segment){.kind = names[i].kind, .arg = (int32_t)arg};
            return true;
        }
    }
    snprintf(b->error, sizeof b->error, "unknown variable '${%s}'", word);
    return false;
}

bool template_compile(struct profile_builder *b, const uint8_t *text, size_t len, int32_t *number)
{
    struct segment found[SEGMENTS_MAX];
    struct profile *p = b->profile;
    size_t count = 0;
    size_t at = 0;

    while (at < len) {
        if (count == SEGMENTS_MAX) {
            snprintf(b->error, sizeof b->error, "template has too many parts");
            return false;
        }
        size_t end = at;
        if (len - at > 2 && text[at] == '$' && text[at + 1] == '{') {
            const uint8_t *close = memchr(text + at, '}', len - at);
            if (close == NULL) {
                snprintf(b->error, sizeof b->error, "template without '}'");
                return false;
            }
            end = (size_t)(close - text);
            if (!named_segment(b, text + at + 2, end - at - 2, &found[count++])) {
                return false;
            }
            at = end + 1;
            continue;
        }
        while (end < len && !(end > at && text[end] == '$')) {
            end++;
        }
        found[count++] = (struct segment){.kind = SEG_TEXT,
                                          .text = arena_copy(b->arena, text + at, end - at),
                                          .len = (uint16_t)(end - at)};
        at = end;
    }
    if (p->template_count % 64 == 0) {
        struct template *grown =
            arena_alloc(b->arena, (p->template_count + 64) * sizeof *p->templates);
        if (p->template_count > 0) {
            memcpy(grown, p->templates, p->template_count * sizeof *grown);
        }
        p->templates = grown;
    }
    *number = (int32_t)p->template_count;
    p->templates[p->template_count++] = (struct template){
        .segments = (struct segment *)(void *)arena_copy(b->arena, found, count * sizeof *found),
        .count = count};
    return true;
}
