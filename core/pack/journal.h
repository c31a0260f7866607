/*
 * The installation that is under way: <data>/functions/journal.json, written whole and durably
 * before each step, so that whoever starts next knows how far it had come. No file: none is.
 *
 * {"id","verb":"install|remove|rollback","state","before","after" (lists as in active.json),
 *  "items":[{"name","event","from","to"}],"drop":[{"name","tables":[]}],"by","started_at",
 *  "attempts","code","text"}
 *
 * States, in their order:
 *   waiting    - asked for; runs that are under way end first. Nothing is changed
 *   snapshot   - no manager works; files are put in their place, the database is copied
 *   switching  - the copy is whole; the new list is put in force
 *   checking   - the new list is in force and is tried
 *   keeping    - it does; what nobody needs any more is dropped
 *   restoring  - it does not: database and list are put back
 *   kept, rolled-back - the end is written into the history, then the journal goes
 *
 * One owner at a time: the installer of a manager that runs, or the supervisor (core/trial.c).
 */
#ifndef PLATEN_PACK_JOURNAL_H
#define PLATEN_PACK_JOURNAL_H

#include "core/pack/active.h"

typedef enum journal_state {
    JOURNAL_NONE,
    JOURNAL_WAITING,
    JOURNAL_SNAPSHOT,
    JOURNAL_SWITCHING,
    JOURNAL_CHECKING,
    JOURNAL_KEEPING,
    JOURNAL_RESTORING,
    JOURNAL_KEPT,
    JOURNAL_ROLLED_BACK,
} journal_state;

const char *journal_word(journal_state state);

/* The journal, or PLATEN_E_NOT_FOUND without a text. The caller frees it. */
platen_code journal_read(const char *data, cJSON **tree, platen_error *err);
journal_state journal_state_of(const cJSON *tree); /* NULL: none */
/* Sets the state and writes everything; after PLATEN_OK it is on the disk. */
platen_code journal_step(const char *data, cJSON *tree, journal_state state, platen_error *err);
platen_code journal_remove(const char *data, platen_error *err);

/* Sets a text member. False when there is no memory. */
bool journal_set(cJSON *tree, const char *key, const char *value);

/* ---- <data>/functions/history.jsonl: what was done, a line each, the oldest first ---- */

/* Appends a line and syncs it; a line that a power cut has cut is ended first. */
platen_code history_add(const char *data, const cJSON *line, platen_error *err);
/* The same for each item of a journal that has ended, once however often it is called. One that
 * still waits was cancelled. */
platen_code history_of_journal(const char *data, const cJSON *journal, platen_error *err);
/* At most `limit` of the newest, newest first, as an array that the caller frees; of one name, or
 * of all when it is NULL. Lines that are no JSON are left out. */
platen_code history_read(const char *data, const char *name, size_t limit, cJSON **array,
                         platen_error *err);

#endif
