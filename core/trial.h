/*
 * Installations of packages, done where no manager works: by the process that is about to become
 * the manager. The journal (core/pack/journal.h) says how far one has come; each step is written
 * down before it is done and may be done again, so that a kill at any moment leaves an installation
 * that the next start ends, with the old version or with the new one.
 *
 * The new version is tried in a child: it brings the database up to date, loads what is installed,
 * answers HTTP and does nothing else (manager_try()). When it is not well in time the database and
 * the list are put back as they were.
 */
#ifndef PLATEN_TRIAL_H
#define PLATEN_TRIAL_H

#include <cjson/cJSON.h>

#include "core/conf/conf.h"

typedef struct trial {
    conf *conf;
    char *const *arguments; /* of this process, NULL at the end */
    const char *installed;  /* the program that was installed first, if this is one of a package */
    int signals;            /* signalfd: a child's end, and being asked to stop */
} trial;

/* Goes on with an installation until it is at its end. `stopped`: this process was asked to stop
 * meanwhile; the next start goes on. An error is one that a repeat may help: the disk, mostly. */
platen_code trial_settle(const trial *t, bool *stopped, platen_error *err);

/*
 * The program that the list of active packages wants to run: that of a product package, or NULL for
 * the one that was installed first. In a process of a package `installed` is not NULL.
 */
platen_code trial_program(const char *data, const char *installed, char path[4096], bool *other,
                          platen_error *err);

/* What a trial found: a line of JSON to descriptor `to`. `address` and `port` are where it answers
 * when it is well, `code` and `text` why it is not. */
void trial_tell(int to, bool well, const char *address, int port, const char *code,
                const char *text);

/* Of the packages that the journal is about, what the plugins and tables of this process lack:
 * PLATEN_E_STATE with the reason. `have` looks a plugin, a table or a function's word up. */
typedef struct trial_found {
    const char *(*plugin)(const char *name, const char **error, void *user); /* version or NULL */
    bool (*table)(const char *name, void *user);
    bool (*function)(const char *word, void *user);
    void *user;
} trial_found;
platen_code trial_check(const char *data, const trial_found *found, platen_error *err);

#endif
