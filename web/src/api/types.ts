// What the REST API answers (docs/rest.md), as far as the pages read it.
import type { Json, Schema } from '../lib/schema';
import type { Schedule } from '../lib/schedule';

export type Severity = 'service' | 'error' | 'warning' | 'normal';
export type Power = 'on' | 'off' | 'no-response' | 'conflict' | 'unknown';
export type Role = 'system-manager' | 'device-manager' | 'user';

export interface Page<T> {
  items: T[];
  total: number;
  page: number;
  size: number;
}

export interface Alert {
  severity: string;
  training: string;
  group: number | string;
  group_index: number | null;
  code: number | string;
  text: string;
  since?: string | null;
}

export interface PastAlert extends Alert {
  id: string;
  until: string | null;
  duration_s: number | null;
  device: string;
}

export type LevelState = 'percent' | 'some' | 'unknown' | 'unlimited';

export interface Supply {
  key: string;
  description: string;
  type: string;
  class: string;
  color: string;
  unit: string;
  capacity: number | null;
  level: number | null;
  percent: number | null;
  state: LevelState;
  source: string;
  part: string;
}

export interface Part {
  key: string;
  name: string;
  description: string;
  type: string;
  media: string;
  unit: string;
  capacity: number | null;
  level: number | null;
  percent: number | null;
  level_state?: LevelState;
  state: string;
}

export interface Device {
  id: string;
  name: string;
  address: string;
  address6: string;
  hostname: string;
  manufacturer: string;
  model: string;
  serial: string;
  mac: string;
  firmware: string;
  location: string;
  contact: string;
  comment: string;
  link: string;
  managed: boolean;
  agent: string;
  region: Named | null;
  groups: Named[];
  drivers: string[];
  page_count: number | null;
  page_unit: string;
  counters: Record<string, number>;
  power: Power;
  severity: Severity;
  state: string;
  alerts: Alert[];
  supplies: Supply[];
  inputs: Part[];
  supply_lowest: number | null;
  first_seen: string | null;
  last_seen: string | null;
  description: string;
}

export interface DeviceStatus extends Device {
  outputs: Part[];
  covers: Part[];
  finishers: Part[];
  console: (Part | string)[];
  firmware_parts: { component: string; version: string }[];
}

export interface Spell {
  power: Power;
  severity: Severity;
  start: string;
  end: string | null;
}

export interface Counter {
  key: string;
  unit: string;
  source: string;
  value: number;
  at: string;
}

export interface Agent {
  id: string;
  name: string;
  local: boolean;
  active: boolean;
  status: string;
  version: string;
  address: string;
  ranges: string[];
  hosts: string[];
  port: { snmp: number; ipp: number };
  activation_key?: string | null;
  devices: number;
  last_seen: string | null;
  drivers: { id: string; version: string }[];
  functions?: AgentFunction[];
}

export interface AgentFunction {
  name: string;
  version: string;
  state?: string;
  error?: string | null; // why another version is not there
  confined?: string; // what its worker process is kept from: full, calls, files, none
  refusals?: number; // calls that were refused
  refused?: string | null; // the last one of them
  crashes?: number;
  died?: string | null; // how its last worker process ended
  quarantined_until?: string | null;
}

export interface Verdict {
  id: string;
  address: string;
  decision: string;
  code: string;
  text: string;
  answered: string[];
  protocol: string;
  credential: string | null;
  driver: string;
  sureness: number | null;
  device: string | null;
  evidence: string;
  at: string;
}

export interface Credential {
  id: string;
  kind: string;
  description: string;
  agents: string[];
  user?: string;
  auth?: string;
  priv?: string;
  context?: string;
  domain?: string;
  manager?: string;
  set?: Record<string, boolean>;
}

export const runStates = [
  'success',
  'warning',
  'error',
  'timeout',
  'cancelled',
  'skipped',
  'running',
  'waiting',
] as const;
export type RunState = (typeof runStates)[number];

export interface Run {
  id: string;
  task: string | null;
  kind: string;
  name: string;
  state: string;
  created: string;
  started: string | null;
  ended: string | null;
  counts: Partial<Record<RunState | 'total', number>>;
  progress: number | null;
  note?: string | null;
  text: string;
  builtin?: boolean;
  mode?: 'execute' | 'preview';
  halted?: string | null;
  wave?: number;
  waves?: number;
  next_wave_at?: string | null;
  due?: string | null;
  changed?: number;
  rollout?: Rollout | null;
  script?: { id: string; name: string; version: number } | null;
  // Of a discovery: addresses done, addresses in all, devices found.
  search?: { done: number; total: number; found: number };
}

// The outcome on a device or agent; there is none before it has ended.
export interface RunTarget {
  id: string;
  device: string | null;
  agent: string | null;
  address: string;
  name: string;
  state: string;
  code: string | null;
  text: string;
  started?: string | null;
  ended: string | null;
  wave?: number;
  params?: Record<string, unknown> | null;
  changes?: Change[] | null;
  log?: LogLine[] | null; // of one target alone
}

export interface Change {
  path: string;
  from: unknown;
  to: unknown;
}

export interface LogLine {
  at: string | number;
  level: string;
  text: string;
}

export interface BuiltInTask {
  id: string;
  kind: string;
  name: string;
  active: boolean;
  schedule: Schedule;
  last_run: string | null;
  next: string | null;
}

