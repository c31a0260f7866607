/* Get and get-next over a profile's table, the device's overlays and its alerts. */
#include "mib.h"

#include "alert.h"
#include "ber.h"

#include <string.h>

/* prtAlertEntry; the row is hrDeviceIndex.prtAlertIndex */
static const uint8_t alert_entry[] = {0x2b, 6, 1, 2, 1, 0x2b, 18, 1, 1};

enum { ALERT_COLUMNS = 9 };

static void alert_cell(struct view *v, const struct live_alert *a, uint32_t column, struct hit *hit)
{
    const struct alert_info *info = &alert_infos[a->choice->kind];
    int64_t n = 0;
    int64_t age = a->start_ms - v->device->boot_ms;

    hit->tag = BER_INTEGER;
    hit->flags = 0;
    hit->varbind = NULL;
    hit->value = hit->value_buf;
    switch (column) {
    case 1:
        n = a->index;
        break;
    case 2:
        n = info->severity;
        break;
    case 3:
        n = info->training;
        break;
    case 4:
        n = info->group;
        break;
    case 5:
        n = a->choice->group_index;
        break;
    case 6:
        n = info->part == PART_TRAY ? a->choice->group_index : -2;
        break;
    case 7:
        n = info->code;
        if (info->ink_code != 0 && v->profile->supply_count > a->choice->slot) {
            int32_t type = v->profile->supplies[a->choice->slot].type;
            n = type >= 5 && type <= 8 ? info->ink_code : info->code;
        }
        break;
    case 8:
        hit->tag = BER_OCTETS;
        hit->flags = ENTRY_TEXT;
        hit->value = a->choice->text;
        hit->value_len = a->choice->text_len;
        return;
    default:
        hit->tag = BER_TIMETICKS;
        n = age > 0 ? age / 10 : 0;
        break;
    }
    hit->value_len = (uint16_t)ber_signed(hit->value_buf, n);
}

static size_t alert_name(const struct view *v, uint32_t column, uint32_t index, uint8_t *out)
{
    size_t cap = OID_MAX_BYTES;

    memcpy(out, alert_entry, sizeof alert_entry);
    size_t n = oid_append(out, sizeof alert_entry, cap, column);
    n = oid_append(out, n, cap, v->profile->hr);
    return oid_append(out, n, cap, index);
}

static bool alert_get(struct view *v, const uint8_t *oid, size_t len, struct hit *hit)
{
    if (!v->profile->alerts || !oid_starts_with(oid, len, alert_entry, sizeof alert_entry)) {
        return false;
    }
    const struct life *life = view_life(v);
    for (uint32_t column = 1; column <= ALERT_COLUMNS; column++) {
        for (size_t i = 0; i < life->alert_count; i++) {
            size_t n = alert_name(v, column, life->alerts[i].index, hit->oid_buf);
            if (n == len && memcmp(oid, hit->oid_buf, n) == 0) {
                hit->oid = hit->oid_buf;
                hit->oid_len = (uint8_t)n;
                alert_cell(v, &life->alerts[i], column, hit);
                return true;
            }
        }
    }
    return false;
}

static bool alert_after(struct view *v, const uint8_t *oid, size_t len, struct hit *hit)
{
    if (!v->profile->alerts) {
        return false;
    }
    const struct life *life = view_life(v);
    for (uint32_t column = 1; column <= ALERT_COLUMNS && life->alert_count > 0; column++) {
        for (size_t i = 0; i < life->alert_count; i++) {
            size_t n = alert_name(v, column, life->alerts[i].index, hit->oid_buf);
            if (oid_compare(hit->oid_buf, n, oid, len) > 0) {
                hit->oid = hit->oid_buf;
                hit->oid_len = (uint8_t)n;
                alert_cell(v, &life->alerts[i], column, hit);
                return true;
            }
        }
    }
    return false;
}

static void overlay_hit(const struct overlay *o, struct hit *hit)
{
    memcpy(hit->oid_buf, o->oid, o->oid_len);
    hit->oid = hit->oid_buf;
    hit->oid_len = o->oid_len;
    hit->tag = o->tag;
    hit->value = o->value;
    hit->value_len = o->value_len;
    hit->varbind = NULL;
    hit->flags = o->tag == BER_OCTETS ? ENTRY_TEXT : 0;
}

/* A neighbour that differs only in the last sub-identifier makes it a missing instance. */
static enum mib_result missing(const struct profile *p, const uint8_t *oid, size_t len)
{
    size_t at = profile_after(p, oid, len);
    size_t parent = oid_parent(oid, len);

    for (size_t i = at > 0 ? at - 1 : 0; i <= at && i < p->count; i++) {
        const struct entry *e = &p->entries[i];
        if (oid_parent(e->oid, e->oid_len) == parent && memcmp(e->oid, oid, parent) == 0) {
            return MIB_NO_INSTANCE;
        }
    }
    if (p->alerts && oid_starts_with(oid, len, alert_entry, sizeof alert_entry)) {
        return MIB_NO_INSTANCE;
    }
    return MIB_NO_OBJECT;
}

enum mib_result mib_get(struct view *v, const uint8_t *oid, size_t len, struct hit *hit)
{
    if (v->device->extra != NULL) {
        const struct overlay *o = device_overlay_get(v->device, oid, len);
        if (o != NULL) {
            overlay_hit(o, hit);
            return o->tag != 0 ? MIB_FOUND : MIB_NO_INSTANCE;
        }
    }
    ptrdiff_t n = profile_find(v->profile, oid, len);
    if (n >= 0) {
        value_read(v, &v->profile->entries[n], hit);
        return MIB_FOUND;
    }
    return alert_get(v, oid, len, hit) ? MIB_FOUND : missing(v->profile, oid, len);
}

static bool hidden(const struct view *v, const struct entry *e, bool narrow)
{
    if (narrow && e->tag == BER_COUNTER64) {
        return true;
    }
    if (v->device->extra == NULL) {
        return false;
    }
    const struct overlay *o = device_overlay_get(v->device, e->oid, e->oid_len);
    return o != NULL && o->tag == 0;
}

enum mib_result mib_next(struct view *v, const uint8_t *oid, size_t len, size_t hint, bool narrow,
                         struct hit *hit)
{
    const struct profile *p = v->profile;
    size_t from = hint;

    if (hint == SIZE_MAX) {
        ptrdiff_t exact = profile_find(p, oid, len);
        from = exact >= 0 ? (size_t)exact + 1 : profile_after(p, oid, len);
    }
    size_t at = from;
    while (at < p->count && hidden(v, &p->entries[at], narrow)) {
        at++;
    }
    bool found = false;
    if (from <= p->alert_at && p->alert_at <= at && alert_after(v, oid, len, hit)) {
        hit->after = p->alert_at;
        found = true;
    } else if (at < p->count) {
        value_read(v, &p->entries[at], hit);
        hit->after = at + 1;
        found = true;
    }
    if (v->device->extra != NULL) {
        const struct overlay *o = device_overlay_after(v->device, oid, len);
        if (o != NULL && !(narrow && o->tag == BER_COUNTER64)) {
            int order = found ? oid_compare(o->oid, o->oid_len, hit->oid, hit->oid_len) : -1;
            if (order <= 0) {
                hit->after = order == 0 ? hit->after : from;
                overlay_hit(o, hit);
                found = true;
            }
        }
    }
    return found ? MIB_FOUND : MIB_END;
}
