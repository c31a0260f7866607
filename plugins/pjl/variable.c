/* See variable.h. A list of a device that lies about its lengths costs what it sends, no more. */
#include "variable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ANNOUNCED_MAX 1000000u

/* ---- octets ---- */

/* Length of the UTF-8 character at `at`, 0: it is none. */
static size_t character(const unsigned char *at)
{
    size_t length = at[0] < 0x80   ? 1
                    : at[0] < 0xc2 ? 0
                    : at[0] < 0xe0 ? 2
                    : at[0] < 0xf0 ? 3
                    : at[0] < 0xf5 ? 4
                                   : 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f)) {
        return 0;
    }
    return length;
}

bool variable_clean(const char *octets, char out[VARIABLE_TEXT + 1])
{
    const unsigned char *at = (const unsigned char *)octets;
    size_t done = 0;
    bool same = true;
    while (*at != '\0') {
        size_t length = character(at);
        size_t room = VARIABLE_TEXT - done;
        if (length == 1 && (*at < 0x20 || *at == 0x7f)) {
            same = false;
            if (room < 1) {
                break;
            }
            out[done++] = '?';
        } else if (length > 0 && length <= room) {
            memcpy(out + done, at, length);
            done += length;
        } else if (length == 0 && room >= 2) {
            same = false;
            out[done++] = (char)(0xc0 | *at >> 6);
            out[done++] = (char)(0x80 | (*at & 0x3f));
            length = 1;
        } else {
            same = false;
            break;
        }
        at += length;
    }
    out[done] = '\0';
    return same;
}

static char *clean_copy(const char *octets, bool *odd)
{
    char text[VARIABLE_TEXT + 1];
    *odd = !variable_clean(octets, text) || *odd;
    return strdup(text);
}

/* ---- making one ---- */

static void variable_fini(variable *v)
{
    free(v->name);
    free(v->language);
    free(v->value);
    for (size_t i = 0; i < v->option_count; i++) {
        free(v->options[i]);
    }
    free(v->options);
    *v = (variable){0};
}

bool variable_set(variable *v, const char *value)
{
    char text[VARIABLE_TEXT * 2 + 3];
    char *at = text;
    (void)snprintf(text, sizeof(text), "%s", value);
    at = grammar_trim(text);
    free(v->value);
    v->value = NULL;
    if (grammar_is_unknown(at)) {
        return true;
    }
    v->quoted = grammar_unquote(&at) || v->quoted;
    v->value = clean_copy(at, &v->odd);
    return v->value != NULL;
}

bool variable_set_answer(variable *v, const char *answer)
{
    size_t length = strlen(v->name);
    if (strncasecmp(answer, v->name, length) == 0) {
        const char *behind = answer + length + strspn(answer + length, " ");
        answer = *behind == '=' ? behind + 1 : answer;
    }
    return variable_set(v, answer);
}

static variable *add(variables *out, const char *language, const char *name)
{
    if (out->count == out->room) {
        size_t room = out->room == 0 ? 64 : out->room * 2;
        variable *list = reallocarray(out->list, room, sizeof(*list));
        if (list == NULL) {
            return NULL;
        }
        out->list = list;
        out->room = room;
    }
    variable *v = &out->list[out->count];
    *v = (variable){.name = strdup(name), .language = strdup(language)};
    if (v->name == NULL || v->language == NULL) {
        variable_fini(v);
        return NULL;
    }
    out->count++;
    return v;
}

bool variables_add(variables *out, const char *language, const char *name, const char *value)
{
    variable *v = out->count < VARIABLES_MAX ? add(out, language, name) : NULL;
    return v != NULL && variable_set(v, value);
}

/* ---- a list of them ---- */

/* "[3 ENUMERATED READONLY]" at the end of a line. */
typedef struct bracket {
    size_t announced;
    bool enumerated, range, read_only;
} bracket;

static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = strcasestr(text, word); at != NULL; at = strcasestr(at + 1, word)) {
        bool begins = at == text || strchr(" \t[,", at[-1]) != NULL;
        if (begins && strchr(" \t],", at[length]) != NULL) {
            return true;
        }
    }
    return false;
}

/* Cuts it off the line; false: there is none. */
static bool take_bracket(char *line, bracket *out)
{
    char *open = strrchr(line, '[');
    size_t length = strlen(line);
    *out = (bracket){0};
    if (open == NULL || length == 0 || line[length - 1] != ']') {
        return false;
    }
    char *end = NULL;
    unsigned long announced = strtoul(open + 1, &end, 10);
    out->announced = announced > ANNOUNCED_MAX ? ANNOUNCED_MAX : announced;
    out->enumerated = has_word(open, "ENUMERATED");
    out->range = !out->enumerated && has_word(open, "RANGE");
    out->read_only = has_word(open, "READONLY") || has_word(open, "READ-ONLY");
    if (!out->enumerated && !out->range && !out->read_only) {
        return false;
    }
    *open = '\0';
    return true;
}

