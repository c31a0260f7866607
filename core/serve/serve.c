/*
 * The download port as a whole: what is listened on and when, publishing and taking back. See
 * serve.h; locks in serve_private.h.
 */
#include "core/serve/serve_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/http/certs.h"

#define LOG_SOURCE "serve"
#define THREADS 16u    /* transfers at a time: devices come one by one, and again when it is full */
#define PER_ADDRESS 4u /* of one device */
#define IDLE_S 10u
#define SWEEP_MS 300000
#define DAY_MS INT64_C(86400000)

static serve *the_one; /* set and cleared by the main thread while there is no other */

serve *serve_here(void)
{
    return the_one;
}

/* ---- listening ---- */

/* The certificate of HTTPS; `renewed` (may be NULL) tells that there is another one. */
static platen_code prepare_certificate(const serve *s, certs_files *files, bool *renewed,
                                       platen_error *err)
{
    const char *const names[] = {s->name, NULL};
    return certs_prepare(s->folder, s->name[0] != '\0' ? names : NULL, files, renewed, err);
}

static platen_code listen_now(serve *s, platen_error *err)
{
    certs_files files = {0};
    http_options options = {.address = s->address,
                            .https_port = s->https_port,
                            .http_port = s->http_port,
                            .http_serves = true,
                            .threads = THREADS,
                            .per_address = PER_ADDRESS,
                            .idle_s = IDLE_S,
                            .handle = door_handle,
                            .user = s};
    if (s->https_port >= 0) {
        PLATEN_TRY(prepare_certificate(s, &files, NULL, err));
        options.certificate = files.certificate;
        options.key = files.key;
    }
    PLATEN_TRY(http_server_start(&options, &s->server, err));
    (void)pthread_mutex_lock(&s->lock);
    s->https_open = http_server_port(s->server, true);
    s->http_open = http_server_port(s->server, false);
    (void)pthread_mutex_unlock(&s->lock);
    log_notice("the download port is open https=%d http=%d", s->https_open, s->http_open);
    return PLATEN_OK;
}

static platen_code need_any(const serve *s, platen_error *err)
{
    if (s->https_port < 0 && s->http_port < 0) {
        return error_set(err, PLATEN_E_STATE,
                         "this agent has no download port: set download.https_port to 10443 or "
                         "download.http_port to 10080");
    }
    return PLATEN_OK;
}

/* With `port` held. */
static platen_code need_port(serve *s, platen_error *err)
{
    PLATEN_TRY(need_any(s, err));
    return s->server != NULL ? PLATEN_OK : listen_now(s, err);
}

/* A certificate that is about to end gives way to a new one. With `port` held. */
static void renew_certificate(serve *s)
{
    certs_files files = {0};
    platen_error err = PLATEN_ERROR_INIT;
    bool renewed = false;
    if (s->server == NULL || s->https_port < 0) {
        return;
    }
    platen_code rc = prepare_certificate(s, &files, &renewed, &err);
    if (rc == PLATEN_OK && renewed) {
        rc = http_server_reload(s->server, &err);
    }
    if (rc != PLATEN_OK) {
        log_error("the certificate of the download port cannot be renewed: %s", err.text);
    }
}

/* With `port` held. */
static void stop_listening(serve *s)
{
    if (s->server == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&s->lock);
    s->https_open = -1;
    s->http_open = -1;
    (void)pthread_mutex_unlock(&s->lock);
    http_server_stop(s->server); /* its threads take `lock`, never `port` */
    s->server = NULL;
    log_notice("the download port is closed");
}

/* ---- open and close ---- */

static platen_code fill(serve *s, const serve_options *o, platen_error *err)
{
    PLATEN_TRY(file_join(s->folder, o->data, "download", err));
    int address =
        snprintf(s->address, sizeof(s->address), "%s", o->address != NULL ? o->address : "");
    int name = snprintf(s->name, sizeof(s->name), "%s", o->name != NULL ? o->name : "");
    if (address < 0 || (size_t)address >= sizeof(s->address) || name < 0 ||
        (size_t)name >= sizeof(s->name)) {
        return error_set(err, PLATEN_E_INVAL,
                         "the name or address of the download port is too long");
    }
    s->https_port = o->https_port;
    s->http_port = o->http_port;
    s->https_open = -1;
    s->http_open = -1;
    if (RAND_bytes(s->key, sizeof(s->key)) != 1) {
        return error_set(err, PLATEN_E_UNAVAILABLE, "the system gives no random bytes");
    }
    return PLATEN_OK;
}

platen_code serve_open(const serve_options *options, serve **out, platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    serve *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the download port");
    }
    (void)pthread_mutex_init(&s->port, NULL);
    (void)pthread_mutex_init(&s->hashing, NULL);
    (void)pthread_mutex_init(&s->lock, NULL);
    platen_code rc = fill(s, options, err);
    if (rc == PLATEN_OK) {
        rc = file_make_dir(options->data, 0700, err);
    }
    if (rc == PLATEN_OK) {
        rc = shelf_open(s->folder, &s->shelf, err);
    }
    if (rc != PLATEN_OK) {
        serve_close(s);
        return rc;
    }
    shelf_sweep(s->shelf, clock_now());
    s->swept = clock_mono();
    if (shelf_bodies(s->shelf) > 0 && need_port(s, &why) != PLATEN_OK) {
        log_error("the download port cannot be opened: %s", why.text);
    }
    the_one = s;
    *out = s;
    return PLATEN_OK;
}

