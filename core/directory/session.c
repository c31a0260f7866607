/* libldap on a socket of our own, so that connecting and handshakes end in time. */
#include "core/directory/session.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <lber.h>
#include <openldap.h>

#include "core/base/clock.h"
#include "core/base/net.h"
#include "core/base/strbuf.h"
#include "core/base/text.h"

#define LOG_SOURCE "directory"
#include "core/base/log.h"

#define MESSAGE_MAX (8u * 1024u * 1024u) /* bytes of one message from the server */
#define AD_CAPABILITY "1.2.840.113556.1.4.800"

/* ---- errors ---- */

static platen_code code_of(int rc)
{
    switch (rc) {
    case LDAP_SUCCESS:
        return PLATEN_OK;
    case LDAP_SERVER_DOWN:
    case LDAP_CONNECT_ERROR:
        return PLATEN_E_UNREACHABLE;
    case LDAP_TIMEOUT:
    case LDAP_TIMELIMIT_EXCEEDED:
        return PLATEN_E_TIMEOUT;
    case LDAP_BUSY:
    case LDAP_UNAVAILABLE:
        return PLATEN_E_UNAVAILABLE;
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_INAPPROPRIATE_AUTH:
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_STRONG_AUTH_REQUIRED:
    case LDAP_CONFIDENTIALITY_REQUIRED:
        return PLATEN_E_AUTH;
    case LDAP_SIZELIMIT_EXCEEDED:
    case LDAP_ADMINLIMIT_EXCEEDED:
        return PLATEN_E_TOO_LARGE;
    case LDAP_NO_MEMORY:
        return PLATEN_E_NOMEM;
    default:
        return PLATEN_E_DEVICE;
    }
}

static int64_t left_of(const session *s)
{
    int64_t left = s->until - clock_mono();
    return left > 0 ? left : 0;
}

platen_code session_error(session *s, int rc, const char *what, platen_error *err)
{
    strbuf text;
    char *words = NULL;
    strbuf_init(&text);
    if ((rc == LDAP_SERVER_DOWN || rc == LDAP_CONNECT_ERROR) && left_of(s) == 0) {
        rc = LDAP_TIMEOUT; /* our own end of it */
    }
    (void)ldap_get_option(s->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &words);
    strbuf_append(&text, ldap_err2string(rc));
    if (words != NULL && words[0] != '\0' && rc != LDAP_TIMEOUT) {
        strbuf_append(&text, ": ");
        text_from_device(&text, words, strlen(words));
    }
    ldap_memfree(words);
    platen_code code = error_set(err, code_of(rc), "%s at %s: %.200s", what, s->where, text.data);
    strbuf_fini(&text);
    return code;
}

/* ---- connecting ---- */

static bool wait_for(int fd, short events, int64_t until)
{
    struct pollfd wait = {.fd = fd, .events = events};
    for (;;) {
        int64_t left = until - clock_mono();
        int rc = poll(&wait, 1, left > 0 ? (int)left : 0);
        if (rc >= 0 || errno != EINTR) {
            return rc > 0;
        }
    }
}

