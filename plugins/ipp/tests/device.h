/*
 * A device for tests: listens on a port of 127.0.0.1, speaks clear text and TLS as it is told, and
 * answers requests with a function of the test. Each connection has a thread.
 */
#ifndef PLATEN_IPP_TEST_DEVICE_H
#define PLATEN_IPP_TEST_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cups/ipp.h>

typedef enum device_tls {
    DEVICE_NO_TLS,   /* closes when TLS comes */
    DEVICE_TLS,      /* from the first byte; clear text too */
    DEVICE_OLD_TLS,  /* TLS 1.0 and 1.1 only */
    DEVICE_WEAK_KEY, /* TLS 1.2 with an RSA key of 1024 bits and SHA-1 */
    DEVICE_DRIP_TLS  /* a handshake that never ends, a byte now and then */
} device_tls;

typedef struct device device;
typedef struct device_connection device_connection;

typedef struct device_request {
    device_connection *connection;
    bool tls;
    char head[8192]; /* request line and headers */
    uint8_t body[16384];
    size_t length;
} device_request;

/* Answers one request; false ends the connection. */
typedef bool (*device_answer)(device *d, const device_request *request, void *user);

device *device_start(device_tls tls, device_answer answer, void *user);
void device_stop(device *d);
uint32_t device_port(const device *d);
size_t device_requests(const device *d);    /* so far */
size_t device_connections(const device *d); /* so far */

bool device_send(device_connection *c, const void *data, size_t length);
bool device_sleep(device *d, long ms); /* false: the device is being stopped */

/* Whole answers; all return true. */
bool device_http(const device_request *r, int status, const char *headers, const char *type,
                 const void *body, size_t length);
bool device_ipp(const device_request *r, ipp_t *message); /* takes the message */

/* The operation attributes of an answer with that status; NULL when there is no memory. */
ipp_t *device_message(int status);
int device_version(const device_request *r); /* 20, 11, ... of an IPP request */

#endif
