/** The comparison of a scenario's variants on a terminal: one column for each variant, as many beside each other as fit. */
import { spoken } from "../trace/spoken.ts";
import type {
  ComparedRotation,
  ComparedSink,
  Comparison,
  PerVariant,
} from "./compare.ts";
import { boundText, wrapName } from "./summary-text.ts";
import type { PrintOptions } from "./terminal.ts";
import {
  leastWidth,
  padStart,
  pad,
  palette,
  printable,
  textWidth,
  wrap,
} from "./terminal.ts";

/** A line of the table: a label, and a cell for each variant; a heading has none. */
interface Row {
  readonly label: string;
  readonly indent: number;
  readonly cells: PerVariant<string>;
}

const GAP = 2;
const STEP = 2;
const NARROWEST_LABEL = 24;
const WIDEST_CELL = 24;
const NOTHING = "–";

/** Lines within `width`, with a final newline. */
export function comparisonText(
  comparison: Comparison,
  options: PrintOptions = {},
): string {
  const width = leastWidth(options.width);
  const { bold, dim } = palette(options.color ?? false);
  const names = comparison.variants.map(printable);
  const rows = rowsOf(comparison);
  const widths = names.map((name, i) =>
    Math.min(
      WIDEST_CELL,
      Math.max(
        textWidth(name),
        ...rows.map(({ cells }) => cellWidth(cells[i])),
      ),
    ),
  );
  const blocks = columnBlocks(widths, width).map((block) => {
    const columns = block.map((i) => ({ i, width: widths[i]! }));
    const used = columns.reduce((sum, column) => sum + column.width + GAP, 0);
    const print = (row: Row) => lineOf(row, columns, width - used);
    const head = print({ label: "", indent: 0, cells: names }).map(dim);
    const body = rows.flatMap((row) =>
      row.cells.length === 0 && row.indent === 0
        ? wrap(row.label, width).map(bold)
        : print(row),
    );
    return [...head, ...body];
  });
  const title = `${comparison.scenario.name} under ${names.length} ${names.length === 1 ? "variant" : "variants"}`;
  return `${[wrap(printable(title), width).map(bold), ...blocks]
    .map((lines) => lines.map((line) => line.trimEnd()).join("\n"))
    .join("\n\n")}\n`;
}

function cellWidth(cell: string | undefined): number {
  return textWidth(cell ?? "");
}

/** Which columns stand beside each other. */
function columnBlocks(widths: readonly number[], width: number): number[][] {
  const blocks: number[][] = [];
  let left = 0;
  for (const [i, column] of widths.entries()) {
    if (blocks.length === 0 || left < column + GAP) {
      blocks.push([]);
      left = width - NARROWEST_LABEL;
    }
    blocks.at(-1)!.push(i);
    left -= column + GAP;
  }
  return blocks;
}

interface Column {
  readonly i: number;
  readonly width: number;
}

function lineOf(
  { label, indent, cells }: Row,
  columns: readonly Column[],
  room: number,
): string[] {
  const labels = wrapName(label, room - indent);
  const values = columns.map(({ i, width }) => wrap(cells[i] ?? "", width));
  const height = Math.max(
    labels.length,
    ...values.map((lines) => lines.length),
  );
  return Array.from({ length: height }, (_, n) => {
    const start = " ".repeat(indent) + (labels[n] ?? "");
    const rest = columns.map(
      ({ width }, column) =>
        " ".repeat(GAP) + padStart(values[column]![n] ?? "", width),
    );
    return pad(start, room) + rest.join("");
  });
}

function rowsOf(comparison: Comparison): Row[] {
  const { settings, rotations, vault, cost, findings, expectations } =
    comparison;
  const { in30Days } = cost;
  const plain = (values: PerVariant<number>) => values.map(String);
  const counts = (values: PerVariant<number>) =>
    values.map((value) => (value === 0 ? NOTHING : String(value)));
  return [
    ...section(
      "settings",
      settings.map(({ setting, values }) => row(setting, values)),
    ),
    ...rotations.flatMap(rotationRows),
    ...section("vault calls", [
      ...vault.operations.map((each) =>
        row(each.operation, counts(each.counts)),
      ),
      ...vault.refusals.map(({ status, counts: refused }) =>
        row(`refused with ${status}`, counts(refused)),
      ),
      row("billed", plain(cost.billedOperations)),
      row("USD", plain(cost.usd)),
      row("billed in 30 days", plain(in30Days.billedOperations)),
      row(
        "USD in 30 days",
        in30Days.usd.map((usd) => usd.toFixed(2)),
      ),
    ]),
    ...section(
      "what upstream does here",
      findings.map((each) => row(each.name, counts(each.counts))),
    ),
    ...section("expectations", [
      row("held", plain(expectations.held)),
      ...(expectations.failed.some((failed) => failed > 0)
        ? [row("failed", counts(expectations.failed))]
        : []),
    ]),
  ];
}

function section(title: string, rows: readonly Row[]): Row[] {
  return rows.length === 0
    ? []
    : [{ label: title, indent: 0, cells: [] }, ...rows];
}

function row(label: string, cells: PerVariant<string>, indent = STEP): Row {
  return { label: printable(label), indent, cells: cells.map(printable) };
}

function rotationRows({
  object,
  ordinal,
  step,
  sinks,
}: ComparedRotation): Row[] {
  const by = step === "" ? "" : ` by step ${step}`;
  const none = sinks.length === 0 ? "; nothing in the cluster holds it" : "";
  const title = printable(`delay of v${ordinal} of ${object}${by}${none}`);
  return [
    { label: title, indent: 0, cells: [] },
    ...sinks.flatMap(({ sink, under }) => [
      row(sink, under.map(observedText)),
      row(
        "bound",
        under.map((each) => (each === null ? NOTHING : boundText(each.bound))),
        2 * STEP,
      ),
    ]),
  ];
}

function observedText(sink: ComparedSink | null): string {
  if (sink === null) return NOTHING;
  return sink.delayMs === null ? "not seen" : spoken(sink.delayMs);
}
