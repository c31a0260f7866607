/* Routes of the audit log (ACC-97 to ACC-99). */
#ifndef PLATEN_REST_AUDIT_H
#define PLATEN_REST_AUDIT_H

#include "core/rest/rest.h"

platen_code rest_audit_add(rest *router, platen_error *err);

#endif
