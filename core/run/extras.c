/* Parameters, changes and step log of a target's result. */
#include "core/run/extras.h"

#include <string.h>

#include "core/base/text.h"

static const char *level_of(const cJSON *line)
{
    static const char *const levels[] = {"info", "warning", "error"};
    const char *level = json_get_text(line, "level", "");
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (strcmp(levels[i], level) == 0) {
            return levels[i];
        }
    }
    return "info";
}

static void read_text(strbuf *out, const cJSON *result, const char *key)
{
    const char *text = json_get_text(result, key, "");
    strbuf_append_n(out, text, text_cut(text, strlen(text), EXTRAS_TEXT));
}

static void read_params(strbuf *out, const cJSON *params)
{
    json_writer w;
    json_init(&w, out);
    json_tree(&w, NULL, params);
    if (params == NULL || out->length > EXTRAS_PARAMS) {
        strbuf_clear(out);
        strbuf_append(out, "{}");
    }
}

static void read_changes(strbuf *out, const cJSON *changes)
{
    static const char *const names[] = {"from", "to"};
    const cJSON *change = NULL;
    json_writer w;
    json_init(&w, out);
    json_array(&w, NULL);
    cJSON_ArrayForEach(change, changes)
    {
        const char *path = json_get_text(change, "path", NULL);
        if (path == NULL || out->length > EXTRAS_CHANGES) {
            continue;
        }
        json_object(&w, NULL);
        json_text_n(&w, "path", path, text_cut(path, strlen(path), EXTRAS_LINE));
        for (size_t i = 0; i < 2; i++) {
            const cJSON *value = cJSON_GetObjectItemCaseSensitive(change, names[i]);
            if (value != NULL) {
                json_tree(&w, names[i], value);
            } else {
                json_null(&w, names[i]);
            }
        }
        json_object_end(&w);
    }
    json_array_end(&w);
}

static void read_log(strbuf *out, const cJSON *log)
{
    const cJSON *line = NULL;
    size_t lines = 0;
    json_writer w;
    json_init(&w, out);
    json_array(&w, NULL);
    cJSON_ArrayForEach(line, log)
    {
        const char *text = json_get_text(line, "text", NULL);
        if (text == NULL || lines == EXTRAS_LINES) {
            continue;
        }
        lines++;
        json_object(&w, NULL);
        json_i64(&w, "at", json_get_i64(line, "at", 0));
        json_text(&w, "level", level_of(line));
        json_text_n(&w, "text", text, text_cut(text, strlen(text), EXTRAS_LINE));
        json_object_end(&w);
    }
    json_array_end(&w);
}

platen_code extras_read(extras *x, const cJSON *result, platen_error *err)
{
    strbuf *const all[] = {&x->params, &x->changes, &x->log, &x->code, &x->text};
    bool failed = false;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        strbuf_init(all[i]);
    }
    read_params(&x->params, json_get_object(result, "params"));
    read_changes(&x->changes, json_get_array(result, "changes"));
    read_log(&x->log, json_get_array(result, "log"));
    read_text(&x->code, result, "code");
    read_text(&x->text, result, "text");
    int64_t started = json_get_i64(result, "started", 0);
    x->started = started > 0 ? started : 0;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        failed = failed || all[i]->failed;
    }
    return failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a result") : PLATEN_OK;
}

void extras_fini(extras *x)
{
    strbuf_fini(&x->params);
    strbuf_fini(&x->changes);
    strbuf_fini(&x->log);
    strbuf_fini(&x->code);
    strbuf_fini(&x->text);
}

void extras_put(const extras *x, target_row *row)
{
    row->params = x->params.data;
    row->changes = x->changes.data;
    row->log = x->log.data;
    row->code = x->code.data;
    row->text = x->text.data;
    row->started = x->started;
}
