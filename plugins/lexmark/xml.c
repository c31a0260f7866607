/*
 * The XML of a bundle: <deviceSettings><setting name="...">value</setting>. Settings of
 * applications (in <instance> elements) have no name that is theirs alone and are passed over. A
 * document type ends the parsing, so there are no entities but those of XML itself.
 */
#include "bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

typedef struct reading {
    XML_Parser parser;
    bundle *out;
    unsigned depth;
    unsigned settings_depth; /* of the <deviceSettings> that is open, 0 none */
    unsigned setting_depth;  /* of its <setting> */
    char *name;              /* of the setting that is open, NULL: not one to keep */
    char value[BUNDLE_VALUE + 1];
    size_t length;
    bool too_long;
    const char *wrong;
} reading;

static void stop(reading *r, const char *wrong)
{
    if (r->wrong == NULL) {
        r->wrong = wrong;
        (void)XML_StopParser(r->parser, XML_FALSE);
    }
}

bool bundle_is_name(const char *name)
{
    size_t length = strnlen(name, BUNDLE_NAME + 1);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];
        if (c < ' ' || c == 0x7f || c == '/') {
            return false;
        }
    }
    return length > 0 && length <= BUNDLE_NAME;
}

static void on_doctype(void *user, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public_id, int has_subset)
{
    (void)name;
    (void)system;
    (void)public_id;
    (void)has_subset;
    stop(user, "it declares a document type");
}

static const char *name_of(const XML_Char **attributes)
{
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        if (strcmp(attributes[i], "name") == 0) {
            return attributes[i + 1];
        }
    }
    return NULL;
}

static void open_setting(reading *r, const char *name)
{
    r->setting_depth = r->depth;
    r->length = 0;
    r->too_long = false;
    if (name == NULL || !bundle_is_name(name)) {
        return; /* nothing that could be asked for */
    }
    r->name = strdup(name);
    if (r->name == NULL) {
        stop(r, "there is no memory");
    }
}

static void on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    reading *r = user;
    r->depth++;
    if (r->depth > BUNDLE_DEPTH) {
        stop(r, "its elements are too deep");
    } else if (r->settings_depth == 0 && strcmp(name, "deviceSettings") == 0) {
        r->settings_depth = r->depth;
    } else if (strcmp(name, "setting") == 0) {
        if (r->settings_depth != 0 && r->depth == r->settings_depth + 1) {
            open_setting(r, name_of(attributes));
        } else {
            r->out->instances++;
        }
    } else if (r->setting_depth != 0) {
        r->too_long = true; /* a value that is more than text */
    }
}

static void on_text(void *user, const XML_Char *text, int length)
{
    reading *r = user;
    if (r->setting_depth == 0 || r->name == NULL) {
        return;
    }
    if ((size_t)length > BUNDLE_VALUE - r->length) {
        r->too_long = true;
        return;
    }
    memcpy(r->value + r->length, text, (size_t)length);
    r->length += (size_t)length;
}

/* Takes the name over. */
static bool keep(bundle *b, char *name, const char *value, size_t length)
{
    if (b->count == b->room) {
        size_t room = b->room == 0 ? 256 : b->room * 2;
        bundle_setting *grown = realloc(b->settings, room * sizeof(*grown));
        if (grown == NULL) {
            return false;
        }
        b->settings = grown;
        b->room = room;
    }
    char *copy = strndup(value, length);
    if (copy == NULL) {
        return false;
    }
    b->settings[b->count++] = (bundle_setting){name, copy};
    return true;
}

static void close_setting(reading *r)
{
    char *name = r->name;
    r->setting_depth = 0;
    r->name = NULL;
    if (name == NULL || r->too_long) {
        free(name);
    } else if (r->out->count == BUNDLE_SETTINGS) {
        free(name);
        stop(r, "it has more than 20000 settings");
    } else if (!keep(r->out, name, r->value, r->length)) {
        free(name);
        stop(r, "there is no memory");
    }
}

static void on_end(void *user, const XML_Char *name)
{
    reading *r = user;
    (void)name;
    if (r->setting_depth == r->depth) {
        close_setting(r);
    }
    if (r->settings_depth == r->depth) {
        r->settings_depth = 0;
    }
    r->depth--;
}

bool bundle_parse(bundle *b, const char *xml, size_t length, char *why)
{
    reading *r = calloc(1, sizeof(*r));
    XML_Parser parser = r != NULL ? XML_ParserCreate(NULL) : NULL;
    if (parser == NULL) {
        free(r);
        (void)snprintf(why, BUNDLE_WHY, "no memory for the bundle");
        return false;
    }
    r->parser = parser;
    r->out = b;
    XML_SetUserData(parser, r);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    bool good = XML_Parse(parser, xml, (int)length, XML_TRUE) == XML_STATUS_OK;
    if (!good) {
        (void)snprintf(why, BUNDLE_WHY, "the bundle's XML cannot be read: %s in line %lu",
                       r->wrong != NULL ? r->wrong : XML_ErrorString(XML_GetErrorCode(parser)),
                       (unsigned long)XML_GetCurrentLineNumber(parser));
    }
    XML_ParserFree(parser);
    free(r->name);
    free(r);
    return good;
}
