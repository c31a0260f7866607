/* GET, GETNEXT and GETBULK. Varbinds are written forward into the reply buffer, the headers are
 * put in front of them when their sizes are known. */
#include "agent.h"

#include <string.h>

enum { REPEATERS_MAX = 128 };

struct repeater {
    size_t hint;
    size_t len;
    bool ended;
    uint8_t oid[OID_MAX_BYTES + 8];
};

static bool put_varbind(struct agent_call *call, const uint8_t *oid, size_t oid_len, uint8_t tag,
                        const uint8_t *value, size_t len)
{
    size_t inner = ber_header_size(oid_len) + oid_len + ber_header_size(len) + len;

    if ((size_t)(call->at - call->base) + ber_header_size(inner) + inner > call->limit) {
        return false;
    }
    uint8_t *p = call->at;
    p += ber_header(p, BER_SEQUENCE, inner);
    p += ber_header(p, BER_OID, oid_len);
    memcpy(p, oid, oid_len);
    p += oid_len;
    p += ber_header(p, tag, len);
    if (len > 0) {
        memcpy(p, value, len);
    }
    call->at = p + len;
    return true;
}

/* Says a value as another type: numbers as text, text as a number. */
static bool put_wrong_type(struct agent_call *call, const struct hit *hit)
{
    static const uint8_t text[] = "not a number";
    static const uint8_t number[] = {0x2a};

    if (hit->tag == BER_OCTETS || hit->tag == BER_OID) {
        return put_varbind(call, hit->oid, hit->oid_len, BER_INTEGER, number, sizeof number);
    }
    return put_varbind(call, hit->oid, hit->oid_len, BER_OCTETS, text, sizeof text - 1);
}

static bool put_broken_text(struct agent_call *call, const struct hit *hit)
{
    /* a lone lead octet, two octets UTF-8 never uses and an overlong slash */
    static const uint8_t bad[] = {0xc3, 0x28, 0xff, 0xfe, 0xc0, 0xaf};
    uint8_t text[VALUE_MAX + sizeof bad];
    size_t len = hit->value_len < VALUE_MAX ? hit->value_len : VALUE_MAX;

    memcpy(text, bad, sizeof bad);
    memcpy(text + sizeof bad, hit->value, len);
    return put_varbind(call, hit->oid, hit->oid_len, BER_OCTETS, text, len + sizeof bad);
}

static bool put_hit(struct agent_call *call, const struct hit *hit)
{
    uint32_t faults = call->view.device->fault.bits;

    if (faults & FAULT_WRONG_TYPE) {
        return put_wrong_type(call, hit);
    }
    if (faults & FAULT_NON_UTF8 && hit->flags & ENTRY_TEXT && hit->value_len > 0) {
        return put_broken_text(call, hit);
    }
    if (hit->varbind != NULL) {
        if ((size_t)(call->at - call->base) + hit->varbind_len > call->limit) {
            return false;
        }
        memcpy(call->at, hit->varbind, hit->varbind_len);
        call->at += hit->varbind_len;
        return true;
    }
    return put_varbind(call, hit->oid, hit->oid_len, hit->tag, hit->value, hit->value_len);
}

/* Fault "loop": from an existing row on, the walk stands still or jumps back to its start. */
static void loop_back(const struct agent_call *call, const uint8_t *oid, size_t len,
                      struct hit *hit)
{
    static const uint8_t start[] = {0x2b, 6, 1, 2, 1, 1, 1, 0};

    if (profile_find(call->view.profile, oid, len) < 0) {
        return;
    }
    bool back = call->view.device->packets_in & 1;
    hit->oid_len = (uint8_t)(back ? sizeof start : len);
    memcpy(hit->oid_buf, back ? start : oid, hit->oid_len);
    hit->oid = hit->oid_buf;
    hit->varbind = NULL;
    hit->after = SIZE_MAX;
}

