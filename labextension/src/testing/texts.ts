import type { Texts } from '../components/host';

/** Texts in English, as a page without translations has them. */
export const texts: Texts = {
  __: fill,
  _n: (one, many, count, ...values) => fill(count === 1 ? one : many, count, ...values)
};

function fill(text: string, ...values: unknown[]): string {
  return text.replace(/%(\d)/g, (_, at: string) => String(values[Number(at) - 1]));
}
