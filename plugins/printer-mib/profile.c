/*
 * Vendor profiles in memory: lookup and release. Immutable after load(), so without a lock.
 * Expressions are regexec()ed on texts of at most TEXT_LONG bytes and hold no back references.
 */
#include "profile.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

static void source_list_fini(source_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->at[i].matches) {
            regfree(&list->at[i].match);
        }
    }
    free(list->at);
}

static void record_sets_free(record_set *sets, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        free(sets[i].rows);
    }
    free(sets);
}

static void counters_fini(profile *of)
{
    for (uint32_t i = 0; i < of->table_count; i++) {
        for (uint32_t j = 0; j < of->tables[i].row_count; j++) {
            if (of->tables[i].rows[j].matches) {
                regfree(&of->tables[i].rows[j].match);
            }
        }
        free(of->tables[i].rows);
    }
    free(of->tables);
    free(of->scalars);
    record_sets_free(of->counter_records, of->counter_record_count);
}

static void profile_fini(profile *of)
{
    source_list *lists[] = {&of->device_id, &of->evidence, &of->model,     &of->serial,
                            &of->firmware,  &of->name,     &of->components};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        source_list_fini(lists[i]);
    }
    for (uint32_t i = 0; i < of->brand_count; i++) {
        free(of->brands[i].words);
    }
    for (uint32_t i = 0; i < of->model_cut_count; i++) {
        regfree(&of->model_cuts[i]);
    }
    for (uint32_t i = 0; i < of->model_denied_count; i++) {
        regfree(&of->model_denied[i]);
    }
    for (uint32_t i = 0; i < of->text_count; i++) {
        regfree(&of->texts[i].match);
    }
    counters_fini(of);
    record_sets_free(of->percent_records, of->percent_record_count);
    free(of->brands);
    free(of->object_ids);
    free(of->words);
    free(of->enterprises);
    free(of->component_tables);
    free(of->model_cuts);
    free(of->model_denied);
    free(of->percents);
    free(of->texts);
}

void profile_set_fini(profile_set *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        profile_fini(&set->at[i]);
    }
    free(set->at);
    set->at = NULL;
    set->count = 0;
}

const profile *profile_by_id(const profile_set *set, const char *id)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (strcmp(set->at[i].id, id) == 0) {
            return &set->at[i];
        }
    }
    return NULL;
}

const profile *profile_by_enterprise(const profile_set *set, uint32_t enterprise)
{
    for (uint32_t i = 0; i < set->count; i++) {
        for (uint32_t j = 0; j < set->at[i].enterprise_count; j++) {
            if (set->at[i].enterprises[j] == enterprise) {
                return &set->at[i];
            }
        }
    }
    return NULL;
}

const profile *profile_generic(const profile_set *set)
{
    return profile_by_id(set, PROFILE_GENERIC);
}

/* The length of the longest of the words that leads the text, 0 none. */
static size_t leading(const char *text, char (*words)[PROFILE_WORD], uint32_t count)
{
    size_t best = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t length = strlen(words[i]);
        if (length > best && text_leads(text, words[i])) {
            best = length;
        }
    }
    return best;
}

const char *profile_maker(const profile_set *set, const char *text, const profile **of,
                          size_t *length)
{
    const char *maker = NULL;
    size_t best = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        const profile *one = &set->at[i];
        const char *name = one->manufacturer;
        size_t found = leading(text, one->words, one->word_count);
        for (uint32_t j = 0; j < one->brand_count; j++) {
            size_t branded = leading(text, one->brands[j].words, one->brands[j].word_count);
            if (branded > found) {
                found = branded;
                name = one->brands[j].manufacturer;
            }
        }
        if (found > best) {
            best = found;
            maker = name;
            if (of != NULL) {
                *of = one;
            }
        }
    }
    if (length != NULL) {
        *length = best;
    }
    return maker;
}

bool source_capture(const source *from, const char *text, char *out, size_t size)
{
    regmatch_t parts[5];
    const regmatch_t *part = &parts[from->capture];
    out[0] = '\0';
    if (!from->matches) {
        text_copy(out, size, text);
    } else if (regexec(&from->match, text, 5, parts, 0) == 0 && part->rm_so >= 0) {
        size_t length = (size_t)(part->rm_eo - part->rm_so);
        if (length >= size) {
            length = size - 1u;
        }
        memcpy(out, text + part->rm_so, length);
        out[length] = '\0';
    }
    text_trim(out);
    return out[0] != '\0';
}
