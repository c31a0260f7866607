/* The steps of a batch as nested blocks of one function; a `return` in any of them ends it. */
#include "core/flow/batch_lua.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "core/base/json.h"

#define DEPTH_MAX 8
#define NAME_MAX_BYTES 40

static void indent(strbuf *out, int level)
{
    for (int i = 0; i < level; i++) {
        strbuf_append(out, "  ");
    }
}

static void line(strbuf *out, int level, const char *text)
{
    indent(out, level);
    strbuf_append(out, text);
    strbuf_append_char(out, '\n');
}

static void quote(strbuf *out, const char *text)
{
    strbuf_append_char(out, '"');
    for (const char *c = text; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte < ' ' || byte == 127) {
            strbuf_appendf(out, "\\%03d", byte);
        } else {
            if (byte == '"' || byte == '\\') {
                strbuf_append_char(out, '\\');
            }
            strbuf_append_char(out, *c);
        }
    }
    strbuf_append_char(out, '"');
}

/* JSON_DEPTH bounds how deep it goes: the tree was parsed. */
static void value(strbuf *out, const cJSON *tree) /* NOLINT(misc-no-recursion) */
{
    const cJSON *item = NULL;
    if (cJSON_IsObject(tree) || cJSON_IsArray(tree)) {
        strbuf_append(out, "{");
        cJSON_ArrayForEach(item, tree)
        {
            strbuf_append(out, item == tree->child ? " " : ", ");
            if (cJSON_IsObject(tree)) {
                strbuf_append_char(out, '[');
                quote(out, item->string);
                strbuf_append(out, "] = ");
            }
            value(out, item);
        }
        strbuf_append(out, tree->child != NULL ? " }" : "}");
    } else if (cJSON_IsString(tree)) {
        quote(out, tree->valuestring);
    } else if (cJSON_IsNumber(tree)) {
        double number = tree->valuedouble;
        strbuf_appendf(out, floor(number) == number && fabs(number) < 9e15 ? "%.0f" : "%.17g",
                       number);
    } else {
        strbuf_append(out, cJSON_IsBool(tree) ? (cJSON_IsTrue(tree) ? "true" : "false") : "nil");
    }
}

static platen_code steps(strbuf *out, const cJSON *list, int depth, platen_error *err);

static void end_step(strbuf *out, const cJSON *step, int level)
{
    const char *result = json_get_text(step, "result", "keep");
    if (strcmp(result, "success") == 0) {
        line(out, level,
             "do return { state = \"success\", text = last and last.text or \"\" } end");
    } else if (strcmp(result, "error") == 0) {
        line(out, level,
             "do return { state = \"error\", code = \"batch\", "
             "text = \"ended as an error by the batch\" } end");
    } else {
        line(out, level, "do return last end");
    }
}

static void call(strbuf *out, const cJSON *step, int level)
{
    const char *kind = json_get_text(step, "kind", "");
    const cJSON *settings = json_get_object(step, "settings");
    indent(out, level);
    strbuf_append(out, "local this = subtask(ctx, device, ");
    quote(out, json_get_text(step, "name", kind));
    strbuf_append(out, ", ");
    quote(out, kind);
    strbuf_append(out, ", ");
    if (settings != NULL) {
        value(out, settings);
    } else {
        strbuf_append(out, "{}");
    }
    strbuf_append(out, ")\n");
    line(out, level, "last = this");
}

static platen_code branches(strbuf *out, const cJSON *step, int depth, platen_error *err)
{
    static const char *const states[][2] = {{"success", "if this.state == \"success\" then"},
                                            {"warning", "if this.state == \"warning\" then"},
                                            {"error", "if failed(this) then"}};
    int level = depth + 2;
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        const cJSON *branch = json_get_array(step, states[i][0]);
        if (cJSON_GetArraySize(branch) > 0) {
            line(out, level, states[i][1]);
            PLATEN_TRY(steps(out, branch, depth + 1, err));
            line(out, level, "end");
        }
    }
    const cJSON *always = json_get_array(step, "always");
    if (cJSON_GetArraySize(always) > 0) {
        line(out, level, "do");
        PLATEN_TRY(steps(out, always, depth + 1, err));
        line(out, level, "end");
    }
    if (cJSON_GetArraySize(json_get_array(step, "error")) == 0) {
        line(out, level, "if failed(this) then return this end");
    }
    return PLATEN_OK;
}

static platen_code steps(strbuf *out, const cJSON *list, int depth, platen_error *err)
{
    const cJSON *step = NULL;
    if (depth > DEPTH_MAX) {
        return error_set(err, PLATEN_E_INVAL, "branches in more than %d levels", DEPTH_MAX);
    }
    cJSON_ArrayForEach(step, list)
    {
        if (strcmp(json_get_text(step, "do", ""), "end") == 0) {
            end_step(out, step, depth + 1);
            continue;
        }
        if (json_get_text(step, "kind", "")[0] == '\0') {
            return error_set(err, PLATEN_E_INVAL, "a step of the batch has no kind");
        }
        line(out, depth + 1, "do");
        call(out, step, depth + 2);
        PLATEN_TRY(branches(out, step, depth, err));
        line(out, depth + 1, "end");
    }
    return PLATEN_OK;
}

/* "Night & Day" is "night-day". */
static void script_name(const char *name, char out[NAME_MAX_BYTES + 1])
{
    size_t used = 0;
    for (const char *c = name; *c != '\0' && used < NAME_MAX_BYTES; c++) {
        unsigned char byte = (unsigned char)*c;
        bool fits = byte < 128 && isalnum(byte) != 0;
        if (fits) {
            out[used++] = (char)tolower(byte);
        } else if (used > 0 && out[used - 1] != '-') {
            out[used++] = '-';
        }
    }
    while (used > 0 && out[used - 1] == '-') {
        used--;
    }
    out[used] = '\0';
}

platen_code batch_lua_write(const cJSON *settings, const char *name, strbuf *out, platen_error *err)
{
    char script[NAME_MAX_BYTES + 1];
    script_name(name, script);
    strbuf_append(out, "-- Made from a batch task.\n\n"
                       "local function failed(result)\n"
                       "  return result.state == \"error\" or result.state == \"timeout\" or "
                       "result.state == \"cancelled\"\n"
                       "end\n\n"
                       "local function subtask(ctx, device, name, kind, settings)\n"
                       "  local result, err = ctx:subtask(kind, device, settings)\n"
                       "  local last = result or { state = err.state, code = err.code, "
                       "text = err.message }\n"
                       "  ctx:log(name .. \": \" .. last.state)\n"
                       "  return last\n"
                       "end\n\n"
                       "return platen.flow {\n  name = ");
    quote(out, script[0] != '\0' ? script : "batch-copy");
    strbuf_append(out, ",\n  title = ");
    strbuf title;
    strbuf_init(&title);
    strbuf_appendf(&title, "[Flow] %.100s", name);
    quote(out, title.data);
    strbuf_fini(&title);
    strbuf_append(out, ",\n  run = function(ctx, device)\n    local last\n");
    PLATEN_TRY(steps(out, json_get_array(settings, "steps"), 1, err));
    strbuf_append(out, "    return last\n  end,\n}\n");
    return out->failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a script") : PLATEN_OK;
}
