/* The directory's preferences and trying them (PRF-11 to PRF-14, ACC-21 to ACC-33), single sign-on.
 */
#include "core/rest/rest_directory.h"

#include <string.h>
#include <strings.h>

#include "core/base/text.h"
#include "core/directory/directory.h"
#include "core/rest/function.h"
#include "core/rest/login.h"
#include "core/rest/rest_preferences.h"
#include "core/rest/rights.h"
#include "core/rest/services.h"

#define LOG_SOURCE "login"
#include "core/base/log.h"

#define NEGOTIATE "Negotiate"

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

/* "/directory/<list>/<index>" and what is wrong there. */
static platen_code refuse_item(rest_request *r, const char *list, int index, const char *text,
                               platen_error *err)
{
    const char *pointer = arena_printf(rest_arena(r), "/directory/%s/%d", list, index);
    rest_invalid(r, pointer != NULL ? pointer : "", "enum", text);
    return error_set(err, PLATEN_E_INVAL, "%s", text);
}

static platen_code check_functions(rest_request *r, const cJSON *list, platen_error *err)
{
    int index = 0;
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, list)
    {
        if (!function_known(each->valuestring)) {
            return refuse_item(r, "functions", index, "there is no such function", err);
        }
        index++;
    }
    return PLATEN_OK;
}

static platen_code check_regions(rest_request *r, const cJSON *list, platen_error *err)
{
    int index = 0;
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, list)
    {
        bool found = false;
        PLATEN_TRY(rights_region_there(r, json_get_text(each, "region", ""), &found, err));
        if (!found) {
            return refuse_item(r, "regions", index, "there is no such region", err);
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
    PLATEN_TRY(check_functions(r, json_get_array(changes, "functions"), err));
    return check_regions(r, json_get_array(changes, "regions"), err);
}

static platen_code load(rest_request *r, directory_config *out, platen_error *err)
{
    const services *s = rest_services(r);
    return directory_config_load(s->store, s->key, s->data_dir, rest_arena(r), out, err);
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
    PLATEN_TRY(load(r, &config, err));
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

/* ---- single sign-on (RFC 4559) ---- */

/* The directory's own trouble is for the log: who is not logged in is not told of servers. */
static platen_code trouble(rest_request *r, platen_code code, platen_error *err)
{
    if (code == PLATEN_OK || code == PLATEN_E_UNAUTHENTICATED) {
        return code;
    }
    log_warning("single sign-on fails remote=%s: %s", rest_remote(r), err->text);
    return error_set(err, PLATEN_E_UNAVAILABLE, "the directory cannot be asked just now");
}

/* The token of "Authorization: Negotiate ...", in the arena; NULL when there is none. */
static const void *take_token(rest_request *r, size_t *length)
{
    const char *header = rest_header(r, "Authorization");
    if (header == NULL || strncasecmp(header, NEGOTIATE " ", strlen(NEGOTIATE) + 1) != 0) {
        return NULL;
    }
    const char *text = header + strlen(NEGOTIATE) + 1;
    size_t most = strlen(text);
    void *token = arena_alloc(rest_arena(r), most + 1);
    return token != NULL && text_unbase64(text, token, most, length) ? token : NULL;
}

/* What proves this server to the browser. */
static void add_reply(rest_request *r, const strbuf *reply)
{
    strbuf line;
    strbuf_init(&line);
    strbuf_append(&line, NEGOTIATE " ");
    text_base64(&line, reply->data, reply->length);
    if (reply->length > 0 && !line.failed) {
        rest_answer_header(r, "WWW-Authenticate", line.data);
    }
    strbuf_fini(&line);
}

static platen_code find_owner(rest_request *r, const directory_config *c, const directory_ticket *t,
                              user_record *who, platen_error *err)
{
    directory_person *person = NULL;
    PLATEN_TRY(trouble(r, directory_lookup(rest_services(r)->directory, c, t, &person, err), err));
    platen_code code = login_person(r, c, person, who, err);
    directory_person_free(person);
    return code;
}

static platen_code enter_by_token(rest_request *r, const directory_config *c, const void *token,
                                  size_t length, platen_error *err)
{
    user_record who;
    directory_ticket ticket;
    platen_code code = directory_accept(c, token, length, &ticket, err);
    if (code == PLATEN_E_UNAUTHENTICATED) {
        log_notice("login refused remote=%s: %s", rest_remote(r), err->text);
    } else if (code == PLATEN_OK) {
        code = find_owner(r, c, &ticket, &who, err);
    } else {
        code = trouble(r, code, err);
    }
    if (code == PLATEN_OK) {
        login_attempt_good(r);
        add_reply(r, &ticket.reply);
        code = login_answer(r, &who, USER_ENTRY_KERBEROS, false, err);
    }
    directory_ticket_fini(&ticket);
    return code;
}

static platen_code post_kerberos(rest_request *r, platen_error *err)
{
    size_t length = 0;
    directory_config config;
    PLATEN_TRY(load(r, &config, err));
    bool offered = config.enabled && config.kerberos;
    const void *token = take_token(r, &length);
    platen_code code = PLATEN_OK;
    if (!offered) {
        code = error_set(err, PLATEN_E_STATE, "single sign-on is not enabled");
    } else if (token == NULL) { /* only then is one asked for: a refused one is not tried again */
        rest_answer_header(r, "WWW-Authenticate", NEGOTIATE);
        code = error_set(err, PLATEN_E_UNAUTHENTICATED, "a Kerberos ticket is needed");
    } else {
        code = login_attempt(r, err);
        if (code == PLATEN_OK) {
            code = enter_by_token(r, &config, token, length, err);
        }
    }
    directory_config_wipe(&config);
    return code;
}

static const rest_route routes[] = {
    {"POST", "/login/kerberos", REST_PUBLIC, NULL, REST_REGION_NONE, REST_NO_CSRF | REST_NO_BODY,
     post_kerberos,
     "Logs a person in by the Kerberos ticket of the browser (SPNEGO); answers like /login.", NULL,
     "{\"type\":\"object\",\"properties\":{\"user\":{\"type\":\"object\"},"
     "\"csrf\":{\"type\":\"string\"},\"expires\":{\"type\":\"string\","
     "\"format\":\"date-time\"}}}"},
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
