/* Steps of the component "group": device groups. Comes after REGION_COMPONENT. */
#ifndef PLATEN_MODEL_GROUP_MIGRATIONS_H
#define PLATEN_MODEL_GROUP_MIGRATIONS_H

#include "core/store/store.h"

#define GROUP_COMPONENT "group"

extern const store_migration group_migrations[];
extern const size_t group_migration_count;

#endif
