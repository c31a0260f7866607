/* What the files of the agent's end share. */
#ifndef PLATEN_LINK_AGENT_PRIVATE_H
#define PLATEN_LINK_AGENT_PRIVATE_H

#include "core/link/agent_http.h"
#include "core/link/link_agent.h"

/* A connection to the manager of the caller's own. */
platen_code link_agent_http(link_agent *l, agent_http **out, platen_error *err);
bool link_agent_stopping(const link_agent *l);

#endif
