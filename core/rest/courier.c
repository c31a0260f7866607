/* One mutex guards `news` and `stopping`; all else is the thread's own. */
#include "core/rest/courier.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/report/sheet.h"
#include "core/rest/report_file.h"
#include "run_sql.h"

#define LOG_SOURCE "notify"
#include "core/base/log.h"

#define LOOK_S 30     /* without news */
#define GATHER_MS 500 /* runs tell a lot of news */
#define AT_ONCE 20
#define TO_MAX 50

struct courier {
    store *store;
    notify *notify;
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool news, stopping;
};

platen_code courier_new(store *s, notify *n, courier **out, platen_error *err)
{
    courier *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for mails about runs");
    }
    c->store = s;
    c->notify = n;
    pthread_mutex_init(&c->lock, NULL);
    cond_init(&c->wake);
    *out = c;
    return PLATEN_OK;
}

void courier_run(courier *c)
{
    if (c != NULL) {
        pthread_mutex_lock(&c->lock);
        c->news = true;
        pthread_cond_signal(&c->wake);
        pthread_mutex_unlock(&c->lock);
    }
}

/* ---- a run that has ended ---- */

typedef struct ended_run {
    int64_t id, started, ended, total, changed;
    int64_t counts[6]; /* as `count_names` */
    char name[256], state[16], mode[16];
    cJSON *mail;
} ended_run;

static const char *const count_names[] = {"success", "warning",   "error",
                                          "timeout", "cancelled", "skipped"};

static platen_code read_run(store *s, int64_t id, ended_run *r, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = store_prepare(conn, &sql_run_mail, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", id);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        const char *mail = store_text(st, 3);
        r->id = id;
        (void)snprintf(r->name, sizeof(r->name), "%s", store_text(st, 0));
        (void)snprintf(r->state, sizeof(r->state), "%s", store_text(st, 1));
        (void)snprintf(r->mode, sizeof(r->mode), "%s", store_text(st, 2));
        r->started = store_i64(st, 4);
        r->ended = store_i64(st, 5);
        r->total = store_i64(st, 6);
        r->changed = store_i64(st, 7);
        for (int i = 0; i < 6; i++) {
            r->counts[i] = store_i64(st, 8 + i);
        }
        rc = json_parse(mail, strlen(mail), &r->mail, err);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

/* DECISIONS, Tasks: a timeout is an error for mails, and so is what never ran. */
static bool is_wanted(const ended_run *r)
{
    const char *condition = json_get_text(r->mail, "condition", "never");
    bool failed = r->counts[2] + r->counts[3] > 0 || strcmp(r->state, "error") == 0 ||
                  strcmp(r->state, "timeout") == 0 || strcmp(r->state, "missed") == 0;
    if (strcmp(r->mode, "execute") != 0) {
        return false;
    }
    return strcmp(condition, "always") == 0 || (strcmp(condition, "error") == 0 && failed) ||
           (strcmp(condition, "success") == 0 && strcmp(r->state, "success") == 0) ||
           (strcmp(condition, "changes") == 0 && r->changed > 0);
}

/* ---- the file ---- */

static const char *const columns[] = {"device", "agent", "address", "name",  "state",
                                      "code",   "text",  "started", "ended", "changes"};

static platen_code write_rows(store_conn *conn, sheet *s, int64_t run, bool failed,
                              platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_mail_targets, &st, err));
    store_bind_i64(st, "run", run);
    store_bind_i64(st, "failed", failed ? 1 : 0);
    platen_code rc = PLATEN_OK;
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        if (store_is_null(st, 0)) {
            sheet_empty(s);
        } else {
            sheet_whole(s, store_i64(st, 0));
        }
        for (int i = 1; i < 7; i++) {
            sheet_text(s, store_text(st, i));
        }
        sheet_time(s, store_i64(st, 7));
        sheet_time(s, store_i64(st, 8));
        sheet_text(s, strcmp(store_text(st, 9), "[]") != 0 ? store_text(st, 9) : NULL);
        rc = sheet_row_end(s, err);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? sheet_end(s, err) : rc;
}

