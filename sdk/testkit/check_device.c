/* Recorded devices: what a driver or a profile reads in them. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "check.h"
#include "testkit.h"

#define PATH 4096 /* what realpath() wants */

static bool has_ending(const char *name, const char *ending)
{
    size_t length = strlen(name);
    size_t end = strlen(ending);
    return length > end && strcmp(name + length - end, ending) == 0;
}

/* ---- one device ---- */

static bool run_works(testkit *kit, char why[CHECK_TEXT])
{
    static const uint32_t works[] = {PLATEN_WORK_INFORMATION, PLATEN_WORK_STATUS,
                                     PLATEN_WORK_COUNTERS};
    const testkit_report *report = testkit_run(kit, PLATEN_WORK_PROBE);
    if (report->code != PLATEN_OK || report->sureness == 0) {
        return check_failed(why, "the driver does not take the device: %s",
                            report->why != NULL ? report->why : report->error.text);
    }
    for (size_t i = 0; i < 3; i++) {
        if ((testkit_driver(kit)->works & PLATEN_WORK_BIT(works[i])) == 0) {
            continue;
        }
        report = testkit_run(kit, works[i]);
        if (report->code != PLATEN_OK) {
            return check_failed(why, "work %u: %s", works[i], report->error.text);
        }
    }
    return testkit_misuse(kit) == NULL || check_failed(why, "%s", testkit_misuse(kit));
}

/* The same with each read and each plan failing, and with a device that is silent. */
static bool run_faults(testkit *kit, char why[CHECK_TEXT])
{
    static const testkit_fault faults[] = {TESTKIT_FAULT_READ, TESTKIT_FAULT_BREAK,
                                           TESTKIT_FAULT_SILENCE};
    for (size_t f = 0; f < 3; f++) {
        for (unsigned n = 1; n <= 12; n++) {
            for (uint32_t work = PLATEN_WORK_PROBE; work <= PLATEN_WORK_COUNTERS; work++) {
                if ((testkit_driver(kit)->works & PLATEN_WORK_BIT(work)) != 0) {
                    testkit_fail(kit, faults[f], n, PLATEN_E_TIMEOUT);
                    (void)testkit_run(kit, work);
                }
            }
        }
    }
    testkit_fail(kit, TESTKIT_FAULT_NONE, 0, PLATEN_OK);
    return testkit_misuse(kit) == NULL ||
           check_failed(why, "with failing reads: %s", testkit_misuse(kit));
}

static testkit *open_kit(const char *plugin, const char *folder, const char *recording,
                         char why[CHECK_TEXT])
{
    platen_error err = PLATEN_ERROR_INIT;
    testkit *kit = testkit_open(plugin, folder, &err);
    if (kit == NULL || testkit_load(kit, &err) != PLATEN_OK ||
        testkit_device_file(kit, recording, &err) != PLATEN_OK) {
        (void)check_failed(why, "%s", err.text);
        testkit_free(kit);
        return NULL;
    }
    return kit;
}

bool check_recording(const check_job *job, char why[CHECK_TEXT])
{
    char folder[PATH];
    (void)snprintf(folder, sizeof(folder), "%.*s", (int)strlen(job->plugin) - 3, job->plugin);
    testkit *kit = open_kit(job->plugin, folder, job->recording, why);
    if (kit == NULL) {
        return false;
    }
    bool good = run_works(kit, why) && run_faults(kit, why);
    testkit_free(kit);
    return good;
}

/* ---- what is expected of a recording ---- */

static const struct {
    const char *name;
    uint32_t field;
} fields[] = {{"name", PLATEN_FIELD_NAME},         {"manufacturer", PLATEN_FIELD_MANUFACTURER},
              {"model", PLATEN_FIELD_MODEL},       {"serial", PLATEN_FIELD_SERIAL},
              {"firmware", PLATEN_FIELD_FIRMWARE}, {"location", PLATEN_FIELD_LOCATION},
              {"contact", PLATEN_FIELD_CONTACT},   {"mac", PLATEN_FIELD_MAC}};

static bool compare_text(testkit *kit, const cJSON *wanted, char why[CHECK_TEXT])
{
    const testkit_report *report = testkit_run(kit, PLATEN_WORK_INFORMATION);
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, wanted)
    {
        size_t i = 0;
        while (i < sizeof(fields) / sizeof(fields[0]) &&
               strcmp(fields[i].name, item->string) != 0) {
            i++;
        }
        if (i == sizeof(fields) / sizeof(fields[0]) || !cJSON_IsString(item)) {
            if (strcmp(item->string, "profile") == 0 || strcmp(item->string, "counters") == 0) {
                continue;
            }
            return check_failed(why, "'%s' is not expected of recordings", item->string);
        }
        const char *got = testkit_text_at(report, fields[i].field, 0);
        if (got == NULL || strcmp(got, item->valuestring) != 0) {
            return check_failed(why, "%s is '%s', not '%s'", item->string, got != NULL ? got : "",
                                item->valuestring);
        }
    }
    return true;
}

