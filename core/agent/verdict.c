/* How a visit ends: the result of a device, or the verdict on an address, in the words of
 * docs/link.md. */
#include "core/agent/room.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"

#define LOG_SOURCE "agent"

static const char *driver_id(const visit *v, size_t index)
{
    return plug_driver_get(v->desk->options.plugins, index)->driver.id;
}

static void write_drivers(const visit *v, json_writer *w)
{
    json_array(w, "drivers");
    for (size_t i = 0; i < plug_driver_count(v->desk->options.plugins); i++) {
        if ((v->drivers & 1u << i) != 0) {
            json_text(w, NULL, driver_id(v, i));
        }
    }
    json_array_end(w);
}

static void write_memos(const visit *v, json_writer *w)
{
    bool opened = false;
    for (size_t i = 0; v->found != NULL && i < PLUG_DRIVERS; i++) {
        if (v->found->memos[i] == NULL) {
            continue;
        }
        if (!opened) {
            json_object(w, "memo");
            opened = true;
        }
        json_text(w, driver_id(v, i), v->found->memos[i]);
    }
    if (opened) {
        json_object_end(w);
    }
}

/* The fields of a driver's own (name, model ...) that the sweep read anyway. */
static void complete_report(visit *v)
{
    visit_found *f = v->found;
    if (f == NULL || f->report == NULL) {
        return;
    }
    const struct {
        uint32_t field;
        const char *text;
    } known[] = {{PLATEN_FIELD_DESCRIPTION, f->sys_descr},
                 {PLATEN_FIELD_OBJECT_ID, f->sys_object_id},
                 {PLATEN_FIELD_NAME, f->sys_name}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].text != NULL && f->report->text[known[i].field] == NULL) {
            report_set_text(f->report, 0, known[i].field, known[i].text, SIZE_MAX);
        }
    }
}

/* ---- the result of a poll ---- */

typedef struct outcome {
    const char *state;
    platen_code code;
    const char *text;
    const char *power; /* "": says nothing of it */
    const char *word;  /* instead of the code's, NULL: the code's */
} outcome;

/* That an action's port or service does not answer says nothing of a device that others read; and
 * an action that no driver does has asked for nothing. So an action tells of nothing but "on". */
static const char *power_of(const visit *v)
{
    power_memory *memory = &v->device->power;
    if (v->succeeded != 0 || v->answered || v->heard) {
        return power_word(power_answered(memory));
    }
    if ((v->works & PLATEN_WORK_BIT(PLATEN_WORK_ACT)) != 0) {
        return "";
    }
    return power_word(power_unanswered(memory, v->alive ? POWER_HOST_ALIVE : POWER_HOST_SILENT));
}

static outcome judge(const visit *v)
{
    const visit_found *f = v->found;
    outcome o = {"success", f != NULL ? f->code : PLATEN_OK, f != NULL ? f->text : "", power_of(v),
                 NULL};
    if (v->succeeded != 0) {
        o.state = v->failed != 0 ? "warning" : "success";
        o.code = v->failed != 0 ? o.code : PLATEN_OK;
        o.text = v->failed != 0 ? o.text : "";
        return o;
    }
    if (o.code == PLATEN_OK && v->drivers != 0) {
        o = (outcome){"skipped", PLATEN_E_UNSUPPORTED, "no driver of the device reads this",
                      o.power, NULL};
    } else if (o.code == PLATEN_OK && v->answered) {
        o = (outcome){"error", PLATEN_E_UNSUPPORTED, "no driver knows the device", o.power, NULL};
    } else if (o.code == PLATEN_OK) {
        o = (outcome){"timeout", PLATEN_E_TIMEOUT, "nothing at the address answers", o.power, NULL};
    } else {
        o.state = o.code == PLATEN_E_TIMEOUT ? "timeout" : "error";
    }
    return o;
}

/* Everything that the manager would see change, besides the report itself. */
static uint64_t hash_of(const visit *v, const outcome *o)
{
    const device *d = v->device;
    struct {
        uint64_t report, text;
        int64_t revision, credential;
        uint32_t drivers, protocol, code, power;
    } all = {
        .report = v->found != NULL && v->found->report != NULL ? report_hash(v->found->report) : 0,
        .text = hash_bytes(o->text, strlen(o->text)),
        .revision = d->revision,
        .credential = d->credential,
        .drivers = d->drivers,
        .protocol = d->protocol,
        .code = (uint32_t)o->code,
        .power = (uint32_t)strlen(o->power), /* differs from word to word */
    };
    uint64_t hash = hash_bytes(&all, sizeof(all));
    for (size_t i = 0; i < PLUG_DRIVERS; i++) {
        const char *memo = registry_memo(v->desk->registry, d, i);
        hash ^= memo[0] != '\0' ? hash_bytes(memo, strlen(memo)) + i : 0;
    }
    return hash != 0 ? hash : 1;
}

