/*
 * Consumables: printer-supply (PWG 5100.13), printer-finisher-supplies (PWG 5100.1), or the
 * marker-* lists of older devices. Percent only where the device's numbers say it. Any thread.
 */
#include "facts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "attribute.h"
#include "keyvalue.h"
#include "unit.h"

#define KEY 32

typedef struct supply_text {
    char type[KEYVALUE_VALUE];
    char unit[KEYVALUE_VALUE];
    char color[KEYVALUE_VALUE];
    int64_t index;
    bool has_class;
} supply_text;

/* Exact or not at all: the level itself where the unit is percent, else its share of a capacity
 * that the device knows. */
static void set_percent(platen_supply *supply)
{
    int64_t capacity = supply->capacity;
    if (supply->level < 0) {
        supply->percent =
            supply->level >= PLATEN_LEVEL_SOME ? (int32_t)supply->level : PLATEN_LEVEL_UNKNOWN;
        return;
    }
    if (capacity <= 0 && strcasecmp(supply->unit, "percent") == 0) {
        capacity = 100;
    }
    if (capacity <= 0) {
        supply->percent = PLATEN_LEVEL_UNKNOWN;
        return;
    }
    supply->clamped = supply->level > capacity ? 1 : 0;
    supply->percent = supply->clamped != 0 ? 100 : (int32_t)(supply->level * 100 / capacity);
}

static void take_number(const char *value, int64_t *number)
{
    int64_t read = 0;
    if (keyvalue_integer(value, &read) && read >= PLATEN_LEVEL_SOME) {
        *number = read;
    }
}

static void take_pair(const keyvalue_pair *pair, platen_supply *supply, supply_text *text)
{
    if (strcmp(pair->key, "type") == 0) {
        memcpy(text->type, pair->value, sizeof(text->type));
    } else if (strcmp(pair->key, "unit") == 0) {
        memcpy(text->unit, pair->value, sizeof(text->unit));
    } else if (strcmp(pair->key, "colorantname") == 0 || strcmp(pair->key, "color") == 0) {
        memcpy(text->color, pair->value, sizeof(text->color));
    } else if (strcmp(pair->key, "class") == 0) {
        text->has_class = true;
        supply->class_of = strcasecmp(pair->value, "receptacleThatIsFilled") == 0
                               ? PLATEN_SUPPLY_RECEPTACLE
                               : PLATEN_SUPPLY_CONSUMED;
    } else if (strcmp(pair->key, "maxcapacity") == 0 || strcmp(pair->key, "max") == 0) {
        take_number(pair->value, &supply->capacity);
    } else if (strcmp(pair->key, "level") == 0) {
        take_number(pair->value, &supply->level);
    } else if (strcmp(pair->key, "index") == 0) {
        take_number(pair->value, &text->index);
    }
}

/* "unknown", "none" and "other" are no colour. */
static const char *color_or_none(const char *color)
{
    static const char *const none[] = {"unknown", "none", "other", "no-color"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        if (strcasecmp(color, none[i]) == 0) {
            return "";
        }
    }
    return color;
}

static void fold(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z') {
            *text = (char)(*text - 'A' + 'a');
        }
    }
}

static bool read_supply(const facts *f, const char *attribute, size_t at, platen_supply *supply,
                        supply_text *text)
{
    keyvalue list;
    keyvalue_pair pair;
    size_t length = 0;
    const char *octets = attribute_octets(f->answer, attribute, at, &length);
    size_t pairs = 0;
    memset(text, 0, sizeof(*text));
    keyvalue_init(&list, octets, length, '=');
    while (keyvalue_next(&list, &pair)) {
        take_pair(&pair, supply, text);
        pairs++;
    }
    fold(text->color);
    if (!text->has_class && strncasecmp(text->type, "waste", 5) == 0) {
        supply->class_of = PLATEN_SUPPLY_RECEPTACLE; /* PAPPL 1.3.1 leaves the class out */
    }
    supply->type = text->type;
    supply->unit = unit_name(text->unit);
    supply->color = color_or_none(text->color);
    return pairs > 0;
}

