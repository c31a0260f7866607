/*
 * The agent, put together: configuration, plugins, SNMP engine, desk, link; and taken apart in
 * reverse. Main thread; its loop is also the desk's clock.
 */
#include "core/agent.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/agent/desk.h"
#include "core/agent/reach.h"
#include "core/base/cond.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/follow.h"
#include "core/link/link_agent.h"
#include "core/plug/plug.h"
#include "core/serve/serve.h"
#include "core/snmp/snmp.h"
#include "core/version.h"
#include "core/worker/isolation.h"

#define LOG_SOURCE "agent"

#define TICK_MS 100

typedef struct agent {
    follow *follow;
    atomic_bool again; /* this process is to start anew */
    uint64_t had;      /* plugins that were given folders of profiles; the follower's */
    isolation *isolation;
    plug *plugins;
    snmpeng *engine;
    desk *desk;
    serve *serve;
    link_agent *link;
} agent;

/* ---- desk to link ---- */

static void send_results(uint64_t batch, const char *results, size_t length, void *user)
{
    const agent *a = user;
    link_agent_send(a->link, batch, results, length);
}

static void ask_devices(const int64_t *ids, size_t count, void *user)
{
    const agent *a = user;
    link_agent_ask(a->link, ids, count);
}

static bool is_full(void *user)
{
    const agent *a = user;
    return link_agent_full(a->link);
}

/* ---- link to desk ---- */

static unsigned room(void *user)
{
    const agent *a = user;
    return desk_room(a->desk);
}

static void take_config(cJSON *config, void *user)
{
    const agent *a = user;
    follow_wanted(a->follow, json_get_object(config, "functions"));
    desk_config(a->desk, config);
}

static void take_job(cJSON *job, void *user)
{
    const agent *a = user;
    desk_job(a->desk, job);
}

static void take_cancel(const char *run, void *user)
{
    const agent *a = user;
    desk_cancel(a->desk, run);
}

static void take_devices(cJSON *devices, void *user)
{
    const agent *a = user;
    desk_devices(a->desk, devices);
}

static void take_acknowledged(uint64_t batch, void *user)
{
    const agent *a = user;
    desk_acknowledged(a->desk, batch);
}

static void take_release(const char *function, void *user)
{
    const agent *a = user;
    if (!isolation_release(a->isolation, function)) {
        log_warning("function '%.63s' runs in no process of its own: there is nothing to release",
                    function);
    }
}

static void take_session(void *user)
{
    const agent *a = user;
    desk_session(a->desk);
}

/* ---- what the follower asks ---- */

static bool is_quiet(void *user)
{
    const agent *a = user;
    return desk_jobs(a->desk) == 0;
}

static void start_anew(void *user)
{
    agent *a = user;
    atomic_store(&a->again, true);
}

/* Folders of profiles on their way to the SNMP thread, whose plugins they are for. */
typedef struct profiles {
    plug *plugins;
    isolation *isolation;
    const plug_place *further;
    size_t count;
    uint64_t *had; /* plugins that were given some: bits; at most 64 are loaded */
    platen_code code;
    platen_error err;
    pthread_mutex_t mutex; /* guards `done` */
    pthread_cond_t ended;
    bool done;
} profiles;

static size_t folders_of(const profiles *p, const char *plugin, const char *folders[PLUG_FURTHER])
{
    size_t count = 0;
    for (size_t i = 0; i < p->count && count < PLUG_FURTHER; i++) {
        if (strcmp(p->further[i].name, plugin) == 0) {
            folders[count++] = p->further[i].folder;
        }
    }
    return count;
}

/* Plugins in processes of their own, which begin anew with other folders; the follower's thread. */
static platen_code give_isolated(const profiles *p, platen_error *err)
{
    for (size_t i = 0; i < plug_count(p->plugins); i++) {
        const char *folders[PLUG_FURTHER];
        const char *plugin = plug_get(p->plugins, i)->name;
        size_t count = folders_of(p, plugin, folders);
        if (isolation_has(p->isolation, plugin)) {
            PLATEN_TRY(isolation_further(p->isolation, plugin, folders, count, err));
        }
    }
    return PLATEN_OK;
}

