import type { ParameterView } from '../api/wire.generated';
import { formatLiteral, LiteralError, parseLiteral } from './literals';

/** What a field of the form takes. `any`: every literal. */
export type Kind = 'int' | 'float' | 'bool' | 'str' | 'list' | 'dict' | 'any';

/** Why a text is no value for a parameter; the form says it in the user's language. */
export type Fault = 'whole_number' | 'number' | 'truth' | 'list' | 'dict' | 'literal' | 'missing';

export type Parsed = { readonly value: unknown } | { readonly fault: Fault; readonly at?: number };

export interface Field {
  readonly parameter: ParameterView;
  readonly kind: Kind;
  /** `None` is a value for it: by its type, or because it is the default. */
  readonly isOptional: boolean;
}

const ANNOTATIONS: Readonly<Record<string, Kind>> = {
  int: 'int',
  float: 'float',
  bool: 'bool',
  str: 'str',
  list: 'list',
  sequence: 'list',
  tuple: 'list',
  dict: 'dict',
  mapping: 'dict'
};

/** By the annotation, or else by the default. */
export function fieldOf(parameter: ParameterView): Field {
  const annotation = (parameter.type ?? '').replace(/\s|typing\./g, '');
  const optional = /^Optional\[(.+)\]$/.exec(annotation)?.[1];
  const parts = (optional ?? annotation).split('|');
  const types = parts.filter(part => part !== 'None' && part !== '');
  const first = /^[A-Za-z_]+/.exec(types[0] ?? '')?.[0].toLowerCase() ?? '';
  const declared = types.length === 1 ? ANNOTATIONS[first] : undefined;
  return {
    parameter,
    kind: declared ?? (types.length > 1 ? 'any' : kindOf(parameter)),
    isOptional: optional !== undefined || parts.includes('None') || (parameter.is_literal && parameter.value === null)
  };
}

function kindOf({ value, is_literal, default: source }: ParameterView): Kind {
  if (!is_literal || value === null) {
    return 'any';
  }
  if (typeof value === 'boolean') {
    return 'bool';
  }
  if (typeof value === 'number') {
    // JSON does not tell 1.0 from 1, but the source does.
    return Number.isInteger(value) && !/[.eE]/.test(source) ? 'int' : 'float';
  }
  if (typeof value === 'string') {
    return 'str';
  }
  return Array.isArray(value) ? 'list' : 'dict';
}

/** What stands in the field at first. */
export function initialText({ parameter, kind }: Field): string {
  if (!parameter.is_literal) {
    return '';
  }
  return kind === 'str' && typeof parameter.value === 'string' ? parameter.value : parameter.default;
}

const NUMBER = /^[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][+-]?\d+)?$/;

/** The value that a text means in this field. */
export function parseField(field: Field, text: string): Parsed {
  const trimmed = text.trim();
  if (field.isOptional && (trimmed === 'None' || trimmed === '')) {
    return { value: null };
  }
  switch (field.kind) {
    case 'str':
      return { value: text };
    case 'int':
      return /^[+-]?\d[\d_]*$/.test(trimmed) ? { value: toNumber(trimmed) } : { fault: 'whole_number' };
    case 'float':
      return NUMBER.test(trimmed) ? { value: toNumber(trimmed) } : { fault: 'number' };
    case 'bool':
      return /^(true|false)$/i.test(trimmed) ? { value: /^true$/i.test(trimmed) } : { fault: 'truth' };
    case 'list':
    case 'dict':
      return structured(trimmed, field.kind);
    case 'any':
      return anything(trimmed);
  }
}

function toNumber(text: string): number {
  return Number(text.replaceAll('_', ''));
}

function structured(text: string, kind: 'list' | 'dict'): Parsed {
  try {
    const value = parseLiteral(text);
    const fits = kind === 'list' ? Array.isArray(value) : isMapping(value);
    return fits ? { value } : { fault: kind };
  } catch (error) {
    return { fault: kind, ...(error instanceof LiteralError && text !== '' ? { at: error.at } : {}) };
  }
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A literal, or else, if it does not look as if one was meant, a text without its quotes. */
function anything(text: string): Parsed {
  if (text === '') {
    return { fault: 'missing' };
  }
  try {
    return { value: parseLiteral(text) };
  } catch (error) {
    const isMeant = /^[[{("'\d+.-]/.test(text);
    return isMeant && error instanceof LiteralError ? { fault: 'literal', at: error.at } : { value: text };
  }
}

/** Texts in the form that are not the defaults, by parameter. */
export type Typed = Readonly<Record<string, string>>;

export interface Reading {
  /** What to send: only what differs from the defaults, so that a changed default is followed. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly faults: ReadonlyMap<string, Parsed & { fault: Fault }>;
}

export function readForm(fields: readonly Field[], typed: Typed): Reading {
  const values: Record<string, unknown> = {};
  const faults = new Map<string, Parsed & { fault: Fault }>();
  for (const field of fields) {
    const { name } = field.parameter;
    const text = typed[name];
    if (text === undefined || text === initialText(field)) {
      continue;
    }
    const parsed = parseField(field, text);
    if ('fault' in parsed) {
      faults.set(name, parsed);
    } else {
      values[name] = parsed.value;
    }
  }
  return { values, faults };
}

/** `country=de, limit=10`; for a line in the history. */
export function formatParameters(parameters: Readonly<Record<string, unknown>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${formatLiteral(value)}`)
    .join(', ');
}

/** What stands in the field for a value, such as one of an earlier run. */
export function textOf(field: Field, value: unknown): string {
  return field.kind === 'str' && typeof value === 'string' ? value : formatLiteral(value);
}
