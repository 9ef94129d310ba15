import type { JSX } from 'react';

interface DataTableProps {
  readonly label: string;
  readonly columns: readonly string[];
  /** Below the names of the columns. */
  readonly dtypes?: readonly string[] | undefined;
  readonly rows: readonly (readonly unknown[])[];
}

/** A table of values, which scrolls sideways on its own; numbers stand to the right. */
export function DataTable({ label, columns, dtypes, rows }: DataTableProps): JSX.Element {
  return (
    <div className="jp-dataops-table-scroll" tabIndex={0} role="region" aria-label={label}>
      <table className="jp-dataops-table">
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th key={index} scope="col">
                {column}
                {dtypes?.[index] ? <span className="jp-dataops-table-dtype">{dtypes[index]}</span> : null}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((value, index) => (
                <td key={index} data-type={value === null ? 'null' : typeof value}>
                  {shown(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) {
    return 'null';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
