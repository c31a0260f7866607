/*
 * What an installation, a removal or a roll-back would make of the list of active packages: looked
 * at whole, before anything happens. The result is a journal (journal.h) that is not written yet.
 * Functions without state; any thread.
 */
#ifndef PLATEN_PACK_INSTALL_H
#define PLATEN_PACK_INSTALL_H

#include "core/pack/active.h"

#define INSTALL_PRODUCT "platen"    /* the name of the product's package */
#define INSTALL_COMPONENT "plugin:" /* before a plugin's name: the component of its tables */

/* What is here besides packages: the plugins that came with Platen, and Platen. */
typedef struct install_builtin {
    const char *name;
    const char *version;
} install_builtin;

typedef struct install_context {
    const char *data;
    const char *platen; /* version of this Platen */
    const char *by;     /* who asked, for the history */
    const install_builtin *builtin;
    size_t builtin_count;
    bool any_builtin; /* which those are is not known: what is no package is believed to be there */
} install_context;

/* PLATEN_E_STATE with a word: "same-version" (it is active), "downgrade" (it is older than what
 * wrote the data, and that does not say that it may be). */
platen_code install_version_fits(const cJSON *active, const char *name, const char *number,
                                 const char *platen, const char **word, platen_error *err);

/*
 * The uploads' packages all at once, in the order of what needs what. `word`: "not-ready", "twice",
 * "same-version", "downgrade", "needs" (something that it needs is not there, or something else
 * needs another version of it), "cycle". `journal` is for journal_step(); the caller frees it.
 */
platen_code install_plan(const install_context *c, const char *const *uploads, size_t count,
                         cJSON **journal, const char **word, platen_error *err);

/* Without a package; its tables go only if `drop`. NOT_FOUND, or "needs". */
platen_code install_plan_removal(const install_context *c, const char *name, bool drop,
                                 cJSON **journal, const char **word, platen_error *err);

/* Back to the version before: "no-previous", "downgrade", "needs". */
platen_code install_plan_rollback(const install_context *c, const char *name, cJSON **journal,
                                  const char **word, platen_error *err);

/*
 * For store_options: whether the database may have newer migrations of a component than this
 * program knows, because what wrote them said that their data serves older ones, too.
 */
bool install_newer_ok(const char *component, const char *data, const char *platen);

/* Removes packages' files that neither the list names nor a "previous" of it. */
platen_code install_prune(const char *data, const cJSON *active, platen_error *err);

#endif
