/* What an agent orders a fresh worker to load. */
#ifndef PLATEN_WORKER_START_H
#define PLATEN_WORKER_START_H

#include "core/plug/plug.h"
#include "core/worker/pipe.h"

typedef struct start_order {
    const char *name;    /* of the plugin */
    const char *folder;  /* in which <name>.so lies */
    const char *version; /* of Platen */
    uint32_t log_level;
    uint32_t threads; /* for blocking drivers */
    uint32_t further_count;
    const char *further[PLUG_FURTHER]; /* further folders of the plugin */
} start_order;

/* `values` are assignments "section.key=value" of the plugin's section, each with its NUL. */
void start_write(strbuf *out, const start_order *order, const strbuf *values, uint32_t count);

/* The order's texts are borrowed from the frame. False: it cannot be read. */
bool start_read(pipe_in *in, start_order *order, void (*take)(const char *assignment, void *user),
                void *user);

#endif
