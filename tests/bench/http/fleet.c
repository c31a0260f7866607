/* Fifty thousand devices with rows as wide as real ones. One thread. */
#include "tests/bench/http/fleet.h"

#include <stdio.h>
#include <string.h>

#include "core/model/device_search.h"

static const store_sql insert_device = {
    "bench_device",
    "INSERT INTO device (managed, agent_id, name, address, address_key, hostname, manufacturer, "
    "model, serial, mac, firmware, location, contact, comment, power, severity, page_count, "
    "page_unit, supply_lowest, alert, first_seen, last_seen) VALUES (1, 1, :name, :address, "
    ":address_key, :hostname, :manufacturer, :model, :serial, :mac, :firmware, :location, "
    ":contact, "
    ":comment, :power, :severity, :pages, 'impressions', :supply, :alert, 1700000000000, :seen)",
    "INSERT INTO device (managed, agent_id, name, address, address_key, hostname, manufacturer, "
    "model, serial, mac, firmware, location, contact, comment, power, severity, page_count, "
    "page_unit, supply_lowest, alert, first_seen, last_seen) VALUES (1, 1, :name, :address, "
    ":address_key, :hostname, :manufacturer, :model, :serial, :mac, :firmware, :location, "
    ":contact, "
    ":comment, :power, :severity, :pages, 'impressions', :supply, :alert, 1700000000000, :seen)",
};

/* Ranges of addresses, as real ones are: 1 has one device of a hundred, 2 has sixty, and 3 to 12
 * share the rest. */
static const store_sql place = {
    "bench_region",
    "UPDATE device SET region_id = CASE WHEN id > 49500 THEN 1 WHEN id <= 30000 THEN 2 "
    "ELSE 3 + id % 10 END",
    "UPDATE device SET region_id = CASE WHEN id > 49500 THEN 1 WHEN id <= 30000 THEN 2 "
    "ELSE 3 + id % 10 END",
};

#define STATE                                                                                      \
    "INSERT INTO device_state (device_id, description, drivers, supplies, inputs, alerts, "        \
    "counters) SELECT id, :description, '[\"printer-mib\"]', :supplies, :inputs, '[]', :counters " \
    "FROM device"
static const store_sql insert_state = {"bench_state", STATE, STATE};

static void text(store_stmt *stmt, const char *name, const char *format, int a, int b)
    __attribute__((format(printf, 3, 0)));

static void text(store_stmt *stmt, const char *name, const char *format, int a, int b)
{
    char buffer[128];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(buffer, sizeof(buffer), format, a, b);
#pragma GCC diagnostic pop
    store_bind_text(stmt, name, buffer);
}

static platen_code one(store_conn *conn, int i, platen_error *err)
{
    static const char *const makers[] = {"Brother", "Canon", "Epson", "HP",    "Konica Minolta",
                                         "Kyocera", "Ricoh", "Sharp", "Xerox", "Lexmark"};
    store_stmt *stmt = NULL;
    unsigned mixed = (unsigned)i * 2654435761u; /* spreads without a generator's state */
    int shuffled = (int)(mixed % 1000003u);
    PLATEN_TRY(store_prepare(conn, &insert_device, &stmt, err));
    text(stmt, "name", "printer-%06d-%d", shuffled, i % 97);
    text(stmt, "address", "10.%d.1.%d", i / 250, i % 250 + 1);
    text(stmt, "address_key", "0a%02x01%02x", i / 250, i % 250 + 1);
    text(stmt, "hostname", "prn%06d.site%d.example", shuffled, i % 40);
    store_bind_text(stmt, "manufacturer", makers[i % 10]);
    text(stmt, "model", "Model %d-%d", i % 120, i % 7);
    text(stmt, "serial", "SN%08X%d", shuffled * 37, i % 10);
    text(stmt, "mac", "00:11:22:%02x:%02x:01", i / 250, i % 250);
    text(stmt, "firmware", "%d.%d", i % 30, i % 9);
    text(stmt, "location", "Building %d, floor %d", i % 60, i % 12);
    text(stmt, "contact", "help%d@site%d.example", i % 300, i % 40);
    text(stmt, "comment", i % 5 == 0 ? "leased until %d/%d" : "", 2024 + i % 6, i % 12 + 1);
    store_bind_i64(stmt, "power", i % 20 == 0 ? 2 : i % 31 == 0 ? 1 : 0);
    store_bind_i64(stmt, "severity", i % 17 == 0 ? 2 : i % 11 == 0 ? 1 : 0);
    store_bind_i64(stmt, "pages", shuffled);
    store_bind_i64(stmt, "supply", shuffled % 101);
    text(stmt, "alert", i % 17 == 0 ? "Toner low in station %d" : "", i % 4, 0);
    store_bind_i64(stmt, "seen", 1700000000000LL + shuffled * 1000LL);
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

static platen_code fill(store_conn *conn, void *user, platen_error *err)
{
    static const char supplies[] =
        "[{\"key\":\"1.1\",\"description\":\"Black toner cartridge\",\"type\":\"toner\",\"class\":"
        "\"consumed\",\"color\":\"black\",\"unit\":\"percent\",\"capacity\":100,\"level\":42,"
        "\"percent\":42,\"state\":\"percent\",\"source\":\"printer-mib\",\"part\":\"X1\"},"
        "{\"key\":\"1.2\",\"description\":\"Cyan toner cartridge\",\"type\":\"toner\",\"class\":"
        "\"consumed\",\"color\":\"cyan\",\"unit\":\"percent\",\"capacity\":100,\"level\":13,"
        "\"percent\":13,\"state\":\"percent\",\"source\":\"printer-mib\",\"part\":\"X2\"}]";
    static const char inputs[] =
        "[{\"key\":\"1.1\",\"name\":\"Tray 1\",\"description\":\"Tray 1\",\"type\":\"removable\","
        "\"media\":\"iso-a4\",\"unit\":\"sheets\",\"capacity\":500,\"level\":250,\"percent\":50,"
        "\"state\":\"ok\"}]";
    store_stmt *stmt = NULL;
    (void)user;
    for (int i = 0; i < FLEET_DEVICES; i++) {
        PLATEN_TRY(one(conn, i, err));
    }
    PLATEN_TRY(store_prepare(conn, &insert_state, &stmt, err));
    store_bind_text(stmt, "description",
                    "Printer Model 12 with a long description of its firmware");
    store_bind_text(stmt, "supplies", supplies);
    store_bind_text(stmt, "inputs", inputs);
    store_bind_text(stmt, "counters", "{\"total\":12345,\"color\":234,\"duplex\":55}");
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    PLATEN_TRY(code);
    PLATEN_TRY(store_prepare(conn, &place, &stmt, err));
    code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

platen_code fleet_fill(store *s, platen_error *err)
{
    PLATEN_TRY(store_write(s, fill, NULL, err));
    return device_search_fill(s, err);
}
