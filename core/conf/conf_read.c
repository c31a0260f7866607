/*
 * Reading: the INI file, the environment, --set. What is read is kept as it is and checked later,
 * when plugins have declared their keys.
 *
 * The parser is our own: the distribution's inih tells no line numbers, breaks lines of more than
 * 200 bytes in two and takes an indented line for the continuation of a value, all silently.
 */
#include "core/conf/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/conf/conf_internal.h"

#define FILE_LIMIT ((size_t)1024 * 1024)
#define LINE_LIMIT 4096u

typedef struct reader {
    conf *into;
    const char *file;
    unsigned line;
    char section[64]; /* "" before the first */
} reader;

static platen_code fail(const reader *r, platen_error *err, const char *what)
{
    return error_set(err, PLATEN_E_MALFORMED, "%s:%u: %s", r->file, r->line, what);
}

/* `text` begins with '['. */
static platen_code section_read(reader *r, char *text, platen_error *err)
{
    size_t length = strlen(text);
    if (text[length - 1] != ']') {
        return fail(r, err, "a section's line ends with ']' (a comment has a line of its own)");
    }
    text[length - 1] = '\0';
    const char *name = text_trim(text + 1);
    if (!conf_name_is_good(name, "-_")) {
        return fail(r, err, "a section's name has small letters, digits, '-' and '_'");
    }
    snprintf(r->section, sizeof r->section, "%s", name);
    return PLATEN_OK;
}

/* The line where the file has set this key before; NULL when it has not. */
static const conf_entry *entry_of_file(const reader *r, const conf_entry *begin, const char *key)
{
    for (const conf_entry *entry = begin; entry != NULL; entry = entry->next) {
        if (entry->weight == CONF_FILE && strcmp(entry->section, r->section) == 0 &&
            strcmp(entry->key, key) == 0) {
            return entry;
        }
    }
    return NULL;
}

static platen_code key_read(reader *r, char *text, platen_error *err)
{
    char *equals = strchr(text, '=');
    if (equals == NULL) {
        return fail(r, err, "neither a section, 'key = value' nor a comment");
    }
    *equals = '\0';
    const char *key = text_trim(text);
    const char *value = text_trim(equals + 1);
    if (!conf_name_is_good(key, "_")) {
        return fail(r, err, "a key has small letters, digits and '_'");
    }
    if (r->section[0] == '\0') {
        return error_set(err, PLATEN_E_MALFORMED, "%s:%u: key '%.60s' stands before any section",
                         r->file, r->line, key);
    }
    const conf_entry *before = entry_of_file(r, r->into->entries, key);
    if (before != NULL) {
        return error_set(err, PLATEN_E_INVAL,
                         "%s:%u: key '%.60s' in section [%s] stands twice, first at %s", r->file,
                         r->line, key, r->section, before->origin);
    }
    char origin[FILE_PATH + 16];
    snprintf(origin, sizeof origin, "%s:%u", r->file, r->line);
    return conf_entry_add(r->into, r->section, key, value, CONF_FILE, origin, err);
}

static platen_code line_read(reader *r, const char *begin, size_t length, platen_error *err)
{
    char line[LINE_LIMIT + 1];
    if (length > LINE_LIMIT) {
        return error_set(err, PLATEN_E_MALFORMED, "%s:%u: the line has %zu bytes, %u are the limit",
                         r->file, r->line, length, LINE_LIMIT);
    }
    if (memchr(begin, '\0', length) != NULL || !text_is_utf8(begin, length)) {
        return fail(r, err, "the line is not UTF-8 text");
    }
    memcpy(line, begin, length);
    line[length] = '\0';
    for (const char *c = line; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' && *c != '\t' && !(*c == '\r' && c[1] == '\0')) {
            return fail(r, err, "the line has a control character");
        }
    }
    size_t start = strspn(line, " \t\r");
    char *text = line + start;
    switch (text[0]) {
    case '\0':
    case '#':
    case ';':
        return PLATEN_OK;
    case '[':
        (void)text_trim(text);
        return section_read(r, text, err);
    default:
        return key_read(r, text, err);
    }
}

platen_code conf_read_text(conf *c, const char *name, const char *text, size_t length,
                           platen_error *err)
{
    static const char mark[] = "\xef\xbb\xbf"; /* some editors begin UTF-8 with it */
    reader r = {.into = c, .file = name};
    size_t at = length >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    while (at < length) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t line = end != NULL ? (size_t)(end - (text + at)) : length - at;
        r.line++;
        PLATEN_TRY(line_read(&r, text + at, line, err));
        at += line + 1;
    }
    return PLATEN_OK;
}

platen_code conf_read_file(conf *c, const char *path, platen_error *err)
{
    if (path == NULL) {
        if (access(CONF_SYSTEM_FILE, F_OK) != 0) {
            return PLATEN_OK;
        }
        path = CONF_SYSTEM_FILE;
    }
    char *text = NULL;
    size_t length = 0;
    platen_code code = file_read(path, FILE_LIMIT, &text, &length, err);
    if (code != PLATEN_OK) {
        return error_note(err, code, "configuration");
    }
    code = conf_read_text(c, path, text, length, err);
    free(text);
    return code;
}

platen_code conf_read_environment(conf *c, char *const *environment, platen_error *err)
{
    for (; environment != NULL && *environment != NULL; environment++) {
        const char *text = *environment;
        const char *equals = strchr(text, '=');
        char name[128];
        if (!text_begins(text, "PLATEN_") || equals == NULL) {
            continue;
        }
        size_t length = (size_t)(equals - text);
        if (length >= sizeof name) {
            return error_set(err, PLATEN_E_INVAL, "environment: '%.60s...' is no key of Platen",
                             text);
        }
        memcpy(name, text, length);
        name[length] = '\0';
        /* These are of the command line client. */
        if (strcmp(name, "PLATEN_URL") == 0 || strcmp(name, "PLATEN_TOKEN") == 0 ||
            strcmp(name, "PLATEN_CA") == 0) {
            continue;
        }
        PLATEN_TRY(conf_entry_add(c, NULL, name, equals + 1, CONF_ENVIRONMENT, "environment", err));
    }
    return PLATEN_OK;
}

platen_code conf_set(conf *c, const char *assignment, platen_error *err)
{
    char name[128];
    size_t length = strcspn(assignment, "=");
    if (assignment[length] != '=' || length >= sizeof name) {
        return error_set(err, PLATEN_E_INVAL, "--set '%.60s': 'section.key=value' is expected",
                         assignment);
    }
    memcpy(name, assignment, length);
    name[length] = '\0';
    char *dot = strchr(name, '.');
    if (dot == NULL || dot == name || dot[1] == '\0') {
        return error_set(err, PLATEN_E_INVAL, "--set '%.60s': 'section.key=value' is expected",
                         name);
    }
    *dot = '\0';
    return conf_entry_add(c, name, dot + 1, assignment + length + 1, CONF_COMMAND, "--set", err);
}
