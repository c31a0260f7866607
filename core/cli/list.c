/* Rows come one by one and leave at once; only a table's first rows are kept for its widths. */
#include "core/cli/list.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/cli/api.h"
#include "core/cli/csv.h"
#include "core/cli/table.h"
#include "core/cli/value.h"
#include "core/cli/width.h"

typedef struct shown {
    cli *c;
    list_column columns[TABLE_COLUMNS];
    size_t count;
    table table;
    strbuf cells[TABLE_COLUMNS];
    strbuf line;
    uint64_t rows;
} shown;

static platen_code write_out(cli *c, const char *data, size_t length, platen_error *err)
{
    if (fwrite(data, 1, length, c->out) != length) {
        return error_set(err, PLATEN_E_IO, "output cannot be written");
    }
    return PLATEN_OK;
}

/* ---- what is asked for ---- */

static bool is_filter(const char *text)
{
    const char *colon = strchr(text, ':');
    return colon != NULL && colon != text && colon[1] != ':' && strchr(colon + 1, ':') != NULL;
}

platen_code list_query(cli *c, const args *a, const char *sort, strbuf *path, platen_error *err)
{
    const char *value;
    size_t position = 0;
    while ((value = args_next(a, "filter", &position)) != NULL) {
        if (!is_filter(value)) {
            return cli_usage(c, err, "filter '%s' is not 'field:operator:value'", value);
        }
        api_query(path, "f", value);
    }
    value = args_value(a, "sort");
    if (value != NULL || sort != NULL) {
        api_query(path, "sort", value != NULL ? value : sort);
    }
    value = args_value(a, "q");
    if (value != NULL) {
        api_query(path, "q", value);
    }
    return PLATEN_OK;
}

/* The columns of --fields; their names are pieces of `names`, which is changed. */
static size_t split_fields(char *names, list_column *columns)
{
    size_t count = 0;
    char *rest = names;
    char *name;
    while (count < TABLE_COLUMNS && (name = strsep(&rest, ",")) != NULL) {
        while (*name == ' ') {
            name++;
        }
        if (*name != '\0') {
            columns[count].field = name;
            columns[count].title = name;
            count++;
        }
    }
    return count;
}

/* "counters.total" is a part of the member "counters": only members can be asked for. */
static void query_fields(strbuf *path, const list_column *columns, size_t count)
{
    strbuf fields;
    strbuf_init(&fields);
    for (size_t i = 0; i < count; i++) {
        strbuf_append(&fields, i > 0 ? "," : "");
        strbuf_append_n(&fields, columns[i].field, strcspn(columns[i].field, "."));
    }
    api_query(path, "fields", fields.data);
    strbuf_fini(&fields);
}

/* ---- rows ---- */

static platen_code show_row(shown *s, const cJSON *item, platen_error *err)
{
    const char *texts[TABLE_COLUMNS];
    bool numbers[TABLE_COLUMNS];
    bool people = s->c->format == CLI_TABLE;
    for (size_t i = 0; i < s->count; i++) {
        const cJSON *value = value_at(item, s->columns[i].field);
        strbuf_clear(&s->cells[i]);
        value_text(&s->cells[i], value, people);
        if (s->cells[i].failed) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for a row");
        }
        texts[i] = s->cells[i].data;
        numbers[i] = cJSON_IsNumber(value);
    }
    if (people) {
        return table_add(&s->table, texts, numbers, err);
    }
    strbuf_clear(&s->line);
    csv_record(&s->line, texts, s->count);
    return s->line.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a row")
                          : write_out(s->c, s->line.data, s->line.length, err);
}

static platen_code take_item(const char *json, size_t length, const cJSON *item, void *user,
                             platen_error *err)
{
    shown *s = user;
    uint64_t row = s->rows++;
    if (s->c->format == CLI_JSON) {
        PLATEN_TRY(write_out(s->c, row == 0 ? "[\n" : ",\n", 2, err));
        return write_out(s->c, json, length, err);
    }
    return show_row(s, item, err);
}

static void shown_init(shown *s, cli *c, const list_column *columns, size_t count)
{
    const char *titles[TABLE_COLUMNS];
    s->c = c;
    s->count = count;
    s->rows = 0;
    for (size_t i = 0; i < count; i++) {
        s->columns[i] = columns[i];
        titles[i] = columns[i].title;
        strbuf_init(&s->cells[i]);
    }
    strbuf_init(&s->line);
    table_init(&s->table, c->out, c->width, titles, count);
}

