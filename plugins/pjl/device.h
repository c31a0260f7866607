/*
 * What the works share: a session with a device, its variables, what it says of itself. A pool
 * thread; blocks.
 */
#ifndef PLATEN_PJL_DEVICE_H
#define PLATEN_PJL_DEVICE_H

#include "exchange.h"
#include "setting.h"

typedef enum device_lock {
    DEVICE_LOCK_UNKNOWN, /* it does not say */
    DEVICE_OPEN,
    DEVICE_LOCKED, /* with a password */
} device_lock;

typedef struct device {
    exchange line;
    const platen_target *target;
    platen_work *work;
    const platen_drivers *drivers;
    variables list; /* sorted */
    device_lock lock;
    uint32_t password; /* of the credential, 1 to 65,535; 0: none that could be one */
    char model[VARIABLE_TEXT + 1];
} device;

void device_init(device *d, const pjl_driver *driver, platen_work *work,
                 const platen_target *target);
void device_fini(device *d); /* wipes the password */

/* Opens the session, unless it is open. That it was answered is kept in the memo. */
platen_code device_open(device *d, platen_error *err);
/* Whether it was ever answered; then silence is no one-way line. */
bool device_was_heard(const device *d);
/* Whether it must not be asked: it lists languages, and none comes with PJL. Kept by `check` for
 * the works that come without that hint; an answer counts more. */
bool device_is_other(device *d, bool check);
/* Reads the variables anew. UNSUPPORTED: the device has none, or does not tell. */
platen_code device_read(device *d, platen_error *err);
/* The present defaults of up to `count` variables, by DINQUIRE; what is not answered stays as it
 * is. `told` (may be NULL) gets how many were. */
platen_code device_ask_defaults(device *d, variable *const *wanted, size_t count, size_t *told,
                                platen_error *err);

/* The first answer to "INFO ID" into `model`; "" when there is none. After a job with INFO ID. */
void device_take_model(device *d);

/* Hands {"format":1, ... , members of `tree`} over. Takes the tree; NULL: there was no memory. */
platen_code device_hand_over(device *d, cJSON *tree, platen_error *err);
/* The members that read and write begin with; NULL: no memory. */
cJSON *device_document(const device *d);

#endif
