/* The feature on the fake host: its operations, its task's results, its report and its event. */
#include <stdio.h>
#include <string.h>

#include "hostkit.h"

#define EXPECT(what)                                                                               \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            (void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);               \
            return 1;                                                                              \
        }                                                                                          \
    } while (0)

static int adds_and_removes(hostkit *kit, platen_error *err)
{
    char text[256];
    EXPECT(hostkit_call(kit, "hello.add", "{\"text\":\"good morning\",\"device\":\"2\"}", NULL, 0,
                        err) == PLATEN_OK);
    EXPECT(strcmp(hostkit_event(kit, 0), "hello.added 2 {}") == 0);
    EXPECT(hostkit_sql(kit, "SELECT text FROM hello_greeting WHERE device_id = 2", text,
                       sizeof(text), err) == PLATEN_OK);
    EXPECT(strcmp(text, "good morning") == 0);
    EXPECT(hostkit_call(kit, "hello.remove", "{\"ids\":[\"1\",\"77\"]}", NULL, 0, err) ==
           PLATEN_OK);
    EXPECT(hostkit_sql(kit, "SELECT count(*) FROM hello_greeting", text, sizeof(text), err) ==
           PLATEN_OK);
    EXPECT(strcmp(text, "0") == 0);
    return 0;
}

static int takes_results_in(hostkit *kit, platen_error *err)
{
    char text[1024];
    EXPECT(hostkit_done(kit, "hello.greet", 1, "success", "{\"shown\":true}", err) == PLATEN_OK);
    EXPECT(hostkit_done(kit, "hello.greet", 3, "error", "", err) == PLATEN_OK);
    EXPECT(hostkit_report(kit, "hello.greetings", "{}", text, sizeof(text), err) == PLATEN_OK);
    EXPECT(strstr(text, "hello.greet\tsent\t1767225601000") != NULL);
    EXPECT(hostkit_report(kit, "hello.states", "{}", text, sizeof(text), err) == PLATEN_OK);
    EXPECT(strcmp(text, "failed\t1\nsent\t1") == 0);
    return 0;
}

static int test(hostkit *kit, platen_error *err)
{
    EXPECT(hostkit_load(kit, err) == PLATEN_OK);
    EXPECT(hostkit_migrate(kit, false, err) == PLATEN_OK);
    EXPECT(adds_and_removes(kit, err) == 0);
    EXPECT(takes_results_in(kit, err) == 0);
    EXPECT(hostkit_misuse(kit) == NULL);
    return 0;
}

int main(void)
{
    platen_error err = PLATEN_ERROR_INIT;
    hostkit *kit = hostkit_open(PLUGIN_FILE, &err);
    int failed = kit != NULL ? test(kit, &err) : 1;
    if (failed != 0) {
        (void)fprintf(stderr, "%s\n", err.text);
    }
    hostkit_free(kit);
    return failed;
}
