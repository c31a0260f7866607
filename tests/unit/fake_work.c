/* See fake_work.h. */
#include "tests/unit/fake_work.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static fake_work *the_work;

static fake_work *of(const platen_work *work)
{
    (void)work;
    return the_work;
}

platen_code fake_work_fail(platen_error *err, platen_code code, const char *format, ...)
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

const platen_host fake_work_host = {.size = (uint32_t)sizeof(platen_host), .fail = fake_work_fail};

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
    fake_work *w = of(work);
    size_t length = strlen(w->log);
    (void)snprintf(w->log + length, sizeof(w->log) - length, "%u %s\n", level, text);
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
    fake_work *w = of(work);
    if (w->data_fails) {
        return fake_work_fail(err, PLATEN_E_UNAVAILABLE, "no room");
    }
    free(w->data);
    w->data = strndup(json, length);
    return PLATEN_OK;
}

static platen_code later(platen_work *work, uint32_t ms,
                         void (*then)(platen_work *work, void *user), void *user, platen_error *err)
{
    fake_work *w = of(work);
    (void)err;
    w->now += ms;
    w->waits++;
    w->then = then;
    w->then_user = user;
    return PLATEN_OK;
}

static void finish(platen_work *work, platen_code code, const platen_error *err)
{
    fake_work *w = of(work);
    w->finished++;
    w->code = code;
    (void)snprintf(w->error, sizeof(w->error), "%s", err != NULL ? err->text : "");
}

const platen_drivers fake_work_drivers = {.size = (uint32_t)sizeof(platen_drivers),
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

/* ---- running a driver ---- */

void fake_work_init(fake_work *w, int64_t now)
{
    *w = (fake_work){.order = PLATEN_ACT_INIT, .target = PLATEN_TARGET_INIT, .now = now};
    the_work = w;
}

void fake_work_fini(fake_work *w)
{
    free(w->data);
    w->data = NULL;
}

static void go(fake_work *w, void (*run)(platen_work *work, void *user), const void *user)
{
    fake_work_fini(w);
    w->finished = w->changes = w->waits = 0;
    w->skipped[0] = w->warned[0] = w->reason[0] = w->log[0] = '\0';
    run(NULL, (void *)(uintptr_t)user);
    while (w->then != NULL) {
        void (*then)(platen_work * work, void *user) = w->then;
        w->then = NULL;
        then(NULL, w->then_user);
    }
}

void fake_work_act(fake_work *w, const char *action, const char *settings, uint32_t flags,
                   void (*run)(platen_work *work, void *user), const void *user)
{
    w->kind = PLATEN_WORK_ACT;
    w->order.action = action;
    w->order.settings = settings;
    w->order.flags = flags;
    go(w, run, user);
}

void fake_work_probe(fake_work *w, void (*run)(platen_work *work, void *user), const void *user)
{
    w->kind = PLATEN_WORK_PROBE;
    w->sureness = 0;
    go(w, run, user);
}
