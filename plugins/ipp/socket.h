/*
 * TCP connections to devices, and TLS by HTTP Upgrade (RFC 2817): the two first steps that libcurl
 * does not do or does not tell about.
 */
#ifndef PLATEN_IPP_SOCKET_H
#define PLATEN_IPP_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

/* A non-blocking socket that is connected to the numeric address, which the caller closes; -1 with
 * errno in `failure` (ETIMEDOUT at the deadline). */
int socket_open(const char *address, uint32_t port, int64_t deadline, int *failure);

/* Asks the device to go on in TLS; true when it has agreed and its next bytes are TLS. */
bool socket_upgrade(int fd, const char *address, uint32_t port, int64_t deadline);

#endif
