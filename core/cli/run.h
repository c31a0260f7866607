/* Starting and following runs from several verbs. */
#ifndef PLATEN_CLI_RUN_H
#define PLATEN_CLI_RUN_H

#include "core/cli/api.h"

/* Creates a task that starts now: kind, name, then targets and settings as JSON text of objects.
 * The caller frees the run's id. */
platen_code run_start(cli *c, const char *kind, const char *name, const char *targets,
                      const char *settings, char **run, platen_error *err);

/* Follows a run to its end and shows what did not go well. */
platen_code run_follow(cli *c, const char *run, platen_error *err);

/* The results of a run's targets as a list in the client's format. */
platen_code run_targets(cli *c, const char *run, platen_error *err);

#endif
