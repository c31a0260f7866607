/*
 * HTTP POST to one device with libcurl, bounded in time and in bytes, never through a proxy, never
 * to another host. A transport belongs to one work and its thread.
 */
#ifndef PLATEN_IPP_TRANSPORT_H
#define PLATEN_IPP_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include <platen/driver.h>

#define TRANSPORT_BODY_MOST ((size_t)1 << 20)  /* longest answer */
#define TRANSPORT_HEAD_MOST ((size_t)64 << 10) /* longest headers of one answer */
#define TRANSPORT_TYPE 64

typedef enum transport_scheme {
    TRANSPORT_TLS, /* TLS from the first byte */
    TRANSPORT_CLEAR,
} transport_scheme;

/* How far a failed exchange came: what is worth trying next. */
typedef enum transport_stage {
    TRANSPORT_NO_CONNECTION, /* nothing listens, or no answer to TCP */
    TRANSPORT_NO_TLS,        /* connected, but no TLS came up */
    TRANSPORT_NO_ANSWER,     /* the request went out, no whole answer came back */
    TRANSPORT_ANSWERED,
} transport_stage;

typedef struct transport {
    CURL *curl;
    const platen_host *host;
    char address[80];
    uint32_t port;
    int64_t deadline;
    bool has_user;
    /* Of the exchange that is going on: */
    transport_scheme scheme;
    int64_t connect_deadline;
    size_t head_length;
    bool opened;         /* a new connection was asked for, else an open one is used again */
    int connect_failure; /* errno of it, 0 when it came up */
    char trouble[CURL_ERROR_SIZE];

    /* Of the last exchange. */
    transport_stage stage;
    long status;
    char type[TRANSPORT_TYPE]; /* media type in lower case, without parameters */
    uint8_t *body;
    size_t length;
    size_t capacity;
} transport;

platen_code transport_open(transport *t, const platen_host *host, const platen_target *target,
                           platen_error *err);
void transport_close(transport *t);

/*
 * Posts an application/ipp body and waits at most `limit_ms` for the whole answer, for connection
 * and TLS together at most half of it. PLATEN_OK for any HTTP answer, whatever its status.
 */
platen_code transport_post(transport *t, transport_scheme scheme, const char *path,
                           const void *request, size_t length, long limit_ms, platen_error *err);

#endif
