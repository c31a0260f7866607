/*
 * Files of PJL commands as they are sent to a device (HP PJL Technical Reference Manual, DEFAULT):
 *
 *   ESC %-12345X @PJL COMMENT ...
 *   @PJL DEFAULT COPIES=2
 *   @PJL DEFAULT LPARM:PCL PITCH=10.00
 *
 * Lines end with LF or CR LF. What only frames them (COMMENT, JOB, EOJ, ECHO, USTATUSOFF) is passed
 * over; any other command is refused, since a file of settings would do more than it shows.
 */
#include "import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/pjl/setting.h"

#include "fault.h"
#include "import_parts.h"

#define UEL "\x1b%-12345X"
#define PREFIX "@PJL"
#define LINE_MAX_BYTES 4608u /* a value of a text, and what is before it */

typedef struct pjl_reader {
    cJSON *items;
    unsigned line, count;
    char text[LINE_MAX_BYTES + 1];
} pjl_reader;

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Names as devices tell them. */
static void to_upper(char *name)
{
    for (; *name != '\0'; name++) {
        *name = upper(*name);
    }
}

/* ---- one setting ---- */

static platen_code add_item(pjl_reader *r, const char *language, const char *name,
                            const char *value, bool quoted, platen_error *err)
{
    char path[ITEM_PATH_MAX + 1];
    cJSON *one = cJSON_CreateObject();
    cJSON *held = import_value(value, quoted ? "text" : NULL);
    const char *kind = import_kind(held);
    (void)snprintf(path, sizeof(path), "pjl/%s%s%s", language, language[0] != '\0' ? "/" : "",
                   name);
    if (one == NULL || !cJSON_AddItemToArray(r->items, one)) {
        cJSON_Delete(one);
        cJSON_Delete(held);
        return fault_memory(err, "a setting");
    }
    bool good = cJSON_AddStringToObject(one, "path", path) != NULL &&
                cJSON_AddStringToObject(one, "category", setting_category(name)) != NULL &&
                cJSON_AddStringToObject(one, "kind", kind) != NULL;
    if (!good || !cJSON_AddItemToObject(one, "value", held)) {
        cJSON_Delete(held);
        return fault_memory(err, "a setting");
    }
    if (++r->count > ITEMS_MAX) {
        return fault(err, PLATEN_E_TOO_LARGE, "line %u: more than %u settings", r->line, ITEMS_MAX);
    }
    return import_check(r->items, r->line, err);
}

/* "LPARM:PCL PITCH" or "COPIES", in place. */
static bool split_name(char *text, const char **language, const char **name)
{
    char *colon = strchr(text, ':');
    *language = "";
    *name = text;
    if (colon != NULL) {
        char *at = grammar_trim(colon + 1);
        char *blank = strpbrk(at, " \t");
        *colon = '\0';
        if (blank == NULL || strcmp(grammar_trim(text), "LPARM") != 0) {
            return false;
        }
        *blank = '\0';
        *language = at;
        *name = grammar_trim(blank + 1);
    }
    return grammar_is_name(*name) && (colon == NULL || grammar_is_name(*language));
}

/* Behind the word DEFAULT. */
static platen_code take_default(pjl_reader *r, char *text, platen_error *err)
{
    const char *language = "";
    const char *name = "";
    char *equals = strchr(text, '=');
    if (equals == NULL) {
        return fault(err, PLATEN_E_MALFORMED, "line %u: DEFAULT without NAME=VALUE", r->line);
    }
    *equals = '\0';
    char *left = grammar_trim(text);
    char *value = grammar_trim(equals + 1);
    to_upper(left);
    if (!split_name(left, &language, &name)) {
        return fault(err, PLATEN_E_MALFORMED,
                     "line %u: '%.60s' is no variable, as COPIES or LPARM:PCL PITCH are", r->line,
                     left);
    }
    bool quoted = grammar_unquote(&value);
    if (!quoted && value[0] == '\0') {
        return fault(err, PLATEN_E_MALFORMED, "line %u: %s has no value", r->line, name);
    }
    return add_item(r, language, name, value, quoted, err);
}

/* ---- lines ---- */

static platen_code take_command(pjl_reader *r, char *text, platen_error *err)
{
    static const char *const frames[] = {"", "COMMENT", "JOB", "EOJ", "ECHO", "USTATUSOFF"};
    char *word = grammar_trim(text);
    size_t length = strcspn(word, " \t");
    char *rest = word + length + (word[length] != '\0' ? 1 : 0);
    word[length] = '\0';
    to_upper(word);
    if (strcmp(word, "DEFAULT") == 0) {
        return take_default(r, rest, err);
    }
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        if (strcmp(word, frames[i]) == 0) {
            return PLATEN_OK;
        }
    }
    return fault(err, PLATEN_E_INVAL,
                 "line %u: '%.30s' is no setting: of PJL files DEFAULT is read, and nothing else "
                 "is done",
                 r->line, word);
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static platen_code take_line(pjl_reader *r, platen_error *err)
{
    char *at = r->text;
    while (begins(at, UEL)) {
        at += strlen(UEL);
    }
    if (at[strspn(at, " \t")] == '\0') {
        return PLATEN_OK;
    }
    if (!begins(at, PREFIX) || strchr(" \t", at[strlen(PREFIX)]) == NULL) {
        return fault(err, PLATEN_E_MALFORMED, "line %u does not begin with %s", r->line, PREFIX);
    }
    return take_command(r, at + strlen(PREFIX), err);
}

/* Copies the line at *at without its end, and goes behind it. */
static platen_code next_line(pjl_reader *r, const char **at, const char *end, platen_error *err)
{
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    size_t length = (size_t)((stop != NULL ? stop : end) - *at);
    const char *from = *at;
    r->line++;
    *at = stop != NULL ? stop + 1 : end;
    length -= length > 0 && from[length - 1] == '\r' ? 1 : 0;
    if (length > LINE_MAX_BYTES) {
        return fault(err, PLATEN_E_TOO_LARGE, "line %u: more than %u bytes", r->line,
                     LINE_MAX_BYTES);
    }
    if (memchr(from, '\0', length) != NULL) {
        return fault(err, PLATEN_E_MALFORMED, "line %u: a byte that is no text", r->line);
    }
    memcpy(r->text, from, length);
    r->text[length] = '\0';
    return PLATEN_OK;
}

platen_code import_pjl(const char *text, size_t length, item_list *out, platen_error *err)
{
    const char *at = text;
    platen_code rc = PLATEN_OK;
    pjl_reader *r = calloc(1, sizeof(*r));
    cJSON *items = cJSON_CreateArray();
    *out = (item_list){NULL, 0, NULL};
    if (r == NULL || items == NULL) {
        free(r);
        cJSON_Delete(items);
        return fault_memory(err, "a PJL file");
    }
    r->items = items;
    while (rc == PLATEN_OK && at < text + length) {
        rc = next_line(r, &at, text + length, err);
        rc = rc == PLATEN_OK ? take_line(r, err) : rc;
    }
    if (rc == PLATEN_OK && r->count == 0) {
        rc = fault(err, PLATEN_E_INVAL, "the file has no DEFAULT line, so no settings");
    }
    free(r);
    if (rc != PLATEN_OK) {
        cJSON_Delete(items);
        return rc;
    }
    return items_take(items, out, err);
}
