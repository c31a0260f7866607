/* IEEE 1284 device ids: "MFG:HP;MDL:LaserJet;SN:1;". Pure functions on borrowed text. */
#ifndef PRINTER_MIB_DEVICEID_H
#define PRINTER_MIB_DEVICEID_H

#include <stdbool.h>
#include <stddef.h>

/* Whether it looks like a device id at all: has a maker or a model key. */
bool deviceid_valid(const char *id);

/* The value of a key by its short name (MFG, MDL, SN, FW, UUID, DES, ...); long and vendor
 * spellings count too (MANUFACTURER, MODEL, SERN, SER, ...). False and "" when there is none. */
bool deviceid_get(const char *id, const char *key, char *out, size_t size);

#endif
