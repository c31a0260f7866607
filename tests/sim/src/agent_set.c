/* SET: all varbinds are looked at before any is written (RFC 3416 4.2.5). */
#include "agent.h"

#include "writable.h"

#include <string.h>

struct wish {
    struct ber_reader oid;
    struct ber_reader value;
    uint8_t tag;
};

static bool read_wish(struct ber_reader *list, struct wish *wish)
{
    struct ber_reader varbind;

    return ber_expect(list, BER_SEQUENCE, &varbind) && ber_expect(&varbind, BER_OID, &wish->oid) &&
           oid_valid(wish->oid.at, (size_t)(wish->oid.end - wish->oid.at)) &&
           ber_read(&varbind, &wish->tag, &wish->value);
}

static size_t oid_length(const struct wish *wish)
{
    return (size_t)(wish->oid.end - wish->oid.at);
}

static const struct entry *target(const struct agent_call *call, const struct wish *wish)
{
    ptrdiff_t n = profile_find(call->view.profile, wish->oid.at, oid_length(wish));

    return n < 0 ? NULL : &call->view.profile->entries[n];
}

static enum snmp_error check(const struct agent_call *call, const struct wish *wish)
{
    const struct entry *e = target(call, wish);
    size_t len = (size_t)(wish->value.end - wish->value.at);
    int64_t number;

    if (!call->may_write) {
        return SNMP_NO_ACCESS;
    }
    if (e == NULL) {
        return SNMP_NO_CREATION;
    }
    if (!(e->flags & ENTRY_WRITABLE) || !call->view.profile->settable) {
        return SNMP_NOT_WRITABLE;
    }
    if (wish->tag != e->tag) {
        return SNMP_WRONG_TYPE;
    }
    if (wish->tag == BER_OCTETS) {
        /* RFC 3805: prtInputMediaName and prtInputName take 63 octets, the system group 255 */
        static const uint8_t printer[] = {0x2b, 6, 1, 2, 1, 0x2b};
        size_t most = 255;
        if (oid_starts_with(e->oid, e->oid_len, printer, sizeof printer)) {
            most = e->oid[sizeof printer] == 8 ? 63 : 127;
        }
        return len > most ? SNMP_WRONG_LENGTH : SNMP_OK;
    }
    if (!ber_parse_int(wish->value.at, len, &number)) {
        return SNMP_WRONG_LENGTH;
    }
    if (e->flags & ENTRY_RESET) {
        bool cycles = !(call->view.device->fault.bits & FAULT_NO_POWER_CYCLE);
        return (number == 4 && cycles) || number == 5 ? SNMP_OK : SNMP_WRONG_VALUE;
    }
    return writable_number(e->oid, e->oid_len, number) ? SNMP_OK : SNMP_WRONG_VALUE;
}

/* What the command `keep` has said of the object. */
static enum snmp_error refusal(const struct agent_call *call, const struct wish *wish)
{
    static const enum snmp_error answers[KEEP_MODES] = {
        [KEEP_NOT_WRITABLE] = SNMP_NOT_WRITABLE,
        [KEEP_NO_ACCESS] = SNMP_NO_ACCESS,
        [KEEP_WRONG_VALUE] = SNMP_WRONG_VALUE,
        [KEEP_INCONSISTENT] = SNMP_INCONSISTENT_VALUE,
        [KEEP_INCONSISTENT_ONCE] = SNMP_INCONSISTENT_VALUE,
    };
    enum keep_mode mode = device_kept(call->view.device, wish->oid.at, oid_length(wish));

    if (mode == KEEP_INCONSISTENT_ONCE) {
        device_keep_done(call->view.device, wish->oid.at, oid_length(wish));
    }
    return answers[mode];
}

