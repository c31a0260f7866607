// Pages as plugins describe them (GET /pages).
import type { Caution, Json, Schema } from '../lib/schema';
import type { Tone } from '../parts/status';

export interface PageColumn {
  id: string;
  type: string; // "text", "number", "percent", "time", "choice", "words", "device", "group", "value"
  title: string;
  choices?: string[];
  tones?: Record<string, Tone>;
  search?: boolean;
  sort?: boolean;
  hidden?: boolean;
}

export interface PageAction {
  id: string;
  title: string;
  operation?: string;
  task?: string;
  download?: string; // an operation whose answer is a file
  on: string; // "rows", "row", "page", "devices"
  confirm?: string;
  ids?: string; // the argument with the rows, 'ids' without it
  above?: string; // the argument with the key of the row that the list stands below
  arguments?: Json;
}

export interface PageCall {
  operation: string;
  title?: string;
  arguments?: Json;
}

export interface PluginPage {
  plugin: string;
  id: string;
  path: string; // of its rows: "/hello/greetings"
  menu?: string;
  tab?: string; // of that page
  label?: string; // in the menu
  help?: string;
  title: string;
  list: {
    operation?: string; // its rows may need to know what they belong to
    key?: string;
    device?: string;
    columns: PageColumn[];
    sort?: string;
    highlight?: string; // a column
  };
  create?: PageCall;
  edit?: PageCall;
  detail?: { columns?: string[]; lists?: { page: string; filter: string }[] };
  actions?: PageAction[];
  cautions?: Caution[];
  schemas?: Record<string, Schema | null>; // of the arguments of its operations
}

export type CellValue = string | number | boolean | null | undefined | { id: string; name: string };
export type PluginRow = { id: string } & Record<string, CellValue>;
