/*
 * The page "Vendor profiles": an operation that reads what the profiles say, and a page over it.
 * The profiles are those that agents of this version read. They do not change after load(), so any
 * thread may ask.
 */
#include "manage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include <platen/conf.h>
#include <platen/locale.h>
#include <platen/op.h>
#include <platen/page.h>

#include "profile.h"

#define OPERATION "printer-mib.profiles"

static struct {
    const platen_host *host;
    const platen_op *op;
    profile_set profiles;
} manage; /* set by load(), cleared by unload() */

static const char page[] =
    "{\"id\":\"vendor-profiles\",\"menu\":\"system\",\"title\":\"printer-mib.profiles\","
    "\"access\":\"system-manager\",\"list\":{\"operation\":\"" OPERATION "\",\"key\":\"profile\","
    "\"columns\":["
    "{\"id\":\"profile\",\"type\":\"text\",\"title\":\"printer-mib.profile\",\"search\":true},"
    "{\"id\":\"manufacturer\",\"type\":\"text\",\"title\":\"printer-mib.manufacturer\","
    "\"search\":true},"
    "{\"id\":\"models\",\"type\":\"text\",\"title\":\"printer-mib.models\",\"search\":true},"
    "{\"id\":\"enterprises\",\"type\":\"text\",\"title\":\"printer-mib.enterprises\","
    "\"search\":true},"
    "{\"id\":\"objects\",\"type\":\"number\",\"title\":\"printer-mib.objects\"},"
    "{\"id\":\"counters\",\"type\":\"number\",\"title\":\"printer-mib.counters\"}],"
    "\"sort\":\"manufacturer\"}}";

/* ---- what a profile covers ---- */

static uint32_t objects_of_sources(const source_list *list)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        count += list->at[i].from == SOURCE_OID ? 1 : 0;
    }
    return count;
}

/* Objects that are read of devices of this maker besides the standard ones. */
static uint32_t objects_of(const profile *p)
{
    const source_list *const lists[] = {&p->device_id, &p->evidence, &p->model,     &p->serial,
                                        &p->firmware,  &p->name,     &p->components};
    uint32_t count = 2 * p->component_table_count + 2 * p->table_count + p->counter_record_count +
                     p->percent_count + p->percent_record_count;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        count += objects_of_sources(lists[i]);
    }
    for (uint32_t i = 0; i < p->scalar_count; i++) {
        count += p->scalars[i].oid_count;
    }
    return count;
}

static uint32_t counters_of(const profile *p)
{
    uint32_t count = p->scalar_count;
    for (uint32_t i = 0; i < p->table_count; i++) {
        count += p->tables[i].row_count;
    }
    for (uint32_t i = 0; i < p->counter_record_count; i++) {
        count += p->counter_records[i].row_count;
    }
    return count;
}

/* ---- the operation ---- */

/* Adds "more" to a text of limited length, after a comma. */
static void append(char *text, size_t size, const char *more)
{
    size_t length = strlen(text);
    (void)snprintf(text + length, size - length, "%s%s", length > 0 ? ", " : "", more);
}

/* The words that lead a model's name, those of other makers that sell it included. */
static void models_of(const profile *p, char *text, size_t size)
{
    text[0] = '\0';
    for (uint32_t i = 0; i < p->word_count; i++) {
        append(text, size, p->words[i]);
    }
    for (uint32_t i = 0; i < p->brand_count; i++) {
        append(text, size, p->brands[i].manufacturer);
    }
}

static void enterprises_of(const profile *p, char *text, size_t size)
{
    char number[16];
    text[0] = '\0';
    for (uint32_t i = 0; i < p->enterprise_count; i++) {
        (void)snprintf(number, sizeof(number), "%u", p->enterprises[i]);
        append(text, size, number);
    }
}

static bool add_item(cJSON *items, const profile *p)
{
    char models[512];
    char enterprises[256];
    cJSON *item = cJSON_CreateObject();
    models_of(p, models, sizeof(models));
    enterprises_of(p, enterprises, sizeof(enterprises));
    bool good = cJSON_AddStringToObject(item, "profile", p->id) != NULL &&
                cJSON_AddStringToObject(item, "manufacturer", p->manufacturer) != NULL &&
                cJSON_AddStringToObject(item, "models", models) != NULL &&
                cJSON_AddStringToObject(item, "enterprises", enterprises) != NULL &&
                cJSON_AddNumberToObject(item, "objects", objects_of(p)) != NULL &&
                cJSON_AddNumberToObject(item, "counters", counters_of(p)) != NULL &&
                cJSON_AddItemToArray(items, item);
    if (!good) {
        cJSON_Delete(item);
    }
    return good;
}

static platen_code list_profiles(platen_call *call, const char *arguments, void *user,
                                 platen_error *err)
{
    cJSON *tree = cJSON_CreateObject();
    cJSON *items = cJSON_AddArrayToObject(tree, "items");
    bool good = items != NULL;
    (void)arguments;
    (void)user;
    for (uint32_t i = 0; good && i < manage.profiles.count; i++) {
        good = add_item(items, &manage.profiles.at[i]);
    }
    char *text = good ? cJSON_PrintUnformatted(tree) : NULL;
    platen_code rc = text != NULL
                         ? manage.op->answer(call, text, err)
                         : manage.host->fail(err, PLATEN_E_NOMEM, "no memory for the profiles");
    cJSON_free(text);
    cJSON_Delete(tree);
    return rc;
}

/* ---- registering ---- */

static platen_code add_operation(platen_ctx *ctx, platen_error *err)
{
    platen_operation list = PLATEN_OPERATION_INIT;
    list.flags = PLATEN_OPERATION_READ | PLATEN_OPERATION_NO_DEVICES;
    list.role = PLATEN_ACCESS_USER;
    list.id = OPERATION;
    list.title = "printer-mib.profiles";
    list.run = list_profiles;
    return manage.op->add(ctx, &list, err);
}

static platen_code read_profiles(const platen_conf *conf, platen_ctx *ctx, platen_error *err)
{
    char path[4096];
    const char *folder = conf->folder(ctx);
    int length = snprintf(path, sizeof(path), "%s/profiles", folder != NULL ? folder : "");
    if (folder == NULL || length < 0 || (size_t)length >= sizeof(path)) {
        return manage.host->fail(err, PLATEN_E_INVAL, "no folder for profiles");
    }
    return profile_set_load(&manage.profiles, manage.host, path, err);
}

platen_code manage_load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    const platen_locales *locales = host->iface(ctx, "locale/1");
    const platen_pages *pages = host->iface(ctx, "page/1");
    manage.host = host;
    manage.op = host->iface(ctx, "op/1");
    PLATEN_TRY(read_profiles(host->iface(ctx, "conf/1"), ctx, err));
    platen_code rc = locales->add(ctx, err);
    if (rc == PLATEN_OK) {
        rc = add_operation(ctx, err);
    }
    if (rc == PLATEN_OK) {
        rc = pages->page(ctx, page, err);
    }
    if (rc != PLATEN_OK) {
        manage_unload();
    }
    return rc;
}

void manage_unload(void)
{
    profile_set_fini(&manage.profiles);
    memset(&manage, 0, sizeof(manage));
}