static unsigned compared_kind(const visit *v)
{
    return (v->works & PLATEN_WORK_BIT(PLATEN_WORK_INFORMATION)) != 0 ? 0
           : (v->works & PLATEN_WORK_BIT(PLATEN_WORK_STATUS)) != 0    ? 1
                                                                      : 2;
}

static void take_over(visit *v)
{
    device *d = v->device;
    if (v->answered && v->credential != NULL) {
        d->credential = v->credential->id;
        d->protocol = (uint8_t)visit_protocol(v);
    }
}

/* What else the manager keeps of a device: how it is spoken to. */
static void write_access(const visit *v, json_writer *w)
{
    const device *d = v->device;
    if (v->found_drivers && v->drivers != 0) {
        write_drivers(v, w);
    }
    if (v->answered && d->credential != 0) {
        json_id(w, "credential", d->credential);
        json_text(w, "protocol", device_protocol_word((device_protocol)d->protocol));
    }
    write_memos(v, w);
}

static void write_outcome(const visit *v, const outcome *o, json_writer *w)
{
    json_text(w, "job", v->job->id);
    json_i64(w, "id", v->device->id);
    json_text(w, "state", o->state);
    json_text(w, "code",
              o->word != NULL        ? o->word
              : o->code == PLATEN_OK ? "ok"
                                     : error_word(o->code));
    json_text(w, "text", o->text);
    json_text(w, "power", o->power);
}

static void write_report(const visit *v, uint64_t hash, json_writer *w)
{
    char digits[17];
    (void)snprintf(digits, sizeof(digits), "%016" PRIx64, hash);
    json_text(w, "hash", digits);
    if (v->found != NULL && v->found->report != NULL) {
        report_write(v->found->report, w, "report");
    }
}

void visit_write_poll(visit *v)
{
    device *d = v->device;
    take_over(v);
    outcome o = judge(v);
    bool answered = v->succeeded != 0;
    if (!v->cancelled) {
        d->silent = !answered && !v->answered && !v->heard;
        d->candidate = d->silent ? d->candidate : 0;
    }
    uint64_t hash = hash_of(v, &o);
    unsigned kind = compared_kind(v);
    if (answered && d->acknowledged[kind] == hash) {
        outbox_same(v->desk->outbox, v->job->id, d->id);
        return;
    }
    json_writer *w = outbox_begin(v->desk->outbox);
    write_outcome(v, &o, w);
    if (answered) {
        write_report(v, hash, w);
    }
    write_access(v, w);
    outbox_end(v->desk->outbox);
    if (answered) {
        outbox_note(v->desk->outbox, d->id, kind, hash);
    }
}

/* ---- the result of an action ---- */

/* What the driver made of it goes before what a poll would say. */
static void judge_act(const visit *v, outcome *o)
{
    const act *a = v->act;
    if (a == NULL && v->drivers != 0 && v->failed == 0) {
        o->state = "skipped";
        o->code = PLATEN_E_UNSUPPORTED;
        o->text = "no driver of the device does this";
    } else if (a != NULL && v->failed == 0) {
        o->state = a->outcome == ACT_SKIPPED ? "skipped" : "success";
        o->state = a->outcome == ACT_WARNED ? "warning" : o->state;
        o->word = a->outcome == ACT_DONE ? NULL : a->code;
        o->text = a->text;
    } else if (v->failed != 0 && v->succeeded != 0 &&
               v->works == PLATEN_WORK_BIT(PLATEN_WORK_ACT)) {
        o->state = "error"; /* though a driver before or after this one did its part */
    }
}

void visit_write_act(visit *v)
{
    take_over(v);
    outcome o = judge(v);
    const act *a = v->act;
    bool reads = v->works == PLATEN_WORK_BIT(PLATEN_WORK_INFORMATION);
    bool told = reads && v->failed == 0 && v->found != NULL && v->found->report != NULL;
    uint64_t hash = told ? hash_of(v, &o) : 0;
    judge_act(v, &o);
    json_writer *w = outbox_begin(v->desk->outbox);
    write_outcome(v, &o, w);
    if (told) {
        write_report(v, hash, w);
    }
    write_access(v, w);
    if (a != NULL) {
        act_write(a, w);
    }
    if (v->started != 0) {
        json_i64(w, "started", v->started);
    }
    outbox_end(v->desk->outbox);
    if (told) {
        outbox_note(v->desk->outbox, v->device->id, 0, hash);
    }
    if (a != NULL && a->data != NULL) {
        outbox_weighed(v->desk->outbox);
    }
}

/* ---- the verdict on an address ---- */

typedef struct verdict {
    const char *decision;
    const char *code;
    char text[PLATEN_ERROR_TEXT];
} verdict;

static bool information_failed(const visit *v)
{
    const report *r = v->found != NULL ? v->found->report : NULL;
    return v->succeeded == 0 || r == NULL;
}

