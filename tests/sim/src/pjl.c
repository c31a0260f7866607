/* The device's side of PJL, from HP's PJL Technical Reference Manual. No sockets here. */
#include "pjl.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define UEL "\033%-12345X"

enum kind { RANGE, ENUMERATED };

struct variable {
    const char *name; /* with "LPARM:PCL " before it */
    const char *value;
    enum kind kind;
    bool read_only;
    const char *options; /* separated by blanks */
};

struct pjl_value {
    char name[64];
    char value[96];
};

static const struct variable catalog[] = {
    {"COPIES", "1", RANGE, false, "1 999"},
    {"PAPER", "LETTER", ENUMERATED, false, "LETTER LEGAL A4 A5 EXECUTIVE COM10 DL"},
    {"ORIENTATION", "PORTRAIT", ENUMERATED, false, "PORTRAIT LANDSCAPE"},
    {"DUPLEX", "OFF", ENUMERATED, false, "OFF ON"},
    {"BINDING", "LONGEDGE", ENUMERATED, false, "LONGEDGE SHORTEDGE"},
    {"RESOLUTION", "600", ENUMERATED, false, "300 600 1200"},
    {"ECONOMODE", "OFF", ENUMERATED, false, "OFF ON"},
    {"DENSITY", "3", RANGE, false, "1 5"},
    {"TIMEOUT", "15", RANGE, false, "5 300"},
    {"POWERSAVETIME", "30", RANGE, false, "1 240"},
    {"AUTOCONT", "ON", ENUMERATED, false, "OFF ON"},
    {"PERSONALITY", "AUTO", ENUMERATED, false, "AUTO PCL POSTSCRIPT"},
    {"LANG", "ENGLISH", ENUMERATED, false, "ENGLISH DEUTSCH FRANCAIS"},
    {"CPLOCK", "OFF", ENUMERATED, false, "OFF ON"},
    {"DISKLOCK", "OFF", ENUMERATED, false, "OFF ON"},
    {"MPTRAY", "FIRST", ENUMERATED, true, "FIRST CASSETTE"},
    {"LPARM:PCL FONTSOURCE", "I", ENUMERATED, false, "I C S"},
    {"LPARM:PCL FONTNUMBER", "0", RANGE, false, "0 999"},
    {"LPARM:PCL PITCH", "10.00", RANGE, false, "0.44 99.99"},
    {"LPARM:PCL PTSIZE", "12.00", RANGE, false, "4.00 999.75"},
    {"LPARM:POSTSCRIPT PRTPSERRS", "OFF", ENUMERATED, false, "OFF ON"},
};
enum { CATALOG = sizeof catalog / sizeof *catalog, MORE = 200, OFFICE = 200, FONTS = 5000 };

static const char *const mode_names[PJL_MODES] = {
    "good",   "one-way", "lying",   "deaf",      "mute",      "slow",       "refusing", "busy",
    "locked", "restart", "garbage", "reordered", "truncated", "no-default", "values",   "variables",
    "chatty", "brief",   "office",  "headless",  "hasty",     "no-echo",    "lower",    "off"};

const char *pjl_mode_name(unsigned mode)
{
    return mode < PJL_MODES ? mode_names[mode] : "?";
}

unsigned pjl_mode_by_name(const char *name)
{
    unsigned mode = 0;

    while (mode < PJL_MODES && (name == NULL || strcmp(mode_names[mode], name) != 0)) {
        mode++;
    }
    return mode;
}

/* ---- what is written back ---- */

static void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *format, ...)
{
    char line[1024];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n < 0 || t->failed) {
        return;
    }
    size_t len = (size_t)n < sizeof line ? (size_t)n : sizeof line - 1;
    if (t->len + len > t->cap) {
        size_t cap = (t->cap + len) * 2;
        char *grown = realloc(t->data, cap);
        if (grown == NULL) {
            t->failed = true;
            return;
        }
        t->data = grown;
        t->cap = cap;
    }
    memcpy(t->data + t->len, line, len);
    t->len += len;
}

/* ---- values ---- */

static struct pjl_value *written(const struct pjl_device *d, const char *name)
{
    for (size_t i = 0; i < d->written_count; i++) {
        if (strcasecmp(d->written[i].name, name) == 0) {
            return &d->written[i];
        }
    }
    return NULL;
}

void pjl_write(struct pjl_device *d, const char *name, const char *value)
{
    struct pjl_value *v = written(d, name);

    if (v == NULL) {
        struct pjl_value *grown = realloc(d->written, (d->written_count + 1) * sizeof *grown);
        if (grown == NULL) {
            return;
        }
        d->written = grown;
        v = &grown[d->written_count++];
        snprintf(v->name, sizeof v->name, "%s", name);
    }
    snprintf(v->value, sizeof v->value, "%s", value);
}

