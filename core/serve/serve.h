/*
 * The agent's download port: what drivers publish for a device (serve/0) is served to that device,
 * over HTTPS and, where the configuration says so, HTTP. Nothing else is served; a port is open
 * only while something is published.
 *
 * There is one in a process. serve_open() and serve_close() belong to the main thread, before the
 * drivers' threads start and after they have ended; everything else may be called from any thread.
 */
#ifndef PLATEN_SERVE_H
#define PLATEN_SERVE_H

#include <stdbool.h>

#include <platen/unstable/serve.h>

#include "core/base/error.h"

typedef struct serve serve;

typedef struct serve_options {
    const char *data;    /* the agent's data folder: what is published lies in <data>/download */
    int https_port;      /* -1: none, 0: a free one */
    int http_port;       /* the same */
    const char *address; /* to listen on; "" or NULL: all */
    const char *name;    /* of this host in URLs; "" or NULL: its address towards the device */
} serve_options;

/* Reads what was published before, and opens the ports when there is something. With neither port
 * nothing is served, and publishing is refused. A port that is taken is told in the log, and tried
 * again with the next thing that is published. */
platen_code serve_open(const serve_options *options, serve **out, platen_error *err);
void serve_close(serve *s); /* NULL is fine */

/* Forgets bodies whose time is over, closes the ports when none is left, and renews the certificate
 * of HTTPS in time; looks at most once in some minutes. Main thread; NULL is fine. */
void serve_tick(serve *s);
void serve_sweep(serve *s); /* the same at once */

/* The port that is open, -1: none. */
int serve_port(serve *s, bool tls);

extern const platen_serve iface_serve_table; /* of the one that is open */

#endif
