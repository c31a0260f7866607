/* Colours from colorant values and from supply names in several languages. Pure functions. */
#ifndef PRINTER_MIB_COLOR_H
#define PRINTER_MIB_COLOR_H

#include <stdbool.h>

/* "black", "cyan", "light-magenta", ... for the one colour that the text names; "" for none or for
 * several. */
const char *color_of(const char *text);

#endif
