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

    /* ---- since 1.2; test with PLATEN_HAS ---- */

    /* Further folders with files for the plugin, of packages that need it (vendor profiles): 0, 1,
     * ...; NULL behind the last one. Borrowed until `change` is called or unload(). Main thread in
     * load(), then within `change`. */
    const char *(*further)(platen_ctx *ctx, uint32_t index);
    /* load() only, once (else PLATEN_E_STATE): `change` is called whenever the further folders are
     * others than before, without a restart; of a driver on the SNMP thread, so no work of an
     * ordinary driver is in one of the plugin's functions, but works wait for reads. It reads the
     * new files and takes them over wholly or not at all: on a failure, whose text names file and
     * line, the host goes back to the folders of before. Without `change` new folders count at the
     * next start. */
    platen_code (*on_change)(platen_ctx *ctx,
                             platen_code (*change)(platen_ctx *ctx, void *user, platen_error *err),
                             void *user, platen_error *err);
} platen_conf;

#ifdef __cplusplus
}
#endif

#endif
