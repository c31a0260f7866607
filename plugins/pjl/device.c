/* See device.h. */
#include "device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ASK_AT_ONCE 50u /* commands of a job that are answered one by one */

static const char other[] = "other languages";
static const char heard[] = "answers";
static const char heard_singly[] = "answers one command at a time";

/* A PJL password is a number of 16 bits. */
static uint32_t password_of(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    uint32_t number = 0;
    for (size_t i = 0; i < digits && i < 6; i++) {
        number = number * 10 + (uint32_t)(text[i] - '0');
    }
    return digits > 0 && digits < 6 && text[digits] == '\0' && number <= 65535 ? number : 0;
}

void device_init(device *d, const pjl_driver *driver, platen_work *work,
                 const platen_target *target)
{
    *d = (device){.target = target, .work = work, .drivers = driver->drivers};
    exchange_init(&d->line, driver, work, target->port);
    d->line.single = strcmp(d->drivers->memo(work), heard_singly) == 0;
    d->password = password_of(target->password);
    (void)variable_clean(target->model, d->model);
}

bool device_was_heard(const device *d)
{
    const char *memo = d->drivers->memo(d->work);
    return strcmp(memo, heard) == 0 || strcmp(memo, heard_singly) == 0;
}

bool device_is_other(device *d, bool check)
{
    bool hinted = (d->target->hints & PLATEN_TARGET_OTHER_LANGUAGES) != 0;
    bool noted = strcmp(d->drivers->memo(d->work), other) == 0;
    if (device_was_heard(d)) {
        return false;
    }
    if (check && hinted != noted) {
        d->drivers->memo_set(d->work, hinted ? other : "");
    }
    return hinted || (noted && !check);
}

/* Next time it is known from the start. */
static void keep_manner(const device *d)
{
    const char *now = d->line.single ? heard_singly : heard;
    if (strcmp(d->drivers->memo(d->work), now) != 0) {
        d->drivers->memo_set(d->work, now);
    }
}

void device_fini(device *d)
{
    if (device_was_heard(d)) {
        keep_manner(d); /* which may have shown behind the first answer */
    }
    exchange_fini(&d->line);
    variables_fini(&d->list);
    explicit_bzero(&d->password, sizeof(d->password));
}

platen_code device_open(device *d, platen_error *err)
{
    if (exchange_is_open(&d->line)) {
        return PLATEN_OK;
    }
    PLATEN_TRY(exchange_open(&d->line, err));
    keep_manner(d);
    return PLATEN_OK;
}

void device_take_model(device *d)
{
    const char *id = grammar_first(&d->line.text, "INFO ID");
    if (id != NULL) {
        (void)variable_clean(id, d->model);
    }
}

static void take_lock(device *d)
{
    const char *state = grammar_first(&d->line.text, "DINQUIRE PASSWORD");
    if (state == NULL) {
        const variable *v = variables_find(&d->list, "", "PASSWORD");
        state = v != NULL ? v->value : NULL;
    } else if (strncasecmp(state, "PASSWORD=", 9) == 0) {
        state += 9;
    }
    static const char *const open[] = {"DISABLED", "0", "OFF", "NONE"};
    d->lock = state != NULL ? DEVICE_LOCKED : DEVICE_LOCK_UNKNOWN;
    for (size_t i = 0; state != NULL && i < sizeof(open) / sizeof(open[0]); i++) {
        d->lock = strcasecmp(state, open[i]) == 0 ? DEVICE_OPEN : d->lock;
    }
}

/* ---- variables ---- */

/* What LPARM variables are called where INFO VARIABLES leaves them out. */
static const char *const of_languages[][2] = {
    {"PCL", "FONTSOURCE"},      {"PCL", "FONTNUMBER"},
    {"PCL", "PITCH"},           {"PCL", "PTSIZE"},
    {"PCL", "SYMSET"},          {"POSTSCRIPT", "PRTPSERRS"},
    {"POSTSCRIPT", "ADOBEMBT"}, {"POSTSCRIPT", "JAMRECOVERY"},
};
#define OF_LANGUAGES (sizeof(of_languages) / sizeof(of_languages[0]))

/* Whether the device lists the language: in INFO CONFIG, or as a personality. */
static bool speaks(const device *d, const char *language)
{
    const grammar_text *text = &d->line.text;
    const grammar_answer *config = grammar_find(text, "INFO CONFIG");
    for (size_t i = 0; config != NULL && i < config->count; i++) {
        if (strcasecmp(text->lines[config->first + i].text, language) == 0) {
            return true;
        }
    }
    const variable *personality = variables_find(&d->list, "", "PERSONALITY");
    return personality != NULL &&
           variable_option(personality, language) < personality->option_count;
}

