/* See fake.h. One fake at a time: the driver's clock has no other way to it. */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static fake *the_fake;

static fake *of(const platen_work *work)
{
    (void)work;
    return the_fake;
}

__attribute__((format(printf, 3, 4))) static platen_code
host_fail(platen_error *err, platen_code code, const char *format, ...)
{
    va_list args;
    if (err != NULL) {
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
        err->code = (uint32_t)code;
    }
    return code;
}

static const platen_host host = {.size = (uint32_t)sizeof(platen_host), .fail = host_fail};

/* ---- driver/1 ---- */

static uint32_t get_kind(const platen_work *work)
{
    return of(work)->kind;
}

static void get_target(const platen_work *work, platen_target *target)
{
    *target = of(work)->target;
}

static void get_act(const platen_work *work, platen_act *act)
{
    *act = of(work)->order;
}

static void be_sure(platen_work *work, uint32_t sureness, const char *why)
{
    (void)why;
    of(work)->sureness = sureness;
}

static void change(platen_work *work, const char *path, const char *from, const char *to)
{
    (void)path;
    (void)from;
    (void)to;
    of(work)->changes++;
}

static void act_log(platen_work *work, uint32_t level, const char *text)
{
    fake *f = of(work);
    size_t length = strlen(f->log);
    (void)snprintf(f->log + length, sizeof(f->log) - length, "%u %s\n", level, text);
}

static void skip(platen_work *work, const char *code, const char *text)
{
    (void)snprintf(of(work)->skipped, sizeof(of(work)->skipped), "%s", code);
    (void)snprintf(of(work)->reason, sizeof(of(work)->reason), "%s", text);
}

static void warn(platen_work *work, const char *code, const char *text)
{
    (void)snprintf(of(work)->warned, sizeof(of(work)->warned), "%s", code);
    (void)snprintf(of(work)->reason, sizeof(of(work)->reason), "%s", text);
}

static platen_code take_data(platen_work *work, const char *json, size_t length, platen_error *err)
{
    fake *f = of(work);
    (void)err;
    free(f->data);
    f->data = strndup(json, length);
    return PLATEN_OK;
}

static platen_code later(platen_work *work, uint32_t ms,
                         void (*then)(platen_work *work, void *user), void *user, platen_error *err)
{
    fake *f = of(work);
    (void)err;
    f->now += ms;
    f->waits++;
    f->then = then;
    f->then_user = user;
    return PLATEN_OK;
}

static void finish(platen_work *work, platen_code code, const platen_error *err)
{
    fake *f = of(work);
    f->finished++;
    f->code = code;
    (void)snprintf(f->error, sizeof(f->error), "%s", err != NULL ? err->text : "");
}

static const platen_drivers drivers = {.size = (uint32_t)sizeof(platen_drivers),
                                       .kind = get_kind,
                                       .target = get_target,
                                       .act = get_act,
                                       .sure = be_sure,
                                       .change = change,
                                       .act_log = act_log,
                                       .skip = skip,
                                       .warn = warn,
                                       .data = take_data,
                                       .later = later,
                                       .finish = finish};

/* ---- the device, by fetch/0 ---- */

static platen_code fetch(platen_work *work, const platen_fetch_request *request,
                         void (*take)(const platen_fetch_answer *answer, void *user), void *user,
                         platen_error *err)
{
    fake *f = of(work);
    bool tls = (request->flags & PLATEN_FETCH_TLS) != 0;
    platen_fetch_answer told = {
        .size = (uint32_t)sizeof(told), .type = "text/plain", .headers = ""};
    if (strcmp(request->method, "GET") != 0 ||
        strcmp(request->path, "/DH/directionsFormat.ini") != 0 ||
        (request->flags & PLATEN_FETCH_USER) != 0) {
        abort();
    }
    f->asked++;
    f->asked_tls += tls ? 1 : 0;
    if (f->fails != PLATEN_OK) {
        return host_fail(err, f->fails, "told to fail");
    }
    told.status = f->wants_tls && !tls ? 302 : f->status != 0 ? f->status : 200;
    told.body = f->text;
    told.length = strlen(f->text);
    take(&told, user);
    return PLATEN_OK;
}

static const platen_fetch fetcher = {.size = (uint32_t)sizeof(platen_fetch), .fetch = fetch};

