/*
 * Who asks. A table of remembered identities by hash of cookie or token, guarded by one mutex that
 * is never held across the database.
 */
#include "core/rest/access.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/http/certs.h"
#include "core/model/user_token.h"
#include "core/rest/limit.h"
#include "core/secret/secret.h"

#define LOG_SOURCE "access"
#define SLOTS 4096u
#define REMEMBER_MS 30000
#define WRITE_EVERY_MS 60000
#define IDLE_PARTS 8 /* a last use is written at least so often within the time of inactivity */
#define BURST 20     /* attempts at once, then one in REFILL_MS */
#define REFILL_MS 3000
#define BAD_TOKENS 60 /* at once, then one in */
#define BAD_TOKEN_MS 1000
#define GATE 4 /* passwords hashed at a time */
#define GATE_WAIT_S 10

typedef struct remembered {
    access_identity who; /* hash "" : free */
    int64_t read;        /* clock_now() when it came from the database */
    int64_t last_used;
    int64_t written; /* last use as the database knows it */
} remembered;

struct access_control {
    struct store *store;
    limit *limit;
    limit *bad_tokens;
    sem_t gate;                      /* room for passwords being hashed */
    atomic_uint_fast64_t generation; /* raised by each access_forget...(), under `lock` */
    pthread_mutex_t lock;            /* slots */
    remembered *slots[SLOTS];        /* by hash; what collides is read again */
};

access_control *access_new(struct store *s)
{
    access_control *a = calloc(1, sizeof(*a));
    if (a == NULL) {
        return NULL;
    }
    a->store = s;
    a->limit = limit_new(BURST, REFILL_MS);
    a->bad_tokens = limit_new(BAD_TOKENS, BAD_TOKEN_MS);
    (void)pthread_mutex_init(&a->lock, NULL);
    (void)sem_init(&a->gate, 0, GATE);
    if (a->limit == NULL || a->bad_tokens == NULL) {
        access_free(a);
        return NULL;
    }
    return a;
}

void access_free(access_control *a)
{
    if (a == NULL) {
        return;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        free(a->slots[i]);
    }
    limit_free(a->limit);
    limit_free(a->bad_tokens);
    (void)sem_destroy(&a->gate);
    (void)pthread_mutex_destroy(&a->lock);
    free(a);
}

/* ---- remembering ---- */

static size_t slot_of(const char *hash)
{
    return hash_bytes(hash, strlen(hash)) % SLOTS;
}

typedef enum recall { RECALL_NO, RECALL_YES, RECALL_WRITE } recall;

static bool is_idle(const remembered *r, int64_t now)
{
    return r->who.idle_ms > 0 && r->last_used + r->who.idle_ms <= now;
}

static int64_t write_every(const access_identity *who)
{
    int64_t part = who->idle_ms / IDLE_PARTS;
    return part > 0 && part < WRITE_EVERY_MS ? part : WRITE_EVERY_MS;
}

/* RECALL_WRITE: good, and its last use is due to be written. */
static recall recall_hash(access_control *a, const char *hash, int64_t now, bool use,
                          access_identity *who)
{
    recall found = RECALL_NO;
    (void)pthread_mutex_lock(&a->lock);
    remembered *r = a->slots[slot_of(hash)];
    if (r != NULL && strcmp(r->who.hash, hash) == 0 && now - r->read < REMEMBER_MS &&
        now >= r->read && (r->who.expires == 0 || r->who.expires > now) && !is_idle(r, now)) {
        *who = r->who;
        found = RECALL_YES;
        if (use) {
            r->last_used = now;
        }
        if (use && now - r->written >= write_every(&r->who)) {
            r->written = now; /* by this request; others need not */
            found = RECALL_WRITE;
        }
    }
    (void)pthread_mutex_unlock(&a->lock);
    return found;
}

/* The last use that is known here, which may be newer than the database's; 0: none. */
static int64_t last_use(access_control *a, const char *hash)
{
    int64_t used = 0;
    (void)pthread_mutex_lock(&a->lock);
    const remembered *r = a->slots[slot_of(hash)];
    if (r != NULL && strcmp(r->who.hash, hash) == 0) {
        used = r->last_used;
    }
    (void)pthread_mutex_unlock(&a->lock);
    return used;
}

