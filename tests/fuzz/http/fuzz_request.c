/*
 * What a client's bytes reach before any handler: the first byte chooses the part, the rest is its
 * input. A list that was understood must give SQL with as many names as values; a body that fits
 * its schema must have its required members.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/http/compress.h"
#include "core/base/net.h"
#include "core/rest/access.h"
#include "core/rest/forwarded.h"
#include "core/rest/list_plan.h"
#include "core/rest/query.h"
#include "core/rest/route.h"
#include "core/rest/schema.h"
#include "core/rest/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int severities[] = {0, 1, 2, 3};

static const list_field fields[] = {
    {"id", "d.id", LIST_ID, NULL, NULL, true, NULL},
    {"name", "d.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"address", "d.address", LIST_TEXT, NULL, NULL, true, "d.address_key"},
    {"severity", "d.severity", LIST_CHOICE, "normal|warning|error|service", severities, true, NULL},
    {"pages", "d.page_count", LIST_NUMBER, NULL, NULL, true, NULL},
    {"seen", "d.last_seen", LIST_TIME, NULL, NULL, true, NULL},
};

static const list_source source = {.fields = fields,
                                   .field_count = sizeof(fields) / sizeof(fields[0]),
                                   .columns = "d.id, d.name",
                                   .from = "device d LEFT JOIN agent a ON a.id = d.agent_id",
                                   .count_from = "device d",
                                   .where = "d.managed = 1",
                                   .key = "d.id",
                                   .sort = "name",
                                   .search = "d.name || ' ' || d.address"};

static const char form[] =
    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"minLength\":1,"
    "\"maxLength\":20,\"pattern\":\"^[a-z]+$\"},\"when\":{\"format\":\"date-time\"},\"mail\":{"
    "\"format\":\"email\"},\"list\":{\"type\":\"array\",\"items\":{\"type\":\"integer\","
    "\"minimum\":"
    "0,\"maximum\":9},\"maxItems\":5,\"uniqueItems\":true},\"kind\":{\"enum\":[\"a\",\"b\",null]},"
    "\"deep\":{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[{\"type\":\"string\"},{"
    "\"type\":\"boolean\"}]}}},\"required\":[\"name\"]}";

static void quiet(const char *a, const char *code, const char *text, void *user)
{
    if (code[0] == '\0' || text[0] == '\0') {
        abort();
    }
    (void)a;
    (void)user;
}

static void check_sql(const list_plan *plan, arena *a, store_dialect dialect, list_kind kind)
{
    strbuf sql;
    list_value values[LIST_BINDS];
    size_t count = 0;
    size_t names = 0;
    list_shape shape = {.scan = true, .filter_then_sort = true, .plain_filters = true};
    strbuf_init(&sql);
    if (list_plan_sql(plan, &source, NULL, dialect, kind, &shape, NULL, &sql, a, values, &count,
                      NULL) == PLATEN_OK) {
        for (const char *at = sql.data; (at = strstr(at, ":f")) != NULL; at++) {
            names++;
        }
        /* Not one byte of a value may be in the text: quotes are those of this program. */
        if (names != count || strchr(sql.data, ';') != NULL || strstr(sql.data, "--") != NULL) {
            abort();
        }
    }
    strbuf_fini(&sql);
}

static void fuzz_list(const char *text)
{
    query q;
    list_plan plan;
    arena *a = arena_new();
    if (a != NULL && query_parse(a, text, &q, NULL) == PLATEN_OK &&
        list_plan_read(a, &q, &source, quiet, NULL, &plan, NULL) == PLATEN_OK) {
        check_sql(&plan, a, STORE_SQLITE, LIST_SQL_PAGE);
        check_sql(&plan, a, STORE_PGSQL, LIST_SQL_COUNT);
    }
    arena_free(a);
}