/* ---- serve/0 ---- */

static fake_place *place_of(fake *f, const char *name)
{
    if (strcmp(name, PLACE_INSTRUCTIONS) == 0) {
        return &f->places[0];
    }
    if (strcmp(name, PLACE_FILE) == 0) {
        return &f->places[1];
    }
    abort();
}

static void pass_time(fake *f)
{
    const int64_t at[2] = {f->fetches_instructions_at, f->fetches_file_at};
    for (size_t i = 0; i < 2; i++) {
        if (f->places[i].body != NULL && at[i] != 0 && f->now >= at[i]) {
            f->places[i].is.fetched = at[i];
            f->places[i].is.fetches = 1;
        }
    }
}

static platen_code publish(platen_work *work, const platen_serve_item *item,
                           platen_serve_place *place, platen_error *err)
{
    fake *f = of(work);
    fake_place *p = place_of(f, item->name);
    if (f->publish_fails != PLATEN_OK) {
        return host_fail(err, f->publish_fails, "told to fail");
    }
    f->published++;
    (void)snprintf(p->is.url, sizeof(p->is.url), "%s/%c", f->url, item->name[0]);
    if (item->body != NULL) {
        free(p->body);
        p->body = malloc((size_t)item->length + 1);
        if (p->body == NULL) {
            abort();
        }
        memcpy(p->body, item->body, (size_t)item->length);
        p->body[item->length] = '\0';
        p->length = (size_t)item->length;
        p->days = item->days;
        p->is.published = f->now;
        p->is.until = f->now + (int64_t)item->days * 86400000;
        (void)snprintf(p->type, sizeof(p->type), "%s", item->type);
    }
    pass_time(f);
    *place = p->is;
    place->size = sizeof(*place);
    return PLATEN_OK;
}

static platen_code look(platen_work *work, const char *name, platen_serve_place *place,
                        platen_error *err)
{
    fake *f = of(work);
    const fake_place *p = place_of(f, name);
    if (f->cancelled) {
        return host_fail(err, PLATEN_E_CANCELLED, "the work was taken back");
    }
    if (p->is.url[0] == '\0') {
        return host_fail(err, PLATEN_E_NOT_FOUND, "never published");
    }
    pass_time(f);
    *place = p->is;
    place->size = sizeof(*place);
    return PLATEN_OK;
}

static platen_code withdraw(platen_work *work, const char *name, platen_error *err)
{
    (void)work;
    (void)name;
    (void)err;
    abort();
}

static const platen_serve server = {(uint32_t)sizeof(platen_serve), publish, look, withdraw};

/* ---- the driver ---- */

static int64_t now_ms(void)
{
    return the_fake->now;
}

static const ricoh driver = {&host, &drivers, &fetcher, &server, now_ms, 60, 7};

void fake_init(fake *f)
{
    *f = (fake){.text = "[file1]\r\nurl=\r\nkind=exportFile\r\n",
                .url = "https://192.0.2.1:10443",
                .order = PLATEN_ACT_INIT,
                .target = PLATEN_TARGET_INIT,
                .now = 1700000000000};
    f->target.manufacturer = "RICOH";
    f->target.model = "IM C3000";
    f->target.port = 80;
    f->target.user = "admin";
    f->target.password = "right";
    the_fake = f;
}

void fake_fini(fake *f)
{
    free(f->data);
    free(f->places[0].body);
    free(f->places[1].body);
    f->data = NULL;
    f->places[0].body = f->places[1].body = NULL;
}

static void run(fake *f)
{
    free(f->data);
    f->data = NULL;
    f->finished = f->changes = f->waits = 0;
    f->skipped[0] = f->warned[0] = f->reason[0] = f->log[0] = '\0';
    ricoh_run(NULL, (void *)(uintptr_t)&driver);
    while (f->then != NULL) {
        void (*then)(platen_work * work, void *user) = f->then;
        f->then = NULL;
        then(NULL, f->then_user);
    }
}

void fake_act(fake *f, const char *action, const char *settings, uint32_t flags)
{
    f->kind = PLATEN_WORK_ACT;
    f->order.action = action;
    f->order.settings = settings;
    f->order.flags = flags;
    run(f);
}

void fake_probe(fake *f)
{
    f->kind = PLATEN_WORK_PROBE;
    f->sureness = 0;
    run(f);
}
