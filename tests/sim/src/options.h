/* The command line. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include "net.h"

enum { PLACED_MAX = 4096, DIRS_MAX = 16 };

struct placed {
    uint32_t address;
    const char *profile;
};

struct options {
    uint32_t devices;
    uint32_t decoys;
    uint32_t base;
    uint32_t prefix;
    uint32_t first_host;
    uint32_t snmprec_base;
    const char *profiles;
    const char *only;
    const char *control;
    const char *snmprec[DIRS_MAX];
    size_t snmprec_count;
    struct placed *placed;
    size_t placed_count;
    int ready_fd;
    bool quiet;
    uint16_t pjl_port; /* 0: no raw ports */
    unsigned pjl_mode;
    struct net_options net;
};

/* False on a bad line, told on stderr. */
bool options_read(struct options *o, struct world *w, int argc, char **argv);
void options_fini(struct options *o);
bool parse_address(const char *text, uint32_t *address);

#endif