/* `used`: last, as far as the database and this memory know; 0: not known. */
static void remember(access_control *a, const access_identity *who, int64_t now, int64_t used,
                     uint64_t generation)
{
    (void)pthread_mutex_lock(&a->lock);
    if (generation != atomic_load(&a->generation)) { /* read before somebody changed it */
        (void)pthread_mutex_unlock(&a->lock);
        return;
    }
    remembered **at = &a->slots[slot_of(who->hash)];
    if (*at == NULL) {
        *at = calloc(1, sizeof(**at));
    }
    if (*at != NULL) { /* without memory it is read again next time */
        remembered *r = *at;
        bool same = strcmp(r->who.hash, who->hash) == 0;
        r->written = same ? r->written : used;
        r->who = *who;
        r->read = now;
        r->last_used = used;
    }
    (void)pthread_mutex_unlock(&a->lock);
}

void access_forget(access_control *a, const char *hash)
{
    (void)pthread_mutex_lock(&a->lock);
    atomic_fetch_add(&a->generation, 1);
    remembered *r = a->slots[slot_of(hash)];
    if (r != NULL && strcmp(r->who.hash, hash) == 0) {
        r->who.hash[0] = '\0';
    }
    (void)pthread_mutex_unlock(&a->lock);
}

void access_forget_user(access_control *a, int64_t user)
{
    (void)pthread_mutex_lock(&a->lock);
    atomic_fetch_add(&a->generation, 1);
    for (size_t i = 0; i < SLOTS; i++) {
        if (a->slots[i] != NULL && (user == 0 || a->slots[i]->who.user == user)) {
            a->slots[i]->who.hash[0] = '\0';
        }
    }
    (void)pthread_mutex_unlock(&a->lock);
}

/* ---- identifying ---- */

bool access_cookie(const char *header, const char *name, char *value, size_t size)
{
    size_t name_length = strlen(name);
    while (header != NULL && *header != '\0') {
        header += strspn(header, " \t;");
        size_t length = strcspn(header, ";");
        if (length > name_length && strncmp(header, name, name_length) == 0 &&
            header[name_length] == '=') {
            const char *from = header + name_length + 1;
            size_t count = length - name_length - 1;
            while (count > 0 && (from[count - 1] == ' ' || from[count - 1] == '\t')) {
                count--;
            }
            if (count == 0 || count >= size) {
                return false;
            }
            memcpy(value, from, count);
            value[count] = '\0';
            return true;
        }
        header += length;
    }
    return false;
}

static bool put(char *out, size_t size, const char *text)
{
    return snprintf(out, size, "%s", text) < (int)size;
}

static platen_code fill(access_identity *who, const user_record *u, platen_error *err)
{
    who->user = u->id;
    who->role = u->role;
    who->all_functions = u->all_functions;
    who->all_regions = u->regions.all;
    who->region_count = u->regions.count < ACCESS_REGIONS ? u->regions.count : ACCESS_REGIONS;
    if (who->region_count > 0) {
        memcpy(who->regions, u->regions.ids, who->region_count * sizeof(who->regions[0]));
    }
    return put(who->name, sizeof(who->name), u->name) &&
                   put(who->email, sizeof(who->email), u->email) &&
                   put(who->functions, sizeof(who->functions), u->functions)
               ? PLATEN_OK
               : error_set(err, PLATEN_E_CORRUPT, "user %lld is too long", (long long)u->id);
}

/* `used` is what this memory knows of the last use, and gets what both know. */
static platen_code read_session(access_control *a, arena *memory, int64_t now, int64_t *used,
                                access_identity *who, platen_error *err)
{
    user_session session;
    PLATEN_TRY(user_session_get(a->store, memory, who->hash, now, *used, &session, err));
    who->way = ACCESS_SESSION;
    who->expires = session.expires;
    who->session = session.id;
    who->idle_ms = session.idle_ms;
    *used = session.last_used;
    memcpy(who->csrf, session.csrf, sizeof(who->csrf));
    return fill(who, &session.user, err);
}

static platen_code read_token(access_control *a, arena *memory, int64_t now, access_identity *who,
                              platen_error *err)
{
    user_token token;
    PLATEN_TRY(user_token_get(a->store, memory, who->hash, now, &token, err));
    who->way = ACCESS_TOKEN;
    who->expires = token.expires;
    return fill(who, &token.user, err);
}

