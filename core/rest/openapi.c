/*
 * OpenAPI 3.1 from the table of routes. Made once, at the first request, under the router's
 * openapi_lock; then only read.
 */
#include <stdlib.h>
#include <string.h>

#include "core/rest/request.h"

static const char *access_word(rest_access level)
{
    switch (level) {
    case REST_PUBLIC:
        return "public";
    case REST_USER:
        return "user";
    case REST_DEVICE_MANAGER:
        return "device-manager";
    case REST_SYSTEM_MANAGER:
        return "system-manager";
    case REST_AGENT:
        return "agent";
    case REST_UNDECLARED:
        break;
    }
    return "";
}

static const char *region_word(rest_region region)
{
    static const char *const words[] = {"", "none", "all", "device", "list", "own"};
    return words[region];
}

/* "/devices/{id}/status" of GET becomes "get-devices-id-status". */
static void write_operation_id(json_writer *w, const rest_route *route, strbuf *scratch)
{
    strbuf_clear(scratch);
    for (const char *at = route->method; *at != '\0'; at++) {
        strbuf_append_char(scratch, (char)(*at - 'A' + 'a'));
    }
    for (const char *at = route->path; *at != '\0'; at++) {
        if (*at == '/' || *at == '.') {
            strbuf_append_char(scratch, '-');
        } else if (*at != '{' && *at != '}') {
            strbuf_append_char(scratch, *at);
        }
    }
    json_text(w, "operationId", scratch->failed ? "" : scratch->data);
}

static void write_parameters(json_writer *w, const char *path)
{
    json_array(w, "parameters");
    for (const char *at = strchr(path, '{'); at != NULL; at = strchr(at + 1, '{')) {
        json_object(w, NULL);
        json_text_n(w, "name", at + 1, strcspn(at + 1, "}"));
        json_text(w, "in", "path");
        json_bool(w, "required", true);
        json_raw(w, "schema", "{\"type\":\"string\"}");
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_content(json_writer *w, const char *type, const char *form)
{
    json_object(w, "content");
    json_object(w, type);
    json_raw(w, "schema", form);
    json_object_end(w);
    json_object_end(w);
}

static void write_answers(json_writer *w, const rest_route *route)
{
    json_object(w, "responses");
    json_object(w, "2XX");
    json_text(w, "description", "Done");
    if (route->answer != NULL) {
        write_content(w, "application/json", route->answer);
    }
    json_object_end(w);
    json_raw(w, "default", "{\"$ref\":\"#/components/responses/problem\"}");
    json_object_end(w);
}

static void write_security(json_writer *w, const rest_route *route)
{
    switch (route->access) {
    case REST_PUBLIC:
        json_raw(w, "security", "[]");
        break;
    case REST_AGENT:
        json_raw(w, "security", "[{\"certificate\":[]}]");
        break;
    case REST_USER:
    case REST_DEVICE_MANAGER:
    case REST_SYSTEM_MANAGER:
    case REST_UNDECLARED:
        json_raw(w, "security", "[{\"session\":[]},{\"token\":[]}]");
        break;
    }
}

static void write_tag(json_writer *w, const char *path)
{
    json_array(w, "tags");
    json_text_n(w, NULL, path + 1, strcspn(path + 1, "/"));
    json_array_end(w);
}

static void write_operation(json_writer *w, const rest_route *route, strbuf *scratch)
{
    strbuf_clear(scratch);
    for (const char *at = route->method; *at != '\0'; at++) {
        strbuf_append_char(scratch, (char)(*at - 'A' + 'a'));
    }
    json_object(w, scratch->failed ? "get" : scratch->data);
    write_operation_id(w, route, scratch);
    write_tag(w, route->path);
    json_text(w, "summary", route->summary);
    json_text(w, "x-platen-access", access_word(route->access));
    if (route->function != NULL) {
        json_text(w, "x-platen-function", route->function);
    }
    json_text(w, "x-platen-region", region_word(route->region));
    write_security(w, route);
    write_parameters(w, route->path);
    if (route->body != NULL) {
        json_object(w, "requestBody");
        json_bool(w, "required", true);
        write_content(w, "application/json", route->body);
        json_object_end(w);
    } else if ((route->flags & REST_RAW_BODY) != 0) {
        json_object(w, "requestBody");
        json_bool(w, "required", true);
        write_content(w, "application/octet-stream", "{\"type\":\"string\",\"format\":\"binary\"}");
        json_object_end(w);
    }
    write_answers(w, route);
    json_object_end(w);
}

static void write_paths(json_writer *w, const rest *r, strbuf *scratch)
{
    size_t count = route_count(r->routes);
    json_object(w, "paths");
    for (size_t i = 0; i < count; i++) {
        const char *path = route_at(r->routes, i)->route->path;
        bool before = false;
        for (size_t j = 0; j < i; j++) {
            before = before || strcmp(route_at(r->routes, j)->route->path, path) == 0;
        }
        if (before) {
            continue;
        }
        json_object(w, path);
        for (size_t j = i; j < count; j++) {
            const rest_route *route = route_at(r->routes, j)->route;
            if (strcmp(route->path, path) == 0) {
                write_operation(w, route, scratch);
            }
        }
        json_object_end(w);
    }
    json_object_end(w);
}

static const char components[] =
    "{\"securitySchemes\":{"
    "\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"platen_session\","
    "\"description\":\"Set by POST /login; changes send X-CSRF-Token too\"},"
    "\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
    "\"certificate\":{\"type\":\"mutualTLS\",\"description\":\"An agent's certificate\"}},"
    "\"responses\":{\"problem\":{\"description\":\"RFC 9457\",\"content\":{"
    "\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/problem\"}}}}},"
    "\"schemas\":{\"problem\":{\"type\":\"object\",\"properties\":{"
    "\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
    "\"status\":{\"type\":\"integer\"},\"code\":{\"type\":\"string\"},"
    "\"detail\":{\"type\":\"string\"},\"params\":{\"type\":\"object\"},"
    "\"request\":{\"type\":\"string\"},"
    "\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
    "\"pointer\":{\"type\":\"string\"},\"code\":{\"type\":\"string\"},"
    "\"detail\":{\"type\":\"string\"}}}}}}}}";

static char *build(const rest *r)
{
    strbuf out;
    strbuf scratch;
    json_writer w;
    strbuf_init(&out);
    strbuf_init(&scratch);
    json_init(&w, &out);
    json_object(&w, NULL);
    json_text(&w, "openapi", "3.1.0");
    json_object(&w, "info");
    json_text(&w, "title", "Platen");
    json_text(&w, "version", r->services->version);
    json_object_end(&w);
    json_raw(&w, "servers", "[{\"url\":\"/api/v1\"}]");
    write_paths(&w, r, &scratch);
    json_raw(&w, "components", components);
    json_object_end(&w);
    char *text = strbuf_take(&out);
    strbuf_fini(&out);
    strbuf_fini(&scratch);
    return text;
}

platen_code openapi_text(rest *r, const char **text, platen_error *err)
{
    (void)pthread_mutex_lock(&r->openapi_lock);
    if (r->openapi == NULL) {
        r->openapi = build(r);
    }
    *text = r->openapi;
    (void)pthread_mutex_unlock(&r->openapi_lock);
    return *text != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for openapi.json");
}
