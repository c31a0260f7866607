/* Units as this project spells them. */
#ifndef PLATEN_IPP_UNIT_H
#define PLATEN_IPP_UNIT_H

/* The label of the Printer MIB ("tenthsOfMilliliters") as the printer-mib driver reports the same
 * unit; "" for other and unknown; anything else as it is. */
const char *unit_name(const char *label);

#endif
