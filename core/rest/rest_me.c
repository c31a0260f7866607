/* /me: who is logged in, and the user's own page settings. */
#include <string.h>

#include "core/rest/request.h"

static void write_me(rest_request *r, const user_record *u, const char *preferences)
{
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_id(w, "id", u->id);
    json_text(w, "name", u->name);
    json_text(w, "email", u->email);
    json_text(w, "role", user_role_word(r->identity.role));
    json_raw(w, "functions", u->functions);
    json_text(w, "csrf", r->identity.way == ACCESS_SESSION ? r->identity.csrf : NULL);
    json_raw(w, "preferences", preferences);
    json_object_end(w);
}

static platen_code get_me(rest_request *r, platen_error *err)
{
    user_record u;
    PLATEN_TRY(user_by_id(rest_services(r)->store, r->arena, rest_who(r)->user, &u, err));
    write_me(r, &u, u.preferences);
    return PLATEN_OK;
}

static platen_code patch_me(rest_request *r, platen_error *err)
{
    user_record u;
    const char *merged = NULL;
    store *s = rest_services(r)->store;
    const cJSON *patch = cJSON_GetObjectItemCaseSensitive(rest_body(r), "preferences");
    PLATEN_TRY(user_by_id(s, r->arena, rest_who(r)->user, &u, err));
    merged = u.preferences;
    if (patch != NULL) {
        char *text = cJSON_PrintUnformatted(patch);
        if (text == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for preferences");
        }
        platen_code code = user_merge_preferences(s, r->arena, u.id, text, &merged, err);
        cJSON_free(text);
        PLATEN_TRY(code);
    }
    write_me(r, &u, merged);
    return PLATEN_OK;
}

#define ME                                                                                         \
    "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":"        \
    "\"string\"},\"email\":{\"type\":\"string\"},\"role\":{\"type\":\"string\"},\"functions\":{"   \
    "\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"csrf\":{\"type\":[\"string\",\"null\"]" \
    "},\"preferences\":{\"type\":\"object\"}}}"

const rest_route rest_me_routes[] = {
    {"GET", "/me", REST_USER, NULL, REST_REGION_NONE, REST_NO_BODY, get_me, "The user who asks.",
     NULL, ME},
    {"PATCH", "/me", REST_USER, NULL, REST_REGION_NONE, 0, patch_me,
     "Changes the user's own page settings, member by member; null removes one.",
     "{\"type\":\"object\",\"properties\":{\"preferences\":{\"type\":\"object\"}}}", ME},
};
const size_t rest_me_route_count = sizeof(rest_me_routes) / sizeof(rest_me_routes[0]);
