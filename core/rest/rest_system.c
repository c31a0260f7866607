/* /system, /healthz, /metrics, /openapi.json: the manager about itself. */
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <sqlite3.h>
#include <zlib.h>

#include "core/base/clock.h"
#include "core/http/certs_site.h"
#include "core/rest/request.h"

#define DISK_LEAST (UINT64_C(100) * 1000 * 1000) /* bytes */

static void write_names(json_writer *w, const char *names)
{
    json_array(w, "names");
    while (*names != '\0') {
        size_t length = strcspn(names, " ");
        json_text_n(w, NULL, names, length);
        names += length + strspn(names + length, " ");
    }
    json_array_end(w);
}

/* The one that browsers see. */
static void write_certificate(json_writer *w, const char *data_dir)
{
    certs_info info;
    if (certs_info_load(data_dir, &info, NULL) != PLATEN_OK) {
        json_null(w, "certificate");
    } else {
        json_object(w, "certificate");
        json_text(w, "source", info.imported ? "imported" : "own");
        json_text(w, "subject", info.subject);
        json_text(w, "issuer", info.issuer);
        write_names(w, info.names.data);
        json_text(w, "key", info.key);
        json_text(w, "fingerprint", info.fingerprint);
        json_time(w, "not_before", info.not_before);
        json_time(w, "not_after", info.not_after);
        json_object_end(w);
    }
    certs_info_fini(&info);
}

static bool database_works(struct store *s)
{
    bool any = false;
    return user_any(s, &any, NULL) == PLATEN_OK;
}

static void write_http(json_writer *w, const http_server *server)
{
    http_counts counts = {0};
    char text[80];
    http_server_counts(server, &counts);
    int length = snprintf(text, sizeof(text), "port %d", counts.https_port);
    if (counts.http_port != 0) {
        (void)snprintf(text + length, sizeof(text) - (size_t)length, ", port %d", counts.http_port);
    }
    json_object(w, "http");
    json_bool(w, "ok", counts.connections < counts.threads);
    json_text(w, "text", text);
    json_object_end(w);
}

/* The members of "parts"; false when one of those is not well without which nothing works. */
static bool write_parts(const rest_request *r, json_writer *w)
{
    const http_server *server = atomic_load(&r->rest->server);
    bool database = database_works(r->rest->services->store);
    json_object(w, "database");
    json_bool(w, "ok", database);
    json_object_end(w);
    if (server != NULL) {
        write_http(w, server);
    }
    return metrics_health_write(r->rest->metrics, w) && database;
}

static void write_disk(json_writer *w, const char *data)
{
    struct statvfs disk;
    char text[64];
    bool known = statvfs(data, &disk) == 0;
    uint64_t left = known ? (uint64_t)disk.f_bavail * disk.f_frsize : 0;
    (void)snprintf(text, sizeof(text), "%llu MB free", (unsigned long long)(left / 1000000));
    json_object(w, "disk");
    json_bool(w, "ok", left >= DISK_LEAST);
    json_text(w, "text", known ? text : "the data folder cannot be looked at");
    json_object_end(w);
}

static platen_code get_system(rest_request *r, platen_error *err)
{
    const services *s = rest_services(r);
    (void)err;
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_text(w, "version", s->version);
    json_text(w, "api", "v1");
    json_object(w, "libraries");
    json_text(w, "openssl", OpenSSL_version(OPENSSL_VERSION_STRING));
    json_text(w, "sqlite", sqlite3_libversion());
    json_text(w, "zlib", zlibVersion());
    json_text(w, "cjson", cJSON_Version());
    json_object_end(w);
    json_text(w, "database", store_dialect_of(s->store) == STORE_PGSQL ? "postgresql" : "sqlite");
    json_i64(w, "uptime_s", (clock_mono() - r->rest->started) / 1000);
    write_certificate(w, s->data_dir);
    json_object(w, "diagnosis"); /* SYS-172 */
    (void)write_parts(r, w);
    write_disk(w, s->data_dir);
    json_object_end(w);
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code get_health(rest_request *r, platen_error *err)
{
    (void)err;
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_object(w, "parts");
    bool all = write_parts(r, w);
    json_object_end(w);
    json_text(w, "status", all ? "ok" : "failing");
    json_object_end(w);
    r->status = all ? 200 : 503;
    return PLATEN_OK;
}

static void add_metric(strbuf *out, const char *name, const char *type, const char *help,
                       uint64_t value)
{
    strbuf_appendf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, type, name,
                   (unsigned long long)value);
}

