/* Actions of the driver: what one is to do, and what it has done so far. SNMP thread. */
#ifndef PRINTER_MIB_ACT_H
#define PRINTER_MIB_ACT_H

#include "mib.h"

#define ACT_FIELDS 3u /* name, location, contact */

typedef struct setting_run setting_run; /* setting.h */

struct acting {
    platen_act order;
    unsigned sets; /* sent so far */
    bool unheard;  /* the last one was not answered */
    /* device.edit */
    bool wanted[ACT_FIELDS];
    bool differs[ACT_FIELDS]; /* when it was read first */
    char want[ACT_FIELDS][TEXT_SIZE];
    char had[ACT_FIELDS][TEXT_SIZE];
    /* device.restart */
    char reset[64];  /* the instance of prtGeneralReset */
    int64_t value;   /* that was written */
    int64_t uptime;  /* ms, and when that was read */
    int64_t read_at; /* ms of the monotonic clock */
    int64_t sent_at;
    int64_t waited; /* ms in later(), since the SET */
    bool gone;      /* it was silent when it was asked last */
    /* settings.check, .read, .write; owned */
    setting_run *settings;
};

void act_run(visit *of);
/* Hands over what there is to hand over when the visit ends with that code; gives the code with
 * which it ends then. */
platen_code act_closing(visit *of, platen_code code);
void act_free(acting *act); /* NULL is fine */
void edit_run(visit *of);
void restart_run(visit *of);

/* Sends one SET; `answered` gets OK, TIMEOUT (done or not) or a refusal, whose text is in
 * visit.error. Ends the visit if it cannot be sent. */
void act_set(visit *of, const platen_snmp_value *values, uint32_t count,
             void (*answered)(visit *of, platen_code code, uint32_t status));
/* A line of the step log. */
void act_note(visit *of, uint32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Ends the visit with an error made of `format`. */
void act_fail(visit *of, platen_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for a device that answers reads and no SET: most do so where the credential may not
 * write. */
void act_fail_mute(visit *of);

#endif
