/*
 * http/1: resources of the REST API below /api/v1/<plugin>/. The same router, access, regions,
 * audit log, checks of bodies and openapi.json as for Platen's own. Manager only; since 1.2.
 *
 * A list of things should be a page (page.h), and what somebody does to them an operation (op.h):
 * these come with filters, exports, the command line and scripts. http/1 is for what is neither:
 * files, answers of another shape, addresses that other programs expect.
 *
 * Threads: route() in load() only, main thread. handle() is called on the thread of a request;
 * calls overlap. It may block for the database (store.h) and for files, never for a device or a
 * network: what takes longer is a task. All functions of a request are for that thread, until
 * handle() returns. Texts that the host gives are good until then; what the plugin gives is copied.
 */
#ifndef PLATEN_HTTP_H
#define PLATEN_HTTP_H

#include <platen/plugin.h>
#include <platen/access.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct platen_request platen_request; /* opaque, valid during handle() */

/*
 * What a route does about regions. Who has only some regions sees devices of those alone, and a
 * device of another region is not there for him.
 */
#define PLATEN_REGION_NONE 1u   /* it has nothing to do with devices */
#define PLATEN_REGION_ALL 2u    /* it reaches every region: refused to who has only some */
#define PLATEN_REGION_DEVICE 3u /* {id} of the path is a device: 404 for those of others */
#define PLATEN_REGION_OWN 4u    /* handle() asks in_regions(): answering without it is an error */

#define PLATEN_ROUTE_NO_BODY 1u    /* a body is refused */
#define PLATEN_ROUTE_SMALL_BODY 2u /* a body of up to 64 KiB instead of 1 MiB */
#define PLATEN_ROUTE_LARGE_BODY 4u /* up to 64 MiB */
#define PLATEN_ROUTE_PASSIVE 8u    /* pages ask by themselves: no sign of life of their user */

#define PLATEN_ROUTES_MAX 64u          /* of a plugin, those of its pages included */
#define PLATEN_ANSWER_MAX (64u << 20)  /* bytes of an answer */
#define PLATEN_ROUTE_SCHEMA_MAX 65536u /* bytes of a schema */

typedef struct platen_route {
    uint32_t size;
    uint32_t flags;     /* PLATEN_ROUTE_... */
    uint32_t access;    /* PLATEN_ACCESS_...; routes that nobody need log in for are not possible */
    uint32_t region;    /* PLATEN_REGION_... */
    const char *method; /* "GET", "POST", "PATCH", "PUT" or "DELETE" */
    const char *path;   /* below the plugin's own: "/greetings/{id}/text"; at most 4 parameters and
                           10 segments of a-z, 0-9, '-', '_' and '.' */
    const char *function; /* the word that a device manager needs: Platen's or one of this plugin
                             (task.h, function()), which is then registered before. NULL: nothing
                             more; never NULL with PLATEN_ACCESS_DEVICE_MANAGER */
    const char *summary;  /* one sentence in English for openapi.json, 1 to 200 bytes */
    const char *body;   /* JSON Schema of the body (see driver.h, platen_action, for its words), or
                           NULL. The host answers 422 with pointers for what does not fit: unknown
                           members, wrong types, ranges. Members that are "writeOnly" are not in
                           the audit log */
    const char *answer; /* JSON Schema of a good answer for openapi.json, or NULL; not checked */
    /* Answers by one of json(), empty() and bytes(), then PLATEN_OK. Any other code is answered as
     * its HTTP status (error.h) with the text of `err`, and what was answered before does not
     * count. */
    platen_code (*handle)(platen_request *request, void *user, platen_error *err);
    void *user;
    void (*release)(void *user); /* once, after withdrawal; may be NULL */
} platen_route;

#define PLATEN_ROUTE_INIT                                                                          \
    {                                                                                              \
        (uint32_t)sizeof(platen_route), 0, 0, 0, "GET", NULL, NULL, NULL, NULL, NULL, NULL, NULL,  \
            NULL                                                                                   \
    }

typedef struct platen_http {
    uint32_t size;

    /* Registers a route. The host copies it. PLATEN_E_STATE outside load(). PLATEN_E_INVAL: a
     * member that is not as it must be, an unknown flag, a schema that is none. PLATEN_E_EXISTS:
     * the plugin has the route, or a page of that path. PLATEN_E_TOO_LARGE: more than
     * PLATEN_ROUTES_MAX. After a failure load() should fail too. */
    platen_code (*route)(platen_ctx *ctx, const platen_route *route, platen_error *err);

    /* ---- the request ---- */

    /* What stands in the path for {name}, decoded; "" when the path has no such parameter. */
    const char *(*param)(platen_request *request, const char *name);
    /* The first value of a parameter behind '?', decoded; NULL when there is none. */
    const char *(*query)(platen_request *request, const char *name);
    /* The body as JSON text: it keeps the route's schema. NULL without a body. */
    const char *(*body)(platen_request *request);
    void (*who)(platen_request *request, platen_who *who);
    /* Whether the device is of the regions of who asks. With 0: whether all regions are his. Also
     * within a transaction. */
    bool (*in_regions)(platen_request *request, int64_t device);

    /* ---- the answer: the last one counts ---- */

    /* `status` 200 to 299; `text` is one JSON value. PLATEN_E_INVAL when it is none;
     * PLATEN_E_TOO_LARGE over PLATEN_ANSWER_MAX. */
    platen_code (*json)(platen_request *request, uint32_t status, const char *text,
                        platen_error *err);
    /* 202 or 204. */
    platen_code (*empty)(platen_request *request, uint32_t status, platen_error *err);
    /* A file: `type` is a media type ("image/png"); `filename` is what it is saved as, of letters,
     * digits, '-', '_', '.' and at most 100 bytes, or NULL. It is never shown as a page of Platen's
     * own. */
    platen_code (*bytes)(platen_request *request, const char *type, const char *filename,
                         const void *data, uint64_t length, platen_error *err);
    /* Notes what is wrong with the input, up to 50 times: `pointer` is a JSON pointer into the body
     * ("/text") or "?name"; `code` a word ("range"); `text` one sentence. Fills `err` and returns
     * PLATEN_E_INVAL, which handle() returns. */
    platen_code (*invalid)(platen_request *request, const char *pointer, const char *code,
                           const char *text, platen_error *err);
} platen_http;

#ifdef __cplusplus
}
#endif

#endif