static platen_code make_report(courier *c, const ended_run *r, const sheet_options *options,
                               bool failed, platen_error *err)
{
    sheet *s = NULL;
    store_conn *conn = NULL;
    PLATEN_TRY(sheet_new(options, columns, sizeof(columns) / sizeof(columns[0]), &s, err));
    platen_code rc = store_read(c->store, &conn, err);
    if (rc == PLATEN_OK) {
        rc = write_rows(conn, s, r->id, failed, err);
        store_read_end(conn);
    }
    sheet_free(s);
    return rc;
}

/* ---- the mail ---- */

typedef struct sending {
    courier *courier;
    const ended_run *run;
    notify_letter letter; /* without addresses: none */
    size_t taken;
} sending;

static platen_code send_in(store_conn *conn, void *user, platen_error *err)
{
    sending *s = user;
    store_stmt *st = NULL;
    int64_t changes = 0;
    PLATEN_TRY(store_prepare(conn, &sql_run_mailed, &st, err));
    store_bind_i64(st, "id", s->run->id);
    platen_code rc = store_run(st, &changes, err);
    store_reset(st);
    if (rc != PLATEN_OK || changes == 0 || s->letter.to_count == 0) {
        return rc;
    }
    return notify_letters_in(s->courier->notify, conn, &s->letter, &s->taken, err);
}

static platen_code send_all(sending *s, platen_error *err)
{
    platen_code rc = store_write(s->courier->store, send_in, s, err);
    notify_letters_end(s->courier->notify, s->taken, rc == PLATEN_OK);
    return rc;
}

static void add_state(const courier *c, json_writer *w, const char *language, const char *state)
{
    char code[32];
    strbuf text;
    strbuf_init(&text);
    (void)snprintf(code, sizeof(code), "state-%s", state);
    bool found = messages_subject(notify_messages(c->notify), language, code, NULL, &text, NULL) ==
                 PLATEN_OK;
    json_text(w, "state", found ? text.data : state);
    strbuf_fini(&text);
}

/* `file` NULL: none was wanted. */
static void write_content(const courier *c, const ended_run *r, const char *language,
                          const report_file *file, bool large, json_writer *w)
{
    char link[400];
    (void)snprintf(link, sizeof(link), "%s/runs/%" PRId64, notify_address(c->notify), r->id);
    json_object(w, NULL);
    json_text(w, "task", r->name);
    add_state(c, w, language, r->state);
    json_i64(w, "started_at", r->started);
    json_i64(w, "ended_at", r->ended);
    json_i64(w, "total", r->total);
    json_i64(w, "changed", r->changed);
    for (int i = 0; i < 6; i++) {
        json_i64(w, count_names[i], r->counts[i]);
    }
    if (file != NULL) {
        report_file_tell(file, c->notify, language, large, w, "attached");
    }
    json_text(w, "link", link);
    json_object_end(w);
}

/* With the report when it is wanted and not too large. */
static platen_code write_letter(courier *c, ended_run *r, sending *s, platen_error *err)
{
    char stem[32];
    report_file file;
    strbuf content;
    json_writer w;
    sheet_options options = {.title = r->name};
    const cJSON *attach = json_get_object(r->mail, "attach");
    bool wanted =
        attach != NULL && sheet_format_of(json_get_text(attach, "format", "csv"), &options.format);
    bool failed = strcmp(json_get_text(attach, "content", "all"), "failed") == 0;
    strbuf_init(&content);
    (void)snprintf(stem, sizeof(stem), "run-%" PRId64, r->id);
    report_file_init(&file, stem, &options);
    platen_code rc = wanted ? make_report(c, r, &options, failed, err) : PLATEN_OK;
    bool large = rc == PLATEN_E_TOO_LARGE;
    json_init(&w, &content);
    write_content(c, r, s->letter.language, wanted ? &file : NULL, large, &w);
    s->letter.content = content.data;
    s->letter.file = wanted && !large ? report_file_whole(&file) : NULL;
    if (rc == PLATEN_OK || large) {
        rc = content.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a mail")
                            : send_all(s, err);
    }
    strbuf_fini(&content);
    report_file_fini(&file);
    return rc;
}

