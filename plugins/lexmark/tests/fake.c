/* See fake.h. One fake at a time: the driver's pauses have no other way to it. */
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

const char *fake_value(const fake *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->settings[i].name, name) == 0) {
            return f->settings[i].value;
        }
    }
    return "(none)";
}

static void answer(uint32_t status, const void *body, size_t length,
                   void (*take)(const platen_fetch_answer *answer, void *user), void *user)
{
    const platen_fetch_answer told = {.size = (uint32_t)sizeof(told),
                                      .status = status,
                                      .type = "application/zip",
                                      .headers = "",
                                      .body = body,
                                      .length = length};
    take(&told, user);
}

/* The settings that it shows now. */
static platen_code get(fake *f, void (*take)(const platen_fetch_answer *answer, void *user),
                       void *user)
{
    bundle_setting list[FAKE_SETTINGS];
    void *zip = NULL;
    size_t length = 0;
    char why[BUNDLE_WHY];
    f->gets++;
    if (f->get_status != 0 || f->raw != NULL) {
        const char *text = f->raw != NULL ? f->raw : "";
        answer(f->get_status != 0 ? f->get_status : 200, text, strlen(text), take, user);
        return PLATEN_OK;
    }
    if (f->settled_at != 0 && f->work.now >= f->settled_at) {
        for (size_t i = 0; i < f->posted_count; i++) {
            for (size_t k = 0; k < f->count; k++) {
                bool same = strcmp(f->settings[k].name, f->posted[i].name) == 0;
                if (same && (f->ignores == NULL || strcmp(f->ignores, f->posted[i].name) != 0)) {
                    f->settings[k] = f->posted[i];
                }
            }
        }
    }
    for (size_t i = 0; i < f->count; i++) {
        list[i] = (bundle_setting){f->settings[i].name, f->settings[i].value};
    }
    if (!bundle_write(list, f->count, &zip, &length, why)) {
        abort();
    }
    answer(200, zip, length, take, user);
    free(zip);
    return PLATEN_OK;
}

static platen_code post(fake *f, const platen_fetch_request *request,
                        void (*take)(const platen_fetch_answer *answer, void *user), void *user,
                        platen_error *err)
{
    bundle b;
    char why[BUNDLE_WHY];
    f->posts++;
    if (f->loses_post) {
        return fake_work_fail(err, PLATEN_E_TIMEOUT, "no answer");
    }
    if (f->post_status != 0) {
        answer(f->post_status, "not\ttoday\n", 10, take, user);
        return PLATEN_OK;
    }
    if (!bundle_read(request->body, (size_t)request->body_length, &b, why)) {
        abort();
    }
    f->posted_count = b.count;
    for (size_t i = 0; i < b.count; i++) {
        (void)snprintf(f->posted[i].name, sizeof(f->posted[i].name), "%s", b.settings[i].name);
        (void)snprintf(f->posted[i].value, sizeof(f->posted[i].value), "%s", b.settings[i].value);
    }
    bundle_fini(&b);
    f->settled_at = f->work.now + f->settles_ms;
    f->away_until = f->work.now + f->away_ms;
    if (f->loses_answer) {
        return fake_work_fail(err, PLATEN_E_TIMEOUT, "no answer");
    }
    f->fails = f->cancelled ? PLATEN_E_CANCELLED : PLATEN_OK;
    answer(200, "", 0, take, user);
    return PLATEN_OK;
}

static platen_code fetch(platen_work *work, const platen_fetch_request *request,
                         void (*take)(const platen_fetch_answer *answer, void *user), void *user,
                         platen_error *err)
{
    fake *f = of(work);
    bool right = strncmp(request->path, "/webservices/vcc/bundles", 24) == 0 &&
                 (request->flags & PLATEN_FETCH_TLS) != 0;
    f->work.now += 10;
    if (!right) {
        abort();
    }
    if (f->fails != PLATEN_OK) {
        return fake_work_fail(err, f->fails, "told to fail");
    }
    if (f->work.now < f->away_until) {
        return fake_work_fail(err, PLATEN_E_UNREACHABLE, "connection refused");
    }
    if (f->always_busy || f->busy > 0) {
        f->busy -= f->busy > 0 ? 1 : 0;
        answer(408, "busy", 4, take, user);
        return PLATEN_OK;
    }
    return strcmp(request->method, "GET") == 0 ? get(f, take, user)
                                               : post(f, request, take, user, err);
}

static const platen_fetch fetcher = {.size = (uint32_t)sizeof(platen_fetch), .fetch = fetch};

/* ---- the driver ---- */

static void pause_ms(uint32_t ms)
{
    the_fake->work.now += ms;
}

static int64_t now_ms(void)
{
    return the_fake->work.now;
}

static const lexmark driver = {&fake_work_host, &fake_work_drivers, &fetcher, pause_ms, now_ms};

void fake_init(fake *f)
{
    *f = (fake){.count = 4,
                .settings = {{"mfp.fax.stationName", "Copy room"},
                             {"network.hostname", "ET0001"},
                             {"print.defaultTray", "1"},
                             {"security.admin.password", "hunter2"}}};
    fake_work_init(&f->work, 1000000);
    f->work.target.manufacturer = "Lexmark";
    f->work.target.model = "MX622";
    f->work.target.port = 443;
    f->work.target.deadline = f->work.now + 900000;
    the_fake = f;
}

void fake_fini(fake *f)
{
    fake_work_fini(&f->work);
}

void fake_act(fake *f, const char *action, const char *settings, uint32_t flags)
{
    fake_work_act(&f->work, action, settings, flags, lexmark_run, &driver);
}

void fake_probe(fake *f)
{
    fake_work_probe(&f->work, lexmark_run, &driver);
}