/* Fault "endless": below the Printer MIB and the interfaces each column goes on for ever. */
static bool go_on(struct agent_call *call, const uint8_t *oid, size_t len, struct hit *hit)
{
    static const uint8_t printer[] = {0x2b, 6, 1, 2, 1, 0x2b};
    static const uint8_t interfaces[] = {0x2b, 6, 1, 2, 1, 2, 2};
    const struct profile *p = call->view.profile;
    size_t parent = oid_parent(oid, len);
    size_t at = profile_after(p, oid, len);
    uint32_t last;

    if ((!oid_starts_with(oid, len, printer, sizeof printer) &&
         !oid_starts_with(oid, len, interfaces, sizeof interfaces)) ||
        at == 0 || !oid_last(oid, len, &last) || last == UINT32_MAX) {
        return false;
    }
    const struct entry *before = &p->entries[at - 1];
    if (oid_parent(before->oid, before->oid_len) != parent ||
        memcmp(before->oid, oid, parent) != 0 ||
        (at < p->count &&
         oid_starts_with(p->entries[at].oid, p->entries[at].oid_len, oid, parent))) {
        return false;
    }
    value_read(&call->view, before, hit);
    memcpy(hit->oid_buf, oid, parent);
    hit->oid_len = (uint8_t)oid_append(hit->oid_buf, parent, sizeof hit->oid_buf, last + 1);
    hit->oid = hit->oid_buf;
    hit->varbind = NULL;
    hit->after = SIZE_MAX;
    return true;
}

static enum mib_result step(struct agent_call *call, const uint8_t *oid, size_t len, size_t hint,
                            struct hit *hit)
{
    uint32_t faults = call->view.device->fault.bits;

    if (faults & FAULT_ENDLESS && go_on(call, oid, len, hit)) {
        return MIB_FOUND;
    }
    enum mib_result r = mib_next(&call->view, oid, len, hint, call->version == SNMP_V1, hit);
    if (faults & FAULT_LOOP && r == MIB_FOUND) {
        loop_back(call, oid, len, hit);
    }
    return r;
}

/* Takes the next varbind's name; false when the packet is malformed. */
static bool read_name(struct ber_reader *list, struct ber_reader *oid)
{
    struct ber_reader varbind;
    struct ber_reader value;
    uint8_t tag;

    return ber_expect(list, BER_SEQUENCE, &varbind) && ber_expect(&varbind, BER_OID, oid) &&
           oid_valid(oid->at, (size_t)(oid->end - oid->at)) && ber_read(&varbind, &tag, &value);
}

static bool put_exception(struct agent_call *call, const struct ber_reader *oid,
                          enum mib_result result)
{
    uint8_t tag = result == MIB_NO_OBJECT     ? BER_NO_SUCH_OBJECT
                  : result == MIB_NO_INSTANCE ? BER_NO_SUCH_INSTANCE
                                              : BER_END_OF_VIEW;

    return put_varbind(call, oid->at, (size_t)(oid->end - oid->at), tag, NULL, 0);
}

static bool answer_simple(struct agent_call *call, uint8_t type, struct ber_reader list,
                          int32_t *status, int32_t *index)
{
    struct ber_reader oid;
    struct hit hit;

    for (int32_t i = 1; list.at < list.end; i++) {
        if (!read_name(&list, &oid)) {
            return false;
        }
        size_t len = (size_t)(oid.end - oid.at);
        enum mib_result r = type == PDU_GET ? mib_get(&call->view, oid.at, len, &hit)
                                            : step(call, oid.at, len, SIZE_MAX, &hit);
        if (call->version == SNMP_V1 &&
            (r != MIB_FOUND || (type == PDU_GET && hit.tag == BER_COUNTER64))) {
            *status = SNMP_NO_SUCH_NAME;
            *index = i;
            return true;
        }
        if (!(r == MIB_FOUND ? put_hit(call, &hit) : put_exception(call, &oid, r))) {
            *status = SNMP_TOO_BIG;
            return true;
        }
    }
    return true;
}

static void remember(struct repeater *r, const struct hit *hit)
{
    r->hint = hit->after;
    r->len = hit->oid_len;
    memcpy(r->oid, hit->oid, hit->oid_len);
}

/* One row of all repeaters; false when the reply is full or every one has ended. */
static bool repeat_once(struct agent_call *call, struct repeater *repeaters, size_t count)
{
    bool alive = false;
    struct hit hit;

    for (size_t i = 0; i < count; i++) {
        struct repeater *r = &repeaters[i];
        if (!r->ended && step(call, r->oid, r->len, r->hint, &hit) == MIB_FOUND) {
            if (!put_hit(call, &hit)) {
                return false;
            }
            remember(r, &hit);
            alive = true;
        } else {
            r->ended = true;
            if (!put_varbind(call, r->oid, r->len, BER_END_OF_VIEW, NULL, 0)) {
                return false;
            }
        }
    }
    return alive;
}