static platen_code tell(courier *c, ended_run *r, platen_error *err)
{
    const char *to[TO_MAX];
    const cJSON *each = NULL;
    sending s = {.courier = c, .run = r};
    bool ready = notify_mail_ready(c->notify);
    bool wanted = is_wanted(r);
    s.letter = (notify_letter){
        .to = to,
        .code = "run-ended",
        .language =
            messages_language(notify_messages(c->notify), json_get_text(r->mail, "language", "en")),
        .importance = report_importance(json_get_text(r->mail, "priority", "normal"))};
    cJSON_ArrayForEach(each, json_get_array(r->mail, "to"))
    {
        if (wanted && ready && cJSON_IsString(each) && s.letter.to_count < TO_MAX) {
            to[s.letter.to_count++] = each->valuestring;
        }
    }
    if (wanted && !ready) { /* TSK-36 */
        log_warning("no mail about run %" PRId64 ": no mail server is set", r->id);
    }
    return s.letter.to_count > 0 ? write_letter(c, r, &s, err) : send_all(&s, err);
}

/* ---- the thread ---- */

static size_t find(courier *c, int64_t ids[AT_ONCE])
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    size_t count = 0;
    if (store_read(c->store, &conn, NULL) != PLATEN_OK) {
        return 0;
    }
    if (store_prepare(conn, &sql_runs_to_mail, &st, NULL) == PLATEN_OK) {
        while (count < AT_ONCE && store_step(st, NULL) == PLATEN_OK) {
            ids[count++] = store_i64(st, 0);
        }
    }
    store_reset(st);
    store_read_end(conn);
    return count;
}

/* What fails, as with a full disk, keeps its mark and is tried at the next look. */
static void look(courier *c)
{
    int64_t ids[AT_ONCE];
    size_t count = find(c, ids);
    for (size_t i = 0; i < count; i++) {
        platen_error err = PLATEN_ERROR_INIT;
        ended_run r = {.id = 0};
        platen_code rc = read_run(c->store, ids[i], &r, &err);
        rc = rc == PLATEN_OK ? tell(c, &r, &err) : rc;
        if (rc != PLATEN_OK) {
            log_error("no mail about run %" PRId64 " yet: %s", ids[i], err.text);
        }
        cJSON_Delete(r.mail);
    }
}

static void wait_locked(courier *c, int64_t ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_cond_timedwait(&c->wake, &c->lock, &until);
}

static void *work(void *user)
{
    courier *c = user;
    pthread_mutex_lock(&c->lock);
    while (!c->stopping) {
        c->news = false;
        pthread_mutex_unlock(&c->lock);
        look(c);
        pthread_mutex_lock(&c->lock);
        if (!c->stopping && !c->news) {
            wait_locked(c, LOOK_S * 1000);
        }
        if (!c->stopping) {
            wait_locked(c, GATHER_MS);
        }
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

platen_code courier_start(courier *c, platen_error *err)
{
    int failed = pthread_create(&c->thread, NULL, work, c);
    c->started = failed == 0;
    return failed == 0
               ? PLATEN_OK
               : error_sys(err, PLATEN_E_IO, failed, "cannot start the thread of mails about runs");
}

void courier_stop(courier *c)
{
    if (c != NULL && c->started) {
        pthread_mutex_lock(&c->lock);
        c->stopping = true;
        pthread_cond_signal(&c->wake);
        pthread_mutex_unlock(&c->lock);
        pthread_join(c->thread, NULL);
        c->started = false;
    }
}

void courier_free(courier *c)
{
    if (c != NULL) {
        courier_stop(c);
        pthread_cond_destroy(&c->wake);
        pthread_mutex_destroy(&c->lock);
        free(c);
    }
}
