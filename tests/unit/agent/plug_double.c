/* See plug_double.h. */
#include "plug_double.h"

#include "stage.h"

plug_driver plug_double_drivers[PLUG_DRIVERS];
size_t plug_double_count;

size_t plug_driver_count(const plug *p)
{
    (void)p;
    return plug_double_count;
}

const plug_driver *plug_driver_get(const plug *p, size_t index)
{
    (void)p;
    return index < plug_double_count ? &plug_double_drivers[index] : NULL;
}

void stage_load(stage *s, const char *plugins)
{
    (void)s;
    (void)plugins;
}

void stage_unload(stage *s)
{
    (void)s;
}
