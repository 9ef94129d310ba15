/** How a stretch of text looks. Colours: a number is one of the 16 (themed), a string is CSS. */
export interface Style {
  readonly fore?: number | string;
  readonly back?: number | string;
  readonly isBold?: boolean;
  readonly isDim?: boolean;
  readonly isItalic?: boolean;
  readonly isUnderlined?: boolean;
  readonly isStruck?: boolean;
  readonly isInverse?: boolean;
}

export const PLAIN: Style = {};

/** A stretch of one line, in plain text's offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly style: Style;
}

/** The style after one `ESC [ ... m`. */
export function applyCodes(style: Style, codes: readonly number[]): Style {
  let next: { -readonly [Key in keyof Style]: Style[Key] } = { ...style };
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? 0;
    if (code === 0) {
      next = {};
    } else if (code === 1) {
      next.isBold = true;
    } else if (code === 2) {
      next.isDim = true;
    } else if (code === 3) {
      next.isItalic = true;
    } else if (code === 4) {
      next.isUnderlined = true;
    } else if (code === 7) {
      next.isInverse = true;
    } else if (code === 9) {
      next.isStruck = true;
    } else if (code === 21 || code === 22) {
      delete next.isBold;
      delete next.isDim;
    } else if (code === 23) {
      delete next.isItalic;
    } else if (code === 24) {
      delete next.isUnderlined;
    } else if (code === 27) {
      delete next.isInverse;
    } else if (code === 29) {
      delete next.isStruck;
    } else if (code === 38 || code === 48) {
      const [colour, used] = extended(codes, index + 1);
      index += used;
      if (colour !== null) {
        next[code === 38 ? 'fore' : 'back'] = colour;
      }
    } else if (code === 39) {
      delete next.fore;
    } else if (code === 49) {
      delete next.back;
    } else if (code >= 30 && code <= 37) {
      next.fore = code - 30;
    } else if (code >= 40 && code <= 47) {
      next.back = code - 40;
    } else if (code >= 90 && code <= 97) {
      next.fore = code - 82;
    } else if (code >= 100 && code <= 107) {
      next.back = code - 92;
    }
  }
  return Object.keys(next).length === 0 ? PLAIN : next;
}

/** A colour of 256 (`5;n`) or of all (`2;r;g;b`), and how many codes it took. */
function extended(codes: readonly number[], from: number): [number | string | null, number] {
  if (codes[from] === 5) {
    const index = codes[from + 1];
    return [index === undefined || index > 255 ? null : ofPalette(index), 2];
  }
  if (codes[from] === 2) {
    const parts = codes.slice(from + 1, from + 4);
    return [parts.length === 3 && parts.every(part => part <= 255) ? rgb(parts) : null, 4];
  }
  return [null, 0];
}

/** xterm's palette: 16 themed colours, a cube of 6 x 6 x 6, and 24 greys. */
function ofPalette(index: number): number | string {
  if (index < 16) {
    return index;
  }
  if (index < 232) {
    const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
    const cube = index - 16;
    return rgb([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]);
  }
  const grey = 8 + (index - 232) * 10;
  return rgb([grey, grey, grey]);
}

function rgb(parts: readonly number[]): string {
  return `#${parts.map(part => part.toString(16).padStart(2, '0')).join('')}`;
}

export function isSameStyle(one: Style, other: Style): boolean {
  if (one === other) {
    return true;
  }
  const keys = Object.keys(one) as (keyof Style)[];
  return keys.length === Object.keys(other).length && keys.every(key => one[key] === other[key]);
}
