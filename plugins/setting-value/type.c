/* The rules of model types, as share/types.json has them. */
#include "type.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "item.h"
#include "share.h"

#define TYPES 8
#define LEVELS 8
#define CONTAINED 16 /* of a type */
#define GUARDED 4
#define CATEGORY (ITEM_CATEGORY_MAX + 1u)

typedef struct level_rule {
    char from[TYPE_PLATFORM];
    uint32_t level;
} level_rule;

typedef struct contained_rule {
    char category[CATEGORY];
    char in[CATEGORY];
} contained_rule;

typedef struct type_rule {
    char type[TYPE_WORD];
    level_rule levels[LEVELS]; /* highest platform first */
    uint32_t level_count;
    contained_rule contained[CONTAINED];
    uint32_t contained_count;
    char guarded[GUARDED][CATEGORY];
    uint32_t guarded_count;
} type_rule;

static type_rule rules[TYPES]; /* from load() on */
static uint32_t rule_count;

static const type_rule *find(const char *type)
{
    for (uint32_t i = 0; i < rule_count; i++) {
        if (strcmp(rules[i].type, type) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}

bool type_known(const char *type)
{
    return find(type) != NULL;
}

/* The next number of a version, "3.10.1" is 3, 10, 1; what is no number counts 0. */
static unsigned long next_number(const char **at)
{
    char *end = NULL;
    errno = 0;
    unsigned long number = **at >= '0' && **at <= '9' ? strtoul(*at, &end, 10) : 0;
    const char *rest = end != NULL ? end : *at;
    while (*rest != '\0' && *rest != '.') {
        rest++;
    }
    *at = *rest == '.' ? rest + 1 : rest;
    return number;
}

static int compare_versions(const char *a, const char *b)
{
    while (*a != '\0' || *b != '\0') {
        unsigned long x = next_number(&a);
        unsigned long y = next_number(&b);
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return 0;
}

void type_settle(type_of *t)
{
    const type_rule *r = find(t->type);
    for (uint32_t i = 0; t->level == 0 && t->platform[0] != '\0' && r != NULL && i < r->level_count;
         i++) {
        if (compare_versions(t->platform, r->levels[i].from) >= 0) {
            t->level = r->levels[i].level;
        }
    }
}

bool type_fits(const type_of *data, const type_of *device, const char **word, char *why,
               uint32_t size)
{
    if (data->type[0] != '\0' && strcmp(data->type, device->type) != 0) {
        *word = "type";
        (void)snprintf(why, size, "the data is of type %s, the device of type %s", data->type,
                       device->type[0] != '\0' ? device->type : "unknown");
        return false;
    }
    if (data->level > device->level && device->level > 0) {
        *word = "level";
        (void)snprintf(why, size,
                       "the data has security level %u, the device (platform %.20s) takes %u: "
                       "export it with that level",
                       (unsigned)data->level, device->platform, (unsigned)device->level);
        return false;
    }
    return true;
}

/* ---- categories ---- */

static bool names(const cJSON *categories, const char *word)
{
    const cJSON *one = NULL;
    cJSON_ArrayForEach(one, categories)
    {
        if (cJSON_IsString(one) && strcmp(one->valuestring, word) == 0) {
            return true;
        }
    }
    return false;
}

platen_code type_widen(const char *type, cJSON *categories, platen_error *err)
{
    const type_rule *r = cJSON_IsArray(categories) ? find(type) : NULL;
    for (uint32_t i = 0; r != NULL && i < r->contained_count; i++) {
        const contained_rule *c = &r->contained[i];
        if (names(categories, c->in) && !names(categories, c->category) &&
            !cJSON_AddItemToArray(categories, cJSON_CreateString(c->category))) {
            return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for categories");
        }
    }
    return PLATEN_OK;
}

bool type_guarded(const char *type, const char *category)
{
    const type_rule *r = find(type);
    for (uint32_t i = 0; r != NULL && i < r->guarded_count; i++) {
        if (strcmp(r->guarded[i], category) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- the file ---- */

static bool take_word(const cJSON *object, const char *name, char *out, size_t size)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    int length = snprintf(out, size, "%s", text != NULL ? text : "");
    return length >= 0 && (size_t)length < size;
}

static bool take_levels(const cJSON *list, type_rule *r)
{
    const cJSON *one = NULL;
    cJSON_ArrayForEach(one, list)
    {
        level_rule *l = &r->levels[r->level_count];
        const cJSON *level = cJSON_GetObjectItemCaseSensitive(one, "level");
        if (r->level_count == LEVELS || !take_word(one, "from", l->from, sizeof(l->from)) ||
            !cJSON_IsNumber(level) || level->valuedouble < 1 ||
            level->valuedouble > TYPE_LEVEL_MAX) {
            return false;
        }
        l->level = (uint32_t)level->valuedouble;
        r->level_count++;
    }
    return true;
}

static bool take_category(const char *text, char out[CATEGORY])
{
    bool good = text != NULL && item_category_good(text);
    (void)snprintf(out, CATEGORY, "%s", good ? text : "");
    return good;
}

/* {"basic": ["box"]} */
static bool take_contained(const cJSON *object, type_rule *r)
{
    const cJSON *in = NULL;
    const cJSON *one = NULL;
    cJSON_ArrayForEach(in, object)
    {
        cJSON_ArrayForEach(one, in)
        {
            contained_rule *c = &r->contained[r->contained_count];
            if (r->contained_count == CONTAINED || !take_category(in->string, c->in) ||
                !take_category(cJSON_GetStringValue(one), c->category)) {
                return false;
            }
            r->contained_count++;
        }
    }
    return true;
}

static bool take_guarded(const cJSON *list, type_rule *r)
{
    const cJSON *one = NULL;
    cJSON_ArrayForEach(one, list)
    {
        if (r->guarded_count == GUARDED ||
            !take_category(cJSON_GetStringValue(one), r->guarded[r->guarded_count])) {
            return false;
        }
        r->guarded_count++;
    }
    return true;
}

static bool take_types(const cJSON *tree)
{
    const cJSON *one = NULL;
    rule_count = 0;
    memset(rules, 0, sizeof(rules));
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(tree, "types"))
    {
        type_rule *r = &rules[rule_count];
        if (rule_count == TYPES || !take_word(one, "type", r->type, sizeof(r->type)) ||
            r->type[0] == '\0' ||
            !take_levels(cJSON_GetObjectItemCaseSensitive(one, "levels"), r) ||
            !take_contained(cJSON_GetObjectItemCaseSensitive(one, "contains"), r) ||
            !take_guarded(cJSON_GetObjectItemCaseSensitive(one, "guarded"), r)) {
            return false;
        }
        rule_count++;
    }
    return rule_count > 0;
}

platen_code type_load(platen_error *err)
{
    cJSON *tree = NULL;
    PLATEN_TRY(share_read("share/types.json", &tree, err));
    bool good = take_types(tree);
    cJSON_Delete(tree);
    return good ? PLATEN_OK
                : the_feature.host->fail(err, PLATEN_E_INVAL,
                                         "share/types.json has no rules of model types");
}