/* A socket that is connected, or -1 with errno. */
static int connect_one(const struct addrinfo *to, int64_t until)
{
    int on = 1;
    int failure = 0;
    socklen_t size = sizeof(failure);
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    if (connect(fd, to->ai_addr, to->ai_addrlen) != 0) {
        failure = errno;
        if (failure == EINPROGRESS) {
            failure = ETIMEDOUT;
            if (wait_for(fd, POLLOUT, until)) {
                (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size);
            }
        }
    }
    if (failure != 0) {
        (void)close(fd);
        errno = failure;
        return -1;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

static int port_of(const session *s)
{
    if (s->server->port > 0) {
        return s->server->port;
    }
    return s->q->config.security == DIRECTORY_TLS ? LDAPS_PORT : LDAP_PORT;
}

/* All addresses of the name, each with its share of the time. */
static platen_code connect_any(session *s, int *fd, platen_error *err)
{
    char port[16];
    struct addrinfo *list = NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    unsigned count = 0;
    (void)snprintf(port, sizeof(port), "%d", port_of(s));
    int rc = getaddrinfo(s->server->address, port, &hints, &list);
    if (rc != 0) {
        return error_set(err, PLATEN_E_UNREACHABLE, "the name %s of a directory server: %s",
                         s->server->address, gai_strerror(rc));
    }
    for (const struct addrinfo *one = list; one != NULL; one = one->ai_next) {
        count++;
    }
    *fd = -1;
    for (const struct addrinfo *one = list; one != NULL && *fd < 0; one = one->ai_next) {
        *fd = connect_one(one, clock_mono() + left_of(s) / count--);
    }
    int reason = errno;
    freeaddrinfo(list);
    return *fd >= 0 ? PLATEN_OK
                    : error_sys(err, reason == ETIMEDOUT ? PLATEN_E_TIMEOUT : PLATEN_E_UNREACHABLE,
                                reason, "cannot connect to %s", s->where);
}

static bool set_options(LDAP *ld, int64_t left)
{
    const int version = LDAP_VERSION3;
    const int none = 0;
    const int deref = LDAP_DEREF_NEVER;
    ber_len_t most = MESSAGE_MAX;
    struct timeval time = {.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};
    Sockbuf *sb = NULL;
    return ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_DEREF, &deref) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_SIZELIMIT, &none) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_TIMELIMIT, &none) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_TIMEOUT, &time) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &time) == LDAP_OPT_SUCCESS &&
           ldap_get_option(ld, LDAP_OPT_SOCKBUF, (void *)&sb) == LDAP_OPT_SUCCESS && sb != NULL &&
           ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &most) == 1;
}

/* A handle on a fresh connection, before TLS. */
static platen_code open_plain(session *s, bool verify, platen_error *err)
{
    char url[SESSION_WHERE + 16];
    int fd = -1;
    bool literal = strchr(s->server->address, ':') != NULL;
    PLATEN_TRY(connect_any(s, &fd, err));
    (void)snprintf(url, sizeof(url), "ldap://%s%s%s:%d", literal ? "[" : "", s->server->address,
                   literal ? "]" : "", port_of(s));
    int rc = ldap_init_fd(fd, LDAP_PROTO_TCP, url, &s->ld);
    if (rc != LDAP_SUCCESS) {
        (void)close(fd);
        return error_set(err, PLATEN_E_INVAL, "the server %s: %s", s->where, ldap_err2string(rc));
    }
    if (!question_use(s->q, fd, s->until)) {
        return error_set(err, PLATEN_E_TIMEOUT, "no time is left for %s", s->where);
    }
    if (!set_options(s->ld, left_of(s))) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a connection to %s", s->where);
    }
    return s->q->config.security == DIRECTORY_PLAIN
               ? PLATEN_OK
               : trust_prepare(s->ld, &s->q->config, verify, err);
}

static void close_handle(session *s)
{
    if (s->ld != NULL) {
        (void)question_use(s->q, -1, 0);
        (void)ldap_unbind_ext(s->ld, NULL, NULL);
        s->ld = NULL;
    }
}

static int start_tls(session *s)
{
    return s->q->config.security == DIRECTORY_TLS ? ldap_install_tls(s->ld)
                                                  : ldap_start_tls_s(s->ld, NULL, NULL);
}

/* libldap says little of a certificate that it does not like: another handshake looks at it. */
static void explain_tls(session *s, platen_error *err)
{
    platen_error quiet = PLATEN_ERROR_INIT;
    close_handle(s);
    if (left_of(s) > 0 && open_plain(s, false, &quiet) == PLATEN_OK &&
        start_tls(s) == LDAP_SUCCESS) {
        trust_explain(s->ld, &s->q->config, s->server->address, s->where, err);
    }
}

static platen_code open_handle(session *s, platen_error *err)
{
    PLATEN_TRY(open_plain(s, true, err));
    if (s->q->config.security == DIRECTORY_PLAIN) {
        return PLATEN_OK;
    }
    int rc = start_tls(s);
    if (rc == LDAP_SUCCESS) {
        return PLATEN_OK;
    }
    platen_code code = session_error(s, rc, "TLS", err);
    if (code != PLATEN_E_TIMEOUT && err != NULL) {
        explain_tls(s, err);
    }
    return code;
}

/* ---- binding ---- */