void serve_close(serve *s)
{
    if (s == NULL) {
        return;
    }
    the_one = the_one == s ? NULL : the_one;
    stop_listening(s);
    shelf_free(s->shelf);
    free(s->last_hash);
    (void)pthread_mutex_destroy(&s->port);
    (void)pthread_mutex_destroy(&s->hashing);
    (void)pthread_mutex_destroy(&s->lock);
    explicit_bzero(s->key, sizeof(s->key));
    free(s);
}

void serve_sweep(serve *s)
{
    (void)pthread_mutex_lock(&s->port);
    (void)pthread_mutex_lock(&s->lock);
    shelf_sweep(s->shelf, clock_now());
    bool empty = shelf_bodies(s->shelf) == 0;
    (void)pthread_mutex_unlock(&s->lock);
    if (empty) {
        stop_listening(s);
    }
    renew_certificate(s);
    (void)pthread_mutex_unlock(&s->port);
}

void serve_tick(serve *s)
{
    int64_t now = clock_mono();
    if (s != NULL && now - s->swept > SWEEP_MS) {
        s->swept = now;
        serve_sweep(s);
    }
}

int serve_port(serve *s, bool tls)
{
    (void)pthread_mutex_lock(&s->lock);
    int port = tls ? s->https_open : s->http_open;
    (void)pthread_mutex_unlock(&s->lock);
    return port;
}

/* ---- what a place is like ---- */

/* The address of this host that a packet to the device has. */
static bool own_address(const net_address *device, char text[NET_TEXT])
{
    struct sockaddr_storage sa;
    net_address own;
    socklen_t length = net_to_sockaddr(device, 9, &sa);
    int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && connect(fd, (struct sockaddr *)&sa, length) == 0;
    length = sizeof(sa);
    good = good && getsockname(fd, (struct sockaddr *)&sa, &length) == 0 &&
           net_from_sockaddr((struct sockaddr *)&sa, &own, NULL);
    if (fd >= 0) {
        (void)close(fd);
    }
    own.scope = 0; /* a zone means something on this host alone */
    (void)snprintf(text, NET_TEXT, "%s", "");
    return good && net_format(&own, text)[0] != '\0';
}

/* With `lock` held. Before the port is open its number is the one that is wished for. */
static void write_url(const serve *s, const place *p, char url[PLATEN_SERVE_URL_MAX + 1])
{
    char own[NET_TEXT] = "localhost";
    bool tls = s->https_port >= 0;
    int open = tls ? s->https_open : s->http_open;
    int port = open > 0 ? open : tls ? s->https_port : s->http_port;
    const char *host = s->name;
    if (host[0] == '\0') {
        (void)own_address(&p->address, own);
        host = own;
    }
    bool six = strchr(host, ':') != NULL;
    (void)snprintf(url, PLATEN_SERVE_URL_MAX + 1, "%s://%s%s%s:%d/%s", tls ? "https" : "http",
                   six ? "[" : "", host, six ? "]" : "", port, p->token);
}

/* With `lock` held. */
static void describe(const serve *s, const place *p, platen_serve_place *out)
{
    platen_serve_place whole = {.size = out != NULL ? out->size : 0};
    if (out == NULL || out->size < sizeof(out->size)) {
        return;
    }
    bool served = p->digest[0] != '\0' && p->until > clock_now();
    whole.fetches = p->fetches;
    whole.published = p->published;
    whole.until = served ? p->until : 0;
    whole.fetched = p->fetched;
    whole.refused = p->refused;
    (void)snprintf(whole.refusal, sizeof(whole.refusal), "%s", p->refusal);
    (void)snprintf(whole.digest, sizeof(whole.digest), "%s", served ? p->digest : "");
    write_url(s, p, whole.url);
    memcpy(out, &whole, out->size < sizeof(whole) ? out->size : sizeof(whole));
}

platen_code serve_look(serve *s, const char *driver, const char *name, const net_address *address,
                       platen_serve_place *out, platen_error *err)
{
    (void)pthread_mutex_lock(&s->lock);
    place *p = shelf_find(s->shelf, driver, name, address);
    if (p != NULL) {
        describe(s, p, out);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return p != NULL
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOT_FOUND, "'%.48s' was never published for it", name);
}

/* ---- publishing ---- */

/* A login as the place is to have it. */
typedef struct login {
    char *user, *hash;
    unsigned char proof[SHELF_PROOF];
    bool same; /* as before: user and hash are the place's already */
} login;

