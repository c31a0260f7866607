/*
 * Passwords that are guessed first. A list of stems: a password is undressed (case, letters written
 * as digits and signs, digits and signs at its ends) before it is looked up, so that a stem stands
 * for hundreds of its disguises.
 */
#include "core/model/user_policy.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define STEM_MAX 64

/* Undressed: no digits or signs. */
static const char *const stems[] = {
    "aaaa",       "abcabc",     "abcd",          "abcde",      "abcdef",
    "abcdefg",    "abcdefgh",   "access",        "account",    "adm",
    "admin",      "adminadmin", "administrator", "adobe",      "america",
    "andrew",     "angel",      "anthony",       "apple",      "arsenal",
    "asdf",       "asdfasdf",   "asdfgh",        "asdfghjk",   "asdfghjkl",
    "ashley",     "asshole",    "august",        "austin",     "autumn",
    "azerty",     "azertyuiop", "backup",        "badboy",     "bailey",
    "banana",     "barcelona",  "baseball",      "basketball", "batman",
    "berlin",     "blink",      "bonjour",       "brother",    "buster",
    "butterfly",  "canon",      "changeit",      "changeme",   "charlie",
    "cheese",     "chelsea",    "chocolate",     "cisco",      "company",
    "computer",   "cookie",     "corporate",     "database",   "december",
    "default",    "demo",       "device",        "dragon",     "dragonball",
    "easter",     "einstein",   "epson",         "facebook",   "february",
    "flower",     "football",   "freedom",       "friday",     "fuckyou",
    "george",     "germany",    "ginger",        "google",     "guest",
    "hallo",      "hannah",     "harley",        "hello",      "helloworld",
    "helpdesk",   "hockey",     "home",          "hottie",     "hunter",
    "iloveu",     "iloveyou",   "internet",      "january",    "jasmine",
    "jennifer",   "jessica",    "jesus",         "jordan",     "joshua",
    "july",       "june",       "justin",        "killer",     "konica",
    "kyocera",    "letmein",    "lexmark",       "linux",      "liverpool",
    "login",      "london",     "love",          "lovely",     "loveme",
    "maggie",     "manager",    "march",         "market",     "master",
    "matrix",     "matthew",    "mercedes",      "merlin",     "michael",
    "michelle",   "microsoft",  "minecraft",     "monday",     "money",
    "monkey",     "mother",     "motdepasse",    "mustang",    "mypassword",
    "naruto",     "network",    "nicole",        "ninja",      "nothing",
    "november",   "october",    "office",        "oracle",     "orange",
    "paris",      "pass",       "passer",        "passord",    "passphrase",
    "passw",      "passwd",     "passwort",      "password",   "passwordpassword",
    "patrick",    "pepper",     "platen",        "pokemon",    "princess",
    "print",      "printer",    "printers",      "private",    "public",
    "purple",     "qazwsx",     "qazwsxedc",     "qwer",       "qwert",
    "qwerty",     "qwertyu",    "qwertyui",      "qwertyuiop", "qwertz",
    "qwertzuiop", "ranger",     "ricoh",         "root",       "samsung",
    "saturday",   "school",     "secret",        "security",   "september",
    "server",     "service",    "shadow",        "silver",     "snoopy",
    "soccer",     "sommer",     "spring",        "starwars",   "stern",
    "student",    "summer",     "sunday",        "sunshine",   "super",
    "superman",   "superuser",  "support",       "sysadmin",   "system",
    "temp",       "temporary",  "test",          "tester",     "testing",
    "testtest",   "thomas",     "thursday",      "tigger",     "toor",
    "trustno",    "tuesday",    "unknown",       "user",       "username",
    "wachtwoord", "wednesday",  "welcome",       "whatever",   "willkommen",
    "windows",    "winter",     "xerox",         "zaqwsx",     "zxcvbn",
    "zxcvbnm",
};

static bool is_stem(const char *text)
{
    for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++) {
        if (strcmp(stems[i], text) == 0) {
            return true;
        }
    }
    return false;
}

/* The letter that a digit or sign stands for, '\0' for none. */
static char letter_of(char c)
{
    static const char disguises[] = "@a4a3e1i!i0o$s5s7t8b";
    for (size_t i = 0; disguises[i] != '\0'; i += 2) {
        if (disguises[i] == c) {
            return disguises[i + 1];
        }
    }
    return '\0';
}

/* Whether these characters are a stem, with case, disguises and separators taken off. */
static bool undressed_is_stem(const char *from, size_t length)
{
    char bare[STEM_MAX];
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        char c = (char)tolower((unsigned char)from[i]);
        c = islower((unsigned char)c) ? c : letter_of(c);
        if (c != '\0') {
            bare[count++] = c;
        } else if (strchr("-_. ", from[i]) == NULL) {
            return false;
        }
    }
    bare[count] = '\0';
    return is_stem(bare);
}

/* With digits and signs at the ends taken off, as many as it takes. */
static bool trimmed_is_stem(const char *text, size_t length)
{
    size_t first = 0;
    size_t end = length;
    while (first < length && !isalpha((unsigned char)text[first])) {
        first++;
    }
    while (end > first && !isalpha((unsigned char)text[end - 1])) {
        end--;
    }
    for (size_t last = end; last <= length; last++) {
        if (undressed_is_stem(text, last) ||
            (last > first && undressed_is_stem(text + first, last - first))) {
            return true;
        }
    }
    return false;
}

/* "11111111", "12345678", "87654321": each step to the next character is the same small one. */
static bool is_run(const char *text)
{
    int step = text[0] != '\0' ? text[1] - text[0] : 2;
    if (step < -1 || step > 1) {
        return false;
    }
    for (size_t i = 1; text[i] != '\0'; i++) {
        int next = text[i] - text[i - 1];
        bool wraps =
            (text[i - 1] == '9' && text[i] == '0') || (text[i - 1] == '0' && text[i] == '9');
        if (next != step && !wraps) {
            return false;
        }
    }
    return true;
}

bool user_password_common(const char *password)
{
    size_t length = strlen(password);
    if (length >= STEM_MAX) {
        return false;
    }
    if (is_run(password) || trimmed_is_stem(password, length)) {
        return true;
    }
    /* "1q2w3e4r" and what else a finger draws over the keys. */
    static const char *const drawn[] = {"1q2w3e", "1qaz2wsx", "q1w2e3", "zaq12wsx", "1a2b3c",
                                        "a1b2c3", "!qaz2wsx", "qwe123", "asd123",   "abc123"};
    for (size_t i = 0; i < sizeof(drawn) / sizeof(drawn[0]); i++) {
        size_t part = strlen(drawn[i]);
        if (strncasecmp(password, drawn[i], part) == 0 && length <= part + 4) {
            return true;
        }
    }
    return false;
}
