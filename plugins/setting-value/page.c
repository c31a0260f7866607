/* The pages: each is a file of the folder pages/, in the order in which the menu and the tabs have
 * them. */
#include <stdio.h>

#include "caution.h"
#include "share.h"

static const char *const names[] = {
    "devices",         "backup-data",   "backups",      "backup-items",
    "drift",           "drift-devices", "differences",  "drift-changes",
    "monitoring-log",  "log-items",     "log-internal", "distribution-data",
    "monitoring-data", "data-items",    "associations", "distributions",
    "results",         "keys",          "dictionaries"};

/* A page with what there is to caution about. */
static platen_code add_page(const char *id, platen_error *err)
{
    const setting_value *f = &the_feature;
    char name[64];
    cJSON *page = NULL;
    (void)snprintf(name, sizeof(name), "pages/%s.json", id);
    PLATEN_TRY(share_read(name, &page, err));
    char *text = caution_in_page(id, page) ? cJSON_PrintUnformatted(page) : NULL;
    cJSON_Delete(page);
    platen_code rc = text != NULL ? f->pages->page(f->ctx, text, err)
                                  : f->host->fail(err, PLATEN_E_NOMEM, "no memory for a page");
    cJSON_free(text);
    return rc;
}

platen_code page_load(platen_error *err)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        PLATEN_TRY(add_page(names[i], err));
    }
    return PLATEN_OK;
}
