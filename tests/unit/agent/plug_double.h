/* Drivers that a test makes itself, in the place of the loader's: the test links this instead. */
#ifndef PLATEN_TESTS_PLUG_DOUBLE_H
#define PLATEN_TESTS_PLUG_DOUBLE_H

#include "core/plug/plug.h"

extern plug_driver plug_double_drivers[PLUG_DRIVERS]; /* highest rank first */
extern size_t plug_double_count;

#endif
