/* See fake.h. One work at a time, one thread. */
#include "fake.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct platen_work {
    fake *of;
};

struct platen_tcp_session {
    fake *of;
};

/* ---- the device ---- */

static void out(fake *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void out(fake *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(f->out + f->out_length, FAKE_OUT - f->out_length, format, args);
    va_end(args);
    f->out_length += (size_t)length;
    if (f->out_length >= FAKE_OUT) {
        abort();
    }
}

static void end(fake *f)
{
    out(f, f->no_form_feed ? "" : "\f");
}

void fake_add(fake *f, const char *name, const char *value, const char *shape)
{
    fake_variable *v = &f->list[f->count++];
    (void)snprintf(v->name, sizeof(v->name), "%s", name);
    (void)snprintf(v->value, sizeof(v->value), "%s", value);
    v->shape = shape;
}

fake_variable *fake_find(fake *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->list[i].name, name) == 0) {
            return &f->list[i];
        }
    }
    return NULL;
}

fake *fake_new(void)
{
    fake *f = calloc(1, sizeof(*f));
    f->out = malloc(FAKE_OUT);
    f->id = "\"Acme Laser 9\"";
    f->close_after = -1;
    f->target = (platen_target)PLATEN_TARGET_INIT;
    f->target.port = 9100;
    f->target.address = "192.0.2.1";
    f->act = (platen_act)PLATEN_ACT_INIT;
    fake_add(f, "COPIES", "1", " [2 RANGE]\r\n\t1\r\n\t999");
    fake_add(f, "PAPER", "LETTER", " [3 ENUMERATED]\r\n\tLETTER\r\n\tA4\r\n\tLEGAL");
    fake_add(f, "DUPLEX", "OFF", " [2 ENUMERATED]\r\n\tOFF\r\n\tON");
    fake_add(f, "ECONOMODE", "OFF", " [2 ENUMERATED READONLY]\r\n\tOFF\r\n\tON");
    fake_add(f, "CPLOCK", "OFF", " [2 ENUMERATED]\r\n\tOFF\r\n\tON");
    fake_add(f, "LPARM:PCL PITCH", "10.00", " [2 RANGE]\r\n\t0.44\r\n\t99.99");
    return f;
}

void fake_free(fake *f)
{
    cJSON_Delete(f->data);
    free(f->out);
    free(f);
}

static void list_variables(fake *f)
{
    out(f, "@PJL INFO VARIABLES\r\n");
    for (size_t i = 0; f->raw_variables == NULL && i < f->count; i++) {
        out(f, "%s=%s%s\r\n", f->list[i].name, f->list[i].value, f->list[i].shape);
        if (f->ustatus && i == 1) {
            out(f,
                "@PJL USTATUS DEVICE\r\nCODE=10001\r\nDISPLAY=\"00 READY\"\r\nONLINE=TRUE\r\n\f");
        }
    }
    out(f, "%s", f->raw_variables != NULL ? f->raw_variables : "");
    end(f);
}

static void inform(fake *f, const char *what)
{
    const struct {
        const char *what, *answer;
    } answers[] = {{"ID", f->id},
                   {"STATUS", f->status},
                   {"PAGECOUNT", f->pages},
                   {"CONFIG", f->config},
                   {"PRODINFO", f->prodinfo}};
    if (strcmp(what, "VARIABLES") == 0) {
        list_variables(f);
        return;
    }
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (strcmp(what, answers[i].what) == 0) {
            out(f, "@PJL INFO %s\r\n%s\r\n", what,
                answers[i].answer != NULL ? answers[i].answer : "\"?\"");
            end(f);
        }
    }
}

static void inquire(fake *f, const char *command, const char *name)
{
    const fake_variable *v = fake_find(f, name);
    const char *value = v != NULL ? v->value : "\"?\"";
    if (strcmp(name, "PASSWORD") == 0 && f->tells_password) {
        value = f->password != 0 ? "ENABLED" : "DISABLED";
    }
    out(f, "@PJL %s %s\r\n%s\r\n", command, name, f->no_dinquire ? "\"?\"" : value);
    end(f);
}

static void set_default(fake *f, char *command)
{
    char *equals = strchr(command, '=');
    f->defaults++;
    if (equals != NULL && (f->password == 0 || f->authorised)) {
        *equals = '\0';
        fake_variable *v = fake_find(f, command);
        const fake_variable *paper = fake_find(f, "PAPER");
        bool barred = f->needs_paper && strcmp(command, "DUPLEX") == 0 && paper != NULL &&
                      strcmp(paper->value, "A4") != 0;
        if (v != NULL && !v->stubborn && !barred) {
            (void)snprintf(v->value, sizeof(v->value), "%s",
                           v->turns != NULL ? v->turns : equals + 1);
        }
    }
    if (f->close_after >= 0 && (int)f->defaults >= f->close_after) {
        f->close_after = -1;
        f->closed = true;
    }
}

