/* SNMPv3 with USM as a command responder: discovery, the reports of RFC 3414 3.2 in its order,
 * signing and ciphering of replies. */
#include "agent.h"
#include "usm.h"

#include <string.h>

enum { FLAG_AUTH = 1, FLAG_PRIV = 2, FLAG_REPORT = 4, TIME_WINDOW = 150, MODEL_USM = 3 };

/* usmStats and friends: what reports tell about. */
enum report {
    REPORT_NONE,
    REPORT_LEVEL,
    REPORT_TIME,
    REPORT_USER,
    REPORT_ENGINE,
    REPORT_DIGEST,
    REPORT_DECRYPT,
    REPORT_CONTEXT
};

struct v3_message {
    struct view *view;
    int32_t id;
    int32_t max_size;
    uint8_t flags;
    struct ber_reader engine;
    int32_t boots;
    int32_t time;
    struct ber_reader user_name;
    struct ber_reader auth;
    struct ber_reader salt;
    struct ber_reader data; /* content of the scoped PDU, or the ciphertext */
    const struct usm_user *user;
    struct usm_keys keys;
    uint8_t own_engine[12];
    size_t own_engine_len;
    uint32_t own_boots; /* as they were when the message came: a SET may have begun a restart */
    int32_t own_time;
    struct ber_reader context_engine;
    struct ber_reader context;
    uint8_t *base;
};

static size_t span(const struct ber_reader *r)
{
    return (size_t)(r->end - r->at);
}

static bool read_header(struct v3_message *m, struct ber_reader rest)
{
    struct ber_reader global;
    struct ber_reader flags;
    struct ber_reader wrapped;
    struct ber_reader params;
    int32_t model;
    uint8_t tag;

    if (!ber_expect(&rest, BER_SEQUENCE, &global) || !ber_read_int(&global, &m->id) ||
        !ber_read_int(&global, &m->max_size) || !ber_expect(&global, BER_OCTETS, &flags) ||
        span(&flags) != 1 || !ber_read_int(&global, &model) || model != MODEL_USM || m->id < 0 ||
        m->max_size < 484) {
        return false;
    }
    m->flags = flags.at[0];
    if (!ber_expect(&rest, BER_OCTETS, &wrapped) || !ber_expect(&wrapped, BER_SEQUENCE, &params) ||
        !ber_expect(&params, BER_OCTETS, &m->engine) || !ber_read_int(&params, &m->boots) ||
        !ber_read_int(&params, &m->time) || !ber_expect(&params, BER_OCTETS, &m->user_name) ||
        !ber_expect(&params, BER_OCTETS, &m->auth) || !ber_expect(&params, BER_OCTETS, &m->salt) ||
        !ber_read(&rest, &tag, &m->data)) {
        return false;
    }
    bool secret = m->flags & FLAG_PRIV;
    return span(&m->engine) <= 32 && span(&m->user_name) <= USM_NAME_MAX &&
           !(secret && !(m->flags & FLAG_AUTH)) && tag == (secret ? BER_OCTETS : BER_SEQUENCE);
}

static int32_t engine_time(const struct v3_message *m)
{
    int64_t s = (m->view->world->now_ms - m->view->device->boot_ms) / 1000;

    return s > 0 ? (int32_t)s : 0;
}

static const struct usm_user *find_user(const struct world *w, const struct ber_reader *name)
{
    for (size_t i = 0; i < w->user_count; i++) {
        const struct usm_user *u = &w->users[i];
        if (strlen(u->name) == span(name) && memcmp(u->name, name->at, span(name)) == 0) {
            return u;
        }
    }
    return NULL;
}

/* The digest is over the message with its own place zeroed. */
static bool digest_good(struct v3_message *m, uint8_t *in, size_t len)
{
    uint8_t sent[USM_DIGEST_MAX];
    uint8_t digest[USM_KEY_MAX];
    size_t n = m->user->digest_size;

    if (span(&m->auth) != n || n > sizeof sent) {
        return false;
    }
    uint8_t *place = in + (m->auth.at - in);
    memcpy(sent, place, n);
    memset(place, 0, n);
    bool ok = usm_digest(m->user, &m->keys, in, len, digest) && memcmp(sent, digest, n) == 0;
    memcpy(place, sent, n);
    return ok;
}

