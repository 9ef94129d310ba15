/** Texts in the user's language; the shape of JupyterLab's translation bundles. */
export interface Texts {
  __(text: string, ...values: unknown[]): string;
  /** For a word of several meanings, told apart by `context`: a verb and a noun, say. */
  _p(context: string, text: string, ...values: unknown[]): string;
  _n(one: string, many: string, count: number, ...values: unknown[]): string;
}

/** English, for a page that translates nothing. Placeholders are `%1`, `%2`, ... */
export const ENGLISH: Texts = {
  __: (text, ...values) => filled(text, values),
  _p: (_context, text, ...values) => filled(text, values),
  _n: (one, many, count, ...values) => filled(count === 1 ? one : many, [count, ...values])
};

function filled(text: string, values: readonly unknown[]): string {
  return text.replace(/%(\d+)/g, (whole, number: string) => {
    const index = Number(number) - 1;
    return index < values.length ? String(values[index]) : whole;
  });
}
