// Pages as plugins describe them (GET /pages).
import type { Schema } from '../lib/schema';

export interface PageColumn {
  id: string;
  type: string; // "text", "number", "percent", "time", "choice", "device"
  title: string;
  choices?: string[];
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
}

export interface PluginPage {
  plugin: string;
  id: string;
  path: string; // of its rows: "/hello/greetings"
  menu: string;
  title: string;
  list: {
    operation?: string; // its rows may need to know what they belong to
    key?: string;
    device?: string;
    columns: PageColumn[];
    sort?: string;
  };
  create?: { operation: string };
  edit?: { operation: string };
  detail?: { columns?: string[]; lists?: { page: string; filter: string }[] };
  actions?: PageAction[];
  schemas?: Record<string, Schema | null>; // of the arguments of its operations
}

export type CellValue = string | number | boolean | null | undefined | { id: string; name: string };
export type PluginRow = { id: string } & Record<string, CellValue>;
