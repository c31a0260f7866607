/*
 * Recordings of real printers against what a fleet manager should read in them: the same leniency
 * as the oracle that judges the product. The recordings are not part of the tree: environment
 * PLATEN_RECORDINGS, or shared/recordings beside the source tree; without them the test is skipped.
 */
#include "kit.h"

#include <ctype.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#define WORDS 1024u

static int compared;
static int missed;

static cJSON *expected_read(const char *folder)
{
    char path[2048];
    (void)snprintf(path, sizeof(path), "%s/expected.json", folder);
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return NULL;
    }
    char *text = calloc(1, 4u << 20u);
    cJSON *root = NULL;
    if (text != NULL && fread(text, 1, (4u << 20u) - 1u, file) > 0) {
        root = cJSON_Parse(text);
    }
    free(text);
    (void)fclose(file);
    return root;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80u || c == '_';
}

/* Small letters, and single spaces for all but words and some signs. */
static void words(const char *text, char *out)
{
    size_t length = 0;
    for (; *text != '\0' && length < WORDS - 1u; text++) {
        char c = (char)tolower((unsigned char)*text);
        bool kept = (is_word(c) && c != '_') || strchr(".+/<>-", c) != NULL;
        if (kept) {
            out[length++] = c;
        } else if (length > 0 && out[length - 1u] != ' ') {
            out[length++] = ' ';
        }
    }
    while (length > 0 && out[length - 1u] == ' ') {
        length--;
    }
    out[length] = '\0';
}

/* `inner` stands in `outer`, not in the middle of a word. */
static bool holds(const char *outer, const char *inner)
{
    size_t length = strlen(inner);
    for (const char *at = strstr(outer, inner); length > 0 && at != NULL;
         at = strstr(at + 1, inner)) {
        if ((at == outer || !is_word(at[-1])) && !is_word(at[length])) {
            return true;
        }
    }
    return false;
}

static bool same_field(const char *field, const char *claim, const char *accept)
{
    char c[WORDS];
    char a[WORDS];
    words(claim, c);
    words(accept, a);
    if (strcmp(field, "manufacturer") == 0) {
        return holds(c, a) && strlen(claim) <= 60u;
    }
    if (strcmp(field, "model") == 0) {
        return (holds(c, a) && strlen(c) <= strlen(a) + 32u) ||
               (holds(a, c) && strlen(c) >= 3u && strpbrk(c, "0123456789") != NULL &&
                strlen(a) <= strlen(c) + 32u);
    }
    if (strcmp(field, "firmware") == 0) {
        return strcmp(c, a) == 0 || (holds(c, a) && strlen(c) <= strlen(a) + 48u) ||
               (strlen(c) >= 3u && holds(a, c));
    }
    return strcmp(claim, accept) == 0;
}

static void judge(const char *recording, const char *what, bool ok, const char *claim)
{
    compared++;
    if (!ok) {
        missed++;
        (void)printf("MISSED %s: %s is '%s'\n", recording, what, claim == NULL ? "" : claim);
    }
}

static void check_fields(const char *recording, const cJSON *fields, const testkit_report *report)
{
    static const struct {
        const char *name;
        uint32_t field;
    } texts[] = {
        {"manufacturer", PLATEN_FIELD_MANUFACTURER},
        {"model", PLATEN_FIELD_MODEL},
        {"serial", PLATEN_FIELD_SERIAL},
        {"firmware", PLATEN_FIELD_FIRMWARE},
        {"name", PLATEN_FIELD_NAME},
        {"mac", PLATEN_FIELD_MAC},
    };
    const cJSON *accept = NULL;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const cJSON *want = cJSON_GetObjectItemCaseSensitive(fields, texts[i].name);
        const char *claim = testkit_text_at(report, texts[i].field, 0);
        bool ok = false;
        (void)printf("%s: %s '%s'\n", recording, texts[i].name, claim == NULL ? "" : claim);
        if (want == NULL) {
            continue;
        }
        cJSON_ArrayForEach(accept, cJSON_GetObjectItemCaseSensitive(want, "accept"))
        {
            ok = ok || (claim != NULL && same_field(texts[i].name, claim, accept->valuestring));
        }
        judge(recording, texts[i].name, ok, claim);
    }
    const cJSON *want = cJSON_GetObjectItemCaseSensitive(fields, "page_count");
    int64_t count = testkit_integer_of(report, PLATEN_FIELD_PAGE_COUNT, -1);
    (void)printf("%s: page_count %lld\n", recording, (long long)count);
    if (want != NULL) {
        bool ok = false;
        cJSON_ArrayForEach(accept, cJSON_GetObjectItemCaseSensitive(want, "accept"))
        {
            ok = ok || accept->valuedouble == (double)count;
        }
        judge(recording, "page_count", ok, "");
    }
}

/* null in `accept` stands for every level that is no number. */
static bool same_percent(const cJSON *accepts, int32_t percent)
{
    const cJSON *accept = NULL;
    cJSON_ArrayForEach(accept, accepts)
    {
        if (cJSON_IsNull(accept) ? percent < 0
                                 : percent >= 0 && percent - accept->valuedouble <= 1.0 &&
                                       accept->valuedouble - percent <= 1.0) {
            return true;
        }
    }
    return false;
}

