/* Colours from colorant values and from supply names in several languages. Pure functions. */
#include "color.h"

#include <stddef.h>
#include <string.h>

#include "text.h"

typedef struct color_word {
    const char *word;
    const char *color;
} color_word;

/* Whole words without case: English, German, French, Italian, Spanish, Portuguese, Dutch, Polish,
 * Scandinavian, Turkish. */
static const color_word words[] = {
    {"black", "black"},     {"schwarz", "black"},  {"noir", "black"},      {"noire", "black"},
    {"nero", "black"},      {"nera", "black"},     {"negro", "black"},     {"negra", "black"},
    {"preto", "black"},     {"preta", "black"},    {"zwart", "black"},     {"zwarte", "black"},
    {"czarny", "black"},    {"svart", "black"},    {"sort", "black"},      {"siyah", "black"},
    {"schwarzer", "black"}, {"bk", "black"},       {"cyan", "cyan"},       {"zyan", "cyan"},
    {"ciano", "cyan"},      {"cian", "cyan"},      {"cyaan", "cyan"},      {"cyjan", "cyan"},
    {"magenta", "magenta"}, {"yellow", "yellow"},  {"gelb", "yellow"},     {"jaune", "yellow"},
    {"giallo", "yellow"},   {"gialla", "yellow"},  {"amarillo", "yellow"}, {"amarilla", "yellow"},
    {"amarelo", "yellow"},  {"amarela", "yellow"}, {"geel", "yellow"},     {"gele", "yellow"},
    {"gul", "yellow"},      {"gray", "gray"},      {"grey", "gray"},       {"grau", "gray"},
    {"gris", "gray"},       {"grigio", "gray"},    {"red", "red"},         {"rouge", "red"},
    {"blue", "blue"},       {"bleu", "blue"},      {"green", "green"},     {"orange", "orange"},
    {"violet", "violet"},   {"white", "white"},    {"clear", "clear"},     {"transparent", "clear"},
    {"gold", "gold"},       {"silver", "silver"},
};

/* Parts of texts in scripts without spaces or with endings, none of them ASCII alone: Chinese,
 * Japanese, Korean, Russian, Polish, Turkish. The same hue may stand under two spellings. */
static const color_word parts[] = {
    {"黑", "black"},        {"黒", "black"},       {"ブラック", "black"},   {"검정", "black"},
    {"черн", "black"},      {"чёрн", "black"},     {"Черн", "black"},       {"Чёрн", "black"},
    {"青", "cyan"},         {"シアン", "cyan"},    {"시안", "cyan"},        {"голуб", "cyan"},
    {"品紅", "magenta"},    {"品红", "magenta"},   {"マゼンタ", "magenta"}, {"마젠타", "magenta"},
    {"пурпур", "magenta"},  {"Пурпур", "magenta"}, {"黃", "yellow"},        {"黄", "yellow"},
    {"イエロー", "yellow"}, {"노랑", "yellow"},    {"желт", "yellow"},      {"жёлт", "yellow"},
    {"Желт", "yellow"},     {"Жёлт", "yellow"},    {"żółt", "yellow"},      {"Żółt", "yellow"},
    {"sarı", "yellow"},     {"洋紅", "magenta"},   {"洋红", "magenta"},     {"Голуб", "cyan"},
    {"camgöbeği", "cyan"},
};

/* Letters in brackets or alone at the end: "Toner (K)", "Toner-C". */
static const char *letter_color(const char *text)
{
    size_t length = strlen(text);
    char letter = '\0';
    const char *open = strrchr(text, '(');
    if (open != NULL && open[1] != '\0' && open[2] == ')') {
        letter = open[1];
    } else if (length > 2u && (text[length - 2u] == '-' || text[length - 2u] == ' ')) {
        letter = text[length - 1u];
    }
    switch (letter) {
    case 'K':
        return "black";
    case 'C':
        return "cyan";
    case 'M':
        return "magenta";
    case 'Y':
        return "yellow";
    default:
        return "";
    }
}

/* Inks of several tones of one hue. */
static const char *toned(const char *text, const char *color)
{
    if (text_word(text, "light") != NULL || text_contains(text, "light-")) {
        if (strcmp(color, "cyan") == 0) {
            return "light-cyan";
        }
        if (strcmp(color, "magenta") == 0) {
            return "light-magenta";
        }
        if (strcmp(color, "gray") == 0) {
            return "light-gray";
        }
        if (strcmp(color, "black") == 0) {
            return "light-black";
        }
    }
    if (strcmp(color, "black") == 0) {
        if (text_word(text, "matte") != NULL || text_word(text, "matt") != NULL) {
            return "matte-black";
        }
        if (text_word(text, "photo") != NULL) {
            return "photo-black";
        }
    }
    return color;
}

/* False: the text names two colours. */
static bool note_color(const char **found, const char *color)
{
    if (*found != NULL && strcmp(*found, color) != 0) {
        return false;
    }
    *found = color;
    return true;
}

static bool colors_of_words(const char *text, const char **found)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (!text_begins_word(text, at)) {
            continue;
        }
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            if (text_leads(at, words[i].word) && !note_color(found, words[i].color)) {
                return false;
            }
        }
    }
    return true;
}

static bool colors_of_parts(const char *text, const char **found)
{
    for (size_t i = 0; !text_is_ascii(text) && i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strstr(text, parts[i].word) != NULL && !note_color(found, parts[i].color)) {
            return false;
        }
    }
    return true;
}

const char *color_of(const char *text)
{
    const char *found = NULL;
    if (!colors_of_words(text, &found) || !colors_of_parts(text, &found)) {
        return "";
    }
    return found == NULL ? letter_color(text) : toned(text, found);
}
