/* Reading attributes of a decoded answer: right type or nothing. All results are borrowed. */
#ifndef PLATEN_IPP_ATTRIBUTE_H
#define PLATEN_IPP_ATTRIBUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cups/ipp.h>

#define ATTRIBUTE_VALUES 200 /* most values of one attribute that are looked at */

/* How many values to look at; 0 when the attribute is absent or out-of-band (unknown, no-value). */
size_t attribute_count(ipp_t *answer, const char *name);

/* Text, name, keyword or URI value; NULL when it is none or empty. */
const char *attribute_text(ipp_t *answer, const char *name, size_t index);

/* octetString value, or text where a device uses that instead; NULL when it is none or empty. */
const char *attribute_octets(ipp_t *answer, const char *name, size_t index, size_t *length);

/* integer or enum value. */
bool attribute_integer(ipp_t *answer, const char *name, size_t index, int64_t *value);
bool attribute_boolean(ipp_t *answer, const char *name, bool *value);

/* collection value; NULL when it is none. */
ipp_t *attribute_collection(ipp_t *answer, const char *name);

#endif
