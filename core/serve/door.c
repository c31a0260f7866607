/*
 * One request of the download port, on the server's thread. A device gets what is published for it:
 * whoever does not know the token, or comes from elsewhere, learns nothing, not even that there is
 * something. Only the device itself comes as far as the password.
 */
#include "core/serve/serve_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/net.h"

#define LOG_SOURCE "serve"
#define WRONG_MAX 5u      /* logins of a device that may fail */
#define WRONG_MS 300000   /* within this time */
#define REFUSALS_MS 60000 /* refusals are noted no more often */
#define AUTHORIZATION_MAX 1024u

typedef enum verdict { GOOD, NOTHING, ELSEWHERE, ASK, WRONG, TOO_MANY } verdict;

/* What is known of a request; copies, so that the shelf's lock is not held for long. */
typedef struct request {
    serve *s;
    http_exchange *x;
    char id[SHELF_ID];
    char driver[SHELF_DRIVER], name[SHELF_NAME];
    char digest[SHELF_ID], type[SHELF_TYPE];
    char room[AUTHORIZATION_MAX];
    const char *user, *password; /* NULL: none was shown */
    char *hash;                  /* the password is to be checked with it */
    unsigned char proof[SHELF_PROOF];
} request;

/* The token of "/<token>". */
static bool read_path(request *r)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *token = r->x->path + 1;
    if (r->x->path[0] != '/' || strlen(token) != SHELF_TOKEN - 1 ||
        strspn(token, letters) != SHELF_TOKEN - 1) {
        return false;
    }
    shelf_id_of(token, r->id);
    return true;
}

static bool is_from(const char *remote, const net_address *device)
{
    net_address from;
    return net_parse(remote, &from) && memcmp(from.bytes, device->bytes, sizeof(from.bytes)) == 0;
}

/* ---- notes ---- */

/* Tells of a refusal, seldom: nobody fills the log or the disk with them. */
static void note_refusal(request *r, place *p, const char *why)
{
    int64_t now = clock_now();
    char address[NET_TEXT];
    if (now - p->refused < REFUSALS_MS && strcmp(p->refusal, why) == 0) {
        return;
    }
    p->refused = now;
    (void)snprintf(p->refusal, sizeof(p->refusal), "%s", why);
    (void)shelf_keep(r->s->shelf, p, NULL);
    log_warning("'%s' of %s was refused: %s device=%s remote=%s", p->name, p->driver, why,
                net_format(&p->address, address), r->x->remote);
}

/* The whole answer went out. */
static void note_fetch(request *r)
{
    char address[NET_TEXT];
    (void)pthread_mutex_lock(&r->s->lock);
    place *p = shelf_by_id(r->s->shelf, r->id);
    if (p != NULL && strcmp(p->digest, r->digest) == 0) {
        p->fetched = clock_now();
        p->used = p->fetched;
        p->fetches += p->fetches < UINT32_MAX ? 1 : 0;
        (void)shelf_keep(r->s->shelf, p, NULL);
        log_notice("'%s' of %s was fetched by its device device=%s bytes=%" PRIu64 " times=%" PRIu32
                   " tls=%s",
                   p->name, p->driver, net_format(&p->address, address), r->x->sent, p->fetches,
                   r->x->tls ? "yes" : "no");
    }
    (void)pthread_mutex_unlock(&r->s->lock);
}

/* ---- who it is ---- */

static void count_wrong(place *p)
{
    int64_t now = clock_mono();
    if (p->wrong == 0 || now - p->wrong_since > WRONG_MS) {
        p->wrong = 0;
        p->wrong_since = now;
    }
    p->wrong++;
}

static bool is_locked(const place *p)
{
    return p->wrong >= WRONG_MAX && clock_mono() - p->wrong_since <= WRONG_MS;
}

/* The first look, with the lock: everything but a password that has to be hashed, for which `hash`
 * is set. */
