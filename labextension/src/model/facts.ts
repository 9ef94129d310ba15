/** Some of the rows for which a check does not hold. */
export interface FailingRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Of all of them. */
  readonly count: number;
}

type Facts = Readonly<Record<string, unknown>>;

/** The rows that a check found; `null` where it tells of none. Facts come from a kernel: nothing is taken for sure. */
export function failingRows(facts: Facts): FailingRows | null {
  const found = facts['failing_rows'];
  if (!isRecord(found) || !Array.isArray(found['rows']) || found['rows'].length === 0) {
    return null;
  }
  const rows = (found['rows'] as unknown[]).map(row => (Array.isArray(row) ? (row as unknown[]) : [row]));
  const columns = Array.isArray(found['columns']) ? (found['columns'] as unknown[]).map(String) : [];
  const count = typeof found['count'] === 'number' ? found['count'] : rows.length;
  return { columns, rows, count };
}

/** What the expressions that a check compares were. */
export function foundValues(facts: Facts): readonly (readonly [string, string])[] {
  const found = facts['values'];
  return isRecord(found) ? Object.entries(found).map(([name, value]) => [name, String(value)] as const) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
