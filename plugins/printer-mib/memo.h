/*
 * What the driver keeps with a device between works, as "v1 p=hp r=1 ...". The text comes back from
 * storage, so what does not parse is simply not known.
 */
#ifndef PRINTER_MIB_MEMO_H
#define PRINTER_MIB_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMO_TEXT 256u

typedef struct memo {
    char profile[32];  /* id of the matched profile, "" unknown */
    uint32_t row;      /* hrDeviceIndex of the printer, 0 unknown */
    bool several;      /* more than one printer in hrDeviceTable */
    uint32_t tables;   /* STATUS_ bits of tables that have rows */
    bool tables_known; /* the bits were learnt from an unbroken answer */
    int64_t events;    /* prtAlertAllEvents at the last walk of alerts, -1 not told */
    int64_t alerts;    /* rows there were then, -1 never walked */
    int64_t uptime;    /* seconds of sysUpTime then */
} memo;

void memo_parse(memo *out, const char *text);
void memo_format(const memo *from, char *out, size_t size);

#endif
