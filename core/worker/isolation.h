/*
 * Drivers of third parties run in worker processes, one a plugin: what crashes, hangs or eats
 * memory there takes down itself alone. The plugin's drivers are registered here with functions
 * that hand works over the wire; the works of a worker that died end with an error that says how.
 * A worker comes back after a growing pause; one that dies too often is left alone for a while
 * (quarantine).
 *
 * Threads: made, opened and freed by the main thread; a thread of its own ("platen-wards") owns
 * processes and sockets; works are the SNMP thread's.
 */
#ifndef PLATEN_WORKER_ISOLATION_H
#define PLATEN_WORKER_ISOLATION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/json.h"
#include "core/conf/conf.h"
#include "core/plug/plug.h"
#include "core/snmp/snmp.h"

typedef struct isolation isolation;

typedef struct isolation_options {
    conf *conf;             /* values of the plugins' sections; read at each start of a worker */
    const char *program;    /* NULL: this one */
    const char *version;    /* of Platen */
    const char *mode;       /* "untrusted", "all", "none" */
    const char *trusted;    /* names of plugins, separated by spaces; "": those of the ordinary
                               folder are trusted, those of packages are not */
    unsigned threads;       /* for blocking drivers, 0: 16 */
    unsigned memory_mib;    /* most resident memory of one worker, 0: 256 */
    unsigned crashes;       /* so many within `window_ms` and it is quarantined, 0: 5 */
    unsigned window_ms;     /* 0: 10 minutes */
    unsigned quarantine_ms; /* 0: one hour */
    unsigned pause_ms;      /* before the first restart, 0: 1 s; doubles up to one minute */
    unsigned hang_ms;       /* a driver thread that does not answer for as long is hung, 0: 10 s */
    /* Something that isolation_write() tells has changed. The wards' thread; may be NULL. */
    void (*changed)(void *user);
    void *user;
} isolation_options;

platen_code isolation_new(const isolation_options *options, isolation **out, platen_error *err);

/* For plug_options.elsewhere (`user`: the isolation): starts a worker for a plugin that is not
 * trusted and gives the descriptor that stands for it. Waits for the plugin's load(), 15 seconds at
 * most. */
platen_code isolation_open(const char *name, const char *folder, bool placed,
                           const platen_plugin **descriptor, void *user, platen_error *err);

/* Before plugins are loaded: further folders by the plugin that they are for; borrowed until all
 * are loaded. */
void isolation_places(isolation *iso, const plug_place *further, size_t count);

/*
 * Gives an isolated plugin other further folders: its process is started anew with them, its works
 * end. When it does not come to work with them it is started with those that it had. Waits, 15
 * seconds at most; one that has no process just now gets them with its next. Thread of the
 * follower, after isolation_start(). NOT_FOUND: it is not isolated; INVAL: it refused, and why.
 */
platen_code isolation_further(isolation *iso, const char *plugin, const char *const *folders,
                              size_t count, platen_error *err);
bool isolation_has(const isolation *iso, const char *plugin); /* any thread */

/* Works may come from now on; `engine` is the desk's. */
platen_code isolation_start(isolation *iso, snmpeng *engine, platen_error *err);
/* Ends all workers and their works. The engine's thread has ended. */
void isolation_stop(isolation *iso);
void isolation_free(isolation *iso); /* after the plugins are unloaded */

/* "state" ("active", "restarting", "quarantined"), "isolated", "confined" (bars.h), "refusals",
 * "refused" (the last one), "crashes", "died" and "quarantined_until" of a plugin, as members; any
 * thread. One that runs here is active. */
void isolation_write(const isolation *iso, const char *plugin, json_writer *out);

/* Ends a quarantine by hand, any thread; false: there is no such isolated plugin. */
bool isolation_release(isolation *iso, const char *plugin);

/* Whether a plugin is in quarantine, and how its last worker ended; any thread. */
bool isolation_is_quarantined(const isolation *iso, const char *plugin, char *why, size_t size);

/* How many workers are in quarantine; any thread. */
unsigned isolation_quarantined(const isolation *iso);

#endif
