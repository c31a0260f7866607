/* Steps of the component "region": regions, and which region devices, tasks and runs are of. Comes
 * after MODEL_COMPONENT. */
#ifndef PLATEN_MODEL_REGION_MIGRATIONS_H
#define PLATEN_MODEL_REGION_MIGRATIONS_H

#include "core/store/store.h"

#define REGION_COMPONENT "region"

extern const store_migration region_migrations[];
extern const size_t region_migration_count;

#endif
