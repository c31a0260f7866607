/*
 * Panels of dashboards (DEV-157): which there are, who may see them, and what they show. What a
 * panel shows is a small table of the devices of who looks: columns with types and rows, so that
 * the pages need to know no panel by name. Panels without a table show what the pages know anyway:
 * the counts of the header, alerts, runs.
 */
#ifndef PLATEN_REST_PANEL_H
#define PLATEN_REST_PANEL_H

#include "core/base/json.h"
#include "core/model/region.h"
#include "core/store/store.h"

/* Settings that panels have; each takes what its type names. */
#define PANEL_DAYS 1u  /* how far back: 1 to 365 */
#define PANEL_LIMIT 2u /* most rows: 1 to 50 */
#define PANEL_BELOW 4u /* percent that is left: 1 to 100 */

typedef struct panel_settings {
    int64_t days, limit, below;
    const char *language; /* of who looks: of write_apart() alone */
} panel_settings;

typedef struct panel_type {
    const char *id;
    const char *function;  /* a device manager needs it; NULL: everybody may see it */
    bool users;            /* with a function: users (ACC-48) see it, too */
    unsigned settings;     /* PANEL_... */
    panel_settings preset; /* of those settings */
    bool wide;             /* its width can be changed (DEV-159) */
    bool chart;            /* rows are shown as bars: the last column is the number */
    /* Columns and rows; NULL: the pages know it. */
    platen_code (*write)(store_conn *conn, const region_set *regions, const panel_settings *p,
                         json_writer *w, platen_error *err);
    /* Of panels that others bring: instead of write(), without a connection in hands. */
    platen_code (*write_apart)(const struct panel_type *type, store *s, const region_set *regions,
                               const panel_settings *p, json_writer *w, platen_error *err);
    const char *title; /* of those: a key of the bringer's words, or plain text; else NULL */
    void *user;
} panel_type;

/* Borrowed until it is taken out. Start-up thread only. PLATEN_E_EXISTS, PLATEN_E_TOO_LARGE. */
platen_code panel_add(const panel_type *type, platen_error *err);
void panel_remove(const panel_type *type);

const panel_type *panel_at(size_t index); /* NULL behind the last */
const panel_type *panel_find(const char *id);

/* What a new dashboard has, as JSON text; the one of system managers has more. */
const char *panel_presets(bool managers);

#endif
