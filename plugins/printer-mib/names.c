/* The enumerations of RFC 3805, 3806 and 2790 as words. Pure functions; "" for unknown numbers. */
#include "names.h"

#include <stddef.h>

typedef struct name {
    int64_t number;
    const char *word;
} name;

static const char *find(const name *names, size_t count, int64_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].number == number) {
            return names[i].word;
        }
    }
    return "";
}

#define FIND(names, number) find((names), sizeof(names) / sizeof((names)[0]), (number))

const char *names_supply_type(int64_t type)
{
    static const name types[] = {
        {1, "other"},          {3, "toner"},
        {4, "wasteToner"},     {5, "ink"},
        {6, "inkCartridge"},   {7, "inkRibbon"},
        {8, "wasteInk"},       {9, "opc"},
        {10, "developer"},     {11, "fuserOil"},
        {12, "solidWax"},      {13, "ribbonWax"},
        {14, "wasteWax"},      {15, "fuser"},
        {16, "coronaWire"},    {17, "fuserOilWick"},
        {18, "cleanerUnit"},   {19, "fuserCleaningPad"},
        {20, "transferUnit"},  {21, "tonerCartridge"},
        {22, "fuserOiler"},    {23, "water"},
        {24, "wasteWater"},    {25, "glueWaterAdditive"},
        {26, "wastePaper"},    {27, "bindingSupply"},
        {28, "bandingSupply"}, {29, "stitchingWire"},
        {30, "shrinkWrap"},    {31, "paperWrap"},
        {32, "staples"},       {33, "inserts"},
        {34, "covers"},
    };
    return FIND(types, type);
}

bool names_receptacle(int64_t type)
{
    return type == 4 || type == 8 || type == 14 || type == 24 || type == 26;
}

const char *names_supply_unit(int64_t unit)
{
    static const name units[] = {
        {3, "tenThousandthsOfInches"},
        {4, "micrometres"},
        {7, "impressions"},
        {8, "sheets"},
        {11, "hours"},
        {12, "thousandthsOfOunces"},
        {13, "tenthsOfGrams"},
        {14, "hundredthsOfFluidOunces"},
        {15, "tenthsOfMillilitres"},
        {16, "feet"},
        {17, "metres"},
        {18, "items"},
        {19, "percent"},
    };
    return FIND(units, unit);
}

const char *names_capacity_unit(int64_t unit)
{
    static const name units[] = {
        {3, "tenThousandthsOfInches"},
        {4, "micrometres"},
        {8, "sheets"},
        {16, "feet"},
        {17, "metres"},
        {18, "items"},
        {19, "percent"},
    };
    return FIND(units, unit);
}

const char *names_counter_unit(int64_t unit)
{
    static const name units[] = {
        {3, "tenThousandthsOfInches"},
        {4, "micrometres"},
        {5, "characters"},
        {6, "lines"},
        {7, "impressions"},
        {8, "sheets"},
        {9, "dotRows"},
        {11, "hours"},
        {16, "feet"},
        {17, "metres"},
    };
    return FIND(units, unit);
}

const char *names_input_type(int64_t type)
{
    static const name types[] = {
        {1, "other"},
        {3, "sheetFeedAutoRemovableTray"},
        {4, "sheetFeedAutoNonRemovableTray"},
        {5, "sheetFeedManual"},
        {6, "continuousRoll"},
        {7, "continuousFanFold"},
    };
    return FIND(types, type);
}

const char *names_output_type(int64_t type)
{
    static const name types[] = {
        {1, "other"},          {3, "removableBin"},
        {4, "unRemovableBin"}, {5, "continuousRollDevice"},
        {6, "mailBox"},        {7, "continuousFanFold"},
    };
    return FIND(types, type);
}

const char *names_cover_state(int64_t state)
{
    static const name states[] = {
        {3, "open"},
        {4, "closed"},
        {5, "interlockOpen"},
        {6, "interlockClosed"},
    };
    return FIND(states, state);
}

const char *names_finisher_type(int64_t type)
{
    static const name types[] = {
        {1, "other"},     {3, "stitcher"},          {4, "folder"},     {5, "binder"},
        {6, "trimmer"},   {7, "dieCutter"},         {8, "puncher"},    {9, "perforater"},
        {10, "slitter"},  {11, "separationCutter"}, {12, "imprinter"}, {13, "wrapper"},
        {14, "bander"},   {15, "makeEnvelope"},     {16, "stacker"},   {17, "sheetRotator"},
        {18, "inserter"},
    };
    return FIND(types, type);
}

/* PrtSubUnitStatusTC is a sum: 0..6 availability, 8 non-critical and 16 critical alerts,
 * 32 not on line, 64 changing its state. */
const char *names_part_state(int64_t state)
{
    if (state < 0 || state > 126) {
        return "";
    }
    if ((state & 7) == 3) {
        return "broken";
    }
    if ((state & 32) != 0) {
        return "offline";
    }
    if ((state & 16) != 0) {
        return "error";
    }
    if ((state & 8) != 0) {
        return "warning";
    }
    if ((state & 7) == 1) {
        return "unavailable";
    }
    return (state & 7) == 5 ? "" : "ok";
}
