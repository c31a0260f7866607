/*
 * Operations of plugins: what was registered (iface_op.c), and calling one from wherever
 * (operation.c). Constant after load(); calls on any thread, each on its own.
 */
#ifndef PLATEN_FEATURE_OPERATION_H
#define PLATEN_FEATURE_OPERATION_H

#include <platen/op.h>

#include "core/base/json.h"
#include "core/feature/feature_private.h"
#include "core/model/region.h"
#include "core/rest/schema.h"

typedef struct operation operation;
struct operation {
    operation *next;     /* in the order of registration */
    platen_operation op; /* complete, texts are the host's copies; `arguments` is never NULL */
    schema *rules;       /* of the arguments */
    const feature_plugin *plugin;
    char texts[];
};

/* NULL: there is none. */
const operation *operation_find(const feature *f, const char *id);

/* Who calls, and what becomes of it. */
typedef struct operation_caller {
    platen_who who;
    const region_set *regions;                    /* NULL: all */
    rest_request *request;                        /* NULL: none is behind it */
    void (*take)(const char *result, void *user); /* may be NULL */
    schema_report fault;                          /* may be NULL */
    void *user;                                   /* of both */
} operation_caller;

/*
 * Holds the arguments (NULL: none) to the schema and runs it. `take` gets the answer's JSON text
 * ("null" when it gave none), `fault` what is wrong with the arguments; then PLATEN_E_INVAL, whose
 * text names the first place. Whether the caller may call it has been asked before.
 */
platen_code operation_run(const operation *o, const cJSON *arguments,
                          const operation_caller *caller, platen_error *err);

/* The same with the arguments as text (NULL: none) and without a request. */
platen_code operation_run_text(const operation *o, const char *arguments,
                               const operation_caller *caller, platen_error *err);

/* op/1 in run(): the slots of the table. */
platen_code operation_answer(platen_call *call, const char *json, platen_error *err);
void operation_who(platen_call *call, platen_who *out);
bool operation_in_regions(platen_call *call, int64_t device);
void operation_invalid(platen_call *call, const char *pointer, const char *code, const char *text);

/* rest_operations.c: whether who asks may call it; the caller that a request is, without `take`,
 * `fault` and `user`. */
bool operation_allowed(const operation *o, rest_request *r, platen_error *err);
operation_caller operation_caller_of(rest_request *r);

platen_code rest_operations_add(feature *f, rest *r, platen_error *err);

#endif
