/* The client as a whole against a scripted manager: requests, output, exit status. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "cli_call.h"

#define DEVICE                                                                                     \
    "{\"id\":\"7\",\"name\":\"Hall\",\"address\":\"10.0.0.7\",\"model\":\"Laser "                  \
    "9\",\"page_count\":1234,"                                                                     \
    "\"power\":\"on\",\"severity\":\"error\",\"alerts\":[{\"severity\":\"critical\",\"text\":"     \
    "\"paper jam\"}],\"supplies\":[{\"description\":\"Black "                                      \
    "toner\",\"percent\":12,\"state\":\"percent\"}]}"

static void test_device__list_is_a_table_of_the_first_page(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET",
         .target = "/devices?f=severity:eq:error&sort=-page_count&fields=*",
         .status = 200,
         .body = "{\"items\":[" DEVICE "],\"total\":900,\"page\":1,\"size\":200}"},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o = call(server, "", "device list --filter severity:eq:error --sort -page_count");
    assert_int_equal(o.status, CLI_DONE);
    assert_non_null(strstr(o.out, "Hall"));
    assert_non_null(strstr(o.out, "1234"));
    assert_non_null(strstr(o.err, "1 of 900"));
    assert_true(fake_server_asked(
        server,
        "GET /devices?f=severity:eq:error&sort=-page_count&fields=id,name,address,manufacturer,"
        "model,serial,power,severity,page_count,supply_lowest&page=1&size=200",
        "Authorization: Bearer plt_test\r\n"));
    forget(&o);
    fake_server_stop(server);
}

static void test_device__json_list_is_what_the_api_gave(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET",
         .target = "/devices",
         .status = 200,
         .type = "application/x-ndjson",
         .body = "{\"id\":\"1\", \"b\":1.50}\n{\"id\":\"2\",\"x\":{}}\n"},
        {.method = "GET", .target = "/devices", .status = 200, .type = "application/x-ndjson"},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o = call(server, "", "device list --json");
    assert_int_equal(o.status, CLI_DONE);
    assert_string_equal(o.out, "[\n{\"id\":\"1\", \"b\":1.50},\n{\"id\":\"2\",\"x\":{}}\n]\n");
    assert_true(fake_server_asked(server, "GET /devices", "Accept: application/x-ndjson\r\n"));
    forget(&o);
    o = call(server, "", "--json device list");
    assert_string_equal(o.out, "[]\n");
    forget(&o);
    fake_server_stop(server);
}

static void test_device__csv_list_is_safe_to_open(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET",
         .target = "/devices?fields=id,name",
         .status = 200,
         .type = "application/x-ndjson; charset=utf-8",
         .body = "{\"id\":\"1\",\"name\":\"=cmd()\"}\n{\"id\":\"2\",\"name\":\"a, b\"}"},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o = call(server, "", "device list --csv --fields id,name");
    assert_int_equal(o.status, CLI_DONE);
    assert_string_equal(o.out, "id,name\r\n1,\"\t=cmd()\"\r\n2,\"a, b\"\r\n"); // DEV-71
    forget(&o);
    fake_server_stop(server);
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++) {
        lines += *text == '\n' ? 1 : 0;
    }
    return lines;
}

static long resident_kb(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void test_device__long_lists_need_little_memory(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET", .target = "/devices?fields=*", .status = 200, .rows = 50000},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    long before = resident_kb();
    outcome o = call(server, "", "device list --all --fields id,name,page_count");
    long after = resident_kb();
    assert_int_equal(o.status, CLI_DONE);
    assert_int_equal(count_lines(o.out), 50001);
    assert_non_null(strstr(o.out, "printer 50000"));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    /* The stream is 50 MB; the test itself keeps 1.5 MB of output. */
    assert_true(after - before < 16 * 1024);
#else
    (void)before;
    (void)after;
#endif
    forget(&o);
    fake_server_stop(server);
}

