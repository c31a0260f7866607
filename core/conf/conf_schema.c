/* The keys of the core. platend.conf(5) is made from this table. */
#include "core/conf/conf_internal.h"

#define TEXT(section, key, preset, reload, help)                                                   \
    {                                                                                              \
        section, key, CONF_TEXT, preset, 0, 0, NULL, reload, help                                  \
    }
#define PATH(section, key, preset, help)                                                           \
    {                                                                                              \
        section, key, CONF_PATH, preset, 0, 0, NULL, false, help                                   \
    }
#define CHOICE(section, key, preset, choices, reload, help)                                        \
    {                                                                                              \
        section, key, CONF_CHOICE, preset, 0, 0, choices, reload, help                             \
    }
#define BOOLEAN(section, key, preset, reload, help)                                                \
    {                                                                                              \
        section, key, CONF_BOOLEAN, preset, 0, 0, NULL, reload, help                               \
    }
#define INTEGER(section, key, preset, minimum, maximum, reload, help)                              \
    {                                                                                              \
        section, key, CONF_INTEGER, preset, minimum, maximum, NULL, reload, help                   \
    }

const conf_item conf_core_schema[] = {
    CHOICE("general", "role", "manager", "manager|agent", false,
           "What this process is: the manager holds the database and serves the pages, an agent "
           "talks to devices for it."),
    PATH("general", "data", "/var/lib/platen",
         "The folder for everything that must be kept. Manager and agent need one each."),
    CHOICE("general", "log_level", "info", "error|warning|notice|info|debug", true,
           "The least important lines that are still written to the log."),

    INTEGER("http", "https_port", "8443", 1, 65535, false, "The port of the pages and of REST."),
    INTEGER("http", "http_port", "8080", 0, 65535, false,
            "A port that only sends browsers to https_port; 0 is none."),
    TEXT("http", "address", "", false,
         "The address to listen on; when empty all addresses of the host, IPv4 and IPv6."),
    INTEGER("http", "threads", "1536", 16, 16384, false,
            "How many connections are held at once; each has a thread with a small stack."),
    INTEGER("http", "streams", "256", 1, 8192, false, "How many of them may be event streams."),
    INTEGER("http", "connections_per_address", "768", 0, 16384, false,
            "How many of them one client address, or one IPv6 network of 64 bits, may hold; 0 is "
            "no bound."),
    INTEGER("http", "idle_timeout_s", "60", 5, 3600, false,
            "Seconds after which a connection without a request is closed."),
    TEXT("http", "site_address", "", true,
         "The name or address by which browsers, agents and devices reach the manager; when empty "
         "the host's name."),

    TEXT("http", "trusted_proxies", "", false,
         "Addresses and blocks (10.1.2.3, 10.0.0.0/8, fd00::/8), separated by spaces, of proxies "
         "before the manager whose word about the client's address is believed."),
    CHOICE("http", "proxy_header", "x-forwarded-for", "x-forwarded-for|forwarded", false,
           "The header in which they tell it; the other one is never looked at."),

    TEXT("store", "url", "", false,
         "The database: sqlite:/path/file or postgresql://user@host/database. When empty the file "
         "platen.db in the data folder."),
    INTEGER("store", "readers", "8", 1, 100, false, "Connections that read at once, at most."),

    TEXT("link", "manager_url", "", false,
         "Of an agent: where its manager is, such as https://platen.example:8443."),
    TEXT("link", "activation_key", "", false,
         "Of an agent: the key that the manager gave for its first connection. Remove it when the "
         "agent is active."),

    BOOLEAN("agent", "local", "yes", false,
            "Whether the manager starts an agent of its own on this host."),
    INTEGER("agent", "workers", "64", 1, 1024, false,
            "Devices that are worked on at once over protocols other than SNMP."),

    CHOICE("agent", "isolation", "untrusted", "untrusted|all|none", false,
           "Which plugins run in a worker process of their own, so that a crash takes down that "
           "process alone: those that are not trusted, all, or none."),
    TEXT("agent", "trusted", "", false,
         "The plugins that are trusted, separated by spaces; when empty those of the folder of "
         "plugins, and not those of packages."),
    INTEGER("agent", "worker_memory", "256", 32, 65536, false,
            "MiB of memory that a worker process may use before it is ended."),
    INTEGER("agent", "crashes", "5", 1, 16, false,
            "A plugin whose worker process ends so often within ten minutes is quarantined."),
    INTEGER("agent", "quarantine_minutes", "60", 1, 10080, false,
            "Minutes for which a quarantined plugin is left alone."),

    INTEGER("download", "https_port", "10443", 0, 65535, false,
            "Of an agent: the port at which devices fetch what was distributed for them to fetch, "
            "over HTTPS; it is open only while there is something. 0: none."),
    INTEGER("download", "http_port", "0", 0, 65535, false,
            "The same over HTTP, usually 10080; user and password of the device then cross the "
            "network readable. 0: none."),
    TEXT("download", "address", "", false,
         "The address at which these ports are open; when empty all of this host."),
    TEXT("download", "name", "", false,
         "The name or address of this host in the URLs that devices are given; when empty the "
         "address that it has towards the device."),

    INTEGER("snmp", "timeout_ms", "1000", 50, 60000, true,
            "Milliseconds to wait for an answer of a device."),
    INTEGER("snmp", "retries", "2", 0, 10, true, "Repeats of a request without an answer."),
    INTEGER("snmp", "packets_per_second", "5000", 1, 1000000, true,
            "Requests sent in a second at most, to all devices together."),
    INTEGER("snmp", "in_flight", "4096", 1, 65536, false,
            "Requests that wait for their answer at once, at most."),
    INTEGER("snmp", "max_repetitions", "25", 1, 100, true,
            "Rows asked for in one request; fewer where a device cannot."),

    INTEGER("discovery", "wrong_credentials_per_day", "5", 1, 1000, true,
            "Wrong credentials that are tried on one device in a day at most, so that it does not "
            "lock itself."),

    PATH("plugins", "folder", "",
         "The folder with the plugins, which only its owner may write to; when empty the installed "
         "one."),
    TEXT("plugins", "enabled", PLATEN_PLUGINS, false, "The plugins to load, separated by spaces."),
    TEXT("plugins", "required", "", false,
         "Those of them without which Platen does not start, separated by spaces."),

    BOOLEAN("functions", "allow_unsigned", "no", false,
            "Whether packages without a signature may be installed: for who writes plugins, never "
            "for an installation that others use."),
    INTEGER("functions", "trial_s", "60", 5, 3600, false,
            "Seconds that a new version of a function, or of Platen, has to start and to bring the "
            "database up to date before the old one is put back."),

    PATH("scripts", "stock", "",
         "The folder with the scripts that come with Platen; when empty the installed one."),
    PATH("scripts", "folder", "",
         "A folder with scripts of this installation, in tasks, flows and lib below it, which only "
         "its owner may write to; when empty the folder scripts in the data folder. Read at the "
         "start and on SIGHUP."),

    INTEGER("monitor", "status_minutes", "5", 1, 1440, true,
            "Minutes between two readings of a device's state."),
    INTEGER("monitor", "information_minutes", "1440", 5, 44640, true,
            "Minutes between two readings of a device's name, model, addresses and equipment."),
    INTEGER("monitor", "counters_minutes", "1440", 5, 44640, true,
            "Minutes between two readings of a device's page counters."),

    PATH("notify", "ca_file", "",
         "A PEM file with the certificate authorities that mail servers and receivers of webhooks "
         "are trusted by; when empty those of the system."),

    TEXT("first_start", "ranges", "", false,
         "Address ranges, separated by spaces, that the local agent searches at once when it has "
         "none yet: for installation without hands."),
    INTEGER("first_start", "snmp_port", "161", 1, 65535, false,
            "The SNMP port of the devices in these ranges."),
    TEXT("first_start", "community", "", false, "An SNMP community to register with them."),

    PATH("web", "folder", "", "The folder with the pages; when empty the installed one."),
};

const size_t conf_core_schema_count = sizeof conf_core_schema / sizeof conf_core_schema[0];