static bool decrypt(struct v3_message *m, uint8_t *in)
{
    uint8_t *data = in + (m->data.at - in);
    size_t len = span(&m->data);

    if (span(&m->salt) != 8 || (m->user->priv == PRIV_DES && len % 8 != 0) ||
        !usm_cipher(m->user, &m->keys, false, (uint32_t)m->boots, (uint32_t)m->time, m->salt.at,
                    data, len)) {
        return false;
    }
    struct ber_reader plain = m->data;
    return ber_expect(&plain, BER_SEQUENCE, &m->data);
}

static enum report check_security(struct v3_message *m, uint8_t *in, size_t len)
{
    const struct world *w = m->view->world;

    if (span(&m->engine) != m->own_engine_len ||
        memcmp(m->engine.at, m->own_engine, m->own_engine_len) != 0) {
        return REPORT_ENGINE;
    }
    m->user = find_user(w, &m->user_name);
    if (m->user == NULL) {
        return REPORT_USER;
    }
    if ((m->flags & FLAG_AUTH && m->user->md == NULL) ||
        (m->flags & FLAG_PRIV && m->user->priv == PRIV_NONE)) {
        return REPORT_LEVEL;
    }
    if (!(m->flags & FLAG_AUTH)) {
        return REPORT_NONE;
    }
    if (!usm_localize(m->user, m->own_engine, m->own_engine_len, &m->keys) ||
        !digest_good(m, in, len)) {
        return REPORT_DIGEST;
    }
    int64_t off = (int64_t)m->time - m->own_time;
    if ((uint32_t)m->boots != m->own_boots || off > TIME_WINDOW || off < -TIME_WINDOW) {
        return REPORT_TIME;
    }
    return m->flags & FLAG_PRIV && !decrypt(m, in) ? REPORT_DECRYPT : REPORT_NONE;
}

/* Puts everything around a PDU that the writer spans. Returns the length, 0 on failure. */
static size_t wrap_message(struct v3_message *m, uint8_t flags, struct ber_writer *out,
                           uint8_t **reply)
{
    static uint64_t salt_counter; /* under the world's lock, as all here */
    uint32_t boots = m->own_boots;
    uint32_t now = (uint32_t)m->own_time;
    uint8_t salt[8];
    size_t salt_len = 0;
    uint8_t zeros[USM_DIGEST_MAX] = {0};
    size_t digest_len = flags & FLAG_AUTH ? m->user->digest_size : 0;

    if (!ber_put_octets(out, m->context.at, span(&m->context)) ||
        !ber_put_octets(out, m->own_engine, m->own_engine_len) || !ber_wrap(out, BER_SEQUENCE)) {
        return 0;
    }
    if (flags & FLAG_PRIV) {
        uint64_t n = ++salt_counter;
        salt_len = sizeof salt;
        for (size_t i = 0; i < 8; i++) {
            salt[i] = (uint8_t)(n >> (56 - 8 * i));
        }
        uint8_t *end = out->start + (out->end - out->start);
        while (m->user->priv == PRIV_DES && (end - out->start) % 8 != 0) {
            *end++ = 0;
        }
        out->end = end;
        size_t len = (size_t)(out->end - out->start);
        if (!usm_cipher(m->user, &m->keys, true, boots, now, salt, out->start, len) ||
            !ber_put_header(out, BER_OCTETS, len)) {
            return 0;
        }
    }
    /* two more layers inside the message: each is closed by the length written since */
    const uint8_t *end = out->end;
    out->end = out->start;
    if (!ber_put_octets(out, salt, salt_len) || !ber_put_bytes(out, zeros, digest_len)) {
        return 0;
    }
    uint8_t *digest_at = out->start;
    if (!ber_put_header(out, BER_OCTETS, digest_len) ||
        !ber_put_octets(out, m->user_name.at, span(&m->user_name)) || !ber_put_int(out, now) ||
        !ber_put_int(out, boots) || !ber_put_octets(out, m->own_engine, m->own_engine_len) ||
        !ber_wrap(out, BER_SEQUENCE) || !ber_wrap(out, BER_OCTETS)) {
        return 0;
    }
    out->end = out->start;
    if (!ber_put_int(out, MODEL_USM) || !ber_put_octets(out, &flags, 1) ||
        !ber_put_int(out, m->view->profile->max_message) || !ber_put_int(out, m->id) ||
        !ber_wrap(out, BER_SEQUENCE)) {
        return 0;
    }
    out->end = end;
    if (!ber_put_int(out, SNMP_V3) || !ber_wrap(out, BER_SEQUENCE)) {
        return 0;
    }
    size_t total = (size_t)(out->end - out->start);
    if (digest_len > 0) {
        uint8_t digest[USM_KEY_MAX];
        if (!usm_digest(m->user, &m->keys, out->start, total, digest)) {
            return 0;
        }
        memcpy(digest_at, digest, digest_len);
    }
    *reply = out->start;
    return total;
}

