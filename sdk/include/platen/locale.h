/*
 * locale/1: the plugin's words. Catalogues are files <plugin folder>/locales/<language>.json in
 * English (en), French (fr), German (de), Italian (it), Spanish (es) and Japanese (ja): all six,
 * the same keys. Manager only; since 1.2.
 *
 * {
 *   "hello.greetings": "Greetings",
 *   "hello.sent": "Sent to {name}",
 *   "hello.count": {"one": "{n} greeting", "other": "{n} greetings"}
 * }
 *
 * Keys begin with the plugin's name and a dot. A text is UTF-8, not empty, without blanks around
 * it, and has the places ({name}: letters, digits, '_') of the English one; a brace that opens no
 * place is an error. A text that depends on a number {n} is an object of the plural forms that the
 * language has (CLDR: en and de one, other; fr, it and es one, many, other; ja other), "other"
 * always.
 *
 * Pages get the words of all plugins at GET /api/v1/catalogues/<language>.
 */
#ifndef PLATEN_LOCALE_H
#define PLATEN_LOCALE_H

#include <platen/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLATEN_LOCALE_BYTES 1048576u /* of a catalogue */
#define PLATEN_LOCALE_KEYS 4000u

typedef struct platen_locales {
    uint32_t size;

    /* Reads and checks the plugin's six catalogues. load() only, once, main thread (else
     * PLATEN_E_STATE, PLATEN_E_EXISTS). PLATEN_E_NOT_FOUND: no file of a language.
     * PLATEN_E_MALFORMED: no JSON. PLATEN_E_INVAL: `err` names language and key of what is not as
     * above. PLATEN_E_TOO_LARGE: a bound. */
    platen_code (*add)(platen_ctx *ctx, platen_error *err);

    /* Writes the text of a key, with its zero, into `buffer` of `size` bytes: as it stands in the
     * catalogue, of a plural the form "other". "de-CH" is "de"; a language that is not there is
     * English. PLATEN_E_NOT_FOUND: no such key of this plugin. PLATEN_E_TOO_LARGE: it does not fit,
     * and `buffer` holds "". Any thread, once load() of the plugin is over or behind add(). */
    platen_code (*text)(platen_ctx *ctx, const char *language, const char *key, char *buffer,
                        uint32_t size, platen_error *err);
} platen_locales;

#ifdef __cplusplus
}
#endif

#endif
