/* The preferences of mail (PRF-04 to PRF-08, PRF-10) and trying them (PRF-09). */
#include "core/rest/rest_mail.h"

#include "core/notify/mail.h"
#include "core/notify/notify.h"
#include "core/rest/rest_preferences.h"
#include "core/rest/services.h"

static platen_code check_changes(rest_request *r, const cJSON *changes, platen_error *err)
{
    const char *sender = json_get_text(changes, "sender", "");
    if (sender[0] != '\0' && !mail_address_ok(sender)) {
        rest_invalid(r, "/mail/sender", "format", "this is no e-mail address");
        return error_set(err, PLATEN_E_INVAL, "'%.100s' is no e-mail address", sender);
    }
    return PLATEN_OK;
}

static void take_changes(services *s)
{
    notify_mail_changed(s->notify);
}

static platen_code post_test(rest_request *r, platen_error *err)
{
    const services *s = rest_services(r);
    user_record who;
    PLATEN_TRY(user_by_id(s->store, rest_arena(r), rest_who(r)->user, &who, err));
    PLATEN_TRY(notify_mail_test(s->notify, &who, err));
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_text(w, "to", who.email);
    json_object_end(w);
    return PLATEN_OK;
}

static const rest_route routes[] = {
    {"POST", "/preferences/mail/test", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY,
     post_test, "Sends a mail to the address of who asks, at once, with the server's own words.",
     NULL, "{\"type\":\"object\",\"properties\":{\"to\":{\"type\":\"string\"}}}"},
};

platen_code rest_mail_add(rest *router, platen_error *err)
{
    const preference_hooks hooks = {.check = check_changes, .changed = take_changes};
    PLATEN_TRY(rest_preferences_group(&preference_mail, &hooks, err));
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
