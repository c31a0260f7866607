/* Discovery: addresses that answered become devices, or a verdict why not. */
#include "core/run/post.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/net.h"
#include "core/base/text.h"
#include "core/model/condition.h"
#include "run_sql.h"

char *post_print(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsArray(item) || cJSON_IsObject(item) ? cJSON_PrintUnformatted(item) : NULL;
}

int64_t post_credential(const cJSON *object)
{
    const char *text = json_get_text(object, "credential", "");
    return strtoll(text, NULL, 10);
}

void post_access_read(post_access *a, const cJSON *where, const cJSON *result)
{
    a->drivers = post_print(result, "drivers");
    a->memo = post_print(result, "memo");
    a->access = (device_access){.credential = post_credential(where),
                                .protocol = json_get_text(where, "protocol", NULL),
                                .drivers = a->drivers,
                                .memo = a->memo,
                                .sys_object_id = json_get_text(result, "sys_object_id", NULL)};
}

void post_access_fini(post_access *a)
{
    cJSON_free(a->drivers);
    cJSON_free(a->memo);
}

typedef struct decision {
    const char *decision, *code;
    char text[256];
    int64_t device;
} decision;

static platen_code decide(store_conn *conn, post *p, post_job *job, const cJSON *result,
                          const cJSON *verdict, decision *d, platen_error *err)
{
    const char *address = json_get_text(verdict, "address", "");
    const char *hostname = json_get_text(verdict, "hostname", "");
    const cJSON *tree = json_get_object(result, "report");
    report *r = NULL;
    post_access a;
    device_change change = {.id = 0};
    PLATEN_TRY(post_need_regions(conn, p, err));
    PLATEN_TRY(report_read(tree, &r, err));
    bool met = condition_met(json_get_array(job->settings, "conditions"), r, address, hostname);
    bool wanted = strcmp(json_get_text(job->settings, "register", "managed"), "unmanaged") != 0;
    post_access_read(&a, verdict, result);
    device_found found = {.agent = p->agent,
                          .address = address,
                          .hostname = hostname,
                          .report = r,
                          .access = a.access,
                          .managed = met == wanted, /* DEV-50: the others get the opposite */
                          .regions = p->regions};
    platen_code rc = device_register(conn, &found, p->now, &change, err);
    post_access_fini(&a);
    report_free(r);
    PLATEN_TRY(rc);
    post_note_change(p, &change);
    seen_set(p->owner->seen, change.id, DEVICE_ON, p->now);
    job->counts.added += change.added && change.managed;
    d->device = change.id;
    d->decision = !change.added ? "known" : change.managed ? "accepted" : "condition";
    d->code = d->decision;
    const char *note = json_get_text(verdict, "text", "");
    (void)snprintf(d->text, sizeof(d->text), "%s%s%.180s",
                   !change.added    ? "this device is registered already"
                   : change.managed ? "registered as a managed device"
                                    : "registered as an unmanaged device by the conditions",
                   note[0] != '\0' ? "; " : "", note);
    return PLATEN_OK;
}

static platen_code put_verdict(store_conn *conn, post *p, const cJSON *verdict, const decision *d,
                               platen_error *err)
{
    const char *address = json_get_text(verdict, "address", "");
    const char *hostname = json_get_text(verdict, "hostname", "");
    net_address parsed;
    char key[33] = "";
    store_stmt *st = NULL;
    PLATEN_TRY(post_need_regions(conn, p, err));
    int64_t region = region_book_find(p->regions, address, "", hostname);
    char *answered = post_print(verdict, "answered");
    if (net_parse(address, &parsed)) {
        text_hex(key, parsed.bytes, sizeof(parsed.bytes));
    }
    platen_code rc = store_prepare(conn, &sql_verdict_put, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "agent", p->agent);
        store_bind_text(st, "address", address);
        store_bind_text(st, "address_key", key);
        store_bind_text(st, "hostname", hostname);
        store_bind_text(st, "decision", d->decision);
        store_bind_text(st, "code", d->code);
        store_bind_text(st, "text", d->text);
        store_bind_text(st, "answered", answered != NULL ? answered : "[]");
        store_bind_text(st, "protocol", json_get_text(verdict, "protocol", ""));
        store_bind_i64(st, "credential", post_credential(verdict));
        store_bind_text(st, "driver", json_get_text(verdict, "driver", ""));
        store_bind_i64(st, "sureness", json_get_i64(verdict, "sureness", 0));
        if (d->device != 0) {
            store_bind_i64(st, "device", d->device);
        } else {
            store_bind_null(st, "device");
        }
        if (region != 0) {
            store_bind_i64(st, "region", region);
        } else {
            store_bind_null(st, "region");
        }
        store_bind_text(st, "evidence", json_get_text(verdict, "evidence", ""));
        store_bind_i64(st, "at", p->now);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    cJSON_free(answered);
    return rc;
}

platen_code post_verdict(store_conn *conn, post *p, post_job *job, const cJSON *result,
                         const cJSON *verdict, platen_error *err)
{
    const char *outcome = json_get_text(verdict, "decision", "error");
    decision d = {.decision = strcmp(outcome, "rejected") == 0 ? "rejected" : "error",
                  .code = json_get_text(verdict, "code", "")};
    if (job->over) {
        return PLATEN_OK;
    }
    (void)snprintf(d.text, sizeof(d.text), "%s", json_get_text(verdict, "text", ""));
    if (strcmp(outcome, "found") == 0 && json_get_object(result, "report") != NULL) {
        PLATEN_TRY(decide(conn, p, job, result, verdict, &d, err));
    }
    return put_verdict(conn, p, verdict, &d, err);
}
