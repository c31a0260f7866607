/* What host.c, bind_*.c and flow_log.c share. */
#ifndef PLATEN_FLOW_HOST_PRIVATE_H
#define PLATEN_FLOW_HOST_PRIVATE_H

#include <cjson/cJSON.h>

#include "core/flow/host.h"

typedef enum flow_level { FLOW_INFO, FLOW_WARNING, FLOW_ERROR } flow_level;

typedef struct flow_line {
    int64_t at;
    flow_level level;
    char *text;
} flow_line;

struct flow_host {
    sandbox *box;
    char *name, *params;
    flow_lib *libs; /* own texts */
    size_t lib_count;
    int64_t run;
    bool preview, exhausted;
    size_t limit;
    int main; /* place of the main chunk in the registry */
    flow_co *first;
    flow_co *current;       /* that runs now; NULL outside an entry of a device */
    cJSON *held;            /* freed at the next use: what a raise would have left behind */
    strbuf scratch;         /* the same for texts */
    const char *declared;   /* "flow" or "task": what the main chunk has made, in this entry */
    const void *definition; /* the table of it, to know it again */
};

typedef struct flow_ask_own {
    flow_ask ask;
    char *arguments, *kind, *settings, *text;
    char where[96];
} flow_ask_own;

struct flow_co {
    flow_co *next, *previous;
    flow_host *host;
    lua_State *thread;
    int anchor; /* its place in the registry */
    int libs;   /* table of libraries that it has required, in the registry; LUA_NOREF */
    char *snapshot;
    int64_t id;
    uint64_t random[2];
    int64_t at;
    flow_ask_own asked;
    char *result; /* of the call that it waits for */
    bool begun;   /* run() is called; before it is the main chunk */
    bool over;
    bool warned;
    char state[12], code[48];
    char *text, *params, *changes;
    flow_line *lines; /* a ring */
    size_t line_count, line_next;
};

flow_host *flow_host_of(lua_State *L);

/* The coroutine that runs in `L`. Raises inside a coroutine of the script's own, and while the main
 * chunk runs; `what` names the function. */
flow_co *flow_current(lua_State *L, const char *what);

/* Yields; `done` goes on with co->result and with the stack as it is here. After flow_ask_begin()
 * and with the arguments in host->scratch. */
int flow_wait(lua_State *L, flow_co *co, flow_call call, lua_KFunction done);
/* Before anything of the ask is filled in. Raises where nothing can wait. */
void flow_ask_begin(flow_co *co, lua_State *L, const char *what);
char *flow_dup(lua_State *L, const char *text); /* raises without memory */

/* The result as a tree, held by the host. Raises when it is damaged. */
const cJSON *flow_result_tree(lua_State *L, flow_co *co);

void flow_log_add(flow_co *co, flow_level level, const char *text, size_t length);
void flow_log_free(flow_co *co);

/* outcome.c */
void flow_outcome_set(flow_co *co, const char *state, const char *code, const char *text);
void flow_outcome_fail(flow_co *co, platen_code rc, const platen_error *err);
/* What run() returned: values 1 to `count` of the coroutine. Called protected. */
void flow_outcome_returned(lua_State *L, flow_co *co, int count);
void flow_outcome_changes(lua_State *L, flow_co *co, const cJSON *changes);
/* From the value at `index`: a text, or a table with code, message or text, and state. */
void flow_outcome_of(lua_State *L, flow_co *co, int index, const char *preset);

/* bind_device.c: a handle whose fields are those of the JSON object. */
void device_push(lua_State *L, const char *json);
int64_t device_check(lua_State *L, int index);
void device_open(lua_State *L);

/* bind_ctx.c, bind_platen.c: called once for a sandbox, protected. */
void ctx_open(lua_State *L);
void ctx_push(lua_State *L);
void platen_open(lua_State *L);

/* {state,code,text,params,changes} of a subtask, or nil and {code,message,state}. */
int flow_push_result(lua_State *L, flow_co *co);

#endif
