/*
 * Putting a restored installation in the place of the old one, so that a kill at any moment leaves
 * one of the two, whole. What is restored is gathered in <data>/restore.new/new. Renaming
 * restore.new to restore.ready decides; from there every start goes on until all is in place:
 * what was there moves to restore.ready/old, which ends as <data>/before-restore-<time>.
 *
 * When the rows go into PostgreSQL its commit decides: they carry the id of restore.new, and the
 * next start compares.
 */
#ifndef PLATEN_DATABASE_STAGE_H
#define PLATEN_DATABASE_STAGE_H

#include "core/base/file.h"
#include "core/store/store.h"

#define STAGE_ID 64

/* Makes an empty <data>/restore.new/new, its path in `folder`, after ending what was begun
 * before. The caller has the database alone. */
platen_code stage_begin(const char *data, char folder[FILE_PATH], char id[STAGE_ID],
                        platen_error *err);
void stage_drop(const char *data); /* takes it back */

/* In the transaction that restores the rows: they are those of `id`. */
platen_code stage_mark(store_conn *conn, const char *id, platen_error *err);

/* Decides and does it; `aside` says where the old things are, "" when there were none. */
platen_code stage_commit(const char *data, char aside[FILE_PATH], platen_error *err);

/* Before a database is opened: ends what was decided. Nothing to do is fine. */
platen_code stage_finish(const char *data, platen_error *err);
/* Behind it: ends or takes back what PostgreSQL knows. */
platen_code stage_settle(store *s, const char *data, platen_error *err);

#endif
