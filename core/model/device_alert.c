/* Alert history stored as changes: a row has a start and, when it is over, an end. */
#include "core/model/device_alert.h"

#include <inttypes.h>
#include <string.h>

#include "core/model/words.h"
#include "device_sql.h"

typedef struct open_alert {
    int64_t id, severity, training, group, group_index, code, since;
    const char *text;
    bool stays;
} open_alert;

/* A device that reports 200 alerts, of which all change each time, has at most as many open. */
#define OPEN_ALERTS (2 * REPORT_ROWS)

static platen_code read_open(store_conn *conn, int64_t device, arena *a, open_alert *rows,
                             size_t *count, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_device_alerts_open, &st, err));
    store_bind_i64(st, "device", device);
    platen_code rc = PLATEN_OK;
    size_t n = 0;
    while (n < OPEN_ALERTS && (rc = store_step(st, err)) == PLATEN_OK) {
        rows[n++] = (open_alert){.id = store_i64(st, 0),
                                 .severity = store_i64(st, 1),
                                 .training = store_i64(st, 2),
                                 .group = store_i64(st, 3),
                                 .group_index = store_i64(st, 4),
                                 .code = store_i64(st, 5),
                                 .text = arena_dup(a, store_text(st, 6)),
                                 .since = store_i64(st, 7)};
    }
    store_reset(st);
    *count = n;
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static open_alert *find_open(open_alert *rows, size_t count, const platen_alert *alert)
{
    for (size_t i = 0; i < count; i++) {
        open_alert *o = &rows[i];
        if (!o->stays && o->code == alert->code && o->severity == alert->severity &&
            o->group == alert->group && o->group_index == alert->group_index &&
            o->training == alert->training && o->text != NULL &&
            strcmp(o->text, alert->text) == 0) {
            return o;
        }
    }
    return NULL;
}

static platen_code insert(store_conn *conn, int64_t device, const platen_alert *alert, int64_t now,
                          platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_device_alert_insert, &st, err));
    store_bind_i64(st, "device", device);
    store_bind_i64(st, "severity", alert->severity);
    store_bind_i64(st, "training", alert->training);
    store_bind_i64(st, "part_group", alert->group);
    store_bind_i64(st, "group_index", alert->group_index);
    store_bind_i64(st, "code", alert->code);
    store_bind_text(st, "text", alert->text);
    store_bind_text(st, "source", alert->source);
    store_bind_i64(st, "since", now);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code close_alert(store_conn *conn, int64_t id, int64_t now, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_device_alert_close, &st, err));
    store_bind_i64(st, "now", now);
    store_bind_i64(st, "id", id);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static void write_alert(json_writer *w, const platen_alert *alert, int64_t since)
{
    json_object(w, NULL);
    json_text(w, "severity", alert_severity_word(alert->severity));
    json_text(w, "training", alert_training_word(alert->training));
    json_i64(w, "group", alert->group);
    json_i64(w, "group_index", alert->group_index);
    json_i64(w, "code", alert->code);
    json_text(w, "text", alert->text);
    json_time(w, "since", since);
    json_text(w, "source", alert->source);
    json_object_end(w);
}

platen_code device_alerts_apply(store_conn *conn, int64_t device, const report *r, int64_t now,
                                strbuf *json, platen_error *err)
{
    open_alert *rows = arena_alloc_array(r->arena, OPEN_ALERTS, sizeof(*rows));
    size_t count = 0;
    if (rows == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the alerts of device %" PRId64,
                         device);
    }
    PLATEN_TRY(read_open(conn, device, r->arena, rows, &count, err));
    json_writer w;
    json_init(&w, json);
    json_array(&w, NULL);
    for (size_t i = 0; i < r->alert_count; i++) {
        const platen_alert *alert = &r->alerts[i];
        open_alert *known = find_open(rows, count, alert);
        if (known != NULL) {
            known->stays = true;
        } else {
            PLATEN_TRY(insert(conn, device, alert, now, err));
        }
        write_alert(&w, alert, known != NULL ? known->since : now);
    }
    json_array_end(&w);
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].stays) {
            PLATEN_TRY(close_alert(conn, rows[i].id, now, err));
        }
    }
    return PLATEN_OK;
}

/* Service calls before errors before warnings (DEV-81). */
const char *device_alerts_worst(const report *r, arena *a)
{
    const platen_alert *worst = NULL;
    for (size_t i = 0; i < r->alert_count; i++) {
        if (worst == NULL || report_alert_severity(&r->alerts[i]) > report_alert_severity(worst)) {
            worst = &r->alerts[i];
        }
    }
    if (worst == NULL) {
        return "";
    }
    const char *text =
        worst->text[0] != '\0' ? worst->text : arena_printf(a, "code %" PRIu32, worst->code);
    return text != NULL ? text : "";
}
