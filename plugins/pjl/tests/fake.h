/*
 * A host with one device that speaks PJL, both in memory: what the driver sends is answered at
 * once, in pieces of a chosen size. Nothing here is shared with the driver or with the simulator.
 */
#ifndef PLATEN_PJL_FAKE_H
#define PLATEN_PJL_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <platen/driver.h>
#include <platen/tcp.h>

#include "plugins/pjl/driver.h"

#define FAKE_VARIABLES 32
#define FAKE_OUT (8u * 1024 * 1024)

typedef struct fake_variable {
    char name[64]; /* "COPIES", "LPARM:PCL PITCH" */
    char value[64];
    const char *shape; /* " [2 RANGE]\r\n\t1\r\n\t999", "" */
    bool stubborn;     /* keeps its value */
    const char *turns; /* takes this value instead; NULL: what it is told */
} fake_variable;

typedef struct fake {
    /* the device */
    fake_variable list[FAKE_VARIABLES];
    size_t count;
    const char *id;
    const char *raw_variables; /* instead of the list */
    const char *status, *pages, *config, *prodinfo;
    unsigned password;
    bool tells_password; /* DINQUIRE PASSWORD is answered */
    bool refuses, silent, resets, echoes, garbage, no_form_feed, no_dinquire, lower_case, ustatus;
    bool needs_paper; /* DUPLEX is taken only while PAPER is A4 */
    int close_after;  /* DEFAULTs, then the session ends; -1 never */
    bool mute_after;  /* ... it stays open and says nothing */
    int down;         /* connections refused after that */
    size_t chunk;     /* octets of a receive(), 0: all */
    /* what it saw */
    unsigned opened, defaults, octets_before;
    char seen[65536]; /* all that was sent */
    size_t seen_length;
    /* its session */
    char *out;
    size_t out_length, out_at;
    bool open, closed, authorised;
    /* the work */
    uint32_t kind;
    platen_target target;
    platen_act act;
    char memo[256];
    /* what the driver brought */
    unsigned finished;
    platen_code code;
    char text[PLATEN_ERROR_TEXT];
    uint32_t sureness;
    char why[256];
    char facts[8192]; /* "model=…\n" */
    char log[8192];
    char changes[4096]; /* "path: a -> b\n" */
    char skipped[64], warned[64], reason[320];
    cJSON *data;
} fake;

/* One with COPIES, PAPER, DUPLEX, ECONOMODE (read-only), PITCH of PCL, CPLOCK. */
fake *fake_new(void);
void fake_free(fake *f);
void fake_add(fake *f, const char *name, const char *value, const char *shape);
fake_variable *fake_find(fake *f, const char *name);

extern const pjl_driver fake_driver;

/* Runs a work to its end; what an earlier one brought is forgotten. */
void fake_run(fake *f, uint32_t kind);
void fake_act(fake *f, const char *action, const char *settings, uint32_t flags);

/* The item of that path in the data; NULL: none. */
const cJSON *fake_item(const fake *f, const char *path);
/* Its member as text ("result"), "" when it is none. */
const char *fake_word(const fake *f, const char *path, const char *member);

#endif
