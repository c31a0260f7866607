/*
 * tcp/1: sockets that never block for longer than a slice, so that a work that is taken back, or
 * whose time is over, leaves them at once. SIGPIPE is ignored by the process.
 */
#include "core/agent/reach.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "core/base/clock.h"
#include "core/base/net.h"

#define KEPT 4096      /* bytes read ahead for receive_until() */
#define PATTERN_MAX 64 /* bytes that it may wait for */

struct platen_tcp_session {
    platen_tcp_session *next; /* of the same work */
    reach *owner;
    SSL *ssl; /* NULL: none */
    int fd;
    uint16_t port;
    bool ended;               /* the device closed its side */
    size_t kept_at, kept_end; /* what was read and not handed over */
    unsigned char kept[KEPT];
};

/* ---- waiting ---- */

static platen_code wait_for(const platen_tcp_session *s, short events, int64_t until,
                            const char *what, platen_error *err)
{
    for (;;) {
        PLATEN_TRY(reach_check(s->owner, until, what, err));
        int64_t left = until - clock_mono();
        struct pollfd poller = {.fd = s->fd, .events = events};
        int slice = left < REACH_SLICE_MS ? (int)(left > 0 ? left : 0) : REACH_SLICE_MS;
        int ready = poll(&poller, 1, slice);
        if (ready > 0) {
            return PLATEN_OK;
        }
        if (ready < 0 && errno != EINTR) {
            return error_sys(err, PLATEN_E_IO, errno, "%s", what);
        }
    }
}

static platen_code broken(int errnum, const char *what, platen_error *err)
{
    return error_sys(err, errnum == ETIMEDOUT ? PLATEN_E_TIMEOUT : PLATEN_E_UNREACHABLE, errnum,
                     "%s", what);
}

/* What OpenSSL waits for; 0: it failed. */
static short wanted_by(const SSL *ssl, int rc)
{
    switch (SSL_get_error(ssl, rc)) {
    case SSL_ERROR_WANT_READ:
        return POLLIN;
    case SSL_ERROR_WANT_WRITE:
        return POLLOUT;
    default:
        return 0;
    }
}

static platen_code tls_failed(const char *what, platen_error *err)
{
    char text[160] = "the device ended the connection";
    unsigned long number = ERR_get_error();
    if (number != 0) {
        ERR_error_string_n(number, text, sizeof(text));
    }
    ERR_clear_error();
    return error_set(err, PLATEN_E_PROTOCOL, "%s: tls: %s", what, text);
}

/* ---- opening ---- */

static platen_code start_connect(platen_tcp_session *s, int64_t until, platen_error *err)
{
    platen_target target = PLATEN_TARGET_INIT;
    struct sockaddr_storage place;
    net_address address;
    s->owner->calls->target((platen_work *)(void *)s->owner, &target);
    if (!net_parse(target.address, &address)) {
        return error_set(err, PLATEN_E_INVAL, "open: address '%.60s' is none", target.address);
    }
    socklen_t length = net_to_sockaddr(&address, s->port, &place);
    s->fd = socket(place.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0) {
        return error_sys(err, PLATEN_E_IO, errno, "open: no socket");
    }
    if (connect(s->fd, (const struct sockaddr *)&place, length) == 0) {
        return PLATEN_OK;
    }
    if (errno != EINPROGRESS) {
        return broken(errno, "connect", err);
    }
    PLATEN_TRY(wait_for(s, POLLOUT, until, "connect", err));
    int failure = 0;
    length = sizeof(failure);
    if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &failure, &length) != 0 || failure != 0) {
        return broken(failure != 0 ? failure : errno, "connect", err);
    }
    return PLATEN_OK;
}

static SSL *make_tls(int fd)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = NULL;
    /* Devices have short keys and SHA-1 signatures of their own making; better than clear text. */
    if (context != NULL && SSL_CTX_set_cipher_list(context, "DEFAULT@SECLEVEL=0") == 1 &&
        SSL_CTX_set_min_proto_version(context, TLS1_VERSION) == 1) {
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
        SSL_CTX_set_mode(context,
                         SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        ssl = SSL_new(context);
    }
    SSL_CTX_free(context); /* the connection has its own reference */
    if (ssl != NULL && SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        ssl = NULL;
    }
    return ssl;
}

