/* secret/1: secrets of plugins, in their transactions. */
#include <platen/secret.h>

#include <string.h>

#include "core/feature/iface_store.h"
#include "core/model/plugin_secret.h"

_Static_assert(PLATEN_SECRET_MAX == PLUGIN_SECRET_BYTES, "what plugins are told is what is kept");

typedef struct place {
    feature_plugin *plugin;
    const secret_key *key;
} place;

static platen_code begin(platen_ctx *ctx, const platen_tx *tx, const char *name, bool writes,
                         place *out, platen_error *err)
{
    size_t length = name != NULL ? strnlen(name, PLATEN_SECRET_NAME_MAX + 1) : 0;
    PLATEN_TRY(feature_plugin_ready(ctx, "secrets", &out->plugin, err));
    if (tx == NULL || tx->plugin != out->plugin) {
        return error_set(err, PLATEN_E_INVAL, "secrets are of a transaction of the plugin");
    }
    if (length < 1 || length > PLATEN_SECRET_NAME_MAX ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != length) {
        return error_set(err, PLATEN_E_INVAL,
                         "a secret's name is 1 to %d characters of a-z, 0-9 and '-'",
                         PLATEN_SECRET_NAME_MAX);
    }
    if (writes && !tx->writes) {
        return error_set(err, PLATEN_E_STATE, "the secret '%s' is changed in write()", name);
    }
    const services *s = out->plugin->owner->services;
    out->key = s != NULL ? s->key : NULL;
    return out->key != NULL ? PLATEN_OK
                            : error_set(err, PLATEN_E_STATE, "there is no key for secrets yet");
}

static platen_code set(platen_ctx *ctx, platen_tx *tx, const char *name, const void *data,
                       size_t length, platen_error *err)
{
    place at;
    PLATEN_TRY(begin(ctx, tx, name, true, &at, err));
    if (data == NULL || length == 0) {
        return error_set(err, PLATEN_E_INVAL, "the secret '%s' is empty", name);
    }
    return plugin_secret_set(tx->conn, at.key, at.plugin->name, name, data, length, err);
}

static platen_code get(platen_ctx *ctx, platen_tx *tx, const char *name, void *buffer, size_t room,
                       size_t *length, platen_error *err)
{
    place at;
    PLATEN_TRY(begin(ctx, tx, name, false, &at, err));
    if (buffer == NULL || length == NULL) {
        return error_set(err, PLATEN_E_INVAL, "there is no room for the secret '%s'", name);
    }
    return plugin_secret_get(tx->conn, at.key, at.plugin->name, name, buffer, room, length, err);
}

static platen_code drop(platen_ctx *ctx, platen_tx *tx, const char *name, platen_error *err)
{
    place at;
    PLATEN_TRY(begin(ctx, tx, name, true, &at, err));
    return plugin_secret_drop(tx->conn, at.plugin->name, name, err);
}

static const platen_secrets table = {
    .size = (uint32_t)sizeof(platen_secrets), .set = set, .get = get, .drop = drop};

const feature_part feature_secret = {.name = "secret/1", .table = &table};
