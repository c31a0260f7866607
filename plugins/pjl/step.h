/*
 * Jobs one command at a time, for devices that cannot take them whole: those that answer one of the
 * commands that come together, that do not know ECHO, or that do not repeat the command before the
 * answer. An answer ends with its form feed, or when nothing more comes. A pool thread; blocks.
 */
#ifndef PLATEN_PJL_STEP_H
#define PLATEN_PJL_STEP_H

#include "exchange.h"

#define STEP_FIRST_MS 3000u /* for an answer to begin */

/* Runs the exchange's job; its octets are as if the device repeated each command. What is not
 * answered has no answer there. TIMEOUT: nothing at all came, though something was asked. */
platen_code step_run(exchange *e, platen_error *err);

/* Whether answers came without their commands: the octets hold more than the job's ECHO, and no
 * other head. */
bool step_is_headless(const exchange *e);

/* Of exchange.c. One receive() onto the octets. */
platen_code exchange_receive(exchange *e, uint32_t patience, platen_error *err);
/* Makes room for `more` octets behind those that are there. */
bool exchange_make_room(exchange *e, size_t more);
/* Begins a session of its own where the device ended the last one. */
platen_code exchange_follow(exchange *e, platen_error *err);

#endif
