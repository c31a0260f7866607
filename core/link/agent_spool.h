/*
 * The agent's line of results that the manager has not acknowledged: in memory as long as that is
 * little, else in files spool/<number>.json.gz. Any thread.
 */
#ifndef PLATEN_LINK_AGENT_SPOOL_H
#define PLATEN_LINK_AGENT_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

typedef struct agent_spool agent_spool;

/* The first of the line; the text is the caller's. */
typedef struct spool_head {
    char *text;
    size_t length;
    uint64_t batch; /* 0: left by an earlier start */
} spool_head;

/* Makes <folder>/spool and takes over the files that are there. */
platen_code spool_open(const char *folder, size_t memory_limit, uint64_t disk_limit,
                       agent_spool **out, platen_error *err);
void spool_close(agent_spool *s); /* what is in memory only is lost: spool_save() first */

platen_code spool_put(agent_spool *s, uint64_t batch, const char *text, size_t length,
                      platen_error *err);
/* PLATEN_E_NOT_FOUND when the line is empty. A file that cannot be read is put aside, logged, and
 * the next one taken. */
platen_code spool_peek(agent_spool *s, spool_head *head, platen_error *err);
void spool_drop(agent_spool *s);   /* the first is acknowledged */
void spool_refuse(agent_spool *s); /* the manager will never take the first: put aside */

/* Whether memory holds more than its limit and the disk has room. */
bool spool_wants_disk(agent_spool *s);
/* Writes the newest part of the line that is in memory to disk; one batch. */
platen_code spool_move_one(agent_spool *s, platen_error *err);
/* Writes all that is in memory, whatever the limits. */
platen_code spool_save(agent_spool *s, platen_error *err);

bool spool_full(agent_spool *s); /* twice the memory's limit waits in memory */
size_t spool_count(agent_spool *s);

#endif
