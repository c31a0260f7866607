/* A device's answer from its octets to the facts: decoding by libcups and everything behind it. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/ipp/facts.h"
#include "plugins/ipp/message.h"

uint64_t fuzz_understood;

/* Texts end, numbers keep what the SDK says of them. */
static void check_text(const char *text)
{
    fuzz_understood += strlen(text) > 0 ? 1 : 0;
}

static void check_level(int64_t level, int32_t percent)
{
    if (level < PLATEN_LEVEL_SOME || percent < PLATEN_LEVEL_SOME || percent > 100) {
        abort();
    }
}

static void take_text(platen_work *work, uint32_t field, const char *value, size_t length)
{
    (void)work;
    (void)field;
    if (length == SIZE_MAX) {
        check_text(value);
    } else if (length == 0 || memchr(value, '\0', length) != NULL) {
        abort();
    }
}

static void take_integer(platen_work *work, uint32_t field, int64_t value)
{
    (void)work;
    (void)field;
    if (value < 0) {
        abort();
    }
}

static void take_firmware(platen_work *work, const char *component, const char *version)
{
    (void)work;
    check_text(component);
    check_text(version);
}

static void take_counter(platen_work *work, const platen_counter *counter)
{
    (void)work;
    check_text(counter->key);
    if (counter->value < 0) {
        abort();
    }
}

static void take_supply(platen_work *work, const platen_supply *supply)
{
    (void)work;
    check_text(supply->key);
    check_text(supply->description);
    check_text(supply->type);
    check_text(supply->color);
    check_text(supply->unit);
    check_level(supply->level, supply->percent);
}

static void take_part(platen_work *work, const platen_part *part)
{
    (void)work;
    check_text(part->key);
    check_text(part->name);
    check_text(part->description);
    check_text(part->media);
    check_level(part->level, part->percent);
}

static void take_alert(platen_work *work, const platen_alert *alert)
{
    (void)work;
    check_text(alert->text);
    if (alert->code == 0 || alert->group == 0) {
        abort();
    }
}

static const platen_drivers drivers = {
    .size = (uint32_t)sizeof(platen_drivers),
    .text = take_text,
    .integer = take_integer,
    .firmware = take_firmware,
    .counter = take_counter,
    .supply = take_supply,
    .part = take_part,
    .alert = take_alert,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    message_thread_init();
    facts f = {&drivers, NULL, message_read(data, size)};
    if (f.answer != NULL) {
        facts_identity(&f);
        facts_state(&f);
        facts_alerts(&f);
        facts_supplies(&f);
        facts_parts(&f);
        facts_counters(&f);
        ippDelete(f.answer);
    }
    return 0;
}
