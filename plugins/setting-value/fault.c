#include "fault.h"

#include <stdio.h>

platen_code fault(platen_error *err, platen_code code, const char *format, ...)
{
    if (err != NULL) {
        va_list list;
        va_start(list, format);
        (void)vsnprintf(err->text, sizeof(err->text), format, list);
        va_end(list);
        err->code = (uint32_t)code;
        err->sys = 0;
    }
    return code;
}

platen_code fault_memory(platen_error *err, const char *what)
{
    return fault(err, PLATEN_E_NOMEM, "no memory for %s", what);
}
