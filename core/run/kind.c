/* The task kinds of the core (TSK-05, TSK-07, MON-04 to MON-06), and those that others bring. */
#include "core/run/kind.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/model/device.h"

#define MINUTE INT64_C(60000)

static const char discover_settings[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"addresses\":{\"type\":\"array\",\"maxItems\":1000,"
    "\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}},"
    "\"register\":{\"type\":\"string\",\"enum\":[\"managed\",\"unmanaged\"]},"
    "\"conditions\":{\"type\":\"array\",\"maxItems\":100,\"items\":{\"type\":\"object\","
    "\"required\":[\"field\",\"op\",\"value\"],\"properties\":{"
    "\"field\":{\"type\":\"string\",\"enum\":[\"manufacturer\",\"model\",\"name\",\"location\","
    "\"serial\",\"firmware\",\"address\",\"hostname\"]},"
    "\"op\":{\"type\":\"string\",\"enum\":[\"eq\",\"ne\",\"begins\",\"ends\",\"contains\"]},"
    "\"value\":{\"type\":\"string\",\"maxLength\":255}}}}}}";

static const char no_settings[] = "{\"type\":\"object\",\"properties\":{}}";

static const char restart_settings[] =
    "{\"type\":\"object\",\"required\":[\"action\"],\"properties\":{"
    "\"action\":{\"type\":\"string\",\"enum\":[\"restart\",\"shutdown\"]}}}";

static const char edit_settings[] = "{\"type\":\"object\",\"properties\":{"
                                    "\"name\":{\"type\":\"string\",\"maxLength\":255},"
                                    "\"location\":{\"type\":\"string\",\"maxLength\":255},"
                                    "\"contact\":{\"type\":\"string\",\"maxLength\":255}}}";

/* MON-84: how a mail with a report goes out. */
#define MAIL_SETTINGS                                                                              \
    "\"format\":{\"type\":\"string\",\"enum\":[\"csv\",\"text\",\"xlsx\"]},"                       \
    "\"subject\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},"                         \
    "\"to\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":50,\"items\":{\"type\":\"string\","    \
    "\"maxLength\":254,\"format\":\"email\"}},"                                                    \
    "\"cc\":{\"type\":\"array\",\"maxItems\":50,\"items\":{\"type\":\"string\","                   \
    "\"maxLength\":254,\"format\":\"email\"}},"                                                    \
    "\"priority\":{\"type\":\"string\",\"enum\":[\"low\",\"normal\",\"high\"]},"                   \
    "\"language\":{\"type\":\"string\",\"enum\":[\"de\",\"en\",\"es\",\"fr\",\"it\",\"ja\"]}"

#define COUNTERS_SETTING                                                                           \
    "\"counters\":{\"type\":\"array\",\"maxItems\":200,\"items\":{\"type\":\"string\","            \
    "\"minLength\":1,\"maxLength\":63}},"

static const char report_settings[] =
    "{\"type\":\"object\",\"required\":[\"report\",\"to\"],\"properties\":{"
    "\"report\":{\"type\":\"string\",\"enum\":[\"devices\",\"firmware\",\"consumables\","
    "\"counters\",\"status\",\"audit-log\",\"counter-totals\",\"counter-sums\"]},"
    "\"unit\":{\"type\":\"string\",\"enum\":[\"daily\",\"weekly\",\"monthly\",\"yearly\"]}"
    "," COUNTERS_SETTING
    "\"groups\":{\"type\":\"array\",\"maxItems\":200,\"items\":{\"type\":\"string\","
    "\"pattern\":\"^[0-9]{1,18}$\"}},"
    "\"days\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":3650},"
    "\"category\":{\"type\":\"string\",\"maxLength\":63}," MAIL_SETTINGS "}}";

static const char counter_settings[] =
    "{\"type\":\"object\",\"required\":[\"to\"],\"properties\":{" COUNTERS_SETTING MAIL_SETTINGS
    "}}";

static task_kind kinds[] = {
    /* constant but for kind_set_settings() */
    {.id = "device.discover",
     .title = "[Printer] Discover",
     .targets = KIND_AGENTS,
     .settings = discover_settings,
     .limit_ms = 24 * 60 * MINUTE,
     .visit = DEVICE_VISIT_DISCOVERY},
    {.id = "device.information",
     .title = "[Printer] Retrieve Printer Information",
     .targets = KIND_DEVICES,
     .settings = no_settings,
     .limit_ms = 60 * MINUTE,
     .visit = DEVICE_VISIT_INFORMATION,
     .builtin_minutes = 1440,
     .builtin_name = "Retrieve Printer Information"},
    {.id = "device.monitor",
     .title = "[Printer] Monitor Printers",
     .targets = KIND_DEVICES,
     .settings = no_settings,
     .limit_ms = 30 * MINUTE,
     .visit = DEVICE_VISIT_STATUS,
     .builtin_minutes = 5,
     .builtin_name = "Monitor Printers"},
    {.id = "device.counters",
     .title = "[Printer] Retrieve Counter Information",
     .targets = KIND_DEVICES,
     .settings = no_settings,
     .limit_ms = 60 * MINUTE,
     .visit = DEVICE_VISIT_COUNTERS,
     .builtin_minutes = 1440,
     .builtin_name = "Retrieve Counter Information"},
    {.id = "device.restart",
     .title = "[Printer] Restart/Shut Down",
     .targets = KIND_DEVICES,
     .flags = KIND_WRITES | KIND_VERIFY,
     .settings = restart_settings,
     .limit_ms = 12 * 60 * MINUTE,
     .visit = DEVICE_VISIT_STATUS},
    {.id = "device.edit",
     .title = "[Printer] Change Name, Location, Contact",
     .targets = KIND_DEVICES,
     .flags = KIND_WRITES,
     .settings = edit_settings,
     .limit_ms = 12 * 60 * MINUTE,
     .visit = DEVICE_VISIT_INFORMATION}, /* the agent reads the device again after a change */
    {.id = "system.send-report",
     .title = "[System] Send Report",
     .targets = KIND_NONE,
     .where = KIND_ON_MANAGER,
     .settings = report_settings,
     .limit_ms = 60 * MINUTE},
    {.id = "system.send-counters",
     .title = "[Printer] Send Counter Information",
     .targets = KIND_DEVICES,
     .where = KIND_ON_MANAGER,
     .settings = counter_settings,
     .limit_ms = 60 * MINUTE},
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* Of kind_set_settings(): what it made, and what was there. */
static struct {
    char *made;
    const char *before;
} changed[KIND_COUNT];

/* Kinds that others bring, newest first; one that was replaced or dropped stays until the end. */
typedef struct added {
    struct added *next;
    bool dropped;
    task_kind kind;
    char texts[];
} added;

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER; /* guards `list` */
static added *list;

static const task_kind *find_core(const char *id)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kinds[i].id, id) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

