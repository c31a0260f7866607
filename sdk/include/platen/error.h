/*
 * Error codes and the error text that travels up through Platen and its plugins.
 *
 * A fallible function returns a platen_code and, on failure, leaves one line of text in the
 * platen_error of its caller. Reporting an error never allocates.
 */
#ifndef PLATEN_ERROR_H
#define PLATEN_ERROR_H

#include <stdarg.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The one table of codes: name, number, HTTP status, may a repeat help. Numbers are part of the
 * ABI: they are never reused, new ones are added at the end. The stable word that REST, Lua and
 * the command line show is the name in lower case with '-' for '_' ("not-found").
 */
#define PLATEN_CODES(X)                                                                            \
    X(OK, 0, 200, 0)                      /* done */                                               \
    X(INVAL, 1, 422, 0)                   /* an argument or input value that cannot be */          \
    X(NOMEM, 2, 503, 1)                   /* no memory */                                          \
    X(NOT_FOUND, 3, 404, 0)               /* there is no such thing */                             \
    X(EXISTS, 4, 409, 0)                  /* there is one already */                               \
    X(STATE, 5, 409, 0)                   /* not in the state it is in */                          \
    X(MALFORMED, 6, 400, 0)               /* text that does not parse */                           \
    X(UNAUTHENTICATED, 7, 401, 0)         /* nobody is logged in */                                \
    X(FORBIDDEN, 8, 403, 0)               /* logged in, but may not */                             \
    X(CONFLICT, 9, 412, 0)                /* somebody else changed it first (ETag) */              \
    X(TOO_LARGE, 10, 413, 0)              /* over a limit that the text names */                   \
    X(RATE_LIMITED, 11, 429, 1)           /* too often */                                          \
    X(UNAVAILABLE, 12, 503, 1)            /* a part of Platen is not there just now */             \
    X(IO, 13, 500, 1)                     /* files, sockets, the operating system */               \
    X(STORE, 14, 500, 1)                  /* the database */                                       \
    X(CORRUPT, 15, 500, 0)                /* own data that is not as it was written */             \
    X(VERSION, 16, 409, 0)                /* versions that do not fit together */                  \
    X(UNREACHABLE, 17, 502, 1)            /* the device's address cannot be reached */             \
    X(TIMEOUT, 18, 504, 1)                /* no answer in time */                                  \
    X(AUTH, 19, 502, 0)                   /* the device refused the credential */                  \
    X(PROTOCOL, 20, 502, 1)               /* the device's answer breaks its protocol */            \
    X(DEVICE, 21, 502, 0)                 /* the device answered with an error of its own */       \
    X(UNSUPPORTED, 22, 409, 0)            /* the device, driver or build cannot do it */           \
    X(CANCELLED, 23, 409, 0)              /* told to stop */                                       \
    X(METHOD, 24, 405, 0)                 /* the resource does not know that HTTP method */        \
    X(MEDIA_TYPE, 25, 415, 0)             /* a body of a type the resource does not read */        \
    X(INTERNAL, 26, 500, 0)               /* a defect of Platen */                                 \
    X(SECOND_FACTOR_REQUIRED, 27, 401, 0) /* the password is right, a one-time code is missing */

typedef enum platen_code {
#define X(name, number, status, retry) PLATEN_E_##name = (number),
    PLATEN_CODES(X)
#undef X
} platen_code;

/* PLATEN_E_OK reads badly at a return statement. */
#define PLATEN_OK PLATEN_E_OK

#define PLATEN_ERROR_TEXT 320

/* Made with PLATEN_ERROR_INIT by the caller, filled by the callee; one thread at a time. */
typedef struct platen_error {
    uint32_t size;                /* sizeof(platen_error) at the caller's build */
    uint32_t code;                /* platen_code of the failure, PLATEN_OK when there was none */
    int32_t sys;                  /* errno or the library's own number, 0 when there is none */
    char text[PLATEN_ERROR_TEXT]; /* one line, lower case, no full stop, never a secret */
} platen_error;

#define PLATEN_ERROR_INIT                                                                          \
    {                                                                                              \
        (uint32_t)sizeof(platen_error), PLATEN_OK, 0, ""                                           \
    }

/* Leaves the function with the code of `call` when that is not PLATEN_OK. */
#define PLATEN_TRY(call)                                                                           \
    do {                                                                                           \
        platen_code platen_try_code_ = (call);                                                     \
        if (platen_try_code_ != PLATEN_OK) {                                                       \
            return platen_try_code_;                                                               \
        }                                                                                          \
    } while (0)

#ifdef __cplusplus
}
#endif

#endif
