/*
 * The plugin that tests of installations install, in many versions: what differs is defined when it
 * is compiled (CMakeLists.txt beside this). GUEST_STEPS is how many migrations it brings, of which
 * the second adds a column; GUEST_BAD is what is wrong with it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <platen/plugin.h>
#include <platen/store.h>

#define GOOD 0
#define CRASHES 1
#define HANGS 2
#define FORKS 3
#define PRINTS 4
#define HANDLES 5
#define EXITS 6
#define FAILS 7
#define MIGRATES_WRONGLY 8
#define LACKS_TABLE 9
#define HANGS_LATER 10
#define WRITES 11
#define CALLS_OUT 12

#ifndef GUEST_BAD
#define GUEST_BAD GOOD
#endif

static void take_signal(int number)
{
    (void)number;
}

static platen_code misbehave(const platen_host *host, platen_error *err)
{
    switch (GUEST_BAD) {
    case CRASHES:
        (void)raise(SIGSEGV);
        break;
    case HANGS:
        for (;;) {
            (void)sleep(1);
        }
    case FORKS:
        if (fork() == 0) {
            _exit(0);
        }
        break;
    case PRINTS:
        (void)printf("hello from load()\n");
        break;
    case HANDLES:
        (void)signal(SIGUSR1, take_signal);
        break;
    case EXITS:
        exit(0); // NOLINT(concurrency-mt-unsafe)
    case FAILS:
        return host->fail(err, PLATEN_E_STATE, "the guest has no mind to");
    case WRITES:
        if (fopen("/tmp/guest-was-here", "w") != NULL) {
            return PLATEN_OK;
        }
        return host->fail(err, PLATEN_E_IO, "the guest cannot write");
    case CALLS_OUT:
        if (socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0 ||
            socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0) >= 0 ||
            socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0) {
            return PLATEN_OK;
        }
        return host->fail(err, PLATEN_E_IO, "the guest has no network");
    case HANGS_LATER: /* the self-test has no terminal and no data folder; the trial has */
        if (getenv("HOME") != NULL || getenv("PATH") != NULL) { // NOLINT(concurrency-mt-unsafe)
            for (;;) {
                (void)sleep(1);
            }
        }
        break;
    default:
        break;
    }
    return PLATEN_OK;
}

static platen_code migrate(const platen_store *store, platen_ctx *ctx, uint32_t number,
                           const char *name, const char *sql, platen_error *err)
{
    const platen_migration step = {(uint32_t)sizeof(step), number, name, sql};
    return store->migration(ctx, &step, err);
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    const platen_store *store = host->iface(ctx, "store/1");
    PLATEN_TRY(misbehave(host, err));
    PLATEN_TRY(migrate(store, ctx, 1, "notes",
                       GUEST_BAD == LACKS_TABLE
                           ? "CREATE TABLE " GUEST_NAME "_other (id {{id}}, text TEXT NOT NULL)"
                           : "CREATE TABLE " GUEST_NAME "_note (id {{id}}, text TEXT NOT NULL)",
                       err));
    if (GUEST_STEPS >= 2) {
        PLATEN_TRY(migrate(
            store, ctx, 2, "places",
            "ALTER TABLE " GUEST_NAME "_note ADD COLUMN place TEXT NOT NULL DEFAULT ''", err));
    }
    if (GUEST_BAD == MIGRATES_WRONGLY) {
        /* Right for an empty table, wrong for one with two rows of the same text. */
        PLATEN_TRY(migrate(store, ctx, GUEST_STEPS + 1, "unique",
                           "CREATE UNIQUE INDEX guest_note_text ON guest_note (text)", err));
    }
    return PLATEN_OK;
}

static const char *const needs[] = {"store/1", NULL};

PLATEN_PLUGIN(GUEST_NAME, GUEST_VERSION, PLATEN_KIND_FEATURE, PLATEN_ROLE_MANAGER, needs, load,
              NULL);
