/* The manager's parts in start order, and in reverse at the end. Main thread. */
#include "core/manager.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/certificate.h"
#include "core/child.h"
#include "core/first_start.h"
#include "core/database/database.h"
#include "core/database/key.h"
#include "core/directory/directory.h"
#include "core/feature/feature.h"
#include "core/flow/flows.h"
#include "core/flow/script.h"
#include "core/functions.h"
#include "core/http/certs.h"
#include "core/http/http.h"
#include "core/link/link_manager.h"
#include "core/model/audit.h"
#include "core/model/user.h"
#include "core/notify/notify.h"
#include "core/plug/plug.h"
#include "core/rest/courier.h"
#include "core/rest/crier.h"
#include "core/rest/events.h"
#include "core/rest/group_list.h"
#include "core/rest/herald.h"
#include "core/rest/metrics.h"
#include "core/rest/reporter.h"
#include "core/rest/rest.h"
#include "core/rest/rest_agents.h"
#include "core/rest/rest_audit.h"
#include "core/rest/rest_boards.h"
#include "core/rest/rest_credentials.h"
#include "core/rest/rest_dashboard.h"
#include "core/rest/rest_devices.h"
#include "core/rest/rest_functions.h"
#include "core/rest/rest_groups.h"
#include "core/rest/rest_history.h"
#include "core/rest/rest_directory.h"
#include "core/rest/rest_link.h"
#include "core/rest/rest_mail.h"
#include "core/rest/rest_outbox.h"
#include "core/rest/rest_preferences.h"
#include "core/rest/rest_regions.h"
#include "core/rest/rest_recovery.h"
#include "core/rest/rest_reports.h"
#include "core/rest/rest_runs.h"
#include "core/rest/rest_scripts.h"
#include "core/rest/rest_schedule.h"
#include "core/rest/rest_tasks.h"
#include "core/rest/rest_webhooks.h"
#include "core/rest/schema.h"
#include "core/rest/services.h"
#include "core/rest/setup.h"
#include "core/run/kind.h"
#include "core/run/run.h"
#include "core/secret/secret.h"
#include "core/store/store.h"
#include "core/trial.h"
#include "core/version.h"

#define LOG_SOURCE "manager"
#include "core/base/log.h"

typedef struct manager {
    conf *conf;
    const char *data;
    feature *feature;
    plug *plugins;
    secret_key *key;
    store *store;
    audit *audit;
    certificate certificate;
    events *events;
    notify *notify;
    herald *herald;
    crier *crier;
    courier *courier;
    reporter reporter;
    here *here;
    link_manager *link;
    directory *directory;
    runs *runs;
    flows *flows;
    services services;
    rest *rest;
    http_server *http;
    child agent;
    bool has_agent;
    functions functions;
    bool trial; /* a new version is tried: nothing starts that works by itself */
    manager_reread reread;
    void *reread_user;
} manager;

/* ---- what the parts want of each other ---- */

static void on_device(const device_change *change, void *user)
{
    manager *m = user;
    herald_device(m->herald, change);
    crier_device(m->crier, change);
}

static void on_run(int64_t run, void *user)
{
    manager *m = user;
    herald_run(m->herald, run);
    crier_run(m->crier, run);
    courier_run(m->courier);
}

static void on_work(int64_t agent, void *user)
{
    manager *m = user;
    link_wake(m->link, agent);
    if (agent == 0) {
        here_wake(m->here);
    }
}

static void on_flow(int64_t run, void *user)
{
    const manager *m = user;
    flows_ready(m->flows, run);
}

static void tell_fault(const char *pointer, const char *code, const char *text, void *user)
{
    platen_error *err = user;
    (void)code;
    if (err->code == PLATEN_OK) {
        (void)error_set(err, PLATEN_E_INVAL, "%s %s", pointer, text);
    }
}

