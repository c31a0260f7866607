/* Tables of webhooks and of what is to be sent: the component "notify". */
#ifndef PLATEN_NOTIFY_MIGRATIONS_H
#define PLATEN_NOTIFY_MIGRATIONS_H

#include "core/store/store.h"

#define NOTIFY_COMPONENT "notify"

extern const store_migration notify_migrations[];
extern const size_t notify_migration_count;

#endif
