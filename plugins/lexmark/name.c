/* What is known of a setting by its name: public sources show nothing else of it. */
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "bundle.h"

static bool contains(const char *name, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = name; *at != '\0'; at++) {
        if (strncasecmp(at, word, length) == 0) {
            return true;
        }
    }
    return false;
}

/* "pin" as a part of the name: "box.pin", "userPin", not "mapping". */
static bool has_pin(const char *name)
{
    for (const char *at = name; *at != '\0'; at++) {
        bool begins = at == name || strchr("._-", at[-1]) != NULL || *at == 'P';
        bool ends =
            strlen(at) < 4 || strchr("._-", at[3]) != NULL || (at[3] >= 'A' && at[3] <= 'Z');
        if (begins && ends && strncasecmp(at, "pin", 3) == 0) {
            return true;
        }
    }
    return false;
}

bool bundle_is_secret(const char *name)
{
    static const char *const words[] = {"password",   "passwd",       "passphrase", "secret",
                                        "privatekey", "presharedkey", "community"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (contains(name, words[i])) {
            return true;
        }
    }
    return has_pin(name);
}

/* The names are the only thing that public sources show of the settings. */
const char *bundle_category(const char *name)
{
    static const struct {
        const char *word;
        const char *category;
    } known[] = {
        {"security", "security-policy"},
        {"network", "network"},
        {"wifi", "network"},
        {"wireless", "network"},
        {"tcpip", "network"},
        {"snmp", "network"},
        {"addressbook", "address-book"},
        {"shortcut", "favourite"},
        {"homescreen", "home"},
        {"display", "panel"},
        {"tray", "paper"},
        {"paper", "paper"},
        {"print.", "printing"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (contains(name, known[i].word)) {
            return known[i].category;
        }
    }
    return "basic";
}

const char *bundle_case(const char *name)
{
    static const char *const own[] = {"ipaddress", "hostname",   "stationname", "stationnumber",
                                      "serial",    "macaddress", "assettag",    "location"};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (contains(name, own[i])) {
            return "A";
        }
    }
    return "B";
}
