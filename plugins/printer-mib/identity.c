/*
 * Who a device is: the texts it says of itself, and maker, model, serial number, firmware and name
 * that follow from them by the rules of its profile. Functions on a visit; SNMP thread.
 */
#include "identity.h"

#include <stdio.h>
#include <string.h>

#include "deviceid.h"
#include "plans.h"

static const uint32_t printer_type[] = {HR_TYPE_PRINTER_ARCS};

/* The texts of one report, so that a serial number can be cut out of a model. */
typedef struct identity {
    char maker[TEXT_SIZE];
    char model[TEXT_SIZE];
    char serial[TEXT_SIZE];
    char firmware[TEXT_SIZE];
    char name[TEXT_SIZE];
} identity;

typedef bool acceptor(const visit *of, const identity *known, char *text);

static void system_text(const answer *read, uint32_t column, char *out, size_t size)
{
    const uint32_t object[] = {SYSTEM_ARCS, column, 0};
    (void)value_text(answer_get(read, object, 9), out, size);
}

static void object_id_read(facts *said, const answer *read)
{
    static const uint32_t object[] = {SYSTEM_ARCS, 2, 0};
    const platen_snmp_binding *value = answer_get(read, object, 9);
    if (value != NULL && value->type == PLATEN_SNMP_OID && value->arcs != NULL &&
        value->arc_count <= OID_ARCS) {
        memcpy(said->object, value->arcs, value->arc_count * sizeof(said->object[0]));
        said->object_count = value->arc_count;
    }
}

static bool is_printer_type(const platen_snmp_binding *value)
{
    return value != NULL && value->type == PLATEN_SNMP_OID && value->arcs != NULL &&
           oid_compare(value->arcs, value->arc_count, printer_type, 10) == 0;
}

/*
 * The printer's row of hrDeviceTable: the first one of type printer; without types the first that
 * hrPrinterTable has, for only printers have rows there; else the one of prtGeneralTable.
 */
static void device_read(visit *of, const answer *read)
{
    static const uint32_t entry[] = {HR_DEVICE_ARCS};
    static const uint32_t printer_entry[] = {HR_PRINTER_ARCS};
    static const uint32_t columns[] = {2, 3};
    static const uint32_t state_column[] = {2};
    facts *said = &of->said;
    uint32_t printers = 0;
    table_read(&of->owner->more, read, printer_entry, 10, 1, state_column, 1);
    if (of->owner->more.count > 0) {
        said->row = of->owner->more.row[0].index[0];
    }
    table_read(&of->owner->rows, read, entry, 10, 1, columns, 2);
    for (uint32_t i = 0; i < of->owner->rows.count; i++) {
        if (is_printer_type(of->owner->rows.row[i].cell[0]) && printers++ == 0) {
            said->row = of->owner->rows.row[i].index[0];
        }
    }
    of->known.several = printers > 1u;
    for (uint32_t i = 0; i < of->owner->rows.count; i++) {
        /* Without any row of printers the first device is all there is to go by. */
        if (of->owner->rows.row[i].index[0] == said->row || said->row == 0) {
            (void)value_text(of->owner->rows.row[i].cell[1], said->device_descr,
                             sizeof(said->device_descr));
            break;
        }
    }
}

static void general_read(visit *of, const answer *read)
{
    static const uint32_t entry[] = {PRINTER_ARCS, 5, 1, 1};
    static const uint32_t columns[] = {16, 17};
    facts *said = &of->said;
    table_read(&of->owner->rows, read, entry, 10, 1, columns, 2);
    table_keep_device(&of->owner->rows, said->row);
    if (of->owner->rows.count == 0) {
        return;
    }
    const table_row *row = &of->owner->rows.row[0];
    if (said->row == 0) {
        said->row = row->index[0];
    }
    (void)value_text(row->cell[0], said->printer_name, sizeof(said->printer_name));
    (void)value_text(row->cell[1], said->printer_serial, sizeof(said->printer_serial));
}

