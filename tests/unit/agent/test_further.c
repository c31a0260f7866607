/*
 * Vendor profiles of further folders, taken over by the real driver without a restart: all or
 * nothing, a bad one is refused with file and line. PRF-36.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "stage.h"

#define CONFIG                                                                                     \
    "\"ranges\":[],"                                                                               \
    "\"credentials\":[{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"}]"

static const char *const sim[] = {"--devices", "1", "--still", "--only", "hp-color-laser", NULL};
static char root[64];

/* ---- folders ---- */

static const char *place(const char *name)
{
    static char path[32][256];
    static unsigned at;
    char *out = path[at++ % 32];
    (void)snprintf(out, sizeof(path[0]), "%s/%s", root, name);
    return out;
}

static void make_folder(const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s", place(name));
    assert_int_equal(mkdir(path, 0755), 0);
    (void)snprintf(path, sizeof(path), "%s/profiles", place(name));
    assert_int_equal(mkdir(path, 0755), 0);
}

static void take_profile(const char *folder, const char *file)
{
    char from[512];
    char to[512];
    (void)snprintf(from, sizeof(from), "%s/printer-mib/profiles/%s", STAGE_PLUGINS, file);
    (void)snprintf(to, sizeof(to), "%s/%s/profiles/%s", root, folder, file);
    assert_int_equal(symlink(from, to), 0);
}

static void write_profile(const char *folder, const char *file, const char *text)
{
    char to[512];
    platen_error err = PLATEN_ERROR_INIT;
    (void)snprintf(to, sizeof(to), "%s/%s/profiles/%s", root, folder, file);
    assert_int_equal(file_write(to, text, strlen(text), 0644, &err), PLATEN_OK);
}

static int make_folders(void **state)
{
    (void)state;
    (void)snprintf(root, sizeof(root), "/tmp/platen-further-XXXXXX");
    assert_non_null(mkdtemp(root));
    assert_int_equal(chmod(root, 0755), 0);
    assert_int_equal(symlink(STAGE_PLUGINS "/printer-mib.so", place("printer-mib.so")), 0);
    make_folder("printer-mib"); /* the plugin's own: without the maker of our device */
    take_profile("printer-mib", "generic.json");
    make_folder("hp");
    take_profile("hp", "hp.json");
    make_folder("bad");
    write_profile("bad", "acme.json",
                  "{\n  \"profile\": \"acme\",\n  \"manufacturer\": \"Acme\",\n"
                  "  \"match\": {\"enterprises\": [99999]},\n  \"counters\": [\n"
                  "    {\"key\": \"total\", \"oid\": \"1.3.6.1.4.1.99999.1\"},\n"
                  "    {\"key\": \"copy\", \"oid\": \"one\"}\n  ]\n}\n");
    make_folder("broken");
    write_profile("broken", "acme.json", "{\n  \"profile\": \"acme\",\n  oops\n}\n");
    make_folder("twin");
    take_profile("twin", "hp.json");
    return 0;
}

static int remove_folders(void **state)
{
    (void)state;
    return file_remove_tree(root, NULL) == PLATEN_OK ? 0 : 1;
}

/* ---- the stage with that folder ---- */

static const plug_place *given; /* further folders at the start */
static size_t given_count;

