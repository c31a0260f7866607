/*
 * PJL of the simulated printers, on a TCP port of each: a device's variables, what it says to a
 * command, and the ways in which devices misbehave. README.md describes the modes.
 */
#ifndef SIM_PJL_H
#define SIM_PJL_H

#include "world.h"

#include <stdio.h>

enum pjl_mode {
    PJL_GOOD,
    PJL_ONE_WAY,    /* takes everything, says nothing */
    PJL_LYING,      /* takes values and makes others of them */
    PJL_DEAF,       /* DEFAULT has no effect */
    PJL_MUTE,       /* says nothing more in a session after a DEFAULT */
    PJL_SLOW,       /* 20 ms a command */
    PJL_REFUSING,   /* nobody listens */
    PJL_BUSY,       /* resets whoever comes */
    PJL_LOCKED,     /* password 4711 */
    PJL_RESTART,    /* goes away for two seconds at the next DEFAULT, then good */
    PJL_GARBAGE,    /* answers with any octets */
    PJL_REORDERED,  /* answers of a job in the wrong order */
    PJL_TRUNCATED,  /* ends the session in the middle of a list */
    PJL_NO_DEFAULT, /* no DINQUIRE */
    PJL_VALUES,     /* a variable with 5,000 values */
    PJL_VARIABLES,  /* 200 variables more */
    PJL_CHATTY,     /* USTATUS between the lines of answers */
    PJL_BRIEF,      /* ends the session behind each job */
    PJL_OFFICE,     /* 200 variables, 20 ms a command */
    PJL_HEADLESS,   /* does not repeat the command before an answer */
    PJL_HASTY,      /* answers one command of those that come at once, forgets the others */
    PJL_NO_ECHO,    /* no ECHO */
    PJL_LOWER,      /* says its values in lower case, and NAME=VALUE when it is asked for one */
    PJL_OFF,        /* no raw port at all */
    PJL_MODES
};

enum { PJL_PASSWORD = 4711, PJL_LINE = 512 };

struct pjl_value; /* what was written: name and value */

/* A device's own; zero is a good one that nobody wrote to. */
struct pjl_device {
    uint32_t device; /* of the world */
    uint8_t mode;
    struct pjl_value *written;
    size_t written_count;
    uint32_t defaults; /* DEFAULTs that came */
    uint64_t printed;  /* octets that were no PJL: paper */
    uint64_t octets;   /* of all sorts */
    uint32_t sessions;
};

struct text {
    char *data;
    size_t len;
    size_t cap;
    bool failed;
};

/* One client. */
struct pjl_session {
    struct pjl_device *device;
    char line[PJL_LINE];
    size_t line_len;
    bool pjl;        /* after UEL "@PJL" */
    bool fresh;      /* after UEL: nothing but "@PJL" may come */
    bool authorised; /* within JOB PASSWORD */
    bool mute;
    bool end; /* close it when `out` is sent */
    bool restart;
    bool answered;     /* a command of those that came at once */
    unsigned delay_ms; /* that the answers wait */
    size_t marks[64];  /* where answers begin that may change places */
    size_t mark_count;
    struct text out;
};

const char *pjl_mode_name(unsigned mode);
/* PJL_MODES: there is no such mode. */
unsigned pjl_mode_by_name(const char *name);

/* Takes octets of a client; what is to be sent is added to session->out. */
void pjl_take(struct pjl_session *s, const struct world *w, const char *data, size_t len);
void pjl_session_fini(struct pjl_session *s);
void pjl_device_fini(struct pjl_device *d);
/* Sets a value as somebody at the panel would. */
void pjl_write(struct pjl_device *d, const char *name, const char *value);
/* Writes "NAME=VALUE" lines and counters. */
void pjl_show(const struct pjl_device *d, FILE *out);

/* pjl_net.c: a listener for each device of the world; NULL on failure, told on stderr. */
struct pjl *pjl_start(struct world *w, uint16_t port, unsigned mode);
void pjl_stop(struct pjl *p);
/* The control thread's, which holds the world's lock: of the device with that number; false: there
 * is no raw port. */
bool pjl_set_mode(struct pjl *p, uint32_t device, unsigned mode);
bool pjl_set_value(struct pjl *p, uint32_t device, const char *name, const char *value);
bool pjl_show_device(struct pjl *p, uint32_t device, FILE *out);

#endif
