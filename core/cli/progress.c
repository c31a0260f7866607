/* Polling once a second: a run's numbers change no faster than people read. */
#include "core/cli/progress.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "core/base/json.h"
#include "core/cli/width.h"

#define BAR_MOST 40
#define BAR_LEAST 10
#define MIB (1024.0 * 1024.0)
#define LOST_MOST 60 /* polls without an answer before giving up */

bool progress_is_over(const cJSON *run)
{
    static const char *const over[] = {"success", "warning",   "error",
                                       "timeout", "cancelled", "missed"};
    const char *state = json_get_text(run, "state", "");
    for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
        if (strcmp(state, over[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool progress_is_good(const cJSON *run)
{
    const char *state = json_get_text(run, "state", "");
    return strcmp(state, "success") == 0 || strcmp(state, "warning") == 0;
}

static void append_counts(strbuf *out, const cJSON *counts)
{
    static const char *const names[] = {"running", "success",   "warning", "error",
                                        "timeout", "cancelled", "skipped"};
    int64_t total = json_get_i64(counts, "total", 0);
    int64_t open = json_get_i64(counts, "waiting", 0) + json_get_i64(counts, "running", 0);
    if (total > 0) {
        strbuf_appendf(out, "  %" PRId64 "/%" PRId64, total > open ? total - open : 0, total);
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int64_t count = json_get_i64(counts, names[i], 0);
        if (count > 0) {
            strbuf_appendf(out, "  %s %" PRId64, names[i], count);
        }
    }
}

/* "[#####.....]" and what is behind it, at most `width` columns. */
static void lay_out(strbuf *out, int64_t percent, const char *tail, size_t width)
{
    size_t used = width_of(tail);
    if (used + BAR_LEAST + 2 <= width) {
        size_t room = width - used - 2;
        size_t bar = room > BAR_MOST ? BAR_MOST : room;
        size_t full = bar * (size_t)percent / 100;
        strbuf_append_char(out, '[');
        for (size_t i = 0; i < bar; i++) {
            strbuf_append_char(out, i < full ? '#' : '.');
        }
        strbuf_append_char(out, ']');
        width -= bar + 2;
    }
    (void)width_append(out, tail, width);
}

void progress_line(strbuf *out, const cJSON *run, size_t width)
{
    strbuf tail;
    strbuf_init(&tail);
    width = width == 0 ? 79 : width;
    /* Without a figure there is no bar: never a guess. */
    bool known = cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(run, "progress"));
    int64_t percent = json_get_i64(run, "progress", 0);
    percent = percent < 0 ? 0 : percent > 100 ? 100 : percent;
    if (known) {
        strbuf_appendf(&tail, " %3" PRId64 " %%", percent);
    } else {
        strbuf_append(&tail, json_get_text(run, "state", "waiting"));
    }
    append_counts(&tail, json_get_object(run, "counts"));
    if (known) {
        lay_out(out, percent, tail.data, width);
    } else {
        (void)width_append(out, tail.data, width);
    }
    strbuf_fini(&tail);
}

static size_t columns_of(const cli *c)
{
    return c->live && c->width > 1 ? c->width - 1 : c->width;
}

void progress_bytes(const cli *c, int64_t done, int64_t of)
{
    char tail[64];
    strbuf line;
    int64_t percent = of > 0 ? done * 100 / of : 100;
    if (!c->live) {
        return;
    }
    (void)snprintf(tail, sizeof(tail), " %3" PRId64 " %%  %.1f of %.1f MiB", percent,
                   (double)done / MIB, (double)of / MIB);
    strbuf_init(&line);
    lay_out(&line, percent, tail, columns_of(c));
    (void)fprintf(c->err, "\r%s\033[K%s", line.data, done >= of ? "\n" : "");
    (void)fflush(c->err);
    strbuf_fini(&line);
}

static void show(const cli *c, const cJSON *run, strbuf *before)
{
    strbuf line;
    strbuf_init(&line);
    progress_line(&line, run, columns_of(c));
    if (c->live) {
        (void)fprintf(c->err, "\r%s\033[K", line.data);
    } else if (strcmp(line.data, before->data) != 0) {
        (void)fprintf(c->err, "%s\n", line.data);
    }
    (void)fflush(c->err);
    strbuf_clear(before);
    strbuf_append(before, line.data);
    strbuf_fini(&line);
}

platen_code progress_watch(cli *c, const char *run, api_answer *last, platen_error *err)
{
    strbuf path;
    strbuf before;
    int lost = 0;
    strbuf_init(&path);
    strbuf_init(&before);
    strbuf_append(&path, "/runs");
    api_segment(&path, run);
    platen_code rc;
    for (;;) {
        rc = api_call(c, "GET", path.data, NULL, NULL, last, err);
        lost = rc == PLATEN_OK ? 0 : lost + 1;
        if (rc == PLATEN_OK) {
            show(c, last->tree, &before);
            if (progress_is_over(last->tree)) {
                break;
            }
        } else if (!api_may_come_back(rc) || lost > LOST_MOST || (before.length == 0 && lost > 1)) {
            break;
        }
        const struct timespec second = {1, 0};
        (void)nanosleep(&second, NULL);
    }
    if (c->live) {
        (void)fprintf(c->err, "\n");
    }
    if (rc == PLATEN_OK) {
        strbuf_clear(&c->problem);
        c->problem_code[0] = '\0';
        c->ended_badly = c->ended_badly || !progress_is_good(last->tree);
    }
    strbuf_fini(&path);
    strbuf_fini(&before);
    return rc;
}
