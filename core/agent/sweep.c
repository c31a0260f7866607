/*
 * Which credential does an address answer? One is tried after the other: what worked last time
 * first, then in the configuration's order. A device that was known by SNMPv3 is never asked with a
 * community again, and no device is shown more wrong credentials a day than configured, because
 * some lock the account (DECISIONS, Devices).
 */
#include "core/agent/room.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"

#define WRONG_ADDRESSES 65536 /* remembered a day */

static int32_t today(void)
{
    return (int32_t)(clock_now() / 86400000);
}

/* ---- the daily limit ---- */

static uintptr_t wrong_of_address(desk *d, const net_address *address)
{
    if (d->wrong_day != today()) {
        map_free(d->wrong, NULL);
        d->wrong = map_new();
        d->wrong_day = today();
    }
    return d->wrong != NULL ? (uintptr_t)map_get(d->wrong, address, sizeof(*address)) : 0;
}

/* Credentials that an address may still be shown. Whoever never answers is not limited: there is
 * nobody who counts. */
bool visit_may_try(const visit *v)
{
    unsigned limit = v->settings->wrong_per_day;
    if (v->device != NULL) {
        return device_wrong_left(v->device, today(), limit) > 0;
    }
    return wrong_of_address(v->desk, &v->address) < limit;
}

void visit_note_wrong(visit *v, bool answers)
{
    v->wrong++;
    if (v->device != NULL) {
        if (answers || v->alive) {
            device_wrong_add(v->device, today());
        }
        return;
    }
    desk *d = v->desk;
    uintptr_t used = wrong_of_address(d, &v->address);
    if (answers && d->wrong != NULL && (used > 0 || map_count(d->wrong) < WRONG_ADDRESSES)) {
        (void)map_set(d->wrong, &v->address, sizeof(v->address), (void *)(used + 1),
                      /* NOLINT: a number, not a pointer */ NULL);
    }
}

/* ---- the order of trying ---- */

static bool fits_device(const visit *v, const credential *c)
{
    const device *d = v->device;
    if (c->kind == CREDENTIAL_USER) {
        return false;
    }
    if (d == NULL || d->protocol == DEVICE_PROTOCOL_NONE) {
        return true;
    }
    if (d->protocol == DEVICE_PROTOCOL_SNMPV3) {
        return c->kind == CREDENTIAL_SNMPV3;
    }
    /* In a search a device may have become a v3 one (DEV-53); in a poll it stays what it was. */
    return v->mode == VISIT_SEARCH || c->kind == CREDENTIAL_COMMUNITY;
}

/* Position 0 is the device's own credential, then the list without it. */
static const credential *next_candidate(visit *v)
{
    const settings *s = v->settings;
    const credential *own =
        v->device != NULL ? settings_credential(s, v->device->credential) : NULL;
    while (v->candidate <= s->credential_count) {
        size_t at = v->candidate++;
        if (at == 0) {
            if (own != NULL && own->kind != CREDENTIAL_USER && !v->retrying) {
                return own;
            }
            continue;
        }
        const credential *c = &s->credentials[at - 1];
        bool first = v->wrong == 0 && !v->retrying;
        if (c != own && fits_device(v, c) && (first || visit_may_try(v))) {
            return c;
        }
    }
    return NULL;
}

/* ---- one try ---- */

static char *dotted(const platen_snmp_binding *b)
{
    strbuf text;
    strbuf_init(&text);
    for (uint32_t i = 0; i < b->arc_count && i < 128; i++) {
        strbuf_appendf(&text, i == 0 ? "%" PRIu32 : ".%" PRIu32, b->arcs[i]);
    }
    char *taken = strbuf_take(&text);
    strbuf_fini(&text);
    return taken;
}

static char *clean(const platen_snmp_binding *b)
{
    strbuf text;
    strbuf_init(&text);
    text_from_device(&text, b->octets, b->octet_count < 512 ? b->octet_count : 512);
    char *taken = strbuf_take(&text);
    strbuf_fini(&text);
    return taken;
}

