/* See file.h: reading rows. */
#include "file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SAY(why, ...) ((void)snprintf(why, FILE_WHY, __VA_ARGS__), false)

typedef struct reader {
    const unsigned char *at, *end;
    size_t line; /* where `at` is, from 1 */
    size_t row;
    size_t cells_seen; /* of all rows with more than one cell */
    char *room;        /* the cells of a row, one behind the other */
    size_t used;
    const char *cells[FILE_CELLS_MAX];
    size_t count;
    char *why;
} reader;

/* A row has at most this much text. */
#define ROOM ((size_t)FILE_CELL_MAX * 16u)

static bool put(reader *r, size_t begin, char c)
{
    if (r->used - begin >= FILE_CELL_MAX || r->used + 2 >= ROOM) {
        return SAY(r->why, "line %zu: a cell of more than %u bytes, or a row of more than %zu",
                   r->line, FILE_CELL_MAX, ROOM);
    }
    r->room[r->used++] = c;
    return true;
}

static bool read_quoted(reader *r, size_t begin)
{
    size_t line = r->line;
    r->at++;
    while (r->at < r->end) {
        unsigned char c = *r->at++;
        if (c == '"' && (r->at == r->end || *r->at != '"')) {
            return true;
        }
        r->at += c == '"' ? 1 : 0; /* a doubled one is one */
        r->line += c == '\n' ? 1 : 0;
        if (!put(r, begin, (char)c)) {
            return false;
        }
    }
    return SAY(r->why, "line %zu: quotes are opened and not closed", line);
}

static bool at_end_of_cell(const reader *r)
{
    return r->at == r->end || *r->at == ',' || *r->at == '\r' || *r->at == '\n';
}

static bool read_cell(reader *r)
{
    size_t begin = r->used;
    if (r->count == FILE_CELLS_MAX) {
        return SAY(r->why, "line %zu: more than %u cells", r->line, FILE_CELLS_MAX);
    }
    if (r->at < r->end && *r->at == '"') {
        if (!read_quoted(r, begin)) {
            return false;
        }
        if (!at_end_of_cell(r)) {
            return SAY(r->why, "line %zu: something stands behind closing quotes", r->line);
        }
    }
    while (!at_end_of_cell(r)) {
        if (!put(r, begin, (char)*r->at++)) {
            return false;
        }
    }
    r->room[r->used++] = '\0';
    r->cells[r->count++] = r->room + begin;
    return true;
}

/* To behind the line's end. */
static bool read_row(reader *r)
{
    r->used = 0;
    r->count = 0;
    bool more = true;
    while (more) {
        if (!read_cell(r)) {
            return false;
        }
        more = r->at < r->end && *r->at == ',';
        r->at += more ? 1 : 0;
    }
    if (r->at < r->end && *r->at == '\r') {
        r->at++;
    }
    if (r->at < r->end && *r->at == '\n') {
        r->at++;
    }
    r->line++;
    return true;
}

static bool is_text(const unsigned char *data, size_t length, char *why)
{
    for (size_t i = 0; i < length; i++) {
        if ((data[i] < ' ' && strchr("\t\r\n", data[i]) == NULL) || data[i] == 0 ||
            data[i] == 0x7f) {
            return SAY(why, "byte %zu is no text: devices export a CSV file", i + 1);
        }
    }
    return true;
}

/* What people take for it: exports of the same web page, and files of other kinds. */
static bool is_other(const unsigned char *data, size_t length, char *why)
{
    static const char *const book = "# Function Name: User Data Preference";
    if (length > 0 && (data[0] == '{' || data[0] == '[' || data[0] == '<' || data[0] == '@')) {
        (void)SAY(why, "it begins with '%c': devices export a CSV file", data[0]);
        return true;
    }
    if (memmem(data, length < 4096 ? length : 4096, book, strlen(book)) != NULL) {
        (void)SAY(why, "it is an exported address book, which is not among a device's settings");
        return true;
    }
    return false;
}

static bool read_all(reader *r, file_row *each, void *user)
{
    while (r->at < r->end) {
        if (r->row == FILE_ROWS_MAX) {
            return SAY(r->why, "more than %u rows", FILE_ROWS_MAX);
        }
        if (!read_row(r)) {
            return false;
        }
        r->row++;
        r->cells_seen += r->count > 1 ? r->count : 0;
        if (each != NULL && !each(r->row, r->cells, r->count, user)) {
            r->why[0] = '\0';
            return false;
        }
    }
    return r->cells_seen > 0 ? true : SAY(r->why, "no row has two cells: it is no CSV file");
}

bool file_read_rows(const void *data, size_t length, file_row *each, void *user, char *why)
{
    const unsigned char *bytes = data;
    if (length == 0 || length > FILE_BYTES_MAX) {
        return SAY(why, "a file of %zu bytes, 1 to %u are possible", length, FILE_BYTES_MAX);
    }
    size_t mark = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (is_other(bytes + mark, length - mark, why) || !is_text(bytes, length, why)) {
        return false;
    }
    reader *r = calloc(1, sizeof(*r));
    char *room = malloc(ROOM);
    bool good = r != NULL && room != NULL;
    if (good) {
        *r = (reader){
            .at = bytes + mark, .end = bytes + length, .line = 1, .room = room, .why = why};
        good = read_all(r, each, user);
    } else {
        (void)SAY(why, "no memory for a device setting file");
    }
    free(room);
    free(r);
    return good;
}

bool file_row_is_secret(const char *const *cells, size_t count)
{
    static const char *const words[] = {"password",       "passwd",        "passphrase",
                                        "secret",         "community",     "pin code",
                                        "encryption key", "pre-shared key"};
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
            if (strcasestr(cells[i], words[k]) != NULL) {
                return true;
            }
        }
    }
    return false;
}
