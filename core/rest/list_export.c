/*
 * Any list as a file: CSV, XLSX, plain text, by the header Accept. The rows are those of the JSON
 * answer, so that every list has it and none has code for it. Keys first, then pieces, as in
 * list.c: no connection is held while bytes go to the client.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/report/sheet_rows.h"
#include "core/rest/list_work.h"

typedef struct list_export {
    list_work *list;
    sheet_format format;
    sheet_rows *rows;
    bool begun; /* bytes have gone out: what fails now breaks the answer off */
    bool gone;  /* the client */
} list_export;

bool list_wants_sheet(rest_request *r, sheet_format *format)
{
    static const sheet_format formats[] = {SHEET_CSV, SHEET_XLSX, SHEET_TEXT};
    const char *accept = rest_header(r, "Accept");
    for (size_t i = 0; accept != NULL && i < sizeof(formats) / sizeof(formats[0]); i++) {
        const char *type = sheet_media_type(formats[i]);
        size_t length = strcspn(type, ";");
        if (strncasecmp(accept, type, length) == 0 &&
            (accept[length] == '\0' || strchr(",; ", accept[length]) != NULL)) {
            *format = formats[i];
            return true;
        }
    }
    return false;
}

static bool wants(const char *member, void *user)
{
    return list_wants(user, member);
}

bool list_begin_sheet(rest_request *r, sheet_format format)
{
    char name[96];
    const char *resource = strrchr(r->exchange->path, '/');
    (void)snprintf(name, sizeof(name), "attachment; filename=\"%.40s%s\"",
                   resource != NULL && resource[1] != '\0' ? resource + 1 : "list",
                   sheet_suffix(format));
    rest_answer_header(r, "Content-Disposition", name);
    return rest_stream_begin(r, sheet_media_type(format));
}

void list_sheet_columns(rest_request *r, const list_source *source, const char **names,
                        size_t capacity, sheet_rows_options *options)
{
    size_t count = 0;
    for (; count < source->field_count && count < capacity; count++) {
        names[count] = source->fields[count].name;
    }
    options->spare_count = count;
    options->wants = wants;
    options->user = r;
}

/* The answer begins with the first byte: what fails before, as a page too large, is an answer. */
static platen_code begin(list_export *e, platen_error *err)
{
    e->begun = true;
    e->gone = !list_begin_sheet(e->list->request, e->format);
    return e->gone ? error_set(err, PLATEN_E_CANCELLED, "the client has gone") : PLATEN_OK;
}

static platen_code write_bytes(const void *data, size_t length, void *user, platen_error *err)
{
    list_export *e = user;
    if (!e->begun) {
        PLATEN_TRY(begin(e, err));
    }
    if (!rest_stream_write(e->list->request, data, length)) {
        e->gone = true;
        return error_set(err, PLATEN_E_CANCELLED, "the client has gone");
    }
    return PLATEN_OK;
}

static platen_code put_row(list_export *e, store_stmt *stmt, cJSON *piece, platen_error *err)
{
    strbuf text;
    json_writer json;
    cJSON *row = NULL;
    strbuf_init(&text);
    json_init(&json, &text);
    platen_code code = e->list->row(e->list->request, stmt, &json, e->list->user, err);
    if (code == PLATEN_OK) {
        code = text.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a row of the list")
                           : json_parse(text.data, text.length, &row, err);
    }
    if (code == PLATEN_OK && !cJSON_AddItemToArray(piece, row)) {
        cJSON_Delete(row);
        code = error_set(err, PLATEN_E_NOMEM, "no memory for a row of the list");
    }
    strbuf_fini(&text);
    return code;
}

static platen_code read_piece(list_export *e, const int64_t *keys, size_t count, cJSON *piece,
                              platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_read(rest_services(e->list->request)->store, &conn, err));
    platen_code code = list_rows(e->list, conn, keys, count, &stmt, err);
    while (code == PLATEN_OK && (code = store_step(stmt, err)) == PLATEN_OK) {
        code = put_row(e, stmt, piece, err);
    }
    store_reset(stmt);
    store_read_end(conn);
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

static platen_code write_piece(list_export *e, const int64_t *keys, size_t count, platen_error *err)
{
    const cJSON *row = NULL;
    cJSON *piece = cJSON_CreateArray();
    platen_code code = piece != NULL
                           ? read_piece(e, keys, count, piece, err)
                           : error_set(err, PLATEN_E_NOMEM, "no memory for a piece of the list");
    cJSON_ArrayForEach(row, piece)
    {
        if (code != PLATEN_OK) {
            break;
        }
        code = sheet_rows_put(e->rows, row, err);
    }
    cJSON_Delete(piece);
    return code;
}

static platen_code write_all(list_export *e, const key_list *list, platen_error *err)
{
    platen_code code = PLATEN_OK;
    for (size_t at = 0; code == PLATEN_OK && at < list->count; at += LIST_SIZE_MAX) {
        size_t count = list->count - at < LIST_SIZE_MAX ? list->count - at : LIST_SIZE_MAX;
        code = write_piece(e, list->keys + at, count, err);
    }
    return code == PLATEN_OK ? sheet_rows_end(e->rows, err) : code;
}

platen_code list_answer_sheet(list_work *w, sheet_format format, platen_error *err)
{
    list_export e = {.list = w, .format = format};
    key_list list = {0};
    const char *names[64];
    sheet_rows_options options = {.sheet = {.format = format, .sink = write_bytes, .user = &e},
                                  .spare = names};
    list_sheet_columns(w->request, w->source, names, sizeof(names) / sizeof(names[0]), &options);
    platen_code code = list_take_all_keys(w, &list, err);
    if (code == PLATEN_OK) {
        code = sheet_rows_new(&options, &e.rows, err);
    }
    if (code == PLATEN_OK) {
        code = write_all(&e, &list, err);
    }
    sheet_rows_free(e.rows);
    free(list.keys);
    return e.gone ? PLATEN_OK : code;
}