static void do_command(fake *f, char *command)
{
    unsigned number = 0;
    if (strncmp(command, "ECHO ", 5) == 0) {
        out(f, f->lower_case ? "@pjl  Echo\t%s\n" : "@PJL ECHO %s\r\n", command + 5);
        end(f);
    } else if (strncmp(command, "INFO ", 5) == 0) {
        inform(f, command + 5);
    } else if (strncmp(command, "DINQUIRE ", 9) == 0) {
        inquire(f, "DINQUIRE", command + 9);
    } else if (strncmp(command, "INQUIRE ", 8) == 0) {
        inquire(f, "INQUIRE", command + 8);
    } else if (strncmp(command, "DEFAULT ", 8) == 0) {
        set_default(f, command + 8);
    } else if (sscanf(command, "JOB PASSWORD=%u", &number) == 1) {
        f->authorised = number == f->password;
    } else if (strcmp(command, "EOJ") == 0) {
        f->authorised = false;
    }
}

static void take_job(fake *f, const char *octets, size_t length)
{
    char *copy = strndup(octets, length);
    char *rest = copy;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        char *command = strstr(line, "@PJL ");
        line[strcspn(line, "\r")] = '\0';
        if (command != NULL && !f->closed) {
            do_command(f, command + 5);
        }
    }
    free(copy);
}

/* ---- tcp/1 ---- */

static platen_code fail(platen_error *err, platen_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static platen_code fail(platen_error *err, platen_code code, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        err->code = (uint32_t)code;
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
    }
    return code;
}

static platen_code tcp_open(platen_work *work, const platen_tcp_options *options,
                            platen_tcp_session **session, platen_error *err)
{
    fake *f = work->of;
    if (f->open || options->port != 9100 || options->timeout_ms == 0) {
        abort();
    }
    bool away = f->defaults > 0 && f->down > 0;
    f->down -= away ? 1 : 0;
    if (f->refuses || away) {
        return fail(err, PLATEN_E_UNREACHABLE, "connect: connection refused");
    }
    f->opened++;
    f->open = true;
    f->closed = false;
    f->out_length = f->out_at = 0;
    *session = calloc(1, sizeof(**session));
    (*session)->of = f;
    return PLATEN_OK;
}

static platen_code tcp_send(platen_tcp_session *session, const void *data, size_t length,
                            uint32_t timeout_ms, platen_error *err)
{
    fake *f = session->of;
    (void)timeout_ms;
    if (f->closed || f->resets) {
        return fail(err, PLATEN_E_UNREACHABLE, "send: connection reset by peer");
    }
    if (f->seen_length + length < sizeof(f->seen)) {
        memcpy(f->seen + f->seen_length, data, length);
        f->seen_length += length;
    }
    if (f->garbage) {
        for (size_t i = 0; i < 3000; i++) {
            f->out[f->out_length++] = (char)(i * 7919 % 251);
        }
    } else if (f->echoes) {
        memcpy(f->out + f->out_length, data, length);
        f->out_length += length;
    } else if (!f->silent && !(f->mute_after && f->defaults > 0)) {
        take_job(f, data, length);
    }
    return PLATEN_OK;
}

static platen_code tcp_receive(platen_tcp_session *session, void *buffer, size_t room,
                               uint32_t timeout_ms, size_t *length, platen_error *err)
{
    fake *f = session->of;
    size_t left = f->out_length - f->out_at;
    if (left == 0 && !f->closed) {
        f->mute_after = false;
        return fail(err, PLATEN_E_TIMEOUT, "receive: nothing in %u ms", timeout_ms);
    }
    left = f->chunk != 0 && left > f->chunk ? f->chunk : left;
    left = left > room ? room : left;
    memcpy(buffer, f->out + f->out_at, left);
    f->out_at += left;
    *length = left;
    return PLATEN_OK;
}

static void tcp_close(platen_tcp_session *session)
{
    if (session != NULL) {
        session->of->open = false;
        free(session);
    }
}

static const platen_tcp tcp = {.size = sizeof(platen_tcp),
                               .open = tcp_open,
                               .send = tcp_send,
                               .receive = tcp_receive,
                               .close = tcp_close};

/* ---- driver/1 ---- */

