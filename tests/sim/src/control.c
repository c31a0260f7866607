/* Listening for control connections: a Unix socket, or TCP on 127.0.0.1. One thread, some clients
 * at a time, one line a command; the commands are in control_command.c. */
#include "control.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS_MAX = 16, LINE_MAX_OCTETS = 8192 };

struct client {
    int fd;
    size_t used;
    char line[LINE_MAX_OCTETS];
};

struct control {
    struct world *world;
    pthread_t thread;
    int stop;
    int listener;
    char path[108]; /* to be unlinked at the end; "" for TCP */
    size_t client_count;
    struct client *clients[CLIENTS_MAX];
};

static bool local_address(const char *where, struct sockaddr_un *un)
{
    *un = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(where) >= sizeof un->sun_path) {
        return false;
    }
    memcpy(un->sun_path, where, strlen(where) + 1);
    return true;
}

static int open_socket(const char *where, bool listening)
{
    struct sockaddr_un un;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr *address = (const struct sockaddr *)&un;
    socklen_t len = sizeof un;
    int family = AF_UNIX;
    int on = 1;

    if (strncmp(where, "tcp:", 4) == 0) {
        in.sin_port = htons((uint16_t)strtoul(where + 4, NULL, 10));
        address = (const struct sockaddr *)&in;
        len = sizeof in;
        family = AF_INET;
    } else if (!local_address(where, &un)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (listening && family == AF_UNIX) {
        unlink(where);
    }
    if (listening && family == AF_INET) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    int failed = listening ? bind(fd, address, len) != 0 || listen(fd, CLIENTS_MAX) != 0
                           : connect(fd, address, len) != 0;
    if (failed) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

static bool send_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        text += n;
        len -= (size_t)n;
    }
    return true;
}

static bool run_line(struct control *c, int fd, char *line)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (out == NULL) {
        return false;
    }
    pthread_mutex_lock(&c->world->lock);
    c->world->now_ms = world_clock();
    control_run(c->world, line, out);
    pthread_mutex_unlock(&c->world->lock);
    fclose(out);
    bool ok = send_all(fd, text, len);
    free(text);
    return ok;
}

/* Reads what is there and runs the whole lines in it; false when the client is gone. */
static bool serve(struct control *c, struct client *k)
{
    ssize_t n = read(k->fd, k->line + k->used, sizeof k->line - k->used - 1);

    if (n <= 0) {
        return n < 0 && errno == EINTR;
    }
    k->used += (size_t)n;
    k->line[k->used] = '\0';
    char *at = k->line;
    for (char *end = strchr(at, '\n'); end != NULL; end = strchr(at, '\n')) {
        *end = '\0';
        if (!run_line(c, k->fd, at)) {
            return false;
        }
        at = end + 1;
    }
    k->used -= (size_t)(at - k->line);
    memmove(k->line, at, k->used);
    return k->used + 1 < sizeof k->line;
}

static void drop(struct control *c, size_t i)
{
    close(c->clients[i]->fd);
    free(c->clients[i]);
    c->clients[i] = c->clients[--c->client_count];
}

static void take_client(struct control *c)
{
    int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
    struct client *k = fd < 0 || c->client_count == CLIENTS_MAX ? NULL : calloc(1, sizeof *k);

    if (k == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    k->fd = fd;
    c->clients[c->client_count++] = k;
}

static void *run(void *arg)
{
    struct control *c = arg;
    struct pollfd fds[CLIENTS_MAX + 2];

    for (;;) {
        size_t count = c->client_count;
        fds[0] = (struct pollfd){.fd = c->stop, .events = POLLIN};
        fds[1] = (struct pollfd){.fd = c->listener, .events = POLLIN};
        for (size_t i = 0; i < count; i++) {
            fds[2 + i] = (struct pollfd){.fd = c->clients[i]->fd, .events = POLLIN};
        }
        if (poll(fds, count + 2, -1) < 0 && errno != EINTR) {
            return NULL;
        }
        if (fds[0].revents != 0) {
            return NULL;
        }
        for (size_t i = count; i-- > 0;) {
            if (fds[2 + i].revents != 0 && !serve(c, c->clients[i])) {
                drop(c, i);
            }
        }
        if (fds[1].revents != 0) {
            take_client(c);
        }
    }
}

struct control *control_start(struct world *w, const char *where)
{
    struct control *c = calloc(1, sizeof *c);

    if (c == NULL) {
        return NULL;
    }
    c->world = w;
    c->stop = eventfd(0, EFD_CLOEXEC);
    c->listener = open_socket(where, true);
    if (c->listener < 0 || c->stop < 0 || pthread_create(&c->thread, NULL, run, c) != 0) {
        fprintf(stderr, "platen-sim: cannot listen on '%s': %s\n", where, strerror(errno));
        if (c->listener >= 0) {
            close(c->listener);
        }
        close(c->stop);
        free(c);
        return NULL;
    }
    if (strncmp(where, "tcp:", 4) != 0) {
        snprintf(c->path, sizeof c->path, "%s", where);
    }
    return c;
}

void control_stop(struct control *c)
{
    uint64_t one = 1;

    if (c == NULL) {
        return;
    }
    if (write(c->stop, &one, sizeof one) < 0) {
        perror("platen-sim: eventfd");
    }
    pthread_join(c->thread, NULL);
    while (c->client_count > 0) {
        drop(c, 0);
    }
    if (c->path[0] != '\0') {
        unlink(c->path);
    }
    close(c->listener);
    close(c->stop);
    free(c);
}

/* Copies the answer to stdout up to its "ok" or "error" line. */
static int copy_answer(FILE *in)
{
    char *line = NULL;
    size_t cap = 0;
    int status = EXIT_FAILURE;

    while (getline(&line, &cap, in) > 0) {
        bool good = strncmp(line, "ok", 2) == 0 && (line[2] == '\n' || line[2] == ' ');
        bool bad = strncmp(line, "error", 5) == 0;
        fputs(line, bad ? stderr : stdout);
        if (good || bad) {
            status = good ? EXIT_SUCCESS : EXIT_FAILURE;
            break;
        }
    }
    free(line);
    return status;
}

int control_client(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: platen-sim --ctl PATH command ...\n", stderr);
        return 2;
    }
    int fd = open_socket(argv[0], false);
    FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
    if (in == NULL) {
        fprintf(stderr, "platen-sim: cannot reach '%s': %s\n", argv[0], strerror(errno));
        return EXIT_FAILURE;
    }
    bool ok = true;
    for (int i = 1; i < argc; i++) {
        ok = ok && send_all(fd, argv[i], strlen(argv[i])) &&
             send_all(fd, i + 1 < argc ? " " : "\n", 1);
    }
    int status = ok ? copy_answer(in) : EXIT_FAILURE;
    fclose(in);
    return status;
}