static void shown_fini(shown *s)
{
    for (size_t i = 0; i < s->count; i++) {
        strbuf_fini(&s->cells[i]);
    }
    strbuf_fini(&s->line);
    table_fini(&s->table);
}

static platen_code begin(shown *s, platen_error *err)
{
    if (s->c->format != CLI_CSV) {
        return PLATEN_OK;
    }
    const char *names[TABLE_COLUMNS];
    for (size_t i = 0; i < s->count; i++) {
        names[i] = s->columns[i].field;
    }
    csv_record(&s->line, names, s->count);
    return write_out(s->c, s->line.data, s->line.length, err);
}

static platen_code end(shown *s, platen_error *err)
{
    if (s->c->format == CLI_JSON) {
        return s->rows == 0 ? write_out(s->c, "[]\n", 3, err) : write_out(s->c, "\n]\n", 3, err);
    }
    return s->c->format == CLI_TABLE ? table_end(&s->table, err) : PLATEN_OK;
}

/* The first page, with a word on what was left out. */
static platen_code show_page(shown *s, strbuf *path, platen_error *err)
{
    api_answer answer;
    char size[16];
    (void)snprintf(size, sizeof(size), "%d", LIST_PAGE);
    api_query(path, "page", "1");
    api_query(path, "size", size);
    api_answer_init(&answer);
    platen_code rc = api_call(s->c, "GET", path->data, NULL, NULL, &answer, err);
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, json_get_array(answer.tree, "items"))
    {
        if (rc == PLATEN_OK) {
            s->rows++;
            rc = show_row(s, item, err);
        }
    }
    if (rc == PLATEN_OK) {
        rc = table_end(&s->table, err);
    }
    int64_t total = json_get_i64(answer.tree, "total", 0);
    if (rc == PLATEN_OK && total > 0 && (uint64_t)total > s->rows) {
        (void)fflush(s->c->out);
        (void)fprintf(s->c->err, "%" PRIu64 " of %" PRId64 "; --all shows the rest\n", s->rows,
                      total);
    }
    api_answer_fini(&answer);
    return rc;
}

platen_code list_show(cli *c, const args *a, const char *resource, const list_column *columns,
                      const char *sort, platen_error *err)
{
    shown s;
    list_column chosen[TABLE_COLUMNS];
    size_t count = 0;
    const char *fields = args_value(a, "fields");
    char *names = fields == NULL ? NULL : strdup(fields);
    strbuf path;

    if (fields != NULL && names == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the fields");
    }
    if (names != NULL) {
        count = split_fields(names, chosen);
    }
    for (; names == NULL && columns[count].field != NULL; count++) {
        chosen[count] = columns[count];
    }
    if (count == 0) {
        free(names);
        return cli_usage(c, err, "--fields names none");
    }
    strbuf_init(&path);
    strbuf_append(&path, resource);
    shown_init(&s, c, chosen, count);
    platen_code rc = list_query(c, a, sort, &path, err);
    if (rc == PLATEN_OK && (names != NULL || c->format != CLI_JSON)) {
        query_fields(&path, chosen, count);
    }
    if (rc == PLATEN_OK && path.failed) {
        rc = error_set(err, PLATEN_E_NOMEM, "no memory for a request");
    }
    if (rc == PLATEN_OK && c->format == CLI_TABLE && !args_has(a, "all")) {
        rc = show_page(&s, &path, err);
    } else if (rc == PLATEN_OK) {
        rc = begin(&s, err);
        rc = rc != PLATEN_OK ? rc : api_stream(c, path.data, take_item, &s, err);
        rc = rc != PLATEN_OK ? rc : end(&s, err);
    }
    shown_fini(&s);
    strbuf_fini(&path);
    free(names);
    return rc;
}

/* ---- single objects ---- */

/* "first_seen" as people read it: "First seen". */
static void title_of(strbuf *out, const char *name)
{
    for (size_t i = 0; name[i] != '\0'; i++) {
        char c = name[i] == '_' || name[i] == '-' ? ' ' : name[i];
        strbuf_append_char(out, i == 0 ? (char)toupper((unsigned char)c) : c);
    }
}

