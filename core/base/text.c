/* Clean text from dirty octets. */
#include "core/base/text.h"

#include <ctype.h>
#include <locale.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <wctype.h>

/* Length of the UTF-8 character at `at`, 0 when it is none (overlong, surrogate, cut). */
static size_t utf8_length(const unsigned char *at, size_t left)
{
    unsigned char c = at[0];
    if (c < 0x80) {
        return 1;
    }
    size_t length = c >= 0xc2 && c <= 0xdf   ? 2
                    : c >= 0xe0 && c <= 0xef ? 3
                    : c >= 0xf0 && c <= 0xf4 ? 4
                                             : 0;
    if (length == 0 || length > left) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool bad = (c == 0xe0 && at[1] < 0xa0) || (c == 0xed && at[1] > 0x9f) ||
               (c == 0xf0 && at[1] < 0x90) || (c == 0xf4 && at[1] > 0x8f);
    return bad ? 0 : length;
}

/* Octets of ASCII at the beginning, eight at a time: nearly all that devices say is nothing else.
 */
static size_t ascii_length(const unsigned char *at, size_t length)
{
    size_t count = 0;
    uint64_t word;
    while (length - count >= sizeof(word)) {
        memcpy(&word, at + count, sizeof(word));
        if ((word & 0x8080808080808080u) != 0) {
            break;
        }
        count += sizeof(word);
    }
    while (count < length && at[count] < 0x80) {
        count++;
    }
    return count;
}

bool text_is_utf8(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t ascii = ascii_length(at, length);
    at += ascii;
    length -= ascii;
    while (length > 0) {
        size_t step = utf8_length(at, length);
        if (step == 0) {
            return false;
        }
        at += step;
        length -= step;
    }
    return true;
}

/* Octets at the beginning that are taken as they are: printable ASCII but the space. */
static size_t plain_length(const unsigned char *at, size_t length)
{
    size_t count = 0;
    while (count < length && at[count] > ' ' && at[count] < 0x7f) {
        count++;
    }
    return count;
}

bool text_is_clean(const void *octets, size_t length)
{
    const unsigned char *at = octets;
    size_t i = plain_length(at, length);
    while (i > 0 && i < length && at[i] == ' ') {
        size_t word = plain_length(at + i + 1, length - i - 1);
        if (word == 0) {
            return false;
        }
        i += 1 + word;
    }
    return i == length;
}

void text_from_device(strbuf *out, const void *octets, size_t length)
{
    const unsigned char *at = octets;
    bool utf8 = text_is_utf8(octets, length);
    size_t start = out->length;
    bool space = false;
    for (size_t i = 0; i < length;) {
        size_t plain = plain_length(at + i, length - i);
        size_t step = plain > 0 ? plain : utf8 ? utf8_length(at + i, length - i) : 1;
        unsigned char c = at[i];
        bool control = c < 0x20 || c == 0x7f || (!utf8 && c >= 0x80 && c < 0xa0) ||
                       (utf8 && c == 0xc2 && at[i + 1] < 0xa0);
        if (control || c == ' ') {
            space = out->length > start;
        } else {
            if (space) {
                strbuf_append_char(out, ' ');
                space = false;
            }
            if (!utf8 && c >= 0x80) { /* Latin-1 */
                strbuf_append_char(out, (char)(0xc0 | c >> 6));
                strbuf_append_char(out, (char)(0x80 | (c & 0x3f)));
            } else {
                strbuf_append_n(out, at + i, step);
            }
        }
        i += step;
    }
}

static uint32_t utf8_value(const unsigned char *at, size_t length)
{
    uint32_t value = length == 1 ? at[0] : at[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        value = value << 6 | (at[i] & 0x3fu);
    }
    return value;
}

static bool is_unseen(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void text_escape(strbuf *out, const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    while (length > 0) {
        size_t step = utf8_length(at, length);
        uint32_t c = step > 0 ? utf8_value(at, step) : 0xfffd;
        if (step == 0) {
            strbuf_append(out, "\xef\xbf\xbd");
        } else if (is_unseen(c)) {
            strbuf_appendf(out, "\\u%04x", (unsigned)c);
        } else {
            strbuf_append_n(out, at, step);
        }
        step = step > 0 ? step : 1;
        at += step;
        length -= step;
    }
}

size_t text_cut(const char *text, size_t length, size_t most)
{
    if (length <= most) {
        return length;
    }
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80) {
        most--;
    }
    return most;
}

static locale_t letters; /* of all scripts, whatever the program's own locale */
static pthread_once_t letters_once = PTHREAD_ONCE_INIT;

