/* The directory's preferences and trying them (PRF-11 to PRF-14, ACC-21 to ACC-33). */
#include "core/rest/rest_directory.h"

#include <stdio.h>

#include "core/directory/directory.h"
#include "core/rest/function.h"
#include "core/rest/rest_preferences.h"
#include "core/rest/services.h"

/* ---- what is refused when it is set ---- */

static platen_code check_text(rest_request *r, const cJSON *changes, const char *name,
                              platen_code (*check)(const char *text, platen_error *err),
                              platen_error *err)
{
    const char *text = json_get_text(changes, name, "");
    platen_code code = check(text, err);
    if (code != PLATEN_OK) {
        const char *pointer = arena_printf(rest_arena(r), "/directory/%s", name);
        rest_invalid(r, pointer != NULL ? pointer : "", "format", err->text);
    }
    return code;
}

static platen_code check_functions(rest_request *r, const cJSON *list, platen_error *err)
{
    int index = 0;
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, list)
    {
        if (!function_known(each->valuestring)) {
            const char *pointer = arena_printf(rest_arena(r), "/directory/functions/%d", index);
            rest_invalid(r, pointer != NULL ? pointer : "", "enum", "there is no such function");
            return error_set(err, PLATEN_E_INVAL, "there is no function '%.64s'",
                             each->valuestring);
        }
        index++;
    }
    return PLATEN_OK;
}

static platen_code check_keytab(const char *text, platen_error *err)
{
    const char *names = NULL;
    if (text[0] == '\0') {
        return PLATEN_OK;
    }
    arena *a = arena_new();
    platen_code code = a != NULL ? directory_keytab_names(text, a, &names, err)
                                 : error_set(err, PLATEN_E_NOMEM, "no memory for the keytab");
    arena_free(a);
    return code;
}

static platen_code check_changes(rest_request *r, const cJSON *changes, platen_error *err)
{
    PLATEN_TRY(check_text(r, changes, "ca", directory_check_ca, err));
    PLATEN_TRY(check_text(r, changes, "base", directory_check_dn, err));
    PLATEN_TRY(check_text(r, changes, "keytab", check_keytab, err));
    return check_functions(r, json_get_array(changes, "functions"), err);
}

/* ---- trying ---- */

static void write_report(rest_request *r, const directory_report *report)
{
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_array(w, "steps");
    for (size_t i = 0; i < report->count; i++) {
        json_object(w, NULL);
        json_text(w, "step", report->steps[i].step);
        json_bool(w, "ok", report->steps[i].ok);
        json_text(w, "text", report->steps[i].text);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}

static platen_code post_test(rest_request *r, platen_error *err)
{
    const services *s = rest_services(r);
    directory_config config;
    directory_report *report = NULL;
    PLATEN_TRY(directory_config_load(s->store, s->key, s->data_dir, rest_arena(r), &config, err));
    platen_code code =
        directory_test(s->directory, &config, json_get_text(rest_body(r), "user", NULL),
                       json_get_text(rest_body(r), "password", NULL), &report, err);
    directory_config_wipe(&config);
    if (code == PLATEN_OK) {
        write_report(r, report);
    }
    directory_report_free(report);
    return code;
}

static const rest_route routes[] = {
    {"POST", "/preferences/directory/test", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0,
     post_test, "Asks every directory server, and for one user with or without a password.",
     "{\"type\":\"object\",\"properties\":{"
     "\"user\":{\"type\":\"string\",\"maxLength\":320},"
     "\"password\":{\"type\":\"string\",\"maxLength\":512,\"writeOnly\":true}}}",
     "{\"type\":\"object\",\"properties\":{\"steps\":{\"type\":\"array\",\"items\":{"
     "\"type\":\"object\",\"properties\":{\"step\":{\"type\":\"string\"},"
     "\"ok\":{\"type\":\"boolean\"},\"text\":{\"type\":\"string\"}}}}}}"},
};

platen_code rest_directory_add(rest *router, platen_error *err)
{
    const preference_hooks hooks = {.check = check_changes};
    PLATEN_TRY(rest_preferences_group(&preference_directory, &hooks, err));
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