static platen_code read_secret(access_control *a, const char *hash, bool token, int64_t now,
                               access_identity *who, platen_error *err)
{
    int64_t used = token ? 0 : last_use(a, hash);
    uint64_t generation = atomic_load(&a->generation);
    arena *memory = arena_new();
    memset(who, 0, sizeof(*who));
    memcpy(who->hash, hash, sizeof(who->hash));
    platen_code code = memory == NULL ? error_set(err, PLATEN_E_NOMEM, "no memory for an identity")
                       : token        ? read_token(a, memory, now, who, err)
                                      : read_session(a, memory, now, &used, who, err);
    arena_free(memory);
    PLATEN_TRY(code);
    remember(a, who, now, used, generation);
    return PLATEN_OK;
}

static void note_use(access_control *a, const char *hash, bool token, int64_t now)
{
    platen_error trouble = PLATEN_ERROR_INIT;
    platen_code code = token ? user_token_touch(a->store, hash, now, &trouble)
                             : user_session_touch(a->store, hash, now, &trouble);
    if (code != PLATEN_OK) { /* the request itself is fine */
        log_warning("cannot note the last use: %s", trouble.text);
    }
}

static platen_code identify_secret(access_control *a, const char *secret, bool token, bool use,
                                   access_identity *who, platen_error *err)
{
    char hash[ACCESS_HASH];
    int64_t now = clock_now();
    secret_token_hash(secret, hash);
    recall found = recall_hash(a, hash, now, use, who);
    if (found == RECALL_NO) {
        PLATEN_TRY(read_secret(a, hash, token, now, who, err));
        found = recall_hash(a, hash, now, use, who);
    }
    if (found == RECALL_WRITE) {
        note_use(a, hash, token, now);
    }
    return PLATEN_OK;
}

static bool identify_agent(http_exchange *x, access_identity *who)
{
    size_t length = 0;
    const void *der = x->transport->certificate(x, &length);
    if (der == NULL || !certs_agent_of(der, length, who->agent, sizeof(who->agent))) {
        return false;
    }
    who->way = ACCESS_AGENT;
    (void)snprintf(who->name, sizeof(who->name), "agent %s", who->agent);
    return true;
}

/* The token is good, or UNAUTHENTICATED; who sends many that are not hears it less often. */
static platen_code identify_token(access_control *a, http_exchange *x, const char *token, bool use,
                                  access_identity *who, platen_error *err)
{
    int wait_s = 0;
    platen_code code =
        strncmp(token, USER_TOKEN_PREFIX, 4) != 0 || strlen(token) > 127
            ? error_set(err, PLATEN_E_UNAUTHENTICATED, "the token is not valid or has expired")
            : identify_secret(a, token, true, use, who, err);
    if (code == PLATEN_E_UNAUTHENTICATED &&
        !limit_take(a->bad_tokens, x->remote, clock_mono(), &wait_s)) {
        return error_set(err, PLATEN_E_RATE_LIMITED, "too many wrong tokens, try again in %d s",
                         wait_s);
    }
    return code;
}

platen_code access_identify(access_control *a, http_exchange *x, bool passive, access_identity *who,
                            platen_error *err)
{
    char cookie[128];
    const char *header = http_header(x, "Authorization");
    bool use = !passive && http_header(x, "X-Platen-Background") == NULL;
    memset(who, 0, sizeof(*who));
    if (header != NULL && strncasecmp(header, "Bearer ", 7) == 0) {
        return identify_token(a, x, header + 7 + strspn(header + 7, " "), use, who, err);
    }
    /* Browsers may repeat a ticket of /login/kerberos elsewhere: the session is what counts. */
    if (header != NULL && strncasecmp(header, "Negotiate ", 10) != 0) {
        return error_set(err, PLATEN_E_UNAUTHENTICATED, "only bearer tokens are known here");
    }
    if (access_cookie(http_header(x, "Cookie"), ACCESS_COOKIE, cookie, sizeof(cookie))) {
        platen_code code = identify_secret(a, cookie, false, use, who, err);
        if (code != PLATEN_E_UNAUTHENTICATED) {
            return code;
        }
        memset(who, 0, sizeof(*who));
        if (err != NULL) {
            err->code = PLATEN_OK;
            err->text[0] = '\0';
        }
    }
    (void)identify_agent(x, who);
    return PLATEN_OK;
}

static bool same_rights(const access_identity *one, const access_identity *other)
{
    return one->role == other->role && one->all_functions == other->all_functions &&
           strcmp(one->functions, other->functions) == 0 &&
           one->all_regions == other->all_regions && one->region_count == other->region_count &&
           memcmp(one->regions, other->regions, one->region_count * sizeof(one->regions[0])) == 0;
}

