/* The plans of the driver, compiled at first use and kept. SNMP thread. */
#ifndef PRINTER_MIB_PLANS_H
#define PRINTER_MIB_PLANS_H

#include "mib.h"

/* Prefixes of what is read, as arcs. */
#define SYSTEM_ARCS 1, 3, 6, 1, 2, 1, 1
#define IF_ENTRY_ARCS 1, 3, 6, 1, 2, 1, 2, 2, 1
#define HR_DEVICE_ARCS 1, 3, 6, 1, 2, 1, 25, 3, 2, 1
#define HR_PRINTER_ARCS 1, 3, 6, 1, 2, 1, 25, 3, 5, 1
#define HR_TYPE_PRINTER_ARCS 1, 3, 6, 1, 2, 1, 25, 3, 1, 5
#define PRINTER_ARCS 1, 3, 6, 1, 2, 1, 43

/* Each sets *plan; a *plan of NULL with PLATEN_OK means that there is nothing to read. */
platen_code plans_probe(mib *of, const platen_snmp_plan **plan, platen_error *err);
platen_code plans_evidence(mib *of, const profile *vendor, const platen_snmp_plan **plan,
                           platen_error *err);
platen_code plans_identity(mib *of, const platen_snmp_plan **plan, platen_error *err);
platen_code plans_vendor_identity(mib *of, const profile *vendor, const platen_snmp_plan **plan,
                                  platen_error *err);
platen_code plans_scalars(mib *of, const profile *vendor, uint32_t row,
                          const platen_snmp_plan **plan, platen_error *err);
platen_code plans_tables(mib *of, uint32_t tables, const platen_snmp_plan **plan,
                         platen_error *err);
platen_code plans_counters(mib *of, const profile *vendor, const platen_snmp_plan **plan,
                           platen_error *err);
platen_code plans_edit(mib *of, const platen_snmp_plan **plan, platen_error *err);
platen_code plans_restart(mib *of, const platen_snmp_plan **plan, platen_error *err);
platen_code plans_uptime(mib *of, const platen_snmp_plan **plan, platen_error *err);
platen_code plans_settings(mib *of, const platen_snmp_plan **plan, platen_error *err);

#endif
