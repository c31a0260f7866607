/* Files of the plugin's folder: rules, cautions, pages. */
#include "share.h"

#include <stdio.h>
#include <stdlib.h>

platen_code share_read(const char *name, cJSON **tree, platen_error *err)
{
    const setting_value *f = &the_feature;
    char path[4096];
    const char *folder = f->conf->folder(f->ctx);
    int length = snprintf(path, sizeof(path), "%s/%s", folder != NULL ? folder : "", name);
    bool fits = length > 0 && (size_t)length < sizeof(path);
    FILE *file = fits ? fopen(path, "rbe") : NULL;
    char *text = malloc(PLATEN_PAGE_BYTES + 1);
    size_t read = file != NULL && text != NULL ? fread(text, 1, PLATEN_PAGE_BYTES + 1, file) : 0;
    bool whole = read > 0 && read <= PLATEN_PAGE_BYTES && ferror(file) == 0;
    *tree = whole ? cJSON_ParseWithLength(text, read) : NULL;
    free(text);
    if (file != NULL) {
        (void)fclose(file);
    }
    if (!whole) {
        return f->host->fail(err, PLATEN_E_IO, "cannot read '%.1000s'", path);
    }
    return *tree != NULL ? PLATEN_OK
                         : f->host->fail(err, PLATEN_E_MALFORMED, "'%.1000s' is no JSON", path);
}
