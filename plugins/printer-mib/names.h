/* The enumerations of RFC 3805, 3806 and 2790 as words. Pure functions; "" for unknown numbers. */
#ifndef PRINTER_MIB_NAMES_H
#define PRINTER_MIB_NAMES_H

#include <stdbool.h>
#include <stdint.h>

const char *names_supply_type(int64_t type);   /* PrtMarkerSuppliesTypeTC */
const char *names_supply_unit(int64_t unit);   /* PrtMarkerSuppliesSupplyUnitTC */
const char *names_capacity_unit(int64_t unit); /* PrtCapacityUnitTC */
const char *names_counter_unit(int64_t unit);  /* PrtMarkerCounterUnitTC */
const char *names_input_type(int64_t type);    /* PrtInputTypeTC */
const char *names_output_type(int64_t type);   /* PrtOutputTypeTC */
const char *names_cover_state(int64_t state);  /* PrtCoverStatusTC */
const char *names_finisher_type(int64_t type); /* FinDeviceTypeTC */
const char *names_part_state(int64_t state);   /* PrtSubUnitStatusTC */

/* Types of RFC 3805 that fill instead of being used up. */
bool names_receptacle(int64_t type);

#define SUPPLY_UNIT_PERCENT 19

#endif
