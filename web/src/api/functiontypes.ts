// What the REST API answers about functions: packages, their installation, their publishers.
export interface AgentCounts {
  ok: number;
  waiting: number;
  failed: number;
}

export interface FunctionInfo {
  name: string;
  title: string;
  version: string;
  kind: string; // "core", "plugin", "profiles", "product"
  publisher: string | null;
  state: string; // "active", "failed", "waiting"
  builtin: boolean;
  deletable: boolean;
  error: string | null;
  installed_at: string | null;
  previous: string | null; // the version that it can go back to
  tables: string[];
  functions: string[];
  agents: AgentCounts | null;
}

export const installSteps = ['waiting', 'snapshot', 'migrating', 'switching', 'checking', 'keeping'] as const;

export interface Installation {
  state: string; // one of the steps, "restoring", "kept" or "rolled-back"
  functions: string[];
  text: string;
  started_at: string;
}

export interface FunctionList {
  items: FunctionInfo[];
  total: number;
  installation: Installation | null;
}

export interface FunctionEvent {
  name?: string;
  at: string;
  event: string;
  from: string | null;
  to: string | null;
  by: string;
  code: string | null;
  text: string;
}

export interface FunctionDetail extends FunctionInfo {
  history: FunctionEvent[];
}

export interface Changes {
  from: string | null;
  to: string;
  tables: string[];
  functions: string[];
  restart: boolean;
  agents: boolean;
  migrations: { number: number; name: string }[] | null; // null: not known
}

// A package on its way in, or here and not installed yet.
export interface Upload {
  id: string;
  file_name: string;
  size: number;
  received: number;
  sha256?: string | null;
  state: string; // "uploading", "checking", "ready", "refused", "installing"
  code: string | null;
  text: string;
  name: string | null;
  title: string | null;
  version: string | null;
  kind: string | null;
  publisher: string | null;
  signed: boolean;
  changes: Changes | null;
  license: string | null;
  changelog: string | null;
  at: string;
  by: string;
}

export interface Publisher {
  id: string;
  name: string;
  added: string;
  revoked: string | null;
  expires: string | null;
  state: string; // "trusted", "expired", "revoked"
}