/* Whether every row has an index of its own: only then the indexes are the printer MIB's. */
static bool has_indexes(const facts *f, const char *attribute, size_t count)
{
    int64_t seen[ATTRIBUTE_VALUES];
    for (size_t i = 0; i < count; i++) {
        platen_supply supply = PLATEN_SUPPLY_INIT;
        supply_text text;
        (void)read_supply(f, attribute, i, &supply, &text);
        if (text.index <= 0) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (seen[j] == text.index) {
                return false;
            }
        }
        seen[i] = text.index;
    }
    return true;
}

static bool say_rows(const facts *f, const char *attribute, const char *descriptions,
                     const char *kind)
{
    size_t count = attribute_count(f->answer, attribute);
    bool indexed = has_indexes(f, attribute, count);
    bool said = false;
    for (size_t i = 0; i < count; i++) {
        platen_supply supply = PLATEN_SUPPLY_INIT;
        supply_text text;
        char key[KEY];
        if (!read_supply(f, attribute, i, &supply, &text)) {
            continue;
        }
        (void)snprintf(key, sizeof(key), "%s.1.%lld", kind,
                       indexed ? (long long)text.index : (long long)i + 1);
        const char *description = attribute_text(f->answer, descriptions, i);
        supply.key = key;
        supply.description = description == NULL ? "" : description;
        supply.source = "ipp";
        set_percent(&supply);
        f->drivers->supply(f->work, &supply);
        said = true;
    }
    return said;
}

/* "waste-toner" as RFC 3805 writes it: "wasteToner". */
static void make_type(const char *keyword, char *type, size_t capacity)
{
    size_t length = 0;
    bool upper = false;
    for (; *keyword != '\0' && length + 1 < capacity; keyword++) {
        char c = *keyword;
        if (c == '-' || c == '_' || c == ' ') {
            upper = length > 0;
            continue;
        }
        type[length++] = upper && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        upper = false;
    }
    type[length] = '\0';
}

static const char *color_name(const char *color)
{
    static const struct {
        const char *hex;
        const char *name;
    } names[] = {
        {"#000000", "black"}, {"#00ffff", "cyan"}, {"#ff00ff", "magenta"}, {"#ffff00", "yellow"},
        {"#ffffff", "white"}, {"#ff0000", "red"},  {"#00ff00", "green"},   {"#0000ff", "blue"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(color, names[i].hex) == 0) {
            return names[i].name;
        }
    }
    return color_or_none(color);
}

/*
 * marker-levels are percent; of a waste container they say how full it is (its marker-high-levels
 * are the warning), so what is left is the rest.
 */
static void say_marker(const facts *f, size_t at)
{
    platen_supply supply = PLATEN_SUPPLY_INIT;
    char key[KEY];
    char type[64] = "";
    const char *name = attribute_text(f->answer, "marker-names", at);
    const char *word = attribute_text(f->answer, "marker-types", at);
    const char *color = attribute_text(f->answer, "marker-colors", at);
    int64_t level = PLATEN_LEVEL_UNKNOWN;
    if (!attribute_integer(f->answer, "marker-levels", at, &level) && name == NULL) {
        return;
    }
    if (word != NULL) {
        make_type(word, type, sizeof(type));
    }
    (void)snprintf(key, sizeof(key), "marker.1.%zu", at + 1);
    supply.key = key;
    supply.description = name == NULL ? "" : name;
    supply.type = type;
    supply.color = color == NULL ? "" : color_name(color);
    supply.source = "ipp";
    supply.unit = "percent";
    if (level >= PLATEN_LEVEL_SOME) {
        supply.level = level;
    }
    if (level >= 0) {
        supply.capacity = 100;
    }
    if (strncasecmp(type, "waste", 5) == 0) {
        supply.class_of = PLATEN_SUPPLY_RECEPTACLE;
    }
    set_percent(&supply);
    if (supply.class_of == PLATEN_SUPPLY_RECEPTACLE && supply.percent >= 0) {
        supply.percent = 100 - supply.percent;
    }
    f->drivers->supply(f->work, &supply);
}

void facts_supplies(const facts *f)
{
    if (!say_rows(f, "printer-supply", "printer-supply-description", "marker")) {
        size_t count = attribute_count(f->answer, "marker-names");
        size_t levels = attribute_count(f->answer, "marker-levels");
        for (size_t i = 0; i < (count > levels ? count : levels); i++) {
            say_marker(f, i);
        }
    }
    (void)say_rows(f, "printer-finisher-supplies", "printer-finisher-supplies-description",
                   "finisher");
}
