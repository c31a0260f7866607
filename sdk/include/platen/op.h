/*
 * op/1: operations of the feature. One registration makes it callable from everywhere: REST
 * (POST /operations/{id}), the command line (`platen operation run`), scripts (platen.operation()),
 * pages, other features. The host holds arguments to their schema, callers to their role and
 * regions, and writes the audit log. Since 1.2, manager only.
 */
#ifndef PLATEN_OP_H
#define PLATEN_OP_H

#include <platen/access.h>
#include <platen/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLATEN_OPERATION_READ 1u  /* changes nothing: no entry in the audit log */
#define PLATEN_OPERATION_WRITE 2u /* changes something */
/* The operation knows no devices, so that regions mean nothing to it. Without it, somebody of some
 * regions only may call it, and run() must ask in_regions() for each device that it touches or
 * shows; a run() that does not ask fails with PLATEN_E_INTERNAL for such a caller. */
#define PLATEN_OPERATION_NO_DEVICES 4u

#define PLATEN_OPERATION_ANSWER_MAX (12u << 20) /* bytes of an answer: a file of 8 MiB fits */
#define PLATEN_OPERATION_SCHEMA_MAX 65536u      /* bytes of a schema */

typedef struct platen_call platen_call; /* one call: valid in its run() */

/*
 * Does it. `arguments` is a JSON object that the schema allows, borrowed for the call. Answers with
 * answer() once, or not at all ("null"). Returns PLATEN_OK; or after invalid() PLATEN_E_INVAL; or
 * another code, whose text the caller sees. A thread of the HTTP server, or of scripts: calls
 * overlap; it may use the database and the disk, and waits for neither a device nor the network.
 */
typedef platen_code (*platen_operation_fn)(platen_call *call, const char *arguments, void *user,
                                           platen_error *err);

typedef struct platen_operation {
    uint32_t size;
    uint32_t flags;        /* PLATEN_OPERATION_READ or _WRITE, and what else there is */
    uint32_t role;         /* PLATEN_ACCESS_... */
    const char *id;        /* "<plugin>.<word>" of a-z, 0-9 and '-': "hello.greet" */
    const char *function;  /* word that a device manager needs (task/1 function(), or the core's);
                              NULL only with PLATEN_ACCESS_USER or _SYSTEM_MANAGER */
    const char *title;     /* key of the plugin's catalogue, or English text; 1 to 200 bytes */
    const char *arguments; /* JSON Schema of an object; NULL: it takes none. A member that is secret
                              says "writeOnly":true: it is "***" in the audit log, and a password
                              field on pages. A file is {"type":"string","format":"file",
                              "contentEncoding":"base64","maxLength":N}: a text of base64, at most
                              12 MiB with all the rest; of it the audit log has the size */
    const char *result;    /* JSON Schema of the answer for the documentation; NULL: not said */
    platen_operation_fn run;
    void *user;
    void (*release)(void *user); /* once, after withdrawal; may be NULL */
} platen_operation;

#define PLATEN_OPERATION_INIT                                                                      \
    {                                                                                              \
        (uint32_t)sizeof(platen_operation), 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL   \
    }

typedef struct platen_op {
    uint32_t size;

    /* In load() only; texts are copied. PLATEN_E_INVAL for what cannot be (a schema that does not
     * compile, an id of another plugin), PLATEN_E_EXISTS for an id that is there. */
    platen_code (*add)(platen_ctx *ctx, const platen_operation *operation, platen_error *err);

    /* Calls an operation of any plugin, as the manager itself: of every role and region, way
     * "plugin". `take` (may be NULL) gets the answer, JSON text, borrowed for the call. Any thread,
     * not in load() and not within a transaction. At most 8 operations call each other in a row.
     * PLATEN_E_NOT_FOUND: there is no such operation; PLATEN_E_INVAL: the arguments, the text names
     * the first place. */
    platen_code (*call)(platen_ctx *ctx, const char *id, const char *arguments,
                        void (*take)(const char *result, void *user), void *user,
                        platen_error *err);

    /* ---- in run(), on its thread ---- */

    /* The answer, JSON text; copied. PLATEN_E_STATE the second time, PLATEN_E_INVAL when it is no
     * JSON, PLATEN_E_TOO_LARGE. */
    platen_code (*answer)(platen_call *call, const char *json, platen_error *err);
    /* Who calls; `out` (with its size set) is filled. */
    void (*who)(platen_call *call, platen_who *out);
    /* Whether the caller may see and change that device; 0: things of no device. */
    bool (*in_regions)(platen_call *call, int64_t device);
    /* What is wrong with the arguments: JSON pointer ("/name"), code ("not-found", docs/errors.md)
     * and one line. At most 100 are kept; copied. */
    void (*invalid)(platen_call *call, const char *pointer, const char *code, const char *text);
} platen_op;

#ifdef __cplusplus
}
#endif

#endif
