/*
 * The life of one work: read, step, read, ..., finish exactly once. SNMP thread.
 */
#include "mib.h"

#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "identity.h"
#include "plans.h"

visit *visit_new(mib *owner, platen_work *work)
{
    visit *of = calloc(1, sizeof(*of));
    if (of == NULL) {
        return NULL;
    }
    of->owner = owner;
    of->work = work;
    of->book = book_ref(owner->book);
    of->vendor = of->book->generic;
    of->error = (platen_error)PLATEN_ERROR_INIT;
    of->uptime = -1;
    of->events = -1;
    memo_parse(&of->known, owner->drivers->memo(work));
    const profile *vendor = profile_by_id(&of->book->profiles, of->known.profile);
    if (vendor != NULL) {
        of->vendor = vendor;
    }
    return of;
}

static void done(platen_work *work, const platen_snmp_result *result, void *user)
{
    visit *of = user;
    answer read;
    platen_code code = (platen_code)result->code;
    (void)work;
    answer_init(&read, result);
    if (code != PLATEN_OK && of->error.code == PLATEN_OK) {
        (void)of->owner->host->fail(&of->error, code, "%s: %s", of->doing,
                                    result->error == NULL ? "the read broke off"
                                                          : result->error->text);
    }
    if (code == PLATEN_E_CANCELLED) {
        visit_end(of, code);
        return;
    }
    of->step(of, &read, code);
}

void visit_read(visit *of, const platen_snmp_plan *plan, visit_step *step, const char *doing)
{
    platen_error err = PLATEN_ERROR_INIT;
    of->step = step;
    of->doing = doing;
    platen_code code = of->owner->snmp->read(of->work, plan, done, of, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
    }
}

void visit_end(visit *of, platen_code code)
{
    const platen_drivers *drivers = of->owner->drivers;
    char text[MEMO_TEXT];
    if (code == PLATEN_OK && of->act == NULL) {
        memo_format(&of->known, text, sizeof(text));
        drivers->memo_set(of->work, text);
    }
    if (of->act != NULL) {
        code = act_closing(of, code);
    }
    drivers->finish(of->work, code, code == PLATEN_OK ? NULL : &of->error);
    book_unref(of->book);
    act_free(of->act);
    free(of);
}

void visit_fail(visit *of, platen_code code, const platen_error *err)
{
    if (err != NULL) {
        of->error = *err;
    }
    visit_end(of, code);
}

static void vendor_step(visit *of, const answer *read, platen_code code)
{
    if (read->count == 0 && code != PLATEN_OK) {
        visit_end(of, code);
        return;
    }
    identity_read(of, read);
    of->vendor = identity_profile(of);
    text_copy(of->known.profile, sizeof(of->known.profile), of->vendor->id);
    of->known.row = of->said.row != 0 ? of->said.row : 1u;
    /* The answer may have broken off before it told the row; the next visit asks again then. */
    if (code != PLATEN_OK) {
        visit_end(of, code);
        return;
    }
    of->then(of);
}

void visit_vendor(visit *of, void (*then)(visit *of))
{
    const platen_snmp_plan *plan = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    of->then = then;
    if (profile_by_id(&of->book->profiles, of->known.profile) != NULL && of->known.row != 0) {
        then(of);
        return;
    }
    platen_code code = plans_identity(of->owner, &plan, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
        return;
    }
    visit_read(of, plan, vendor_step, "reading the identity");
}

void visit_keep(const visit *of, table *rows)
{
    if (of->known.several) {
        table_keep_device(rows, of->known.row);
    }
}

bool record_find(const record_set *set, const platen_snmp_binding *value, uint32_t code,
                 int64_t *out)
{
    if (value->type != PLATEN_SNMP_OCTETS || value->octets == NULL) {
        return false;
    }
    for (uint32_t at = 0; at + set->size <= value->octet_count; at += set->size) {
        const uint8_t *record = value->octets + at;
        const uint8_t *number = record + set->size - 4u;
        if (record[0] == code) {
            int64_t whole = ((int64_t)number[0] << 24) | ((int64_t)number[1] << 16) |
                            ((int64_t)number[2] << 8) | (int64_t)number[3];
            *out = whole / set->divide;
            return true;
        }
    }
    return false;
}
