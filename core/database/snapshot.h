/*
 * A copy of the whole database as it was before an installation, and putting it back: what a trial
 * of a new version wrote is gone then, its migrations included. The caller works on the database
 * alone: no manager runs.
 *
 * SQLite: a file platen.db in `folder`. PostgreSQL: the schema platen_snapshot of the same database
 * with a copy of each table and its keys and indexes under their own names. A dump through
 * core/database/copy.h was rejected: it needs a schema to copy into, which for tables of plugins
 * only their migrations could make, and putting it back would not be one transaction. The copy of
 * the schema is made in one transaction and put back in one, so that its commit decides, and needs
 * no program of PostgreSQL on this host; it needs the right to make a schema.
 */
#ifndef PLATEN_DATABASE_SNAPSHOT_H
#define PLATEN_DATABASE_SNAPSHOT_H

#include "core/conf/conf.h"
#include "core/store/store.h"

/* Replaces a copy that is there, whole or not. `folder` exists. */
platen_code snapshot_make(const conf *c, const char *folder, platen_error *err);

/* Again is fine, after a kill at any moment too. NOT_FOUND for SQLite without a copy; PostgreSQL
 * without one has been put back already. */
platen_code snapshot_restore(const conf *c, const char *folder, platen_error *err);

/* Nothing to do is fine. */
platen_code snapshot_drop(const conf *c, const char *folder, platen_error *err);

/* Drops tables and the record of the migrations of a component that is a plugin's, and the plugin's
 * secrets, in one transaction. Tables that are not there are fine; their names are a-z, 0-9 and
 * '_'.
 */
typedef struct snapshot_drop_list {
    const char *component;
    const char *const *tables;
    size_t count;
} snapshot_drop_list;
platen_code snapshot_drop_tables(const conf *c, const snapshot_drop_list *list, platen_error *err);

#endif