static platen_code start_tls(platen_tcp_session *s, int64_t until, platen_error *err)
{
    ERR_clear_error();
    s->ssl = make_tls(s->fd);
    if (s->ssl == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "open: no memory for tls");
    }
    for (;;) {
        ERR_clear_error();
        int rc = SSL_connect(s->ssl);
        if (rc == 1) {
            return PLATEN_OK;
        }
        short wanted = wanted_by(s->ssl, rc);
        if (wanted == 0) {
            return tls_failed("connect", err);
        }
        PLATEN_TRY(wait_for(s, wanted, until, "connect", err));
    }
}

static platen_code check_options(platen_work *work, const platen_tcp_options *given,
                                 platen_tcp_options *options, platen_error *err)
{
    const reach *r = reach_of(work);
    if (given == NULL || given->size < sizeof(*options)) {
        return error_set(err, PLATEN_E_INVAL,
                         "options of a session have %" PRIu32 " bytes, at least %zu needed",
                         given != NULL ? given->size : 0, sizeof(*options));
    }
    memcpy(options, given, sizeof(*options));
    options->port = options->port != 0 ? options->port : r->port;
    if ((options->flags & ~PLATEN_TCP_TLS) != 0) {
        return error_set(err, PLATEN_E_INVAL, "a session with flags 0x%" PRIx32 ", known are 0x%x",
                         options->flags, PLATEN_TCP_TLS);
    }
    if (options->port == 0 || options->port > 65535) {
        return error_set(err, PLATEN_E_INVAL, "a session to port %" PRIu32, options->port);
    }
    if (options->timeout_ms == 0 || options->timeout_ms > PLATEN_TCP_TIMEOUT_MAX) {
        return error_set(err, PLATEN_E_INVAL, "a time of %" PRIu32 " ms, 1 to %u are possible",
                         options->timeout_ms, PLATEN_TCP_TIMEOUT_MAX);
    }
    unsigned open = 0;
    for (const platen_tcp_session *s = r->sessions; s != NULL; s = s->next) {
        open++;
    }
    if (open == PLATEN_TCP_SESSIONS) {
        return error_set(err, PLATEN_E_STATE, "the work has %u open sessions already", open);
    }
    return PLATEN_OK;
}

static void close_session(platen_tcp_session *s)
{
    if (s == NULL) {
        return;
    }
    platen_tcp_session **at = &s->owner->sessions;
    while (*at != NULL && *at != s) {
        at = &(*at)->next;
    }
    if (*at == s) {
        *at = s->next;
    }
    if (s->ssl != NULL) {
        ERR_clear_error();
        (void)SSL_shutdown(s->ssl); /* says goodbye; does not wait for the answer */
        SSL_free(s->ssl);
        ERR_clear_error();
    }
    if (s->fd >= 0) {
        (void)close(s->fd);
    }
    s->owner->calls->give_turn(s->owner, s->port);
    free(s);
}

static platen_code open_session(platen_work *work, const platen_tcp_options *given,
                                platen_tcp_session **out, platen_error *err)
{
    platen_tcp_options options = PLATEN_TCP_OPTIONS_INIT;
    PLATEN_TRY(reach_may_block(work, "open", err));
    if (out == NULL) {
        return error_set(err, PLATEN_E_INVAL, "open() has no place for the session");
    }
    PLATEN_TRY(check_options(work, given, &options, err));
    reach *r = reach_of(work);
    int64_t until = reach_until(r, options.timeout_ms);
    platen_tcp_session *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a session");
    }
    platen_code rc = reach_take_turn(r, (uint16_t)options.port, until, err);
    if (rc != PLATEN_OK) {
        free(s);
        return rc;
    }
    s->owner = r;
    s->fd = -1;
    s->port = (uint16_t)options.port;
    s->next = r->sessions;
    r->sessions = s;
    rc = start_connect(s, until, err);
    if (rc == PLATEN_OK && (options.flags & PLATEN_TCP_TLS) != 0) {
        rc = start_tls(s, until, err);
    }
    if (rc != PLATEN_OK) {
        close_session(s);
        return rc;
    }
    *out = s;
    return PLATEN_OK;
}