/* Of a script's subtask: what a task's settings are held to. */
static platen_code settings_fit(const char *text, const char *settings, void *user,
                                platen_error *err)
{
    schema *rules = NULL;
    cJSON *tree = NULL;
    platen_error fault = PLATEN_ERROR_INIT;
    (void)user;
    PLATEN_TRY(schema_new(text, &rules, err));
    platen_code rc = json_parse(settings, strlen(settings), &tree, err);
    if (rc == PLATEN_OK && !schema_check(rules, tree, tell_fault, &fault)) {
        rc = error_set(err, PLATEN_E_INVAL, "%s", fault.text);
    }
    cJSON_Delete(tree);
    schema_free(rules);
    return rc;
}

static char *operate(const flow_operation *call, void *user)
{
    const manager *m = user;
    return feature_operate(m->feature, call);
}

static int64_t builtin_minutes(const char *kind, void *user)
{
    const manager *m = user;
    const char *key = strcmp(kind, "device.monitor") == 0       ? "status_minutes"
                      : strcmp(kind, "device.counters") == 0    ? "counters_minutes"
                      : strcmp(kind, "device.information") == 0 ? "information_minutes"
                                                                : NULL;
    return key == NULL ? 0 : conf_integer(m->conf, "monitor", key);
}

static platen_code sign(const char *csr, const char *agent, strbuf *pem, char fingerprint[65],
                        void *user, platen_error *err)
{
    const manager *m = user;
    PLATEN_TRY(certs_sign_agent(m->data, csr, agent, pem, err));
    return certs_pem_fingerprint(pem->data, fingerprint, err);
}

static platen_code give_ca(strbuf *pem, char fingerprint[65], void *user, platen_error *err)
{
    const manager *m = user;
    char *text = NULL;
    size_t length = 0;
    PLATEN_TRY(file_read(m->certificate.files.ca, 65536, &text, &length, err));
    strbuf_append_n(pem, text, length);
    free(text);
    return certs_ca_fingerprint(m->data, fingerprint, err);
}

static bool store_health(char *text, size_t size, void *user)
{
    manager *m = user;
    store_conn *conn = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (store_read(m->store, &conn, &err) != PLATEN_OK) {
        (void)snprintf(text, size, "%s", err.text);
        return false;
    }
    store_read_end(conn);
    return true;
}

static bool audit_health(char *text, size_t size, void *user)
{
    platen_error err = PLATEN_ERROR_INIT;
    bool well = audit_ready(user, &err) == PLATEN_OK;
    (void)snprintf(text, size, "%s", well ? "" : err.text);
    return well;
}

static const char *site_address(void *user)
{
    return conf_text(user, "http", "site_address");
}

/* ---- starting ---- */

static platen_code load_plugins(manager *m, platen_error *err)
{
    const feature_options features = {.data = m->data, .trial = m->trial};
    plug_options options = {.role = PLATEN_ROLE_MANAGER,
                            .version = PLATEN_VERSION,
                            .folder = conf_text(m->conf, "plugins", "folder"),
                            .enabled = conf_text(m->conf, "plugins", "enabled"),
                            .required = conf_text(m->conf, "plugins", "required"),
                            .conf = m->conf};
    PLATEN_TRY(feature_new(&features, &m->feature, err));
    feature_offer(m->feature, &options);
    PLATEN_TRY(functions_add_places(&m->functions, m->data, &options, err));
    return plug_load_all(&options, &m->plugins, err);
}

