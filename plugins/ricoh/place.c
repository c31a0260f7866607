/* What the device fetches, and what is said of it. Pure functions. */
#include "driver.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

bool place_instructions(const char *url, char *out, size_t size)
{
    int length = snprintf(out, size,
                          "[file1]\r\nurl=%s\r\nkind=exportFile\r\ntype=forSameModel\r\n"
                          "doSetup=yes\r\n",
                          url);
    return strlen(url) <= 255 && strpbrk(url, "\r\n") == NULL && length > 0 &&
           (size_t)length < size;
}

void place_time(int64_t ms, char out[32])
{
    struct tm parts;
    time_t seconds = (time_t)(ms / 1000);
    if (gmtime_r(&seconds, &parts) == NULL ||
        strftime(out, 32, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
        (void)snprintf(out, 32, "?");
    }
}

void place_tell(const platen_serve_place *instructions, const platen_serve_place *file,
                char out[PLACE_TEXT], bool *fetched)
{
    char when[32];
    char refused[120] = "";
    const platen_serve_place *last = file->refused > instructions->refused ? file : instructions;
    *fetched = file->fetched > 0;
    if (*fetched) {
        place_time(file->fetched, when);
        (void)snprintf(out, PLACE_TEXT,
                       "fetched at %s; what came of it stands in the device's own log", when);
        return;
    }
    if (last->refused > 0) {
        place_time(last->refused, when);
        (void)snprintf(refused, sizeof(refused), "; refused at %s: %.63s", when, last->refusal);
    }
    if (instructions->fetched > 0) {
        place_time(instructions->fetched, when);
        (void)snprintf(out, PLACE_TEXT, "not fetched yet, the instructions were at %s%s", when,
                       refused);
        return;
    }
    place_time(file->until, when);
    (void)snprintf(out, PLACE_TEXT, "not fetched yet, offered until %.10s at %.255s%.90s", when,
                   instructions->url, refused);
}
