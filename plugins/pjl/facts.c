/* See facts.h. The codes of INFO STATUS are those of HP's reference, which other makers follow. */
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- probing ---- */

static platen_code ask_unknown(device *d, platen_error *err)
{
    char why[160];
    platen_error said = PLATEN_ERROR_INIT;
    platen_code rc = device_open(d, &said);
    if (rc == PLATEN_OK) {
        exchange_begin(&d->line);
        exchange_add(&d->line, "INFO ID");
        rc = exchange_run(&d->line, &said);
    }
    if (rc == PLATEN_OK) {
        d->model[0] = '\0';
        device_take_model(d);
        (void)snprintf(why, sizeof(why), "answers PJL%s%.100s", d->model[0] != '\0' ? ": " : "",
                       d->model);
        d->drivers->sure(d->work, d->model[0] != '\0' ? 90 : 70, why);
    } else if (d->line.silent || rc == PLATEN_E_PROTOCOL) {
        (void)snprintf(why, sizeof(why), "%.150s", said.text);
        d->drivers->sure(d->work, 0, why);
        rc = PLATEN_OK;
    }
    return rc == PLATEN_OK ? rc : d->line.driver->host->fail(err, rc, "%s", said.text);
}

/* Printers of labels and receipts speak languages of their own and print everything else. */
static bool prints_what_it_gets(const platen_target *target)
{
    static const char *const words[] = {
        "Zebra",   "ZTC ",      "SATO",      "Datamax",    "Intermec", "TSC ",
        "BIXOLON", "Godex",     "EPSON TM-", "ColorWorks", "Star Mi",  "Printronix",
        "Citizen", "Honeywell", "Argox",     "DYMO",       "TEC B-"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasestr(target->sys_descr, words[i]) != NULL ||
            strcasestr(target->manufacturer, words[i]) != NULL ||
            strcasestr(target->model, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

platen_code facts_probe(device *d, platen_error *err)
{
    const uint32_t hints = d->target->hints;
    if (device_was_heard(d)) {
        d->drivers->sure(d->work, 80, "has answered PJL before");
    } else if (prints_what_it_gets(d->target)) {
        d->drivers->sure(d->work, 0, "a printer of labels or receipts: it prints what it is sent");
    } else if ((hints & PLATEN_TARGET_PRINTER) != 0) {
        d->drivers->sure(d->work, 50, "a printer, and its raw port accepts");
    } else if (d->line.driver->ask_unknown || (hints & PLATEN_TARGET_NAMED) != 0) {
        return ask_unknown(d, err);
    } else {
        d->drivers->sure(d->work, 0, "nobody says that the port takes PJL: nothing was sent");
    }
    return PLATEN_OK;
}

/* ---- information ---- */

/* The value of `key = value` among the lines of an answer, blanks and case aside; "": none. */
static void value_of(const grammar_text *text, const char *command, const char *const *keys,
                     char value[VARIABLE_TEXT + 1])
{
    const grammar_answer *answer = grammar_find(text, command);
    for (size_t i = 0; answer != NULL && value[0] == '\0' && i < answer->count; i++) {
        char line[VARIABLE_TEXT * 2];
        (void)snprintf(line, sizeof(line), "%s", text->lines[answer->first + i].text);
        char *equals = strchr(line, '=');
        if (equals == NULL) {
            continue;
        }
        *equals = '\0';
        const char *key = grammar_trim(line);
        char *said = grammar_trim(equals + 1);
        (void)grammar_unquote(&said);
        said = grammar_trim(said);
        for (size_t k = 0; keys[k] != NULL; k++) {
            if (strcasecmp(key, keys[k]) == 0 && !grammar_is_unknown(said)) {
                (void)variable_clean(said, value);
            }
        }
    }
}

static void say_text(device *d, uint32_t field, const char *const *keys)
{
    static const char *const commands[] = {"INFO PRODINFO", "INFO CONFIG", "INFO ID"};
    char value[VARIABLE_TEXT + 1] = "";
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        value_of(&d->line.text, commands[i], keys, value);
    }
    if (value[0] != '\0') {
        d->drivers->text(d->work, field, value, SIZE_MAX);
        if (field == PLATEN_FIELD_FIRMWARE) {
            d->drivers->firmware(d->work, "main", value);
        }
    }
}

/* Makers whose name the model begins with. */
static const char *maker_of(const char *model)
{
    static const char *const makers[][2] = {
        {"HP ", "HP"},           {"Hewlett-Packard ", "HP"}, {"Brother ", "Brother"},
        {"Lexmark ", "Lexmark"}, {"Kyocera ", "Kyocera"},    {"Ricoh ", "Ricoh"},
        {"Xerox ", "Xerox"},     {"Samsung ", "Samsung"},    {"OKI ", "OKI"},
        {"Epson ", "Epson"},     {"Canon ", "Canon"},        {"Konica Minolta ", "Konica Minolta"},
        {"Sharp ", "Sharp"},     {"Dell ", "Dell"},          {"Toshiba ", "Toshiba"},
        {"Lanier ", "Lanier"},   {"Savin ", "Savin"},        {"Fuji Xerox ", "Fuji Xerox"},
    };
    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
        if (strncasecmp(model, makers[i][0], strlen(makers[i][0])) == 0) {
            return makers[i][1];
        }
    }
    return NULL;
}

static void say_identity(device *d)
{
    static const char *const serials[] = {"SERIALNUMBER", "SERIAL NUMBER", "SERIAL", "SN", NULL};
    static const char *const firmwares[] = {
        "FIRMWARE", "FIRMWAREVERSION", "FIRMWARE VERSION", "FIRMWAREDATECODE", "DATECODE", NULL};
    static const char *const names[] = {"HOSTNAME", NULL};
    static const char *const products[] = {"PRODUCTNAME", "MODEL", NULL};
    d->model[0] = '\0';
    device_take_model(d);
    if (d->model[0] == '\0') {
        value_of(&d->line.text, "INFO PRODINFO", products, d->model);
    }
    if (d->model[0] != '\0') {
        const char *maker = maker_of(d->model);
        d->drivers->text(d->work, PLATEN_FIELD_MODEL, d->model, SIZE_MAX);
        d->drivers->text(d->work, PLATEN_FIELD_DESCRIPTION, d->model, SIZE_MAX);
        if (maker != NULL) {
            d->drivers->text(d->work, PLATEN_FIELD_MANUFACTURER, maker, SIZE_MAX);
        }
    }
    say_text(d, PLATEN_FIELD_SERIAL, serials);
    say_text(d, PLATEN_FIELD_FIRMWARE, firmwares);
    say_text(d, PLATEN_FIELD_NAME, names);
}

/* ---- status ---- */

static const char *state_of(long code, bool online)
{
    if (code >= 40000 || (code >= 30000 && !online)) {
        return "down";
    }
    switch (code) {
    case 10003:
        return "warmup";
    case 10004:
    case 10005:
    case 10006:
    case 10007:
        return "testing";
    case 10023:
    case 10024:
        return "printing";
    default:
        return online ? "idle" : "down";
    }
}

static void say_alert(const device *d, long code, const char *display)
{
    platen_alert alert = PLATEN_ALERT_INIT;
    if (code < 20000) {
        return;
    }
    alert.severity = code >= 40000 ? PLATEN_SEVERITY_CRITICAL : PLATEN_SEVERITY_WARNING;
    alert.training = code >= 50000 ? 5 : code >= 40000 ? 3 : 2;
    alert.text = display;
    alert.source = "pjl";
    d->drivers->alert(d->work, &alert);
}

static void say_status(const device *d)
{
    static const char *const codes[] = {"CODE", NULL};
    static const char *const displays[] = {"DISPLAY", NULL};
    static const char *const onlines[] = {"ONLINE", NULL};
    char code[VARIABLE_TEXT + 1] = "";
    char display[VARIABLE_TEXT + 1] = "";
    char online[VARIABLE_TEXT + 1] = "";
    double number = 0;
    value_of(&d->line.text, "INFO STATUS", codes, code);
    value_of(&d->line.text, "INFO STATUS", displays, display);
    value_of(&d->line.text, "INFO STATUS", onlines, online);
    if (grammar_number(code, &number, NULL) && number >= 0 && number < 1000000) {
        d->drivers->text(d->work, PLATEN_FIELD_STATE,
                         state_of((long)number, strcasecmp(online, "FALSE") != 0), SIZE_MAX);
        say_alert(d, (long)number, display);
    }
    if (display[0] != '\0') {
        platen_part line = PLATEN_PART_INIT;
        line.part = PLATEN_PART_CONSOLE;
        line.key = "1.1";
        line.description = display;
        d->drivers->part(d->work, &line);
    }
}

/* ---- counters ---- */

/* "PAGECOUNT=1234", or the number alone. */
static void say_count(device *d)
{
    static const char *const keys[] = {"PAGECOUNT", "PAGE COUNT", NULL};
    char text[VARIABLE_TEXT + 1] = "";
    double number = 0;
    value_of(&d->line.text, "INFO PAGECOUNT", keys, text);
    const char *first = grammar_first(&d->line.text, "INFO PAGECOUNT");
    const char *said = text[0] != '\0' ? text : first != NULL ? first : "";
    unsigned decimals = 0;
    if (!grammar_number(said, &number, &decimals) || decimals > 0 || number < 0 || number > 1e12) {
        return;
    }
    platen_counter counter = PLATEN_COUNTER_INIT;
    counter.key = "total";
    counter.unit = "impressions";
    counter.source = "pjl";
    counter.value = (int64_t)number;
    d->drivers->counter(d->work, &counter);
    d->drivers->integer(d->work, PLATEN_FIELD_PAGE_COUNT, counter.value);
    d->drivers->text(d->work, PLATEN_FIELD_PAGE_UNIT, counter.unit, SIZE_MAX);
}

platen_code facts_read(device *d, uint32_t kind, platen_error *err)
{
    PLATEN_TRY(device_open(d, err));
    exchange_begin(&d->line);
    if (kind == PLATEN_WORK_INFORMATION) {
        exchange_add(&d->line, "INFO ID");
        exchange_add(&d->line, "INFO CONFIG");
        exchange_add(&d->line, "INFO PRODINFO");
    } else {
        exchange_add(&d->line, kind == PLATEN_WORK_STATUS ? "INFO STATUS" : "INFO PAGECOUNT");
    }
    PLATEN_TRY(exchange_run(&d->line, err));
    if (kind == PLATEN_WORK_INFORMATION) {
        say_identity(d);
    } else if (kind == PLATEN_WORK_STATUS) {
        say_status(d);
    } else {
        say_count(d);
    }
    return PLATEN_OK;
}
