/* Non-blocking sockets, bounded in time and bytes. Any thread. */
#include "socket.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"

#define HEAD_MOST 4096 /* longest answer that is looked at */

static bool wait_for(int fd, short events, int64_t deadline)
{
    for (;;) {
        struct pollfd poller = {fd, events, 0};
        long left = deadline_left(deadline);
        int ready = left > 0 ? poll(&poller, 1, (int)left) : 0;
        if (ready >= 0 || errno != EINTR) {
            return ready > 0;
        }
    }
}

/* 0, or the errno that the connection failed with. */
static int finish_connect(int fd, int64_t deadline)
{
    int failure = 0;
    socklen_t length = sizeof(failure);
    if (!wait_for(fd, POLLOUT, deadline)) {
        return ETIMEDOUT;
    }
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &length) == 0 ? failure : errno;
}

int socket_open(const char *address, uint32_t port, int64_t deadline, int *failure)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char service[16];
    (void)snprintf(service, sizeof(service), "%u", port);
    if (getaddrinfo(address, service, &hints, &found) != 0) {
        *failure = EADDRNOTAVAIL;
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    *failure = fd < 0 ? errno : 0;
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        *failure = errno == EINPROGRESS ? finish_connect(fd, deadline) : errno;
    }
    freeaddrinfo(found);
    if (fd >= 0 && *failure != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static bool send_request(int fd, const char *address, uint32_t port, int64_t deadline)
{
    char request[320];
    bool six = strchr(address, ':') != NULL;
    int length =
        snprintf(request, sizeof(request),
                 "OPTIONS * HTTP/1.1\r\nHost: %s%.*s%s:%u\r\nConnection: Upgrade\r\n"
                 "Upgrade: TLS/1.2, TLS/1.3\r\nContent-Length: 0\r\n\r\n",
                 six ? "[" : "", (int)strcspn(address, "%"), address, six ? "]" : "", port);
    if (length < 0 || (size_t)length >= sizeof(request)) {
        return false;
    }
    size_t sent = 0;
    while (sent < (size_t)length) {
        ssize_t n = send(fd, request + sent, (size_t)length - sent, MSG_NOSIGNAL);
        if (n > 0) {
            sent += (size_t)n;
        } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
            return false;
        } else if (!wait_for(fd, POLLOUT, deadline)) {
            return false;
        }
    }
    return true;
}

/* Reads up to the empty line and not a byte further: what follows is TLS. */
static bool read_agreement(int fd, int64_t deadline)
{
    char head[HEAD_MOST];
    size_t length = 0;
    while (length < sizeof(head) - 1) {
        ssize_t n = recv(fd, head + length, 1, 0);
        if (n == 1) {
            length++;
            if (length >= 4 && memcmp(head + length - 4, "\r\n\r\n", 4) == 0) {
                head[length] = '\0';
                return strncmp(head, "HTTP/1.1 101", 12) == 0;
            }
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            return false;
        } else if (!wait_for(fd, POLLIN, deadline)) {
            return false;
        }
        if (deadline_left(deadline) == 0) {
            return false;
        }
    }
    return false;
}

bool socket_upgrade(int fd, const char *address, uint32_t port, int64_t deadline)
{
    return send_request(fd, address, port, deadline) && read_agreement(fd, deadline);
}
