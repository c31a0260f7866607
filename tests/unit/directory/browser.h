/* The other side of single sign-on: a person with tickets, and what a browser makes of them. */
#ifndef PLATEN_TESTS_BROWSER_H
#define PLATEN_TESTS_BROWSER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gssapi/gssapi.h>

typedef struct browser {
    gss_ctx_id_t context;
    gss_name_t to;
    gss_buffer_desc token; /* what it sends */
} browser;

/* Runs a program; its exit status. */
int browser_run(const char *const *arguments);

/* Whose tickets are used from now on (KRB5_CONFIG and KRB5CCNAME are set). */
void browser_log_in(const char *who, const char *password);

/* The first token for "HTTP@localhost". */
void browser_begin(browser *b, const char *service);
/* What it makes of the server's answer: GSS_S_COMPLETE when the server has proved itself. */
OM_uint32 browser_step(browser *b, gss_buffer_t answer);
void browser_end(browser *b);

/* A keytab of a folder as base64; free() it. */
char *browser_keytab(const char *folder, const char *name);

#endif
