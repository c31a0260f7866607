/*
 * The database as a whole: which components it is made of, and opening it. A room that has tables
 * brings its migrations as a component and adds a line to the table in database.c; the manager,
 * `platend admin`, restored backups and the tests all take them from there.
 */
#ifndef PLATEN_DATABASE_H
#define PLATEN_DATABASE_H

#include "core/conf/conf.h"
#include "core/store/store.h"

typedef struct database_component {
    const char *name;
    const store_migration *steps;
    const size_t *count;
} database_component;

/* In the order in which they are brought up: later ones may refer to tables of earlier ones. */
extern const database_component database_components[];
extern const size_t database_component_count;

#define DATABASE_URL 4352

/* The URL of `store.url`, or of platen.db in the data folder when that is empty. */
platen_code database_url(const conf *c, char url[DATABASE_URL], platen_error *err);

/* Opens what the configuration names (makes the data folder for it) and brings all components up
 * to date. Errors are those of store_open() and store_migrate(). */
platen_code database_open(const conf *c, store **out, platen_error *err);

/* The same for work that must have the database alone: PLATEN_E_STATE when a manager runs. */
platen_code database_open_alone(const conf *c, store **out, platen_error *err);

/* All components of a store that is open. */
platen_code database_migrate(store *s, platen_error *err);

/* ---- versions ---- */

#define DATABASE_COMPONENTS 256

/* The newest step of each component. */
typedef struct database_version {
    size_t count;
    struct {
        char name[80];
        size_t steps;
    } of[DATABASE_COMPONENTS];
} database_version;

/* What a database has; what this program makes. */
platen_code database_version_read(store_conn *conn, database_version *out, platen_error *err);
void database_version_own(database_version *out);
size_t database_version_steps(const database_version *v, const char *component); /* 0: none */

/* PLATEN_E_VERSION when this program does not know a component or a step; those of plugins are not
 * looked at: each plugin is held to its own when it loads. */
platen_code database_version_check(const database_version *v, platen_error *err);

/* Makes the tables of plugins that `from` has in `to` too, from the texts that `from` keeps. */
platen_code database_migrate_plugins(store_conn *from, store *to, platen_error *err);

/* Like database_migrate(), up to the steps of `v` and no further. */
platen_code database_migrate_to(store *s, const database_version *v, platen_error *err);

#endif
