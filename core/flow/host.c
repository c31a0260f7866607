/* The state of a script, its main chunk and its coroutines. */
#include "core/flow/host_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/flow/value.h"

#define MEMORY_PRESET ((size_t)64 << 20)

/* In the registry: the host of a state. */
static const char host_key;

flow_host *flow_host_of(lua_State *L)
{
    (void)lua_rawgetp(L, LUA_REGISTRYINDEX, &host_key);
    flow_host *h = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return h;
}

/* ---- what the bindings share ---- */

flow_co *flow_current(lua_State *L, const char *what)
{
    flow_host *h = flow_host_of(L);
    flow_co *co = h->current;
    if (co == NULL || !co->begun) {
        (void)luaL_error(L, "%s: only while run(ctx, device) runs", what);
        return NULL;
    }
    if (L != co->thread) {
        (void)luaL_error(L, "%s: not inside a coroutine of the script", what);
    }
    return co;
}

char *flow_dup(lua_State *L, const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL) {
        (void)luaL_error(L, "no memory");
    }
    return copy;
}

static void ask_clear(flow_co *co)
{
    free(co->asked.arguments);
    free(co->asked.kind);
    free(co->asked.settings);
    free(co->asked.text);
    co->asked = (flow_ask_own){.ask = {.call = FLOW_NONE}};
}

void flow_ask_begin(flow_co *co, lua_State *L, const char *what)
{
    if (lua_isyieldable(L) == 0) {
        (void)luaL_error(L, "%s: not inside a function that Lua's libraries call", what);
    }
    ask_clear(co);
    strbuf_clear(&co->host->scratch);
    luaL_where(L, 1);
    const char *where = lua_tostring(L, -1);
    size_t length = strlen(where);
    while (length > 0 && (where[length - 1] == ' ' || where[length - 1] == ':')) {
        length--;
    }
    (void)snprintf(co->asked.where, sizeof(co->asked.where), "%.*s", (int)length, where);
    lua_pop(L, 1);
}

int flow_wait(lua_State *L, flow_co *co, flow_call call, lua_KFunction done)
{
    flow_ask_own *own = &co->asked;
    own->arguments = flow_dup(L, co->host->scratch.data);
    own->ask.arguments = own->arguments;
    own->ask.kind = own->kind;
    own->ask.settings = own->settings;
    own->ask.text = own->text;
    own->ask.where = own->where;
    own->ask.call = call;
    return lua_yieldk(L, 0, 0, done);
}

const cJSON *flow_result_tree(lua_State *L, flow_co *co)
{
    flow_host *h = co->host;
    const char *text = co->result != NULL ? co->result : "{}";
    platen_error err = PLATEN_ERROR_INIT;
    cJSON_Delete(h->held);
    h->held = NULL;
    if (json_parse(text, strlen(text), &h->held, &err) != PLATEN_OK) {
        (void)luaL_error(L, "the journal is damaged: %s", err.text);
    }
    return h->held;
}

/* ---- require ---- */

static const char *lib_text(const flow_host *h, const char *name)
{
    for (size_t i = 0; i < h->lib_count; i++) {
        if (strcmp(h->libs[i].name, name) == 0) {
            return h->libs[i].text;
        }
    }
    return NULL;
}

/* Pushes the table of what this device's flow has required. */
static void push_required(lua_State *L, flow_host *h)
{
    flow_co *co = h->current;
    if (co == NULL) { /* declared or tried: kept for that entry's state */
        if (lua_getfield(L, LUA_REGISTRYINDEX, "required") != LUA_TTABLE) {
            lua_pop(L, 1);
            lua_newtable(L);
            lua_pushvalue(L, -1);
            lua_setfield(L, LUA_REGISTRYINDEX, "required");
        }
    } else if (co->libs == LUA_NOREF) {
        lua_newtable(L);
        lua_pushvalue(L, -1);
        co->libs = luaL_ref(L, LUA_REGISTRYINDEX);
    } else {
        (void)lua_rawgeti(L, LUA_REGISTRYINDEX, co->libs);
    }
}

