/* The one list of what the database is made of. */
#include "core/database/database.h"

#include <stdio.h>

#include "core/base/file.h"
#include "core/database/stage.h"
#include "core/model/audit.h"
#include "core/model/board_migrations.h"
#include "core/model/device_search.h"
#include "core/model/group_migrations.h"
#include "core/model/migrations.h"
#include "core/model/plugin_secret.h"
#include "core/model/region_migrations.h"
#include "core/model/user_migrations.h"
#include "core/notify/migrations.h"
#include "core/pack/install.h"
#include "core/rest/list_migrations.h"
#include "core/run/run_migrations.h"
#include "core/version.h"

const database_component database_components[] = {
    {MODEL_COMPONENT, model_migrations, &model_migration_count},
    {DEVICE_SEARCH_COMPONENT, device_search_migrations, &device_search_migration_count},
    {REGION_COMPONENT, region_migrations, &region_migration_count},
    {GROUP_COMPONENT, group_migrations, &group_migration_count},
    {BOARD_COMPONENT, board_migrations, &board_migration_count},
    {RUN_COMPONENT, run_migrations, &run_migration_count},
    {USER_COMPONENT, user_migrations, &user_migration_count},
    {AUDIT_COMPONENT, audit_migrations, &audit_migration_count},
    {NOTIFY_COMPONENT, notify_migrations, &notify_migration_count},
    {PLUGIN_SECRET_COMPONENT, plugin_secret_migrations, &plugin_secret_migration_count},
    {LIST_COMPONENT, list_migrations, &list_migration_count},
};

const size_t database_component_count =
    sizeof(database_components) / sizeof(database_components[0]);

platen_code database_url(const conf *c, char url[DATABASE_URL], platen_error *err)
{
    char path[FILE_PATH];
    const char *chosen = conf_text(c, "store", "url");
    PLATEN_TRY(file_join(path, conf_text(c, "general", "data"), "platen.db", err));
    int length = chosen[0] != '\0' ? snprintf(url, DATABASE_URL, "%s", chosen)
                                   : snprintf(url, DATABASE_URL, "sqlite:%s", path);
    if (length < 0 || length >= DATABASE_URL) {
        return error_set(err, PLATEN_E_INVAL,
                         "the url of the database has %d bytes, %d are the "
                         "limit",
                         length, DATABASE_URL - 1);
    }
    return PLATEN_OK;
}

/* After a roll-back the database is newer than the program. */
static bool newer_ok(const char *component, const void *user)
{
    return install_newer_ok(component, user, PLATEN_VERSION);
}

static platen_code open_with(const conf *c, bool alone, store **out, platen_error *err)
{
    char url[DATABASE_URL];
    const char *data = conf_text(c, "general", "data");
    store *s = NULL;
    PLATEN_TRY(database_url(c, url, err));
    store_options options = {.url = url,
                             .readers = (unsigned)conf_integer(c, "store", "readers"),
                             .alone = alone,
                             .newer_ok = newer_ok,
                             .newer_user = data};
    PLATEN_TRY(file_make_dir(data, 0700, err));
    PLATEN_TRY(stage_finish(data, err));
    PLATEN_TRY(store_open(&options, &s, err));
    platen_code rc = database_migrate(s, err);
    if (rc == PLATEN_OK) {
        rc = stage_settle(s, data, err);
    }
    if (rc != PLATEN_OK) {
        store_close(s);
        return rc;
    }
    *out = s;
    return PLATEN_OK;
}

platen_code database_open(const conf *c, store **out, platen_error *err)
{
    return open_with(c, false, out, err);
}

platen_code database_open_alone(const conf *c, store **out, platen_error *err)
{
    return open_with(c, true, out, err);
}

platen_code database_migrate(store *s, platen_error *err)
{
    for (size_t i = 0; i < database_component_count; i++) {
        const database_component *c = &database_components[i];
        PLATEN_TRY(store_migrate(s, c->name, c->steps, *c->count, err));
    }
    return device_search_fill(s, err);
}
