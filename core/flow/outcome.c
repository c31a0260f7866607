/* How the flow of a device ends, and the lines it logs on the way. */
#include "core/flow/host_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/flow/value.h"

static const char *const levels[] = {"info", "warning", "error"};

/* ---- the log ---- */

/* A line of at most FLOW_LINE_MAX bytes of UTF-8 without control characters. NULL: no memory. */
static char *clean_line(const char *text, size_t length)
{
    length = text_cut(text, length, FLOW_LINE_MAX);
    if (text_is_clean(text, length)) {
        return strndup(text, length);
    }
    strbuf clean;
    strbuf_init(&clean);
    text_from_device(&clean, text, length);
    return strbuf_take(&clean);
}

void flow_log_add(flow_co *co, flow_level level, const char *text, size_t length)
{
    if (co->lines == NULL) {
        co->lines = calloc(FLOW_LOG_MAX, sizeof(co->lines[0]));
    }
    char *line = co->lines != NULL ? clean_line(text, length) : NULL;
    if (line == NULL) {
        return;
    }
    flow_line *slot = &co->lines[co->line_next];
    free(slot->text);
    *slot = (flow_line){co->at != 0 ? co->at : clock_now(), level, line};
    co->line_next = (co->line_next + 1) % FLOW_LOG_MAX;
    co->line_count += co->line_count < FLOW_LOG_MAX;
}

void flow_log_free(flow_co *co)
{
    for (size_t i = 0; co->lines != NULL && i < FLOW_LOG_MAX; i++) {
        free(co->lines[i].text);
    }
    free(co->lines);
    co->lines = NULL;
}

void flow_co_log(const flow_co *co, strbuf *out)
{
    json_writer w;
    size_t first = (co->line_next + FLOW_LOG_MAX - co->line_count) % FLOW_LOG_MAX;
    json_init(&w, out);
    json_array(&w, NULL);
    for (size_t i = 0; i < co->line_count; i++) {
        const flow_line *line = &co->lines[(first + i) % FLOW_LOG_MAX];
        json_object(&w, NULL);
        json_i64(&w, "at", line->at);
        json_text(&w, "level", levels[line->level]);
        json_text(&w, "text", line->text);
        json_object_end(&w);
    }
    json_array_end(&w);
}

/* ---- the end ---- */

void flow_outcome_set(flow_co *co, const char *state, const char *code, const char *text)
{
    strbuf clean;
    strbuf_init(&clean);
    text_from_device(&clean, text, text_cut(text, strlen(text), FLOW_TEXT_MAX));
    (void)snprintf(co->state, sizeof(co->state), "%s", state);
    (void)snprintf(co->code, sizeof(co->code), "%s", code);
    free(co->text);
    co->text = strbuf_take(&clean);
    co->over = true;
}

void flow_outcome_fail(flow_co *co, platen_code rc, const platen_error *err)
{
    const char *code = rc == PLATEN_E_NOMEM     ? "script-memory"
                       : rc == PLATEN_E_TIMEOUT ? "script-time"
                                                : "script-error";
    flow_outcome_set(co, "error", code, err->text);
}

static const char *state_of(const char *word, const char *preset)
{
    static const char *const states[] = {"success", "warning",   "error",
                                         "timeout", "cancelled", "skipped"};
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(states[i], word) == 0) {
            return states[i];
        }
    }
    return preset;
}

/* A text member of the table at `index`, copied into `out`. */
static bool member(lua_State *L, int index, const char *name, char *out, size_t size)
{
    bool found = lua_getfield(L, index, name) == LUA_TSTRING;
    if (found) {
        size_t length = 0;
        const char *text = lua_tolstring(L, -1, &length);
        (void)snprintf(out, size, "%.*s", (int)text_cut(text, length, size - 1), text);
    }
    lua_pop(L, 1);
    return found;
}

void flow_outcome_of(lua_State *L, flow_co *co, int index, const char *preset)
{
    char state[16] = "";
    char code[48] = "script";
    char text[FLOW_TEXT_MAX + 1] = "";
    if (lua_type(L, index) != LUA_TTABLE) {
        size_t length = 0;
        const char *said = lua_isnoneornil(L, index) ? "" : safe_text(L, index, &length);
        flow_outcome_set(co, preset, code, said);
        return;
    }
    (void)member(L, index, "state", state, sizeof(state));
    (void)member(L, index, "code", code, sizeof(code));
    if (!member(L, index, "message", text, sizeof(text))) {
        (void)member(L, index, "text", text, sizeof(text));
    }
    flow_outcome_set(co, state_of(state, preset), code, text);
}

static void keep_params(lua_State *L, flow_co *co, int index)
{
    if (lua_getfield(L, index, "params") == LUA_TTABLE) {
        strbuf_clear(&co->host->scratch);
        value_write(L, lua_gettop(L), &co->host->scratch);
        free(co->params);
        co->params = co->host->scratch.data[0] == '{' ? strdup(co->host->scratch.data) : NULL;
    }
    lua_pop(L, 1);
}

void flow_outcome_returned(lua_State *L, flow_co *co, int count)
{
    int first = lua_gettop(L) - count + 1;
    int type = count > 0 ? lua_type(L, first) : LUA_TNIL;
    if (type == LUA_TNIL && count > 1 && !lua_isnil(L, first + 1)) {
        flow_outcome_of(L, co, first + 1, "error"); /* return nil, err */
    } else if (type == LUA_TTABLE) {
        flow_outcome_of(L, co, first, "success");
        if (strcmp(co->code, "script") == 0) {
            co->code[0] = '\0';
        }
        keep_params(L, co, first);
    } else if (type == LUA_TSTRING || type == LUA_TNUMBER) {
        flow_outcome_set(co, "success", "", safe_text(L, first, NULL));
    } else if (type == LUA_TNIL || lua_toboolean(L, first) != 0) {
        flow_outcome_set(co, "success", "", "");
    } else {
        flow_outcome_set(co, "error", "script", "run() returned false");
    }
    if (co->warned && strcmp(co->state, "success") == 0) {
        (void)snprintf(co->state, sizeof(co->state), "warning");
    }
}

void flow_outcome_changes(lua_State *L, flow_co *co, const cJSON *changes)
{
    (void)L;
    if (cJSON_GetArraySize(changes) == 0) {
        return;
    }
    char *more = cJSON_PrintUnformatted(changes);
    strbuf all;
    strbuf_init(&all);
    size_t there = co->changes != NULL ? strlen(co->changes) : 0;
    if (more != NULL && there + strlen(more) < VALUE_MAX) {
        if (there > 2) {
            strbuf_append_n(&all, co->changes, there - 1);
            strbuf_append_char(&all, ',');
            strbuf_append(&all, more + 1);
        } else {
            strbuf_append(&all, more);
        }
        free(co->changes);
        co->changes = strbuf_take(&all);
    }
    strbuf_fini(&all);
    cJSON_free(more);
}

flow_end flow_co_outcome(const flow_co *co)
{
    return (flow_end){.state = co->state,
                      .code = co->code,
                      .text = co->text != NULL ? co->text : "",
                      .params = co->params,
                      .changes = co->changes};
}
