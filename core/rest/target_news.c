#include "core/rest/target_news.h"

#include <stdio.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "news_sql.h"

#define RUNS_MAX 64
#define IDS_MAX 100
#define ROWS_MAX 20000

typedef struct run_news {
    int64_t run;
    int64_t ids[IDS_MAX]; /* the first of them */
    size_t count;
} run_news;

typedef struct news {
    run_news runs[RUNS_MAX];
    size_t count;
} news;

static void note(news *all, int64_t run, int64_t id)
{
    run_news *at = NULL;
    for (size_t i = 0; i < all->count && at == NULL; i++) {
        at = all->runs[i].run == run ? &all->runs[i] : NULL;
    }
    if (at == NULL && all->count == RUNS_MAX) {
        return; /* its page sees it in the event of the run */
    }
    if (at == NULL) {
        at = &all->runs[all->count++];
        at->run = run;
        at->count = 0;
    }
    if (at->count < IDS_MAX) {
        at->ids[at->count++] = id;
    }
}

static void read_news(target_news *n, store_conn *conn, news *all)
{
    store_stmt *st = NULL;
    if (store_prepare(conn, &sql_news_targets, &st, NULL) == PLATEN_OK) {
        store_bind_i64(st, "after", n->newest);
        store_bind_i64(st, "most", ROWS_MAX);
        while (store_step(st, NULL) == PLATEN_OK) {
            n->newest = store_i64(st, 0);
            note(all, store_i64(st, 1), n->newest);
        }
    }
    store_reset(st);
}

static void tell(store_conn *conn, events *e, const run_news *r)
{
    strbuf text;
    json_writer w;
    strbuf_init(&text);
    json_init(&w, &text);
    json_object(&w, NULL);
    json_id(&w, "run", r->run);
    platen_code rc = runs_write_counts(conn, r->run, &w, "counts", NULL);
    json_array(&w, "targets");
    for (size_t i = 0; i < r->count; i++) {
        json_id(&w, NULL, r->ids[i]);
    }
    json_array_end(&w);
    json_object_end(&w);
    if (rc == PLATEN_OK && !text.failed) {
        events_publish(e, "target-result", EVENTS_TASKS, EVENTS_NO_DEVICE, text.data);
    }
    strbuf_fini(&text);
}

void target_news_begin(target_news *n, store_conn *conn)
{
    store_stmt *st = NULL;
    if (store_prepare(conn, &sql_news_newest, &st, NULL) == PLATEN_OK &&
        store_step(st, NULL) == PLATEN_OK) {
        n->newest = store_i64(st, 0);
    }
    store_reset(st);
}

void target_news_tell(target_news *n, store_conn *conn, events *e)
{
    static news all; /* 52 KB: of the one thread that calls */
    int64_t now = clock_mono();
    if (!n->waiting || now < n->next) {
        return;
    }
    n->waiting = false;
    n->next = now + TARGET_NEWS_MS;
    all.count = 0;
    read_news(n, conn, &all);
    for (size_t i = 0; i < all.count; i++) {
        tell(conn, e, &all.runs[i]);
    }
}