static void id_add(facts *said, const platen_snmp_binding *value)
{
    char *room = said->ids[said->id_count];
    if (said->id_count == DEVICE_IDS - 1u || value == NULL) {
        return; /* the last place is kept for the vendor's */
    }
    if (value_text(value, room, DEVICE_ID_SIZE) > 0 && deviceid_valid(room)) {
        said->id_count++;
    } else {
        room[0] = '\0';
    }
}

static void ids_read(facts *said, const answer *read)
{
    static const uint32_t hp[] = {1, 3, 6, 1, 4, 1, 11, 2, 3, 9, 1, 1, 7, 0};
    static const uint32_t pwg[] = {1, 3, 6, 1, 4, 1, 2699, 1, 2, 1, 2, 1, 1, 3};
    uint32_t at = answer_seek(read, pwg, 14);
    if (at < read->count) {
        const platen_snmp_binding *value = answer_at(read, at);
        id_add(said, oid_starts(value->oid, value->oid_count, pwg, 14) ? value : NULL);
    }
    id_add(said, answer_get(read, hp, 14));
}

void identity_read(visit *of, const answer *read)
{
    static const uint32_t uptime[] = {SYSTEM_ARCS, 3, 0};
    facts *said = &of->said;
    int64_t ticks = 0;
    system_text(read, 1, said->sys_descr, sizeof(said->sys_descr));
    system_text(read, 4, said->contact, sizeof(said->contact));
    system_text(read, 5, said->sys_name, sizeof(said->sys_name));
    system_text(read, 6, said->location, sizeof(said->location));
    object_id_read(said, read);
    if (value_integer(answer_get(read, uptime, 9), &ticks) && ticks >= 0 && ticks <= UINT32_MAX) {
        of->uptime = ticks * 10;
    }
    device_read(of, read);
    general_read(of, read);
    ids_read(said, read);
}

uint32_t identity_enterprise(const facts *said)
{
    static const uint32_t enterprises[] = {1, 3, 6, 1, 4, 1};
    if (said->object_count < 7u || !oid_starts(said->object, said->object_count, enterprises, 6)) {
        return 0;
    }
    return said->object[6];
}

/* The maker named by any of the device's texts, the one of the printer before that of its network
 * card. */
static const char *named_maker(const visit *of, const profile **vendor)
{
    const profile_set *set = &of->book->profiles;
    const facts *said = &of->said;
    char value[TEXT_SIZE];
    const char *maker = profile_maker(set, said->device_descr, vendor, NULL);
    for (uint32_t i = 0; i < said->id_count && maker == NULL; i++) {
        (void)deviceid_get(said->ids[i], "MFG", value, sizeof(value));
        maker = profile_maker(set, value, vendor, NULL);
    }
    if (maker == NULL) {
        maker = profile_maker(set, said->sys_descr, vendor, NULL);
    }
    return maker != NULL ? maker : profile_maker(set, said->printer_name, vendor, NULL);
}

const profile *identity_profile(const visit *of)
{
    const profile *named = NULL;
    const profile *numbered =
        profile_by_enterprise(&of->book->profiles, identity_enterprise(&of->said));
    (void)named_maker(of, &named);
    if (numbered == NULL || numbered == of->book->generic) {
        return named != NULL ? named : of->book->generic;
    }
    /* A print server's agent speaks for a printer of another maker. */
    return numbered->carrier && named != NULL ? named : numbered;
}