static size_t send_report(struct v3_message *m, enum report why, uint8_t **reply)
{
    static const char *const names[] = {
        [REPORT_LEVEL] = "1.3.6.1.6.3.15.1.1.1.0",  [REPORT_TIME] = "1.3.6.1.6.3.15.1.1.2.0",
        [REPORT_USER] = "1.3.6.1.6.3.15.1.1.3.0",   [REPORT_ENGINE] = "1.3.6.1.6.3.15.1.1.4.0",
        [REPORT_DIGEST] = "1.3.6.1.6.3.15.1.1.5.0", [REPORT_DECRYPT] = "1.3.6.1.6.3.15.1.1.6.0",
        [REPORT_CONTEXT] = "1.3.6.1.6.3.12.1.5.0",
    };
    struct world *w = m->view->world;
    struct ber_writer out = {.start = m->base, .floor = m->base - REPLY_HEADROOM, .end = m->base};
    uint8_t oid[32];
    uint8_t count[9];
    size_t oid_len = oid_parse(names[why], oid, sizeof oid);
    size_t count_len = ber_unsigned(count, ++w->stats[STAT_REPORT] & UINT32_MAX);

    if (!(m->flags & FLAG_REPORT)) {
        return 0;
    }
    bool ok = ber_put_bytes(&out, count, count_len) &&
              ber_put_header(&out, BER_COUNTER32, count_len) && ber_put_bytes(&out, oid, oid_len) &&
              ber_put_header(&out, BER_OID, oid_len) && ber_wrap(&out, BER_SEQUENCE) &&
              ber_wrap(&out, BER_SEQUENCE) && ber_put_int(&out, 0) && ber_put_int(&out, 0) &&
              ber_put_int(&out, 0) && ber_wrap(&out, PDU_REPORT);
    m->context.end = m->context.at; /* reports come from the default context */
    /* only a wrong time is told in a signed report: the others have no key, or not the right one */
    uint8_t flags = why == REPORT_TIME ? FLAG_AUTH : 0;
    return ok ? wrap_message(m, flags, &out, reply) : 0;
}

static size_t answer(struct v3_message *m, uint8_t **reply)
{
    struct view *v = m->view;
    struct ber_reader body;
    uint8_t type;

    if (!ber_expect(&m->data, BER_OCTETS, &m->context_engine) ||
        !ber_expect(&m->data, BER_OCTETS, &m->context) || span(&m->context) > 64 ||
        !ber_read(&m->data, &type, &body)) {
        v->world->stats[STAT_BAD_PACKET]++;
        return 0;
    }
    if (strlen(m->user->context) != span(&m->context) ||
        memcmp(m->user->context, m->context.at, span(&m->context)) != 0) {
        return send_report(m, REPORT_CONTEXT, reply);
    }
    struct agent_call call = {.version = SNMP_V3, .may_write = true, .base = m->base};
    uint32_t most = v->profile->max_message;
    most = (uint32_t)m->max_size < most ? (uint32_t)m->max_size : most;
    call.view = *v;
    call.limit = most > 260 ? most - 260 : 0; /* headers of a signed and ciphered message */
    call.denied = (m->user->md != NULL && !(m->flags & FLAG_AUTH)) ||
                  (m->user->priv != PRIV_NONE && !(m->flags & FLAG_PRIV));
    call.may_write = m->flags & FLAG_AUTH;
    struct ber_writer out;
    if (!agent_pdu(&call, type, body, &out)) {
        v->world->stats[STAT_BAD_PACKET]++;
        return 0;
    }
    return wrap_message(m, m->flags & (FLAG_AUTH | FLAG_PRIV), &out, reply);
}

size_t message_v3(struct view *v, uint8_t *in, size_t len, struct ber_reader rest, uint8_t *buf,
                  uint8_t **reply)
{
    struct v3_message m = {.view = v, .base = buf + REPLY_HEADROOM};

    if (!read_header(&m, rest)) {
        v->world->stats[STAT_BAD_PACKET]++;
        return 0;
    }
    m.context.at = m.base;
    m.context.end = m.base;
    m.own_boots = v->device->boots;
    m.own_time = engine_time(&m);
    m.own_engine_len = device_engine(v->world, v->device, m.own_engine);
    enum report why = check_security(&m, in, len);
    if (why != REPORT_NONE) {
        return send_report(&m, why, reply);
    }
    return answer(&m, reply);
}
