/* A pure function. */
#include "unit.h"

#include <stddef.h>
#include <strings.h>

const char *unit_name(const char *label)
{
    static const struct {
        const char *label;
        const char *name;
    } names[] = {
        {"other", ""},
        {"unknown", ""},
        {"micrometers", "micrometres"},
        {"hundrethsOfFluidOunces", "hundredthsOfFluidOunces"}, /* so spelt in RFC 3805 */
        {"tenthsOfMilliliters", "tenthsOfMillilitres"},
        {"meters", "metres"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(label, names[i].label) == 0) {
            return names[i].name;
        }
    }
    return label;
}
