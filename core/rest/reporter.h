/* How the manager does "[System] Send Report" (MON-82 to MON-94) and "[Printer] Send Counter
 * Information" (MON-42 to MON-46). */
#ifndef PLATEN_REST_REPORTER_H
#define PLATEN_REST_REPORTER_H

#include "core/notify/notify.h"
#include "core/run/here.h"

#define REPORTER_KINDS 2

typedef struct reporter {
    store *store;
    notify *notify;
    here_kind kinds[REPORTER_KINDS]; /* for here_new() */
} reporter;

/* Reports that plugins bring can be chosen, too. Start-up thread, when all have come. */
platen_code reporter_offer(platen_error *err);

/* In place; it must not move afterwards. */
void reporter_init(reporter *r, store *s, notify *n);

#endif
