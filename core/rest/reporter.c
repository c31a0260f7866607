/* Both make a table and put it into the outbox in the transaction that ends the run. */
#include "core/rest/reporter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/rest/group_list.h"
#include "core/rest/report_file.h"
#include "core/rest/reports.h"
#include "core/rest/totals.h"
#include "core/run/kind.h"

#define TO_MAX 100

typedef struct report_job {
    reporter *owner;
    const here_job *job;
    cJSON *settings;
    overview_ask ask;
    report_file file;
    bool large;
    int64_t rows;
    char *own;        /* settings of a report that a plugin brings */
    int64_t *devices; /* of the groups */
    size_t device_count;
    region_set only;
    strbuf content;
    const char *to[TO_MAX];
    size_t to_count, taken;
} report_job;

static void finish(void *work, bool committed, void *user)
{
    report_job *j = work;
    const reporter *r = user;
    if (j == NULL) {
        return;
    }
    notify_letters_end(r->notify, j->taken, committed);
    report_file_fini(&j->file);
    strbuf_fini(&j->content);
    cJSON_Delete(j->settings);
    cJSON_free(j->own);
    free(j->devices);
    free(j);
}

/* ---- what is asked for ---- */

static platen_code find_devices(store_conn *conn, void *user, platen_error *err)
{
    report_job *j = user;
    int64_t groups[200];
    size_t count = 0;
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(j->settings, "groups"))
    {
        if (cJSON_IsString(each) && count < sizeof(groups) / sizeof(groups[0])) {
            groups[count++] = strtoll(each->valuestring, NULL, 10);
        }
    }
    return group_devices(conn, groups, count, &j->devices, &j->device_count, NULL, err);
}

/* Devices of the task's regions; those of groups, when there are any (MON-86), or its targets. */
static platen_code choose_devices(report_job *j, platen_error *err)
{
    const here_job *job = j->job;
    j->ask.regions = (region_set){
        .all = job->regions.count == 0, .ids = job->regions.ids, .count = job->regions.count};
    if (job->count > 0) {
        j->only = (region_set){.ids = job->devices, .count = job->count};
        j->ask.only = &j->only;
    } else if (cJSON_GetArraySize(json_get_array(j->settings, "groups")) > 0) {
        PLATEN_TRY(store_write(j->owner->store, find_devices, j, err));
        j->only = (region_set){.ids = j->devices, .count = j->device_count};
        j->ask.only = &j->only;
    }
    return PLATEN_OK;
}

/* MON-44 */
static bool wants_counter(const char *counter, void *user)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, (const cJSON *)user)
    {
        if (cJSON_IsString(each) && strcmp(each->valuestring, counter) == 0) {
            return true;
        }
    }
    return false;
}

static void take_addresses(report_job *j, const char *member)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(j->settings, member))
    {
        if (cJSON_IsString(each) && j->to_count < TO_MAX) {
            j->to[j->to_count++] = each->valuestring;
        }
    }
}

static const char *language_of(const report_job *j)
{
    return messages_language(notify_messages(j->owner->notify),
                             json_get_text(j->settings, "language", "en"));
}

/* The plugin may have another schema by now than when the task was made. */
static platen_code take_source(report_job *j, platen_error *err)
{
    const cJSON *own = cJSON_GetObjectItemCaseSensitive(j->settings, "settings");
    PLATEN_TRY(overview_check(j->ask.source, own, NULL, NULL, err));
    j->own = own != NULL ? cJSON_PrintUnformatted(own) : NULL;
    if (own != NULL && j->own == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a report");
    }
    j->ask.settings = j->own;
    j->ask.language = language_of(j);
    return PLATEN_OK;
}

static platen_code read_settings(report_job *j, platen_error *err)
{
    const char *text = j->job->settings;
    PLATEN_TRY(json_parse(text, strlen(text), &j->settings, err));
    const char *word = json_get_text(j->settings, "report", "counters");
    cJSON *counters = cJSON_GetObjectItemCaseSensitive(j->settings, "counters");
    j->ask.source = overview_source_find(word);
    if (j->ask.source != NULL) {
        PLATEN_TRY(take_source(j, err));
    } else if (!overview_of(word, &j->ask.type)) {
        return error_set(err, PLATEN_E_INVAL, "there is no report '%s'", word);
    }
    j->ask.days = json_get_i64(j->settings, "days", 30);
    (void)totals_unit_of(json_get_text(j->settings, "unit", "monthly"), &j->ask.unit);
    j->ask.category = json_get_text(j->settings, "category", NULL);
    if (cJSON_GetArraySize(counters) > 0) {
        j->ask.wants = wants_counter;
        j->ask.user = counters;
    }
    take_addresses(j, "to");
    take_addresses(j, "cc");
    return choose_devices(j, err);
}

