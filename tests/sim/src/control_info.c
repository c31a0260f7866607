/* What the simulator knows of a device, as one line of JSON: the truth a manager's reading can be
 * held against. Everything is read through the same tree the network sees. */
#include "alert.h"
#include "ber.h"
#include "control.h"
#include "mib.h"

#include <string.h>

static bool is_utf8(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t extra = p[i] < 0x80 ? 0 : p[i] < 0xc2 ? 9 : p[i] < 0xe0 ? 1 : p[i] < 0xf0 ? 2 : 3;
        if (extra > 3 || p[i] > 0xf4 || len - i <= extra) {
            return false;
        }
        for (size_t k = 1; k <= extra; k++) {
            if ((p[i + k] & 0xc0) != 0x80) {
                return false;
            }
        }
        i += extra + 1;
    }
    return true;
}

/* Text that is not UTF-8 is given as Latin-1. */
static void json_text(FILE *out, const uint8_t *p, size_t len)
{
    bool utf8 = is_utf8(p, len);

    fputc('"', out);
    for (size_t i = 0; i < len; i++) {
        if (p[i] == '"' || p[i] == '\\') {
            fprintf(out, "\\%c", p[i]);
        } else if (p[i] < 0x20 || (p[i] >= 0x7f && !utf8)) {
            fprintf(out, "\\u%04x", p[i]);
        } else {
            fputc(p[i], out);
        }
    }
    fputc('"', out);
}

static bool get(struct view *v, const char *text, uint32_t index, uint32_t second, struct hit *hit)
{
    uint8_t oid[OID_MAX_BYTES];
    size_t len = oid_parse(text, oid, sizeof oid);

    if (index != 0) {
        len = oid_append(oid, len, sizeof oid, index);
    }
    if (second != 0) {
        len = oid_append(oid, len, sizeof oid, second);
    }
    return mib_get(v, oid, len, hit) == MIB_FOUND;
}

static void text_member(struct view *v, const char *key, const char *oid, uint32_t index, FILE *out)
{
    struct hit hit;

    if (get(v, oid, index, 0, &hit) && hit.tag == BER_OCTETS) {
        fprintf(out, ",\"%s\":", key);
        json_text(out, hit.value, hit.value_len);
    }
}

static long long number_at(struct view *v, const char *oid, uint32_t index, uint32_t second)
{
    struct hit hit;
    int64_t n = 0;

    if (!get(v, oid, index, second, &hit) || !ber_parse_int(hit.value, hit.value_len, &n)) {
        return 0;
    }
    return n;
}

static void rows(struct view *v, FILE *out)
{
    const struct profile *p = v->profile;

    fputs(",\"supplies\":[", out);
    for (size_t i = 0; i < p->supply_count; i++) {
        uint32_t index = p->supplies[i].index;
        fprintf(out, "%s{\"index\":%u,\"level\":%lld,\"max\":%lld}", i == 0 ? "" : ",", index,
                number_at(v, "1.3.6.1.2.1.43.11.1.1.9", p->hr, index),
                number_at(v, "1.3.6.1.2.1.43.11.1.1.8", p->hr, index));
    }
    fputs("],\"trays\":[", out);
    for (size_t i = 0; i < p->tray_count; i++) {
        uint32_t index = p->trays[i].index;
        fprintf(out, "%s{\"index\":%u,\"level\":%lld,\"max\":%lld}", i == 0 ? "" : ",", index,
                number_at(v, "1.3.6.1.2.1.43.8.2.1.10", p->hr, index),
                number_at(v, "1.3.6.1.2.1.43.8.2.1.9", p->hr, index));
    }
    fputs("],\"alerts\":[", out);
    const struct life *life = view_life(v);
    for (size_t i = 0; i < life->alert_count; i++) {
        const struct live_alert *a = &life->alerts[i];
        fprintf(out, "%s{\"index\":%u,\"kind\":\"%s\",\"severity\":%u,\"text\":", i == 0 ? "" : ",",
                a->index, alert_infos[a->choice->kind].name, alert_infos[a->choice->kind].severity);
        json_text(out, a->choice->text, a->choice->text_len);
        fputc('}', out);
    }
    fputc(']', out);
}

static void faults(const struct device *d, FILE *out)
{
    bool first = true;

    fputs(",\"faults\":[", out);
    for (uint32_t bit = 1; bit <= FAULT_TOO_BIG; bit <<= 1) {
        if (d->fault.bits & bit) {
            fprintf(out, "%s\"%s\"", first ? "" : ",", fault_name(bit));
            first = false;
        }
    }
    fputc(']', out);
}

void control_info(struct world *w, struct device *d, FILE *out)
{
    struct view v;
    char serial[128];
    uint8_t mac[6];
    uint32_t a = d->address;

    view_open(&v, w, d);
    device_serial(w, d, serial, sizeof serial);
    device_mac(w, d, 0, mac);
    fprintf(out, "{\"device\":%u,\"address\":\"%u.%u.%u.%u\",\"profile\":\"%s\",\"serial\":\"%s\"",
            d->index, a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255, v.profile->name, serial);
    fprintf(out, ",\"mac\":\"%02x:%02x:%02x:%02x:%02x:%02x\"", mac[0], mac[1], mac[2], mac[3],
            mac[4], mac[5]);
    text_member(&v, "model", "1.3.6.1.2.1.25.3.2.1.3", v.profile->hr, out);
    text_member(&v, "name", "1.3.6.1.2.1.1.5.0", 0, out);
    text_member(&v, "location", "1.3.6.1.2.1.1.6.0", 0, out);
    text_member(&v, "contact", "1.3.6.1.2.1.1.4.0", 0, out);
    fprintf(out, ",\"pages\":%llu,\"uptime\":%u,\"boots\":%u",
            (unsigned long long)view_life(&v)->pages, view_uptime(&v), d->boots);
    rows(&v, out);
    faults(d, out);
    fprintf(out, ",\"in\":%u,\"out\":%u,\"sets\":%u,\"resets\":%u}\n", d->packets_in,
            d->packets_out, d->sets, d->resets);
}

void control_stats(const struct world *w, FILE *out)
{
    static const char *const names[STAT_COUNT] = {
        [STAT_IN] = "in",
        [STAT_OUT] = "out",
        [STAT_BYTES_IN] = "bytes-in",
        [STAT_BYTES_OUT] = "bytes-out",
        [STAT_GET] = "get",
        [STAT_NEXT] = "getnext",
        [STAT_BULK] = "getbulk",
        [STAT_SET] = "set",
        [STAT_REPORT] = "report",
        [STAT_V1] = "v1",
        [STAT_V2C] = "v2c",
        [STAT_V3] = "v3",
        [STAT_NO_DEVICE] = "no-device",
        [STAT_BAD_PACKET] = "bad-packet",
        [STAT_BAD_COMMUNITY] = "bad-community",
        [STAT_SILENT] = "silent",
        [STAT_LOST] = "lost",
        [STAT_DELAYED] = "delayed",
        [STAT_SETS_DONE] = "sets-done",
        [STAT_RESETS_DONE] = "resets-done",
    };

    for (size_t i = 0; i < STAT_COUNT; i++) {
        fprintf(out, "%s=%llu\n", names[i], (unsigned long long)w->stats[i]);
    }
}
