/* See slapd_world.h. */
#include "slapd_world.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.h"

static int run(const char *const *arguments)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        union {
            const char *const *from;
            char *const *to;
        } same = {arguments};
        (void)execv(arguments[0], same.to);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int start(slapd_world *w, const char *certificate)
{
    char plain[16];
    char tls[16];
    (void)snprintf(plain, sizeof(plain), "%d", w->plain);
    (void)snprintf(tls, sizeof(tls), "%d", w->tls);
    const char *const arguments[] = {SLAPD_SCRIPT, "start",     w->folder, plain,
                                     tls,          certificate, NULL};
    return run(arguments);
}

void slapd_start(slapd_world *w, const char *certificate)
{
    assert_int_equal(start(w, certificate), 0);
}

void slapd_stop(slapd_world *w)
{
    const char *const arguments[] = {SLAPD_SCRIPT, "stop", w->folder, NULL};
    assert_int_equal(run(arguments), 0);
}

static char *read_text(const slapd_world *w, const char *name)
{
    char path[FILE_PATH];
    char *text = NULL;
    size_t length = 0;
    assert_int_equal(file_join(path, w->folder, name, NULL), PLATEN_OK);
    assert_int_equal(file_read(path, 65536, &text, &length, NULL), PLATEN_OK);
    return text;
}

int slapd_world_open(void **state)
{
    static slapd_world w;
    (void)snprintf(w.folder, sizeof(w.folder), "/tmp/platen-slapd.XXXXXX");
    assert_non_null(mkdtemp(w.folder));
    int status = 1;
    for (int attempt = 0; attempt < 5 && status == 1; attempt++) { /* ports that others have */
        w.plain = 20000 + (getpid() * 7 + attempt * 1009) % 12000;
        w.tls = w.plain + 1;
        status = start(&w, "good");
    }
    if (status == 77) {
        exit(77);
    }
    assert_int_equal(status, 0);
    w.ca = read_text(&w, "ca.pem");
    w.stranger = read_text(&w, "stranger.pem");
    *state = &w;
    return 0;
}

int slapd_world_close(void **state)
{
    slapd_world *w = *state;
    slapd_stop(w);
    free(w->ca);
    free(w->stranger);
    const char *const arguments[] = {"/bin/rm", "-rf", w->folder, NULL};
    return run(arguments);
}

int slapd_world_reset(void **state)
{
    slapd_world *w = *state;
    directory_free(w->desk);
    directory_config_wipe(&w->config);
    w->desk = directory_new();
    assert_non_null(w->desk);
    w->servers[0] = (directory_server){"127.0.0.1", w->tls};
    w->config = (directory_config){.enabled = true,
                                   .servers = w->servers,
                                   .server_count = 1,
                                   .security = DIRECTORY_TLS,
                                   .ca = w->ca,
                                   .base = BASE,
                                   .bind_user = "cn=search," BASE,
                                   .bind_password = strdup("search-Secret-7"),
                                   .timeout_s = 10};
    return 0;
}

int mute_open(int *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(fd, 64), 0); /* the kernel takes connections, nobody answers */
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

/* ---- peers that do not behave ---- */

static void *answer(void *argument)
{
    hostile *h = argument;
    const char *bytes = h->bytes;
    char request[256];
    int fd = accept(h->listener, NULL, NULL);
    if (fd < 0) {
        return NULL;
    }
    bool open = recv(fd, request, sizeof(request), 0) > 0;
    if (h->pause_ms == 0) {
        open = open && send(fd, bytes, h->length, MSG_NOSIGNAL) == (ssize_t)h->length;
    } else {
        for (size_t i = 0; i < h->length && open; i++) {
            open = send(fd, bytes + i, 1, MSG_NOSIGNAL) == 1;
            usleep(h->pause_ms * 1000);
        }
    }
    while (open && recv(fd, request, sizeof(request), 0) > 0) {
    }
    close(fd);
    return NULL;
}

void hostile_open(hostile *h, const void *bytes, size_t length, unsigned pause_ms)
{
    *h = (hostile){.bytes = bytes, .length = length, .pause_ms = pause_ms};
    h->listener = mute_open(&h->port);
    assert_int_equal(pthread_create(&h->thread, NULL, answer, h), 0);
}

void hostile_close(hostile *h)
{
    (void)shutdown(h->listener, SHUT_RDWR); /* when nobody has called */
    assert_int_equal(pthread_join(h->thread, NULL), 0);
    close(h->listener);
}
