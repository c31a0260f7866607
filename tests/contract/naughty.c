/* Plugins that break the contract, a way each, chosen by a macro; see naughty.sh for what the check
 * is to say of them. */
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <platen/log.h>
#include <platen/op.h>
#include <platen/store.h>

#ifdef EXPORTS
PLATEN_EXPORT int another_symbol(void);
int another_symbol(void)
{
    return 1;
}
#endif

#ifdef SIGNALS
static void ignore(int number)
{
    (void)number;
}
#endif

#ifdef THREAD
static void *sleep_on(void *user)
{
    (void)sleep(60);
    return user;
}
#endif

#ifdef LEAK
static volatile char *lost; /* where nobody looks again */
#endif

#if defined(QUIET_FAILURE)
static platen_code run(platen_call *call, const char *arguments, void *user, platen_error *err)
{
    const platen_op *op = user;
    (void)arguments;
    (void)err;
    return op->answer(call, "{}", NULL); /* fails without a text */
}
#endif

static platen_code store_things(const platen_store *store, platen_ctx *ctx, platen_error *err)
{
    platen_migration first = PLATEN_MIGRATION_INIT;
    first.number = 1;
    first.name = "one table";
    first.sql = "CREATE TABLE naughty_thing (id {{id}}, word TEXT NOT NULL)";
    PLATEN_TRY(store->migration(ctx, &first, err));
#ifdef MIGRATION_FILLED
    platen_migration second = PLATEN_MIGRATION_INIT;
    second.number = 2;
    second.name = "fails when there is a row";
    second.sql = "CREATE TABLE naughty_copy (id {{id}}, word TEXT CHECK (word = 'x'));\n"
                 "INSERT INTO naughty_copy (word) SELECT word FROM naughty_thing";
    PLATEN_TRY(store->migration(ctx, &second, err));
#endif
#ifdef FOREIGN_TABLE
    platen_statement s = PLATEN_STATEMENT_INIT;
    s.name = "devices";
    s.sql = "SELECT name FROM device";
    PLATEN_TRY(store->statement(ctx, &s, err));
#endif
    return PLATEN_OK;
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    const platen_store *store = host->iface(ctx, "store/1");
#ifdef CRASH
    (void)raise(SIGSEGV);
#endif
#ifdef EXIT
    exit(0); // NOLINT(concurrency-mt-unsafe): it is naughty
#endif
#ifdef PRINT
    (void)puts("hello from a plugin");
#endif
#ifdef FORK
    if (fork() == 0) {
        (void)sleep(5);
        _exit(0);
    }
#endif
#ifdef SIGNALS
    (void)signal(SIGTERM, ignore);
#endif
#ifdef THREAD
    pthread_t thread;
    (void)pthread_create(&thread, NULL, sleep_on, NULL);
#endif
#ifdef LEAK
    lost = malloc(100);
    memset((char *)(uintptr_t)lost, 1, 100);
    lost = NULL;
#endif
#ifdef UMASK
    (void)umask(0077);
#endif
#ifdef FOLDER
    if (chdir("/tmp") != 0) {
        return PLATEN_E_IO;
    }
#endif
#ifdef LOCALE
    (void)setlocale(LC_ALL, "C.UTF-8"); // NOLINT(concurrency-mt-unsafe): it is naughty
#endif
#ifdef FILE_OPEN
    (void)open("/dev/null", O_RDONLY | O_CLOEXEC);
#endif
#ifdef UNDECLARED
    (void)host->iface(ctx, "log/1");
#endif
#ifdef QUIET_FAILURE
    platen_operation o = PLATEN_OPERATION_INIT;
    const platen_op *op = host->iface(ctx, "op/1");
    o.flags = PLATEN_OPERATION_READ | PLATEN_OPERATION_NO_DEVICES;
    o.role = PLATEN_ACCESS_USER;
    o.id = "naughty.fail";
    o.title = "Fail";
    o.run = run;
    o.user = (void *)(uintptr_t)op;
    PLATEN_TRY(op->add(ctx, &o, err));
#endif
    platen_code rc = store_things(store, ctx, err);
#ifdef TWICE
    static int loads;
    platen_statement s = PLATEN_STATEMENT_INIT;
    s.name = "words";
    s.sql = "SELECT word FROM naughty_thing";
    if (rc == PLATEN_OK && loads++ > 0) {
        rc = store->statement(ctx, &s, err);
    }
#endif
#ifdef CRASH_WHEN_FAILING
    if (rc != PLATEN_OK) {
        (void)raise(SIGSEGV);
    }
#endif
    return rc;
}

#ifdef QUIET_FAILURE
static const char *const needs[] = {"store/1", "op/1", NULL};
#else
static const char *const needs[] = {"store/1", NULL};
#endif
PLATEN_PLUGIN("naughty", "1.0.0", PLATEN_KIND_FEATURE, PLATEN_ROLE_MANAGER, needs, load, NULL);
