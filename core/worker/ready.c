/* See ready.h. */
#include "core/worker/ready.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include <platen/conf.h>
#include <platen/driver.h>

#include "core/base/json.h"

#define ACTIONS_MAX 32

/* ---- worker ---- */

static void write_setting(const conf_item *item, void *user)
{
    json_writer *w = user;
    json_object(w, NULL);
    json_text(w, "key", item->key);
    json_i64(w, "type",
             item->type == CONF_INTEGER   ? PLATEN_CONF_INTEGER
             : item->type == CONF_BOOLEAN ? PLATEN_CONF_BOOLEAN
                                          : PLATEN_CONF_TEXT);
    json_text(w, "preset", item->preset);
    json_text(w, "help", item->help);
    json_i64(w, "minimum", item->minimum);
    json_i64(w, "maximum", item->maximum);
    json_object_end(w);
}

static void write_driver(json_writer *w, const platen_driver *d)
{
    json_object(w, NULL);
    json_text(w, "id", d->id);
    json_i64(w, "flags", d->flags);
    json_i64(w, "works", d->works);
    json_i64(w, "transport", d->transport);
    json_i64(w, "port", d->port);
    json_i64(w, "rank", d->rank);
    json_array(w, "actions");
    for (size_t i = 0; d->actions != NULL && d->actions[i] != NULL; i++) {
        json_text(w, NULL, d->actions[i]);
    }
    json_array_end(w);
    json_object_end(w);
}

void ready_write(const plug *plugins, const conf *c, strbuf *out)
{
    json_writer w;
    json_init(&w, out);
    json_object(&w, NULL);
    json_array(&w, "drivers");
    for (size_t i = 0; i < plug_driver_count(plugins); i++) {
        write_driver(&w, &plug_driver_get(plugins, i)->driver);
    }
    json_array_end(&w);
    plug_write_actions(plugins, &w, "kinds");
    json_array(&w, "settings");
    conf_each_key(c, plug_get(plugins, 0)->name, write_setting, &w);
    json_array_end(&w);
    json_object_end(&w);
}

/* ---- agent ---- */

static uint32_t number_of(const cJSON *object, const char *key)
{
    int64_t value = json_get_i64(object, key, 0);
    return value < 0 || value > UINT32_MAX ? UINT32_MAX : (uint32_t)value; /* none is as big */
}

static platen_code add_settings(const cJSON *tree, const platen_host *host, platen_ctx *ctx,
                                platen_error *err)
{
    const platen_conf *table = host->iface(ctx, "conf/1");
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, json_get_array(tree, "settings"))
    {
        platen_conf_item setting = PLATEN_CONF_ITEM_INIT;
        setting.type = number_of(item, "type");
        setting.key = json_get_text(item, "key", "");
        setting.preset = json_get_text(item, "preset", "");
        setting.help = json_get_text(item, "help", "");
        setting.minimum = json_get_i64(item, "minimum", 0);
        setting.maximum = json_get_i64(item, "maximum", 0);
        PLATEN_TRY(table != NULL ? table->add(ctx, &setting, err) : PLATEN_OK);
    }
    return PLATEN_OK;
}

static platen_code add_action(const cJSON *item, const platen_drivers *table, platen_ctx *ctx,
                              platen_error *err)
{
    platen_action action = PLATEN_ACTION_INIT;
    char *settings = cJSON_PrintUnformatted(json_get_object(item, "settings"));
    action.flags = (json_get_bool(item, "writes", false) ? PLATEN_ACTION_WRITES : 0) |
                   (json_get_bool(item, "verify", false) ? PLATEN_ACTION_VERIFY : 0);
    action.limit_s = number_of(item, "limit_s");
    action.id = json_get_text(item, "id", "");
    action.title = json_get_text(item, "title", "");
    action.settings = settings;
    platen_code rc = settings != NULL ? table->action(ctx, &action, err)
                                      : error_set(err, PLATEN_E_INVAL,
                                                  "action '%.63s' has no settings", action.id);
    cJSON_free(settings);
    return rc;
}

static platen_code add_driver(const cJSON *item, const platen_drivers *table, platen_ctx *ctx,
                              void (*run)(platen_work *work, void *user), void *user,
                              platen_error *err)
{
    platen_driver d = PLATEN_DRIVER_INIT;
    const char *actions[ACTIONS_MAX + 2] = {NULL};
    size_t count = 0;
    const cJSON *action = NULL;
    cJSON_ArrayForEach(action, json_get_array(item, "actions"))
    {
        if (count <= ACTIONS_MAX && cJSON_IsString(action)) {
            actions[count++] = action->valuestring;
        }
    }
    d.id = json_get_text(item, "id", "");
    d.flags = number_of(item, "flags");
    d.works = number_of(item, "works");
    d.transport = number_of(item, "transport");
    d.port = number_of(item, "port");
    d.rank = number_of(item, "rank");
    d.actions = count > 0 ? actions : NULL;
    d.run = run;
    d.user = user;
    return table->add(ctx, &d, err);
}

static platen_code register_tree(const cJSON *tree, const platen_host *host, platen_ctx *ctx,
                                 void (*run)(platen_work *work, void *user),
                                 void *(*user_of)(void *owner, size_t index), void *owner,
                                 platen_error *err)
{
    const platen_drivers *table = host->iface(ctx, "driver/1");
    const cJSON *item = NULL;
    size_t index = 0;
    PLATEN_TRY(add_settings(tree, host, ctx, err));
    cJSON_ArrayForEach(item, json_get_array(tree, "kinds"))
    {
        PLATEN_TRY(add_action(item, table, ctx, err));
    }
    cJSON_ArrayForEach(item, json_get_array(tree, "drivers"))
    {
        void *user = user_of(owner, index++);
        if (user == NULL) {
            return error_set(err, PLATEN_E_TOO_LARGE, "driver %zu is one too many", index);
        }
        PLATEN_TRY(add_driver(item, table, ctx, run, user, err));
    }
    return PLATEN_OK;
}

platen_code ready_register(const char *text, const platen_host *host, platen_ctx *ctx,
                           void (*run)(platen_work *work, void *user),
                           void *(*user_of)(void *owner, size_t index), void *owner,
                           platen_error *err)
{
    cJSON *tree = NULL;
    PLATEN_TRY(json_parse(text, strlen(text), &tree, err));
    platen_code rc = register_tree(tree, host, ctx, run, user_of, owner, err);
    cJSON_Delete(tree);
    return rc;
}
