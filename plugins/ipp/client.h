/*
 * Asking one device for printer attributes: which scheme, path and version of IPP it speaks is
 * found out once and remembered in the driver's memo.
 */
#ifndef PLATEN_IPP_CLIENT_H
#define PLATEN_IPP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"
#include "transport.h"

#define CLIENT_MEMO 128
#define CLIENT_PATH 64

/* A way to speak IPP with a device. */
typedef struct client_way {
    transport_scheme scheme;
    uint32_t version; /* 20 or 11 */
    char path[CLIENT_PATH];
} client_way;

typedef struct client {
    transport transport;
    const platen_host *host;
    int32_t request_id;
} client;

/* The memo's text; reading is strict, for the text may come from an older plugin. */
bool client_way_read(const char *memo, client_way *way);
void client_way_write(const client_way *way, char memo[CLIENT_MEMO]);

platen_code client_open(client *c, const platen_host *host, const platen_target *target,
                        platen_error *err);
void client_close(client *c);

/*
 * Get-Printer-Attributes. With `known` the way in `way` is tried first; when it fails in a manner
 * that another way may cure, or without it, all ways are tried and `way` gets the one that worked.
 * The caller frees the answer with ippDelete(). PLATEN_E_UNSUPPORTED: the device speaks HTTP or IPP
 * but has no printer to offer.
 */
platen_code client_ask(client *c, bool known, client_way *way, const char *const *attributes,
                       ipp_t **answer, platen_error *err);

#endif