/* RFC 3584 4.4: what an SNMPv1 manager is told. */
static enum snmp_error for_v1(enum snmp_error e)
{
    switch (e) {
    case SNMP_WRONG_TYPE:
    case SNMP_WRONG_LENGTH:
    case SNMP_WRONG_VALUE:
    case SNMP_INCONSISTENT_VALUE:
        return SNMP_BAD_VALUE;
    case SNMP_NO_ACCESS:
    case SNMP_NO_CREATION:
    case SNMP_NOT_WRITABLE:
    case SNMP_AUTHORIZATION:
        return SNMP_NO_SUCH_NAME;
    case SNMP_OK:
    case SNMP_TOO_BIG:
    case SNMP_NO_SUCH_NAME:
    case SNMP_BAD_VALUE:
    case SNMP_READ_ONLY:
    case SNMP_RESOURCE:
    case SNMP_GEN_ERR:
        break;
    }
    return e;
}

/* Writes another value than was sent: texts end after eight octets, numbers are one more. */
static bool write_rounded(struct device *d, const struct wish *wish)
{
    size_t len = (size_t)(wish->value.end - wish->value.at);
    uint8_t bytes[9];
    int64_t number = 0;

    if (wish->tag == BER_OCTETS) {
        return device_overlay_set(d, wish->oid.at, oid_length(wish), wish->tag, wish->value.at,
                                  len > 8 ? 8 : len);
    }
    return ber_parse_int(wish->value.at, len, &number) &&
           device_overlay_set(d, wish->oid.at, oid_length(wish), wish->tag, bytes,
                              ber_signed(bytes, number + 1));
}

static enum snmp_error apply(struct agent_call *call, const struct wish *wish)
{
    const struct entry *e = target(call, wish);
    struct device *d = call->view.device;
    enum keep_mode mode = device_kept(d, wish->oid.at, oid_length(wish));

    if (e != NULL && e->flags & ENTRY_RESET) {
        world_reboot(call->view.world, d);
        return SNMP_OK;
    }
    if (mode == KEEP_SILENTLY) {
        return SNMP_OK;
    }
    bool done =
        mode == KEEP_ROUNDED
            ? write_rounded(d, wish)
            : device_overlay_set(d, wish->oid.at, oid_length(wish), wish->tag, wish->value.at,
                                 (size_t)(wish->value.end - wish->value.at));
    if (mode == KEEP_REBOOT) {
        device_keep_done(d, wish->oid.at, oid_length(wish));
        world_reboot(call->view.world, d);
        d->fault.mute = true;
    }
    return done ? SNMP_OK : SNMP_RESOURCE;
}

/* Whether this SET is one whose way there or back does not work; true when it is to be done. */
static bool passes(struct fault *f)
{
    if (!(f->bits & (FAULT_SET_LOST | FAULT_SET_UNHEARD))) {
        return true;
    }
    bool done = !(f->bits & FAULT_SET_LOST);
    f->mute = true;
    if (f->sets_left > 0 && --f->sets_left == 0) {
        f->bits &= ~(uint32_t)(FAULT_SET_LOST | FAULT_SET_UNHEARD);
    }
    return done;
}

enum snmp_error agent_set(struct agent_call *call, struct ber_reader varbinds, uint32_t *index)
{
    struct ber_reader list = varbinds;
    struct wish wish;

    for (uint32_t i = 1; list.at < list.end; i++) {
        *index = i;
        if (!read_wish(&list, &wish)) {
            return SNMP_GEN_ERR;
        }
        enum snmp_error e = check(call, &wish);
        e = e == SNMP_OK ? refusal(call, &wish) : e;
        if (e != SNMP_OK) {
            return call->version == SNMP_V1 ? for_v1(e) : e;
        }
    }
    if (!passes(&call->view.device->fault)) {
        return SNMP_GEN_ERR; /* which nobody is told */
    }
    list = varbinds;
    for (uint32_t i = 1; list.at < list.end && read_wish(&list, &wish); i++) {
        *index = i;
        enum snmp_error e = apply(call, &wish);
        if (e != SNMP_OK) {
            return e;
        }
    }
    *index = 0;
    call->view.device->sets++;
    call->view.world->stats[STAT_SETS_DONE]++;
    return SNMP_OK;
}
