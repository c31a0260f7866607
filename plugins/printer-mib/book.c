/*
 * The profiles in force, as one thing with their plans. New ones are read beside those in force and
 * take their place whole; works that are under way end with what they began with.
 */
#include "mib.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDERS 33u /* the plugin's own and the further ones */
#define PATH_SIZE 4096u

book *book_ref(book *b)
{
    b->references++;
    return b;
}

void book_unref(book *b)
{
    if (b != NULL && --b->references == 0) {
        profile_set_fini(&b->profiles);
        free(b->vendors);
        free(b);
    }
}

typedef struct folders {
    char paths[FOLDERS][PATH_SIZE];
    const char *list[FOLDERS + 1u];
    uint32_t count;
} folders;

static platen_code add_folder(folders *all, const platen_host *host, const char *folder,
                              platen_error *err)
{
    int length = all->count < FOLDERS && folder != NULL && folder[0] != '\0'
                     ? snprintf(all->paths[all->count], PATH_SIZE, "%s/profiles", folder)
                     : -1;
    if (length < 0 || (size_t)length >= PATH_SIZE) {
        return host->fail(err, PLATEN_E_INVAL, "printer-mib: no folder for profiles, or %u of them",
                          all->count);
    }
    all->list[all->count] = all->paths[all->count];
    all->count++;
    return PLATEN_OK;
}

static platen_code find_folders(folders *all, const platen_host *host, const platen_conf *conf,
                                platen_ctx *ctx, platen_error *err)
{
    PLATEN_TRY(add_folder(all, host, conf->folder(ctx), err));
    for (uint32_t i = 0; PLATEN_HAS(conf, further) && conf->further(ctx, i) != NULL; i++) {
        PLATEN_TRY(add_folder(all, host, conf->further(ctx, i), err));
    }
    return PLATEN_OK;
}

static platen_code fill(book *b, const platen_host *host, const char *const *list,
                        platen_error *err)
{
    PLATEN_TRY(profile_set_load_all(&b->profiles, host, list, err));
    b->generic = profile_generic(&b->profiles);
    b->vendors = calloc(b->profiles.count, sizeof(b->vendors[0]));
    if (b->vendors == NULL) {
        return host->fail(err, PLATEN_E_NOMEM, "printer-mib: no memory");
    }
    for (uint32_t i = 0; i < b->profiles.count; i++) {
        b->profiles.at[i].plans = &b->vendors[i];
    }
    return PLATEN_OK;
}

platen_code book_load(const platen_host *host, const platen_conf *conf, platen_ctx *ctx, book **out,
                      platen_error *err)
{
    folders *all = calloc(1, sizeof(*all));
    book *made = calloc(1, sizeof(*made));
    if (all == NULL || made == NULL) {
        free(all);
        free(made);
        return host->fail(err, PLATEN_E_NOMEM, "printer-mib: no memory");
    }
    made->references = 1;
    platen_code code = find_folders(all, host, conf, ctx, err);
    if (code == PLATEN_OK) {
        code = fill(made, host, all->list, err);
    }
    free(all);
    if (code != PLATEN_OK) {
        book_unref(made);
        return code;
    }
    *out = made;
    return PLATEN_OK;
}
