/* The commands of the control socket. README.md describes them. */
#include "alert.h"
#include "ber.h"
#include "control.h"
#include "jsonx.h"
#include "life.h"
#include "options.h"
#include "pjl.h"
#include "writable.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 6 };

struct command {
    struct world *world;
    FILE *out;
    char *words[WORDS_MAX]; /* the last one holds the rest of the line */
    int count;
    const char *error;
    size_t hit; /* devices the command touched */
};

typedef bool device_action(struct command *c, struct device *d);

static bool fail(struct command *c, const char *why)
{
    c->error = why;
    return false;
}

/* Cuts the line at blanks into at most `most` words, the last keeping its blanks. */
static void split(struct command *c, char *line, int most)
{
    c->count = 0;
    while (*line != '\0') {
        while (*line == ' ' || *line == '\t' || *line == '\r') {
            line++;
        }
        if (*line == '\0') {
            return;
        }
        c->words[c->count++] = line;
        if (c->count == most) {
            return;
        }
        while (*line != '\0' && *line != ' ' && *line != '\t' && *line != '\r') {
            line++;
        }
        if (*line != '\0') {
            *line++ = '\0';
        }
    }
}

static bool number(const char *text, uint64_t most, uint64_t *value)
{
    char *end;

    if (text == NULL || *text < '0' || *text > '9') {
        return false;
    }
    *value = strtoull(text, &end, 10);
    return *end == '\0' && *value <= most;
}

static bool each_percent(struct command *c, double percent, device_action *act)
{
    struct world *w = c->world;
    size_t n = w->printer_count;
    size_t count = (size_t)((double)n * percent / 100.0 + 0.5);

    if (percent < 0 || percent > 100) {
        return fail(c, "percent out of range");
    }
    for (size_t i = 0; i < count; i++) {
        /* a prime stride spreads the choice over the models; the same percent is the same set */
        size_t at = n % 7907 == 0 ? i : (i * 7907 + w->seed % n) % n;
        c->hit++;
        if (!act(c, &w->devices[at])) {
            return false;
        }
    }
    return true;
}

static bool each_range(struct command *c, size_t from, size_t to, device_action *act)
{
    if (to >= c->world->device_count || from > to) {
        return fail(c, "no such device");
    }
    for (size_t i = from; i <= to; i++) {
        c->hit++;
        if (!act(c, &c->world->devices[i])) {
            return false;
        }
    }
    return true;
}

static bool each_of_profile(struct command *c, const char *name, device_action *act)
{
    for (size_t i = 0; i < c->world->device_count; i++) {
        struct device *d = &c->world->devices[i];
        if (strcmp(c->world->profiles[d->profile]->name, name) == 0) {
            c->hit++;
            if (!act(c, d)) {
                return false;
            }
        }
    }
    return c->hit > 0 || fail(c, "no device of that profile");
}

/* all | printers | INDEX | FROM-TO | ADDRESS | PERCENT% | profile=NAME */
static bool each(struct command *c, const char *target, device_action *act)
{
    uint32_t address;
    char *end;

    if (target == NULL) {
        return fail(c, "target missing");
    }
    if (strcmp(target, "all") == 0) {
        return each_range(c, 0, c->world->device_count - 1, act);
    }
    if (strcmp(target, "printers") == 0) {
        return each_range(c, 0, c->world->printer_count - 1, act);
    }
    if (strncmp(target, "profile=", 8) == 0) {
        return each_of_profile(c, target + 8, act);
    }
    if (parse_address(target, &address)) {
        struct device *d = world_at(c->world, address);
        c->hit++;
        return d == NULL ? fail(c, "no device at that address") : act(c, d);
    }
    if (strchr(target, '%') != NULL) {
        double percent = strtod(target, &end);
        return strcmp(end, "%") == 0 ? each_percent(c, percent, act) : fail(c, "bad percent");
    }
    unsigned long from = strtoul(target, &end, 10);
    unsigned long to = *end == '-' ? strtoul(end + 1, &end, 10) : from;
    if (end == target || *end != '\0') {
        return fail(c, "bad target");
    }
    return each_range(c, from, to, act);
}

static struct device *single(struct command *c, const char *target)
{
    uint32_t address;
    uint64_t index;

    if (target != NULL && parse_address(target, &address)) {
        return world_at(c->world, address);
    }
    if (number(target, UINT32_MAX, &index) && index < c->world->device_count) {
        return &c->world->devices[index];
    }
    return NULL;
}

