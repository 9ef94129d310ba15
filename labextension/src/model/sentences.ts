/** What only names have: `daily@1`, `clean_up`, `etl.ipynb`. They stay as they are, also where a sentence begins. */
const NAME_FIRST = /^\S*(?:[@_/=\d]|\.\w)/;

/** As a sentence: texts of the wire begin small, and have no full stop, so that they can stand within others. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const begun = NAME_FIRST.test(trimmed) ? trimmed : trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return begun === '' || /[.?!…]$/.test(begun) ? begun : `${begun}.`;
}

/** Several of them, one after the other; empty ones are left out. */
export function sentences(...texts: readonly string[]): string {
  return texts.map(sentence).filter(Boolean).join(' ');
}
