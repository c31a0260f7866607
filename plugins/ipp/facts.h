/* From decoded attributes to reported facts: one function for each kind of fact. */
#ifndef PLATEN_IPP_FACTS_H
#define PLATEN_IPP_FACTS_H

#include <stddef.h>
#include <stdint.h>

#include <cups/ipp.h>

#include <platen/driver.h>

/* One work of the driver: where facts of an answer go. */
typedef struct facts {
    const platen_drivers *drivers;
    platen_work *work;
    ipp_t *answer;
} facts;

void facts_identity(const facts *f); /* maker, model, serial, name, place, links, firmware */
void facts_state(const facts *f);    /* state, uptime, the panel's message */
void facts_alerts(const facts *f);
void facts_supplies(const facts *f);
void facts_parts(const facts *f); /* trays, bins, finishers */
void facts_counters(const facts *f);

#endif
