/* /functions/uploads: packages on their way in (PRF-42, SYS-126, SYS-127). */
#include <stdlib.h>
#include <string.h>

#include "core/pack/installer.h"
#include "core/pack/upload.h"
#include "core/rest/rest_functions.h"
#include "core/rest/services.h"

/* What an upload shows: all but the entry, which the list of functions is made from later. */
static void write_upload(json_writer *w, cJSON *upload)
{
    static const char *const keys[] = {"id",      "file_name", "size",      "sha256", "received",
                                       "state",   "code",      "text",      "name",   "title",
                                       "version", "kind",      "publisher", "signed", "changes",
                                       "license", "changelog", "at",        "by"};
    json_object(w, NULL);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const cJSON *member = cJSON_GetObjectItemCaseSensitive(upload, keys[i]);
        if (member != NULL) {
            json_tree(w, keys[i], member);
        } else {
            json_null(w, keys[i]);
        }
    }
    json_object_end(w);
}

static platen_code answer_upload(rest_request *r, const char *id, int status, platen_error *err)
{
    cJSON *upload = NULL;
    PLATEN_TRY(upload_get(rest_services(r)->data_dir, id, &upload, err));
    write_upload(rest_json(r, status), upload);
    cJSON_Delete(upload);
    return PLATEN_OK;
}

static platen_code get_uploads(rest_request *r, platen_error *err)
{
    cJSON *all = NULL;
    cJSON *each = NULL;
    PLATEN_TRY(upload_all(rest_services(r)->data_dir, &all, err));
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_array(w, "items");
    cJSON_ArrayForEach(each, all)
    {
        write_upload(w, each);
    }
    json_array_end(w);
    json_i64(w, "total", cJSON_GetArraySize(all));
    json_object_end(w);
    cJSON_Delete(all);
    return PLATEN_OK;
}

static platen_code get_upload(rest_request *r, platen_error *err)
{
    return answer_upload(r, rest_param(r, "id"), 200, err);
}

static platen_code post_upload(rest_request *r, platen_error *err)
{
    const services *s = rest_services(r);
    const cJSON *body = rest_body(r);
    char id[UPLOAD_ID];
    const upload_new of = {.file_name = json_get_text(body, "file_name", ""),
                           .size = json_get_i64(body, "size", 0),
                           .sha256 = json_get_text(body, "sha256", NULL),
                           .by = rest_who(r)->name};
    PLATEN_TRY(upload_create(s->data_dir, &of, id, err));
    rest_audit_object(r, id, of.file_name);
    rest_functions_news(s->events, s->installer);
    return answer_upload(r, id, 201, err);
}

static int read_body(void *buffer, size_t length, void *user)
{
    return rest_body_read(user, buffer, length);
}

static platen_code put_upload(rest_request *r, platen_error *err)
{
    const services *s = rest_services(r);
    const char *id = rest_param(r, "id");
    const char *text = rest_query(r, "offset");
    int64_t received = 0;
    char *end = NULL;
    long long offset = text != NULL ? strtoll(text, &end, 10) : -1;
    if (offset < 0 || end == text || *end != '\0') {
        rest_invalid(r, "/offset", "format", "the query's offset is no number");
        return error_set(err, PLATEN_E_INVAL, "the query's offset is no number");
    }
    PLATEN_TRY(
        upload_put(s->data_dir, id, offset, rest_body_length(r), read_body, r, &received, err));
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_i64(w, "received", received);
    json_object_end(w);
    if (s->installer != NULL) {
        installer_look(s->installer);
    }
    return PLATEN_OK;
}

static platen_code delete_upload(rest_request *r, platen_error *err)
{
    const services *s = rest_services(r);
    PLATEN_TRY(upload_remove(s->data_dir, rest_param(r, "id"), false, err));
    rest_functions_news(s->events, s->installer);
    rest_empty(r, 204);
    return PLATEN_OK;
}

static const rest_route routes[] = {
    {"GET", "/functions/uploads", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, get_uploads,
     "Packages that are uploaded, looked at, ready or refused.", NULL, NULL},
    {"POST", "/functions/uploads", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, post_upload,
     "Begins the upload of a package.",
     "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"file_name\",\"size\"],"
     "\"properties\":{\"file_name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255},"
     "\"size\":{\"type\":\"integer\",\"minimum\":1},"
     "\"sha256\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}}}",
     NULL},
    {"GET", "/functions/uploads/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, get_upload,
     "One of them.", NULL, NULL},
    {"PUT", "/functions/uploads/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE,
     REST_RAW_BODY | REST_NO_AUDIT, put_upload,
     "Adds octets behind those that are there; ?offset= says how many that are.", NULL, NULL},
    {"DELETE", "/functions/uploads/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY,
     delete_upload, "Forgets a package that is not installed.", NULL, NULL},
};

platen_code rest_uploads_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
