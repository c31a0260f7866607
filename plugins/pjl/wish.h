/*
 * The settings that a device is to have: each a path, a value, and what became of it. Judged from
 * what the device says before and after; nothing here talks to it.
 */
#ifndef PLATEN_PJL_WISH_H
#define PLATEN_PJL_WISH_H

#include "device.h"

#define WISHES_MAX 20000u

typedef enum wish_result {
    WISH_OPEN,    /* to be written, or not looked at yet */
    WISH_OUTSIDE, /* not possible now; perhaps after others are written */
    WISH_SAME,
    WISH_DIFFERENT,
    WISH_WRITTEN,
    WISH_NOT_SUPPORTED,
    WISH_READ_ONLY, /* from here on: not as wanted */
    WISH_NOT_ALLOWED,
    WISH_REFUSED,
    WISH_CHANGED,
    WISH_NOT_CONFIRMED,
    WISH_FAILED,
} wish_result;

typedef struct wish {
    const char *path;   /* borrowed of the settings */
    const cJSON *value; /* of them, too */
    char language[64], name[64];
    bool named;         /* the path is one of PJL's */
    bool secret;        /* neither shown nor written */
    bool sent;          /* in the last job or an earlier one */
    bool locked;        /* refused for want of the password */
    variable *variable; /* of the list that was read last, NULL: the device has none */
    variable_kind kind;
    char text[VARIABLE_TEXT + 1]; /* the value as it is sent */
    char *before, *after;         /* NULL: not known */
    wish_result result;
    char why[SETTING_WHY];
} wish;

typedef struct wishes {
    wish *list;
    size_t count;
    bool went_away; /* the device did, after it was written to */
} wishes;

typedef struct wishes_tally {
    size_t bad, different, missing;
    const wish *first_bad;
    platen_code code; /* of the failure, when some are bad */
} wishes_tally;

/* Those of "items" that are of this name space. INVAL: an item has no path or value; TOO_LARGE:
 * more than WISHES_MAX. */
platen_code wishes_read(wishes *w, device *d, const cJSON *settings, platen_error *err);
void wishes_fini(wishes *w);

/* Against what was read; without `writes` what differs is WISH_DIFFERENT. */
void wishes_compare(wishes *w, bool writes);
size_t wishes_open(const wishes *w);
/* After a job, when everything was read anew. True: a second job may bring more (some values are
 * possible only after others). */
bool wishes_judge_written(wishes *w, const device *d, bool last);
/* The device could not be asked after a job. */
void wishes_lost(wishes *w, const char *why);
/* Nothing was sent at all. */
void wishes_failed(wishes *w, const char *why);
/* No job follows. */
void wishes_close(wishes *w);

void wishes_count(const wishes *w, wishes_tally *tally);
const char *wish_word(wish_result result);
/* Adds "items" to the tree; false: no memory. */
bool wishes_write(const wishes *w, cJSON *tree);

#endif
