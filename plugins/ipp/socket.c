/* Non-blocking sockets, bounded in time. Any thread. */
#include "socket.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"

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