static platen_code add_routes(manager *m, platen_error *err)
{
    PLATEN_TRY(rest_devices_add(m->rest, err));
    PLATEN_TRY(rest_history_add(m->rest, err));
    PLATEN_TRY(rest_regions_add(m->rest, err));
    PLATEN_TRY(rest_groups_add(m->rest, err));
    PLATEN_TRY(rest_agents_add(m->rest, err));
    PLATEN_TRY(rest_credentials_add(m->rest, err));
    PLATEN_TRY(rest_schedules_add(m->rest, err));
    PLATEN_TRY(rest_tasks_add(m->rest, err));
    PLATEN_TRY(rest_runs_add(m->rest, err));
    PLATEN_TRY(rest_scripts_add(m->rest, err));
    PLATEN_TRY(rest_reports_add(m->rest, err));
    PLATEN_TRY(rest_recovery_add(m->rest, err));
    PLATEN_TRY(rest_preferences_add(m->rest, err));
    PLATEN_TRY(rest_directory_add(m->rest, err));
    PLATEN_TRY(rest_dashboard_add(m->rest, err));
    PLATEN_TRY(rest_boards_add(m->rest, err));
    PLATEN_TRY(rest_link_add(m->rest, err));
    PLATEN_TRY(rest_functions_add(m->rest, err));
    PLATEN_TRY(rest_mail_add(m->rest, err));
    PLATEN_TRY(rest_webhooks_add(m->rest, err));
    PLATEN_TRY(rest_outbox_add(m->rest, err));
    PLATEN_TRY(rest_add_metrics(m->rest, notify_metrics, m->notify, err));
    PLATEN_TRY(feature_serve(m->feature, m->rest, &m->services, err));
    if (m->trial) { /* what does not run is not unwell */
        return PLATEN_OK;
    }
    PLATEN_TRY(rest_add_health(m->rest, "notify", notify_health, m->notify, err));
    PLATEN_TRY(rest_audit_add(m->rest, err));
    PLATEN_TRY(rest_add_health(m->rest, "certificate", certificate_health, &m->certificate, err));
    PLATEN_TRY(rest_add_health(m->rest, "audit", audit_health, m->audit, err));
    return rest_add_health(m->rest, "store", store_health, m, err);
}

/* The user's folder is looked at on SIGHUP too. What is wrong with it is no reason not to start. */
static void take_in_scripts(manager *m)
{
    char own[FILE_PATH];
    platen_error err = PLATEN_ERROR_INIT;
    const char *folder = conf_text(m->conf, "scripts", "folder");
    platen_code rc = script_take_in(m->store, conf_text(m->conf, "scripts", "stock"), "stock",
                                    false, rest_scripts_schema, &err);
    if (rc == PLATEN_OK && folder[0] == '\0') {
        rc = file_join(own, m->data, "scripts", &err);
        folder = own;
    }
    if (rc == PLATEN_OK) {
        rc = script_take_in(m->store, folder, "folder", true, rest_scripts_schema, &err);
    }
    if (rc != PLATEN_OK) {
        log_error("scripts: %s", err.text);
    }
}

static platen_code open_notify(manager *m, platen_error *err)
{
    char host[256] = "localhost";
    char address[320];
    const char *site = conf_text(m->conf, "http", "site_address");
    (void)gethostname(host, sizeof(host) - 1);
    (void)snprintf(address, sizeof(address), "https://%s:%" PRId64, site[0] != '\0' ? site : host,
                   conf_integer(m->conf, "http", "https_port"));
    const notify_options options = {.store = m->store,
                                    .key = m->key,
                                    .version = PLATEN_VERSION,
                                    .ca_file = conf_text(m->conf, "notify", "ca_file"),
                                    .address = address};
    return notify_new(&options, &m->notify, err);
}

static platen_code make_engine(manager *m, platen_error *err)
{
    const link_authority authority = {.sign = sign, .ca = give_ca, .user = m};
    const runs_hooks hooks = {.device_changed = on_device,
                              .run_changed = on_run,
                              .work_waiting = on_work,
                              .group_devices = group_devices,
                              .flow_ready = on_flow,
                              .builtin_minutes = builtin_minutes,
                              .user = m};
    const flows_hooks scripts = {.group_devices = group_devices,
                                 .settings_fit = settings_fit,
                                 .operate = operate,
                                 .user = m};
    m->events = events_new(4096);
    if (m->events == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for events");
    }
    PLATEN_TRY(open_notify(m, err));
    PLATEN_TRY(herald_new(m->store, m->events, &m->herald, err));
    PLATEN_TRY(crier_new(m->store, m->notify, &m->crier, err));
    PLATEN_TRY(courier_new(m->store, m->notify, &m->courier, err));
    PLATEN_TRY(link_manager_new(m->store, m->key, &authority, &m->link, err));
    PLATEN_TRY(runs_new(m->store, &hooks, &m->runs, err));
    reporter_init(&m->reporter, m->store, m->notify);
    PLATEN_TRY(here_new(m->store, m->runs, m->reporter.kinds, REPORTER_KINDS, &m->here, err));
    PLATEN_TRY(flows_new(m->store, m->runs, &scripts, &m->flows, err));
    link_manager_set_runs(m->link, m->runs);
    return PLATEN_OK;
}

