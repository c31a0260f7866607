/* Declares a good action, then bad ones that must each be refused, and fails with the last. */
#include <string.h>

#include <platen/driver.h>
#include <platen/plugin.h>

static char long_title[202];
static char long_settings[PLATEN_ACTION_SETTINGS_MAX + 64];

#define GOOD "{\"type\":\"object\"}"
#define NAME60 "a-name-of-sixty-letters-a-name-of-sixty-letters-a-name-of-60"

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    const platen_drivers *drivers = host->iface(ctx, "driver/1");
    const uint32_t size = sizeof(platen_action);
    const platen_action good = {size, 0, 1, "acme.a", "A", GOOD};
    const struct {
        platen_action action;
        platen_code code;
    } bad[] = {
        {{size - 1, 0, 1, "acme.b", "B", GOOD}, PLATEN_E_INVAL},
        {{size, 4, 1, "acme.b", "B", GOOD}, PLATEN_E_INVAL},
        {{size, 0, 0, "acme.b", "B", GOOD}, PLATEN_E_INVAL},
        {{size, 0, 86401, "acme.b", "B", GOOD}, PLATEN_E_INVAL},
        {{size, 0, 1, NULL, "B", GOOD}, PLATEN_E_INVAL},
        {{size, 0, 1, "acme", "B", GOOD}, PLATEN_E_INVAL},
        {{size, 0, 1, "acme.", "B", GOOD}, PLATEN_E_INVAL},
        {{size, 0, 1, "acme.b.c", "B", GOOD}, PLATEN_E_INVAL},
        {{size, 0, 1, "Acme.b", "B", GOOD}, PLATEN_E_INVAL},
        {{size, 0, 1, "device.b", "B", GOOD}, PLATEN_E_INVAL},
        {{size, 0, 1, "script.b", "B", GOOD}, PLATEN_E_INVAL},
        {{size, 0, 1, "acme." NAME60, "B", GOOD}, PLATEN_E_INVAL},
        {{size, 0, 1, "acme.b", "", GOOD}, PLATEN_E_INVAL},
        {{size, 0, 1, "acme.b", long_title, GOOD}, PLATEN_E_INVAL},
        {{size, 0, 1, "acme.b", "\xff", GOOD}, PLATEN_E_INVAL},
        {{size, 0, 1, "acme.b", "B", NULL}, PLATEN_E_INVAL},
        {{size, 0, 1, "acme.b", "B", "{"}, PLATEN_E_INVAL},
        {{size, 0, 1, "acme.b", "B", "[]"}, PLATEN_E_INVAL},
        {{size, 0, 1, "acme.b", "B", "{\"type\":\"string\"}"}, PLATEN_E_INVAL},
        {{size, 0, 1, "acme.b", "B", GOOD "},{\"settings\":" GOOD}, PLATEN_E_INVAL},
        {{size, 0, 1, "acme.b", "B", long_settings}, PLATEN_E_TOO_LARGE},
        {{size, 0, 1, "acme.a", "A", GOOD}, PLATEN_E_EXISTS},
    };
    memset(long_title, 'x', sizeof(long_title) - 1);
    memset(long_settings, ' ', sizeof(long_settings) - 1);
    memcpy(long_settings, GOOD, sizeof(GOOD) - 1);
    PLATEN_TRY(drivers->action(ctx, &good, err));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        platen_code rc = drivers->action(ctx, &bad[i].action, err);
        if (rc != bad[i].code) {
            return host->fail(err, PLATEN_E_INTERNAL, "action %zu gives %d", i, (int)rc);
        }
    }
    return PLATEN_E_EXISTS;
}

static const char *const needs[] = {"driver/1", NULL};
const platen_plugin platen_plugin_descriptor = {
    sizeof(platen_plugin), 0x10001u, 1, 2, "bad-action", "1.0", needs, load, NULL};