static bool act_fault(struct command *c, struct device *d)
{
    uint32_t bit = fault_by_name(c->words[0]);
    uint64_t n = 0;

    if (bit == FAULT_SLOW) {
        if (!number(c->words[2], 600000, &n)) {
            return fail(c, "slow needs milliseconds");
        }
        d->fault.slow_ms = (uint32_t)n;
    } else if (bit == FAULT_LOSSY) {
        if (!number(c->words[2], 100, &n)) {
            return fail(c, "lossy needs a percentage");
        }
        d->fault.lossy_percent = (uint16_t)n;
    } else if (bit == FAULT_TOO_BIG) {
        d->fault.too_big_over = number(c->words[2], 1000, &n) ? (uint16_t)n : 4;
    }
    if (bit == FAULT_SET_LOST || bit == FAULT_SET_UNHEARD) {
        d->fault.sets_left = number(c->words[2], 1000, &n) ? (uint16_t)n : 0;
    }
    d->fault.bits |= bit;
    return true;
}

static bool act_clear(struct command *c, struct device *d)
{
    (void)c;
    if (d->fault.bits & FAULT_NEVER_BACK) {
        world_back(c->world, d);
    }
    d->fault = (struct fault){0};
    return true;
}

static bool act_reboot(struct command *c, struct device *d)
{
    world_reboot(c->world, d);
    return true;
}

static bool act_alert_add(struct command *c, struct device *d)
{
    const struct profile *p = c->world->profiles[d->profile];
    enum alert_kind kind = c->words[3] == NULL ? ALERT_KINDS : alert_by_name(c->words[3]);
    uint64_t group = 0;

    if (kind == ALERT_KINDS) {
        return fail(c, "unknown kind of alert");
    }
    bool any = !number(c->words[4], UINT16_MAX, &group);
    struct extra *x = device_extra(d);
    if (x == NULL || x->forced_count == FORCED_MAX) {
        return fail(c, "too many alerts on the device");
    }
    for (size_t i = 0; i < p->choice_count; i++) {
        if (p->choices[i].kind == kind && (any || p->choices[i].group_index == group)) {
            x->forced[x->forced_count++] = (struct forced_alert){
                .start_ms = c->world->now_ms, .index = x->next_alert++, .choice = (uint16_t)i};
            return true;
        }
    }
    return any && c->hit > 1 ? true : fail(c, "the model has no such alert");
}

static bool act_alert_clear(struct command *c, struct device *d)
{
    struct extra *x = device_extra(d);

    if (x == NULL) {
        return fail(c, "out of memory");
    }
    x->forced_count = 0;
    x->quiet = true;
    return true;
}

static bool act_alert_life(struct command *c, struct device *d)
{
    (void)c;
    if (d->extra != NULL) {
        d->extra->forced_count = 0;
        d->extra->quiet = false;
    }
    return true;
}

/* set TARGET OID TYPE VALUE */
static bool act_set(struct command *c, struct device *d)
{
    uint8_t oid[OID_MAX_BYTES];
    uint8_t value[2048];
    size_t len = 0;
    uint8_t tag = 0;
    size_t oid_len = c->words[2] == NULL ? 0 : oid_parse(c->words[2], oid, sizeof oid);
    const char *type = c->words[3] == NULL ? "" : c->words[3];
    const char *text = c->words[4] == NULL ? "" : c->words[4];
    static const struct {
        const char *name;
        uint8_t tag;
    } numbers[] = {{"int", BER_INTEGER},
                   {"c32", BER_COUNTER32},
                   {"g32", BER_GAUGE32},
                   {"ticks", BER_TIMETICKS},
                   {"c64", BER_COUNTER64}};

    if (oid_len == 0) {
        return fail(c, "bad OID");
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(numbers[i].name, type) == 0) {
            tag = numbers[i].tag;
            len = tag == BER_INTEGER ? ber_signed(value, strtoll(text, NULL, 10))
                                     : ber_unsigned(value, strtoull(text, NULL, 10));
        }
    }
    if (strcmp(type, "str") == 0) {
        tag = BER_OCTETS;
        len = strlen(text) < sizeof value ? strlen(text) : sizeof value;
        memcpy(value, text, len);
    } else if (strcmp(type, "hex") == 0) {
        tag = BER_OCTETS;
        len = jsonx_hex(text, value, sizeof value);
    } else if (strcmp(type, "oid") == 0) {
        tag = BER_OID;
        len = oid_parse(text, value, sizeof value);
    } else if (tag == 0) {
        return fail(c, "type is one of str hex int c32 g32 c64 ticks oid");
    }
    return device_overlay_set(d, oid, oid_len, tag, value, len) || fail(c, "out of memory");
}

/* hide TARGET OID: the device no longer has the object */
static bool act_hide(struct command *c, struct device *d)
{
    uint8_t oid[OID_MAX_BYTES];
    size_t len = c->words[2] == NULL ? 0 : oid_parse(c->words[2], oid, sizeof oid);

    if (len == 0) {
        return fail(c, "bad OID");
    }
    return device_overlay_set(d, oid, len, 0, NULL, 0) || fail(c, "out of memory");
}

