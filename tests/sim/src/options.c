/* Command line: long options only, each told in README.md. */
#include "options.h"

#include "pjl.h"
#include "usm.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef SIM_PROFILES_DIR
#define SIM_PROFILES_DIR "profiles"
#endif

enum option_id {
    OPT_DEVICES = 1000,
    OPT_DECOYS,
    OPT_BASE,
    OPT_PREFIX,
    OPT_FIRST_HOST,
    OPT_PORT,
    OPT_SEED,
    OPT_COMMUNITY,
    OPT_WRITE_COMMUNITY,
    OPT_VERSIONS,
    OPT_PROFILES,
    OPT_ONLY,
    OPT_ADDRESS,
    OPT_SNMPREC,
    OPT_SNMPREC_BASE,
    OPT_V3_USER,
    OPT_CONTROL,
    OPT_LIFE,
    OPT_STILL,
    OPT_ALERT_PERCENT,
    OPT_ALERT_SECONDS,
    OPT_CHANGE_PERCENT,
    OPT_RESET_SECONDS,
    OPT_LATENCY_MS,
    OPT_LOSS_PERCENT,
    OPT_THREADS,
    OPT_IPV6,
    OPT_READY_FD,
    OPT_QUIET,
    OPT_PJL_PORT,
    OPT_PJL,
    OPT_HELP
};

static const struct option long_options[] = {
    {"devices", required_argument, NULL, OPT_DEVICES},
    {"decoys", required_argument, NULL, OPT_DECOYS},
    {"base", required_argument, NULL, OPT_BASE},
    {"prefix", required_argument, NULL, OPT_PREFIX},
    {"first-host", required_argument, NULL, OPT_FIRST_HOST},
    {"port", required_argument, NULL, OPT_PORT},
    {"seed", required_argument, NULL, OPT_SEED},
    {"community", required_argument, NULL, OPT_COMMUNITY},
    {"write-community", required_argument, NULL, OPT_WRITE_COMMUNITY},
    {"versions", required_argument, NULL, OPT_VERSIONS},
    {"profiles", required_argument, NULL, OPT_PROFILES},
    {"only", required_argument, NULL, OPT_ONLY},
    {"address", required_argument, NULL, OPT_ADDRESS},
    {"snmprec", required_argument, NULL, OPT_SNMPREC},
    {"snmprec-base", required_argument, NULL, OPT_SNMPREC_BASE},
    {"v3-user", required_argument, NULL, OPT_V3_USER},
    {"control", required_argument, NULL, OPT_CONTROL},
    {"life", required_argument, NULL, OPT_LIFE},
    {"still", no_argument, NULL, OPT_STILL},
    {"alert-percent", required_argument, NULL, OPT_ALERT_PERCENT},
    {"alert-seconds", required_argument, NULL, OPT_ALERT_SECONDS},
    {"change-percent", required_argument, NULL, OPT_CHANGE_PERCENT},
    {"reset-seconds", required_argument, NULL, OPT_RESET_SECONDS},
    {"latency-ms", required_argument, NULL, OPT_LATENCY_MS},
    {"loss-percent", required_argument, NULL, OPT_LOSS_PERCENT},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"ipv6", no_argument, NULL, OPT_IPV6},
    {"ready-fd", required_argument, NULL, OPT_READY_FD},
    {"quiet", no_argument, NULL, OPT_QUIET},
    {"pjl-port", required_argument, NULL, OPT_PJL_PORT},
    {"pjl", required_argument, NULL, OPT_PJL},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static void usage(FILE *f)
{
    fputs("usage: platen-sim [--devices N] [option ...]\n"
          "       platen-sim --ctl PATH 'command'\n"
          "options:\n",
          f);
    for (const struct option *o = long_options; o->name != NULL; o++) {
        fprintf(f, "  --%s%s\n", o->name, o->has_arg == required_argument ? " VALUE" : "");
    }
}

bool parse_address(const char *text, uint32_t *address)
{
    struct in_addr in;

    if (inet_pton(AF_INET, text, &in) != 1) {
        return false;
    }
    *address = ntohl(in.s_addr);
    return true;
}

static bool number(const char *text, double low, double high, double *value)
{
    char *end;

    *value = strtod(text, &end);
    return end != text && *end == '\0' && *value >= low && *value <= high;
}

static bool count(const char *text, uint32_t high, uint32_t *value)
{
    double v;

    if (!number(text, 0, high, &v)) {
        return false;
    }
    *value = (uint32_t)v;
    return true;
}

/* "20" or "5..60", in seconds a page, fractions allowed. The dots are looked for first: strtod
 * would take one of them. */
static bool life_span(struct world *w, const char *text)
{
    char low_text[32];
    double low;
    double high;
    const char *dots = strstr(text, "..");
    size_t n = dots == NULL ? strlen(text) : (size_t)(dots - text);

    if (n >= sizeof low_text) {
        return false;
    }
    memcpy(low_text, text, n);
    low_text[n] = '\0';
    if (!number(low_text, 0.001, 1e6, &low) ||
        !number(dots == NULL ? low_text : dots + 2, low, 1e6, &high)) {
        return false;
    }
    w->page_ms_low = (uint32_t)(low * 1000);
    w->page_ms_high = (uint32_t)(high * 1000);
    return true;
}

/* --address 127.0.0.5=profile */
static bool place(struct options *o, const char *text)
{
    char address[32];
    const char *equals = strchr(text, '=');
    struct placed p;

    if (equals == NULL || equals - text >= (ptrdiff_t)sizeof address ||
        o->placed_count == PLACED_MAX) {
        return false;
    }
    snprintf(address, sizeof address, "%.*s", (int)(equals - text), text);
    p.profile = equals + 1;
    struct placed *grown = realloc(o->placed, (o->placed_count + 1) * sizeof *grown);
    if (grown == NULL || !parse_address(address, &p.address)) {
        o->placed = grown == NULL ? o->placed : grown;
        return false;
    }
    o->placed = grown;
    o->placed[o->placed_count++] = p;
    return true;
}

