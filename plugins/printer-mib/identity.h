/*
 * Who a device is: the texts it says of itself, and maker, model, serial number, firmware and name
 * that follow from them by the rules of its profile. Functions on a visit; SNMP thread.
 */
#ifndef PRINTER_MIB_IDENTITY_H
#define PRINTER_MIB_IDENTITY_H

#include "mib.h"

/* Fills visit.said from the common objects. */
void identity_read(visit *of, const answer *read);

/* The profile that fits what was said: by enterprise number, else by the maker's name. */
const profile *identity_profile(const visit *of);

/* Adds what the vendor's own objects say (may be an empty answer) and reports all of it. */
void identity_report(visit *of, const answer *vendor);

/* The enterprise number in sysObjectID, 0 none. */
uint32_t identity_enterprise(const facts *said);

#endif
