/* The preferences of mail, and /preferences/mail/test */
#ifndef PLATEN_REST_MAIL_H
#define PLATEN_REST_MAIL_H

#include "core/rest/rest.h"

platen_code rest_mail_add(rest *router, platen_error *err);

#endif
