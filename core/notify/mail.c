/* SMTP by libcurl: RFC 5321, 3207 (STARTTLS), 8314 (implicit TLS), 4954 (AUTH), MIME by curl_mime.
 */
#include "core/notify/mail.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"

#define RESPONSE_S 120L  /* RFC 5321, 4.5.3.2 asks for minutes */
#define WORD_BYTES 42    /* of UTF-8 in an encoded word: 12 + 56 characters, 75 are the limit */
#define PLAIN_SUBJECT 60 /* longer ones are folded */

static const char *const secrets[] = {"password", NULL};

const preference_group preference_mail = {
    .key = "mail",
    .presets = "{\"sender\":\"\",\"host\":\"\",\"port\":465,\"security\":\"tls\","
               "\"authentication\":false,\"user\":\"\"}",
    .schema =
        "{\"type\":\"object\",\"properties\":{"
        "\"sender\":{\"type\":\"string\",\"maxLength\":254},"
        "\"host\":{\"type\":\"string\",\"maxLength\":253,"
        "\"pattern\":\"^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\\\\.?|[0-9A-Fa-f:.]*)$\"},"
        "\"port\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":65535},"
        "\"security\":{\"type\":\"string\",\"enum\":[\"none\",\"starttls\",\"tls\"]},"
        "\"authentication\":{\"type\":\"boolean\"},"
        "\"user\":{\"type\":\"string\",\"maxLength\":255},"
        "\"password\":{\"type\":[\"string\",\"null\"],\"maxLength\":255,\"writeOnly\":true}}}",
    .secrets = secrets,
};

/* ---- settings ---- */

