/*
 * Which targets go first. A silent device costs tries x time-out whenever it is begun, so it has to
 * be begun at once and not behind ten thousand others: who was silent in the last poll goes first,
 * and at the others of a round that is too large to be begun at once the agent knocks, with one
 * small packet each. Who does not answer that quickly goes next.
 */
#include "core/agent/room.h"

#include <stdlib.h>

#include "core/base/log.h"

#define LOG_SOURCE "agent"

#define KNOCK_MS 250 /* or a quarter of the time-out */

typedef struct knock {
    job *job;
    size_t position;
} knock;

static void add_early(job *j, size_t position)
{
    j->targets[position].state = TARGET_EARLY;
    j->early[j->early_count++] = (uint32_t)position;
}

static unsigned knock_ms(const job *j)
{
    unsigned quarter = j->settings->timeout_ms / 4;
    return quarter == 0 || quarter > KNOCK_MS ? KNOCK_MS : quarter;
}

/* All devices of the job are known now. Those that take longer than a knock's time take long for
 * all they are asked, so they go first as well. */
static void order(job *j)
{
    desk *d = j->desk;
    for (size_t i = 0; i < j->target_count; i++) {
        const device *target = registry_get(d->registry, j->targets[i].id);
        if (target != NULL && (target->silent || snmpeng_rtt_ms(&target->rtt) >= knock_ms(j))) {
            add_early(j, i);
        }
    }
    bool waits = d->visit_count + j->target_count > d->options.in_flight || d->unasked > 0;
    j->knock_at = waits ? 0 : j->target_count;
    d->unasked += j->target_count - j->knock_at;
    j->ordered = true;
}

void order_fini(job *j)
{
    if (j->ordered) {
        j->desk->unasked -= j->target_count - j->knock_at;
        j->knock_at = j->target_count;
    }
}

/* ---- knocking ---- */

static void answered(const platen_snmp_result *result, snmpeng_version version, void *user)
{
    (void)version;
    knock k = *(knock *)user;
    free(user);
    k.job->knocks--;
    k.job->desk->knocks--;
    const job_target *t = &k.job->targets[k.position];
    device *target = registry_get(k.job->desk->registry, t->id);
    if (result->code == PLATEN_E_TIMEOUT && t->state == TARGET_WAITS) {
        add_early(k.job, k.position);
    } else if (result->code == PLATEN_OK && t->state == TARGET_WAITS && target != NULL) {
        target->heard = true;
    }
    if (!atomic_load(&k.job->desk->halted) &&
        (result->code == PLATEN_E_TIMEOUT || k.job->knocks == 0)) {
        desk_pump(k.job->desk);
    }
}

/* What it is asked with, NULL when the device is not asked by SNMP or is at work already. */
static const credential *key_of(const job *j, const device *target)
{
    const credential *c = settings_credential(j->settings, target->credential);
    bool usable = c != NULL && c->snmp != NULL && target->protocol != DEVICE_PROTOCOL_NONE;
    return usable && target->has_address && !target->busy && target->drivers != 0 ? c : NULL;
}

static void knock_at(job *j, size_t position)
{
    desk *d = j->desk;
    device *target = registry_get(d->registry, j->targets[position].id);
    const credential *c = target != NULL ? key_of(j, target) : NULL;
    knock *k = c != NULL ? malloc(sizeof(*k)) : NULL;
    if (k == NULL) {
        return;
    }
    *k = (knock){j, position};
    snmpeng_request request = {
        .address = target->address,
        .port = settings_port_of(j->settings, "snmp", 161),
        .version = c->kind == CREDENTIAL_SNMPV3                 ? SNMPENG_V3
                   : target->protocol == DEVICE_PROTOCOL_SNMPV1 ? SNMPENG_V1
                                                                : SNMPENG_V2C,
        .flags = SNMPENG_ONE_TRY,
        .credential = c->snmp,
        .plan = d->knock_plan,
        .rtt = &target->rtt,
        .timeout_ms = knock_ms(j),
        .done = answered,
        .user = k,
    };
    if (snmpeng_submit(d->inbox.engine, &request, NULL, NULL) != PLATEN_OK) {
        free(k);
        return;
    }
    j->knocks++;
    d->knocks++;
}

static void pump_knocks(job *j)
{
    desk *d = j->desk;
    while (j->knock_at < j->target_count && d->knocks < d->options.in_flight) {
        size_t position = j->knock_at++;
        d->unasked--;
        if (j->targets[position].state == TARGET_WAITS) {
            knock_at(j, position);
        }
    }
}

/* ---- the early ones ---- */

/* They wait long and must not take all the room there is. */
static void pump_early(job *j)
{
    const desk *d = j->desk;
    while (j->early_at < j->early_count && d->early < d->options.in_flight / 2 && job_has_room(j)) {
        size_t position = j->early[j->early_at++];
        if (j->targets[position].state != TARGET_BEGUN) {
            job_begin_target(j, position, true);
        }
    }
}

void order_pump(desk *d)
{
    for (job *j = d->jobs; j != NULL; j = j->next) {
        if (!j->ordered && !j->cancelled && job_is_ready(j)) {
            order(j);
        }
        if (j->early_at < j->early_count) {
            pump_early(j);
        }
    }
    for (job *j = d->jobs; j != NULL && d->unasked > 0; j = j->next) {
        if (j->ordered && j->knock_at < j->target_count) {
            pump_knocks(j);
        }
    }
}