/* The folders of one plugin; one that never had any and gets none is not asked. */
static platen_code give_folders(profiles *p, size_t index)
{
    const char *plugin = plug_get(p->plugins, index)->name;
    const char *folders[PLUG_FURTHER];
    size_t count = folders_of(p, plugin, folders);
    if (isolation_has(p->isolation, plugin)) {
        return PLATEN_OK; /* it has them already */
    }
    if (count == 0 && (*p->had & UINT64_C(1) << index) == 0) {
        return PLATEN_OK;
    }
    *p->had |= UINT64_C(1) << index;
    platen_code rc = plug_further(p->plugins, plugin, folders, count, &p->err);
    return rc == PLATEN_E_UNSUPPORTED && count == 0 ? PLATEN_OK : rc;
}

static void give_profiles(void *user)
{
    profiles *p = user;
    for (size_t i = 0; i < plug_count(p->plugins) && p->code == PLATEN_OK; i++) {
        p->code = give_folders(p, i);
    }
    (void)pthread_mutex_lock(&p->mutex);
    p->done = true;
    (void)pthread_cond_signal(&p->ended);
    (void)pthread_mutex_unlock(&p->mutex);
}

static platen_code take_profiles(const plug_place *further, size_t count, void *user,
                                 platen_error *err)
{
    agent *a = user;
    profiles p = {.plugins = a->plugins,
                  .isolation = a->isolation,
                  .further = further,
                  .count = count,
                  .had = &a->had};
    p.err = (platen_error)PLATEN_ERROR_INIT;
    PLATEN_TRY(give_isolated(&p, err));
    (void)pthread_mutex_init(&p.mutex, NULL);
    cond_init(&p.ended);
    platen_code rc = snmpeng_post(a->engine, give_profiles, &p, err);
    (void)pthread_mutex_lock(&p.mutex);
    while (rc == PLATEN_OK && !p.done) {
        (void)pthread_cond_wait(&p.ended, &p.mutex);
    }
    (void)pthread_mutex_unlock(&p.mutex);
    (void)pthread_cond_destroy(&p.ended);
    (void)pthread_mutex_destroy(&p.mutex);
    if (rc == PLATEN_OK && p.code != PLATEN_OK) {
        return error_set(err, p.code, "%s", p.err.text);
    }
    return rc;
}

/* ---- start ---- */

/* Interfaces of drivers that the loader does not bring itself. */
static const plug_offer offers[] = {
    {"tcp/1", &iface_tcp_table}, {"fetch/0", &iface_fetch_table}, {"serve/0", &iface_serve_table}};

static void tell_changed(void *user);

static platen_code make_isolation(agent *a, conf *c, platen_error *err)
{
    const isolation_options options = {
        .conf = c,
        .version = PLATEN_VERSION,
        .mode = conf_text(c, "agent", "isolation"),
        .trusted = conf_text(c, "agent", "trusted"),
        .threads = (unsigned)conf_integer(c, "agent", "workers"),
        .memory_mib = (unsigned)conf_integer(c, "agent", "worker_memory"),
        .crashes = (unsigned)conf_integer(c, "agent", "crashes"),
        .quarantine_ms = (unsigned)conf_integer(c, "agent", "quarantine_minutes") * 60000u,
        .changed = tell_changed,
        .user = a,
    };
    return isolation_new(&options, &a->isolation, err);
}

static platen_code load_plugins(agent *a, conf *c, platen_error *err)
{
    PLATEN_TRY(make_isolation(a, c, err));
    plug_options options = {
        .role = PLATEN_ROLE_AGENT,
        .version = PLATEN_VERSION,
        .folder = conf_text(c, "plugins", "folder"),
        .enabled = conf_text(c, "plugins", "enabled"),
        .required = conf_text(c, "plugins", "required"),
        .conf = c,
        .drivers = &desk_drivers,
        .snmp = &desk_snmp,
        .offers = offers,
        .offer_count = sizeof(offers) / sizeof(offers[0]),
        .user = a->isolation,
        .elsewhere = isolation_open,
    };
    PLATEN_TRY(follow_add(a->follow, &options, err));
    a->had = options.further_count > 0 ? UINT64_MAX : 0;
    isolation_places(a->isolation, options.further, options.further_count);
    PLATEN_TRY(plug_load_all(&options, &a->plugins, err));
    if (plug_driver_count(a->plugins) == 0) {
        log_warning("no driver is loaded: this agent knows no device");
    }
    return PLATEN_OK;
}

static platen_code start_engine(agent *a, const conf *c, platen_error *err)
{
    snmpeng_options options = {
        .timeout_ms = (unsigned)conf_integer(c, "snmp", "timeout_ms"),
        .tries = (unsigned)conf_integer(c, "snmp", "retries") + 1,
        .in_flight = (unsigned)conf_integer(c, "snmp", "in_flight"),
        .packets_per_second = (unsigned)conf_integer(c, "snmp", "packets_per_second"),
        .max_repetitions = (unsigned)conf_integer(c, "snmp", "max_repetitions"),
    };
    PLATEN_TRY(snmpeng_new(&options, &a->engine, err));
    return snmpeng_start(a->engine, err);
}

