/* The half on the manager: it reads no device, it shows which vendor profiles there are. */
#ifndef PRINTER_MIB_MANAGE_H
#define PRINTER_MIB_MANAGE_H

#include <platen/plugin.h>

/* load() and unload() of the manager. Main thread. */
platen_code manage_load(const platen_host *host, platen_ctx *ctx, platen_error *err);
void manage_unload(void);

#endif