/* system.{1 sysDescr, 2 sysObjectID, 5 sysName}.0 */
static void note_system(visit *v, const platen_snmp_result *result)
{
    visit_found *f = visit_found_get(v);
    for (uint32_t i = 0; f != NULL && i < result->count; i++) {
        const platen_snmp_binding *b = &result->bindings[i];
        uint32_t column = b->oid_count == 9 ? b->oid[7] : 0;
        if (column == 2 && b->type == PLATEN_SNMP_OID) {
            free(f->sys_object_id);
            f->sys_object_id = dotted(b);
        } else if (column == 1 && b->type == PLATEN_SNMP_OCTETS) {
            free(f->sys_descr);
            f->sys_descr = clean(b);
        } else if (column == 5 && b->type == PLATEN_SNMP_OCTETS) {
            free(f->sys_name);
            f->sys_name = clean(b);
        }
    }
}

static bool is_own(const visit *v, const credential *c)
{
    return v->device != NULL && v->device->credential == c->id;
}

static void sweep_done(const platen_snmp_result *result, snmpeng_version version, void *user)
{
    visit *v = user;
    platen_code code = (platen_code)result->code;
    const char *text = result->error != NULL ? result->error->text : "";
    if (code == PLATEN_OK || code == PLATEN_E_DEVICE) {
        /* An error of the agent's own (noSuchName) still means that it took the credential. */
        v->answered = true;
        v->alive = true;
        v->version = version;
        if (v->found != NULL && !v->retrying) { /* credentials that failed before do not matter */
            v->found->code = PLATEN_OK;
            v->found->text[0] = '\0';
        }
        note_system(v, result);
    } else if (code == PLATEN_E_CANCELLED) {
        v->cancelled = true;
    } else {
        bool answers = code == PLATEN_E_AUTH || code == PLATEN_E_PROTOCOL;
        v->refused = v->refused || code == PLATEN_E_AUTH;
        v->alive = v->alive || answers;
        if (answers || v->device != NULL) {
            visit_fail(v, code, text);
        }
        if (!is_own(v, v->credential)) {
            visit_note_wrong(v, answers);
        } else {
            v->wrong++;
        }
    }
    visit_step(v);
}

static unsigned tries_of(const visit *v, bool both_versions)
{
    unsigned tries = v->settings->tries;
    return both_versions && tries == 1 ? 2 : tries; /* the second one is what speaks v1 */
}

static platen_code try_credential(visit *v, const credential *c, platen_error *err)
{
    bool community = c->kind == CREDENTIAL_COMMUNITY;
    bool once = v->retrying && !v->refused; /* see retry_credentials() */
    bool known = is_own(v, c) || (once && v->device != NULL);
    bool known_v1 = known && v->device->protocol == DEVICE_PROTOCOL_SNMPV1;
    bool known_v2 = known && v->device->protocol == DEVICE_PROTOCOL_SNMPV2C;
    v->credential = c;
    v->version = !community ? SNMPENG_V3 : known_v1 ? SNMPENG_V1 : SNMPENG_V2C;
    bool both = community && !known_v1 && !known_v2 && !once;
    snmpeng_request request = {
        .address = v->address,
        .port = settings_port_of(v->settings, "snmp", 161),
        .version = v->version,
        .flags = SNMPENG_PACED | (both ? SNMPENG_V1_RETRY : 0),
        .credential = c->snmp,
        .plan = v->desk->sweep_plan,
        .peer = visit_peer(v),
        .rtt = visit_rtt(v),
        .timeout_ms = v->settings->timeout_ms,
        .tries = once ? 1 : tries_of(v, both),
        .done = sweep_done,
        .user = v,
    };
    return snmpeng_submit(v->desk->inbox.engine, &request, NULL, err);
}

bool visit_sweep(visit *v)
{
    const credential *c = NULL;
    while ((c = next_candidate(v)) != NULL) {
        platen_error err = PLATEN_ERROR_INIT;
        platen_code rc = try_credential(v, c, &err);
        if (rc == PLATEN_OK) {
            return true;
        }
        visit_fail(v, rc, err.text);
        if (rc == PLATEN_E_CANCELLED) {
            v->cancelled = true;
            return false;
        }
    }
    if (!v->answered && !v->retrying) {
        v->credential = NULL;
    }
    return false;
}