int session_await(session *s, int id, int all, LDAPMessage **out)
{
    int64_t left = left_of(s);
    struct timeval time = {.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};
    int rc = left > 0 ? ldap_result(s->ld, id, all, &time, out) : 0;
    if (rc > 0) {
        return LDAP_SUCCESS;
    }
    if (rc < 0) {
        int number = LDAP_OTHER;
        (void)ldap_get_option(s->ld, LDAP_OPT_RESULT_CODE, &number);
        return number != LDAP_SUCCESS ? number : LDAP_SERVER_DOWN;
    }
    (void)ldap_abandon_ext(s->ld, id, NULL, NULL);
    return LDAP_TIMEOUT;
}

/* One simple bind; an anonymous one has empty `who` and `password`. */
static int bind_as(session *s, const char *who, const char *password)
{
    int id = 0;
    int result = LDAP_OTHER;
    LDAPMessage *answer = NULL;
    char *words = NULL;
    struct berval secret = {.bv_val = ldap_strdup(password), .bv_len = strlen(password)};
    if (secret.bv_val == NULL) {
        return LDAP_NO_MEMORY;
    }
    int rc = ldap_sasl_bind(s->ld, who, LDAP_SASL_SIMPLE, &secret, NULL, NULL, &id);
    explicit_bzero(secret.bv_val, secret.bv_len);
    ldap_memfree(secret.bv_val);
    if (rc == LDAP_SUCCESS) {
        rc = session_await(s, id, LDAP_MSG_ALL, &answer);
    }
    if (rc == LDAP_SUCCESS) {
        rc = ldap_parse_result(s->ld, answer, &result, NULL, &words, NULL, NULL, 0);
    }
    if (rc == LDAP_SUCCESS) {
        rc = result;
        (void)ldap_set_option(s->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, words);
    }
    ldap_memfree(words);
    (void)ldap_msgfree(answer);
    return rc;
}

platen_code session_bind(session *s, const char *who, const char *password, platen_error *err)
{
    if (who[0] == '\0' || password == NULL || password[0] == '\0') {
        return error_set(err, PLATEN_E_AUTH, "nobody logs in at %s without a password", s->where);
    }
    int rc = bind_as(s, who, password);
    return rc == LDAP_SUCCESS ? PLATEN_OK : session_error(s, rc, "login", err);
}

platen_code session_try(session *s, const char *who, const char *password, platen_error *err)
{
    int rc = password[0] != '\0' ? bind_as(s, who, password) : LDAP_INVALID_CREDENTIALS;
    switch (rc) {
    case LDAP_SUCCESS:
        return PLATEN_OK;
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_INAPPROPRIATE_AUTH:
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_UNWILLING_TO_PERFORM:
        (void)session_error(s, rc, "login", err);
        return PLATEN_E_UNAUTHENTICATED;
    default:
        return session_error(s, rc, "login", err);
    }
}

platen_code session_bind_searcher(session *s, platen_error *err)
{
    const directory_config *c = &s->q->config;
    if (c->bind_user[0] != '\0') {
        platen_code code = session_bind(s, c->bind_user, c->bind_password, err);
        return code == PLATEN_OK ? PLATEN_OK
                                 : error_note(err, code, "the searching user %s", c->bind_user);
    }
    int rc = bind_as(s, "", "");
    /* Servers that know no anonymous bind may still answer what does not need one. */
    return rc == LDAP_SUCCESS || code_of(rc) == PLATEN_E_AUTH || rc == LDAP_UNWILLING_TO_PERFORM
               ? PLATEN_OK
               : session_error(s, rc, "anonymous login", err);
}

/* ---- what the server says of itself ---- */

static platen_code read_root(session *s, LDAPMessage *entry, void *user, platen_error *err)
{
    (void)user;
    (void)err;
    struct berval **values = ldap_get_values_len(s->ld, entry, "supportedCapabilities");
    for (size_t i = 0; values != NULL && values[i] != NULL; i++) {
        s->active_directory = s->active_directory || strcmp(values[i]->bv_val, AD_CAPABILITY) == 0;
    }
    ldap_value_free_len(values);
    if (s->base[0] == '\0') {
        s->base = session_text(s, entry, "defaultNamingContext");
    }
    if (s->base[0] == '\0') {
        s->base = session_text(s, entry, "namingContexts");
    }
    return PLATEN_OK;
}

