/* See fake.h. One fake at a time: the driver's pauses have no other way to it. */
#include "fake.h"

#include <stdarg.h>
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
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    err->code = (uint32_t)code;
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
    if (f->data_fails) {
        return host_fail(err, PLATEN_E_UNAVAILABLE, "no room");
    }
    free(f->data);
    f->data = strndup(json, length);
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
                                       .finish = finish};

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
    if (f->settled_at != 0 && f->now >= f->settled_at) {
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
        return host_fail(err, PLATEN_E_TIMEOUT, "no answer");
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
    f->settled_at = f->now + f->settles_ms;
    f->away_until = f->now + f->away_ms;
    if (f->loses_answer) {
        return host_fail(err, PLATEN_E_TIMEOUT, "no answer");
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
    f->now += 10;
    if (!right) {
        abort();
    }
    if (f->fails != PLATEN_OK) {
        return host_fail(err, f->fails, "told to fail");
    }
    if (f->now < f->away_until) {
        return host_fail(err, PLATEN_E_UNREACHABLE, "connection refused");
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
    the_fake->now += ms;
}

static int64_t now_ms(void)
{
    return the_fake->now;
}

static const lexmark driver = {&host, &drivers, &fetcher, pause_ms, now_ms};

void fake_init(fake *f)
{
    *f = (fake){.count = 4,
                .settings = {{"mfp.fax.stationName", "Copy room"},
                             {"network.hostname", "ET0001"},
                             {"print.defaultTray", "1"},
                             {"security.admin.password", "hunter2"}},
                .order = PLATEN_ACT_INIT,
                .target = PLATEN_TARGET_INIT,
                .now = 1000000};
    f->target.manufacturer = "Lexmark";
    f->target.model = "MX622";
    f->target.port = 443;
    f->target.deadline = f->now + 900000;
    the_fake = f;
}

void fake_fini(fake *f)
{
    free(f->data);
    f->data = NULL;
}

static void run(fake *f)
{
    fake_fini(f);
    f->finished = 0;
    f->changes = 0;
    f->skipped[0] = '\0';
    f->warned[0] = '\0';
    f->reason[0] = '\0';
    lexmark_run(NULL, (void *)(uintptr_t)&driver);
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