static bool is_atom(char c)
{
    return isalnum((unsigned char)c) != 0 ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Labels of letters, digits and '-', or of atoms, with single dots between. */
static bool dotted(const char *text, size_t length, bool domain)
{
    bool fresh = true;
    for (size_t i = 0; i < length; i++) {
        bool dot = text[i] == '.';
        bool good = domain ? isalnum((unsigned char)text[i]) || (text[i] == '-' && !fresh)
                           : is_atom(text[i]);
        if (dot ? fresh : !good) {
            return false;
        }
        fresh = dot;
    }
    return length > 0 && !fresh;
}

bool mail_address_ok(const char *address)
{
    const char *at = strrchr(address, '@');
    return at != NULL && strlen(address) <= 254 && at - address <= 64 &&
           dotted(address, (size_t)(at - address), false) && dotted(at + 1, strlen(at + 1), true);
}

void mail_settings_fini(mail_settings *m)
{
    free(m->sender);
    free(m->host);
    free(m->user);
    secret_text_free(m->password);
    memset(m, 0, sizeof(*m));
}

static platen_code take_settings(const cJSON *tree, mail_settings *out, platen_error *err)
{
    const char *security = json_get_text(tree, "security", "tls");
    bool authentication = json_get_bool(tree, "authentication", false);
    out->sender = strdup(json_get_text(tree, "sender", ""));
    out->host = strdup(json_get_text(tree, "host", ""));
    out->user = strdup(authentication ? json_get_text(tree, "user", "") : "");
    out->port = (int)json_get_i64(tree, "port", 465);
    out->security = strcmp(security, "none") == 0       ? MAIL_PLAIN
                    : strcmp(security, "starttls") == 0 ? MAIL_STARTTLS
                                                        : MAIL_TLS;
    if (out->sender == NULL || out->host == NULL || out->user == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the settings of mail");
    }
    if (out->host[0] == '\0' || out->sender[0] == '\0') {
        return error_set(err, PLATEN_E_STATE, "no mail server is set");
    }
    return PLATEN_OK;
}

platen_code mail_settings_load(store *s, const secret_key *key, mail_settings *out,
                               platen_error *err)
{
    cJSON *tree = NULL;
    mail_settings fresh = {0};
    PLATEN_TRY(preference_load(s, &preference_mail, &tree, err));
    platen_code rc = take_settings(tree, &fresh, err);
    if (rc == PLATEN_OK && fresh.user[0] != '\0' && json_get_bool(tree, "password_set", false)) {
        rc = preference_secret(s, &preference_mail, key, "password", &fresh.password, err);
    }
    cJSON_Delete(tree);
    if (rc != PLATEN_OK) {
        mail_settings_fini(&fresh);
        return rc;
    }
    *out = fresh;
    return PLATEN_OK;
}

/* ---- headers ---- */

static bool is_plain(const char *text, size_t length)
{
    bool ascii = length <= PLAIN_SUBJECT && strstr(text, "=?") == NULL;
    for (size_t i = 0; i < length && ascii; i++) {
        ascii = text[i] >= ' ' && text[i] <= '~';
    }
    return ascii;
}

void mail_encode(strbuf *out, const char *text)
{
    strbuf clean;
    strbuf_init(&clean);
    text_from_device(&clean, text, strlen(text));
    if (is_plain(clean.data, clean.length)) {
        strbuf_append(out, clean.data);
    } else {
        unsigned char word[WORD_BYTES / 3 * 4 + 1];
        for (size_t at = 0; at < clean.length;) {
            size_t end = clean.length - at > WORD_BYTES ? at + WORD_BYTES : clean.length;
            while (end < clean.length && ((unsigned char)clean.data[end] & 0xc0) == 0x80) {
                end--; /* a character stays in one word */
            }
            (void)EVP_EncodeBlock(word, (const unsigned char *)clean.data + at, (int)(end - at));
            strbuf_appendf(out, "%s=?UTF-8?B?%s?=", at > 0 ? "\r\n " : "", (const char *)word);
            at = end;
        }
    }
    out->failed = out->failed || clean.failed;
    strbuf_fini(&clean);
}

/* RFC 5322, 3.3; the "C" locale's names are its names, and the process sets no other. */
static bool add_date(delivery *d, int64_t ms)
{
    char text[64] = "";
    struct tm parts;
    time_t seconds = (time_t)(ms / 1000);
    return gmtime_r(&seconds, &parts) != NULL &&
           strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", &parts) > 0 &&
           delivery_header(d, "Date: %s", text);
}

/* RFC 2156, 5.3.6, and what is older than it. */
static bool add_importance(delivery *d, int importance)
{
    return importance == 0 ||
           (delivery_header(d, "Importance: %s", importance > 0 ? "high" : "low") &&
            delivery_header(d, "X-Priority: %d", importance > 0 ? 1 : 5));
}

static bool add_headers(delivery *d, const mail_settings *settings, const mail_text *m)
{
    strbuf subject;
    strbuf_init(&subject);
    mail_encode(&subject, m->subject);
    bool good = !subject.failed && add_date(d, m->date) &&
                delivery_header(d, "From: Platen <%s>", settings->sender) &&
                delivery_header(d, "To: <%s>", m->to) &&
                delivery_header(d, "Subject: %s", subject.data) &&
                delivery_header(d, "Message-ID: <%s%s>", m->mark, strrchr(settings->sender, '@')) &&
                add_importance(d, m->importance) &&
                /* RFC 3834: no out-of-office answers */
                delivery_header(d, "Auto-Submitted: auto-generated");
    strbuf_fini(&subject);
    return good;
}

/* ---- the way ---- */

/* The name that we greet with: RFC 5321 wants the client's own. */
static void append_greeting(strbuf *url)
{
    char name[256] = "";
    if (gethostname(name, sizeof(name) - 1) != 0 || !dotted(name, strlen(name), true)) {
        strbuf_append(url, "localhost");
    } else {
        strbuf_append(url, name);
    }
}

/* Answers come line by line: "250-..." goes on, "250 ..." ends. */
static size_t take_answer(char *data, size_t size, size_t count, void *user)
{
    delivery *d = user;
    size_t length = size * count;
    strbuf line;
    if (d->quitting) {
        return length;
    }
    strbuf_init(&line);
    text_from_device(&line, data, length);
    if (!d->more) {
        d->said[0] = '\0';
        d->status = strtol(line.data, NULL, 10);
    }
    d->more = length > 3 && data[3] == '-';
    size_t have = strlen(d->said);
    (void)snprintf(d->said + have, sizeof(d->said) - have, "%s%s", have > 0 ? " " : "", line.data);
    strbuf_fini(&line);
    return length;
}

/* Which command the server answers to; what else goes out, such as passwords, is not looked at. */
static int take_command(CURL *curl, curl_infotype type, char *data, size_t length, void *user)
{
    static const char *const verbs[] = {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"};
    delivery *d = user;
    (void)curl;
    if (type != CURLINFO_HEADER_OUT) {
        return 0;
    }
    d->quitting = length > 4 && memcmp(data, "QUIT", 4) == 0;
    d->quit_at = clock_mono();
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        size_t size = strlen(verbs[i]);
        if (length > size && memcmp(data, verbs[i], size) == 0 &&
            (data[size] == ' ' || data[size] == '\r')) {
            (void)snprintf(d->verb, sizeof(d->verb), "%s", verbs[i]);
        }
    }
    return 0;
}

/* The server ended a connection that had carried mails before: nothing is wrong with it. */
static bool outlived(const delivery *d, CURLcode rc)
{
    long fresh = 1;
    (void)curl_easy_getinfo(d->curl, CURLINFO_NUM_CONNECTS, &fresh);
    return fresh == 0 &&
           (d->status == 421 || rc == CURLE_SEND_ERROR || rc == CURLE_RECV_ERROR ||
            rc == CURLE_GOT_NOTHING) &&
           (d->status == 421 || d->status < 400);
}

/* 4yz: not now, 5yz: never. What was refused tells whether it is about this mail (RCPT, DATA) or
 * about all (the greeting, AUTH, MAIL: the sender); 421 is the server going away. */
static void judge(const delivery *d, CURLcode rc, delivery_verdict *v)
{
    v->status = d->status;
    bool own = strcmp(d->verb, "RCPT") == 0 || strcmp(d->verb, "DATA") == 0 ||
               (strcmp(d->verb, "MAIL") == 0 && v->status == 552); /* too big */
    if (rc == CURLE_OK) {
        delivery_say(v, DELIVERY_DONE, PLATEN_OK, "%.230s", d->said);
    } else if (outlived(d, rc)) {
        delivery_say(v, DELIVERY_AGAIN, PLATEN_E_UNREACHABLE, "%.230s", d->said);
    } else if (rc == CURLE_LOGIN_DENIED || rc == CURLE_AUTH_ERROR) {
        delivery_say(v, DELIVERY_BLOCKED, PLATEN_E_AUTH,
                     "the mail server refuses user name or password: %.180s",
                     v->status >= 400 ? d->said : "no way to authenticate fits");
    } else if (rc == CURLE_USE_SSL_FAILED) {
        delivery_say(v, DELIVERY_BLOCKED, PLATEN_E_PROTOCOL,
                     "the mail server does not offer STARTTLS, and nothing is sent without");
    } else if (v->status < 400 || v->status > 599 || rc == CURLE_OPERATION_TIMEDOUT ||
               rc == CURLE_ABORTED_BY_CALLBACK) {
        delivery_no_answer(d, rc, v);
    } else {
        delivery_say(v,
                     !own || v->status == 421 ? DELIVERY_BLOCKED
                     : v->status >= 500       ? DELIVERY_REFUSED
                                              : DELIVERY_LATER,
                     PLATEN_E_DEVICE, "the mail server answers%s%s with: %.200s",
                     d->verb[0] != '\0' ? " " : "", d->verb, d->said);
    }
}

static CURLcode set_up(delivery *d, const mail_settings *s)
{
    static const char *const scheme[] = {"smtp", "smtp", "smtps"};
    CURLcode rc = CURLE_OK;
    bool ipv6 = strchr(s->host, ':') != NULL;
    strbuf_appendf(&d->url, "%s://%s%s%s:%d/", scheme[s->security], ipv6 ? "[" : "", s->host,
                   ipv6 ? "]" : "", s->port);
    append_greeting(&d->url);
#define SET(option, value) rc = rc != CURLE_OK ? rc : curl_easy_setopt(d->curl, option, value)
    SET(CURLOPT_URL, d->url.data);
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_USE_SSL, (long)(s->security == MAIL_PLAIN ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, RESPONSE_S);
    if (s->user[0] != '\0') {
        /* No GSSAPI and NTLM: they take a user with '@' for one of their own and fail. */
        SET(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN;AUTH=CRAM-MD5");
        SET(CURLOPT_USERNAME, s->user);
        SET(CURLOPT_PASSWORD, s->password != NULL ? s->password : "");
    }
    SET(CURLOPT_MAIL_FROM, s->sender);
    SET(CURLOPT_MAIL_RCPT, d->recipients);
    SET(CURLOPT_HTTPHEADER, d->headers);
    SET(CURLOPT_MIMEPOST, d->mime);
    SET(CURLOPT_HEADERFUNCTION, take_answer);
    SET(CURLOPT_HEADERDATA, d);
    SET(CURLOPT_DEBUGFUNCTION, take_command);
    SET(CURLOPT_DEBUGDATA, d);
    SET(CURLOPT_VERBOSE, 1L); /* what calls the debug function; nothing is printed */
#undef SET
    return rc;
}

static CURLcode add_file(delivery *d, const mail_file *file)
{
    curl_mimepart *part = curl_mime_addpart(d->mime);
    CURLcode rc =
        part != NULL ? curl_mime_data(part, file->data, file->length) : CURLE_OUT_OF_MEMORY;
    rc = rc == CURLE_OK ? curl_mime_type(part, file->type) : rc;
    rc = rc == CURLE_OK ? curl_mime_filename(part, file->name) : rc;
    return rc == CURLE_OK ? curl_mime_encoder(part, "base64") : rc;
}

static CURLcode add_body(delivery *d, const char *body)
{
    d->mime = curl_mime_init(d->curl);
    curl_mimepart *part = d->mime != NULL ? curl_mime_addpart(d->mime) : NULL;
    CURLcode rc =
        part != NULL ? curl_mime_data(part, body, CURL_ZERO_TERMINATED) : CURLE_OUT_OF_MEMORY;
    rc = rc == CURLE_OK ? curl_mime_type(part, "text/plain; charset=utf-8") : rc;
    return rc == CURLE_OK ? curl_mime_encoder(part, "quoted-printable") : rc;
}

platen_code mail_delivery(const mail_settings *settings, const mail_text *m,
                          const delivery_options *options, delivery **out, platen_error *err)
{
    delivery *d = NULL;
    if (!mail_address_ok(settings->sender) || !mail_address_ok(m->to)) {
        return error_set(err, PLATEN_E_INVAL, "'%.100s' is not an e-mail address",
                         mail_address_ok(m->to) ? settings->sender : m->to);
    }
    PLATEN_TRY(delivery_new(options, &d, err));
    d->judge = judge;
    d->recipients = curl_slist_append(NULL, m->to);
    CURLcode rc =
        d->recipients != NULL && add_headers(d, settings, m) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
    rc = rc == CURLE_OK ? add_body(d, m->body) : rc;
    rc = rc == CURLE_OK && m->file != NULL ? add_file(d, m->file) : rc;
    rc = rc == CURLE_OK ? set_up(d, settings) : rc;
    if (rc != CURLE_OK || d->url.failed) {
        delivery_free(d);
        return error_set(err, PLATEN_E_INTERNAL, "libcurl: %s", curl_easy_strerror(rc));
    }
    *out = d;
    return PLATEN_OK;
}
