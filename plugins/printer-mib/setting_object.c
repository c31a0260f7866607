/*
 * The objects of the Printer MIB (RFC 3805) whose MAX-ACCESS is read-write and which are settings:
 * data. Left out are those that act (prtGeneralReset), identify (serial number), or are sensed or
 * counted by nearly every device (capacities, levels, lamps, the panel's text).
 */
#include "setting_object.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oid.h"

#define PREFIX "mib/"

static const setting_word present[] = {
    {1, "other", false}, {3, "on", true}, {4, "off", true}, {5, "notPresent", false}, {0, NULL, 0}};
static const setting_word console[] = {{3, "enabled", true}, {4, "disabled", true}, {0, NULL, 0}};
static const setting_word stacking[] = {
    {2, "unknown", false}, {3, "firstToLast", true}, {4, "lastToFirst", true}, {0, NULL, 0}};
static const setting_word delivery[] = {{3, "faceUp", true}, {4, "faceDown", true}, {0, NULL, 0}};
static const setting_word channel[] = {
    {1, "other", false}, {3, "printDataAccepted", true}, {4, "noDataAccepted", true}, {0, NULL, 0}};
static const setting_word orientation[] = {
    {1, "other", false}, {3, "portrait", true}, {4, "landscape", true}, {0, NULL, 0}};

#define INDEX(name, column, category, of)                                                          \
    {                                                                                              \
        name, column, SETTING_INTEGER, NULL, 1, 65535, category, of                                \
    }
#define WORDS(name, column, words, category, of)                                                   \
    {                                                                                              \
        name, column, SETTING_ENUM, words, 0, 0, category, of                                      \
    }
#define TEXT(name, column, octets, category, of)                                                   \
    {                                                                                              \
        name, column, SETTING_TEXT, NULL, 0, octets, category, of                                  \
    }
#define NUMBER(name, column, min, max, category, of)                                               \
    {                                                                                              \
        name, column, SETTING_INTEGER, NULL, min, max, category, of                                \
    }

/* What the RFC says of -1, -2 and -3 differs by object; the device knows which of them it takes. */
static const setting_object general[] = {
    INDEX("prtGeneralCurrentLocalization", 2, "basic", "B"),
    TEXT("prtGeneralCurrentOperator", 4, 127, "basic", "C"),
    TEXT("prtGeneralServicePerson", 5, 127, "basic", "C"),
    INDEX("prtInputDefaultIndex", 6, "printing", "B"),
    INDEX("prtOutputDefaultIndex", 7, "printing", "B"),
    INDEX("prtMarkerDefaultIndex", 8, "printing", "B"),
    INDEX("prtMediaPathDefaultIndex", 9, "printing", "B"),
    INDEX("prtConsoleLocalization", 10, "panel", "B"),
    WORDS("prtConsoleDisable", 13, console, "panel", "C"),
    WORDS("prtAuxiliarySheetStartupPage", 14, present, "printing", "C"),
    WORDS("prtAuxiliarySheetBannerPage", 15, present, "printing", "C"),
    TEXT("prtGeneralPrinterName", 16, 127, "basic", "A"),
};

static const setting_object inputs[] = {
    NUMBER("prtInputMediaDimFeedDirDeclared", 4, -2, INT32_MAX, "paper", "B"),
    NUMBER("prtInputMediaDimXFeedDirDeclared", 5, -2, INT32_MAX, "paper", "B"),
    TEXT("prtInputMediaName", 12, 63, "paper", "B"),
    TEXT("prtInputName", 13, 63, "paper", "B"),
    WORDS("prtInputSecurity", 19, present, "paper", "B"),
    NUMBER("prtInputMediaWeight", 20, -2, INT32_MAX, "paper", "B"),
    TEXT("prtInputMediaType", 21, 63, "paper", "B"),
    TEXT("prtInputMediaColor", 22, 63, "paper", "B"),
    NUMBER("prtInputMediaFormParts", 23, -2, INT32_MAX, "paper", "B"),
    NUMBER("prtInputMediaLoadTimeout", 24, -2, INT32_MAX, "paper", "B"),
    NUMBER("prtInputNextIndex", 25, -3, INT32_MAX, "paper", "B"),
};

static const setting_object outputs[] = {
    TEXT("prtOutputName", 7, 63, "paper", "B"),
    WORDS("prtOutputSecurity", 13, present, "paper", "B"),
    WORDS("prtOutputStackingOrder", 19, stacking, "paper", "B"),
    WORDS("prtOutputPageDeliveryOrientation", 20, delivery, "paper", "B"),
    WORDS("prtOutputBursting", 21, present, "paper", "B"),
    WORDS("prtOutputDecollating", 22, present, "paper", "B"),
    WORDS("prtOutputPageCollated", 23, present, "paper", "B"),
    WORDS("prtOutputOffsetStacking", 24, present, "paper", "B"),
};

