/* Indexes that the device list sorts and searches by: the component "lists", after the core's
 * own tables. */
#ifndef PLATEN_REST_LIST_MIGRATIONS_H
#define PLATEN_REST_LIST_MIGRATIONS_H

#include "core/store/store.h"

#define LIST_COMPONENT "lists"

extern const store_migration list_migrations[];
extern const size_t list_migration_count;

#endif
