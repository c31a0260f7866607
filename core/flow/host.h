/*
 * One script in one sandbox, with a coroutine for each device. The host knows neither the database
 * nor a device: what a coroutine asks for is handed out, and what became of it is handed in. So the
 * flow thread and a dry run use the same one.
 *
 * The script's main chunk, and that of each library it requires, is called anew for each device: no
 * two devices share a value that can be changed. A host belongs to one thread at a time.
 */
#ifndef PLATEN_FLOW_HOST_H
#define PLATEN_FLOW_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"
#include "core/flow/sandbox.h"

#define FLOW_API 1       /* platen.api */
#define FLOW_LOG_MAX 100 /* lines that are kept of a device, the newest */
#define FLOW_LINE_MAX 500
#define FLOW_TEXT_MAX 1000 /* of a result */
#define FLOW_CALLS_MAX 10000

typedef struct flow_host flow_host;
typedef struct flow_co flow_co; /* the flow of one device */

/* A library that scripts may require. */
typedef struct flow_lib {
    const char *name, *text;
} flow_lib;

/* Copies both texts; false without memory. */
bool flow_lib_set(flow_lib *lib, const char *name, const char *text);
void flow_lib_free(flow_lib *lib); /* one that was set */

typedef struct flow_source {
    const char *name; /* of the script; its chunk is "<name>.lua" */
    const char *text;
    const flow_lib *libs;
    size_t lib_count;
    const char *params; /* JSON object: ctx.params */
    int64_t run;        /* ctx.run, and half the seed of math.random */
    bool preview;
    const sandbox_limits *limits; /* NULL: the presets */
} flow_source;

/* Compiles. PLATEN_E_MALFORMED with file and line. Texts are copied. */
platen_code flow_host_new(const flow_source *source, flow_host **out, platen_error *err);
void flow_host_free(flow_host *h); /* with all its coroutines; NULL is fine */
/* Whether the memory for more devices is there: under three quarters of the limit are used. */
bool flow_host_has_room(flow_host *h);
/* The memory is used up for good: nothing goes on in this host. */
bool flow_host_exhausted(const flow_host *h);
size_t flow_host_memory(const flow_host *h);

/* What the script says of itself. */
typedef struct flow_declaration {
    char kind[8]; /* "flow" or "task" */
    char name[64];
    char title[128];
    bool writes;  /* changes devices: unless the script says no */
    char *params; /* JSON Schema; the caller frees it */
} flow_declaration;

/* Calls the main chunk once and looks at what it returns. PLATEN_E_INVAL with what is wrong. */
platen_code flow_host_declare(flow_host *h, flow_declaration *out, platen_error *err);
/* The same of a library: only that it can be called. */
platen_code flow_host_try(flow_host *h, platen_error *err);

/* ---- a device ---- */

typedef enum flow_call {
    FLOW_NONE, /* it has ended */
    FLOW_SUBTASK,
    FLOW_SLEEP,
    FLOW_WAIT_ONLINE,
    FLOW_READ,      /* platen.device, group, task, report, now: answered from the database */
    FLOW_OPERATION, /* platen.operation: a plugin answers */
} flow_call;

const char *flow_call_word(flow_call call); /* of the journal */

/* What the coroutine waits for. Borrowed until the next flow_co_resume(). */
typedef struct flow_ask {
    flow_call call;
    const char *arguments; /* canonical JSON: equal calls have equal texts */
    const char *where;     /* "file:line" */
    const char *kind;      /* of a subtask; what is read: "device", "parts", ...; an operation */
    const char *settings;  /* of a subtask, arguments of an operation; "{}" */
    const char *text;      /* of a read: a name, or NULL */
    int64_t device;        /* of a subtask or wait; the id of a read */
    int64_t ms;            /* of sleep and wait */
} flow_ask;

/* `device` is the JSON object behind the handle, with "id" in it; the flow's time is `started`
 * until something else is known (flow_co_at). */
platen_code flow_co_new(flow_host *h, const char *device, int64_t started, flow_co **out,
                        platen_error *err);
void flow_co_free(flow_co *co);

/* The time of the lines that follow; 0: that of the clock. */
void flow_co_at(flow_co *co, int64_t at);

/* Goes on until it asks for something or ends. `result` is the JSON of what it waits for (of the
 * first entry NULL). */
void flow_co_resume(flow_co *co, const char *result);
const flow_ask *flow_co_ask(const flow_co *co);

/* Ends it from outside: cancelled, timeout, error. */
void flow_co_end(flow_co *co, const char *state, const char *code, const char *text);

/* How it ended. Borrowed. */
typedef struct flow_end {
    const char *state, *code, *text;
    const char *params;  /* JSON object, or NULL */
    const char *changes; /* JSON array of all its subtasks, or NULL */
} flow_end;

flow_end flow_co_outcome(const flow_co *co);
void flow_co_log(const flow_co *co, strbuf *out); /* JSON array of {"at","level","text"} */

#endif
