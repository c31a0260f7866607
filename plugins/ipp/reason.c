/* Tables of alert names. Pure functions over constant data: any thread, no locks. */
#include "reason.h"

#include <string.h>

#include <platen/driver.h>

#define CODE_OTHER 1u
#define GROUP_OTHER 1u
#define GROUP_GENERAL 5u
#define GROUP_COVER 6u
#define GROUP_INPUT 8u
#define GROUP_OUTPUT 9u
#define GROUP_MARKER 10u
#define GROUP_SUPPLIES 11u
#define GROUP_MEDIA_PATH 13u
#define GROUP_CHANNEL 14u
#define GROUP_INTERPRETER 15u
#define GROUP_FINISHER 30u

typedef struct label {
    const char *name;
    uint32_t number;
} label;

/* PrtAlertCodeTC of the IANA registry. */
static const label codes[] = {
    {"other", 1},
    {"unknown", 2},
    {"coverOpen", 3},
    {"coverClosed", 4},
    {"interlockOpen", 5},
    {"interlockClosed", 6},
    {"configurationChange", 7},
    {"jam", 8},
    {"subunitMissing", 9},
    {"subunitLifeAlmostOver", 10},
    {"subunitLifeOver", 11},
    {"subunitAlmostEmpty", 12},
    {"subunitEmpty", 13},
    {"subunitAlmostFull", 14},
    {"subunitFull", 15},
    {"subunitNearLimit", 16},
    {"subunitAtLimit", 17},
    {"subunitOpened", 18},
    {"subunitClosed", 19},
    {"subunitTurnedOn", 20},
    {"subunitTurnedOff", 21},
    {"subunitOffline", 22},
    {"subunitPowerSaver", 23},
    {"subunitWarmingUp", 24},
    {"subunitAdded", 25},
    {"subunitRemoved", 26},
    {"subunitResourceAdded", 27},
    {"subunitResourceRemoved", 28},
    {"subunitRecoverableFailure", 29},
    {"subunitUnrecoverableFailure", 30},
    {"subunitRecoverableStorageError", 31},
    {"subunitUnrecoverableStorageError", 32},
    {"subunitMotorFailure", 33},
    {"subunitMemoryExhausted", 34},
    {"subunitUnderTemperature", 35},
    {"subunitOverTemperature", 36},
    {"subunitTimingFailure", 37},
    {"subunitThermistorFailure", 38},
    {"doorOpen", 501},
    {"doorClosed", 502},
    {"powerUp", 503},
    {"powerDown", 504},
    {"printerNMSReset", 505},
    {"printerManualReset", 506},
    {"printerReadyToPrint", 507},
    {"inputMediaTrayMissing", 801},
    {"inputMediaSizeChange", 802},
    {"inputMediaWeightChange", 803},
    {"inputMediaTypeChange", 804},
    {"inputMediaColorChange", 805},
    {"inputMediaFormPartsChange", 806},
    {"inputMediaSupplyLow", 807},
    {"inputMediaSupplyEmpty", 808},
    {"inputMediaChangeRequest", 809},
    {"inputManualInputRequest", 810},
    {"inputTrayPositionFailure", 811},
    {"inputTrayElevationFailure", 812},
    {"inputCannotFeedSizeSelected", 813},
    {"outputMediaTrayMissing", 901},
    {"outputMediaTrayAlmostFull", 902},
    {"outputMediaTrayFull", 903},
    {"outputMailboxSelectFailure", 904},
    {"markerFuserUnderTemperature", 1001},
    {"markerFuserOverTemperature", 1002},
    {"markerFuserTimingFailure", 1003},
    {"markerFuserThermistorFailure", 1004},
    {"markerAdjustingPrintQuality", 1005},
    {"markerTonerEmpty", 1101},
    {"markerInkEmpty", 1102},
    {"markerPrintRibbonEmpty", 1103},
    {"markerTonerAlmostEmpty", 1104},
    {"markerInkAlmostEmpty", 1105},
    {"markerPrintRibbonAlmostEmpty", 1106},
    {"markerWasteTonerReceptacleAlmostFull", 1107},
    {"markerWasteInkReceptacleAlmostFull", 1108},
    {"markerWasteTonerReceptacleFull", 1109},
    {"markerWasteInkReceptacleFull", 1110},
    {"markerOpcLifeAlmostOver", 1111},
    {"markerOpcLifeOver", 1112},
    {"markerDeveloperAlmostEmpty", 1113},
    {"markerDeveloperEmpty", 1114},
    {"markerTonerCartridgeMissing", 1115},
    {"mediaPathMediaTrayMissing", 1301},
    {"mediaPathMediaTrayAlmostFull", 1302},
    {"mediaPathMediaTrayFull", 1303},
    {"mediaPathCannotDuplexMediaSelected", 1304},
    {"interpreterMemoryIncrease", 1501},
    {"interpreterMemoryDecrease", 1502},
    {"interpreterCartridgeAdded", 1503},
    {"interpreterCartridgeDeleted", 1504},
    {"interpreterResourceAdded", 1505},
    {"interpreterResourceDeleted", 1506},
    {"interpreterResourceUnavailable", 1507},
    {"interpreterComplexPageEncountered", 1509},
    {"alertRemovalOfBinaryChangeEntry", 1801},
};

