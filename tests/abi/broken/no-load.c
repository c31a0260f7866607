/* Has no load(). */
#include <platen/plugin.h>

const platen_plugin platen_plugin_descriptor = {
    sizeof(platen_plugin), 0x10000u, 1, 2, "no-load", "1.0", NULL, NULL, NULL};