static platen_code look_at_root(session *s, platen_error *err)
{
    static const char *const attributes[] = {"supportedCapabilities", "defaultNamingContext",
                                             "namingContexts", NULL};
    const session_query query = {.base = "",
                                 .scope = LDAP_SCOPE_BASE,
                                 .filter = "(objectClass=*)",
                                 .attributes = attributes,
                                 .limit = 1};
    s->base = s->q->config.base;
    platen_code code = session_search(s, &query, read_root, NULL, err);
    if (code == PLATEN_E_UNREACHABLE || code == PLATEN_E_TIMEOUT || code == PLATEN_E_UNAVAILABLE) {
        return code;
    }
    return s->base[0] != '\0' ? PLATEN_OK
                              : error_set(err, PLATEN_E_STATE,
                                          "no base is set, and %s does not name its own", s->where);
}

/* ---- one server after the other ---- */

/* Connected, known, and logged in as the searching user. */
static platen_code make_ready(session *s, platen_error *err)
{
    const char *who = s->q->config.bind_user;
    platen_code code = open_handle(s, err);
    if (code == PLATEN_OK) {
        code = look_at_root(s, err);
    }
    question_step(s->q, "connect", code, code == PLATEN_OK ? s->where : err->text);
    if (code == PLATEN_OK) {
        code = session_bind_searcher(s, err);
        question_step(s->q, "search", code,
                      code != PLATEN_OK ? err->text
                      : who[0] != '\0'  ? who
                                        : "without a searching user");
    }
    return code;
}

static platen_code ask_one(session *s, session_work work, platen_error *err)
{
    platen_code code = make_ready(s, err);
    if (code == PLATEN_OK) {
        code = work(s, err);
    }
    close_handle(s);
    return code;
}

static bool gives_way(platen_code code)
{
    return code == PLATEN_E_UNREACHABLE || code == PLATEN_E_TIMEOUT ||
           code == PLATEN_E_UNAVAILABLE || code == PLATEN_E_PROTOCOL;
}

static void name_server(session *s, question *q, size_t index)
{
    memset(s, 0, sizeof(*s));
    s->q = q;
    s->server = &q->config.servers[index];
    s->base = "";
    (void)snprintf(s->where, sizeof(s->where), "%.255s:%d", s->server->address, port_of(s));
}

/* The servers' numbers, good ones first. */
static size_t order_servers(question *q, size_t order[DIRECTORY_SERVERS])
{
    size_t count = 0;
    size_t late = 0;
    size_t doubtful[DIRECTORY_SERVERS];
    session s;
    for (size_t i = 0; i < q->config.server_count; i++) {
        name_server(&s, q, i);
        if (question_server_doubtful(q, s.where)) {
            doubtful[late++] = i;
        } else {
            order[count++] = i;
        }
    }
    for (size_t i = 0; i < late; i++) {
        order[count++] = doubtful[i];
    }
    return count;
}

platen_code session_each(question *q, session_work work, platen_error *err)
{
    size_t order[DIRECTORY_SERVERS];
    size_t count = order_servers(q, order);
    platen_code code = error_set(err, PLATEN_E_STATE, "no directory server is set");
    for (size_t i = 0; i < count; i++) {
        session s;
        int64_t left = question_left(q);
        if (left == 0 && i > 0) {
            break;
        }
        name_server(&s, q, order[i]);
        s.until = clock_mono() + left / (int64_t)(count - i);
        code = ask_one(&s, work, err);
        if (!gives_way(code)) {
            question_server_good(q, s.where);
            return code;
        }
        question_server_failed(q, s.where);
        log_warning("a directory server fails: %s", err != NULL ? err->text : s.where);
    }
    return code;
}

void session_every(question *q, session_work work)
{
    bool used = false;
    for (size_t i = 0; i < q->config.server_count; i++) {
        platen_error err = PLATEN_ERROR_INIT;
        session s;
        name_server(&s, q, i);
        s.until = clock_mono() + question_left(q) / (int64_t)(q->config.server_count - i);
        if (make_ready(&s, &err) == PLATEN_OK && !used) {
            used = true;
            (void)work(&s, &err);
        }
        close_handle(&s);
    }
}