void stage_load(stage *s, const char *plugins)
{
    platen_error err = PLATEN_ERROR_INIT;
    s->conf = conf_new();
    plug_options load = {.role = PLATEN_ROLE_AGENT,
                         .version = "test",
                         .folder = root,
                         .enabled = plugins,
                         .required = plugins,
                         .conf = s->conf,
                         .drivers = &desk_drivers,
                         .snmp = &desk_snmp,
                         .further = given,
                         .further_count = given_count};
    if (plug_load_all(&load, &s->plugins, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
}

void stage_unload(stage *s)
{
    plug_unload_all(s->plugins);
    conf_free(s->conf);
}

typedef struct order {
    plug *plugins;
    const char *const *folders;
    size_t count;
    platen_code code;
    platen_error err;
    _Atomic bool done;
} order;

static void give(void *user)
{
    order *o = user;
    o->code = plug_further(o->plugins, "printer-mib", o->folders, o->count, &o->err);
    o->done = true;
}

/* On the SNMP thread, as the agent does it. */
static platen_code give_folders(stage *s, const char *const *folders, size_t count,
                                platen_error *err)
{
    order o = {.plugins = s->plugins, .folders = folders, .count = count};
    o.err = (platen_error)PLATEN_ERROR_INIT;
    assert_int_equal(snmpeng_post(s->engine, give, &o, NULL), PLATEN_OK);
    while (!o.done) {
        const struct timespec nap = {0, 1000000};
        (void)nanosleep(&nap, NULL);
    }
    *err = o.err;
    return o.code;
}

static void open_stage(stage *s)
{
    stage_open(s, sim, "printer-mib", 64);
    stage_config(s, CONFIG);
    stage_set_devices(s, "[{\"id\":\"1\",\"revision\":1,\"address\":\"127.10.0.1\",\"drivers\":"
                         "[\"printer-mib\"],\"credential\":\"3\",\"protocol\":\"snmpv2c\","
                         "\"memo\":{}}]");
}

/* Which profile the driver chose for the device. */
static const char *profile_of(stage *s, const char *job)
{
    stage_job(s,
              "{\"id\":\"%s\",\"run\":\"1\",\"kind\":\"device.information\",\"targets\":[[1,1]]}",
              job);
    (void)stage_wait_done(s, job, 30);
    const cJSON *result = stage_target(s, job, 1);
    assert_non_null(result);
    assert_string_equal(json_get_text(result, "state", ""), "success");
    return json_get_text(json_get_object(result, "memo"), "printer-mib", "");
}

static void test_further__taken_over_without_a_restart(void **state)
{
    (void)state;
    stage s = {0};
    platen_error err = PLATEN_ERROR_INIT;
    const char *hp[] = {place("hp")};
    open_stage(&s);
    assert_non_null(strstr(profile_of(&s, "1"), "generic"));
    assert_int_equal(give_folders(&s, hp, 1, &err), PLATEN_OK);
    assert_non_null(strstr(profile_of(&s, "2"), "hp"));
    stage_close(&s);
}

static void expect_text(const platen_error *err, const char *words)
{
    if (strstr(err->text, words) == NULL) {
        fail_msg("'%s' is not in '%s'", words, err->text);
    }
}

static void test_further__all_or_nothing(void **state)
{
    (void)state;
    stage s = {0};
    platen_error err = PLATEN_ERROR_INIT;
    const char *bad[] = {place("hp"), place("bad")};
    const char *broken[] = {place("hp"), place("broken")};
    const char *twins[] = {place("hp"), place("twin")};
    const char *none[] = {place("nowhere")};
    open_stage(&s);
    assert_int_equal(give_folders(&s, bad, 2, &err), PLATEN_E_INVAL);
    expect_text(&err, "profile acme.json, line 7: /counters/1/oid: not an object");
    assert_int_equal(give_folders(&s, broken, 2, &err), PLATEN_E_MALFORMED);
    expect_text(&err, "profile acme.json, line 3: not JSON");
    assert_int_equal(give_folders(&s, twins, 2, &err), PLATEN_E_INVAL);
    expect_text(&err, "'hp' is the id of another profile");
    assert_int_equal(give_folders(&s, none, 1, &err), PLATEN_E_NOT_FOUND);
    assert_non_null(strstr(profile_of(&s, "1"), "generic")); /* nothing of it was taken */
    assert_int_equal(give_folders(&s, bad, 1, &err), PLATEN_OK);
    assert_non_null(strstr(profile_of(&s, "2"), "hp"));
    assert_int_equal(give_folders(&s, bad, 2, &err), PLATEN_E_INVAL);
    stage_close(&s);
}

static void test_further__at_the_start(void **state)
{
    (void)state;
    stage s = {0};
    const plug_place hp[] = {{"printer-mib", place("hp")}};
    given = hp;
    given_count = 1;
    open_stage(&s);
    assert_non_null(strstr(profile_of(&s, "1"), "hp"));
    stage_close(&s);
    given_count = 0;
}

static void test_further__misuse(void **state)
{
    (void)state;
    stage s = {0};
    platen_error err = PLATEN_ERROR_INIT;
    const char *many[PLUG_FURTHER + 1];
    for (size_t i = 0; i < PLUG_FURTHER + 1; i++) {
        many[i] = root;
    }
    open_stage(&s);
    assert_int_equal(plug_further(s.plugins, "nobody", many, 1, &err), PLATEN_E_NOT_FOUND);
    assert_int_equal(plug_further(s.plugins, "printer-mib", many, PLUG_FURTHER + 1, &err),
                     PLATEN_E_TOO_LARGE);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_further__taken_over_without_a_restart),
        cmocka_unit_test(test_further__all_or_nothing),
        cmocka_unit_test(test_further__at_the_start),
        cmocka_unit_test(test_further__misuse),
    };
    return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