export interface TaskKind {
  id: string;
  title: string;
  group?: string;
  targets: string;
  settings: Schema | null;
  writes?: boolean;
  verify?: boolean;
  flow?: boolean;
  script?: string | null;
  batch?: boolean;
}

export interface Targets {
  devices?: string[];
  groups?: string[];
  agents?: string[];
}

interface Share {
  count?: number;
  percent?: number;
}

// Waves and when a run stops by itself; a member that is absent is off.
export interface Rollout {
  canary?: Share;
  batch?: Share;
  pause_s?: number;
  halt?: Share;
}

export interface TaskMail {
  condition: string;
  to?: string[];
  priority?: string;
  language?: string;
  attach?: { format: string; content: string } | null;
}

export interface Task {
  id: string;
  kind: string;
  name: string;
  active: boolean;
  regions: string[];
  targets: Targets;
  settings: Json;
  schedule: Schedule;
  mail: TaskMail | null;
  rollout: Rollout | null;
  created: string;
  next: string | null;
  revision: number;
  last_run: string | null;
  run?: string | null; // of a task that was just made and runs at once
}

// What a task is made from; a recovery comes without some of it.
export type TaskBody = Partial<Omit<Task, 'id' | 'created' | 'next' | 'revision' | 'last_run' | 'run'>>;

export interface Script {
  id: string;
  name: string;
  kind: 'task' | 'flow' | 'lib';
  title: string;
  source: 'stock' | 'folder' | 'user';
  enabled: boolean;
  version: number;
  updated: string;
  author: string;
  state: 'ok' | 'error';
  error: { line: number; text: string } | null;
  text?: string;
}

export interface ScriptVersion {
  number: number;
  at: string;
  author: string;
  text?: string;
}

export interface ScriptCheck {
  ok: boolean;
  errors: { line: number; column?: number; code: string; text: string }[];
  schema: Schema | null;
  dry_run: { state: string; code: string; text: string; calls: unknown[]; log: (string | LogLine)[] } | null;
}

export interface Token {
  id: string;
  name: string;
  role: Role;
  expires: string | null;
  created?: string | null;
  last_used?: string | null;
  token?: string;
  user?: string;
  functions?: string[];
  all_regions?: boolean;
  regions?: string[];
}

// Groups of settings by name; what is secret is there as "<name>_set" only.
export type Setting = string | number | boolean | null | unknown[] | Record<string, unknown>;
export type Preferences = Record<string, Record<string, Setting>>;

export interface Dashboard {
  devices: number;
  severity: Record<Severity, number>;
  power: Record<Power, number>;
  agents: Pick<Agent, 'id' | 'name' | 'status'>[];
  runs: { running: number };
}

export interface SystemInfo {
  version: string;
  api: string;
  libraries: Record<string, string>;
  database: string;
  uptime_s: number;
  diagnosis: Record<string, { ok: boolean; text?: string }>;
}

export type UserKind = 'local' | 'directory';

export interface Me {
  id: string;
  name: string;
  email: string;
  role: Role;
  csrf: string;
  preferences: Record<string, unknown>;
  kind: UserKind;
  functions: string[];
  all_regions: boolean;
  regions: string[];
  second_factor: boolean;
  logout_minutes: number | null;
}

export interface LoginWays {
  password: boolean;
  directory: boolean;
  kerberos: boolean;
  reset: boolean;
}

export interface User {
  id: string;
  name: string;
  kind: UserKind;
  domain: string;
  email: string;
  role: Role | null; // null: of the directory, whose groups give none any more
  functions: string[];
  all_regions: boolean;
  regions: string[];
  locked_until: string | null;
  last_login: string | null;
  created: string;
  second_factor: boolean;
  sessions: number;
}

export interface UserSession {
  id: string;
  created: string;
  last_used: string | null;
  expires: string | null;
  address: string;
  browser: string;
  remembered: boolean;
  current: boolean;
}

export interface RoleInfo {
  role: Role;
  functions: { id: string; menu: string }[];
}

export interface Region {
  id: string;
  name: string;
  timezone: string;
  addresses: string[];
  suffixes: string[];
  devices: number;
}

export interface Named {
  id: string;
  name: string;
}

export interface Group {
  id: string;
  name: string;
  comment: string;
  type: 'static' | 'dynamic';
  level: boolean; // made from a name: takes no devices
  parent: string | null;
  path: string;
  regions: string[];
  filters: string[];
  devices: number;
}

export interface AuditEntry {
  id: string;
  at: string;
  user: string | null;
  user_name: string;
  way: string;
  address: string;
  category: string;
  action: string;
  object: string;
  object_name: string;
  result: string;
  before: unknown;
  after: unknown;
}

export interface AuditChain {
  whole: boolean;
  entries: number;
  broken: string | null;
  text: string; // what is wrong
}

export interface Webhook {
  id: string;
  name: string;
  url: string;
  token_set: boolean;
  events: string[];
  active: boolean;
  last: { at: string; status: number | string; text: string } | null;
}

export interface Posting {
  id: string;
  kind: 'mail' | 'webhook';
  to: string;
  subject: string;
  state: string;
  tries: number;
  created: string;
  next: string | null;
  text: string;
}

// A step of a test, in the order in which the server went through them.
export interface TestStep {
  step: string;
  ok: boolean;
  text: string;
}
