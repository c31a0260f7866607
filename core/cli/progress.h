/* Following a run or an upload: a bar that moves on a terminal, a line a change elsewhere. */
#ifndef PLATEN_CLI_PROGRESS_H
#define PLATEN_CLI_PROGRESS_H

#include <cjson/cJSON.h>

#include "core/cli/api.h"

/* Whether the run's state is one that does not change any more. */
bool progress_is_over(const cJSON *run);
/* Whether what was asked for was done: state success or warning. */
bool progress_is_good(const cJSON *run);

/* "[#####.....]  50 %  12/24  success 10  error 2" of a run, at most `width` columns (0: 79). */
void progress_line(strbuf *out, const cJSON *run, size_t width);

/* The same of bytes that are sent, on a terminal only; at the end of them a line's end. */
void progress_bytes(const cli *c, int64_t done, int64_t of);

/*
 * Asks for the run once a second until it is over. `last` is the last answer, initialised by the
 * caller. A lost connection is retried for a minute. Sets ended_badly when the run did not go well.
 */
platen_code progress_watch(cli *c, const char *run, api_answer *last, platen_error *err);

#endif