static void fuzz_body(const char *text, size_t length)
{
    static schema *compiled;
    cJSON *tree = NULL;
    if (compiled == NULL && schema_new(form, &compiled, NULL) != PLATEN_OK) {
        abort();
    }
    if (json_parse(text, length, &tree, NULL) == PLATEN_OK) {
        if (schema_check(compiled, tree, quiet, NULL) &&
            !cJSON_IsString(cJSON_GetObjectItemCaseSensitive(tree, "name"))) {
            abort();
        }
        schema *other = NULL; /* a schema of a plugin may be anything too */
        if (schema_new_tree(tree, &other, NULL) == PLATEN_OK) {
            (void)schema_check(other, tree, quiet, NULL);
            schema_free(other);
        }
        cJSON_Delete(tree);
    }
}

static platen_code nothing(rest_request *r, platen_error *err)
{
    (void)r;
    (void)err;
    return PLATEN_OK;
}

static void fuzz_path(const char *text)
{
    static const rest_route routes[] = {
        {"GET", "/a", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "", NULL, NULL},
        {"GET", "/a/{x}", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "", NULL, NULL},
        {"GET", "/a/b/{y}/c", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "", NULL, NULL},
        {"GET", "/a/{x}/b/{y}", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "", NULL, NULL},
    };
    static route_tree *tree;
    route_match match;
    strbuf allow;
    arena *a = arena_new();
    if (tree == NULL) {
        tree = route_new();
        for (size_t i = 0; i < 4; i++) {
            if (route_add(tree, &routes[i], NULL) != PLATEN_OK) {
                abort();
            }
        }
    }
    strbuf_init(&allow);
    if (a != NULL && route_find(tree, a, "GET", text, &match, &allow, NULL) == PLATEN_OK &&
        match.count > 2) {
        abort();
    }
    strbuf_fini(&allow);
    arena_free(a);
}

static void fuzz_rest(const char *text, size_t length)
{
    char value[64];
    strbuf out;
    strbuf_init(&out);
    if (access_cookie(text, ACCESS_COOKIE, value, sizeof(value)) && strlen(value) == 0) {
        abort();
    }
    (void)compress_accepts(text, "gzip");
    if (compress_gunzip(text, length, 65536, &out, NULL) == PLATEN_OK && out.length > 65536) {
        abort();
    }
    strbuf_fini(&out);
}

/* ---- proxies and versions ---- */

static const char *header_text;

static const char *the_header(http_exchange *x, const char *name)
{
    (void)x;
    (void)name;
    return header_text;
}

/* Whatever a proxy or a client writes, what comes of it is an address. */
static void fuzz_forwarded(const char *text)
{
    static const http_transport transport = {.header = the_header};
    static forwarded *believed[2];
    for (int i = 0; i < 2; i++) {
        net_address address;
        arena *a = arena_new();
        http_exchange x = {.transport = &transport, .remote = "10.0.0.1"};
        if (believed[i] == NULL &&
            forwarded_new("0.0.0.0/1 ::/1", i == 1, &believed[i], NULL) != PLATEN_OK) {
            abort();
        }
        header_text = text;
        if (a != NULL && !net_parse(forwarded_client(believed[i], &x, a), &address)) {
            abort();
        }
        arena_free(a);
    }
    forwarded *other = NULL;
    if (forwarded_new(text, false, &other, NULL) == PLATEN_OK) {
        forwarded_free(other);
    }
}

static void fuzz_version(const char *text)
{
    static const char etag[] = "\"0011223344556677.8899aabbccddeeff\"";
    bool named = version_names(text, etag);
    bool could = strstr(text, etag) != NULL || strchr(text, '*') != NULL;
    if (named && !could) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    /* A copy of the exact size, so that the sanitizer sees a step over the end. */
    char *text = malloc(size);
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0]) {
    case 'l':
        fuzz_list(text);
        break;
    case 'b':
        fuzz_body(text, size - 1);
        break;
    case 'p':
        fuzz_path(text);
        break;
    case 'f':
        fuzz_forwarded(text);
        break;
    case 'v':
        fuzz_version(text);
        break;
    default:
        fuzz_rest(text, size - 1);
        break;
    }
    free(text);
    return 0;
}