/* "LPARM:PCL FONTNUMBER" or "COPIES", in place. Other groups ("IPARM:") are not of DEFAULT's. */
static bool split_name(char *text, const char **language, const char **name)
{
    *language = "";
    *name = text;
    char *colon = strchr(text, ':');
    if (colon == NULL) {
        return grammar_is_name(text);
    }
    *colon = '\0';
    char *blank = strchr(grammar_trim(colon + 1), ' ');
    if (strcasecmp(grammar_trim(text), "LPARM") != 0 || blank == NULL) {
        return false;
    }
    *language = grammar_trim(colon + 1);
    *blank = '\0';
    *name = grammar_trim(blank + 1);
    return grammar_is_name(*language) && grammar_is_name(*name);
}

/* `NAME=VALUE [n KIND]`: 1 a variable, 0 it is none, -1 no memory. */
static int read_variable(variables *out, const char *line, bracket *kind, variable **made)
{
    char text[VARIABLE_TEXT * 2];
    const char *language = NULL;
    const char *name = NULL;
    if (strlen(line) >= sizeof(text)) {
        return 0;
    }
    (void)snprintf(text, sizeof(text), "%s", line);
    (void)take_bracket(text, kind);
    char *equals = strchr(text, '=');
    if (equals == NULL) {
        return 0;
    }
    *equals = '\0';
    char *left = grammar_trim(text);
    for (char *c = left; *c != '\0'; c++) {
        *c = *c == '\t' ? ' ' : *c;
    }
    if (!split_name(left, &language, &name) || out->count == VARIABLES_MAX) {
        return 0;
    }
    *made = add(out, language, name);
    if (*made == NULL || !variable_set(*made, equals + 1)) {
        return -1;
    }
    (*made)->read_only = kind->read_only;
    (*made)->kind = kind->enumerated ? VARIABLE_IS_ENUM : VARIABLE_IS_TEXT;
    return 1;
}

static bool add_option(variables *out, variable *v, char *line)
{
    if (v->option_count == VARIABLE_OPTIONS || out->options == VARIABLES_OPTIONS) {
        v->cut = true;
        return true;
    }
    if ((v->option_count & (v->option_count - 1)) == 0) { /* 0, 1, 2, 4, 8 ... */
        size_t room = v->option_count == 0 ? 1 : v->option_count * 2;
        char **bigger = reallocarray(v->options, room, sizeof(*bigger));
        if (bigger == NULL) {
            return false;
        }
        v->options = bigger;
    }
    v->quoted = grammar_unquote(&line) || v->quoted;
    char *copy = clean_copy(line, &v->odd);
    if (copy == NULL) {
        return false;
    }
    v->options[v->option_count++] = copy;
    out->options++;
    return true;
}

/* The two ends of a range; what is no range after all leaves a text. */
static void end_range(variable *v, const bracket *kind)
{
    unsigned decimals[3] = {0, 0, 0};
    double value = 0;
    if (!kind->range) {
        v->cut = v->cut || (kind->enumerated && v->option_count < kind->announced);
        return;
    }
    v->ranged = v->option_count == 2 && grammar_number(v->options[0], &v->low, &decimals[0]) &&
                grammar_number(v->options[1], &v->high, &decimals[1]) && v->low <= v->high;
    bool number = v->value != NULL && grammar_number(v->value, &value, &decimals[2]);
    for (size_t i = 0; i < 3; i++) {
        v->decimals = decimals[i] > v->decimals ? decimals[i] : v->decimals;
    }
    /* What a double or six decimals cannot hold is left as it is written. */
    bool exact = v->decimals <= 6 && v->low > -1e9 && v->high < 1e9 && value > -1e9 && value < 1e9;
    if (v->ranged && exact && (number || v->value == NULL)) {
        v->kind = v->decimals == 0 ? VARIABLE_IS_INTEGER : VARIABLE_IS_NUMBER;
    } else {
        v->ranged = false;
        v->cut = true;
    }
    for (size_t i = 0; i < v->option_count; i++) {
        free(v->options[i]);
    }
    v->option_count = 0;
}

/* What stands below a variable belongs to it while lines of it are missing, indented or not; a line
 * that is a variable itself ends it. */
static bool is_option(const grammar_line *line, const variable *v, const bracket *kind)
{
    bracket other;
    char text[VARIABLE_TEXT * 2];
    if (v == NULL || (!kind->enumerated && !kind->range)) {
        return false;
    }
    if (line->indented) {
        return true;
    }
    if (v->option_count >= kind->announced || strlen(line->text) >= sizeof(text)) {
        return false;
    }
    (void)snprintf(text, sizeof(text), "%s", line->text);
    return !take_bracket(text, &other) || strchr(text, '=') == NULL;
}