static bool add_user(struct world *w, const char *text)
{
    struct usm_user *grown = realloc(w->users, (w->user_count + 1) * sizeof *grown);

    if (grown == NULL) {
        return false;
    }
    w->users = grown;
    return usm_user_read(&w->users[w->user_count], text) && ++w->user_count > 0;
}

static bool versions(struct world *w, const char *text)
{
    w->versions = (uint8_t)((strstr(text, "1") != NULL ? VERSION_1 : 0) |
                            (strstr(text, "2c") != NULL ? VERSION_2C : 0) |
                            (strstr(text, "3") != NULL ? VERSION_3 : 0));
    return w->versions != 0;
}

static bool read_life(struct world *w, int id, const char *value)
{
    double n = 0;

    switch (id) {
    case OPT_SEED:
        w->seed = strtoull(value, NULL, 0);
        return true;
    case OPT_LIFE:
        return life_span(w, value);
    case OPT_STILL:
        w->still = true;
        return true;
    case OPT_ALERT_PERCENT:
        if (!number(value, 0, 100, &n)) {
            return false;
        }
        w->alert_permille = (uint32_t)(n * 10 + 0.5);
        return true;
    case OPT_ALERT_SECONDS:
        if (!number(value, 0.1, 1e6, &n)) {
            return false;
        }
        w->alert_ms = (uint32_t)(n * 1000);
        return true;
    case OPT_CHANGE_PERCENT:
        w->still = true; /* exactly these change, so nothing else may */
        return number(value, 0, 100, &w->change_percent);
    case OPT_RESET_SECONDS:
        if (!number(value, 0, 3600, &n)) {
            return false;
        }
        w->reset_ms = (uint32_t)(n * 1000);
        return true;
    case OPT_LATENCY_MS:
        return count(value, 600000, &w->latency_ms);
    default: /* OPT_LOSS_PERCENT */
        if (!number(value, 0, 100, &n)) {
            return false;
        }
        w->loss_permille = (uint32_t)(n * 10 + 0.5);
        return true;
    }
}

static bool read_one(struct options *o, struct world *w, int id, const char *value)
{
    uint32_t n = 0;

    switch (id) {
    case OPT_DEVICES:
        return count(value, 4000000, &o->devices);
    case OPT_DECOYS:
        return count(value, 4000000, &o->decoys);
    case OPT_BASE:
        return parse_address(value, &o->base);
    case OPT_PREFIX:
        return count(value, 32, &o->prefix) && o->prefix >= 8;
    case OPT_FIRST_HOST:
        return count(value, 16000000, &o->first_host);
    case OPT_PORT:
        if (!count(value, 65535, &n) || n == 0) {
            return false;
        }
        o->net.port = (uint16_t)n;
        return true;
    case OPT_COMMUNITY:
        w->community = value;
        return true;
    case OPT_WRITE_COMMUNITY:
        w->write_community = value;
        return true;
    case OPT_VERSIONS:
        return versions(w, value);
    case OPT_PROFILES:
        o->profiles = value;
        return true;
    case OPT_ONLY:
        o->only = value;
        return true;
    case OPT_ADDRESS:
        return place(o, value);
    case OPT_SNMPREC:
        if (o->snmprec_count == DIRS_MAX) {
            return false;
        }
        o->snmprec[o->snmprec_count++] = value;
        return true;
    case OPT_SNMPREC_BASE:
        return parse_address(value, &o->snmprec_base);
    case OPT_V3_USER:
        return add_user(w, value);
    case OPT_CONTROL:
        o->control = value;
        return true;
    case OPT_THREADS:
        return count(value, 64, &o->net.threads) && o->net.threads > 0;
    case OPT_IPV6:
        o->net.ipv6 = true;
        return true;
    case OPT_READY_FD:
        if (!count(value, 65535, &n)) {
            return false;
        }
        o->ready_fd = (int)n;
        return true;
    case OPT_QUIET:
        o->quiet = true;
        return true;
    case OPT_PJL_PORT:
        if (!count(value, 65535, &n) || n == 0) {
            return false;
        }
        o->pjl_port = (uint16_t)n;
        return true;
    case OPT_PJL:
        o->pjl_mode = pjl_mode_by_name(value);
        return o->pjl_mode < PJL_MODES;
    default:
        return read_life(w, id, value);
    }
}

bool options_read(struct options *o, struct world *w, int argc, char **argv)
{
    int at = 0;
    int id;

    *o = (struct options){.base = UINT32_C(0x7f0a0000),
                          .prefix = 16,
                          .first_host = 1,
                          .snmprec_base = UINT32_C(0x7f140001),
                          .profiles = SIM_PROFILES_DIR,
                          .ready_fd = -1,
                          .net = {.port = 10161, .threads = 1}};
    while ((id = getopt_long(argc, argv, "", long_options, &at)) != -1) {
        if (id == OPT_HELP) {
            usage(stdout);
            return false;
        }
        if (id < OPT_DEVICES) {
            usage(stderr);
            return false;
        }
        if (!read_one(o, w, id, optarg)) {
            fprintf(stderr, "platen-sim: bad value for --%s: '%s'\n", long_options[at].name,
                    optarg == NULL ? "" : optarg);
            return false;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "platen-sim: unexpected argument '%s'\n", argv[optind]);
        return false;
    }
    return true;
}

void options_fini(struct options *o)
{
    free(o->placed);
}
