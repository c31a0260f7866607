/* The pages: each is a file of the folder pages/, in the order in which the menu and the tabs have
 * them. */
#include "setting_value.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const names[] = {
    "devices",         "backup-data",   "backups",      "backup-items",
    "drift",           "drift-devices", "differences",  "drift-changes",
    "monitoring-log",  "log-items",     "log-internal", "distribution-data",
    "monitoring-data", "data-items",    "associations", "distributions",
    "results",         "keys",          "dictionaries"};

static platen_code read_page(const char *path, char *text, size_t size, platen_error *err)
{
    FILE *file = fopen(path, "re");
    size_t length = file != NULL ? fread(text, 1, size, file) : 0;
    bool whole = file != NULL && ferror(file) == 0 && length < size;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (!whole) {
        return the_feature.host->fail(err, PLATEN_E_IO, "cannot read the page '%s'", path);
    }
    text[length] = '\0';
    return PLATEN_OK;
}

platen_code page_load(platen_error *err)
{
    const setting_value *f = &the_feature;
    const char *folder = f->conf->folder(f->ctx);
    char *text = malloc(PLATEN_PAGE_BYTES);
    platen_code rc =
        text != NULL ? PLATEN_OK : f->host->fail(err, PLATEN_E_NOMEM, "no memory for a page");
    for (size_t i = 0; rc == PLATEN_OK && i < sizeof(names) / sizeof(names[0]); i++) {
        char path[4096];
        int length = snprintf(path, sizeof(path), "%s/pages/%s.json", folder, names[i]);
        rc = length > 0 && (size_t)length < sizeof(path)
                 ? read_page(path, text, PLATEN_PAGE_BYTES, err)
                 : f->host->fail(err, PLATEN_E_INVAL, "the folder of pages has too long a name");
        rc = rc == PLATEN_OK ? f->pages->page(f->ctx, text, err) : rc;
    }
    free(text);
    return rc;
}