static uint64_t resident_bytes(void)
{
    unsigned long size = 0;
    unsigned long resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file != NULL) {
        if (fscanf(file, "%lu %lu", &size, &resident) != 2) {
            resident = 0;
        }
        (void)fclose(file);
    }
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void own_metrics(const rest *r, strbuf *out)
{
    http_counts counts = {0};
    http_server *server = atomic_load(&r->server);
    strbuf_append(out, "# HELP platen_http_requests_total Answers by class of status.\n"
                       "# TYPE platen_http_requests_total counter\n");
    for (int i = 1; i < REST_STATUS_SLOTS; i++) {
        strbuf_appendf(out, "platen_http_requests_total{status=\"%dxx\"} %llu\n", i,
                       (unsigned long long)atomic_load(&r->answers[i]));
    }
    strbuf_appendf(out,
                   "# HELP platen_http_busy_seconds_total Time spent in handlers.\n"
                   "# TYPE platen_http_busy_seconds_total counter\n"
                   "platen_http_busy_seconds_total %.6f\n",
                   (double)atomic_load(&r->busy_us) / 1e6);
    if (server != NULL) {
        http_server_counts(server, &counts);
        add_metric(out, "platen_http_connections", "gauge", "Open connections.",
                   counts.connections);
        add_metric(out, "platen_http_streams", "gauge", "Streaming answers.", counts.streams);
        add_metric(out, "platen_http_threads", "gauge", "Connections that are possible.",
                   counts.threads);
        add_metric(out, "platen_http_accepted_total", "counter", "Connections since the start.",
                   counts.accepted);
        add_metric(out, "platen_http_handshakes_failed_total", "counter",
                   "TLS handshakes that failed.", counts.handshakes_failed);
    }
    add_metric(out, "platen_store_commits_total", "counter", "Commits since the start.",
               store_version(r->services->store));
    add_metric(out, "process_resident_memory_bytes", "gauge", "Resident memory.", resident_bytes());
    add_metric(out, "platen_uptime_seconds", "gauge", "Seconds since the start.",
               (uint64_t)(clock_mono() - r->started) / 1000u);
}

static platen_code get_metrics(rest_request *r, platen_error *err)
{
    (void)err;
    (void)rest_json(r, 200);
    own_metrics(r->rest, &r->out);
    metrics_write(r->rest->metrics, &r->out);
    rest_answer_header(r, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    return PLATEN_OK;
}

static platen_code get_openapi(rest_request *r, platen_error *err)
{
    const char *text = NULL;
    PLATEN_TRY(openapi_text(r->rest, &text, err));
    (void)rest_json(r, 200);
    strbuf_append(&r->out, text);
    return PLATEN_OK;
}

const rest_route rest_system_routes[] = {
    {"GET", "/system", REST_USER, NULL, REST_REGION_NONE, REST_NO_BODY, get_system,
     "Versions of Platen and its libraries, the database, time since the start, how it is.", NULL,
     "{\"type\":\"object\",\"properties\":{\"version\":{\"type\":\"string\"},\"api\":{\"type\":"
     "\"string\"},\"libraries\":{\"type\":\"object\"},\"database\":{\"type\":\"string\"},"
     "\"uptime_s\":{\"type\":\"integer\"},\"certificate\":{\"type\":[\"object\",\"null\"]}}}"},
    {"GET", "/healthz", REST_PUBLIC, NULL, REST_REGION_NONE, REST_NO_BODY, get_health,
     "200 when every part works, else 503; also at /healthz.", NULL,
     "{\"type\":\"object\",\"properties\":{\"status\":{\"type\":\"string\"},\"parts\":{\"type\":"
     "\"object\"}}}"},
    {"GET", "/metrics", REST_USER, NULL, REST_REGION_ALL, REST_NO_BODY, get_metrics,
     "Numbers in Prometheus text form; also at /metrics.", NULL, NULL},
    {"GET", "/openapi.json", REST_USER, NULL, REST_REGION_NONE, REST_NO_BODY, get_openapi,
     "This description; also at /openapi.json.", NULL, NULL},
};
const size_t rest_system_route_count = sizeof(rest_system_routes) / sizeof(rest_system_routes[0]);
