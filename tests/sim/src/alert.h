/* The kinds of alert a device can show, with the codes of RFC 3805 and the bits of RFC 2790. */
#ifndef SIM_ALERT_H
#define SIM_ALERT_H

#include <stdint.h>

enum alert_kind {
    ALERT_JAM,
    ALERT_COVER_OPEN,
    ALERT_PAPER_LOW,
    ALERT_PAPER_EMPTY,
    ALERT_TRAY_MISSING,
    ALERT_OUTPUT_NEAR_FULL,
    ALERT_OUTPUT_FULL,
    ALERT_SUPPLY_LOW,
    ALERT_SUPPLY_EMPTY,
    ALERT_SUPPLY_MISSING,
    ALERT_WASTE_NEAR_FULL,
    ALERT_WASTE_FULL,
    ALERT_LIFE_LOW,
    ALERT_FUSER,
    ALERT_SERVICE,
    ALERT_MAINTENANCE,
    ALERT_OFFLINE,
    ALERT_KINDS
};

/* What of the device the alert is about, and so what its group index counts. */
enum alert_part { PART_NONE, PART_COVER, PART_TRAY, PART_OUTPUT, PART_SUPPLY, PART_WASTE };

struct alert_info {
    const char *name;
    const char *text; /* %s: name of the part */
    const char *console;
    uint16_t code;       /* PrtAlertCodeTC */
    uint16_t ink_code;   /* where the supply is ink; 0: same */
    uint16_t error_bits; /* first octet of hrPrinterDetectedErrorState in the high byte */
    uint8_t severity;    /* 3 critical, 4 warning, 5 warning with binary change */
    uint8_t training;
    uint8_t group;
    uint8_t part;
};

extern const struct alert_info alert_infos[ALERT_KINDS];

/* ALERT_KINDS for an unknown name. */
enum alert_kind alert_by_name(const char *name);

#endif