static platen_code start_desk(agent *a, const conf *c, platen_error *err)
{
    desk_options options = {
        .engine = a->engine,
        .plugins = a->plugins,
        .sink = {send_results, ask_devices, is_full, a},
        .workers = (unsigned)conf_integer(c, "agent", "workers"),
        .in_flight = (unsigned)conf_integer(c, "snmp", "in_flight"),
    };
    PLATEN_TRY(desk_new(&options, &a->desk, err));
    return desk_start(a->desk, err);
}

/* Why it is not loaded, or why a newer version is not. */
static const char *error_of(const agent *a, const plug_info *info, char *text, size_t size)
{
    char version[64];
    char why[PLATEN_ERROR_TEXT];
    if (info->error[0] != '\0' || !follow_failure(a->follow, info->name, version, why)) {
        return info->error;
    }
    (void)snprintf(text, size, "version %s is not taken over: %s", version, why);
    return text;
}

/* Those of the manager alone are not for agents and are left out (SYS-141). */
static void write_functions(const agent *a, json_writer *w)
{
    json_array(w, "functions");
    for (size_t i = 0; i < plug_count(a->plugins); i++) {
        const plug_info *info = plug_get(a->plugins, i);
        char text[2 * PLATEN_ERROR_TEXT];
        if (!info->loaded && info->error[0] == '\0') {
            continue;
        }
        json_object(w, NULL);
        json_text(w, "name", info->name);
        json_text(w, "version", info->version);
        json_text(w, "error", error_of(a, info, text, sizeof(text)));
        if (info->error[0] == '\0') {
            isolation_write(a->isolation, info->name, w);
        } else {
            json_text(w, "state", "failed");
        }
        json_object_end(w);
    }
    follow_write(a->follow, a->plugins, w);
    json_array_end(w);
}

/* The members of hello that say what this agent can do. */
static void write_about(const agent *a, strbuf *about)
{
    strbuf whole;
    json_writer w;
    strbuf_init(&whole);
    json_init(&w, &whole);
    json_object(&w, NULL);
    json_text(&w, "version", PLATEN_VERSION);
    json_i64(&w, "abi", PLATEN_ABI);
    desk_write_drivers(a->plugins, &w, "drivers");
    write_functions(a, &w);
    plug_write_actions(a->plugins, &w, "kinds");
    json_object_end(&w);
    if (whole.length > 2) {
        strbuf_append_n(about, whole.data + 1, whole.length - 2); /* without the braces */
    }
    about->failed = about->failed || whole.failed;
    strbuf_fini(&whole);
}

/* A version that is new here and in quarantine gives way to the one before. */
static void tell_quarantined(const agent *a)
{
    for (size_t i = 0; i < plug_count(a->plugins); i++) {
        char why[PLATEN_ERROR_TEXT];
        const char *name = plug_get(a->plugins, i)->name;
        if (isolation_is_quarantined(a->isolation, name, why, sizeof(why))) {
            follow_quarantined(a->follow, name, why);
        }
    }
}

/* A worker died, came back or is in quarantine: the manager is told. */
static void tell_changed(void *user)
{
    const agent *a = user;
    tell_quarantined(a);
    strbuf about;
    strbuf_init(&about);
    write_about(a, &about);
    if (!about.failed) {
        link_agent_about(a->link, about.data);
    }
    strbuf_fini(&about);
}

static platen_code open_link(agent *a, const conf *c, platen_error *err)
{
    strbuf about;
    const char *folder = conf_text(c, "general", "data");
    strbuf_init(&about);
    write_about(a, &about);
    link_agent_options options = {
        .url = conf_text(c, "link", "manager_url"),
        .folder = folder,
        .activation_key = conf_text(c, "link", "activation_key"),
        .about = about.data,
        .version = PLATEN_VERSION,
        .callbacks = {room, take_config, take_job, take_cancel, take_devices, take_acknowledged,
                      take_release, take_session, a},
    };
    platen_code rc = about.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for hello")
                                  : file_make_dir(folder, 0700, err);
    if (rc == PLATEN_OK) {
        rc = link_agent_new(&options, &a->link, err);
    }
    strbuf_fini(&about);
    return rc;
}

