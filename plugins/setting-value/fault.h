/* Errors of the parts that also work without a host (the program `show`, fuzz targets). */
#ifndef SETTING_VALUE_FAULT_H
#define SETTING_VALUE_FAULT_H

#include <platen/error.h>

/* Fills `err` (may be NULL) and returns `code`. */
platen_code fault(platen_error *err, platen_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* No memory for `what`. */
platen_code fault_memory(platen_error *err, const char *what);

#endif
