/* TCP connections to devices, opened here because libcurl does not tell how one failed. */
#ifndef PLATEN_IPP_SOCKET_H
#define PLATEN_IPP_SOCKET_H

#include <stdint.h>

/* A non-blocking socket that is connected to the numeric address, which the caller closes; -1 with
 * errno in `failure` (ETIMEDOUT at the deadline). */
int socket_open(const char *address, uint32_t port, int64_t deadline, int *failure);

#endif