static void note(char *to, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void note(char *to, size_t size, const char *format, ...)
{
    size_t length = strlen(to);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(to + length, size - length, format, args);
    va_end(args);
}

static uint32_t get_kind(const platen_work *work)
{
    return work->of->kind;
}

static void get_target(const platen_work *work, platen_target *target)
{
    *target = work->of->target;
}

static const char *get_memo(const platen_work *work)
{
    return work->of->memo;
}

static void set_memo(platen_work *work, const char *memo)
{
    (void)snprintf(work->of->memo, sizeof(work->of->memo), "%s", memo);
}

static void sure(platen_work *work, uint32_t sureness, const char *why)
{
    work->of->sureness = sureness;
    (void)snprintf(work->of->why, sizeof(work->of->why), "%s", why);
}

static void text(platen_work *work, uint32_t field, const char *value, size_t length)
{
    (void)length;
    note(work->of->facts, sizeof(work->of->facts), "%u=%s\n", field, value);
}

static void integer(platen_work *work, uint32_t field, int64_t value)
{
    note(work->of->facts, sizeof(work->of->facts), "%u=%lld\n", field, (long long)value);
}

static void firmware(platen_work *work, const char *component, const char *version)
{
    note(work->of->facts, sizeof(work->of->facts), "firmware %s=%s\n", component, version);
}

static void counter(platen_work *work, const platen_counter *c)
{
    note(work->of->facts, sizeof(work->of->facts), "counter %s=%lld %s\n", c->key,
         (long long)c->value, c->unit);
}

static void part(platen_work *work, const platen_part *p)
{
    note(work->of->facts, sizeof(work->of->facts), "part %u=%s\n", p->part, p->description);
}

static void alert(platen_work *work, const platen_alert *a)
{
    note(work->of->facts, sizeof(work->of->facts), "alert %u=%s\n", a->severity, a->text);
}

static void finish(platen_work *work, platen_code code, const platen_error *err)
{
    work->of->finished++;
    work->of->code = code;
    (void)snprintf(work->of->text, sizeof(work->of->text), "%s", err != NULL ? err->text : "");
}

static void get_act(const platen_work *work, platen_act *act)
{
    *act = work->of->act;
}

static void change(platen_work *work, const char *path, const char *from, const char *to)
{
    note(work->of->changes, sizeof(work->of->changes), "%s: %s -> %s\n", path, from, to);
}

static void act_log(platen_work *work, uint32_t level, const char *line)
{
    note(work->of->log, sizeof(work->of->log), "%u %s\n", level, line);
}

static void skip(platen_work *work, const char *code, const char *why)
{
    (void)snprintf(work->of->skipped, sizeof(work->of->skipped), "%s", code);
    (void)snprintf(work->of->reason, sizeof(work->of->reason), "%s", why);
}

static void warn(platen_work *work, const char *code, const char *why)
{
    (void)snprintf(work->of->warned, sizeof(work->of->warned), "%s", code);
    (void)snprintf(work->of->reason, sizeof(work->of->reason), "%s", why);
}

static platen_code data(platen_work *work, const char *json, size_t length, platen_error *err)
{
    cJSON_Delete(work->of->data);
    work->of->data = cJSON_ParseWithLength(json, length);
    return work->of->data != NULL ? PLATEN_OK : fail(err, PLATEN_E_MALFORMED, "no JSON");
}

static const platen_drivers drivers = {.size = sizeof(platen_drivers),
                                       .kind = get_kind,
                                       .target = get_target,
                                       .memo = get_memo,
                                       .memo_set = set_memo,
                                       .sure = sure,
                                       .text = text,
                                       .integer = integer,
                                       .firmware = firmware,
                                       .counter = counter,
                                       .part = part,
                                       .alert = alert,
                                       .finish = finish,
                                       .act = get_act,
                                       .change = change,
                                       .act_log = act_log,
                                       .skip = skip,
                                       .warn = warn,
                                       .data = data};

static const platen_host host = {.size = sizeof(platen_host), .abi = PLATEN_ABI, .fail = fail};

const pjl_driver fake_driver = {.host = &host, .drivers = &drivers, .tcp = &tcp};

void fake_run(fake *f, uint32_t kind)
{
    struct platen_work work = {f};
    f->kind = kind;
    f->finished = 0;
    f->code = PLATEN_E_INTERNAL;
    f->text[0] = f->why[0] = f->facts[0] = f->log[0] = f->changes[0] = '\0';
    f->skipped[0] = f->warned[0] = f->reason[0] = '\0';
    f->seen_length = 0;
    memset(f->seen, 0, sizeof(f->seen));
    f->defaults = f->opened = 0;
    cJSON_Delete(f->data);
    f->data = NULL;
    driver_run(&work, (void *)(uintptr_t)&fake_driver);
    if (f->finished != 1 || f->open) {
        abort(); /* finish() once, and no session is left */
    }
}

void fake_act(fake *f, const char *action, const char *settings, uint32_t flags)
{
    f->act.action = action;
    f->act.settings = settings;
    f->act.flags = flags;
    fake_run(f, PLATEN_WORK_ACT);
}

const cJSON *fake_item(const fake *f, const char *path)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(f->data, "items"))
    {
        const char *has = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "path"));
        if (has != NULL && strcmp(has, path) == 0) {
            return item;
        }
    }
    return NULL;
}

const char *fake_word(const fake *f, const char *path, const char *member)
{
    const char *word =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(fake_item(f, path), member));
    return word != NULL ? word : "";
}
