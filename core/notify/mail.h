/* Mails: the preferences of the mail server (PRF-04 to PRF-08), headers and MIME, SMTP's verdict.
 */
#ifndef PLATEN_NOTIFY_MAIL_H
#define PLATEN_NOTIFY_MAIL_H

#include "core/model/preference.h"
#include "core/notify/delivery.h"

/* sender, host, port, security, authentication, user, password. */
extern const preference_group preference_mail;

/* An address that can stand in an envelope and a header as it is: local part and domain in ASCII,
 * without quotes, comments or white space, at most 254 characters (RFC 5321, 4.5.3). */
bool mail_address_ok(const char *address);

typedef struct mail_settings {
    char *sender, *host, *user; /* `user` "" without authentication */
    char *password;             /* "" when there is none; wiped by mail_settings_fini() */
    int port;
    enum { MAIL_PLAIN, MAIL_STARTTLS, MAIL_TLS } security;
} mail_settings;

/* PLATEN_E_STATE when there is no server or no sender. */
platen_code mail_settings_load(store *s, const secret_key *key, mail_settings *out,
                               platen_error *err);
void mail_settings_fini(mail_settings *m);

/* What hangs on a mail. */
typedef struct mail_file {
    const char *name; /* ASCII without quotes: "report.csv" */
    const char *type; /* of MIME */
    const void *data;
    size_t length;
} mail_file;

typedef struct mail_text {
    const char *to;
    const char *subject;   /* UTF-8 */
    const char *body;      /* UTF-8, lines end with CR LF */
    const char *mark;      /* of the outbox: makes the Message-ID */
    int64_t date;          /* ms */
    int importance;        /* 1 high, 0, -1 low */
    const mail_file *file; /* or NULL; copied */
} mail_text;

/* The mail as a delivery that is ready to be performed. PLATEN_E_INVAL for an address that is none.
 * Nothing of `m` and `settings` is needed afterwards. */
platen_code mail_delivery(const mail_settings *settings, const mail_text *m,
                          const delivery_options *options, delivery **out, platen_error *err);

/* Appends a header's value: as it stands when it is short printable ASCII, else as encoded words in
 * folded lines (RFC 2047). Control characters become spaces. */
void mail_encode(strbuf *out, const char *text);

#endif
