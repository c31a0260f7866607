/* Devices with a settings bundle: what they have, and how they behave. */
#ifndef SIM_VCC_DEVICE_H
#define SIM_VCC_DEVICE_H

#include "zipfile.h"

enum { SETTINGS = 12 };

enum mode {
    MODE_GOOD,
    MODE_BUSY,      /* 408, for `left` requests, 0: always */
    MODE_NONE,      /* 404 */
    MODE_TRUNCATED, /* half of the zip file */
    MODE_BOMB,      /* a small zip file of large files */
    MODE_LAUGHS,    /* entities within entities */
    MODE_EXTERNAL,  /* an entity that is a file of the reader's */
    MODE_NOT_ZIP,   /* a sign-in page */
    MODE_UPWARD,    /* a file name that leads upward */
    MODE_KEEP,      /* takes a bundle and changes nothing */
    MODE_ROUND,     /* takes the first four octets of values */
    MODE_REFUSE,    /* 400 to a bundle */
    MODE_LOSE,      /* does it, and does not answer */
    MODE_REBOOT,    /* does it, answers, and is away for `left` seconds */
    MODES
};

struct setting {
    const char *name;
    char value[256];
};

struct device {
    char address[16];
    int socket;
    enum mode mode;
    unsigned left;
    int64_t away_until; /* ms */
    struct setting settings[SETTINGS];
    unsigned gets, posts;
    unsigned posted; /* settings of the last bundle */
};

void device_init(struct device *d, unsigned number);
/* MODES for an unknown word. */
enum mode mode_by_name(const char *name);
/* What it exports now. */
void device_export(const struct device *d, struct buffer *out);
/* Takes a bundle; false when it is none. */
bool device_import(struct device *d, const uint8_t *zip, size_t length);
/* As somebody at the panel would; false when there is no such setting. */
bool device_put(struct device *d, const char *name, const char *value);
const char *device_value(const struct device *d, const char *name); /* NULL: no such setting */

#endif
