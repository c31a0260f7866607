/* What the files of `platen sdk` share. */
#ifndef PLATEN_CLI_SDK_H
#define PLATEN_CLI_SDK_H

#include "core/base/file.h"
#include "core/cli/cli.h"

/* A part of the SDK: `built` beside this program (a build folder), else `installed` below the
 * prefix in which it is installed. NOT_FOUND when it is in neither. */
platen_code sdk_find(const char *built, const char *installed, char path[FILE_PATH],
                     platen_error *err);

platen_code sdk_new(cli *c, const args *a, platen_error *err);
platen_code sdk_check(cli *c, const args *a, platen_error *err);

#endif