/* Pushes the compiled library; compiled once, called once for each device. */
static void push_chunk(lua_State *L, const char *name, const char *text)
{
    char chunk[96];
    (void)lua_getfield(L, LUA_REGISTRYINDEX, "chunks");
    if (lua_getfield(L, -1, name) == LUA_TNIL) {
        lua_pop(L, 1);
        (void)snprintf(chunk, sizeof(chunk), "@%s.lua", name);
        if (luaL_loadbufferx(L, text, strlen(text), chunk, "t") != LUA_OK) {
            (void)lua_error(L);
        }
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, name);
    }
    lua_remove(L, -2);
}

static int base_require(lua_State *L)
{
    flow_host *h = flow_host_of(L);
    const char *name = luaL_checkstring(L, 1);
    const char *text = lib_text(h, name);
    if (strcmp(name, "platen") == 0) {
        (void)lua_getglobal(L, "platen");
        return 1;
    }
    if (text == NULL) {
        return luaL_error(L, "there is no library '%s'", name);
    }
    push_required(L, h);
    if (lua_getfield(L, -1, name) != LUA_TNIL) {
        if (lua_isboolean(L, -1) && !lua_toboolean(L, -1)) {
            return luaL_error(L, "library '%s' requires itself", name);
        }
        return 1;
    }
    lua_pop(L, 1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, name);
    push_chunk(L, name, text);
    lua_call(L, 0, 1);
    if (lua_isnil(L, -1) || (lua_isboolean(L, -1) && !lua_toboolean(L, -1))) {
        lua_pop(L, 1);
        lua_pushboolean(L, 1);
    }
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, name);
    return 1;
}

/* ---- the host ---- */

static int open_host(lua_State *L)
{
    flow_host *h = lua_touserdata(L, 1);
    lua_pushlightuserdata(L, h);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &host_key);
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, "chunks");
    (void)lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    (void)sandbox_push_viewed(L, -1);
    lua_pushcfunction(L, base_require);
    lua_setfield(L, -2, "require");
    lua_pop(L, 2);
    device_open(L);
    ctx_open(L);
    platen_open(L);
    return 0;
}

