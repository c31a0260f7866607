/* Tables of users, sessions and tokens: the component "access", brought up beside "core". */
#ifndef PLATEN_MODEL_USER_MIGRATIONS_H
#define PLATEN_MODEL_USER_MIGRATIONS_H

#include "core/store/store.h"

#define USER_COMPONENT "access"

extern const store_migration user_migrations[];
extern const size_t user_migration_count;

#endif