/* keep TARGET OID MODE: how SETs of what is below the OID are taken */
static bool act_keep(struct command *c, struct device *d)
{
    uint8_t oid[OID_MAX_BYTES];
    size_t len = c->words[2] == NULL ? 0 : oid_parse(c->words[2], oid, sizeof oid);
    enum keep_mode mode = keep_by_name(c->words[3] == NULL ? "" : c->words[3]);

    if (len == 0 || mode == KEEP_MODES) {
        return fail(c, "usage: keep TARGET OID not|not-writable|no-access|wrong-value|inconsistent|"
                       "inconsistent-once|silently|rounded|reboot");
    }
    return device_keep(d, oid, len, mode) || fail(c, "too many objects are kept");
}

static bool act_unset(struct command *c, struct device *d)
{
    (void)c;
    device_keep_clear(d);
    device_overlay_clear(d);
    return true;
}

/* supply TARGET N LEVEL: LEVEL is raw, or a share of the capacity as PERCENT% */
static bool act_supply(struct command *c, struct device *d)
{
    const struct profile *p = c->world->profiles[d->profile];
    uint64_t index = 0;
    uint8_t oid[OID_MAX_BYTES];
    uint8_t value[9];
    char *end = NULL;
    size_t slot = 0;

    if (!number(c->words[2], 100000, &index) || c->words[3] == NULL) {
        return fail(c, "usage: supply TARGET N LEVEL");
    }
    long long level = strtoll(c->words[3], &end, 10);
    while (slot < p->supply_count && p->supplies[slot].index != index) {
        slot++;
    }
    if (slot == p->supply_count) {
        return c->hit > 1 ? true : fail(c, "the model has no such supply");
    }
    if (strcmp(end, "%") == 0) {
        level = level * p->supplies[slot].max / 100;
    }
    size_t len = oid_parse("1.3.6.1.2.1.43.11.1.1.9", oid, sizeof oid);
    len = oid_append(oid, len, sizeof oid, p->hr);
    len = oid_append(oid, len, sizeof oid, (uint32_t)index);
    return device_overlay_set(d, oid, len, BER_INTEGER, value, ber_signed(value, level)) ||
           fail(c, "out of memory");
}

static bool act_pages(struct command *c, struct device *d)
{
    const struct profile *p = c->world->profiles[d->profile];
    uint64_t pages;

    if (!number(c->words[2], UINT32_MAX, &pages)) {
        return fail(c, "usage: pages TARGET N");
    }
    /* the base may lie above N, so what is missing is measured against it without the clamp */
    d->extra_pages = INT64_C(1) << 40;
    int64_t base = (int64_t)life_pages(c->world, d, p) - d->extra_pages;
    d->extra_pages = (int64_t)pages - base;
    return true;
}

static bool act_info(struct command *c, struct device *d)
{
    control_info(c->world, d, c->out);
    return true;
}

static bool act_stats(struct command *c, struct device *d)
{
    fprintf(c->out, "device=%u in=%u out=%u sets=%u resets=%u\n", d->index, d->packets_in,
            d->packets_out, d->sets, d->resets);
    return true;
}

static bool act_replace(struct command *c, struct device *d)
{
    world_renew(c->world, d, c->world->fresh++);
    return true;
}

static bool act_remove(struct command *c, struct device *d)
{
    world_unmap(c->world, d);
    return true;
}

static bool run_move(struct command *c)
{
    struct device *d = single(c, c->words[1]);
    uint32_t address;

    if (d == NULL || c->words[2] == NULL || !parse_address(c->words[2], &address)) {
        return fail(c, "usage: move INDEX|ADDRESS ADDRESS");
    }
    c->hit = 1;
    return world_move(c->world, d, address) || fail(c, "the address is taken");
}

static bool run_mac_conflict(struct command *c)
{
    const struct device *a = single(c, c->words[1]);
    struct device *b = single(c, c->words[2]);

    if (a == NULL || b == NULL) {
        return fail(c, "usage: mac-conflict A B");
    }
    /* the first three octets are the model's, so only two of one maker are quite equal */
    if (memcmp(c->world->profiles[a->profile]->oui, c->world->profiles[b->profile]->oui, 3) != 0) {
        return fail(c, "the two are of different makers");
    }
    b->mac_id = a->mac_id;
    c->hit = 1;
    return true;
}

static bool run_tick(struct command *c)
{
    uint64_t n = 1;

    if (c->words[1] != NULL && !number(c->words[1], 1000000, &n)) {
        return fail(c, "usage: tick [N]");
    }
    while (n-- > 0) {
        c->hit = world_tick(c->world);
    }
    return true;
}