static platen_code start_engine(manager *m, platen_error *err)
{
    link_manager_set_functions(m->link, m->data,
                               conf_boolean(m->conf, "functions", "allow_unsigned"));
    link_manager_set_wrong_per_day(m->link,
                                   conf_integer(m->conf, "discovery", "wrong_credentials_per_day"));
    PLATEN_TRY(herald_start(m->herald, m->runs, err));
    PLATEN_TRY(crier_start(m->crier, m->runs, m->link, err));
    PLATEN_TRY(link_manager_take_kinds(m->link, rest_scripts_schema, err));
    take_in_scripts(m);
    PLATEN_TRY(script_kinds(m->store, err));
    PLATEN_TRY(flows_start(m->flows, err));
    PLATEN_TRY(courier_start(m->courier, err));
    PLATEN_TRY(here_start(m->here, err));
    PLATEN_TRY(runs_start(m->runs, err));
    return functions_start(&m->functions, m->conf, m->plugins, m->store, m->runs, m->events, err);
}

static platen_code start_http(manager *m, platen_error *err)
{
    m->directory = directory_new();
    if (m->directory == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for directories");
    }
    m->services = (services){.conf = m->conf,
                             .store = m->store,
                             .key = m->key,
                             .events = m->events,
                             .directory = m->directory,
                             .runs = m->runs,
                             .link = m->link,
                             .crier = m->crier,
                             .notify = m->notify,
                             .installer = m->functions.installer,
                             .data_dir = m->data,
                             .version = PLATEN_VERSION,
                             .maintenance = m->trial};
    rest_options options = {.services = &m->services,
                            .web_dir = conf_text(m->conf, "web", "folder")};
    PLATEN_TRY(rest_new(&options, &m->rest, err));
    PLATEN_TRY(add_routes(m, err));
    int64_t http_port = conf_integer(m->conf, "http", "http_port");
    http_options http = {.address = conf_text(m->conf, "http", "address"),
                         .https_port = (int)conf_integer(m->conf, "http", "https_port"),
                         .http_port = http_port == 0 ? -1 : (int)http_port,
                         .certificate = m->certificate.files.certificate,
                         .key = m->certificate.files.key,
                         .site = m->certificate.files.site,
                         .client_ca = m->certificate.files.ca,
                         .threads = (unsigned)conf_integer(m->conf, "http", "threads"),
                         .streams = (unsigned)conf_integer(m->conf, "http", "streams"),
                         .idle_s = (unsigned)conf_integer(m->conf, "http", "idle_timeout_s"),
                         .per_address =
                             (unsigned)conf_integer(m->conf, "http", "connections_per_address"),
                         .handle = rest_serve,
                         .user = m->rest,
                         .public_name = site_address,
                         .name_user = m->conf};
    PLATEN_TRY(http_server_start(&http, &m->http, err));
    rest_set_server(m->rest, m->http);
    if (m->trial) {
        return PLATEN_OK;
    }
    certificate_begin(&m->certificate, m->http, m->audit);
    return notify_start(m->notify, err);
}

/* The local agent needs an activation key when it has no certificate yet. */
static platen_code prepare_agent(manager *m, platen_error *err)
{
    char folder[FILE_PATH];
    char path[FILE_PATH];
    int64_t agent = 0;
    char *key = NULL;
    PLATEN_TRY(file_join(folder, m->data, "agent", err));
    PLATEN_TRY(file_make_dir(folder, 0700, err));
    platen_code rc = link_agent_id(m->link, "local", &agent, NULL);
    if (rc == PLATEN_E_NOT_FOUND) {
        rc = link_agent_create(m->link, "Local agent", true, &agent, &key, err);
    } else if (rc == PLATEN_OK) {
        rc = file_join(path, folder, "agent.crt", err);
        if (rc == PLATEN_OK && !file_exists(path)) {
            rc = link_agent_deactivate(m->link, agent, &key, err);
        }
    }
    if (rc == PLATEN_OK && key != NULL) {
        rc = file_join(path, folder, "activation-key", err);
        if (rc == PLATEN_OK) {
            rc = file_write(path, key, strlen(key), 0600, err);
        }
    }
    secret_text_free(key);
    return rc;
}