bool variables_read(variables *out, const grammar_text *text, const grammar_answer *answer)
{
    variable *v = NULL;
    bracket kind = {0};
    for (size_t i = 0; i < answer->count; i++) {
        const grammar_line *line = &text->lines[answer->first + i];
        if (is_option(line, v, &kind)) {
            if (!add_option(out, v, line->text)) {
                return false;
            }
            continue;
        }
        if (v != NULL) {
            end_range(v, &kind);
        }
        v = NULL;
        int made = read_variable(out, line->text, &kind, &v);
        if (made < 0) {
            return false;
        }
        out->dropped += made == 0 ? 1 : 0;
    }
    if (v != NULL) {
        end_range(v, &kind);
    }
    return true;
}

/* ---- finding ---- */

static int compare(const variable *a, const char *language, const char *name)
{
    int order = strcasecmp(a->name, name);
    return order != 0 ? order : strcasecmp(a->language, language);
}

static int by_name(const void *a, const void *b)
{
    const variable *other = b;
    return compare(a, other->language, other->name);
}

void variables_sort(variables *list)
{
    size_t kept = 0;
    if (list->count > 1) {
        qsort(list->list, list->count, sizeof(list->list[0]), by_name);
    }
    for (size_t i = 0; i < list->count; i++) {
        if (kept > 0 && by_name(&list->list[kept - 1], &list->list[i]) == 0) {
            variable_fini(&list->list[i]);
            list->dropped++;
            continue;
        }
        list->list[kept++] = list->list[i];
    }
    list->count = kept;
}

variable *variables_find(const variables *list, const char *language, const char *name)
{
    size_t low = 0;
    size_t high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(&list->list[middle], language, name);
        if (order == 0) {
            return &list->list[middle];
        }
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    return NULL;
}

bool variables_have_languages(const variables *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->list[i].language[0] != '\0') {
            return true;
        }
    }
    return false;
}

void variables_fini(variables *list)
{
    for (size_t i = 0; i < list->count; i++) {
        variable_fini(&list->list[i]);
    }
    free(list->list);
    *list = (variables){0};
}

/* ---- values ---- */

size_t variable_option(const variable *v, const char *text)
{
    size_t near = v->option_count;
    for (size_t at = 0; at < v->option_count; at++) {
        if (strcmp(v->options[at], text) == 0) {
            return at;
        }
        if (near == v->option_count && strcasecmp(v->options[at], text) == 0) {
            near = at;
        }
    }
    return near;
}

bool variable_is(const variable *v, const char *text)
{
    double one = 0;
    double other = 0;
    if (v->value == NULL) {
        return false;
    }
    if (v->kind != VARIABLE_IS_ENUM && grammar_number(v->value, &one, NULL) &&
        grammar_number(text, &other, NULL)) {
        return one == other;
    }
    return strcmp(v->value, text) == 0 ||
           (v->kind == VARIABLE_IS_ENUM && strcasecmp(v->value, text) == 0 &&
            variable_option(v, v->value) == variable_option(v, text));
}

bool variable_allows(const variable *v, const char *text)
{
    double number = 0;
    unsigned decimals = 0;
    switch (v->kind) {
    case VARIABLE_IS_ENUM:
        return v->cut || v->option_count == 0 || variable_option(v, text) < v->option_count;
    case VARIABLE_IS_INTEGER:
    case VARIABLE_IS_NUMBER:
        return grammar_number(text, &number, &decimals) && number >= v->low && number <= v->high &&
               (decimals == 0 || v->kind == VARIABLE_IS_NUMBER);
    case VARIABLE_IS_TEXT:
        break;
    }
    return true;
}

/* ---- names ---- */

void variable_path(const variable *v, char path[VARIABLE_PATH])
{
    (void)snprintf(path, VARIABLE_PATH, "pjl/%s%s%s", v->language,
                   v->language[0] != '\0' ? "/" : "", v->name);
}

bool variable_of_path(const char *path, char language[64], char name[64])
{
    language[0] = '\0';
    if (strncmp(path, "pjl/", 4) != 0) {
        return false;
    }
    const char *rest = path + 4;
    const char *slash = strchr(rest, '/');
    if (slash != NULL) {
        size_t length = (size_t)(slash - rest);
        if (length == 0 || length > 63) {
            return false;
        }
        memcpy(language, rest, length);
        language[length] = '\0';
        rest = slash + 1;
    }
    if (!grammar_is_name(rest) || (slash != NULL && !grammar_is_name(language))) {
        return false;
    }
    (void)snprintf(name, 64, "%s", rest);
    return true;
}

void variable_command_name(const variable *v, char name[VARIABLE_PATH])
{
    (void)snprintf(name, VARIABLE_PATH, "%s%s%s%s", v->language[0] != '\0' ? "LPARM:" : "",
                   v->language, v->language[0] != '\0' ? " " : "", v->name);
}