/* A fleet has one login, mostly: it is hashed once, and all have the same salt. */
static platen_code hash_login(serve *s, const serve_wish *wish, const login *l, platen_error *err)
{
    char *hash = NULL;
    if (s->last_hash != NULL && login_same(s->last_proof, l->proof)) {
        return PLATEN_OK;
    }
    PLATEN_TRY(login_hash(s, wish->password, &hash, err));
    free(s->last_hash);
    s->last_hash = hash;
    memcpy(s->last_proof, l->proof, sizeof(s->last_proof));
    return PLATEN_OK;
}

/* With `port` held, so that nobody else changes what is published. */
static platen_code make_login(serve *s, const serve_wish *wish, login *out, platen_error *err)
{
    char *hash = NULL;
    login_proof(s, wish->user, wish->password, out->proof);
    (void)pthread_mutex_lock(&s->lock);
    const place *p = shelf_find(s->shelf, wish->driver, wish->item->name, &wish->address);
    bool known = p != NULL && p->user != NULL && strcmp(p->user, wish->user) == 0;
    out->same = known && p->proven && login_same(p->proof, out->proof);
    if (known && !p->proven) { /* from before the start */
        hash = strdup(p->hash);
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (hash != NULL) {
        out->same = login_verify(s, hash, wish->password);
        free(hash);
    }
    if (out->same) {
        return PLATEN_OK;
    }
    PLATEN_TRY(hash_login(s, wish, out, err));
    out->user = strdup(wish->user);
    out->hash = strdup(s->last_hash);
    return out->user != NULL && out->hash != NULL
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOMEM, "no memory for a login");
}

/* Gives the place the login; what it had is the caller's. */
static void set_login(place *p, const login *l)
{
    if (!l->same) {
        p->user = l->user;
        p->hash = l->hash;
        p->wrong = 0;
    }
    memcpy(p->proof, l->proof, sizeof(p->proof));
    p->proven = true;
}

/* A body that was not there so before. */
static void set_new(place *p, int64_t now)
{
    p->published = now;
    p->fetched = 0;
    p->fetches = 0;
    p->refused = 0;
    p->refusal[0] = '\0';
}

/* With `lock` held. Of the login the place has what it keeps; after a failure it is as it was. */
static platen_code set_body(serve *s, place *p, const serve_wish *wish, login *l, platen_error *err)
{
    const platen_serve_item *item = wish->item;
    const place before = *p;
    int64_t now = clock_now();
    char digest[SHELF_ID];
    shelf_digest(item->body, (size_t)item->length, digest);
    bool again = l->same && strcmp(digest, p->digest) == 0 && p->until > now;
    set_login(p, l);
    (void)snprintf(p->type, sizeof(p->type), "%s", item->type);
    p->used = now;
    p->until = now + (int64_t)item->days * DAY_MS;
    if (!again) {
        set_new(p, now);
    }
    platen_code rc = again ? shelf_keep(s->shelf, p, err)
                           : shelf_put(s->shelf, p, item->body, (size_t)item->length, digest, err);
    if (rc != PLATEN_OK) {
        *p = before;
    } else if (!l->same) {
        free(before.user);
        free(before.hash);
        l->user = NULL;
        l->hash = NULL;
    }
    return rc;
}

/* With `lock` held. */
static platen_code put(serve *s, const serve_wish *wish, login *l, platen_serve_place *out,
                       platen_error *err)
{
    place *p = shelf_find(s->shelf, wish->driver, wish->item->name, &wish->address);
    if (p == NULL) {
        PLATEN_TRY(shelf_add(s->shelf, wish->driver, wish->item->name, &wish->address, &p, err));
        PLATEN_TRY(wish->item->body != NULL ? PLATEN_OK : shelf_keep(s->shelf, p, err));
    }
    if (wish->item->body != NULL) {
        PLATEN_TRY(set_body(s, p, wish, l, err));
    }
    describe(s, p, out);
    return PLATEN_OK;
}

platen_code serve_publish(serve *s, const serve_wish *wish, platen_serve_place *out,
                          platen_error *err)
{
    login l = {.same = false};
    (void)pthread_mutex_lock(&s->port);
    platen_code rc = wish->item->body != NULL ? need_port(s, err) : need_any(s, err);
    if (rc == PLATEN_OK && wish->item->body != NULL) {
        rc = make_login(s, wish, &l, err);
    }
    if (rc == PLATEN_OK) {
        (void)pthread_mutex_lock(&s->lock);
        rc = put(s, wish, &l, out, err);
        (void)pthread_mutex_unlock(&s->lock);
    }
    (void)pthread_mutex_unlock(&s->port);
    free(l.user);
    free(l.hash);
    return rc;
}

platen_code serve_withdraw(serve *s, const char *driver, const char *name,
                           const net_address *address, platen_error *err)
{
    (void)pthread_mutex_lock(&s->port);
    (void)pthread_mutex_lock(&s->lock);
    place *p = shelf_find(s->shelf, driver, name, address);
    platen_code rc = p != NULL ? shelf_take(s->shelf, p, err) : PLATEN_OK;
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_mutex_unlock(&s->port);
    return rc;
}
