/* Steps of the component "run": what tasks, runs and their results have beyond the first release.
 * Comes after MODEL_COMPONENT and REGION_COMPONENT. */
#ifndef PLATEN_RUN_MIGRATIONS_H
#define PLATEN_RUN_MIGRATIONS_H

#include "core/store/store.h"

#define RUN_COMPONENT "run"

extern const store_migration run_migrations[];
extern const size_t run_migration_count;

#endif
