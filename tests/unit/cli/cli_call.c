/* One call of the client in this process. */
#include "cli_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

outcome call(fake_server *server, const char *input, const char *words)
{
    outcome o = {0, NULL, NULL};
    size_t out_length = 0;
    size_t err_length = 0;
    char *copy = strdup(words);
    char *rest = copy;
    char *word;
    char *argv[40];
    int argc = 0;
    char name[] = "platen";
    FILE *out = open_memstream(&o.out, &out_length);
    FILE *err = open_memstream(&o.err, &err_length);
    FILE *in = fmemopen((void *)(uintptr_t)input, strlen(input) > 0 ? strlen(input) : 1, "r");
    argv[argc++] = name;
    while ((word = strsep(&rest, " ")) != NULL && argc < 39) {
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    if (server != NULL) {
        (void)setenv("PLATEN_URL", fake_server_url(server), 1);
    }
    o.status = cli_main(argc, argv, in, out, err);
    (void)fclose(out);
    (void)fclose(err);
    (void)fclose(in);
    free(copy);
    return o;
}

void forget(outcome *o)
{
    free(o->out);
    free(o->err);
}

int call_set_up(void **state)
{
    (void)state;
    (void)setenv("PLATEN_TOKEN", "plt_test", 1);
    (void)unsetenv("PLATEN_CA");
    (void)setenv("TZ", "UTC", 1);
    return 0;
}
