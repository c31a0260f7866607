/* Bundles of any octets, as zip files and as the XML in them; what was read is written and read
 * again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/lexmark/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is promised of every bundle; breaking it is a finding. */
static void check(const bundle *b)
{
    if (b->count == 0 || b->count > BUNDLE_SETTINGS) {
        abort();
    }
    for (size_t i = 0; i < b->count; i++) {
        const bundle_setting *one = &b->settings[i];
        if (!bundle_is_name(one->name) || strlen(one->value) > BUNDLE_VALUE ||
            bundle_find(b, one->name) != one ||
            (i > 0 && strcmp(b->settings[i - 1].name, one->name) >= 0)) {
            abort();
        }
    }
}

static void check_again(const bundle *b)
{
    bundle again;
    char why[BUNDLE_WHY];
    void *zip = NULL;
    size_t length = 0;
    if (!bundle_write(b->settings, b->count, &zip, &length, why) ||
        !bundle_read(zip, length, &again, why) || again.count != b->count) {
        abort();
    }
    for (size_t i = 0; i < b->count; i++) {
        if (strcmp(again.settings[i].name, b->settings[i].name) != 0 ||
            strcmp(again.settings[i].value, b->settings[i].value) != 0) {
            abort();
        }
    }
    bundle_fini(&again);
    free(zip);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bundle b;
    char why[BUNDLE_WHY];
    if (bundle_read(data, size, &b, why)) {
        check(&b);
        check_again(&b);
        bundle_fini(&b);
    }
    b = (bundle){0};
    bool good = bundle_parse(&b, (const char *)data, size, why) && bundle_seal(&b, why);
    if (good) {
        check(&b);
        check_again(&b);
    }
    bundle_fini(&b);
    return 0;
}
