/*
 * Numbers for /metrics and parts for /healthz that other rooms bring. Registered before the server
 * starts; the callbacks run on request threads, several at a time, and only read.
 */
#ifndef PLATEN_REST_METRICS_H
#define PLATEN_REST_METRICS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"
#include "core/rest/rest.h"

typedef struct metrics metrics;

metrics *metrics_new(void);
void metrics_free(metrics *m);

/* Appends whole lines of the Prometheus text form, with their # HELP and # TYPE. */
typedef void (*metrics_append)(strbuf *out, void *user);
platen_code metrics_add(metrics *m, metrics_append append, void *user, platen_error *err);

/* Whether a part works; `text` (160 bytes) may be filled with what is wrong. */
typedef bool (*metrics_health)(char *text, size_t size, void *user);
platen_code metrics_add_health(metrics *m, const char *name, metrics_health check, void *user,
                               platen_error *err); /* `name` is borrowed for ever */

void metrics_write(const metrics *m, strbuf *out);
/* {"name":{"ok":true}} members into `w`; false when a part fails. */
bool metrics_health_write(const metrics *m, json_writer *w);

/* For manager.c: those of the router. */
platen_code rest_add_metrics(rest *r, metrics_append append, void *user, platen_error *err);
platen_code rest_add_health(rest *r, const char *name, metrics_health check, void *user,
                            platen_error *err);

#endif
