/*
 * Paper sources, output bins (PWG 5100.13) and finishers (PWG 5100.1), each a list of key and value
 * taken from the rows of the printer MIB. Any thread.
 */
#include "facts.h"

#include <stdio.h>
#include <string.h>

#include "attribute.h"
#include "keyvalue.h"
#include "unit.h"

typedef struct tray_text {
    char name[KEYVALUE_VALUE];
    char type[KEYVALUE_VALUE];
    char media[KEYVALUE_VALUE];
    char unit[KEYVALUE_VALUE];
    int64_t index;
    int64_t remaining; /* room of a bin, or PLATEN_LEVEL_... */
    int64_t status;    /* -1 not said */
} tray_text;

static void take_number(const char *value, int64_t *number)
{
    int64_t read = 0;
    if (keyvalue_integer(value, &read) && read >= PLATEN_LEVEL_SOME) {
        *number = read;
    }
}

static void take_pair(const keyvalue_pair *pair, platen_part *part, tray_text *text)
{
    if (strcmp(pair->key, "name") == 0) {
        memcpy(text->name, pair->value, sizeof(text->name));
    } else if (strcmp(pair->key, "type") == 0) {
        memcpy(text->type, pair->value, sizeof(text->type));
    } else if (strcmp(pair->key, "medianame") == 0) {
        memcpy(text->media, pair->value, sizeof(text->media));
    } else if (strcmp(pair->key, "unit") == 0) {
        memcpy(text->unit, pair->value, sizeof(text->unit));
    } else if (strcmp(pair->key, "maxcapacity") == 0) {
        take_number(pair->value, &part->capacity);
    } else if (strcmp(pair->key, "level") == 0 || strcmp(pair->key, "capacity") == 0) {
        take_number(pair->value, &part->level);
    } else if (strcmp(pair->key, "remaining") == 0) {
        take_number(pair->value, &text->remaining);
    } else if (strcmp(pair->key, "status") == 0) {
        take_number(pair->value, &text->status);
    } else if (strcmp(pair->key, "index") == 0) {
        take_number(pair->value, &text->index);
    }
}

/* PrtSubUnitStatusTC, a sum of parts, in the words of the printer-mib driver. */
static const char *status_word(int64_t status)
{
    if (status < 0 || status > 126) {
        return "";
    }
    if ((status & 7) == 3) {
        return "broken";
    }
    if ((status & 32) != 0) {
        return "offline";
    }
    if ((status & 16) != 0) {
        return "error";
    }
    if ((status & 8) != 0) {
        return "warning";
    }
    return (status & 7) == 1 ? "unavailable" : (status & 7) == 5 ? "" : "ok";
}

static const char *state_of(const platen_part *part, const tray_text *text)
{
    if (part->part == PLATEN_PART_INPUT && part->level == 0 && part->capacity != 0) {
        return "empty";
    }
    if (part->part == PLATEN_PART_OUTPUT && text->remaining == 0 && part->capacity != 0) {
        return "full";
    }
    return status_word(text->status);
}

static void set_percent(platen_part *part)
{
    if (part->level < 0) {
        part->percent = (int32_t)part->level;
    } else if (part->capacity > 0) {
        part->percent =
            part->level > part->capacity ? 100 : (int32_t)(part->level * 100 / part->capacity);
    }
}

static bool read_row(const facts *f, const char *attribute, size_t at, platen_part *part,
                     tray_text *text)
{
    keyvalue list;
    keyvalue_pair pair;
    size_t length = 0;
    size_t pairs = 0;
    const char *octets = attribute_octets(f->answer, attribute, at, &length);
    memset(text, 0, sizeof(*text));
    text->remaining = PLATEN_LEVEL_UNKNOWN;
    text->status = -1;
    keyvalue_init(&list, octets, length, '=');
    while (keyvalue_next(&list, &pair)) {
        take_pair(&pair, part, text);
        pairs++;
    }
    part->name = text->name;
    part->type = text->type;
    part->media = text->media;
    part->unit = unit_name(text->unit);
    return pairs > 0;
}

static void say_rows(const facts *f, const char *attribute, const char *descriptions, uint32_t kind)
{
    size_t count = attribute_count(f->answer, attribute);
    for (size_t i = 0; i < count; i++) {
        platen_part part = PLATEN_PART_INIT;
        tray_text text;
        char key[32];
        part.part = kind;
        if (!read_row(f, attribute, i, &part, &text)) {
            continue;
        }
        const char *description = attribute_text(f->answer, descriptions, i);
        part.description = description == NULL ? "" : description;
        part.state = state_of(&part, &text);
        if (kind == PLATEN_PART_OUTPUT) {
            part.level = text.remaining; /* the room left, as the printer MIB has it */
        }
        (void)snprintf(key, sizeof(key), "1.%lld",
                       text.index > 0 ? (long long)text.index : (long long)i + 1);
        part.key = key;
        set_percent(&part);
        f->drivers->part(f->work, &part);
    }
}

void facts_parts(const facts *f)
{
    say_rows(f, "printer-input-tray", "printer-input-tray-description", PLATEN_PART_INPUT);
    say_rows(f, "printer-output-tray", "printer-output-tray-description", PLATEN_PART_OUTPUT);
    say_rows(f, "printer-finisher", "printer-finisher-description", PLATEN_PART_FINISHER);
}
