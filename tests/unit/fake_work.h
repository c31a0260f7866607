/*
 * The host of a driver's work that is fake: what a driver is told stands in it, what the driver
 * reports is kept in it. For tests of drivers that call no real agent, in one process and one
 * thread; one at a time, for the tables have no other way to it. Time is `now`, and passes when
 * the test or later() says so.
 */
#ifndef PLATEN_TESTS_FAKE_WORK_H
#define PLATEN_TESTS_FAKE_WORK_H

#include <stdbool.h>

#include <platen/driver.h>
#include <platen/plugin.h>

typedef struct fake_work {
    /* What the driver is told. */
    uint32_t kind;
    platen_act order;
    platen_target target;
    int64_t now; /* ms UTC */
    bool data_fails;
    /* What it reports. */
    unsigned finished, changes, waits, sureness;
    platen_code code;
    char error[PLATEN_ERROR_TEXT];
    char skipped[64], warned[64], reason[512];
    char log[8192];
    char *data;
    void (*then)(platen_work *work, void *user); /* of later() */
    void *then_user;
} fake_work;

extern const platen_host fake_work_host;       /* fail() alone */
extern const platen_drivers fake_work_drivers; /* works of all kinds; no facts */

/* From here on it is the one; the order and the target are empty. */
void fake_work_init(fake_work *w, int64_t now);
void fake_work_fini(fake_work *w);
/* The driver's run with an order, or as a probe; what later() put off follows at once. */
void fake_work_act(fake_work *w, const char *action, const char *settings, uint32_t flags,
                   void (*run)(platen_work *work, void *user), const void *user);
void fake_work_probe(fake_work *w, void (*run)(platen_work *work, void *user), const void *user);

platen_code fake_work_fail(platen_error *err, platen_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
