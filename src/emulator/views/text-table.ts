/**
 * A table of wrapped cells on a terminal, and the same table in Markdown. Models no real component.
 */
import { pad, printable, textWidth, wrap } from "./terminal.ts";

/** The first row of cells holds the titles. All rows have as many cells. */
export type TableRows = readonly (readonly string[])[];

const GAP = 2;

/**
 * Lines of at most `width` columns, the titles first. A column is as wide as its widest cell where there is room; where
 * there is not, the widest columns give way, down to their longest word.
 */
export function textTable(rows: TableRows, width: number): string[] {
  const shown = rows.map((cells) => cells.map(printable));
  const widths = columnWidths(shown, width);
  return shown.flatMap((cells) => rowLines(cells, widths));
}

function rowLines(
  cells: readonly string[],
  widths: readonly number[],
): string[] {
  const wrapped = cells.map((cell, i) => wrap(cell, widths[i]!));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, n) =>
    wrapped
      .map((lines, i) => pad(lines[n] ?? "", widths[i]!))
      .join(" ".repeat(GAP))
      .trimEnd(),
  );
}

function columnWidths(rows: TableRows, width: number): number[] {
  const columns = rows[0]?.length ?? 0;
  const column = (i: number) => rows.map((cells) => cells[i]!);
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(1, ...column(i).map(textWidth)),
  );
  const least = widths.map((own, i) =>
    Math.min(own, Math.max(1, ...column(i).flatMap(wordWidths))),
  );
  const room = width - GAP * (columns - 1);
  let over = widths.reduce((sum, each) => sum + each, 0) - room;
  while (over > 0) {
    const widest = widestOf(widths, least);
    widths[widest]! -= 1;
    over -= 1;
  }
  return widths;
}

function wordWidths(cell: string): number[] {
  return cell.split(" ").map(textWidth);
}

/** The widest column that still has longer lines than words; where none has, the widest of all. */
function widestOf(widths: readonly number[], least: readonly number[]): number {
  const slack = widths.some((width, i) => width > least[i]!);
  let found = 0;
  let most = -Infinity;
  for (const [i, width] of widths.entries()) {
    if (slack && width <= least[i]!) continue;
    if (width > most) {
      most = width;
      found = i;
    }
  }
  return found;
}

/** With a final newline. */
export function markdownTable(rows: TableRows): string {
  const [titles, ...bodies] = rows;
  if (titles === undefined) return "";
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => printable(cell).replaceAll("|", String.raw`\|`)).join(" | ")} |`;
  const rule = `| ${titles.map(() => "---").join(" | ")} |`;
  return `${[line(titles), rule, ...bodies.map(line)].join("\n")}\n`;
}
