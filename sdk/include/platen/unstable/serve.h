/*
 * serve/0, since 1.2, unstable: it may change with any release, and a plugin that needs it loads
 * only where major 0 still means this. What a device fetches from the agent by itself: a driver
 * publishes a body for the device of its work, the agent's download port serves it to that device
 * alone, and tells when it was fetched.
 *
 * A place is a driver's name for one thing of one device. It has a URL that cannot be guessed and
 * stays the same as long as the place is there, so that it can be entered at the device: over
 * restarts of the agent, and whatever is published there. The device shows the user and password
 * that the target of the work had when it was published last (RFC 7617, "Basic").
 *
 * Threads: as tcp/1: blocking drivers only, on the work's thread. Drivers in a process of their own
 * do not get it: they open no port.
 */
#ifndef PLATEN_UNSTABLE_SERVE_H
#define PLATEN_UNSTABLE_SERVE_H

#include <platen/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLATEN_SERVE_NAME_MAX 48u        /* bytes of a name: a-z, 0-9, '.', '-' */
#define PLATEN_SERVE_BODY_MAX (4u << 20) /* bytes of a body */
#define PLATEN_SERVE_URL_MAX 255u        /* bytes of a URL */
#define PLATEN_SERVE_DAYS_MAX 366u       /* that a body is served */

typedef struct platen_serve_item {
    uint32_t size;
    uint32_t days;    /* that the body is served from now on, 1 to PLATEN_SERVE_DAYS_MAX */
    const char *name; /* of the place */
    const char *type; /* Content-Type: printable ASCII, up to 96 bytes */
    const void *body; /* copied; NULL: the place is made, if it is not there, and answers 404 as
                         long as nothing was published; what was published stays */
    uint64_t length;
} platen_serve_item;

#define PLATEN_SERVE_ITEM_INIT                                                                     \
    {                                                                                              \
        (uint32_t)sizeof(platen_serve_item), 7, NULL, "application/octet-stream", NULL, 0          \
    }

/* A place as it is now. Times are ms UTC, 0: never. */
typedef struct platen_serve_place {
    uint32_t size;
    uint32_t fetches; /* of this body, whole answers */
    int64_t published;
    int64_t until;    /* the body is served; 0: there is none */
    int64_t fetched;  /* the last whole answer of this body went out */
    int64_t refused;  /* somebody was refused last */
    char refusal[64]; /* why: "wrong user or password", ... */
    char digest[65];  /* SHA-256 of the body in hex, "" when there is none */
    char url[PLATEN_SERVE_URL_MAX + 1];
} platen_serve_place;

typedef struct platen_serve {
    uint32_t size;

    /*
     * Publishes a body. The same body again with the same login goes on as it is: what was fetched
     * stays so, only its end is new. `place` (may be NULL; its size is set) says what it is like
     * afterwards. INVAL: a member that cannot be; STATE: not a blocking driver, the agent has no
     * download port, or the port is taken; AUTH: the target has no user with a password;
     * TOO_LARGE: the body, or what the agent serves altogether; CANCELLED: the work was taken back.
     */
    platen_code (*publish)(platen_work *work, const platen_serve_item *item,
                           platen_serve_place *place, platen_error *err);
    /* What a place is like. NOT_FOUND: the device has none of that name. */
    platen_code (*look)(platen_work *work, const char *name, platen_serve_place *place,
                        platen_error *err);
    /* Takes the body back; the place stays. None is fine. */
    platen_code (*withdraw)(platen_work *work, const char *name, platen_error *err);
} platen_serve;

#ifdef __cplusplus
}
#endif

#endif