static void load_letters(void)
{
    letters = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static uint32_t utf8_decode(const unsigned char *at, size_t length)
{
    uint32_t c = length == 1 ? at[0] : at[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        c = c << 6 | (at[i] & 0x3fu);
    }
    return c;
}

static void utf8_append(strbuf *out, uint32_t c)
{
    if (c < 0x80) {
        strbuf_append_char(out, (char)c);
        return;
    }
    unsigned rest = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    strbuf_append_char(out, (char)((0xff00u >> (rest + 1)) | c >> 6 * rest));
    while (rest-- > 0) {
        strbuf_append_char(out, (char)(0x80u | (c >> 6 * rest & 0x3fu)));
    }
}

void text_fold(strbuf *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t left = strlen(text);
    (void)pthread_once(&letters_once, load_letters);
    while (left > 0) {
        size_t step = utf8_length(at, left);
        uint32_t c = step > 0 ? utf8_decode(at, step) : at[0];
        if (c < 0x80) {
            strbuf_append_char(out, (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
        } else if (step == 0 || letters == (locale_t)0) {
            strbuf_append_n(out, at, step > 0 ? step : 1);
        } else {
            utf8_append(out, (uint32_t)towlower_l((wint_t)c, letters));
        }
        at += step > 0 ? step : 1;
        left -= step > 0 ? step : 1;
    }
}

bool text_equal_fold(const char *a, const char *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    return strcasecmp(a, b) == 0;
}

bool text_begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; at != NULL && *at != '\0';) {
        at += strspn(at, " \t,");
        size_t here = strcspn(at, " \t,");
        if (here == length && strncmp(at, word, length) == 0) {
            return true;
        }
        at += here;
    }
    return false;
}

bool text_is_action_id(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    static const char *const reserved[] = {"device.", "system.", "flow.", "script."};
    size_t group = strspn(text, allowed);
    size_t name = text[group] == '.' ? strspn(text + group + 1, allowed) : 0;
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (text_begins(text, reserved[i])) {
            return false;
        }
    }
    return group > 0 && name > 0 && text[group + 1 + name] == '\0' && group + 1 + name <= 63;
}

const char *text_trim(char *text)
{
    while (isspace((unsigned char)*text)) {
        text++;
    }
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        length--;
    }
    text[length] = '\0';
    return text;
}

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const char url_alphabet[] = ALPHANUMERIC "-_";
static const char common_alphabet[] = ALPHANUMERIC "+/";

static void encode(strbuf *out, const void *data, size_t length, const char *alphabet)
{
    const unsigned char *bytes = data;
    uint32_t window = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < length; i++) {
        window = window << 8 | bytes[i];
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            strbuf_append_char(out, alphabet[window >> bits & 63]);
        }
    }
    if (bits > 0) {
        strbuf_append_char(out, alphabet[window << (6 - bits) & 63]);
    }
}

void text_base64url(strbuf *out, const void *data, size_t length)
{
    encode(out, data, length, url_alphabet);
}

void text_base64(strbuf *out, const void *data, size_t length)
{
    encode(out, data, length, common_alphabet);
    for (size_t i = length; i % 3 != 0; i++) {
        strbuf_append_char(out, '=');
    }
}

typedef struct decoder {
    unsigned char *bytes;
    size_t capacity;
    size_t used;
    size_t count; /* of characters */
    uint32_t window;
    unsigned bits;
} decoder;

static bool decode_one(decoder *d, char c, const char *alphabet)
{
    const char *place = c != '\0' ? strchr(alphabet, c) : NULL;
    if (place == NULL) {
        return false;
    }
    d->window = d->window << 6 | (uint32_t)(place - alphabet);
    d->bits += 6;
    d->count++;
    if (d->bits >= 8) {
        d->bits -= 8;
        if (d->used == d->capacity) {
            return false;
        }
        d->bytes[d->used++] = (unsigned char)(d->window >> d->bits & 0xff);
    }
    return true;
}

/* No cut character and no bits over. */
static bool decode_end(const decoder *d, size_t *length)
{
    if (d->count % 4 == 1 || (d->window & ((1u << d->bits) - 1)) != 0) {
        return false;
    }
    *length = d->used;
    return true;
}

bool text_unbase64url(const char *text, void *data, size_t capacity, size_t *length)
{
    decoder d = {.bytes = data, .capacity = capacity};
    for (; *text != '\0'; text++) {
        if (!decode_one(&d, *text, url_alphabet)) {
            return false;
        }
    }
    return decode_end(&d, length);
}

bool text_unbase64(const char *text, void *data, size_t capacity, size_t *length)
{
    decoder d = {.bytes = data, .capacity = capacity};
    size_t padding = 0;
    for (; *text != '\0'; text++) {
        if (isspace((unsigned char)*text)) {
            continue;
        }
        padding += *text == '=' ? 1 : 0;
        if (padding > 0 ? *text != '=' : !decode_one(&d, *text, common_alphabet)) {
            return false;
        }
    }
    return (d.count + padding) % 4 == 0 && padding <= 2 && decode_end(&d, length);
}

void text_hex(char *out, const void *data, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *bytes = data;
    for (size_t i = 0; i < length; i++) {
        out[2 * i] = hex[bytes[i] >> 4];
        out[2 * i + 1] = hex[bytes[i] & 15];
    }
    out[2 * length] = '\0';
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_unhex(const char *text, void *data, size_t capacity, size_t *length)
{
    unsigned char *bytes = data;
    size_t used = 0;
    for (; text[0] != '\0'; text += 2) {
        int high = nibble(text[0]);
        int low = text[1] != '\0' ? nibble(text[1]) : -1;
        if (high < 0 || low < 0 || used == capacity) {
            return false;
        }
        bytes[used++] = (unsigned char)(high << 4 | low);
    }
    *length = used;
    return true;
}