/* ---- bytes ---- */

static platen_code check_call(const platen_tcp_session *s, const void *data, size_t length,
                              uint32_t timeout_ms, const char *call, platen_error *err)
{
    if (s == NULL || (data == NULL && length > 0) || timeout_ms == 0 ||
        timeout_ms > PLATEN_TCP_TIMEOUT_MAX) {
        return error_set(err, PLATEN_E_INVAL,
                         "%s() needs a session, a buffer and a time of 1 to %u ms, not %" PRIu32,
                         call, PLATEN_TCP_TIMEOUT_MAX, timeout_ms);
    }
    return PLATEN_OK;
}

/* Sends what goes at once; 0 in `sent` and what to wait for in `wanted` otherwise. */
static platen_code send_some(const platen_tcp_session *s, const char *data, size_t length,
                             size_t *sent, short *wanted, platen_error *err)
{
    *sent = 0;
    *wanted = POLLOUT;
    if (s->ssl != NULL) {
        ERR_clear_error();
        int rc = SSL_write_ex(s->ssl, data, length, sent);
        *wanted = rc == 1 ? POLLOUT : wanted_by(s->ssl, rc);
        return *wanted == 0 ? tls_failed("send", err) : PLATEN_OK;
    }
    ssize_t count = send(s->fd, data, length, MSG_NOSIGNAL);
    if (count >= 0) {
        *sent = (size_t)count;
        return PLATEN_OK;
    }
    return errno == EAGAIN || errno == EINTR ? PLATEN_OK : broken(errno, "send", err);
}

static platen_code send_all(platen_tcp_session *s, const void *data, size_t length,
                            uint32_t timeout_ms, platen_error *err)
{
    PLATEN_TRY(check_call(s, data, length, timeout_ms, "send", err));
    int64_t until = reach_until(s->owner, timeout_ms);
    for (size_t done = 0; done < length;) {
        size_t sent = 0;
        short wanted = 0;
        PLATEN_TRY(reach_check(s->owner, until, "send", err));
        PLATEN_TRY(send_some(s, (const char *)data + done, length - done, &sent, &wanted, err));
        done += sent;
        if (sent == 0) {
            PLATEN_TRY(wait_for(s, wanted, until, "send", err));
        }
    }
    return PLATEN_OK;
}

