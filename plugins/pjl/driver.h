/* The driver's one entry from the host. */
#ifndef PLATEN_PJL_DRIVER_H
#define PLATEN_PJL_DRIVER_H

#include <platen/driver.h>
#include <platen/tcp.h>

/* What load() got; lives until unload(), read-only after load(). */
typedef struct pjl_driver {
    const platen_host *host;
    const platen_drivers *drivers;
    const platen_tcp *tcp;
    bool ask_unknown; /* pjl.ask_unknown: what nobody knows may be sent octets */
} pjl_driver;

/* platen_driver.run with a pjl_driver as `user`: a pool thread, may block until the deadline; calls
 * for different devices overlap and share nothing. */
void driver_run(platen_work *work, void *user);

#endif
