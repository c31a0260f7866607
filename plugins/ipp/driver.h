/* The driver's one entry from the host. */
#ifndef PLATEN_IPP_DRIVER_H
#define PLATEN_IPP_DRIVER_H

#include <platen/driver.h>

/* What load() got; lives until unload(). */
typedef struct ipp_driver {
    const platen_host *host;
    const platen_drivers *drivers;
} ipp_driver;

/* platen_driver.run with an ipp_driver as `user`: a pool thread, may block until the deadline;
 * calls for different devices overlap and share nothing. */
void driver_run(platen_work *work, void *user);

#endif
