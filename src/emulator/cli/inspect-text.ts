/** What `inspect` prints of a container: variables, pinned files, files of volumes, each with what is behind it. */
import type { EpochMs } from "../../kernel/time.ts";
import { formatVersion } from "../trace/versions.ts";
import { spoken } from "../trace/spoken.ts";
import type { Inspected, InspectedContainer } from "../index.ts";
import { palette, printable, wrap } from "../views/terminal.ts";

/** Values by variable or absolute path. */
export type Values = ReadonlyMap<string, string>;

export interface InspectTextOptions {
  readonly start: EpochMs;
  readonly at: EpochMs;
  /** Null: values are not shown. */
  readonly values: Values | null;
  readonly width: number;
  readonly color: boolean;
}

const LONGEST_VALUE = 60;

/** With a final newline. */
export function inspectText(
  seen: InspectedContainer,
  options: InspectTextOptions,
): string {
  const { namespace, pod, container, attempt } = seen;
  const { start, at } = options;
  const { bold } = palette(options.color);
  const age = spoken(at - seen.startedAt);
  const head = `${namespace}/${pod}, container ${container} at ${spoken(at - start)}: it has run for ${age}${attempt === 0 ? "" : `, restarted ${attempt} ${attempt === 1 ? "time" : "times"}`}`;
  const sections = [
    section(
      "Variables, fixed when the container was created",
      seen.variables,
      options,
    ),
    section(
      "Files behind a subPath, fixed when the container was created",
      seen.pinned,
      options,
    ),
    section("Files of volumes, as they are now", seen.files, options),
  ];
  return `${[
    wrap(printable(head), options.width).map(bold),
    ...sections.filter((lines) => lines.length > 0),
  ]
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function section(
  title: string,
  items: readonly Inspected[],
  options: InspectTextOptions,
): string[] {
  if (items.length === 0) return [];
  const { dim } = palette(options.color);
  const known = items.filter(({ object }) => object !== null);
  const others = items.filter(({ object }) => object === null);
  const rest = `${known.length === 0 ? "no Secret or ConfigMap is behind" : "and"} ${others.map(({ name }) => name).join(", ")}`;
  return [
    dim(title),
    ...known.flatMap((item) => {
      const text = `${item.name}  ${behind(item)}`;
      return [...indented(text, options.width), ...valueLine(item, options)];
    }),
    ...(others.length === 0 ? [] : indented(rest, options.width)),
  ];
}

/** Later lines stand further in. */
function indented(text: string, width: number): string[] {
  return wrap(printable(text), width - 4).map(
    (line, i) => `${i === 0 ? "  " : "    "}${line}`,
  );
}

function behind({
  object,
  ordinal,
  source,
  resourceVersion,
}: Inspected): string {
  const version = formatVersion({ object: object!, ordinal: ordinal! });
  return source === null
    ? version
    : `${version} from ${source}, resourceVersion ${resourceVersion ?? "unknown"}`;
}

/** In a line of its own, so that it is not torn apart. */
function valueLine(
  { name }: Inspected,
  { values }: InspectTextOptions,
): string[] {
  const value = values?.get(name);
  if (value === undefined) return [];
  const cut = value.length > LONGEST_VALUE;
  const shown = cut ? `${value.slice(0, LONGEST_VALUE)}…` : value;
  return [`    = ${JSON.stringify(shown)}`];
}
