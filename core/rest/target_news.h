/* Events "target-result": which targets of runs have results since the last look. Belongs to the
 * herald's thread. */
#ifndef PLATEN_REST_TARGET_NEWS_H
#define PLATEN_REST_TARGET_NEWS_H

#include "core/rest/events.h"
#include "core/run/run.h"
#include "core/store/store.h"

#define TARGET_NEWS_MS 1000 /* at most one event a run in this time */

typedef struct target_news {
    int64_t newest; /* id of the newest result that was told of */
    int64_t next;   /* when the next look may be, of clock_mono() */
    bool waiting;   /* runs have changed since the last look */
} target_news;

/* What is there already is no news. */
void target_news_begin(target_news *n, store_conn *conn);
/* Looks when the time has come: {"run","counts","targets":[ids, 100 at most]} for each run. */
void target_news_tell(target_news *n, store_conn *conn, events *e);

#endif