static void judge_failure(const visit *v, verdict *out)
{
    const visit_found *f = v->found;
    out->decision = "error";
    out->code = f->code == PLATEN_E_TIMEOUT       ? "timeout-during-read"
                : f->code == PLATEN_E_PROTOCOL    ? "protocol-error"
                : f->code == PLATEN_E_DEVICE      ? "device-error"
                : f->code == PLATEN_E_UNREACHABLE ? "unreachable"
                : f->code == PLATEN_E_AUTH        ? "wrong-credential"
                                                  : error_word(f->code);
    (void)snprintf(out->text, sizeof(out->text), "%s", f->text);
}

static void judge_address(const visit *v, verdict *out)
{
    const visit_found *f = v->found;
    if (v->drivers != 0 && !information_failed(v)) {
        out->decision = "found";
        out->code = "accepted";
        /* Never silently (DECISIONS, Devices): a community took over where SNMPv3 was refused. */
        bool weaker = v->refused && v->answered && visit_protocol(v) != DEVICE_PROTOCOL_SNMPV3;
        (void)snprintf(out->text, sizeof(out->text), "%s%s%s%.180s",
                       weaker ? "SNMPv3 was refused, a community works; " : "", f->why,
                       v->failed != 0 && f->why[0] != '\0' ? "; " : "",
                       v->failed != 0 ? f->text : "");
        return;
    }
    if (v->drivers != 0 && f->code != PLATEN_OK) {
        judge_failure(v, out);
        return;
    }
    if (!v->answered && v->refused) {
        out->decision = "rejected";
        out->code = "wrong-credential";
        (void)snprintf(out->text, sizeof(out->text), "%s",
                       f != NULL && f->text[0] != '\0' ? f->text
                                                       : "the device refuses every credential");
        return;
    }
    if (f != NULL && f->code == PLATEN_E_AUTH) {
        bool shown = v->settings->credential_count > 0;
        out->decision = "rejected";
        out->code = shown ? "wrong-credential" : "no-credential";
        (void)snprintf(out->text, sizeof(out->text), "%s", f->text);
        return;
    }
    if (f != NULL && f->code != PLATEN_OK && f->code != PLATEN_E_UNSUPPORTED) {
        judge_failure(v, out);
        return;
    }
    out->decision = "rejected";
    out->code = "not-a-printer";
    const char *why = f != NULL ? f->why : "";
    (void)snprintf(out->text, sizeof(out->text), "%s%s%s",
                   v->answered ? "it answers SNMP, but no driver knows it as a printer"
                               : "the port is open, but no driver knows it as a printer",
                   why[0] != '\0' ? ": " : "", why);
}

static void write_answered(const visit *v, json_writer *w)
{
    json_array(w, "answered");
    if (v->answered || v->refused) {
        json_text(w, NULL, "snmp");
    }
    for (size_t i = 0; v->found != NULL && i < plug_driver_count(v->desk->options.plugins); i++) {
        if ((v->found->open_ports & 1u << i) != 0) {
            json_text(w, NULL, driver_id(v, i));
        }
    }
    json_array_end(w);
}

/* The driver that is most sure; the first of equals, which has the highest rank. */
static size_t best_driver(const visit *v)
{
    size_t best = 0;
    for (size_t i = 1; v->found != NULL && i < PLUG_DRIVERS; i++) {
        best = v->found->sureness[i] > v->found->sureness[best] ? i : best;
    }
    return best;
}

static void write_body(const visit *v, json_writer *w, const verdict *decision)
{
    char address[NET_TEXT];
    const visit_found *f = v->found;
    size_t best = best_driver(v);
    bool by_snmp = v->answered && v->credential != NULL;
    json_object(w, "verdict");
    json_text(w, "address", net_format(&v->address, address));
    json_text(w, "hostname", v->hostname != NULL ? v->hostname : "");
    json_text(w, "decision", decision->decision);
    json_text(w, "code", decision->code);
    json_text(w, "text", decision->text);
    write_answered(v, w);
    json_text(w, "protocol",
              by_snmp           ? device_protocol_word(visit_protocol(v))
              : v->drivers != 0 ? driver_id(v, best)
                                : "");
    if (by_snmp) {
        json_id(w, "credential", v->credential->id);
    }
    if (v->drivers != 0) {
        json_text(w, "driver", driver_id(v, best));
        json_i64(w, "sureness", f->sureness[best]);
    }
    json_text(w, "evidence", f != NULL && f->sys_descr != NULL ? f->sys_descr : "");
    json_object_end(w);
}

bool visit_write_verdict(visit *v)
{
    const visit_found *f = v->found;
    if (!v->answered && !v->refused && !v->alive && (f == NULL || f->open_ports == 0)) {
        return false; /* nobody there */
    }
    verdict decision = {0};
    if (v->device != NULL) {
        take_over(v);
    }
    complete_report(v);
    judge_address(v, &decision);
    bool found = strcmp(decision.decision, "found") == 0;
    json_writer *w = outbox_begin(v->desk->outbox);
    json_text(w, "job", v->job->id);
    write_body(v, w, &decision);
    if (found) {
        report_write(f->report, w, "report");
        write_drivers(v, w);
        write_memos(v, w);
        json_text(w, "sys_object_id", visit_object_id(v));
    }
    outbox_end(v->desk->outbox);
    return found;
}
