/* The registry of metrics and health parts. Fixed tables, written before the server starts. */
#include "core/rest/metrics.h"

#include <stdlib.h>

#include "core/rest/request.h"

#define METRICS_MAX 32
#define HEALTH_TEXT 160

struct metrics {
    struct {
        metrics_append append;
        void *user;
    } lines[METRICS_MAX];
    size_t line_count;
    struct {
        const char *name;
        metrics_health check;
        void *user;
    } parts[METRICS_MAX];
    size_t part_count;
};

metrics *metrics_new(void)
{
    return calloc(1, sizeof(metrics));
}

void metrics_free(metrics *m)
{
    free(m);
}

platen_code metrics_add(metrics *m, metrics_append append, void *user, platen_error *err)
{
    if (m->line_count == METRICS_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "more than %d sources of metrics", METRICS_MAX);
    }
    m->lines[m->line_count].append = append;
    m->lines[m->line_count].user = user;
    m->line_count++;
    return PLATEN_OK;
}

platen_code metrics_add_health(metrics *m, const char *name, metrics_health check, void *user,
                               platen_error *err)
{
    if (m->part_count == METRICS_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "more than %d parts of health", METRICS_MAX);
    }
    m->parts[m->part_count].name = name;
    m->parts[m->part_count].check = check;
    m->parts[m->part_count].user = user;
    m->part_count++;
    return PLATEN_OK;
}

void metrics_write(const metrics *m, strbuf *out)
{
    for (size_t i = 0; i < m->line_count; i++) {
        m->lines[i].append(out, m->lines[i].user);
    }
}

bool metrics_health_write(const metrics *m, json_writer *w)
{
    bool all = true;
    for (size_t i = 0; i < m->part_count; i++) {
        char text[HEALTH_TEXT] = "";
        bool ok = m->parts[i].check(text, sizeof(text), m->parts[i].user);
        json_object(w, m->parts[i].name);
        json_bool(w, "ok", ok);
        if (text[0] != '\0') {
            json_text(w, "text", text);
        }
        json_object_end(w);
        all = all && ok;
    }
    return all;
}

platen_code rest_add_metrics(rest *r, metrics_append append, void *user, platen_error *err)
{
    return metrics_add(r->metrics, append, user, err);
}

platen_code rest_add_health(rest *r, const char *name, metrics_health check, void *user,
                            platen_error *err)
{
    return metrics_add_health(r->metrics, name, check, user, err);
}
