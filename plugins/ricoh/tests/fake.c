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
        return fake_work_fail(err, f->fails, "told to fail");
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
        if (f->places[i].body != NULL && at[i] != 0 && f->work.now >= at[i]) {
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
        return fake_work_fail(err, f->publish_fails, "told to fail");
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
        p->is.published = f->work.now;
        p->is.until = f->work.now + (int64_t)item->days * 86400000;
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
        return fake_work_fail(err, PLATEN_E_CANCELLED, "the work was taken back");
    }
    if (p->is.url[0] == '\0') {
        return fake_work_fail(err, PLATEN_E_NOT_FOUND, "never published");
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
    return the_fake->work.now;
}

static const ricoh driver = {&fake_work_host, &fake_work_drivers, &fetcher, &server, now_ms, 60, 7};

void fake_init(fake *f)
{
    *f = (fake){.text = "[file1]\r\nurl=\r\nkind=exportFile\r\n", .url = "https://192.0.2.1:10443"};
    fake_work_init(&f->work, 1700000000000);
    f->work.target.manufacturer = "RICOH";
    f->work.target.model = "IM C3000";
    f->work.target.port = 80;
    f->work.target.user = "admin";
    f->work.target.password = "right";
    the_fake = f;
}

void fake_fini(fake *f)
{
    fake_work_fini(&f->work);
    free(f->places[0].body);
    free(f->places[1].body);
    f->places[0].body = f->places[1].body = NULL;
}

void fake_act(fake *f, const char *action, const char *settings, uint32_t flags)
{
    fake_work_act(&f->work, action, settings, flags, ricoh_run, &driver);
}

void fake_probe(fake *f)
{
    fake_work_probe(&f->work, ricoh_run, &driver);
}
