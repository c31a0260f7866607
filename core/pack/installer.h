/*
 * Functions of a manager that runs: a thread that looks at packages as they arrive and that waits
 * for tasks to end, and the questions of REST. An installation itself is done without a manager, by
 * the supervisor (core/trial.c): this one writes the journal and asks for the restart.
 */
#ifndef PLATEN_PACK_INSTALLER_H
#define PLATEN_PACK_INSTALLER_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "core/base/error.h"

typedef struct installer installer;

/* A plugin as this manager has it. */
typedef struct installer_plugin {
    const char *name;
    const char *version; /* "" when it was refused before that was known */
    const char *error;   /* "" when there is none */
    bool loaded;
} installer_plugin;

typedef struct installer_options {
    const char *data;
    const char *version; /* of Platen */
    bool allow_unsigned;
    const installer_plugin *plugins; /* texts are borrowed until installer_free() */
    size_t plugin_count;
    /* Adds {"id","name","kind"} of each run that is under way to the array. Any thread. */
    platen_code (*busy)(cJSON *runs, void *user, platen_error *err);
    /* Adds {"id","name","kind","due":true} of each task that begins soon. Any thread. */
    platen_code (*due)(cJSON *tasks, void *user, platen_error *err);
    /* The newest migration of a plugin that the database has, 0: none. Thread of the installer. */
    platen_code (*migrated)(const char *name, void *user, int64_t *number, platen_error *err);
    void (*hold)(bool hold, void *user); /* from now on no work is given out */
    void (*restart)(void *user);         /* this process is to start anew; returns at once */
    void (*changed)(void *user);         /* what functions or uploads show has changed */
    void *user;
} installer_options;

platen_code installer_new(const installer_options *options, installer **out, platen_error *err);
/* Goes on with uploads that were being looked at, and with an installation that waits. */
platen_code installer_start(installer *i, platen_error *err);
void installer_stop(installer *i); /* NULL is fine */
void installer_free(installer *i);

const char *installer_data(const installer *i);
const installer_plugin *installer_plugin_get(const installer *i, size_t index); /* NULL behind */

/* An upload is complete: it will be looked at. */
void installer_look(installer *i);

typedef enum installer_verb {
    INSTALLER_INSTALL,
    INSTALLER_REMOVE,
    INSTALLER_ROLLBACK
} installer_verb;

typedef struct installer_order {
    installer_verb verb;
    const char *const *uploads; /* to install */
    size_t upload_count;
    const char *name; /* to remove or to roll back */
    bool drop;        /* with its data */
    bool wait;        /* for runs that are under way; else they are a reason to refuse, and so are
                         tasks that are due soon: else they begin after it */
    const char *by;
} installer_order;

/*
 * Decides about an order and writes the journal. `word` (may be set with an error) is one of
 * install.h, or "busy" with `runs` (the caller frees it; of busy() and due()), or "under-way".
 */
platen_code installer_order_take(installer *i, const installer_order *order, const char **word,
                                 cJSON **runs, platen_error *err);

/*
 * An installation that waits for runs does not take place: its uploads are ready again, work is
 * given out. `word` "not-waiting" when none is there or it has begun.
 */
platen_code installer_cancel(installer *i, const char *by, const char **word, platen_error *err);

/* The journal of the installation under way (the caller frees it), or NULL. */
cJSON *installer_journal(installer *i);

#endif