static int keep_main(lua_State *L)
{
    flow_host *h = lua_touserdata(L, 2);
    lua_settop(L, 1);
    h->main = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

static platen_code protected_call(flow_host *h, lua_CFunction function, int arguments,
                                  platen_error *err)
{
    lua_State *L = sandbox_lua(h->box);
    lua_pushcfunction(L, function); /* a light C function allocates nothing */
    lua_insert(L, -1 - arguments);
    return sandbox_call(h->box, arguments, 0, NULL, 0, err);
}

static void free_const(const char *text)
{
    union {
        const char *kept;
        char *mine;
    } both = {text};
    free(both.mine);
}

bool flow_lib_set(flow_lib *lib, const char *name, const char *text)
{
    *lib = (flow_lib){strdup(name), strdup(text)};
    if (lib->name == NULL || lib->text == NULL) {
        flow_lib_free(lib);
        return false;
    }
    return true;
}

void flow_lib_free(flow_lib *lib)
{
    free_const(lib->name);
    free_const(lib->text);
    *lib = (flow_lib){NULL, NULL};
}

static bool copy_source(flow_host *h, const flow_source *source)
{
    h->name = strdup(source->name);
    h->params = strdup(source->params != NULL ? source->params : "{}");
    h->libs = calloc(source->lib_count + 1, sizeof(h->libs[0]));
    bool fine = h->name != NULL && h->params != NULL && h->libs != NULL;
    for (size_t i = 0; fine && i < source->lib_count; i++) {
        fine = flow_lib_set(&h->libs[i], source->libs[i].name, source->libs[i].text);
        h->lib_count += fine;
    }
    return fine;
}

static void on_print(const char *text, size_t length, void *user)
{
    flow_host *h = user;
    if (h->current != NULL) {
        flow_log_add(h->current, FLOW_INFO, text, length);
    }
}

static platen_code load_main(flow_host *h, const char *text, platen_error *err)
{
    char chunk[96];
    lua_State *L = sandbox_lua(h->box);
    (void)snprintf(chunk, sizeof(chunk), "%s.lua", h->name);
    lua_pushlightuserdata(L, h);
    PLATEN_TRY(protected_call(h, open_host, 1, err));
    PLATEN_TRY(sandbox_load(h->box, chunk, text, strlen(text), err));
    lua_pushlightuserdata(L, h);
    return protected_call(h, keep_main, 2, err);
}

platen_code flow_host_new(const flow_source *source, flow_host **out, platen_error *err)
{
    flow_host *h = calloc(1, sizeof(*h));
    if (h == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for script '%s'", source->name);
    }
    strbuf_init(&h->scratch);
    h->run = source->run;
    h->preview = source->preview;
    h->limit = source->limits != NULL && source->limits->memory > 0 ? source->limits->memory
                                                                    : MEMORY_PRESET;
    platen_code rc = copy_source(h, source)
                         ? sandbox_new(source->limits, &h->box, err)
                         : error_set(err, PLATEN_E_NOMEM, "no memory for script '%s'", h->name);
    if (rc == PLATEN_OK) {
        sandbox_on_print(h->box, on_print, h);
        rc = load_main(h, source->text, err);
    }
    if (rc != PLATEN_OK) {
        flow_host_free(h);
        return rc;
    }
    *out = h;
    return PLATEN_OK;
}

void flow_host_free(flow_host *h)
{
    if (h == NULL) {
        return;
    }
    sandbox_free(h->box); /* first: then no coroutine needs to be let go of */
    h->box = NULL;
    while (h->first != NULL) {
        flow_co_free(h->first);
    }
    for (size_t i = 0; i < h->lib_count; i++) {
        flow_lib_free(&h->libs[i]);
    }
    free(h->libs);
    free(h->name);
    free(h->params);
    cJSON_Delete(h->held);
    strbuf_fini(&h->scratch);
    free(h);
}

size_t flow_host_memory(const flow_host *h)
{
    return sandbox_memory(h->box);
}

bool flow_host_has_room(flow_host *h)
{
    if (sandbox_memory(h->box) < h->limit / 4 * 3) {
        return true;
    }
    (void)lua_gc(sandbox_lua(h->box), LUA_GCCOLLECT);
    return sandbox_memory(h->box) < h->limit / 4 * 3;
}

bool flow_host_exhausted(const flow_host *h)
{
    return h->exhausted;
}

/* ---- what it says of itself ---- */

typedef struct declaring {
    flow_host *host;
    flow_declaration *out;
} declaring;

static void copy_field(lua_State *L, const char *name, char *out, size_t size, const char *preset)
{
    int type = lua_getfield(L, 1, name);
    if (type != LUA_TNIL && type != LUA_TSTRING) {
        (void)luaL_error(L, "'%s' is a %s and should be a text", name, lua_typename(L, type));
    }
    const char *text = type == LUA_TSTRING ? lua_tostring(L, -1) : preset;
    if (strlen(text) >= size) {
        (void)luaL_error(L, "'%s' has more than %d bytes", name, (int)size - 1);
    }
    (void)snprintf(out, size, "%s", text);
    lua_pop(L, 1);
}

/* Arguments: what the main chunk returned, the declaring. */
static int read_declaration(lua_State *L)
{
    declaring *d = lua_touserdata(L, 2);
    flow_host *h = d->host;
    flow_declaration *out = d->out;
    if (h->declared == NULL || lua_topointer(L, 1) != h->definition) {
        return luaL_error(L, "%s.lua: the script returns no platen.flow{...} or platen.task{...}",
                          h->name);
    }
    (void)snprintf(out->kind, sizeof(out->kind), "%s", h->declared);
    copy_field(L, "name", out->name, sizeof(out->name), h->name);
    copy_field(L, "title", out->title, sizeof(out->title), "");
    (void)lua_getfield(L, 1, "writes");
    out->writes = lua_isnil(L, -1) || lua_toboolean(L, -1);
    lua_pop(L, 1);
    strbuf_clear(&h->scratch);
    if (lua_getfield(L, 1, "params") == LUA_TNIL) {
        strbuf_append(&h->scratch, "{\"type\":\"object\",\"properties\":{}}");
    } else {
        value_write(L, lua_gettop(L), &h->scratch);
    }
    out->params = strbuf_take(&h->scratch);
    return out->params != NULL ? 0 : luaL_error(L, "no memory");
}

platen_code flow_host_declare(flow_host *h, flow_declaration *out, platen_error *err)
{
    lua_State *L = sandbox_lua(h->box);
    declaring d = {h, out};
    *out = (flow_declaration){.params = NULL};
    h->declared = NULL;
    (void)lua_rawgeti(L, LUA_REGISTRYINDEX, h->main);
    PLATEN_TRY(sandbox_call(h->box, 0, 1, NULL, 0, err));
    lua_pushlightuserdata(L, &d);
    return protected_call(h, read_declaration, 2, err);
}

platen_code flow_host_try(flow_host *h, platen_error *err)
{
    (void)lua_rawgeti(sandbox_lua(h->box), LUA_REGISTRYINDEX, h->main);
    return sandbox_call(h->box, 0, 0, NULL, 0, err);
}

/* ---- coroutines ---- */

const char *flow_call_word(flow_call call)
{
    static const char *const words[] = {"none",        "subtask", "sleep",
                                        "wait_online", "read",    "operation"};
    return words[call];
}

static uint64_t mix(uint64_t *seed) /* splitmix64 of Vigna (the formula) */
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Argument: the co. */
static int anchor_co(lua_State *L)
{
    flow_co *co = lua_touserdata(L, 1);
    lua_State *thread = lua_newthread(L);
    co->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
    co->thread = thread;
    return 0;
}

platen_code flow_co_new(flow_host *h, const char *device, int64_t started, flow_co **out,
                        platen_error *err)
{
    flow_co *co = calloc(1, sizeof(*co));
    char *snapshot = strdup(device);
    cJSON *tree = NULL;
    if (co == NULL || snapshot == NULL) {
        free(co);
        free(snapshot);
        return error_set(err, PLATEN_E_NOMEM, "no memory for the flow of a device");
    }
    co->snapshot = snapshot;
    co->host = h;
    co->anchor = LUA_NOREF;
    co->libs = LUA_NOREF;
    co->at = started;
    platen_code rc = json_parse(device, strlen(device), &tree, err);
    co->id = json_get_i64(tree, "id", 0);
    cJSON_Delete(tree);
    uint64_t seed = (uint64_t)h->run * UINT64_C(0x2545f4914f6cdd1d) ^ (uint64_t)co->id;
    co->random[0] = mix(&seed);
    co->random[1] = mix(&seed);
    co->next = h->first;
    if (h->first != NULL) {
        h->first->previous = co;
    }
    h->first = co;
    if (rc == PLATEN_OK) {
        lua_pushlightuserdata(sandbox_lua(h->box), co);
        rc = protected_call(h, anchor_co, 1, err);
    }
    if (rc != PLATEN_OK) {
        flow_co_free(co);
        return rc;
    }
    *out = co;
    return PLATEN_OK;
}

void flow_co_free(flow_co *co)
{
    if (co == NULL) {
        return;
    }
    flow_host *h = co->host;
    if (h->box != NULL) { /* freeing a place in the registry allocates nothing */
        luaL_unref(sandbox_lua(h->box), LUA_REGISTRYINDEX, co->libs);
        luaL_unref(sandbox_lua(h->box), LUA_REGISTRYINDEX, co->anchor);
    }
    if (co->previous != NULL) {
        co->previous->next = co->next;
    } else {
        h->first = co->next;
    }
    if (co->next != NULL) {
        co->next->previous = co->previous;
    }
    ask_clear(co);
    flow_log_free(co);
    free(co->snapshot);
    free(co->result);
    free(co->text);
    free(co->params);
    free(co->changes);
    free(co);
}

void flow_co_at(flow_co *co, int64_t at)
{
    co->at = at;
}

const flow_ask *flow_co_ask(const flow_co *co)
{
    return &co->asked.ask;
}

void flow_co_end(flow_co *co, const char *state, const char *code, const char *text)
{
    ask_clear(co);
    flow_outcome_set(co, state, code, text);
}

/* Puts run, ctx and device onto the coroutine, whose main chunk has returned. Argument: the co. */
static int begin_run(lua_State *L)
{
    flow_co *co = lua_touserdata(L, 1);
    flow_host *h = co->host;
    lua_State *thread = co->thread;
    if (h->declared == NULL || lua_gettop(thread) < 1 ||
        lua_topointer(thread, 1) != h->definition) {
        return luaL_error(L, "%s.lua: the script returns no platen.flow{...} or platen.task{...}",
                          h->name);
    }
    lua_settop(thread, 1);
    lua_xmove(thread, L, 1);
    lua_getfield(L, -1, "run");
    ctx_push(L);
    device_push(L, co->snapshot);
    if (lua_checkstack(thread, 3) == 0) {
        return luaL_error(L, "no memory");
    }
    lua_xmove(L, thread, 3);
    co->begun = true;
    return 0;
}

/* Argument: the co, the number of values. */
static int take_returned(lua_State *L)
{
    flow_co *co = lua_touserdata(L, 1);
    int count = (int)lua_tointeger(L, 2);
    luaL_checkstack(L, count + 8, "too many values");
    lua_xmove(co->thread, L, count);
    flow_outcome_returned(L, co, count);
    return 0;
}

static platen_code enter(flow_co *co, int arguments, bool *yielded, int *results, platen_error *err)
{
    flow_host *h = co->host;
    char trace[512] = "";
    h->current = co;
    sandbox_use_random(h->box, co->random);
    platen_code rc =
        sandbox_resume(h->box, co->thread, arguments, yielded, results, trace, sizeof(trace), err);
    h->current = NULL;
    if (rc != PLATEN_OK && trace[0] != '\0') {
        flow_log_add(co, FLOW_ERROR, trace, strlen(trace));
    }
    return rc;
}

/* The main chunk, up to where run() can be called. */
static platen_code begin(flow_co *co, platen_error *err)
{
    flow_host *h = co->host;
    bool yielded = false;
    int results = 0;
    h->declared = NULL;
    if (lua_checkstack(co->thread, 4) == 0) {
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    (void)lua_rawgeti(co->thread, LUA_REGISTRYINDEX, h->main);
    PLATEN_TRY(enter(co, 0, &yielded, &results, err));
    if (yielded) {
        return error_set(err, PLATEN_E_INVAL, "%s.lua: the script waits outside run()", h->name);
    }
    lua_pushlightuserdata(sandbox_lua(h->box), co);
    return protected_call(h, begin_run, 1, err);
}

static platen_code go_on(flow_co *co, int arguments, platen_error *err)
{
    flow_host *h = co->host;
    bool yielded = false;
    int results = 0;
    PLATEN_TRY(enter(co, arguments, &yielded, &results, err));
    if (co->over) { /* ctx:fail and ctx:skip */
        return PLATEN_OK;
    }
    if (yielded) {
        return co->asked.ask.call != FLOW_NONE
                   ? PLATEN_OK
                   : error_set(err, PLATEN_E_INVAL,
                               "%s.lua: coroutine.yield() outside a coroutine of the script",
                               h->name);
    }
    lua_pushlightuserdata(sandbox_lua(h->box), co);
    lua_pushinteger(sandbox_lua(h->box), results);
    return protected_call(h, take_returned, 2, err);
}

/* After a failure for want of memory: is there enough for the others? */
static void look_at_memory(flow_host *h)
{
    (void)lua_gc(sandbox_lua(h->box), LUA_GCCOLLECT);
    h->exhausted = sandbox_memory(h->box) > h->limit / 10 * 9;
}

void flow_co_resume(flow_co *co, const char *result)
{
    platen_error err = PLATEN_ERROR_INIT;
    platen_code rc = PLATEN_OK;
    int arguments = 0;
    free(co->result);
    co->result = result != NULL ? strdup(result) : NULL;
    co->asked.ask.call = FLOW_NONE;
    if (!co->begun) {
        rc = begin(co, &err);
        arguments = 2;
    }
    if (rc == PLATEN_OK) {
        rc = go_on(co, arguments, &err);
    }
    if (rc != PLATEN_OK) {
        flow_outcome_fail(co, rc, &err);
    }
    if (co->over) {
        ask_clear(co);
        luaL_unref(sandbox_lua(co->host->box), LUA_REGISTRYINDEX, co->anchor);
        co->anchor = LUA_NOREF;
        co->thread = NULL;
    }
    if (rc == PLATEN_E_NOMEM) {
        look_at_memory(co->host);
    }
}