/* PrtAlertGroupTC. */
static const label groups[] = {
    {"other", 1},
    {"unknown", 2},
    {"hostResourcesMIBStorageTable", 3},
    {"hostResourcesMIBDeviceTable", 4},
    {"generalPrinter", 5},
    {"cover", 6},
    {"localization", 7},
    {"input", 8},
    {"output", 9},
    {"marker", 10},
    {"markerSupplies", 11},
    {"markerColorant", 12},
    {"mediaPath", 13},
    {"channel", 14},
    {"interpreter", 15},
    {"consoleDisplayBuffer", 16},
    {"consoleLights", 17},
    {"alert", 18},
    {"finDevice", 30},
    {"finSupply", 31},
    {"finSupplyMediaInput", 32},
    {"finAttribute", 33},
};

static const label severities[] = {
    {"other", PLATEN_SEVERITY_OTHER},
    {"critical", PLATEN_SEVERITY_CRITICAL},
    {"warning", PLATEN_SEVERITY_WARNING},
    {"warningBinaryChangeEvent", PLATEN_SEVERITY_WARNING_BINARY},
};

static const label trainings[] = {
    {"other", 1},
    {"unknown", 2},
    {"untrained", 3},
    {"trained", 4},
    {"fieldService", 5},
    {"management", 6},
    {"noInterventionRequired", 7},
};

typedef struct keyword {
    const char *name;
    uint32_t code;
    uint32_t group;
} keyword;

/*
 * Keywords of RFC 8011 section 5.4.12 and PWG 5100.9 whose names do not follow from the label of
 * their code. Where 5100.9 has no code for a keyword the code is "other" and the group is kept.
 */
static const keyword keywords[] = {
    {"cover-open", 3, GROUP_COVER},
    {"cover-closed", 4, GROUP_COVER},
    {"interlock-open", 5, GROUP_COVER},
    {"interlock-closed", 6, GROUP_COVER},
    {"door-open", 501, GROUP_GENERAL},
    {"door-closed", 502, GROUP_GENERAL},
    {"configuration-change", 7, GROUP_GENERAL},
    {"configuration-changed", 7, GROUP_GENERAL},
    {"developer-low", 1113, GROUP_SUPPLIES},
    {"developer-empty", 1114, GROUP_SUPPLIES},
    {"fuser-over-temp", 1002, GROUP_MARKER},
    {"fuser-under-temp", 1001, GROUP_MARKER},
    {"input-tray-missing", 801, GROUP_INPUT},
    {"input-media-tray-jam", 8, GROUP_INPUT},
    {"interpreter-resource-unavailable", 1507, GROUP_INTERPRETER},
    {"marker-ink-low", 1105, GROUP_SUPPLIES},
    {"marker-supply-low", 12, GROUP_SUPPLIES},
    {"marker-supply-almost-empty", 12, GROUP_SUPPLIES},
    {"marker-supply-empty", 13, GROUP_SUPPLIES},
    {"marker-supply-missing", 9, GROUP_SUPPLIES},
    {"marker-toner-missing", 1115, GROUP_SUPPLIES},
    {"marker-waste-almost-full", 14, GROUP_SUPPLIES},
    {"marker-waste-full", 15, GROUP_SUPPLIES},
    {"marker-waste-toner-receptacle-missing", 9, GROUP_SUPPLIES},
    {"marker-waste-ink-receptacle-missing", 9, GROUP_SUPPLIES},
    {"material-empty", 13, GROUP_SUPPLIES},
    {"material-low", 12, GROUP_SUPPLIES},
    {"material-needed", 13, GROUP_SUPPLIES},
    {"media-empty", 808, GROUP_INPUT},
    {"media-jam", 8, GROUP_MEDIA_PATH},
    {"media-low", 807, GROUP_INPUT},
    {"media-needed", 808, GROUP_INPUT},
    {"media-path-jam", 8, GROUP_MEDIA_PATH},
    {"offline", 22, GROUP_GENERAL},
    {"opc-life-over", 1112, GROUP_SUPPLIES},
    {"opc-near-eol", 1111, GROUP_SUPPLIES},
    {"output-area-almost-full", 902, GROUP_OUTPUT},
    {"output-area-full", 903, GROUP_OUTPUT},
    {"output-tray-missing", 901, GROUP_OUTPUT},
    {"hibernate", 23, GROUP_GENERAL},
    {"power-saver", 23, GROUP_GENERAL},
    {"printer-nms-reset", 505, GROUP_GENERAL},
    {"shutdown", 504, GROUP_GENERAL},
    {"spool-area-full", 34, GROUP_GENERAL},
    {"toner-empty", 1101, GROUP_SUPPLIES},
    {"toner-low", 1104, GROUP_SUPPLIES},
    {"toner-missing", 1115, GROUP_SUPPLIES},
    {"ink-empty", 1102, GROUP_SUPPLIES},
    {"ink-low", 1105, GROUP_SUPPLIES},
    {"warming-up", 24, GROUP_GENERAL},
    {"connecting-to-device", CODE_OTHER, GROUP_CHANNEL},
    {"timed-out", CODE_OTHER, GROUP_CHANNEL},
    {"paused", CODE_OTHER, GROUP_GENERAL},
    {"moving-to-paused", CODE_OTHER, GROUP_GENERAL},
    {"stopping", CODE_OTHER, GROUP_GENERAL},
    {"stopped-partly", CODE_OTHER, GROUP_GENERAL},
    {"deactivated", CODE_OTHER, GROUP_GENERAL},
    {"testing", CODE_OTHER, GROUP_GENERAL},
};

