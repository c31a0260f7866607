/* A package of Platen itself, as it is unpacked: bin/, lib/plugins/, share/. */
#ifndef PLATEN_PACK_PRODUCT_H
#define PLATEN_PACK_PRODUCT_H

#include "core/base/error.h"

/* Plugins look for their own files in a folder beside them: moves share/plugins/<name> there. */
platen_code product_place_files(const char *folder, platen_error *err);

#endif