static added *find_added_locked(const char *id)
{
    for (added *a = list; a != NULL; a = a->next) {
        if (!a->dropped && strcmp(a->kind.id, id) == 0) {
            return a;
        }
    }
    return NULL;
}

const task_kind *kind_find(const char *id)
{
    const task_kind *kind = find_core(id);
    if (kind == NULL) {
        (void)pthread_rwlock_rdlock(&lock);
        const added *a = find_added_locked(id);
        kind = a != NULL ? &a->kind : NULL;
        (void)pthread_rwlock_unlock(&lock);
    }
    return kind;
}

const task_kind *kind_at(size_t index)
{
    const task_kind *kind = index < KIND_COUNT ? &kinds[index] : NULL;
    if (kind == NULL) {
        size_t left = index - KIND_COUNT;
        (void)pthread_rwlock_rdlock(&lock);
        for (const added *a = list; a != NULL && kind == NULL; a = a->next) {
            if (!a->dropped && left-- == 0) {
                kind = &a->kind;
            }
        }
        (void)pthread_rwlock_unlock(&lock);
    }
    return kind;
}

static char *put_text(char **at, const char *text)
{
    size_t length = strlen(text) + 1;
    char *copy = memcpy(*at, text, length);
    *at += length;
    return copy;
}

platen_code kind_put(const task_kind *kind, platen_error *err)
{
    if (find_core(kind->id) != NULL) {
        return error_set(err, PLATEN_E_EXISTS, "'%s' is a task kind of the core", kind->id);
    }
    const char *action = kind->action != NULL ? kind->action : "";
    const char *builtin = kind->builtin_name != NULL ? kind->builtin_name : "";
    added *a = malloc(sizeof(*a) + strlen(kind->id) + strlen(kind->title) + strlen(kind->settings) +
                      strlen(action) + strlen(builtin) + 5);
    if (a == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for task kind '%s'", kind->id);
    }
    char *at = a->texts;
    a->dropped = false;
    a->kind = *kind;
    a->kind.id = put_text(&at, kind->id);
    a->kind.title = put_text(&at, kind->title);
    a->kind.settings = put_text(&at, kind->settings);
    a->kind.action = kind->action != NULL ? put_text(&at, action) : NULL;
    a->kind.builtin_name = kind->builtin_name != NULL ? put_text(&at, builtin) : NULL;
    (void)pthread_rwlock_wrlock(&lock);
    added *old = find_added_locked(kind->id);
    if (old != NULL) {
        old->dropped = true;
    }
    a->next = list;
    list = a;
    (void)pthread_rwlock_unlock(&lock);
    return PLATEN_OK;
}

platen_code kind_set_settings(const char *id, const char *settings, platen_error *err)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kinds[i].id, id) == 0) {
            char *copy = strdup(settings);
            if (copy == NULL) {
                return error_set(err, PLATEN_E_NOMEM, "no memory for task kind '%s'", id);
            }
            changed[i].before = changed[i].made == NULL ? kinds[i].settings : changed[i].before;
            free(changed[i].made);
            changed[i].made = copy;
            kinds[i].settings = copy;
            return PLATEN_OK;
        }
    }
    return error_set(err, PLATEN_E_NOT_FOUND, "'%s' is no task kind of the core", id);
}

static void put_settings_back(void)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (changed[i].made != NULL) {
            kinds[i].settings = changed[i].before;
            free(changed[i].made);
            changed[i].made = NULL;
        }
    }
}

void kind_drop(const char *id)
{
    (void)pthread_rwlock_wrlock(&lock);
    added *a = find_added_locked(id);
    if (a != NULL) {
        a->dropped = true;
    }
    (void)pthread_rwlock_unlock(&lock);
}

platen_code kind_choose(kind_choice *choice, const int64_t *ids, size_t count, platen_error *err)
{
    choice->made = true;
    if (count > choice->room - choice->count) {
        size_t room = choice->count + count + 64;
        int64_t *more = reallocarray(choice->ids, room, sizeof(*more));
        if (more == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for %zu targets", room);
        }
        choice->ids = more;
        choice->room = room;
    }
    for (size_t i = 0; i < count; i++) {
        choice->ids[choice->count++] = ids[i];
    }
    return PLATEN_OK;
}

void kind_forget_all(void)
{
    put_settings_back();
    (void)pthread_rwlock_wrlock(&lock);
    while (list != NULL) {
        added *next = list->next;
        free(list);
        list = next;
    }
    (void)pthread_rwlock_unlock(&lock);
}
