/*
 * Who the device is and how it is: one-value facts, firmware and counters. Any thread; all state is
 * in the work.
 */
#include "facts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "attribute.h"
#include "keyvalue.h"

#define MAKERS_OF_TWO_WORDS 8

static void say(const facts *f, uint32_t field, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        f->drivers->text(f->work, field, value, SIZE_MAX);
    }
}

static void say_attribute(const facts *f, uint32_t field, const char *name)
{
    say(f, field, attribute_text(f->answer, name, 0));
}

/* "Konica Minolta bizhub C250": where printer-make-and-model holds both and nothing else tells,
 * the maker is the first word, or the first two of these. */
static size_t maker_length(const char *text)
{
    static const char *const makers[MAKERS_OF_TWO_WORDS] = {
        "Konica Minolta",    "Fuji Xerox",  "TOSHIBA TEC",  "OKI Data",
        "Texas Instruments", "FUJIFILM BI", "Develop Ineo", "Triumph-Adler Utax"};
    for (size_t i = 0; i < MAKERS_OF_TWO_WORDS; i++) {
        size_t length = strlen(makers[i]);
        if (strncasecmp(text, makers[i], length) == 0 && text[length] == ' ') {
            return length;
        }
    }
    return strcspn(text, " ");
}

static void say_make_and_model(const facts *f, bool maker, bool model)
{
    const char *text = attribute_text(f->answer, "printer-make-and-model", 0);
    if (text == NULL || strcasecmp(text, "unknown") == 0) {
        return;
    }
    size_t length = maker_length(text);
    const char *rest = text + length + strspn(text + length, " ");
    if (rest[0] == '\0') {
        /* One word only: it is a model, the maker is not said. */
        rest = text;
        length = 0;
    }
    if (maker && length > 0) {
        f->drivers->text(f->work, PLATEN_FIELD_MANUFACTURER, text, length);
    }
    if (model) {
        say(f, PLATEN_FIELD_MODEL, rest);
    }
}

static bool find_first(const keyvalue *list, const char *const *keys, char value[KEYVALUE_VALUE])
{
    for (; *keys != NULL; keys++) {
        if (keyvalue_find(list, *keys, value)) {
            return true;
        }
    }
    return false;
}

static void say_device_id(const facts *f, bool *maker, bool *model, bool *serial)
{
    static const char *const maker_keys[] = {"mfg", "manufacturer", NULL};
    static const char *const model_keys[] = {"mdl", "model", NULL};
    static const char *const serial_keys[] = {"sn", "sern", "serialnumber", "serial", NULL};
    char value[KEYVALUE_VALUE];
    keyvalue list;
    size_t length = 0;
    const char *id = attribute_octets(f->answer, "printer-device-id", 0, &length);
    keyvalue_init(&list, id, length, ':');
    *maker = find_first(&list, maker_keys, value);
    if (*maker) {
        say(f, PLATEN_FIELD_MANUFACTURER, value);
    }
    *model = find_first(&list, model_keys, value);
    if (*model) {
        say(f, PLATEN_FIELD_MODEL, value);
    }
    *serial = find_first(&list, serial_keys, value);
    if (*serial) {
        say(f, PLATEN_FIELD_SERIAL, value);
    }
}

static void say_contact(const facts *f)
{
    char text[256];
    ipp_t *contact = attribute_collection(f->answer, "printer-contact-col");
    const char *name = attribute_text(contact, "contact-name", 0);
    const char *uri = attribute_text(contact, "contact-uri", 0);
    if (name != NULL && uri != NULL) {
        (void)snprintf(text, sizeof(text), "%.120s, %.120s", name, uri);
        say(f, PLATEN_FIELD_CONTACT, text);
    } else {
        say(f, PLATEN_FIELD_CONTACT, name != NULL ? name : uri);
    }
}