bool access_still(access_control *a, const access_identity *who)
{
    access_identity now_is = {0};
    int64_t now = clock_now();
    int64_t used = last_use(a, who->hash);
    arena *memory = arena_new();
    if (memory == NULL || who->way == ACCESS_AGENT) {
        arena_free(memory);
        return true; /* not the moment to end anything */
    }
    memcpy(now_is.hash, who->hash, sizeof(now_is.hash));
    platen_code code = who->way == ACCESS_TOKEN
                           ? read_token(a, memory, now, &now_is, NULL)
                           : read_session(a, memory, now, &used, &now_is, NULL);
    arena_free(memory);
    return code == PLATEN_OK ? same_rights(who, &now_is) : code != PLATEN_E_UNAUTHENTICATED;
}

uint64_t access_generation(const access_control *a)
{
    return atomic_load(&a->generation);
}

/* ---- allowing ---- */

rest_access access_role(const access_identity *who)
{
    if (who->way == ACCESS_AGENT) {
        return REST_AGENT;
    }
    return who->role == USER_ROLE_SYSTEM   ? REST_SYSTEM_MANAGER
           : who->role == USER_ROLE_DEVICE ? REST_DEVICE_MANAGER
           : who->role == USER_ROLE_USER   ? REST_USER
                                           : REST_PUBLIC;
}

bool access_has_function(const access_identity *who, const char *function)
{
    bool found = who->all_functions;
    cJSON *tree = found ? NULL : cJSON_Parse(who->functions);
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, tree)
    {
        found = found || (cJSON_IsString(each) && strcmp(each->valuestring, function) == 0);
    }
    cJSON_Delete(tree);
    return found;
}

platen_code access_allows(const access_identity *who, const rest_route *route, platen_error *err)
{
    rest_access role = access_role(who);
    if (route->access == REST_PUBLIC) {
        return PLATEN_OK;
    }
    if (route->access == REST_AGENT) {
        return role == REST_AGENT
                   ? PLATEN_OK
                   : error_set(err,
                               who->way == ACCESS_NOBODY ? PLATEN_E_UNAUTHENTICATED
                                                         : PLATEN_E_FORBIDDEN,
                               "this is for agents with a certificate of this manager");
    }
    if (who->way == ACCESS_NOBODY) {
        return error_set(err, PLATEN_E_UNAUTHENTICATED, "nobody is logged in");
    }
    bool enough = role == REST_SYSTEM_MANAGER ||
                  (route->access == REST_USER && role == REST_USER) ||
                  (route->access != REST_SYSTEM_MANAGER && role == REST_DEVICE_MANAGER &&
                   (route->function == NULL || access_has_function(who, route->function)));
    if (!enough) {
        return error_set(err, PLATEN_E_FORBIDDEN, "the role of '%s' does not allow this",
                         who->name);
    }
    if (route->region == REST_REGION_ALL && !who->all_regions) {
        return error_set(err, PLATEN_E_FORBIDDEN, "this reaches regions that '%s' has not",
                         who->name);
    }
    return PLATEN_OK;
}

platen_code access_check_csrf(const access_identity *who, http_exchange *x, platen_error *err)
{
    const char *token = http_header(x, "X-CSRF-Token");
    if (who->way != ACCESS_SESSION) {
        return PLATEN_OK;
    }
    if (token == NULL || !secret_equal(token, who->csrf)) {
        return error_set(err, PLATEN_E_FORBIDDEN, "the X-CSRF-Token header is missing or wrong");
    }
    return PLATEN_OK;
}

platen_code access_attempt(access_control *a, const char *address, int *wait_s, platen_error *err)
{
    if (limit_take(a->limit, address, clock_mono(), wait_s)) {
        return PLATEN_OK;
    }
    return error_set(err, PLATEN_E_RATE_LIMITED, "too many attempts, try again in %d s", *wait_s);
}

void access_attempt_good(access_control *a, const char *address)
{
    limit_give_back(a->limit, address);
}

platen_code access_gate_enter(access_control *a, platen_error *err)
{
    struct timespec until;
    int failed = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += GATE_WAIT_S;
    do {
        failed = sem_clockwait(&a->gate, CLOCK_MONOTONIC, &until) == 0 ? 0 : errno;
    } while (failed == EINTR);
    return failed == 0
               ? PLATEN_OK
               : error_set(err, PLATEN_E_UNAVAILABLE, "too many logins at a time, try again later");
}

void access_gate_leave(access_control *a)
{
    (void)sem_post(&a->gate);
}
