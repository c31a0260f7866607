/*
 * ipp-read PLUGIN probe|information|status|counters ADDRESS PORT [SECONDS [MEMO [USER PASSWORD]]]:
 * one work on one device, for live.sh and for people. Prints what the driver reports, its memo and
 * how it ended; exit status 0 when that was PLATEN_OK.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake_host.h"

static uint32_t kind_of(const char *word)
{
    static const char *const words[] = {"", "probe", "information", "status", "counters"};
    for (uint32_t kind = 1; kind < 5; kind++) {
        if (strcmp(word, words[kind]) == 0) {
            return kind;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    static fake_result result;
    char memo[FAKE_MEMO] = "";
    struct timespec now;
    if (argc < 5 || kind_of(argv[2]) == 0) {
        (void)fprintf(stderr, "usage: ipp-read PLUGIN WORK ADDRESS PORT [SECONDS [MEMO [USER "
                              "PASSWORD]]]\n");
        return 2;
    }
    fake_host *host = fake_host_open(argv[1]);
    if (host == NULL) {
        return 2;
    }
    platen_target target = PLATEN_TARGET_INIT;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    target.address = argv[3];
    target.port = (uint32_t)strtoul(argv[4], NULL, 10);
    target.deadline = ((int64_t)now.tv_sec + (argc > 5 ? strtol(argv[5], NULL, 10) : 10)) * 1000 +
                      now.tv_nsec / 1000000;
    if (argc > 6) {
        (void)snprintf(memo, sizeof(memo), "%s", argv[6]);
    }
    if (argc > 8) {
        target.user = argv[7];
        target.password = argv[8];
    }
    fake_host_run(host, kind_of(argv[2]), &target, memo, &result);
    for (size_t i = 0; i < result.count; i++) {
        (void)printf("%s\n", result.lines[i]);
    }
    (void)printf("memo %s\nfinish %d after %lld ms%s%s\n", memo, (int)result.code,
                 (long long)result.took_ms, result.text[0] != '\0' ? ": " : "", result.text);
    bool done = result.code == PLATEN_OK && result.finished == 1;
    fake_result_fini(&result);
    fake_host_close(host);
    return done ? 0 : 1;
}
