/**
 * Counters, gauges and histograms of several processes, printed as Prometheus' text format has them.
 *
 * Source: Prometheus documentation, exposition formats (text format 0.0.4)
 */
import { byCodeUnit } from "../../kernel/json.ts";

export type Labels = Readonly<Record<string, string>>;

interface Histogram {
  /** Upper bounds in ascending order, with how many observations lie at or below each. */
  readonly buckets: readonly number[];
  readonly counts: number[];
  sum: number;
  count: number;
}

interface Family {
  readonly type: "counter" | "gauge" | "histogram";
  /** By printed labels. */
  readonly series: Map<string, number | Histogram>;
}

export interface Observation {
  readonly name: string;
  readonly labels: Labels;
  readonly buckets: readonly number[];
  readonly value: number;
  /** How often this value was observed. */
  readonly times: number;
}

export class Registry {
  /** By process, then by name of the family. */
  readonly #processes = new Map<string, Map<string, Family>>();

  /** The process ended: its counts are gone with it. */
  drop(process: string): void {
    this.#processes.delete(process);
  }

  count(
    process: string,
    counter: {
      readonly name: string;
      readonly labels: Labels;
      readonly times: number;
    },
  ): void {
    if (counter.times === 0) return;
    const { series } = this.#family(process, counter.name, "counter");
    const key = labelText(counter.labels);
    const before = series.get(key) ?? 0;
    series.set(key, (before as number) + counter.times);
  }

  /** A counter that is there before anything is counted. */
  begin(process: string, name: string, labels: Labels): void {
    this.#family(process, name, "counter").series.set(labelText(labels), 0);
  }

  set(
    process: string,
    gauge: {
      readonly name: string;
      readonly labels: Labels;
      readonly value: number;
    },
  ): void {
    const { series } = this.#family(process, gauge.name, "gauge");
    series.set(labelText(gauge.labels), gauge.value);
  }

  observe(process: string, observation: Observation): void {
    const { name, labels, buckets, value, times } = observation;
    if (times === 0) return;
    const { series } = this.#family(process, name, "histogram");
    const key = labelText(labels);
    let histogram = series.get(key) as Histogram | undefined;
    if (histogram === undefined) {
      const counts = buckets.map(() => 0);
      histogram = { buckets, counts, sum: 0, count: 0 };
      series.set(key, histogram);
    }
    for (const [i, bound] of buckets.entries())
      if (value <= bound) histogram.counts[i]! += times;
    histogram.sum += value * times;
    histogram.count += times;
  }

  /** Families by name, series by labels; empty for a process that counted nothing. `help` by name. */
  text(process: string, help: ReadonlyMap<string, string>): string {
    const families = [...(this.#processes.get(process) ?? [])];
    families.sort(([a], [b]) => byCodeUnit(a, b));
    return families
      .flatMap(([name, family]) => [
        ...(help.has(name) ? [`# HELP ${name} ${help.get(name)!}`] : []),
        `# TYPE ${name} ${family.type}`,
        ...[...family.series]
          .sort(([a], [b]) => byCodeUnit(a, b))
          .flatMap(([labels, value]) => lines(name, labels, value)),
      ])
      .map((line) => `${line}\n`)
      .join("");
  }

  #family(process: string, name: string, type: Family["type"]): Family {
    let families = this.#processes.get(process);
    if (families === undefined)
      this.#processes.set(process, (families = new Map<string, Family>()));
    let family = families.get(name);
    if (family === undefined) {
      family = { type, series: new Map<string, number | Histogram>() };
      families.set(name, family);
    }
    return family;
  }
}

function lines(
  name: string,
  labels: string,
  value: number | Histogram,
): string[] {
  if (typeof value === "number") return [`${name}${braced(labels)} ${value}`];
  const { buckets, counts, sum, count } = value;
  const bucket = (bound: string, n: number) => {
    const le = `le="${bound}"`;
    const all = labels === "" ? le : `${labels},${le}`;
    return `${name}_bucket{${all}} ${n}`;
  };
  return [
    ...buckets.map((bound, i) => bucket(String(bound), counts[i]!)),
    bucket("+Inf", count),
    `${name}_sum${braced(labels)} ${Number(sum.toFixed(6))}`,
    `${name}_count${braced(labels)} ${count}`,
  ];
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

/** Sorted by name, values escaped as the format wants it. */
function labelText(labels: Labels): string {
  return Object.entries(labels)
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}

function escaped(value: string): string {
  return value
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");
}