/* The text of a source: from the vendor's answer or from what was said. */
static bool source_text(const visit *of, const source *from, const answer *vendor, char *out,
                        size_t size)
{
    char value[DEVICE_ID_SIZE] = "";
    const facts *said = &of->said;
    out[0] = '\0';
    switch (from->from) {
    case SOURCE_OID:
        (void)value_text(answer_get(vendor, from->object.arcs, from->object.count), value,
                         TEXT_LONG);
        break;
    case SOURCE_SYS_DESCR:
        text_copy(value, sizeof(value), said->sys_descr);
        break;
    case SOURCE_DEVICE_DESCR:
        text_copy(value, sizeof(value), said->device_descr);
        break;
    case SOURCE_PRINTER_NAME:
        text_copy(value, sizeof(value), said->printer_name);
        break;
    case SOURCE_PRINTER_SERIAL:
        text_copy(value, sizeof(value), said->printer_serial);
        break;
    case SOURCE_SYS_NAME:
        text_copy(value, sizeof(value), said->sys_name);
        break;
    case SOURCE_DEVICE_ID:
        for (uint32_t i = 0; i < said->id_count && value[0] == '\0'; i++) {
            (void)deviceid_get(said->ids[i], from->key, value, TEXT_SIZE);
        }
        break;
    }
    return value[0] != '\0' && source_capture(from, value, out, size);
}

/* The first source whose text is accepted. */
static bool choose(const visit *of, const identity *known, const source_list *list,
                   const answer *vendor, acceptor *accept, char *out)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (source_text(of, &list->at[i], vendor, out, TEXT_SIZE) && accept(of, known, out)) {
            return true;
        }
    }
    out[0] = '\0';
    return false;
}

static bool is_placeholder(const char *text)
{
    static const char *const words[] = {"unknown",       "none",    "n/a",    "na",
                                        "not available", "default", "serial", "undefined",
                                        "not set",       "null",    "tbd",    "not specified"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (text_equal(text, words[i])) {
            return true;
        }
    }
    return strspn(text, "-?.*#_ ") == strlen(text);
}

/* Serial numbers that are none: placeholders, one character over and over, odd characters. */
static bool accept_serial(const visit *of, const identity *known, char *text)
{
    size_t length = strlen(text);
    (void)of;
    (void)known;
    if (length < 3u || length > 40u || is_placeholder(text)) {
        return false;
    }
    const char first[2] = {text[0], '\0'};
    if (strspn(text, first) == length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] > '~' || strchr("<>\"\\", text[i]) != NULL) {
            return false;
        }
    }
    return true;
}

static bool accept_firmware(const visit *of, const identity *known, char *text)
{
    (void)of;
    (void)known;
    return strlen(text) <= 80u && !is_placeholder(text);
}

static bool accept_name(const visit *of, const identity *known, char *text)
{
    (void)of;
    (void)known;
    return !is_placeholder(text);
}

static void cut(char *text, const profile *by)
{
    regmatch_t part[1];
    for (uint32_t i = 0; i < by->model_cut_count; i++) {
        if (regexec(&by->model_cuts[i], text, 1, part, 0) == 0 && part[0].rm_so > 0) {
            text[part[0].rm_so] = '\0';
        }
    }
    text_trim(text);
}

static bool denied(const char *text, const profile *by)
{
    for (uint32_t i = 0; i < by->model_denied_count; i++) {
        if (regexec(&by->model_denied[i], text, 0, NULL, 0) == 0) {
            return true;
        }
    }
    return false;
}

/* "HP HP LaserJet" -> "LaserJet". */
static void strip_maker(const visit *of, char *text)
{
    for (int i = 0; i < 3; i++) {
        size_t length = 0;
        if (profile_maker(&of->book->profiles, text, NULL, &length) == NULL) {
            return;
        }
        const char *rest = text + length + strspn(text + length, " -_,;:");
        if (*rest == '\0') {
            return; /* nothing but the name: better than nothing */
        }
        memmove(text, rest, strlen(rest) + 1u);
    }
}