static const char *value_of(const struct pjl_device *d, const struct variable *v)
{
    const struct pjl_value *own = written(d, v->name);

    return own != NULL ? own->value : v->value;
}

/* The nth variable of a device; false behind the last. Names made here live in `name`. */
static bool variable_at(const struct pjl_device *d, size_t n, struct variable *v, char name[64])
{
    if (n < CATALOG) {
        *v = catalog[n];
        return true;
    }
    n -= CATALOG;
    if ((d->mode == PJL_VARIABLES && n < MORE) || (d->mode == PJL_OFFICE && n < OFFICE - CATALOG)) {
        snprintf(name, 64, "VARIABLE%03zu", n);
        *v = (struct variable){name, "50", RANGE, n % 20 == 19, "0 100"};
        return true;
    }
    if (d->mode == PJL_VALUES && n == 0) {
        *v = (struct variable){"FONTNAME", "FONT0000", ENUMERATED, false, NULL};
        return true;
    }
    return false;
}

static bool find_variable(const struct pjl_device *d, const char *wanted, struct variable *v,
                          char name[64])
{
    for (size_t n = 0; variable_at(d, n, v, name); n++) {
        if (strcasecmp(v->name, wanted) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether it is an option; `next` gets the one behind it, the first behind the last. */
static bool is_option(const struct variable *v, const char *value, char next[96])
{
    char copy[256];
    char *rest = copy;
    char *word;
    bool found = false;
    unsigned number;

    if (v->options == NULL) {
        snprintf(next, 96, "FONT0000");
        return sscanf(value, "FONT%4u", &number) == 1 && strlen(value) == 8 && number < FONTS;
    }
    snprintf(copy, sizeof copy, "%s", v->options);
    snprintf(next, 96, "%.*s", (int)strcspn(copy, " "), copy);
    while ((word = strsep(&rest, " ")) != NULL) {
        if (found) {
            snprintf(next, 96, "%s", word);
            return true;
        }
        found = strcasecmp(word, value) == 0;
    }
    return found;
}

static bool is_within(const struct variable *v, const char *value)
{
    char *end;
    double low = strtod(v->options, &end);
    double high = strtod(end, NULL);
    double number = strtod(value, &end);

    return end != value && *end == '\0' && number >= low && number <= high;
}

/* ---- commands ---- */

/* An answer begins; most devices repeat the command. */
static void begin(struct pjl_session *s, const char *verb, const char *rest)
{
    if (s->mark_count < sizeof s->marks / sizeof *s->marks) {
        s->marks[s->mark_count++] = s->out.len;
    }
    if (s->device->mode != PJL_HEADLESS) {
        put(&s->out, "@PJL %s %s\r\n", verb, rest);
    }
}

/* How the device writes a value. */
static const char *spelled(const struct pjl_session *s, const char *value, char out[96])
{
    size_t i = 0;

    for (; value[i] != '\0' && i < 95; i++) {
        out[i] = (char)(s->device->mode == PJL_LOWER ? tolower((unsigned char)value[i]) : value[i]);
    }
    out[i] = '\0';
    return out;
}

static void chat(struct pjl_session *s)
{
    if (s->device->mode == PJL_CHATTY) {
        put(&s->out,
            "@PJL USTATUS DEVICE\r\nCODE=10001\r\nDISPLAY=\"00 READY\"\r\nONLINE=TRUE\r\n\f");
    }
}

static void list_options(struct pjl_session *s, const struct variable *v)
{
    char copy[256];
    char value[96];
    char *rest = copy;
    char *word;

    for (unsigned i = 0; v->options == NULL && i < FONTS; i++) {
        put(&s->out, "\tFONT%04u\r\n", i);
    }
    snprintf(copy, sizeof copy, "%s", v->options == NULL ? "" : v->options);
    while (v->options != NULL && (word = strsep(&rest, " ")) != NULL) {
        put(&s->out, "\t%s\r\n", spelled(s, word, value));
    }
}

static unsigned count_options(const struct variable *v)
{
    unsigned n = v->options == NULL ? FONTS : 1;

    for (const char *c = v->options; c != NULL && *c != '\0'; c++) {
        n += *c == ' ' ? 1 : 0;
    }
    return n;
}

static void info_variables(struct pjl_session *s)
{
    struct variable v;
    char name[64];
    char value[96];

    for (size_t n = 0; variable_at(s->device, n, &v, name); n++) {
        put(&s->out, "%s=%s [%u %s%s]\r\n", v.name, spelled(s, value_of(s->device, &v), value),
            count_options(&v), v.kind == RANGE ? "RANGE" : "ENUMERATED",
            !v.read_only                   ? ""
            : s->device->mode == PJL_LOWER ? " READ-ONLY"
                                           : " READONLY");
        list_options(s, &v);
        if (n == 3) {
            chat(s);
        }
        if (n == 5 && s->device->mode == PJL_TRUNCATED) {
            put(&s->out, "LPARM:PCL PIT");
            s->end = true;
            return;
        }
    }
    if (s->device->mode == PJL_LOCKED) {
        put(&s->out, "PASSWORD=ENABLED [2 ENUMERATED]\r\n\tDISABLED\r\n\tENABLED\r\n");
    }
}

static void info(struct pjl_session *s, const struct world *w, const char *what)
{
    const struct device *d = &w->devices[s->device->device];
    char serial[64];

    begin(s, "INFO", what);
    if (strcasecmp(what, "VARIABLES") == 0) {
        info_variables(s);
    } else if (strcasecmp(what, "ID") == 0) {
        put(&s->out, "\"%s\"\r\n", w->profiles[d->profile]->name);
    } else if (strcasecmp(what, "STATUS") == 0) {
        put(&s->out, "CODE=10001\r\nDISPLAY=\"00 READY\"\r\nONLINE=TRUE\r\n");
    } else if (strcasecmp(what, "PAGECOUNT") == 0) {
        put(&s->out, "PAGECOUNT=%lld\r\n", 1000 + (long long)d->index);
    } else if (strcasecmp(what, "PRODINFO") == 0) {
        device_serial(w, d, serial, sizeof serial);
        put(&s->out, "ProductName = \"%s\"\r\nSerialNumber = \"%s\"\r\n",
            w->profiles[d->profile]->name, serial);
    } else {
        put(&s->out, "\"?\"\r\n");
    }
    put(&s->out, s->end ? "" : "\f");
}

static void inquire(struct pjl_session *s, const char *verb, const char *wanted)
{
    struct variable v;
    char name[64];
    char said[96];
    bool defaults = strcmp(verb, "DINQUIRE") == 0;
    const char *value = "\"?\"";

    if (defaults && s->device->mode == PJL_NO_DEFAULT) {
        value = "\"?\"";
    } else if (strcasecmp(wanted, "PASSWORD") == 0) {
        value = s->device->mode == PJL_LOCKED ? "ENABLED" : "DISABLED";
    } else if (find_variable(s->device, wanted, &v, name)) {
        value = value_of(s->device, &v);
    }
    begin(s, verb, wanted);
    if (s->device->mode == PJL_LOWER && value[0] != '"') {
        put(&s->out,
            "%s=", strncmp(wanted, "LPARM", 5) == 0 ? wanted + strcspn(wanted, " ") + 1 : wanted);
    }
    put(&s->out, "%s\r\n\f", spelled(s, value, said));
}

static void set_default(struct pjl_session *s, char *text)
{
    struct pjl_device *d = s->device;
    struct variable v;
    char name[64];
    char next[96];
    char *equals = strchr(text, '=');

    d->defaults++;
    s->mute = d->mode == PJL_MUTE;
    s->restart = d->mode == PJL_RESTART;
    if (equals == NULL || d->mode == PJL_DEAF || (d->mode == PJL_LOCKED && !s->authorised)) {
        return;
    }
    *equals = '\0';
    if (!find_variable(d, text, &v, name) || v.read_only) {
        return;
    }
    if (v.kind == RANGE && is_within(&v, equals + 1)) {
        bool lies = d->mode == PJL_LYING;
        pjl_write(d, v.name, lies ? v.value : equals + 1);
        if (lies && strcmp(v.name, "COPIES") == 0) {
            pjl_write(d, v.name, "42");
        }
    } else if (v.kind == ENUMERATED && is_option(&v, equals + 1, next)) {
        pjl_write(d, v.name, d->mode == PJL_LYING ? next : equals + 1);
    }
}

/* The answers since the last ECHO, the last one first. */
static void turn_round(struct pjl_session *s)
{
    size_t from = s->mark_count > 0 ? s->marks[0] : s->out.len;
    size_t end = s->out.len;
    char *copy = end > from ? malloc(end - from) : NULL;
    size_t at = 0;

    for (size_t i = s->mark_count; copy != NULL && i-- > 0;) {
        memcpy(copy + at, s->out.data + s->marks[i], end - s->marks[i]);
        at += end - s->marks[i];
        end = s->marks[i];
    }
    if (copy != NULL) {
        memcpy(s->out.data + from, copy, at);
    }
    free(copy);
}

static void garbage(struct pjl_session *s)
{
    for (unsigned i = 0; i < 4000; i++) {
        put(&s->out, "%c", (int)(1 + (i * 7919 + s->device->device) % 254));
    }
}

/* Whether the device does not hear it, or does not know it. */
static bool is_lost(struct pjl_session *s, const char *verb)
{
    bool asks = strcasecmp(verb, "ECHO") == 0 || strcasecmp(verb, "INFO") == 0 ||
                strcasecmp(verb, "INQUIRE") == 0 || strcasecmp(verb, "DINQUIRE") == 0;
    bool behind = asks && s->answered;

    s->answered = s->answered || asks;
    return (s->device->mode == PJL_HASTY && behind) ||
           (s->device->mode == PJL_NO_ECHO && strcasecmp(verb, "ECHO") == 0);
}

static void run_command(struct pjl_session *s, const struct world *w, char *command)
{
    unsigned password;
    size_t verb = strcspn(command, " ");
    char *rest = command + verb + (command[verb] == ' ' ? 1 : 0);

    s->delay_ms += s->device->mode == PJL_SLOW || s->device->mode == PJL_OFFICE ? 20 : 0;
    if (s->device->mode == PJL_ONE_WAY || s->mute || s->restart || s->end) {
        return;
    }
    if (s->device->mode == PJL_GARBAGE) {
        garbage(s);
        return;
    }
    command[verb] = '\0';
    if (is_lost(s, command)) {
        return;
    }
    if (strcasecmp(command, "ECHO") == 0) {
        if (s->device->mode == PJL_REORDERED) {
            turn_round(s);
        }
        chat(s);
        put(&s->out, "@PJL ECHO %s\r\n\f", rest);
        s->mark_count = 0;
    } else if (strcasecmp(command, "INFO") == 0) {
        info(s, w, rest);
    } else if (strcasecmp(command, "INQUIRE") == 0) {
        inquire(s, "INQUIRE", rest);
    } else if (strcasecmp(command, "DINQUIRE") == 0) {
        inquire(s, "DINQUIRE", rest);
    } else if (strcasecmp(command, "DEFAULT") == 0) {
        set_default(s, rest);
    } else if (strcasecmp(command, "JOB") == 0) {
        s->authorised = sscanf(rest, "PASSWORD=%u", &password) == 1 && password == PJL_PASSWORD;
    } else if (strcasecmp(command, "EOJ") == 0) {
        s->authorised = false;
    }
}

/* ---- octets ---- */

/* A line without its end. What is neither PJL nor part of a job is printed. */
static void take_line(struct pjl_session *s, const struct world *w)
{
    char *line = s->line;

    line[s->line_len] = '\0';
    if (s->line_len > 0 && line[s->line_len - 1] == '\r') {
        line[s->line_len - 1] = '\0';
    }
    if (strncmp(line, "@PJL", 4) == 0 && (s->pjl || s->fresh)) {
        s->pjl = true;
        s->fresh = false;
        if (line[4] == ' ') {
            run_command(s, w, line + 5);
        }
    } else {
        s->device->printed += s->line_len + 1;
        s->pjl = s->fresh = false;
    }
    s->line_len = 0;
}

void pjl_take(struct pjl_session *s, const struct world *w, const char *data, size_t len)
{
    static const size_t uel = sizeof UEL - 1;

    s->device->octets += len;
    s->answered = false;
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\n') {
            take_line(s, w);
            continue;
        }
        if (s->line_len == PJL_LINE - 1) {
            s->device->printed += s->line_len;
            s->line_len = 0;
        }
        s->line[s->line_len++] = data[i];
        if (s->line_len >= uel && memcmp(s->line + s->line_len - uel, UEL, uel) == 0) {
            s->device->printed += s->line_len - uel;
            s->line_len = 0;
            s->end = s->end || (s->pjl && s->device->mode == PJL_BRIEF);
            s->pjl = s->authorised = false;
            s->fresh = true;
        }
    }
}

void pjl_session_fini(struct pjl_session *s)
{
    free(s->out.data);
    s->out = (struct text){.cap = 0};
}

void pjl_device_fini(struct pjl_device *d)
{
    free(d->written);
    d->written = NULL;
}

void pjl_show(const struct pjl_device *d, FILE *out)
{
    struct variable v;
    char name[64];

    fprintf(out, "device=%u mode=%s sessions=%u octets=%llu defaults=%u printed=%llu\n", d->device,
            pjl_mode_name(d->mode), d->sessions, (unsigned long long)d->octets, d->defaults,
            (unsigned long long)d->printed);
    for (size_t n = 0; variable_at(d, n, &v, name); n++) {
        fprintf(out, "%s=%s\n", v.name, value_of(d, &v));
    }
}
