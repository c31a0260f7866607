/* The stage with real plugins through the real loader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/agent/reach.h"
#include "stage.h"

static const plug_offer offers[] = {{"tcp/1", &iface_tcp_table}};

void stage_load(stage *s, const char *plugins)
{
    platen_error err = PLATEN_ERROR_INIT;
    s->conf = conf_new();
    assert_non_null(s->conf);
    plug_options load = {.role = PLATEN_ROLE_AGENT,
                         .version = "test",
                         .folder = STAGE_PLUGINS,
                         .enabled = plugins,
                         .required = plugins,
                         .conf = s->conf,
                         .drivers = &desk_drivers,
                         .snmp = &desk_snmp,
                         .offers = offers,
                         .offer_count = 1};
    if (plug_load_all(&load, &s->plugins, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
}

void stage_unload(stage *s)
{
    plug_unload_all(s->plugins);
    conf_free(s->conf);
}
