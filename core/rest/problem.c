/* Failures as application/problem+json (RFC 9457). Runs on the request's thread. */
#include <string.h>

#include "core/base/log.h"
#include "core/rest/request.h"

#define LOG_SOURCE "rest"

static void write_faults(json_writer *w, const rest_request *r)
{
    json_array(w, "errors");
    for (const rest_fault *f = r != NULL ? r->faults : NULL; f != NULL; f = f->next) {
        json_object(w, NULL);
        json_text(w, "pointer", f->pointer);
        json_text(w, "code", f->code);
        json_text(w, "detail", f->text);
        json_object_end(w);
    }
    json_array_end(w);
}

void problem_write(strbuf *out, rest_request *r, int status, const char *word, const char *detail)
{
    json_writer w;
    json_init(&w, out);
    json_object(&w, NULL);
    json_text(&w, "type", "about:blank");
    json_text(&w, "title", http_status_text(status));
    json_i64(&w, "status", status);
    json_text(&w, "code", word);
    json_text(&w, "detail", detail);
    json_object(&w, "params");
    json_object_end(&w);
    write_faults(&w, r);
    if (r != NULL && r->id[0] != '\0') {
        json_text(&w, "request", r->id);
    }
    json_object_end(&w);
}

void problem_answer(rest_request *r, platen_code code, const platen_error *err)
{
    int status = error_status(code);
    const char *detail = err != NULL && err->text[0] != '\0' ? err->text : http_status_text(status);
    if (status >= 500) {
        log_warning("%s %s failed: %s request=%s", r->exchange->method, r->exchange->path, detail,
                    r->id);
    }
    if (status == 500) { /* what broke inside is for the log */
        detail = "an error of the manager; its log has the details";
    }
    strbuf_clear(&r->out);
    problem_write(&r->out, r, status, error_word(code), detail);
    strbuf_append(&r->headers, "Content-Type: application/problem+json\r\n"
                               "Cache-Control: no-store\r\n");
    if (code == PLATEN_E_UNAUTHENTICATED) {
        strbuf_append(&r->headers, "WWW-Authenticate: Bearer realm=\"platen\"\r\n");
    }
    r->status = status;
    if (r->out.failed || r->headers.failed) {
        (void)http_answer(r->exchange, 503, "", NULL, 0);
        return;
    }
    (void)http_answer(r->exchange, status, r->headers.data, r->out.data, r->out.length);
}
