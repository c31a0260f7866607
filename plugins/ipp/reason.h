/*
 * What alerts are called: IPP's "printer-state-reasons" keywords (RFC 8011, PWG 5100.9) and the
 * labels of the Printer MIB's enumerations (RFC 3805, IANA-PRINTER-MIB) as the numbers that
 * platen_alert carries.
 */
#ifndef PLATEN_IPP_REASON_H
#define PLATEN_IPP_REASON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REASON_KEYWORD 128

typedef struct reason {
    uint32_t severity;            /* PLATEN_SEVERITY_... */
    uint32_t group;               /* PrtAlertGroupTC, 1 other */
    uint32_t code;                /* PrtAlertCodeTC, 1 other */
    char keyword[REASON_KEYWORD]; /* without its suffix */
} reason;

/* Reads one keyword. False for "none", empty and over-long ones: no alert. */
bool reason_parse(const char *keyword, size_t length, reason *out);

/* Labels of printer-alert values ("coverOpen", "markerSupplies", "critical", "fieldService");
 * case does not matter. The number of "other" (of training "unknown") when it is none. */
uint32_t reason_code(const char *name);
uint32_t reason_group(const char *name);
uint32_t reason_severity(const char *name);
uint32_t reason_training(const char *name);

/* The group that a code of the specific ranges belongs to, 1 when the code says nothing. */
uint32_t reason_group_of_code(uint32_t code);

#endif