static verdict look(request *r, place *p)
{
    if (p == NULL || p->digest[0] == '\0' || p->until <= clock_now()) {
        return NOTHING;
    }
    if (!is_from(r->x->remote, &p->address)) {
        note_refusal(r, p, "another address than the device's");
        return ELSEWHERE;
    }
    if (r->user == NULL) {
        return ASK;
    }
    if (is_locked(p)) {
        note_refusal(r, p, "too many wrong passwords");
        return TOO_MANY;
    }
    (void)snprintf(r->driver, sizeof(r->driver), "%s", p->driver);
    (void)snprintf(r->name, sizeof(r->name), "%s", p->name);
    (void)snprintf(r->digest, sizeof(r->digest), "%s", p->digest);
    (void)snprintf(r->type, sizeof(r->type), "%s", p->type);
    if (p->proven) {
        return login_same(p->proof, r->proof) ? GOOD : WRONG;
    }
    r->hash = strcmp(p->user, r->user) == 0 ? strdup(p->hash) : NULL;
    return r->hash != NULL ? GOOD : WRONG;
}

static verdict judge(request *r)
{
    if (r->user != NULL) {
        login_proof(r->s, r->user, r->password, r->proof);
    }
    (void)pthread_mutex_lock(&r->s->lock);
    verdict v = look(r, shelf_by_id(r->s->shelf, r->id));
    (void)pthread_mutex_unlock(&r->s->lock);
    bool hashed = v == GOOD && r->hash != NULL;
    if (hashed && !login_verify(r->s, r->hash, r->password)) {
        v = WRONG;
    }
    if (!hashed && v != WRONG) {
        return v;
    }
    (void)pthread_mutex_lock(&r->s->lock);
    place *p = shelf_by_id(r->s->shelf, r->id);
    if (p != NULL && v == WRONG) {
        count_wrong(p);
        note_refusal(r, p, "wrong user or password");
    } else if (p != NULL && p->hash != NULL && strcmp(p->hash, r->hash) == 0) {
        memcpy(p->proof, r->proof, sizeof(p->proof));
        p->proven = true;
        p->wrong = 0;
    }
    (void)pthread_mutex_unlock(&r->s->lock);
    return v;
}

/* ---- answers ---- */

#define PLAIN "Content-Type: text/plain\r\nCache-Control: no-store\r\n"

static void refuse(http_exchange *x, int status, const char *headers, const char *text)
{
    (void)http_answer(x, status, headers, text, strlen(text));
}

static void give(request *r)
{
    char headers[SHELF_TYPE + 64];
    char *body = NULL;
    size_t length = 0;
    platen_error err = PLATEN_ERROR_INIT;
    if (shelf_read(r->s->shelf, r->digest, &body, &length, &err) != PLATEN_OK) {
        log_error("'%s' of %s cannot be served: %s", r->name, r->driver, err.text);
        refuse(r->x, 503, PLAIN, "it cannot be read now\n");
        return;
    }
    (void)snprintf(headers, sizeof(headers), "Content-Type: %s\r\nCache-Control: no-store\r\n",
                   r->type);
    bool sent = http_answer(r->x, 200, headers, body, length);
    free(body);
    if (sent && strcmp(r->x->method, "GET") == 0) {
        note_fetch(r);
    }
}

static void answer(request *r)
{
    switch (judge(r)) {
    case GOOD:
        give(r);
        return;
    case ASK:
    case WRONG:
        refuse(r->x, 401, "WWW-Authenticate: Basic realm=\"Platen\", charset=\"UTF-8\"\r\n" PLAIN,
               "user and password of this device\n");
        return;
    case TOO_MANY:
        refuse(r->x, 429, "Retry-After: 300\r\n" PLAIN, "too many wrong passwords\n");
        return;
    case NOTHING:
    case ELSEWHERE:
        break;
    }
    refuse(r->x, 404, PLAIN, "there is nothing here\n");
}

void door_handle(http_exchange *x, void *user)
{
    request r = {.s = user, .x = x};
    const char *header = http_header(x, "Authorization");
    if (strcmp(x->method, "GET") != 0 && strcmp(x->method, "HEAD") != 0) {
        x->close = true;
        refuse(x, 405, "Allow: GET, HEAD\r\n" PLAIN, "only GET and HEAD\n");
        return;
    }
    if (x->body_length != 0 || !read_path(&r)) {
        x->close = x->body_length != 0;
        refuse(x, 404, PLAIN, "there is nothing here\n");
        return;
    }
    if (header != NULL && !login_read(header, r.room, sizeof(r.room), &r.user, &r.password)) {
        r.user = NULL;
    }
    answer(&r);
    free(r.hash);
    explicit_bzero(r.room, sizeof(r.room));
}
