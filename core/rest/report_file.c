/* Files on mails. */
#include "core/rest/report_file.h"

#include <stdio.h>
#include <string.h>

static platen_code keep_bytes(const void *data, size_t length, void *user, platen_error *err)
{
    report_file *f = user;
    if (f->data.length + length > OUTBOX_FILE) {
        return error_set(err, PLATEN_E_TOO_LARGE, "a file of more than %zu bytes", OUTBOX_FILE);
    }
    strbuf_append_n(&f->data, data, length);
    return f->data.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a report") : PLATEN_OK;
}

void report_file_init(report_file *f, const char *stem, sheet_options *options)
{
    const char *type = sheet_media_type(options->format);
    strbuf_init(&f->data);
    (void)snprintf(f->name, sizeof(f->name), "%.80s%s", stem, sheet_suffix(options->format));
    (void)snprintf(f->type, sizeof(f->type), "%.*s", (int)strcspn(type, ";"), type);
    options->mark = true;
    options->sink = keep_bytes;
    options->user = f;
}

void report_file_fini(report_file *f)
{
    strbuf_fini(&f->data);
}

const outbox_file *report_file_whole(report_file *f)
{
    f->file = (outbox_file){
        .name = f->name, .type = f->type, .data = f->data.data, .length = f->data.length};
    return &f->file;
}

void report_file_tell(const report_file *f, const notify *n, const char *language, bool large,
                      json_writer *w, const char *key)
{
    strbuf text;
    cJSON *params = cJSON_CreateObject();
    strbuf_init(&text);
    (void)cJSON_AddStringToObject(params, "file", f->name);
    bool found = messages_subject(notify_messages(n), language,
                                  large ? "report-too-large" : "report-attached", params, &text,
                                  NULL) == PLATEN_OK;
    json_text(w, key, found ? text.data : "");
    cJSON_Delete(params);
    strbuf_fini(&text);
}

int report_importance(const char *priority)
{
    return strcmp(priority, "high") == 0 ? 1 : strcmp(priority, "low") == 0 ? -1 : 0;
}
