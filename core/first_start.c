/* Ranges, a community and a first search for the local agent. */
#include "core/first_start.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/net.h"
#include "core/link/link_manager.h"
#include "core/model/audit.h"
#include "core/run/run.h"
#include "core/secret/secret.h"
#include "inventory_sql.h"

#define LOG_SOURCE "manager"
#include "core/base/log.h"

typedef struct seed {
    const services *services;
    const conf *conf;
    int64_t agent;
    strbuf ranges; /* JSON array */
    bool done;
} seed;

static platen_code read_ranges(const char *text, strbuf *out, platen_error *err)
{
    json_writer w;
    json_init(&w, out);
    json_array(&w, NULL);
    while (*text != '\0') {
        char one[128];
        net_range range;
        size_t length = strcspn(text, " ");
        if (length >= sizeof(one)) {
            return error_set(err, PLATEN_E_INVAL, "first_start.ranges: a range is too long");
        }
        if (length > 0) {
            memcpy(one, text, length);
            one[length] = '\0';
            platen_code rc = net_range_parse(one, &range, err);
            if (rc != PLATEN_OK) {
                return error_note(err, rc, "first_start.ranges");
            }
            json_text(&w, NULL, one);
        }
        text += length + strspn(text + length, " ");
    }
    json_array_end(&w);
    return PLATEN_OK;
}

static platen_code put_ranges(store_conn *conn, seed *s, platen_error *err)
{
    store_stmt *old = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_agent_settings, &old, err));
    store_bind_i64(old, "id", s->agent);
    platen_code rc = store_step(old, err);
    bool fresh = rc == PLATEN_OK && strcmp(store_text(old, 1), "[]") == 0;
    if (fresh) {
        rc = store_prepare(conn, &sql_agent_update, &st, err);
        if (rc == PLATEN_OK) {
            store_bind_text(st, "name", store_text(old, 0));
            store_bind_text(st, "ranges", s->ranges.data);
            store_bind_text(st, "hosts", store_text(old, 2));
            store_bind_i64(st, "snmp_port", conf_integer(s->conf, "first_start", "snmp_port"));
            store_bind_i64(st, "ipp_port", store_i64(old, 4));
            store_bind_text(st, "ports", store_text(old, 5));
            store_bind_i64(st, "id", s->agent);
            rc = store_run(st, NULL, err);
        }
        store_reset(st);
        s->done = rc == PLATEN_OK;
    }
    store_reset(old);
    return rc;
}

static platen_code put_community(store_conn *conn, seed *s, platen_error *err)
{
    const char *community = conf_text(s->conf, "first_start", "community");
    char place[96];
    char *sealed = NULL;
    int64_t id = 0;
    store_stmt *st = NULL;
    if (community[0] == '\0') {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_prepare(conn, &sql_credential_insert, &st, err));
    store_bind_text(st, "kind", "snmpv1");
    store_bind_i64(st, "created", clock_now());
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        id = store_i64(st, 0);
    }
    store_reset(st);
    PLATEN_TRY(rc);
    (void)snprintf(place, sizeof(place), "device_credential/%" PRId64 "/community", id);
    PLATEN_TRY(secret_seal(s->services->key, place, community, &sealed, err));
    strbuf secrets;
    json_writer w;
    strbuf_init(&secrets);
    json_init(&w, &secrets);
    json_object(&w, NULL);
    json_text(&w, "community", sealed);
    json_object_end(&w);
    secret_text_free(sealed);
    rc = store_prepare(conn, &sql_credential_update, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "description", "from the configuration");
        store_bind_text(st, "agents", "[]");
        store_bind_text(st, "fields", "{}");
        store_bind_text(st, "secrets", secrets.data);
        store_bind_i64(st, "id", id);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    strbuf_fini(&secrets);
    return rc;
}

static platen_code sow(store_conn *conn, void *user, platen_error *err)
{
    seed *s = user;
    const audit_entry entry = {
        .way = "system", .category = "agents", .action = "agents.first-start", .object = "local"};
    PLATEN_TRY(put_ranges(conn, s, err));
    if (!s->done) {
        return PLATEN_OK;
    }
    PLATEN_TRY(put_community(conn, s, err));
    return audit_append_in(conn, &entry, err);
}

platen_code first_start(const conf *c, const services *parts, platen_error *err)
{
    seed s = {.services = parts, .conf = c};
    const char *ranges = conf_text(c, "first_start", "ranges");
    if (ranges[0] == '\0') {
        return PLATEN_OK;
    }
    strbuf_init(&s.ranges);
    platen_code rc = read_ranges(ranges, &s.ranges, err);
    if (rc == PLATEN_OK) {
        rc = link_agent_id(parts->link, "local", &s.agent, err);
    }
    if (rc == PLATEN_OK) {
        rc = store_write(parts->store, sow, &s, err);
    }
    strbuf_fini(&s.ranges);
    if (rc == PLATEN_OK && s.done) {
        run_spec spec = {.kind = "device.discover",
                         .name = "First search",
                         .agents = &s.agent,
                         .agent_count = 1};
        int64_t run = 0;
        rc = runs_create(parts->runs, &spec, &run, err);
        log_notice("the local agent searches %s", ranges);
    }
    return rc;
}