static bool compare_counters(testkit *kit, const cJSON *wanted, char why[CHECK_TEXT])
{
    const testkit_report *report = testkit_run(kit, PLATEN_WORK_COUNTERS);
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, wanted)
    {
        const platen_counter *got = testkit_counter_of(report, item->string);
        if (got == NULL || (double)got->value != cJSON_GetNumberValue(item)) {
            return check_failed(why, "counter '%s' is %lld, not %.0f", item->string,
                                got != NULL ? (long long)got->value : -1LL,
                                cJSON_GetNumberValue(item));
        }
    }
    return true;
}

static cJSON *read_json(const char *path)
{
    char text[65536] = "";
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return NULL;
    }
    (void)!fread(text, 1, sizeof(text) - 1, file);
    (void)fclose(file);
    return cJSON_Parse(text);
}

/* <stem>.json beside <stem>.snmprec: {"profile","manufacturer","model",...,"counters":{}}. */
static bool check_one(const check_job *job, const char *folder, const char *recording,
                      char why[CHECK_TEXT])
{
    char path[PATH + 8];
    char memo[80];
    (void)snprintf(path, sizeof(path), "%.*s.json", (int)(strlen(recording) - strlen(".snmprec")),
                   recording);
    cJSON *wanted = read_json(path);
    if (wanted == NULL) {
        return check_failed(why, "%s is missing or no JSON: it says what is read in the recording",
                            path);
    }
    testkit *kit = open_kit(job->plugin, folder, recording, why);
    bool good = kit != NULL && run_works(kit, why) && compare_text(kit, wanted, why) &&
                compare_counters(kit, cJSON_GetObjectItemCaseSensitive(wanted, "counters"), why);
    const char *profile = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(wanted, "profile"));
    if (good) {
        (void)snprintf(memo, sizeof(memo), "p=%s ", profile != NULL ? profile : "");
        good = strstr(testkit_memo(kit), memo) != NULL ||
               check_failed(why, "the device is taken by another profile than '%s': %s",
                            profile != NULL ? profile : "", testkit_memo(kit));
    }
    testkit_free(kit);
    cJSON_Delete(wanted);
    return good;
}

/* ---- a folder of profiles ---- */

static bool link_all(const char *from, const char *to, char why[CHECK_TEXT])
{
    char source[PATH];
    char target[PATH];
    char whole[PATH];
    DIR *dir = realpath(from, whole) != NULL ? opendir(whole) : NULL;
    const struct dirent *entry = NULL;
    if (dir == NULL) {
        return check_failed(why, "'%s' cannot be read", from);
    }
    while ((entry = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe): one thread
        if (!has_ending(entry->d_name, ".json")) {
            continue;
        }
        (void)snprintf(source, sizeof(source), "%.1500s/%.255s", whole, entry->d_name);
        (void)snprintf(target, sizeof(target), "%.1500s/%.255s", to, entry->d_name);
        (void)unlink(target); /* the package's own replaces that of the driver */
        (void)!symlink(source, target);
    }
    (void)closedir(dir);
    return true;
}

static void remove_links(const char *folder)
{
    char path[PATH];
    DIR *dir = opendir(folder);
    const struct dirent *entry = NULL;
    while (dir != NULL && (entry = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        (void)snprintf(path, sizeof(path), "%.1500s/%.255s", folder, entry->d_name);
        (void)unlink(path);
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    (void)rmdir(folder);
}

static bool each_recording(const check_job *job, const char *folder, char why[CHECK_TEXT])
{
    char path[PATH];
    char text[CHECK_TEXT];
    size_t count = 0;
    (void)snprintf(path, sizeof(path), "%.1500s/recordings", job->profiles);
    DIR *dir = opendir(path);
    const struct dirent *entry = NULL;
    bool good = true;
    while (good && dir != NULL && (entry = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        if (has_ending(entry->d_name, ".snmprec")) {
            (void)snprintf(path, sizeof(path), "%.1500s/recordings/%.255s", job->profiles,
                           entry->d_name);
            good = check_one(job, folder, path, text) ||
                   check_failed(why, "%.100s: %.280s", entry->d_name, text);
            count++;
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return good && (count > 0 || check_failed(why, "there is no recording: profiles bring the "
                                                   "devices that they were made for"));
}

bool check_profiles(const check_job *job, char why[CHECK_TEXT])
{
    char folder[64] = "/tmp/platen-profiles.XXXXXX";
    char merged[PATH];
    char own[PATH];
    char built[PATH];
    if (mkdtemp(folder) == NULL) {
        return check_failed(why, "cannot make a folder: %s",
                            strerror(errno)); // NOLINT(concurrency-mt-unsafe): one thread
    }
    (void)snprintf(merged, sizeof(merged), "%s/profiles", folder);
    (void)snprintf(own, sizeof(own), "%.1500s/profiles", job->profiles);
    (void)snprintf(built, sizeof(built), "%.*s/profiles", (int)strlen(job->plugin) - 3,
                   job->plugin);
    bool good = mkdir(merged, 0700) == 0 && link_all(built, merged, why) &&
                link_all(own, merged, why) && each_recording(job, folder, why);
    remove_links(merged);
    (void)rmdir(folder);
    return good;
}
