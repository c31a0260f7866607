/*
 * TLS by HTTP Upgrade (RFC 2817): a clear connection on which the device has agreed to go on in
 * TLS. libcurl does the rest but not this first step.
 */
#ifndef PLATEN_IPP_UPGRADE_H
#define PLATEN_IPP_UPGRADE_H

#include <stdint.h>

/*
 * Connects to the numeric address and asks for the upgrade. A connected non-blocking socket, which
 * the caller closes, or -1 when the device cannot be reached, does not agree or is out of time.
 */
int upgrade_open(const char *address, uint32_t port, int64_t deadline);

#endif
