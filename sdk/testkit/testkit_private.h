/* What the files of testkit*.c share. */
#ifndef PLATEN_TESTKIT_PRIVATE_H
#define PLATEN_TESTKIT_PRIVATE_H

#include <platen/conf.h>
#include <platen/log.h>

#include "recording.h"
#include "testkit.h"

#define PLANS 1024u
#define SET_VALUES 24u
#define ACTIONS 64u

struct platen_ctx {
    testkit *kit;
};

typedef struct plan_item {
    uint32_t op;
    uint32_t table;
    uint32_t limit;
    uint32_t arcs[RECORD_ARCS];
    uint32_t arc_count;
} plan_item;

struct platen_snmp_plan {
    uint32_t count;
    plan_item *items;
};

struct platen_work {
    testkit *kit;
    uint32_t kind;
    bool over;
    const platen_snmp_plan *plan; /* of the read under way */
    void (*done)(platen_work *work, const platen_snmp_result *result, void *user);
    void *user;
    bool setting; /* a SET is under way */
    uint32_t count;
    platen_snmp_value values[SET_VALUES];
    void (*then)(platen_work *work, void *user); /* after later() */
    void *then_user;
    uint32_t wait_ms;
};

struct testkit {
    platen_ctx ctx;
    const platen_plugin *plugin;
    void *library;
    char folder[1024];
    bool loaded;
    bool registered;
    platen_driver driver;
    platen_action actions[ACTIONS];
    size_t action_count;
    recording device;
    char memo[256];
    char object_id[512];
    char descr[256];
    testkit_report report;
    size_t plan_count;
    platen_snmp_plan *plans[PLANS];
    platen_work work;
    testkit_fault fault;
    unsigned nth;
    unsigned calls;
    platen_code fault_code;
    platen_act act;
    testkit_on_set *on_set;
    testkit_on_wait *on_wait;
    void *hook_user;
    bool silent;
    char misuse[200];
};

/* A breach of the contract; the first is kept. */
void testkit_breach(testkit *kit, const char *what);
/* Whether this call of that kind is the one that is to fail. */
bool testkit_strikes(testkit *kit, testkit_fault fault);
__attribute__((format(printf, 3, 4))) platen_code testkit_error(platen_error *err, platen_code code,
                                                                const char *format, ...);

/* The kit of a work; one that is over is a breach. */
testkit *testkit_of(const platen_work *work);
/* Whether the work is an action; else a breach, which `what` names. */
bool testkit_acts(platen_work *work, const char *what);

/* The host, and its interfaces by name. */
extern const platen_host testkit_host_table;
extern const platen_drivers testkit_driver_table;
extern const platen_snmp testkit_snmp_table;
const void *testkit_iface(platen_ctx *ctx, const char *name);

/* End the read, the SET that is under way: the driver's callback is called. */
void testkit_deliver(testkit *kit);
void testkit_deliver_set(testkit *kit);
void testkit_plans_free(testkit *kit);

#endif