static void check_supplies(const char *recording, const cJSON *supplies,
                           const testkit_report *report)
{
    const cJSON *want = NULL;
    cJSON_ArrayForEach(want, supplies)
    {
        char key[64];
        char what[160];
        const char *name =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(want, "description"));
        const char *index = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(want, "index"));
        (void)snprintf(key, sizeof(key), "marker.%s", index);
        const platen_supply *got = testkit_supply_of(report, key);
        bool named = false;
        const cJSON *accept = NULL;
        cJSON_ArrayForEach(accept, cJSON_GetObjectItemCaseSensitive(want, "accept_descriptions"))
        {
            char c[WORDS];
            char a[WORDS];
            words(got == NULL ? "" : got->description, c);
            words(accept->valuestring, a);
            named = named || strcmp(a, c) == 0 || (holds(a, c) && strlen(c) >= 4u) || holds(c, a);
        }
        (void)snprintf(what, sizeof(what), "supply %s %s", key, name);
        judge(recording, what, got != NULL && named, got == NULL ? NULL : got->description);
        if (got == NULL) {
            continue;
        }
        (void)printf("%s: %s '%s' %d %%\n", recording, key, got->description, got->percent);
        (void)snprintf(what, sizeof(what), "percent of %s (%d)", key, got->percent);
        judge(recording, what,
              same_percent(cJSON_GetObjectItemCaseSensitive(want, "accept"), got->percent),
              got->description);
    }
}

static void check_inputs(const char *recording, const cJSON *inputs, const testkit_report *report)
{
    const cJSON *want = NULL;
    cJSON_ArrayForEach(want, inputs)
    {
        char what[160];
        const char *index = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(want, "index"));
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(want, "name"));
        const platen_part *got = testkit_part_of(report, PLATEN_PART_INPUT, index);
        (void)snprintf(what, sizeof(what), "input %s %s", index, name == NULL ? "" : name);
        if (name != NULL && strcmp(name, "Auto Select") == 0) {
            judge(recording, what, got == NULL, "listed, though it is no tray");
            continue;
        }
        judge(recording, what,
              got != NULL &&
                  same_percent(cJSON_GetObjectItemCaseSensitive(want, "accept"), got->percent),
              got == NULL ? NULL : got->name);
    }
}

static void check_status(const char *recording, const cJSON *status, const testkit_report *report)
{
    const cJSON *alerts = cJSON_GetObjectItemCaseSensitive(status, "alerts");
    const cJSON *errors = cJSON_GetObjectItemCaseSensitive(status, "errors");
    int rows = cJSON_GetArraySize(alerts);
    int bits = cJSON_IsArray(errors) ? cJSON_GetArraySize(errors) : 0;
    size_t count = (size_t)(rows > 0 ? rows : bits);
    judge(recording, "number of alerts", report->alert_count == count, "");
    for (int i = 0; i < rows && (size_t)i < report->alert_count; i++) {
        const cJSON *want = cJSON_GetArrayItem(alerts, i);
        const platen_alert *got = &report->alerts[i];
        bool ok =
            cJSON_GetObjectItemCaseSensitive(want, "severity")->valueint == (int)got->severity &&
            cJSON_GetObjectItemCaseSensitive(want, "group")->valueint == (int)got->group &&
            cJSON_GetObjectItemCaseSensitive(want, "code")->valueint == (int)got->code;
        judge(recording, "alert", ok, got->text);
    }
}

static void check(testkit *kit, const char *folder, const cJSON *want)
{
    char path[2048];
    platen_error err = PLATEN_ERROR_INIT;
    (void)snprintf(path, sizeof(path), "%s/%s.snmprec", folder, want->string);
    if (testkit_device_file(kit, path, &err) != PLATEN_OK) {
        judge(want->string, err.text, false, "");
        return;
    }
    const testkit_report *report = testkit_run(kit, PLATEN_WORK_PROBE);
    (void)printf("%s: sure %u, %s\n", want->string, report->sureness,
                 report->why == NULL ? "" : report->why);
    judge(want->string, "sureness", report->sureness >= 80u, report->why);
    report = testkit_run(kit, PLATEN_WORK_INFORMATION);
    check_fields(want->string, cJSON_GetObjectItemCaseSensitive(want, "fields"), report);
    report = testkit_run(kit, PLATEN_WORK_STATUS);
    check_supplies(want->string, cJSON_GetObjectItemCaseSensitive(want, "supplies"), report);
    check_inputs(want->string, cJSON_GetObjectItemCaseSensitive(want, "inputs"), report);
    check_status(want->string, cJSON_GetObjectItemCaseSensitive(want, "status"), report);
}

int main(void)
{
    const char *folder = getenv("PLATEN_RECORDINGS");
    platen_error err = PLATEN_ERROR_INIT;
    if (folder == NULL || folder[0] == '\0') {
        folder = SOURCE_FOLDER "/../../../shared/recordings";
    }
    cJSON *expected = expected_read(folder);
    if (expected == NULL) {
        (void)printf("skipped: no recordings of real printers (PLATEN_RECORDINGS)\n");
        return 77;
    }
    testkit *kit = testkit_open(PLUGIN_FILE, PLUGIN_FOLDER, &err);
    if (kit == NULL || testkit_load(kit, &err) != PLATEN_OK) {
        (void)printf("%s\n", err.text);
        testkit_free(kit);
        cJSON_Delete(expected);
        return 1;
    }
    const cJSON *want = NULL;
    cJSON_ArrayForEach(want, cJSON_GetObjectItemCaseSensitive(expected, "printers"))
    {
        check(kit, folder, want);
    }
    const char *misuse = testkit_misuse(kit);
    if (misuse != NULL) {
        (void)printf("MISUSE %s\n", misuse);
        missed++;
    }
    (void)printf("%d of %d as expected\n", compared - missed, compared);
    testkit_free(kit);
    cJSON_Delete(expected);
    return missed == 0 && compared > 0 ? 0 : 1;
}
