import type { Texts } from '../components/host';

/** English, for a page that translates nothing. Placeholders are `%1`, `%2`, ... */
export const ENGLISH: Texts = {
  __: (text, ...values) => filled(text, values),
  _n: (one, many, count, ...values) => filled(count === 1 ? one : many, [count, ...values])
};

function filled(text: string, values: readonly unknown[]): string {
  return text.replace(/%(\d)/g, (whole: string, place: string) => {
    const value = values[Number(place) - 1];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
  });
}
