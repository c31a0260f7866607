/* Values of the configuration against the type of their key. Pure functions. */
#include "core/conf/conf_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

static platen_code integer_check(const conf_item *item, const char *value, int64_t *number,
                                 platen_error *err)
{
    const char *digits = value[0] == '-' ? value + 1 : value;
    size_t length = strlen(digits);
    if (length == 0 || strspn(digits, "0123456789") != length) {
        return error_set(err, PLATEN_E_INVAL, "'%.40s' is not a whole number", value);
    }
    errno = 0;
    long long read = strtoll(value, NULL, 10);
    if (errno != 0 || read < item->minimum || read > item->maximum) {
        return error_set(err, PLATEN_E_INVAL, "'%.40s' is outside of %" PRId64 " to %" PRId64,
                         value, item->minimum, item->maximum);
    }
    *number = read;
    return PLATEN_OK;
}

static platen_code choice_check(const conf_item *item, const char *value, platen_error *err)
{
    size_t length = strlen(value);
    for (const char *word = item->choices; word != NULL && length > 0;) {
        size_t end = strcspn(word, "|");
        if (end == length && memcmp(word, value, length) == 0) {
            return PLATEN_OK;
        }
        word = word[end] == '|' ? word + end + 1 : NULL;
    }
    return error_set(err, PLATEN_E_INVAL, "'%.40s' is none of %s", value,
                     item->choices != NULL ? item->choices : "no words");
}

platen_code conf_value_check(const conf_item *item, const char *value, int64_t *number,
                             platen_error *err)
{
    switch (item->type) {
    case CONF_TEXT:
    case CONF_PATH:
        return PLATEN_OK;
    case CONF_INTEGER:
        return integer_check(item, value, number, err);
    case CONF_BOOLEAN:
        if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0) {
            return error_set(err, PLATEN_E_INVAL, "'%.40s' is neither yes nor no", value);
        }
        *number = value[0] == 'y' ? 1 : 0;
        return PLATEN_OK;
    case CONF_CHOICE:
        return choice_check(item, value, err);
    }
    return error_set(err, PLATEN_E_INTERNAL, "type %d is none", (int)item->type);
}
