/* MAC addresses from the interfaces group. Functions on a visit; SNMP thread. */
#ifndef PRINTER_MIB_INTERFACE_H
#define PRINTER_MIB_INTERFACE_H

#include "mib.h"

/* Reports all of them, the one of the interface most likely in use first. */
void interface_report(visit *of, const answer *read);

#endif