/* Subunits that PWG 5100.9 builds "<subunit>-<condition>" keywords for. */
static const keyword subunits[] = {
    {"subunit-", 0, GROUP_OTHER},
    {"bander-", 0, GROUP_FINISHER},
    {"binder-", 0, GROUP_FINISHER},
    {"die-cutter-", 0, GROUP_FINISHER},
    {"folder-", 0, GROUP_FINISHER},
    {"imprinter-", 0, GROUP_FINISHER},
    {"inserter-", 0, GROUP_FINISHER},
    {"make-envelope-", 0, GROUP_FINISHER},
    {"perforater-", 0, GROUP_FINISHER},
    {"puncher-", 0, GROUP_FINISHER},
    {"separation-cutter-", 0, GROUP_FINISHER},
    {"sheet-rotator-", 0, GROUP_FINISHER},
    {"slitter-", 0, GROUP_FINISHER},
    {"stacker-", 0, GROUP_FINISHER},
    {"stapler-", 0, GROUP_FINISHER},
    {"stitcher-", 0, GROUP_FINISHER},
    {"trimmer-", 0, GROUP_FINISHER},
    {"wrapper-", 0, GROUP_FINISHER},
    {"input-tray-", 0, GROUP_INPUT},
    {"input-", 0, GROUP_INPUT},
    {"output-tray-", 0, GROUP_OUTPUT},
    {"output-", 0, GROUP_OUTPUT},
    {"media-path-", 0, GROUP_MEDIA_PATH},
    {"marker-", 0, GROUP_MARKER},
    {"interpreter-", 0, GROUP_INTERPRETER},
    {"fuser-", 0, GROUP_MARKER},
    {"opc-", 0, GROUP_SUPPLIES},
    {"cleaner-", 0, GROUP_SUPPLIES},
};