/* Lists of objects get a table of their own elsewhere; here they would be unreadable. */
static bool is_plain(const cJSON *member)
{
    return !(cJSON_IsArray(member) && cJSON_IsObject(member->child));
}

static platen_code show_members(cli *c, const cJSON *tree, platen_error *err)
{
    strbuf line;
    strbuf value;
    size_t widest = 0;
    const cJSON *member = NULL;
    strbuf_init(&line);
    strbuf_init(&value);
    cJSON_ArrayForEach(member, tree)
    {
        size_t wide = is_plain(member) ? width_of(member->string) : 0;
        widest = wide > widest ? wide : widest;
    }
    widest = widest > 30 ? 30 : widest;
    platen_code rc = PLATEN_OK;
    cJSON_ArrayForEach(member, tree)
    {
        strbuf_clear(&value);
        value_text(&value, member, true);
        if (rc != PLATEN_OK || !is_plain(member) || value.length == 0) {
            continue;
        }
        strbuf_clear(&line);
        title_of(&line, member->string);
        for (size_t i = width_of(member->string); i < widest; i++) {
            strbuf_append_char(&line, ' ');
        }
        strbuf_append(&line, "  ");
        width_clean(&line, value.data);
        strbuf_append_char(&line, '\n');
        rc = line.failed || value.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a line")
                                         : write_out(c, line.data, line.length, err);
    }
    strbuf_fini(&line);
    strbuf_fini(&value);
    return rc;
}

/* One record of CSV: the names, then the values. */
static platen_code show_record(cli *c, const cJSON *tree, platen_error *err)
{
    strbuf head;
    strbuf line;
    strbuf value;
    const cJSON *member = NULL;
    bool first = true;
    strbuf_init(&head);
    strbuf_init(&line);
    strbuf_init(&value);
    cJSON_ArrayForEach(member, tree)
    {
        strbuf_clear(&value);
        value_text(&value, member, false);
        strbuf_append(&head, first ? "" : ",");
        strbuf_append(&line, first ? "" : ",");
        first = false;
        csv_field(&head, member->string);
        csv_field(&line, value.data);
    }
    strbuf_append(&head, "\r\n");
    strbuf_append(&line, "\r\n");
    platen_code rc = head.failed || line.failed || value.failed
                         ? error_set(err, PLATEN_E_NOMEM, "no memory for a record")
                         : write_out(c, head.data, head.length, err);
    if (rc == PLATEN_OK) {
        rc = write_out(c, line.data, line.length, err);
    }
    strbuf_fini(&head);
    strbuf_fini(&line);
    strbuf_fini(&value);
    return rc;
}

platen_code list_show_one(cli *c, const char *json, size_t length, const cJSON *tree,
                          platen_error *err)
{
    switch (c->format) {
    case CLI_JSON:
        PLATEN_TRY(write_out(c, json, length, err));
        return length > 0 && json[length - 1] == '\n' ? PLATEN_OK : write_out(c, "\n", 1, err);
    case CLI_CSV:
        return show_record(c, tree, err);
    case CLI_TABLE:
        break;
    }
    return show_members(c, tree, err);
}

platen_code list_show_array(cli *c, const cJSON *items, const list_column *columns,
                            platen_error *err)
{
    shown s;
    size_t count = 0;
    const cJSON *item = NULL;
    while (columns[count].field != NULL) {
        count++;
    }
    shown_init(&s, c, columns, count);
    platen_code rc = begin(&s, err);
    cJSON_ArrayForEach(item, items)
    {
        char *text = rc == PLATEN_OK ? cJSON_PrintUnformatted(item) : NULL;
        if (rc == PLATEN_OK && text == NULL) {
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for an item");
        } else if (rc == PLATEN_OK) {
            rc = take_item(text, strlen(text), item, &s, err);
        }
        cJSON_free(text);
    }
    rc = rc != PLATEN_OK ? rc : end(&s, err);
    shown_fini(&s);
    return rc;
}

platen_code list_show_part(cli *c, const char *headline, const cJSON *items,
                           const list_column *columns, platen_error *err)
{
    if (c->format != CLI_TABLE || cJSON_GetArraySize(items) == 0) {
        return PLATEN_OK;
    }
    (void)fprintf(c->out, "\n%s\n", headline);
    return list_show_array(c, items, columns, err);
}
