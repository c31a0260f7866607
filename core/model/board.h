/*
 * Dashboards (DEV-155, DEV-156): which panels somebody has, in which order. What panels there are
 * and what they show is the business of whoever shows them; here they are JSON text.
 */
#ifndef PLATEN_MODEL_BOARD_H
#define PLATEN_MODEL_BOARD_H

#include "core/base/arena.h"
#include "core/store/store.h"

#define BOARD_OF_MANAGERS INT64_C(0) /* the one that all system managers share */

/* The panels of an owner (a user's id or BOARD_OF_MANAGERS), in the arena; NULL while nobody has
 * changed them. Any thread. */
platen_code board_read(store *s, arena *a, int64_t owner, const char **panels, platen_error *err);

/* `panels` NULL: back to what everybody starts with. Any thread. */
platen_code board_put(store *s, int64_t owner, const char *panels, platen_error *err);

/* A device printed `pages` more. Runs on the writer, in its transaction. */
platen_code page_volume_add(store_conn *conn, int64_t region, int64_t pages, int64_t now,
                            platen_error *err);

#endif
