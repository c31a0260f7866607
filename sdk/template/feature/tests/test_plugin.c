/* The feature on the fake host, which has a database in memory. */
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

static int test(hostkit *kit, platen_error *err)
{
    char text[256];
    EXPECT(hostkit_load(kit, err) == PLATEN_OK);
    EXPECT(hostkit_migrate(kit, false, err) == PLATEN_OK);
    EXPECT(hostkit_call(kit, "@NAME@.add", "{\"text\":\"one\"}", NULL, 0, err) == PLATEN_OK);
    EXPECT(hostkit_call(kit, "@NAME@.add", "{\"text\":\"two\"}", NULL, 0, err) == PLATEN_OK);
    EXPECT(hostkit_call(kit, "@NAME@.remove", "{\"ids\":[\"1\"]}", NULL, 0, err) == PLATEN_OK);
    EXPECT(hostkit_sql(kit, "SELECT text FROM @IDENT@_note", text, sizeof(text), err) == PLATEN_OK);
    EXPECT(strcmp(text, "two") == 0);
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