/* The maker's name, serial numbers and versions are not part of a model. */
static bool accept_model(const visit *of, const identity *known, char *text)
{
    if (denied(text, of->vendor) || denied(text, of->book->generic)) {
        return false;
    }
    strip_maker(of, text);
    if (known->serial[0] != '\0') {
        char *serial = strstr(text, known->serial);
        if (serial != NULL && serial > text) {
            *serial = '\0';
        }
    }
    cut(text, of->vendor);
    cut(text, of->book->generic);
    size_t length = strlen(text);
    return length >= 2u && length <= 80u && !is_placeholder(text) &&
           profile_maker(&of->book->profiles, text, NULL, NULL) == NULL;
}

static bool accept_numbered_model(const visit *of, const identity *known, char *text)
{
    return accept_model(of, known, text) && text_has_digit(text);
}

static void choose_model(const visit *of, identity *known, const answer *vendor)
{
    const source_list *own = &of->vendor->model;
    const source_list *common = &of->book->generic->model;
    /* A model without a digit ("Color Printer") counts only when there is no better text. */
    if (choose(of, known, own, vendor, accept_numbered_model, known->model) ||
        choose(of, known, common, vendor, accept_numbered_model, known->model) ||
        choose(of, known, own, vendor, accept_model, known->model)) {
        return;
    }
    (void)choose(of, known, common, vendor, accept_model, known->model);
}

static void choose_maker(const visit *of, identity *known)
{
    const profile *vendor = NULL;
    const char *maker = named_maker(of, &vendor);
    const profile *numbered =
        profile_by_enterprise(&of->book->profiles, identity_enterprise(&of->said));
    if (maker == NULL && numbered != NULL && numbered != of->book->generic) {
        maker = numbered->manufacturer;
    }
    if (maker != NULL) {
        text_copy(known->maker, sizeof(known->maker), maker);
        return;
    }
    for (uint32_t i = 0; i < of->said.id_count && known->maker[0] == '\0'; i++) {
        (void)deviceid_get(of->said.ids[i], "MFG", known->maker, sizeof(known->maker));
    }
}

static void choose_name(const visit *of, identity *known, const answer *vendor)
{
    text_copy(known->name, sizeof(known->name), of->said.sys_name);
    text_trim(known->name);
    if (known->name[0] != '\0' && accept_name(of, known, known->name)) {
        return;
    }
    if (!choose(of, known, &of->vendor->name, vendor, accept_name, known->name)) {
        (void)choose(of, known, &of->book->generic->name, vendor, accept_name, known->name);
    }
}

/* The standard serial number first, then the vendor's objects, then texts that mention one. */
static void choose_serial(const visit *of, identity *known, const answer *vendor)
{
    text_copy(known->serial, sizeof(known->serial), of->said.printer_serial);
    text_trim(known->serial);
    if (known->serial[0] != '\0' && accept_serial(of, known, known->serial)) {
        return;
    }
    if (!choose(of, known, &of->vendor->serial, vendor, accept_serial, known->serial)) {
        (void)choose(of, known, &of->book->generic->serial, vendor, accept_serial, known->serial);
    }
}

static void report_components(const visit *of, const answer *vendor)
{
    const platen_drivers *drivers = of->owner->drivers;
    char version[TEXT_SIZE];
    for (uint32_t i = 0; i < of->vendor->components.count; i++) {
        const source *from = &of->vendor->components.at[i];
        if (source_text(of, from, vendor, version, sizeof(version)) &&
            accept_firmware(of, NULL, version)) {
            drivers->firmware(of->work, from->name, version);
        }
    }
    for (uint32_t i = 0; i < of->vendor->component_table_count; i++) {
        const component_table *pair = &of->vendor->component_tables[i];
        uint32_t at = answer_seek(vendor, pair->name.arcs, pair->name.count);
        for (uint32_t rows = 0; at < vendor->count && rows < 64u; at++, rows++) {
            const platen_snmp_binding *value = answer_at(vendor, at);
            uint32_t object[128];
            char name[TEXT_SIZE];
            uint32_t rest = value->oid_count - pair->name.count;
            if (!oid_starts(value->oid, value->oid_count, pair->name.arcs, pair->name.count) ||
                pair->version.count + rest > 128u) {
                break;
            }
            memcpy(object, pair->version.arcs, pair->version.count * sizeof(object[0]));
            memcpy(object + pair->version.count, value->oid + pair->name.count,
                   rest * sizeof(object[0]));
            if (value_text(value, name, sizeof(name)) > 0 &&
                value_text(answer_get(vendor, object, pair->version.count + rest), version,
                           sizeof(version)) > 0 &&
                accept_firmware(of, NULL, version)) {
                drivers->firmware(of->work, name, version);
            }
        }
    }
}