static const setting_object channels[] = {
    NUMBER("prtChannelCurrentJobCntlLangIndex", 4, 0, 65535, "network", "B"),
    NUMBER("prtChannelDefaultPageDescLangIndex", 5, 0, 65535, "network", "B"),
    WORDS("prtChannelState", 6, channel, "network", "B"),
};

/* Character sets are told as their MIBenum (IANA), of which there are hundreds. */
static const setting_object interpreters[] = {
    WORDS("prtInterpreterDefaultOrientation", 7, orientation, "printing", "B"),
    NUMBER("prtInterpreterDefaultCharSetIn", 10, 1, INT32_MAX, "printing", "B"),
    NUMBER("prtInterpreterDefaultCharSetOut", 11, 1, INT32_MAX, "printing", "B"),
};

#define GROUP(group, table, indexes, objects)                                                      \
    {                                                                                              \
        "1.3.6.1.2.1.43." #group "." #table ".1", {1, 3, 6, 1, 2, 1, 43, group, table, 1},         \
            indexes, sizeof(objects) / sizeof((objects)[0]), objects                               \
    }

const setting_group setting_groups[SETTING_GROUPS] = {
    GROUP(5, 1, 1, general),   GROUP(9, 2, 2, outputs),       GROUP(8, 2, 2, inputs),
    GROUP(14, 1, 2, channels), GROUP(15, 1, 2, interpreters),
};

_Static_assert(sizeof(general) / sizeof(general[0]) <= SETTING_COLUMNS &&
                   sizeof(inputs) / sizeof(inputs[0]) <= SETTING_COLUMNS,
               "a group has more objects than a row holds");

static bool find(const char *name, size_t length, setting_place *out)
{
    for (size_t i = 0; i < SETTING_GROUPS; i++) {
        const setting_group *group = &setting_groups[i];
        for (uint32_t j = 0; j < group->count; j++) {
            const char *known = group->objects[j].name;
            if (strlen(known) == length && memcmp(known, name, length) == 0) {
                out->group = group;
                out->object = &group->objects[j];
                return true;
            }
        }
    }
    return false;
}

bool setting_place_parse(const char *path, setting_place *out)
{
    setting_place place = {NULL, NULL, {0, 0}};
    char again[SETTING_PATH];
    size_t prefix = strlen(PREFIX);
    if (strncmp(path, PREFIX, prefix) != 0) {
        return false;
    }
    const char *name = path + prefix;
    const char *slash = strchr(name, '/');
    if (slash == NULL || !find(name, (size_t)(slash - name), &place)) {
        return false;
    }
    const char *at = slash + 1;
    for (uint32_t i = 0; i < place.group->indexes; i++) {
        char *end = NULL;
        place.index[i] = (uint32_t)strtoul(at, &end, 10);
        at = *end == '.' ? end + 1 : end;
    }
    /* There is one way to write it: no zeros in front, no other sign, nothing behind. */
    setting_path(&place, again);
    if (strcmp(again, path) != 0) {
        return false;
    }
    *out = place;
    return true;
}

void setting_path(const setting_place *place, char out[SETTING_PATH])
{
    if (place->group->indexes == 1u) {
        (void)snprintf(out, SETTING_PATH, PREFIX "%s/%" PRIu32, place->object->name,
                       place->index[0]);
    } else {
        (void)snprintf(out, SETTING_PATH, PREFIX "%s/%" PRIu32 ".%" PRIu32, place->object->name,
                       place->index[0], place->index[1]);
    }
}

uint32_t setting_arcs(const setting_place *place, uint32_t out[SETTING_ARCS])
{
    uint32_t entry = sizeof(place->group->arcs) / sizeof(place->group->arcs[0]);
    memcpy(out, place->group->arcs, sizeof(place->group->arcs));
    out[entry] = place->object->column;
    memcpy(out + entry + 1u, place->index, place->group->indexes * sizeof(place->index[0]));
    return entry + 1u + place->group->indexes;
}

void setting_oid(const setting_place *place, char out[SETTING_OID])
{
    uint32_t arcs[SETTING_ARCS];
    uint32_t count = setting_arcs(place, arcs);
    oid_format(arcs, count, out, SETTING_OID);
}

const setting_word *setting_word_of(const setting_object *object, int64_t number)
{
    for (const setting_word *at = object->words; at != NULL && at->word != NULL; at++) {
        if (at->number == number) {
            return at;
        }
    }
    return NULL;
}

const setting_word *setting_word_named(const setting_object *object, const char *word)
{
    for (const setting_word *at = object->words; at != NULL && at->word != NULL; at++) {
        if (strcmp(at->word, word) == 0) {
            return at;
        }
    }
    return NULL;
}