/* The conditions of those keywords: codes common to all subunits. */
static const label conditions[] = {
    {"added", 25},
    {"almost-empty", 12},
    {"almost-full", 14},
    {"at-limit", 17},
    {"closed", 19},
    {"configuration-change", 7},
    {"cover-closed", 4},
    {"cover-open", 3},
    {"empty", 13},
    {"full", 15},
    {"interlock-closed", 6},
    {"interlock-open", 5},
    {"jam", 8},
    {"life-almost-over", 10},
    {"life-over", 11},
    {"memory-exhausted", 34},
    {"missing", 9},
    {"motor-failure", 33},
    {"near-limit", 16},
    {"offline", 22},
    {"opened", 18},
    {"over-temperature", 36},
    {"power-saver", 23},
    {"recoverable-failure", 29},
    {"recoverable-storage", 31},
    {"recoverable-storage-error", 31},
    {"removed", 26},
    {"resource-added", 27},
    {"resource-removed", 28},
    {"thermistor-failure", 38},
    {"timing-failure", 37},
    {"turned-off", 21},
    {"turned-on", 20},
    {"under-temperature", 35},
    {"unrecoverable-failure", 30},
    {"unrecoverable-storage-error", 32},
    {"warming-up", 24},
};

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool equal_fold(const char *a, const char *b)
{
    while (*a != '\0' && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

/* Whether the keyword "cover-open" is the label "coverOpen": the same letters without hyphens. */
static bool equal_hyphened(const char *hyphened, const char *name)
{
    while (*hyphened != '\0') {
        if (*hyphened == '-') {
            hyphened++;
            continue;
        }
        if (fold(*hyphened) != fold(*name)) {
            return false;
        }
        hyphened++;
        name++;
    }
    return *name == '\0';
}

static uint32_t label_number(const label *labels, size_t count, const char *name, uint32_t none)
{
    for (size_t i = 0; i < count; i++) {
        if (equal_fold(labels[i].name, name)) {
            return labels[i].number;
        }
    }
    return none;
}

#define NUMBER(labels, name, none)                                                                 \
    label_number((labels), sizeof(labels) / sizeof((labels)[0]), (name), (none))

uint32_t reason_code(const char *name)
{
    return NUMBER(codes, name, CODE_OTHER);
}

uint32_t reason_group(const char *name)
{
    return NUMBER(groups, name, GROUP_OTHER);
}

uint32_t reason_severity(const char *name)
{
    return NUMBER(severities, name, PLATEN_SEVERITY_OTHER);
}

uint32_t reason_training(const char *name)
{
    return NUMBER(trainings, name, 2);
}

uint32_t reason_group_of_code(uint32_t code)
{
    switch (code / 100) {
    case 5:
        return GROUP_GENERAL;
    case 8:
        return GROUP_INPUT;
    case 9:
        return GROUP_OUTPUT;
    case 10:
        return GROUP_MARKER;
    case 11:
        return GROUP_SUPPLIES;
    case 13:
        return GROUP_MEDIA_PATH;
    case 15:
        return GROUP_INTERPRETER;
    default:
        return code >= 3 && code <= 6 ? GROUP_COVER : GROUP_OTHER;
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t text_length = strlen(text);
    size_t end_length = strlen(end);
    return text_length > end_length && strcmp(text + text_length - end_length, end) == 0;
}

/* Cuts the severity suffix off. RFC 8011: without one the reason counts as an error; names that
 * say themselves that something only nears its end are warnings. */
static uint32_t take_severity(char *name)
{
    static const char *const mild[] = {"-low",        "-almost-empty", "-almost-full",
                                       "-near-limit", "-near-eol",     "-life-almost-over"};
    static const struct {
        const char *suffix;
        uint32_t severity;
    } suffixes[] = {
        {"-error", PLATEN_SEVERITY_CRITICAL},
        {"-warning", PLATEN_SEVERITY_WARNING},
        {"-report", PLATEN_SEVERITY_OTHER},
    };
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (ends_with(name, suffixes[i].suffix)) {
            name[strlen(name) - strlen(suffixes[i].suffix)] = '\0';
            return suffixes[i].severity;
        }
    }
    for (size_t i = 0; i < sizeof(mild) / sizeof(mild[0]); i++) {
        if (ends_with(name, mild[i])) {
            return PLATEN_SEVERITY_WARNING;
        }
    }
    return PLATEN_SEVERITY_CRITICAL;
}

static bool find_subunit(const char *name, reason *out)
{
    for (size_t i = 0; i < sizeof(subunits) / sizeof(subunits[0]); i++) {
        size_t length = strlen(subunits[i].name);
        if (strncmp(name, subunits[i].name, length) != 0) {
            continue;
        }
        uint32_t code = NUMBER(conditions, name + length, 0);
        if (code != 0) {
            out->code = code;
            out->group = subunits[i].group;
            return true;
        }
    }
    return false;
}

static void find_meaning(const char *name, reason *out)
{
    out->code = CODE_OTHER;
    out->group = GROUP_OTHER;
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (strcmp(name, keywords[i].name) == 0) {
            out->code = keywords[i].code;
            out->group = keywords[i].group;
            return;
        }
    }
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (equal_hyphened(name, codes[i].name)) {
            out->code = codes[i].number;
            out->group = reason_group_of_code(out->code);
            return;
        }
    }
    (void)find_subunit(name, out);
}

bool reason_parse(const char *text, size_t length, reason *out)
{
    if (text == NULL || length == 0 || length >= sizeof(out->keyword) ||
        memchr(text, '\0', length) != NULL) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        /* Some devices write spaces or underscores where keywords have hyphens. */
        char c = fold(text[i]);
        out->keyword[i] = c == ' ' || c == '_' ? '-' : c;
    }
    out->keyword[length] = '\0';
    if (strcmp(out->keyword, "none") == 0) {
        return false;
    }
    out->severity = take_severity(out->keyword);
    find_meaning(out->keyword, out);
    return true;
}