static void vendor_ids_read(visit *of, const answer *vendor)
{
    facts *said = &of->said;
    for (uint32_t i = 0; i < of->vendor->device_id.count && said->id_count < DEVICE_IDS; i++) {
        const source *from = &of->vendor->device_id.at[i];
        char *room = said->ids[said->id_count];
        if (value_text(answer_get(vendor, from->object.arcs, from->object.count), room,
                       DEVICE_ID_SIZE) > 0 &&
            deviceid_valid(room)) {
            said->id_count++;
        } else {
            room[0] = '\0';
        }
    }
}

static void report_text(const visit *of, uint32_t field, const char *text)
{
    if (text[0] != '\0') {
        of->owner->drivers->text(of->work, field, text, SIZE_MAX);
    }
}

static void report_link(const visit *of)
{
    platen_target target = PLATEN_TARGET_INIT;
    char link[TEXT_SIZE];
    of->owner->drivers->target(of->work, &target);
    if (target.address == NULL || target.address[0] == '\0') {
        return;
    }
    bool six = strchr(target.address, ':') != NULL;
    int length = snprintf(link, sizeof(link), six ? "http://[%s]/" : "http://%s/", target.address);
    if (length > 0 && (size_t)length < sizeof(link)) {
        report_text(of, PLATEN_FIELD_LINK, link);
    }
}

void identity_report(visit *of, const answer *vendor)
{
    identity known;
    char value[TEXT_SIZE];
    memset(&known, 0, sizeof(known));
    vendor_ids_read(of, vendor);
    choose_maker(of, &known);
    choose_serial(of, &known, vendor);
    choose_model(of, &known, vendor);
    choose_name(of, &known, vendor);
    /* The common rules would take a network card's version for the printer's where a profile knows
     * better. */
    (void)choose(of, &known,
                 of->vendor->firmware.count > 0 ? &of->vendor->firmware
                                                : &of->book->generic->firmware,
                 vendor, accept_firmware, known.firmware);
    report_text(of, PLATEN_FIELD_MANUFACTURER, known.maker);
    report_text(of, PLATEN_FIELD_MODEL, known.model);
    report_text(of, PLATEN_FIELD_SERIAL, known.serial);
    report_text(of, PLATEN_FIELD_FIRMWARE, known.firmware);
    report_text(of, PLATEN_FIELD_NAME, known.name);
    report_text(of, PLATEN_FIELD_LOCATION, of->said.location);
    report_text(of, PLATEN_FIELD_CONTACT, of->said.contact);
    report_text(of, PLATEN_FIELD_DESCRIPTION, of->said.sys_descr);
    for (uint32_t i = 0; i < of->said.id_count; i++) {
        if (deviceid_get(of->said.ids[i], "UUID", value, sizeof(value))) {
            report_text(of, PLATEN_FIELD_UUID, value);
            break;
        }
    }
    if (of->said.object_count > 0) {
        char object[OID_TEXT];
        oid_format(of->said.object, of->said.object_count, object, sizeof(object));
        report_text(of, PLATEN_FIELD_OBJECT_ID, object);
    }
    if (of->uptime >= 0) {
        of->owner->drivers->integer(of->work, PLATEN_FIELD_UPTIME, of->uptime);
    }
    report_link(of);
    report_components(of, vendor);
}
