/* Typed access to what a device sent. Reads only; a message belongs to its thread. */
#include "attribute.h"

#include <string.h>

static ipp_attribute_t *find(ipp_t *answer, const char *name)
{
    return answer == NULL ? NULL : ippFindAttribute(answer, name, IPP_TAG_ZERO);
}

static bool is_text(ipp_tag_t tag)
{
    return tag == IPP_TAG_TEXT || tag == IPP_TAG_NAME || tag == IPP_TAG_TEXTLANG ||
           tag == IPP_TAG_NAMELANG || tag == IPP_TAG_KEYWORD || tag == IPP_TAG_URI;
}

size_t attribute_count(ipp_t *answer, const char *name)
{
    ipp_attribute_t *attribute = find(answer, name);
    ipp_tag_t tag = ippGetValueTag(attribute);
    int count = ippGetCount(attribute);
    if (count <= 0 || (tag >= IPP_TAG_UNSUPPORTED_VALUE && tag < IPP_TAG_INTEGER)) {
        return 0;
    }
    return count > ATTRIBUTE_VALUES ? ATTRIBUTE_VALUES : (size_t)count;
}

const char *attribute_text(ipp_t *answer, const char *name, size_t index)
{
    ipp_attribute_t *attribute = find(answer, name);
    if (index >= attribute_count(answer, name) || !is_text(ippGetValueTag(attribute))) {
        return NULL;
    }
    const char *text = ippGetString(attribute, (int)index, NULL);
    return text == NULL || text[0] == '\0' ? NULL : text;
}

const char *attribute_octets(ipp_t *answer, const char *name, size_t index, size_t *length)
{
    ipp_attribute_t *attribute = find(answer, name);
    ipp_tag_t tag = ippGetValueTag(attribute);
    int count = 0;
    if (tag != IPP_TAG_STRING) {
        const char *text = attribute_text(answer, name, index);
        *length = text == NULL ? 0 : strlen(text);
        return text;
    }
    if (index >= attribute_count(answer, name)) {
        return NULL;
    }
    const char *octets = ippGetOctetString(attribute, (int)index, &count);
    if (octets == NULL || count <= 0) {
        return NULL;
    }
    *length = (size_t)count;
    return octets;
}

bool attribute_integer(ipp_t *answer, const char *name, size_t index, int64_t *value)
{
    ipp_attribute_t *attribute = find(answer, name);
    ipp_tag_t tag = ippGetValueTag(attribute);
    if (index >= attribute_count(answer, name) || (tag != IPP_TAG_INTEGER && tag != IPP_TAG_ENUM)) {
        return false;
    }
    *value = ippGetInteger(attribute, (int)index);
    return true;
}

bool attribute_boolean(ipp_t *answer, const char *name, bool *value)
{
    ipp_attribute_t *attribute = find(answer, name);
    if (attribute_count(answer, name) == 0 || ippGetValueTag(attribute) != IPP_TAG_BOOLEAN) {
        return false;
    }
    *value = ippGetBoolean(attribute, 0) != 0;
    return true;
}

ipp_t *attribute_collection(ipp_t *answer, const char *name)
{
    ipp_attribute_t *attribute = find(answer, name);
    if (attribute_count(answer, name) == 0 ||
        ippGetValueTag(attribute) != IPP_TAG_BEGIN_COLLECTION) {
        return NULL;
    }
    return ippGetCollection(attribute, 0);
}
