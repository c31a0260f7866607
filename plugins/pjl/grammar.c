/* Pure functions. Devices differ in line ends, in blanks, in upper and lower case. */
#include "grammar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_LENGTH 63u
#define NUMBER_MAX_LENGTH 20u

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

char *grammar_trim(char *text)
{
    while (is_blank(*text)) {
        text++;
    }
    size_t length = strlen(text);
    while (length > 0 && is_blank(text[length - 1])) {
        text[--length] = '\0';
    }
    return text;
}

bool grammar_unquote(char **text)
{
    size_t length = strlen(*text);
    if (length < 2 || (*text)[0] != '"' || (*text)[length - 1] != '"') {
        return false;
    }
    (*text)[length - 1] = '\0';
    (*text)++;
    return true;
}

bool grammar_is_unknown(const char *text)
{
    return strcmp(text, "?") == 0 || strcmp(text, "\"?\"") == 0;
}

bool grammar_number(const char *text, double *number, unsigned *decimals)
{
    const char *at = text + (*text == '-' || *text == '+' ? 1 : 0);
    size_t whole = strspn(at, "0123456789");
    size_t part = at[whole] == '.' ? strspn(at + whole + 1, "0123456789") : 0;
    const char *end = at + whole + (at[whole] == '.' ? part + 1 : 0);
    if (whole + part == 0 || *end != '\0' || (size_t)(end - text) > NUMBER_MAX_LENGTH) {
        return false;
    }
    double sum = 0;
    double scale = 1;
    for (const char *c = at; c < end; c++) {
        if (*c != '.') {
            sum = sum * 10 + (*c - '0');
            scale *= c > at + whole ? 10 : 1;
        }
    }
    *number = (*text == '-' ? -1 : 1) * (sum / scale);
    if (decimals != NULL) {
        *decimals = (unsigned)part;
    }
    return true;
}

bool grammar_is_name(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                 "_-.");
    return length > 0 && length <= NAME_MAX_LENGTH && text[length] == '\0';
}

void grammar_command(char *command)
{
    char *to = command;
    for (const char *from = command; *from != '\0'; from++) {
        bool blank = is_blank(*from);
        char before = to > command ? to[-1] : ' ';
        if (blank && (before == ' ' || before == ':' || before == '=')) {
            continue;
        }
        if ((*from == ':' || *from == '=') && to > command && before == ' ') {
            to--;
        }
        *to++ = blank ? ' ' : (char)toupper((unsigned char)*from);
    }
    to -= to > command && to[-1] == ' ' ? 1 : 0;
    *to = '\0';
}

/* ---- answers ---- */

static void *grow(void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return list;
    }
    size_t more = *room == 0 ? 64 : *room * 2;
    void *bigger = reallocarray(list, more, size);
    *room = bigger != NULL ? more : *room;
    return bigger;
}

static bool add_answer(grammar_text *out, char *command)
{
    grammar_answer *list =
        grow(out->answers, out->answer_count, &out->answer_room, sizeof(*out->answers));
    if (list == NULL) {
        return false;
    }
    out->answers = list;
    grammar_command(command);
    list[out->answer_count++] = (grammar_answer){command, out->line_count, 0, false};
    return true;
}

static bool add_line(grammar_text *out, char *text, bool indented)
{
    grammar_line *list = grow(out->lines, out->line_count, &out->line_room, sizeof(*out->lines));
    if (list == NULL) {
        return false;
    }
    out->lines = list;
    list[out->line_count++] = (grammar_line){text, indented};
    out->answers[out->answer_count - 1].count++;
    return true;
}

/* Where a line's command begins, behind "@PJL"; NULL: it is no head of an answer. What stands
 * before it may be the rest of anything; within quotes it is text. */
static char *head_of(char *line)
{
    bool quoted = false;
    for (char *at = line; *at != '\0'; at++) {
        quoted = *at == '"' ? !quoted : quoted;
        if (!quoted && strncasecmp(at, "@PJL", 4) == 0 && (is_blank(at[4]) || at[4] == '\0')) {
            return grammar_trim(at + 4);
        }
    }
    return NULL;
}

typedef struct reading {
    grammar_text *out;
    bool open;    /* lines belong to the last answer */
    bool ustatus; /* ... but these to a USTATUS that came between */
} reading;

static bool take_line(reading *r, char *line)
{
    bool indented = *line == ' ' || *line == '\t';
    char *head = head_of(line);
    if (head != NULL) {
        r->ustatus =
            strncasecmp(head, "USTATUS", 7) == 0 && strncasecmp(head, "USTATUSOFF", 10) != 0;
        if (r->ustatus) {
            return true;
        }
        r->open = add_answer(r->out, head);
        return r->open;
    }
    line = grammar_trim(line);
    return !r->open || r->ustatus || *line == '\0' || add_line(r->out, line, indented);
}

static void take_form_feed(reading *r)
{
    if (r->ustatus) {
        r->ustatus = false; /* and what it broke into goes on */
    } else if (r->open) {
        r->out->answers[r->out->answer_count - 1].complete = true;
        r->open = false;
    }
}

bool grammar_read(grammar_text *out, char *octets, size_t length)
{
    reading r = {out, false, false};
    size_t start = 0;
    *out = (grammar_text){0};
    for (size_t i = 0; i <= length; i++) {
        char c = i < length ? octets[i] : '\n';
        if (c == '\0') {
            octets[i] = ' ';
        }
        if (c != '\n' && c != '\f') {
            continue;
        }
        octets[i] = '\0';
        if (!take_line(&r, octets + start)) {
            grammar_fini(out);
            return false;
        }
        if (c == '\f') {
            take_form_feed(&r);
        }
        start = i + 1;
    }
    return true;
}

void grammar_fini(grammar_text *text)
{
    free(text->lines);
    free(text->answers);
    *text = (grammar_text){0};
}

const grammar_answer *grammar_find(const grammar_text *text, const char *command)
{
    for (size_t i = 0; i < text->answer_count; i++) {
        if (strcmp(text->answers[i].command, command) == 0) {
            return &text->answers[i];
        }
    }
    return NULL;
}

const char *grammar_first(grammar_text *text, const char *command)
{
    const grammar_answer *answer = grammar_find(text, command);
    if (answer == NULL || answer->count == 0) {
        return NULL;
    }
    grammar_line *line = &text->lines[answer->first];
    if (grammar_is_unknown(line->text)) {
        return NULL;
    }
    (void)grammar_unquote(&line->text);
    return line->text;
}