/* Versions stand beside their names, patches beside both; the first is the one to compare. */
static void say_firmware(const facts *f)
{
    size_t count = attribute_count(f->answer, "printer-firmware-string-version");
    for (size_t i = 0; i < count; i++) {
        char component[160];
        const char *version = attribute_text(f->answer, "printer-firmware-string-version", i);
        const char *name = attribute_text(f->answer, "printer-firmware-name", i);
        const char *patches = attribute_text(f->answer, "printer-firmware-patches", i);
        if (version == NULL) {
            continue;
        }
        if (name != NULL) {
            (void)snprintf(component, sizeof(component), "%.120s", name);
        } else {
            (void)snprintf(component, sizeof(component), "firmware %zu", i + 1);
        }
        if (i == 0) {
            say(f, PLATEN_FIELD_FIRMWARE, version);
        }
        f->drivers->firmware(f->work, component, version);
        if (patches != NULL) {
            (void)strncat(component, " patches", sizeof(component) - strlen(component) - 1);
            f->drivers->firmware(f->work, component, patches);
        }
    }
}

static void say_links(const facts *f)
{
    const char *uuid = attribute_text(f->answer, "printer-uuid", 0);
    const char *link = attribute_text(f->answer, "printer-more-info", 0);
    if (uuid != NULL) {
        say(f, PLATEN_FIELD_UUID, strncasecmp(uuid, "urn:uuid:", 9) == 0 ? uuid + 9 : uuid);
    }
    /* The pages make a link of it: no other scheme than the web's. */
    if (link != NULL &&
        (strncasecmp(link, "http://", 7) == 0 || strncasecmp(link, "https://", 8) == 0)) {
        say(f, PLATEN_FIELD_LINK, link);
    }
}

void facts_identity(const facts *f)
{
    bool maker = false;
    bool model = false;
    bool serial = false;
    bool color = false;

    say_device_id(f, &maker, &model, &serial);
    if (!maker || !model) {
        say_make_and_model(f, !maker, !model);
    }
    if (!serial) {
        say_attribute(f, PLATEN_FIELD_SERIAL, "printer-serial-number");
    }
    say_attribute(f, PLATEN_FIELD_NAME,
                  attribute_count(f->answer, "printer-dns-sd-name") > 0 ? "printer-dns-sd-name"
                                                                        : "printer-name");
    say_attribute(f, PLATEN_FIELD_DESCRIPTION, "printer-info");
    say_attribute(f, PLATEN_FIELD_LOCATION, "printer-location");
    say_contact(f);
    say_links(f);
    say_firmware(f);
    if (attribute_boolean(f->answer, "color-supported", &color)) {
        f->drivers->integer(f->work, PLATEN_FIELD_COLOR, color ? 1 : 0);
    }
}

void facts_state(const facts *f)
{
    int64_t number = 0;
    if (attribute_integer(f->answer, "printer-state", 0, &number)) {
        const char *word = number == IPP_PSTATE_IDLE         ? "idle"
                           : number == IPP_PSTATE_PROCESSING ? "printing"
                           : number == IPP_PSTATE_STOPPED    ? "down"
                                                             : "other";
        say(f, PLATEN_FIELD_STATE, word);
    }
    if (attribute_integer(f->answer, "printer-up-time", 0, &number) && number > 0) {
        f->drivers->integer(f->work, PLATEN_FIELD_UPTIME, number * 1000);
    }
    const char *message = attribute_text(f->answer, "printer-state-message", 0);
    if (message != NULL) {
        platen_part part = PLATEN_PART_INIT;
        part.part = PLATEN_PART_CONSOLE;
        part.key = "ipp.1";
        part.description = message;
        f->drivers->part(f->work, &part);
    }
}

void facts_counters(const facts *f)
{
    static const struct {
        const char *attribute;
        const char *key;
        const char *unit;
    } counters[] = {
        {"printer-impressions-completed", "total", "impressions"},
        {"printer-media-sheets-completed", "sheets", "sheets"},
        {"printer-pages-completed", "pages", "pages"},
    };
    bool counted = false;
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        int64_t value = 0;
        if (!attribute_integer(f->answer, counters[i].attribute, 0, &value) || value < 0) {
            continue;
        }
        platen_counter counter = PLATEN_COUNTER_INIT;
        counter.key = counters[i].key;
        counter.unit = counters[i].unit;
        counter.source = "ipp";
        counter.value = value;
        f->drivers->counter(f->work, &counter);
        /* Impressions where the device counts them, else sheets: what is said first is kept. */
        if (!counted && i < 2) {
            f->drivers->integer(f->work, PLATEN_FIELD_PAGE_COUNT, value);
            say(f, PLATEN_FIELD_PAGE_UNIT, counters[i].unit);
            counted = true;
        }
    }
}
