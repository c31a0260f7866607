/* Has no platen_plugin_descriptor. */
#include <platen/plugin.h>

PLATEN_EXPORT extern const int no_symbol_here;
PLATEN_EXPORT const int no_symbol_here = 1;