static void test_device__a_broken_stream_is_an_error(void **state)
{
    static const fake_answer script[] = {{.method = "GET",
                                          .target = "/devices",
                                          .status = 200,
                                          .type = "application/x-ndjson",
                                          .body = "{\"id\":\"1\"}\n",
                                          .cut = true},
                                         {.method = "GET",
                                          .target = "/devices",
                                          .status = 200,
                                          .type = "application/x-ndjson",
                                          .body = "{\"id\":\n"},
                                         {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o = call(server, "", "device list --json");
    assert_int_equal(o.status, CLI_FAILED);
    assert_non_null(strstr(o.err, "platen: "));
    forget(&o);
    o = call(server, "", "device list --json");
    assert_int_equal(o.status, CLI_FAILED);
    assert_non_null(strstr(o.err, "(malformed)"));
    forget(&o);
    fake_server_stop(server);
}

static void test_device__show_finds_by_id_address_and_name(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET", .target = "/devices/7", .status = 200, .body = DEVICE, .repeated = true},
        {.method = "GET",
         .target = "/devices?f=address:eq:Hall*",
         .status = 200,
         .body = "{\"items\":[],\"total\":0}"},
        {.method = "GET",
         .target = "/devices?f=name:eq:Hall&fields=id",
         .status = 200,
         .body = "{\"items\":[{\"id\":\"7\"}],\"total\":1}"},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o = call(server, "", "device show 7");
    assert_int_equal(o.status, CLI_DONE);
    assert_non_null(strstr(o.out, "Page count"));
    assert_non_null(strstr(o.out, "paper jam"));
    assert_non_null(strstr(o.out, "Black toner"));
    forget(&o);
    o = call(server, "", "device show Hall --json");
    assert_int_equal(o.status, CLI_DONE);
    assert_string_equal(o.out, DEVICE "\n");
    forget(&o);
    fake_server_stop(server);
}

static void test_device__show_of_none_says_so(void **state)
{
    static const fake_answer script[] = {{.method = "GET",
                                          .target = "/devices?f=*",
                                          .status = 200,
                                          .body = "{\"items\":[],\"total\":0}",
                                          .repeated = true},
                                         {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o = call(server, "", "device show nowhere");
    assert_int_equal(o.status, CLI_FAILED);
    assert_string_equal(o.err, "platen: no device has the id, address or name 'nowhere' "
                               "(not-found)\n");
    forget(&o);
    fake_server_stop(server);
}

static void test_device__name_of_two_is_ambiguous(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET", .target = "/devices?f=address*", .status = 200, .body = "{\"items\":[]}"},
        {.method = "GET",
         .target = "/devices?f=name:eq:Hall*",
         .status = 200,
         .body = "{\"items\":[{\"id\":\"7\"},{\"id\":\"8\"}]}"},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o = call(server, "", "device remove Hall");
    assert_int_equal(o.status, CLI_FAILED);
    assert_non_null(strstr(o.err, "use an id"));
    assert_int_equal(fake_server_count(server), 2); /* and nothing was deleted */
    forget(&o);
    fake_server_stop(server);
}

#define RUN(state, progress)                                                                       \
    "{\"id\":\"3\",\"state\":\"" state "\",\"progress\":" progress                                 \
    ",\"started\":\"2026-01-01T00:00:00.000Z\",\"counts\":{\"total\":1}}"
#define TARGETS                                                                                    \
    "{\"id\":\"1\",\"device\":\"7\",\"address\":\"10.0.0.7\",\"state\":\"success\",\"text\":"      \
    "\"added\"}\n"

static void test_device__add_follows_the_run(void **state)
{
    static const fake_answer script[] = {
        {.method = "POST", .target = "/devices", .status = 202, .body = "{\"run\":\"3\"}"},
        {.method = "GET", .target = "/runs/3", .status = 200, .body = RUN("running", "0")},
        {.method = "GET", .target = "/runs/3", .status = 200, .body = RUN("success", "100")},
        {.method = "GET",
         .target = "/agents/local/verdicts",
         .status = 200,
         .type = "application/x-ndjson",
         .body = "{\"address\":\"10.0.0.7\",\"decision\":\"accepted\",\"text\":\"it is a "
                 "printer\",\"at\":\"2026-01-01T00:00:05.000Z\"}\n"
                 "{\"address\":\"10.0.0.8\",\"decision\":\"rejected\",\"text\":\"an older "
                 "one\",\"at\":\"2025-01-01T00:00:05.000Z\"}\n"},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o = call(server, "", "device add 10.0.0.7");
    assert_int_equal(o.status, CLI_DONE);
    assert_non_null(strstr(o.out, "it is a printer"));
    assert_null(strstr(o.out, "an older one"));
    assert_non_null(strstr(o.err, "100 %"));
    assert_true(fake_server_asked(server, "POST /devices",
                                  "{\"address\":\"10.0.0.7\",\"agent\":\"local\"}"));
    forget(&o);
    fake_server_stop(server);
}

static void test_device__add_of_nothing_fails(void **state)
{
    static const fake_answer script[] = {
        {.method = "POST", .target = "/devices", .status = 202, .body = "{\"run\":\"3\"}"},
        {.method = "GET", .target = "/runs/3", .status = 200, .body = RUN("success", "100")},
        {.method = "GET",
         .target = "/agents/local/verdicts",
         .status = 200,
         .type = "application/x-ndjson"},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o = call(server, "", "device add 10.0.0.7");
    assert_int_equal(o.status, CLI_FAILED);
    assert_non_null(strstr(o.err, "nothing answered at '10.0.0.7'"));
    forget(&o);
    fake_server_stop(server);
}

static void test_device__discover_sums_up_new_verdicts(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET", .target = "/agents/local", .status = 200, .body = "{\"id\":\"local\"}"},
        {.method = "POST",
         .target = "/tasks",
         .status = 201,
         .body = "{\"id\":\"2\",\"run\":\"3\"}"},
        {.method = "GET", .target = "/runs/3", .status = 200, .body = RUN("success", "100")},
        {.method = "GET",
         .target = "/agents/local/verdicts",
         .status = 200,
         .type = "application/x-ndjson",
         .body = "{\"decision\":\"accepted\",\"at\":\"2026-01-01T00:00:05.000Z\"}\n"
                 "{\"decision\":\"accepted\",\"at\":\"2025-01-01T00:00:05.000Z\"}\n"
                 "{\"decision\":\"rejected\",\"at\":\"2026-01-01T00:00:06.000Z\"}\n"},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o =
        call(server, "", "device discover --agent local --range 10.0.0.0/24,10.1.1.1 --wait");
    assert_int_equal(o.status, CLI_DONE);
    assert_string_equal(
        o.out, "1 added, 0 known already, 0 kept out by a condition, 1 rejected, 0 errors\n");
    assert_true(fake_server_asked(server, "POST /tasks",
                                  "\"targets\":{\"agents\":[\"local\"]},\"settings\":{"
                                  "\"addresses\":[\"10.0.0.0/24\",\"10.1.1.1\"]}}"));
    forget(&o);
    fake_server_stop(server);
}

static void test_run__watch_tells_by_its_exit_status(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET", .target = "/runs/3", .status = 200, .body = RUN("warning", "100")},
        {.method = "GET", .target = "/runs/3", .status = 200, .body = RUN("error", "100")},
        {.method = "GET",
         .target = "/runs/3/targets*",
         .status = 200,
         .type = "application/x-ndjson",
         .body = TARGETS},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o = call(server, "", "run watch 3");
    assert_int_equal(o.status, CLI_DONE);
    assert_string_equal(o.out, "run 3: warning\n");
    forget(&o);
    o = call(server, "", "run watch 3");
    assert_int_equal(o.status, CLI_FAILED);
    assert_non_null(strstr(o.out, "run 3: error\n"));
    forget(&o);
    fake_server_stop(server);
}

static void test_problem__shows_detail_code_and_fields(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET",
         .target = "/agents/local",
         .status = 200,
         .headers = "ETag: \"5\"\r\n",
         .body = "{\"id\":\"local\"}",
         .repeated = true},
        {.method = "PATCH",
         .target = "/agents/local",
         .status = 422,
         .type = "application/problem+json",
         .body = "{\"title\":\"Bad input\",\"status\":422,\"code\":\"inval\",\"detail\":\"a range "
                 "is none\\u001b[2J\",\"errors\":[{\"pointer\":\"/ranges/0\",\"code\":\"range\","
                 "\"detail\":\"'x' is no range\"}]}"},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o = call(server, "", "agent set local --range x");
    assert_int_equal(o.status, CLI_FAILED);
    assert_string_equal(o.err, "platen: a range is none\xef\xbf\xbd[2J (inval)\n"
                               "  /ranges/0: 'x' is no range (range)\n");
    assert_true(fake_server_asked(server, "PATCH /agents/local", "If-Match: \"5\"\r\n"));
    assert_true(fake_server_asked(server, "PATCH /agents/local", "\r\n\r\n{\"ranges\":[\"x\"]}"));
    forget(&o);
    fake_server_stop(server);
}

static void test_problem__of_a_server_that_is_none(void **state)
{
    static const fake_answer script[] = {{.method = "GET",
                                          .target = "/system",
                                          .status = 502,
                                          .type = "text/html",
                                          .body = "<html>"},
                                         {.method = "GET",
                                          .target = "/system",
                                          .status = 200,
                                          .type = "text/html",
                                          .body = "<html>"},
                                         {.method = "GET",
                                          .target = "/system",
                                          .status = 302,
                                          .headers = "Location: http://127.0.0.1:1/\r\n",
                                          .body = ""},
                                         {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    for (int i = 0; i < 3; i++) {
        outcome o = call(server, "", "system");
        assert_int_equal(o.status, CLI_FAILED);
        assert_string_equal(o.out, "");
        forget(&o);
    }
    assert_int_equal(fake_server_count(server), 3);
    fake_server_stop(server);
}

static void test_token__first_one_is_made_through_a_session(void **state)
{
    static const fake_answer script[] = {
        {.method = "POST",
         .target = "/login",
         .status = 200,
         .headers = "Set-Cookie: platen_session=abc; HttpOnly; Secure\r\n",
         .body = "{\"user\":{\"id\":\"1\"},\"csrf\":\"xyz\"}"},
        {.method = "POST",
         .target = "/tokens",
         .status = 201,
         .body = "{\"id\":\"4\",\"token\":\"plt_new\"}"},
        {.method = "POST", .target = "/logout", .status = 204},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o = call(server, "s3cret word\n",
                     "token create ci --role user --expires 30d --user admin --password-stdin");
    assert_int_equal(o.status, CLI_DONE);
    assert_string_equal(o.out, "plt_new\n");
    assert_true(fake_server_asked(server, "POST /login",
                                  "{\"user\":\"admin\",\"password\":\"s3cret word\"}"));
    assert_false(fake_server_asked(server, "POST /login", "Authorization"));
    assert_true(fake_server_asked(server, "POST /tokens", "Cookie: platen_session=abc\r\n"));
    assert_true(fake_server_asked(server, "POST /tokens", "X-CSRF-Token: xyz\r\n"));
    assert_true(fake_server_asked(server, "POST /tokens", "\"role\":\"user\",\"expires\":\"20"));
    assert_true(fake_server_asked(server, "POST /logout", "X-CSRF-Token: xyz\r\n"));
    forget(&o);
    fake_server_stop(server);
}

static void test_credential__secrets_come_from_standard_input(void **state)
{
    static const fake_answer script[] = {{.method = "POST",
                                          .target = "/device-credentials",
                                          .status = 201,
                                          .body = "{\"id\":\"1\",\"kind\":\"snmpv3\"}",
                                          .repeated = true},
                                         {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o = call(server, "public\n", "credential add snmpv1 --community-stdin");
    assert_int_equal(o.status, CLI_DONE);
    assert_true(fake_server_asked(server, "POST /device-credentials",
                                  "{\"kind\":\"snmpv1\",\"community\":\"public\"}"));
    forget(&o);
    o = call(server, "authentic\r\nprivate!\n",
             "credential add snmpv3 --user u --auth sha256 --priv aes128 --auth-password-stdin "
             "--priv-password-stdin --agent local"); // DEV-07
    assert_int_equal(o.status, CLI_DONE);
    assert_true(fake_server_asked(
        server, "POST /device-credentials",
        "{\"kind\":\"snmpv3\",\"agents\":[\"local\"],\"user\":\"u\",\"auth\":\"sha256\",\"priv\":"
        "\"aes128\",\"auth_password\":\"authentic\",\"priv_password\":\"private!\"}"));
    forget(&o);
    o = call(server, "\n", "credential add snmpv1 --community-stdin");
    assert_int_equal(o.status, CLI_USAGE);
    forget(&o);
    assert_int_equal(fake_server_count(server), 2);
    fake_server_stop(server);
}

static void test_usage__is_status_2_and_asks_nobody(void **state)
{
    static const char *const lines[] = {
        "bogus",
        "device",
        "device show",
        "device show 1 2",
        "device list --bogus",
        "device list --filter x",
        "device list --filter a::b",
        "device list --json --csv",
        "device list --fields ,",
        "system --url ftp://x",
        "agent set local --snmp-port 70000",
        "agent set local",
        "token create x",
        "token create x --role user --expires soon",
        "credential add other",
        "credential add snmpv3 --auth sha256",
    };
    static const fake_answer script[] = {{.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        outcome o = call(server, "", lines[i]);
        if (o.status != CLI_USAGE) {
            print_error("platen %s: %d\n", lines[i], o.status);
        }
        assert_int_equal(o.status, CLI_USAGE);
        assert_string_equal(o.out, "");
        assert_true(strncmp(o.err, "platen: ", 8) == 0);
        forget(&o);
    }
    assert_int_equal(fake_server_count(server), 0);
    fake_server_stop(server);
}

static void test_help__is_there_for_every_verb(void **state)
{
    static const cli_command *const tables[] = {device_commands,    run_commands,   task_commands,
                                                token_commands,     agent_commands, system_commands,
                                                credential_commands};
    (void)state;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        for (const cli_command *command = tables[i]; command->verb != NULL; command++) {
            char line[128];
            (void)snprintf(line, sizeof(line), "%s%s%s --help", command->verb,
                           command->action != NULL ? " " : "",
                           command->action != NULL ? command->action : "");
            outcome o = call(NULL, "", line);
            assert_int_equal(o.status, CLI_DONE);
            assert_non_null(strstr(o.out, command->help));
            forget(&o);
        }
    }
    outcome o = call(NULL, "", "help");
    assert_int_equal(o.status, CLI_DONE);
    assert_non_null(strstr(o.out, "device list"));
    forget(&o);
}

/* Values get the types that the operation's schema has for them. */
static void test_operation__arguments_are_typed(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET",
         .target = "/operations",
         .status = 200,
         .body = "{\"items\":[{\"id\":\"hello.greet\",\"title\":\"Greet\",\"plugin\":\"hello\","
                 "\"writes\":true,\"access\":\"user\",\"arguments\":{\"type\":\"object\","
                 "\"properties\":{\"name\":{\"type\":\"string\"},\"times\":{\"type\":\"integer\"},"
                 "\"ids\":{\"type\":[\"array\",\"null\"]}}}}],\"total\":1}",
         .repeated = true},
        {.method = "POST",
         .target = "/operations/hello.greet",
         .status = 200,
         .body = "{\"greeted\":3}",
         .repeated = true},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    outcome o = call(server, "", "operation list");
    assert_int_equal(o.status, CLI_DONE);
    assert_non_null(strstr(o.out, "hello.greet"));
    forget(&o);
    o = call(server, "", "operation run hello.greet name=3 times=3 ids=[\"1\"]");
    assert_int_equal(o.status, CLI_DONE);
    assert_non_null(strstr(o.out, "Greeted"));
    assert_true(fake_server_asked(server, "POST /operations/hello.greet",
                                  "{\"name\":\"3\",\"times\":3,\"ids\":[\"1\"]}"));
    forget(&o);
    o = call(server, "", "operation run hello.greet --arguments {\"name\":\"x\"} --json");
    assert_string_equal(o.out, "{\"greeted\":3}\n");
    assert_true(fake_server_asked(server, "POST /operations/hello.greet", "{\"name\":\"x\"}"));
    forget(&o);
    static const char *const wrong[] = {"operation run hello.greet times",
                                        "operation run hello.greet times=many",
                                        "operation run hello.greet a=1 --arguments {}"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        o = call(server, "", wrong[i]);
        assert_int_equal(o.status, CLI_USAGE);
        forget(&o);
    }
    o = call(server, "", "operation run hello.nothing a=1");
    assert_int_equal(o.status, CLI_FAILED);
    forget(&o);
    fake_server_stop(server);
}

/* Verbs of functions: options are members of the arguments, as the schema has them. */
static void test_foreign__operations_are_called_by_the_functions_name(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET",
         .target = "/operations",
         .status = 200,
         .body = "{\"items\":[{\"id\":\"hello.add-file\",\"title\":\"Add\",\"plugin\":\"hello\","
                 "\"writes\":true,\"access\":\"user\",\"arguments\":{\"type\":\"object\","
                 "\"properties\":{\"name\":{\"type\":\"string\"},\"times\":{\"type\":\"integer\"},"
                 "\"file\":{\"type\":\"string\"},\"file_name\":{\"type\":\"string\"},"
                 "\"password\":{\"type\":\"string\",\"writeOnly\":true},"
                 "\"ids\":{\"type\":\"array\"}}}}],\"total\":1}",
         .repeated = true},
        {.method = "POST",
         .target = "/operations/hello.add-file",
         .status = 200,
         .body = "{\"name\":\"x\",\"type\":\"text/plain\",\"base64\":\"aGVsbG8=\"}",
         .repeated = true},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    FILE *file = fopen("foreign.txt", "we");
    assert_true(file != NULL && fputs("hello", file) >= 0 && fclose(file) == 0);
    outcome o = call(server, "secret 7\n",
                     "hello add-file --name n --times=3 --ids 1,2 --ids 3 --file ./foreign.txt "
                     "--password-stdin");
    assert_int_equal(o.status, CLI_DONE);
    assert_string_equal(o.out, "hello"); /* a file as answer */
    assert_true(fake_server_asked(server, "POST /operations/hello.add-file",
                                  "{\"name\":\"n\",\"times\":3,\"ids\":[\"1\",\"2\",\"3\"],"
                                  "\"file\":\"aGVsbG8=\",\"file_name\":\"foreign.txt\","
                                  "\"password\":\"secret 7\"}"));
    forget(&o);
    static const char *const wrong[] = {"hello add-file --colour red",
                                        "hello add-file --password x",
                                        "hello add-file --name-stdin",
                                        "hello add-file --times many",
                                        "hello add-file more",
                                        "hello",
                                        "Hello add-file",
                                        "../hello add-file"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        o = call(server, "", wrong[i]);
        assert_int_equal(o.status, CLI_USAGE);
        forget(&o);
    }
    o = call(server, "", "hello nothing --name x");
    assert_int_equal(o.status, CLI_FAILED);
    forget(&o);
    (void)remove("foreign.txt");
    fake_server_stop(server);
}

#define HELLO_SHA256 "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define BEGUN(id, sha256)                                                                          \
    "{\"id\":\"" id "\",\"file_name\":\"hello.ppk\",\"size\":5,\"sha256\":\"" sha256               \
    "\",\"state\":\"uploading\",\"received\":2}"

/* PRF-42: the begun upload of the same file is gone on with, and a piece that was not taken comes
 * again from where the manager is. */
static void test_function__upload_goes_on_where_it_broke_off(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET",
         .target = "/functions/uploads",
         .status = 200,
         .body = "{\"items\":[" BEGUN("a1", "00") "," BEGUN("b2", HELLO_SHA256) "]}"},
        {.method = "PUT",
         .target = "/functions/uploads/b2?offset=2",
         .status = 503,
         .body = "{\"code\":\"unavailable\",\"detail\":\"later\"}"},
        {.method = "GET",
         .target = "/functions/uploads/b2",
         .status = 200,
         .body = "{\"id\":\"b2\",\"state\":\"uploading\",\"received\":4}"},
        {.method = "PUT",
         .target = "/functions/uploads/b2?offset=4",
         .status = 200,
         .body = "{\"received\":5}"},
        {.method = "GET",
         .target = "/functions/uploads/b2",
         .status = 200,
         .body = "{\"id\":\"b2\",\"state\":\"ready\",\"received\":5}"},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    FILE *file = fopen("hello.ppk", "we");
    assert_true(file != NULL && fputs("hello", file) >= 0 && fclose(file) == 0);
    outcome o = call(server, "", "function upload ./hello.ppk");
    assert_string_equal(o.err, "");
    assert_int_equal(o.status, CLI_DONE);
    assert_non_null(strstr(o.out, "b2"));
    assert_int_equal(fake_server_count(server), 5);
    assert_true(fake_server_asked(server, "PUT /functions/uploads/b2?offset=4", "o"));
    forget(&o);
    (void)remove("hello.ppk");
    fake_server_stop(server);
}

/* What is refused twice at one place is not tried for ever. */
static void test_function__upload_gives_up(void **state)
{
    static const fake_answer script[] = {
        {.method = "GET", .target = "/functions/uploads", .status = 200, .body = "{\"items\":[]}"},
        {.method = "POST",
         .target = "/functions/uploads",
         .status = 201,
         .body = "{\"id\":\"c3\",\"state\":\"uploading\",\"received\":0}"},
        {.method = "PUT",
         .target = "/functions/uploads/c3?offset=0",
         .status = 503,
         .body = "{\"code\":\"unavailable\",\"detail\":\"the disk is away\"}",
         .repeated = true},
        {.method = "GET",
         .target = "/functions/uploads/c3",
         .status = 200,
         .body = "{\"id\":\"c3\",\"state\":\"uploading\",\"received\":0}",
         .repeated = true},
        {.method = NULL}};
    (void)state;
    fake_server *server = fake_server_start(script, false);
    FILE *file = fopen("hello.ppk", "we");
    assert_true(file != NULL && fputs("hello", file) >= 0 && fclose(file) == 0);
    outcome o = call(server, "", "function upload ./hello.ppk");
    assert_int_equal(o.status, CLI_FAILED);
    assert_non_null(strstr(o.err, "the disk is away"));
    assert_true(fake_server_asked(server, "POST /functions/uploads", HELLO_SHA256));
    assert_int_equal(fake_server_count(server), 5);
    forget(&o);
    (void)remove("hello.ppk");
    fake_server_stop(server);
}

static void test_tls__certificate_must_be_trusted(void **state)
{
    static const fake_answer script[] = {{.method = "GET",
                                          .target = "/system",
                                          .status = 200,
                                          .body = "{\"version\":\"1\"}",
                                          .repeated = true},
                                         {.method = NULL}};
    char line[128];
    (void)state;
    fake_server *server = fake_server_start(script, true);
    outcome o = call(server, "", "system");
    assert_int_equal(o.status, CLI_FAILED);
    assert_non_null(strstr(o.err, "is not trusted"));
    assert_non_null(strstr(o.err, "--ca FILE"));
    assert_int_equal(fake_server_count(server), 0); /* the token did not leave */
    forget(&o);
    (void)snprintf(line, sizeof(line), "system --ca %s", fake_server_ca(server));
    o = call(server, "", line);
    assert_int_equal(o.status, CLI_DONE);
    assert_non_null(strstr(o.out, "Version  1"));
    forget(&o);
    o = call(server, "", "system --insecure --json");
    assert_int_equal(o.status, CLI_DONE);
    forget(&o);
    o = call(server, "", "system --ca /nonexistent");
    assert_int_equal(o.status, CLI_FAILED);
    assert_non_null(strstr(o.err, "/nonexistent"));
    forget(&o);
    fake_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_device__list_is_a_table_of_the_first_page),
        cmocka_unit_test(test_device__json_list_is_what_the_api_gave),
        cmocka_unit_test(test_device__csv_list_is_safe_to_open),
        cmocka_unit_test(test_device__long_lists_need_little_memory),
        cmocka_unit_test(test_device__a_broken_stream_is_an_error),
        cmocka_unit_test(test_device__show_finds_by_id_address_and_name),
        cmocka_unit_test(test_device__show_of_none_says_so),
        cmocka_unit_test(test_device__name_of_two_is_ambiguous),
        cmocka_unit_test(test_device__add_follows_the_run),
        cmocka_unit_test(test_device__add_of_nothing_fails),
        cmocka_unit_test(test_device__discover_sums_up_new_verdicts),
        cmocka_unit_test(test_run__watch_tells_by_its_exit_status),
        cmocka_unit_test(test_problem__shows_detail_code_and_fields),
        cmocka_unit_test(test_problem__of_a_server_that_is_none),
        cmocka_unit_test(test_token__first_one_is_made_through_a_session),
        cmocka_unit_test(test_credential__secrets_come_from_standard_input),
        cmocka_unit_test(test_usage__is_status_2_and_asks_nobody),
        cmocka_unit_test(test_help__is_there_for_every_verb),
        cmocka_unit_test(test_operation__arguments_are_typed),
        cmocka_unit_test(test_foreign__operations_are_called_by_the_functions_name),
        cmocka_unit_test(test_function__upload_goes_on_where_it_broke_off),
        cmocka_unit_test(test_function__upload_gives_up),
        cmocka_unit_test(test_tls__certificate_must_be_trusted),
    };
    (void)signal(SIGPIPE, SIG_IGN); /* for the fake server's side of TLS */
    return cmocka_run_group_tests(tests, call_set_up, NULL);
}
