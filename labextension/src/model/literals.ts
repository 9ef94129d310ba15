/** Thrown where text is no literal; `at` is where reading stopped. */
export class LiteralError extends Error {
  constructor(readonly at: number) {
    super(`no literal at ${at}`);
  }
}

/** A value as JSON has it, from Python's or JSON's way to write it. A tuple is a list, as on the wire. */
export function parseLiteral(text: string): unknown {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

const WORDS: Readonly<Record<string, unknown>> = {
  None: null,
  null: null,
  True: true,
  true: true,
  False: false,
  false: false
};
const NUMBER = /[+-]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_]+/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0' };

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  value(): unknown {
    this.blank();
    switch (this.text.charAt(this.at)) {
      case '[':
        return this.items(']');
      case '(':
        return this.items(')');
      case '{':
        return this.pairs();
      case '"':
      case "'":
        return this.string();
      default:
        return this.number() ?? this.word();
    }
  }

  end(): void {
    this.blank();
    if (this.at < this.text.length) {
      throw new LiteralError(this.at);
    }
  }

  private blank(): void {
    while (/\s/.test(this.text[this.at] ?? '')) {
      this.at += 1;
    }
  }

  private takes(mark: string): boolean {
    this.blank();
    const isThere = this.text[this.at] === mark;
    this.at += isThere ? 1 : 0;
    return isThere;
  }

  private items(close: string): unknown[] {
    this.at += 1;
    const items: unknown[] = [];
    while (!this.takes(close)) {
      items.push(this.value());
      if (!this.takes(',') && this.text[this.at] !== close) {
        throw new LiteralError(this.at);
      }
    }
    return items;
  }

  private pairs(): Record<string, unknown> {
    this.at += 1;
    const pairs: [string, unknown][] = [];
    while (!this.takes('}')) {
      const key = this.value();
      // JSON has no other keys, and parameters travel as JSON.
      if (typeof key !== 'string' || !this.takes(':')) {
        throw new LiteralError(this.at);
      }
      pairs.push([key, this.value()]);
      if (!this.takes(',') && this.text[this.at] !== '}') {
        throw new LiteralError(this.at);
      }
    }
    return Object.fromEntries(pairs);
  }

  private string(): string {
    const quote = this.text[this.at];
    let result = '';
    for (this.at += 1; this.at < this.text.length; this.at++) {
      const char = this.text[this.at] ?? '';
      if (char === quote) {
        this.at += 1;
        return result;
      }
      result += char === '\\' ? this.escaped() : char;
    }
    throw new LiteralError(this.at);
  }

  private escaped(): string {
    this.at += 1;
    const char = this.text[this.at] ?? '';
    if (char === 'u' || char === 'x') {
      const digits = this.text.slice(this.at + 1, this.at + (char === 'u' ? 5 : 3));
      if (!/^[0-9a-fA-F]+$/.test(digits)) {
        throw new LiteralError(this.at);
      }
      this.at += digits.length;
      return String.fromCharCode(parseInt(digits, 16));
    }
    return ESCAPES[char] ?? char;
  }

  private number(): number | null {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text)?.[0];
    if (found === undefined || found === '') {
      return null;
    }
    this.at += found.length;
    return Number(found.replaceAll('_', ''));
  }

  private word(): unknown {
    WORD.lastIndex = this.at;
    const found = WORD.exec(this.text)?.[0] ?? '';
    if (!Object.hasOwn(WORDS, found)) {
      throw new LiteralError(this.at);
    }
    this.at += found.length;
    return WORDS[found];
  }
}

/** The value as Python writes it. */
export function formatLiteral(value: unknown): string {
  if (value === null || value === undefined) {
    return 'None';
  }
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  if (Array.isArray(value)) {
    return `[${value.map(formatLiteral).join(', ')}]`;
  }
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(([key, item]) => `${formatLiteral(key)}: ${formatLiteral(item)}`);
    return `{${pairs.join(', ')}}`;
  }
  return JSON.stringify(value);
}
