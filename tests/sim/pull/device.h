/* Devices that import their settings from a server: what they have, how they behave. */
#ifndef SIM_PULL_DEVICE_H
#define SIM_PULL_DEVICE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SETTINGS = 5, LOG = 16384, FILE_MOST = 4 << 20 };

enum mode {
    MODE_GOOD,
    MODE_NEVER,        /* does not come, whatever its schedule says */
    MODE_WRONG,        /* shows another password */
    MODE_TWICE,        /* comes again at once */
    MODE_BREAK,        /* leaves in the middle of the file, once */
    MODE_PATH,         /* asks for something beside the URL */
    MODE_ELSEWHERE,    /* comes from another address */
    MODE_NOT_TEMPLATE, /* cannot import from a server: it has no template */
    MODES
};

struct setting {
    const char *category, *name;
    char value[128];
};

struct device {
    char address[INET_ADDRSTRLEN], elsewhere[INET_ADDRSTRLEN];
    char model[64];
    int socket;
    enum mode mode;
    /* Import Setting (Server), as somebody enters it on the web page. */
    char url[512], user[128], password[128];
    unsigned every_s; /* 0: when it is told */
    int64_t due;      /* ms; 0: not */
    struct setting settings[SETTINGS];
    unsigned applied; /* files */
    char log[LOG];
};

void device_init(struct device *d, const char *model);
/* MODES for an unknown word. */
enum mode mode_by_name(const char *name);
/* The device setting information as its web page exports it; in `out`. */
size_t device_export(const struct device *d, char *out, size_t room);
/* Fetches instructions and file once, and applies it. Works on a copy; what it logs and sets is in
 * `d` afterwards. */
void device_pull(struct device *d);
__attribute__((format(printf, 2, 3))) void device_log(struct device *d, const char *format, ...);

#endif
