/*
 * Secrets of plugins (secret/1): bytes under a name, sealed with the key file and bound to plugin
 * and name. In the caller's transaction.
 */
#ifndef PLATEN_MODEL_PLUGIN_SECRET_H
#define PLATEN_MODEL_PLUGIN_SECRET_H

#include <stddef.h>

#include "core/secret/secret.h"
#include "core/store/store.h"

#define PLUGIN_SECRET_COMPONENT "plugin-secret"
#define PLUGIN_SECRET_BYTES 4096u

extern const store_migration plugin_secret_migrations[];
extern const size_t plugin_secret_migration_count;

/* `plugin` and `name` are words of a-z, 0-9 and '-', at most 63 bytes each. */
platen_code plugin_secret_set(store_conn *conn, const secret_key *key, const char *plugin,
                              const char *name, const void *data, size_t length, platen_error *err);
/* PLATEN_E_NOT_FOUND; PLATEN_E_TOO_LARGE over `room`, PLATEN_E_CORRUPT. The caller wipes. */
platen_code plugin_secret_get(store_conn *conn, const secret_key *key, const char *plugin,
                              const char *name, void *buffer, size_t room, size_t *length,
                              platen_error *err);
platen_code plugin_secret_drop(store_conn *conn, const char *plugin, const char *name,
                               platen_error *err);
/* All of the plugin's; none is fine. */
platen_code plugin_secret_forget(store_conn *conn, const char *plugin, platen_error *err);

#endif