static platen_code make_follow(agent *a, const conf *c, platen_error *err)
{
    const follow_calls calls = {is_quiet, tell_changed, start_anew, take_profiles, a};
    return follow_new(conf_text(c, "general", "data"), PLATEN_VERSION, &calls, &a->follow, err);
}

/* Port 0 of the configuration is none. */
static int download_port(const conf *c, const char *key)
{
    int port = (int)conf_integer(c, "download", key);
    return port > 0 ? port : -1;
}

/* An agent without it does everything else. */
static void open_serve(agent *a, const conf *c)
{
    platen_error err = PLATEN_ERROR_INIT;
    const serve_options options = {
        .data = conf_text(c, "general", "data"),
        .https_port = download_port(c, "https_port"),
        .http_port = download_port(c, "http_port"),
        .address = conf_text(c, "download", "address"),
        .name = conf_text(c, "download", "name"),
    };
    if (serve_open(&options, &a->serve, &err) != PLATEN_OK) {
        log_error("there is no download port: %s", err.text);
    }
}

static platen_code start(agent *a, conf *c, platen_error *err)
{
    PLATEN_TRY(make_follow(a, c, err));
    PLATEN_TRY(load_plugins(a, c, err)); /* before any other thread: libltdl has no locks */
    PLATEN_TRY(conf_check(c, err));
    if (follow_check(a->follow, a->plugins)) {
        atomic_store(&a->again, true); /* with what was there before */
        return PLATEN_OK;
    }
    PLATEN_TRY(open_link(a, c, err));
    open_serve(a, c);
    PLATEN_TRY(start_engine(a, c, err));
    PLATEN_TRY(start_desk(a, c, err));
    PLATEN_TRY(isolation_start(a->isolation, a->engine, err));
    PLATEN_TRY(follow_start(a->follow, a->link, err));
    return link_agent_start(a->link, err);
}

/* ---- end ---- */

/* The desk stops before the link, so that the link still gets every result that is there; what the
 * manager does not acknowledge in time is spooled. */
static void end(agent *a)
{
    if (a->link != NULL) {
        link_agent_quiet(a->link); /* a package that is on its way ends */
    }
    follow_stop(a->follow);
    if (a->desk != NULL) {
        desk_halt(a->desk);
    }
    if (a->engine != NULL) {
        snmpeng_stop(a->engine);
    }
    isolation_stop(a->isolation); /* ends their works, which the desk takes back */
    if (a->desk != NULL) {
        desk_stop(a->desk);
    }
    serve_close(a->serve); /* no driver is at work any more */
    if (a->link != NULL) {
        link_agent_stop(a->link);
    }
    desk_free(a->desk);
    link_agent_free(a->link);
    plug_unload_all(a->plugins); /* drivers' plans are the engine's: it goes last */
    isolation_free(a->isolation);
    follow_free(a->follow);
    snmpeng_free(a->engine);
}

/* Thousands of reports come and go with each round; what they leave behind in the allocator is
 * given back when the last job has ended. */
static bool give_back_memory(const agent *a, bool was_busy)
{
    bool busy = desk_jobs(a->desk) > 0;
    if (was_busy && !busy) {
        (void)malloc_trim(0);
    }
    return busy;
}

static void run(const agent *a, int stop_fd)
{
    struct pollfd stop = {.fd = stop_fd, .events = POLLIN};
    bool busy = false;
    (void)mallopt(M_ARENA_MAX, 2); /* threads that share it wait little, unused ones cost much */
    while (!atomic_load(&a->again)) {
        int rc = poll(&stop, 1, TICK_MS);
        if (rc > 0 || (rc < 0 && errno != EINTR)) {
            return;
        }
        desk_tick(a->desk);
        serve_tick(a->serve);
        busy = give_back_memory(a, busy);
    }
}

/* A thousand connects at once need more descriptors than a login's limit of 1,024. */
static void raise_limits(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int agent_run(conf *c, int stop_fd)
{
    agent a = {0};
    platen_error err = PLATEN_ERROR_INIT;
    log_set_role("agent");
    raise_limits();
    platen_code rc = start(&a, c, &err);
    if (rc == PLATEN_OK) {
        log_notice("the agent has started manager=%s", conf_text(c, "link", "manager_url"));
        run(&a, stop_fd);
        log_notice("the agent stops");
    } else {
        log_error("the agent cannot start: %s", err.text);
    }
    bool again = rc == PLATEN_OK && atomic_load(&a.again);
    end(&a);
    return again ? AGENT_AGAIN : rc == PLATEN_OK ? 0 : 1;
}
