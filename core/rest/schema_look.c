/* Asking a compiled schema about its parts. Recursion follows anyOf, bounded as the schema is. */
#include <string.h>

#include "core/rest/schema_private.h"

const char *schema_property(const schema *s, size_t index)
{
    return s != NULL && index < s->property_count ? s->properties[index].name : NULL;
}

// NOLINTNEXTLINE(misc-no-recursion): depth is that of the schema
const schema *schema_member(const schema *s, const char *name)
{
    if (s == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < s->property_count; i++) {
        if (strcmp(s->properties[i].name, name) == 0) {
            return s->properties[i].schema;
        }
    }
    for (size_t i = 0; i < s->any_count; i++) {
        const schema *found = schema_member(s->any[i], name);
        if (found != NULL) {
            return found;
        }
    }
    return s->others;
}

// NOLINTNEXTLINE(misc-no-recursion): depth is that of the schema
bool schema_is_secret(const schema *s, const char *name)
{
    bool secret = false;
    for (size_t i = 0; s != NULL && i < s->any_count; i++) { /* one form that says so is enough */
        secret = secret || schema_is_secret(s->any[i], name);
    }
    const schema *own = schema_member(s, name);
    return secret || (own != NULL && own->write_only);
}

bool schema_is_file(const schema *s, const char *name)
{
    const schema *own = schema_member(s, name);
    return own != NULL && own->format == FORMAT_FILE;
}

bool schema_has_file(const schema *s)
{
    const char *name = NULL;
    for (size_t i = 0; s != NULL && (name = schema_property(s, i)) != NULL; i++) {
        if (schema_is_file(s, name)) {
            return true;
        }
    }
    return false;
}

const schema *schema_items(const schema *s)
{
    if (s == NULL || s->items != NULL) {
        return s != NULL ? s->items : NULL;
    }
    for (size_t i = 0; i < s->any_count; i++) {
        if (s->any[i]->items != NULL) {
            return s->any[i]->items;
        }
    }
    return NULL;
}
