/* Steps of the component "board": dashboards, and pages a day. Comes after MODEL_COMPONENT. */
#ifndef PLATEN_MODEL_BOARD_MIGRATIONS_H
#define PLATEN_MODEL_BOARD_MIGRATIONS_H

#include "core/store/store.h"

#define BOARD_COMPONENT "board"

extern const store_migration board_migrations[];
extern const size_t board_migration_count;

#endif
