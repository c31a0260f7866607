// JSON Schema as far as settings of task kinds use it: what to draw for it, what is preset, what is
// missing. The server checks everything once more.
export interface Caution {
  text: string; // keys of a plugin's catalogue
  title?: string;
  when?: Record<string, string[]>;
}

export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  pattern?: string;
  format?: string;
  writeOnly?: boolean;
  'x-page'?: string; // the key of a row of that page
  'x-cautions'?: Caution[];
}

export type Json = Record<string, unknown>;
export type Shape = 'choice' | 'text' | 'secret' | 'file' | 'long' | 'number' | 'boolean' | 'choices' | 'lines' | 'object' | 'json';

const typeOf = (schema: Schema) => (Array.isArray(schema.type) ? schema.type.find((one) => one !== 'null') : schema.type);
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

export function shapeOf(schema: Schema): Shape {
  if (schema.enum) {
    return 'choice';
  }
  switch (typeOf(schema)) {
    case 'boolean':
      return 'boolean';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      if (schema.format === 'file') {
        return 'file'; // its value is base64
      }
      if (schema.writeOnly) {
        return 'secret';
      }
      return schema.format === 'textarea' || (schema.maxLength ?? 0) > 500 ? 'long' : 'text';
    case 'array':
      return schema.items?.enum ? 'choices' : typeOf(schema.items ?? {}) === 'string' ? 'lines' : 'json';
    case 'object':
      return schema.properties ? 'object' : 'json';
    default:
      return 'json';
  }
}

// What a new task begins with: the presets of the schema, and the first choice where one is needed.
export function presets(schema: Schema): Json {
  const out: Json = {};
  for (const [name, own] of Object.entries(schema.properties ?? {})) {
    const needed = schema.required?.includes(name);
    if (own.default !== undefined) {
      out[name] = own.default;
    } else if (shapeOf(own) === 'object') {
      const inner = presets(own);
      if (needed || Object.keys(inner).length > 0) {
        out[name] = inner;
      }
    } else if (needed && shapeOf(own) === 'choice') {
      out[name] = own.enum?.[0];
    }
  }
  return out;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

// Pointers of what is required and not there.
export function missing(schema: Schema, value: unknown, at = ''): string[] {
  const own = isObject(value) ? value : {};
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const here = `${at}/${name}`;
    const needed = schema.required?.includes(name) ?? false;
    if (shapeOf(inner) === 'object') {
      return needed || own[name] !== undefined ? missing(inner, own[name], here) : [];
    }
    return needed && shapeOf(inner) !== 'boolean' && isEmpty(own[name]) ? [here] : [];
  });
}

// What was typed as the server wants it: numbers as numbers, nothing for what was left empty.
export function tidy(schema: Schema, value: unknown): unknown {
  const shape = shapeOf(schema);
  if (shape === 'object' && isObject(value)) {
    const known = schema.properties ?? {};
    const members = Object.entries(value).map(([name, one]) => [name, known[name] ? tidy(known[name], one) : one] as const);
    return Object.fromEntries(members.filter(([, one]) => one !== undefined));
  }
  if (typeof value === 'string' && (shape === 'secret' ? value : value.trim()) === '' && shape !== 'choice') {
    return undefined;
  }
  if (shape === 'number' && typeof value === 'string') {
    const number = Number(value);
    return Number.isFinite(number) ? number : value;
  }
  return value;
}

// How many bytes so many characters of base64 are.
export const bytesOf = (base64: number) => Math.floor(base64 / 4) * 3;

// What cannot be right, by pointer: numbers, limits, lengths.
export type Fault = { pointer: string; what: 'number' | 'whole' | 'limits' | 'short' | 'large' | 'json'; min?: number; max?: number };

export function faults(schema: Schema, value: unknown, at = ''): Fault[] {
  const shape = shapeOf(schema);
  if (shape === 'object') {
    const own = isObject(value) ? value : {};
    return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => (isEmpty(own[name]) ? [] : faults(inner, own[name], `${at}/${name}`)));
  }
  if (shape === 'number') {
    const number = Number(value);
    const { minimum: min, maximum: max } = schema;
    if (!Number.isFinite(number)) {
      return [{ pointer: at, what: 'number' }];
    }
    if (typeOf(schema) === 'integer' && !Number.isInteger(number)) {
      return [{ pointer: at, what: 'whole' }];
    }
    const out = (min !== undefined && number < min) || (max !== undefined && number > max);
    return out ? [{ pointer: at, what: 'limits', ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }] : [];
  }
  if (shape === 'json' && typeof value === 'string') {
    return [{ pointer: at, what: 'json' }]; // text that did not become a value
  }
  if (shape === 'file') {
    const { maxLength: most } = schema;
    return typeof value === 'string' && most !== undefined && value.length > most ? [{ pointer: at, what: 'large', max: bytesOf(most) }] : [];
  }
  const short = typeof value === 'string' && schema.minLength !== undefined && value.length < schema.minLength;
  return short ? [{ pointer: at, what: 'short', min: schema.minLength ?? 0 }] : [];
}
