/* The core's own tables, step by step. Released steps are never edited. */
#ifndef PLATEN_MODEL_MIGRATIONS_H
#define PLATEN_MODEL_MIGRATIONS_H

#include "core/store/store.h"

#define MODEL_COMPONENT "core"

extern const store_migration model_migrations[];
extern const size_t model_migration_count;

#endif
