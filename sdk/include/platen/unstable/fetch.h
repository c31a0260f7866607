/*
 * fetch/0, since 1.2, unstable: it may change with any release, and a plugin that needs it loads
 * only where major 0 still means this. One HTTP or HTTPS request to the device of a work.
 *
 * Threads: as tcp/1: blocking drivers only, on the work's thread; a call ends by its own time, by
 * the work's deadline, and when the work is taken back. It takes its turn at the device's port as
 * sessions of tcp/1 do.
 */
#ifndef PLATEN_UNSTABLE_FETCH_H
#define PLATEN_UNSTABLE_FETCH_H

#include <platen/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLATEN_FETCH_TLS 1u  /* HTTPS; the device's certificate is not checked */
#define PLATEN_FETCH_USER 2u /* log in as the target's user: digest, and basic inside TLS only */
#define PLATEN_FETCH_FOLLOW                                                                        \
    4u /* follow up to 5 redirects of GET and HEAD that stay at the device's                       \
          address and port and do not leave TLS; others are the answer */

#define PLATEN_FETCH_HEADERS 32             /* most headers of a request */
#define PLATEN_FETCH_BODY_MAX (4u << 20)    /* bytes of a request's body */
#define PLATEN_FETCH_ANSWER_MAX (64u << 20) /* bytes of an answer's body that can be asked for */
#define PLATEN_FETCH_HEAD_MAX (64u << 10)   /* bytes of an answer's headers */

typedef struct platen_fetch_request {
    uint32_t size;
    uint32_t flags;             /* PLATEN_FETCH_... */
    uint32_t port;              /* 0: 443 with TLS, else 80 */
    uint32_t timeout_ms;        /* of the whole request, 1 to 600,000 */
    uint32_t answer_max;        /* a longer body is an error; at most PLATEN_FETCH_ANSWER_MAX */
    const char *method;         /* upper case letters */
    const char *path;           /* "/config?a=1": begins with '/', printable ASCII without blanks */
    const char *const *headers; /* "Name: value", NULL-terminated; NULL: none. Not Host,
                                   Content-Length, Transfer-Encoding, Authorization, Connection */
    const void *body;
    uint64_t body_length;
} platen_fetch_request;

#define PLATEN_FETCH_REQUEST_INIT                                                                  \
    {                                                                                              \
        (uint32_t)sizeof(platen_fetch_request), 0, 0, 10000, 1u << 20, "GET", "/", NULL, NULL, 0   \
    }

/* Borrowed for the callback. */
typedef struct platen_fetch_answer {
    uint32_t size;
    uint32_t status;     /* 200, 404, ... */
    const char *type;    /* of Content-Type, "" none */
    const char *headers; /* lines "Name: value\n" of the last answer, as they came */
    const void *body;    /* NUL behind it */
    uint64_t length;
} platen_fetch_answer;

typedef struct platen_fetch {
    uint32_t size;

    /*
     * Sends the request and gives the answer to `take`, once, within this call; not on failure. Any
     * HTTP status is an answer, but for AUTH: 401 with PLATEN_FETCH_USER. INVAL: a member that
     * cannot be; STATE: not a blocking driver; UNREACHABLE, TIMEOUT, PROTOCOL, CANCELLED,
     * UNAVAILABLE as with tcp/1; TOO_LARGE: the answer is longer than `answer_max`.
     */
    platen_code (*fetch)(platen_work *work, const platen_fetch_request *request,
                         void (*take)(const platen_fetch_answer *answer, void *user), void *user,
                         platen_error *err);
} platen_fetch;

#ifdef __cplusplus
}
#endif

#endif