/* ---- making it ---- */

static const char *title_of(const report_job *j)
{
    const overview_source *source = j->ask.source;
    return source != NULL ? source->title_in(source, j->ask.language) : overview_title(j->ask.type);
}

static platen_code make_file(report_job *j, platen_error *err)
{
    char stem[160];
    sheet_options options = {.title = title_of(j)};
    const char *word = j->ask.source != NULL ? j->ask.source->id : overview_word(j->ask.type);
    (void)sheet_format_of(json_get_text(j->settings, "format", "csv"), &options.format);
    (void)snprintf(stem, sizeof(stem), "%.127s-%" PRId64, word, j->job->run);
    for (char *at = strchr(stem, '.'); at != NULL; at = strchr(at, '.')) {
        *at = '-';
    }
    report_file_init(&j->file, stem, &options);
    platen_code rc = overview_write(j->owner->store, &j->ask, &options, &j->rows, err);
    j->large = rc == PLATEN_E_TOO_LARGE;
    return j->large ? PLATEN_OK : rc;
}

static platen_code make_content(report_job *j, platen_error *err)
{
    json_writer w;
    const char *title = title_of(j);
    json_init(&w, &j->content);
    json_object(&w, NULL);
    json_text(&w, "subject", json_get_text(j->settings, "subject", title));
    json_text(&w, "report", title);
    json_i64(&w, "made_at", clock_now());
    json_i64(&w, "rows", j->rows);
    report_file_tell(&j->file, j->owner->notify, language_of(j), j->large, &w, "attached");
    json_object_end(&w);
    return j->content.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a mail") : PLATEN_OK;
}

static platen_code prepare(const here_job *job, void **work, void *user, platen_error *err)
{
    reporter *r = user;
    report_job *j = calloc(1, sizeof(*j));
    if (j == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a report");
    }
    *work = j;
    j->owner = r;
    j->job = job;
    strbuf_init(&j->content);
    strbuf_init(&j->file.data);
    if (!notify_mail_ready(r->notify)) {
        return error_set(err, PLATEN_E_STATE, "no mail server is set");
    }
    PLATEN_TRY(read_settings(j, err));
    PLATEN_TRY(make_file(j, err));
    return make_content(j, err);
}

static platen_code commit(store_conn *conn, void *work, void *user, platen_error *err)
{
    report_job *j = work;
    const reporter *r = user;
    const notify_letter letter = {
        .to = j->to,
        .to_count = j->to_count,
        .code = "report",
        .language = language_of(j),
        .content = j->content.data,
        .importance = report_importance(json_get_text(j->settings, "priority", "normal")),
        .file = j->large ? NULL : report_file_whole(&j->file)};
    return notify_letters_in(r->notify, conn, &letter, &j->taken, err);
}

/* {"report":{"enum":[…]},"settings":{…}} with what there is more. */
static bool extend(cJSON *properties)
{
    cJSON *words = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(properties, "report"), "enum");
    const overview_source *source = NULL;
    bool good = cJSON_IsArray(words);
    for (size_t i = 0; good && (source = overview_source_at(i)) != NULL; i++) {
        cJSON *word = cJSON_CreateString(source->id);
        good = word != NULL && cJSON_AddItemToArray(words, word);
    }
    cJSON *own = good ? cJSON_AddObjectToObject(properties, "settings") : NULL;
    return own != NULL && cJSON_AddStringToObject(own, "type", "object") != NULL;
}

platen_code reporter_offer(platen_error *err)
{
    const char *id = "system.send-report";
    const char *before = kind_find(id)->settings;
    cJSON *tree = NULL;
    if (overview_source_at(0) == NULL) {
        return PLATEN_OK;
    }
    PLATEN_TRY(json_parse(before, strlen(before), &tree, err));
    char *text = extend(cJSON_GetObjectItemCaseSensitive(tree, "properties"))
                     ? cJSON_PrintUnformatted(tree)
                     : NULL;
    platen_code rc = text != NULL ? kind_set_settings(id, text, err)
                                  : error_set(err, PLATEN_E_NOMEM, "no memory for task kinds");
    cJSON_free(text);
    cJSON_Delete(tree);
    return rc;
}

void reporter_init(reporter *r, store *s, notify *n)
{
    static const char *const kinds[REPORTER_KINDS] = {"system.send-report", "system.send-counters"};
    *r = (reporter){.store = s, .notify = n};
    for (size_t i = 0; i < REPORTER_KINDS; i++) {
        r->kinds[i] = (here_kind){
            .kind = kinds[i], .prepare = prepare, .commit = commit, .finish = finish, .user = r};
    }
}