static bool run_latency(struct command *c)
{
    uint64_t n;

    if (!number(c->words[1], 600000, &n)) {
        return fail(c, "usage: latency MS");
    }
    c->world->latency_ms = (uint32_t)n;
    return true;
}

static bool run_loss(struct command *c)
{
    double percent = c->words[1] == NULL ? -1 : strtod(c->words[1], NULL);

    if (percent < 0 || percent > 100) {
        return fail(c, "usage: loss PERCENT");
    }
    c->world->loss_permille = (uint32_t)(percent * 10 + 0.5);
    return true;
}

static bool run_alert(struct command *c)
{
    const char *what = c->words[1] == NULL ? "" : c->words[1];

    if (strcmp(what, "add") == 0) {
        return each(c, c->words[2], act_alert_add);
    }
    if (strcmp(what, "clear") == 0) {
        return each(c, c->words[2], act_alert_clear);
    }
    if (strcmp(what, "life") == 0) {
        return each(c, c->words[2], act_alert_life);
    }
    return fail(c, "usage: alert add TARGET KIND [GROUP-INDEX] | clear TARGET | life TARGET");
}

static bool run_stats(struct command *c)
{
    if (c->words[1] != NULL) {
        return each(c, c->words[1], act_stats);
    }
    control_stats(c->world, c->out);
    return true;
}

/* pjl TARGET MODE */
static bool act_pjl(struct command *c, struct device *d)
{
    unsigned mode = pjl_mode_by_name(c->words[2]);

    return mode == PJL_MODES ? fail(c, "no such mode")
                             : pjl_set_mode(c->world->pjl, d->index, mode) ||
                                   fail(c, "there are no raw ports: --pjl-port");
}

/* pjl-set TARGET NAME VALUE: somebody at the panel; "LPARM:PCL+PITCH" stands for a blank */
static bool act_pjl_set(struct command *c, struct device *d)
{
    if (c->words[2] == NULL || c->words[3] == NULL) {
        return fail(c, "usage: pjl-set TARGET NAME VALUE");
    }
    for (char *at = c->words[2]; *at != '\0'; at++) {
        *at = *at == '+' ? ' ' : *at;
    }
    return pjl_set_value(c->world->pjl, d->index, c->words[2], c->words[3]) ||
           fail(c, "there are no raw ports: --pjl-port");
}

static bool act_pjl_show(struct command *c, struct device *d)
{
    return pjl_show_device(c->world->pjl, d->index, c->out) ||
           fail(c, "there are no raw ports: --pjl-port");
}

static bool run_profiles(struct command *c)
{
    for (size_t i = 0; i < c->world->profile_count; i++) {
        const struct profile *p = c->world->profiles[i];
        fprintf(c->out, "%s objects=%zu supplies=%zu trays=%zu%s\n", p->name, p->count,
                p->supply_count, p->tray_count,
                p->decoy      ? " decoy"
                : p->recorded ? " recorded"
                              : "");
    }
    return true;
}

static const struct {
    const char *name;
    bool (*run)(struct command *);
    device_action *act; /* for all devices of the target, when run is NULL */
} commands[] = {
    {"clear", NULL, act_clear},       {"reboot", NULL, act_reboot},
    {"alert", run_alert, NULL},       {"set", NULL, act_set},
    {"hide", NULL, act_hide},         {"unset", NULL, act_unset},
    {"supply", NULL, act_supply},     {"pages", NULL, act_pages},
    {"info", NULL, act_info},         {"stats", run_stats, NULL},
    {"move", run_move, NULL},         {"remove", NULL, act_remove},
    {"replace", NULL, act_replace},   {"mac-conflict", run_mac_conflict, NULL},
    {"tick", run_tick, NULL},         {"latency", run_latency, NULL},
    {"loss", run_loss, NULL},         {"profiles", run_profiles, NULL},
    {"pjl", NULL, act_pjl},           {"pjl-set", NULL, act_pjl_set},
    {"pjl-show", NULL, act_pjl_show}, {"keep", NULL, act_keep},
};

static bool dispatch(struct command *c)
{
    if (fault_by_name(c->words[0]) != 0) {
        return each(c, c->words[1], act_fault);
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, c->words[0]) == 0) {
            return commands[i].run != NULL ? commands[i].run(c)
                                           : each(c, c->words[1], commands[i].act);
        }
    }
    return fail(c, "unknown command");
}

void control_run(struct world *w, char *line, FILE *out)
{
    struct command c = {.world = w, .out = out};

    /* the fifth word of a set is a value that may hold blanks */
    split(&c, line, 5);
    if (c.count == 0) {
        fputs("error empty line\n", out);
        return;
    }
    if (dispatch(&c)) {
        fprintf(out, "ok %zu\n", c.hit);
    } else {
        fprintf(out, "error %s\n", c.error);
    }
}
