/* serve/0: what drivers say is checked here, then serve.c does it. The work's thread. */
#include <stdio.h>
#include <string.h>

#include "core/agent/reach.h"
#include "core/serve/serve_private.h"

#define USER_MAX 128u
#define PASSWORD_MAX 512u

static bool is_name(const char *name)
{
    size_t length = name != NULL ? strnlen(name, PLATEN_SERVE_NAME_MAX + 1) : 0;
    return length > 0 && length <= PLATEN_SERVE_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == length;
}

static bool is_type(const char *type)
{
    size_t length = type != NULL ? strnlen(type, SHELF_TYPE) : 0;
    for (size_t i = 0; i < length; i++) {
        if (type[i] < ' ' || type[i] >= 0x7f) {
            return false;
        }
    }
    return length > 0 && length < SHELF_TYPE;
}

static platen_code check_item(const platen_serve_item *i, platen_error *err)
{
    if (!is_name(i->name) || !is_type(i->type)) {
        return error_set(err, PLATEN_E_INVAL, "a place '%.60s' of type '%.40s' cannot be",
                         i->name != NULL ? i->name : "", i->type != NULL ? i->type : "");
    }
    if (i->days == 0 || i->days > PLATEN_SERVE_DAYS_MAX) {
        return error_set(err, PLATEN_E_INVAL, "a body for %u days, 1 to %u are possible", i->days,
                         PLATEN_SERVE_DAYS_MAX);
    }
    if (i->length > PLATEN_SERVE_BODY_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "a body of %llu bytes, %u are possible",
                         (unsigned long long)i->length, PLATEN_SERVE_BODY_MAX);
    }
    return PLATEN_OK;
}

/* The download port, and the device of a work. */
static platen_code begin(platen_work *work, const char *call, serve **s, serve_wish *wish,
                         platen_target *target, platen_error *err)
{
    PLATEN_TRY(reach_may_block(work, call, err));
    const reach *r = reach_of(work);
    *s = serve_here();
    if (*s == NULL) {
        return error_set(err, PLATEN_E_STATE, "%s: this process has no download port", call);
    }
    if (r->calls->taken != NULL && r->calls->taken(r)) {
        return error_set(err, PLATEN_E_CANCELLED, "%s: the work was taken back", call);
    }
    r->calls->target(work, target);
    if (!net_parse(target->address, &wish->address)) {
        return error_set(err, PLATEN_E_INVAL, "%s: '%.60s' is no address", call, target->address);
    }
    wish->address.scope = 0; /* what connects does not always say its zone */
    wish->driver = r->driver;
    wish->user = target->user;
    wish->password = target->password;
    return PLATEN_OK;
}

/* A user with ':' cannot be said in a login of this kind (RFC 7617, 2). */
static platen_code check_login(const serve_wish *wish, platen_error *err)
{
    if (wish->user[0] == '\0' || wish->password[0] == '\0') {
        return error_set(err, PLATEN_E_AUTH,
                         "the device has no user and password to fetch with: register its user "
                         "authentication");
    }
    if (strchr(wish->user, ':') != NULL || strlen(wish->user) > USER_MAX ||
        strlen(wish->password) > PASSWORD_MAX) {
        return error_set(
            err, PLATEN_E_AUTH,
            "the device cannot fetch with this user: its name has a colon or more than "
            "%u bytes, or the password has more than %u",
            USER_MAX, PASSWORD_MAX);
    }
    return PLATEN_OK;
}

static platen_code publish(platen_work *work, const platen_serve_item *given,
                           platen_serve_place *out, platen_error *err)
{
    platen_serve_item item = PLATEN_SERVE_ITEM_INIT;
    platen_target target = PLATEN_TARGET_INIT;
    serve_wish wish = {.item = &item};
    serve *s = NULL;
    if (given == NULL || given->size < sizeof(given->size)) {
        return error_set(err, PLATEN_E_INVAL, "publish() needs an item");
    }
    memcpy(&item, given, given->size < sizeof(item) ? given->size : sizeof(item));
    PLATEN_TRY(check_item(&item, err));
    PLATEN_TRY(begin(work, "publish", &s, &wish, &target, err));
    if (item.body != NULL) {
        PLATEN_TRY(check_login(&wish, err));
    }
    return serve_publish(s, &wish, out, err);
}

static platen_code look(platen_work *work, const char *name, platen_serve_place *out,
                        platen_error *err)
{
    platen_target target = PLATEN_TARGET_INIT;
    serve_wish wish = {.item = NULL};
    serve *s = NULL;
    if (!is_name(name)) {
        return error_set(err, PLATEN_E_INVAL, "look() needs the name of a place");
    }
    PLATEN_TRY(begin(work, "look", &s, &wish, &target, err));
    return serve_look(s, wish.driver, name, &wish.address, out, err);
}

static platen_code withdraw(platen_work *work, const char *name, platen_error *err)
{
    platen_target target = PLATEN_TARGET_INIT;
    serve_wish wish = {.item = NULL};
    serve *s = NULL;
    if (!is_name(name)) {
        return error_set(err, PLATEN_E_INVAL, "withdraw() needs the name of a place");
    }
    PLATEN_TRY(begin(work, "withdraw", &s, &wish, &target, err));
    return serve_withdraw(s, wish.driver, name, &wish.address, err);
}

const platen_serve iface_serve_table = {
    .size = (uint32_t)sizeof(platen_serve),
    .publish = publish,
    .look = look,
    .withdraw = withdraw,
};