/* `got` is 0 with `wanted` when there is nothing yet; `ended` is set at the device's end. */
static platen_code receive_some(platen_tcp_session *s, void *buffer, size_t room, size_t *got,
                                short *wanted, platen_error *err)
{
    *got = 0;
    *wanted = POLLIN;
    if (s->ssl != NULL) {
        ERR_clear_error();
        int rc = SSL_read_ex(s->ssl, buffer, room, got);
        if (rc == 1) {
            return PLATEN_OK;
        }
        int why = SSL_get_error(s->ssl, rc);
        /* Devices hang up without TLS's goodbye: the end is the end. */
        s->ended = why == SSL_ERROR_ZERO_RETURN ||
                   (why == SSL_ERROR_SSL &&
                    ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
        *wanted = wanted_by(s->ssl, rc);
        return s->ended || *wanted != 0 ? PLATEN_OK : tls_failed("receive", err);
    }
    ssize_t count = recv(s->fd, buffer, room, 0);
    if (count < 0) {
        return errno == EAGAIN || errno == EINTR ? PLATEN_OK : broken(errno, "receive", err);
    }
    *got = (size_t)count;
    s->ended = count == 0;
    return PLATEN_OK;
}

/* At least one byte, or the end. */
static platen_code receive_first(platen_tcp_session *s, void *buffer, size_t room, int64_t until,
                                 size_t *got, platen_error *err)
{
    *got = 0;
    while (!s->ended) {
        short wanted = 0;
        PLATEN_TRY(reach_check(s->owner, until, "receive", err));
        PLATEN_TRY(receive_some(s, buffer, room, got, &wanted, err));
        if (*got > 0 || s->ended) {
            break;
        }
        PLATEN_TRY(wait_for(s, wanted, until, "receive", err));
    }
    return PLATEN_OK;
}

static platen_code receive(platen_tcp_session *s, void *buffer, size_t room, uint32_t timeout_ms,
                           size_t *length, platen_error *err)
{
    PLATEN_TRY(check_call(s, buffer, room, timeout_ms, "receive", err));
    if (room == 0 || length == NULL) {
        return error_set(err, PLATEN_E_INVAL, "receive() has no room");
    }
    size_t kept = s->kept_end - s->kept_at;
    if (kept > 0) {
        kept = kept < room ? kept : room;
        memcpy(buffer, s->kept + s->kept_at, kept);
        s->kept_at += kept;
        *length = kept;
        return PLATEN_OK;
    }
    size_t got = 0;
    PLATEN_TRY(receive_first(s, buffer, room, reach_until(s->owner, timeout_ms), &got, err));
    *length = got;
    return PLATEN_OK;
}

/* Hands over bytes that were read ahead, up to and with the pattern; true when that is there. */
static bool hand_over(platen_tcp_session *s, const void *until, size_t until_length, char *buffer,
                      size_t room, size_t *done)
{
    while (s->kept_at < s->kept_end && *done < room) {
        buffer[(*done)++] = (char)s->kept[s->kept_at++];
        if (*done >= until_length &&
            memcmp(buffer + *done - until_length, until, until_length) == 0) {
            return true;
        }
    }
    return false;
}

static platen_code receive_until(platen_tcp_session *s, const void *until, size_t until_length,
                                 void *buffer, size_t room, uint32_t timeout_ms, size_t *length,
                                 platen_error *err)
{
    PLATEN_TRY(check_call(s, buffer, room, timeout_ms, "receive_until", err));
    if (until == NULL || until_length == 0 || until_length > PATTERN_MAX || room == 0 ||
        length == NULL) {
        return error_set(err, PLATEN_E_INVAL, "receive_until() for %zu bytes, 1 to %d are possible",
                         until_length, PATTERN_MAX);
    }
    int64_t end = reach_until(s->owner, timeout_ms);
    platen_code rc = PLATEN_OK;
    size_t done = 0;
    while (!hand_over(s, until, until_length, buffer, room, &done)) {
        if (done == room) {
            rc = error_set(err, PLATEN_E_TOO_LARGE, "receive: no end after %zu bytes", room);
            break;
        }
        s->kept_at = s->kept_end = 0;
        size_t got = 0;
        rc = receive_first(s, s->kept, sizeof(s->kept), end, &got, err);
        s->kept_end = got;
        if (rc == PLATEN_OK && got == 0) {
            rc = error_set(err, PLATEN_E_PROTOCOL, "receive: the device closed after %zu bytes",
                           done);
        }
        if (rc != PLATEN_OK) {
            break;
        }
    }
    *length = done;
    return rc;
}

static platen_code shut(platen_tcp_session *s, platen_error *err)
{
    if (s == NULL) {
        return error_set(err, PLATEN_E_INVAL, "shut() needs a session");
    }
    if (s->ssl != NULL) {
        return error_set(err, PLATEN_E_UNSUPPORTED, "a session with tls has no half-close");
    }
    return shutdown(s->fd, SHUT_WR) == 0 ? PLATEN_OK : broken(errno, "shut", err);
}

const platen_tcp iface_tcp_table = {
    .size = (uint32_t)sizeof(platen_tcp),
    .open = open_session,
    .send = send_all,
    .receive = receive,
    .receive_until = receive_until,
    .shut = shut,
    .close = close_session,
};
