/**
 * An icon somewhere else, and of another size: as the `d` of a path, because a transformation of its own for each of
 * thousands of icons makes the browser slow at putting its layers together.
 *
 * Icons are written with an absolute `M` and otherwise relative commands.
 */
export function iconAt(icon: string, x: number, y: number, scale = 1): string {
  return partsOf(icon)
    .map(({ command, numbers }) => {
      const placed = numbers.map((number, at) => {
        if (command === 'a' && at % 7 >= 2 && at % 7 <= 4) {
          return number;
        }
        const offset = command === 'M' ? (at % 2 ? y : x) : 0;
        return Math.round((number * scale + offset) * 100) / 100;
      });
      return command + placed.join(' ');
    })
    .join('');
}

interface Part {
  readonly command: string;
  readonly numbers: readonly number[];
}

const known = new Map<string, readonly Part[]>();

function partsOf(icon: string): readonly Part[] {
  let parts = known.get(icon);
  if (!parts) {
    parts = [...icon.matchAll(/([a-zA-Z])([^a-zA-Z]*)/g)].map(([, command = '', text = '']) => ({
      command,
      numbers: (text.match(/-?\d*\.?\d+/g) ?? []).map(Number)
    }));
    known.set(icon, parts);
  }
  return parts;
}
