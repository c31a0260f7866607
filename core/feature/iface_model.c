/* model/1: devices for reading, in batches. */
#include <platen/model.h>

#include <inttypes.h>

#include "core/base/strbuf.h"
#include "core/feature/feature_private.h"
#include "feature_device_sql.h"

#define BATCH 500

typedef struct walk {
    const feature_plugin *plugin;
    const int64_t *ids; /* NULL: all that are managed */
    size_t count;
    platen_device_fn fn;
    void *user;
    size_t given; /* handed to `fn` */
    int64_t last;
} walk;

static void fill(store_stmt *st, platen_device *d)
{
    *d = (platen_device){.size = (uint32_t)sizeof(*d),
                         .id = store_i64(st, 0),
                         .managed = (uint32_t)store_i64(st, 1),
                         .power = (uint32_t)store_i64(st, 2),
                         .severity = (uint32_t)store_i64(st, 3),
                         .agent = store_i64(st, 4),
                         .region = store_i64(st, 5),
                         .name = store_text(st, 6),
                         .address = store_text(st, 7),
                         .address6 = store_text(st, 8),
                         .hostname = store_text(st, 9),
                         .manufacturer = store_text(st, 10),
                         .model = store_text(st, 11),
                         .serial = store_text(st, 12),
                         .mac = store_text(st, 13),
                         .firmware = store_text(st, 14),
                         .location = store_text(st, 15),
                         .contact = store_text(st, 16),
                         .comment = store_text(st, 17),
                         .link = store_text(st, 18),
                         .page_count = store_is_null(st, 19) ? -1 : store_i64(st, 19),
                         .first_seen = store_i64(st, 20),
                         .last_seen = store_i64(st, 21)};
}

/* The rows of one statement, whose values are bound; `*rows` is how many there were. */
static platen_code hand_out(walk *w, store_stmt *st, size_t *rows, platen_error *err)
{
    platen_code rc = PLATEN_OK;
    *rows = 0;
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        platen_device device;
        platen_error why = PLATEN_ERROR_INIT;
        fill(st, &device);
        (*rows)++;
        w->given++;
        w->last = device.id;
        rc = w->fn(&device, w->user, &why);
        if (rc != PLATEN_OK) {
            /* Its NOT_FOUND is no end of the rows. */
            store_reset(st);
            return feature_result(w->plugin, rc, &why, err);
        }
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code give_chosen(walk *w, store_conn *conn, platen_error *err)
{
    strbuf ids;
    size_t rows = 0;
    platen_code rc = PLATEN_OK;
    strbuf_init(&ids);
    for (size_t at = 0; rc == PLATEN_OK && at < w->count;) {
        store_stmt *st = NULL;
        size_t end = w->count - at < BATCH ? w->count : at + BATCH;
        strbuf_clear(&ids);
        for (const char *sign = "["; at < end; at++, sign = ",") {
            strbuf_appendf(&ids, "%s%" PRId64, sign, w->ids[at]);
        }
        strbuf_append(&ids, "]");
        rc = ids.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for ids of devices")
                        : store_prepare(conn, &sql_feature_devices_of, &st, err);
        if (rc == PLATEN_OK) {
            store_bind_text(st, "ids", ids.data);
            rc = hand_out(w, st, &rows, err);
        }
    }
    strbuf_fini(&ids);
    return rc;
}

static platen_code give_all(walk *w, store_conn *conn, platen_error *err)
{
    for (size_t rows = BATCH; rows == BATCH;) {
        store_stmt *st = NULL;
        PLATEN_TRY(store_prepare(conn, &sql_feature_devices_after, &st, err));
        store_bind_i64(st, "after", w->last);
        store_bind_i64(st, "most", BATCH);
        PLATEN_TRY(hand_out(w, st, &rows, err));
    }
    return PLATEN_OK;
}

static platen_code give(platen_tx *tx, void *user, platen_error *err)
{
    walk *w = user;
    store_conn *conn = feature_tx_conn(tx);
    return w->ids != NULL ? give_chosen(w, conn, err) : give_all(w, conn, err);
}

static platen_code run_walk(walk *w, platen_ctx *ctx, platen_tx *tx, platen_error *err)
{
    feature_plugin *p = NULL;
    store_conn *conn = NULL;
    PLATEN_TRY(feature_plugin_ready(ctx, "devices()", &p, err));
    w->plugin = p;
    if (w->fn == NULL || (w->ids == NULL && w->count > 0)) {
        return error_set(err, PLATEN_E_INVAL, "devices() without ids or a function");
    }
    if (tx != NULL) {
        return give(tx, w, err);
    }
    PLATEN_TRY(feature_refuse_in_tx("devices() without its transaction", err));
    PLATEN_TRY(store_read(p->owner->store, &conn, err));
    platen_code rc = feature_tx_run(p, conn, false, give, w, err);
    store_read_end(conn);
    return rc;
}

static platen_code devices(platen_ctx *ctx, platen_tx *tx, const int64_t *ids, size_t count,
                           platen_device_fn fn, void *user, platen_error *err)
{
    walk w = {.ids = ids, .count = count, .fn = fn, .user = user};
    return run_walk(&w, ctx, tx, err);
}

static platen_code device(platen_ctx *ctx, platen_tx *tx, int64_t id, platen_device_fn fn,
                          void *user, platen_error *err)
{
    walk w = {.ids = &id, .count = 1, .fn = fn, .user = user};
    PLATEN_TRY(run_walk(&w, ctx, tx, err));
    return w.given > 0 ? PLATEN_OK
                       : error_set(err, PLATEN_E_NOT_FOUND, "there is no device %" PRId64, id);
}

static const platen_model table = {
    .size = (uint32_t)sizeof(platen_model), .device = device, .devices = devices};

const feature_part feature_model = {.name = "model/1", .table = &table};