static platen_code start_agent(manager *m, char *const *arguments, platen_error *err)
{
    char folder[FILE_PATH];
    char url[64];
    if (!conf_boolean(m->conf, "agent", "local")) {
        return PLATEN_OK;
    }
    PLATEN_TRY(prepare_agent(m, err));
    (void)snprintf(folder, sizeof(folder), "general.data=%s/agent", m->data);
    (void)snprintf(url, sizeof(url), "link.manager_url=https://127.0.0.1:%d",
                   http_server_port(m->http, true));
    const char *const more[] = {"--set", "general.role=agent", "--set", folder, "--set", url, NULL};
    PLATEN_TRY(child_init(&m->agent, arguments, more, err));
    m->has_agent = true;
    return first_start(m->conf, &m->services, err);
}

static platen_code start(manager *m, char *const *arguments, platen_error *err)
{
    char token[SETUP_TOKEN_TEXT];
    PLATEN_TRY(load_plugins(m, err));
    PLATEN_TRY(conf_check(m->conf, err));
    PLATEN_TRY(database_open(m->conf, &m->store, err));
    PLATEN_TRY(database_key(m->store, m->data, true, &m->key, err));
    PLATEN_TRY(feature_apply(m->feature, m->plugins, m->store, err));
    if (!m->trial) {
        PLATEN_TRY(audit_open(m->store, m->key, m->data, &m->audit, err));
    }
    PLATEN_TRY(certificate_prepare(&m->certificate, m->conf, m->data, err));
    PLATEN_TRY(make_engine(m, err));
    if (m->trial) {
        return start_http(m, err);
    }
    PLATEN_TRY(start_engine(m, err));
    PLATEN_TRY(start_http(m, err));
    PLATEN_TRY(start_agent(m, arguments, err));
    PLATEN_TRY(setup_token_ensure(m->store, m->data, token, err));
    const char *site = conf_text(m->conf, "http", "site_address");
    printf("Open https://%s:%d/%s%s\n", site[0] != '\0' ? site : "localhost",
           http_server_port(m->http, true), token[0] != '\0' ? "setup?token=" : "", token);
    (void)fflush(stdout);
    return PLATEN_OK;
}

/* ---- running ---- */

static void reload(manager *m)
{
    conf *fresh = NULL;
    strbuf waiting;
    log_level level = LOG_LEVEL_INFO;
    platen_error err = PLATEN_ERROR_INIT;
    strbuf_init(&waiting);
    platen_code rc = m->reread(&fresh, m->reread_user, &err);
    if (rc == PLATEN_OK) {
        rc = conf_reload(m->conf, fresh, &waiting, &err);
    }
    if (rc != PLATEN_OK) {
        log_error("the configuration stays as it was: %s", err.text);
    } else {
        if (log_level_from_word(conf_text(m->conf, "general", "log_level"), &level)) {
            log_set_level(level);
        }
        link_manager_set_wrong_per_day(
            m->link, conf_integer(m->conf, "discovery", "wrong_credentials_per_day"));
        link_wake(m->link, 0);
        log_notice("the configuration is read anew%s%s",
                   waiting.length > 0 ? "; these keys wait for a restart: " : "", waiting.data);
    }
    strbuf_fini(&waiting);
    conf_free(fresh);
}

/* False when it is time to stop. */
static bool take_signal(manager *m, int signals)
{
    struct signalfd_siginfo info;
    if (read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info)) {
        return true;
    }
    if (info.ssi_signo == SIGCHLD) {
        child_reap(&m->agent);
        return true;
    }
    if (info.ssi_signo == SIGHUP) {
        reload(m);
        take_in_scripts(m);
        certificate_look(&m->certificate);
        return true;
    }
    log_notice("stopping on signal %" PRIu32, info.ssi_signo);
    return false;
}

