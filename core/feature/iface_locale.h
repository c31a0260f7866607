/* The words of a plugin (iface_locale.c), for those who show a title of it. */
#ifndef PLATEN_FEATURE_IFACE_LOCALE_H
#define PLATEN_FEATURE_IFACE_LOCALE_H

#include "core/feature/catalogue.h"
#include "core/feature/feature_private.h"

/* `title` in the language when it is a key of the plugin's words, else itself. */
const char *locale_title(const feature_plugin *p, const char *language, const char *title);

/* Whether a title that looks like a key of the plugin is one; true without catalogues. */
bool locale_title_ok(const feature_plugin *p, const char *title);

#endif