static bool answer_bulk(struct agent_call *call, struct ber_reader list, int32_t plain,
                        int32_t repetitions)
{
    struct repeater repeaters[REPEATERS_MAX];
    size_t count = 0;
    struct ber_reader oid;
    struct hit hit;

    while (list.at < list.end) {
        if (!read_name(&list, &oid)) {
            return false;
        }
        size_t len = (size_t)(oid.end - oid.at);
        if (plain-- > 0) {
            bool found = step(call, oid.at, len, SIZE_MAX, &hit) == MIB_FOUND;
            if (!(found ? put_hit(call, &hit) : put_exception(call, &oid, MIB_END))) {
                return true;
            }
        } else if (count < REPEATERS_MAX) {
            struct repeater *r = &repeaters[count++];
            r->hint = SIZE_MAX;
            r->len = len;
            r->ended = false;
            memcpy(r->oid, oid.at, len);
        }
    }
    while (count > 0 && repetitions-- > 0) {
        if (!repeat_once(call, repeaters, count)) {
            break;
        }
    }
    return true;
}

static size_t count_varbinds(struct ber_reader list)
{
    struct ber_reader content;
    uint8_t tag;
    size_t n = 0;

    while (ber_read(&list, &tag, &content)) {
        n++;
    }
    return n;
}

static bool answer(struct agent_call *call, uint8_t type, struct ber_reader list, int32_t first,
                   int32_t second, int32_t *status, int32_t *index)
{
    const struct fault *fault = &call->view.device->fault;
    uint32_t bad = 0;

    if (call->denied) {
        *status = SNMP_AUTHORIZATION;
        return true;
    }
    if (fault->bits & FAULT_TOO_BIG && count_varbinds(list) > fault->too_big_over) {
        *status = SNMP_TOO_BIG;
        return true;
    }
    switch (type) {
    case PDU_GET:
        call->view.world->stats[STAT_GET]++;
        return answer_simple(call, type, list, status, index);
    case PDU_NEXT:
        call->view.world->stats[STAT_NEXT]++;
        return answer_simple(call, type, list, status, index);
    case PDU_BULK:
        call->view.world->stats[STAT_BULK]++;
        return call->version != SNMP_V1 && answer_bulk(call, list, first, second);
    case PDU_SET:
        call->view.world->stats[STAT_SET]++;
        *status = (int32_t)agent_set(call, list, &bad);
        *index = (int32_t)bad;
        return *status >= 0;
    default:
        return false;
    }
}

bool agent_pdu(struct agent_call *call, uint8_t type, struct ber_reader body,
               struct ber_writer *out)
{
    int32_t request;
    int32_t first;
    int32_t second;
    int32_t status = SNMP_OK;
    int32_t index = 0;
    struct ber_reader list;

    if (!ber_read_int(&body, &request) || !ber_read_int(&body, &first) ||
        !ber_read_int(&body, &second) || !ber_expect(&body, BER_SEQUENCE, &list)) {
        return false;
    }
    call->at = call->base;
    if (!answer(call, type, list, first, second, &status, &index)) {
        return false;
    }
    if (status != SNMP_OK || type == PDU_SET) {
        /* RFC 1157 and 3416: the request's own list comes back, but not with tooBig of v2 */
        size_t len = (size_t)(list.end - list.at);
        call->at = call->base;
        if (!(status == SNMP_TOO_BIG && call->version != SNMP_V1)) {
            memcpy(call->base, list.at, len);
            call->at += len;
        }
    }
    if (call->view.device->fault.bits & FAULT_WRONG_REQUEST_ID) {
        request = (int32_t)((uint32_t)request + 1);
    }
    *out = (struct ber_writer){
        .start = call->base, .floor = call->base - REPLY_HEADROOM, .end = call->at};
    return ber_wrap(out, BER_SEQUENCE) && ber_put_int(out, index) && ber_put_int(out, status) &&
           ber_put_int(out, request) && ber_wrap(out, PDU_RESPONSE);
}
