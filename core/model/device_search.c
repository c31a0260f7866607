/* Name, address, host name, serial number and model of a device as one folded text. */
#include "core/model/device_search.h"

#include "core/base/text.h"
#include "device_search_sql.h"

/* Released steps are never edited. */
static const char device_search[] =
    "CREATE TABLE device_search (\n"
    "  device_id {{i64}} PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE,\n"
    "  managed {{i64}} NOT NULL,\n"
    "  text TEXT NOT NULL);\n";

const store_migration device_search_migrations[] = {
    {1, "device-search", device_search},
};

const size_t device_search_migration_count =
    sizeof(device_search_migrations) / sizeof(device_search_migrations[0]);

platen_code device_search_put(store_conn *conn, int64_t device, bool managed,
                              const char *const texts[DEVICE_SEARCH_TEXTS], platen_error *err)
{
    strbuf text;
    store_stmt *st = NULL;
    strbuf_init(&text);
    for (size_t i = 0; i < DEVICE_SEARCH_TEXTS; i++) {
        text_fold(&text, texts[i]);
        strbuf_append_char(&text, ' '); /* no word of a search has one: none is found across two */
    }
    platen_code rc = text.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a device's search")
                                 : store_prepare(conn, &sql_device_search_put, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "device", device);
        store_bind_i64(st, "managed", managed ? 1 : 0);
        store_bind_text(st, "text", text.data);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    strbuf_fini(&text);
    return rc;
}

platen_code device_search_renew(store_conn *conn, int64_t id, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_device_search_texts, &st, err));
    store_bind_i64(st, "id", id);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        const char *const texts[DEVICE_SEARCH_TEXTS] = {store_text(st, 0), store_text(st, 1),
                                                        store_text(st, 2), store_text(st, 3),
                                                        store_text(st, 4)};
        rc = device_search_put(conn, id, store_i64(st, 5) != 0, texts, err);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

typedef struct filling {
    int64_t after; /* id of the last one */
    bool over;
} filling;

/* Some hundred at a time: the writer has others to serve. */
static platen_code fill_some(store_conn *conn, void *user, platen_error *err)
{
    enum { SOME = 500 };
    filling *f = user;
    int64_t ids[SOME];
    size_t count = 0;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_device_search_missing, &st, err));
    store_bind_i64(st, "after", f->after);
    store_bind_i64(st, "most", SOME);
    platen_code rc = PLATEN_OK;
    while (count < SOME && (rc = store_step(st, err)) == PLATEN_OK) {
        ids[count++] = store_i64(st, 0);
    }
    store_reset(st);
    rc = rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
    for (size_t i = 0; i < count && rc == PLATEN_OK; i++) {
        rc = device_search_renew(conn, ids[i], err);
        f->after = ids[i];
    }
    f->over = count == 0;
    return rc;
}

platen_code device_search_fill(store *s, platen_error *err)
{
    filling f = {.after = 0};
    while (!f.over) {
        PLATEN_TRY(store_write(s, fill_some, &f, err));
    }
    return PLATEN_OK;
}
