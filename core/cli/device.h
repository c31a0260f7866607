/* What the verb "device" is made of besides its own file. */
#ifndef PLATEN_CLI_DEVICE_H
#define PLATEN_CLI_DEVICE_H

#include "core/cli/cli.h"

platen_code discover_devices(cli *c, const args *a, platen_error *err);
platen_code discover_verdicts(cli *c, const args *a, platen_error *err);
platen_code discover_add(cli *c, const args *a, platen_error *err);

#endif
