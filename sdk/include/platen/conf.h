/*
 * conf/1: settings of the plugin, from its section of the configuration file. Declared in load();
 * what is not declared is an unknown key and stops the start.
 */
#ifndef PLATEN_CONF_H
#define PLATEN_CONF_H

#include <platen/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLATEN_CONF_TEXT 1u
#define PLATEN_CONF_INTEGER 2u
#define PLATEN_CONF_BOOLEAN 3u /* "yes" or "no" */

typedef struct platen_conf_item {
    uint32_t size;
    uint32_t type;      /* PLATEN_CONF_... */
    const char *key;    /* lower case, words joined by '_' */
    const char *preset; /* the value when the file has none, as text */
    const char *help;   /* one sentence for the manual */
    int64_t minimum;    /* of integers */
    int64_t maximum;
} platen_conf_item;

#define PLATEN_CONF_ITEM_INIT                                                                      \
    {                                                                                              \
        (uint32_t)sizeof(platen_conf_item), PLATEN_CONF_TEXT, NULL, NULL, NULL, 0, 0               \
    }

typedef struct platen_conf {
    uint32_t size;
    platen_code (*add)(platen_ctx *ctx, const platen_conf_item *item, platen_error *err);
    /* Values of declared keys; borrowed until unload(). NULL, 0, false for undeclared ones. */
    const char *(*text)(platen_ctx *ctx, const char *key);
    int64_t (*integer)(platen_ctx *ctx, const char *key);
    bool (*boolean)(platen_ctx *ctx, const char *key);
    /* The folder with the plugin's own read-only files (profiles, locales). Borrowed. */
    const char *(*folder)(platen_ctx *ctx);
} platen_conf;

#ifdef __cplusplus
}
#endif

#endif