/* Asks for them one by one, where the language is listed. */
static platen_code read_languages(device *d, platen_error *err)
{
    bool asked[OF_LANGUAGES] = {false};
    bool any = false;
    for (size_t i = 0; i < OF_LANGUAGES; i++) {
        asked[i] = speaks(d, of_languages[i][0]);
        any = any || asked[i];
    }
    if (!any) {
        return PLATEN_OK;
    }
    exchange_begin(&d->line);
    for (size_t i = 0; i < OF_LANGUAGES; i++) {
        if (asked[i]) {
            exchange_add(&d->line, "INQUIRE LPARM:%s %s", of_languages[i][0], of_languages[i][1]);
        }
    }
    PLATEN_TRY(exchange_run(&d->line, err));
    for (size_t i = 0; i < OF_LANGUAGES; i++) {
        char command[VARIABLE_PATH];
        (void)snprintf(command, sizeof(command), "INQUIRE LPARM:%s %s", of_languages[i][0],
                       of_languages[i][1]);
        const char *value = asked[i] ? grammar_first(&d->line.text, command) : NULL;
        if (value != NULL &&
            !variables_add(&d->list, of_languages[i][0], of_languages[i][1], value)) {
            return d->line.driver->host->fail(err, PLATEN_E_NOMEM, "pjl: no memory for variables");
        }
    }
    variables_sort(&d->list);
    return PLATEN_OK;
}

platen_code device_read(device *d, platen_error *err)
{
    const platen_host *host = d->line.driver->host;
    variables_fini(&d->list);
    exchange_begin(&d->line);
    exchange_add(&d->line, "INFO ID");
    exchange_add(&d->line, "INFO CONFIG");
    exchange_add(&d->line, "INFO VARIABLES");
    exchange_add(&d->line, "DINQUIRE PASSWORD");
    PLATEN_TRY(exchange_run(&d->line, err));
    if (d->model[0] == '\0') {
        device_take_model(d);
    }
    const grammar_answer *answer = grammar_find(&d->line.text, "INFO VARIABLES");
    if (answer != NULL && !variables_read(&d->list, &d->line.text, answer)) {
        return host->fail(err, PLATEN_E_NOMEM, "pjl: no memory for variables");
    }
    variables_sort(&d->list);
    take_lock(d);
    if (d->list.count == 0) {
        return host->fail(err, PLATEN_E_UNSUPPORTED,
                          answer == NULL ? "the device does not answer INFO VARIABLES"
                                         : "the device lists no variables");
    }
    return variables_have_languages(&d->list) ? PLATEN_OK : read_languages(d, err);
}

platen_code device_ask_defaults(device *d, variable *const *wanted, size_t count, size_t *told,
                                platen_error *err)
{
    char name[VARIABLE_PATH];
    char command[VARIABLE_PATH + 16];
    size_t answered = 0;
    for (size_t first = 0; first < count; first += ASK_AT_ONCE) {
        size_t end = first + ASK_AT_ONCE < count ? first + ASK_AT_ONCE : count;
        exchange_begin(&d->line);
        for (size_t i = first; i < end; i++) {
            variable_command_name(wanted[i], name);
            exchange_add(&d->line, "DINQUIRE %s", name);
        }
        PLATEN_TRY(exchange_run(&d->line, err));
        for (size_t i = first; i < end; i++) {
            variable_command_name(wanted[i], name);
            (void)snprintf(command, sizeof(command), "DINQUIRE %s", name);
            grammar_command(command);
            const char *value = grammar_first(&d->line.text, command);
            if (value == NULL) {
                continue;
            }
            answered++;
            if (!variable_set_answer(wanted[i], value)) {
                return d->line.driver->host->fail(err, PLATEN_E_NOMEM, "pjl: no memory");
            }
        }
    }
    if (told != NULL) {
        *told = answered;
    }
    return PLATEN_OK;
}

/* ---- handing over ---- */

cJSON *device_document(const device *d)
{
    cJSON *tree = cJSON_CreateObject();
    if (cJSON_AddNumberToObject(tree, "format", 1) == NULL ||
        cJSON_AddStringToObject(tree, "type", SETTING_TYPE) == NULL ||
        cJSON_AddStringToObject(tree, "platform", "") == NULL ||
        cJSON_AddNumberToObject(tree, "level", 0) == NULL ||
        cJSON_AddStringToObject(tree, "model", d->model) == NULL) {
        cJSON_Delete(tree);
        return NULL;
    }
    return tree;
}

platen_code device_hand_over(device *d, cJSON *tree, platen_error *err)
{
    const platen_host *host = d->line.driver->host;
    char *json = tree != NULL ? cJSON_PrintUnformatted(tree) : NULL;
    cJSON_Delete(tree);
    if (json == NULL) {
        return host->fail(err, PLATEN_E_NOMEM, "pjl: no memory for what was read");
    }
    platen_code rc = d->drivers->data(d->work, json, strlen(json), err);
    free(json);
    return rc;
}