static void run(manager *m, int signals)
{
    struct pollfd wait[] = {{.fd = signals, .events = POLLIN},
                            {.fd = m->certificate.watch, .events = POLLIN}};
    for (;;) {
        int timeout = m->has_agent ? child_tend(&m->agent) : -1;
        int64_t look = m->certificate.next_look - clock_mono();
        if (look <= 0) {
            certificate_look(&m->certificate);
            continue;
        }
        if (timeout < 0 || timeout > look) {
            timeout = look > 3600000 ? 3600000 : (int)look;
        }
        int ready = poll(wait, 2, timeout);
        if (ready > 0 && wait[1].revents != 0) {
            certificate_look(&m->certificate);
        }
        if (ready > 0 && wait[0].revents != 0 && !take_signal(m, signals)) {
            return;
        }
        if (ready < 0 && errno != EINTR) {
            return;
        }
    }
}

static void stop(manager *m)
{
    if (m->has_agent) {
        child_stop(&m->agent);
        child_fini(&m->agent);
    }
    if (m->link != NULL) {
        link_manager_stop(m->link);
    }
    if (m->events != NULL) {
        events_stop(m->events);
    }
    functions_stop(&m->functions);
    directory_stop(m->directory);
    notify_stop(m->notify);
    certificate_end(&m->certificate);
    http_server_stop(m->http);
    runs_stop(m->runs);
    flows_stop(m->flows);
    herald_stop(m->herald);
    crier_stop(m->crier);
    courier_stop(m->courier);
    here_stop(m->here);
    rest_free(m->rest);
    functions_fini(&m->functions);
    directory_free(m->directory);
    flows_free(m->flows);
    here_free(m->here);
    runs_free(m->runs);
    link_manager_free(m->link);
    herald_free(m->herald);
    crier_free(m->crier);
    courier_free(m->courier);
    notify_free(m->notify);
    events_free(m->events);
    audit_close(m->audit);
    secret_key_free(m->key);
    store_close(m->store);
    plug_unload_all(m->plugins);
    feature_free(m->feature);
    kind_forget_all();
}

int manager_run(conf *c, int signals, char *const *arguments, manager_reread reread, void *user)
{
    manager m = {
        .conf = c, .data = conf_text(c, "general", "data"), .reread = reread, .reread_user = user};
    platen_error err = PLATEN_ERROR_INIT;
    log_set_role("manager");
    platen_code rc = start(&m, arguments, &err);
    if (rc == PLATEN_OK) {
        run(&m, signals);
    } else {
        log_error("cannot start: %s", err.text);
        (void)fprintf(stderr, "platend: %s\n", err.text);
    }
    /* A wrong configuration ends as with --check-config: starting it again will not help. */
    int status = rc == PLATEN_OK ? 0 : conf_check(c, NULL) != PLATEN_OK ? 2 : 1;
    bool again = rc == PLATEN_OK && atomic_load(&m.functions.again);
    stop(&m);
    return again ? MANAGER_AGAIN : status;
}

/* It answers until it is told to stop, or until nobody is there any more who would tell it. */
static void stay(int signals)
{
    struct signalfd_siginfo info;
    struct pollfd wait = {.fd = signals, .events = POLLIN};
    do {
        (void)poll(&wait, 1, -1);
    } while (read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info) ||
             (info.ssi_signo != SIGTERM && info.ssi_signo != SIGINT));
}

int manager_try(conf *c, int signals, char *const *arguments, int verdict)
{
    manager m = {.conf = c, .data = conf_text(c, "general", "data"), .trial = true};
    platen_error err = PLATEN_ERROR_INIT;
    const char *code = "trial-start";
    log_set_role("trial");
    platen_code rc = start(&m, arguments, &err);
    if (rc == PLATEN_OK) {
        code = "trial-plugin";
        rc = functions_check(m.data, m.plugins, m.store, &err);
    }
    trial_tell(verdict, rc == PLATEN_OK, conf_text(c, "http", "address"),
               m.http != NULL ? http_server_port(m.http, true) : 0, code, err.text);
    if (rc == PLATEN_OK) {
        stay(signals);
    } else {
        log_error("the new version is not well: %s", err.text);
    }
    stop(&m);
    return rc == PLATEN_OK ? 0 : 1;
}
