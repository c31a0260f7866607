/*
 * The list of zones comes from tzdata.zi, the one file of the zone data that names all of them: no
 * path is made from a name that somebody typed.
 */
#include "core/base/zone.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"

#define ZONE_FILE "/usr/share/zoneinfo/tzdata.zi"
#define ZONE_FILE_MAX ((size_t)4 << 20)

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char *text;         /* the file, cut into names; kept for the life of the process */
static const char **names; /* into `text`, sorted */
static size_t name_count;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The name that a line defines, cut off behind: "Z name ..." or "L target name"; else NULL. */
static const char *name_of(char *line)
{
    char *name = line + 2;
    if ((line[0] != 'Z' && line[0] != 'L') || line[1] != ' ') {
        return NULL;
    }
    if (line[0] == 'L') {
        name += strcspn(name, " ");
        name += strspn(name, " ");
    }
    name[strcspn(name, " \r")] = '\0';
    return name[0] != '\0' && strlen(name) < ZONE_NAME ? name : NULL;
}

static void take_names(void)
{
    size_t lines = 1;
    for (const char *c = text; *c != '\0'; c++) {
        lines += *c == '\n';
    }
    names = calloc(lines, sizeof(*names));
    char *line = text;
    while (names != NULL && *line != '\0') {
        size_t length = strcspn(line, "\n");
        bool last = line[length] == '\0';
        line[length] = '\0';
        const char *name = name_of(line);
        if (name != NULL) {
            names[name_count++] = name;
        }
        line += length + (last ? 0 : 1);
    }
    if (name_count > 1) {
        qsort(names, name_count, sizeof(*names), by_name);
    }
}

static void read_names(void)
{
    size_t length = 0;
    if (file_read(ZONE_FILE, ZONE_FILE_MAX, &text, &length, NULL) == PLATEN_OK) {
        take_names();
    }
}

platen_code zone_check(const char *name, platen_error *err)
{
    (void)pthread_once(&once, read_names);
    if (name_count == 0) {
        return error_set(err, PLATEN_E_IO,
                         "the time zones of the system cannot be read from %s (package tzdata)",
                         ZONE_FILE);
    }
    if (bsearch(&name, names, name_count, sizeof(*names), by_name) == NULL) {
        return error_set(err, PLATEN_E_INVAL, "'%.60s' is no time zone of the IANA database", name);
    }
    return PLATEN_OK;
}
