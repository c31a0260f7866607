/* The envelope of SNMPv1 and v2c messages; version 3 is handed on. */
#include "agent.h"

#include <string.h>

static bool same(const struct ber_reader *r, const char *text)
{
    size_t len = strlen(text);

    return (size_t)(r->end - r->at) == len && memcmp(r->at, text, len) == 0;
}

static size_t community_message(struct view *v, int version, struct ber_reader rest, uint8_t *buf,
                                uint8_t **reply)
{
    struct world *w = v->world;
    struct ber_reader community;
    struct ber_reader body;
    uint8_t type;

    if (!ber_expect(&rest, BER_OCTETS, &community) || !ber_read(&rest, &type, &body)) {
        w->stats[STAT_BAD_PACKET]++;
        return 0;
    }
    const char *read_word = v->profile->community != NULL ? v->profile->community : w->community;
    bool may_write = same(&community, w->write_community);
    if (!may_write && !same(&community, read_word)) {
        w->stats[STAT_BAD_COMMUNITY]++;
        return 0;
    }
    size_t word = (size_t)(community.end - community.at);
    struct agent_call call = {.version = version, .may_write = may_write};
    call.view = *v;
    /* at most 40 octets of headers around community and varbinds */
    call.limit = v->profile->max_message > word + 40 ? v->profile->max_message - word - 40 : 0;
    call.base = buf + REPLY_HEADROOM;
    struct ber_writer out;
    if (!agent_pdu(&call, type, body, &out)) {
        w->stats[STAT_BAD_PACKET]++;
        return 0;
    }
    if (!ber_put_octets(&out, community.at, word) || !ber_put_int(&out, version) ||
        !ber_wrap(&out, BER_SEQUENCE)) {
        return 0;
    }
    *reply = out.start;
    return (size_t)(out.end - out.start);
}

size_t message_handle(struct world *w, struct device *d, uint8_t *in, size_t len, uint8_t *buf,
                      uint8_t **reply)
{
    struct ber_reader whole = {.at = in, .end = in + len};
    struct ber_reader rest;
    struct view v;
    int32_t version;

    if (!ber_expect(&whole, BER_SEQUENCE, &rest) || !ber_read_int(&rest, &version)) {
        w->stats[STAT_BAD_PACKET]++;
        return 0;
    }
    view_open(&v, w, d);
    uint8_t known = w->versions & v.profile->versions;
    switch (version) {
    case SNMP_V1:
        w->stats[STAT_V1]++;
        return known & VERSION_1 ? community_message(&v, version, rest, buf, reply) : 0;
    case SNMP_V2C:
        w->stats[STAT_V2C]++;
        return known & VERSION_2C ? community_message(&v, version, rest, buf, reply) : 0;
    case SNMP_V3:
        w->stats[STAT_V3]++;
        return known & VERSION_3 ? message_v3(&v, in, len, rest, buf, reply) : 0;
    default:
        w->stats[STAT_BAD_PACKET]++;
        return 0;
    }
}
