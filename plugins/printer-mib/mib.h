/*
 * The driver as one thing: host interfaces, profiles, compiled plans; and one visit of a device.
 * load() fills it on the main thread; afterwards only the SNMP thread touches it, so it has no
 * lock.
 */
#ifndef PRINTER_MIB_MIB_H
#define PRINTER_MIB_MIB_H

#include <platen/conf.h>
#include <platen/driver.h>
#include <platen/log.h>
#include <platen/snmp.h>

#include "answer.h"
#include "memo.h"
#include "profile.h"
#include "text.h"

#define DEVICE_IDS 4u
#define DEVICE_ID_SIZE 1024u

/* Printers whose hrDeviceIndex is up to this get a plan of GETs; others are walked. */
#define SCALAR_ROWS 8u

/* Tables of a status visit; the memo keeps which of them a device has. */
#define STATUS_COLORANTS 0x01u
#define STATUS_INPUTS 0x02u
#define STATUS_OUTPUTS 0x04u
#define STATUS_COVERS 0x08u
#define STATUS_CONSOLE 0x10u
#define STATUS_FINISHERS 0x20u
#define STATUS_ALERTS 0x40u
#define STATUS_ALL 0x7fu

/* Supplies whose percent a profile may tell. */
#define SUPPLY_TELLS 96u

typedef struct vendor_plans {
    platen_snmp_plan *evidence;
    platen_snmp_plan *identity;
    platen_snmp_plan *counters;
    platen_snmp_plan *scalars[SCALAR_ROWS + 1u]; /* 0: the row is not known */
} vendor_plans;

/* The profiles of one moment: taken over whole, freed when the last visit that began with them has
 * ended. SNMP thread. */
typedef struct book {
    unsigned references;
    profile_set profiles;
    const profile *generic;
    vendor_plans *vendors; /* of the profiles */
} book;

book *book_ref(book *b);
void book_unref(book *b); /* NULL is fine */
/* Reads the profiles of all folders that the host names now. */
platen_code book_load(const platen_host *host, const platen_conf *conf, platen_ctx *ctx, book **out,
                      platen_error *err);

typedef struct mib {
    const platen_host *host;
    platen_ctx *ctx;
    const platen_log *log;
    const platen_drivers *drivers;
    const platen_snmp *snmp;
    const platen_conf *conf;
    book *book; /* the profiles in force; a visit keeps those that it began with */
    /* Compiled at first use; the host frees them after unload(). */
    platen_snmp_plan *probe;
    platen_snmp_plan *identity;
    platen_snmp_plan *edit;
    platen_snmp_plan *restart;
    platen_snmp_plan *uptime;
    platen_snmp_plan *settings;
    platen_snmp_plan *tables[STATUS_ALL + 1u];
    /* Scratch of the step that runs; steps do not overlap. */
    table rows;
    table more;
} mib;

/* Texts that a device says of itself, "" where it does not. */
typedef struct facts {
    uint32_t object[OID_ARCS]; /* sysObjectID */
    uint32_t object_count;
    uint32_t row; /* hrDeviceIndex of the printer, 0 unknown */
    char sys_descr[TEXT_LONG];
    char sys_name[TEXT_SIZE];
    char contact[TEXT_SIZE];
    char location[TEXT_SIZE];
    char device_descr[TEXT_SIZE];
    char printer_name[TEXT_SIZE];
    char printer_serial[TEXT_SIZE];
    char ids[DEVICE_IDS][DEVICE_ID_SIZE]; /* IEEE 1284 */
    uint32_t id_count;
} facts;

typedef struct visit visit;
typedef struct acting acting; /* act.h */

/* Goes on with what was read; `code` tells whether it is whole. Ends the visit or reads on. */
typedef void visit_step(visit *of, const answer *read, platen_code code);

struct visit {
    mib *owner;
    book *book; /* a reference */
    platen_work *work;
    const profile *vendor; /* never NULL once chosen; the generic one if no other fits */
    memo known;
    facts said;
    visit_step *step;
    acting *act; /* of PLATEN_WORK_ACT; owned */
    void (*set_done)(visit *of, platen_code code, uint32_t status);
    void (*then)(visit *of); /* after visit_vendor() */
    const char *doing;       /* what the read under way is for, in words */
    platen_error error;      /* of the first read that broke off */
    int64_t uptime;          /* ms, -1 unknown */
    int64_t events;          /* prtAlertAllEvents, -1 unknown */
    int64_t device_status;
    uint32_t walked;            /* STATUS_ bits of the tables of the read under way */
    uint32_t errors;            /* hrPrinterDetectedErrorState, first octet in bits 8..15 */
    int32_t told[SUPPLY_TELLS]; /* percents of the profile's objects, see supply.c */
};

/* A visit that owns nothing but itself; NULL when there is no memory. */
visit *visit_new(mib *owner, platen_work *work);

/* Reads a plan and calls `step`; ends the visit if the read cannot start. */
void visit_read(visit *of, const platen_snmp_plan *plan, visit_step *step, const char *doing);

/* Stores the memo, finishes the work and frees the visit. Failures other than OK take the text of
 * visit.error. */
void visit_end(visit *of, platen_code code);

/* Ends the visit with an error of its own. */
void visit_fail(visit *of, platen_code code, const platen_error *err);

/* Goes on once the vendor is known: at once when the memo or the target tells, else after asking
 * for what tells it. */
void visit_vendor(visit *of, void (*then)(visit *of));

/* Of a table indexed by hrDeviceIndex first: the printer's rows where an agent has several
 * printers. An agent with one printer means it, whichever index it puts there. */
void visit_keep(const visit *of, table *rows);

/* The number in a record of an octet string, divided as the profile says; false if not there. */
bool record_find(const record_set *set, const platen_snmp_binding *value, uint32_t code,
                 int64_t *out);

/* The works. */
void probe_run(visit *of);
void information_run(visit *of);
void status_run(visit *of);
void counters_run(visit *of);

#endif
