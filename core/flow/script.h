/*
 * Scripts as things: their versions, where they come from, and the task kinds that they bring. A
 * changed text is a new version; a version that is wrong does not take the place of the last good
 * one. What a user changed over REST is the user's: files do not overwrite it.
 */
#ifndef PLATEN_FLOW_SCRIPT_H
#define PLATEN_FLOW_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/json.h"
#include "core/flow/host.h"
#include "core/store/store.h"

#define SCRIPT_NAME_MAX 48
#define SCRIPT_TEXT_MAX ((size_t)256 * 1024)

/* Whether a JSON Schema compiles: the validator is a room above. */
typedef platen_code (*script_schema_fn)(const char *schema, platen_error *err);

typedef struct script_fault {
    bool wrong;
    int line; /* 0: not known */
    char code[24];
    char text[320];
} script_fault;

/* a-z, 0-9 and '-', not at the ends, at most SCRIPT_NAME_MAX. */
bool script_name_fits(const char *name);

/* Looks at a text as script `name` of `kind` ("task", "flow", "lib"); `declaration` (its params are
 * the caller's) is empty for a library. PLATEN_OK also when it is wrong. */
platen_code script_inspect(store *s, const char *name, const char *kind, const char *text,
                           script_schema_fn schema, script_fault *fault,
                           flow_declaration *declaration, platen_error *err);

typedef struct script_change {
    int64_t id;         /* 0: a new one, or that of the name when it comes from a file */
    const char *name;   /* of a new one */
    const char *kind;   /* of a new one */
    const char *text;   /* NULL: stays */
    const char *source; /* "stock", "folder", "user" */
    const char *author;
    int enabled; /* -1: stays */
} script_change;

/* Makes or changes one; `*id` is its. PLATEN_E_EXISTS, PLATEN_E_NOT_FOUND, PLATEN_E_TOO_LARGE. A
 * text that is wrong is kept and told by its state. */
platen_code script_put(store *s, const script_change *change, script_schema_fn schema, int64_t *id,
                       platen_error *err);
/* PLATEN_E_STATE while a run of it goes on or a task has its kind. */
platen_code script_remove(store *s, int64_t id, platen_error *err);

/* Registers the kinds of all enabled scripts that have a good version. */
platen_code script_kinds(store *s, platen_error *err);

/* Takes in tasks/, flows/ and lib/ below `folder`; absent is fine. What is wrong with a file is
 * told in the log and does not stop the others. With `guarded` a folder or file that others than
 * its owner can write to is refused. */
platen_code script_take_in(store *s, const char *folder, const char *source, bool guarded,
                           script_schema_fn schema, platen_error *err);

/* The libraries as they are now; the caller frees them. */
typedef struct script_libs {
    flow_lib *list;
    size_t count;
} script_libs;
platen_code script_libs_read(store *s, script_libs *out, platen_error *err);
void script_libs_free(script_libs *libs);

/*
 * A dry run: the script with a made-up device, its subtasks answered from `results` (by kind, else
 * success), reads with what is made up, waits at once. Writes the object of docs/rest.md.
 */
platen_code script_dry_run(store *s, const char *name, const char *text, const cJSON *params,
                           const cJSON *results, json_writer *w, platen_error *err);

#endif
