/* locale/1: the words of plugins, and GET /catalogues/{language} for the pages. */
#include "core/feature/iface_locale.h"

#include <stdlib.h>
#include <string.h>

#include <platen/locale.h>

#include "core/rest/services.h"

/* ---- registering ---- */

static void withdraw(platen_ctx *ctx, void *object)
{
    feature_plugin *p = feature_plugin_of(ctx);
    if (p != NULL && p->catalogue == object) {
        p->catalogue = NULL;
    }
    catalogue_free(object);
}

static platen_code add(platen_ctx *ctx, platen_error *err)
{
    feature_plugin *p = NULL;
    catalogue *words = NULL;
    PLATEN_TRY(feature_plugin_in(ctx, "catalogues", &p, err));
    if (p->catalogue != NULL) {
        return error_set(err, PLATEN_E_EXISTS, "the catalogues of plugin '%s' are there already",
                         p->name);
    }
    PLATEN_TRY(catalogue_read(plug_folder(ctx), p->name, &words, err));
    platen_code rc = plug_own(ctx, withdraw, words, err);
    if (rc != PLATEN_OK) {
        catalogue_free(words);
        return rc;
    }
    p->catalogue = words;
    return PLATEN_OK;
}

static platen_code text(platen_ctx *ctx, const char *language, const char *key, char *buffer,
                        uint32_t size, platen_error *err)
{
    const feature_plugin *p = feature_plugin_of(ctx);
    if (p == NULL || key == NULL || buffer == NULL || size == 0) {
        return error_set(err, PLATEN_E_INVAL, "a text without plugin, key or room");
    }
    buffer[0] = '\0';
    const char *found = p->catalogue != NULL ? catalogue_text(p->catalogue, language, key) : NULL;
    if (found == NULL) {
        return error_set(err, PLATEN_E_NOT_FOUND, "plugin '%s' has no text '%.100s'", p->name, key);
    }
    if (strlen(found) >= size) {
        return error_set(err, PLATEN_E_TOO_LARGE, "text '%.100s' has %zu bytes, room is for %u",
                         key, strlen(found), size - 1);
    }
    memcpy(buffer, found, strlen(found) + 1);
    return PLATEN_OK;
}

const char *locale_title(const feature_plugin *p, const char *language, const char *title)
{
    const char *found = p->catalogue != NULL ? catalogue_text(p->catalogue, language, title) : NULL;
    return found != NULL ? found : title;
}

bool locale_title_ok(const feature_plugin *p, const char *title)
{
    size_t length = strlen(p->name);
    bool key = strncmp(title, p->name, length) == 0 && title[length] == '.';
    return !key || p->catalogue == NULL || catalogue_has(p->catalogue, title);
}

/* ---- for the pages ---- */

static platen_code get_catalogue(rest_request *r, platen_error *err)
{
    const char *wanted = rest_param(r, "language");
    size_t language = 0;
    while (catalogue_language(language) != NULL &&
           strcmp(catalogue_language(language), wanted) != 0) {
        language++;
    }
    if (catalogue_language(language) == NULL) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no language '%.20s'", wanted);
    }
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    const feature *f = rest_services(r)->feature;
    for (const feature_plugin *p = f->plugins; p != NULL; p = p->next) {
        if (p->catalogue != NULL) {
            catalogue_write(p->catalogue, language, w);
        }
    }
    json_object_end(w);
    return PLATEN_OK;
}

static const rest_route routes[] = {
    {"GET", "/catalogues/{language}", REST_USER, NULL, REST_REGION_NONE, REST_KEPT | REST_PASSIVE,
     get_catalogue, "The words of all plugins in a language", NULL,
     "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":true}"},
};

static platen_code serve(feature *f, rest *r, platen_error *err)
{
    (void)f;
    return rest_add(r, routes, 1, err);
}

static const platen_locales table = {.size = (uint32_t)sizeof(table), .add = add, .text = text};

const feature_part feature_locale = {.name = "locale/1", .table = &table, .serve = serve};
