/*
 * What SQLite says about indexes, kept for each source for the life of the process: migrations run
 * before the server starts. One mutex guards the table; it is not held across SQL.
 */
#include "core/rest/list_index.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCES 64u

typedef struct known {
    const list_source *source;
    list_indexes *indexes;
} known;

struct list_index_book {
    pthread_mutex_t lock; /* entries, count */
    known entries[SOURCES];
    size_t count;
};

static const store_sql index_columns = {
    "list_index_columns",
    "SELECT x.name, x.seqno, x.coll FROM pragma_index_list(:table_name) l, "
    "pragma_index_xinfo(l.name) x WHERE x.key = 1 AND x.seqno < 4 ORDER BY l.name, x.seqno",
    "SELECT '', 0, '' WHERE :table_name = ''",
};

list_index_book *list_index_new(void)
{
    list_index_book *b = calloc(1, sizeof(*b));
    if (b != NULL) {
        (void)pthread_mutex_init(&b->lock, NULL);
    }
    return b;
}

void list_index_free(list_index_book *b)
{
    if (b == NULL) {
        return;
    }
    for (size_t i = 0; i < b->count; i++) {
        free(b->entries[i].indexes);
    }
    (void)pthread_mutex_destroy(&b->lock);
    free(b);
}

static bool recall(list_index_book *b, const list_source *source, list_indexes *out)
{
    bool found = false;
    (void)pthread_mutex_lock(&b->lock);
    for (size_t i = 0; i < b->count && !found; i++) {
        if (b->entries[i].source == source) {
            *out = *b->entries[i].indexes;
            found = true;
        }
    }
    (void)pthread_mutex_unlock(&b->lock);
    return found;
}

static void keep(list_index_book *b, const list_source *source, const list_indexes *indexes)
{
    list_indexes *copy = malloc(sizeof(*copy));
    if (copy == NULL) { /* asked again next time */
        return;
    }
    *copy = *indexes;
    (void)pthread_mutex_lock(&b->lock);
    if (b->count < SOURCES) {
        b->entries[b->count++] = (known){source, copy};
        copy = NULL;
    }
    (void)pthread_mutex_unlock(&b->lock);
    free(copy);
}

static platen_code ask(store_conn *conn, const char *table, list_indexes *out, platen_error *err)
{
    store_stmt *stmt = NULL;
    int index = -1;
    platen_code code = store_prepare(conn, &index_columns, &stmt, err);
    if (code == PLATEN_OK) {
        store_bind_text(stmt, "table_name", table);
    }
    while (code == PLATEN_OK && (code = store_step(stmt, err)) == PLATEN_OK) {
        size_t most = sizeof(out->columns) / sizeof(out->columns[0]);
        const char *name = store_text(stmt, 0);
        if (out->count < most && strlen(name) < sizeof(out->columns[0].name)) {
            list_index_column *c = &out->columns[out->count++];
            c->place = (int)store_i64(stmt, 1);
            index += c->place == 0 ? 1 : 0;
            c->index = index;
            memcpy(c->name, name, strlen(name) + 1);
            c->no_case = strcmp(store_text(stmt, 2), "NOCASE") == 0;
        }
    }
    store_reset(stmt);
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

platen_code list_index_of(list_index_book *b, store_conn *conn, const list_source *source,
                          list_indexes *out, platen_error *err)
{
    char table[64];
    const char *from = source->count_from != NULL ? source->count_from : source->from;
    size_t length = strcspn(from, " ");
    memset(out, 0, sizeof(*out));
    if (store_conn_dialect(conn) == STORE_PGSQL || !list_is_single(from) ||
        length >= sizeof(table) || recall(b, source, out)) {
        return PLATEN_OK;
    }
    memcpy(table, from, length);
    table[length] = '\0';
    PLATEN_TRY(ask(conn, table, out, err));
    keep(b, source, out);
    return PLATEN_OK;
}
