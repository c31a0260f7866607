/*
 * secret/1: passwords and keys of the feature, sealed with the manager's key file, so that neither
 * the database nor a backup of it shows them. Each has a name that is the feature's own. They are
 * sealed anew when the key is changed, go along with backups and `migrate-db`, and are removed with
 * the feature's data. What is set or dropped counts when the transaction is committed.
 * Since 1.2, manager only. On the thread of the transaction; it waits for nothing else.
 */
#ifndef PLATEN_SECRET_IFACE_H
#define PLATEN_SECRET_IFACE_H

#include <platen/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLATEN_SECRET_MAX 4096u   /* bytes of one */
#define PLATEN_SECRET_NAME_MAX 63 /* bytes of a name: a-z, 0-9 and '-' */

typedef struct platen_tx platen_tx; /* of store/1 */

/* All return PLATEN_E_INVAL without a transaction of this plugin or a name that can be, and
 * PLATEN_E_STATE in load(). */
typedef struct platen_secrets {
    uint32_t size;

    /* Keeps `length` bytes (1 to PLATEN_SECRET_MAX) under the name; what was there is replaced. The
     * caller wipes its own copy. PLATEN_E_TOO_LARGE; PLATEN_E_STATE in a transaction that reads. */
    platen_code (*set)(platen_ctx *ctx, platen_tx *tx, const char *name, const void *data,
                       size_t length, platen_error *err);

    /* Copies it into `buffer`, which the caller wipes; `*length` is how long it is. No NUL is
     * added. PLATEN_E_NOT_FOUND; PLATEN_E_TOO_LARGE when `room` bytes do not hold it: nothing is
     * copied; PLATEN_E_CORRUPT when it does not open with the manager's key. */
    platen_code (*get)(platen_ctx *ctx, platen_tx *tx, const char *name, void *buffer, size_t room,
                       size_t *length, platen_error *err);

    /* PLATEN_E_NOT_FOUND when there is none; PLATEN_E_STATE in a transaction that reads. */
    platen_code (*drop)(platen_ctx *ctx, platen_tx *tx, const char *name, platen_error *err);
} platen_secrets;

#ifdef __cplusplus
}
#endif

#endif
