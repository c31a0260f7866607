/*
 * A fake host for driver plugins: loads one plugin, plays a recorded device to it, and keeps what
 * it reports. For tests only; one thread.
 */
#include "testkit_private.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "need.h"
#include "report.h"

#define READS_A_WORK 64u
#define WAITS_A_WORK 1000u

void testkit_act(testkit *kit, const platen_act *act)
{
    kit->act = *act;
}

void testkit_hooks(testkit *kit, testkit_on_set *on_set, testkit_on_wait *on_wait, void *user)
{
    kit->on_set = on_set;
    kit->on_wait = on_wait;
    kit->hook_user = user;
}

void testkit_silent(testkit *kit, bool silent)
{
    kit->silent = silent;
}

testkit *testkit_new(const platen_plugin *plugin, const char *folder)
{
    testkit *kit = calloc(1, sizeof(*kit));
    if (kit != NULL) {
        kit->ctx.kit = kit;
        kit->plugin = plugin;
        kit->act = (platen_act)PLATEN_ACT_INIT;
        (void)snprintf(kit->folder, sizeof(kit->folder), "%s", folder);
    }
    return kit;
}

testkit *testkit_open(const char *path, const char *folder, platen_error *err)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        (void)testkit_error(err, PLATEN_E_IO, "%s", dlerror());
        return NULL;
    }
    const platen_plugin *plugin = dlsym(library, "platen_plugin_descriptor");
    testkit *kit = plugin == NULL ? NULL : testkit_new(plugin, folder);
    if (kit == NULL) {
        (void)testkit_error(err, PLATEN_E_NOT_FOUND, "%s has no descriptor", path);
        (void)dlclose(library);
        return NULL;
    }
    kit->library = library;
    return kit;
}

platen_code testkit_load(testkit *kit, platen_error *err)
{
    const platen_plugin *plugin = kit->plugin;
    if (plugin->size < sizeof(*plugin) || plugin->abi >> 16 != PLATEN_ABI_MAJOR) {
        return testkit_error(err, PLATEN_E_VERSION, "plugin of abi %u", plugin->abi);
    }
    for (size_t i = 0; plugin->needs[i] != NULL; i++) {
        const char *need = need_of_role(plugin->needs[i], PLATEN_ROLE_AGENT);
        if (need != NULL && testkit_iface(&kit->ctx, need) == NULL) {
            return testkit_error(err, PLATEN_E_VERSION, "plugin needs %s", need);
        }
    }
    platen_code code = plugin->load(&testkit_host_table, &kit->ctx, err);
    kit->loaded = code == PLATEN_OK;
    if (!kit->loaded) {
        kit->registered = false;
        kit->action_count = 0;
    }
    return code;
}

void testkit_unload(testkit *kit)
{
    if (!kit->loaded) {
        return;
    }
    if (kit->registered && kit->driver.release != NULL) {
        kit->driver.release(kit->driver.user);
    }
    kit->registered = false;
    kit->action_count = 0;
    if (kit->plugin->unload != NULL) {
        kit->plugin->unload(&kit->ctx);
    }
    testkit_plans_free(kit);
    kit->loaded = false;
}

void testkit_free(testkit *kit)
{
    if (kit == NULL) {
        return;
    }
    testkit_unload(kit);
    testkit_plans_free(kit);
    report_clear(&kit->report);
    recording_clear(&kit->device);
    /* The library stays mapped, as in the real host. */
    free(kit);
}

const platen_action *testkit_action(const testkit *kit, const char *id)
{
    for (size_t i = 0; i < kit->action_count; i++) {
        if (strcmp(kit->actions[i].id, id) == 0) {
            return &kit->actions[i];
        }
    }
    return NULL;
}

const platen_driver *testkit_driver(const testkit *kit)
{
    return kit->registered ? &kit->driver : NULL;
}

platen_code testkit_device_text(testkit *kit, const char *text, platen_error *err)
{
    recording_clear(&kit->device);
    kit->memo[0] = '\0';
    if (!recording_parse(&kit->device, text, strlen(text))) {
        return testkit_error(err, PLATEN_E_NOMEM, "no memory");
    }
    return PLATEN_OK;
}

platen_code testkit_device_file(testkit *kit, const char *path, platen_error *err)
{
    FILE *file = fopen(path, "rbe");
    char *text = NULL;
    size_t length = 0;
    size_t got = 1;
    if (file == NULL) {
        return testkit_error(err, PLATEN_E_IO, "cannot open %s", path);
    }
    while (got > 0) {
        char *grown = realloc(text, length + 65536u);
        if (grown == NULL) {
            break;
        }
        text = grown;
        got = fread(text + length, 1, 65536u, file);
        length += got;
    }
    (void)fclose(file);
    recording_clear(&kit->device);
    kit->memo[0] = '\0';
    bool parsed = text != NULL && recording_parse(&kit->device, text, length);
    free(text);
    return parsed ? PLATEN_OK : testkit_error(err, PLATEN_E_NOMEM, "cannot read %s", path);
}

platen_code testkit_device_set(testkit *kit, const char *line, platen_error *err)
{
    if (!recording_set(&kit->device, line)) {
        return testkit_error(err, PLATEN_E_MALFORMED, "not a line of a recording: %s", line);
    }
    return PLATEN_OK;
}

const char *testkit_memo(const testkit *kit)
{
    return kit->memo;
}

void testkit_memo_set(testkit *kit, const char *memo)
{
    (void)snprintf(kit->memo, sizeof(kit->memo), "%s", memo);
}

void testkit_fail(testkit *kit, testkit_fault fault, unsigned nth, platen_code code)
{
    kit->fault = fault;
    kit->nth = nth;
    kit->fault_code = code;
    kit->calls = 0;
}

static void pass_time(testkit *kit)
{
    platen_work *work = &kit->work;
    void (*then)(platen_work * of, void *user) = work->then;
    work->then = NULL;
    if (kit->on_wait != NULL) {
        kit->on_wait(kit, work->wait_ms, kit->hook_user);
    }
    then(work, work->then_user);
}

const testkit_report *testkit_run(testkit *kit, uint32_t kind)
{
    report_clear(&kit->report);
    kit->report.error = (platen_error)PLATEN_ERROR_INIT;
    kit->work = (platen_work){.kit = kit, .kind = kind};
    if (!kit->registered) {
        testkit_breach(kit, "no driver registered");
        return &kit->report;
    }
    kit->driver.run(&kit->work, kit->driver.user);
    unsigned most = kind == PLATEN_WORK_ACT ? WAITS_A_WORK : READS_A_WORK;
    for (unsigned i = 0; i < most; i++) {
        if (kit->work.plan != NULL) {
            testkit_deliver(kit);
        } else if (kit->work.setting) {
            testkit_deliver_set(kit);
        } else if (kit->work.then != NULL) {
            pass_time(kit);
        }
    }
    if (kit->report.finished == 0) {
        testkit_breach(kit, "a work that was not finished");
    }
    return &kit->report;
}

const char *testkit_misuse(const testkit *kit)
{
    return kit->misuse[0] == '\0' ? NULL : kit->misuse;
}
