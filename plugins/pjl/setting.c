/* Pure functions; the words of categories are the contract's. */
#include "setting.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool begins(const char *name, const char *const *list)
{
    for (size_t i = 0; list[i] != NULL; i++) {
        if (strncasecmp(name, list[i], strlen(list[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_one_of(const char *name, const char *const *list)
{
    for (size_t i = 0; list[i] != NULL; i++) {
        if (strcasecmp(name, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool ends(const char *name, const char *ending)
{
    size_t length = strlen(name);
    size_t end = strlen(ending);
    return length >= end && strcasecmp(name + length - end, ending) == 0;
}

const char *setting_category(const char *name)
{
    static const char *const panels[] = {"CPLOCK",    "DISKLOCK", "LANG",         "PASSWORD",
                                         "PANELLOCK", "LANGUAGE", "CONTROLPANEL", NULL};
    static const char *const paper[] = {"INTRAY", "OUTTRAY",     "OUTBIN", "TRAY",
                                        "MPTRAY", "MEDIASOURCE", NULL};
    static const char *const networks[] = {
        "IPADDR", "IPV4",    "IPV6",    "IPCONFIG", "HOSTNAME", "DHCP",   "DNS",     "WINS", "SNMP",
        "SUBNET", "GATEWAY", "NETMASK", "NETWORK",  "TCPIP",    "TELNET", "MACADDR", NULL};
    return is_one_of(name, panels)  ? "panel"
           : begins(name, paper)    ? "paper"
           : begins(name, networks) ? "network"
                                    : "printing";
}

const char *setting_case(const char *name)
{
    static const char *const own[] = {"IPADDR",  "IPV4ADDR", "IPV6ADDR", "HOSTNAME",
                                      "MACADDR", "SERIAL",   NULL};
    return begins(name, own) || ends(name, "NAME") || ends(name, "SERIALNUMBER") ||
                   ends(name, "LOCATION") || ends(name, "CONTACT")
               ? "A"
               : "C";
}

bool setting_is_secret(const char *path)
{
    const char *last = strrchr(path, '/');
    const char *name = last != NULL ? last + 1 : path;
    if (strcasestr(path, "password") != NULL || strcasestr(path, "passwd") != NULL) {
        return true;
    }
    for (const char *at = strcasestr(name, "pin"); at != NULL; at = strcasestr(at + 1, "pin")) {
        bool alone = (at == name || !isalnum((unsigned char)at[-1]) || at[3] == '\0') &&
                     !isalnum((unsigned char)at[3]);
        if (alone) {
            return true;
        }
    }
    return false;
}

int setting_turn(const char *name, const char *value)
{
    static const char *const open[] = {"OFF", "NONE", "DISABLED", "UNLOCK", "UNLOCKED", NULL};
    static const char *const locks[] = {"CPLOCK", "DISKLOCK", "PANELLOCK", NULL};
    if (!is_one_of(name, locks)) {
        return 1;
    }
    return is_one_of(value, open) ? 0 : 2;
}

/* ---- to JSON ---- */

cJSON *setting_value(variable_kind kind, const char *text)
{
    double number = 0;
    if (text == NULL) {
        return cJSON_CreateNull();
    }
    bool numeric = kind == VARIABLE_IS_INTEGER || kind == VARIABLE_IS_NUMBER;
    return numeric && grammar_number(text, &number, NULL) ? cJSON_CreateNumber(number)
                                                          : cJSON_CreateString(text);
}

static bool add_options(cJSON *item, const variable *v)
{
    if (v->kind != VARIABLE_IS_ENUM || v->option_count == 0) {
        return true;
    }
    cJSON *list = cJSON_AddArrayToObject(item, "values");
    for (size_t i = 0; list != NULL && i < v->option_count; i++) {
        cJSON *option = cJSON_CreateString(v->options[i]);
        if (option == NULL || !cJSON_AddItemToArray(list, option)) {
            cJSON_Delete(option);
            return false;
        }
    }
    return list != NULL;
}

cJSON *setting_item(const variable *v)
{
    static const char *const kinds[] = {"text", "enum", "integer", "number"};
    char path[VARIABLE_PATH];
    cJSON *made = cJSON_CreateObject();
    cJSON *present = setting_value(v->kind, v->value);
    variable_path(v, path);
    bool good = cJSON_AddItemToObject(made, "value", present);
    if (!good) {
        cJSON_Delete(present);
    }
    good = good && cJSON_AddStringToObject(made, "path", path) != NULL &&
           cJSON_AddStringToObject(made, "category", setting_category(v->name)) != NULL &&
           cJSON_AddStringToObject(made, "kind", kinds[v->kind]) != NULL && add_options(made, v);
    if (v->ranged) {
        good = good && cJSON_AddNumberToObject(made, "min", v->low) != NULL &&
               cJSON_AddNumberToObject(made, "max", v->high) != NULL;
    }
    good = good && cJSON_AddBoolToObject(made, "writable", !v->read_only && !v->odd) != NULL &&
           cJSON_AddStringToObject(made, "case", setting_case(v->name)) != NULL;
    if (!good) {
        cJSON_Delete(made);
        return NULL;
    }
    return made;
}

/* ---- from JSON ---- */

/* Which of the device's words is yes or no; NULL: it has neither. */
static const char *word_of(const variable *v, bool yes)
{
    static const char *const pairs[][2] = {{"OFF", "ON"},
                                           {"FALSE", "TRUE"},
                                           {"NO", "YES"},
                                           {"DISABLE", "ENABLE"},
                                           {"DISABLED", "ENABLED"}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (variable_option(v, pairs[i][0]) < v->option_count &&
            variable_option(v, pairs[i][1]) < v->option_count) {
            return pairs[i][yes ? 1 : 0];
        }
    }
    return NULL;
}

static void number_text(const variable *v, double number, char *text, size_t size)
{
    bool whole = number > -1e15 && number < 1e15 && number == (double)(long long)number;
    if (v->kind == VARIABLE_IS_NUMBER) {
        (void)snprintf(text, size, "%.*f", (int)(v->decimals > 6 ? 6 : v->decimals), number);
        double sent = 0;
        if (grammar_number(text, &sent, NULL) && sent == number) {
            return;
        }
    }
    if (whole) {
        (void)snprintf(text, size, "%lld", (long long)number);
        return;
    }
    (void)snprintf(text, size, "%.6f", number);
    for (size_t length = strlen(text); length > 1 && text[length - 1] == '0'; length--) {
        text[length - 1] = '\0';
    }
}

/* Nothing that would end the command, the quotes or the job goes to a device. */
static bool is_plain(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e || *c == '"') {
            return false;
        }
    }
    return true;
}

static bool take(const char *from, char text[VARIABLE_TEXT + 1], char why[SETTING_WHY])
{
    if (strlen(from) > VARIABLE_TEXT) {
        (void)snprintf(why, SETTING_WHY, "the value has %zu octets, at most %u can be sent",
                       strlen(from), VARIABLE_TEXT);
        return false;
    }
    if (!is_plain(from)) {
        (void)snprintf(why, SETTING_WHY,
                       "the value has characters that cannot be sent: quotes, controls or others "
                       "than ASCII");
        return false;
    }
    (void)snprintf(text, VARIABLE_TEXT + 1, "%s", from);
    return true;
}

bool setting_text(const variable *v, const cJSON *value, char text[VARIABLE_TEXT + 1],
                  char why[SETTING_WHY])
{
    char digits[64];
    if (cJSON_IsString(value)) {
        double number = 0;
        bool numeric = v->kind == VARIABLE_IS_INTEGER || v->kind == VARIABLE_IS_NUMBER;
        if (numeric && grammar_number(value->valuestring, &number, NULL)) {
            number_text(v, number, digits, sizeof(digits));
            return take(digits, text, why);
        }
        size_t option =
            v->kind == VARIABLE_IS_ENUM ? variable_option(v, value->valuestring) : v->option_count;
        return take(option < v->option_count ? v->options[option] : value->valuestring, text, why);
    }
    if (cJSON_IsNumber(value)) {
        number_text(v, value->valuedouble, digits, sizeof(digits));
        return take(digits, text, why);
    }
    const char *word = cJSON_IsBool(value) ? word_of(v, cJSON_IsTrue(value)) : NULL;
    if (word != NULL) {
        return take(word, text, why);
    }
    (void)snprintf(why, SETTING_WHY, "a value of this kind cannot be sent");
    return false;
}

void setting_command(const variable *v, const char *text, char *out, size_t size)
{
    char name[VARIABLE_PATH];
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "_-.:";
    bool bare =
        v->kind != VARIABLE_IS_TEXT || (text[0] != '\0' && text[strspn(text, plain)] == '\0');
    const char *quote = v->quoted || !bare ? "\"" : "";
    variable_command_name(v, name);
    (void)snprintf(out, size, "%s=%s%s%s", name, quote, text, quote);
}
