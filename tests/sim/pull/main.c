/*
 * platen-sim-pull: devices that import their settings from a server by a schedule of their own,
 * over HTTP and HTTPS. One process: this thread answers their web pages, another one is their
 * schedules; one mutex guards the devices. README.md of the folder above.
 */
#include "device.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

enum { DEVICES = 100, HEAD = 8192 };

static struct device devices[DEVICES];
static size_t device_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the devices */

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- schedules ---- */

/* A pull works on a copy, as it takes a while; what was entered meanwhile stays. */
static void pull(size_t i)
{
    struct device *d = &devices[i];
    struct device *copy = malloc(sizeof *copy);

    if (copy == NULL) {
        return;
    }
    pthread_mutex_lock(&lock);
    *copy = *d;
    pthread_mutex_unlock(&lock);
    device_pull(copy);
    pthread_mutex_lock(&lock);
    memcpy(d->settings, copy->settings, sizeof d->settings);
    memcpy(d->log, copy->log, sizeof d->log);
    d->applied = copy->applied;
    d->mode = copy->mode;
    d->due = d->every_s != 0 ? now_ms() + d->every_s * 1000 : 0;
    pthread_mutex_unlock(&lock);
    free(copy);
}

static void *run_schedules(void *user)
{
    (void)user;
    for (;;) {
        const struct timespec nap = {.tv_nsec = 50000000};
        for (size_t i = 0; i < device_count; i++) {
            pthread_mutex_lock(&lock);
            bool due = devices[i].due != 0 && devices[i].due <= now_ms();
            pthread_mutex_unlock(&lock);
            if (due) {
                pull(i);
            }
        }
        nanosleep(&nap, NULL);
    }
    return NULL;
}

/* ---- the web page ---- */

static void answer(int client, const char *status, const char *text, size_t length)
{
    char head[256];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
                     "Connection: close\r\n\r\n",
                     status, length);

    send(client, head, (size_t)n, MSG_NOSIGNAL);
    send(client, text, length, MSG_NOSIGNAL);
}

static void say(int client, const char *status, const char *text)
{
    answer(client, status, text, strlen(text));
}

/* What tests tell, as somebody at the device would; under the lock. */
static void control(int client, struct device *d, const char *path)
{
    static char text[LOG];
    char word[64] = "";
    unsigned n = 0;

    if (sscanf(path, "mode/%63[a-z-]", word) == 1 && mode_by_name(word) != MODES) {
        d->mode = mode_by_name(word);
        say(client, "200 OK", "ok\n");
    } else if (sscanf(path, "import/%127[^/]/%127[^/]/%511s", d->user, d->password, d->url) == 3) {
        say(client, "200 OK", "ok\n");
    } else if (sscanf(path, "every/%u", &n) == 1) {
        d->every_s = n;
        d->due = n != 0 ? now_ms() + n * 1000 : 0;
        say(client, "200 OK", "ok\n");
    } else if (strcmp(path, "now") == 0) {
        d->due = now_ms();
        say(client, "200 OK", "ok\n");
    } else if (sscanf(path, "put/%u/%63s", &n, word) == 2 && n < SETTINGS) {
        snprintf(d->settings[n].value, sizeof d->settings[n].value, "%s", word);
        say(client, "200 OK", "ok\n");
    } else if (strcmp(path, "log") == 0) {
        snprintf(text, sizeof text, "%s", d->log);
        d->log[0] = '\0';
        say(client, "200 OK", text);
    } else if (strcmp(path, "export") == 0) {
        answer(client, "200 OK", text, device_export(d, text, sizeof text));
    } else if (strcmp(path, "applied") == 0) {
        snprintf(text, sizeof text, "%u\n", d->applied);
        say(client, "200 OK", text);
    } else {
        say(client, "404 Not Found",
            "mode/NAME import/USER/PASSWORD/URL every/N now put/N/VALUE\n");
    }
}

static void serve(int client, struct device *d)
{
    static const char template[] = "[file1]\r\nurl=\r\nkind=exportFile\r\ntype=forSameModel\r\n"
                                   "doSetup=yes\r\n";
    char head[HEAD + 1];
    char path[1024];
    size_t have = 0;
    struct timeval patience = {.tv_sec = 5};

    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    head[0] = '\0';
    while (strstr(head, "\r\n\r\n") == NULL && have < HEAD) {
        ssize_t got = recv(client, head + have, HEAD - have, 0);
        if (got <= 0) {
            return;
        }
        have += (size_t)got;
        head[have] = '\0';
    }
    if (sscanf(head, "GET %1023s", path) != 1) {
        say(client, "405 Method Not Allowed", "");
        return;
    }
    pthread_mutex_lock(&lock);
    if (strncmp(path, "/_sim/", 6) == 0) {
        control(client, d, path + 6);
    } else if (strcmp(path, "/DH/directionsFormat.ini") == 0 && d->mode != MODE_NOT_TEMPLATE) {
        say(client, "200 OK", template);
    } else {
        say(client, "404 Not Found", "");
    }
    pthread_mutex_unlock(&lock);
}

/* ---- start ---- */

static bool open_device(struct device *d, uint32_t address, unsigned port, const char *model)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct in_addr elsewhere = {htonl(address + 100)};
    int on = 1;

    at.sin_addr.s_addr = htonl(address);
    device_init(d, model);
    inet_ntop(AF_INET, &at.sin_addr, d->address, sizeof d->address);
    inet_ntop(AF_INET, &elsewhere, d->elsewhere, sizeof d->elsewhere);
    d->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(d->socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return d->socket >= 0 && bind(d->socket, (struct sockaddr *)&at, sizeof at) == 0 &&
           listen(d->socket, 64) == 0;
}

static void stop(int signal)
{
    (void)signal;
    _exit(0);
}

static int run(void)
{
    struct pollfd polls[DEVICES];

    for (size_t i = 0; i < device_count; i++) {
        polls[i] = (struct pollfd){.fd = devices[i].socket, .events = POLLIN};
    }
    while (poll(polls, device_count, -1) >= 0 || errno == EINTR) {
        for (size_t i = 0; i < device_count; i++) {
            int client = polls[i].revents != 0 ? accept(devices[i].socket, NULL, NULL) : -1;
            if (client >= 0) {
                serve(client, &devices[i]);
                close(client);
            }
        }
    }
    return 1;
}

int main(int argc, char **argv)
{
    struct in_addr first;
    pthread_t thread;
    unsigned long count = argc == 5 ? strtoul(argv[2], NULL, 10) : 0;
    unsigned long port = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;

    if (count < 1 || count > DEVICES || port < 1 || port > 65535 ||
        inet_pton(AF_INET, argv[1], &first) != 1) {
        fputs("usage: platen-sim-pull FIRST-ADDRESS COUNT PORT MODEL\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    device_count = count;
    for (unsigned i = 0; i < device_count; i++) {
        if (!open_device(&devices[i], ntohl(first.s_addr) + i, (unsigned)port, argv[4])) {
            fprintf(stderr, "platen-sim-pull: %s:%lu: %s\n", devices[i].address, port,
                    strerror(errno));
            return 1;
        }
    }
    if (pthread_create(&thread, NULL, run_schedules, NULL) != 0) {
        return 1;
    }
    printf("ready devices=%zu port=%lu\n", device_count, port);
    fflush(stdout);
    return run();
}
